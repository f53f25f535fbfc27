"""Columns of a design: parsing of addresses, with the unit and bounds of the declaration.

An address is the name of a parameter, ``lever[target].setting``, or ``scenario``.  Several targets are
separated by commas.  A lever may have years, ``export_finance[CHN].envelope@2025-2040``, and a parameter a
first year, ``switching_cost@2026``, before which the value of all points holds.  Blanks, leading
zeros and the order of targets do not matter: every address has one normal form, without blanks and with
targets sorted and unique.
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
from lockin_sim.common.values import convert_to_python, is_number, number
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.levers.use import LeverExtent, LeverUse, Overlap, compute_overlap
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.settings.scenario import Scenario
from lockin_sim.settings.titles import scenario_title
from lockin_sim.world import World
from lockin_sim.world.names import format_lever_targets

if TYPE_CHECKING:
    from lockin_sim.settings.design.table import Design

SCENARIO = "scenario"

#: Words for a missing value, in lower case.
MISSING = ("", "nan")

#: First year of a lever without years in address or scenario.
START = 2021

_PARAMETER = re.compile(r"(\w+)\s*@\s*([0-9]{1,9})")

_LEVER = re.compile(r"(\w+)\s*\[([^\]]+)\]\s*\.\s*(\w+)\s*(?:@\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9}))?)?")


@dataclass(frozen=True)
class LeverAddress:
    """Address of one setting of a lever: lever, sorted targets, setting and years.

    ``start`` and ``end`` are None for an address without years.
    """

    lever: str
    targets: tuple[str, ...]
    setting: str
    start: int | None = None
    end: int | None = None

    @property
    def address(self) -> str:
        """Normal form of the address as text."""
        years = "".join(
            f"{sign}{year}" for sign, year in (("@", self.start), ("-", self.end)) if year is not None
        )
        return f"{self.lever}[{','.join(self.targets)}].{self.setting}{years}"

    @property
    def begins(self) -> int:
        """First year; 2021 for an address without years, unless the scenario sets another."""
        return START if self.start is None else self.start

    def shares(self, other: LeverAddress) -> list[str]:
        """List the targets on which two addresses set the same setting of the same lever in some common year.

        Returns the targets sorted; an empty list without overlap.
        """
        ends = [use.end for use in (self, other) if use.end is not None]
        begin = max(self.begins, other.begins)
        same = (self.lever, self.setting) == (other.lever, other.setting)
        meet = same and begin <= min(ends, default=begin)
        return sorted({*self.targets} & {*other.targets}) if meet else []

    def within(self, line: LeverUse) -> bool:
        """Whether a lever use of a scenario has this lever and all targets of the address.

        A setting without years then replaces the setting of the lever use.
        """
        return line.lever == self.lever and {*self.targets} <= {*line.targets}


@dataclass(frozen=True)
class Column:
    """Column of a design.

    name     the address in its normal form
    title    in print
    unit     of the numbers
    doc      meaning, from the declaration
    low, high    allowed numbers
    range    useful numbers
    kind     float, bool or str
    choices  allowed words; empty = depends on the world, or a scenario
    use      address of the lever setting, None for a parameter or the scenario
    text     allowed numbers in words
    minus_infinity   whether -inf is allowed
    start    first year of a parameter's value; None = all years
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
    use: LeverAddress | None = None
    text: str = ""
    minus_infinity: bool = False
    start: int | None = None

    @property
    def parameter(self) -> str:
        """Name of the parameter that the column sets, without the year."""
        return self.name.partition("@")[0]

    def checked(self, values: Sequence[Any] | NDArray[Any], where: str = "design") -> NDArray[Any]:
        """Check all values of the column; return an array (point,) of float64 (booleans as 0 and 1) or words.

        A missing value (None, NaN also as a word, or an empty word) leaves the scenario unchanged.
        Raises InputError naming the point, the value and what is allowed.
        """
        kind: Any = object if self.kind is str else np.float64
        parsed = [self.check(value, f"{where}: {self.name}, point {p}") for p, value in enumerate(values)]
        array = np.array(parsed, dtype=kind)
        return array.astype(np.str_) if kind is object else array

    def read(self, cell: str) -> float | str:
        """Parse a cell of a file: a number if the column is numeric and the cell is a number, else text."""
        try:
            return number_of(cell) if self.kind is float else cell
        except ValueError:
            return cell

    def check(self, value: Any, where: str) -> float | str:
        """Check one value; return a float (a boolean as 0 or 1), a word, or NaN or "" for a missing value.

        Raises InputError naming the place, the value and what is allowed.
        """
        value = convert_to_python(value)
        if value is None or (isinstance(value, str) and value.lower() in MISSING) or _is_undefined(value):
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
        """Description of the allowed values, with the unit."""
        if self.kind is not float:
            return "true or false" if self.kind is bool else "a word"
        text = self.text or f"a number from {self.low:g} to {self.high:g}"
        return text + (f" ({self.unit})" if self.unit else "")


