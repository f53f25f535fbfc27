"""Indices by SALib, of responses that are all numbers and not all alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.analysis.needs import needed
from lockin_sim.conventions import Floats
from lockin_sim.errors import InputError

#: Slices of PAWN, as many as leave each points enough for a distribution; powers of two, since SALib steps
#: from 0 to 1 by adding up fractions.
SLICES, POINTS_A_SLICE = (16, 8, 4, 2), 16

type Problem = dict[str, Any]
type Found = dict[str, Floats]


def size_of(of: Problem) -> int:
    """Number of factors, groups counted as one."""
    return len(set(of["groups"] if "groups" in of else of["names"]))


def problem(names: list[str], groups: list[str]) -> Problem:
    """What SALib calls a problem: factors from 0 to 1, in groups where a group has several."""
    made: Problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return made | {"groups": groups} if len(set(groups)) < len(names) else made


def _sound(y: Floats) -> bool:
    """Whether there is anything to explain.

    Raises InputError for numbers that are none: SALib would make zeros of them.
    """
    if not np.isfinite(y).all():
        found = f"{int((~np.isfinite(y)).sum())} responses that are no numbers"
        raise InputError(f"sensitivity: found {found}; allowed: numbers at all points.")
    return float(np.ptp(y)) > 1e-12 * max(1.0, float(np.abs(y).max()))


def sobol(of: Problem, y: Floats, *, second: bool, seed: int) -> Found:
    """First, total and second order; NaN where nothing varies.  y in the order of SALib's sample."""
    many = size_of(of)
    if not _sound(y):
        undefined = np.full(many, np.nan)
        return {"first": undefined, "total": undefined, "second": np.full((many, many), np.nan)}
    analyze = needed("SALib.analyze.sobol").analyze
    found = analyze(of, y, calc_second_order=second, num_resamples=2, seed=seed + 1)
    pairs = np.array(found["S2"]) if second else np.full((many, many), np.nan)
    both = np.where(np.isnan(pairs), pairs.T, pairs)
    return {"first": np.array(found["S1"]), "total": np.array(found["ST"]), "second": both}


def morris(of: Problem, x: Floats, y: Floats, *, levels: int, seed: int) -> Found:
    """Mean elementary effect, its mean size, and its deviation, NaN for a group; in the outcome's unit."""
    many = size_of(of)
    if not _sound(y):
        return {name: np.full(many, np.nan) for name in ("mu", "mu_star", "sigma")}
    analyze = needed("SALib.analyze.morris").analyze
    found = analyze(dict(of), x, y, num_levels=levels, num_resamples=2, seed=seed)
    return {
        name: np.array(np.ma.filled(found[name], np.nan), dtype=float) for name in ("mu", "mu_star", "sigma")
    }


def pawn(of: Problem, x: Floats, y: Floats) -> Floats:
    """Median Kolmogorov-Smirnov distance of slices' distributions from that of all; of a group the mean."""
    if not _sound(y):
        return np.full(size_of(of), np.nan)
    wanted = len(y) // POINTS_A_SLICE
    slices = next((many for many in SLICES if many <= wanted), SLICES[-1])
    found: Floats = np.array(needed("SALib.analyze.pawn").analyze(of, x, y, S=slices)["median"])
    return found
