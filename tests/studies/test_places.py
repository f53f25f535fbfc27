"""Is an outcome of a place in one domain what its name says, on every way to ask for it?"""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.measured_places import (
    list_recorded_variables,
    outcomes,
    select_outcomes,
    with_places,
)
from lockin_sim.comparisons.outcomes import collect_outcomes
from lockin_sim.comparisons.stopping import TargetWidths, select_target_widths
from lockin_sim.world import load_world

HELD = ("dependence[Africa,CHN,mobile_network]", "dependence[median,CHN,mobile_network]")
KENYA = "dependence[KEN,CHN,mobile_network]"
ASKED = [*HELD, "cn2035_reach[Africa,mobile_network]", KENYA, "debt[KEN,CHN]", "price_paid[borrowers,cloud]"]
FEW = {"runs": 2, "seed": 5, "workers": 1}


@pytest.fixture(scope="module")
def placed(real_world):
    return with_places(real_world, ASKED)


@pytest.fixture(scope="module")
def runs(placed):
    names = [*list_recorded_variables(select_outcomes(placed, ASKED).values()), "installed", "debt"]
    return ls.simulate(world=placed, years=(2010, 2014), record=names, runs=2, seed=5)


def read(runs, world, name):
    return next(iter(select_outcomes(world, [name]).values())).of(runs, world)


def test_every_outcome_of_a_place_is_that_of_its_economies_alone(runs, placed):
    at = {"domain": "mobile_network"}
    share = runs["group_sponsor_share"].sel(at | {"group": "Africa", "sponsor": "CHN"})
    np.testing.assert_allclose(read(runs, placed, HELD[0]), share, rtol=1e-13)
    reach = runs["group_reach"].sel(at | {"group": "Africa", "standard": "cn2035"})
    np.testing.assert_allclose(read(runs, placed, ASKED[2]), reach, rtol=1e-13)
    paid = runs["group_price_paid"].sel(group="borrowers", domain="cloud")
    np.testing.assert_allclose(read(runs, placed, ASKED[5]), paid, rtol=1e-13)
    own = runs["debt"].sel(country="KEN", sponsor="CHN")
    np.testing.assert_allclose(read(runs, placed, "debt[KEN,CHN]"), own, rtol=1e-13)


def test_economies_and_the_median_one_are_those_of_what_is_installed(runs, placed):
    """By vendor of each economy, with numpy's own median; an economy without any network does not count."""
    base = runs["installed"].sel(domain="mobile_network").transpose("run", "year", "country", "vendor").values
    held = np.nansum(base, axis=-1)
    chinese = [placed.vendors[v] in ("huawei", "zte") for v in range(len(placed.vendors))]
    with np.errstate(invalid="ignore"):
        share = np.where(held > 0, np.nansum(base[..., chinese], axis=-1) / held, np.nan)
    np.testing.assert_allclose(
        read(runs, placed, KENYA), share[..., placed.countries.index("KEN")], rtol=1e-12
    )
    np.testing.assert_allclose(read(runs, placed, HELD[1]), np.nanmedian(share, axis=-1), rtol=1e-12)


def test_measuring_an_economy_changes_no_run(real_world, placed):
    assert with_places(real_world, HELD) is real_world
    assert placed.group_names == (*real_world.group_names, "KEN")
    assert with_places(placed, [KENYA]) is placed
    how = {"years": (2010, 2012), "maps": False, **FEW}
    alone, among = (ls.compare("no_dsr", outcomes=names, **how) for names in (HELD, [KENYA, *HELD]))
    for name in ("level", "effect"):
        np.testing.assert_array_equal(alone[name], among[name].sel(outcome=list(HELD)))


