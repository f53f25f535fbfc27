"""The runs behind an exit plan, and what leaving costs a buyer in the money of the model's contracts.

Costs are (T8) of (C8) and (P10), each made of what decides in the model: the utility of offers, their price
term, what loans take off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.draws import History
from lockin_sim.engine import Engine
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.hypothetical_offers import HypotheticalOffers, Offered
from lockin_sim.engine.renewals import years_ahead
from lockin_sim.engine.schedule import one_year
from lockin_sim.engines import one_blas_thread
from lockin_sim.errors import InputError
from lockin_sim.model import decisions
from lockin_sim.model.projects import landing_value
from lockin_sim.model.sales import follows_base
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts, finance
from lockin_sim.rules.reduce import total
from lockin_sim.runs.provenance import Code
from lockin_sim.runs.workers import Block
from lockin_sim.scenario import Scenario
from lockin_sim.world import World, world_of

#: When a buyer could leave.
MOMENTS = ("now", "renewal", "generation")

#: Capacity below which nothing is there to leave: what retires never quite reaches zero.
LEAST = 1e-3


class Buyer(NamedTuple):
    """Who would leave: an operator's lot, all users of a layer, or all cables that land."""

    domain: int
    kind: str  # operator, users or project
    operator: str  # name, empty where no operator buys
    lot: int  # index among the world's lots, -1 for others
    weight: float  # share of the economy's capacity in the layer

    def label(self, world: World) -> str:
        """A name of its own: 'mobile_network/operator 1/2'."""
        domain = world.domains[self.domain]
        if self.kind != "operator":
            return f"{domain}/{'users' if self.kind == 'users' else 'cables'}"
        return f"{domain}/{world.lots.labels[self.lot]}"


class Costs(NamedTuple):
    """What leaving costs some buyers, (row,) each."""

    cost: Floats  # (T8), USD bn, NaN where nobody else offers
    bought_again: Floats  # part of it that was paid ahead, USD bn
    rebate: Floats  # g
    without_switching: Floats  # g, had the buyer no incumbent to switch from
    chance: Floats  # that the buyer leaves by itself, its contract being up
    cut: Floats  # 1 - q, share of others' price that loans take off
    spending: Floats  # M T c, USD bn
    contract: Floats  # (1 - e) M T c, the part that is paid ahead, USD bn
    lent: Floats  # (row, lender), loans for a contract with whom it would take, USD bn

    def at(self, run: Integers) -> Costs:
        """The costs in some runs, where the rows are all runs."""
        return Costs(*(values[run] for values in self))


def priced(
    seen: HypotheticalOffers, domain: int, run: Integers, offered: Offered, gone: Bools, spending: Floats
) -> Costs:
    """The costs at the end of a contract.

    domain    index;  run (row,), positions of runs;  offered to each
    gone      (vendor,), offers of those to leave;  spending (row,), M T c
    """
    left = decisions.leave(
        offered.offers, offered.switching, offered.benefit, gone, offered.price_weight, offered.noise
    )
    sponsor = seen.batch.world.slot_sponsor[domain]
    by_lender = np.einsum("rv,rvl->rl", left.others, offered.given[:, sponsor])
    contract = spending * _ahead(seen, run, domain)
    chance, rebate, free, net = (
        part[:, 0] for part in (left.chance, left.rebate, left.without_switching, left.net_price)
    )
    return Costs(
        cost=contracts.leaving_cost(spending, 0.0, rebate, net),
        bought_again=np.zeros_like(net),
        rebate=rebate,
        without_switching=free,
        chance=chance,
        cut=1.0 - net,
        spending=spending,
        contract=contract,
        # of the contract alone: what loans pay beside it, such as backbones, is not part of leaving
        lent=finance.loans(contract[:, None], by_lender, seen.batch.of_rows(run).financed_share, 1.0),
    )


def before_the_end(costs: Costs) -> Costs:
    """The same for leaving before the contract's end, when nothing is up and nobody leaves by itself."""
    net = 1.0 - costs.cut
    cost = contracts.leaving_cost(costs.spending, costs.contract, costs.rebate, net)
    return costs._replace(cost=cost, bought_again=net * costs.contract, chance=np.zeros_like(costs.chance))


