"""How long a market stays where it is: lock-in, passage times, switching, mobility, memory."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers


def _held(shares: Floats, threshold: float) -> Bools:
    """Whether one vendor, the same to the end, has the threshold from each year on.  (..., year)."""
    above = shares >= threshold
    to_the_end = np.logical_and.accumulate(above[..., ::-1, :], axis=-2)[..., ::-1, :]
    return to_the_end.any(axis=-1)


def lock_in_probability(shares: Floats, threshold: float, window: int) -> float:
    r"""Share of runs in which one vendor holds a share throughout the last years (I6).

    .. math:: \Lambda = P(\exists k:\; x_k(t) \ge \theta\ \ \forall t \in [T - W, T])

    shares     (run, year, vendor)
    threshold  theta
    window     W, years before the last one
    """
    return float(_held(shares, threshold)[..., shares.shape[-2] - 1 - window].mean())


def last_passage(shares: Floats, threshold: float) -> Floats:
    """Year from which one vendor holds a share until the end (I7); NaN where none does at the end.

    shares (..., year, vendor).  Returns (...).  Report how many are NaN: they are censored.
    """
    held = _held(shares, threshold)
    return np.where(held.any(axis=-1), np.argmax(held, axis=-1), np.nan)


def first_passage(shares: Floats, threshold: float) -> Floats:
    """First year in which some vendor has a share (I8); NaN where none ever has.  (..., year, vendor)."""
    reached = (shares >= threshold).any(axis=-1)
    return np.where(reached.any(axis=-1), np.argmax(reached, axis=-1), np.nan)


def switching_rate(choices: Integers) -> Floats:
    """Share of choosers who left their last choice, by year (I9).

    choices  (..., year, chooser); -1 is no choice yet, and does not count
    Returns (..., year - 1), NaN where nobody could switch.
    """
    before, now = choices[..., :-1, :], choices[..., 1:, :]
    both = (before >= 0) & (now >= 0)
    count = both.sum(axis=-1)
    switched = (both & (before != now)).sum(axis=-1)
    return np.where(count > 0, switched / np.maximum(count, 1), np.nan)


def retention(choices: Integers) -> Floats:
    """Share of choosers who stayed with their last choice, by year: 1 less the switching rate (I10)."""
    return 1.0 - switching_rate(choices)


def transitions(choices: Integers, vendors: int) -> Floats:
    """Estimated chance of going from each vendor to each (I11); rows without an owner are NaN.

    choices  (..., year, chooser), -1 is no choice
    Returns (vendor, vendor).
    """
    before, now = choices[..., :-1, :].ravel(), choices[..., 1:, :].ravel()
    both = (before >= 0) & (now >= 0)
    counts = np.bincount(before[both] * vendors + now[both], minlength=vendors**2).reshape(vendors, vendors)
    owners = counts.sum(axis=1, keepdims=True)
    return np.where(owners > 0, counts / np.maximum(owners, 1), np.nan)


def shorrocks(chain: Floats) -> float:
    """Mobility index (K - trace) / (K - 1) of a transition matrix: 0 nobody moves, 1 no memory (I12).

    Source: Shorrocks (1978).
    """
    k = len(chain)
    return float((k - np.trace(chain)) / (k - 1))


def stationary_shares(chain: Floats) -> Floats:
    """Shares that a transition matrix leaves as they are.  (vendor,)."""
    k = len(chain)
    equations = np.vstack([chain.T - np.eye(k), np.ones(k)])
    result: Floats = np.linalg.lstsq(equations, np.append(np.zeros(k), 1.0), rcond=None)[0]
    return result


def memory_time(chain: Floats) -> float:
    r"""Years in which the trace of the past falls by a factor e: :math:`-1/\ln|\lambda_2|` (I13)."""
    second = np.sort(np.abs(np.linalg.eigvals(chain)))[-2]
    with np.errstate(divide="ignore"):
        return float(-1.0 / np.log(second)) if second < 1 else float(np.inf)
