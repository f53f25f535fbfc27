"""Let operators, users, projects and adopters choose among offers, for all runs at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Board, Some, select_domains
from lockin_sim.engine.renewals import Landings, Renewals
from lockin_sim.model import seen, stages
from lockin_sim.model.decisions import Offer, TenderCounts, UserFlows, Weights
from lockin_sim.model.own_terms import TermHere, own_term
from lockin_sim.model.seen import (
    Adopting,
    Customers,
    Loans,
    LotTables,
    LotUp,
    MarketView,
    Seen,
    Tenders,
    UserBase,
    Using,
)
from lockin_sim.model.stages import JudgedOffers
from lockin_sim.model.start import tender_luck
from lockin_sim.model.verbs import Axis
from lockin_sim.rules import pricing
from lockin_sim.rules.reduce import total
from lockin_sim.world import World

#: All rows, in order.
ALL = slice(None)


class Bought(NamedTuple):
    """Contracts of the year's lots, or its landings, one row each."""

    run: Integers  # (row,)
    domain: Integers  # (row,)
    country: Integers  # (row,)
    value: Floats  # (row, 1), USD bn, whether or not it was signed
    slot: Integers  # (row,), that of the winner, 0 where there is none
    signed: Bools  # (row, 1), whether a contract was signed
    paid: Floats  # (row, 1), price after finance, 0 where nothing was signed
    lent: Floats  # (row, lender), USD bn


def build_no_landings(batch: Batch) -> Bought:
    """Return the empty landings of a world without routes."""
    nowhere, none, lenders = np.zeros(0, dtype=np.intp), np.zeros((0, 1)), len(batch.world.lenders.names)
    return Bought(nowhere, nowhere, nowhere, none, nowhere, none > 0, none, np.zeros((0, lenders)))


def locate_customers(
    batch: Batch, run: Any, domain: Any, country: Any, slots: slice | None = None
) -> Customers:
    """Build the customers at some positions, who read all vendors or those of some slots."""
    slots = slice(0, batch.world.shape[2]) if slots is None else slots
    return Customers(run, domain, country, slots)


def collect_lot_tables(batch: Batch) -> LotTables:
    """Collect what is known of lots."""
    lots = batch.world.lots
    return LotTables(lots.sibling, lots.weight, batch.world.lot_keys, batch.state.incumbent, batch.lot_taste)


class Operators(NamedTuple):
    """Operators with lots up for renewal, what they see, and their judgement of the offers."""

    here: Customers
    seen: Seen
    lot: LotUp
    judged: JudgedOffers


def operators_ask(batch: Batch, board: Board, rows: Tenders, loans: Loans, view: MarketView) -> Operators:
    """Judge the offers to the operators of some lots."""
    here, lots = locate_customers(batch, rows.run, rows.domain, rows.country), collect_lot_tables(batch)
    cost, counters = (
        compute_lot_costs(batch, board, rows),
        batch.draws.of_country("offer", board.year).counter,
    )
    luck = tender_luck(batch.world, batch.draws, counters, board.year, rows.run, rows.lot)
    offers = seen.operators_see(here, ALL, view, lots, rows, loans)
    lot = seen.lot_up(here, ALL, view, lots, rows, loans, cost, luck)
    p, term = batch.parameters_of_rows(rows.run), own_term(batch.world, board.year, here, rows.lot)
    return Operators(here, offers, lot, stages.operators_ask(offers, lot, p, batch.bargains, term))


def list_lot_keys(batch: Batch, board: Board) -> tuple[Any, Any]:
    """Return the keys of the shocks that lots meet in a year, as of :func:`.operators_luck`."""
    return batch.draws.of_country("offer", board.year).key, batch.draws.of_country("outside", board.year).key


def operators_choose(
    batch: Batch, board: Board, rows: Tenders, loans: Loans, view: MarketView
) -> tuple[Bought, TenderCounts]:
    """Choose an offer for every lot due for renewal, or leave it unbuilt."""
    p, who = batch.parameters_of_rows(rows.run), operators_ask(batch, board, rows, loans, view)
    done = stages.operators_choose(who.judged, who.seen, who.lot, list_lot_keys(batch, board), p)
    lent = stages.operators_borrow(done, who.lot, seen.loan_shares(who.here, done.slot, view, loans), p)
    where = rows.run, rows.domain, rows.country
    return Bought(*where, rows.value, done.slot[:, 0], done.signed, done.paid, lent), done.counted


