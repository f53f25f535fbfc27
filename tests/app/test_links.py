"""Policies in the address of a page: read back as they were, and refused where they cannot be."""

from urllib.parse import parse_qs

import pytest
from linking import packed

import lockin_sim as ls
from lockin_sim.app.drafts import KEY, as_toml, linked, search_of
from lockin_sim.app.page import Page
from lockin_sim.app.session import MOST_POLICIES


def opened(search):
    """What a server would make of an address that ends so."""
    found = parse_qs(search.removeprefix("?"))
    return linked({name: [value.encode() for value in values] for name, values in found.items()})


OWN = ls.Scenario(
    name="mine", title="Mine & yours", question="Wäre das gut?", source="a = b # c",
    levers=[{"lever": "export_finance", "target": "EU", "from": 2020, "envelope": 5.0}],
)  # fmt: skip


def test_policies_come_back_from_an_address():
    changed = OWN.model_copy(update={"parameters": {"carry_over": 0.5}})
    policies = [ls.load_scenario("eu_package"), changed, OWN]
    search = search_of(policies)
    assert search.startswith("?policy=eu_package&policy=")
    assert opened(search) == policies
    assert opened("") == opened("?other=1") == []


def test_one_that_is_too_long_for_an_address_is_left_to_a_file():
    long = OWN.model_copy(update={"source": "".join(map(chr, range(0x4E00, 0x4E00 + 9000)))})
    assert search_of([long]) == ""


WHOLE = packed(as_toml(OWN).encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("eu_packag", "found 'eu_packag'"),
        ("", "the name of a built-in policy"),
        ("../../etc/passwd.toml", "the name of a built-in policy"),
        ("~", "as a copied link has it"),
        ("~%%%", "as a copied link has it"),
        (WHOLE[: len(WHOLE) // 2], "as a copied link has it"),
        ("~" + "A" * 10_000, "10001 signs"),
        (packed(b"#" * 5_000_000), "as a copied link has it"),
        (packed(b"\xff\xfe"), "not UTF-8"),
        (packed(b'name = "mine"'), "the link: question: found 'nothing'"),
        (packed(b'name = "m"\nquestion = "?"\nsource = "-"\nbased_on = "/etc/x.toml"'), "based_on"),
    ],
)
def test_what_is_no_policy_is_refused(text, said):
    with pytest.raises(ls.InputError, match="the link") as refused:
        linked({KEY: [text.encode()]})
    assert said in str(refused.value)


def test_too_many_are_refused():
    with pytest.raises(ls.InputError, match=f"found 4; allowed: at most {MOST_POLICIES}"):
        linked({KEY: [b"open_ran"] * 4})


def test_a_page_begins_with_the_policies_of_its_link(desk):
    page = Page(desk, [ls.load_scenario("open_ran"), OWN])
    assert page.builder.scenarios() == [ls.load_scenario("open_ran"), OWN]
    page.begin()
    assert [scenario.name for scenario in page.session.scenarios] == ["baseline", "open_ran", "mine"]
    page.close()
