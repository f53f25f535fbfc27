"""The tables of the model: CSV files read into arrays, each cell checked against ``columns.csv``.

``columns.csv`` declares every column of every table (itself included): its type, bounds, the names
it may hold, its source and its meaning.  ``exceptions.csv`` names the source of single values that
differ from their column.  A folder given by the user is read and checked in the same way; a table, or a
column that may be blank or is a flag, that its ``columns.csv`` does not declare is empty there, or 0.

Two kinds of tables: those that the model needs are read with the world; *record tables*, for
comparison and fitting, are read on demand by :func:`records`.  ``columns.csv`` says which, once:
it names a record table by its place below the folder, such as ``records/cable_years``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lockin_sim.errors import Defects, InputError, unknown_name, unusable
from lockin_sim.files import MOST_BYTES, rows_of, text_of
from lockin_sim.world.cells import Column, Rule, check_rule, column_of

#: Folder of the bundled tables.
DATA = Path(__file__).resolve().parent.parent / "data"
#: Subfolder of the record tables, with the slash that columns.csv writes.
RECORDS = "records/"


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

    Raises :class:`~lockin_sim.errors.InputError` naming file, row and column of each defect.
    """
    return Folder(folder).table(name)


def read_all(folder: str | Path | None = None) -> dict[str, Table]:
    """Every table that the model needs, checked; record tables stay unread.  See :func:`read_table`."""
    files, found = Folder(folder), dict[str, Table]()
    with Defects() as defects:
        for name in files.needed:
            with defects.part():
                found[name] = files.table(name)
    return found


def record_tables(folder: str | Path | None = None) -> tuple[str, ...]:
    """Names of the record tables, in the order of ``columns.csv``; folder as in :func:`read_table`."""
    return tuple(Folder(folder).records)


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
    files = Folder(folder)
    if name not in files.records:
        raise unknown_name("record table", found=name, known=files.records)
    return files.table(name)


#: Tables without which there is no world.
_NEEDED = (
    *("countries", "domains", "economy", "exceptions", "groups", "offers", "owners", "sponsors", "standards"),
    *("vendors", "columns"),
)


@cache
def _bundled_rules() -> dict[str, list[Rule]]:
    """What the bundled folder declares of the tables that the model needs."""
    files = Folder(None)
    return {name: files.rules[name] for name in files.needed}


def bounds(table: str, column: str) -> tuple[float, float]:
    """The smallest and the largest number that a column may hold."""
    rule = next(rule for rule in _bundled_rules()[table] if rule.column == column)
    return float(rule.minimum), float(rule.maximum)


@cache
def _bundled_records(name: str) -> Table:
    """A bundled table of records, read once and not to be written to."""
    table = records(name, DATA)
    for column in table.values():
        column.flags.writeable = False
    return table


