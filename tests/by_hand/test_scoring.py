"""Scores against values worked out by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from lockin_sim.common.indices import auc, brier, covered, crps, squared_error, widened


@pytest.mark.parametrize(
    ("ensemble", "observed", "expected"),
    [
        ([0.0, 1.0], 0.0, 0.0),  # mean distance 1/2, half the distance of the pair 1/2
        ([0.0, 1.0], 2.0, 1.0),  # 3/2 - 1/2
        ([0.0, 0.0, 3.0], 1.0, 1 / 3),  # (1 + 1 + 2)/3 - (3 + 3)/3/2
        ([2.0, 2.0, 2.0], 5.0, 3.0),  # without spread the distance
    ],
)
def test_crps_by_hand(ensemble, observed, expected):
    assert float(crps(np.array(ensemble), np.array(observed))) == pytest.approx(expected, abs=1e-12)


def test_an_error_of_members_is_that_of_more_members():
    """Members with an error score as many members with errors drawn, and their interval holds as much."""
    ensemble = np.array([0.0, 0.3, 2.0])
    drawn = np.concatenate([norm.ppf((np.arange(2000) + 0.5) / 2000, mean, 0.5) for mean in ensemble])
    for observed in (-1.2, 0.2, 2.5):
        off = np.abs(drawn - observed).mean()
        apart = np.mean([norm.expect(abs, (), gap, np.sqrt(0.5)) for gap in (0.3, 2.0, 1.7)])
        assert float(crps(ensemble, np.array(observed), error=0.5)) == pytest.approx(
            off - apart / 2, abs=1e-3
        )
    wide = [bool(covered(ensemble, np.array(x), error=0.5)) for x in (-0.8, -0.4, 2.3, 2.9)]
    assert wide == [bool(covered(drawn, np.array(x))) for x in (-0.8, -0.4, 2.3, 2.9)]
    hardly, none = (float(crps(ensemble, np.array(1.0), error=error)) for error in (1e-9, 0.0))
    assert hardly == pytest.approx(none)


def test_covered_by_the_central_interval():
    ensemble = np.arange(101.0)[:, None] * np.ones(4)
    np.testing.assert_array_equal(
        covered(ensemble, np.array([4.9, 5.0, 95.0, 95.1])), [False, True, True, False]
    )
    assert covered(ensemble[:, :1], np.array([25.0]), level=0.5).all()


def test_brier_by_hand():
    assert brier(np.array([0.0, 1.0]), np.array([False, True])) == 0
    assert brier(np.array([0.5, 0.8]), np.array([False, True])) == pytest.approx((0.25 + 0.04) / 2)


def test_squared_error_by_hand():
    """Of members 0, 0, 1, 1 the mean is a half, their variance 1/3: 1/4 - 1/12."""
    assert squared_error(np.array([0.0, 0.0, 1.0, 1.0]), np.array(1.0)) == pytest.approx(1 / 6)
    assert squared_error(np.full((2, 3), 0.25), np.zeros(3)) == pytest.approx(1 / 16)


def test_squared_error_does_not_depend_on_the_number_of_members():
    """That of a chance of .7 of what happens with it is .21, with two members as with sixty."""
    rng = np.random.default_rng(1)
    happened = (rng.random(40_000) < 0.7).astype(float)
    for members in (2, 60):
        said = (rng.random((members, len(happened))) < 0.7).astype(float)
        assert squared_error(said, happened).mean() == pytest.approx(0.21, abs=0.01)


def test_an_interval_of_a_planted_normal_holds_nine_in_ten():
    """With its true error in the members, with part of it in the runs and the rest as their error."""
    rng = np.random.default_rng(2)
    truth = rng.normal(0.0, 0.5, 4000)
    runs = np.quantile(rng.normal(0.0, 0.3, 100_000), (np.arange(64) + 0.5) / 64)[:, None] + 0 * truth
    assert covered(runs, truth, error=0.4).mean() == pytest.approx(0.9, abs=0.02)
    assert covered(runs, truth).mean() < 0.75
    low, high = np.quantile(widened(runs[:, 0], 0.4), [0.05, 0.95])
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.9, abs=0.02)


def test_auc_by_hand_with_a_tie():
    """Of six pairs four are in order and one is a tie."""
    area = auc(np.array([3.0, 1.0, 1.0, 2.0, 0.0]), np.array([True, True, False, False, False]))
    assert area.area == pytest.approx((3 + 1.5) / 6)
    # by case: yes 1, 1/2; no 3/4, 1/2, 1
    assert area.error == pytest.approx(np.sqrt(0.125 / 2 + 0.0625 / 3))


@pytest.mark.parametrize(("happened", "area"), [([1, 1, 0, 0], 1.0), ([0, 0, 1, 1], 0.0)])
def test_auc_of_perfect_order_has_no_error(happened, area):
    found = auc(np.array([4.0, 3.0, 2.0, 1.0]), np.array(happened, dtype=bool))
    assert found == (area, 0.0)


def test_auc_of_too_few_cases_is_undefined():
    assert np.isnan(auc(np.ones(3), np.ones(3, dtype=bool)).area)
    one = auc(np.array([1.0, 0.0, 0.0]), np.array([True, False, False]))
    assert one.area == 1
    assert np.isnan(one.error)