def of_lot(
    seen: HypotheticalOffers, run: Integers, lot: int, incumbent: Integers, gone: Bools, *, freed: bool
) -> Costs:
    """Costs of one operator's lot in some runs, at the end of its contract or freed by a generation.

    run  (row,);  incumbent (row,), slot that runs it;  gone (domain, vendor)
    """
    batch, lots = seen.batch, seen.batch.world.lots
    d, place = int(lots.domain[lot]), np.full(len(run), lot)
    years = years_ahead(batch, seen.board.year, run, place)[:, 0]
    size = seen.board.now.market_size[d, lots.country[lot]]
    spending = contracts.contract_value(float(lots.weight[lot]), size, years)
    return priced(seen, d, run, seen.lots(run, place, incumbent, freed=freed), gone[d], spending)


def of_users(seen: HypotheticalOffers, domain: int, country: int, gone: Bools) -> Costs:
    """Costs of all users of those to leave, in every run; shares and chances are means over users."""
    batch, world = seen.batch, seen.batch.world
    held = batch.state.installed[:, domain, country]
    run, size = np.arange(len(held)), seen.board.now.market_size[domain, country]
    origins = np.flatnonzero(gone[domain] & (held > 0).any(axis=0)).tolist()
    parts = [
        priced(
            *(seen, domain, run, seen.users(domain, country, origin), gone[domain]),
            contracts.contract_value(held[:, origin], size, world.lifetime[domain]),
        )
        for origin in origins
    ]
    return _together(parts, held[:, origins])


def of_cables(seen: HypotheticalOffers, country: int, gone: Bools) -> Costs:
    """Costs of the landings of those to leave, in every run: each would be built anew."""
    world, routes = seen.batch.world, seen.batch.world.routes
    assert routes is not None
    d = routes.domain
    landings = seen.batch.state.landings[:, country][:, gone[d]].sum(axis=-1)
    value = landing_value(world, seen.board.now.market_size[d])
    return priced(seen, d, np.arange(len(landings)), seen.landing(country), gone[d], landings * value)


def _together(parts: list[Costs], weights: Floats) -> Costs:
    """One buyer of several origins: money is added, shares are means by weight.  weights (row, part)."""
    whole = np.maximum(weights.sum(axis=-1), np.finfo(float).tiny)

    def mean(name: str) -> Floats:
        """Mean over parts by weight.  (row,)."""
        return total(np.stack([getattr(p, name) for p in parts], axis=-1) * weights)[..., 0] / whole

    summed = {name: np.sum([getattr(p, name) for p in parts], axis=0) for name in Costs._fields}
    for name in ("rebate", "without_switching", "chance", "cut"):
        summed[name] = mean(name)
    return Costs(**summed)


