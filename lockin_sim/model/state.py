"""Define the state of some runs, the flows of one year, and the installed base that follows from the state.

Both engines describe themselves in these two forms; everything measured is a function of them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.model.decisions.purchases import select_remaining_cost
from lockin_sim.rules import adoption, contracts, diffusion
from lockin_sim.world import World


@dataclass
class State:
    """State of some runs.  ``vendor`` is a slot of the domain."""

    installed: Floats  # (run, domain, country, vendor), shares of the country's capacity
    incumbent: Integers  # (run, lot), slot that runs the lot, -1 if nothing is there
    generation: Integers  # (run, lot), newest generation that the lot was due for, -1 before the first
    outgoing: Integers  # (run, lot), slot whose equipment the latest swap replaces, -1 if nothing is there
    swap_year: Integers  # (run, lot), year in which that swap began
    adoption: Floats  # (run, adopters' domain, country, vendor), 0 to 1
    landings: Floats  # (run, country, vendor), projects that land and are in use
    deployed: Floats  # (run, domain, vendor), cumulative, years of world market
    compliance: Floats  # (run, domain, vendor, standard), 0 to 1: what is built for all markets
    status: Floats  # (run, body, domain, standard), rows sum to 1
    origin: Floats  # (run, body, domain, sponsor), rows sum to 1
    quality_level: Floats  # (run, domain, vendor), what catching up and drift gained, utility units
    debt: Floats  # (run, country, sponsor), USD bn
    instalment: Floats  # (run, country, sponsor), principal repaid this year, USD bn
    instalment_change: Floats  # (run, step, country, sponsor), changes of it still to come
    since: Integers  # (run, country, sponsor), year a restriction began, -1 if none
    prescribed: Integers  # (run, domain, country), family that the state prescribes, -1 if none; no domain
    # where states prescribe nothing by themselves
    take_up: Floats  # (run, lender), forecast share of promised loans that are taken
    overspent: Floats  # (run, lender), lent beyond past envelopes, USD bn
    loan_left: Floats  # (run, loan), of loans on record what no contract has taken, 0 once it lapsed, USD bn
    affinity_shift: Floats  # (run, country, sponsor), drift so far
    order_book: Floats  # (run, year ahead, group, domain, vendor), revenue under contract, USD bn
    sold: Floats  # (run, past year, domain, sponsor), shares of the world's sales, last year last
    replaced: Floats  # (run,), value of restricted base put up for replacement so far, USD bn


#: Parts of a state that come into its other parts in time.
_ELSEWHERE = ("instalment_change", "loan_left")


def first_unsound(state: State) -> Integers:
    """Return the position of the first field of the state with a non-finite number in a run, -1 for none.

    (run,).
    """
    first = np.full(len(state.installed), -1)
    for position, field in enumerate(dataclasses.fields(State)):
        if field.name in _ELSEWHERE:
            continue
        values = getattr(state, field.name)
        with np.errstate(invalid="ignore", over="ignore"):  # a sum is finite only if all its terms are
            broken = ~np.isfinite(values.sum(axis=tuple(range(1, values.ndim))))
        first[broken & (first < 0)] = position
    return first


@dataclass
class Flows:
    """Flows of one year, by group of markets, the world first; zeros where nothing happened."""

    contracts: Floats  # (run, group, domain, vendor), value bought, USD bn
    expansion: Floats  # (run, group, domain, vendor), sold without a contract to who runs the base, USD bn
    switching_pull: Floats  # (run, group, domain, vendor), value renewed times the cost's pull (C5), USD bn
    renewed: Floats  # (run, group, domain), value of base put up for replacement, USD bn
    retained: Floats  # (run, group, domain), part of it that its incumbent kept, USD bn
    forced: Floats  # (run, group, domain), part of it that was restricted, USD bn
    early: Floats  # (run, group, domain), restricted base put up ahead of its renewal, USD bn
    surplus: Floats  # (run, group, domain), value renewed times adopter surplus (C4)
    considered: Floats  # (run, group, domain), value of new capacity considered, USD bn
    coverage_surplus: Floats  # (run, group, domain), that times what coverage gains (C7)
    paid: Floats  # (run, group, domain), value signed at its price after finance
    subsidised: Floats  # (run, domain, vendor), part of the list price of contracts that states paid, USD bn
    country_renewed: Floats  # (run, domain, country), as renewed; no run if not measured
    lent: Floats  # (run, country, sponsor), USD bn
    lent_by_lender: Floats  # (run, country, lender), USD bn
    loans_met: Floats  # (run, country, sponsor), of loans on record what contracts took, USD bn
    loans_unmet: Floats  # (run, country, sponsor), what lapsed before any contract took it, USD bn
    repaid: Floats  # (run, country, sponsor), USD bn
    winner: (
        Integers  # (run, domain, country), slot that won its largest lot, -1: none; no run if not measured
    )
    proposed: Floats  # (run, body, domain, sponsor), weight of each sponsor's proposals
    votes: Floats  # (run, body, domain, standard), share in favour, NaN if no vote
    passed: Floats  # (run, body, domain, standard), 1 if the proposals pass, 0 if not, NaN if no vote
    capacity: Floats  # (run, group, domain, vendor), base times market size after the year's purchases
    sales: Floats  # (run, group, domain, vendor), revenue booked, USD bn

    @classmethod
    def none(
        cls,
        world: World,
        runs: int,
        stock_groups: int,
        flow_groups: int,
        *,
        by_country: bool = True,
        winners: bool = True,
    ) -> Flows:
        """Build the flows of a year in which nothing has happened yet.

        by_country  whether to allocate the large table of single economies
        winners     whether to allocate the winners of largest lots
        """
        domain, country, vendor = world.shape
        sponsor, body, standard = len(world.sponsors), len(world.bodies), len(world.standards)
        by_group, by_lender = (runs, flow_groups, domain), (runs, country, sponsor)
        economies = (runs if by_country else 0, domain, country)
        return cls(
            contracts=np.zeros((*by_group, vendor)),
            expansion=np.zeros((*by_group, vendor)),
            switching_pull=np.zeros((*by_group, vendor)),
            renewed=np.zeros(by_group),
            retained=np.zeros(by_group),
            forced=np.zeros(by_group),
            early=np.zeros(by_group),
            surplus=np.zeros(by_group),
            considered=np.zeros(by_group),
            coverage_surplus=np.zeros(by_group),
            paid=np.zeros(by_group),
            subsidised=np.zeros((runs, domain, vendor)),
            country_renewed=np.zeros(economies),
            lent=np.zeros(by_lender),
            lent_by_lender=np.zeros((runs, country, len(world.lenders.names))),
            loans_met=np.zeros(by_lender),
            loans_unmet=np.zeros(by_lender),
            repaid=np.zeros(by_lender),
            winner=np.full((runs if winners else 0, domain, country), -1),
            proposed=np.zeros((runs, body, domain, sponsor)),
            votes=np.full((runs, body, domain, standard), np.nan),
            passed=np.full((runs, body, domain, standard), np.nan),
            capacity=np.zeros((runs, stock_groups, domain, vendor)),
            sales=np.zeros((*by_group, vendor)),
        )

    def begun(self) -> Flows:
        """Return a copy of the flows whose summed arrays can be written to."""
        return Flows(**(vars(self) | {name: getattr(self, name).copy() for name in ADDED_UP}))

    def sealed(self) -> Flows:
        """Make all arrays read-only, and return the flows."""
        for values in vars(self).values():
            values.flags.writeable = False
        return self


#: Flows that are added up over a year, or written one by one; others are put in their place as a whole.
ADDED_UP = (
    "contracts",
    "switching_pull",
    "renewed",
    "retained",
    "forced",
    "early",
    "surplus",
    "considered",
    "coverage_surplus",
    "paid",
    "country_renewed",
    "winner",
)


def installed_of(world: World, state: State, year: int) -> None:
    """Update ``installed`` in place at the end of a year where it follows from other state.

    Operators: the weights of lots, divided between old and new vendor while a lot is swapped.  Projects:
    landings, as shares.  Adopters: adoption, over the sum of adoptions.  Users' shares are themselves state.
    """
    lots, (runs, _, _, vendors) = world.lots, state.installed.shape
    if len(lots):
        # a column before those of the vendors takes what nobody runs
        first = lots.market * (vendors + 1) + 1
        first = first + np.arange(runs)[:, None] * (len(lots.markets) - 1) * (vendors + 1)
        size = runs * (len(lots.markets) - 1) * (vendors + 1)

        # new equipment, then old
        years = select_remaining_cost(world.swap_years[None, lots.domain], state.generation[..., None])[
            ..., 0
        ]
        done = contracts.swapped_part(state.swap_year, years, year)
        done = np.where(state.incumbent == state.outgoing, 1.0, done)  # nobody leaves: no rounding of parts
        some = np.flatnonzero(done < 1.0)  # few lots are swapped at a time
        old = (lots.weight * (1.0 - done)).ravel()[some]
        column = np.concatenate([(first + state.incumbent).ravel(), (first + state.outgoing).ravel()[some]])
        weight = np.concatenate([(lots.weight * done).ravel(), old])
        shares = np.bincount(column, weight, size).reshape(runs, -1, vendors + 1)[..., 1:]
        for d, country, mine in lots.by_domain:
            state.installed[:, d, country] = shares[:, mine]
    if world.routes is not None:
        state.installed[:, world.routes.domain] = diffusion.market_shares(state.landings)
    for place, d in enumerate(world.bought_by("adopters")):
        used = world.slots_used[d]
        state.installed[:, d, :, :used] = adoption.shares(state.adoption[:, place, :, :used])
