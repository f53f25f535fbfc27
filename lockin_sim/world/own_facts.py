"""Read a user's own facts about suppliers from texts, tables or a file, and add them to the record.

An own fact becomes a row of the table of contracts with the status ``yours``, so that runs meet it as they
meet the record.  No estimate, likelihood or score reads such a row.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.errors import InputError, check_known, check_whole_number, resolve_name, unusable
from lockin_sim.common.files import check_path, read_rows
from lockin_sim.common.formats import listed
from lockin_sim.common.values import check_listed, is_number, number
from lockin_sim.world.additions import get_origin, with_rows
from lockin_sim.world.contracts import HOLDS_UNTIL, PARTS, YOURS
from lockin_sim.world.model import World
from lockin_sim.world.names import format_label
from lockin_sim.world.schema import Table
from lockin_sim.world.suppliers import GENERATIONS, SUCCESSORS
from lockin_sim.world.table_arrays import Tables

if TYPE_CHECKING:
    import pandas as pd

#: What a user may give: texts such as "MTN Ghana=huawei:2019", a table, or the path of a CSV file.
type OwnFacts = Sequence[str] | str | Path | pd.DataFrame | None

#: Columns of a table or file of own facts, the first three without a blank.
COLUMNS = ("operator", "vendor", "year", "iso3", "generation", "part")

#: Most characters of a text.
LONGEST = 300

#: Years by which two statements about one network may differ and still be about the same contract (assumed).
SAME_CONTRACT = 1

_TEXT = re.compile(
    r"\s*(?:(?P<iso3>[A-Z]{3}):\s*)?(?P<operator>[^=]+?)(?:\s+(?P<generation>[1-9]G))?\s*="
    r"\s*(?P<vendor>[^:=]+?)\s*:\s*(?P<year>[^:=]+?)\s*(?::\s*(?P<part>[^:=]+?)\s*)?"
)
_FORM = "'OPERATOR=VENDOR:YEAR', such as 'MTN Ghana=huawei:2019' or 'MTN Ghana 4G=huawei:2019'"
_GIVEN = f"a list of texts {_FORM}, a table, or the path of a CSV file"


class OwnFact(NamedTuple):
    """Vendor that supplies an operator's network from a year on, as the user states it.

    iso3        economy of the operator
    generation  of the network
    part        of the network, 0 to 1
    """

    iso3: str
    operator: str
    vendor: str
    year: int
    generation: str
    part: float

    def __str__(self) -> str:
        """Return the text from which the fact can be read again."""
        part = "" if self.part == 1 else f":{self.part:g}"
        return f"{self.iso3}: {self.operator} {self.generation}={self.vendor}:{self.year}{part}"

    @property
    def sentence(self) -> str:
        """Fact in words, marked as the user's."""
        part = "" if self.part == 1 else f"{100 * self.part:g} % "
        vendor = format_label("vendor", self.vendor)
        return f"your fact: {self.operator}: {part}{vendor} since {self.year} ({self.generation})"


def own_facts_of(t: Tables) -> tuple[OwnFact, ...]:
    """Return the user's own facts in the table of contracts."""
    rows = t["contracts"].rows("iso3", "operator", "vendor", "year", "generation", "part", "status")
    return tuple(OwnFact(*cells) for _, *cells, status in rows if status == YOURS)


def own_facts_attributes(world: World) -> dict[str, str]:
    """Build attributes of datasets that rest on own facts: in words, and in the form that can be read."""
    facts: tuple[OwnFact, ...] = world.facts.get("own_facts", ())
    if not facts:
        return {}
    return {
        "own_facts": "; ".join(fact.sentence for fact in facts),
        "own_facts_given": "; ".join(map(str, facts)),
    }


