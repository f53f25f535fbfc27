"""Runs of an exit plan, and each buyer's cost of leaving in the money of the model's contracts.

Costs are (T8) of (C8) and (P10), each computed from the quantities that decide purchases in the model: the
utility of offers, their price term, and the part of the price that loans pay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.hypothetical_offers import HypotheticalOffers, Offered
from lockin_sim.engine.renewals import compute_contract_years
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.model import decisions
from lockin_sim.model.projects import landing_value
from lockin_sim.model.sales import follows_base
from lockin_sim.rules import contracts, finance
from lockin_sim.rules.reduce import total
from lockin_sim.runs.workers import Block
from lockin_sim.runs.yearly_job import YearlyJob
from lockin_sim.world import World

#: When a buyer could leave.
MOMENTS = ("now", "renewal", "generation")

#: What leaving costs: (T8), NaN where nobody else offers; the part of it that was paid ahead; g, and g had
#: the buyer no incumbent to switch from; the chance that it leaves by itself, its contract being up; 1 - q,
#: what loans take off others' price; M T c; and (1 - e) M T c, what is paid ahead.  Money in USD bn.
COSTS = (
    "cost",
    "bought_again",
    "rebate",
    "without_switching",
    "chance",
    "cut",
    "spending",
    "contract",
)

#: Those of them that are means where several origins are one buyer; the others are added.
_MEANS = ("rebate", "without_switching", "chance", "cut")

#: Capacity below which nothing is there to leave: what retires never quite reaches zero.
LEAST = 1e-3


class ExitBuyer(NamedTuple):
    """Buyer in an exit plan: an operator's lot, all users of a layer, or all cables that land."""

    country: int
    domain: int
    kind: str  # operator, users or project
    operator: str  # name, empty where no operator buys
    lot: int  # index among the world's lots, -1 for others
    weight: float  # share of the economy's capacity in the layer

    def label(self, world: World) -> str:
        """Return a unique label of the buyer: 'mobile_network/operator 1/2'."""
        words = {"users": "users", "project": "cables"}
        return f"{world.domains[self.domain]}/{words.get(self.kind) or world.lots.labels[self.lot]}"


