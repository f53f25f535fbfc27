"""Checks of tables beyond single columns: rows that need a partner in another table, and required rows.

A table is incomplete if a row is missing for which the model would silently use a default.  The column
``covers`` of ``columns.csv`` states which names or years a key must contain:

* ``countries.iso3``: all values of a column of a table;
* ``years``: all from the first year of the case to the last of recorded facts; ``2010-2020``: these years;
* with ``except HKG|MAC`` appended: all but these.

Keys of one table that cover columns of a single other table cover its rows together, as domain and vendor
cover the rows of ``offers``; otherwise every combination is required.  A key without ``covers`` needs one
value only.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.common.errors import Defects, InputError, unknown_name, unusable
from lockin_sim.common.formats import listed
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.world.case import CaseYears
from lockin_sim.world.contracts import PARTS
from lockin_sim.world.schema import Table

#: Tables whose rows describe the offer of a vendor in a domain.
_OF_OFFERS = ("quality", "areas", "partners", "events", "adoption", "users_base")

#: Tables whose rows mean something for one kind of buyer alone.
_OF_BUYERS = {
    **dict.fromkeys(("operator_rules", "operators", "generations", "launches", "roll_outs"), "operator"),
    **dict.fromkeys(("coverage", "anchors"), "operator"),
    "users_base": "users",
    "projects": "project",
    "adoption": "adopters",
}

#: Tables of which each domain with that buyer needs a row.
_NEEDED = ("operator_rules", "projects")

#: Tables whose rows hold from a first year to a last one.
_LASTING = ("areas", "partners", "events", "memberships", "market_barriers")

#: Shares that make a whole, or part of one: table, columns that name the whole, share, whether all of it.
_WHOLES = (
    ("lenders", ("sponsor",), "envelope_share", True),
    ("owners", ("standard",), "share", True),
    ("initial_status", ("body",), "share", True),
    ("initial_compliance", ("vendor",), "share", True),
    ("operators", ("domain", "iso3"), "size_share", False),
    ("contributions", ("body", "year"), "share", False),
    ("offers", ("domain",), "initial_base_share", False),
    ("users_base", ("domain", "iso3"), "share", False),
)

#: Columns that name an operator's network in a year, and the most that its parts may sum to, by rounding.
_NETWORK, MOST_PARTS = ("iso3", "operator", "generation", "year"), 1.05

#: Missing rows that a message names.
_NAMED = 4


def check(t: Mapping[str, Table]) -> None:
    """Raise InputError for the first defect of each kind in the tables.

    Defects are rows that name unknown items, contradict another row, or do not suit their domain's buyer.
    """
    with Defects() as defects:
        for kind in (
            _find_buyer_defects,
            _find_unknown_names,
            _find_year_defects,
            _find_blank_defects,
            _find_share_defects,
            _find_contradictions,
        ):
            for error in itertools.islice(kind(t), 1):
                defects.add(error)


def _find_buyer_defects(t: Mapping[str, Table]) -> Iterator[InputError]:
    """Yield errors for rows of domains with the wrong kind of buyer, and domains without a required row."""
    buyer = dict(t["domains"].rows("buyer"))
    projects = [domain for domain, who in buyer.items() if who == "project"]
    if len(projects) > 1:
        found = ", ".join(projects)
        yield unusable("domains.csv, column buyer", found=found, allowed="project in one domain at most")
    for name in _NEEDED:
        for domain in (domain for domain, who in buyer.items() if who == _OF_BUYERS[name]):
            if domain not in t[name].labels:
                where, allowed = f"{name}.csv, column domain", f"a row of every {_OF_BUYERS[name]} domain"
                yield unusable(where, words=f"none of {domain}", allowed=allowed)
    for name, wanted in _OF_BUYERS.items():
        for label, domain in t[name].rows("domain"):
            if buyer[domain] != wanted:
                found = f"{domain}, whose buyer is {buyer[domain]}"
                allowed = f"domains whose buyer is {wanted}"
                yield unusable(f"{name}.csv ({label}), column domain", words=found, allowed=allowed)


def _find_unknown_names(t: Mapping[str, Table]) -> Iterator[InputError]:
    """Yield errors for unknown economies, offers, operators, procedures, sponsors and generations."""
    for group, column, values in t["groups"].rows("column", "values"):
        for iso3 in values if column == "iso3" else ():
            if iso3 not in t["countries"].labels:
                where, there = f"groups.csv ({group}), column values", t["countries"].labels
                yield unknown_name(where, found=iso3, known=there)
    offers = {f"{d}/{v}" for _, d, v in t["offers"].rows("domain", "vendor")}
    meant = [
        (f"{n}.csv ({label})", d, v) for n in _OF_OFFERS for label, d, v in t[n].rows("domain", "vendor")
    ]
    networks = {
        (iso3, name): d
        for column in ("operator", "joins")
        for _, d, iso3, name in t["operators"].rows("domain", "iso3", column)
    }
    for label, iso3, name, v in t["contracts"].rows("iso3", "operator", "vendor"):
        if (iso3, name) not in networks:
            here = [known for code, known in networks if code == iso3]
            yield unknown_name(f"contracts.csv ({label}), column operator", found=name, known=here)
        elif v in t["vendors"].labels:
            meant.append((f"contracts.csv ({label})", networks[iso3, name], v))
    for d in t["projects"]["domain"]:
        meant += [(f"landings.csv ({label})", d, v) for label, v in t["landings"].rows("vendor")]
    for where, d, v in meant:
        if v and f"{d}/{v}" not in offers:
            yield unknown_name(f"{where}, offer of a vendor in a domain", found=f"{d}/{v}", known=offers)
    for body, procedure in t["bodies"].rows("procedure"):
        if procedure not in PROCEDURES:
            yield unknown_name(f"bodies.csv ({body}), column procedure", found=procedure, known=PROCEDURES)
    for sponsor in t["envelopes"]["sponsor"]:
        if sponsor not in t["lenders"]["sponsor"]:
            where = f"lenders.csv, column sponsor, {sponsor}"
            yield unusable(where, words="no row", allowed="a row of every sponsor with an envelope")
    known = {f"{d}/{g}" for _, d, g in t["generations"].rows("domain", "generation")}
    for name in ("launches", "roll_outs"):
        for label, d, g in t[name].rows("domain", "generation"):
            if g and f"{d}/{g}" not in known:
                where = f"{name}.csv ({label}), domain and generation of generations.csv"
                yield unknown_name(where, found=f"{d}/{g}", known=known)


def _find_year_defects(t: Mapping[str, Table]) -> Iterator[InputError]:
    """Yield errors for rows that end before they begin, and for years in the wrong order.

    Also for loans repaid before their grace ends, several oldest families, and blocs that bind to a family
    before it exists.
    """
    for name in _LASTING:
        for label, first, last in t[name].rows("from", "until"):
            if last < first:
                where = f"{name}.csv ({label}), column until"
                yield unusable(where, found=int(last), allowed=f"a year from {first} on, or a blank")
    for label, tenor, grace in t["lenders"].rows("tenor", "grace"):
        if not grace < tenor:
            where = f"lenders.csv ({label}), column grace"
            yield unusable(where, found=grace, allowed=f"less than its tenor of {tenor:g} years")
    exists = dict(t["standards"].rows("entry_year"))
    oldest = [family for family, first in exists.items() if first == min(exists.values())]
    if len(oldest) > 1:
        allowed = "one family older than all others, with which all comply at the start"
        found = f"{listed(oldest)} of {exists[oldest[0]]}"
        yield unusable("standards.csv, column entry_year", words=found, allowed=allowed)
    for label, family, first in t["blocs"].rows("standard", "from"):
        if first < exists[family]:
            where, allowed = f"blocs.csv ({label}), column from", f"{exists[family]} or later"
            yield unusable(where, found=int(first), allowed=f"{allowed}: the first year of {family}")


def _find_share_defects(t: Mapping[str, Table]) -> Iterator[InputError]:
    """Yield errors for shares that sum to more than 1, or to less where they make up a whole."""
    for name, keys, column, whole in _WHOLES:
        summed: defaultdict[tuple[str, ...], float] = defaultdict(float)
        for _, *key, share in t[name].rows(*keys, column):
            if not np.isnan(share):
                summed[tuple(map(str, key))] += share
        for of, total in summed.items():
            if total > 1.0 + 1e-6 or (whole and not np.isclose(total, 1.0)):
                allowed = "numbers that sum to 1" + ("" if whole else " at most")
                where = f"{name}.csv, column {column}, rows of {'/'.join(of)}"
                yield unusable(where, found=round(total, 6), allowed=allowed)
    for label, *chances in t["projects"].rows("one", "two", "three", "four"):
        if not np.isclose(sum(chances), 1.0):
            where, found = f"projects.csv ({label}), columns one to four", round(sum(chances), 6)
            yield unusable(where, found=found, allowed="numbers that sum to 1")


def _find_contradictions(t: Mapping[str, Table]) -> Iterator[InputError]:
    """Yield errors for rows that contradict another row.

    Loan pairs with both a recorded loan and an entry of none, parts that exceed a network, a domain that
    builds on itself, and generations launched out of order.
    """
    loans = list(t["loans"].rows("lender", "iso3", "year"))
    lent = {(lender, iso3): label for label, lender, iso3, year in loans if not np.isnan(year)}
    for label, lender, iso3, year in loans:
        if np.isnan(year) and (lender, iso3) in lent:
            found, allowed = f"nothing recorded beside {lent[lender, iso3]}", "one of them"
            yield unusable(f"loans.csv ({label}), column year", words=found, allowed=allowed)
    parts = defaultdict[str, float](float)
    for _, *key, event, part in t["contracts"].rows(*_NETWORK, "event", "part"):
        if event in PARTS and not np.isnan(part):
            parts["/".join(map(str, key))] += part
    for network, total in parts.items():
        if total > MOST_PARTS:
            where = f"contracts.csv, column part, rows of {network}"
            yield unusable(where, found=round(total, 6), allowed="parts that sum to 1 at most")
    for label, domain, base in t["stack"].rows("domain", "base_domain"):
        if domain == base:
            yield unusable(f"stack.csv ({label}), column base_domain", found=base, allowed="another domain")
    arrival = {(d, g): year for _, d, g, year in t["generations"].rows("domain", "generation", "year")}
    launched = defaultdict[tuple[str, str], list[tuple[int, int, str]]](list)
    for label, d, iso3, g, year in t["launches"].rows("domain", "iso3", "generation", "year"):
        if (d, g) in arrival and not np.isnan(year):
            launched[d, iso3].append((arrival[d, g], int(year), label))
    for rows in map(sorted, launched.values()):
        for (_, before, older), (_, year, label) in itertools.pairwise(rows):
            if year < before:
                where, allowed = f"launches.csv ({label}), column year", f"{before} of {older}, or later"
                yield unusable(where, found=year, allowed=allowed)


def _find_blank_defects(t: Mapping[str, Table]) -> Iterator[InputError]:
    """Yield errors for cells that must be blank, or filled, given other cells of the row or table."""
    for label, vendor, sponsor in t["events"].rows("vendor", "sponsor"):
        if bool(vendor) == bool(sponsor):
            where = f"events.csv ({label}), columns vendor, sponsor"
            yield unusable(where, found=(vendor, sponsor), allowed="one of them")
    for label, *years in t["launches"].rows("year", "none_until"):
        if np.isnan(years).sum() != 1:
            where = f"launches.csv ({label}), columns year, none_until"
            yield unusable(where, found=["" if np.isnan(y) else int(y) for y in years], allowed="one of them")
    for domain, buyer, part in t["domains"].rows("buyer", "expansion_share"):
        if buyer != "operator" and part not in (0, 1):  # what others buy is in their contracts
            where, found = f"domains.csv ({domain}), column expansion_share", "" if np.isnan(part) else part
            yield unusable(where, found=found, allowed="0 or 1 where no operators buy")
    operators = list(t["operators"].rows("domain", "iso3", "size_share"))
    known = {tuple(market) for _, *market, share in operators if not np.isnan(share)}
    for label, *market, share in operators:
        if np.isnan(share) and tuple(market) in known:
            where = f"operators.csv ({label}), column size_share"
            yield unusable(where, found="", allowed="a share, as other operators of the economy have one")


class KeyCover(NamedTuple):
    """Values that one key of a table must contain."""

    column: str
    table: str  # whose rows it covers; "" for years
    of: str  # column of that table, or years as written
    but: frozenset[str]

    def __str__(self) -> str:
        of = f"{self.table}.{self.of}" if self.table else self.of
        return f"{of} but {', '.join(sorted(self.but))}" if self.but else of


def check_coverage(t: Mapping[str, Table], span: CaseYears) -> None:
    """Check that each table has a row for every key value it must cover.

    Raises InputError for the first incomplete table, naming missing rows, and for a malformed ``covers``.
    """
    covers = defaultdict[str, list[KeyCover]](list)
    for label, name, column, key, text in t["columns"].rows("table", "column", "key", "covers"):
        if not text:
            continue
        where = f"columns.csv ({label}), column covers"
        if not key or name not in t:
            allowed = "a blank; only keys of tables that the model reads cover"
            raise unusable(where, found=text, allowed=allowed)
        of, _, excepted = (part.strip() for part in text.partition(" except "))
        table, _, other = of.partition(".")
        if of == "years" or re.fullmatch(r"[0-9]{1,4}-[0-9]{1,4}", of):
            table, other = "", of
        elif table not in t or other not in t[table]:
            known = ["years", *(f"{table}.{column}" for table in t for column in t[table])]
            raise unknown_name(where, found=of, known=known)
        covers[name].append(KeyCover(column, table, other, frozenset(filter(None, excepted.split("|")))))
    for name, of_keys in covers.items():
        columns = [cover.column for cover in of_keys]
        present = set(zip(*(map(str, t[name][column]) for column in columns), strict=True))
        missing = [key for key in _list_required_keys(t, of_keys, span) if key not in present]
        if missing:
            named = ", ".join("/".join(key) for key in missing[:_NAMED])
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            where = f"{name}.csv, column{'s' * (len(columns) > 1)} {', '.join(columns)}"
            allowed = f"a row for each of {', '.join(map(str, of_keys))}, as columns.csv says under covers"
            raise unusable(where, words=f"no row of {named}{more}", allowed=allowed)


def _list_required_keys(
    t: Mapping[str, Table], covers: list[KeyCover], span: CaseYears
) -> list[tuple[str, ...]]:
    """List the key combinations that a table must have, each in the order of ``covers``.

    Keys covering columns of one table are combined by its rows; otherwise in all combinations.
    """
    parts: dict[str, list[int]] = {}
    for position, cover in enumerate(covers):
        parts.setdefault(cover.table or cover.of, []).append(position)
    values = []
    for part in parts.values():
        columns = []
        for of in (covers[position] for position in part):
            if of.table:
                columns.append(list(map(str, t[of.table][of.of])))
            else:
                first, last = (span.first, span.recorded) if of.of == "years" else map(int, of.of.split("-"))
                columns.append([str(year) for year in range(first, last + 1)])
        rows = dict.fromkeys(zip(*columns, strict=True))
        values.append([r for r in rows if not any(v in covers[p].but for v, p in zip(r, part, strict=True))])
    order = [position for part in parts.values() for position in part]
    wanted = (tuple(itertools.chain(*one)) for one in itertools.product(*values))
    return [tuple(key[order.index(p)] for p in range(len(order))) for key in wanted]
