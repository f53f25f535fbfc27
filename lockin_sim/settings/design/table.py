"""Designs as tables of points by columns, the configuration of a point, and sampling methods.

The variation is given as a list of addresses, or as a mapping from address to

* ``(low, high)``, two numbers: a continuous range (in a grid: these two levels);
* ``{"low": 0, "high": 10, "steps": 5}``: a range; ``steps`` is for grids and one at a time;
* a list of levels, numbers or words, or ``{"values": [...]}`` for a list of two levels;
* None: the declared range, or every declared choice.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common import notebook
from lockin_sim.common.conventions import MOST_AT_ONCE, SEED, Floats
from lockin_sim.common.errors import InputError, check_whole_number, unknown_name, unusable
from lockin_sim.common.files import read_rows
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.notebook import plain
from lockin_sim.common.values import ByYear, check_alike, check_listed, check_no_categories
from lockin_sim.settings.design.columns import SCENARIO, Column, LeverAddress, parse_columns
from lockin_sim.settings.levers.use import LeverUse
from lockin_sim.settings.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


#: Year from which a value without a first year holds, before those of all worlds.
ALWAYS = 0


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """Points to simulate, with one column for each quantity that varies.

    columns  columns that vary
    values   by address, (point,): numbers in the unit of the column, or words; a missing value (NaN, or an
             empty word) leaves the scenario unchanged
    method   sampling method
    ranges   by address, the ends of sampled ranges
    folder   folder of scenario files; None = relative to the current one
    """

    columns: tuple[Column, ...]
    values: Mapping[str, NDArray[Any]]
    method: str = "table"
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return the method, the number of points and the addresses."""
        return f"<Design {self.method!r}: {len(self)} points over {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        """Return an HTML table of the columns with the least and the largest value, for notebooks."""
        rows = []
        for column in self.columns:  # minimum and maximum, or first and last word
            values = self.values[column.name]
            known = np.sort(values[values != ""] if values.dtype.kind == "U" else values[~np.isnan(values)])
            ends = (plain(known[0].item()), plain(known[-1].item())) if len(known) else ("", "")
            rows.append([column.name, *ends, column.unit, column.doc])
        text = f"{len(self)} points, {self.method}; hash {self.hash}."
        shown = notebook.table(["address", "least", "most", "unit", "meaning"], rows, words=(3, 4))
        return notebook.sentence(text) + "\n" + shown

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Design) and self.hash == other.hash

    __hash__ = None  # type: ignore[assignment]

    @property
    def names(self) -> tuple[str, ...]:
        """Addresses of the columns."""
        return tuple(c.name for c in self.columns)

    @property
    def hash(self) -> str:
        """Hash of twelve hex digits that changes with any address, value or order of points."""
        return compute_design_hash({name: self.values[name] for name in self.names})

    def rows(self, points: range) -> Design:
        """Return the design of a range of points."""
        part = {name: values[points.start : points.stop] for name, values in self.values.items()}
        return replace(self, values=part)

    def row(self, point: int) -> dict[str, float | str]:
        """Return the values of one point by address."""
        return {name: self.values[name][point].item() for name in self.names}

    def to_dataframe(self) -> pd.DataFrame:
        """Return the design as a DataFrame with one row for each point and one column for each address."""
        import pandas as pd

        return pd.DataFrame({name: self.values[name] for name in self.names}).rename_axis("point")


def compute_design_hash(values: Mapping[str, NDArray[Any]]) -> str:
    """Compute the hash of a design, twelve hex digits, from values by address in the order of its columns."""
    content = hashlib.sha256()
    for name, column in values.items():
        text = column.tolist() if column.dtype.kind == "U" else [float(v).hex() for v in column]
        content.update(repr((name, text)).encode())
    return content.hexdigest()[:12]


@checks_keywords()
def table(
    data: Mapping[str, Sequence[Any]] | pd.DataFrame,
    *,
    method: str = "table",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    where: str = "design",
) -> Design:
    """Build a design from columns by address: a mapping to sequences, or a DataFrame.

    where  name of the table in messages
    Raises InputError for an invalid address, two with the same meaning, a value that its declaration does not
    allow, columns of different lengths, or no point at all.
    """
    if not hasattr(data, "items") or not hasattr(data, "keys"):
        raise unusable(where, found=type(data).__name__, allowed="a DataFrame, or a mapping from addresses")
    names = list(data.keys())
    columns, columns_by_name = parse_columns(names, where), dict[str, list[Any]]()
    for c, name in zip(columns, names, strict=True):
        allowed = "a list, one value for each point, as of df.to_dict('list')"
        check_listed(f"{where}: {name}", data[name], allowed=allowed)
        if c.kind is not str:
            check_no_categories(f"{where}: {name}", data[name], allowed=c.allowed)
        column: Any = data[name]
        columns_by_name[c.name] = list(column.to_numpy() if hasattr(column, "to_numpy") else column)
    check_alike(where, {str(name): data[name] for name in names})
    lengths = {name: len(values) for name, values in columns_by_name.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise InputError(f"{where}: lengths {lengths}; allowed: columns of one length, at least one point.")
    values = {c.name: c.checked(columns_by_name[c.name], where) for c in columns}
    return Design(tuple(columns), values, method, dict(ranges or {}))


@checks_keywords()
def read_csv(path: str | Path) -> Design:
    """Read a design from a CSV file in UTF-8: addresses in the first line, then one point per line.

    A blank cell or NaN leaves the scenario unchanged.
    Raises InputError for a file that cannot be read, and as :func:`table`.
    """
    if not isinstance(path, str | Path):
        raise unusable("design file", found=path, allowed="the path of a CSV file in UTF-8")
    lines = [(line, row) for line, row in read_rows(path, f"design file {path}") if row]
    rows = [row for _, row in lines]
    if len(rows) < 2:
        raise unusable(str(path), words=f"{len(rows)} lines", allowed="a line of addresses, and points")
    head = [name.strip() for name in rows[0]]
    uneven = [line for line, row in lines if len(row) != len(head)]
    if uneven:
        raise InputError(f"{path}, line {uneven[0]}: allowed: {len(head)} cells, as in the first line.")
    if "" in head:
        found = f"column {head.index('') + 1} of the first line without an address"
        text = "`to_csv(..., index=False)` of pandas writes no column for the index"
        raise InputError(f"{path}: found {found}; allowed: an address in each; {text}.")
    columns = enumerate(parse_columns(head, str(path)))
    cells = {head[c]: [column.read(row[c].strip()) for row in rows[1:]] for c, column in columns}
    return table(cells, where=str(path))


def configure_point(
    design: Design, point: int, scenarios: Mapping[str, Scenario], last: int
) -> tuple[Scenario, dict[str, float | ByYear]]:
    """Return the scenario and the changed parameters, by name, of one point.

    A parameter with a first year is a number by year, before which the value of all points holds.

    A column without years replaces the setting wherever the scenario uses the lever on the target; otherwise
    the lever is added from 2021.  A column with years is always added.  Columns of one lever, target and
    years make one lever use.
    scenarios  by name; "" is the scenario of points that name none
    last       last year simulated
    Raises InputError for a lever that would begin after the last year.
    """
    values = design.row(point)
    scenario = scenarios[str(values.get(SCENARIO, ""))]
    parameters: dict[str, float | ByYear] = {}
    added: dict[tuple[Any, ...], dict[str, Any]] = {}
    for column in design.columns:
        value = values[column.name]
        if column.name == SCENARIO or value == "" or value != value:
            continue
        if column.use is None:
            _set_parameter(parameters, column, float(value))
            continue
        use, meant = column.use, bool(value) if column.kind is bool else value
        if use.start is None and (changed := _replace_lever_setting(scenario, use, meant)):
            scenario = changed
            continue
        if use.begins > last:
            allowed = f"a first year up to {last}, as in {column.name.partition('@')[0]}@{last}"
            raise unusable(f"design: {column.name}", words=f"a lever from {use.begins}", allowed=allowed)
        added.setdefault((use.lever, use.targets, use.begins, use.end), {})[use.setting] = meant
    for (lever, targets, start, end), settings in added.items():
        scenario = scenario.with_lever(lever, list(targets), from_=start, to=end, **settings)
    for line in scenario.levers:
        line.judge()  # overriding is intended
    return scenario, parameters


def _set_parameter(parameters: dict[str, float | ByYear], column: Column, value: float) -> None:
    """Set the value of a parameter in all years or from its first year on, beside those of other columns."""
    before = parameters.get(column.parameter)
    by_year: dict[int, Any] = {ALWAYS: before} if isinstance(before, float) else {}
    by_year |= before.as_dict() if isinstance(before, ByYear) else {}
    by_year[ALWAYS if column.start is None else column.start] = value
    whole = by_year.keys() == {ALWAYS}
    parameters[column.parameter] = value if whole else ByYear(*zip(*sorted(by_year.items()), strict=True))


def _replace_lever_setting(scenario: Scenario, use: LeverAddress, value: Any) -> Scenario | None:
    """Replace a setting in every lever use of a scenario that includes all targets of the address.

    Returns None if the scenario has no such lever use.  Further targets of a lever use keep their settings.
    """
    levers = list[LeverUse]()
    for line in scenario.levers:
        if not use.within(line):
            levers.append(line)
            continue
        content = line.model_dump(by_alias=True)
        if others := [target for target in line.targets if target not in use.targets]:
            levers.append(LeverUse.model_validate(content | {"target": others}))
        levers.append(LeverUse.model_validate(content | {"target": list(use.targets), use.setting: value}))
    replaced = any(use.within(line) for line in scenario.levers)
    return scenario.model_copy(update={"levers": tuple(levers)}) if replaced else None


type Varied = Mapping[str, Any] | Sequence[str]

#: Default number of levels of a range in a grid or one at a time.
STEPS = 5

_KEYS = ("low", "high", "steps", "values")

#: Types of a pair of ends.
_LISTS = (list, tuple, np.ndarray)


class Variation(NamedTuple):
    """Variation of one column: a continuous range between two ends, or a list of levels."""

    column: Column
    ends: tuple[float, float] | None
    levels: list[Any]

    def at(self, unit: Floats) -> list[Any]:
        """Map positions from 0 to 1, (point,), to values of the range or to levels."""
        if self.ends is not None:
            low, high = self.ends
            return list(np.clip(low + unit * (high - low), low, high))
        return [self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)] for u in unit]


@checks_keywords()
def grid(varied: Varied) -> Design:
    """Build a full factorial design: all combinations of the levels, the last column changing fastest.

    Raises InputError for an address or level that cannot be used.
    """
    swept = _parse_variations(varied, pair_is_range=False)
    _check_count("design: points of the grid", math.prod(len(s.levels) for s in swept))
    points = list(itertools.product(*(s.levels for s in swept)))
    return _build_sampled_design(swept, [list(values) for values in zip(*points, strict=True)], "grid")


@checks_keywords()
def latin_hypercube(varied: Varied, n: int, *, seed: int = SEED) -> Design:
    """Draw a Latin hypercube of ``n`` points: each column has one point in each of ``n`` equal parts.

    The points are those of ``scipy.stats.qmc``, which takes a second to import.
    Raises InputError for an address, level or number that cannot be used.
    """
    swept, n = _parse_variations(varied), _check_count("design: n", n)
    (rng,) = np.random.default_rng(check_whole_number("design: seed", seed)).spawn(1)
    inside = rng.uniform(size=(n, len(swept)))
    parts = rng.permuted(np.tile(np.arange(1, n + 1), (len(swept), 1)), axis=1).T
    unit = (parts - inside) / n
    return _build_sampled_design(swept, [s.at(unit[:, c]) for c, s in enumerate(swept)], "latin_hypercube")


@checks_keywords()
def sobol(varied: Varied, n: int, *, seed: int = SEED) -> Design:
    """Draw the first ``n`` points of a scrambled Sobol sequence, best balanced where ``n`` is a power of two.

    Raises InputError for an address, level or number that cannot be used.
    """
    from scipy.stats import qmc

    swept, n = _parse_variations(varied), _check_count("design: n", n)
    rng = np.random.default_rng(check_whole_number("design: seed", seed))
    unit = qmc.Sobol(len(swept), rng=rng).random_base2((n - 1).bit_length())[:n]
    return _build_sampled_design(swept, [s.at(unit[:, c]) for c, s in enumerate(swept)], "sobol")


@checks_keywords()
def one_at_a_time(varied: Varied, *, steps: int = STEPS, base: Mapping[str, Any] | None = None) -> Design:
    """Build a design of a base point, followed by each column varied alone over its levels.

    steps  levels of a range without its own number of steps
    base   values of the base point by address; other columns keep the scenario's value
    Raises InputError for an address, level or number that cannot be used.
    """
    swept = _parse_variations(varied, steps=_check_count("design: steps", steps))
    if base is not None and not isinstance(base, Mapping):
        raise unusable("design: base", found=base, allowed="values by address, of columns that vary")
    names = [s.column.name for s in swept]
    start = base or {}
    at = {c.name: start[name] for c, name in zip(parse_columns(start, "design: base"), start, strict=True)}
    for name in at:
        if name not in names:
            raise unknown_name("design: base", found=name, known=names)
    still = [at.get(name) for name in names]
    points = [still]
    for position, one in enumerate(swept):
        points += [[*still[:position], level, *still[position + 1 :]] for level in one.levels]
    return _build_sampled_design(
        swept, [list(values) for values in zip(*points, strict=True)], "one_at_a_time"
    )


METHODS: dict[str, Callable[..., Design]] = {
    f.__name__: f for f in (grid, latin_hypercube, sobol, one_at_a_time)
}


def _build_sampled_design(swept: list[Variation], values: list[list[Any]], method: str) -> Design:
    """Build a design from values by column and point, with the ends of continuous ranges."""
    ranges = {s.column.name: s.ends for s in swept if s.ends is not None}
    columns = {s.column.name: v for s, v in zip(swept, values, strict=True)}
    return table(columns, method=method, ranges=ranges)


def _parse_variations(varied: Varied, *, pair_is_range: bool = True, steps: int = STEPS) -> list[Variation]:
    """Parse a list or mapping of addresses into variations, one for each column."""
    if isinstance(varied, str) or not isinstance(varied, Mapping | Sequence) or not varied:
        allowed = "a list of addresses, or a mapping from addresses to ranges or levels"
        raise unusable("design", found=varied, allowed=allowed)
    values = varied.values() if isinstance(varied, Mapping) else [None] * len(varied)
    columns = zip(parse_columns(varied), values, strict=True)
    return [_parse_variation(of, value, pair_is_range, steps) for of, value in columns]


def _parse_variation(of: Column, argument: Any, pair_is_range: bool, steps: int) -> Variation:
    """Build the variation of one column from its argument, or from its declaration for None."""
    where = f"design: {of.name}"
    if argument is None:
        usual = {bool: [False, True], str: list(of.choices), float: {"low": of.range[0], "high": of.range[1]}}
        argument = usual[of.kind]
        if not argument:
            raise unusable(where, words="nothing", allowed="a list of words")
    if isinstance(argument, Mapping):
        for key in argument:
            if key not in _KEYS:
                raise unknown_name(where, found=key, known=_KEYS)
        if "values" not in argument and not {"low", "high"} <= set(argument):
            raise unusable(where, found=dict(argument), allowed="low and high, or values")
        if "values" not in argument:
            steps = _check_count(f"{where}: steps", argument.get("steps", steps))
            return _build_range(of, (argument["low"], argument["high"]), steps, where)
        argument = argument["values"]
    elif of.kind is float and pair_is_range and isinstance(argument, _LISTS) and len(argument) == 2:
        return _build_range(of, tuple(argument), steps, where)
    alone = isinstance(argument, str | int | float)
    listed = isinstance(argument, Sequence | np.ndarray | Set) and not isinstance(argument, bytes | bytearray)
    if not alone and not listed:
        allowed = f"two ends, a list of levels, or a table of {', '.join(_KEYS)}; each level {of.allowed}"
        raise unusable(where, found=argument, allowed=allowed)
    levels = [argument] if alone else list(argument)
    if not levels:
        raise unusable(where, found=argument, allowed="at least one level")
    for number, level in enumerate(levels):
        of.check(level, where if alone else f"{where}: level {number}")
    return Variation(of, None, levels)


def _build_range(of: Column, ends: tuple[Any, ...], steps: int, where: str) -> Variation:
    """Build a continuous variation between two ends, with evenly spaced levels.

    Raises InputError for a column of words and for ends that are not finite, allowed and in order.
    """
    low, high = (of.check(end, f"{where}: {name}") for name, end in zip(("low", "high"), ends, strict=True))
    if isinstance(low, str) or isinstance(high, str):
        raise unusable(where, found=ends, allowed="a list of words")
    if of.kind is not float or not low <= high or not np.isfinite(high - low):
        raise unusable(where, found=ends, allowed=f"two numbers, the lower first, {of.allowed}")
    return Variation(of, (low, high), [float(v) for v in np.linspace(low, high, steps)])


def _check_count(where: str, value: Any) -> int:
    """Check a number of points or levels.  Raises InputError unless whole, at least 1 and not too large."""
    return check_whole_number(where, value, least=1, most=MOST_AT_ONCE)
