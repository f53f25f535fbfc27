"""Small tools of estimation against textbook answers."""

import numpy as np
import pytest
from scipy import stats

from lockin_sim.evidence.estimate import around, share, slope
from lockin_sim.evidence.estimates import rate


def test_a_share_has_its_exact_interval():
    assert share(0, 10) == (0.0, 0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert share(10, 10) == (1.0, pytest.approx(0.025 ** (1 / 10)), 1.0)
    exact = stats.binomtest(4, 7).proportion_ci(method="exact")
    assert share(4, 7)[1:] == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_a_slope_is_that_of_least_squares():
    random = np.random.default_rng(1)
    x = random.normal(size=12)
    y = 2 * x + random.normal(size=12)
    known = stats.linregress(x, y)
    assert slope(y, x) == (pytest.approx(known.slope), pytest.approx(known.stderr), 10)


def test_constants_of_groups_change_no_slope():
    random = np.random.default_rng(2)
    x, group = random.normal(size=12), np.repeat([0.0, 1.0], 6)
    y = 2 * x + random.normal(size=12)
    weight, error, free = slope(y, x, group)
    assert slope(y + 5 * group, x, group) == (pytest.approx(weight), pytest.approx(error), free)
    assert free == 9


def test_an_interval_of_one_degree_of_freedom_is_wide():
    assert around(1.0, 1.0, 1) == (
        1.0,
        pytest.approx(1 - 12.7062, abs=1e-4),
        pytest.approx(13.7062, abs=1e-4),
    )


def test_the_rate_is_that_of_exponential_waits_one_a_family():
    family, years = np.array(["a", "a", "b"]), np.array([1.0, 3.0, 2.0])
    value, low, high = rate(family, years)  # two waits of two years
    assert value == pytest.approx(1 - np.exp(-0.5))
    ends = stats.chi2(4).ppf([0.025, 0.975]) / 2 / 4
    assert (low, high) == (pytest.approx(1 - np.exp(-ends[0])), pytest.approx(1 - np.exp(-ends[1])))


def test_the_interval_of_the_rate_covers_it_as_often_as_it_says():
    random, hits = np.random.default_rng(3), 0
    for waits in random.exponential(1 / 0.4, size=(400, 7)):
        _, low, high = rate(np.arange(7), waits)
        hits += low <= 1 - np.exp(-0.4) <= high
    assert 366 <= hits <= 393  # 380 expected
