"""Runs of the baseline whose recorded tenders end as recorded, and what makes them: luck, and tastes.

A record does not overwrite decisions, it tells of the luck behind them.  So the shocks of every tender of a
lot on record are drawn given that the vendor on record won, in one run up to the present; then any scenario
decides by itself with the same shocks.  Where a tender could not end as recorded, its luck stays its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.draws import Draws, History, Luck, LuckOfYear
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.engine.buyers import ALL, Signed, here_of, lots_of, operators_ask, tenders_of
from lockin_sim.engine.renewals import Loans, Rows, lots_as_rows
from lockin_sim.engine.schedule import one_year, stages
from lockin_sim.ensemble import operators_on_record
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Due
from lockin_sim.model.stages.buyers import operators_luck, outside_of
from lockin_sim.model.stages.market import MarketView
from lockin_sim.model.start import constants
from lockin_sim.parameters import Parameters
from lockin_sim.rules import choice
from lockin_sim.scenario import load_scenario
from lockin_sim.world import World

#: Number of tastes of an operator of which one is taken.
CANDIDATES = 512


class Evidence(NamedTuple):
    """What tenders that ended as recorded say of the lasting tastes of operators; one row each.

    Offers are (row, vendor + 1), utility over noise scale without the operator's taste, the last that of
    going without; -inf where not to be taken.
    """

    run: Integers  # (row,), position
    lot: Integers  # (row,)
    slot: Integers  # (row,), who won
    offers: Floats


class Unmet(NamedTuple):
    """Tenders that could not end as recorded; one row each."""

    run: Integers  # (row,), position
    year: Integers  # (row,)
    lot: Integers  # (row,)
    restricted: Bools  # (row,), whether the state bars the vendor on record; else the market does


class Guided(NamedTuple):
    """What runs up to the present give."""

    luck: Luck
    unmet: Unmet
    evidence: (
        tuple[Evidence, Evidence, Evidence] | None
    )  # see ``tastes_given``; None where nobody asks for it


class Guide:
    """The stage in which operators choose, with luck that is made given the record before it is used."""

    def __init__(self, world: World, *, compiled: bool, evidence: bool) -> None:
        self.evidence = evidence
        self.holder, self.stages = world.on_record.holder, stages(compiled=compiled)
        self._choose, self.stages.operators_choose = self.stages.operators_choose, self.choose
        self.used = world.slots_used[int(world.lots.domain[world.contracts.held[0, 1]])]
        self.years: list[LuckOfYear] = []
        self.known: list[Evidence] = []
        self.unknown: list[Evidence] = []
        self.unmet: list[Unmet] = []

    def choose(self, batch: Batch, board: Board, rows: Rows, loans: Loans, view: MarketView) -> Signed:
        """As of the engine, with the year's luck given who won on record."""
        holder = self.holder[board.step]
        mine = np.flatnonzero(holder[rows.lot] >= 0)
        some, slot = _some(rows, mine), holder[rows.lot[mine]]
        asked = operators_ask(batch, board, some, loans, view)
        row = np.arange(len(mine))
        barred = np.broadcast_to(asked.barred, asked.offers.shape)[row, slot]
        can = asked.offers[row, slot] > -np.inf
        year = np.full(len(mine), board.year)
        self.unmet.append(Unmet(some.run[~can], year[~can], some.lot[~can], barred[~can]))
        some, slot, offers = _some(some, can), slot[can], asked.offers[can]
        if self.evidence:
            self._note(batch, board, some, slot, offers, loans, view)
        here, p = here_of(batch, some.run, some.domain, some.country), batch.of_rows(some.run)
        luck = [batch.draws.of_country(name, board.year) for name in ("offer", "outside")]
        own = operators_luck(
            here, ALL, (luck[0].key, luck[1].key), luck[0].counter, view, lots_of(batch),
            tenders_of(batch, board, some),
        )  # fmt: skip
        outside = outside_of(here, p, view)
        shocks = decisions.luck_given(
            offers, own[0], outside, own[1], some.due.considered, p.noise_scale, slot
        )
        won = np.arange(offers.shape[1]) == slot[:, None]
        whole = np.concatenate([_rounded(shocks[0], won), _rounded(shocks[1], False)], axis=1)
        self.years.append(LuckOfYear(board.year, some.run, some.lot, whole))
        batch.draws.luck = Luck.of(len(batch.runs), len(batch.world.lots), self.years[-1:], offers.shape[1])
        signed: Signed = self._choose(batch, board, rows, loans, view)
        return signed

    def _note(
        self, batch: Batch, board: Board, rows: Rows, slot: Integers, offers: Floats, loans: Loans,
        view: MarketView,
    ) -> None:  # fmt: skip
        """Keep what tenders say of tastes; who had a lot before may not be on record."""
        recorded = (self.holder[: board.step, rows.lot] >= 0).any(axis=0) | (rows.incumbent < 0)
        known, others, by_incumbent = _some(rows, recorded), _some(rows, ~recorded), []
        self.known.append(self._evidence(batch, known, slot[recorded], offers[recorded], view))
        for incumbent in range(self.used):
            who = np.full(len(others.lot), incumbent)
            lots = lots_as_rows(batch, board, others.run, others.lot, who, others.arrived, others.due)
            asked = operators_ask(batch, board, lots, loans, view)
            by_incumbent.append(self._evidence(batch, lots, slot[~recorded], asked.offers, view))
        every = np.stack([each.offers for each in by_incumbent], axis=1)
        self.unknown.append(by_incumbent[0]._replace(offers=every))

    def _evidence(
        self, batch: Batch, rows: Rows, slot: Integers, offers: Floats, view: MarketView
    ) -> Evidence:
        """Offers of tenders without the taste of their operators."""
        p, here = batch.of_rows(rows.run), here_of(batch, rows.run, rows.domain, rows.country)
        own = batch.lot_taste[rows.run, rows.lot] - batch.taste[rows.run, rows.domain, rows.country]
        outside = np.where(rows.due.considered, outside_of(here, p, view), -np.inf)
        worth = np.concatenate([(offers - own)[:, : self.used], outside], axis=1) / p.noise_scale
        return Evidence(rows.run, rows.lot, slot, worth)


