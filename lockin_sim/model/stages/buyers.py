"""Operators, users, projects and adopters choose among the offers that they see."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Counted, Due, Flowed, Offer
from lockin_sim.model.stages.market import (
    Asked,
    Here,
    MarketView,
    judged,
    list_price,
    offered,
    official,
    restricted,
)
from lockin_sim.model.verbs import (
    at,
    changer,
    get,
    gumbel,
    only,
    only_if,
    part,
    picked,
    position,
    row,
    shared,
    uniform,
)
from lockin_sim.parameters import Parameters
from lockin_sim.rules import adoption, choice, contracts, diffusion, finance, pricing, users, utility
from lockin_sim.rules.reduce import any_of


class Loans(NamedTuple):
    """What lenders give to buyers of each economy: all get the same, and the first row is nothing."""

    place: Integers  # (run, country), row of what is given there
    given: Floats  # (row, sponsor + 1, lender), share of a loan by vendors' sponsor
    benefit: Floats  # (row, sponsor + 1), share of the price that loans take off
    financeable: Bools  # (domain,), whether loans can pay
    backbone: Bools  # (domain,), whether they also pay for what carries a network
    expansion: Floats  # (domain,), part of spending that follows the base; NaN: that of the parameters


def loan_row(here: Here, loans: Loans) -> Integers:
    """Row of what loans give to customers."""
    place: Integers = np.where(
        get(loans.financeable, here.domain), get(loans.place, here.run, here.country), 0
    )
    return place


def lent(
    here: Here, slot: Integers, value: Floats, base: Numbers, p: Parameters, market: MarketView, loans: Loans
) -> Floats:
    """What each lender pays for contracts of some value, USD bn, with the vendors of some slots.

    base  what loans pay over a contract, as a multiple of it
    """
    given = row(loans.given, here.lenders, loan_row(here, loans), get(market.sponsor, here.domain, slot))
    return finance.loans(value, given, p.financed_share, base)


def outside_of(here: Here, p: Parameters, market: MarketView) -> Numbers:
    """Worth of going without."""
    return utility.outside_option(
        get(market.log_income, here.country),
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )


# --- operators ----------------------------------------------------------------------------------------


class Lots(NamedTuple):
    """What is known of lots."""

    sibling: Integers  # (lot,), the operator's other lot, -1 without one
    weight: Floats  # (lot,), share of the country's capacity
    keys: Integers  # (lot,), labels of their luck
    incumbent: Integers  # (run, lot), slot that runs each, -1 if nothing is there
    taste: Floats  # (run, lot, vendor), of the country and the operator, utility units


class Tenders(NamedTuple):
    """Lots that are up, one row each."""

    lot: Integers  # (row,)
    incumbent: Integers  # (row,), slot, -1 if nothing is there
    renewed: Bools  # (row, 1), and so on: see ``Due``
    considered: Bools
    early: Bools
    freed: Bools
    value: Floats  # (row, 1), of the contract, USD bn
    carry_over: Floats  # (row, 1), part of the switching cost that counts, times the domain's
    cost: Any  # (row or 1, vendor), what rules add to prices, share of price; or 0 for all
    given: Integers  # (row,), where the luck of a tender on record is in the two below, -1 for its own
    offer_luck: Floats  # (tender on record, vendor)
    outside_luck: Floats  # (tender on record,)


class Signed(NamedTuple):
    """How tenders ended."""

    slot: Integers  # that of the winner, 0 where there is none
    signed: Bools  # whether a contract was signed
    winner: Bools  # one-hot
    shock: Floats  # to each offer
    paid: Floats  # price after finance, 0 where nothing was signed
    counted: Counted
    lent: Floats  # by lender, USD bn


def operators_ask(
    here: Here,
    i: Any,
    bargains: bool,
    p: Parameters,
    market: MarketView,
    lots: Lots,
    tenders: Tenders,
    loans: Loans,
) -> Asked:
    """What each offer is worth to the operators of the tenders in rows i.

    bargains  whether prices depend on what a customer holds
    """
    r, d, c = here.run, here.domain, here.country
    lot, sponsors = get(tenders.lot, i), part(market.sponsor, d)
    own = only(get(tenders.incumbent, i), here.vendors)
    benefit = picked(loans.benefit, here.sponsors, sponsors, here.vendors, loan_row(here, loans))
    offer = _offer_to_lots(
        here, i, lot, own, sponsors, only_if(bargains, own) * 1.0, benefit, p, market, lots, tenders
    )
    barred = restricted(here, sponsors, market)
    may = row(market.on_sale, here.vendors, d, c) & ~barred
    cap = get(market.share_cap, d, c)
    if np.any(cap < 1.0):
        held = row(market.installed, here.vendors, r, d, c)
        may = np.where(cap < 1.0, contracts.within_cap(may, held, get(lots.weight, lot), own, cap), may)
    income = get(market.log_income, c)
    return judged(here.term, offer, decisions.weights_of(p, income, p.network_weight), barred, may)


def _offer_to_lots(
    here: Here,
    i: Any,
    lot: Integers,
    own: Bools,
    sponsors: Integers,
    held: Numbers,
    benefit: Floats,
    p: Parameters,
    market: MarketView,
    lots: Lots,
    tenders: Tenders,
) -> Offer:
    """What is known of each offer to the lots that are up."""
    r, d, c = here.run, here.domain, here.country
    incumbent, sibling = get(tenders.incumbent, i), get(lots.sibling, lot)
    other = np.where(sibling >= 0, get(lots.incumbent, r, _there(sibling)), -1)
    listed, cost = list_price(here, market), row(tenders.cost, here.vendors, shared(tenders.cost, 0, i))
    return offered(
        here,
        sponsors,
        market,
        taste=row(lots.taste, here.vendors, r, lot),
        log_price=decisions.asked_price(listed, held, cost, p),
        benefit=benefit,
        home_bonus=row(market.home_bonus, here.vendors, d),
        home_part=row(market.home_part, here.vendors, d, c),
        network=row(market.neighbours, here.vendors, r, get(market.operators, d), c),
        status=official(here, market),
        sibling_fit=np.where(other >= 0, row(market.fit, here.vendors, r, d, _there(other)), 0.0),
        incumbent_fit=np.where(incumbent >= 0, row(market.fit, here.vendors, r, d, _there(incumbent)), 1.0),
        carry_over=get(tenders.carry_over, i, 0),
    )


def _there(place: Integers) -> Integers:
    """A position to read at, also where there is none."""
    found: Integers = np.where(place >= 0, place, 0)
    return found


def operators_choose(
    here: Here,
    i: Any,
    bargains: bool,
    keys: tuple[Any, Any],
    luck: Any,
    p: Parameters,
    market: MarketView,
    lots: Lots,
    tenders: Tenders,
    loans: Loans,
) -> tuple[Asked, Signed]:
    """Tenders take an offer, or stay unbuilt.

    keys  of the shocks to offers and to leaving a lot unbuilt;  luck (run, country or 1), their counters
    """
    asked = operators_ask(here, i, bargains, p, market, lots, tenders, loans)
    shock, outside_shock = operators_luck(here, i, keys, luck, market, lots, tenders)
    outside, up = outside_of(here, p, market), _due(i, tenders)
    chosen = decisions.choose(asked.offers, shock, outside, outside_shock, up.considered, p.noise_scale)
    value, own = get(tenders.value, i, 0), only(get(tenders.incumbent, i), here.vendors)
    counted = decisions.count(
        value,
        up,
        own,
        asked.barred,
        asked.offers,
        asked.terms.switching,
        outside,
        chosen.winner,
        p.noise_scale,
    )
    slot = position(chosen.winner)
    price = pricing.effective_price(asked.offer.log_price, asked.offer.benefit)
    paid = np.where(chosen.signed, at(price, slot), 0.0)
    d = here.domain
    base = decisions.paid_beside(get(loans.backbone, d), get(loans.expansion, d), p)
    money = lent(here, slot, value * chosen.signed, base, p, market, loans)
    return asked, Signed(slot, chosen.signed, chosen.winner, shock, paid, counted, money)


def operators_luck(
    here: Here, i: Any, keys: tuple[Any, Any], luck: Any, market: MarketView, lots: Lots, tenders: Tenders
) -> tuple[Floats, Floats]:
    """Shocks to each offer and to leaving a lot unbuilt: a tender's own, or those given its record.

    keys, luck  as of :func:`operators_choose`
    """
    counter = get(luck, here.run, shared(luck, 1, here.country)) ^ get(lots.keys, get(tenders.lot, i))
    shock = gumbel(keys[0], counter ^ row(market.keys, here.vendors, here.domain))
    place = get(tenders.given, i)
    recorded = row(tenders.offer_luck, here.vendors, _there(place))
    outside = get(tenders.outside_luck, _there(place))
    return (
        np.where(place >= 0, recorded, shock),
        np.where(place >= 0, outside, gumbel(keys[1], counter)),
    )


def _due(i: Any, tenders: Tenders) -> Due:
    """Why lots come up for renewal."""
    return Due(
        get(tenders.renewed, i, 0), get(tenders.considered, i, 0), get(tenders.early, i, 0),
        get(tenders.freed, i, 0),
    )  # fmt: skip


# --- users --------------------------------------------------------------------------------------------


class Using(NamedTuple):
    """What is known of users, beside what their market sees."""

    leaving: Floats  # (run or 1, country, sponsor + 1), share of restricted base that must go
    cost: Any  # (run or 1, users' domain or 1, country or 1, vendor), what rules add to prices; or 0 for all
    own_pull: Floats  # (domain, vendor), of the own country's users
    relative_switching: Floats  # (domain,)
    lifetime: Floats  # (domain,), years
    hosted: Bools  # (domain,), whether who is not on offer any more must be left at once


def between(fit: Floats, here: Here, p: Parameters, using: Using) -> tuple[Floats, Floats]:
    """Who works with whom, as users count it, and what is left of an offer after the cost of switching to it.

    fit  (..., vendor), of one vendor's base with each offer
    """
    cost = p.switching_cost * get(using.relative_switching, here.domain)
    pull = row(using.own_pull, here.vendors, here.domain)
    return fit * pull, users.friction(fit, cost, noise_scale=p.noise_scale)


def users_ask(
    here: Here, k: Any, bargains: bool, fitting: Floats, p: Parameters, market: MarketView, using: Using
) -> Asked:
    """What is offered to users, whoever they have.

    k        position of the domain among those of users
    fitting  (..., vendor, vendor), of :func:`between`
    """
    r, d, c = here.run, here.domain, here.country
    sponsors, installed = part(market.sponsor, d), row(market.installed, here.vendors, r, d, c)
    share, barred = diffusion.market_shares(installed), restricted(here, sponsors, market)
    may = row(market.on_sale, here.vendors, d, c) & ~barred
    cap = get(market.share_cap, d, c)
    if np.any(cap < 1.0):
        may = users.open_to_new(may, installed, cap)
    of_run, of_domain = shared(using.cost, 0, r), shared(using.cost, 1, k)
    cost = row(using.cost, here.vendors, of_run, of_domain, shared(using.cost, 2, c))
    offer = offered(
        here,
        sponsors,
        market,
        taste=row(market.taste, here.vendors, r, d, c),
        log_price=decisions.asked_price(list_price(here, market), only_if(bargains, share), cost, p),
        home_bonus=row(market.home_bonus, here.vendors, d),
        home_part=row(market.home_part, here.vendors, d, c),
        network=diffusion.fitting_base(share, fitting),
        status=official(here, market),
    )
    income = get(market.log_income, c)
    return judged(here.term, offer, decisions.weights_of(p, income, p.own_network_weight), barred, may)


def users_move(
    here: Here,
    asked: Asked,
    friction: Floats,
    p: Parameters,
    market: MarketView,
    using: Using,
) -> Flowed:
    """Who leaves whom for whom in a year, and who comes new.  friction: of :func:`between`"""
    r, d, c = here.run, here.domain, here.country
    leaving = picked(
        using.leaving, here.sponsors, part(market.sponsor, d), here.vendors, shared(using.leaving, 0, r), c
    )
    gone = get(using.hosted, d) & ~row(market.on_sale, here.vendors, d, c)
    return decisions.flow(
        row(market.installed, here.vendors, r, d, c),
        asked.offers,
        friction,
        asked.barred | gone,
        np.where(gone, 1.0, leaving),
        outside_of(here, p, market),
        lifetime=get(using.lifetime, d),
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )


# --- projects -----------------------------------------------------------------------------------------


def landing_offered(here: Here, market: MarketView, loans: Loans) -> tuple[Offer, Bools]:
    """What is known of each supplier where a project lands, and which the country lets build."""
    r, d, c = here.run, here.domain, here.country
    sponsors = part(market.sponsor, d)
    offer = offered(
        here,
        sponsors,
        market,
        taste=row(market.taste, here.vendors, r, d, c),
        log_price=list_price(here, market),
        benefit=picked(loans.benefit, here.sponsors, sponsors, here.vendors, loan_row(here, loans)),
        home_bonus=row(market.home_bonus, here.vendors, d),
        home_part=row(market.home_part, here.vendors, d, c),
        status=official(here, market),
    )
    return offer, row(market.on_sale, here.vendors, d, c) & ~restricted(here, sponsors, market)


def projects_ask(
    met: Offer, may: Bools, income: Numbers, cost: Numbers, length: Floats, slope: Floats, p: Parameters,
    term: Any = None,
) -> Asked:  # fmt: skip
    """What each supplier is worth to projects.

    met     means over the landings of each of what is offered there; income likewise, log
    may     (..., vendor), suppliers that no landing state bars
    cost    mean over the landings of what fines add to prices, share of price
    length  (..., 1), km; slope (vendor,), how suited each supplier is to long cables
    term    the user's own, of utility
    """
    price, part = pricing.compliant_price(met.log_price, cost), np.where(met.home_part > 0.0, 1.0, 0.0)
    offer = _suited(met, price, part, met.place + utility.length_term(length, slope))
    return judged(term, offer, decisions.weights_of(p, income, p.network_weight), may, may)


_suited = changer(Offer, "log_price", "home_part", "place")


class Taken(NamedTuple):
    """How projects chose."""

    winner: Bools  # one-hot; nobody where every supplier is vetoed
    signed: Bools  # whether it is built
    price: Floats  # (..., vendor), after finance


def projects_choose(asked: Asked, shock: Floats, noise_scale: Numbers) -> Taken:
    """Each project takes the best offer; going without is no option."""
    winner, _, _ = choice.choose(asked.offers, shock, noise_scale=noise_scale)
    return Taken(winner, any_of(winner), pricing.effective_price(asked.offer.log_price, asked.offer.benefit))


# --- adopters -----------------------------------------------------------------------------------------


class Adopting(NamedTuple):
    """What is known of adopters, beside what their market sees."""

    adoption: Floats  # (run, adopters' domain, country, vendor), 0 to 1
    own: Bools  # (domain, country, vendor), the sponsor's own states
    rate: Floats  # (domain, vendor), at which laws are passed, per year
    lifetime: Floats  # (domain,), of devices, years
    cells: Integers  # (domain, country), labels of luck


def adopters_ask(here: Here, p: Parameters, market: MarketView) -> Asked:
    """What systems and families of rules are worth: without price, home, network or official status."""
    r, d, c = here.run, here.domain, here.country
    sponsors = part(market.sponsor, d)
    barred = restricted(here, sponsors, market)
    offer = offered(here, sponsors, market, taste=row(market.taste, here.vendors, r, d, c))
    may = row(market.on_sale, here.vendors, d, c) & ~barred
    return judged(here.term, offer, decisions.weights_of(p, 0.0, p.network_weight), barred, may)


def adopters_adopt(
    here: Here,
    k: Any,
    offers: Floats,
    enacted: bool,
    key: Any,
    luck: Any,
    market: MarketView,
    adopting: Adopting,
) -> Floats:
    """Adoption a year later, each system or family apart: as a share (A1), or as a law (A2).

    k       position of the domain among those of adopters;  enacted  whether it is of laws
    offers  utility, -inf where not to be taken
    key   of the shock to laws;  luck (run, country or 1), its counters
    """
    r, d, c = here.run, here.domain, here.country
    before = row(adopting.adoption, here.vendors, r, k, c)
    own = row(adopting.own, here.vendors, d, c) & (offers > -np.inf)
    if enacted:
        cell = get(luck, r, shared(luck, 1, c)) ^ get(adopting.cells, d, c)
        shock = uniform(key, cell ^ row(market.keys, here.vendors, d))
        return adoption.next_law(before, offers, row(adopting.rate, here.vendors, d), shock, own)
    return adoption.next_share(before, offers, get(adopting.lifetime, d), own)