def compute_lot_costs(batch: Batch, board: Board, rows: Tenders) -> Floats | float:
    """Compute the cost of rules on data and fines, less subsidies, as a share of price.  (row, vendor).

    Returns a plain 0 if no rule applies.
    """
    world, now = batch.world, board.now
    cost: Floats | float = 0.0
    if batch.exogenous.costs[board.step]:
        sponsor = world.slot_sponsor[rows.domain]
        cost = now.compliance_cost[rows.country[:, None], sponsor]
        cost = cost * world.personal_data[rows.domain][:, None]
    if batch.exogenous.fines[board.step]:
        fine = now.fine[rows.country][:, None]
        cost = cost + pricing.fines(fine, batch.state.compliance[rows.run, rows.domain])[:, 0]
    if batch.exogenous.subsidies[board.step]:
        cost = pricing.subsidised(cost, now.purchase_subsidy[rows.domain, rows.country])
    return cost


def users_move(batch: Batch, board: Board, leaving: Floats, view: MarketView) -> None:
    """Simulate a year in every domain that users buy; ``leaving`` as in ``Renewals``.

    Users come last of all buyers, since their base changes at once and their purchases are added to the
    flows.
    """
    for domains in batch.together(batch.world.bought_by("users")):
        using = collect_user_tables(batch, board, leaving, domains)
        users = users_ask(batch, board, view, using, domains)
        flowed = stages.users_move(users.judged, users.seen, users.base, users.friction, batch.broadcast(3))
        _add_users(batch, board, domains, flowed, pricing.effective_price(users.judged.offer.log_price, 0.0))
        batch.state.installed[:, domains] = flowed.installed


def collect_user_tables(batch: Batch, board: Board, leaving: Floats, domains: Some) -> Using:
    """Collect what is known of users in some domains."""
    world, cost = batch.world, compute_user_costs(batch, board, domains)
    return Using(leaving, cost, world.own_pull, world.relative_switching, world.lifetime, world.hosted)


class Users(NamedTuple):
    """Users of some domains, what they see, and their judgement of the offers."""

    seen: Seen
    base: UserBase
    friction: Floats  # (run, domain, 1, vendor, vendor), what switching costs leave of an offer's weight
    judged: JudgedOffers  # whoever they have


def users_ask(batch: Batch, board: Board, view: MarketView, using: Using, domains: Some) -> Users:
    """Judge the offers to the users of some domains."""
    p, here = batch.broadcast(3), locate_customers(batch, Axis(0), Axis(1, domains), Axis(2))
    fitting, friction = stages.between(view.fit[:, domains], seen.user_ties(here, using), p)
    offers, base = seen.users_see(here, view), seen.user_base(here, Axis(1), view, using)
    term = own_term(batch.world, board.year, here)
    judged = stages.users_ask(offers, base, fitting, p, batch.bargains, term)
    return Users(offers, base, friction, judged)


def _add_users(batch: Batch, board: Board, domains: Some, flowed: UserFlows, price: Floats) -> None:
    """Add users' purchases in some domains to the flows.  price  (run or 1, domain, country or 1, vendor)."""
    flows = batch.flows
    value = batch.exogenous.worth[board.step, domains]
    groups = batch.flow_groups[:, domains]
    flows.contracts[:, :, domains] = sum_by_group(flowed.gained, groups, value)
    flows.switching_pull[:, :, domains] = sum_by_group(flowed.pulled, groups, value)
    names = ["renewed", "retained", "surplus"] + ["forced", "early"] * bool(flowed.forced.any())
    by_market = (groups * value).swapaxes(0, 1)
    by_column = {1: by_market, batch.world.shape[2]: np.repeat(by_market, batch.world.shape[2], axis=2)}
    for name in [*names, "considered", "coverage_surplus"]:
        values = getattr(flowed, name)
        getattr(flows, name)[:, :, domains] = sum_over_groups(values, by_column[values.shape[-1]])
    if price.shape[2] == 1:  # one price for all countries
        flows.paid[:, :, domains] = total(flows.contracts[:, :, domains] * price[:, None, :, 0])[..., 0]
    else:
        flows.paid[:, :, domains] = sum_over_groups(flowed.gained * price, by_column[price.shape[-1]])
    if batch.by_country:
        flows.country_renewed[:, domains] = value * total(flowed.renewed)[..., 0]


def sum_by_group(values: Floats, groups: Bools, weight: Floats | float = 1.0) -> Floats:
    """Sum values over the countries of each group with weights.

    values  (run, domain, country, column)
    groups  (group, domain, country)
    weight  (domain, country)

    Returns (run, group, domain, column).
    """
    masks = np.ascontiguousarray((groups * weight).swapaxes(0, 1), dtype=float)
    return np.ascontiguousarray(np.matmul(masks, values).swapaxes(1, 2))


