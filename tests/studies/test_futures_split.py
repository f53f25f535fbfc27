"""The doubt about an effect, taken apart: worlds made of luck, parameters and structure of known size."""

import numpy as np
import pytest

from lockin_sim.studies.futures import ORIGINS, split, variances


def worlds(luck, parameters, structure, *, n, runs=8, kinds=5, seed=3):
    """Effects by run and future, standard deviations as given; kinds, of which the first is every second."""
    rng = np.random.default_rng(seed)
    number = np.arange(n)
    kind = np.where(number % 2 == 0, 0, 1 + number // 2 % (kinds - 1))
    apart = np.array([0.0, *np.tile([1.0, -1.0], kinds)[: kinds - 1]])
    part = np.bincount(kind, minlength=kinds) / n
    apart *= structure / np.sqrt(part @ apart**2 - (part @ apart) ** 2)
    of_future = 2.0 + rng.normal(0, parameters, n) + apart[kind]
    return of_future + rng.normal(0, luck, (runs, n)), kind


@pytest.mark.parametrize("sizes", [(3.0, 1.0, 0.5), (0.1, 2.0, 0.0), (1.0, 0.0, 2.0), (2.0, 0.0, 0.0)])
def test_each_origin_has_the_variance_it_was_made_with(sizes):
    effect, kinds = worlds(*sizes, n=20_000)
    found = variances(effect, kinds)
    np.testing.assert_allclose(found, np.square(sizes), rtol=0.04, atol=0.01)


def test_small_numbers_of_futures_are_right_on_average():
    """What chance adds to sums over few futures is taken off; cut at zero they would be too large."""
    many = [variances(*worlds(1.0, 1.0, 1.0, n=32, runs=2, seed=seed)) for seed in range(1500)]
    np.testing.assert_allclose(np.mean(many, axis=0), 1.0, atol=0.05)


def test_what_was_not_asked_is_not_zero():
    effect, kinds = worlds(1.0, 1.0, 1.0, n=40)
    one = variances(effect, np.zeros_like(kinds))
    assert np.isnan(one[ORIGINS.index("structure")])
    assert np.isfinite(one[:2]).all()
    single = variances(effect[:1], kinds)
    assert np.isnan(single[:2]).all()
    assert np.isnan(variances(np.full((2, 5), np.nan), kinds[:5])).all()
    shares = split([effect[:1, None]], kinds, 5)["variance_share"][1]
    assert np.isnan(shares).all()  # structure is not all of a variance whose other parts are unknown


def test_undefined_runs_and_futures_are_left_out():
    effect, kinds = worlds(1.0, 1.0, 1.0, n=400)
    holed = effect.copy()
    holed[:, 7] = np.nan
    holed[3, 11] = np.nan
    kept = np.delete(np.arange(400), 7)
    np.testing.assert_allclose(variances(holed, kinds), variances(holed[:, kept], kinds[kept]))


def test_mean_range_and_alternatives():
    effect, kinds = worlds(1.0, 1.0, 1.0, n=2000)
    none = np.zeros_like(effect)
    data = split([none[:, None], effect[:, None]], kinds, 6)
    found = {name: value for name, (_, value, _) in data.items()}
    assert found["expected"][1, 0] == pytest.approx(effect.mean())
    below, above = effect < found["expected_low"][1, 0], effect > found["expected_high"][1, 0]
    assert (below.mean(), above.mean()) == pytest.approx((0.025, 0.025), abs=1e-3)
    assert np.nansum(found["variance_share"][1, 0]) == pytest.approx(1.0)
    assert np.isnan(found["variance_share"][0, 0]).all()  # nothing to be split
    for kind in range(5):
        assert found["expected_under"][1, 0, kind] == pytest.approx(effect[:, kinds == kind].mean())
    assert np.isnan(found["expected_under"][1, 0, 5])
    assert found["futures_under"][1, 0].tolist() == [1000, 250, 250, 250, 250, 0]
