"""Operators, users, projects and adopters choose among the offers that they see, for all runs at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.engine.batch import Batch, Some, Year, at, of_sponsor_at, some
from lockin_sim.engine.market import MarketView
from lockin_sim.engine.renewals import Landings, Loans, Renewals, Rows
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Counted, Flowed, Offer, Terms, Weights
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts, diffusion, finance, pricing, users, utility


class Signed(NamedTuple):
    """Contracts of the year's lots."""

    rows: Rows
    signed: Bools  # (row, 1), whether a contract was signed
    slot: Integers  # (row,), that of the winner, 0 where there is none
    counted: Counted
    paid: Floats  # (row, 1), price after finance
    lent: Floats  # (row, lender), USD bn


class Asked(NamedTuple):
    """What operators are offered for some lots, judged.  (row, vendor) each, if not said otherwise."""

    offer: Offer
    weights: Weights
    terms: Terms
    offers: Floats  # utility, -inf where it may not be taken
    barred: Bools  # restricted
    given: Integers  # (row,), row of what loans give
    outside: Numbers  # (row, 1), utility of leaving new capacity unbuilt


def operators_ask(batch: Batch, year: Year, rows: Rows, loans: Loans, around: MarketView) -> Asked:
    """What each offer is worth to the operators of some lots."""
    world, p = batch.world, batch.of_rows(rows.run)
    given = loans.row_of(rows.run, rows.country, world.financeable[rows.domain])
    offered_by = world.slot_sponsor[rows.domain]
    offer = _offers_to_lots(
        batch, year, rows, offered_by, of_sponsor_at(loans.benefit, offered_by, given), around
    )
    weights = decisions.weights_of(p, year.now.log_income[rows.country][:, None])
    terms = decisions.judge(offer, weights)
    barred = of_sponsor_at(around.barred, offered_by, rows.run, rows.country)
    barred = barred & world.sensitive[rows.domain][:, None]
    may = at(year.on_sale, rows.domain, rows.country) & ~barred
    cap = year.now.share_cap[rows.domain, rows.country][:, None]
    if (cap < 1).any():
        incumbent = rows.incumbent[:, None] == np.arange(may.shape[1])
        held = batch.state.installed[rows.run, rows.domain, rows.country]
        may = contracts.within_cap(may, held, world.lots.weight[rows.lot][:, None], incumbent, cap)
    return Asked(offer, weights, terms, decisions.worth(terms, may), barred, given, _outside(year, rows, p))


def operators_choose(batch: Batch, year: Year, rows: Rows, loans: Loans, around: MarketView) -> Signed:
    """Every lot that is up takes an offer, or stays unbuilt."""
    world, draws, p = batch.world, batch.draws, batch.of_rows(rows.run)
    asked = operators_ask(batch, year, rows, loans, around)
    offer, offers, outside = asked.offer, asked.offers, asked.outside
    incumbent = rows.incumbent[:, None] == np.arange(offers.shape[1])
    keys = batch.row_keys("offer", year.year, rows.run, rows.lot)
    chosen = decisions.choose(
        offers,
        draws.gumbel(keys[:, None], world.offer_keys[rows.domain]),
        outside,
        draws.gumbel(batch.row_keys("outside", year.year, rows.run, rows.lot), 0)[:, None],
        rows.due.considered,
        p.noise_scale,
    )
    switching = np.broadcast_to(asked.terms.switching, offers.shape)
    counted = decisions.count(
        rows.value,
        rows.due,
        incumbent,
        asked.barred,
        offers,
        switching,
        outside,
        chosen.winner,
        p.noise_scale,
    )
    slot = chosen.winner.argmax(axis=-1)
    paid = pricing.effective_price(offer.log_price, np.asarray(offer.benefit))
    paid = np.broadcast_to(paid, offers.shape)[np.arange(len(slot)), slot][:, None] * chosen.signed
    lent = money(batch, rows, loans, asked.given, chosen.signed, slot)
    return Signed(rows, chosen.signed, slot, counted, paid, lent)


def money(batch: Batch, rows: Rows, loans: Loans, given: Integers, signed: Bools, slot: Integers) -> Floats:
    """What each lender pays for contracts signed with some slots.  (row, lender), USD bn.

    given  (row,), rows of what loans give
    """
    world, p = batch.world, batch.of_rows(rows.run)
    d = rows.domain[:, None]
    base = decisions.paid_beside(world.backbone[d], world.expansion_share[d], p)
    taken = loans.given[given, world.slot_sponsor[rows.domain, slot]]
    return finance.loans(rows.value * signed, taken, p.financed_share, base)


