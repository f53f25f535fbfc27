"""Policies in the address of a page: read back as they were, and refused where they cannot be."""

import asyncio
import html
import re

import pytest
from linking import packed

import lockin_sim as ls
from lockin_sim.app.address import KEY, build_query, parse_query, read_policies
from lockin_sim.app.drafts import format_scenario
from lockin_sim.app.page import Page
from lockin_sim.app.session import MOST_POLICIES

pn = pytest.importorskip("panel")

from panel.io.location import Location  # noqa: E402


def opened(search):
    """The policies that a server would find in an address that ends so."""
    return read_policies(parse_query(search))


OWN = ls.Scenario(
    name="mine", title="Mine & yours", question="Wäre das gut?", source="a = b # c",
    levers=[{"lever": "export_finance", "target": "EU", "from": 2020, "envelope": 5.0}],
)  # fmt: skip


def test_policies_come_back_from_an_address():
    changed = OWN.model_copy(update={"parameters": {"carry_over": 0.5}})
    policies = [ls.load_scenario("eu_package"), changed, OWN]
    search = build_query(policies, {})
    assert search.startswith("?policy=eu_package&policy=")
    assert opened(search) == policies
    assert opened("") == []


LONG = OWN.model_copy(update={"source": "".join(map(chr, range(0x4E00, 0x4E00 + 9000)))})


def test_one_that_is_too_long_for_an_address_is_left_to_a_file_and_its_link_is_no_other_policy(desk):
    with pytest.raises(ls.InputError, match="complete"):
        opened(build_query([LONG], {}))
    page = Page(desk, [LONG])
    page.begin()
    assert "too long for the address" in page.said.object
    page.close()


WHOLE = packed(format_scenario(OWN).encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("eu_packag", "Did you mean 'eu_package'?"),
        ("../../etc/passwd.toml", "allowed: one of baseline"),
        (WHOLE[: len(WHOLE) // 2], "as a copied link has it"),
        ("~" + "A" * 10_000, "10001 characters"),
        (packed(b"#" * 5_000_000), "as a copied link has it"),
        (packed(b'name = "mine"'), "the link: question: found nothing"),
        (packed(b'name = "m"\nquestion = "?"\nsource = "-"\nbased_on = "/etc/x.toml"'), "based_on"),
    ],
)
def test_what_is_no_policy_is_refused(text, said):
    with pytest.raises(ls.InputError, match="the link") as refused:
        read_policies({KEY: [text.encode()]})
    assert said in str(refused.value)


def test_too_many_are_refused():
    with pytest.raises(ls.InputError, match=f"found 4; allowed: at most {MOST_POLICIES}"):
        read_policies({KEY: [b"open_ran"] * 4})


def set_all(page):
    """Set whatever the address holds to something unusual."""
    page.builder.add.clicks += 1
    page.builder.title.value = "Mine & yours"
    for name, setting in page.settings.items():
        if setting.words is not None:
            setting.set(list(setting.words().values())[-1])
        elif name != "goal":
            setting.set(setting.usual() - 1 if name == "year" else setting.usual() + 1)
    page.settings["goal"].set(-0.5)


def shown(page):
    """All that the address of a page holds."""
    return {name: getattr(each.control, each.parameter) for name, each in page.settings.items()}


def test_a_link_restores_all_that_is_set(desk):
    page = Page(desk, [ls.load_scenario("open_ran")])
    page.begin()
    usual = shown(page)
    set_all(page)
    assert [name for name, value in shown(page).items() if value == usual[name]] == []
    search = build_query(page.session.scenarios[1:], page.settings)
    other = Page.opened(desk, parse_query(search))
    other.begin()
    assert other.session.scenarios == page.session.scenarios
    assert shown(other) == shown(page)
    assert other.panes[other.tabs.active].title == "From first mover to standard"
    assert other.panes[-1]._year == page.overview.year.value
    assert build_query(other.session.scenarios[1:], other.settings) == search
    page.close()
    other.close()


def controls_of(part):
    """Widgets that hold a value, in a part of the page and whatever it folds away."""
    return [each for each in part.select(pn.widgets.Widget) if hasattr(each, "value")]


def test_no_control_of_the_views_is_missing_in_the_address(desk):
    page = Page(desk)
    views = [page.overview.controls, *(pane.panel for pane in page.panes)]
    buttons = (pn.widgets.Button, pn.widgets.FileDownload)
    found = {each for view in views for each in controls_of(view) if not isinstance(each, buttons)}
    assert found <= {setting.control for setting in page.settings.values()}
    assert len(found) >= 12


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("?polcy=eu_package", "the link: found 'polcy'; .* Did you mean 'policy'"),
        ("?policy=open_ran&yaer=2020", "the link: found 'yaer'; .* Did you mean 'year'"),
        ("?policy=open_ran&year=2020&year=2021", "the link: year: found 2 values; allowed: one value"),
        ("?year=1999", "the link: year: found 1999; allowed: a whole number from 2010 to 2030"),
        ("?goal=nan", "the link: goal: found 'nan'; allowed: a number"),
        (
            "?measure=switchin_pull",
            "the link: measure: found 'switchin_pull'; .* Did you mean 'switching_pull'",
        ),
    ],
)
def test_a_link_that_says_something_else_is_refused_before_anything_runs(search, said, desk):
    page = Page.opened(desk, parse_query(search))
    page.begin()
    assert re.search(said, html.unescape(page.said.object))
    assert page.session.compared is None
    assert desk.turns.waiting(page.session.number) == 0
    assert page.tabs.active == 0


def test_back_and_forward_set_what_their_addresses_say_and_write_none(desk, monkeypatch):
    location = Location()
    monkeypatch.setattr(type(pn.state), "location", location)
    page = Page.opened(desk, {})
    page.begin()
    assert location.search == ""  # which is this page, too
    addresses = ["", *(change(page, location) for change in CHANGES)]
    assert len(set(addresses)) == len(CHANGES) + 1
    begins = shown(Page(desk))
    for search in addresses[::-1][1:]:
        location.search = search
        assert location.search == search
        kept = Page.opened(desk, parse_query(search))
        kept.begin()
        assert shown(page) == shown(kept)
        assert page.session.scenarios == kept.session.scenarios
        assert page.builder.scenarios() == list(kept.session.scenarios[1:])
        kept.close()
    assert shown(page) == begins
    location.search = addresses[-1]  # and forward
    assert page.overview.goal.value == -0.5
    location.search = "?polcy=eu_package"
    assert "polcy" in page.said.object
    page.close()


def changed(change):
    """What a visitor does, as something that returns the address after it."""

    def does(page, location):
        """Do it, and wait for a year to stand still."""
        change(page)
        asyncio.run(page.look())
        asyncio.run(page.look())
        return location.search

    return does


CHANGES = [
    changed(lambda page: page.builder.start.param.update(value="open_ran")),
    changed(lambda page: page.builder.title.param.update(value="Mine")),
    changed(lambda page: page.builder.add.param.update(clicks=1)),
    changed(lambda page: page.overview.year.param.update(value=2020)),
    changed(lambda page: page.tabs.param.update(active=2)),
    changed(lambda page: page.panes[4].run.param.update(value=3)),
    changed(lambda page: page.overview.measure.param.update(value="switching_pull")),
    changed(lambda page: page.overview.goal.param.update(value=-0.5)),
]
