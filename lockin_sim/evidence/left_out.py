"""Forecasts of contracts and loans that were left out of the record, and operators to score.

Runs are conditioned on the whole record, so that their agreement with it is memory.  Here some of the record
is left out: the contracts of an economy, those of the newest generation, or everything after a year.  Runs
then meet the orders and loans that are left in; all other random draws are their own.  Their parameters were
fitted to the whole record.  Forecasts are compared with contracts that were read in a source; recalled
contracts only inform runs.

A score is of an operator: what part of its recorded lots Chinese vendors have, 0 to 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.common.draws import History
from lockin_sim.common.progress import Progress
from lockin_sim.evidence.rivals import assign_folds
from lockin_sim.record import MOBILE, SPONSOR
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import SEED as POOL_SEED
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World
from lockin_sim.world.loans import NOT_RECORDED
from lockin_sim.world.restrictions import FREE, MUST
from lockin_sim.world.schema import read_table

#: Years of which forecasts are scored, the last year known where time is left out, and the newest generation.
YEARS, KNOWN_UNTIL, NEWEST = (2020, 2025), 2015, "5G"

#: Folds of economies, each forecast by runs that know the others; runs of each, and how many at once.
FOLDS, RUNS, AT_ONCE = 5, 32, 8

#: Years of loans that are scored, and of those before.
LENT, LENT_BEFORE = (2011, 2020), (2001, 2010)

#: What is left out.
ECONOMIES, GENERATION, TIME, LOANS = (
    "the economy's contracts",
    f"contracts of {NEWEST}",
    f"everything after {KNOWN_UNTIL}",
    "all loans",
)

#: By whom nothing is left out.
NOTHING = "nothing"


class PartialWorld(NamedTuple):
    """World that lacks some of its record.

    last    last year in which a lot's contracts are known.  (lot,)
    orders  last year in which orders are known
    """

    world: World
    last: Integers
    orders: int = NEVER


def hide_contracts(world: World, last: Integers) -> PartialWorld:
    """Hide the contracts of each lot after a year.

    last  last year in which contracts of the lot are known.  (lot,)
    """
    known, read = (
        each.contracts.until(last, world.first_year) for each in (world, keep_read_contracts(world))
    )
    facts = {**world.facts, "contracts_read": read}
    return PartialWorld(dataclasses.replace(world, contracts=known, facts=facts), last)


def hide_years(world: World, last: int) -> PartialWorld:
    """Hide contracts, orders and loans after a year."""
    orders, loans = world.recorded_orders, world.recorded_loans
    assert orders is not None
    assert loans is not None
    later = (np.arange(world.first_year, world.first_year + len(orders)) > last)[:, None, None]
    cut = dataclasses.replace(
        world,
        recorded_orders=np.where(later, FREE, orders),
        recorded_loans=np.where(later, NOT_RECORDED, loans),
    )
    return hide_contracts(cut, np.full(len(world.lots), last))._replace(orders=last)


def hide_loans(world: World) -> PartialWorld:
    """Hide all loans of ``recorded_loans``, whose years start with the first year."""
    assert world.recorded_loans is not None
    none = np.full(world.recorded_loans.shape, NOT_RECORDED)
    return PartialWorld(dataclasses.replace(world, recorded_loans=none), np.full(len(world.lots), NEVER))


def hide_generation(world: World) -> PartialWorld:
    """Hide each lot's contracts from its first of the newest generation on."""
    table, first = read_table("generations"), np.full(len(world.lots), NEVER)
    names = [str(name) for name in table["generation"][table["domain"] == MOBILE]]
    begun = world.contracts.tenders[world.contracts.tenders[:, 2] == names.index(NEWEST)]
    np.minimum.at(first, begun[:, 1], begun[:, 0])
    return hide_contracts(world, np.where(first < NEVER, first - 1, NEVER))


# --- runs ----------------------------------------------------------------------------------------------


def extract_holders(ds: Any, world: World) -> dict[str, Floats]:
    """Extract holders of lots, restrictions and loans from runs.

    Returns ``chinese``, whether a Chinese vendor has the lot (run, year, lot), and ``restricted``, whether
    Chinese vendors are restricted (run, year, country), both in YEARS; and ``lent``, by China in the years of
    LENT (run, country).
    """
    d, h = world.domains.index(MOBILE), world.sponsors.index(SPONSOR)
    chinese = world.slot_vendor[d][world.sponsored[d, :, h] & (world.slot_vendor[d] >= 0)]
    there, lent = ds.sel(year=list(YEARS)), ds["lent"].sel(sponsor=SPONSOR, year=slice(*LENT))
    return {
        "chinese": np.isin(there["incumbent"].transpose("run", "year", "lot").values, chinese),
        "restricted": there["restricted"].sel(sponsor=SPONSOR).transpose("run", "year", "country").values,
        "lent": lent.transpose("run", "year", "country").values.sum(axis=1),
    }