def sum_over_groups(values: Floats, weights: Floats) -> Floats:
    """Sum values over countries and columns of each group, at a fifth of the cost of sums by column.

    values   (run, domain, country, column)
    weights  (domain, group, country * column)

    Returns (run, group, domain).
    """
    flat = values.reshape(*values.shape[:2], -1, 1)
    result: Floats = np.matmul(weights, flat)[..., 0].swapaxes(1, 2)
    return result


def compute_user_costs(batch: Batch, board: Board, domains: Some) -> Floats | float:
    """Compute the cost of rules on data and fines as a share of price.  (run or 1, domain, country, vendor).

    Returns a plain 0 if no rule applies.
    """
    world, now = batch.world, board.now
    cost: Floats | float = 0.0
    if batch.exogenous.costs[board.step] and world.personal_data[domains].any():
        cost = batch.of_offers(now.compliance_cost[None], domains)
        cost = cost * world.personal_data[domains][:, None, None]
    if batch.exogenous.fines[board.step]:
        cost = cost + pricing.fines(now.fine, batch.state.compliance[:, domains])
    return cost


class Projects:
    """Projects of the year in all runs, one row each, in the order of runs."""

    def __init__(self, batch: Batch, landings: Landings, yearly: int) -> None:
        self.run = np.repeat(np.arange(len(batch.runs)), yearly)  # (project,)
        self.of_landing = landings.run * yearly + landings.project  # (row,), project that a landing is of
        self._number = np.bincount(self.of_landing)[:, None]  # each lands at least once
        self.first = np.concatenate([[0], np.cumsum(self._number[:-1])])

    def means(self, *values: Floats) -> list[Floats]:
        """Average values over the landings of each project.  (row, column) each -> (project, column)."""
        total = np.add.reduceat(np.concatenate(values, axis=1), self.first, axis=0)
        return np.split(total / self._number, np.cumsum([value.shape[1] for value in values])[:-1], axis=1)

    def everywhere(self, flags: Bools) -> Bools:
        """Whether a flag holds at all landings of each project.  (row, column) -> (project, column)."""
        return np.logical_and.reduceat(flags, self.first, axis=0)

    def own_term(self, world: World, year: int, here: Customers) -> TermHere | None:
        """Build a world's own term for each project, the mean over its landings; None without one."""
        at_landing = own_term(world, year, here)
        if at_landing is None:
            return None

        def landings(values: Any) -> Any:
            """Repeat values of each project at its landings."""
            return values[self.of_landing] if np.ndim(values) == 2 and len(values) > 1 else values

        def term(offer: Offer, weights: Weights) -> Floats:
            """Compute the term, utility units.  (project, vendor)."""
            (mean,) = self.means(at_landing(Offer(*map(landings, offer)), Weights(*map(landings, weights))))
            return mean

        return term


#: What is known of offers that is the same at all landings of a project.
_POSTED = ("quality", "log_price", "salience")


def projects_ask(
    batch: Batch, board: Board, landings: Landings, yearly: int, loans: Loans, view: MarketView
) -> tuple[Projects, Customers, JudgedOffers]:
    """Judge the offers to some projects; ``yearly`` is the number of projects of each run."""
    world, routes = batch.world, batch.world.routes
    assert routes is not None
    d, projects = routes.domain, Projects(batch, landings, yearly)
    here = locate_customers(batch, landings.run, d, landings.country)
    offer, may = stages.landing_offered(seen.projects_see(here, view, loans))
    rows = {n: term for n, term in offer._asdict().items() if isinstance(term, np.ndarray) and term.ndim == 2}
    posted = {name: rows.pop(name)[projects.first] for name in _POSTED if name in rows}
    met = dict(zip(rows, projects.means(*rows.values()), strict=True))
    cost: Floats | float = 0.0
    if batch.exogenous.fines[board.step]:
        (cost,) = projects.means(compute_landing_fines(batch, board, landings))
    (income,) = projects.means(board.now.log_income[landings.country][:, None])
    judged = stages.projects_ask(
        offer._replace(**posted, **met),
        projects.everywhere(may),
        income,
        cost,
        landings.plans.length.reshape(-1, 1),
        world.length_slope[d],
        batch.parameters_of_rows(projects.run),
        projects.own_term(world, board.year, here),
    )
    return projects, here, judged


