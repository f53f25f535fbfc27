"""Recorded contracts of operators, assigned to the lots that represent their networks.

A *state* of a network lists who supplies which part of the network from a year on; a state holds until the
next one.  Parts are assigned to an operator's lots by largest remainder, equal parts by rank, and a vendor
keeps the lots that it had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Integers
from lockin_sim.world.cache import ArrayRecord
from lockin_sim.world.markets import Lots
from lockin_sim.world.suppliers import GENERATIONS, SUCCESSORS, by_rank
from lockin_sim.world.table_arrays import Tables

#: Part of a network that an event stands for where none is stated (assumed).
PARTS = {"sole": 1.0, "main": 1.0, "second": 0.35, "swap_in": 1.0}

#: Supplier of what no row of a network says.
UNKNOWN = "other"

#: Last year for which a state is taken to hold without a later one, by generation: networks are renewed with
#: the next, of which the record may know nothing (assumed).  5G holds to the present.
HOLDS_UNTIL = {"3G": 2014, "4G": 2020, "5G": NEVER}

#: Years for which a state is taken to hold at least without a later one (assumed).
HOLDS_FOR = 5

#: Statuses of rows: read in a source, recalled, or a user's own fact.
READ, RECALLED, YOURS = STATUSES = ("read", "recalled", "yours")

#: Generation of a contract that begins none of those to come: it is the second of one, or of an earlier one.
NO_GENERATION = -1


@dataclass(frozen=True, eq=False)
class Contracts(ArrayRecord):
    """Recorded suppliers of lots: tenders with their winners, and the holders of lots year by year.

    Lots without a row, and years that no contract reaches, are not recorded.

    tenders     (tender, 4): year, lot, generation and slot of the winner, by year and lot, after the first
                year up to the present.  The generation is the position, among those of the domain, of the
                generation that the contract begins, or :data:`NO_GENERATION`
    held        (held, 3): year, lot and slot of the vendor that has a lot at the end of a year, by year and
                lot, from the first year to the present
    generation  (lot,): generation that a lot is of in the first year, or :data:`NO_GENERATION`
    """

    tenders: Integers
    held: Integers
    generation: Integers

    @classmethod
    def none(cls, lots: int = 0) -> Contracts:
        """Build an empty record of contracts for ``lots`` lots."""
        return cls(np.empty((0, 4), int), np.empty((0, 3), int), np.full(lots, NO_GENERATION))

    def until(self, last: Integers, since: int = -NEVER) -> Contracts:
        """Return the contracts with the record of each lot cut off after a year.

        last   (lot,), last year kept of each lot
        since  first year of the world; a lot whose last year is earlier gets :data:`NO_GENERATION`
        Returns the contracts unchanged in a world without a record.
        """
        if not len(self.generation):  # of a world without a record
            return self
        tenders, states = (rows[rows[:, 0] <= last[rows[:, 1]]] for rows in (self.tenders, self.held))
        return Contracts(tenders, states, np.where(last < since, NO_GENERATION, self.generation))


def shift_contract_years(
    contracts: Contracts, by: Integers, operator: Integers, *, first: int, last: int
) -> Contracts:
    """Return the contracts with tenders moved by at most one year, and the holders of lots with them.

    by        (tender,), -1, 0 or 1, equal for all lots of an operator in a year
    operator  (lot,), index of its operator;  first, last  years of the record
    A contract keeps its year if the move would take it out of the record's years, or if one of its lots has
    another contract at most two years before or after.
    """
    year, lot, generation, slot = contracts.tenders.T
    in_order = np.lexsort([year, lot])
    near = np.diff(year[in_order]) <= 2  # so near that both may move to one year
    near &= np.diff(lot[in_order]) == 0
    stays = (year + by <= first) | (year + by > last)
    stays[in_order[1:][near]] = stays[in_order[:-1][near]] = True
    _, contract = np.unique([operator[lot], year], axis=1, return_inverse=True)
    contract = contract.ravel()
    moved = np.where(np.bincount(contract, stays)[contract] > 0, 0, by)
    holder = build_contract_record(
        contracts, range(first, last + 1), (len(operator), int(generation.max()) + 1)
    ).holder
    early, late = moved < 0, moved > 0
    holder[year[early] - 1 - first, lot[early]] = slot[early]
    holder[year[late] - first, lot[late]] = holder[year[late] - 1 - first, lot[late]]
    holder[year[late] + 1 - first, lot[late]] = slot[late]
    tenders = np.stack([year + moved, lot, generation, slot], axis=1)
    there = np.argwhere(holder >= 0)
    held = np.column_stack([there[:, 0] + first, there[:, 1], holder[tuple(there.T)]])
    return Contracts(tenders[np.lexsort(tenders.T[::-1])], held, contracts.generation)


class ContractRecord(NamedTuple):
    """Recorded contracts of lots laid out by year, from the first year to the present.

    holder  (year, lot), slot of the vendor that has a lot at the end of a year, -1 where it is not recorded
    signed  (year, lot), whether a contract for the lot was signed in the year; False in the first year
    start   (lot, generation), year in which a lot got a generation, at the earliest the first; NEVER where it
            is not recorded
    """

    holder: Integers
    signed: Bools
    start: Integers


def build_contract_record(contracts: Contracts, years: range, shape: tuple[int, int]) -> ContractRecord:
    """Lay out recorded contracts by year.

    years  from the first year to the present;  shape  numbers of lots and of generations
    """
    holder = np.full((len(years), shape[0]), -1)
    signed, start = np.zeros(holder.shape, dtype=bool), np.full(shape, NEVER)
    year, lot, slot = contracts.held.T
    holder[year - years.start, lot] = slot
    begun = np.flatnonzero(contracts.generation >= 0)
    start[begun, contracts.generation[begun]] = years.start
    year, lot, generation, _ = contracts.tenders.T
    signed[year - years.start, lot] = True
    new = generation >= 0
    start[lot[new], generation[new]] = year[new]
    return ContractRecord(holder, signed, start)


class ContractRow(NamedTuple):
    """Row of the table of contracts."""

    year: int
    vendor: str
    part: float
    event: str
    replaced: str
    status: str


class NetworkState(NamedTuple):
    """Suppliers of a network from a year on.

    generation  name of the network's generation
    begins      whether the state is the first of its generation
    parts       part of the network by vendor, including vendors that the model does not have
    stated      whether the user states that the state holds to the present
    """

    year: int
    generation: str
    begins: bool
    parts: Mapping[str, float]
    stated: bool


type Rows = Mapping[tuple[str, str, str], Sequence[ContractRow]]


def build_contracts(t: Tables, lots: Lots, statuses: Collection[str] = STATUSES) -> Contracts:
    """Build the contracts of a world's lots from its tables.

    statuses  statuses of the rows that are used
    """
    rows, generation = _group_contract_rows(t, statuses), np.full(len(lots), NO_GENERATION)
    tenders, incumbents = list[tuple[int, int, int, int]](), list[tuple[int, int, int]]()
    for row, own in _iterate_operator_lots(t, lots) if rows else ():
        d = int(lots.domain[own[0]])
        names = _list_generations(t, d)
        slots = {t["vendors"].labels[v]: s for s, v in enumerate(t.slot_vendor[d]) if v >= 0}
        states, now = _sort_states(_iterate_network_states(t, row, rows)), dict[int, str]()
        for state, until in zip(states, _compute_last_years(states, t.span.present), strict=True):
            begins = state.begins and state.generation in names
            begun = names.index(state.generation) if begins else NO_GENERATION
            now = _allot_lots(state.parts, own.tolist(), now)
            known = [(lot, slots[vendor]) for lot, vendor in now.items() if vendor in slots]
            years = range(max(state.year, t.span.first), until + 1)
            incumbents += [(year, lot, slot) for lot, slot in known for year in years]
            if state.year > t.span.first:
                tenders += [(state.year, lot, begun, slot) for lot, slot in known]
            else:
                generation[own] = np.maximum(generation[own], begun)
    in_order = np.array(sorted(tenders), int).reshape(-1, 4), np.array(sorted(incumbents), int).reshape(-1, 3)
    return Contracts(*in_order, generation)


def _group_contract_rows(t: Tables, statuses: Collection[str]) -> Rows:
    """Group the contract rows with one of ``statuses`` by economy, operator and generation."""
    rows_of = defaultdict[tuple[str, str, str], list[ContractRow]](list)
    columns = (
        "iso3",
        "operator",
        "generation",
        "year",
        "vendor",
        "part",
        "event",
        "previous_vendor",
        "status",
    )
    for _, iso3, operator, generation, *cells in by_rank(t["contracts"]).rows(*columns):
        row = ContractRow(*cells)
        if row.status in statuses:
            rows_of[iso3, operator, generation].append(row)
    return rows_of


def _iterate_operator_lots(t: Tables, lots: Lots) -> Iterator[tuple[int, Integers]]:
    """Yield the position of each row of the table of operators with the indices of the operator's lots."""
    market, name = np.stack([lots.domain, lots.country], axis=-1), np.array(lots.operators)[lots.operator]
    places = zip(t.at("operators", "domain"), t.at("operators", "iso3"), strict=True)
    for row, place in enumerate(places):
        own = (market == place).all(axis=-1) & (name == t["operators"]["operator"][row])
        yield row, np.flatnonzero(own)