@dataclass(frozen=True)
class ExitRuns(YearlyJob):
    """Runs of an exit plan.

    scenarios   the baseline first, then policies from the year of the plan on
    years       first, that of the plan, and the last
    countries   indices;  leaving  vendor or sponsor;  gone (domain, vendor), its offers;  buyers, country by
                country
    """

    years: tuple[int, int, int]
    countries: tuple[int, ...]
    leaving: str
    gone: Bools
    buyers: tuple[ExitBuyer, ...]

    def question(self) -> list[Any]:
        """Return the economies, the offers to leave and the buyers, which identify the job."""
        return [self.countries, self.gone, self.buyers]

    def alone(self, country: int, last: int) -> ExitRuns:
        """Select one economy of the job, followed to an earlier last year."""
        mine = tuple(buyer for buyer in self.buyers if buyer.country == country)
        return replace(self, countries=(country,), buyers=mine, years=(*self.years[:2], last))

    def compute(self, draws: range) -> Block:
        """Simulate some draws.  Returns arrays by name, the draw first, then the buyer or the country.

        Raises InputError on a worker without the engine.
        """
        first, year, _ = self.years
        with limit_blas_threads():
            batch = self.begun(draws)
            shape = len(draws), len(self.countries), year - first - 1, len(batch.world.lenders.names)
            lent = np.zeros(shape)
            for place in range(shape[2]):
                simulate_year(batch, first + 1 + place)
                lent[:, :, place] = batch.flows.lent_by_lender[:, self.countries]
            arrays = self._collect_initial_state(batch) | {"lent": lent}
            return arrays | self._simulate_scenarios(batch, arrays["held"], arrays["generation_year"])

    def _compute_held_shares(self, batch: Batch) -> Floats:
        """Compute each buyer's share of capacity supplied by the vendors to leave.  (draw, buyer)."""
        parts = np.zeros((len(batch.runs), len(self.buyers)))
        for n, b in enumerate(self.buyers):
            gone = self.gone[b.domain]
            if b.lot >= 0:
                parts[:, n] = np.append(gone, False)[batch.state.incumbent[:, b.lot]] * b.weight
            else:
                parts[:, n] = batch.state.installed[:, b.domain, b.country][:, gone].sum(axis=-1)
        return parts

    def _collect_initial_state(self, batch: Batch) -> Block:
        """Collect suppliers, held shares, restrictions, debt and due generations when the plan begins.

        Returns arrays by name, the draw first.  ``supplier`` is -1 without a vendor, ``generation_year`` NaN
        without a generation up to the last year.
        """
        world, state, (_, year, last) = batch.world, batch.state, self.years
        parts, here = self._compute_held_shares(batch), list(self.countries)
        domain, slot = np.nonzero(world.slot_vendor >= 0)
        supplied = np.zeros((len(parts), len(here), len(world.domains), len(world.vendors)))
        installed = np.moveaxis(state.installed[:, :, here], 2, 1)
        supplied[:, :, domain, world.slot_vendor[domain, slot]] = installed[:, :, domain, slot]
        starts = np.moveaxis(batch.generation_start, 0, -1)  # (run, lot, generation)
        later = decisions.find_next_generation_year(starts, year - 1).astype(
            float
        )  # a generation of the year itself counts
        later[later > last] = np.nan
        supplier, following = np.full(parts.shape, -1), np.full(parts.shape, np.nan)
        for n, b in enumerate(self.buyers):
            if b.lot >= 0:
                vendors = np.append(world.slot_vendor[b.domain], -1)
                supplier[:, n], following[:, n] = vendors[state.incumbent[:, b.lot]], later[:, b.lot]
        years = last - year + 1
        changes = state.instalment_change[:, year - batch.first_year :, here][:, :years]
        padded = np.pad(changes, ((0, 0), (0, years - changes.shape[1]), (0, 0), (0, 0)))
        due = state.instalment[:, None, here] + np.cumsum(padded, axis=1)
        return {
            "supplied": supplied,
            "supplier": supplier,
            "held": parts,
            "restricted": (state.since[:, here] >= 0).astype(float),
            "debt": state.debt[:, here],
            "due_to_sponsor": np.moveaxis(due, 2, 1),
            "generation_year": following,
        }

    def _simulate_scenarios(self, batch: Batch, parts: Floats, generation: Floats) -> Block:
        """Compute costs of leaving, first renewal years, and held shares under each scenario.

        parts  (draw, buyer), held shares when the plan begins;  generation  (draw, buyer), year of the
               generation
        Returns the costs (draw, buyer, moment), ``could_lend`` (draw, buyer, moment, lender), ``due_year``
        (draw, buyer) and ``stays`` (draw, scenario, buyer, year).
        """
        had, shape, lenders = batch.state.incumbent.copy(), parts.shape, len(batch.world.lenders.names)
        costs: Block = {name: np.full((*shape, len(MOMENTS)), np.nan) for name in COSTS}
        costs["could_lend"] = np.full((*shape, len(MOMENTS), lenders), np.nan)
        due, stays = np.full(shape, np.nan), []

        def note(moment: str, n: int, run: Integers, priced: Block) -> None:
            """Record the costs of a buyer at a moment in some runs."""
            for name, values in priced.items():
                costs[name][run, n, MOMENTS.index(moment)] = values

        seen = HypotheticalOffers(batch, self.years[1])
        for n, buyer in enumerate(self.buyers):
            run = np.flatnonzero(parts[:, n] > LEAST)
            if run.size:
                priced = self._compute_buyer_costs(seen, buyer, run, had, freed=False)
                note("renewal", n, run, priced)
                note("now", n, run, compute_early_exit_costs(priced))
        lots = [(n, buyer) for n, buyer in enumerate(self.buyers) if buyer.lot >= 0]
        at = np.full(len(batch.world.lots), -1)
        at[[buyer.lot for _, buyer in lots]] = [n for n, _ in lots]
        for number, scenario in enumerate(self.scenarios):
            forked, after = batch.fork(scenario), []
            for year in range(self.years[1], self.years[2] + 1):
                if number == 0:
                    seen = HypotheticalOffers(forked, year)
                    rows = seen.up.rows
                    up = rows.renewed[:, 0] & (at[rows.lot] >= 0)
                    mine = rows.run[up], at[rows.lot[up]]
                    due[mine] = np.fmin(due[mine], year)
                    for n, buyer in lots:
                        run = np.flatnonzero((generation[:, n] == year) & (parts[:, n] > LEAST))
                        if run.size:
                            note(
                                "generation",
                                n,
                                run,
                                self._compute_buyer_costs(seen, buyer, run, had, freed=True),
                            )
                simulate_year(forked, year)
                after.append(self._compute_held_shares(forked))
            stays.append(np.stack(after, axis=-1))
        return costs | {"due_year": due, "stays": np.stack(stays, axis=1)}

    def _compute_buyer_costs(
        self, seen: HypotheticalOffers, buyer: ExitBuyer, run: Integers, had: Integers, *, freed: bool
    ) -> Block:
        """Compute one buyer's costs of leaving in some runs, at a contract's end or for a generation.

        run    (row,);  had (run, lot), slots that ran the lots when the plan began
        freed  whether a new generation frees the lot
        Returns arrays (row,) by name, and ``could_lend`` (row, lender).
        """
        batch, world, d = seen.batch, seen.batch.world, buyer.domain
        gone, size = self.gone[d], seen.board.now.market_size[d]
        if buyer.lot >= 0:
            lot = np.full(len(run), buyer.lot)
            years = compute_contract_years(batch, seen.board, run, lot)[:, 0]
            offered = seen.lots(run, lot, had[run, buyer.lot], freed=freed)
            spending = contracts.contract_value(buyer.weight, size[buyer.country], years)
            return compute_leaving_costs(seen, d, run, offered, gone, spending)
        every = np.arange(len(batch.runs))
        if buyer.kind == "users":  # shares and chances are means over users
            shares = batch.state.installed[:, d, buyer.country]
            origins = np.flatnonzero(gone & (shares > 0).any(axis=0)).tolist()
            parts = []
            for origin in origins:
                value = contracts.contract_value(shares[:, origin], size[buyer.country], world.lifetime[d])
                offered = seen.users(d, buyer.country, origin)
                parts.append(compute_leaving_costs(seen, d, every, offered, gone, value))
            costs = _combine_origins(parts, shares[:, origins])
        else:  # every landing would be rebuilt
            landings = batch.state.landings[:, buyer.country][:, gone].sum(axis=-1)
            value = landings * landing_value(world, size)
            costs = compute_leaving_costs(seen, d, every, seen.landing(buyer.country), gone, value)
        return {name: values[run] for name, values in costs.items()}


