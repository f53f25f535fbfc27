"""Rows that must be there: what the keys of each table cover, as ``columns.csv`` declares it.

A table is incomplete where a row is missing that the model would put a default in the place of.  The column
``covers`` says of a key which names or years it must hold:

* ``countries.iso3``: all values of a column of a table;
* ``years``: all from the first year of the case to the last of recorded facts; ``2010-2020``: these years;
* with ``except HKG|MAC`` behind: all but these.

Keys of one table that cover columns of one other table cover its rows together, as domain and vendor cover
the rows of ``offers``; otherwise each combination must be there.  Of keys that cover nothing one value is
enough.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import NamedTuple

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world.case import Span
from lockin_sim.world.tables import Table

#: Missing rows that a message names.
_NAMED = 4


class Cover(NamedTuple):
    """What one key must hold."""

    column: str
    table: str  # whose rows it covers; "" for years
    of: str  # column of that table, or years as written
    but: frozenset[str]


def check_coverage(t: Mapping[str, Table], span: Span) -> None:
    """Raises InputError for the first table without a row that its keys must cover, naming those missing, and
    for a cover in ``columns.csv`` that says nothing."""
    declared, covers = t["columns"], dict[str, list[Cover]]()
    for row in range(len(declared.labels)):
        if text := str(declared["covers"][row]):
            name = str(declared["table"][row])
            covers.setdefault(name, []).append(_cover(t, name, row, text))
    for name, of_keys in covers.items():
        columns = [cover.column for cover in of_keys]
        found = set(zip(*(map(str, t[name][column]) for column in columns), strict=True))
        missing = [key for key in _wanted(t, of_keys, span) if key not in found]
        if missing:
            named = ", ".join("/".join(key) for key in missing[:_NAMED])
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            where = f"{name}.csv, column{'s' * (len(columns) > 1)} {', '.join(columns)}"
            said = ", ".join(map(_said, of_keys))
            allowed = f"a row for each of {said}, as columns.csv says under covers"
            raise unusable(where, found=f"no row of {named}{more}", allowed=allowed)


def _wanted(t: Mapping[str, Table], of_keys: list[Cover], span: Span) -> list[tuple[str, ...]]:
    """All combinations that must be there, each in the order of the covers."""
    parts: dict[str, list[int]] = {}
    for position, cover in enumerate(of_keys):
        parts.setdefault(cover.table or cover.of, []).append(position)
    values = [dict.fromkeys(_values(t, [of_keys[p] for p in mine], span)) for mine in parts.values()]
    order = [position for mine in parts.values() for position in mine]
    wanted = (tuple(itertools.chain(*one)) for one in itertools.product(*values))
    return [tuple(key[order.index(p)] for p in range(len(order))) for key in wanted]


def _values(t: Mapping[str, Table], covers: list[Cover], span: Span) -> list[tuple[str, ...]]:
    """What keys that cover one table, or years, must hold together."""
    if not covers[0].table:
        first, last = (
            (span.first, span.recorded) if covers[0].of == "years" else map(int, covers[0].of.split("-"))
        )
        columns = [[str(year) for year in range(first, last + 1)]] * len(covers)
    else:
        columns = [list(map(str, t[cover.table][cover.of])) for cover in covers]
    rows = zip(*columns, strict=True)
    return [row for row in rows if not any(v in c.but for v, c in zip(row, covers, strict=True))]


def _cover(t: Mapping[str, Table], name: str, row: int, text: str) -> Cover:
    """What a row of ``columns.csv`` declares, checked."""
    declared = t["columns"]
    where = f"columns.csv ({declared.labels[row]}), column covers"
    if not declared["key"][row] or name not in t:
        raise unusable(where, found=text, allowed="a blank; only keys of tables that the model reads cover")
    of, _, excepted = (part.strip() for part in text.partition(" except "))
    but = frozenset(filter(None, excepted.split("|")))
    column = str(declared["column"][row])
    if of == "years" or re.fullmatch(r"[0-9]{1,4}-[0-9]{1,4}", of):
        return Cover(column, "", of, but)
    table, _, other = of.partition(".")
    if table not in t or other not in t[table]:
        known = ["years", *(f"{table}.{other}" for table in t for other in t[table])]
        raise unknown_name(where, found=of, known=known)
    return Cover(column, table, other, but)


def _said(cover: Cover) -> str:
    """A cover in words."""
    of = f"{cover.table}.{cover.of}" if cover.table else cover.of
    return f"{of} but {', '.join(sorted(cover.but))}" if cover.but else of
