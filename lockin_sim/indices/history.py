"""How much the beginning decides: first movers, path dependence, ergodicity."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers


def first_mover_effect(share: Floats, first: Bools) -> float:
    """Share of a vendor when it entered first, less its share when the other did (I14).

    share  (run,), share of the vendor at the end
    first  (run,), bool: it entered first; drawn at random between otherwise equal vendors
    """
    return float(share[first].mean() - share[~first].mean())


def _entropy_of(counts: Integers) -> float:
    """Entropy of counts in nats."""
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def mutual_information(early: Integers, late: Integers, *, corrected: bool = True) -> float:
    """Information that an early fact holds about a late one, nats (I15).

    early, late  (run,), whole numbers from 0 on
    corrected    subtract the Miller-Madow bias of the plug-in estimate, (cells - rows - columns + 1) / 2M
    Source: Miller (1955).
    """
    outcomes = int(late.max()) + 1
    counts = np.bincount(early * outcomes + late, minlength=(int(early.max()) + 1) * outcomes)
    table = counts.reshape(-1, outcomes)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    plain = _entropy_of(rows) + _entropy_of(columns) - _entropy_of(table.ravel())
    if not corrected:
        return plain
    bias = (np.sum(table > 0) - np.sum(rows > 0) - np.sum(columns > 0) + 1) / (2 * table.sum())
    return float(plain - bias)


def path_dependence(early: Integers, late: Integers) -> float:
    """Part of the uncertainty about the outcome that early history removes: I / H, 0 to 1 (I16).

    early, late  (run,), whole numbers from 0 on; bias-corrected, so that it may fall below 0 by chance
    """
    uncertainty = _entropy_of(np.bincount(late))
    return mutual_information(early, late) / uncertainty if uncertainty > 0 else 0.0


def ergodicity_distance(one: Floats, other: Floats) -> Floats:
    r"""Total variation between the outcomes of two beginnings: :math:`\frac12\sum_k|P_k - Q_k|` (I17).

    one, other  (..., outcome), probabilities or frequencies; 0 means that history is forgotten
    """
    return 0.5 * np.sum(np.abs(one - other), axis=-1)
