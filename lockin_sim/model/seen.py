"""Define what buyers can see when they choose, and read it for some customers.

The tables of a year cover all customers.  Each function reads them at some customers' positions along the
first axes and returns a named tuple without those axes: the decisions behind it need no index.  numpy reads
with :mod:`.verbs` for all rows of a batch or all cells of a grid, compiled code for its lanes, and an agent
for itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.common.draws import Keys
from lockin_sim.model.decisions import DueLots
from lockin_sim.model.verbs import get, only, part, picked, picked_where, row, shared
from lockin_sim.world import Conditions, World

# --- where to look ------------------------------------------------------------------------------------


class Customers(NamedTuple):
    """Positions of some customers, and the vendors, sponsors and lenders they read."""

    run: Any
    domain: Any
    country: Any
    vendors: Any
    sponsors: Any = None
    lenders: Any = None


class MarketView(NamedTuple):
    """Tables of what can be seen when buyers choose, for the whole world or one country.

    Tables by sponsor have a last column for vendors without a sponsor.
    """

    quality: Floats  # (run, domain, vendor), utility units
    log_price: Floats  # (run or 1, domain, vendor), at list price
    salience: Floats  # (run or 1, sponsor + 1), of the security of its vendors
    affinity: Floats  # (run or 1, country, sponsor + 1)
    fit: Floats  # (run, domain, vendor, vendor), how well one vendor's base works with another's offer
    layers: Floats  # (run, domain, country, sponsor + 1), own other layers of each sponsor
    status: Floats  # (run, domain, audience, vendor), official status of the standards that an offer supports
    audience: Integers  # (country,), whose picture of it each country sees
    barred: Bools  # (run or 1, country or 1, sponsor + 1), restricted
    installed: Floats  # (run, domain, country, vendor), shares of capacity
    taste: Floats  # (run, domain, country, vendor), lasting, utility units
    on_sale: Bools  # (domain, country, vendor)
    home_part: Floats  # (domain, country, vendor), 1 at home, a partner's stake abroad
    place: Floats  # (domain, country, vendor), events and presence on record, utility units
    concern: Floats  # (domain, country, vendor), about the offer's sponsor
    share_cap: Floats  # (domain, country), largest share that one vendor may have
    log_income: Floats  # (country,), over the reference income
    home_bonus: Floats  # (domain, vendor)
    sponsor: Integers  # (domain, vendor), of each offer, the last for none
    sensitive: Bools  # (domain,), where restrictions bite
    relative_affinity: Floats  # (domain,)
    keys: Keys  # (domain, vendor), labels of the luck of offers
    neighbours: Floats  # (run, operators' domain, country, vendor), neighbours' base that works with each
    operators: Integers  # (domain,), position among the operators' domains


def known_of(world: World, now: Conditions, year: int, countries: slice = slice(None)) -> dict[str, Any]:
    """Return the market tables that facts and conditions of a year determine, for some countries."""
    return {
        "home_part": now.home_part[:, countries],
        "place": now.place_utility[:, countries],
        "concern": world.concern_of_slots(year)[:, countries],
        "share_cap": now.share_cap[:, countries],
        "log_income": now.log_income[countries],
        "home_bonus": world.home_bonus,
        "sponsor": world.slot_sponsor,
        "sensitive": world.sensitive,
        "relative_affinity": world.relative_affinity,
        "keys": world.offer_keys,
        "operators": place_of_operators(world),
    }


def place_of_operators(world: World) -> Integers:
    """Return the position of each domain among the operators' domains.  (domain,)."""
    place, operators = np.zeros(len(world.domains), dtype=int), world.bought_by("operator")
    place[operators] = np.arange(len(operators))
    return place


class Loans(NamedTuple):
    """Tables of loans to the buyers of each economy, who all get the same terms; the first row is empty."""

    promised: Floats  # (run, lender), USD bn, 0 where any loan is as recorded
    place: Integers  # (run, country), row of what is given there
    shares: Floats  # (row, sponsor + 1, lender), share of a loan by vendors' sponsor
    benefit: Floats  # (row, sponsor + 1), share of the price that loans take off
    financeable: Bools  # (domain,), whether loans can pay
    backbone: Bools  # (domain,), whether they also pay for what carries a network
    expansion: Floats  # (domain,), part of spending that follows the base; NaN: that of the parameters


def some_of(values: Any, shape: tuple[int, ...], index: tuple[Any, ...]) -> Any:
    """Broadcast values to a shape and index them; of a tuple, each field."""
    if isinstance(values, tuple):
        return type(values)(*(some_of(value, shape, index) for value in values))
    return np.broadcast_to(np.asarray(values), shape)[index]


# --- what all buyers see ------------------------------------------------------------------------------