def given_facts(about: Mapping[str, Any]) -> list[OwnFact]:
    """Read the own facts that a dataset rests on from its attributes."""
    facts = []
    for text in filter(None, str(about.get("own_facts_given", "")).split("; ")):
        match = _TEXT.fullmatch(text)
        assert match is not None
        iso3, operator, generation, vendor, year, part = match.groups()
        facts.append(OwnFact(iso3, operator, vendor, int(year), generation, float(part or 1)))
    return facts


def with_own_facts(world: World, own_facts: OwnFacts) -> World:
    """Add the user's own facts to the record of a world.

    Returns the world whose contracts include the facts; its name and everything else are unchanged.

    Raises InputError for a fact that cannot be read, or that contradicts the record or another one.
    """
    if own_facts is None:
        return world
    texts = list(_read(own_facts))
    if not texts:
        return world
    files = get_origin(world, "own_facts").files
    operators, contracts = files.table("operators"), files.table("contracts")
    facts = _with_parts(
        [(where, _resolve(world, operators, contracts, where, cells)) for where, cells in texts]
    )
    new = [fact for where, fact in facts if not _is_recorded(operators, contracts, where, fact, facts)]
    rows = [
        {
            **{"iso3": fact.iso3, "operator": fact.operator, "generation": fact.generation},
            **{"year": fact.year, "vendor": fact.vendor, "part": fact.part, "event": "main"},
            **{"source": "assumed", "status": YOURS, "confidence": "high"},
        }
        for fact in new
    ]
    return with_rows(world, "own_facts", world.name, {"contracts": rows}) if rows else world


# --- reading ---


