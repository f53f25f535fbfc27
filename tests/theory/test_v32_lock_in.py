"""Switching cost and network effect together: when a market locks in for good (V32), also in parts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from theory import exact
from theory.case import Case
from theory.regions import FACTOR, Region, Z
from theory.runs import on, simulated

import lockin_sim as ls

N = 8_000


def shares(
    case: Case, n: int, k: int, steps: int, g: float, s: float, start: np.ndarray, **options: object
) -> np.ndarray:
    """Share of each vendor by year, everybody choosing every year.  (year, vendor)."""
    first = np.searchsorted(np.cumsum(start)[:-1], (np.arange(n) + 0.5) / n)
    world = {"installed": on(first, n, k)} | options.pop("world", {})
    ds = simulated(n, k, steps, case.seed(), world=world, network_weight=g, switching_cost=s, **options)
    return ds.vendor_share.values[0, :, 0]


def start_with(leader: float, k: int) -> np.ndarray:
    return np.array([leader] + [(1 - leader) / (k - 1)] * (k - 1))


def settled(
    case: Case, what: str, path: np.ndarray, n: int, k: int, g: float, s: float, fixed: np.ndarray
) -> None:
    """The mean share of vendor 1 over the years lies where a martingale around the fixed point may drift to.

    Small deviations decay by a factor a year; chance adds the variance of n independent choices.  The region
    is the normal one for the mean of all choices, over 1 - factor, with the next order in 1 / n added.
    """
    chain = exact.switching_chain(g * fixed, s)
    variance = float(fixed @ (chain[:, 0] * (1 - chain[:, 0])))
    factor, curved = exact.slope_and_curvature(fixed, g, s)
    bias = abs(curved) * variance / (n * (1 - factor**2)) + 2 * abs(g) / n
    half = Z * np.sqrt(variance / (n * len(path))) / (1 - factor) + bias / (1 - factor)
    region = Region(fixed[0] - half, fixed[0] + half, "martingale, known variance")
    case.check(
        what, expected=fixed[0], measured=path[:, 0].mean(), region=region, n=n * len(path), k=k, g=g, s=s
    )


LOCKED = [
    (2, 1.5, 2.0),
    (2, 1.5, 1.0),
    (2, 1.3, 2.0),
    (2, 2.45, 0.0),
    (2, 1.27, 3.0),
    (3, 2.2, 2.0),
    (3, 2.35, 1.3),
    (3, 3.1, 0.0),
    (4, 2.6, 2.0),
    (5, 3.0, 1.7),
]


@pytest.mark.parametrize(("k", "g", "s"), LOCKED)
def test_v32_share_of_the_leader_above_the_threshold(case: Case, k: int, g: float, s: float) -> None:
    """Above the critical network effect a leader keeps x* ~ w (kappa W + (1 - kappa) w) for good."""
    fixed = exact.mean_field(start_with(0.999, k), g, s)
    path = shares(case, N, k, 60, g, s, fixed)
    settled(case, f"leader's share, K = {k}, g = {g}, s = {s}", path[20:], N, k, g, s, fixed)


@pytest.mark.parametrize(("k", "s"), [(2, 0.0), (2, 1.0), (2, 1.7), (3, 0.8), (3, 2.0), (4, 1.5)])
@pytest.mark.parametrize("side", [0.85, 1.15])
def test_v32_equal_shares_are_stable_below_the_critical_point_and_not_above(
    case: Case, k: int, s: float, side: float
) -> None:
    """A lead of 20 % dies below g_c = K (1 + kappa (K - 1)) / (2 + kappa (K - 2)), takes the market above."""
    g = side * exact.critical_network(k, s)
    start = start_with(1.2 / k, k)
    fixed = np.full(k, 1 / k) if side < 1 else exact.mean_field(start, g, s)
    path = shares(case, N, k, 120, g, s, start)
    settled(case, f"share after a lead, {side:.2f} of g_c, K = {k}, s = {s}", path[90:], N, k, g, s, fixed)


@pytest.mark.parametrize(("k", "s"), [(3, 0.0), (3, 1.3), (4, 0.9), (5, 1.6)])
def test_v32_three_and_more_vendors_have_hysteresis(case: Case, k: int, s: float) -> None:
    """Between g_sn and g_c history decides: a leader stays leader, and equals stay equals."""
    g = 0.25 * exact.locked_from(k, s)[0] + 0.75 * exact.critical_network(k, s)
    equal, locked = np.full(k, 1 / k), exact.mean_field(start_with(0.999, k), g, s)
    path = shares(case, N, k, 60, g, s, equal)
    settled(case, f"from equal shares, K = {k}, g = {g:.4f}, s = {s}", path[30:], N, k, g, s, equal)
    path = shares(case, N, k, 60, g, s, locked)
    settled(case, f"from a leader, K = {k}, g = {g:.4f}, s = {s}", path[30:], N, k, g, s, locked)


@pytest.mark.parametrize(("k", "s"), [(3, 1.3), (4, 0.9)])
def test_v32_no_leader_holds_on_below_the_turning_point(case: Case, k: int, s: float) -> None:
    """Below g_sn even a market that one vendor owns whole goes back to equal shares."""
    g = 0.9 * exact.locked_from(k, s)[0]
    path = shares(case, N, k, 100, g, s, start_with(1.0, k))
    settled(case, f"from a monopoly, K = {k}, g = {g:.4f}, s = {s}", path[60:], N, k, g, s, np.full(k, 1 / k))


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
def test_v32_every_step_has_the_drift_of_the_rule(
    case: Case, engine: str, n: int, steps: int, k: int, g: float, s: float
) -> None:
    """Each year's mean share, given the last one, is that of n choices that count the others only."""
    path = shares(case, n, k, steps, g, s, start_with(0.7, k), engine=engine)
    others = (path[:-1, None, :] * n - np.eye(k)) / (n - 1)  # as seen by an owner of each vendor
    logits = np.exp(g * others - s * (1 - np.eye(k)))
    chance = logits / logits.sum(axis=-1, keepdims=True)
    drift = np.einsum("tj,tjk->tk", path[:-1], chance)
    for v in range(k - 1):
        gap = float((path[1:, v] - drift[:, v]).mean())
        half = FACTOR / np.sqrt(n * steps)
        region = Region(-half, half, "Azuma-Hoeffding")
        case.check(
            f"mean surprise, vendor {v + 1} of {k}", expected=0.0, measured=gap, region=region, n=n * steps
        )


