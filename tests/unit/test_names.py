"""Are names taken wherever a code is: economies, groups, sponsors, vendors, domains, bodies, families?"""

import re

import numpy as np
import pytest
from cli.called import lockin

import lockin_sim as ls
from lockin_sim.common.errors import FORMER, InputError, resolve_name, resolve_names
from lockin_sim.comparisons.costs_by_payer import resolve_actor
from lockin_sim.comparisons.variants import mask_markets_abroad
from lockin_sim.settings.levers.declaration import resolve_targets
from lockin_sim.settings.levers.use import LeverExtent, compute_overlap

KINDS = ("country", "group", "sponsor", "vendor", "domain", "body", "standard")


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_is_known_by_its_title_in_any_case(real_world, kind):
    codes, titles = real_world.codes(kind), real_world.titles[kind]
    assert set(titles.values()) == {*codes} - {"world"}
    for title, code in titles.items():
        for written in (code, code.upper(), code.lower(), title, title.upper(), f" {title.lower()} "):
            assert real_world.code_of("name", written, kind) == code
    assert real_world.codes_of("names", [*titles], kind) == tuple(titles.values())


def test_economies_are_known_by_their_alpha_2_codes_and_by_short_and_former_names(real_world):
    """Each has its code of ISO 3166; Kosovo, which is not in it, the XK that others use."""
    names = {
        "UK": "GBR", "gb": "GBR", "U.S.A.": "USA", "Ivory Coast": "CIV", "Cote d'Ivoire": "CIV",
        "Turkey": "TUR", "Turkiye": "TUR", "Burma": "MMR", "UAE": "ARE", "Czech Republic": "CZE",
        "Holland": "NLD", "the Netherlands": "NLD", "DR Congo": "COD", "Congo Kinshasa": "COD",
        "Swaziland": "SWZ", "XK": "XKX", "Saint Vincent and the Grenadines": "VCT",
        "Trinidad and Tobago": "TTO", "sao tome & principe": "STP",
    }  # fmt: skip
    assert {name: real_world.code_of("economy", name, "country") for name in names} == names
    named = ls.records("country_names")
    codes = named["iso3"][[len(name) == 2 and name not in ("UK", "EL") for name in named["name"]]]
    assert sorted(codes) == sorted(real_world.countries)
    assert not {*named["name"]} & {*real_world.titles["country"], *real_world.codes(*KINDS)}
    with pytest.raises(InputError, match="found 'Congo'"):  # there are two
        real_world.code_of("economy", "Congo", "country")
    assert not ls.toy_world(3, 2).called("country")


def test_a_code_comes_before_a_title_and_what_stands_for_several_is_refused():
    known = ["US", "EU", "eu", "UK"]
    assert resolve_name("x", found="uk", known=known, called={"uk": "US", "The States": "US"}) == "UK"
    assert resolve_name("x", found="the  states", known=known, called={"The States": "US"}) == "US"
    assert resolve_name("x", found="eu", known=known) == "eu"
    for found in ("Eu", "Uks", 5, None, ["US"], np.zeros(2)):
        with pytest.raises(InputError, match="x: found"):
            resolve_name("x", found=found, known=known)
    with pytest.raises(InputError, match="UK twice"):
        resolve_names("x", ["UK", "uk"], known)


def test_names_in_a_world_of_ones_own_are_those_of_its_tables():
    world = ls.load_world("experiments/gsm_and_cdma/world")
    for kind in ("country", "sponsor", "vendor", "domain", "standard"):
        assert {*world.titles[kind].values()} == {*world.codes(kind)}
    assert ls.toy_world(3, 2).code_of("vendor", "Vendor 0", "vendor") == "vendor_0"


@pytest.mark.parametrize(
    ("lever", "settings", "code", "named"),
    [
        ("diversification", {"share_cap": 0.5}, "KEN", "kenya"),
        ("diversification", {"share_cap": 0.5}, "income:low", "Low-income economies"),
        ("export_finance", {"envelope": 2.0}, "CHN", "China"),
        ("industrial_policy", {"cost": 0.9}, "huawei/mobile_network", "Huawei/Mobile networks"),
        ("industrial_policy", {"cost": 0.9}, "sponsor:EU", "sponsor:European Union"),
    ],
)
def test_levers_know_names(real_world, lever, settings, code, named):
    base, years = ls.load_scenario("baseline"), (2010, 2030)
    one, other = (
        base.with_lever(lever, target, from_=2021, **settings).conditions(real_world, years).arrays()
        for target in (code, named)
    )
    plain = base.conditions(real_world, years).arrays()
    assert all(np.array_equal(one[field], other[field], equal_nan=True) for field in one if field != "years")
    assert not all(np.array_equal(one[field], plain[field]) for field in one if field != "years")


def test_a_word_of_a_setting_is_one_of_its_names_and_overlaps_are_seen(real_world):
    acts = [
        LeverExtent("restriction", (who,), 2021, None, {"on": sponsor})
        for who, sponsor in (("KEN", "CHN"), ("Kenya", "china"), ("Kenya", "United States"))
    ]
    assert compute_overlap(acts[0], acts[1], real_world) is not None
    assert compute_overlap(acts[0], acts[2], real_world) is None


def test_studies_know_names(real_world):
    world = real_world
    assert resolve_actor(world, "Kenya") == resolve_actor(world, "KEN")
    assert resolve_actor(world, "european union") == resolve_actor(world, "EU")
    one, other = mask_markets_abroad(world, "China", "Africa"), mask_markets_abroad(world, "CHN", "africa")
    np.testing.assert_array_equal(one, other)
    assert resolve_targets(world, "country", "x", ["Kenya"]).tolist() == [world.countries.index("KEN")]
    grown = world.with_group("east", ["Kenya", "UGA"])
    np.testing.assert_array_equal(grown.groups["east"], world.with_group("e", ["KEN", "UGA"]).groups["e"])


def test_one_decision_is_the_same_by_names():
    codes = {"country": "KEN", "domain": "mobile_network", "year": 2012, "runs": 0}
    one = ls.explain(**codes, operator="Safaricom")
    other = ls.explain(**codes | {"country": "kenya", "domain": "Mobile networks"}, operator="safaricom")
    assert one.sentence == other.sentence
    assert other.data.identical(one.data)


def test_agents_are_known_by_name():
    model = ls.LockInModel(years=(2010, 2011))
    assert model.country("Kenya") is model.country("KEN")
    assert model.vendor("Huawei") is model.vendor("huawei")
    assert model.body("itu") is model.body("ITU")
    assert model.operators("kenya", "Mobile networks") == model.operators("KEN", "mobile_network") != []


@pytest.mark.parametrize("name", FORMER)
def test_a_name_that_has_left_says_what_takes_its_place(name, capsys):
    said = f"{name} was removed; use {FORMER[name]}"
    with pytest.raises(AttributeError, match=re.escape(said)):
        getattr(ls, name)
    assert name not in ls.__all__
    for words in ([name.replace("_", "-")], ["compare", f"--{name.replace('_', '-')}"]):
        status, _, err = lockin(capsys, *words)
        assert (status, "was removed" in err, FORMER[name] in err) == (2, True, True)
