"""Closed forms and small exact calculations: what the cases are compared with.  Nothing here is drawn.

Notation: K technologies with utilities u, switching cost s, network effect g (all over the noise scale),
kappa = exp(-s).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit, gammaln, softmax

type Array = NDArray[np.float64]


# --- switching chain (V10) ---------------------------------------------------------------------------


def switching_chain(u: Sequence[float] | Array, s: float) -> Array:
    """Probability that an owner of i takes j: logit with a cost of leaving i.  (i, j)."""
    u = np.asarray(u, dtype=float)
    return softmax(u - s * (1 - np.eye(len(u))), axis=1)


def switching_shares(u: Sequence[float] | Array, s: float) -> Array:
    """Stationary shares: pi_j proportional to w_j (kappa W + (1 - kappa) w_j), w = e^u, W its sum."""
    w, kappa = np.exp(np.asarray(u, dtype=float)), np.exp(-s)
    pi = w * (kappa * w.sum() + (1 - kappa) * w)
    return pi / pi.sum()


def after(start: Array, chain: Array, steps: int) -> Array:
    """Distribution after some steps of a chain."""
    return start @ np.linalg.matrix_power(chain, steps)


def second_eigenvalue(chain: Array) -> float:
    return float(np.sort(np.abs(np.linalg.eigvals(chain)))[-2])


# --- switching cost and network effect together (V32, V09, V06) --------------------------------------


def critical_network(k: int, s: float) -> float:
    """Network effect at which equal shares of K vendors lose their stability."""
    kappa = np.exp(-s)
    return float(k * (1 + kappa * (k - 1)) / (2 + kappa * (k - 2)))


def _network_of_leader(a: float, k: int, s: float) -> float:
    """Network effect that keeps a leader at share a, the others sharing the rest equally."""
    b, kappa = (1 - a) / (k - 1), np.exp(-s)
    # a / b = r (kappa (r + k - 1) + (1 - kappa) r) / (kappa (r + k - 1) + 1 - kappa), r = e^(g (a - b))
    ratio = a / b
    roots = np.roots([1.0, kappa * (k - 1) - ratio * kappa, -ratio * (kappa * (k - 1) + 1 - kappa)])
    return float(np.log(roots.real.max()) / (a - b))


def locked_from(k: int, s: float) -> tuple[float, float]:
    """Least network effect at which a leader can hold on, and its share there."""
    found = optimize.minimize_scalar(
        lambda a: _network_of_leader(a, k, s),
        bounds=(1 / k + 1e-4, 1 - 1e-6),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(found.fun), float(found.x)


def mean_field_step(x: Array, g: float, s: float, u: Sequence[float] | Array = 0.0) -> Array:
    """Expected shares after everybody has chosen once more, in a world without end."""
    return x @ switching_chain(np.asarray(u) + g * x, s)


def mean_field(x: Sequence[float] | Array, g: float, s: float, u: Sequence[float] | Array = 0.0) -> Array:
    """Shares that reproduce themselves, reached from x."""
    x = np.asarray(x, dtype=float)
    for _ in range(200_000):
        new = mean_field_step(x, g, s, u)
        if np.abs(new - x).max() < 1e-14:
            break
        x = new
    return new


def slope_and_curvature(x: Array, g: float, s: float) -> tuple[float, float]:
    """Part of a small lead that is left after one step, and half its second derivative, at a fixed point."""
    h, d = 1e-4, np.full(len(x), -1 / (len(x) - 1))
    d[0] = 1.0
    up, here, down = (mean_field_step(x + e * d, g, s)[0] for e in (h, 0.0, -h))
    return float((up - down) / (2 * h)), float((up - 2 * here + down) / (2 * h**2))


def magnetisation(bj: float, bh: float = 0.0, start: float = 1.0) -> float:
    """Root of m = tanh(beta h + beta J m) reached from a start."""
    m = start
    for _ in range(1_000_000):
        new = float(np.tanh(bh + bj * m))
        if abs(new - m) < 1e-15:
            return new
        m = new
    return m


def tipping_field(bj: float) -> float:
    """Field at which an opposed majority gives way: beta J m - artanh m, m = sqrt(1 - 1 / (beta J))."""
    m = np.sqrt(1 - 1 / bj)
    return float(bj * m - np.arctanh(m))


# --- competing technologies (V01, V02, V35) ------------------------------------------------------------


def walk(p: float, low: int, high: int, start: int, steps: int) -> tuple[Array, Array]:
    """Chance that a +-1 walk has stopped at -low, and at +high, after 0..steps steps."""
    size = low + high + 1
    now = np.zeros(size)
    now[start + low] = 1.0
    at_low, at_high = [now[0]], [now[-1]]
    for _ in range(steps):
        new = np.zeros(size)
        new[0], new[-1] = now[0], now[-1]
        new[2:] += p * now[1:-1]
        new[:-2] += (1 - p) * now[1:-1]
        now = new
        at_low.append(now[0])
        at_high.append(now[-1])
    return np.array(at_low), np.array(at_high)


def ruin(p: float, low: int, high: int, start: int) -> float:
    """Chance that the walk stops at +high rather than -low: the gambler's ruin."""
    if p == 0.5:
        return (low + start) / (low + high)
    rho = (1 - p) / p
    return (1 - rho ** (low + start)) / (1 - rho ** (low + high))


