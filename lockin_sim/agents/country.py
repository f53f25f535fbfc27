"""A country: what its users, adopters and operators run, what it owes, and how it restricts and votes.

A country sees its own state, what is posted, the bases of the countries that influence it, the standards in
the bodies it belongs to, and what its allies restrict; nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from lockin_sim.agents.ledger import Loan, Trade
from lockin_sim.agents.operator import Operator, Project
from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Flowed, Offer, Stance, Terms, Voter, terms_at
from lockin_sim.model.state import State
from lockin_sim.rules import adoption, contracts, diffusion, finance, pricing, restriction, users, utility

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class MarketView(NamedTuple):
    """Read once at the beginning of the choice, before anybody commits.  (domain, 1, vendor) each; the rules
    of a country among others see the axis of one as the countries."""

    installed: Floats  # own shares of capacity
    may: Bools  # on sale here and not restricted
    barred: Bools  # restricted
    neighbours: Floats  # the neighbours' base that works with each offer, where operators buy
    compliance_cost: Floats  # what rules on data and standards cost the vendor here, share of the price
    fines: Floats  # part of it that is for standards
    benefit: Floats  # share of the price that loans take off
    offer: Offer  # what any buyer of this country knows of each offer, at list price

    def offers(self, domain: int | Integers) -> Offer:
        """What any buyer knows of the offers of a domain, (1, vendor), or of several, (some, 1, vendor)."""
        known = (term[domain] if isinstance(term, np.ndarray) else term for term in self.offer)
        return Offer(*known)


def look_around(country: Country) -> MarketView:
    """What a country sees."""
    model, board, i = country.model, country.model.board, country.place
    world, now = model.world, board.now
    sponsor = world.slot_sponsor[:, None]
    installed = board.installed[:, i][:, None]
    built = diffusion.base_by_sponsor(installed, world.sponsored_slots)
    layers = diffusion.own_layers(built, world.stack)
    barred = np.append(country.since >= 0, False)[sponsor] & world.sensitive[:, None, None]
    seen = board.attention[:, i][:, None] @ board.status.swapaxes(0, 1)
    fines = pricing.fines(now.fine[i, None], board.compliance)
    return MarketView(
        installed=installed,
        may=board.on_sale[:, i][:, None] & ~barred,
        barred=barred,
        neighbours=_neighbours(country),
        compliance_cost=now.compliance_cost[i][sponsor] * world.personal_data[:, None, None] + fines,
        fines=fines,
        benefit=country.benefit[sponsor] * world.financeable[:, None, None],
        offer=Offer(
            quality=board.quality[:, None],
            log_price=board.log_price[:, None],
            benefit=0.0,
            home_bonus=world.home_bonus[:, None],
            home_part=now.home_part[:, i][:, None],
            place=now.place_utility[:, i][:, None],
            network=0.0,
            layers=np.take_along_axis(layers, sponsor, axis=-1),
            affinity=np.append(country.affinity, 0.0)[sponsor] * world.relative_affinity[:, None, None],
            status=utility.official_status(
                seen, board.compliance, decisions.demands(now.demanded[i], model.parameters)
            ),
            concern=world.concern_of_slots(country.model.year)[:, i][:, None],
            salience=board.salience[sponsor],
            taste=country.taste[:, None],
        ),
    )


def _neighbours(country: Country) -> Floats:
    """The neighbours' base that works with each offer.  (domain, 1, vendor), zeros where others buy."""
    model, board = country.model, country.model.board
    d = model.bought_by["operator"]
    fitting = np.zeros((len(board.installed), 1, board.installed.shape[-1]))
    if len(d) and model.parameters.network_weight:
        bases = board.installed[d].swapaxes(0, 1)
        seen = model.world.influence.row(country.place, bases.reshape(len(bases), -1))
        fitting[d] = diffusion.fitting_base(seen.reshape(len(d), 1, -1), board.fit[d])
    return fitting