def build_partial_past(world: World, runs: int, parameters: Parameters) -> ConditionedHistories:
    """Build pasts of runs that meet only the contracts, orders and loans that a world knows."""
    run = np.arange(runs)
    numbers = np.repeat(run[:, None], len(world.countries), axis=1)
    past = History(numbers, run, POOL_SEED, world.present, facts=True)
    return ConditionedHistories.of(past, run, parameters, world)


def build_partial_worlds(world: World) -> dict[str, PartialWorld]:
    """Build the worlds that lack some of the record, by what they lack, with folds of economies numbered.

    The world itself is at :data:`NOTHING`.
    """
    fold = (assign_folds(world.countries) % FOLDS)[world.lots.country]
    nothing = world.first_year - 1
    return {
        NOTHING: PartialWorld(world, np.full(len(world.lots), NEVER)),
        **{_label_fold(k): hide_contracts(world, np.where(fold == k, nothing, NEVER)) for k in range(FOLDS)},
        GENERATION: hide_generation(world),
        TIME: hide_years(world, KNOWN_UNTIL),
        LOANS: hide_loans(world),
    }


def _label_fold(number: int) -> str:
    """Return the label of runs that lack the contracts of a fold of economies."""
    return f"{ECONOMIES} {number}"


class BlindRuns(NamedTuple):
    """Forecasts by runs that know only part of the record.

    last        last year in which a lot's contracts are known.  (lot,)
    orders      last year in which orders are known
    chinese     whether a Chinese vendor has a lot, in years of YEARS.  (run, year, lot)
    restricted  whether Chinese vendors are restricted.  (run, year, country)
    lent        by China in the years of LENT, USD bn.  (run, country)
    """

    last: Integers
    orders: int
    chinese: Bools
    restricted: Bools
    lent: Floats


def simulate_blind_runs(
    world: World,
    parameters: Parameters,
    runs: int,
    seed: int,
    workers: int | None,
    progress: bool | Progress,
    some: Mapping[str, PartialWorld] | None = None,
) -> dict[str, BlindRuns]:
    """Simulate forecasts by runs of each partial world, by what the world lacks.

    some  partial worlds in place of those of :func:`build_partial_worlds`
    """
    lacking, baseline = build_partial_worlds(world) if some is None else some, load_scenario("baseline")
    cases = [
        RunCase(
            label,
            baseline,
            extract_holders,
            parameters,
            ("incumbent", "lent", "restricted"),
            AT_ONCE,
            of.world,
            build_partial_past(of.world, runs, parameters),
        )
        for label, of in lacking.items()
    ]
    said = run_cases(
        cases,
        world=world,
        runs=runs,
        seed=seed,
        years=(world.first_year, max(YEARS)),
        workers=workers,
        progress=progress,
    )
    return {
        label: BlindRuns(
            of.last, of.orders, said[label]["chinese"] > 0, said[label]["restricted"] > 0, said[label]["lent"]
        )
        for label, of in lacking.items()
    }


def combine_folds(world: World, said: Mapping[str, BlindRuns]) -> BlindRuns:
    """Combine forecasts by fold: for each lot those by runs without its economy's contracts."""
    fold = (assign_folds(world.countries) % FOLDS)[world.lots.country]
    parts = [said[_label_fold(k)] for k in range(FOLDS)]
    chinese = np.stack([of.chinese for of in parts])[fold, :, :, np.arange(len(fold))]
    nothing = np.full(len(fold), world.first_year - 1)
    return parts[0]._replace(last=nothing, chinese=chinese.transpose(1, 2, 0))


# --- what is scored ------------------------------------------------------------------------------------


