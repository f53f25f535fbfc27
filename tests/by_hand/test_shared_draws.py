"""Intervals, ranges and verdicts of runs that share draws, on planted futures whose truth is known.

The draws are planted, too: 256 of uneven weights, worth 53 equal ones, so that counting them matters.  What a
draw does is planted afresh in each column, as is chance within it.  So what is measured is the error of a
mean over the posterior, not over its stored draws.
"""

from collections import Counter

import numpy as np
import pytest

from lockin_sim.common.findings import FUTURES, Finding, Verdict
from lockin_sim.common.statistics import (
    Precision,
    count_runs_needed,
    estimate_interval,
    estimate_paired_difference,
    estimate_ratio,
    least_share,
    quantiles,
    summarise_levels,
    summarise_single_runs,
)
from lockin_sim.settings.ensemble import assign_draws

WEIGHT = np.random.default_rng(198).gamma(0.26, size=256)
WEIGHT /= WEIGHT.sum()
EFFECTIVE = WEIGHT.sum() ** 2 / (WEIGHT**2).sum()
SHAPES = {
    "normal": lambda rng, size: rng.normal(size=size),
    "exponential": lambda rng, size: rng.exponential(size=size) - 1,
}

#: Steps between verdicts: a verb, probably, and no direction.
STEPS = {
    Verdict.LOWERS: -2,
    Verdict.PROBABLY_LOWERS: -1,
    Verdict.SMALL: 0,
    Verdict.UNCLEAR: 0,
    Verdict.PROBABLY_RAISES: 1,
    Verdict.RAISES: 2,
}


def planted(runs, columns, *, between=0.9, shape="normal", seed=1):
    """Futures of mean 0 and variance 1, of which a part lies between draws.  (run, column), (run,)"""
    rng, draws = np.random.default_rng(seed), assign_draws(WEIGHT, runs, seed=seed)
    of_draw = SHAPES[shape](rng, (len(WEIGHT), columns))
    return np.sqrt(between) * of_draw[draws] + np.sqrt(1 - between) * rng.normal(size=(runs, columns)), draws


def verdicts(values, draws):
    """Verdicts on effects by run, in percentage points.  (run, column)"""
    mean, low, high, _ = estimate_interval(values, draws)
    q05, q95, above, below, effective = summarise_single_runs(values, draws)
    return [
        Finding(
            "it", mean[k], q05[k], q95[k], doubt=FUTURES, sign_share=(above if mean[k] > 0 else below)[k],
            draws=effective[k], away=max(low[k], -high[k]), runs=len(values),
        ).verdict
        for k in range(values.shape[1])
    ]  # fmt: skip


# --- intervals of a mean ---


@pytest.mark.parametrize(("shape", "least"), [("normal", 0.94), ("exponential", 0.92)])
@pytest.mark.parametrize("runs", [64, 200, 1_000])
def test_the_interval_holds_the_mean_over_the_posterior(runs, shape, least):
    held = []
    for seed in range(4):  # of the start of the draws; 4,000 columns have a standard error of 0.004
        values, draws = planted(runs, 1_000, shape=shape, seed=seed)
        _, low, high, _ = estimate_interval(values, draws)
        held.append((low < 0) & (high > 0))
    assert least - 0.01 < np.mean(held) < 0.97
    _, low, high, _ = estimate_interval(values, None)  # runs taken as independent
    assert np.mean((low < 0) & (high > 0)) < {64: 0.92, 200: 0.80, 1_000: 0.50}[runs]


def test_runs_with_a_draw_of_their_own_are_independent():
    values = np.random.default_rng(1).normal(size=(30, 3))
    values[4, 1] = np.nan
    own = np.random.default_rng(2).permutation(30)
    for one, other in (
        (estimate_interval(values, own), estimate_interval(values, None)),
        (summarise_single_runs(values, own), summarise_single_runs(values, None)),
        (estimate_ratio(values, values + 4, own), estimate_ratio(values, values + 4, None)),
        (summarise_levels(values, own), summarise_levels(values, None)),
    ):
        for alike in zip(one, other, strict=True):
            np.testing.assert_allclose(*alike)
    mean, low, high, count = estimate_interval(values, None)
    half = 2.045229642132703 * values[:, 0].std(ddof=1) / np.sqrt(30)  # Student's t for 29
    np.testing.assert_allclose([mean[0] - low[0], high[0] - mean[0]], half)
    np.testing.assert_array_equal(count, [30, 29, 30])


def test_one_draw_has_a_mean_without_an_interval_and_undefined_runs_are_left_out():
    values = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, np.nan]])
    mean, low, high, count = estimate_paired_difference(values, np.zeros((3, 2)), np.array([7, 7, 9]))
    np.testing.assert_array_equal(mean, [2.0, 1.5])
    np.testing.assert_array_equal(count, [3, 2])
    assert np.isnan([low[1], high[1]]).all()
    assert low[0] < 2 < high[0]
    with pytest.raises(ValueError, match="2 draws of 3 runs"):
        estimate_interval(values, np.array([1, 2]))


# --- how many runs ---