@pytest.mark.parametrize(("k", "g", "s", "openness"), [(2, 2.9, 2.4, 0.45), (3, 3.4, 2.0, 0.3)])
def test_v32_interoperability_scales_both_forces(
    case: Case, k: int, g: float, s: float, openness: float
) -> None:
    """Vendors of one standard whose products fit to a share m have the lock-in of (1 - m) s and (1 - m) g."""
    near, far = (1 - openness) * g, (1 - openness) * s
    fixed = exact.mean_field(start_with(0.999, k), near, far)
    first = np.searchsorted(np.cumsum(fixed)[:-1], (np.arange(N) + 0.5) / N)
    toy = ls.toy_world(N, k, installed=on(first, N, k))
    now = dataclasses.replace(toy.conditions, openness=np.full((1, 1), openness))
    shared = np.tile(np.eye(k)[0], (1, k, 1))
    ds = ls.simulate(
        ls.Scenario.none(),
        world=dataclasses.replace(toy, initial_compliance=shared, conditions=now),
        parameters=ls.Parameters.neutral(network_weight=g, switching_cost=s),
        runs=1,
        seed=case.seed(),
        years=(0, 50),
    )
    path = ds.vendor_share.values[0, 15:, 0]
    settled(case, f"leader's share, K = {k}, m = {openness}", path, N, k, near, far, fixed)


# --- a part at a time ---------------------------------------------------------------------------------


PARTS = [(0.5, 1.6), (0.25, 1.0), (0.4, 2.6)]