class Seen(NamedTuple):
    """What some customers see of each offer, (..., vendor) each, unless stated otherwise.

    Fields that only some buyers see have a neutral default.
    """

    quality: Floats  # utility units
    place: Floats  # events and presence on record, utility units
    layers: Floats  # own other layers of the same sponsor
    affinity: Floats  # with the sponsor, times the domain's weight
    concern: Floats  # about its sponsor
    salience: Floats  # of the security of the sponsor's vendors
    taste: Floats  # lasting, utility units
    keys: Keys  # labels of its luck
    on_sale: Bools
    barred: Bools  # restricted
    log_income: Floats  # (..., 1), of the customer, over the reference income
    log_price: Numbers = 0.0  # at list price
    home_bonus: Numbers = 0.0
    home_part: Numbers = 0.0  # 1 at home, a partner's stake abroad
    status: Numbers = 0.0  # official status of what it supports, as the country sees it
    benefit: Numbers = 0.0  # share of the price that loans take off


def restricted(here: Customers, sponsors: Integers, market: MarketView) -> Bools:
    """Return the offers of restricted sponsors, in sensitive domains."""
    r, c = shared(market.barred, 0, here.run), shared(market.barred, 1, here.country)
    bites = get(market.sensitive, here.domain)
    result: Bools = picked_where(bites, market.barred, here.sponsors, sponsors, here.vendors, r, c)
    return result


def seen_by_all(
    here: Customers,
    market: MarketView,
    taste: Floats,
    log_price: Numbers = 0.0,
    home_bonus: Numbers = 0.0,
    home_part: Numbers = 0.0,
    status: Numbers = 0.0,
    benefit: Numbers = 0.0,
) -> Seen:
    """Collect what all buyers see, with the values that only some of them see."""
    r, d, c = here.run, here.domain, here.country
    vendors, sponsors = here.vendors, part(market.sponsor, d)
    affinity_run, salience_run = shared(market.affinity, 0, r), shared(market.salience, 0, r)
    affinity = picked(market.affinity, here.sponsors, sponsors, vendors, affinity_run, c)
    return Seen(
        quality=row(market.quality, vendors, r, d),
        place=row(market.place, vendors, d, c),
        layers=picked(market.layers, here.sponsors, sponsors, vendors, r, d, c),
        affinity=affinity * get(market.relative_affinity, d),
        concern=row(market.concern, vendors, d, c),
        salience=picked(market.salience, here.sponsors, sponsors, vendors, salience_run),
        taste=taste,
        keys=row(market.keys, vendors, d),
        on_sale=row(market.on_sale, vendors, d, c),
        barred=restricted(here, sponsors, market),
        log_income=get(market.log_income, c),
        log_price=log_price,
        home_bonus=home_bonus,
        home_part=home_part,
        status=status,
        benefit=benefit,
    )


def seen_by_payers(here: Customers, market: MarketView, taste: Floats, benefit: Numbers) -> Seen:
    """Collect what buyers see who pay a price: also price, home suppliers and official status."""
    d, c = here.domain, here.country
    return seen_by_all(
        here,
        market,
        taste,
        log_price=list_price(here, market),
        home_bonus=row(market.home_bonus, here.vendors, d),
        home_part=row(market.home_part, here.vendors, d, c),
        status=row(market.status, here.vendors, here.run, d, get(market.audience, c)),
        benefit=benefit,
    )


def list_price(here: Customers, market: MarketView) -> Floats:
    """Read the log of each list price."""
    result: Floats = row(market.log_price, here.vendors, shared(market.log_price, 0, here.run), here.domain)
    return result


def lasting_taste(here: Customers, market: MarketView) -> Floats:
    """Read a country's own taste for each offer."""
    result: Floats = row(market.taste, here.vendors, here.run, here.domain, here.country)
    return result


def loan_row(here: Customers, loans: Loans) -> Integers:
    """Return the row of the loan tables that holds for customers."""
    return np.where(get(loans.financeable, here.domain), get(loans.place, here.run, here.country), 0)


def benefit_of(here: Customers, market: MarketView, loans: Loans) -> Floats:
    """Read the share of each offer's price that loans save."""
    sponsors = part(market.sponsor, here.domain)
    result: Floats = picked(loans.benefit, here.sponsors, sponsors, here.vendors, loan_row(here, loans))
    return result


def loan_shares(here: Customers, slot: Integers, market: MarketView, loans: Loans) -> Floats:
    """Read the share of a loan that each lender gives for the vendors in some slots.  (..., lender)."""
    result: Floats = row(
        loans.shares, here.lenders, loan_row(here, loans), get(market.sponsor, here.domain, slot)
    )
    return result


# --- operators ----------------------------------------------------------------------------------------


