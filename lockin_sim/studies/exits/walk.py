"""The runs behind an exit plan: to the year of the plan once, and from there under each policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.draws import History
from lockin_sim.engine import Engine
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.hypothetical_offers import HypotheticalOffers
from lockin_sim.engine.schedule import one_year
from lockin_sim.errors import InputError
from lockin_sim.parameters import Parameters
from lockin_sim.runs.provenance import Code
from lockin_sim.runs.workers import Block
from lockin_sim.scenario import Scenario
from lockin_sim.studies.exits.asked import Buyer
from lockin_sim.studies.exits.costs import (
    LEAST,
    Costs,
    before_the_end,
    of_cables,
    of_lot,
    of_users,
)
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import World, world_of

#: When a buyer could leave.
MOMENTS = ("now", "renewal", "generation")


@dataclass(frozen=True)
class Walk:
    """What all units share.  A job of the executor.

    world       None = the bundled one
    scenarios   the baseline first, then policies from the year of the plan on
    parameters  of each draw;  luck of each draw, None: the draw's own
    years       first, that of the plan, and the last
    country     index;  leaving  vendor or sponsor;  gone (domain, vendor), its offers;  buyers of theirs
    """

    world: World | None
    scenarios: tuple[Scenario, ...]
    parameters: Parameters
    luck: History | None
    seed: int
    years: tuple[int, int, int]
    country: int
    leaving: str
    gone: Bools
    buyers: tuple[Buyer, ...]
    code: Code = field(default_factory=Code.here)

    def compute(self, draws: range) -> Block:
        """Some draws: arrays by name, the draw first."""
        with one_blas_thread():
            return _Walked(self, draws).arrays()

    def lost(self, problem: str, draws: range) -> NoReturn:
        """Raises InputError: a plan without some of its draws is no result."""
        where = f"draws {draws.start} to {draws.stop - 1}"
        raise InputError(f"workers: {where}: {problem}; allowed: fewer workers.")


class _Walked:
    """Some draws of a plan, as they are simulated."""

    def __init__(self, asked: Walk, draws: range) -> None:
        self.asked, self.world = asked, world_of(asked.world)
        first, self.year, self.last = asked.years
        numbers = np.arange(draws.start, draws.stop)
        engine = Engine(
            self.world,
            asked.scenarios[0],
            asked.parameters.select(numbers),
            seed=asked.seed,
            runs=numbers.tolist(),
            years=(first, self.last),
            record=frozenset(),
            history=None if asked.luck is None else asked.luck[numbers],
        )
        self.batch, self.lots = engine.batch, [b.lot for b in asked.buyers if b.lot >= 0]
        lent = []
        for number in range(first + 1, self.year):
            one_year(self.batch, number)
            lent.append(self.batch.flows.lent_by_lender[:, asked.country].copy())
        shape = (len(numbers), 0, len(self.world.lenders.names))
        self.lent = np.stack(lent, axis=1) if lent else np.zeros(shape)

    def arrays(self) -> Block:
        """All that is kept."""
        asked, state = self.asked, self.batch.state
        held = self._held(self.batch)
        starts = self._following()
        found: Block = {
            "supplied": state.installed[:, :, asked.country].copy(),
            "supplier": state.incumbent[:, self.lots].copy(),
            "held": held,
            "restricted": (state.since[:, asked.country] >= 0).astype(float),
            "debt": state.debt[:, asked.country].copy(),
            "due_to_sponsor": self._instalments(),
            "lent": self.lent,
            "generation_year": starts,
        }
        had = state.incumbent.copy()
        costs = self._now(held, had)
        stays = []
        due = np.full((len(held), len(asked.buyers)), np.nan)
        for number, scenario in enumerate(asked.scenarios):
            batch = self.batch.fork(scenario)
            kept = []
            for year in range(self.year, self.last + 1):
                if number == 0:
                    self._follow(batch, year, held, had, starts, due, costs)
                one_year(batch, year)
                kept.append(self._held(batch))
            stays.append(np.stack(kept, axis=-1))
        return found | {"stays": np.stack(stays, axis=1), "due_year": due} | costs

    def _held(self, batch: Batch) -> Floats:
        """Share of the layer's capacity that each buyer has from those to leave.  (draw, buyer)."""
        asked, state = self.asked, batch.state
        columns: list[Floats] = []
        for b in asked.buyers:
            if b.lot >= 0:
                theirs = np.append(asked.gone[b.domain], False)[state.incumbent[:, b.lot]]
                columns.append(theirs * b.weight)
            else:
                held = state.installed[:, b.domain, asked.country]
                columns.append(held[:, asked.gone[b.domain]].sum(axis=-1))
        return np.stack(columns, axis=-1) if columns else np.zeros((len(state.installed), 0))

    def _following(self) -> Floats:
        """Year in which each buyer's lot is due for the next generation, NaN where none follows."""
        starts = np.moveaxis(self.batch.generation_start, 0, -1)  # (run, lot, generation)
        later = np.where(starts >= self.year, starts, NEVER).min(axis=-1, initial=NEVER)
        columns = [later[:, b.lot] if b.lot >= 0 else np.full(len(later), NEVER) for b in self.asked.buyers]
        years = np.stack(columns, axis=-1).astype(float) if columns else np.zeros((len(later), 0))
        return np.where(years <= self.last, years, np.nan)

    def _instalments(self) -> Floats:
        """What falls due of what is owed when the plan's year begins.  (draw, year, sponsor), USD bn."""
        asked, state = self.asked, self.batch.state
        first = self.year - self.batch.first_year
        changes = state.instalment_change[:, first:, asked.country]
        years = self.last - self.year + 1
        padded = np.zeros((len(changes), years, changes.shape[-1]))
        padded[:, : changes.shape[1]] = changes[:, :years]
        result: Floats = state.instalment[:, None, asked.country] + np.cumsum(padded, axis=1)
        return result

    def _now(self, held: Floats, had: Integers) -> Block:
        """Costs now and at a renewal, seen when the plan's year begins."""
        asked, seen = self.asked, HypotheticalOffers(self.batch, self.year)
        costs = self._empty(held)
        for n, b in enumerate(asked.buyers):
            run = np.flatnonzero(held[:, n] > LEAST)
            if not run.size:
                continue
            if b.lot >= 0:
                found = of_lot(seen, run, b.lot, had[run, b.lot], asked.gone, freed=False)
            else:
                found = Costs(*(part[run] for part in self._of_all(seen, b)))
            self._put(costs, "renewal", run, n, found)
            self._put(costs, "now", run, n, before_the_end(found))
        return costs

    def _of_all(self, seen: HypotheticalOffers, buyer: Buyer) -> Costs:
        """Costs of all users of a layer, or of all cables, in every run."""
        if buyer.kind == "users":
            return of_users(seen, buyer.domain, self.asked.country, self.asked.gone)
        return of_cables(seen, self.asked.country, self.asked.gone)

    def _follow(
        self, batch: Batch, year: int, held: Floats, had: Integers, starts: Floats, due: Floats, costs: Block
    ) -> None:
        """Lots that come up, and costs of those that a generation frees, in a year of the baseline."""
        asked, seen = self.asked, HypotheticalOffers(batch, year)
        rows = seen.up.rows
        for n, b in enumerate(asked.buyers):
            if b.lot < 0:
                continue
            up = rows.run[(rows.lot == b.lot) & rows.due.renewed[:, 0]]
            due[up, n] = np.where(np.isnan(due[up, n]), year, due[up, n])
            run = np.flatnonzero((starts[:, n] == year) & (held[:, n] > LEAST))
            if run.size:
                found = of_lot(seen, run, b.lot, had[run, b.lot], asked.gone, freed=True)
                self._put(costs, "generation", run, n, found)

    def _empty(self, held: Floats) -> Block:
        """Costs before any are found: (draw, buyer, moment), and by lender."""
        shape = (*held.shape, len(MOMENTS))
        names = [name for name in Costs._fields if name != "lent"]
        made: Block = {name: np.full(shape, np.nan) for name in names}
        return made | {"could_lend": np.full((*shape, len(self.world.lenders.names)), np.nan)}

    @staticmethod
    def _put(costs: Mapping[str, Floats], moment: str, run: Integers, buyer: int, found: Costs) -> None:
        """Put what a buyer pays at a moment among the costs."""
        at = MOMENTS.index(moment)
        for name, values in found._asdict().items():
            costs["could_lend" if name == "lent" else name][run, buyer, at] = values
