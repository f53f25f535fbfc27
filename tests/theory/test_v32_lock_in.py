"""Switching cost and network effect together: when a market of many lots locks in for good (V32)."""

import dataclasses

import numpy as np
import pytest
from theory import exact
from theory.regions import FACTOR, Region, Z
from theory.runs import market, on, settled, shares, start_with

import lockin_sim as ls

N = 8_000


def at_length(*cases):
    """Cases left to the slow part: users meet the same thresholds without a sample (test_v10_users)."""
    return [pytest.param(*case, marks=pytest.mark.slow) for case in cases]


LOCKED = [
    (2, 1.5, 2.0),
    (2, 2.45, 0.0),
    (3, 2.2, 2.0),
    (4, 2.6, 2.0),
    (2, 1.05, 2.0),
    *at_length(
        (2, 1.5, 1.0),
        (2, 1.3, 2.0),
        (2, 1.27, 3.0),
        (3, 2.35, 1.3),
        (3, 3.1, 0.0),
        (5, 3.0, 1.7),
        (3, 1.6, 2.0),
    ),
]


@pytest.mark.parametrize(("k", "g", "s"), LOCKED)
def test_v32_share_of_the_leader_above_the_threshold(case, k, g, s):
    """A leader's share is x* ~ w (kappa W + (1 - kappa) w), 1/K below the critical point; so is switching."""
    fixed = exact.mean_field(start_with(0.999, k), g, s)
    ds = market(case.seed(), N, k, 60, g, s, fixed)
    near = settled(case, f"leader's share, K = {k}, g = {g}, s = {s}", shares(ds)[20:], N, k, g, s, fixed)
    rate, more = (
        float(x @ (1 - np.diag(exact.switching_chain(g * x, s))))
        for x in (fixed, start_with(fixed[0] + 1e-5, k))
    )
    half = Z * np.sqrt(rate / (N * 40)) + abs(more - rate) / 1e-5 * near
    region = Region(rate - half, rate + half, "martingale, known variance")
    left = float((1 - ds.retention.values[0, 21:, 0]).mean())
    case.check(f"switching rate, K = {k}, g = {g}, s = {s}", rate, left, region, N * 40)


@pytest.mark.parametrize(("k", "s"), [(2, 1.0), (3, 0.8), *at_length((2, 0.0), (2, 1.7), (3, 2.0), (4, 1.5))])
@pytest.mark.parametrize("side", [0.85, 1.15])
def test_v32_equal_shares_are_stable_below_the_critical_point_and_not_above(case, k, s, side):
    """A lead of 20 % dies below g_c = K (1 + kappa (K - 1)) / (2 + kappa (K - 2)), takes the market above."""
    g = side * exact.critical_network(k, s)
    start = start_with(1.2 / k, k)
    fixed = np.full(k, 1 / k) if side < 1 else exact.mean_field(start, g, s)
    path = shares(market(case.seed(), N, k, 120, g, s, start))
    settled(case, f"share after a lead, {side:.2f} of g_c, K = {k}, s = {s}", path[90:], N, k, g, s, fixed)


@pytest.mark.parametrize(("k", "s"), [(3, 1.3), *at_length((3, 0.0), (4, 0.9), (5, 1.6))])
def test_v32_three_and_more_vendors_have_hysteresis(case, k, s):
    """Between g_sn and g_c history decides: a leader stays leader, and equals stay equals."""
    g = 0.25 * exact.locked_from(k, s)[0] + 0.75 * exact.critical_network(k, s)
    equal, locked = np.full(k, 1 / k), exact.mean_field(start_with(0.999, k), g, s)
    path = shares(market(case.seed(), N, k, 60, g, s, equal))
    settled(case, f"from equal shares, K = {k}, g = {g:.4f}, s = {s}", path[30:], N, k, g, s, equal)
    path = shares(market(case.seed(), N, k, 60, g, s, locked))
    settled(case, f"from a leader, K = {k}, g = {g:.4f}, s = {s}", path[30:], N, k, g, s, locked)


@pytest.mark.parametrize(
    ("engine", "n", "steps", "k", "g", "s"),
    [
        ("core", 2_000, 40, 2, 1.5, 2.0),
        ("core", 500, 60, 3, 2.2, 1.4),
        ("core", 60, 200, 2, 1.2, 1.0),
        ("mesa", 30, 12, 2, 1.5, 2.0),
        ("mesa", 24, 12, 3, 2.2, 1.4),
    ],
)
def test_v32_every_step_has_the_drift_of_the_rule(case, engine, n, steps, k, g, s):
    """Each year's mean share, given the last one, is that of n choices that count the others only."""
    path = shares(market(case.seed(), n, k, steps, g, s, start_with(0.7, k), engine=engine))
    others = (path[:-1, None, :] * n - np.eye(k)) / (n - 1)  # as seen by an owner of each vendor
    logits = np.exp(g * others - s * (1 - np.eye(k)))
    chance = logits / logits.sum(axis=-1, keepdims=True)
    drift = np.einsum("tj,tjk->tk", path[:-1], chance)
    for v in range(k - 1):
        gap = float((path[1:, v] - drift[:, v]).mean())
        half = FACTOR / np.sqrt(n * steps)
        region = Region(-half, half, "Azuma-Hoeffding")
        case.check(f"mean surprise, vendor {v + 1} of {k}", 0.0, gap, region, n * steps)


@pytest.mark.parametrize(("k", "g", "s", "openness"), [(2, 2.9, 2.4, 0.45), (3, 3.4, 2.0, 0.3)])
def test_v32_interoperability_scales_both_forces(case, k, g, s, openness):
    """Vendors of one standard whose products fit to a share m have the lock-in of (1 - m) s and (1 - m) g."""
    near, far = (1 - openness) * g, (1 - openness) * s
    fixed = exact.mean_field(start_with(0.999, k), near, far)
    first = np.searchsorted(np.cumsum(fixed)[:-1], (np.arange(N) + 0.5) / N)
    toy = ls.toy_world(N, k, installed=on(first, N, k))
    now = dataclasses.replace(toy.conditions, openness=np.full((1, 1), openness))
    shared = np.tile(np.eye(k)[0], (1, k, 1))
    world = dataclasses.replace(toy, initial_compliance=shared, conditions=now)
    ds = case.played(world, 50, network_weight=g, switching_cost=s)
    path = ds.vendor_share.values[0, 15:, 0]
    settled(case, f"leader's share, K = {k}, m = {openness}", path, N, k, near, far, fixed)


def test_a76_doubling_every_country_leaves_the_mean_field_where_it_was(case):
    """Twice as many countries, half as large, have the same mean choices up to order 1/N."""
    k, g, s = 2, 1.8, 1.0
    fixed = exact.mean_field(start_with(0.999, k), g, s)
    for n in (N // 2, N):
        path = shares(market(case.seed(n), n, k, 60, g, s, fixed))
        settled(case, f"leader's share of {n} countries", path[20:], n, k, g, s, fixed)
