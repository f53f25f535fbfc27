"""What buyers of all kinds see of offers, and what they make of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer, Terms, Weights
from lockin_sim.model.verbs import get, picked, picked_where, row, shared
from lockin_sim.world import Conditions, World


class Here(NamedTuple):
    """Some customers: where they are, and which vendors, sponsors and lenders they read of."""

    run: Any
    domain: Any
    country: Any
    vendors: Any
    sponsors: Any = None
    lenders: Any = None
    term: Any = None  # the user's own term of utility, see World.with_term; compiled code knows none


class MarketView(NamedTuple):
    """Tables of what can be seen when buyers choose; of the whole world, or of one country.

    What is known by sponsor has a last column for vendors without one.
    """

    quality: Floats  # (run, domain, vendor), utility units
    log_price: Floats  # (run or 1, domain, vendor), at list price
    salience: Floats  # (run or 1, sponsor + 1), of the security of its vendors
    affinity: Floats  # (run or 1, country, sponsor + 1)
    fit: Floats  # (run, domain, vendor, vendor), how well one vendor's base works with another's offer
    layers: Floats  # (run, domain, country, sponsor + 1), own other layers of each sponsor
    status: Floats  # (run, domain, audience, vendor), official status of what an offer speaks
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
    keys: Integers  # (domain, vendor), labels of the luck of offers
    neighbours: Floats  # (run, operators' domain, country, vendor), neighbours' base that works with each
    operators: Integers  # (domain,), position among the operators' domains


def known_of(world: World, now: Conditions, year: int, countries: slice = slice(None)) -> dict[str, Any]:
    """The tables of a market that the facts and conditions of a year give, for some countries."""
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
    """Position of each domain among those of operators.  (domain,)."""
    place, operators = np.zeros(len(world.domains), dtype=int), world.bought_by("operator")
    place[operators] = np.arange(len(operators))
    return place


def restricted(here: Here, sponsors: Integers, market: MarketView) -> Bools:
    """Offers of restricted sponsors, where restrictions bite."""
    r, c = shared(market.barred, 0, here.run), shared(market.barred, 1, here.country)
    bites = get(market.sensitive, here.domain)
    return picked_where(bites, market.barred, here.sponsors, sponsors, here.vendors, r, c)


def offered(
    here: Here,
    sponsors: Integers,
    market: MarketView,
    taste: Floats,
    log_price: Numbers = 0.0,
    benefit: Numbers = 0.0,
    home_bonus: Numbers = 0.0,
    home_part: Numbers = 0.0,
    network: Numbers = 0.0,
    status: Numbers = 0.0,
    sibling_fit: Numbers = 0.0,
    incumbent_fit: Numbers = 1.0,
    carry_over: Numbers = 0.0,
) -> Offer:
    """What is known of each offer: to all buyers alike, beside what each kind of them knows by itself."""
    affinity = picked(
        market.affinity, here.sponsors, sponsors, here.vendors, shared(market.affinity, 0, here.run),
        here.country,
    )  # fmt: skip
    return Offer(
        quality=row(market.quality, here.vendors, here.run, here.domain),
        log_price=log_price,
        benefit=benefit,
        home_bonus=home_bonus,
        home_part=home_part,
        place=row(market.place, here.vendors, here.domain, here.country),
        network=network,
        layers=picked(
            market.layers, here.sponsors, sponsors, here.vendors, here.run, here.domain, here.country
        ),
        affinity=affinity * get(market.relative_affinity, here.domain),
        status=status,
        concern=row(market.concern, here.vendors, here.domain, here.country),
        salience=picked(
            market.salience, here.sponsors, sponsors, here.vendors, shared(market.salience, 0, here.run)
        ),
        taste=taste,
        sibling_fit=sibling_fit,
        incumbent_fit=incumbent_fit,
        carry_over=carry_over,
    )


def official(here: Here, market: MarketView) -> Floats:
    """Official status of what each offer speaks, as the country sees it."""
    return row(market.status, here.vendors, here.run, here.domain, get(market.audience, here.country))


def list_price(here: Here, market: MarketView) -> Floats:
    """Log of each list price."""
    return row(market.log_price, here.vendors, shared(market.log_price, 0, here.run), here.domain)


class Asked(NamedTuple):
    """What some customers are offered, judged."""

    offer: Offer
    weights: Weights
    terms: Terms
    barred: Bools  # restricted
    offers: Floats  # utility, -inf where it may not be taken


def with_term(term: Any, offer: Offer, weights: Weights) -> Offer:
    """The offers, with what a user's own terms of utility add."""
    return offer if term is None else offer._replace(own=term(offer, weights))


def judged(term: Any, offer: Offer, weights: Weights, barred: Bools, may: Bools) -> Asked:
    """What offers are worth.  term: the user's own;  may: which can be taken"""
    offer = with_term(term, offer, weights)
    terms = decisions.judge(offer, weights)
    return Asked(offer, weights, terms, barred, decisions.worth(terms, may))
