"""Columns of a design: the meaning of an address, with the unit and bounds of its declaration.

An address is the name of a parameter, ``lever[target].setting``, or ``scenario``.  Several targets are
separated by commas.  A lever may have years: ``export_finance[CHN].envelope@2025-2040``.  Blanks, leading
zeros and the order of targets do not matter: an address has one normal form, without blanks and with targets
sorted and unique.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.domains import LEVEL
from lockin_sim.common.errors import InputError, unknown_name, unusable
from lockin_sim.common.files import number_of
from lockin_sim.common.formats import spoken
from lockin_sim.common.values import as_python, is_number, number
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.levers.use import Act, LeverUse, Shared, shared
from lockin_sim.settings.parameters import declarations
from lockin_sim.settings.scenario import Scenario
from lockin_sim.settings.titles import scenario_title
from lockin_sim.world import World
from lockin_sim.world.names import target_names

if TYPE_CHECKING:
    from lockin_sim.settings.design.table import Design

SCENARIO = "scenario"

#: Words for a missing value, in lower case.
MISSING = ("", "nan")

#: First year of a lever without years in address or scenario.
START = 2021

_LEVER = re.compile(r"(\w+)\s*\[([^\]]+)\]\s*\.\s*(\w+)\s*(?:@\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9}))?)?")


@dataclass(frozen=True)
class Use:
    """A setting of a lever on some targets, sorted; ``start`` and ``end`` are None for an address without
    years."""

    lever: str
    targets: tuple[str, ...]
    setting: str
    start: int | None = None
    end: int | None = None

    @property
    def address(self) -> str:
        """Normal form of its address."""
        years = "".join(
            f"{sign}{year}" for sign, year in (("@", self.start), ("-", self.end)) if year is not None
        )
        return f"{self.lever}[{','.join(self.targets)}].{self.setting}{years}"

    @property
    def begins(self) -> int:
        """First year unless the scenario sets it."""
        return START if self.start is None else self.start

    def shares(self, other: Use) -> list[str]:
        """Targets on which, in some year, both set the same setting."""
        ends = [use.end for use in (self, other) if use.end is not None]
        begin = max(self.begins, other.begins)
        same = (self.lever, self.setting) == (other.lever, other.setting)
        meet = same and begin <= min(ends, default=begin)
        return sorted({*self.targets} & {*other.targets}) if meet else []

    def within(self, line: LeverUse) -> bool:
        """Whether a line of a scenario uses the lever on all of the targets, so that a setting without years
        replaces the line's."""
        return line.lever == self.lever and {*self.targets} <= {*line.targets}


@dataclass(frozen=True)
class Column:
    """A column of a design.

    name     the address in its normal form
    title    in print
    unit     of its numbers
    doc      meaning, from the declaration
    low, high    allowed numbers
    range    useful numbers
    kind     float, bool or str
    choices  allowed words; empty = depends on the world, or a scenario
    use      the lever setting, None for a parameter or the scenario
    text     allowed numbers in words
    minus_infinity   whether -inf is allowed
    """

    name: str
    title: str
    unit: str
    doc: str
    low: float
    high: float
    range: tuple[float, float]
    kind: type
    choices: tuple[str, ...] = ()
    use: Use | None = None
    text: str = ""
    minus_infinity: bool = False

    def checked(self, values: Sequence[Any] | NDArray[Any], where: str = "design") -> NDArray[Any]:
        """Values of this column, (point,): numbers as float64, truths as 0 and 1, or words.

        A missing value (None, NaN also as a word, or an empty word) leaves the scenario unchanged.
        Raises InputError naming the point, the value and what is allowed.
        """
        kind: Any = object if self.kind is str else np.float64
        parsed = [self.check(value, f"{where}: {self.name}, point {p}") for p, value in enumerate(values)]
        array = np.array(parsed, dtype=kind)
        return array.astype(np.str_) if kind is object else array

    def read(self, cell: str) -> float | str:
        """Parse a cell of a file: a number if possible in this column, else a text."""
        try:
            return number_of(cell) if self.kind is float else cell
        except ValueError:
            return cell

    def check(self, value: Any, where: str) -> float | str:
        """One value of this column.  Raises InputError naming the place, the value and what is allowed."""
        value = as_python(value)
        if value is None or (isinstance(value, str) and value.lower() in MISSING) or _undefined(value):
            return "" if self.kind is str else np.nan
        if self.kind is str:
            if not isinstance(value, str):
                raise unusable(where, found=value, allowed="a word")
            if self.choices and value not in self.choices:
                raise unknown_name(where, found=value, known=self.choices)
            return value
        if self.kind is bool:
            known = {True: 1.0, False: 0.0, "true": 1.0, "false": 0.0}
            key = value.lower() if isinstance(value, str) else value
            if not (isinstance(key, str | bool) or is_number(key)) or key not in known:
                raise unusable(where, found=value, allowed="true or false")
            return known[key]
        if self.minus_infinity and is_number(value) and value == -np.inf:
            return -np.inf
        return number(where, value, allowed=self.allowed, low=self.low, high=self.high)

    @property
    def allowed(self) -> str:
        """Allowed values in words."""
        if self.kind is not float:
            return "true or false" if self.kind is bool else "a word"
        text = self.text or f"a number from {self.low:g} to {self.high:g}"
        return text + (f" ({self.unit})" if self.unit else "")