def cost_to_lots(batch: Batch, year: Year, rows: Rows) -> Floats | float:
    """What rules on data and fines add to prices, share of price.  (row, vendor); a plain 0 where nothing is
    asked."""
    world, now = batch.world, year.now
    cost: Floats | float = 0.0
    if batch.exogenous.costs[year.step]:
        sponsor = world.slot_sponsor[rows.domain]
        cost = of_sponsor_at(now.compliance_cost, sponsor, rows.country)
        cost = cost * world.personal_data[rows.domain][:, None]
    if batch.exogenous.fines[year.step]:
        fine = now.fine[rows.country][:, None]
        cost = cost + pricing.fines(fine, batch.state.compliance[rows.run, rows.domain])[:, 0]
    return cost


def _outside(year: Year, rows: Rows, p: Parameters) -> Numbers:
    """Worth of going without."""
    return utility.outside_option(
        year.now.log_income[rows.country][:, None],
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )


def _offers_to_lots(
    batch: Batch, year: Year, rows: Rows, sponsor: Integers, benefit: Floats, around: MarketView
) -> Offer:
    """What is known of each offer to the lots that are up.  (row, vendor) each."""
    world, now, p = batch.world, year.now, batch.of_rows(rows.run)
    run, domain, country = rows.run, rows.domain, rows.country
    incumbent, exists = rows.incumbent, (rows.incumbent >= 0)[:, None]
    own = incumbent[:, None] == np.arange(world.shape[2])
    held = own.astype(float) if around.bargains else 0.0
    salience = year.salience[:, world.slot_sponsor]
    affinity = of_sponsor_at(year.affinity, sponsor, run, country)
    return Offer(
        quality=at(year.quality, run, domain),
        log_price=decisions.asked_price(
            at(year.log_price, run, domain),
            held,
            cost_to_lots(batch, year, rows),
            p,
        ),
        benefit=benefit,
        home_bonus=world.home_bonus[domain],
        home_part=at(now.home_part, domain, country),
        place=at(now.place_utility, domain, country),
        network=at(around.neighbours, run, around.place[domain], country),
        layers=of_sponsor_at(around.layers, sponsor, run, domain, country),
        affinity=affinity * world.relative_affinity[domain][:, None],
        status=at(around.status, run, domain, around.audience[country]),
        concern=at(world.concern_of_slots(year.year), domain, country),
        salience=at(salience, run, domain),
        taste=at(batch.lot_taste, run, rows.lot),
        sibling_fit=_sibling_fit(batch, rows, around.fit),
        incumbent_fit=np.where(exists, at(around.fit, run, domain, incumbent), 1.0),
        carry_over=rows.carry_over,
    )


def _sibling_fit(batch: Batch, rows: Rows, fit: Floats) -> Floats | float:
    """How well what runs the operator's other lot works with each offer.  (row, vendor)."""
    sibling = batch.world.lots.sibling[rows.lot]
    runs_it = np.where(sibling >= 0, batch.state.incumbent[rows.run, sibling], -1)
    if not (runs_it >= 0).any():
        return 0.0
    return np.where((runs_it >= 0)[:, None], at(fit, rows.run, rows.domain, runs_it), 0.0)


class Moved(NamedTuple):
    """A year of users in some domains."""

    domains: Some  # (domain,)
    flowed: Flowed  # (run, domain, country, vendor), shares of capacity
    paid: Floats  # (run or 1, domain, country or 1, vendor), price asked


def users_move(batch: Batch, year: Year, leaving: Floats, around: MarketView) -> list[Moved]:
    """A year in every domain that users buy; leaving as in ``Renewals``."""
    parts = batch.together(batch.world.bought_by("users"))
    return [_moved(batch, year, around, leaving, domains) for domains in parts]


class UsersAsked(NamedTuple):
    """What users are offered in some domains, whoever they have.  (run, domain, country, vendor)."""

    offer: Offer
    weights: Weights
    barred: Bools  # restricted
    may: Bools  # what may be taken


def users_ask(batch: Batch, year: Year, around: MarketView, domains: Some) -> UsersAsked:
    """What is offered to the users of some domains."""
    p, installed = batch.broadcast(3), batch.state.installed[:, domains]
    offer = _offers_to_users(batch, year, around, diffusion.market_shares(installed), domains)
    weights = decisions.weights_of(p, year.now.log_income[:, None])._replace(network=p.own_network_weight)
    barred = batch.barred_offers(around.barred, domains)
    may = year.on_sale[domains] & ~barred
    cap = year.now.share_cap[domains][..., None]
    if (cap < 1).any():
        may = users.open_to_new(may, installed, cap)
    return UsersAsked(offer, weights, barred, may)


