"""Boxes by the EMA Workbench: PRIM, trees (CART), and scores of features.

The Workbench is given numbers under names of no meaning: its PRIM breaks on words and whole numbers, and it
drops a column that is called scenario.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.analysis.needs import needed
from lockin_sim.analysis.points import Points
from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import InputError

#: Smallest part of all points that a box may hold.
LEAST_MASS = 0.05

#: A limit that chance alone would draw so often is taken off a box.
CHANCE = 0.05

#: What a limit more has to add to the harmonic mean of coverage and density: few limits can be told.
WORTH = 0.03

_SECOND_GENERATION = "ema_workbench.analysis"


class Feature(NamedTuple):
    """One column: a factor's number, or whether it is a word.

    factor  position of the factor;  level  of its words, -1 for its number
    """

    factor: int
    level: int


class Box(NamedTuple):
    """Limits of some features, between which points fail more often.

    low, high   (feature,), -inf and inf where a feature is free
    coverage    part of all failures that is inside;  density  part of what is inside that fails
    mass        part of all points that is inside
    """

    low: Floats
    high: Floats
    coverage: float
    density: float
    mass: float

    @property
    def bound(self) -> Bools:
        """Features with a limit.  (feature,)."""
        return np.isfinite(self.low) | np.isfinite(self.high)

    def holds(self, x: Floats) -> Bools:
        """Which points are inside.  x (point, feature)."""
        inside: Bools = ((x >= self.low) & (x <= self.high)).all(axis=1)
        return inside


def features(points: Points) -> tuple[list[Feature], Floats]:
    """Columns of numbers: factors as they are, and one of 0 and 1 for each word of a factor of words."""
    found, columns = [], []
    for k, factor in enumerate(points.factors):
        for level in range(len(factor.levels)) if factor.levels else [-1]:
            found.append(Feature(k, level))
            columns.append(points.x[:, k] if level < 0 else (points.x[:, k] == level).astype(float))
    return found, np.column_stack(columns)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without warnings of how the Workbench uses pandas, which no reader could mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _frame(x: Floats) -> Any:
    """Points as the table that the EMA Workbench reads."""
    pandas = needed("pandas")
    return pandas.DataFrame(x.astype(float), columns=[f"x{k}" for k in range(x.shape[1])])


def _measured(low: Floats, high: Floats, x: Floats, fails: Bools) -> Box:
    """A box with its coverage, density and mass among the points."""
    box = Box(low, high, np.nan, np.nan, np.nan)
    inside = box.holds(x)
    caught = float((fails & inside).sum())
    density = caught / inside.sum() if inside.any() else np.nan
    return Box(low, high, caught / fails.sum(), float(density), float(inside.mean()))


def prim(x: Floats, fails: Bools, remaining: Bools | None = None) -> Box | None:
    """The box of PRIM that is told best; None where there is none.

    Of the boxes on the way from all points to the densest one, the one with the largest harmonic mean of
    coverage and density less :data:`WORTH` a limit; limits that chance alone draws (quasi-p of Bryant and
    Lempert 2010 of :data:`CHANCE` and more) are taken off.
    x (point, feature), fails (point,); remaining (point,), points that no earlier box holds
    Source: Friedman and Fisher (1999), as in the EMA Workbench.
    """
    mine = np.ones(len(x), dtype=bool) if remaining is None else remaining
    if not fails[mine].any() or fails[mine].all():
        return None
    with _quietly():
        module = needed(f"{_SECOND_GENERATION}.prim")
        search = module.Prim(_frame(x[mine]), fails[mine].astype(int), mass_min=LEAST_MASS)
        found = search.find_box()
    if found is None:
        return None
    steps = found.peeling_trajectory
    ends = x[mine].min(axis=0), x[mine].max(axis=0)
    coverage, density = steps["coverage"].to_numpy(float), steps["density"].to_numpy(float)
    told = 2 * coverage * density / np.maximum(coverage + density, 1e-12)
    told = told - WORTH * steps["res_dim"].to_numpy(float)
    best = int(told.argmax())
    low, high = _limits(found.box_lims[best].to_numpy(float), ends)
    chance = found.p_values[best] if best < len(found.p_values) else {}
    for name, (at_low, at_high) in chance.items():
        k = int(name.removeprefix("x"))
        low[k] = -np.inf if at_low >= CHANCE or at_low < 0 else low[k]
        high[k] = np.inf if at_high >= CHANCE or at_high < 0 else high[k]
    box = _measured(low, high, x, fails)
    return box if box.bound.any() else None


def _limits(both: Floats, ends: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Limits, infinite where they are the ends of what was tried."""
    low = np.where(both[0] > ends[0], both[0], -np.inf)
    high = np.where(both[1] < ends[1], both[1], np.inf)
    return low, high


def tree(x: Floats, fails: Bools) -> Box | None:
    """The leaf of a tree that is told best, by the same measure; None where the tree has one leaf."""
    with _quietly():
        made = needed(f"{_SECOND_GENERATION}.cart").CART(_frame(x), fails.astype(int), mass_min=LEAST_MASS)
        made.build_tree()
        leaves = [box.to_numpy(float) for box in made.boxes]
    ends = x.min(axis=0), x.max(axis=0)
    best, most = None, -np.inf
    for leaf in leaves:
        box = _measured(*_limits(leaf, ends), x, fails)
        if not box.bound.any() or not np.isfinite(box.density) or box.coverage == 0:
            continue
        told = 2 * box.coverage * box.density / (box.coverage + box.density) - WORTH * box.bound.sum()
        if told > most:
            best, most = box, told
    return best


def scores(x: Floats, fails: Bools, seed: int) -> Floats:
    """How much trees (extra trees) owe to each feature, (feature,); the sum is 1."""
    with _quietly():
        module = needed(f"{_SECOND_GENERATION}.feature_scoring")
        found, _ = module.get_ex_feature_scores(_frame(x), fails.astype(int), random_state=seed)
    by_name = found.iloc[:, 0].to_dict()
    score = np.array([float(by_name[f"x{k}"]) for k in range(x.shape[1])])
    if not np.isfinite(score).all():
        raise InputError("discover: found a score that is no number; allowed: points that differ.")
    return score
