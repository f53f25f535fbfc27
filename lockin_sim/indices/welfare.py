"""What history costs: inertia, momentum, regret."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats


def excess_inertia(adopted: Bools, gain: Floats) -> float:
    """Chance that what would have been better for all together was not adopted (I18).

    adopted  (run,), bool
    gain     (run,), welfare if all adopt less welfare if nobody does
    Source: Farrell and Saloner (1985, 1986).
    """
    return float((~adopted & (gain > 0)).mean())


def excess_momentum(adopted: Bools, gain: Floats) -> float:
    """Chance that what was worse for all together was adopted (I19).  As :func:`excess_inertia`."""
    return float((adopted & (gain < 0)).mean())


def regret(realised: Floats, paths: Floats, discount: float = 1.0) -> Floats:
    r"""What the best path would have given beyond the one taken (I20).

    .. math:: R = \max_k \sum_t \delta^t U_k(t) - \sum_t \delta^t U(t)

    realised  (..., year), utility
    paths     (..., path, year), utility of each path that could have been taken, the realised one included
    Zero is Liebowitz and Margolis' (1995) first degree; above zero judged with what was known at the
    start it is the third, and remediable.
    """
    weight = discount ** np.arange(realised.shape[-1])
    return np.max(paths @ weight, axis=-1) - realised @ weight
