"""Operators and agencies, whose lots have one incumbent each, and projects, which have one supplier each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import Stream
from lockin_sim.model import decisions, seen, stages
from lockin_sim.model.decisions import DueLots, Offer
from lockin_sim.model.own_terms import TermHere
from lockin_sim.model.projects import landing_value, plan
from lockin_sim.model.sales import follows_base
from lockin_sim.model.scripted_contracts import taken_over
from lockin_sim.model.seen import LotTables, Tenders
from lockin_sim.model.stages import JudgedOffers
from lockin_sim.model.start import signed_on_record, tender_luck
from lockin_sim.model.state import State
from lockin_sim.rules import contracts, pricing

if TYPE_CHECKING:
    from lockin_sim.agents.country import Country
    from lockin_sim.agents.model import LockInModel


class Award(NamedTuple):
    """Outcome of a tender."""

    tender: Tenders
    judged: JudgedOffers  # what was offered, (row, vendor) or (vendor,) each
    done: stages.TenderResult
    lent: Floats  # (row, lender), USD bn


class Operator(mesa.Agent):
    """An operator of networks, or an agency, of one country.

    label       name, unique within a country and domain
    country     country of the operator
    domain      index of the domain in which the operator buys
    lots        (own lot,), indices of the operator's lots in the world
    weight      (own lot,), share of the country's capacity in each lot
    incumbent   (own lot,), slot that runs the lot, -1 for an empty lot
    generation  (own lot,), newest generation that the lot was due for, -1 before the first
    outgoing    (own lot,), slot whose equipment the latest swap of the lot replaces, -1 for an empty lot
    swap_year   (own lot,), year in which that swap began
    tender      this year's tender, its lots indexed among the operator's own; None without a tender
    signed      outcome of the tender
    """

    model: LockInModel
    taste: Floats  # (own lot, vendor), of its newest generation, utility units

    def __init__(
        self, model: LockInModel, country: Country, lots: Integers, start: State, due: Integers
    ) -> None:
        """Initialise the operator of `lots` from the state `start`.

        due  (own lot, generation), year in which each lot is due for each generation
        """
        super().__init__(model)
        world = model.world
        self.label = world.lots.operators[world.lots.operator[lots[0]]]
        self.country, self.lots, self.domain = country, lots, int(world.lots.domain[lots[0]])
        self.weight = world.lots.weight[lots]
        sibling = world.lots.sibling[lots]
        self._sibling = np.where(sibling >= 0, np.searchsorted(lots, sibling), -1)
        self.incumbent, self.generation = start.incumbent[0, lots], start.generation[0, lots]
        self.outgoing, self.swap_year = start.outgoing[0, lots], start.swap_year[0, lots]
        self._as_of, self._due_for = model.year, due
        self._keys = world.lot_keys[lots]
        self.tender: Tenders | None = None
        self.signed: Award | None = None

    def __repr__(self) -> str:
        return f"<Operator {self.label}, {self.country.label} {self.model.world.domains[self.domain]}>"

    @property
    def holdings(self) -> Floats:
        """Share of the country's capacity that each vendor runs for the operator.  (vendor,)."""
        shares, world = np.zeros(self.taste.shape[-1]), self.model.world
        years = decisions.select_remaining_cost(
            world.swap_years[self.domain, None], self.generation[:, None]
        )[:, 0]
        done = contracts.swapped_part(self.swap_year, years, self._as_of)
        done = np.where(self.incumbent == self.outgoing, 1.0, done)
        for holder, part in ((self.incumbent, done), (self.outgoing, 1.0 - done)):
            there = holder >= 0
            np.add.at(shares, holder[there], (self.weight * part)[there])
        return shares

    @property
    def supplier(self) -> str:
        """Vendor of the operator's largest lot; empty for an empty lot."""
        slot = int(self.incumbent[self.weight.argmax()])
        world = self.model.world
        return world.vendors[world.slot_vendor[self.domain, slot]] if slot >= 0 else ""

    # --- renewals ----------------------------------------------------------------------------

    def plan(self, removal: Floats) -> None:
        """Put up for tender the lots due by generation, contract end, removal order or building plan.

        removal  (sponsor + 1,), share of each sponsor's restricted base that must go this year
        """
        arrived = self.arrived
        ends, considers = self._draw_contract_ends()
        signed = signed_on_record(self.model.world, self.model.draws, self.model.year)[self.lots]
        up = decisions.find_due_lots(
            incumbent=self.incumbent,
            generation=self.generation,
            arrived=arrived,
            ends=ends | signed,
            considers=considers | signed,
            leaves=self._draw_removals(removal),
        )
        self.tender, self.signed = None, None
        rows = np.flatnonzero(up.renewed | up.considered)
        if rows.size:
            self.tender = self.put_up(rows, arrived, up)

    @property
    def arrived(self) -> Integers:
        """Index of the newest generation on sale for each own lot, -1 before the first.  (own lot,)."""
        return (self._due_for <= self._generation_year).sum(axis=-1) - 1

    @property
    def _generation_year(self) -> int:
        """Current year plus the head start of generations: lots due by this year are up now."""
        return self.model.year + self.country.head_start(self.domain)

    def put_up(self, rows: Integers, arrived: Integers, up: DueLots) -> Tenders:
        """Build the tender of some of the operator's lots.

        rows         indices of the lots among the operator's own
        arrived, up  (own lot,), newest generation of each lot, and why each lot is up
        """
        world, d = self.model.world, self.domain
        p = self.model.parameters
        following = decisions.find_next_generation_year(self._due_for[rows], self._generation_year)
        years = decisions.compute_contract_years(following, self._generation_year, world.lifetime[d], p)
        value = contracts.contract_value(
            self.weight[rows, None] * (1.0 - follows_base(world, p)[0, d]),
            self.model.now.market_size[d, self.country.place],
            years[:, None],
        )
        left = decisions.select_remaining_cost(world.generation_carry_over[d, None], arrived[rows, None])
        carry_over = decisions.compute_carry_over(
            self.incumbent[rows, None], up.freed[rows, None], left, world.relative_switching[d], p
        )
        due = DueLots(*(flag[rows, None] for flag in up))
        domain, country = np.full(len(rows), d), np.full(len(rows), self.country.place)
        return Tenders(
            np.zeros_like(rows),
            rows,
            domain,
            country,
            self.incumbent[rows],
            arrived[rows],
            *due,
            value,
            carry_over,
        )

    def _draw_contract_ends(self) -> tuple[Bools, Bools]:
        """Draw the lots whose contract ends, and the lots on whose agenda building is.  (own lot,) each.

        Under a calendar of contracts, both hold for all lots in the country's scheduled years and for
        no lot in other years.
        """
        model, world = self.model, self.model.world
        if world.calendar is not None:
            calendar = world.calendar if world.calendar.ndim == 3 else world.calendar[model.run_number]
            called = calendar[model.year - world.first_year - 1, self.domain, self.country.place]
            return np.full(len(self.lots), called), np.full(len(self.lots), called)
        chance = decisions.compute_end_probability(
            world.by_generation[self.domain], world.lifetime[self.domain], model.parameters
        )
        ends = model.draws.uniform(model.luck("contract", self.country.place), self._keys) < chance
        considers = model.draws.uniform(model.luck("greenfield", self.country.place), self._keys)
        pace = world.building_pace[self.domain, self.country.place]
        return ends, considers < model.parameters.greenfield_rate * pace

    def _draw_removals(self, removal: Floats) -> Bools:
        """Draw the lots whose restricted incumbent must go this year.  (own lot,)."""
        model, world, d = self.model, self.model.world, self.domain
        if not (world.sensitive[d] and removal.any()):
            return np.zeros(len(self.lots), dtype=bool)
        chance = removal[world.slot_sponsor[d, self.incumbent]]
        result: Bools = model.draws.uniform(model.luck("removal", self.country.place), self._keys) < chance
        return result

    # --- the choice ----------------------------------------------------------------------------

    def choose(self) -> None:
        """Decide the tender of the year, if any, without booking the award."""
        if self.tender is not None:
            self.signed = self.decide(self.tender)

    def decide(self, tender: Tenders) -> Award:
        """Evaluate the offers of a tender from the country's market view and return its outcome.

        Nothing is booked.
        """
        model, country = self.model, self.country
        lots = LotTables(self._sibling, self.weight, self._keys, self.incumbent[None], self.taste[None])
        cost = pricing.subsidised(country.compliance_cost[self.domain], self._subsidy)
        own = [model.luck(name, country.place) for name in ("offer", "outside")]
        lots_up = self.lots[tender.lot]
        luck = tender_luck(model.world, model.draws, own[0].counter[None], model.year, tender.run, lots_up)
        here, p, view, promised = country.here(self.domain), model.parameters, country.view, country.promised
        every = slice(None)
        offers = seen.operators_see(here, every, view, lots, tender, promised)
        lot = seen.lot_up(here, every, view, lots, tender, promised, cost, luck)
        judged = stages.operators_ask(offers, lot, p, True, country.own_term(self.domain, lots_up))
        done = stages.operators_choose(judged, offers, lot, (own[0].key, own[1].key), p)
        shares = seen.loan_shares(here, done.slot, view, promised)
        return Award(tender, judged, done, stages.operators_borrow(done, lot, shares, p))

    @property
    def _subsidy(self) -> Floats:
        """Share of each offer's price that a state pays.  (vendor,)."""
        result: Floats = self.model.now.purchase_subsidy[self.domain, self.country.place]
        return result

    def sign(self) -> None:
        """Book the award of the year, then apply takeovers of lots scripted by the world."""
        self._as_of = self.model.year
        if self.signed is not None:
            self._book_award(self.signed)
        lots, (slots,) = taken_over(self.model.world, self.model.year, [self.model.run_number])
        for lot, slot in zip(lots, slots, strict=True):
            self.incumbent[self.lots == lot] = self.outgoing[self.lots == lot] = slot

    def _book_award(self, signed: Award) -> None:
        """Record an award in the operator's lots and in the books of its country."""
        tender, done, counted = signed.tender, signed.done, signed.done.counted
        taken, slot = done.signed[:, 0], done.slot[:, 0]
        lot, early = tender.lot[taken], tender.early[taken, 0]
        self.outgoing[lot], self.swap_year[lot] = decisions.begin_swap(
            self.incumbent[lot], slot[taken], early, self.outgoing[lot], self.swap_year[lot], self.model.year
        )
        self.incumbent[lot], self.generation[lot] = slot[taken], tender.arrived[taken]
        trade, d = self.country.trade, self.domain
        value = tender.value * done.winner
        trade.contracts[d] += value.sum(axis=0)
        trade.subsidised[d] += self._subsidy * self.model.board.list_price[d] * value.sum(axis=0)
        trade.switching_pull[d] += counted.pulled.sum(axis=0)
        for name in ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus"):
            getattr(trade, name)[d] += getattr(counted, name).sum()
        trade.paid[d] += (done.paid * tender.value).sum()
        trade.lent += signed.lent.sum(axis=0)
        for row in np.flatnonzero(taken):
            if tender.value[row, 0] >= trade.largest[d]:
                trade.largest[d], trade.winner[d] = tender.value[row, 0], slot[row]


