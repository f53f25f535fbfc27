"""Does what is said of one economy follow from its runs, and from nothing else?"""

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.studies.country import (
    AS_IS,
    WITHOUT,
    CountryQuery,
    compute_countries,
    compute_explained_variance,
)
from lockin_sim.studies.exit_results import ExitPlan
from lockin_sim.studies.lock_in_trial import explain_refusals

HOW = {"runs": 3, "seed": 3, "workers": 1, "progress": False}
#: Years that the swap of a mobile network takes.
SWAP = 4
TOSS = {"domain": "mobile_network", "vendors": ("huawei", "ericsson"), "runs": 2, "workers": 1}


def neutral():
    """A cap on one vendor's share at which nothing is capped."""
    base = ls.load_scenario("baseline").with_lever("diversification", "KEN", from_=2026, share_cap=1.0)
    return base.model_copy(update={"name": "no_cap", "title": "No cap"})


@pytest.fixture(scope="module")
def kenya():
    """With one policy that can be chosen, one that changes the past, and one that does nothing."""
    return ls.country("Kenya", policies=["eu_package", "no_dsr", neutral()], **HOW)


def test_the_datasets_have_the_axes_of_their_questions(kenya):
    data = kenya.data
    assert data["arm"].values.tolist() == [AS_IS, *WITHOUT, "eu_package", "no_dsr", "no_cap"]
    assert data["arm_kind"].values.tolist() == ["", "", "", "policy", "thought experiment", "policy"]
    assert data["year"].values.tolist() == list(range(2010, 2036))
    kinds = data["place_kind"].values.tolist()
    assert kinds == ["economy", *["neighbour"] * 5, "group", "group"]
    assert data["place"].values[[0, -2, -1]].tolist() == ["KEN", "income:lower_middle", "world"]
    assert {"UGA", "TZA"} <= set(data["place"].values)
    assert (data.attrs["operators_recorded"], data.attrs["operators"]) == (3, 3)
    assert kenya.trial["place"].values.tolist() == ["KEN"]
    record = data["place_record"].values.tolist()
    assert all("recorded" in text for text in record)
    assert all(text.count("economies recorded") for text in record[-2:])  # groups count theirs
    assert kenya.plan.attrs["leaving"] == "huawei"


def test_all_three_studies_are_of_the_same_runs(kenya):
    """Equipment in use is, run for run, between contracts of the last years, which the exit plan follows."""
    plan = ExitPlan(kenya.plan)
    mine = [b.at for b in plan.buyers if b.domain == "mobile_network"]
    years = [year for year in kenya.plan["year"].values if year <= 2035]
    stays = kenya.plan["stays"].isel(scenario=0, buyer=mine).sel(year=years)
    before = kenya.plan["held"].isel(buyer=mine).expand_dims(year=range(years[0] - SWAP, years[0]))
    window = xr.concat([before, stays], "year").rolling(year=SWAP, min_periods=1)
    low, high = (each.sel(year=years).sum("buyer").mean("draw") for each in (window.min(), window.max()))
    path = kenya.data["path"].sel(arm=AS_IS, year=years)
    assert (path >= low - 1e-9).all()
    assert (path <= high + 1e-9).all()
    assert (high - low).max() > 0.01  # contracts change


def test_arms_part_after_the_present_and_a_neutral_policy_moves_nothing(kenya):
    data = kenya.data
    past = data["path"].sel(year=slice(2010, 2025))
    for arm in (*WITHOUT, "eu_package", "no_cap"):
        np.testing.assert_array_equal(past.sel(arm=arm), past.sel(arm=AS_IS))
    names = ["effect", "effect_low", "effect_high", "effect_q05", "effect_q95"]
    assert not data[names].sel(arm="no_cap").to_array().any()
    assert data["effect"].sel(arm=list(WITHOUT)).values.any()


def test_effects_are_differences_of_paths(kenya):
    last = kenya.data["path"].sel(year=2035)
    np.testing.assert_allclose(kenya.data["effect"], last - last.sel(arm=AS_IS), atol=1e-12)
    home = kenya.data["part"].sel(place="KEN")
    np.testing.assert_array_equal(home, kenya.data["path"].sel(arm=AS_IS))


@pytest.mark.parametrize(
    ("values", "choice", "part"),
    [
        ([0.0, 0.0, 1.0, 1.0], [0.2, 0.2, 0.7, 0.7], 1.0),  # the choice decides all
        ([0.0, 1.0, 0.0, 1.0], [0.2, 0.2, 0.7, 0.7], 0.0),  # and nothing
        # within: 2 x 2 x .25 = 1 over 2; in all: 4 x 1 + 1 = 5 over 3
        ([0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 1.0, 1.0], 1 - (1 / 2) / (5 / 3)),
        ([1.0, 1.0, 1.0], [0.0, 0.0, 1.0], np.nan),  # nothing varies
        ([0.0, 1.0, 2.0], [1.0, 1.0, 1.0], np.nan),
    ],
)
def test_a_choice_explains_what_its_groups_differ_by(values, choice, part):
    assert compute_explained_variance(np.array(values), np.array(choice)) == pytest.approx(part, nan_ok=True)


def test_a_choice_without_any_meaning_explains_nothing_on_average():
    rng = np.random.default_rng(1)
    parts = [compute_explained_variance(rng.normal(size=64), rng.integers(0, 4, 64) / 3) for _ in range(400)]
    assert np.mean(parts) < 0.03
    assert np.quantile(parts, 0.97) < 0.1


def test_an_economy_that_cannot_be_tossed_says_why():
    why = explain_refusals(["KEN", "DEU", "CHN"], **TOSS)
    assert why["KEN"] == ""
    assert why["DEU"] == "the state restricts Chinese vendors in 2025"
    assert why["CHN"] == "Huawei is at home there"


def test_economies_of_one_call_are_tossed_together_and_share_their_arms():
    how = HOW | {"policies": ["eu_package"], "runs": 2}
    uganda, germany = compute_countries(["UGA", "DEU"], **how)
    assert (uganda.data.attrs["country"], germany.data.attrs["country"]) == ("UGA", "DEU")
    assert germany.trial is None
    assert germany.data.attrs["why_not_tossed"].startswith("the state restricts")
    alone = ls.country("DEU", **how)
    for name in ("part", "path", "effect"):
        np.testing.assert_array_equal(alone.data[name], germany.data[name])


def test_pages_of_no_economy_are_refused():
    with pytest.raises(ls.InputError, match=r"economies: found \[\]"):
        compute_countries([], **HOW)
    with pytest.raises(ls.InputError, match="in which operators buy: mobile_network, smart_city"):
        compute_countries(domain="cloud", **HOW)


def test_tossed_together_each_economy_has_a_coin_of_its_own():
    how = TOSS | {"after": [3], "without": "nothing", "progress": False, "together": True}
    both, one = ls.lock_in(["KEN", "UGA"], **how), ls.lock_in(["KEN"], **how)
    assert both["place"].values.tolist() == ["KEN", "UGA"]
    assert np.isfinite(both["left"]).all()
    alone = ls.lock_in(["KEN"], **how | {"together": False})
    np.testing.assert_array_equal(one["left"], alone["left"])


def test_an_economy_without_a_capital_on_record_has_no_neighbours(real_world):
    with_utopia = real_world.with_economy("XYZ", name="Utopia", like="KEN")
    asked = CountryQuery.of(with_utopia, "XYZ", ("huawei", "ericsson"), "mobile_network", None)
    assert asked.near == ()
    assert asked.places == ("XYZ", "income:lower_middle", "world")
