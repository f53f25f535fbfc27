"""Do ranges over draws hold what was planted, without the luck of single runs or as at most that?"""

import numpy as np
import pytest
from scipy.special import ndtr

from lockin_sim.common.statistics import (
    chance_of_luck,
    estimate_draw_range,
    estimate_draw_ratio,
    is_at_most,
    shrink_to_draws,
)

DRAWS, EACH = 400, 2
OF_RUN = np.repeat(np.arange(DRAWS), EACH)

#: Luck of a run of variance one: normal, or a jump in one run of twenty.
LUCK = {
    "normal": lambda rng, size: rng.normal(size=size),
    "jumps": lambda rng, size: np.where(rng.random(size) < 0.05, 19, -1) / 19**0.5 + rng.normal(0, 0.1, size),
}


def planted(seed, luck, draws=DRAWS, each=EACH):
    """What draws win, and the part that each keeps; runs of both with luck."""
    rng = np.random.default_rng(seed)
    won, kept = rng.normal(10.0, 2.0, draws), rng.uniform(0.1, 0.6, draws)
    noise = luck * rng.multivariate_normal([0, 0], [[1.0, 0.5], [0.5, 1.0]], draws * each)
    of_runs = np.repeat(np.stack([won * kept, won], axis=1), each, axis=0) + noise
    return won, kept, of_runs


@pytest.mark.parametrize("luck", [0.5, 2.0, 3.0])
def test_the_range_is_that_of_the_draws_however_much_luck_there_is(luck):
    won, kept, runs = planted(1, luck)
    low, high, chance = estimate_draw_range(runs[:, 1], OF_RUN)
    np.testing.assert_allclose([low, high], np.quantile(won, [0.05, 0.95]), atol=0.5)
    plain = np.quantile(runs.reshape(DRAWS, EACH, 2).mean(1)[:, 1], [0.05, 0.95])
    assert high - low < 1.02 * np.ptp(plain)
    assert not is_at_most(chance)
    mean, (low, high, _) = estimate_draw_ratio(*runs.T, OF_RUN)
    assert mean == pytest.approx((won * kept).mean() / won.mean(), abs=0.03)
    np.testing.assert_allclose([low, high], np.quantile(kept, [0.05, 0.95]), atol=0.06)


def test_ranges_of_as_many_draws_as_a_study_has_are_right_on_average():
    found = [
        estimate_draw_ratio(*planted(s, 2.0, 64)[2].T, np.repeat(np.arange(64), 2))[1][:2] for s in range(200)
    ]
    np.testing.assert_allclose(np.mean(found, axis=0), [0.125, 0.575], atol=0.05)
    naive = np.array([
        np.quantile(np.divide(*planted(s, 2.0, 64)[2].reshape(64, 2, 2).mean(1).T), [0.05, 0.95])
        for s in range(200)
    ]).mean(axis=0)  # fmt: skip
    assert np.ptp(naive) > 1.15 * np.ptp(np.mean(found, axis=0))


#: Least part of all draws that ranges hold on average, by number of draws: up to 19 go from the smallest to
#: the largest, which holds n - 1 of n + 1.  Beside it the error of that average.
HOLDS = {8: 7 / 9, 16: 15 / 17, 20: 0.9, 32: 0.9, 64: 0.9, 128: 0.9}
CHANCE = 0.008


@pytest.mark.parametrize("each", [2, 4])
@pytest.mark.parametrize("draws", HOLDS)
def test_every_range_holds_nine_in_ten_draws_whether_they_differ_little_or_much(draws, each):
    rng, many = np.random.default_rng(draws + each), 800
    of_run = np.repeat(np.arange(draws), each)
    for luck in (0.0, 0.5, 1.0, 1.4, 2.0, 4.0, 8.0):
        runs = np.repeat(rng.normal(size=(draws, many)), each, axis=0)
        runs += luck * rng.normal(size=runs.shape)
        low, high, chance = estimate_draw_range(runs, of_run)
        assert np.isfinite([low, high, chance]).all()
        holds = ndtr(high) - ndtr(low)
        assert holds.mean() > HOLDS[draws] - CHANCE, (luck, holds.mean())
        at_most = is_at_most(chance)
        if luck == 0:
            assert not at_most.any()
        elif luck == 8:  # luck could have made nearly all, and draws differ by less than these ranges
            assert at_most.mean() > 0.85
            assert holds[at_most].mean() > 0.97
            assert (holds[at_most] < 0.5).mean() < 0.02