def _list_generations(t: Tables, domain: int) -> list[str]:
    """List the generations of a domain in the order of the years in which they arrive."""
    mine, table = np.flatnonzero(t.at("generations", "domain") == domain), t["generations"]
    in_order = mine[np.argsort(table["year"][mine], kind="stable")]
    return [str(table["generation"][k]) for k in in_order]


def _iterate_network_states(t: Tables, row: int, rows: Rows) -> Iterator[NetworkState]:
    """Yield the states of the network of the operator in a row of the table of operators.

    An operator that joins another network also has the states of that network from ``joins_from`` on.
    """
    iso3, own, joins, since = (t["operators"][c][row] for c in ("iso3", "operator", "joins", "joins_from"))
    for name, after in ((own, -np.inf), (joins, -np.inf if np.isnan(since) else since)):
        for generation in HOLDS_UNTIL if name else ():
            every = _build_states(generation, rows.get((iso3, name, generation), ()))
            yield from (state for state in every if state.year >= after)


def _sort_states(states: Iterable[NetworkState]) -> list[NetworkState]:
    """Sort states by year: one state a year, of the newest generation.

    States of a generation older than that of an earlier state are dropped.
    """
    newest, by_year = 0, dict[int, NetworkState]()
    for state in sorted(states, key=lambda s: (s.year, GENERATIONS.index(s.generation))):
        generation = GENERATIONS.index(state.generation)
        if generation >= newest:
            newest, by_year[state.year] = generation, state
    return list(by_year.values())


