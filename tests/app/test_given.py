"""What the app is given is what it compares: nothing is rounded or replaced, and what cannot run says so."""

import pytest
from linking import packed

import lockin_sim as ls
from lockin_sim.app.address import KEY
from lockin_sim.app.controls import UseControls
from lockin_sim.app.drafts import format_scenario
from lockin_sim.app.page import Page
from lockin_sim.common.prose import render_element
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.levers.use import LeverUse
from lockin_sim.settings.scenario import Scenario

pytest.importorskip("panel")

HEAD = 'name = "mine"\ntitle = "Mine"\nquestion = "?"\nsource = "-"\n'


def text_of(lever, **said):
    """A scenario file with one use of a lever."""
    use = {"lever": lever, "target": "EU", "from": 2020} | said
    return format_scenario(Scenario(name="mine", title="Mine", question="?", source="-", levers=[use]))


#: What the command line refuses, by what was once made of it.
REFUSED = {
    "a group": text_of("restriction", target="Atlantis", on="CHN", mode="ban_new"),
    "0.3": text_of("export_finance", rate=3),
    "markup": text_of("export_finance", envelope=5.0, target="<img src=x onerror=alert(1)>"),
    "parameters": HEAD + "[parameters]\nswitching_cost = 2.0\n",
}


def sentence(text, folder, said):
    """What the command says of a file, where messages call it as they do a link or a text."""
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ls.InputError) as refused:
        ls.compare(file, runs=1)
    return str(refused.value).replace(str(file), said)


def idle(page):
    """Whether nothing was asked for."""
    return page.session.compared is None and not page.session.desk.turns.waiting(page.session.number)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_link_is_refused_as_the_command_refuses_it_before_anything_runs(text, desk, tmp_path):
    page = Page.opened(desk, {KEY: [packed(text.encode()).encode()]})
    assert page.builder.controls == []
    page.begin()
    assert idle(page)
    assert page.said.object.count("<p") == 1
    assert shown(sentence(text, tmp_path, "the link")) in page.said.object
    assert "Nothing is compared yet" in page.answer.object


@pytest.mark.parametrize("way", ["paste", "upload"])
def test_a_text_or_a_file_is_refused_as_the_command_refuses_it(way, desk, tmp_path):
    text = REFUSED["markup"]
    page = Page(desk, [ls.load_scenario("open_ran")])
    drafts, controls = list(page.builder.drafts), list(page.builder.controls)
    if way == "paste":
        page.builder.text.value = text
        page.builder.read.clicks += 1
    else:
        page.builder.file.param.update(filename="mine.toml", value=text.encode())
    said = {"paste": "the text", "upload": "mine.toml"}[way]
    assert shown(sentence(text, tmp_path, said)) in page.said.object
    assert (page.builder.drafts, page.builder.controls) == (drafts, controls)
    assert idle(page)


def shown(text):
    """A message as HTML."""
    return render_element("app.message", text=text)


def test_two_policies_of_one_name_are_refused(desk):
    other = text_of("export_finance", envelope=7.0)
    links = [packed(each.encode()).encode() for each in (text_of("export_finance", envelope=5.0), other)]
    page = Page.opened(desk, {KEY: links})
    page.begin()
    assert "two different ones have the name" in page.said.object
    assert idle(page)


def uses(world):
    """Settings of levers: the first and last words; of numbers two of those at the ends, whole, or tiny."""
    found = []
    for name, lever in LEVERS.items():
        for setting, about in lever.settings.items():
            values = [about.low, about.high, about.low + 0.123456789 * (about.high - about.low)]
            values += [v for v in (1e-9, 1, 0.3333333333333333) if about.low <= v <= about.high]
            values = [values[(len(found) + k) % len(values)] for k in (0, 2)]
            words = list(about.words(world)) if lever.types[setting] is str else []
            values = [*words[:2], *words[2:][-2:]] or values
            values = [True, False] if lever.types[setting] is bool else values
            found += [{"lever": name, setting: value} for value in values]
    return found