@pytest.mark.parametrize("draws", [32, 64])
@pytest.mark.parametrize("spread", [0.0, 0.03, 0.1, 0.2])
@pytest.mark.parametrize("luck", [0.3, 1.0, 3.0])
def test_every_range_of_a_part_holds_nine_in_ten_draws_own_parts(draws, spread, luck):
    rng, many = np.random.default_rng(draws), 800
    won, kept = rng.normal(10.0, 2.0, (draws, many)), 0.35 + spread * rng.normal(size=(draws, many))
    shared, lost = luck * rng.normal(size=(2, 2 * draws, many))
    whole = np.repeat(won, 2, axis=0) + shared
    part = np.repeat(won * kept, 2, axis=0) + 0.5 * shared + 0.87 * lost
    _, (low, high, chance) = estimate_draw_ratio(part, whole, np.repeat(np.arange(draws), 2))
    if spread:
        holds = ndtr((high - 0.35) / spread) - ndtr((low - 0.35) / spread)
    else:
        holds = (low < 0.35) & (high > 0.35)
    assert holds.mean() > 0.9 - CHANCE
    assert is_at_most(chance).mean() > 0.9 or spread


@pytest.mark.parametrize(
    ("shape", "draws", "least"),
    [("normal", 8, 0.94), ("normal", 64, 0.94), ("jumps", 8, 0.90), ("jumps", 64, 0.88)],
)
def test_of_draws_that_do_not_differ_a_range_is_at_most_and_contains_their_value(shape, draws, least):
    rng = np.random.default_rng(3)
    runs = 5.0 + LUCK[shape](rng, (2 * draws, 1_500))
    low, high, chance = estimate_draw_range(runs, np.repeat(np.arange(draws), 2))
    assert least < is_at_most(chance).mean() < 0.98
    if shape == "normal":
        assert ((low < 5) & (high > 5))[is_at_most(chance)].mean() > 0.97
        # a chance is one: each is as frequent as it says
        np.testing.assert_allclose(np.quantile(chance, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.04)


def test_without_luck_nothing_is_taken_away_and_one_run_of_each_draw_does_not_show_luck():
    rng = np.random.default_rng(4)
    own = rng.normal(5.0, 1.0, (DRAWS, 3))
    same = np.repeat(own, EACH, axis=0)
    np.testing.assert_allclose(shrink_to_draws(same[..., None], OF_RUN)[..., 0], own, atol=1e-9)
    assert (chance_of_luck(same, OF_RUN) == 0).all()
    single = rng.normal(size=(50, 2))
    np.testing.assert_array_equal(shrink_to_draws(single, np.arange(50)), single)
    low, high, chance = estimate_draw_range(single, np.arange(50))
    np.testing.assert_allclose([low, high], np.quantile(single, [0.05, 0.95], axis=0, method="weibull"))
    assert is_at_most(chance).all()


def test_one_draw_has_no_range_and_draws_with_different_numbers_of_runs_are_refused():
    runs = np.random.default_rng(4).normal(5.0, 1.0, (2, 2))
    assert np.isnan(estimate_draw_range(runs[:, 0], np.zeros(2, dtype=int))).all()
    mean, ends = estimate_draw_ratio(*runs.T, np.zeros(2, dtype=int))
    assert np.isfinite(mean)
    assert np.isnan(ends).all()
    with pytest.raises(ValueError, match="3 runs of 2 draws, with 1 to 2 each"):
        estimate_draw_range(np.zeros(3), np.array([0, 0, 1]))


def test_a_number_that_all_runs_share_stays_exact_and_what_a_run_leaves_undefined_is_undefined():
    of_run = np.repeat(np.arange(50), 2)
    assert estimate_draw_range(np.zeros(100), of_run) == (0.0, 0.0, 0.0)
    mean, ends = estimate_draw_ratio(np.zeros(100), np.zeros(100), of_run)
    assert np.isnan([mean, *ends]).all()
    gap = np.random.default_rng(6).normal(size=(100, 2))
    gap[3, 1] = np.nan
    assert np.isfinite(estimate_draw_range(gap, of_run)).all(axis=0).tolist() == [True, False]
    low, high, chance = estimate_draw_range(gap[:, 0], None)  # equal parameters: a range of runs
    assert low < high
    assert np.isnan(chance)
    assert not is_at_most(chance)


def test_a_covariance_within_draws_does_not_leak_into_the_ratio():
    """Luck that moves both alike is no reason for a part that varies more."""
    rng = np.random.default_rng(5)
    won, kept = rng.normal(10.0, 1.0, DRAWS), rng.uniform(0.2, 0.4, DRAWS)
    shared = rng.normal(0.0, 1.5, DRAWS * EACH)
    whole = np.repeat(won, EACH) + shared
    part = np.repeat(kept * won, EACH) + 0.9 * shared
    mean, (low, high, _) = estimate_draw_ratio(part, whole, OF_RUN)
    assert mean == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose([low, high], [0.21, 0.39], atol=0.03)
    plain = np.quantile((part / whole).reshape(DRAWS, EACH).mean(1), [0.05, 0.95])
    assert np.ptp(plain) > 1.2 * (high - low)