def _compute_last_years(states: Sequence[NetworkState], present: int) -> Iterator[int]:
    """Yield the last year for which each of several sorted states holds.

    A state ends before the next one, at :data:`HOLDS_UNTIL` of its generation (or after :data:`HOLDS_FOR`
    years if that is later; no such limit if the user states it), and at the present at the latest.
    """
    ends = [(state, after.year - 1) for state, after in pairwise(states)]
    for state, end in [*ends, *((state, present) for state in states[-1:])]:
        least = state.year + HOLDS_FOR - 1
        yield min(end, max(NEVER if state.stated else HOLDS_UNTIL[state.generation], least), present)


def _build_states(generation: str, rows: Sequence[ContractRow]) -> Iterator[NetworkState]:
    """Yield the state of a network of one generation in each year in which a contract changes the network."""
    parts, begins = dict[str, float](), True
    for year in sorted({row.year for row in rows if row.event in (*PARTS, "swap_out")}):
        now = [row for row in rows if row.year == year]
        events = {row.event for row in now} & PARTS.keys()
        if events == {"second"}:  # it takes its part of what there is
            parts = _scale_parts(parts or {UNKNOWN: 1.0}, 1.0 - sum(_get_part(row) for row in now))
        elif events - {"swap_in"}:
            parts = {}  # a contract for the whole network
        for row in now:
            if row.event in ("swap_in", "swap_out"):
                parts = _remove_swapped_vendor(parts, row)
        for row in now:
            if row.event in PARTS:
                parts[_find_successor(row.vendor)] = parts.get(_find_successor(row.vendor), 0.0) + _get_part(
                    row
                )
        if parts:
            stated = any(row.status == YOURS for row in now)
            yield NetworkState(year, generation, begins, parts.copy(), stated)
            begins = False


def _remove_swapped_vendor(parts: Mapping[str, float], swap: ContractRow) -> dict[str, float]:
    """Return the parts of a network that remain after a swap, without those of the vendor that leaves.

    Where the vendor that leaves is unknown, all parts shrink to the rest of the stated part; without a stated
    part the result is empty.
    """
    leaves = _find_successor(swap.vendor if swap.event == "swap_out" else swap.replaced)
    if leaves in parts or swap.event == "swap_out":
        return {vendor: part for vendor, part in parts.items() if vendor != leaves}
    return {} if np.isnan(swap.part) else _scale_parts(parts, 1.0 - swap.part)


def _get_part(row: ContractRow) -> float:
    """Return the part of the network that a row states, or the assumed part of its event (:data:`PARTS`)."""
    return PARTS[row.event] if np.isnan(row.part) else row.part


def _scale_parts(parts: Mapping[str, float], rest: float) -> dict[str, float]:
    """Scale parts to sum to ``rest``; an empty dictionary if ``rest`` is 0 or less."""
    total = sum(parts.values())
    return {vendor: part / total * rest for vendor, part in parts.items()} if rest > 0 else {}


def _find_successor(vendor: str) -> str:
    """Return the firm that took a vendor over, or the vendor itself."""
    return SUCCESSORS.get(vendor, vendor)


def _allot_lots(parts: Mapping[str, float], lots: Sequence[int], before: Mapping[int, str]) -> dict[int, str]:
    """Assign a vendor to each lot, by largest remainder of the vendors' parts.

    Vendors first keep the lots that they had in ``before``.  Returns the vendor by lot.
    """
    left = {vendor: part / sum(parts.values()) for vendor, part in parts.items()}
    seats = []
    for _ in lots:
        seats.append(max(left, key=left.__getitem__))
        left[seats[-1]] -= 1 / len(lots)
    stay = dict[int, str]()
    for lot in lots:
        if before.get(lot) in seats:
            stay[lot] = before[lot]
            seats.remove(before[lot])
    return {lot: stay[lot] if lot in stay else seats.pop(0) for lot in lots}