def _some(rows: Rows, some: Integers | Bools) -> Rows:
    """Some of the rows."""
    due = Due(*(flag[some] for flag in rows.due))
    others: dict[str, Any] = {n: of[some] for n, of in rows._asdict().items() if isinstance(of, np.ndarray)}
    return Rows(due=due, **others)


def _rounded(shock: Floats, won: Bools | bool) -> Any:
    """Shocks in single precision: of who won not below what they were, of others not above."""
    near = shock.astype(np.float32)
    up = np.where(near < shock, np.nextafter(near, np.float32(np.inf)), near)
    down = np.where(near > shock, np.nextafter(near, np.float32(-np.inf)), near)
    return np.where(won, up, down)


def guided(
    world: World, parameters: Parameters, history: History, runs: Integers, *, compiled: bool, evidence: bool
) -> Guided:
    """Runs of the world's own baseline up to the present, whose recorded tenders end as recorded.

    parameters  of each run;  history  of each, whose luck is not used;  runs  their numbers
    evidence    whether what tenders say of tastes is gathered
    """
    guide = Guide(world, compiled=compiled, evidence=evidence)
    offers, (first, last) = world.shape[2], (world.first_year, world.present)
    history = replace(history, luck=Luck.of(len(runs), len(world.lots), [], offers))
    batch = Batch(
        world, load_scenario("baseline"), parameters, seed=history.seed, runs=runs.tolist(),
        years=(first, last), record=frozenset(), history=history, stages=guide.stages,
    )  # fmt: skip
    begun = [_first_year(batch)] if evidence else []
    for year in range(first + 1, last + 1):
        one_year(batch, year)
    luck = Luck.of(len(runs), len(world.lots), guide.years, offers)
    said = tuple(map(_joined, (begun, guide.known, guide.unknown))) if evidence else None
    return Guided(luck, _joined(guide.unmet), said)


def _joined(parts: list[Any]) -> Any:
    """Rows of several named tuples of arrays."""
    return type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))


