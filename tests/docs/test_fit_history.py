"""Does the fit of the history weigh facts and unknowns as it says, and are its tables what came out?"""

import numpy as np
import pytest
from fit_history import Fit


@pytest.fixture(scope="module")
def fit():
    return Fit((), runs=1, seed=0)


@pytest.fixture(scope="module")
def values(fit):
    return np.array([u.value for u in fit.unknowns])


def test_the_tables_are_what_was_fitted(fit, values):
    world = fit.world_with(values)
    for name in ("quality_path", "quality_trend", "place_utility"):
        fitted, bundled = (getattr(one.conditions, name) for one in (world, fit.world))
        np.testing.assert_allclose(fitted, bundled, atol=1e-9)
    np.testing.assert_array_equal(world.home_bonus, fit.world.home_bonus)


def test_a_residual_acts_where_its_rows_say(fit, values):
    moved = values.copy()
    residuals = {
        k: u for k, u in enumerate(fit.unknowns) if u.kind == "residual" and u.domain == "mobile_network"
    }
    europe = next(k for k, u in residuals.items() if len(u.rows) == 2)
    moved[europe] += 0.5
    change = fit.world_with(moved).conditions.place_utility - fit.world.conditions.place_utility
    d, slot = fit.place("mobile_network", "huawei")
    at = [fit.world.countries.index(code) for code in ("DEU", "POL", "KEN")]
    of_2020 = change[2020 - fit.world.first_year, d, :, slot]
    np.testing.assert_allclose(of_2020[at], [0.5, 0.5, 0.0])
    assert change[2021 - fit.world.first_year].any() == 0
    assert (change[:, :, :, :] != 0).sum() == 11 * 2 * (of_2020 != 0).sum()  # 2010 to 2020, Huawei and ZTE
