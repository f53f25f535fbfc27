"""Do ranges over draws hold what was planted, without the luck of single runs?"""

import numpy as np
import pytest
from scipy.special import ndtr

from lockin_sim.common.statistics import draws_differ, over_draws, own_ratio, own_values

DRAWS, EACH = 400, 2
OF_RUN = np.repeat(np.arange(DRAWS), EACH)


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
    low, high = over_draws(runs[:, 1], OF_RUN)
    np.testing.assert_allclose([low, high], np.quantile(won, [0.05, 0.95]), atol=0.5)
    plain = np.quantile(runs.reshape(DRAWS, EACH, 2).mean(1)[:, 1], [0.05, 0.95])
    assert high - low < 1.02 * np.ptp(plain)
    mean, low, high = own_ratio(*runs.T, OF_RUN)
    assert mean == pytest.approx((won * kept).mean() / won.mean(), abs=0.03)
    np.testing.assert_allclose([low, high], np.quantile(kept, [0.05, 0.95]), atol=0.06)


def test_ranges_of_as_many_draws_as_a_study_has_are_right_on_average():
    found = np.array([own_ratio(*planted(s, 2.0, 64)[2].T, np.repeat(np.arange(64), 2)) for s in range(200)])
    np.testing.assert_allclose(found.mean(axis=0)[1:], [0.125, 0.575], atol=0.05)
    naive = np.array([
        np.quantile(np.divide(*planted(s, 2.0, 64)[2].reshape(64, 2, 2).mean(1).T), [0.05, 0.95])
        for s in range(200)
    ]).mean(axis=0)  # fmt: skip
    assert np.ptp(naive) > 1.15 * np.ptp(found.mean(axis=0)[1:])


#: Of the ranges that are given: least part of all draws that they hold on average, nine tenths meant; and
#: most of them that hold less than half, by number of draws.  A range of 8 draws ends at the outermost.
HOLDS = {8: (0.70, 0.23), 16: (0.80, 0.13), 32: (0.80, 0.13), 64: (0.82, 0.11)}


@pytest.mark.parametrize("each", [1, 2, 4, 8])
@pytest.mark.parametrize("draws", HOLDS)
def test_a_range_that_is_given_holds_most_draws_and_others_would_not(draws, each):
    rng, many = np.random.default_rng(draws + each), 400
    of_run, least, most = np.repeat(np.arange(draws), each), *HOLDS[draws]
    for luck in (0.5, 1.0, 2.0, 4.0, 8.0):
        runs = np.repeat(rng.normal(size=(draws, many)), each, axis=0)
        runs += luck * rng.normal(size=runs.shape)
        low, high = over_draws(runs, of_run)
        given = np.isfinite(low)
        holds = (ndtr(high) - ndtr(low))[given]
        assert holds.mean() > least
        assert (holds < 0.5).mean() < most
        np.testing.assert_array_equal(given, draws_differ(runs, of_run))
        assert given.all() if each == 1 else given.mean() > 0.4
    if each > 1:  # luck makes nearly all of the spread: half of all ranges would shrink to the mean
        assert given.mean() < 0.8
        ends = np.quantile(own_values(runs[:, ~given, None], of_run)[..., 0], [0.05, 0.95], axis=0)
        assert np.median(ndtr(ends[1]) - ndtr(ends[0])) < 0.2


def test_draws_that_do_not_differ_have_no_range_that_says_much():
    rng = np.random.default_rng(3)
    runs = rng.normal(5.0, 1.0, (DRAWS * EACH, 200))
    low, high = over_draws(runs, OF_RUN)
    assert 0.4 < np.isnan(low).mean() < 0.6
    assert np.nanmax(high - low) < 1.5  # as against 2.3 of means by draw
    same = np.repeat(rng.normal(5.0, 1.0, (DRAWS, 3)), EACH, axis=0)  # and no luck: nothing is taken away
    np.testing.assert_allclose(own_values(same[..., None], OF_RUN)[..., 0], same, atol=1e-9)
    assert draws_differ(same, OF_RUN).all()


def test_one_draw_has_no_range():
    runs = np.random.default_rng(4).normal(5.0, 1.0, (2, 2))
    assert np.isnan(over_draws(runs[:, 0], np.zeros(2, dtype=int))).all()
    mean, low, high = own_ratio(*runs.T, np.zeros(2, dtype=int))
    assert np.isfinite(mean)
    assert np.isnan([low, high]).all()


def test_single_runs_of_draws_stay_as_they_are_and_a_number_that_all_share_stays_exact():
    values = np.random.default_rng(4).normal(size=(50, 2))
    np.testing.assert_array_equal(own_values(values, np.arange(50)), values)
    assert over_draws(np.zeros(100), np.repeat(np.arange(50), 2)) == (0.0, 0.0)
    assert np.isnan(own_ratio(np.zeros(100), np.zeros(100), np.repeat(np.arange(50), 2))).all()


def test_a_covariance_within_draws_does_not_leak_into_the_ratio():
    """Luck that moves both alike is no reason for a part that varies more."""
    rng = np.random.default_rng(5)
    won, kept = rng.normal(10.0, 1.0, DRAWS), rng.uniform(0.2, 0.4, DRAWS)
    shared = rng.normal(0.0, 1.5, DRAWS * EACH)
    whole = np.repeat(won, EACH) + shared
    part = np.repeat(kept * won, EACH) + 0.9 * shared
    mean, low, high = own_ratio(part, whole, OF_RUN)
    assert mean == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose([low, high], [0.21, 0.39], atol=0.03)
    plain = np.quantile((part / whole).reshape(DRAWS, EACH).mean(1), [0.05, 0.95])
    assert np.ptp(plain) > 1.2 * (high - low)
