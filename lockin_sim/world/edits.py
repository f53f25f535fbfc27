"""Edits of the tables of a world: shuffle rows, rename labels, repeat facts, and add a twin vendor.

None of these edits adds a fact: a sound model gives the same numbers for each label.
:func:`lockin_sim.check` and the tests of tables use the edits.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.files import MOST_BYTES, guard_cell, read_text
from lockin_sim.world.additions import get_origin
from lockin_sim.world.model import World
from lockin_sim.world.schema import Folder, Rule
from lockin_sim.world.states import ALIGNED, ALLIED
from lockin_sim.world.suppliers import SUCCESSORS

type Row = dict[str, str]

#: Tables whose labels can be renamed, and the column that has them.
LABELS = {
    "countries": "iso3",
    "domains": "domain",
    "vendors": "vendor",
    "sponsors": "sponsor",
    "standards": "standard",
    "bodies": "body",
    "lenders": "lender",
    "groups": "group",
}

#: Labels that a rule knows by name, by table: they cannot be renamed.
KNOWN = {"countries": ALIGNED | {ALLIED}, "vendors": frozenset(SUCCESSORS.values())}

#: Tables of which a label's last row can be repeated a year later (1), or its first a year before (-1):
#: column of the year, and the steps.
REPEATED = {
    **dict.fromkeys(("market_weights", "envelopes", "contributions"), ("year", (1, -1))),
    **dict.fromkeys(("sales_path", "standard_push", "quality"), ("year", (1, -1))),
    "salience": ("year", (-1,)),  # a later one would say that the record lasts longer
    "restrictions": ("year", (1,)),
    **dict.fromkeys(("support", "areas", "partners", "memberships", "blocs"), ("from", (1,))),
}

#: What two equal vendors share: halves of what the one has.
_HALVED = {"offers": "initial_base_share", "users_base": "share", "landings": "cables"}

#: Names in ``case.toml``, and the tables that they are labels of.
_IN_CASE = {
    "family": ("standards",),
    "sponsors": ("sponsors",),
    "groups": ("groups",),
    "domain": ("domains",),
    "actor": ("sponsors", "groups"),
}


class Sheets(NamedTuple):
    """Tables of a world as text.

    files  folder that the tables were read from;  rows  of each table;  case  content of ``case.toml``
    """

    files: Folder
    rows: Mapping[str, list[Row]]
    case: Mapping[str, Any]

    @classmethod
    def of(cls, world: World, *, records: bool = False) -> Sheets:
        """Read the tables from which a world was read.

        records  whether to include record tables
        Raises InputError for a world that was not read from tables.
        """
        files = get_origin(world, "check").files
        names = [name for name in [*files.needed, *(files.records if records else ())] if files.rules[name]]
        rows = {name: [row for _, row in files.rows(name, files.columns(name))] for name in names}
        rows["columns"] = [row for _, row in files.rows("columns", Rule._fields)]
        case = read_text(files.path / "case.toml", "case.toml", most=MOST_BYTES)
        return cls(files, rows, tomllib.loads(case))

    def edited(self, **rows: list[Row]) -> Sheets:
        """Return the tables with the rows of some tables replaced."""
        return self._replace(rows={**self.rows, **rows})

    def keys(self, table: str) -> list[str]:
        """List the columns that identify a row of a table."""
        return [rule.column for rule in self.files.rules[table] if rule.key == "1"]

    def write(self, folder: Path) -> Path:
        """Write the tables into a new folder, and return the folder."""
        folder.mkdir(parents=True)
        for name, rows in self.rows.items():
            path = folder / self.files.file(name)
            path.parent.mkdir(exist_ok=True)
            columns = list(Rule._fields) if name == "columns" else self.files.columns(name)
            with path.open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file, lineterminator="\n")
                out.writerow(columns)
                out.writerows([guard_cell(row[column]) for column in columns] for row in rows)
        (folder / "case.toml").write_text("".join(_format_toml(self.case)), encoding="utf-8")
        sources = read_text(self.files.path / "sources.bib", "sources.bib", most=MOST_BYTES)
        (folder / "sources.bib").write_text(sources, encoding="utf-8")
        return folder


def _format_toml(content: Mapping[str, Any], table: str = "") -> Iterator[str]:
    """Yield the lines of a TOML file: values first, then tables."""
    yield f"[{table}]\n" if table else ""
    for key, value in content.items():
        if not isinstance(value, dict):
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _format_toml(value, f"{table}.{key}".strip("."))


def shuffle_rows(sheets: Sheets, seed: int, tables: Collection[str] | None = None) -> Sheets:
    """Shuffle the rows of tables; operators without sizes keep their order, which is their rank.

    tables  names of the tables to shuffle; None: all
    """
    rng, result = np.random.default_rng(seed), dict[str, list[Row]]()
    for name in sheets.rows if tables is None else tables:
        rows = sheets.rows[name]
        mixed = [rows[position] for position in rng.permutation(len(rows))]
        mixed = rows[::-1] if mixed == rows else mixed  # by chance
        result[name] = _restore_ranks(mixed, rows) if name == "operators" else mixed
    return sheets.edited(**result)


def _restore_ranks(mixed: list[Row], rows: list[Row]) -> list[Row]:
    """Restore the original order of the operators without sizes within each market of a shuffled table."""

    def market(row: Row) -> tuple[str, str] | None:
        """Return domain and economy of an operator without a size, None for an operator with one."""
        return None if row["size_share"] else (row["domain"], row["iso3"])

    ranks: defaultdict[object, deque[Row]] = defaultdict(deque)
    for row in rows:
        ranks[market(row)].append(row)
    return [row if market(row) is None else ranks[market(row)].popleft() for row in mixed]


def rename_labels(sheets: Sheets, tables: Iterable[str] = LABELS) -> tuple[Sheets, dict[str, str]]:
    """Replace labels in all tables by new ones, and return the tables and the former label of each new one.

    Codes of economies keep their alphabetical order, in which projects land; the new labels of other tables
    sort in the reverse order of their rows.  Labels in :data:`KNOWN` stay.

    tables  names of the tables whose labels change
    """
    new = {table: _build_new_labels(sheets, table) for table in tables if table in sheets.rows}
    result = {
        table: [_rename_row_labels(sheets, table, row, new) for row in rows]
        for table, rows in sheets.rows.items()
        if table not in sheets.files.records
    }
    case = {
        key: _translate_label(value, [new.get(table, {}) for table in _IN_CASE.get(key, ())])
        for key, value in sheets.case.items()
    }
    former = {after: before for labels in new.values() for before, after in labels.items()}
    return Sheets(sheets.files, result, case), former


def _build_new_labels(sheets: Sheets, table: str) -> dict[str, str]:
    """Build the new label of each label of a table, except labels in :data:`KNOWN`."""
    labels = [row[LABELS[table]] for row in sheets.rows[table]]
    free = [label for label in labels if label not in KNOWN.get(table, ())]
    if table == "countries":  # "!" comes before all letters, so that the order stays
        return {label: f"{label}!" for label in free}
    return {label: f"{len(labels) - place:03}_{label}" for place, label in enumerate(free)}


def _translate_label(value: Any, labels: list[dict[str, str]]) -> Any:
    """Translate a label, or each label of a list, by the first mapping that contains it.

    A value in none of the mappings is returned unchanged.
    """
    if isinstance(value, list):
        return [_translate_label(each, labels) for each in value]
    return next((new[value] for new in labels if isinstance(value, str) and value in new), value)


def _rename_row_labels(sheets: Sheets, table: str, row: Row, new: Mapping[str, dict[str, str]]) -> Row:
    """Return a row with new labels in all columns that hold labels."""
    if table == "columns":
        return row | {"covers": _rename_exceptions(row["covers"], new.get("countries", {}))}
    result = dict(row)
    for rule in sheets.files.rules[table]:
        named = [part.partition(".")[::2] for part in rule.refers_to.split("|")]
        homes = [home for home, column in named if LABELS.get(home) == column]
        if LABELS.get(table) == rule.column:
            homes = [table]
        if table == "groups" and rule.column == "values":  # which mean what another column says
            homes = {"iso3": ["countries"], "loans": ["sponsors"]}.get(row["column"], [])
        labels = [new[home] for home in homes if home in new]
        cells = row[rule.column].split(";") if rule.type == "list" else [row[rule.column]]
        result[rule.column] = ";".join(_translate_label(cells, labels))
    return result


def _rename_exceptions(text: str, countries: Mapping[str, str]) -> str:
    """Replace the economies that a ``covers`` text excepts by their new labels."""
    of, word, but = text.partition(" except ")
    return of + word + "|".join(countries.get(label, label) for label in but.split("|"))


def append_repeated_rows(sheets: Sheets, tables: Iterable[str] = REPEATED) -> Sheets:
    """Append rows that repeat known facts.

    The last row of each label is repeated a year later, or its first row a year earlier.

    tables  names of the tables to extend, see :data:`REPEATED`
    """
    result = {}
    for table in (table for table in tables if sheets.rows.get(table)):
        column, steps = REPEATED[table]
        rule = next(rule for rule in sheets.files.rules[table] if rule.column == column)
        more = [
            row | {column: str(int(row[column]) + step)}
            for step in steps
            for row in _select_last_rows(sheets, table, column, step)
        ]
        result[table] = [*sheets.rows[table], *(row for row in more if _is_allowed_repeat(row, rule, column))]
    return sheets.edited(**result)


def _select_last_rows(sheets: Sheets, table: str, column: str, step: int) -> list[Row]:
    """Select the last row of each label by year, or the first if ``step`` is negative.

    A last row of kind "record" is left out, since a later row would extend the record of quality.
    """
    others = [key for key in sheets.keys(table) if key != column]
    last: dict[tuple[str, ...], Row] = {}
    for row in sorted(sheets.rows[table], key=lambda row: step * int(row[column])):
        last[tuple(row[key] for key in others)] = row
    return [row for row in last.values() if step < 0 or row.get("kind") != "record"]


def _is_allowed_repeat(row: Row, rule: Rule, column: str) -> bool:
    """Whether the year of a repeated row is within the bounds of its column and not after ``until``."""
    year = int(row[column])
    within = float(rule.minimum) <= year <= float(rule.maximum)
    return within and year <= int(row.get("until") or year)


def split_vendor(sheets: Sheets, vendor: str, twin: str) -> Sheets:
    """Split a vendor into two equal vendors, each with half of its amounts of the first year.

    Contracts on record stay with the original vendor.
    """
    result = {}
    for table, rows in sheets.rows.items():
        if table == "contracts" or "vendor" not in sheets.keys(table) or table in sheets.files.records:
            continue
        half = _build_halver(_HALVED.get(table))
        of_one = [half(row) for row in rows if row["vendor"] == vendor]
        others = [row for row in rows if row["vendor"] != vendor]
        result[table] = [*others, *of_one, *({**row, "vendor": twin} for row in of_one)]
    return sheets.edited(**result)


def _build_halver(column: str | None) -> Callable[[Row], Row]:
    """Build a function that halves the number in ``column`` of a row.

    The function leaves the row unchanged if ``column`` is None or the cell is blank.
    """
    return lambda row: row | ({column: repr(float(row[column]) / 2)} if column and row[column] else {})