class Project:
    """A project that lands in one or more countries, each of which can veto a supplier.

    landings  countries in which the project lands
    length    km
    value     of each landing, USD bn
    """

    winner: Bools  # (vendor,), who builds it; nobody where every supplier is vetoed
    judged: JudgedOffers  # (1, vendor) each, -inf where a landing state bars it
    shock: Floats
    paid: float  # price after finance, 0 where nobody builds it

    def __init__(self, landings: list[Country], length: float, value: float, key: Stream) -> None:
        self.landings, self.length, self.value = landings, length, value
        self._key = key
        self.model = landings[0].model
        routes = self.model.world.routes
        assert routes is not None
        self.domain = routes.domain
        for country in landings:
            country.arrivals.append(self)

    def __repr__(self) -> str:
        return f"<Project of {self.length:.0f} km to {', '.join(country.label for country in self.landings)}>"

    def choose(self) -> None:
        """Choose the best offer that no landing state bars."""
        model, world, d = self.model, self.model.world, self.domain
        met = [
            stages.landing_offered(seen.projects_see(c.here(d), c.view, c.promised)) for c in self.landings
        ]
        means = (np.mean(term, axis=0) for term in zip(*(offer for offer, _ in met), strict=True))
        judged = stages.projects_ask(
            Offer(*(mean[None] if np.ndim(mean) else float(mean) for mean in means)),
            np.all([may for _, may in met], axis=0),
            float(np.mean([country.log_income for country in self.landings])),
            np.mean([country.fines[d] for country in self.landings], axis=0),
            np.full((1, 1), self.length),
            world.length_slope[d],
            model.parameters,
            self._average_own_term(),
        )
        self.judged = judged
        self.shock = model.draws.gumbel(self._key, world.offer_keys[d])
        winner, _, price = stages.projects_choose(judged, self.shock, model.parameters.noise_scale)
        self.winner = winner[0]
        self.paid = float(np.broadcast_to(price, judged.offers.shape)[0] @ self.winner)

    def _average_own_term(self) -> TermHere | None:
        """Return a user's own term of utility, averaged over the landings; None without one."""
        terms = [term for country in self.landings if (term := country.own_term(self.domain)) is not None]
        if not terms:
            return None
        return lambda offer, weights: np.mean([term(offer, weights) for term in terms], axis=0)

    def book(self, country: Country) -> None:
        """Book one landing in its country: contract value, price paid, and loans taken."""
        p, d = self.model.parameters, self.domain
        country.trade.contracts[d] += self.value * self.winner
        country.trade.paid[d] += self.value * self.paid
        if self.winner.any():
            slot, value = np.array(self.winner.argmax()), np.array(self.value)
            shares = seen.loan_shares(country.here(d), slot, country.view, country.promised)
            country.trade.lent += stages.projects_borrow(value, shares, p)


def plan_projects(model: LockInModel) -> list[Project]:
    """Draw the projects of this year and announce each to the countries where it lands.

    Returns an empty list in a world without routes.
    """
    world = model.world
    if world.routes is None:
        return []
    plans = plan(world, model.stream("project"))
    value = landing_value(world, model.now.market_size[world.routes.domain])
    countries = list(model.countries)
    return [
        Project([countries[i] for i in where if i >= 0], float(length[0]), value, plans.keys[0, k : k + 1])
        for k, (where, length) in enumerate(zip(plans.country[0], plans.length[0], strict=True))
    ]
