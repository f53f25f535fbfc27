"""Intervals, ratios and numbers of runs, against brute force and known answers."""

import numpy as np
import pytest
from scipy import stats

from lockin_sim.common.statistics import count_runs_needed, estimate_ratio


def width_after(runs, deviation):
    return 2 * stats.t.ppf(0.975, runs - 1) * deviation / np.sqrt(runs)


def with_deviation(deviation, runs=5):
    """Differences by run with a known standard deviation."""
    values = np.arange(runs, dtype=float)
    return (values / values.std(ddof=1) * deviation)[:, None]


@pytest.mark.parametrize("wanted", [9.0, 3.0, 1.0, 0.5, 0.1, 0.03, 0.01])
def test_runs_needed_is_the_first_number_that_is_enough(wanted):
    found = int(count_runs_needed(with_deviation(1.0), np.array([wanted]), None)[0])
    if found > 2:
        assert width_after(found - 1, 1.0) > wanted
    assert width_after(found, 1.0) <= wanted


def test_no_spread_needs_two_runs_and_one_run_says_nothing():
    assert count_runs_needed(np.zeros((4, 1)), np.array([0.01]), None) == 2
    assert np.isnan(count_runs_needed(np.zeros((1, 1)), np.array([0.01]), None))
    assert np.isnan(count_runs_needed(np.ones((3, 1)), np.array([np.nan]), None))


def test_runs_that_define_nothing_must_be_made_up_for():
    full = with_deviation(1.0)
    half = np.concatenate([full, np.full_like(full, np.nan)])
    assert count_runs_needed(half, np.array([0.1]), None) == 2 * count_runs_needed(
        full, np.array([0.1]), None
    )


def test_fiellers_ends_are_where_the_test_just_turns():
    rng = np.random.default_rng(1)
    whole = rng.normal(3, 1, (12, 1))
    part = 2 * whole + rng.normal(0, 1, (12, 1))
    value, low, high, count = estimate_ratio(part, whole, None)
    assert (low[0] < value[0] < high[0], count[0]) == (True, 12)
    for end in (low[0], high[0]):
        assert stats.ttest_1samp((part - end * whole)[:, 0], 0).pvalue == pytest.approx(0.05)


def test_a_ratio_to_what_may_be_zero_is_undefined():
    whole = np.array([[1.0, 0.0], [-1.0, 0.0], [0.5, 0.0]])
    value, low, high, count = estimate_ratio(np.ones((3, 2)), whole, None)
    assert np.isnan([value, low, high]).all()
    assert (count == 3).all()


def test_a_ratio_leaves_out_runs_that_define_only_one_side():
    whole = np.array([[2.0], [2.1], [np.nan], [1.9]])
    part = np.array([[4.0], [4.2], [100.0], [np.nan]])
    value, _, _, count = estimate_ratio(part, whole, None)
    assert count[0] == 2
    np.testing.assert_allclose(value, 2.0)
