"""Replacing a part at a time (V32 with a tranche tau below 1): one customer under a constant field.

All customers are independent given the market's shares x, which act as a field g x.  So a market is the
law of one customer and the condition that its mean base reproduces the field.  Two descriptions: a grid of
balances for two vendors and any tranche, the last choices for K vendors and tranches not too small.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit, softmax

type Array = NDArray[np.float64]


class Partial:
    """One customer of two vendors who replaces a tranche at a time under a constant field, on a grid.

    Its balance m = k_A - k_B moves to (1 - tau) m + tau sigma, P(sigma = +1) = logistic(field + s m).
    """

    def __init__(self, tranche: float, s: float, field: float, points: int = 2001) -> None:
        self.m = np.linspace(-1, 1, points)
        self.chance = np.stack([expit(field + s * self.m), expit(-field - s * self.m)])
        target = (1 - tranche) * self.m + tranche * np.array([[1.0], [-1.0]])
        place = (target + 1) / 2 * (points - 1)
        self.low = np.clip(place.astype(np.intp), 0, points - 2)
        self.part = place - self.low
        self.law = self._stationary()
        self.balance = float(self.law @ self.m)

    def _stationary(self) -> Array:
        points = len(self.m)
        now = np.full(points, 1 / points)
        for _ in range(100_000):
            new = np.zeros(points)
            for low, part, chance in zip(self.low, self.part, self.chance, strict=True):
                mass = now * chance
                new += np.bincount(low, mass * (1 - part), points) + np.bincount(low + 1, mass * part, points)
            if np.abs(new - now).sum() < 1e-13:
                return new
            now = new
        return now

    def expected(self, value: Array) -> Array:
        """Expected value after one more tender, from each balance."""
        after = value[self.low] * (1 - self.part) + value[self.low + 1] * self.part
        return (self.chance * after).sum(axis=0)

    @property
    def long_run_sd(self) -> float:
        """Standard deviation of the sum of m over n tenders, over the square root of n."""
        value = self.m - self.balance
        total = float(self.law @ value**2)
        for _ in range(10_000):
            value = self.expected(value)
            term = 2 * float(self.law @ (value * (self.m - self.balance)))
            total += term
            if abs(term) < 1e-9:
                break
        return float(np.sqrt(total))


def response(tranche: float, s: float, field: float, points: int = 2001) -> float:
    """Change of the mean balance with the field."""
    h = 1e-4
    up, down = (Partial(tranche, s, field + d, points).balance for d in (h, -h))
    return (up - down) / (2 * h)


def critical_partial(tranche: float, s: float) -> float:
    """Network effect at which two equal shares lose their stability when a tender replaces a tranche.

    A mean balance M acts as a field g M; its response must reproduce it: g_c = 1 / (d<m> / d field).
    """
    return 1 / response(tranche, s, 0.0)


def critical_partial_small(k: int, tranche: float, s: float) -> float:
    """The same for K vendors to second order in s: K - s + (4 - K) / (2 K) * tau / (2 - tau) * s^2."""
    return k - s + (4 - k) / (2 * k) * tranche / (2 - tranche) * s**2


def leader_partial(tranche: float, g: float, s: float) -> float:
    """Mean balance of a locked-in market of two when a tender replaces a tranche."""
    found = optimize.brentq(lambda m: Partial(tranche, s, g * m, 1001).balance - m, 0.05, 0.999999, xtol=1e-8)
    return float(found)


# --- K vendors ----------------------------------------------------------------------------------------


class LastChoices:
    """One customer of K vendors, the first of which is better by a field, as the chain of its last choices.

    Its base is the weighted sum of the last ``memory`` choices; what is older counts as the mean base.
    """

    def __init__(self, k: int, tranche: float, s: float, field: float, memory: int) -> None:
        self.states = np.array(list(product(range(k), repeat=memory)), dtype=np.int8)  # latest choice first
        self.k, self.size = k, len(self.states)
        self.next = np.arange(k)[:, None] * (self.size // k) + np.arange(self.size) // k
        weight = tranche * (1 - tranche) ** np.arange(memory)
        known = np.stack([(self.states == v) @ weight for v in range(k)], axis=1)
        self.forgotten = (1 - tranche) ** memory
        push = np.append(field, np.zeros(k - 1))
        self.law, self.mean = np.full(self.size, 1 / self.size), np.full(k, 1 / k)
        for _ in range(20_000):
            self.base = known + self.forgotten * self.mean
            self.chance = softmax(push + s * self.base, axis=1)
            law = sum(np.bincount(self.next[v], self.law * self.chance[:, v], self.size) for v in range(k))
            change = np.abs(law - self.law).sum()
            self.law, self.mean = law, law @ self.base
            if change < 1e-13:
                break

    @property
    def share(self) -> float:
        """Mean part of vendor 1 in the base."""
        return float(self.mean[0])

    @property
    def sd(self) -> float:
        """Standard deviation of that part."""
        return float(np.sqrt(self.law @ (self.base[:, 0] - self.share) ** 2))

    @cached_property
    def long_run_sd(self) -> float:
        """Standard deviation of the number of wins of vendor 1 in n tenders, over the square root of n."""
        wins = (self.states[:, 0] == 0) - float(self.law @ (self.states[:, 0] == 0))
        value, total = wins, float(self.law @ wins**2)
        for _ in range(10_000):
            value = sum(self.chance[:, v] * value[self.next[v]] for v in range(self.k))
            term = 2 * float(self.law @ (value * wins))
            total += term
            if abs(term) < 1e-10:
                break
        return float(np.sqrt(total))


def network_of_field(k: int, tranche: float, s: float, field: float, memory: int) -> float:
    """Network effect under which a leader's share keeps up the very field that gave it that share."""
    share = LastChoices(k, tranche, s, field, memory).share
    return field / (share - (1 - share) / (k - 1))


def critical_partial_many(k: int, tranche: float, s: float, memory: int) -> float:
    """Network effect at which equal shares of K vendors lose their stability: the limit of no field."""
    return sum(network_of_field(k, tranche, s, field, memory) for field in (1e-4, -1e-4)) / 2


def locked_partial(k: int, tranche: float, s: float, memory: int) -> tuple[float, float]:
    """Least network effect at which a leader can hold on, and the field of the market that it holds."""
    found = optimize.minimize_scalar(
        lambda field: network_of_field(k, tranche, s, field, memory),
        bounds=(1e-3, 4.0),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(found.fun), float(found.x)


def leader_field(k: int, tranche: float, g: float, s: float, memory: int) -> float:
    """Field of a market that its leader holds: the largest that keeps itself up."""
    _, least = locked_partial(k, tranche, s, memory)
    return float(
        optimize.brentq(
            lambda field: network_of_field(k, tranche, s, field, memory) - g, least, 1.01 * g, xtol=1e-9
        )
    )
