"""A country: what it runs, owes and restricts, and how it buys and votes.

A country sees its own state, posted prices and qualities, the bases of the countries that influence
it, the status of standards in the bodies it belongs to, and what its allies restrict; nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from lockin_sim.agents.tender import Loan, Tender
from lockin_sim.conventions import CAPACITY_TOLERANCE, Bools, Floats
from lockin_sim.rules import choice, diffusion, finance, pricing, restriction, tenders, utility, voting

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class Country(mesa.Agent):
    """An economy that adopts, borrows, votes and restricts.

    label           ISO3 code
    place           its position among the countries
    installed       (domain, vendor), shares of its capacity by vendor slot
    loans           loans still to be repaid
    debt            (sponsor,), USD bn
    since           (sponsor,), year a restriction began, -1 if none
    affinity_shift  (sponsor,), drift of affinity so far
    agenda          this year's tenders
    """

    model: LockInModel

    def __init__(self, model: LockInModel, place: int, installed: Floats, taste: Floats) -> None:
        super().__init__(model)
        sponsors = len(model.world.sponsors)
        self.label, self.place = model.world.countries[place], place
        self.installed = installed.copy()
        self.taste = taste
        self.loans: list[Loan] = []
        self.debt, self.lent = np.zeros(sponsors), np.zeros(sponsors)
        self.since = np.full(sponsors, -1)
        self.affinity_shift = np.zeros(sponsors)
        self.agenda: list[Tender] = []
        self._next_since = self.since

    @property
    def affinity(self) -> Floats:
        """Affinity with each sponsor, the drift included.  (sponsor,)."""
        return self.model.now.affinity[self.place] + self.affinity_shift

    @property
    def debt_burden(self) -> Floats:
        """Debt to each sponsor, per cent of GDP.  (sponsor,)."""
        return 100.0 * self.debt / self.model.now.gdp[self.place]

    def _base_by_sponsor(self) -> Floats:
        """Own base that each sponsor's vendors built, zeros last.  (domain, 1, sponsor + 1)."""
        return diffusion.base_by_sponsor(self.installed[:, None], self.model.world.sponsored_slots)

    # --- tenders -------------------------------------------------------------------------------

    def plan_tenders(self) -> None:
        """Decide what is put up this year."""
        world, now, p = self.model.world, self.model.now, self.model.parameters
        base = self.installed.sum(axis=-1)
        tendered, considered = self._called()
        tendered &= base > CAPACITY_TOLERANCE
        considered &= base < 1 - CAPACITY_TOLERANCE
        passed = self.model.year - np.where(self.since >= 0, self.since, self.model.year)
        phase_out = np.append(tenders.phase_out_share(now.phase_out_years[self.place], passed), 0.0)
        self.agenda = []
        for d in range(len(world.domains)):
            banned, leaving = self.restricted_vendors(d), phase_out[world.slot_sponsor[d]]
            forced = (banned & (leaving > 0) & (self.installed[d] > CAPACITY_TOLERANCE)).any()
            if tendered[d] or considered[d] or forced:
                released = tenders.released_base(
                    self.installed[d], tendered[d], world.tranche[self.place, d], banned, leaving
                )
                added = tenders.new_capacity(base[d : d + 1], considered[d], p.build_out)
                due = tenders.released_base(
                    self.installed[d], tendered[d], world.tranche[self.place, d], banned, np.zeros(1)
                )
                early = float((released - due).sum())
                self.agenda.append(Tender(d, self.installed[d].copy(), released, float(added[0]), early))

    def _called(self) -> tuple[Bools, Bools]:
        """Domains whose deployed, and whose undeployed, capacity is on the agenda."""
        model, world = self.model, self.model.world
        if world.calendar is not None:
            calendar = world.calendar if world.calendar.ndim == 3 else world.calendar[model.run_number]
            called = calendar[model.year - world.first_year - 1, self.place]
            return called.copy(), called.copy()
        keys = world.cell_keys[self.place]
        chance = tenders.tender_probability(world.lots[self.place], world.lifetime)
        tendered = model.chance.uniform(model.stream("tender"), keys) < chance
        considered = model.chance.uniform(model.stream("greenfield"), keys) < model.parameters.greenfield_rate
        return tendered, considered

    def restricted_vendors(self, domain: int) -> Bools:
        """Vendors of a domain that this country restricts.  (vendor,)."""
        world = self.model.world
        restricted = np.append(self.since >= 0, False)[world.slot_sponsor[domain]]
        return restricted & world.sensitive[domain]

    def value_of(self, tender: Tender) -> float:
        """Value of what a tender puts up, USD bn."""
        world, d = self.model.world, tender.domain
        market = self.model.now.market_size[self.place, d]
        return float(tenders.contract_value(tender.capacity, market, world.lifetime[d]))

    # --- finance -------------------------------------------------------------------------------

    def grant_elements(self) -> Floats:
        """Grant element of each sponsor's loans at this country's own rate, per cent.  (sponsor,)."""
        world, now = self.model.world, self.model.now
        rate = world.borrowing_rate[self.place]
        return finance.grant_element(now.loan_rate, now.tenor, now.grace, rate, world.payments_per_year)

    def loan_requests(self) -> Floats:
        """The largest loans that this year's tenders could ask of each sponsor, USD bn.  (sponsor,)."""
        world, now = self.model.world, self.model.now
        helps = world.lends[self.place] & (self.grant_elements() > 0)
        asked = np.zeros(len(world.sponsors))
        for tender in self.agenda:
            d = tender.domain
            if not world.financeable[d]:
                continue
            barred = (self.since >= 0) & world.sensitive[d]
            eligible = helps & ((self.model.sellers[d] & ~barred) | ~now.tied)
            asked += self.model.parameters.financed_share * self.value_of(tender) * eligible
        return asked

    def loan_offers(self, ration: Floats) -> None:
        """Learn which loans pay for whose vendors, and what they take off the price."""
        element = self.grant_elements()
        helps = self.model.world.lends[self.place] & (element > 0)
        if not helps.any():
            self.given: Floats = np.zeros((len(helps) + 1, len(helps)))
            self.benefit: Floats = np.zeros(len(helps) + 1)
            return
        self.given = finance.co_finance(ration * helps, element, self.model.now.tied)
        self.benefit = finance.price_benefit(self.given, element, self.model.parameters.financed_share)

    # --- politics ------------------------------------------------------------------------------

    def ballot(self, body: int, domain: int, cycle_shock: Floats) -> tuple[Bools, bool]:
        """Support for each standard family in a vote, and whether the country votes at all."""
        model, world, p = self.model, self.model.world, self.model.parameters
        chance = voting.support(
            voting.leaning(
                voting.base_by_standard(self.installed[domain][None], model.compliance[domain])[0]
            ),
            self.affinity @ world.owners.T,
            self.debt_burden @ world.owners.T,
            cycle_shock,
            tolerance=p.tolerance,
            vested_interest=p.vested_interest,
            vote_affinity=p.vote_affinity,
            vote_debt=p.vote_debt,
            vote_noise=p.vote_noise,
        )
        key = world.ballot_keys[body, self.place, domain]
        present = bool(self.installed[domain].sum() > voting.LEAST_BASE)
        return (model.chance.uniform(model.stream("ballot"), key) < chance) & present, present

    def reconsider_restrictions(self, pressure: Floats) -> None:
        """Begin or lift restrictions, knowing what share of its allies restrict each sponsor."""
        model, world, p = self.model, self.model.world, self.model.parameters
        after = model.year > world.facts_until
        begins = restriction.restriction_probability(
            world.concern[self.place],
            pressure + model.now.pressure[self.place],
            restriction.sensitive_dependence(
                self._base_by_sponsor()[..., :-1], self.installed.sum(axis=-1)[:, None], world.sensitive
            )[0],
            self.debt_burden,
            model.now.salience * (p.salience_scale if after else 1.0),
            restriction_rate=p.restriction_rate,
            restriction_intercept=p.restriction_intercept,
            restriction_concern=p.restriction_concern,
            restriction_alliance=p.restriction_alliance,
            restriction_dependence=p.restriction_dependence,
            restriction_debt=p.restriction_debt,
        )
        order = np.where(world.home[self.place], -1, model.now.restriction_order[self.place])
        shock = model.chance.uniform(model.stream("restriction"), world.restriction_keys[self.place])
        self._next_since = restriction.next_restriction(
            self.since, model.year, shock, begins, p.lifting_rate, order
        )

    def apply_restrictions(self) -> None:
        """Let this year's restrictions take effect."""
        self.since = self._next_since

    # --- choice --------------------------------------------------------------------------------

    def look_around(self, bases: Floats) -> None:
        """Take in what the countries of influence run, and what the own layers are built of.

        bases  (country, domain * vendor), as they stand
        """
        world = self.model.world
        self.neighbours = world.influence.row(self.place, bases).reshape(self.installed.shape)
        self.layers = diffusion.own_layers(self._base_by_sponsor(), world.stack)[:, 0]

    def judge(self, tender: Tender) -> None:
        """Utility of each offer of a tender, term by term, after :meth:`look_around`."""
        model, world, p, d = self.model, self.model.world, self.model.parameters, tender.domain
        sponsor = world.slot_sponsor[d]
        fits = model.interoperability[d]
        total = float(tender.base.sum())
        asked = pricing.log_customer_price(
            pricing.log_price(model.list_price[d]),
            tender.base / (total if total > 0 else 1.0),
            lock_in_markup=p.lock_in_markup,
            penetration_discount=p.penetration_discount,
        )
        cost = model.now.compliance_cost[self.place, sponsor] * world.personal_data[d]
        tender.price = pricing.compliant_price(asked, cost)
        status = model.seen_status(self.place, d)
        tender.terms = {
            "quality": utility.quality_term(model.quality[d], p.quality_weight),
            "price": utility.price_term(
                tender.price, self.benefit[sponsor] * world.financeable[d], p.price_weight
            ),
            "home": utility.home_term(world.at_home[self.place, d], p.home_preference),
            "network": utility.network_term(
                diffusion.fitting_base(self.neighbours[d][None], fits)[0], p.network_weight
            ),
            "stack": utility.stack_term(self.layers[d, sponsor], p.stack_weight),
            "switching": utility.switching_term(
                total, diffusion.fitting_base(tender.base[None], fits)[0], p.switching_cost
            ),
            "affinity": utility.affinity_term(np.append(self.affinity, 0.0)[sponsor], p.affinity_weight),
            "official": utility.official_term(status[None], model.compliance[d], p.official_weight)[0],
            "taste": self.taste[d],
        }
        is_open = utility.open_offers(
            model.offered[self.place, d] & ~self.restricted_vendors(d),
            tender.base,
            tender.released,
            np.array([tender.added]),
            model.now.share_cap[self.place, d],
        )
        tender.offers = np.where(is_open, sum(tender.terms.values()), -np.inf)

    def decide(self, tender: Tender) -> None:
        """Accept the best offer, or leave new capacity unbuilt."""
        model, world, p, d = self.model, self.model.world, self.model.parameters, tender.domain
        cell = world.cell_keys[self.place, d]
        tender.shock = model.chance.gumbel(model.stream("offer") ^ cell, world.offer_keys[d])
        tender.winner, best, luck = choice.choose(tender.offers, tender.shock, noise_scale=p.noise_scale)
        outside = utility.outside_option(
            model.now.log_income[self.place],
            outside_level=p.outside_level,
            outside_income_weight=p.outside_income_weight,
        )
        stays = model.chance.gumbel(model.stream("outside"), cell)
        if not choice.builds(best, luck, outside, stays, noise_scale=p.noise_scale)[0]:
            tender.added = 0.0

    def sign(self, tender: Tender) -> None:
        """Book the winner of a tender and the loans that pay for it."""
        world, d = self.model.world, tender.domain
        self.installed[d] = tenders.book_winner(
            tender.base, tender.released, np.array([tender.added]), tender.winner
        )
        if tender.winner.any() and tender.capacity > 0:
            tender.value = self.value_of(tender)
            given = self.given[world.slot_sponsor[d, tender.winner.argmax()]]
            tender.loans = self.model.parameters.financed_share * tender.value * given * world.financeable[d]
            self.lent = self.lent + tender.loans

    # --- books ---------------------------------------------------------------------------------

    def settle_debts(self) -> Floats:
        """Repay what is due, take on this year's loans, and say what was repaid.  (sponsor,), USD bn."""
        model = self.model
        repaid = np.zeros_like(self.debt)
        for loan in self.loans:
            if loan.first <= model.year:
                repaid[loan.sponsor] += loan.principal / (loan.last - loan.first + 1)
        self.loans = [loan for loan in self.loans if loan.last > model.year]
        self.debt = self.debt + self.lent - repaid
        for h in np.flatnonzero(self.lent):
            first, last, _ = finance.repayment(model.now.tenor[h], model.now.grace[h])
            self.loans.append(Loan(int(h), float(self.lent[h]), model.year + first, model.year + last))
        return repaid

    def drift(self) -> None:
        """Affinity drifts towards the sponsors of the platforms in use."""
        world = self.model.world
        use = diffusion.platform_use(self.installed[None], world.sponsored, world.platform)[0]
        moved = diffusion.next_affinity(self.affinity, use, self.model.parameters.affinity_drift)
        self.affinity_shift = self.affinity_shift + (moved - self.affinity)