def _read(own_facts: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place of each fact, for messages, and its cells by column; blanks as ""."""
    if isinstance(own_facts, str) and "=" in own_facts:
        own_facts = [own_facts]
    if isinstance(own_facts, str | Path):
        path = check_path("own_facts", own_facts, _GIVEN)
        lines = read_rows(path, str(path))
        header = [column.strip() for column in next(lines, (0, []))[1]]
        _check_columns(f"{path}, line 1", header)
        for line, cells in lines:
            if len(cells) not in (0, len(header)):
                found = f"{len(cells)} cells"
                raise unusable(f"{path}, line {line}", words=found, allowed=f"{len(header)} cells")
            if cells:
                yield f"{path}, line {line}", dict(zip(header, map(str.strip, cells), strict=True))
    elif hasattr(own_facts, "columns") and hasattr(own_facts, "to_dict"):
        _check_columns("own_facts", list(own_facts.columns))
        for place, row in enumerate(own_facts.to_dict("records")):
            blank = {name: "" if cell is None or cell != cell else cell for name, cell in row.items()}
            yield f"own_facts, row {place}", blank
    else:
        check_listed("own_facts", own_facts, allowed=_GIVEN)
        for text in own_facts:
            short = isinstance(text, str) and len(text) <= LONGEST
            match = _TEXT.fullmatch(text) if short else None
            if match is None:
                raise unusable("own_facts", found=text, allowed=_FORM)
            yield f"own_facts {text!r}", {name: cell or "" for name, cell in match.groupdict().items()}


def _check_columns(where: str, header: Sequence[object]) -> None:
    """Refuse unknown columns, and columns that are missing or repeated."""
    for column in header:
        check_known(f"{where}, column", column, COLUMNS)
        if header.count(column) > 1:
            raise unusable(where, words=f"column {column} twice", allowed="each column once")
    for column in COLUMNS[:3]:
        if column not in header:
            allowed = f"the columns {listed(COLUMNS[:3])}, and if needed {listed(COLUMNS[3:])}"
            raise unusable(where, words=f"no column {column}", allowed=allowed)


def _resolve(
    world: World, operators: Table, contracts: Table, where: str, cells: Mapping[str, Any]
) -> OwnFact:
    """Build the fact that cells state, with its generation; the part is NaN if it is not stated."""
    domain, iso3, operator = _operator_of(world, operators, where, cells)
    d = world.domains.index(domain)
    sold = [world.vendors[v] for v in world.slot_vendor[d].tolist() if v >= 0 and world.vendors[v] != "local"]
    called = world.called("vendor")
    vendor = resolve_name(f"{where}, vendor", found=cells["vendor"], known=sold, called=called)
    year = _year_of(world, where, cells["year"])
    stated = str(cells.get("generation", "") or "")
    generation = stated or _newest_generation(world, contracts, d, (iso3, operator), year)
    if generation not in HOLDS_UNTIL:
        check_known(f"{where}, generation", generation, tuple(HOLDS_UNTIL))
    first = min((y for _, g, y in contracts.rows("generation", "year") if g == generation), default=year)
    if year < first:
        allowed = f"{first} or later, since when there are contracts for {generation}"
        raise unusable(f"{where}, year", found=year, allowed=allowed)
    part = cells.get("part", "")
    allowed = "a number above 0, at most 1, or a blank"
    share = np.nan if part == "" else number(f"{where}, part", _as_number(part), allowed=allowed, high=1.0)
    if share <= 0:
        raise unusable(f"{where}, part", found=part, allowed=allowed)
    return OwnFact(iso3, operator, vendor, year, generation, share)


def _operator_of(
    world: World, operators: Table, where: str, cells: Mapping[str, Any]
) -> tuple[str, str, str]:
    """Find domain, economy and name of an operator, by its name alone or with its economy."""
    code = cells.get("iso3", "")
    if code:
        code = world.code_of(f"{where}, iso3", code, "country")
    every = [tuple(key) for _, *key in operators.rows("domain", "iso3", "operator")]
    here = {f"{iso3}: {name}": (d, iso3, name) for d, iso3, name in every if code in ("", iso3)}
    if code and not here:
        allowed = f"an economy whose operators are in operators.csv, which none of {code} is"
        raise unusable(f"{where}, operator", found=cells["operator"], allowed=allowed)
    names = [name for _, _, name in here.values()]
    titles = {name: key for key, (_, _, name) in here.items() if names.count(name) == 1}
    for key, (_, iso3, name) in here.items():
        titles.setdefault(f"{name} {format_label('country', iso3)}", key)
    known = resolve_name(f"{where}, operator", found=cells["operator"], known=here, called=titles)
    return here[known]


def _year_of(world: World, where: str, cell: object) -> int:
    """Convert a cell to a year that the record may have.  Raises InputError for any other."""
    year = _as_number(cell)
    whole = int(year) if is_number(year) and year == year // 1 and abs(year) < 1e6 else cell
    return check_whole_number(f"{where}, year", whole, least=1990, most=world.present)


def _as_number(cell: object) -> Any:
    """Convert a cell to a number if it is one."""
    if isinstance(cell, str) and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?|\.[0-9]+", cell):
        return float(cell)
    return cell


def _newest_generation(
    world: World, contracts: Table, domain: int, network: tuple[str, str], year: int
) -> str:
    """Return the newest generation in a year: launched in the economy, or contracted by the operator."""
    launched = world.launch_year[domain, world.countries.index(network[0])]
    names = GENERATIONS[GENERATIONS.index("4G") :]  # of the generations that are launched after the start
    known = [g for g, launch in zip(names, launched.tolist(), strict=False) if launch <= year]
    rows = contracts.rows("iso3", "operator", "generation", "year")
    known += [g for _, *of, g, signed in rows if tuple(of) == network and signed <= year]
    return max(["3G", *known], key=GENERATIONS.index)


# --- judging ---


def _with_parts(facts: Sequence[tuple[str, OwnFact]]) -> list[tuple[str, OwnFact]]:
    """Divide a network among its vendors of one year.

    Raises InputError for a vendor that comes twice, several vendors without parts, parts that do not sum to
    1, and an older generation after a newer one.
    """
    networks = defaultdict[tuple[str, str, int], list[tuple[str, OwnFact]]](list)
    for where, fact in facts:
        networks[fact.iso3, fact.operator, fact.year].append((where, fact))
    result = []
    for (_, operator, year), some in networks.items():
        where, last = some[-1]
        known = [fact.part for _, fact in some if not np.isnan(fact.part)]
        vendors, alone = [fact.vendor for _, fact in some], len(some) == 1
        if len(set(vendors)) < len(vendors) or len({fact.generation for _, fact in some}) > 1:
            allowed = f"each vendor of {operator} in {year} once, and one generation"
            raise unusable(where, found=str(last), allowed=allowed)
        if not alone and len(known) < len(some):
            found = f"{listed(vendors)} for all of {operator} in {year}, which contradict one another"
            raise unusable(where, words=found, allowed="one vendor, or the part of each")
        if known and not np.isclose(sum(known), 1.0):
            found = f"parts of {operator} in {year} that sum to {sum(known):g}"
            raise unusable(where, words=found, allowed="parts of all its vendors, which sum to 1")
        result += [(where, fact._replace(part=fact.part if known else 1.0)) for where, fact in some]
    for where, fact in result:
        for _, other in result:
            _check_order(where, fact, (other.iso3, other.operator, other.generation, other.year), str(other))
    return result


def _check_order(where: str, fact: OwnFact, other: tuple[str, str, str, int], said: str) -> None:
    """Refuse a fact about an older generation in or after the year of a newer one."""
    *network, generation, year = other
    newer = GENERATIONS.index(generation) > GENERATIONS.index(fact.generation)
    if tuple(network) == (fact.iso3, fact.operator) and newer and fact.year >= year:
        found = f"{fact.generation} in {fact.year}"
        raise unusable(where, words=found, allowed=f"no older generation after {said}")


def _is_recorded(
    operators: Table, contracts: Table, where: str, fact: OwnFact, facts: Iterable[tuple[str, OwnFact]]
) -> bool:
    """Whether the record names the same vendors in the same year; warns the user if so.

    Raises InputError for a fact that contradicts the record, with the row and its source.
    """
    joins = {
        name
        for _, iso3, own, name in operators.rows("iso3", "operator", "joins")
        if (iso3, own) == (fact.iso3, fact.operator) and name
    }
    columns = ("iso3", "operator", "generation", "year", "vendor", "event", "source", "status", "publisher")
    states = defaultdict[int, dict[str, str]](dict)
    for label, iso3, name, generation, year, vendor, event, *origin in contracts.rows(*columns):
        if iso3 != fact.iso3 or name not in {fact.operator, *joins} or event not in PARTS:
            continue
        said = f"contracts.csv, {label} ({', '.join(filter(None, origin))})"
        _check_order(where, fact, (iso3, fact.operator, generation, year), said)
        older = GENERATIONS.index(generation) < GENERATIONS.index(fact.generation)
        if older and year >= fact.year:
            raise _contradiction(where, fact, said)
        if generation == fact.generation and abs(year - fact.year) <= SAME_CONTRACT:
            states[year][SUCCESSORS.get(vendor, vendor)] = said
    mine = {
        other.vendor
        for _, other in facts
        if (other.iso3, other.operator, other.year) == (fact.iso3, fact.operator, fact.year)
    }
    for year, rows in states.items():
        if rows.keys() == mine and year == fact.year:
            warnings.warn(f"{where}: on record already, {rows[fact.vendor]}", stacklevel=4)
            return True
    if not any(rows.keys() == mine for rows in states.values()):
        for rows in states.values():
            raise _contradiction(where, fact, next(said for v, said in rows.items() if {v} != mine))
    return False


def _contradiction(where: str, fact: OwnFact, said: str) -> InputError:
    """Build the error for a fact that contradicts a row of the record."""
    found = f"{fact.vendor} for {fact.operator} {fact.generation} in {fact.year}"
    allowed = (
        f"what does not contradict {said}; whoever knows better edits that row in a copy of the tables "
        "(World.to_folder) and gives it the status yours"
    )
    return unusable(where, words=found, allowed=allowed)