class LotTables(NamedTuple):
    """Tables of what is known of lots."""

    sibling: Integers  # (lot,), the operator's other lot, -1 without one
    weight: Floats  # (lot,), share of the country's capacity
    keys: Integers  # (lot,), labels of their luck
    incumbent: Integers  # (run, lot), slot that runs each, -1 if nothing is there
    taste: Floats  # (run, lot, vendor), of the country and the operator, utility units


class Tenders(NamedTuple):
    """Lots up for renewal, one row each, in the order of runs and lots."""

    run: Integers  # (row,)
    lot: Integers  # (row,)
    domain: Integers  # (row,)
    country: Integers  # (row,)
    incumbent: Integers  # (row,), slot, -1 if nothing is there
    arrived: Integers  # (row,), newest generation that the lot is due for
    renewed: Bools  # (row, 1), and so on: see ``DueLots``
    considered: Bools
    early: Bools
    freed: Bools
    value: Floats  # (row, 1), of the contract, USD bn
    carry_over: Floats  # (row, 1), part of the switching cost that counts, times the domain's

    def some(self, chosen: Integers | Bools | slice) -> Tenders:
        """Select some of the rows."""
        columns: Any = (column[chosen] for column in self)
        return Tenders(*columns)


class TenderLuck(NamedTuple):
    """Tables of the luck of tenders; luck of recorded tenders is conditional on the record."""

    counters: Keys  # (run, country or 1), of own shocks
    row: Integers  # (row,), where that of a tender on record is in the two below, -1 for its own
    offers: Floats  # (tender on record, vendor)
    outside: Floats  # (tender on record,)


class LotUp(NamedTuple):
    """What operators know of their lots that are up.  (..., 1) each, unless stated otherwise."""

    own: Bools  # (..., vendor), the incumbent's offer, one-hot; none where nothing is there
    incumbent_fit: Numbers  # (..., vendor), how well the incumbent's base works with each; 1 without one
    sibling_fit: Numbers  # (..., vendor), how well that of the operator's other lot does
    network: Floats  # (..., vendor), neighbours' base that works with each
    installed: Floats  # (..., vendor), shares of the country's capacity
    cost: Numbers  # (..., vendor), what rules add to prices, share of price
    weight: Floats  # share of the country's capacity
    share_cap: Floats  # largest share that one vendor may have
    carry_over: Floats  # part of the switching cost that counts, times the domain's
    up: DueLots  # why it is up
    value: Floats  # of the contract, USD bn
    backbone: Bools  # whether loans also pay for what carries a network
    expansion: Floats  # part of spending that follows the base; NaN: that of the parameters
    counter: Keys  # of its own shocks
    on_record: Bools  # whether its luck is that below, given what the record says of it
    offer_luck: Floats  # (..., vendor)
    outside_luck: Floats


def operators_see(
    here: Customers, i: Any, market: MarketView, lots: LotTables, tenders: Tenders, loans: Loans
) -> Seen:
    """Collect what the operators of the tenders in rows ``i`` see of each offer."""
    taste = row(lots.taste, here.vendors, here.run, get(tenders.lot, i))
    return seen_by_payers(here, market, taste, benefit_of(here, market, loans))


def lot_up(
    here: Customers,
    i: Any,
    market: MarketView,
    lots: LotTables,
    tenders: Tenders,
    loans: Loans,
    cost: Any,
    luck: TenderLuck,
) -> LotUp:
    """Collect what operators know of the lots of the tenders in rows ``i``.

    cost  what rules add to prices, as a share of price; or 0 for all.  (row or 1, vendor)
    """
    r, d, c, vendors = here.run, here.domain, here.country, here.vendors
    lot, incumbent = get(tenders.lot, i), get(tenders.incumbent, i)
    sibling, place = get(lots.sibling, lot), get(luck.row, i)
    other = np.where(sibling >= 0, get(lots.incumbent, r, _there(sibling)), -1)
    return LotUp(
        own=only(incumbent, vendors),
        incumbent_fit=np.where(incumbent >= 0, row(market.fit, vendors, r, d, _there(incumbent)), 1.0),
        sibling_fit=np.where(other >= 0, row(market.fit, vendors, r, d, _there(other)), 0.0),
        network=row(market.neighbours, vendors, r, get(market.operators, d), c),
        installed=row(market.installed, vendors, r, d, c),
        cost=row(cost, vendors, shared(cost, 0, i)),
        weight=get(lots.weight, lot),
        share_cap=get(market.share_cap, d, c),
        carry_over=get(tenders.carry_over, i, 0),
        up=DueLots(
            get(tenders.renewed, i, 0),
            get(tenders.considered, i, 0),
            get(tenders.early, i, 0),
            get(tenders.freed, i, 0),
        ),
        value=get(tenders.value, i, 0),
        backbone=get(loans.backbone, d),
        expansion=get(loans.expansion, d),
        counter=get(luck.counters, r, shared(luck.counters, 1, c)) ^ get(lots.keys, lot),
        on_record=place >= 0,
        offer_luck=row(luck.offers, vendors, _there(place)),
        outside_luck=get(luck.outside, _there(place)),
    )


