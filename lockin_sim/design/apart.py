"""Columns that set the same: refused where one would be lost behind the other, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product

import numpy as np

from lockin_sim.design.columns import SCENARIO, START, Column, Use, set_twice
from lockin_sim.design.table import Design
from lockin_sim.lever_use import Act, Shared, shared
from lockin_sim.levers import LEVERS
from lockin_sim.scenario import Scenario
from lockin_sim.world import World


def pairs_of(columns: Iterable[Column]) -> Iterator[tuple[Use, Use]]:
    """Uses of one setting of one lever, two and two."""
    for one, other in combinations([c.use for c in columns if c.use is not None], 2):
        if (one.lever, one.setting) == (other.lever, other.setting):
            yield one, other


def at_most(one: Use, other: Use, world: World) -> Shared | None:
    """What two uses both touch at most, whatever labels they name, and in all years where they say none."""
    mine, others = (Act(u.lever, u.targets, u.start or world.first_year, u.end) for u in (one, other))
    return shared(mine, others, world)


def check_apart(design: Design, scenarios: Mapping[str, Scenario], world: World) -> None:
    """Raises InputError for two columns that set the same at a point where both say something.

    scenarios  by name; "" is the one of points that name none
    """
    for one, other in pairs_of(design.columns):
        if not at_most(one, other, world):
            continue
        for point in _unlike(design, one, other):
            scenario = scenarios[str(design.row(point).get(SCENARIO, ""))]
            for mine, others in product(*(_acts(design, use, point, scenario) for use in (one, other))):
                if both := shared(mine, others, world):
                    raise set_twice(f"design: point {point}", one, other, both.words)


def _unlike(design: Design, one: Use, other: Use) -> list[int]:
    """The first of all points at which both columns say something and the same words decide what they do."""
    there = np.ones(len(design), dtype=bool)
    for use in (one, other):
        values = design.values[use.address]
        there &= values != "" if values.dtype.kind == "U" else ~np.isnan(values)
    points = np.flatnonzero(there)
    words = [
        name for name in (SCENARIO, *_beside(design, one), *_beside(design, other)) if name in design.names
    ]
    if not words or not len(points):
        return [int(p) for p in points[:1]]
    rows = np.stack([design.values[name][points] for name in words], axis=1)
    _, first = np.unique(rows, axis=0, return_index=True)
    return sorted(int(p) for p in points[first])


def _beside(design: Design, use: Use) -> dict[str, str]:
    """Columns of the same use that name labels of the world, with their setting."""
    return {
        c.name: c.use.setting
        for c in design.columns
        if c.use is not None
        and (c.use.lever, c.use.targets, c.use.start, c.use.end)
        == (use.lever, use.targets, use.start, use.end)
        and LEVERS[use.lever].settings[c.use.setting].names_a_label
    }


def _acts(design: Design, use: Use, point: int, scenario: Scenario) -> list[Act]:
    """When and on whom a column acts at a point: as it says, or as lines of the scenario whose setting it
    takes the place of."""
    given = {setting: str(design.values[name][point]) for name, setting in _beside(design, use).items()}
    words = {setting: word for setting, word in given.items() if word}
    if use.start is not None:
        return [Act(use.lever, use.targets, use.start, use.end, words)]
    lines = [line for line in scenario.levers if use.within(line)]
    return [Act(use.lever, use.targets, line.from_, line.to, line.settings | words) for line in lines] or [
        Act(use.lever, use.targets, START, None, words)
    ]