def _moved(batch: Batch, year: Year, around: MarketView, leaving: Floats, domains: Some) -> Moved:
    """A year of users in domains that share a buyer."""
    world, p = batch.world, batch.broadcast(3)
    asked = users_ask(batch, year, around, domains)
    offer = asked.offer
    outside = utility.outside_option(
        year.now.log_income[:, None],
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )
    cost = p.switching_cost * world.relative_switching[domains][:, None, None]
    flowed = decisions.flow(
        batch.state.installed[:, domains],
        decisions.worth(decisions.judge(offer, asked.weights), asked.may),
        users.friction(around.fit[:, domains], cost, noise_scale=p.noise_scale),
        asked.barred,
        batch.of_offers(leaving, domains),
        outside,
        lifetime=world.lifetime[domains][:, None, None],
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )
    return Moved(domains, flowed, pricing.effective_price(offer.log_price, np.zeros(1)))


def cost_to_users(batch: Batch, year: Year, domains: Some) -> Floats | float:
    """What rules on data and fines add to prices, share of price; a plain 0 where nothing is asked.
    (run or 1, domain, country, vendor)."""
    world, now = batch.world, year.now
    cost: Floats | float = 0.0
    if batch.exogenous.costs[year.step] and world.personal_data[domains].any():
        cost = batch.of_offers(now.compliance_cost[None], domains)
        cost = cost * world.personal_data[domains][:, None, None]
    if batch.exogenous.fines[year.step]:
        cost = cost + pricing.fines(now.fine, batch.state.compliance[:, domains])
    return cost


def _offers_to_users(batch: Batch, year: Year, around: MarketView, share: Floats, domains: Some) -> Offer:
    """What is known of each offer to the users of every country.  (run, domain, country, vendor) each."""
    world, now, p = batch.world, year.now, batch.broadcast(3)
    asked = decisions.asked_price(
        year.log_price[:, domains][:, :, None],
        share if around.bargains else 0.0,
        cost_to_users(batch, year, domains),
        p,
    )
    return Offer(
        quality=year.quality[:, domains][:, :, None],
        log_price=asked,
        benefit=0.0,
        home_bonus=world.home_bonus[domains][:, None],
        home_part=now.home_part[domains],
        place=now.place_utility[domains],
        network=diffusion.fitting_base(share, around.fit[:, domains] * world.own_pull[domains][:, None]),
        layers=around.layers_of(world, domains),
        affinity=batch.of_offers(year.affinity, domains) * world.relative_affinity[domains][:, None, None],
        status=around.status[:, domains].take(around.audience, axis=2),
        concern=world.concern_of_slots(year.year)[domains],
        salience=year.salience[:, world.slot_sponsor[domains]][:, :, None],
        taste=batch.taste[:, domains],
    )


class Built(NamedTuple):
    """Landings of the year, and whose they are."""

    landings: Landings
    signed: Bools  # (row, 1), whether it is built: not where every supplier is vetoed
    slot: Integers  # (row,), that of the supplier, 0 where there is none
    paid: Floats  # (row, 1), price after finance
    lent: Floats  # (row, lender), USD bn


class Projects:
    """The projects of the year, of all runs: one row each, in the order of runs."""

    def __init__(self, batch: Batch, landings: Landings, yearly: int) -> None:
        runs = len(batch.runs)
        self.run = np.repeat(np.arange(runs), yearly)  # (project,)
        self.of_landing = landings.run * yearly + landings.project  # (row,), project that a landing is of
        self._number = np.bincount(self.of_landing)[:, None]  # each lands at least once
        self._first = np.concatenate([[0], np.cumsum(self._number[:-1])])

    def means(self, *values: NDArray[Any]) -> list[Floats]:
        """Means over the landings of each project.  (row, column) each to (project, column)."""
        total = np.add.reduceat(np.concatenate(values, axis=1), self._first, axis=0)
        mean = total / self._number
        ends = np.cumsum([value.shape[1] for value in values])
        return [mean[:, end - value.shape[1] : end] for end, value in zip(ends, values, strict=True)]

    def everywhere(self, flags: Bools) -> Bools:
        """Whether something is so in all landings of each project.  (row, column) to (project, column)."""
        found: Bools = np.logical_and.reduceat(flags, self._first, axis=0)
        return found