def _undefined(value: Any) -> bool:
    """Whether a value is NaN or an equivalent: not equal to itself, or to anything."""
    try:
        return bool(value != value)
    except TypeError:  # NA of pandas
        return True
    except ValueError:  # an array
        return False


def columns_of(names: Iterable[str], where: str = "design") -> list[Column]:
    """The columns of addresses.

    Raises InputError for an invalid address, for two with the same meaning, and for two that set the same
    setting on some of the same targets in the same years.
    """
    columns, meant = list[Column](), dict[Any, str]()
    for name in names:
        new = column(name)
        for other in columns:
            if new.use is None or other.use is None or new.use.targets == other.use.targets:
                continue
            if both := new.use.shares(other.use):
                raise set_twice(where, other.use, new.use, ", ".join(both))
        means = new.name if new.use is None else replace(new.use, start=new.use.begins)
        if means in meant:
            text = f"{where}: {meant[means]!r} and {name!r} are one address, {new.name}"
            raise InputError(f"{text}; allowed: each once.")
        meant[means] = name
        columns.append(new)
    return columns


def set_twice(where: str, one: Use, other: Use, both: str) -> InputError:
    """The error for two columns that set the same.  both: the shared targets and years"""
    text = f"{where}: {one.address} and {other.address} both set {one.setting} on {both}"
    return InputError(f"{text}; allowed: each target in one of them, or in years that do not overlap.")


def column(name: str) -> Column:
    """The column of an address.  Raises InputError for an invalid one."""
    if not isinstance(name, str) or not name.strip():
        raise unusable("design: column", found=name, allowed="a parameter, lever[target].setting or scenario")
    name = name.strip()
    if name == SCENARIO:
        return Column(name, "policy", "", "scenario that the point starts from", 0, 0, (0, 0), str)
    known = declarations()
    if name in known:
        d = known[name]
        ends = (d.valid.low, d.valid.high, d.range)
        return Column(
            name, d.title, d.unit, d.doc, *ends, float, text=d.valid.text, minus_infinity=d.valid is LEVEL
        )
    if "[" not in name and "." not in name:
        raise unknown_name("design: column", found=name, known=[*known, SCENARIO])
    match = _LEVER.fullmatch(name)
    if match is None:
        allowed = "lever[target].setting, perhaps with years as @2025 or @2025-2040"
        raise unusable("design: column", found=name, allowed=allowed)
    lever, target, setting, start, end = match.groups()
    if lever not in LEVERS:
        raise unknown_name(f"design: column {name}: lever", found=lever, known=LEVERS)
    declared = LEVERS[lever]
    if setting not in declared.settings:
        raise unknown_name(f"design: column {name}: setting", found=setting, known=declared.settings)
    called, unit, low, high, doc, _, choices = declared.settings[setting]
    targets = tuple(sorted({part.strip() for part in target.split(",")}))
    if not all(targets):
        raise InputError(f"design: column {name}: an empty target; allowed: names separated by commas.")
    use = Use(lever, targets, setting, int(start) if start else None, int(end) if end else None)
    words = () if declared.settings[setting].names_a_label else choices
    when = "" if start is None else f" from {use.start}" if end is None else f" {use.start} to {use.end}"
    title = f"{declared.title}, {target_names(list(targets))}: {called}{when}"
    return Column(use.address, title, unit, doc, low, high, (low, high), declared.types[setting], words, use)


def factor_title(name: str) -> str:
    """Title of a factor of a sweep: its column's title, with the word it is set to if one is named ('policy
    = EU package'); for a user's own column its name in words."""
    address, equals, word = name.partition(" = ")
    try:
        title = column(address).title
    except InputError:
        return spoken(name)
    return f"{title} = {word_title(address, word)}" if equals else title


def word_title(address: str, word: str) -> str:
    """Title of a word in a column: that of a scenario, else the word itself."""
    return scenario_title(word) if address == SCENARIO and word.isidentifier() else word


def pairs_of(columns: Iterable[Column]) -> Iterator[tuple[Use, Use]]:
    """Pairs of uses of one setting of one lever."""
    for one, other in combinations([c.use for c in columns if c.use is not None], 2):
        if (one.lever, one.setting) == (other.lever, other.setting):
            yield one, other


def at_most(one: Use, other: Use, world: World) -> Shared | None:
    """Largest possible overlap of two uses, for any labels, and in all years if they name none."""
    mine, others = (Act(u.lever, u.targets, u.start or world.first_year, u.end) for u in (one, other))
    return shared(mine, others, world)


def check_apart(design: Design, scenarios: Mapping[str, Scenario], world: World) -> None:
    """Raises InputError for two columns that set the same at a point where both have a value.

    scenarios  by name; "" is that of points that name none
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
    """The first of all points at which both columns have values, for each combination of related words."""
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
    """Years and targets of a column at a point: its own, or those of lines in the scenario that it
    replaces."""
    at_point = {setting: str(design.values[name][point]) for name, setting in _beside(design, use).items()}
    words = {setting: word for setting, word in at_point.items() if word}
    if use.start is not None:
        return [Act(use.lever, use.targets, use.start, use.end, words)]
    lines = [line for line in scenario.levers if use.within(line)]
    acts = [Act(use.lever, use.targets, line.from_, line.to, line.settings | words) for line in lines]
    return acts or [Act(use.lever, use.targets, START, None, words)]