def _is_undefined(value: Any) -> bool:
    """Whether a value is missing: NaN or another value that differs from itself, or NA of pandas."""
    try:
        return bool(value != value)
    except TypeError:  # NA of pandas
        return True
    except ValueError:  # an array
        return False


def parse_columns(names: Iterable[str], where: str = "design") -> list[Column]:
    """Parse addresses into columns.

    Raises InputError for an invalid address, for two addresses with the same meaning, and for two addresses
    that set the same setting on some of the same targets in the same years.
    """
    columns, meant = list[Column](), dict[Any, str]()
    for name in names:
        new = column(name)
        for other in columns:
            if new.use is None or other.use is None or new.use.targets == other.use.targets:
                continue
            if both := new.use.shares(other.use):
                raise build_set_twice_error(where, other.use, new.use, ", ".join(both))
        means = new.name if new.use is None else replace(new.use, start=new.use.begins)
        if means in meant:
            text = f"{where}: {meant[means]!r} and {name!r} are one address, {new.name}"
            raise InputError(f"{text}; allowed: each once.")
        meant[means] = name
        columns.append(new)
    return columns


def build_set_twice_error(where: str, one: LeverAddress, other: LeverAddress, both: str) -> InputError:
    """Build the error for two columns that set the same setting.  both: the shared targets and years."""
    text = f"{where}: {one.address} and {other.address} both set {one.setting} on {both}"
    return InputError(f"{text}; allowed: each target in one of them, or in years that do not overlap.")


