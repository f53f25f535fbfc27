"""What a sweep is asked for: each argument by itself, then the design in its world, before the first run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.conventions import Integers
from lockin_sim.design import Column, Design, point_of
from lockin_sim.design.apart import check_apart
from lockin_sim.design.columns import SCENARIO
from lockin_sim.errors import InputError, as_whole, unknown_name, unusable
from lockin_sim.levers import LEVERS, targets_of
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.world import World

#: Control characters, and halves of characters, which stand for bytes that are not UTF-8.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def path_of(where: str, value: object, allowed: str) -> Path:
    """A path.  Raises InputError for anything that cannot be one, or that no terminal or log could show."""
    if not isinstance(value, str | Path) or not str(value):
        raise unusable(where, found=value, allowed=allowed)
    if _UNSHOWN.search(str(value)):
        raise unusable(where, found=str(value), allowed=f"{allowed}, without control characters")
    return Path(value)


def names_of(where: str, value: object, known: Collection[str]) -> tuple[str, ...]:
    """Names from a list, each once.  Raises InputError for anything but known names."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        example = value if isinstance(value, str) and value in known else next(iter(known))
        raise unusable(where, found=value, allowed=f"lists of names, such as [{example!r}]")
    names = list(value)
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise unknown_name(where, found=name, known=known)
    return tuple(dict.fromkeys(names))


def years_of(value: Any, world: World) -> tuple[int, ...]:
    """The years to keep, in order, each once."""
    allowed = f"years from {world.first_year} to {world.last_year}, one after {world.first_year} at least"
    many = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    given = tuple(value) if many else (value,)
    unlike = not given or any(as_whole(year) is None for year in given)
    if unlike or min(given) < world.first_year or max(given) <= world.first_year:
        raise unusable("years", found=given if many else value, allowed=allowed)
    if max(given) > world.last_year:
        raise unusable("years", found=given if many else value, allowed=allowed)
    world.horizon((world.first_year, int(max(given))))
    return tuple(sorted({int(y) for y in given}))


def scenarios_of(design: Design, base: Named) -> dict[str, Scenario]:
    """The scenarios of a design by name; "" is the base.

    Files lie beside that of the experiment, where the design comes from one.
    Raises InputError naming the point for one that cannot be used.
    """
    found = {"": load_scenario(base)}
    for point in _first(design, SCENARIO):
        name = str(design.values[SCENARIO][point])
        beside = design.folder / name if design.folder and name.endswith(".toml") else name
        try:
            found[name] = load_scenario(beside)
        except InputError as error:
            raise InputError(f"design: {SCENARIO}, point {point}: {error}") from error
    return found


def check_fit(
    design: Design,
    scenarios: Mapping[str, Scenario],
    world: World,
    parameters: Parameters,
    last: int,
) -> None:
    """Let every column, every word and every scenario of a design meet the world once.

    last  last year simulated
    Raises InputError naming the column and the point, or the scenario.
    """
    for column in design.columns:
        for point in _first(design, column.name):
            _check_lever(
                column, str(design.values[column.name][point]), world, f"{column.name}, point {point}"
            )
    for name, scenario in sorted(scenarios.items()):
        if name or SCENARIO not in design.names or (design.values[SCENARIO] == "").any():
            scenario.configure(parameters)
            scenario.conditions(world, (world.first_year, last))
    check_apart(design, scenarios, world)
    for point in _telling(design):
        found = point_of(design, point, scenarios, last)
        try:
            found.scenario.configure(parameters)
            found.scenario.conditions(world, (world.first_year, last))
        except InputError as error:
            raise InputError(f"design: point {point}: {error}") from error


def _telling(design: Design) -> list[int]:
    """Points that show whatever a column can do to a scenario: the first of every word, and of every column
    under every scenario."""
    points = {p for name in design.names for p in _first(design, name)}
    under = design.values.get(SCENARIO, np.zeros(len(design), dtype=np.str_))
    for scenario in np.unique(under):
        here = np.flatnonzero(under == scenario)
        points |= {int(here[p]) for name in design.names for p in _first(design, name, here)}
    return sorted(points or {0})


def _check_lever(column: Column, value: str, world: World, where: str) -> None:
    """Target, years and word of a lever setting."""
    use = column.use
    if use is None:
        return
    lever = LEVERS[use.lever]
    targets_of(world, lever.target, f"design: {where}: target", list(use.targets))
    first, last = world.first_year, world.last_year
    start, end = (at if years is None else years for at, years in ((first, use.start), (last, use.end)))
    if not first <= start <= end <= last:
        allowed = f"years from {first} to {last}, in order"
        raise unusable(f"design: {where}: years", found=f"{start}-{end}", allowed=allowed)
    words = lever.settings[use.setting].words(world)
    if column.kind is str and value not in words:
        raise unknown_name(f"design: {where}", found=value, known=words)


def _first(design: Design, name: str, among: Integers | slice = slice(None)) -> list[int]:
    """The first point of every word of a column; of one of numbers, the first that says something.

    among  the points that are looked at, of which positions are returned
    """
    if name not in design.values:
        return []
    values = design.values[name][among]
    if values.dtype.kind == "U":
        words, points = np.unique(values, return_index=True)
        return sorted(int(p) for word, p in zip(words, points, strict=True) if word)
    result: list[int] = np.flatnonzero(~np.isnan(values))[:1].tolist()
    return result
