"""How exposed one country is to its vendors."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers


def dependence(base: Floats, weight: Floats) -> Floats:
    """Share of a country's base, over its layers, that one sponsor's vendors run (I25).

    base    (..., layer), share of each layer that they run
    weight  (..., layer), size of each layer
    """
    return np.sum(base * weight, axis=-1) / np.sum(weight, axis=-1)


def exit_cost_ratio(replacement: Floats, debt: Floats, lost_network: Floats, budget: Floats) -> Floats:
    """What leaving a sponsor's vendors would cost, in yearly budgets (I26).

    replacement   cost of replacing their base
    debt          outstanding loans of that sponsor that fall due
    lost_network  value of the interoperability given up
    budget        yearly spending on the layers concerned; all in the same money
    """
    return (replacement + debt + lost_network) / budget


def years_to_first_expiry(expiry: Integers, year: int) -> Floats:
    """Years until the first contract ends (I27); NaN without any.  expiry (..., contract), -1 is none."""
    ahead = np.where(expiry >= year, expiry - year, np.inf).min(axis=-1)
    return np.where(np.isfinite(ahead), ahead, np.nan)


def foreclosure(utility: Floats, chosen: Bools) -> float:
    """How often the offer that would be best without a switching cost is not taken (I28).

    utility  (tender, vendor), without the switching term
    chosen   (tender, vendor), one-hot
    """
    return float((utility.argmax(axis=-1) != chosen.argmax(axis=-1)).mean())