def reflected(p: float, barrier: int, steps: int) -> Array:
    """Law of a walk from 0 that is turned back at -barrier and +barrier.  (2 barrier + 1,)."""
    now = np.zeros(2 * barrier + 1)
    now[barrier] = 1.0
    for _ in range(steps):
        new = np.zeros_like(now)
        new[2:] += p * now[1:-1]
        new[:-2] += (1 - p) * now[1:-1]
        new[1] += now[0]
        new[-2] += now[-1]
        now = new
    return now


def lead_law(low: int, high: int, returns: float, start: int, steps: int) -> Array:
    """Law of the lead some adopters after it was ``start``, both kinds alike.  Leads of -steps-1 to steps+1.

    With increasing returns a lead of high (-low) settles all later choices, with diminishing ones it is
    turned back, with none it does not matter.
    """
    law = np.zeros(2 * steps + 3)
    law[steps + 1 + start] = 1.0
    lead = np.arange(-steps - 1, steps + 2)
    leader = 0.5 + 0.5 * np.sign(returns)
    up = np.where(lead >= high, leader, np.where(lead <= -low, 1 - leader, 0.5))
    for _ in range(steps):
        new = np.zeros_like(law)
        new[1:] += (law * up)[:-1]
        new[:-1] += (law * (1 - up))[1:]
        law = new
    return law


# --- interacting choices of a few (V07, V08, V34) --------------------------------------------------------


def one_at_a_time(n: int, bj: float, bh: float = 0.0) -> Array:
    """Number on A among n when one, drawn at random, reconsiders knowing the others.  (k, k')."""
    k = np.arange(n + 1)
    to_a = lambda others: expit(2 * (bh + bj * (2 * others - (n - 1)) / (n - 1)))  # noqa: E731
    up, down = (n - k) / n * to_a(k), k / n * (1 - to_a(k - 1))
    return np.diag(1 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)


def all_at_once(n: int, bj: float, bh: float = 0.0) -> Array:
    """Number on A among n when all reconsider together, each counting itself.  (k, k')."""
    k = np.arange(n + 1)
    odds = 2 * (bh + bj * (2 * k - n) / n)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.exp(ways + k * odds[:, None] - n * np.logaddexp(0.0, odds)[:, None])


def hitting(chain: Array, start: int, stop: Callable[[int], bool], steps: int) -> Array:
    """Chance of having met a stopping state after 0..steps steps."""
    stops = np.array([stop(state) for state in range(len(chain))])
    absorbing = np.where(stops[:, None], np.eye(len(chain)), chain)
    now = np.eye(len(chain))[start]
    met = [now[stops].sum()]
    for _ in range(steps):
        now = now @ absorbing
        met.append(now[stops].sum())
    return np.array(met)


def passage(chain: Array, start: int, stop: Callable[[int], bool]) -> tuple[float, float]:
    """Mean and standard deviation of the steps until a stopping state is met."""
    inside = np.array([not stop(state) for state in range(len(chain))])
    left = np.eye(inside.sum()) - chain[np.ix_(inside, inside)]
    first = np.linalg.solve(left, np.ones(inside.sum()))
    second = np.linalg.solve(left, 2 * first - 1)  # E[T^2]
    place = int(inside[:start].sum())
    return float(first[place]), float(np.sqrt(second[place] - first[place] ** 2))


def well(chain: Array, steps: int) -> tuple[float, Array]:
    """Mean of m = 2 k / n - 1 while A keeps its majority, and autocovariances of m at lags 0 to steps - 1."""
    n = len(chain) - 1
    above = np.arange(n + 1) > n / 2
    kept = chain[np.ix_(above, above)]
    law = np.full(len(kept), 1 / len(kept))
    for _ in range(3_000):
        law = law @ kept
        law /= law.sum()
    m = 2 * np.flatnonzero(above) / n - 1
    mean = float(law @ m)
    rest, covariance = m - mean, []
    for _ in range(steps):
        covariance.append(float(law @ ((m - mean) * rest)))
        rest = kept @ rest
    return mean, np.array(covariance)


def tipping_law(n: int, bj: float, fields: Array, hold: int) -> Array:
    """Chance that n who start on A, and reconsider together, are first on B after each hold of a field."""
    now, law = np.eye(n + 1)[n], []
    minority = np.arange(n + 1) < n / 2
    for field in fields:
        chain = all_at_once(n, bj, float(field))
        for _ in range(hold):
            now = now @ chain
        law.append(now[minority].sum())
        now = np.where(minority, 0.0, now)
    return np.array(law)