def projects_choose(
    batch: Batch, board: Board, landings: Landings | None, loans: Loans, view: MarketView
) -> Bought:
    """Choose the best offer for each project that no landing state excludes."""
    world = batch.world
    if landings is None or world.routes is None:
        return build_no_landings(batch)
    projects, here, judged = projects_ask(batch, board, landings, world.routes.yearly, loans, view)
    shock = batch.draws.gumbel(landings.plans.keys.reshape(-1, 1), world.offer_keys[world.routes.domain])
    winner, built, price = stages.projects_choose(
        judged, shock, batch.parameters_of_rows(projects.run).noise_scale
    )
    slot, signed = winner.argmax(axis=-1)[projects.of_landing], built[projects.of_landing]
    price = np.broadcast_to(price, winner.shape)  # one for all projects where nobody lends
    paid = price[projects.of_landing, slot][:, None] * signed
    value, p = (
        landings.value * signed,
        batch.parameters_of_rows(landings.run),
    )  # each country finances its own landing
    lent = stages.projects_borrow(value, seen.loan_shares(here, slot, view, loans), p)
    domain = np.full(len(landings.run), world.routes.domain)
    return Bought(landings.run, domain, landings.country, landings.value, slot, signed, paid, lent)


def compute_landing_fines(batch: Batch, board: Board, landings: Landings) -> Floats:
    """Compute what fines add to the price of each landing, as a share of price.  (row, vendor)."""
    assert batch.world.routes is not None
    compliance = batch.state.compliance[landings.run, batch.world.routes.domain]
    return pricing.fines(board.now.fine[landings.country][:, None], compliance)[:, 0]


def collect_adopter_tables(batch: Batch, board: Board) -> Adopting:
    """Collect what is known of adopters."""
    world, own = batch.world, batch.world.own_slots(board.year)
    return Adopting(batch.state.adoption, own, board.now.adoption_rate, world.lifetime, world.cell_keys)


def adopters_adopt(batch: Batch, board: Board, view: MarketView) -> Floats:
    """Compute adoption a year later.  (run, adopters' domain, country, vendor)."""
    world, p = batch.world, batch.broadcast(3)
    after, adopters = batch.state.adoption.copy(), world.bought_by("adopters")
    luck, adopting = batch.draws.of_country("adoption", board.year), collect_adopter_tables(batch, board)
    moving = find_movable_adoption(batch, board, adopters)
    for enacted in (False, True):
        mine = np.flatnonzero((world.enacted[adopters] == enacted) & moving.any(axis=-1))
        slots = np.flatnonzero(moving[mine].any(axis=0))
        used = slice(int(slots[0]), int(slots[-1]) + 1) if slots.size else slice(0, 0)
        for place in batch.together(mine):
            here = locate_customers(batch, Axis(0), Axis(1, select_domains(adopters[place])), Axis(2), used)
            offers, before = (
                seen.adopters_see(here, view),
                seen.taken_up(here, Axis(1, place), luck.counter, adopting),
            )
            judged = stages.adopters_ask(offers, p, own_term(world, board.year, here))
            after[:, place, :, used] = stages.adopters_adopt(judged.offers, enacted, luck.key, offers, before)
    return after


def find_movable_adoption(batch: Batch, board: Board, adopters: Integers) -> Bools:
    """Find the systems and laws whose adoption may change this year.  (adopters' domain, vendor).

    Every system may; a law may if it is passed somewhere, at a rate or at home, which is rare.
    """
    world, adoption = batch.world, batch.state.adoption
    moving = world.slot_vendor[adopters] >= 0
    laws = world.enacted[adopters]
    domain, country, vendor = world.own_laws(board.year)
    place, there = np.searchsorted(adopters, domain), board.on_sale[domain, country, vendor]
    lacking = (adoption[:, place, country, vendor] <= 0).any(axis=0) & there
    at_home = np.zeros_like(moving)
    at_home[place[lacking], vendor[lacking]] = True
    passes = at_home | (board.now.adoption_rate[adopters] > 0)
    return moving & (passes | ~laws[:, None])


class Choices(NamedTuple):
    """Decisions of all buyers except users."""

    lots: Bought
    counted: TenderCounts  # what the lots show
    built: Bought
    adoption: Floats  # (run, adopters' domain, country, vendor)


def choose(batch: Batch, board: Board, up: Renewals, loans: Loans) -> Choices:
    """Let operators, users, projects and adopters decide, all on the same state."""
    view = batch.stages.look_around(batch, board, up.rows)
    chosen = Choices(
        *batch.stages.operators_choose(batch, board, up.rows, loans, view),
        batch.stages.projects_choose(batch, board, up.landings, loans, view),
        batch.stages.adopters_adopt(batch, board, view),
    )
    batch.stages.users_move(batch, board, up.leaving, view)
    return chosen