def _ahead(seen: HypotheticalOffers, run: Integers, domain: int) -> Floats:
    """Part of spending in a layer that contracts pay ahead, 1 - e.  (row,)."""
    follows = follows_base(seen.batch.world, seen.batch.parameters)[:, domain]
    return 1.0 - np.broadcast_to(follows, (len(seen.batch.runs),))[run]


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

    def __init__(self, walk: Walk, draws: range) -> None:
        self.walk, self.world = walk, world_of(walk.world)
        first, self.year, self.last = walk.years
        numbers = np.arange(draws.start, draws.stop)
        engine = Engine(
            self.world,
            walk.scenarios[0],
            walk.parameters.select(numbers),
            seed=walk.seed,
            runs=numbers.tolist(),
            years=(first, self.last),
            record=frozenset(),
            history=None if walk.luck is None else walk.luck[numbers],
        )
        self.batch, self.lots = engine.batch, [b.lot for b in walk.buyers if b.lot >= 0]
        lent = []
        for number in range(first + 1, self.year):
            one_year(self.batch, number)
            lent.append(self.batch.flows.lent_by_lender[:, walk.country].copy())
        shape = (len(numbers), 0, len(self.world.lenders.names))
        self.lent = np.stack(lent, axis=1) if lent else np.zeros(shape)

    def arrays(self) -> Block:
        """All that is kept."""
        walk, state = self.walk, self.batch.state
        held = self._held(self.batch)
        starts = self._following()
        arrays: Block = {
            "supplied": state.installed[:, :, walk.country].copy(),
            "supplier": state.incumbent[:, self.lots].copy(),
            "held": held,
            "restricted": (state.since[:, walk.country] >= 0).astype(float),
            "debt": state.debt[:, walk.country].copy(),
            "due_to_sponsor": self._instalments(),
            "lent": self.lent,
            "generation_year": starts,
        }
        had = state.incumbent.copy()
        costs = self._now(held, had)
        stays = []
        due = np.full((len(held), len(walk.buyers)), np.nan)
        for number, scenario in enumerate(walk.scenarios):
            batch = self.batch.fork(scenario)
            kept = []
            for year in range(self.year, self.last + 1):
                if number == 0:
                    self._follow(batch, year, held, had, starts, due, costs)
                one_year(batch, year)
                kept.append(self._held(batch))
            stays.append(np.stack(kept, axis=-1))
        return arrays | {"stays": np.stack(stays, axis=1), "due_year": due} | costs

    def _held(self, batch: Batch) -> Floats:
        """Share of the layer's capacity that each buyer has from those to leave.  (draw, buyer)."""
        walk, state = self.walk, batch.state
        columns: list[Floats] = []
        for b in walk.buyers:
            if b.lot >= 0:
                theirs = np.append(walk.gone[b.domain], False)[state.incumbent[:, b.lot]]
                columns.append(theirs * b.weight)
            else:
                held = state.installed[:, b.domain, walk.country]
                columns.append(held[:, walk.gone[b.domain]].sum(axis=-1))
        return np.stack(columns, axis=-1) if columns else np.zeros((len(state.installed), 0))

    def _following(self) -> Floats:
        """Year in which each buyer's lot is due for the next generation, NaN where none follows."""
        starts = np.moveaxis(self.batch.generation_start, 0, -1)  # (run, lot, generation)
        later = np.where(starts >= self.year, starts, NEVER).min(axis=-1, initial=NEVER)
        columns = [later[:, b.lot] if b.lot >= 0 else np.full(len(later), NEVER) for b in self.walk.buyers]
        years = np.stack(columns, axis=-1).astype(float) if columns else np.zeros((len(later), 0))
        return np.where(years <= self.last, years, np.nan)

    def _instalments(self) -> Floats:
        """What falls due of what is owed when the plan's year begins.  (draw, year, sponsor), USD bn."""
        walk, state = self.walk, self.batch.state
        first = self.year - self.batch.first_year
        changes = state.instalment_change[:, first:, walk.country]
        years = self.last - self.year + 1
        padded = np.zeros((len(changes), years, changes.shape[-1]))
        padded[:, : changes.shape[1]] = changes[:, :years]
        result: Floats = state.instalment[:, None, walk.country] + np.cumsum(padded, axis=1)
        return result

    def _now(self, held: Floats, had: Integers) -> Block:
        """Costs now and at a renewal, seen when the plan's year begins."""
        walk, seen = self.walk, HypotheticalOffers(self.batch, self.year)
        costs = self._empty(held)
        for n, b in enumerate(walk.buyers):
            run = np.flatnonzero(held[:, n] > LEAST)
            if not run.size:
                continue
            if b.kind == "operator":
                leaving = of_lot(seen, run, b.lot, had[run, b.lot], walk.gone, freed=False)
            elif b.kind == "users":
                leaving = of_users(seen, b.domain, walk.country, walk.gone).at(run)
            else:
                leaving = of_cables(seen, walk.country, walk.gone).at(run)
            _put(costs, "renewal", run, n, leaving)
            _put(costs, "now", run, n, before_the_end(leaving))
        return costs

    def _follow(
        self, batch: Batch, year: int, held: Floats, had: Integers, starts: Floats, due: Floats, costs: Block
    ) -> None:
        """Lots that come up, and costs of those that a generation frees, in a year of the baseline."""
        walk, seen = self.walk, HypotheticalOffers(batch, year)
        rows = seen.up.rows
        for n, b in enumerate(walk.buyers):
            if b.lot < 0:
                continue
            up = rows.run[(rows.lot == b.lot) & rows.due.renewed[:, 0]]
            due[up, n] = np.where(np.isnan(due[up, n]), year, due[up, n])
            run = np.flatnonzero((starts[:, n] == year) & (held[:, n] > LEAST))
            if run.size:
                leaving = of_lot(seen, run, b.lot, had[run, b.lot], walk.gone, freed=True)
                _put(costs, "generation", run, n, leaving)

    def _empty(self, held: Floats) -> Block:
        """Costs before any are leaving: (draw, buyer, moment), and by lender."""
        shape = (*held.shape, len(MOMENTS))
        names = [name for name in Costs._fields if name != "lent"]
        costs: Block = {name: np.full(shape, np.nan) for name in names}
        return costs | {"could_lend": np.full((*shape, len(self.world.lenders.names)), np.nan)}


def _put(costs: Block, moment: str, run: Integers, buyer: int, leaving: Costs) -> None:
    """Put what a buyer pays at a moment among the costs."""
    for name, values in leaving._asdict().items():
        costs[_NAMES.get(name, name)][run, buyer, MOMENTS.index(moment)] = values


#: What a field of :class:`Costs` is called in the dataset, where that differs.
_NAMES = {"lent": "could_lend"}