class Folder:
    """The files of one folder, each opened once."""

    def __init__(self, folder: str | Path | None) -> None:
        self.path = DATA if folder is None else Path(folder)
        if not (self.path / "columns.csv").exists():
            found = "no columns.csv in it" if self.path.is_dir() else "no such folder"
            allowed = "a folder with a copy of all tables of the bundled world"
            raise unusable(f"world folder {self.path}", found=found, allowed=allowed)
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
        self.needed = [name for name in self.rules if name not in self.records]
        self.undeclared: dict[
            str, list[Rule]
        ] = {}  # columns that the model knows and this folder does without
        if self.path == DATA:
            self.table("columns")  # the rules themselves must be sound before they judge other tables
            return
        known = _bundled_rules()
        self._do_without(known)
        own, self.rules["columns"] = self.rules["columns"], known["columns"]
        self.table("columns")
        self.rules["columns"] = own
        declared = {(rule.table, rule.column): rule for rules in known.values() for rule in rules}
        for line, row in self.rows("columns", list(Rule._fields)):
            if (row["table"], row["column"]) in declared:
                where = f"columns.csv, line {line} ({row['table']}/{row['column']})"
                check_rule(Rule(**row), declared[row["table"], row["column"]], where)

    def _do_without(self, known: Mapping[str, list[Rule]]) -> None:
        """Note what the model knows and the folder does not declare; InputError for what it must declare."""
        for name, rules in known.items():
            mine = {rule.column for rule in self.rules.get(name, ())}
            missing = [rule for rule in rules if rule.column not in mine]
            if name not in self.rules:
                if name in _NEEDED or (self.path / f"{name}.csv").exists():
                    why = "the model needs it" if name in _NEEDED else "there is such a table"
                    where = f"columns.csv, table {name}"
                    raise unusable(where, found=f"no row, though {why}", allowed="every table of the folder")
                self.rules[name] = []
                self.needed.append(name)
            elif needed := [rule for rule in missing if rule.required == "1" and rule.type != "flag"]:
                where = f"columns.csv, table {name}"
                raise unusable(
                    where, found=f"no column {needed[0].column}", allowed="all that may not be blank"
                )
            self.undeclared[name] = missing

    def rows(self, name: str, columns: list[str]) -> list[tuple[int, dict[str, str]]]:
        """Line number and cells of each row of a file that must have exactly these columns."""
        if name not in self._rows:
            self._rows[name] = list(self._read(self.file(name), columns)) if columns else []
        return self._rows[name]

    def file(self, name: str) -> str:
        """The file of a table, below the folder."""
        return f"{self.records.get(name, name)}.csv"

    def _read(self, file: str, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """The lines of a table that has just these columns, with their numbers."""
        lines = rows_of(self.path / file, file)
        _, header = next(lines, (0, []))
        for column in header:
            if column not in columns:
                raise unknown_name(f"{file}, line 1", found=column, known=columns)
        for column in columns:
            if header.count(column) != 1:
                found = "no such column" if column not in header else "the column twice"
                raise unusable(f"{file}, line 1, column {column}", found=found, allowed="the column once")
        empty = True
        for line, cells in lines:
            if len(cells) != len(header):
                where = f"{file}, line {line} ({cells[0] if cells else 'empty'})"
                raise unusable(where, found=f"{len(cells)} cells", allowed=f"{len(header)} cells")
            empty = False
            yield line, dict(zip(header, map(str.strip, cells), strict=True))
        if empty:
            raise unusable(file, found="no rows", allowed="at least one row below the header")

    def names(self, reference: str) -> set[str]:
        """Names that ``refers_to`` accepts: literals, and all values of each table.column."""
        if reference not in self._names:
            accepted: set[str] = set()
            for part in reference.split("|"):
                table, dot, column = part.partition(".")
                if part == "sources.key":
                    bibliography = text_of(self.path / "sources.bib", "sources.bib", most=MOST_BYTES)
                    accepted |= set(re.findall(r"^@\w+\{([^,\s]+),", bibliography, re.MULTILINE))
                elif dot:
                    rows = self.rows(table, self._columns(table))
                    accepted |= {row[column] for _, row in rows if row.get(column)}
                else:
                    accepted.add(part)
            self._names[reference] = accepted
        return self._names[reference]

    def _columns(self, name: str) -> list[str]:
        """The columns of a table, in order."""
        if name not in self.rules:
            raise unknown_name("table", found=name, known=self.rules)
        return [rule.column for rule in self.rules[name]]

    def table(self, name: str) -> Table:
        """Read the table and judge every cell, and that no key comes twice; else :class:`InputError`."""
        rows = self.rows(name, self._columns(name))
        parts = [rule.column for rule in self.rules[name] if rule.key == "1"]
        keys = ["/".join(row[part] for part in parts) for _, row in rows]
        columns = {}
        with Defects() as defects:
            for rule in self.rules[name]:

                def where(index: int, column: str = rule.column) -> str:
                    """File, line and column of a cell, for messages."""
                    return f"{self.file(name)}, line {rows[index][0]} ({keys[index]}), column {column}"

                with defects.part():
                    names = self.names(rule.refers_to) if rule.refers_to else None
                    columns[rule.column] = _column(rule, [row[rule.column] for _, row in rows], names, where)
        for rule in self.undeclared.get(name, ()):
            blank = ["0" if rule.type == "flag" else ""] * len(rows)
            columns[rule.column] = column_of(rule, blank, None, str)
        first: dict[str, int] = {}
        for (line, _), key in zip(rows, keys, strict=True):
            if first.setdefault(key, line) != line:
                where_key = f"{self.file(name)}, line {line}, columns {', '.join(parts)}"
                raise unusable(where_key, found=key, allowed=f"each key once (first on line {first[key]})")
        return Table(name, tuple(keys), columns)


def _column(rule: Rule, cells: list[str], names: set[str] | None, where: Callable[[int], str]) -> Column:
    """One column.  Raises InputError for all cells that are not allowed, up to as many as are told."""
    try:
        return column_of(rule, cells, names, where)
    except InputError:
        with Defects() as defects:
            for index, cell in enumerate(cells):
                with defects.part():
                    column_of(rule, [cell], names, lambda _, index=index: where(index))  # type: ignore[misc]
                if defects.enough:
                    break
        raise