class ProjectsAsked(NamedTuple):
    """What some projects are offered, judged.  (project, vendor) each, if not said otherwise."""

    projects: Projects
    offer: Offer
    weights: Weights
    terms: Terms
    offers: Floats  # utility, -inf where a landing state bars it
    given: Integers  # (row,), row of what loans give to each landing's country


def projects_ask(
    batch: Batch, year: Year, landings: Landings, yearly: int, loans: Loans, around: MarketView
) -> ProjectsAsked:
    """What each supplier is worth to some projects.  yearly: projects of each run."""
    world, routes = batch.world, batch.world.routes
    assert routes is not None
    d, projects = routes.domain, Projects(batch, landings, yearly)
    asks = np.full(len(landings.run), world.financeable[d])
    given = loans.row_of(landings.run, landings.country, asks)
    (income,) = projects.means(year.now.log_income[landings.country][:, None])
    offer = _offers_to_projects(batch, year, landings, projects, loans.benefit[given], around)
    barred = around.barred[landings.run, landings.country][:, world.slot_sponsor[d]] & world.sensitive[d]
    may = projects.everywhere(year.on_sale[d, landings.country] & ~barred)
    weights = decisions.weights_of(batch.of_rows(projects.run), income)
    terms = decisions.judge(offer, weights)
    return ProjectsAsked(projects, offer, weights, terms, decisions.worth(terms, may), given)


def projects_choose(
    batch: Batch, year: Year, landings: Landings | None, loans: Loans, around: MarketView
) -> Built | None:
    """Each project takes the best offer that no landing state bars."""
    world = batch.world
    if landings is None or world.routes is None:
        return None
    d = world.routes.domain
    asked = projects_ask(batch, year, landings, world.routes.yearly, loans, around)
    projects, offer, given = asked.projects, asked.offer, asked.given
    keys, column = landings.plans.keys.reshape(-1, 1), (len(projects.run), 1)
    chosen = decisions.choose(
        asked.offers,
        batch.draws.gumbel(keys, world.offer_keys[d]),
        np.full(column, -np.inf),
        np.zeros(column),
        np.zeros(column, dtype=bool),
        batch.of_rows(projects.run).noise_scale,
    )
    winner, signed = chosen.winner[projects.of_landing], chosen.signed[projects.of_landing]
    slot = winner.argmax(axis=-1)
    price = pricing.effective_price(offer.log_price, np.asarray(offer.benefit))[projects.of_landing]
    paid = price[np.arange(len(slot)), slot][:, None] * signed
    taken = loans.given[given, world.slot_sponsor[d, slot]]
    share = batch.of_rows(landings.run).financed_share  # each country finances its own landing
    return Built(landings, signed, slot, paid, finance.loans(landings.value * signed, taken, share, 1.0))


def landing_fines(batch: Batch, year: Year, landings: Landings) -> Floats:
    """What fines add to the price of each landing, share of price.  (row, vendor)."""
    assert batch.world.routes is not None
    compliance = batch.state.compliance[landings.run, batch.world.routes.domain]
    return pricing.fines(year.now.fine[landings.country][:, None], compliance)[:, 0]


def _offers_to_projects(
    batch: Batch, year: Year, landings: Landings, projects: Projects, benefit: Floats, around: MarketView
) -> Offer:
    """What is known of each supplier: means over the landings.  (project, vendor) each.

    benefit  (row, sponsor + 1), what loans take off the price in each landing's country
    """
    world, routes, run, country = batch.world, batch.world.routes, landings.run, landings.country
    assert routes is not None
    d = routes.domain
    sponsor = world.slot_sponsor[d]
    cost: Floats | float = 0.0
    if batch.exogenous.fines[year.step]:
        (cost,) = projects.means(landing_fines(batch, year, landings))
    length = utility.length_term(landings.plans.length.reshape(-1, 1), world.length_slope[d])
    part, place, status, concern, taste, benefit, layers, affinity = projects.means(
        year.now.home_part[d, country],
        year.now.place_utility[d, country],
        around.status[run, d, around.audience[country]],
        world.concern_of_slots(year.year)[d, country],
        batch.taste[run, d, country],
        benefit,
        around.layers[run, d, country],
        at(year.affinity, run, country),
    )
    return Offer(
        quality=at(year.quality[:, d], projects.run),
        log_price=pricing.compliant_price(at(year.log_price[:, d], projects.run), cost),
        benefit=benefit[:, sponsor],
        home_bonus=world.home_bonus[d],
        home_part=(part > 0).astype(float),
        place=place + length,
        network=0.0,
        layers=layers[:, sponsor],
        affinity=affinity[:, sponsor] * world.relative_affinity[d],
        status=status,
        concern=concern,
        salience=at(year.salience, projects.run)[:, sponsor],
        taste=taste,
    )


