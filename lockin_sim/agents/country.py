"""The country agent: its installed base, adoption, debt, restrictions, prescriptions and votes.

A country observes only its own state, the posted board, the installed bases of the countries that influence
it, the standards of the bodies to which it belongs, and the restrictions of its allies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np

from lockin_sim.agents.ledger import Trade
from lockin_sim.agents.operator import Operator, Project
from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.model import decisions, seen, stages
from lockin_sim.model.decisions import RegulationFactors, RestrictionFactors, UserFlows
from lockin_sim.model.own_terms import TermHere, own_term
from lockin_sim.model.scripted_contracts import all_of_one, handed_over
from lockin_sim.model.seen import Adopting, Customers, Loans, MarketView, Using, known_of
from lockin_sim.model.stages import JudgedOffers
from lockin_sim.model.state import State
from lockin_sim.model.verbs import Axis
from lockin_sim.rules import adoption, contracts, diffusion, finance, pricing, restriction, utility

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


def build_country_view(country: Country) -> MarketView:
    """Build the market view of one country, before any buyer commits.

    The arrays of the view have one run and one country.
    """
    model, board = country.model, country.model.board
    world, here = model.world, slice(country.place, country.place + 1)
    built = diffusion.base_by_sponsor(board.installed[:, here], world.sponsored_slots)
    status = board.attention[:, here] @ board.status.swapaxes(0, 1)
    demanded = decisions.select_effective_demands(country.demanded[:, None], model.parameters)
    return MarketView(
        quality=board.quality[None],
        log_price=board.log_price[None],
        salience=board.salience[None],
        affinity=np.append(country.affinity, 0.0)[None, None],
        fit=board.fit[None],
        layers=diffusion.own_layers(built, world.stack)[None],
        status=utility.official_status(status, board.compliance, demanded)[None],
        audience=np.zeros(1, dtype=int),
        barred=np.append(country.since >= 0, False)[None, None],
        installed=board.installed[None, :, here],
        taste=country.taste[None, :, None],
        on_sale=board.on_sale[:, here],
        neighbours=_compute_neighbour_base(country)[None],
        **known_of(world, board.now, model.year, here),
    )


def _compute_neighbour_base(country: Country) -> Floats:
    """Compute the neighbours' base compatible with each offer.  (operators' domain, 1, vendor)."""
    model, board = country.model, country.model.board
    d = model.bought_by["operator"]
    if not (len(d) and model.parameters.network_weight):
        return np.zeros((len(d), 1, board.installed.shape[-1]))
    bases = board.installed[d].swapaxes(0, 1)
    around = model.world.influence.row(
        country.place, bases.reshape(len(bases), -1), float(model.parameters.regional_weight)
    )
    return diffusion.fitting_base(around.reshape(len(d), 1, -1), board.fit[d])


class UserTransitions(NamedTuple):
    """Choices of a country's users in one year, in all domains bought by users.

    Arrays are (users' domain, 1, vendor) unless a comment states another shape.
    """

    domains: Integers  # (users' domain,)
    before: Floats  # shares of capacity
    judged: JudgedOffers  # whoever they have, (1, users' domain, 1, vendor) each
    friction: Floats  # (users' domain, vendor, vendor), what switching costs leave of an offer's weight
    flowed: UserFlows
    value: Floats  # (users' domain, 1, 1), of a contract for all capacity, USD bn
    paid: Floats  # price asked

    def book(self, trade: Trade) -> None:
        """Add the users' purchases to the books of the country.  Modifies `trade`."""
        d, flowed, value = self.domains, self.flowed, self.value
        trade.contracts[d] += (value * flowed.gained)[:, 0]
        trade.switching_pull[d] += (value * flowed.pulled)[:, 0]
        for name in ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus"):
            getattr(trade, name)[d] += (value * getattr(flowed, name)).sum(axis=(1, 2))
        trade.paid[d] += (value * flowed.gained * self.paid).sum(axis=(1, 2))


def choose_for_users(country: Country) -> UserTransitions | None:
    """Compute the choices of a country's users in one year from the country's market view.

    Returns None if no domain is bought by users.
    """
    model, view = country.model, country.view
    world, p, d = model.world, model.parameters, model.bought_by["users"]
    if not len(d):
        return None
    here, cost = country.here(Axis(1, d)), country.compliance_cost[None, d]
    of_domains = world.own_pull, world.relative_switching, world.lifetime, world.hosted
    using = Using(country.leaving[None, None], cost, *of_domains)
    fitting, friction = stages.between(view.fit[:, d], seen.user_ties(here, using), p)
    offers, base = seen.users_see(here, view), seen.user_base(here, Axis(1), view, using)
    judged = stages.users_ask(offers, base, fitting, p, True, country.own_term(here.domain))
    flowed = stages.users_move(judged, offers, base, friction, p)
    size, lifetime = model.now.market_size[d, country.place][:, None, None], world.lifetime[d][:, None, None]
    return UserTransitions(
        d,
        view.installed[0, d],
        judged,
        friction[0],
        UserFlows(*map(_drop_run_axis, flowed)),
        contracts.contract_value(1.0, size, lifetime),
        _drop_run_axis(pricing.effective_price(judged.offer.log_price, 0.0)),
    )


def _drop_run_axis(values: Any) -> Any:
    """Remove the leading axis of runs from a four-dimensional array; return other values unchanged."""
    return values[0] if np.ndim(values) == 4 else values


class AdoptionChoices(NamedTuple):
    """Choices of a country's adopters in one year.  (adopters' domain, vendor) unless noted otherwise."""

    before: Floats  # adoption, 0 to 1
    judged: JudgedOffers  # (1, adopters' domain, 1, vendor) each
    own: Bools  # the sponsor's own state, which has it wherever it is there
    adoption: Floats  # afterwards


def choose_for_adopters(country: Country) -> AdoptionChoices:
    """Compute the adoption of one year in every adopters' domain from the country's market view."""
    model, world, d, place = (
        country.model,
        country.model.world,
        country.model.bought_by["adopters"],
        country.place,
    )
    own, luck = world.own_slots(model.year)[:, place : place + 1], model.luck("adoption", place)
    cells = world.cell_keys[:, place : place + 1]
    before, after = country.adoption, country.adoption.copy()
    adopting = Adopting(before[None, :, None], own, model.now.adoption_rate, world.lifetime, cells)
    offers = seen.adopters_see(country.here(Axis(1, d)), country.view)
    judged = stages.adopters_ask(offers, model.parameters, country.own_term(Axis(1, d)))
    for enacted in (False, True):
        rows = np.flatnonzero(world.enacted[d] == enacted)
        here = country.here(Axis(1, d[rows]))
        offers = seen.adopters_see(here, country.view)
        mine = seen.taken_up(here, Axis(1, rows), luck.counter[None], adopting)
        adopted = stages.adopters_adopt(judged.offers[:, rows], enacted, luck.key, offers, mine)
        after[rows] = adopted[0, :, 0]
    return AdoptionChoices(before, judged, own[d, 0], after)


class Country(mesa.Agent):
    """An economy that buys, borrows, votes and restricts.

    label           ISO 3166-1 code
    place           index among the countries
    operators       operators and agencies of the country, which own the state of their lots
    users           (users' domain, vendor), shares of capacity that users hold
    adoption        (adopters' domain, vendor), 0 to 1
    landings        (vendor,), projects in use that land in the country
    taste           (domain, vendor), lasting taste, utility units
    debt            (sponsor,), USD bn;  due (later year, sponsor), repayments of the debt, next year first
    since           (sponsor,), year in which a restriction began, -1 without a restriction
    prescribed      (domain,), prescribed family, -1 without one; empty where states prescribe nothing
    leaving         (sponsor + 1,), share of each sponsor's restricted base that must go this year
    affinity_shift  (sponsor,), accumulated drift of affinity
    arrivals        this year's projects that land in the country
    trade           purchases of the country's buyers in this year
    view            market view of the country on which its buyers decided
    """

    model: LockInModel
    view: MarketView
    taste: Floats
    fines: Floats  # (domain, 1, vendor), what rules on standards cost vendors here, share of the price
    compliance_cost: Floats  # the same with rules on data
    moved: UserTransitions | None
    adopted: AdoptionChoices

    def __init__(self, model: LockInModel, place: int, start: State) -> None:
        super().__init__(model)
        world = model.world
        self.label, self.place = world.countries[place], place
        self.operators: list[Operator] = []
        self.users = start.installed[0, model.bought_by["users"], place]
        self.adoption = start.adoption[0, :, place].copy()
        self.landings = start.landings[0, place].copy()
        changes = start.instalment_change[0, world.step(model.year) + 1 :, place]
        self.due = start.instalment[0, place] + np.cumsum(changes, axis=0)
        self.debt, self.repaid = start.debt[0, place].copy(), np.zeros(len(world.sponsors))
        self.since = start.since[0, place].copy()
        self.prescribed = start.prescribed[0, :, place]
        self.leaving: Floats = np.zeros(len(world.sponsors) + 1)
        self.affinity_shift = start.affinity_shift[0, place].copy()
        self.arrivals: list[Project] = []
        self.trade = Trade.none(world)
        self.loan_share: Floats = np.zeros((len(world.sponsors) + 1, len(world.lenders.names)))
        self.benefit: Floats = np.zeros(len(world.sponsors) + 1)
        self._next_since, self._next_prescribed = self.since, self.prescribed

    def __repr__(self) -> str:
        return f"<Country {self.label}>"

    @property
    def installed(self) -> Floats:
        """Shares of the country's capacity by vendor, in every domain.  (domain, vendor)."""
        model = self.model
        shares = np.zeros_like(self.taste)
        for operator in self.operators:
            shares[operator.domain] += operator.holdings
        shares[model.bought_by["users"]] = self.users
        shares[model.bought_by["adopters"]] = adoption.shares(self.adoption)
        if model.world.routes is not None:
            shares[model.world.routes.domain] = diffusion.market_shares(self.landings)
        return shares

    @property
    def log_income(self) -> float:
        """Log of income per head over the reference income."""
        return float(self.model.now.log_income[self.place])

    @property
    def affinity(self) -> Floats:
        """Affinity with each sponsor, including its drift.  (sponsor,)."""
        result: Floats = self.model.now.affinity[self.place] + self.affinity_shift
        return result

    @property
    def total_debt(self) -> float:
        """Debt to all sponsors, USD bn."""
        return float(self.debt.sum())

    @property
    def restricting(self) -> int:
        """Number of sponsors whose vendors the country restricts."""
        return int((self.since >= 0).sum())

    @property
    def bought(self) -> float:
        """Value of the purchases of the country's buyers in this year, USD bn."""
        return float(self.trade.contracts.sum())

    # --- renewals ----------------------------------------------------------------------------

    def open_year(self) -> None:
        """Clear the books of the year, compute mandatory removals, and let operators plan tenders."""
        self.trade = Trade.none(self.model.world)
        self.arrivals = []
        self.leaving = self._compute_removal_shares()
        for operator in self.operators:
            operator.plan(self.leaving)

    def head_start(self, domain: int) -> int:
        """Compute the years by which generations of a domain reach the country ahead of their dates."""
        world, model = self.model.world, self.model
        barred = np.append(self.since >= 0, False)[world.slot_sponsor[domain]] & world.sensitive[domain]
        may = model.board.on_sale[domain, self.place] & ~barred
        return int(contracts.head_start(model.now.generation_lead[domain], may))

    def _compute_removal_shares(self) -> Floats:
        """Compute the share of each sponsor's restricted base that must go this year.

        Returns (sponsor + 1,), with 0 in the last place.
        """
        allowed = self.model.now.phase_out_years[self.place]
        return np.append(decisions.compute_forced_removal(self.since, allowed, self.model.year), 0.0)

    # --- finance -------------------------------------------------------------------------------

    def grant_elements(self) -> Floats:
        """Compute the grant element of each lender's loans at the country's own discount rate.

        Returns (lender,), per cent.
        """
        world, now, lenders = self.model.world, self.model.now, self.model.world.lenders
        rate = np.minimum(world.borrowing_rate[self.place], lenders.highest_discount_rate)
        return finance.grant_element(now.loan_rate, now.tenor, now.grace, rate, lenders.payments_per_year)

    def ask_for_loans(self) -> tuple[Floats, Floats]:
        """Compute the country's loan requests and the order in which each lender would serve it.

        Returns (lender,) each: the largest loans that this year's contracts could require, USD bn, and the
        priority of the country: a lender serves the largest priority first.
        """
        model, world, lenders = self.model, self.model.world, self.model.world.lenders
        element = self.grant_elements()
        helps = decisions.is_willing_lender(lenders.appeal[self.place], element)
        barred = (self.since >= 0)[lenders.sponsor] & world.sensitive[:, None]
        sells = (world.first_sale <= model.year)[:, lenders.sponsor]
        eligible = helps & decisions.is_loan_eligible(sells, barred, model.now.tied)
        base = decisions.compute_loan_multiple(world.backbone, world.expansion_share, model.parameters)
        value = self._sum_tender_values() * world.financeable
        requests = finance.loans(value[:, None], eligible, model.parameters.financed_share, base[:, None])
        luck = model.draws.gumbel(model.luck("lender", self.place), world.lender_keys[self.place])
        order = finance.priority(lenders.appeal[self.place], element, lenders.by_grant_element, luck)
        return requests.sum(axis=0), order

    def _sum_tender_values(self) -> Floats:
        """Sum the value of the lots and projects that are up, by domain.  (domain,), USD bn."""
        value = np.zeros(len(self.model.world.domains))
        for operator in self.operators:
            if operator.tender is not None:
                value[operator.domain] += operator.tender.value.sum()
        for project in self.arrivals:
            value[project.domain] += project.value
        return value

    def _find_open_loans(self) -> Integers:
        """Return the indices of recorded loans that can pay for contracts this year, oldest first.

        Only loans to this country count.  (loan,).
        """
        loans, p, now = self.model.lending.on_record, self.model.parameters, self.model.year
        mine = np.flatnonzero(loans.country == self.place)
        year = self.model.world.first_year + loans.step[mine]
        result: Integers = mine[finance.is_open(year, now, p.loan_early, p.loan_wait)]
        return result

    def waiting_loans(self) -> Floats:
        """Sum the unused money of the country's open recorded loans, USD bn.  (lender,)."""
        waiting, lending = np.zeros(len(self.model.world.lenders.names)), self.model.lending
        for k in self._find_open_loans():
            waiting[lending.on_record.lender[k]] += lending.left[k]
        return waiting

    def spend_loans(self) -> None:
        """Draw this year's borrowing from open recorded loans, oldest first, and let expired loans lapse."""
        lending, trade, world = self.model.lending, self.trade, self.model.world
        for k in self._find_open_loans():
            h = lending.on_record.lender[k]
            paid = min(lending.left[k], trade.lent[h] - trade.loans_met[h])
            lending.left[k] -= paid
            trade.loans_met[h] += paid
        year = world.first_year + lending.on_record.step
        over = finance.is_over(year, self.model.year, self.model.parameters.loan_wait)
        for lapsed in np.flatnonzero(over & (lending.on_record.country == self.place)):
            trade.loans_unmet[lending.on_record.lender[lapsed]] += lending.left[lapsed]
            lending.left[lapsed] = 0.0

    def take_promises(self, promise: Floats) -> None:
        """Store which loans pay for which sponsors' vendors, and the resulting price benefit.

        promise  (lender,), share of its request that each lender promises
        """
        lenders, element = self.model.world.lenders, self.grant_elements()
        sponsors = len(self.model.world.sponsors)
        self.loan_share = finance.co_finance(promise, element, self.model.now.tied, lenders.sponsor, sponsors)
        p = self.model.parameters
        self.benefit = finance.price_benefit(self.loan_share, element, p.financed_share, p.loan_weight)

    # --- politics ------------------------------------------------------------------------------

    def ballot(self, body: int, domains: Integers, cycle_shock: Floats) -> tuple[Bools, Bools]:
        """Return the country's support for each standard family in the votes of a body.

        body     index of the body;  domains  (some,), domains of the votes
        cycle_shock  (some, 1, standard), standard normal
        Returns yes and votes, (some, 1, standard) each: votes in favour, and whether the country votes.
        """
        model, world, i = self.model, self.model.world, self.place
        inclination = decisions.compute_inclination(
            model.board.installed[domains, i][:, None],
            (self.affinity @ world.ties)[None],
            world.democracy[i],
            world.owned_slots[domains],
            world.usual_base[domains, None],
            world.challenger,
            model.parameters,
        )
        luck = model.draws.uniform(model.luck("ballot", i), world.ballot_keys[body, domains, i])
        return decisions.cast_ballots(inclination, cycle_shock, luck[:, None], model.parameters)

    def reconsider_restrictions(self, in_force: Bools) -> None:
        """Decide which restrictions to begin or lift; they take effect in :meth:`apply_restrictions`.

        in_force  (country, sponsor), restrictions of all countries
        """
        model, world, i = self.model, self.model.world, self.place
        installed = model.board.installed[world.sensitive, i][:, None]
        built = diffusion.base_by_sponsor(installed, world.sponsored_slots[world.sensitive, :, :-1])
        allies = world.allies[i]
        stance = RestrictionFactors(
            concern=world.concern_in(model.year)[i],
            votes=world.rival_votes[i],
            alliance=restriction.ally_pressure(in_force, allies) if allies.size else 0.0,
            dependence=restriction.sensitive_dependence(built, installed.sum(axis=-1))[0],
            pressure=model.now.pressure[i],
            salience=model.board.salience[:-1],
            order=np.where(world.home[i], -1, model.now.restriction_order[i]),
        )
        shock = model.draws.uniform(model.luck("restriction", self.place), world.restriction_keys[i])
        self._next_since = decisions.update_restrictions(
            self.since, stance, model.year, shock, model.parameters
        )

    def apply_restrictions(self) -> None:
        """Put the restrictions decided this year into effect."""
        self.since = self._next_since

    @property
    def demanded(self) -> Bools:
        """Families that offers must support in the country, by policy or by prescription.

        (domain, standard), or (1, standard) where states prescribe nothing by themselves.
        """
        demanded: Bools = self.model.now.demanded[self.place]
        if not len(self.prescribed):
            return demanded[None]
        return demanded | decisions.encode_prescriptions(self.prescribed, len(demanded))

    def reconsider_standards(self, demanded: Floats) -> None:
        """Decide which families to prescribe or withdraw; effective in :meth:`apply_standards`.

        demanded  (country, domain, standard), families demanded in every country, 1 or 0
        """
        model, world, i = self.model, self.model.world, self.place
        nearby = world.influence.row(i, demanded.reshape(len(demanded), -1)).reshape(demanded.shape[1:])
        own = (model.board.installed[:, None, i] @ model.board.compliance)[:, 0]
        required = model.now.demanded[i].any()
        knows = RegulationFactors(
            own, nearby, self.debt @ world.owned, model.now.treaty[i], np.full(len(own), required)
        )
        shock = model.draws.uniform(model.luck("regulation", i), world.cell_keys[:, i])
        may = world.prescribable(model.year)[i]
        after = decisions.update_prescriptions(self.prescribed, knows, may, shock, model.parameters)
        self._next_prescribed = np.where(world.traded, after, self.prescribed)

    def apply_standards(self) -> None:
        """Put the prescriptions decided this year into effect."""
        self.prescribed = self._next_prescribed

    # --- choice --------------------------------------------------------------------------------

    def here(self, domain: Any) -> Customers:
        """Return the indices of the country's customers, for arrays of one run and one country.

        domain  index of a domain, or an :class:`.Axis` of several
        """
        run, country = (Axis(0), Axis(2)) if isinstance(domain, Axis) else (0, 0)
        return Customers(run, domain, country, slice(0, self.taste.shape[-1]))

    def own_term(self, domain: Any, lot: Any = None) -> TermHere | None:
        """Return the world's own term of utility for the country's customers; None without one.

        domain  index of a domain, or an :class:`.Axis` of several
        lot     indices of the lots that are up, for operators
        """
        here = self.here(domain)._replace(country=self.place)
        return own_term(self.model.world, self.model.year, here, lot)

    @property
    def promised(self) -> Loans:
        """Loans promised to the country's buyers; row 0 of the tables is no loan, row 1 the promises."""
        world, mine, all_promised = self.model.world, np.ones((1, 1), dtype=int), self.model.lending.promised
        shares, benefit = (np.stack([np.zeros_like(own), own]) for own in (self.loan_share, self.benefit))
        paid = world.financeable, world.backbone, world.expansion_share
        return Loans(all_promised[None], mine, shares, benefit, *paid)

    def look_around(self) -> None:
        """Store the country's market view, and compute fines and compliance costs from the view."""
        now, world, i = self.model.now, self.model.world, self.place
        self.view = build_country_view(self)
        self.fines = pricing.fines(now.fine[i, None], self.model.board.compliance)
        of_data = now.compliance_cost[i][world.slot_sponsor[:, None]] * world.personal_data[:, None, None]
        self.compliance_cost = of_data + self.fines

    def choose(self) -> None:
        """Let users, adopters and operators decide on the market view, without booking anything."""
        self.moved = choose_for_users(self)
        self.adopted = choose_for_adopters(self)
        for operator in self.operators:
            operator.choose()

    def commit(self) -> None:
        """Put the decisions of users, adopters and operators into effect, and book purchases and loans."""
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
        self._apply_handovers()
        self.spend_loans()
        recorded = self.model.now.recorded_loans[self.place]
        self.trade.lent = finance.booked(self.trade.lent, self.trade.loans_met, recorded)

    def _apply_handovers(self) -> None:
        """Assign users or landings to a single vendor where the world scripts such a handover."""
        model = self.model
        rows = handed_over(model.world, model.year, [model.run_number])
        if rows is None:
            return
        users, routes = np.array(self.users), model.world.routes
        for domain, country, slot in zip(rows[0], rows[1], rows[2][0], strict=True):
            if country != self.place:
                continue
            if routes is not None and domain == routes.domain:
                self.landings = all_of_one(self.landings, slot)
            else:
                row = model.bought_by["users"].tolist().index(domain)
                users[row] = all_of_one(users[row], slot)
        self.users = users

    # --- books ---------------------------------------------------------------------------------

    def settle_debts(self) -> None:
        """Repay the instalments due this year, and add this year's loans to the debt."""
        now, due = self.model.now, self.due
        self.repaid, self.due = due[0], np.append(due[1:], 0.0 * due[:1], axis=0)
        self.debt = self.debt - self.repaid
        for h in np.flatnonzero(self.trade.lent):
            sponsor, money = self.model.world.lenders.sponsor[h], self.trade.lent[h]
            first, last, share = finance.repayment(now.tenor[h], now.grace[h])
            self.due[first - 1 : last, sponsor] += share * money
            self.debt[sponsor] += money

    def drift(self) -> None:
        """Shift affinity towards the sponsors of the platforms in use."""
        world, before = self.model.world, self.affinity
        sponsored = world.sponsored_slots[..., :-1]
        use = diffusion.platform_use(self.installed[:, None], sponsored, world.platform)[0]
        moved = diffusion.next_affinity(before, use, self.model.parameters.affinity_drift)
        self.affinity_shift = self.affinity_shift + (moved - before)
