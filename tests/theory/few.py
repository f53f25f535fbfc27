"""Exact laws of a few who choose between two, one at a time, all at once, or on a graph (V07, V08, V34).

Notation: N choose between A and B, bJ their interaction and bh the field towards A, over the noise scale.
"""

from itertools import product

import numpy as np
from scipy.special import expit, gammaln, softmax


def one_at_a_time(n, bj, bh=0.0):
    """Number on A among n when one, drawn at random, reconsiders knowing the others.  (k, k')."""
    k = np.arange(n + 1)
    to_a = lambda others: expit(2 * (bh + bj * (2 * others - (n - 1)) / (n - 1)))  # noqa: E731
    up, down = (n - k) / n * to_a(k), k / n * (1 - to_a(k - 1))
    return np.diag(1 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)


def all_at_once(n, bj, bh=0.0):
    """Number on A among n when all reconsider together, each counting itself.  (k, k')."""
    k = np.arange(n + 1)
    odds = 2 * (bh + bj * (2 * k - n) / n)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.exp(ways + k * odds[:, None] - n * np.logaddexp(0.0, odds)[:, None])


def hitting(chain, start, stop, steps):
    """Chance of having met a stopping state after 0..steps steps."""
    stops = np.array([stop(state) for state in range(len(chain))])
    absorbing = np.where(stops[:, None], np.eye(len(chain)), chain)
    now = np.eye(len(chain))[start]
    met = [now[stops].sum()]
    for _ in range(steps):
        now = now @ absorbing
        met.append(now[stops].sum())
    return np.array(met)


def passage(chain, start, stop):
    """Mean and standard deviation of the steps until a stopping state is met."""
    inside = np.array([not stop(state) for state in range(len(chain))])
    left = np.eye(inside.sum()) - chain[np.ix_(inside, inside)]
    first = np.linalg.solve(left, np.ones(inside.sum()))
    second = np.linalg.solve(left, 2 * first - 1)  # E[T^2]
    place = int(inside[:start].sum())
    return float(first[place]), float(np.sqrt(second[place] - first[place] ** 2))


def well(chain, steps):
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


def tipping_law(n, bj, fields, hold):
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


def tipped(n, bj, field, steps):
    """Chance that n who all start on B, and reconsider together, are mostly on A after some steps."""
    now, chain = np.eye(n + 1)[0], all_at_once(n, bj, field)
    for _ in range(steps):
        now = now @ chain
    return float(now[np.arange(n + 1) > n / 2].sum())


def spins(n):
    """All 2^n patterns of -1 and +1.  (pattern, site)."""
    return np.array(list(product((-1.0, 1.0), repeat=n)))


def gibbs(adjacency, bj, bh=0.0):
    """Stationary law over all patterns on an undirected graph: exp(bj sum over edges + bh sum)."""
    s = spins(len(adjacency))
    return softmax(bj * 0.5 * np.einsum("pi,ij,pj->p", s, adjacency, s) + bh * s.sum(axis=1))


def glauber(adjacency, bj, bh, start, steps):
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