def adopters_adopt(batch: Batch, year: Year, around: MarketView) -> Floats:
    """Adoption a year later.  (run, adopters' domain, country, vendor)."""
    world, p = batch.world, batch.broadcast(3)
    weights = decisions.weights_of(p, 0.0)
    after, adopters = batch.state.adoption.copy(), world.bought_by("adopters")
    moving = may_move(batch, year, adopters)
    for enacted in (False, True):
        mine = np.flatnonzero((world.enacted[adopters] == enacted) & moving.any(axis=-1))
        slots = np.flatnonzero(moving[mine].any(axis=0))
        used = slice(int(slots[0]), int(slots[-1]) + 1) if slots.size else slice(0)
        for place in batch.together(mine):
            domains = some(adopters[place])
            shock: Floats | float = 0.0
            if enacted:
                keys = batch.cell_keys("adoption", year.year, domains)[..., None]
                shock = batch.draws.uniform(keys, world.offer_keys[domains, None, used])
            after[:, place, :, used] = decisions.adopt(
                batch.state.adoption[:, place, :, used],
                decisions.judge(_offers(batch, year, around, domains, used), weights),
                (year.on_sale[domains] & ~batch.barred_offers(around.barred, domains))[..., used],
                world.own_slots(year.year)[domains, :, used],
                enacted=enacted,
                lifetime=world.lifetime[domains][:, None, None],
                rate=year.now.adoption_rate[domains, None, used],
                shock=shock,
            )
    return after


def may_move(batch: Batch, year: Year, adopters: Integers) -> Bools:
    """What may be adopted otherwise a year later.  (adopters' domain, vendor).

    Every system, and of laws those that are passed somewhere, at a rate or at home: most are not.
    """
    world, adoption = batch.world, batch.state.adoption
    moving = world.slot_vendor[adopters] >= 0
    laws = world.enacted[adopters]
    domain, country, vendor = world.own_laws(year.year)
    place, there = np.searchsorted(adopters, domain), year.on_sale[domain, country, vendor]
    lacking = (adoption[:, place, country, vendor] <= 0).any(axis=0) & there
    at_home = np.zeros_like(moving)
    at_home[place[lacking], vendor[lacking]] = True
    passes = at_home | (year.now.adoption_rate[adopters] > 0)
    return moving & (passes | ~laws[:, None])


def _offers(batch: Batch, year: Year, around: MarketView, domains: Some, used: slice) -> Offer:
    """What is known of each system or family of rules.  (run, domain, country, used vendor) each."""
    world = batch.world
    affinity = batch.of_offers(year.affinity, domains)[..., used]
    return adopters_offer(
        quality=year.quality[:, domains, None, used],
        place=year.now.place_utility[domains, :, used],
        layers=around.layers_of(world, domains, used),
        affinity=affinity * world.relative_affinity[domains][:, None, None],
        concern=world.concern_of_slots(year.year)[domains, :, used],
        salience=year.salience[:, world.slot_sponsor[domains, None, used]],
        taste=batch.taste[:, domains, :, used],
    )


def adopters_offer(**known: Floats) -> Offer:
    """An offer to adopters: without price, home, network, official status or an incumbent."""
    nothing = dict.fromkeys(("log_price", "benefit", "home_bonus", "home_part", "network", "status"), 0.0)
    return Offer(**nothing, **known)


class Choices(NamedTuple):
    """What every kind of buyer decided."""

    signed: Signed
    moved: list[Moved]
    built: Built | None
    adoption: Floats  # (run, adopters' domain, country, vendor)


def choose(batch: Batch, year: Year, up: Renewals, loans: Loans) -> Choices:
    """Operators, users, projects and adopters decide, all on the same state."""
    around = batch.stages.look_around(batch, year, up.rows)
    return Choices(
        signed=batch.stages.operators_choose(batch, year, up.rows, loans, around),
        moved=batch.stages.users_move(batch, year, up.leaving, around),
        built=batch.stages.projects_choose(batch, year, up.landings, loans, around),
        adoption=batch.stages.adopters_adopt(batch, year, around),
    )