class Moved(NamedTuple):
    """A year of a country's users, in all domains that they buy.  (users' domain, 1, vendor) each, if not
    said otherwise."""

    domains: Integers  # (users' domain,)
    before: Floats  # shares of capacity
    offer: Offer
    terms: Terms
    offers: Floats  # utility without switching cost, -inf where not to be taken
    friction: Floats  # (users' domain, vendor, vendor), what switching costs leave of an offer's weight
    flowed: Flowed
    value: Floats  # (users' domain, 1, 1), of a contract for all capacity, USD bn
    paid: Floats  # price asked

    def book(self, trade: Trade) -> None:
        """Add what was bought."""
        d, flowed, value = self.domains, self.flowed, self.value
        trade.contracts[d] += (value * flowed.gained)[:, 0]
        trade.lock_in[d] += (value * flowed.locked)[:, 0]
        for name in ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus"):
            getattr(trade, name)[d] += (value * getattr(flowed, name)).sum(axis=(1, 2))
        trade.paid[d] += (value * flowed.gained * self.paid).sum(axis=(1, 2))


def move(country: Country) -> Moved | None:
    """A year of the users, on what the country saw; None where no domain is bought by users."""
    model, view = country.model, country.outlook
    world, now, p, d = model.world, model.now, model.parameters, model.bought_by["users"]
    if not len(d):
        return None
    before, fit = view.installed[d], model.board.fit[d]
    offer = _offer(country, before, fit)
    weights = decisions.weights_of(p, country.log_income, p.own_network_weight)
    terms = decisions.judge(offer, weights)
    cap = now.share_cap[d, country.place][:, None, None]
    offers = decisions.worth(terms, users.open_to_new(view.may[d], before, cap))
    cost = p.switching_cost * world.relative_switching[d][:, None, None]
    friction = users.friction(fit, cost, noise_scale=p.noise_scale)
    lifetime = world.lifetime[d][:, None, None]
    outside = utility.outside_option(
        country.log_income,
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )
    flowed = decisions.flow(
        before,
        offers,
        friction,
        view.barred[d],
        country.leaving[world.slot_sponsor[d]][:, None],
        np.full((len(d), 1, 1), outside),
        lifetime=lifetime,
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )
    value = contracts.contract_value(1.0, now.market_size[d, country.place][:, None, None], lifetime)
    paid = pricing.effective_price(offer.log_price, np.zeros(1))
    return Moved(d, before, offer, terms, offers, friction, flowed, value, paid)


def _offer(country: Country, before: Floats, fit: Floats) -> Offer:
    """What is known of each offer to the users.  (users' domain, 1, vendor) each."""
    model, view, d = country.model, country.outlook, country.model.bought_by["users"]
    share, known = diffusion.market_shares(before), view.offers(d)
    return known._replace(
        log_price=decisions.asked_price(known.log_price, share, view.compliance_cost[d], model.parameters),
        network=diffusion.fitting_base(share, fit) * model.world.own_pull[d][:, None],
    )


class Adopted(NamedTuple):
    """A year of a country's adopters.  (adopters' domain, vendor) each, if not said otherwise."""

    before: Floats  # adoption, 0 to 1
    terms: Terms  # (adopters' domain, 1, vendor) each
    there: Bools  # may be taken up
    own: Bools  # the sponsor's own state, which has it wherever it is there
    shock: Floats  # uniform, of laws
    adoption: Floats  # afterwards


def adopt(country: Country) -> Adopted:
    """A year of the adopters, on what the country saw."""
    model, view = country.model, country.outlook
    world, d, i = model.world, model.bought_by["adopters"], country.place
    nothing = dict.fromkeys(("log_price", "home_bonus", "home_part", "status"), 0.0)
    offer = view.offers(d)._replace(**nothing)
    terms = decisions.judge(offer, decisions.weights_of(model.parameters, 0.0, 0.0))
    there, before = view.may[d, 0], country.adoption
    keys = world.cell_keys[d, i][:, None] ^ world.offer_keys[d]
    shock = model.draws.uniform(model.luck("adoption", i), keys)
    own, after = world.own_slots(model.year)[d, i], before.copy()
    for enacted in (False, True):
        rows = np.flatnonzero(world.enacted[d] == enacted)
        offers = decisions.worth(terms_at(terms, rows, 0), there[rows])
        if enacted:
            rate = model.now.adoption_rate[d[rows]]
            after[rows] = adoption.next_law(before[rows], offers, rate, shock[rows], own[rows] & there[rows])
        else:
            lifetime = world.lifetime[d[rows], None]
            after[rows] = adoption.next_share(before[rows], offers, lifetime, own[rows] & there[rows])
    return Adopted(before, terms, there, own, shock, after)


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
    outlook: MarketView
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