def tipped(n: int, bj: float, field: float, steps: int) -> float:
    """Chance that n who all start on B, and reconsider together, are mostly on A after some steps."""
    now, chain = np.eye(n + 1)[0], all_at_once(n, bj, field)
    for _ in range(steps):
        now = now @ chain
    return float(now[np.arange(n + 1) > n / 2].sum())


def spins(n: int) -> Array:
    """All 2^n patterns of -1 and +1.  (pattern, site)."""
    return np.array(list(product((-1.0, 1.0), repeat=n)))


def gibbs(adjacency: Array, bj: float, bh: float = 0.0) -> Array:
    """Stationary law over all patterns on an undirected graph: exp(bj sum over edges + bh sum)."""
    s = spins(len(adjacency))
    return softmax(bj * 0.5 * np.einsum("pi,ij,pj->p", s, adjacency, s) + bh * s.sum(axis=1))


def glauber(adjacency: Array, bj: float, bh: float, start: Array, steps: int) -> Array:
    """Law over all patterns after some steps in which one site, drawn at random, reconsiders."""
    n = len(adjacency)
    s = spins(n)
    place = 2 ** np.arange(n)[::-1]
    index = np.arange(2**n)
    with_plus = [index | place[i] for i in range(n)]
    with_minus = [index & ~place[i] for i in range(n)]
    plus = [expit(2 * (bh + bj * s @ adjacency[i])) for i in range(n)]
    now = start
    for _ in range(steps):
        new = np.zeros_like(now)
        for i in range(n):
            new += np.bincount(with_plus[i], now * plus[i], 2**n)
            new += np.bincount(with_minus[i], now * (1 - plus[i]), 2**n)
        now = new / n
    return now


# --- lots and users (V10, V39, E3) -------------------------------------------------------------------------


def fitted_chain(u: Sequence[float] | Array, cost: Array) -> Array:
    """Probability that an owner of i takes j, where leaving i for j costs ``cost[i, j]``.  (i, j)."""
    return softmax(np.asarray(u, dtype=float) - cost, axis=1)


def lazy(chain: Array, hazard: float) -> Array:
    """The chain of those who choose with a chance of ``hazard`` a year: (1 - h) I + h P."""
    return (1 - hazard) * np.eye(len(chain)) + hazard * chain


def generations(
    u: Sequence[float], s: float, carry: float, first: Sequence[int], end: float, years: int
) -> Array:
    """Chain over some years: once for each generation with part ``carry`` of s, else at contract end.

    A lot is up for the generation of year t in one of t to t + 2, each as likely; in other years a contract
    ends with chance ``end``.
    """
    free, usual = switching_chain(u, carry * s), lazy(switching_chain(u, s), end)
    total = np.zeros_like(free)
    starts = list(product(range(3), repeat=len(first)))
    for delay in starts:
        due = {year + d for year, d in zip(first, delay, strict=True)}
        path = np.eye(len(free))
        for year in range(1, years + 1):
            path = path @ (free if year in due else usual)
        total += path / len(starts)
    return total


# --- lasting tastes (E4) -----------------------------------------------------------------------------------


def expected(f: Callable[[float], Array], sd: float, points: int = 120) -> Array:
    """Mean of f of a normal number of mean 0, by Gauss-Hermite quadrature."""
    x, weight = np.polynomial.hermite_e.hermegauss(points)
    values = np.array([f(sd * z) for z in x])
    return np.tensordot(weight / weight.sum(), values, axes=1)


def patterns_of_choices(gap: float, s: float, sd: float, years: int) -> Array:
    """Chances of all patterns of choices of those who start on the second of two vendors, tastes unknown.

    gap, s  of the first vendor over the second, and of leaving, over the noise scale
    sd      of a lasting taste for each vendor
    Returns (2 ** years,), by the number that a pattern is in binary digits: first year first, 1 for the
    first vendor.
    """

    def given(taste: float) -> Array:
        chain = switching_chain((gap + taste, 0.0), s)
        chances = []
        for pattern in product((1, 0), repeat=years):  # vendor 1, the second, is digit 0
            before = (1, *pattern[:-1])
            chances.append(np.prod([chain[pair] for pair in zip(before, pattern, strict=True)]))
        return np.array(chances)

    return expected(given, np.sqrt(2) * sd)


# --- queues (E5) --------------------------------------------------------------------------------------------


def first_two(weight: Sequence[float] | Array) -> Array:
    """Chance that i is served first and j second, with chances that follow weights.  (i, j)."""
    p = np.asarray(weight, dtype=float) / np.sum(weight)
    order = p[:, None] * p / (1 - p[:, None])
    np.fill_diagonal(order, 0.0)
    return order
