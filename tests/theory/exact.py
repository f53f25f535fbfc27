"""Closed forms and small exact calculations: what the cases are compared with.  Nothing here is drawn.

Notation: K technologies with utilities u, switching cost s, network effect g (all over the noise scale),
kappa = exp(-s).
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import softmax

type Array = NDArray[np.float64]


# --- switching chain (V10) ---------------------------------------------------------------------------


def switching_chain(u, s):
    """Probability that an owner of i takes j: logit with a cost of leaving i.  (i, j)."""
    u = np.asarray(u, dtype=float)
    return softmax(u - s * (1 - np.eye(len(u))), axis=1)


def switching_shares(u, s):
    """Stationary shares: pi_j proportional to w_j (kappa W + (1 - kappa) w_j), w = e^u, W its sum."""
    w, kappa = np.exp(np.asarray(u, dtype=float)), np.exp(-s)
    pi = w * (kappa * w.sum() + (1 - kappa) * w)
    return pi / pi.sum()


def after(start, chain, steps):
    """Distribution after some steps of a chain."""
    return start @ np.linalg.matrix_power(chain, steps)


def second_eigenvalue(chain):
    return float(np.sort(np.abs(np.linalg.eigvals(chain)))[-2])


# --- switching cost and network effect together (V32, V09, V06) --------------------------------------


def critical_network(k, s):
    """Network effect at which equal shares of K vendors lose their stability."""
    kappa = np.exp(-s)
    return float(k * (1 + kappa * (k - 1)) / (2 + kappa * (k - 2)))


def _network_of_leader(a, k, s):
    """Network effect that keeps a leader at share a, the others sharing the rest equally."""
    b, kappa = (1 - a) / (k - 1), np.exp(-s)
    # a / b = r (kappa (r + k - 1) + (1 - kappa) r) / (kappa (r + k - 1) + 1 - kappa), r = e^(g (a - b))
    ratio = a / b
    roots = np.roots([1.0, kappa * (k - 1) - ratio * kappa, -ratio * (kappa * (k - 1) + 1 - kappa)])
    return float(np.log(roots.real.max()) / (a - b))


def locked_from(k, s):
    """Least network effect at which a leader can hold on, and its share there."""
    found = optimize.minimize_scalar(
        lambda a: _network_of_leader(a, k, s),
        bounds=(1 / k + 1e-4, 1 - 1e-6),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(found.fun), float(found.x)


def mean_field_step(x, g, s, u=0.0):
    """Expected shares after everybody has chosen once more, in a world without end."""
    return x @ switching_chain(np.asarray(u) + g * x, s)


def mean_field(x, g, s, u=0.0):
    """Shares that reproduce themselves, reached from x."""
    x = np.asarray(x, dtype=float)
    for _ in range(200_000):
        new = mean_field_step(x, g, s, u)
        if np.abs(new - x).max() < 1e-14:
            break
        x = new
    return new


def slope_and_curvature(x, g, s):
    """Part of a small lead that is left after one step, and half its second derivative, at a fixed point."""
    h, d = 1e-4, np.full(len(x), -1 / (len(x) - 1))
    d[0] = 1.0
    up, here, down = (mean_field_step(x + e * d, g, s)[0] for e in (h, 0.0, -h))
    return float((up - down) / (2 * h)), float((up - 2 * here + down) / (2 * h**2))


def magnetisation(bj, bh=0.0, start=1.0):
    """Root of m = tanh(beta h + beta J m) reached from a start."""
    m = start
    for _ in range(1_000_000):
        new = float(np.tanh(bh + bj * m))
        if abs(new - m) < 1e-15:
            return new
        m = new
    return m


def tipping_field(bj):
    """Field at which an opposed majority gives way: beta J m - artanh m, m = sqrt(1 - 1 / (beta J))."""
    m = np.sqrt(1 - 1 / bj)
    return float(bj * m - np.arctanh(m))


# --- competing technologies (V01, V02, V35) ------------------------------------------------------------


def walk(p, low, high, start, steps):
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


def ruin(p, low, high, start):
    """Chance that the walk stops at +high rather than -low: the gambler's ruin."""
    if p == 0.5:
        return (low + start) / (low + high)
    rho = (1 - p) / p
    return (1 - rho ** (low + start)) / (1 - rho ** (low + high))


def reflected(p, barrier, steps):
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


def lead_law(low, high, returns, start, steps):
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


# --- lots and users (V10, V39, E3) -------------------------------------------------------------------------


def fitted_chain(u, cost):
    """Probability that an owner of i takes j, where leaving i for j costs ``cost[i, j]``.  (i, j)."""
    return softmax(np.asarray(u, dtype=float) - cost, axis=1)


def lazy(chain, hazard):
    """The chain of those who choose with a chance of ``hazard`` a year: (1 - h) I + h P."""
    return (1 - hazard) * np.eye(len(chain)) + hazard * chain


def generations(u, s, carry, first, end, years):
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


def expected(f, sd, points=120):
    """Mean of f of a normal number of mean 0, by Gauss-Hermite quadrature."""
    x, weight = np.polynomial.hermite_e.hermegauss(points)
    values = np.array([f(sd * z) for z in x])
    return np.tensordot(weight / weight.sum(), values, axes=1)


def patterns_of_choices(gap, s, sd, years):
    """Chances of all patterns of choices of those who start on the second of two vendors, tastes unknown.

    gap, s  of the first vendor over the second, and of leaving, over the noise scale
    sd      of a lasting taste for each vendor
    Returns (2 ** years,), by the number that a pattern is in binary digits: first year first, 1 for the
    first vendor.
    """

    def given(taste):
        chain = switching_chain((gap + taste, 0.0), s)
        chances = []
        for pattern in product((1, 0), repeat=years):  # vendor 1, the second, is digit 0
            before = (1, *pattern[:-1])
            chances.append(np.prod([chain[pair] for pair in zip(before, pattern, strict=True)]))
        return np.array(chances)

    return expected(given, np.sqrt(2) * sd)


# --- queues (E5) --------------------------------------------------------------------------------------------


def first_two(weight):
    """Chance that i is served first and j second, with chances that follow weights.  (i, j)."""
    p = np.asarray(weight, dtype=float) / np.sum(weight)
    order = p[:, None] * p / (1 - p[:, None])
    np.fill_diagonal(order, 0.0)
    return order
