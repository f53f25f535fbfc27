"""Are the tables what the fit of the history would load, and are its priors what they are said to be?"""

from __future__ import annotations

from collections import Counter

import fit_history
import numpy as np
import pytest
from fit_history import Fit


@pytest.fixture(scope="module")
def fit() -> Fit:
    return Fit((), runs=1, seed=0)


@pytest.fixture(scope="module")
def values(fit: Fit) -> np.ndarray:
    return np.array([u.value for u in fit.unknowns])


def test_the_tables_are_what_was_fitted(fit: Fit, values: np.ndarray) -> None:
    world = fit.world_with(values)
    for name in ("quality_path", "quality_trend", "place_utility"):
        fitted, bundled = (getattr(one.conditions, name) for one in (world, fit.world))
        np.testing.assert_allclose(fitted, bundled, atol=1e-9)
    np.testing.assert_array_equal(world.home_bonus, fit.world.home_bonus)


def test_a_residual_acts_where_its_rows_say(fit: Fit, values: np.ndarray) -> None:
    moved = values.copy()
    europe = next(k for k, u in enumerate(fit.unknowns) if u.kind == "residual" and len(u.rows) == 2)
    moved[europe] += 0.5
    change = fit.world_with(moved).conditions.place_utility - fit.world.conditions.place_utility
    d, slot = fit.place("mobile_network", "huawei")
    at = [fit.world.countries.index(code) for code in ("DEU", "POL", "KEN")]
    of_2020 = change[2020 - fit.world.first_year, d, :, slot]
    np.testing.assert_allclose(of_2020[at], [0.5, 0.5, 0.0])
    assert change[2021 - fit.world.first_year].any() == 0
    assert (change[:, :, :, :] != 0).sum() == 11 * 2 * (of_2020 != 0).sum()  # 2010 to 2020, Huawei and ZTE


def test_priors_are_a_walk_for_qualities_and_apart_for_the_rest(fit: Fit, values: np.ndarray) -> None:
    first, at_rest = {}, np.zeros(len(values))
    for k, u in enumerate(fit.unknowns):
        at_rest[k] = first.setdefault((u.domain, u.vendor), 0.7) if u.kind == "knot" else u.prior
    off = fit.priors(at_rest)
    knots = Counter((u.domain, u.vendor) for u in fit.unknowns if u.kind == "knot")
    assert np.count_nonzero(off) == len(knots)  # the first knot of each alone
    np.testing.assert_allclose(off[off != 0], 0.7 / fit_history.FIRST_KNOT)
    moved = fit.priors(values + 0.3) - fit.priors(values)
    np.testing.assert_allclose(fit._prior_slopes(values) @ np.full(len(values), 0.3), moved, atol=1e-9)


def test_facts_are_weighed_by_their_errors_and_unknowns_have_few_residuals(fit: Fit) -> None:
    assert min(fact.error for fact in fit.facts) > 0
    residuals = [u for u in fit.unknowns if u.domain == "mobile_network" and u.kind == "residual"]
    assert len(residuals) <= 3
    assert {u.error for u in residuals} == {fit_history.REGION, fit_history.ECONOMY}


def test_quality_in_networks_moves_by_little(fit: Fit) -> None:
    d = fit.world.domains.index("mobile_network")
    path = fit.world.conditions.quality_path[:, d]
    knots = [
        u.year - fit.world.first_year
        for u in fit.unknowns
        if u.kind == "knot" and u.domain == "mobile_network"
    ]
    steps = np.abs(np.diff(path[sorted(set(knots))], axis=0))
    assert steps.max() <= 2.5
