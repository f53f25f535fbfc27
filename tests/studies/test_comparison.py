"""Comparisons: statistics, what is left out, and what a policy does; pairing is in test_contract."""

import numpy as np
import pytest
from scipy import stats

import lockin_sim as ls
from lockin_sim.common.statistics import estimate_paired_difference, summarise_levels
from lockin_sim.comparisons.compare import compare
from lockin_sim.comparisons.trial import load_compared_scenarios

YEARS = (2010, 2024)
RUNS = 4


@pytest.fixture(scope="module")
def scenarios():
    baseline = ls.load_scenario("baseline")
    return [baseline.model_copy(update={"name": "twin"}), "no_state_finance"]


@pytest.fixture(scope="module")
def effects(real_world, scenarios):
    return compare(scenarios, world=real_world, runs=RUNS, seed=5, years=YEARS, workers=1)


def test_no_state_finance_lends_nothing(effects):
    lending = effects.level.sel(scenario="no_state_finance", statistic="q95", outcome="lending_CHN")
    assert (lending.isel(year=slice(1, None)) == 0).all()
    before = effects.level.sel(scenario="baseline", statistic="mean", outcome="lending_CHN")
    change = effects.effect.sel(scenario="no_state_finance", outcome="lending_CHN")
    assert (before.isel(year=slice(1, None)) > 0).mean() > 0.8  # a lender that has overspent pauses
    np.testing.assert_allclose(change.values, -before.values, rtol=1e-12)
    high = effects.effect_high.sel(scenario="no_state_finance", outcome="lending_CHN")
    assert (high.sel(year=[2011, 2015, 2018]) < 0).all()  # chance may hide a small year


def test_flows_of_the_initial_year_are_left_out_not_zero(effects):
    first = effects.sel(outcome="lending_CHN", year=2010)
    assert np.isnan(first.level).all()
    assert (first.runs_used == 0).all()
    assert (effects.runs_used.sel(outcome="cn2035_share") == RUNS).all()


def test_maps_are_shares(effects):
    """Domain by domain, networks first: nothing is added up by market size."""
    assert effects.dependence.dims == ("country", "domain", "sponsor")
    assert effects.domain.values.tolist() == ["mobile_network", "submarine_cable", "cloud", "smart_city"]
    total = effects.dependence.sum("sponsor", min_count=1)
    assert ((total >= 0) & (total <= 1 + 1e-12) | total.isnull()).all()
    built = total.sel(domain="mobile_network").notnull()
    assert built.mean() > 0.98  # in a few runs nobody may have built yet on a small island


def test_the_baseline_may_stand_among_the_scenarios():
    chosen = load_compared_scenarios("baseline", ["open_ran", "baseline"])
    assert [scenario.name for scenario in chosen] == ["baseline", "open_ran"]


# --- statistics ---


@pytest.mark.parametrize(
    ("values", "reference", "mean", "pairs"),
    [
        ([1.0, 2.0, 4.0, 7.0], [0.0] * 4, 3.5, 4),
        ([1.0, np.nan, 5.0, np.inf], [0.0, 0.0, 1.0, 0.0], 2.5, 2),  # what is undefined is left out
        ([1.0], [0.0], 1.0, 1),  # and one pair has no interval
        ([np.nan], [0.0], np.nan, 0),
    ],
)
def test_interval_is_students_of_the_pairs_that_are_defined(values, reference, mean, pairs):
    found = estimate_paired_difference(np.array(values)[:, None], np.array(reference)[:, None], None)
    moved = np.subtract(values, reference)[np.isfinite(values)]
    ends = stats.t.interval(0.95, pairs - 1, mean, stats.sem(moved)) if pairs > 1 else [np.nan] * 2
    np.testing.assert_allclose(np.ravel(found), [mean, *ends, pairs])


def test_levels_leave_out_what_is_undefined():
    found, count = summarise_levels(
        np.array([[0.0, np.nan], [1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]]), None
    )
    assert list(count) == [3, 0]
    np.testing.assert_allclose(found[0], [1.0, 0.0, 1.0, 2.0])
    assert np.isnan(found[1]).all()