SPANS = [{"from": 2010}, {"from": 2060}, {"from": 2020, "to": 2100}, {"from": 2055, "to": 2060},
         {"from": 2020, "to": 2050}, {"from": 2100, "to": 2100}]  # fmt: skip

TARGETS = {
    "country": ["KEN", ["KEN"], ["EU", "income:low"]],
    "vendor": ["huawei/mobile_network", ["sponsor:CHN", "nokia"]],
    "sponsor": ["CHN", ["EU", "USA"]], "domain": ["cloud", ["cloud"]], "body": ["itu_t", ["itu_t"]],
}  # fmt: skip


def test_controls_say_what_they_were_given(real_world):
    for number, setting in enumerate(uses(real_world)):
        kind = LEVERS[str(setting["lever"])].target
        target = TARGETS[kind][number % len(TARGETS[kind])]
        use = {**setting, "target": target, **SPANS[number % len(SPANS)]}
        controls = UseControls(use, real_world, lambda done: None, {})
        assert controls.content() == use
        assert LeverUse(**use) == LeverUse(**controls.content())
        for control in controls.settings:
            if control.field.name in use and hasattr(control.input, "number"):
                value = use[control.field.name]
                assert control.input.number.value == control.input.slider.value == value
                assert control.input.slider.start <= value <= control.input.slider.end


def test_another_control_that_moves_leaves_the_rest_as_it_was_given(desk):
    text = text_of("export_finance", envelope=5.123456789, to=2100)
    page = Page(desk)
    page.builder.text.value = text
    page.builder.read.clicks += 1
    page.builder.title.value = "Mine, renamed"
    (use,) = page.builder.scenarios()[0].levers
    assert use.content == {
        "lever": "export_finance", "target": "EU", "from": 2020, "to": 2100, "envelope": 5.123456789,
    }  # fmt: skip


def test_a_number_that_is_not_allowed_stays_for_the_message_to_name_it(desk):
    page = Page(desk, [ls.load_scenario("digital_oda")])
    page.begin()
    before = page.session.scenarios
    (control,) = [c for c in page.builder.controls[0].settings if c.field.name == "envelope"]
    control.input.number.value = 5000.0
    assert "envelope: found 5000.0; allowed: a number from 0 to 500" in page.said.object
    assert control.input.number.value == 5000.0
    assert page.session.scenarios == before
    control.input.number.value = 60.0
    assert page.session.scenarios[1].levers[0].settings["envelope"] == 60.0
    assert control.input.slider.value == 60.0 <= control.input.slider.end


def test_a_policy_of_later_years_runs_and_says_that_it_changes_nothing(desk):
    text = text_of("export_finance", envelope=5.0, to=2100, **{"from": 2060})
    with pytest.warns(UserWarning, match="2060 is after the last year, 2050"):
        page = Page.opened(desk, {KEY: [packed(text.encode()).encode()]})
    page.begin()
    assert page.session.scenarios[1].levers[0].from_ == 2060
    assert "mine: nothing differs from baseline from 2010 to 2030" in page.said.object
    page.close()


def test_options_that_are_drawn_as_html_hold_none(real_world):
    use = {"lever": "export_finance", "target": "<b>EU & co</b>", "from": 2020, "envelope": 1.0}
    shown = UseControls(use, real_world, lambda done: None, {}).targets.options
    assert [title for title in shown if "<" in title] == []
    assert [use["target"] == name for name in shown.values()].count(True) == 1


@pytest.mark.parametrize(("begins", "first"), [(2015, 2010), (2025, 2010), (2026, 2026), (2040, 2026)])
def test_years_can_be_chosen_after_the_present_and_what_begins_earlier_is_shown_as_it_is(
    real_world, begins, first
):
    use = {"lever": "export_finance", "target": "EU", "from": begins, "envelope": 5.0}
    controls = UseControls(use, real_world, lambda done: None, {})
    assert (controls.years.start, controls.years.value[0]) == (first, begins)
    assert controls.content() == use