def test_no_number_of_runs_goes_below_the_floor_of_the_draws():
    values, draws = planted(320, 50)
    precise = Precision.of(values, draws, EFFECTIVE)
    true = 2 * 2.0068 * np.sqrt(0.9 / EFFECTIVE)  # Student's t with 52 degrees of freedom
    assert np.mean(precise.floor) == pytest.approx(true, rel=0.15)
    assert np.isinf(count_runs_needed(values, 0.95 * precise.floor, draws, EFFECTIVE)).all()
    enough = count_runs_needed(values, 1.05 * precise.floor, draws, EFFECTIVE)
    assert np.isfinite(enough).all()
    wide, _ = planted(5_000, 50)
    _, low, high, _ = estimate_interval(wide, assign_draws(WEIGHT, 5_000, seed=1))
    assert np.mean(high - low) == pytest.approx(np.mean(precise.floor), rel=0.1)


# --- ranges over futures ---


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("runs", [64, 200])
def test_ninety_per_cent_of_futures_are_in_the_range(runs, shape):
    values, draws = planted(runs, 2_000, shape=shape)
    low, high = quantiles(values, 0.05, 0.95, draws=draws)
    rng = np.random.default_rng(9)
    further = np.sqrt(0.9) * SHAPES[shape](rng, (300, 2_000)) + np.sqrt(0.1) * rng.normal(size=(300, 2_000))
    assert 0.895 < np.mean((further > low) & (further < high)) < 0.92
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    assert np.mean((further > low) & (further < high)) < 0.895


def test_quantiles_of_independent_runs_are_of_type_six():
    values = np.random.default_rng(4).normal(size=(40, 5))
    values[3, 2] = np.nan
    found = quantiles(values, 0.05, 0.5, 0.95)
    for k in range(5):
        known = values[np.isfinite(values[:, k]), k]
        np.testing.assert_allclose(found[:, k], np.quantile(known, [0.05, 0.5, 0.95], method="weibull"))
    few = values[:3, :1]
    np.testing.assert_array_equal(quantiles(few, 0.05, 0.95)[:, 0], [few.min(), few.max()])


# --- verdicts ---


def test_the_interval_of_a_share_is_wilsons():
    assert least_share(np.array(0.9), np.array(53.0)) == pytest.approx(0.8117, abs=1e-4)
    assert least_share(np.array(1.0), np.array(40.0)) == pytest.approx(40 / (40 + 1.6449**2), abs=1e-4)


@pytest.mark.parametrize("runs", [64, 200, 500])
@pytest.mark.parametrize("jumps", [0.1, 0.15, 0.19])
@pytest.mark.parametrize("shared", [True, False])
def test_a_mean_of_zero_with_rare_jumps_is_hardly_ever_said_to_go_where_most_futures_go(runs, jumps, shared):
    rng, draws = np.random.default_rng(5), assign_draws(WEIGHT, runs, seed=1) if shared else None
    which = draws if shared else np.arange(runs)  # whether futures with one draw jump together
    for sign in (1, -1):
        jumped = rng.random((which.max() + 1, 1_000))[which] < jumps
        futures = np.where(jumped, (1 - jumps) / jumps, -1.0) + 0.1 * rng.normal(size=(runs, 1_000))
        found = Counter(verdicts(sign * futures, draws))
        assert found[Verdict.PROBABLY_LOWERS] + found[Verdict.PROBABLY_RAISES] <= 0.05 * found.total()


def test_a_mean_with_the_sign_of_most_futures_is_still_called_probable():
    futures, draws = planted(200, 500)  # of which 85 % are above zero where the mean is 1.05
    found = Counter(verdicts(futures + 1.05, draws))
    assert found[Verdict.PROBABLY_RAISES] > 0.7 * found.total()


@pytest.mark.parametrize("between", [0.84, 0.3])
@pytest.mark.parametrize("deviation", [0.03, 0.05, 0.2, 1.0])  # percentage points; least is 0.05
def test_another_64_futures_hardly_ever_move_a_verdict_by_two_steps(deviation, between):
    rng = np.random.default_rng(11)
    of_draw = rng.normal(size=len(WEIGHT))
    of_draw -= np.average(of_draw, weights=WEIGHT)
    of_draw /= np.sqrt(np.average(of_draw**2, weights=WEIGHT))
    seen = set()
    for size in np.arange(0.0, 3.0, 0.25):  # means in deviations
        found = Counter()
        for seed in range(50):
            draws = assign_draws(WEIGHT, 64, seed=seed)
            chance = rng.normal(size=(64, 4))
            futures = np.sqrt(between) * of_draw[draws][:, None] + np.sqrt(1 - between) * chance
            found.update(verdicts(deviation * (size + futures), draws))
        usual = found.most_common(1)[0][0]
        moved = sum(n for each, n in found.items() if abs(STEPS[each] - STEPS[usual]) >= 2)
        assert moved <= 0.05 * found.total(), (size, found)
        seen |= set(found)
    assert {Verdict.RAISES, Verdict.PROBABLY_RAISES} <= seen
