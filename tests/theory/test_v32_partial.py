"""Switching cost and network effect when a tender replaces a part of the base (V32, tranche below 1)."""

from __future__ import annotations

import numpy as np
import pytest
from theory import exact, exact_partial
from theory.case import Case
from theory.regions import FACTOR, Region, Z
from theory.runs import market, on, shares, simulated, start_with

N = 8_000


PARTS = [(0.5, 1.6), (0.25, 1.0), (0.4, 2.6)]


@pytest.mark.parametrize(("tranche", "s"), PARTS)
@pytest.mark.parametrize("side", [0.85, 1.1])
def test_v32_partial_replacement_lowers_the_critical_point_of_two(
    case: Case, tranche: float, s: float, side: float
) -> None:
    """When a tender replaces a part tau, a market of two locks in sooner: above g_c(tau, s) < g_c(1, s)."""
    critical = exact_partial.critical_partial(tranche, s)
    assert critical < exact.critical_network(2, s)
    g = side * critical
    m = 0.0 if side < 1 else exact_partial.leader_partial(tranche, g, s)
    steps, n = round(60 / tranche), 10_000
    start = start_with((1 + m) / 2 if m else 0.53, 2)
    path = shares(market(case.seed(), n, 2, steps, g, s, start, world={"tranche": tranche}))[steps // 2 :]
    customer = exact_partial.Partial(tranche, s, g * m, 1001)
    gain = 1 / (1 - g * exact_partial.response(tranche, s, g * m, 1001))
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
            exact_partial.critical_partial(1.0, s),
            relative=1e-6,
        )
    for s in (0.4, 0.9, 1.2):
        near = exact_partial.critical_partial(0.01, s)
        case.exactly(f"g_c at tau = 0.01, s = {s}", 2 - s + 0.01 * s**2 / (2 * (2 - s)), near, absolute=0.002)
    for tranche in (0.2, 0.6, 1.0):
        small = exact_partial.critical_partial_small(2, tranche, 0.15)
        case.exactly(
            f"g_c to second order, tau = {tranche}",
            small,
            exact_partial.critical_partial(tranche, 0.15),
            absolute=0.15**3,
        )
    for k in (3, 4, 5, 7):
        case.exactly(
            f"second order for K = {k} at tau = 1",
            exact_partial.critical_partial_small(k, 1.0, 0.02),
            exact.critical_network(k, 0.02),
            absolute=0.02**3,
        )


MEMORY = {2: 10, 3: 7, 4: 6, 5: 5}


@pytest.mark.parametrize("k", MEMORY)
def test_v32_partial_replacement_with_many_vendors(case: Case, k: int) -> None:
    """For K vendors the threshold is K - s + (4 - K) / (2 K) tau / (2 - tau) s^2 + O(s^3)."""
    memory = MEMORY[k]
    whole = exact_partial.critical_partial_many(k, 1.0, 1.3, memory)
    case.exactly(f"g_c at tau = 1, K = {k}", exact.critical_network(k, 1.3), whole, relative=1e-6)
    for tranche, s in ((0.75, 0.1), (0.85, 0.15)):
        # the part even in s holds the second order without the first and the third
        found = sum(exact_partial.critical_partial_many(k, tranche, x, memory) for x in (s, -s)) / 2 - k
        small = exact_partial.critical_partial_small(k, tranche, s) - k + s
        case.exactly(f"second order of g_c, K = {k}, tau = {tranche}", small, found, absolute=0.02 * s**2)
    if k == 2:
        grid = exact_partial.critical_partial(0.6, 1.5)
        found = exact_partial.critical_partial_many(2, 0.6, 1.5, memory)
        case.exactly("g_c from last choices and from a grid of balances", grid, found, relative=1e-4)
    else:
        turning, _ = exact_partial.locked_partial(k, 1.0, 1.3, memory)
        case.exactly(f"g_sn at tau = 1, K = {k}", exact.locked_from(k, 1.3)[0], turning, relative=1e-6)


