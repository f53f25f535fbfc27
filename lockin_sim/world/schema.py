"""Read the tables of the model: CSV files as arrays, each cell checked against ``columns.csv``.

``columns.csv`` declares every column of every table (itself included): its type, bounds, the names
it may hold, its source and its meaning.  ``exceptions.csv`` names the source of single values that
differ from their column.  A folder given by the user is read and checked in the same way; a table, or a
column that may be blank or is a flag, that its ``columns.csv`` does not declare is empty there, or 0.

Two kinds of tables: those that the model needs are read with the world; *record tables*, for
comparison and fitting, are read on demand by :func:`records`.  ``columns.csv`` says which, once:
it names a record table by its place below the folder, such as ``records/cable_years``.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import FIRST_YEAR, LAST_YEAR
from lockin_sim.common.errors import LARGEST, Defects, InputError, check_known, unknown_name, unusable
from lockin_sim.common.files import MOST_BYTES, check_path, number_of, read_rows, read_text
from lockin_sim.common.keywords import checks_keywords

type Column = NDArray[Any]

#: Rows to be added to tables, by table: cells by column.
type Added = Mapping[str, Sequence[Mapping[str, str]]]

#: Folder of the bundled tables.
DATA = Path(__file__).resolve().parent.parent / "data"
#: Subfolder of the record tables, with the slash that columns.csv writes.
RECORDS = "records/"

#: Tables whose rows stay in the order of their file: axes of results, operators by rank, and descriptions.
#: All others are read in the order of their keys, so that no number depends on how a file is sorted.
IN_FILE_ORDER = frozenset(
    {
        *("domains", "sponsors", "lenders", "standards", "bodies", "vendors", "groups", "offers"),
        *("operators", "columns", "policy_facts", "prices"),
    }
)

#: Tables without which there is no world.
_NEEDED = (
    *("countries", "domains", "economy", "groups", "offers", "owners", "sponsors", "standards"),
    *("vendors", "columns"),
)

#: Tables that describe, and that no rule reads: a folder may have none of them, or no row in one.
DESCRIPTIONS = frozenset({"exceptions", "policy_facts", "prices"})


class Rule(NamedTuple):
    """Declaration of a column in ``columns.csv``, as written there."""

    table: str
    column: str
    type: str
    key: str
    unit: str
    minimum: str
    maximum: str
    required: str
    refers_to: str
    covers: str
    source: str
    status: str
    meaning: str

    @property
    def may_be_absent(self) -> bool:
        """Whether a table may lack the column."""
        return self.required != "1" or self.type == "flag"


class Table(dict[str, Column]):
    """Table as a read-only dictionary from column name to an array of one value per row.

    Numbers are floats with NaN for a blank; integers are int64, or floats where blanks are allowed;
    flags are bool; texts are str, blank as ''; lists are tuples of str.

    name     table name
    labels   key of each row, its parts joined by '/'
    columns  the arrays
    """

    def __init__(self, name: str, labels: tuple[str, ...], columns: Mapping[str, Column]) -> None:
        super().__init__(columns)  # a dictionary, of which pandas and Polars make a table with columns
        self.name, self.labels = name, labels

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to rebuild the table, for copies and other processes."""
        return type(self), (self.name, self.labels, dict(self))

    def _refuse(self, *_: Any, **__: Any) -> Any:
        """Raise TypeError, since tables are shared."""
        raise TypeError(f"table {self.name!r} cannot be changed; dict(table) is a copy that can")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __repr__(self) -> str:
        """Return name, size and columns."""
        return f"<Table {self.name!r}: {len(self.labels):,} rows of {', '.join(self)}>"

    def rows(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Iterate over the label of each row and its cells in some columns."""
        return zip(self.labels, *(self[column].tolist() for column in columns), strict=True)

    def take(self, rows: Sequence[int]) -> Table:
        """Return the table with some of its rows, by their positions, in that order."""
        labels = tuple(self.labels[row] for row in rows)
        return Table(self.name, labels, {column: values[list(rows)] for column, values in self.items()})


def read_table(name: str, folder: str | Path | None = None) -> Table:
    """Read and check one table of either kind.

    name    table name, such as "countries"
    folder  folder of an edited copy of all tables; None = the bundled ones

    Raises :class:`~lockin_sim.common.errors.InputError` naming file, row and column of each defect.
    """
    return Folder.of(folder).table(name)


def read_all(folder: str | Path | None = None, added: Added | None = None) -> dict[str, Table]:
    """Read and check every table that the model needs, without record tables.  See :func:`read_table`.

    added  rows to append to those of the files
    """
    files, tables = Folder.of(folder, added), dict[str, Table]()
    with Defects() as defects:
        for name in files.needed:
            with defects.part():
                tables[name] = files.table(name)
    return tables


@cache
def record_tables() -> tuple[str, ...]:
    """Return the names of the bundled record tables, in the order of ``columns.csv``."""
    return tuple(Folder.of().records)


@checks_keywords()
def records(name: str, folder: str | Path | None = None) -> Table:
    """Read a table of recorded facts that the model does not read.

    ``pandas.DataFrame(records(name))`` makes a data frame of it.

    name    table name, such as "cable_suppliers"; docs/records.md lists all
    folder  folder of an edited copy of all tables; None for the bundled ones, each read once and
            read-only from then on

    Raises :class:`.InputError` for an unknown name, and for a defect, with its file, row and column.
    """
    if folder is None and isinstance(name, str) and name in record_tables():
        return _bundled_records(name)
    allowed = "the path of a folder with all tables"
    files = Folder(None if folder is None else check_path("records folder", folder, allowed))
    if isinstance(name, str) and name in files.needed:
        allowed = f"one that the model does not read; this is lockin_sim.world.schema.read_table({name!r})"
        raise unusable("record table", found=name, allowed=allowed)
    check_known("record table", name, files.records)
    return files.table(name)


def records_of(path: str | Path, names: Sequence[str]) -> Table:
    """Read a file of one's own with the columns of a bundled record table, checked like that table.

    Columns that may be blank, and flags, may be missing.  A source need not be one that the project knows.

    path   the file, in CSV
    names  record tables of which it may be one; its header decides which

    Raises :class:`~lockin_sim.common.errors.InputError` naming file, row and column of the first defect.
    """
    files = Folder.of()
    return files.table(files.replace_record(Path(path).absolute(), names))


@cache
def _bundled_records(name: str) -> Table:
    """Read a bundled table of records once, as read-only."""
    table = records(name, DATA)
    for column in table.values():
        column.flags.writeable = False
    return table


@cache
def _bundled_rules() -> dict[str, list[Rule]]:
    """Return the bundled declarations of the tables that the model needs."""
    files = Folder.of()
    return {name: files.rules[name] for name in files.needed}


def bounds(table: str, column: str) -> tuple[float, float]:
    """Return the smallest and the largest number that a column may hold."""
    rule = next(rule for rule in _bundled_rules()[table] if rule.column == column)
    return float(rule.minimum), float(rule.maximum)


@cache
def _bundled_folder() -> Folder:
    """Return the bundled folder, of which only the declarations have been read."""
    return Folder(None)


class Folder:
    """Files of one folder, each opened once, with rows added to them."""

    def __init__(self, folder: str | Path | None, added: Added | None = None) -> None:
        self.path, self._added = DATA if folder is None else Path(folder), added or {}
        if not (self.path / "columns.csv").exists():
            found = "no columns.csv in it" if self.path.is_dir() else "no such folder"
            allowed = "a folder with a copy of all tables of the bundled world"
            raise unusable(f"world folder {self.path}", words=found, allowed=allowed)
        self._rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self._names: dict[str, set[str]] = {}
        self._files: dict[str, str] = {}  # of tables that lie elsewhere
        self.rules: dict[str, list[Rule]] = {}
        self.records: dict[str, str] = {}  # name and place of each record table
        self._absent: dict[str, list[Rule]] = {}  # columns that the model knows and this folder does without
        declared = self.rows("columns", Rule._fields)
        for line, row in declared:
            if not row["table"]:
                raise unusable(f"columns.csv, line {line}, column table", found="", allowed="a table name")
            name = row["table"].removeprefix(RECORDS)
            if name != row["table"]:
                self.records[name] = row["table"]
            self.rules.setdefault(name, []).append(Rule(**row))
        self.needed = [name for name in self.rules if name not in self.records]
        if self.path == DATA:
            self.table("columns")  # the rules themselves must be sound before they judge other tables
            return
        known = _bundled_rules()
        self._order_columns(_bundled_folder().rules)
        self._do_without(known)
        own, self.rules["columns"] = self.rules["columns"], known["columns"]
        self.table("columns")
        self.rules["columns"] = own
        bundled = {(rule.table, rule.column): rule for rules in known.values() for rule in rules}
        for line, row in declared:
            if rule := bundled.get((row["table"], row["column"])):
                _check_rule(Rule(**row), rule, f"columns.csv, line {line} ({row['table']}/{row['column']})")

    @classmethod
    def of(cls, folder: str | Path | None = None, added: Added | None = None) -> Folder:
        """Return the files of a folder; the declarations of the bundled one are read and checked once."""
        if folder is not None or added:
            return cls(folder, added)
        files = copy(_bundled_folder())
        files._rows, files._files, files._absent = {}, {}, {}
        files._names, files.rules = dict(files._names), dict(files.rules)
        return files

    def _order_columns(self, known: Mapping[str, list[Rule]]) -> None:
        """Put the columns of each table into the model's order, in which keys are built; own ones follow."""
        for name in self.rules.keys() & known.keys():
            place = {rule.column: position for position, rule in enumerate(known[name])}
            self.rules[name] = sorted(self.rules[name], key=lambda rule: place.get(rule.column, len(place)))

    def _do_without(self, known: Mapping[str, list[Rule]]) -> None:
        """Note which known columns the folder does not declare.  Raises InputError for those it must."""
        for name, rules in known.items():
            own = {rule.column for rule in self.rules.get(name, ())}
            self._absent[name] = [rule for rule in rules if rule.column not in own]
            needed = [rule.column for rule in self._absent[name] if not rule.may_be_absent]
            where = f"columns.csv, table {name}"
            if name not in self.rules:
                if name in _NEEDED or (self.path / f"{name}.csv").exists():
                    why = "the model needs it" if name in _NEEDED else "there is such a table"
                    raise unusable(where, words=f"no row, though {why}", allowed="every table of the folder")
                self.rules[name] = []
                self.needed.append(name)
            elif needed:
                raise unusable(where, words=f"no column {needed[0]}", allowed="all that may not be blank")

    def content(self) -> str:
        """Compute the digest of the files that make a world, without record tables."""
        content = hashlib.sha256()
        for name in ("case.toml", *map(self.file, self.needed)):
            path = self.path / name
            content.update(
                f"{name}\n{read_text(path, name, most=MOST_BYTES) if path.exists() else ''}".encode()
            )
        return content.hexdigest()

    def replace_record(self, path: Path, names: Sequence[str]) -> str:
        """Read another file in place of the one of some record tables that its header fits.

        Raises InputError for a header that fits none, naming what it lacks or has in excess of the nearest.
        """
        _, header = next(read_rows(path, str(path)), (0, []))
        lacks = {
            n: {r.column for r in self.rules[n] if not r.may_be_absent}.difference(header) for n in names
        }
        nearest = min(names, key=lambda n: len(lacks[n]) + len(set(header).difference(self.columns(n))))
        for column in sorted(lacks[nearest]):
            wanted = f"the columns of one of {', '.join(names)}, which docs/validation.md lists"
            raise unusable(f"{path}, line 1", words=f"no column {column} of {nearest}", allowed=wanted)
        rules = [r for r in self.rules[nearest] if r.column in header]
        self._absent[nearest] = [r for r in self.rules[nearest] if r not in rules]
        self.rules[nearest] = [r._replace(refers_to="") if "sources.key" in r.refers_to else r for r in rules]
        self._files[nearest] = str(path)
        return nearest

    def rows(self, name: str, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
        """Return line number and cells of each row of a file that must have exactly these columns."""
        if name not in self._rows:
            absent = not columns or (name in DESCRIPTIONS and not (self.path / self.file(name)).exists())
            found = [] if absent else list(self._read(self.file(name), columns))
            more = enumerate(self._added.get(name, ()), found[-1][0] + 1 if found else 2)
            self._rows[name] = found + [
                (line, {column: row.get(column, "") for column in columns}) for line, row in more
            ]
        return self._rows[name]

    def file(self, name: str) -> str:
        """Return the file of a table, relative to the folder."""
        return self._files.get(name, f"{self.records.get(name, name)}.csv")

    def _read(self, file: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the lines of a file with exactly these columns, with their numbers."""
        lines = read_rows(self.path / file, file)
        _, header = next(lines, (0, []))
        for column in header:
            if column not in columns:
                raise unknown_name(f"{file}, line 1", found=column, known=columns)
        for column in columns:
            if header.count(column) != 1:
                found = "no such column" if column not in header else "the column twice"
                raise unusable(f"{file}, line 1, column {column}", words=found, allowed="the column once")
        empty = True
        for line, cells in lines:
            if len(cells) != len(header):
                where = f"{file}, line {line} ({cells[0] if cells else 'empty'})"
                raise unusable(where, words=f"{len(cells)} cells", allowed=f"{len(header)} cells")
            empty = False
            yield line, dict(zip(header, map(str.strip, cells), strict=True))
        if empty and file.removesuffix(".csv") not in DESCRIPTIONS:
            raise unusable(file, words="no rows", allowed="at least one row below the header")

    def _accepted(self, reference: str) -> set[str]:
        """Collect the names that ``refers_to`` accepts: literals, and all values of each table.column."""
        if reference not in self._names:
            accepted: set[str] = set()
            for part in reference.split("|"):
                table, dot, column = part.partition(".")
                if part == "sources.key":
                    bibliography = read_text(self.path / "sources.bib", "sources.bib", most=MOST_BYTES)
                    accepted |= set(re.findall(r"^@\w+\{([^,\s]+),", bibliography, re.MULTILINE))
                elif dot:
                    rows = self.rows(table, self.columns(table))
                    accepted |= {row[column] for _, row in rows if row.get(column)}
                else:
                    accepted.add(part)
            self._names[reference] = accepted
        return self._names[reference]

    def columns(self, name: str) -> list[str]:
        """Return the columns of a table, in order."""
        if name not in self.rules:
            raise unknown_name("table", found=name, known=self.rules)
        return [rule.column for rule in self.rules[name]]

    def table(self, name: str) -> Table:
        """Read a table, check every cell, and sort the rows by their keys, see :data:`IN_FILE_ORDER`.

        Raises :class:`InputError` for cells that are not allowed, and for a repeated key.
        """
        file, rows = self.file(name), self.rows(name, self.columns(name))
        parts = [rule.column for rule in self.rules[name] if rule.key == "1"]
        keys = ["/".join(row[part] for part in parts) for _, row in rows]
        columns = {}
        with Defects() as defects:
            for rule in self.rules[name]:

                def where(index: int, column: str = rule.column) -> str:
                    """Return file, line and column of a cell, for messages."""
                    return f"{file}, line {rows[index][0]} ({keys[index]}), column {column}"

                with defects.part():
                    names = self._accepted(rule.refers_to) if rule.refers_to else None
                    columns[rule.column] = _column(rule, [row[rule.column] for _, row in rows], names, where)
        for rule in self._absent.get(name, ()):
            columns[rule.column] = _array(rule, ["0" if rule.type == "flag" else ""] * len(rows), None, str)
        values = [_comparable(columns[part]) for part in parts]
        identities = list(zip(*values, strict=True)) if parts else [()] * len(rows)
        first: dict[tuple[Any, ...], int] = {}
        for (line, _), key, identity in zip(rows, keys, identities, strict=True):
            if first.setdefault(identity, line) != line:
                where_key = f"{file}, line {line}, columns {', '.join(parts)}"
                allowed = f"each key once (first on line {first[identity]})"
                raise unusable(where_key, found=key, allowed=allowed)
        table = Table(name, tuple(keys), columns)
        if name in IN_FILE_ORDER:
            return table
        return table.take(sorted(range(len(identities)), key=identities.__getitem__))


def _comparable(column: Column) -> list[Any]:
    """Return the values of a key column for sorting; a blank number comes first."""
    return [-math.inf if value != value else value for value in column.tolist()]


def _column(rule: Rule, cells: list[str], names: set[str] | None, where: Callable[[int], str]) -> Column:
    """Convert one column.  Raises InputError for cells that are not allowed, up to the maximum reported."""
    try:
        return _array(rule, cells, names, where)
    except InputError:
        with Defects() as defects:
            for index, cell in enumerate(cells):
                with defects.part():
                    _array(rule, [cell], names, lambda _, index=index: where(index))  # type: ignore[misc]
                if defects.enough:
                    break
        raise


def _array(rule: Rule, cells: list[str], names: set[str] | None, where: Callable[[int], str]) -> Column:
    """Convert the cells of one column to an array.  Raises InputError for the first cell not allowed."""
    most = math.inf if rule.type == "number" else LARGEST
    low, high = (float(end) if end else sign * most for end, sign in ((rule.minimum, -1), (rule.maximum, 1)))
    kind = "an integer" if rule.type == "integer" else "a number"
    text = f"{kind} from {rule.minimum} to {rule.maximum}" if rule.minimum or rule.maximum else kind
    if rule.type == "flag":
        text, low, high = "0 or 1", 0, 1
    values: list[Any] = []
    for index, cell in enumerate(cells):
        if not cell and rule.required == "1":
            raise unusable(where(index), found=cell, allowed=f"{rule.meaning} A blank is not")
        if rule.type in ("text", "choice", "list"):
            parts = cell.split(";") if rule.type == "list" else [cell]
            for part in parts if cell else ():
                if names is not None and part not in names:
                    raise unknown_name(where(index), found=part, known=names)
            values.append(tuple(parts) if rule.type == "list" else cell)
            continue
        try:
            value = number_of(cell) if cell else math.nan
            if cell and rule.type != "number":
                value = int(cell)
            if cell and not (low <= value <= high and math.isfinite(value)):
                raise ValueError(cell)
        except ValueError:
            raise unusable(where(index), found=cell, allowed=text) from None
        values.append(value)
    if rule.type == "list":
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    whole = np.int64 if rule.required == "1" else np.float64
    kinds: dict[str, Any] = {"text": np.str_, "choice": np.str_, "flag": np.bool_, "integer": whole}
    return np.array(values, dtype=kinds.get(rule.type, np.float64))


def _check_rule(rule: Rule, known: Rule, where: str) -> None:
    """Refuse a declaration that allows what the model does not support.

    An own case may declare another source, meaning, years and narrower bounds of a column, but not another
    kind.

    known  declaration in the bundled columns.csv
    """
    for name in ("type", "key", "unit", "refers_to"):
        found, allowed = getattr(rule, name), getattr(known, name)
        if found != allowed:
            text = f"{allowed!r}, as the model reads it"
            raise unusable(f"{where}, column {name}", found=found, allowed=text)
    if known.required == "1" and rule.required != "1":
        raise unusable(f"{where}, column required", found=rule.required, allowed="1, as the model needs it")
    for name, sign, word, year in (("minimum", 1, "least", FIRST_YEAR), ("maximum", -1, "most", LAST_YEAR)):
        found, allowed = getattr(rule, name), getattr(known, name)
        if known.unit == "year" and allowed:
            allowed = str(sign * min(sign * float(allowed), sign * year))
        if allowed and (not found or sign * float(found) < sign * float(allowed)):
            text = f"a number of at {word} {float(allowed):g}, as the model can use"
            raise unusable(f"{where}, column {name}", found=found, allowed=text)


STATUSES = ("measured", "estimated", "assumed")

#: Statuses of tables that say how a row was come by.
_STATUS_OF = {"read": "measured", "recalled": "assumed", "yours": "assumed"}

#: Columns that say where a value is from.
_ORIGIN = ("source", "status")

#: Columns that say how a value is shown or where it is from.
_NO_FACTS = {"source", "status", "color", "note", "label", "name", "unit", "rank"}


def status_counts(tables: Mapping[str, Table] | None = None) -> dict[str, dict[str, Counter[str]]]:
    """Count values by status, by table and column; keys do not count.

    tables  tables already read; None = the bundled ones
    """
    t = read_all() if tables is None else tables
    counts: dict[str, dict[str, Counter[str]]] = {}
    for _, name, column, key in t["columns"].rows("table", "column", "key"):
        if name in t and name not in ("columns", "exceptions") and not key and column not in _NO_FACTS:
            counts.setdefault(name, {})[column] = Counter(status for _, status in _origins(t, name, column))
    return {name: counts[name] for name in t if name in counts}


def provenance(
    table: str, key: str, column: str, *, tables: Mapping[str, Table] | None = None
) -> tuple[str, str]:
    """Return source and status of one value: a key of ``sources.bib``, and measured, estimated or assumed.

    Most specific first: an exception, the row's own ``source`` and ``status``, the column.

    table   table name, of either kind
    key     key of the row, its parts joined by '/'
    column  column name
    tables  tables already read; None = the bundled ones

    Raises :class:`.InputError` for an unknown table, row or column.
    """
    if tables is None:
        tables = read_all() | ({table: records(table)} if table in record_tables() else {})
    if table not in tables:
        raise unknown_name("table", found=table, known=tables)
    rows = tables[table]
    if column not in rows:
        raise unknown_name(f"column of {table}", found=column, known=rows)
    if key not in rows.labels:
        raise unknown_name(f"row of {table}", found=key, known=rows.labels)
    return _origins(tables, table, column)[rows.labels.index(key)]


def _origins(tables: Mapping[str, Table], table: str, column: str) -> list[tuple[str, str]]:
    """Return source and status of every value of a column, row by row."""
    rows, declared, special = tables[table], tables["columns"], tables["exceptions"]
    places = (f"{table}/{column}", f"{RECORDS}{table}/{column}")
    rule = next((row for row, label in enumerate(declared.labels) if label in places), None)
    if rule is None:
        raise unusable(f"columns.csv, {table}/{column}", words="no row", allowed="columns that it declares")
    usual = (
        np.resize(rows[what] if what in rows else declared[what][rule], len(rows.labels)) for what in _ORIGIN
    )
    origins = [
        (str(source), _STATUS_OF.get(status, str(status))) for source, status in zip(*usual, strict=True)
    ]
    for candidate in np.flatnonzero((special["table"] == table) & (special["column"] == column)):
        for row in (r for r, key in enumerate(rows.labels) if _matches(str(special["key"][candidate]), key)):
            origins[row] = (str(special["source"][candidate]), str(special["status"][candidate]))
    return origins


def _matches(pattern: str, key: str) -> bool:
    """Whether a key of ``exceptions.csv`` names a row; '*' stands for any part."""
    parts, wanted = key.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))