def compute_leaving_costs(
    seen: HypotheticalOffers, domain: int, run: Integers, offered: Offered, gone: Bools, spending: Floats
) -> Block:
    """Compute costs of leaving at the end of a contract: (row,) by name, and ``could_lend`` (row, lender).

    domain    index;  run (row,), positions of runs;  offered  the offers in each row
    gone      (vendor,), offers of the vendors to leave;  spending (row,), M T c
    """
    batch = seen.batch
    left = decisions.compute_leaving_effects(
        offered.offers, offered.switching, offered.benefit, gone, offered.price_weight, offered.noise
    )
    by_lender = np.einsum("rv,rvl->rl", left.others, offered.shares[:, batch.world.slot_sponsor[domain]])
    follows = np.broadcast_to(follows_base(batch.world, batch.parameters)[:, domain], (len(batch.runs),))
    contract = spending * (1.0 - follows)[run]
    chance, rebate, free, net = (
        part[:, 0] for part in (left.chance, left.rebate, left.without_switching, left.net_price)
    )
    chance = np.minimum(chance, 1.0)  # a sum of chances, which rounding can lift above
    cost = contracts.leaving_cost(spending, 0.0, rebate, net)
    values = (cost, np.zeros_like(net), rebate, free, chance, 1.0 - net, spending, contract)
    # of the contract alone: what loans pay beside it, such as backbones, is not part of leaving
    lent = finance.loans(contract[:, None], by_lender, batch.parameters_of_rows(run).financed_share, 1.0)
    return dict(zip(COSTS, values, strict=True)) | {"could_lend": lent}


def compute_early_exit_costs(costs: Block) -> Block:
    """Convert the costs of leaving at the end of a contract into the costs of leaving before the end.

    What was paid ahead is bought again, and the chance of leaving without a policy is zero.
    """
    net, ahead = 1.0 - costs["cut"], costs["contract"]
    cost = contracts.leaving_cost(costs["spending"], ahead, costs["rebate"], net)
    return costs | {"cost": cost, "bought_again": net * ahead, "chance": np.zeros_like(net)}


def _combine_origins(parts: list[Block], weights: Floats) -> Block:
    """Combine costs over current vendors into one buyer: sum money, average shares by weight.

    weights  (row, part)
    """
    whole = np.maximum(weights.sum(axis=-1), np.finfo(float).tiny)
    together: Block = {}
    for name in parts[0]:
        values = [part[name] for part in parts]
        if name in _MEANS:
            together[name] = total(np.stack(values, axis=-1) * weights)[..., 0] / whole
        else:
            together[name] = np.sum(values, axis=0)
    return together