class LeftOutOperators(NamedTuple):
    """Operators with lots whose contracts were left out, and the Chinese part of these lots, 0 to 1.

    place     in the world.  (operator,)
    country   (operator,)
    capacity  of these lots.  (operator,)
    recorded  Chinese part on record.  (operator,)
    before    Chinese part in the last year known; NaN if none is.  (operator,)
    said      Chinese part in runs, (run, operator);  remembered  in runs that know all
    barred    whether an order on record forbids them in the year;  known  whether runs know it.  (operator,)
    """

    place: Integers
    country: Integers
    capacity: Floats
    recorded: Floats
    before: Floats
    said: Floats
    remembered: Floats
    barred: Bools
    known: Bools

    def some(self, chosen: Bools) -> LeftOutOperators:
        """Select the operators of a mask (operator,)."""
        return LeftOutOperators(**{name: values[..., chosen] for name, values in self._asdict().items()})


def build_left_out_operators(
    world: World, said: BlindRuns, memory: BlindRuns, year: int, *, signed: bool
) -> LeftOutOperators:
    """Build the operators to score in a year, whose contracts were read and are unknown to runs.

    said    forecasts by runs that lack the contracts;  memory  by runs that know all
    signed  whether a contract after the last year known is on record; else that one holds
    Leaves out the home country of the Chinese vendors.
    """
    lots, record, step = world.lots, world.on_record, world.step(year)
    known = np.minimum(said.last, year) - world.first_year
    news = np.cumsum(record.signed, axis=0)
    fresh = news[step] > news[np.maximum(known, 0), np.arange(len(lots))] * (known >= 0)
    mine = is_holder_read(world, step) & (said.last < year) & (fresh | (not signed))
    mine &= ~world.home[lots.country, world.sponsors.index(SPONSOR)]
    lot = np.flatnonzero(mine)
    place, of = np.unique(lots.operator[lot], return_inverse=True)
    belongs = lots.weight[lot, None] * (of[:, None] == np.arange(len(place)))
    capacity = belongs.sum(axis=0)
    before = np.where(known >= 0, carry_holders_forward(record.holder)[known, np.arange(len(lots))], -1)[lot]
    seen = belongs * (before >= 0)[:, None]
    whole = seen.sum(axis=0)
    theirs = is_chinese_offer(world)
    assert world.recorded_orders is not None
    barred = world.recorded_orders[..., world.sponsors.index(SPONSOR)] == MUST
    country = lots.country[lot][np.unique(of, return_index=True)[1]]
    at = YEARS.index(year)
    return LeftOutOperators(
        place,
        country,
        capacity,
        recorded=theirs[lot, record.holder[step, lot]] @ belongs / capacity,
        before=np.divide(
            (theirs[lot, before] & (before >= 0)) @ seen,
            whole,
            out=np.full(len(place), np.nan),
            where=whole > 0,
        ),
        said=said.chinese[:, at, lot] @ belongs / capacity,
        remembered=memory.chinese[:, at, lot] @ belongs / capacity,
        barred=barred[step, country],
        known=barred[world.step(min(year, said.orders)), country],
    )


def keep_read_contracts(world: World) -> World:
    """Return the world whose record consists of the contracts that were read in a source."""
    return dataclasses.replace(world, contracts=world.facts.get("contracts_read", world.contracts))


def is_holder_read(world: World, step: int) -> Bools:
    """Whether the last contract for each lot, in a year of the record, was read in a source, (lot,)."""
    every, read = world.on_record, keep_read_contracts(world).on_record
    lot = np.arange(len(world.lots))
    same = every.holder[step] == read.holder[step]
    # a recalled contract may be younger than the last one that was read
    latest = (find_last_signed(each.signed[: step + 1]) for each in (every, read))
    result: Bools = (every.holder[step, lot] >= 0) & same & (next(latest) == next(latest))
    return result


def find_last_signed(signed: Bools) -> Integers:
    """Find the last year in which each lot was signed for, as a position; -1 if none.  (lot,)

    signed  (year, lot)
    """
    step = np.where(signed, np.arange(len(signed))[:, None], -1)
    result: Integers = step.max(axis=0)
    return result


def is_chinese_offer(world: World) -> Bools:
    """Whether each vendor slot's offer to each lot is Chinese, (lot, slot)."""
    chinese: Bools = (world.slot_sponsor == world.sponsors.index(SPONSOR))[world.lots.domain]
    return chinese


def carry_holders_forward(holder: Integers) -> Integers:
    """Carry the recorded holder of each lot forward over years without a record.  (year, lot)

    holder  on record, -1 where there is no record.  (year, lot)
    Returns -1 before the first record.
    """
    step = np.where(holder >= 0, np.arange(len(holder))[:, None], -1)
    last = np.maximum.accumulate(step, axis=0)
    return np.where(last >= 0, holder[last, np.arange(holder.shape[1])], -1)