@pytest.mark.parametrize(("tranche", "s"), PARTS)
@pytest.mark.parametrize("side", [0.85, 1.1])
def test_v32_partial_replacement_lowers_the_critical_point_of_two(
    case: Case, tranche: float, s: float, side: float
) -> None:
    """When a tender replaces a part tau, a market of two locks in sooner: above g_c(tau, s) < g_c(1, s)."""
    critical = exact.critical_partial(tranche, s)
    assert critical < exact.critical_network(2, s)
    g = side * critical
    m = 0.0 if side < 1 else exact.leader_partial(tranche, g, s)
    steps, n = round(60 / tranche), 10_000
    path = shares(
        case, n, 2, steps, g, s, start_with((1 + m) / 2 if m else 0.53, 2), world={"tranche": tranche}
    )[steps // 2 :]
    customer = exact.Partial(tranche, s, g * m, 1001)
    gain = 1 / (1 - g * exact.response(tranche, s, g * m, 1001))
    half = 0.5 * gain * Z * customer.long_run_sd / np.sqrt(n * len(path)) + 2 * gain**2 / n
    expected = (1 + m) / 2
    region = Region(expected - half, expected + half, "independent customers, known long-run variance")
    what = f"leader's share, tau = {tranche}, {side:.2f} of g_c = {critical:.4f}, s = {s}"
    case.check(
        what,
        expected=expected,
        measured=path[:, 0].mean(),
        region=region,
        n=n * len(path),
        tau=tranche,
        g=g,
        s=s,
    )


def test_v32_partial_replacement_between_its_two_limits(case: Case) -> None:
    """g_c(1, s) is that of V32, g_c -> K - s as tau -> 0 (s < 2), with second-order slope in between."""
    for s in (0.4, 1.1, 1.7):
        case.exactly(
            f"g_c at tau = 1, s = {s}",
            exact.critical_network(2, s),
            exact.critical_partial(1.0, s),
            relative=1e-6,
        )
    for s in (0.4, 0.9, 1.2):
        near = exact.critical_partial(0.01, s)
        case.exactly(f"g_c at tau = 0.01, s = {s}", 2 - s + 0.01 * s**2 / (2 * (2 - s)), near, absolute=0.002)
    for tranche in (0.2, 0.6, 1.0):
        small = exact.critical_partial_small(2, tranche, 0.15)
        case.exactly(
            f"g_c to second order, tau = {tranche}",
            small,
            exact.critical_partial(tranche, 0.15),
            absolute=0.15**3,
        )
    for k in (3, 4, 5, 7):
        case.exactly(
            f"second order for K = {k} at tau = 1",
            exact.critical_partial_small(k, 1.0, 0.02),
            exact.critical_network(k, 0.02),
            absolute=0.02**3,
        )


@pytest.mark.parametrize(("k", "memory"), [(2, 9), (3, 6), (4, 5), (5, 4)])
def test_v32_partial_replacement_with_many_vendors(case: Case, k: int, memory: int) -> None:
    """For K vendors the threshold is K - s + (4 - K) / (2 K) tau / (2 - tau) s^2 + O(s^3)."""
    whole = exact.critical_partial_many(k, 1.0, 1.3, memory)
    case.exactly(f"g_c at tau = 1, K = {k}", exact.critical_network(k, 1.3), whole, relative=1e-6)
    for tranche, s in ((0.75, 0.1), (0.85, 0.15)):
        # the part even in s holds the second order without the first and the third
        found = sum(exact.critical_partial_many(k, tranche, x, memory) for x in (s, -s)) / 2 - k
        small = exact.critical_partial_small(k, tranche, s) - k + s
        case.exactly(f"second order of g_c, K = {k}, tau = {tranche}", small, found, absolute=0.02 * s**2)


@pytest.mark.parametrize(
    ("k", "tranche", "s", "field", "memory"),
    [(3, 0.8, 1.2, 0.4, 7), (5, 0.8, 2.0, 0.3, 5), (4, 0.7, 1.5, 0.0, 6)],
)
def test_v32_partial_replacement_by_customers_alone(
    case: Case, k: int, tranche: float, s: float, field: float, memory: int
) -> None:
    """Without a network, mean and spread of the base of one customer are those of its chain of choices."""
    quality = field * np.where(np.arange(k) == 0, 1.0, -1.0 / (k - 1))
    world = {"installed": on(np.arange(N) % k, N, k), "quality": quality, "tranche": tranche}
    ds = simulated(N, k, 60, case.seed(), world=world, record=("installed",), switching_cost=s)
    part = ds.installed.values[0, -1, :, 0, 0]
    mean, sd, _ = exact.partial_shares(k, tranche, s, field, memory)
    half = Z * sd / np.sqrt(N) + (1 - tranche) ** memory
    region = Region(mean - half, mean + half, "normal, known sd, and choices forgotten")
    case.check(f"mean part of vendor 1, K = {k}", expected=mean, measured=part.mean(), region=region, n=N)
    half = FACTOR / np.sqrt(N) + (1 - tranche) ** memory
    region = Region(sd**2 - half, sd**2 + half, "Hoeffding, and choices forgotten")
    spread = float(((part - mean) ** 2).mean())
    case.check(f"spread of that part, K = {k}", expected=sd**2, measured=spread, region=region, n=N)
