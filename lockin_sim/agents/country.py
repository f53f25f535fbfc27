"""A country: what its users, adopters and operators run, what it owes, and how it restricts and votes.

A country sees its own state, what is posted, the bases of the countries that influence it, the standards in
the bodies it belongs to, and what its allies restrict; nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from lockin_sim.agents.adopters import Adopted, adopt
from lockin_sim.agents.operator import Operator
from lockin_sim.agents.outlook import Outlook, look_around
from lockin_sim.agents.project import Project
from lockin_sim.agents.trade import Loan, Trade
from lockin_sim.agents.users import Moved, move
from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Stance, Voter
from lockin_sim.model.state import State
from lockin_sim.rules import adoption, diffusion, finance, restriction

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class Country(mesa.Agent):
    """An economy that buys, borrows, votes and restricts.

    label           ISO 3166-1 code
    place           its position among the countries
    operators       its operators and agencies, which own what runs their lots
    users           (users' domain, vendor), shares of capacity that users hold
    adoption        (adopters' domain, vendor), 0 to 1
    landings        (vendor,), projects that land here and are in use
    taste           (domain, vendor), lasting taste, utility units
    debt            (sponsor,), USD bn; loans are those still to be repaid
    since           (sponsor,), year a restriction began, -1 if none
    leaving         (sponsor + 1,), share of each sponsor's restricted base that must go this year
    affinity_shift  (sponsor,), drift of affinity so far
    arrivals        this year's projects that land here
    trade           what its buyers bought this year
    outlook         what it saw when they chose
    """

    model: LockInModel
    outlook: Outlook
    moved: Moved | None
    adopted: Adopted

    def __init__(self, model: LockInModel, place: int, start: State, taste: Floats) -> None:
        super().__init__(model)
        world = model.world
        self.label, self.place = world.countries[place], place
        self.operators: list[Operator] = []
        self.users = start.installed[0, model.bought_by["users"], place]
        self.adoption = start.adoption[0, :, place].copy()
        self.landings = start.landings[0, place].copy()
        self.taste = taste
        self.loans: list[Loan] = []
        self.debt, self.repaid = start.debt[0, place].copy(), np.zeros(len(world.sponsors))
        self.since = start.since[0, place].copy()
        self.leaving: Floats = np.zeros(len(world.sponsors) + 1)
        self.affinity_shift = start.affinity_shift[0, place].copy()
        self.arrivals: list[Project] = []
        self.trade = Trade.none(world)
        self.given: Floats = np.zeros((len(world.sponsors) + 1, len(world.lenders.names)))
        self.benefit: Floats = np.zeros(len(world.sponsors) + 1)
        self._next_since = self.since

    def __repr__(self) -> str:
        return f"<Country {self.label}>"

    @property
    def installed(self) -> Floats:
        """Shares of its capacity by vendor, in every domain.  (domain, vendor)."""
        model = self.model
        held = np.zeros_like(self.taste)
        for operator in self.operators:
            held[operator.domain] += operator.holdings
        held[model.bought_by["users"]] = self.users
        held[model.bought_by["adopters"]] = adoption.shares(self.adoption)
        if model.world.routes is not None:
            held[model.world.routes.domain] = diffusion.market_shares(self.landings)
        return held

    @property
    def log_income(self) -> float:
        """Log of income per head over the reference income."""
        return float(self.model.now.log_income[self.place])

    @property
    def affinity(self) -> Floats:
        """Affinity with each sponsor, the drift included.  (sponsor,)."""
        result: Floats = self.model.now.affinity[self.place] + self.affinity_shift
        return result

    @property
    def total_debt(self) -> float:
        """Debt to all sponsors, USD bn."""
        return float(self.debt.sum())

    @property
    def restricting(self) -> int:
        """Number of sponsors whose vendors it restricts."""
        return int((self.since >= 0).sum())

    @property
    def bought(self) -> float:
        """Value of what its buyers bought this year, USD bn."""
        return float(self.trade.contracts.sum())

    # --- what is up ----------------------------------------------------------------------------

    def open_year(self) -> None:
        """A new page for the year's purchases; operators put up what is due."""
        self.trade = Trade.none(self.model.world)
        self.arrivals = []
        self.leaving = self._removal()
        for operator in self.operators:
            operator.plan(self.leaving)

    def _removal(self) -> Floats:
        """Share of each sponsor's restricted base that must go this year, 0 last.  (sponsor + 1,)."""
        allowed = self.model.now.phase_out_years[self.place]
        return np.append(decisions.must_go(self.since, allowed, self.model.year), 0.0)

    # --- finance -------------------------------------------------------------------------------

    def grant_elements(self) -> Floats:
        """Grant element of each lender's loans at this country's own rate, per cent.  (lender,)."""
        world, now, lenders = self.model.world, self.model.now, self.model.world.lenders
        rate = np.minimum(world.borrowing_rate[self.place], lenders.highest_discount_rate)
        return finance.grant_element(now.loan_rate, now.tenor, now.grace, rate, lenders.payments_per_year)

    def ask_for_loans(self) -> tuple[Floats, Floats]:
        """The largest loans that this year's contracts could ask of each lender, USD bn, and how early each
        would serve this country.  (lender,) each."""
        model, world, lenders = self.model, self.model.world, self.model.world.lenders
        element = self.grant_elements()
        helps = decisions.helps(lenders.appeal[self.place], element)
        barred = (self.since >= 0)[lenders.sponsor] & world.sensitive[:, None]
        sells = (world.first_sale <= model.year)[:, lenders.sponsor]
        eligible = helps & decisions.may_pay(sells, barred, model.now.tied)
        base = decisions.paid_beside(world.backbone, world.expansion_share, model.parameters)
        value = self._put_up() * world.financeable
        asked = finance.loans(value[:, None], eligible, model.parameters.financed_share, base[:, None])
        luck = model.draws.gumbel(model.luck("lender", self.place), world.lender_keys[self.place])
        order = finance.priority(lenders.appeal[self.place], element, lenders.by_grant_element, luck)
        return asked.sum(axis=0), order

    def _put_up(self) -> Floats:
        """Value of the contracts that are up, by domain.  (domain,), USD bn."""
        value = np.zeros(len(self.model.world.domains))
        for operator in self.operators:
            if operator.tender is not None:
                value[operator.domain] += operator.tender.value.sum()
        for project in self.arrivals:
            value[project.domain] += project.value
        return value

    def take_promises(self, promise: Floats) -> None:
        """Learn which loans pay for whose vendors, and what they take off the price.

        promise  (lender,), share of its request that each lender promises
        """
        lenders, element = self.model.world.lenders, self.grant_elements()
        sponsors = len(self.model.world.sponsors)
        self.given = finance.co_finance(promise, element, self.model.now.tied, lenders.sponsor, sponsors)
        self.benefit = finance.price_benefit(self.given, element, self.model.parameters.financed_share)

    # --- politics ------------------------------------------------------------------------------

    def ballot(self, body: int, domains: Integers, cycle_shock: Floats) -> tuple[Bools, Bools]:
        """Support for each standard family in the votes of a body, and whether the country votes at all.

        domains  (some,), of the votes; cycle_shock (some, 1, standard), standard normal
        Returns yes and votes, (some, 1, standard) each.
        """
        model, world, i = self.model, self.model.world, self.place
        voter = Voter(
            model.board.installed[domains, i][:, None], (self.affinity @ world.ties)[None], world.democracy[i]
        )
        owned, usual = world.owned_slots[domains], world.usual_base[domains, None]
        inclination = decisions.inclination(voter, owned, usual, world.challenger, model.parameters)
        luck = model.draws.uniform(model.luck("ballot", i), world.ballot_keys[body, domains, i])
        return decisions.ballot(inclination, cycle_shock, luck[:, None], model.parameters)

    def reconsider_restrictions(self, in_force: Bools) -> None:
        """Begin or lift restrictions, knowing which countries restrict whom.  in_force (country, sponsor)."""
        model, world, i = self.model, self.model.world, self.place
        held = model.board.installed[world.sensitive, i][:, None]
        built = diffusion.base_by_sponsor(held, world.sponsored_slots[world.sensitive, :, :-1])
        allies = world.allies[i]
        stance = Stance(
            concern=world.concern_in(model.year)[i],
            votes=world.rival_votes[i],
            alliance=restriction.ally_pressure(in_force, allies) if allies.size else 0.0,
            dependence=restriction.sensitive_dependence(built, held.sum(axis=-1))[0],
            pressure=model.now.pressure[i],
            salience=model.board.salience[:-1],
            order=np.where(world.home[i], -1, model.now.restriction_order[i]),
        )
        shock = model.draws.uniform(model.luck("restriction", self.place), world.restriction_keys[i])
        self._next_since = decisions.reconsider(self.since, stance, model.year, shock, model.parameters)

    def apply_restrictions(self) -> None:
        """Let this year's restrictions take effect."""
        self.since = self._next_since

    # --- choice --------------------------------------------------------------------------------

    def look_around(self) -> None:
        """Take in what can be seen."""
        self.outlook = look_around(self)

    def choose(self) -> None:
        """Users, adopters and operators decide on what the country saw; nothing is booked yet."""
        self.moved = move(self)
        self.adopted = adopt(self)
        for operator in self.operators:
            operator.choose()

    def commit(self) -> None:
        """What was decided takes effect, and what was bought is booked."""
        if self.moved is not None:
            self.moved.book(self.trade)
            self.users = self.moved.flowed.installed[:, 0]
        self.adoption = self.adopted.adoption
        routes = self.model.world.routes
        if routes is not None:
            self.landings = self.landings * self.model.world.landings_kept
        for project in self.arrivals:
            self.landings = self.landings + project.winner
            project.book(self)
        for operator in self.operators:
            operator.sign()

    # --- books ---------------------------------------------------------------------------------

    def settle_debts(self) -> None:
        """Repay what is due, and take on this year's loans."""
        model = self.model
        self.repaid = np.zeros_like(self.debt)
        for loan in self.loans:
            if loan.first <= model.year:
                self.repaid[loan.sponsor] += loan.instalment
        self.loans = [loan for loan in self.loans if loan.last > model.year]
        self.debt = self.debt - self.repaid
        for h in np.flatnonzero(self.trade.lent):
            sponsor, money = int(model.world.lenders.sponsor[h]), float(self.trade.lent[h])
            first, last, _ = finance.repayment(model.now.tenor[h], model.now.grace[h])
            self.loans.append(Loan(sponsor, money, model.year + first, model.year + last))
            self.debt[sponsor] += money

    def drift(self) -> None:
        """Affinity drifts towards the sponsors of the platforms in use."""
        world, before = self.model.world, self.affinity
        sponsored = world.sponsored_slots[..., :-1]
        use = diffusion.platform_use(self.installed[:, None], sponsored, world.platform)[0]
        moved = diffusion.next_affinity(before, use, self.model.parameters.affinity_drift)
        self.affinity_shift = self.affinity_shift + (moved - before)