def _there(place: Integers) -> Integers:
    """Replace the position -1, which stands for none, by 0, which can be read."""
    return np.where(place >= 0, place, 0)


# --- users --------------------------------------------------------------------------------------------


class Using(NamedTuple):
    """Tables of what is known of users, beside what their market sees."""

    leaving: Floats  # (run or 1, country, sponsor + 1), share of restricted base that must go
    cost: Any  # (run or 1, users' domain or 1, country or 1, vendor), what rules add to prices; or 0 for all
    own_pull: Floats  # (domain, vendor), of the own country's users
    relative_switching: Floats  # (domain,)
    lifetime: Floats  # (domain,), years
    hosted: Bools  # (domain,), whether who is not on offer any more must be left at once


class UserBase(NamedTuple):
    """What users have.  (..., vendor) each, unless stated otherwise."""

    installed: Floats  # shares of capacity
    leaving: Floats  # share of a restricted base that must go
    cost: Numbers  # what rules add to prices, share of price
    hosted: Bools  # (..., 1), whether who is not on offer any more must be left at once
    share_cap: Floats  # (..., 1), largest share that one vendor may have
    lifetime: Floats  # (..., 1), years


def users_see(here: Customers, market: MarketView) -> Seen:
    """Collect what users see of each offer; no loans pay for what they buy."""
    return seen_by_payers(here, market, lasting_taste(here, market), 0.0)


def user_base(here: Customers, k: Any, market: MarketView, using: Using) -> UserBase:
    """Collect what users have; ``k`` is the position of the domain among those of users."""
    r, d, c, vendors = here.run, here.domain, here.country, here.vendors
    run, domain, country = shared(using.cost, 0, r), shared(using.cost, 1, k), shared(using.cost, 2, c)
    leaving_run = shared(using.leaving, 0, r)
    return UserBase(
        installed=row(market.installed, vendors, r, d, c),
        leaving=picked(using.leaving, here.sponsors, part(market.sponsor, d), vendors, leaving_run, c),
        cost=row(using.cost, vendors, run, domain, country),
        hosted=get(using.hosted, d),
        share_cap=get(market.share_cap, d, c),
        lifetime=get(using.lifetime, d),
    )


def user_ties(here: Customers, using: Using) -> tuple[Floats, Floats]:
    """Return what ties users to their vendor, equal in all countries.

    The pull of the own country's users, (..., vendor), and the domain's relative switching cost, (..., 1).
    """
    return row(using.own_pull, here.vendors, here.domain), get(using.relative_switching, here.domain)


# --- projects -----------------------------------------------------------------------------------------


def projects_see(here: Customers, market: MarketView, loans: Loans) -> Seen:
    """Collect what projects see of each supplier where they land."""
    return seen_by_payers(here, market, lasting_taste(here, market), benefit_of(here, market, loans))


# --- adopters -----------------------------------------------------------------------------------------


class Adopting(NamedTuple):
    """Tables of what is known of adopters, beside what their market sees."""

    adoption: Floats  # (run, adopters' domain, country, vendor), 0 to 1
    own: Bools  # (domain, country, vendor), the sponsor's own states
    rate: Floats  # (domain, vendor), at which laws are passed, per year
    lifetime: Floats  # (domain,), of devices, years
    cells: Integers  # (domain, country), labels of luck


class TakenUp(NamedTuple):
    """What adopters have adopted.  (..., vendor) each, unless stated otherwise."""

    adoption: Floats  # 0 to 1
    own: Bools  # the sponsor's own state
    rate: Floats  # at which laws are passed, per year
    lifetime: Floats  # (..., 1), of devices, years
    counter: Keys  # (..., 1), of the luck of laws


def adopters_see(here: Customers, market: MarketView) -> Seen:
    """Collect what adopters see of systems and families of rules: no price, home or official status."""
    return seen_by_all(here, market, lasting_taste(here, market))


def taken_up(here: Customers, k: Any, counters: Keys, adopting: Adopting) -> TakenUp:
    """Collect what adopters have adopted.

    k         position of the domain among those of adopters
    counters  of the luck of laws.  (run, country or 1)
    """
    r, d, c = here.run, here.domain, here.country
    return TakenUp(
        adoption=row(adopting.adoption, here.vendors, r, k, c),
        own=row(adopting.own, here.vendors, d, c),
        rate=row(adopting.rate, here.vendors, d),
        lifetime=get(adopting.lifetime, d),
        counter=get(counters, r, shared(counters, 1, c)) ^ get(adopting.cells, d, c),
    )
