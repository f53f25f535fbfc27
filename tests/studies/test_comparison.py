"""Comparisons: statistics, what is left out, and what a policy does; pairing is in test_contract."""

import numpy as np
import pytest
from scipy import stats

import lockin_sim as ls
from lockin_sim.common.statistics import levels, paired
from lockin_sim.studies.comparison import compare
from lockin_sim.studies.contrast import chosen_scenarios

YEARS = (2010, 2024)
RUNS = 4


@pytest.fixture(scope="module")
def scenarios():
    baseline = ls.load_scenario("baseline")
    return [baseline.model_copy(update={"name": "twin"}), "no_state_finance"]


@pytest.fixture(scope="module")
def effects(real_world, scenarios):
    return compare(scenarios, world=real_world, runs=RUNS, seed=5, years=YEARS, workers=1)


def test_shape_and_labels(effects):
    assert list(effects.scenario.values) == ["baseline", "twin", "no_state_finance"]
    assert list(effects.year.values) == list(range(2010, 2025))
    assert list(effects.statistic.values) == ["mean", "q05", "q50", "q95"]
    assert effects.level.dims == ("scenario", "outcome", "year", "statistic")
    assert effects.outcome_unit.sel(outcome="cn2035_share") == "share"
    assert effects.attrs["runs"] == RUNS
    assert effects.attrs["baseline"] == "baseline"


def test_no_state_finance_lends_nothing(effects):
    lending = effects.level.sel(scenario="no_state_finance", statistic="q95", outcome="lending_CHN")
    assert (lending.isel(year=slice(1, None)) == 0).all()
    before = effects.level.sel(scenario="baseline", statistic="mean", outcome="lending_CHN")
    change = effects.effect.sel(scenario="no_state_finance", outcome="lending_CHN")
    assert (before.isel(year=slice(1, None)) > 0).all()
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
    assert total.sel(domain="mobile_network").notnull().all()


def test_the_baseline_may_stand_among_the_scenarios():
    chosen = chosen_scenarios("baseline", ["open_ran", "baseline"])
    assert [scenario.name for scenario in chosen] == ["baseline", "open_ran"]


# --- statistics ---


def test_interval_is_students():
    values = np.array([1.0, 2.0, 4.0, 7.0])[:, None]
    mean, low, high, count = paired(values, np.zeros((4, 1)), None)
    expected = stats.t.interval(0.95, 3, loc=3.5, scale=stats.sem(values[:, 0]))
    np.testing.assert_allclose([mean[0], low[0], high[0], count[0]], [3.5, *expected, 4])


def test_a_pair_with_an_undefined_member_is_left_out():
    values, reference = np.array([[1.0], [np.nan], [5.0], [np.inf]]), np.array([[0.0], [0.0], [1.0], [0.0]])
    mean, low, high, count = paired(values, reference, None)
    assert (mean[0], count[0]) == (2.5, 2)
    assert low[0] < 2.5 < high[0]


def test_one_pair_gives_no_interval_and_none_no_mean():
    mean, low, _, count = paired(np.array([[1.0, np.nan]]), np.zeros((1, 2)), None)
    assert mean[0] == 1
    assert np.isnan(low).all()
    assert np.isnan(mean[1])
    assert list(count) == [1, 0]


def test_levels_leave_out_what_is_undefined():
    found, count = levels(np.array([[0.0, np.nan], [1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]]), None)
    assert list(count) == [3, 0]
    np.testing.assert_allclose(found[0], [1.0, 0.0, 1.0, 2.0])
    assert np.isnan(found[1]).all()


def test_a_policy_that_begins_too_late_is_said_to_change_nothing(real_world):
    late = ls.load_scenario("baseline").model_copy(update={"name": "late"})
    late = late.with_lever("interoperability", "cloud", from_=2012, openness=1.0)
    with pytest.warns(UserWarning, match="late: nothing differs from baseline from 2010 to 2011"):
        compare(late, world=real_world, runs=1, years=(2010, 2011), workers=1)