def settled_in_parts(
    case: Case,
    what: str,
    path: np.ndarray,
    customer: exact_partial.LastChoices,
    n: int,
    g: float,
    slope: float,
) -> None:
    """The mean share of vendor 1 lies where n customers with a memory may take it.

    A deviation of the market feeds back through the field: the noise of independent customers is
    amplified by 1 / (1 - g K / (K - 1) d share / d field).
    """
    k, expected = customer.k, customer.share
    gain = 1 / (1 - g * k / (k - 1) * slope)
    half = gain * Z * customer.long_run_sd / np.sqrt(n * len(path)) + gain**2 / n + customer.forgotten**2
    region = Region(expected - half, expected + half, "independent customers, known long-run variance")
    case.check(what, expected=expected, measured=path[:, 0].mean(), region=region, n=n * len(path))


MANY = [(3, 0.5, 1.3, 8), (4, 0.6, 1.1, 6), (3, 0.7, 2.2, 7), (5, 0.75, 1.6, 5)]
MANY_STARTS = ("below g_sn, a monopoly", "between, equals", "between, a leader", "above g_c")


@pytest.mark.parametrize(("k", "tranche", "s", "memory"), MANY)
@pytest.mark.parametrize("start", MANY_STARTS)
def test_v32_partial_replacement_tips_many_vendors_abruptly(
    case: Case, start: str, k: int, tranche: float, s: float, memory: int
) -> None:
    """In parts: no leader holds on below g_sn(tau), equals fall apart above g_c(tau), history rules between.

    g_c is the limit, and g_sn the least, of field / (a - b) over all fields, where a and b are the mean
    parts of the better vendor and of each other one in the base of a customer under that field.
    """
    critical = exact_partial.critical_partial_many(k, tranche, s, memory)
    turning, _ = exact_partial.locked_partial(k, tranche, s, memory)
    g = {"below": 0.85 * turning, "betwe": 0.4 * turning + 0.6 * critical, "above": 1.12 * critical}[
        start[:5]
    ]
    locked = start.endswith("leader") or start.startswith("above")
    field = exact_partial.leader_field(k, tranche, g, s, memory) if locked else 0.0
    lower, customer, upper = (
        exact_partial.LastChoices(k, tranche, s, field + e, memory) for e in (-1e-4, 0.0, 1e-4)
    )
    lead = {"below": 1.0, "above": 1.2 / k}.get(start[:5], customer.share)
    n, steps = 6_000, round((110 if start == MANY_STARTS[0] else 70) / tranche)
    ds = market(case.seed(), n, k, steps, g, s, start_with(lead, k), world={"tranche": tranche})
    path = shares(ds)[2 * steps // 3 :]
    what = f"{start}: share, K = {k}, tau = {tranche}, s = {s}, g_sn = {turning:.3f}, g_c = {critical:.3f}"
    settled_in_parts(case, what, path, customer, n, g, (upper.share - lower.share) / 2e-4)


@pytest.mark.parametrize(
    ("k", "tranche", "s", "lead", "memory"),
    [(3, 0.8, 1.2, 0.6, 7), (5, 0.8, 2.0, 0.375, 5), (4, 0.7, 1.5, 0.0, 6)],
)
def test_v32_partial_replacement_by_customers_alone(
    case: Case, k: int, tranche: float, s: float, lead: float, memory: int
) -> None:
    """Without a network, mean and spread of the base of one customer are those of its chain of choices."""
    quality = np.append(lead, np.zeros(k - 1))
    world = {"installed": on(np.arange(N) % k, N, k), "quality": quality, "tranche": tranche}
    ds = simulated(N, k, 60, case.seed(), world=world, record=("installed",), switching_cost=s)
    part = ds.installed.values[0, -1, :, 0, 0]
    customer = exact_partial.LastChoices(k, tranche, s, lead, memory)
    mean, sd = customer.share, customer.sd
    half = Z * sd / np.sqrt(N) + customer.forgotten
    region = Region(mean - half, mean + half, "normal, known sd, and choices forgotten")
    case.check(f"mean part of vendor 1, K = {k}", expected=mean, measured=part.mean(), region=region, n=N)
    half = FACTOR / np.sqrt(N) + customer.forgotten
    region = Region(sd**2 - half, sd**2 + half, "Hoeffding, and choices forgotten")
    spread = float(((part - mean) ** 2).mean())
    case.check(f"spread of that part, K = {k}", expected=sd**2, measured=spread, region=region, n=N)
