"""The tables of the model: CSV files read into arrays, each cell checked against ``columns.csv``.

``columns.csv`` declares every column of every table (itself included): its type, bounds, the names
it may hold, its source and its meaning.  ``exceptions.csv`` names the source of single values that
differ from their column.  A folder given by the user is read and checked in the same way.

Two kinds of tables: those that the model needs are read with the world; *record tables*, for
comparison and fitting, are read on demand by :func:`records`.  ``columns.csv`` says which, once:
it names a record table by its place below the folder, such as ``records/cable_years``.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.errors import unknown_name, unusable

type Column = NDArray[Any]

#: Folder of the bundled tables.
DATA = Path(__file__).resolve().parent.parent / "data"
#: Subfolder of the record tables, with the slash that columns.csv writes.
RECORDS = "records/"


class Rule(NamedTuple):
    """What ``columns.csv`` says of one column; all as written there."""

    table: str
    column: str
    type: str
    key: str
    unit: str
    minimum: str
    maximum: str
    required: str
    refers_to: str
    source: str
    status: str
    meaning: str


@dataclass(frozen=True, eq=False)
class Table(Mapping[str, Column]):
    """One table: a mapping from column name to an array of one value a row.

    Numbers are floats with NaN for a blank; integers are int64, or floats where blanks are allowed;
    flags are bool; texts are str, blank as ''; lists are tuples of str.

    name     table name
    labels   key of each row, its parts joined by '/'
    columns  the arrays
    """

    name: str
    labels: tuple[str, ...]
    columns: dict[str, Column]

    def __getitem__(self, column: str) -> Column:
        return self.columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def read_table(name: str, folder: str | Path | None = None) -> Table:
    """One table of either kind, checked.

    name    table name, such as "countries"
    folder  folder of an edited copy of all tables; None for the bundled ones

    Raises :class:`~lockin_sim.errors.InputError` naming file, row and column of the first defect.
    """
    return _Folder(folder).table(name)


def read_all(folder: str | Path | None = None) -> dict[str, Table]:
    """Every table that the model needs, checked; record tables stay unread.  See :func:`read_table`."""
    files = _Folder(folder)
    return {name: files.table(name) for name in files.rules if name not in files.records}


def record_tables(folder: str | Path | None = None) -> tuple[str, ...]:
    """Names of the record tables, in the order of ``columns.csv``; folder as in :func:`read_table`."""
    return tuple(_Folder(folder).records)


def records(name: str, folder: str | Path | None = None) -> Table:
    """One record table: recorded facts that the model does not read.

    ``pandas.DataFrame(dict(records(name)))`` makes a data frame of it.

    name    table name, such as "cable_suppliers"; all are listed in docs/data.md
    folder  folder of an edited copy of all tables; None for the bundled ones, each read once and
            read-only from then on

    Raises :class:`~lockin_sim.errors.InputError` for an unknown name, or naming file, row and column of
    the first defect.
    """
    if folder is None:
        return _bundled_records(name)
    files = _Folder(folder)
    if name not in files.records:
        raise unknown_name("record table", found=name, known=files.records)
    return files.table(name)


@cache
def _bundled_records(name: str) -> Table:
    table = records(name, DATA)
    for column in table.values():
        column.flags.writeable = False
    return table


def provenance(
    table: str, key: str, column: str, *, tables: Mapping[str, Table] | None = None
) -> tuple[str, str]:
    """Source and status of one value: a key of ``sources.bib``, and measured, estimated or assumed.

    Most specific first: an exception, the row's own ``source`` and ``status``, the column.

    table   table name, of either kind
    key     key of the row, its parts joined by '/'
    column  column name
    tables  tables already read; None reads the bundled ones

    Raises :class:`~lockin_sim.errors.InputError` for an unknown table, row or column.
    """
    if tables is None:
        tables = read_all() | ({table: records(table)} if table in record_tables() else {})
    if table not in tables:
        raise unknown_name("table", found=table, known=tables)
    asked = tables[table]
    if column not in asked:
        raise unknown_name(f"column of {table}", found=column, known=asked)
    if key not in asked.labels:
        raise unknown_name(f"row of {table}", found=key, known=asked.labels)
    declared, special = tables["columns"], tables["exceptions"]
    places = (f"{table}/{column}", f"{RECORDS}{table}/{column}")
    rule = next(row for row, label in enumerate(declared.labels) if label in places)
    found = {what: str(declared[what][rule]) for what in ("source", "status")}
    row = asked.labels.index(key)
    found |= {what: str(asked[what][row]) for what in found if what in asked}
    for candidate in np.flatnonzero((special["table"] == table) & (special["column"] == column)):
        if _matches(str(special["key"][candidate]), key):
            found = {what: str(special[what][candidate]) for what in found}
    return found["source"], found["status"]


class _Folder:
    """The files of one folder, each opened once."""

    def __init__(self, folder: str | Path | None) -> None:
        self.path = DATA if folder is None else Path(folder)
        self._rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self._names: dict[str, set[str]] = {}
        self.rules: dict[str, list[Rule]] = {}
        self.records: dict[str, str] = {}  # name and place of each record table
        for line, row in self.rows("columns", list(Rule._fields)):
            if not row["table"]:
                raise unusable(f"columns.csv, line {line}, column table", found="", allowed="a table name")
            name = row["table"].removeprefix(RECORDS)
            if name != row["table"]:
                self.records[name] = row["table"]
            self.rules.setdefault(name, []).append(Rule(**row))
        self.table("columns")  # the rules themselves must be sound before they judge other tables

    def rows(self, name: str, columns: list[str]) -> list[tuple[int, dict[str, str]]]:
        """Line number and cells of each row of a file that must have exactly these columns."""
        if name not in self._rows:
            self._rows[name] = list(self._read(self.file(name), columns))
        return self._rows[name]

    def file(self, name: str) -> str:
        """The file of a table, below the folder."""
        return f"{self.records.get(name, name)}.csv"

    def _read(self, file: str, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
        lines = csv.reader(self._text(file).splitlines())
        header = next(lines, [])
        for column in header:
            if column not in columns:
                raise unknown_name(f"{file}, line 1", found=column, known=columns)
        for column in columns:
            if header.count(column) != 1:
                found = "no such column" if column not in header else "the column twice"
                raise unusable(f"{file}, line 1, column {column}", found=found, allowed="the column once")
        empty = True
        for cells in lines:
            if len(cells) != len(header):
                where = f"{file}, line {lines.line_num} ({cells[0] if cells else 'empty'})"
                raise unusable(where, found=f"{len(cells)} cells", allowed=f"{len(header)} cells")
            empty = False
            yield lines.line_num, dict(zip(header, map(str.strip, cells), strict=True))
        if empty:
            raise unusable(file, found="no rows", allowed="at least one row below the header")

    def _text(self, file: str) -> str:
        try:
            return (self.path / file).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise unusable(str(self.path / file), found="no such file", allowed="a table") from None
        except UnicodeDecodeError as error:
            raise unusable(file, found=str(error), allowed="text in UTF-8") from None

    def names(self, reference: str) -> set[str]:
        """Names that ``refers_to`` accepts: literals, and all values of each table.column."""
        if reference not in self._names:
            accepted: set[str] = set()
            for part in reference.split("|"):
                table, dot, column = part.partition(".")
                if part == "sources.key":
                    accepted |= set(re.findall(r"^@\w+\{([^,\s]+),", self._text("sources.bib"), re.MULTILINE))
                elif dot:
                    accepted |= {row[column] for _, row in self.rows(table, self._columns(table))}
                else:
                    accepted.add(part)
            self._names[reference] = accepted
        return self._names[reference]

    def _columns(self, name: str) -> list[str]:
        if name not in self.rules:
            raise unknown_name("table", found=name, known=self.rules)
        return [rule.column for rule in self.rules[name]]

    def table(self, name: str) -> Table:
        """Read the table and judge every cell, and that no key comes twice; else :class:`InputError`."""
        rows = self.rows(name, self._columns(name))
        parts = [rule.column for rule in self.rules[name] if rule.key == "1"]
        keys = ["/".join(row[part] for part in parts) for _, row in rows]
        columns = {}
        for rule in self.rules[name]:

            def where(index: int, column: str = rule.column) -> str:
                return f"{self.file(name)}, line {rows[index][0]} ({keys[index]}), column {column}"

            names = self.names(rule.refers_to) if rule.refers_to else None
            columns[rule.column] = _column(rule, [row[rule.column] for _, row in rows], names, where)
        first: dict[str, int] = {}
        for (line, _), key in zip(rows, keys, strict=True):
            if first.setdefault(key, line) != line:
                where_key = f"{self.file(name)}, line {line}, columns {', '.join(parts)}"
                raise unusable(where_key, found=key, allowed=f"each key once (first on line {first[key]})")
        return Table(name, tuple(keys), columns)


def _column(rule: Rule, cells: list[str], names: set[str] | None, where: Callable[[int], str]) -> Column:
    """The cells of one column as an array, or the error of the first that is not allowed."""
    low, high = float(rule.minimum or -math.inf), float(rule.maximum or math.inf)
    kind = "an integer" if rule.type == "integer" else "a number"
    text = f"{kind} from {rule.minimum} to {rule.maximum}" if rule.minimum or rule.maximum else kind
    if rule.type == "flag":
        text, low, high = "0 or 1", 0, 1
    values: list[Any] = []
    for index, cell in enumerate(cells):
        if not cell and rule.required == "1":
            raise unusable(where(index), found=cell, allowed=f"{rule.meaning} A blank is not")
        if rule.type in {"text", "choice", "list"}:
            parts = cell.split(";") if rule.type == "list" else [cell]
            for part in parts if cell else ():
                if names is not None and part not in names:
                    raise unknown_name(where(index), found=part, known=names)
            values.append(tuple(cell.split(";")) if rule.type == "list" else cell)
            continue
        try:
            value = (float if rule.type == "number" else int)(cell) if cell else math.nan
        except ValueError:
            raise unusable(where(index), found=cell, allowed=text) from None
        if cell and not (low <= value <= high and math.isfinite(value)):
            raise unusable(where(index), found=cell, allowed=text)
        values.append(value)
    if rule.type == "list":
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    if rule.type in {"text", "choice"}:
        return np.array(values, dtype=np.str_)
    if rule.type == "flag":
        return np.array(values, dtype=np.bool_)
    return np.array(values, dtype=np.int64 if rule.type == "integer" and rule.required == "1" else np.float64)


def _matches(pattern: str, key: str) -> bool:
    """Whether a key of ``exceptions.csv`` names this row; '*' stands for any part."""
    parts, wanted = key.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))
