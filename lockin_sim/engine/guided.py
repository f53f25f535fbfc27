"""Simulate runs whose recorded tenders end as recorded, and return the luck that made them.

A record does not overwrite decisions but informs about the luck behind them.  The shocks of every recorded
tender are drawn conditional on the recorded winner, in one run up to the present; then any scenario decides
by itself with the same shocks.  A tender that could not end as recorded keeps its own luck.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import History, Luck, LuckOfYear
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.engine.buyers import Bought, list_lot_keys, operators_ask
from lockin_sim.engine.renewals import build_tender_rows
from lockin_sim.engine.schedule import Stages, numpy_stages, simulate_year
from lockin_sim.engine.tastes import TasteEvidence, build_supplier_states, find_contract_domain
from lockin_sim.model import decisions
from lockin_sim.model.decisions import DueLots, TenderCounts
from lockin_sim.model.seen import Loans, MarketView, Tenders
from lockin_sim.model.stages import operators_luck, outside
from lockin_sim.model.start import fixed_taste
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World


class Unmet(NamedTuple):
    """Tenders that could not end as recorded, one row each."""

    run: Integers  # (row,), position
    year: Integers  # (row,)
    lot: Integers  # (row,)
    restricted: Bools  # (row,), whether the state bars the vendor on record; else the market does


class Guided(NamedTuple):
    """Results of runs up to the present: luck, unmet tenders, and evidence on tastes."""

    luck: Luck
    unmet: Unmet
    evidence: TasteEvidence | None  # None where nobody asks for it


class Guide:
    """Stage in which operators choose, with luck drawn conditional on the record."""

    def __init__(self, world: World, stages: Stages, notes: Notes | None) -> None:
        self.notes = notes
        self.holder, self._choose = world.on_record.holder, stages.operators_choose
        self.stages = replace(stages, operators_choose=self.choose)
        self.years: list[LuckOfYear] = []
        self.unmet: list[Unmet] = []

    def choose(
        self, batch: Batch, board: Board, rows: Tenders, loans: Loans, view: MarketView
    ) -> tuple[Bought, TenderCounts]:
        """Choose offers as the engine does, with luck drawn conditional on the recorded winners."""
        holder = self.holder[board.step]
        mine = np.flatnonzero(holder[rows.lot] >= 0)
        some, slot = rows.some(mine), holder[rows.lot[mine]]
        who = operators_ask(batch, board, some, loans, view)
        judged = who.judged
        if self.notes is not None:
            self.notes.take(batch, board, some, judged.offers, loans, view)
        row = np.arange(len(mine))
        barred = np.broadcast_to(judged.barred, judged.offers.shape)[row, slot]
        can = judged.offers[row, slot] > -np.inf
        year = np.full(len(mine), board.year)
        self.unmet.append(Unmet(some.run[~can], year[~can], some.lot[~can], barred[~can]))
        some, slot, offers = some.some(can), slot[can], judged.offers[can]
        p, own = (
            batch.parameters_of_rows(some.run),
            operators_luck(who.seen, who.lot, list_lot_keys(batch, board)),
        )
        shocks = decisions.condition_shocks(
            offers,
            own[0][can],
            outside(who.seen.log_income[can], p),
            own[1][can],
            some.considered,
            p.noise_scale,
            slot,
        )
        won = np.arange(offers.shape[1]) == slot[:, None]
        whole = np.concatenate([_round_shocks(shocks[0], won), _round_shocks(shocks[1], False)], axis=1)
        self.years.append(LuckOfYear(board.year, some.run, some.lot, whole))
        batch.draws.luck = Luck.of(len(batch.runs), len(batch.world.lots), self.years[-1:], offers.shape[1])
        return self._choose(batch, board, rows, loans, view)


class Notes:
    """Record the offers to operators that decide, without their tastes, for each possible incumbent.

    offers  as of :class:`.tastes.TasteEvidence`
    """

    def __init__(self, world: World, runs: int) -> None:
        self.states, self.used = build_supplier_states(world), world.slots_used[find_contract_domain(world)]
        self.offers = np.full((runs, len(self.states.lot), self.used, self.used + 1), np.nan)
        self.at = np.full(world.on_record.holder.shape, -1)
        later = np.flatnonzero(self.states.decides & (self.states.year > world.first_year))
        self.at[self.states.year[later] - world.first_year, self.states.lot[later]] = later

    def take(
        self, batch: Batch, board: Board, rows: Tenders, utility: Floats, loans: Loans, view: MarketView
    ) -> None:
        """Record a year's offers to operators that any recorded supplier serves.

        utility  utility of the offers as they are.  (row, vendor)
        """
        state = self.at[board.step, rows.lot]
        offered = ((utility[:, : self.used] > -np.inf) & self.states.mains[state]).any(axis=1) & (state >= 0)
        some, state = rows.some(offered), state[offered]
        p, income = batch.parameters_of_rows(some.run), view.log_income[some.country][:, None]
        without = decisions.compute_outside_utility(outside(income, p), some.considered)
        for incumbent in range(self.used):
            holder = np.where(some.incumbent < 0, some.incumbent, incumbent)
            due = DueLots(some.renewed, some.considered, some.early, some.freed)
            lots = build_tender_rows(batch, board, some.run, some.lot, holder, some.arrived, due)
            offers = operators_ask(batch, board, lots, loans, view).judged.offers
            worth = (offers - batch.lot_taste[some.run, some.lot])[:, : self.used]
            self.offers[some.run, state, incumbent] = np.concatenate([worth, without], axis=1) / p.noise_scale


def _round_shocks(shock: Floats, won: Bools | bool) -> Any:
    """Round shocks to single precision, winners' shocks upwards and all others downwards."""
    near = shock.astype(np.float32)
    up = np.where(near < shock, np.nextafter(near, np.float32(np.inf)), near)
    down = np.where(near > shock, np.nextafter(near, np.float32(-np.inf)), near)
    return np.where(won, up, down)


def simulate_guided(
    world: World,
    parameters: Parameters,
    history: History,
    runs: Integers,
    *,
    evidence: bool,
    stages: Stages | None = None,
) -> Guided:
    """Simulate the world's own baseline up to the present with recorded tenders ending as recorded.

    parameters  of each run
    history  of each run; its luck is not used
    runs  numbers of the runs
    evidence  whether to record what tenders reveal about tastes
    stages  implementation of the stages; None = numpy
    """
    notes = Notes(world, len(runs)) if evidence else None
    guide = Guide(world, numpy_stages() if stages is None else stages, notes)
    offers, (first, last) = world.shape[2], (world.first_year, world.present)
    history = replace(history, luck=Luck.of(len(runs), len(world.lots), [], offers))
    batch = Batch(
        world,
        load_scenario("baseline"),
        parameters,
        seed=history.seed,
        runs=runs.tolist(),
        years=(first, last),
        record=frozenset(),
        history=history,
        stages=guide.stages,
    )
    for year in range(first + 1, last + 1):
        simulate_year(batch, year)
    luck = Luck.of(len(runs), len(world.lots), guide.years, offers)
    unmet = Unmet(*map(np.concatenate, zip(*guide.unmet, strict=True)))
    if notes is None:
        return Guided(luck, unmet, None)
    fixed = fixed_taste(world, batch.draws, parameters.replace({"taste_country": 0.0}), runs)
    tastes = (each[:, find_contract_domain(world), :, : notes.used] for each in (batch.taste, fixed))
    return Guided(luck, unmet, TasteEvidence(notes.offers, *tastes))
