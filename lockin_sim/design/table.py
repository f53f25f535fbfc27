"""A design as a table: points by columns, checked against the declarations, and what a point stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim import notebook
from lockin_sim.design.columns import SCENARIO, START, Column, Use, columns_of
from lockin_sim.errors import InputError, unusable
from lockin_sim.files import rows_of
from lockin_sim.lever_use import LeverUse
from lockin_sim.notebook import plain
from lockin_sim.numeric import check_alike, check_listed
from lockin_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """Points to simulate.

    columns  what varies
    values   by address, (point,): numbers in the unit of the column, or words; a missing one (NaN, or an
             empty word) leaves the scenario as it is
    method   how the points were chosen
    ranges   by address, the ends between which points were spread, where they were
    folder   where files of scenarios lie; None = where their paths lead from here
    """

    columns: tuple[Column, ...]
    values: Mapping[str, NDArray[Any]]
    method: str = "table"
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    folder: Path | None = None

    def __repr__(self) -> str:
        """Size and addresses, not the points."""
        return f"<Design {self.method!r}: {len(self)} points over {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        rows = ([c.name, *self._ends(c), c.unit, c.doc] for c in self.columns)
        text = f"{len(self)} points, {self.method}; {self.hash} is their hash."
        shown = notebook.table(["address", "least", "most", "unit", "meaning"], rows, words=(3, 4))
        return notebook.sentence(text) + "\n" + shown

    def _ends(self, column: Column) -> tuple[str, str]:
        """The least and the largest value, or the first and the last word of the alphabet."""
        values = self.values[column.name]
        given = np.sort(values[values != ""] if values.dtype.kind == "U" else values[~np.isnan(values)])
        return (plain(given[0].item()), plain(given[-1].item())) if len(given) else ("", "")

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
        """Twelve hex digits that change with any address, value or order of points."""
        content = hashlib.sha256()
        for name in self.names:
            values = self.values[name]
            text = values.tolist() if values.dtype.kind == "U" else [float(v).hex() for v in values]
            content.update(repr((name, text)).encode())
        return content.hexdigest()[:12]

    def rows(self, points: range) -> Design:
        """Some points of the design."""
        part = {name: values[points.start : points.stop] for name, values in self.values.items()}
        return replace(self, values=part)

    def row(self, point: int) -> dict[str, float | str]:
        """The values of one point by address."""
        return {name: self.values[name][point].item() for name in self.names}

    def to_dataframe(self) -> pd.DataFrame:
        """The table, one row a point."""
        import pandas as pd

        return pd.DataFrame({name: self.values[name] for name in self.names}).rename_axis("point")


def table(
    data: Mapping[str, Sequence[Any]] | pd.DataFrame,
    *,
    method: str = "table",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    where: str = "design",
) -> Design:
    """A design from columns by address: a mapping to sequences, or a DataFrame.

    where  what messages call the table
    Raises InputError for an address that stands for nothing, two that mean the same, a value that its
    declaration does not allow, columns of different length, or no point at all.
    """
    if not hasattr(data, "items") or not hasattr(data, "keys"):
        raise unusable(where, found=type(data).__name__, allowed="a DataFrame, or a mapping from addresses")
    names = list(data.keys())
    columns, given = columns_of(names, where), dict[str, list[Any]]()
    for c, name in zip(columns, names, strict=True):
        allowed = "a list, one value for each point, as of df.to_dict('list')"
        check_listed(f"{where}: {name}", data[name], allowed=allowed)
        column: Any = data[name]
        given[c.name] = list(column.to_numpy() if hasattr(column, "to_numpy") else column)
    check_alike(where, {str(name): data[name] for name in names})
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise InputError(f"{where}: lengths {lengths}; allowed: columns of one length, at least one point.")
    values = {c.name: c.checked(given[c.name], where) for c in columns}
    return Design(tuple(columns), values, method, dict(ranges or {}))


def read_csv(path: str | Path) -> Design:
    """A design from a CSV file in UTF-8: addresses in the first line, one point a line; blank or NaN = as is.

    Raises InputError for a file that cannot be read, or as :func:`table` does.
    """
    if not isinstance(path, str | Path):
        raise unusable("design file", found=path, allowed="the path of a CSV file in UTF-8")
    lines = [(line, row) for line, row in rows_of(path, f"design file {path}") if row]
    rows = [row for _, row in lines]
    if len(rows) < 2:
        raise unusable(str(path), found=f"{len(rows)} lines", allowed="a line of addresses, and points")
    head = [name.strip() for name in rows[0]]
    uneven = [line for line, row in lines if len(row) != len(head)]
    if uneven:
        raise InputError(f"{path}, line {uneven[0]}: allowed: {len(head)} cells, as in the first line.")
    if "" in head:
        found = f"column {head.index('') + 1} of the first line without an address"
        text = "`to_csv(..., index=False)` of pandas writes no column for the index"
        raise InputError(f"{path}: found {found}; allowed: an address in each; {text}.")
    columns = enumerate(columns_of(head, str(path)))
    cells = {head[c]: [column.read(row[c].strip()) for row in rows[1:]] for c, column in columns}
    return table(cells, where=str(path))


class Point(NamedTuple):
    """One point of a design, ready to simulate."""

    scenario: Scenario
    parameters: dict[str, float]


def point_of(design: Design, point: int, scenarios: Mapping[str, Scenario], last: int) -> Point:
    """The scenario and the changed parameters of one point.

    A column without years takes the place of the setting wherever the scenario uses the lever on the target;
    where it does not, the lever is added from 2021 on.  A column with years is always added.  Columns of one
    lever, target and years make one lever.
    scenarios  by name; "" is the one of points that name none
    last       last year simulated
    Raises InputError for a lever that would begin after it.
    """
    values = design.row(point)
    scenario = scenarios[str(values.get(SCENARIO, ""))]
    parameters: dict[str, float] = {}
    added: dict[tuple[Any, ...], dict[str, Any]] = {}
    for column in design.columns:
        value = values[column.name]
        if column.name == SCENARIO or value == "" or value != value:
            continue
        if column.use is None:
            parameters[column.name] = float(value)
            continue
        changed = (
            None if column.use.start is not None else _replaced(scenario, column.use, _as(column, value))
        )
        if changed is not None:
            scenario = changed
            continue
        use = column.use
        start = START if use.start is None else use.start
        if start > last:
            allowed = f"a first year up to {last}, as in {column.name.partition('@')[0]}@{last}"
            raise unusable(f"design: {column.name}", found=f"a lever from {start}", allowed=allowed)
        added.setdefault((use.lever, use.targets, start, use.end), {})[use.setting] = _as(column, value)
    for (lever, targets, start, end), settings in added.items():
        scenario = scenario.with_lever(lever, list(targets), from_=start, to=end, **settings)
    for line in scenario.levers:
        line.judge()  # what a column overrides is meant
    return Point(scenario, parameters)


def _as(column: Column, value: float | str) -> Any:
    """The value with the type that the lever declares."""
    return bool(value) if column.kind is bool else value


def _replaced(scenario: Scenario, use: Use, value: Any) -> Scenario | None:
    """The scenario with the setting replaced wherever it uses the lever on the targets; None if nowhere.

    Where a use names further targets, these keep what they had.
    """
    wanted, levers, found = set(use.targets), [], False
    for entry in scenario.levers:
        if not use.within(entry):
            levers.append(entry)
            continue
        found = True
        others = [t for t in entry.targets if t not in wanted]
        content = entry.model_dump(by_alias=True)
        if others:
            levers.append(LeverUse.model_validate(content | {"target": others}))
        levers.append(LeverUse.model_validate(content | {"target": list(use.targets), use.setting: value}))
    return scenario.model_copy(update={"levers": tuple(levers)}) if found else None