def column(name: str) -> Column:
    """Parse an address into its column.  Raises InputError for an invalid address."""
    if not isinstance(name, str) or not name.strip():
        raise unusable("design: column", found=name, allowed="a parameter, lever[target].setting or scenario")
    name = name.strip()
    if name == SCENARIO:
        return Column(name, "policy", "", "scenario that the point starts from", 0, 0, (0, 0), str)
    known = collect_declarations()
    later = _PARAMETER.fullmatch(name)
    parameter, first = (later[1], int(later[2])) if later else (name, None)
    if parameter in known:
        d = known[parameter]
        address = d.name if first is None else f"{d.name}@{first}"
        return Column(
            address,
            d.title if first is None else f"{d.title} from {first}",
            d.unit,
            d.doc,
            d.valid.low,
            d.valid.high,
            d.range,
            float,
            text=d.valid.text,
            minus_infinity=d.valid is LEVEL,
            start=first,
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
    use = LeverAddress(lever, targets, setting, int(start) if start else None, int(end) if end else None)
    words = () if declared.settings[setting].names_a_label else choices
    when = "" if start is None else f" from {use.start}" if end is None else f" {use.start} to {use.end}"
    title = f"{declared.title}, {format_lever_targets(list(targets))}: {called}{when}"
    return Column(use.address, title, unit, doc, low, high, (low, high), declared.types[setting], words, use)


def factor_title(name: str) -> str:
    """Return the title of a factor of a sweep: the title of its column, with the word if one is named.

    An example with a word is 'policy = EU package'.  A user's own column has its name in words as title.
    """
    address, equals, word = name.partition(" = ")
    try:
        title = column(address).title
    except InputError:
        return spoken(name)
    return f"{title} = {word_title(address, word)}" if equals else title


def word_title(address: str, word: str) -> str:
    """Return the title of a word in a column: the scenario's title in the scenario column, else the word."""
    return scenario_title(word) if address == SCENARIO and word.isidentifier() else word


def iterate_address_pairs(columns: Iterable[Column]) -> Iterator[tuple[LeverAddress, LeverAddress]]:
    """Iterate over pairs of columns' addresses that have the same lever and the same setting."""
    for one, other in combinations([c.use for c in columns if c.use is not None], 2):
        if (one.lever, one.setting) == (other.lever, other.setting):
            yield one, other


def compute_largest_overlap(one: LeverAddress, other: LeverAddress, world: World) -> Overlap | None:
    """Compute the largest possible overlap of two addresses, whatever labels their lever uses name.

    An address without years counts in all years of the world.  Returns None without any overlap.
    """
    mine, others = (LeverExtent(u.lever, u.targets, u.start or world.first_year, u.end) for u in (one, other))
    return compute_overlap(mine, others, world)


def check_no_overlap(design: Design, scenarios: Mapping[str, Scenario], world: World) -> None:
    """Check that no two columns set the same setting, targets and years at a point where both have a value.

    scenarios  by name; "" is the scenario of points that name none
    Raises InputError naming the point and both columns.
    """
    for one, other in iterate_address_pairs(design.columns):
        if not compute_largest_overlap(one, other, world):
            continue
        for point in _find_distinct_points(design, one, other):
            scenario = scenarios[str(design.row(point).get(SCENARIO, ""))]
            for mine, others in product(
                *(_list_extents(design, use, point, scenario) for use in (one, other))
            ):
                if both := compute_overlap(mine, others, world):
                    raise build_set_twice_error(f"design: point {point}", one, other, both.words)


def _find_distinct_points(design: Design, one: LeverAddress, other: LeverAddress) -> list[int]:
    """Find the points that suffice to test two columns for overlap.

    Returns the first point with values in both columns for each combination of scenario and label words.
    """
    there = np.ones(len(design), dtype=bool)
    for use in (one, other):
        values = design.values[use.address]
        there &= values != "" if values.dtype.kind == "U" else ~np.isnan(values)
    points = np.flatnonzero(there)
    words = [
        name
        for name in (SCENARIO, *_find_label_columns(design, one), *_find_label_columns(design, other))
        if name in design.names
    ]
    if not words or not len(points):
        return [int(p) for p in points[:1]]
    rows = np.stack([design.values[name][points] for name in words], axis=1)
    _, first = np.unique(rows, axis=0, return_index=True)
    return sorted(int(p) for p in points[first])


def _find_label_columns(design: Design, use: LeverAddress) -> dict[str, str]:
    """Find the columns with the same lever, targets and years whose setting names a label of the world.

    Returns the setting by the name of the column.
    """
    return {
        c.name: c.use.setting
        for c in design.columns
        if c.use is not None
        and (c.use.lever, c.use.targets, c.use.start, c.use.end)
        == (use.lever, use.targets, use.start, use.end)
        and LEVERS[use.lever].settings[c.use.setting].names_a_label
    }


def _list_extents(design: Design, use: LeverAddress, point: int, scenario: Scenario) -> list[LeverExtent]:
    """List the years and targets in which an address acts at a point.

    An address with years has its own; an address without years has those of the scenario's lever uses that it
    replaces, or all years from 2021 if there are none.
    """
    at_point = {
        setting: str(design.values[name][point]) for name, setting in _find_label_columns(design, use).items()
    }
    words = {setting: word for setting, word in at_point.items() if word}
    if use.start is not None:
        return [LeverExtent(use.lever, use.targets, use.start, use.end, words)]
    lines = [line for line in scenario.levers if use.within(line)]
    acts = [LeverExtent(use.lever, use.targets, line.from_, line.to, line.settings | words) for line in lines]
    return acts or [LeverExtent(use.lever, use.targets, START, None, words)]
