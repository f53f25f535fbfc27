"""What effects on a fresh sample say of packages: domination, satisficing and regret.

All take gains, effects turned so that more is better: (package, draw, goal).
"""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers

#: Resamples of the draws that say how firm it is that nothing dominates a package.
RESAMPLES = 200


def dominated_by(mean: Floats) -> Integers:
    """For each package the first other that is as good in every goal and better in one; -1 where none is.

    mean  gains, (package, goal)
    """
    as_good = (mean[:, None] >= mean[None]).all(axis=-1)
    better = (mean[:, None] > mean[None]).any(axis=-1)
    beats = as_good & better  # (who, whom)
    found: Integers = np.where(beats.any(axis=0), beats.argmax(axis=0), -1)
    return found


def firmness(gains: Floats, seed: int) -> Floats:
    """Part of resamples of the draws in which no other package dominates, (package,)."""
    rng, draws = np.random.default_rng(seed), gains.shape[1]
    free = np.zeros(len(gains))
    for _ in range(RESAMPLES):
        free += dominated_by(gains[:, rng.integers(draws, size=draws)].mean(axis=1)) < 0
    return free / RESAMPLES


def satisfied(gains: Floats, wanted: Floats) -> Bools:
    """Draws in which a package reaches everything that is wanted, (package, draw).

    wanted  gains, (goal,)
    """
    met: Bools = (gains >= wanted).all(axis=-1)
    return met


def regret(gains: Floats, scale: Floats) -> Floats:
    """How far a package is behind the best of each draw, in the goal where it is furthest, (package, draw).

    scale  what counts as one in each goal, (goal,); goals without a scale (0) count for nothing
    """
    behind = gains.max(axis=0) - gains
    in_scale = np.divide(behind, scale, out=np.zeros_like(behind), where=scale > 0)
    furthest: Floats = in_scale.max(axis=-1)
    return furthest


def scale_of(gains: Floats) -> Floats:
    """The range of packages' means, by goal: what a choice among them can move.  (goal,)."""
    spread: Floats = np.ptp(gains.mean(axis=1), axis=0)
    return spread


def worst(gains: Floats) -> Floats:
    """The least gain over draws, by package and goal."""
    least: Floats = gains.min(axis=1)
    return least


def short(gains: Floats, wanted: Floats, scale: Floats) -> Floats:
    """How far a run stays behind what is wanted, summed over the goals; 0 where all is reached.

    gains (..., goal);  wanted (goal,);  scale (goal,) as in :func:`regret`
    """
    missing = np.maximum(wanted - gains, 0.0)
    total: Floats = np.divide(missing, scale, out=np.zeros_like(missing), where=scale > 0).sum(axis=-1)
    return total