def _first_year(batch: Batch) -> Evidence:
    """What the suppliers of the first year say."""
    world, holder = batch.world, batch.world.on_record.holder[0]
    lot = np.flatnonzero(holder >= 0)
    domain, country = world.lots.domain[lot], world.lots.country[lot]
    worth = constants(world).appeal[domain, country] + batch.taste[:, domain, country]
    run, place = np.indices(worth.shape[:2]).reshape(2, -1)
    slot = holder[lot][place]
    worth = worth.reshape(len(run), -1)
    can = worth[np.arange(len(run)), slot] > -np.inf
    none, used = np.full((len(run), 1), -np.inf), world.slots_used[int(domain[0])]
    worth = np.concatenate([worth[:, :used], none], axis=1)
    return Evidence(run[can], lot[place[can]], slot[can], worth[can])


# --- tastes -------------------------------------------------------------------------------------------


def tastes_given(
    world: World, parameters: Parameters, history: History, runs: Integers, said: tuple[Evidence, ...]
) -> Integers:
    """Lasting tastes of operators, drawn given their contracts: numbers of pool runs.  (run, operator).

    said  what the first year says of them, tenders whose incumbent is on record or that have none, and other
          tenders, whose offers are (row, incumbent, vendor + 1), by who may have been there
    One of :data:`CANDIDATES` for each operator on record, with weight P(its contracts | taste, what was on
    offer); operators that are not on record have the taste of their country's pool run.
    """
    lots = world.lots
    first_lot = np.unique(lots.operator, return_index=True)[1]
    tastes = history.numbers[:, lots.country[first_lot]].astype(np.int32)
    some = operators_on_record(world)
    lot = first_lot[some]
    pool = Draws(history.seed, np.arange(CANDIDATES))
    keys = pool.stream("operator taste")[:, None, None] ^ world.operator_keys[lot][:, None]
    normal = pool.normal(keys, world.offer_keys[lots.domain[lot]]).swapaxes(0, 1)  # operator, candidate
    luck = Draws(history.seed, runs)
    shock = luck.uniform(luck.stream("taste of operators")[:, None], world.operator_keys[lot])
    spread = world.relative_taste[lots.domain[lot]][:, None, None] * normal
    for r in range(len(runs)):
        p = parameters.select(r).at(world.first_year)
        noise = float(np.asarray(p.noise_scale))
        likelihood = _log_likelihood(world, noise, p.taste_operator * spread, some, said, r)
        tastes[r, some] = choice.weighted(likelihood, shock[r])
    return tastes


def _log_likelihood(
    world: World, noise_scale: float, taste: Floats, some: Integers, said: tuple[Evidence, ...], run: int
) -> Floats:
    """Log likelihood of the contracts of some operators for each taste.  (operator, candidate)

    taste  (operator, candidate, vendor), utility units
    """
    likelihood = np.zeros(taste.shape[:2])
    scaled, appeal = taste / noise_scale, constants(world).appeal
    for evidence, of in zip(said, (taste, scaled, scaled), strict=True):
        mine = np.flatnonzero(evidence.run == run)
        operator = np.searchsorted(some, world.lots.operator[evidence.lot[mine]])
        used = evidence.offers.shape[-1] - 1
        for k in np.unique(operator):
            rows, liked = mine[operator == k], of[k, :, :used]
            offers, slot, lot = evidence.offers[rows], evidence.slot[rows], evidence.lot[rows]
            if offers.ndim == 2:
                chance = choice.taken_by_taste(offers, liked, slot)
            else:
                there = appeal[world.lots.domain[lot], world.lots.country[lot], :used]
                chance = _over_incumbents(offers, there, taste[k, :, :used], liked, slot)
            likelihood[k] += choice.log_of(chance).sum(axis=1)
    return likelihood


def _over_incumbents(offers: Floats, appeal: Floats, taste: Floats, liked: Floats, slot: Integers) -> Floats:
    """Probability that offers were taken, over all incumbents whom the first year may have brought.
    (candidate, row)

    offers  (row, incumbent, vendor + 1);  appeal  of the first year, (row, vendor)
    taste, liked  (candidate, vendor), utility units, and over noise scale
    """
    found = np.zeros((len(liked), len(slot)))
    none = np.full((len(slot), 1), -np.inf)
    for incumbent in range(offers.shape[1]):
        who = np.full(len(slot), incumbent)
        before = choice.taken_by_taste(np.concatenate([appeal, none], axis=1), taste, who)
        found += before * choice.taken_by_taste(offers[:, incumbent], liked, slot)
    return found