def test_all_ways_to_ask_give_the_same_numbers(runs, placed):
    names, years = [*HELD, KENYA], (2010, 2014)
    expected = np.stack([read(runs, placed, name)[:, -1] for name in names])
    compared = ls.compare("no_dsr", outcomes=names, years=years, maps=False, history="prior", **FEW)
    level = compared["level"].sel(scenario="baseline", statistic="mean", year=2014)
    np.testing.assert_allclose(level, expected.mean(axis=1), rtol=1e-12)
    arms = {"one": ls.Arm(history="prior"), "free": ls.Arm("no_dsr", history="prior")}
    found = ls.contrast(arms, outcomes=names, years=2014, posterior=None, **FEW)
    assert set(found["level"].dims) == {"arm", "outcome", "year"}
    np.testing.assert_allclose(found.level.sel(arm="one", year=2014), expected.mean(axis=1), rtol=1e-12)
    value = ls.evaluate({"switching_cost": [ls.Parameters().switching_cost]}, outcomes=names, years=[2014],
                        runs=2, seed=5)["value"]  # fmt: skip
    np.testing.assert_allclose(value.values[0, :, :, 0].T, expected, rtol=1e-12)
    assert value["outcome_label"].values[-1] == "Chinese vendors' part of mobile networks in Kenya"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("dependence[ kenya , China, Mobile networks]", KENYA),
        ("dependence[africa,chn,mobile_network]", HELD[0]),
        ("debt [KEN, CHN]", "debt[KEN,CHN]"),
        ("retention[Low-income economies,cloud]", "retention[income:low,cloud]"),
        (
            "switching_pull[economies that borrowed from China,CHN,cloud]",
            "switching_pull[borrowers,CHN,cloud]",
        ),
    ],
)
def test_codes_and_titles_mean_the_same(written, name, real_world):
    assert list(select_outcomes(real_world, [written, name])) == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dependence[Afrca,CHN,cloud]", "place: found 'Afrca'.*Did you mean 'Africa'"),
        ("dependence[KEN,CNH,cloud]", "sponsor: found 'CNH'.*Did you mean 'CHN'"),
        ("dependence[KEN,CHN,cluod]", "domain: found 'cluod'.*Did you mean 'cloud'"),
        ("dependance[KEN,CHN,cloud]", "quantity: found 'dependance'.*Did you mean 'dependence'"),
        ("dependence[KEN,CHN]", r"allowed: dependence\[place,sponsor,domain\], such as dependence\["),
        ("dependence[]", r"allowed: dependence\[place,sponsor,domain\]"),
        ("debt[KEN,CHN,cloud]", r"allowed: debt\[place,sponsor\]"),
        ("status[KEN,ITU,cloud]", "quantity: found 'status'"),
        ("retention[median,cloud]", "place: found 'median'; allowed: a group or an economy"),
        ("dependence[KEN,CHN,cloud", "outcome: found"),
        ("lock_in_EU", "found 'lock_in_EU'; allowed: switching_pull_EU"),
        ("lock_in[KEN,CHN,mobile_network]", "quantity: found 'lock_in'; allowed: switching_pull"),
        ("dependence_CNH", "Did you mean 'dependence_CHN'"),
    ],
)
def test_a_name_that_means_nothing_is_refused_in_one_line(name, said, real_world):
    with pytest.raises(ls.InputError, match=said) as refused:
        select_outcomes(real_world, [name])
    assert "\n" not in str(refused.value)
    with pytest.raises(ls.InputError, match=said):
        ls.compare("no_dsr", outcomes=[name])


def test_every_quantity_has_an_outcome_of_every_kind_of_place_and_a_title(real_world):
    for each in [o for o in collect_outcomes(real_world).values() if o.reads]:
        summed = set(each.reads) & {"total_debt", "lending"}
        for place, said in {
            "Africa": "in Africa",
            "KEN": "in Kenya",
            "UK": "in the United Kingdom",
            "excluding_CHN": "outside China",
        }.items():
            parts = [place, *([each.member] if each.member else []), *([] if summed else ["mobile_network"])]
            (outcome,) = select_outcomes(real_world, [f"{each.quantity}[{','.join(parts)}]"]).values()
            assert outcome.label.endswith(said)
            assert "world" not in outcome.label
            assert (outcome.unit, outcome.doc) == (each.unit, each.doc)
            assert summed or "mobile networks" in outcome.label


def test_groups_and_places_are_not_asked_for_at_once():
    arms = {"one": ls.Arm(), "other": ls.Arm("no_dsr")}
    for also in ({"groups": ["Africa"]}, {"domain": "cloud"}):
        with pytest.raises(ls.InputError, match="none beside outcomes whose names say where"):
            ls.contrast(arms, outcomes=[KENYA], **also)


def test_one_width_is_that_of_the_chosen_outcomes(real_world):
    assert select_target_widths(0.2, real_world, None) == 0.2
    assert select_target_widths(0.2, real_world, ["switching_pull"]) == {"switching_pull": 0.2}
    assert TargetWidths.of(
        {"Dependence[africa,CHN,cloud]".lower(): 1.0}, real_world, (2010, 2050)
    ).widths == {"dependence[Africa,CHN,cloud]": 1.0}
    with pytest.raises(ls.InputError, match="until, outcome: found 'retention'"):
        select_target_widths({"retention": 1.0}, real_world, ["switching_pull"])


def test_a_case_that_names_no_outcome_is_refused(tmp_path, real_world):
    real_world.to_folder(tmp_path / "w")
    file = tmp_path / "w" / "case.toml"
    file.write_text(file.read_text("utf-8").replace("[borrowers,CHN", "[borowers,CHN"), "utf-8")
    with pytest.raises(ls.InputError, match=r"^case.toml, outcome .*'borowers'.*Did you mean 'borrowers'"):
        outcomes(load_world(tmp_path / "w"))
