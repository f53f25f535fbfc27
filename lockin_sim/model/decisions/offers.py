"""Utility of offers: its terms, weighted and summed (U0), with asked prices and quality."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers
from lockin_sim.common.formats import spoken
from lockin_sim.rules import pricing, utility
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Conditions


class Weights(NamedTuple):
    """Weights of the terms of an offer's utility: numbers, or arrays that broadcast with the offers."""

    quality: Numbers
    price: Numbers
    home: Numbers
    network: Numbers
    stack: Numbers
    affinity: Numbers
    official: Numbers
    concern: Numbers
    sibling: Numbers
    switching: Numbers


def compute_weights(p: Parameters, log_income: Numbers, network_weight: Numbers) -> Weights:
    """Compute the weights of a kind of buyers.

    log_income      log of the buyer's income per head over the reference income, shaped to meet the offers
    network_weight  of the neighbours, or of the own country's users
    """
    price = utility.price_sensitivity(
        log_income, price_weight=p.price_weight, price_income_slope=p.price_income_slope
    )
    return Weights(
        p.quality_weight,
        price,
        p.home_preference,
        network_weight,
        p.stack_weight,
        p.affinity_weight,
        p.official_weight,
        p.concern_weight,
        p.sibling_pull,
        p.switching_cost,
    )


class Offer(NamedTuple):
    """Known properties of offers to a customer, (..., vendor) each; a missing property counts as 0.

    Properties that apply to some buyers only have a default that makes their term 0.
    """

    quality: Numbers  # utility units
    log_price: Numbers  # log of what this customer is asked
    benefit: Numbers  # share of the price that loans take off
    home_bonus: Numbers
    home_part: Numbers  # 1 at home, a partner's stake abroad
    place: Numbers  # events and presence on record, utility units
    network: Numbers  # base that works with the offer: the neighbours', or the own country's users
    layers: Numbers  # own other layers of the same sponsor
    affinity: Numbers  # with the sponsor, times the domain's weight
    status: Numbers  # official status of the standards that it complies with
    concern: Numbers  # about its sponsor
    salience: Numbers  # of the security of the sponsor's vendors
    taste: Numbers  # lasting tastes of country and operator, utility units
    sibling_fit: Numbers = 0.0  # how well the operator's other lot works with it
    incumbent_fit: Numbers = 1.0  # how well the incumbent's works with it; 1 without one
    carry_over: Numbers = 0.0  # part of the switching cost that counts, times the domain's
    own: Numbers = 0.0  # terms of a user's own, utility units


def make_field_replacer(pattern: Any, *names: str) -> Any:
    """Return a function that replaces some fields of a named tuple, for compiled code without ``_replace``.

    pattern  the class of the named tuple;  names  of the fields to replace, in the order of the arguments
    """
    fields = ", ".join(name if name in names else f"old.{name}" for name in pattern._fields)
    around = {"pattern": pattern, "__name__": __name__}
    exec(f"def change(old, {', '.join(names)}):\n    return pattern({fields})", around)
    return around["change"]


class UtilityTerms(NamedTuple):
    """Terms of an offer's utility, in utility units, each annotated with its wording as a reason."""

    quality: Annotated[Numbers, "quality"]
    price: Annotated[Numbers, "price"]
    home: Annotated[Numbers, "the preference for home suppliers"]
    place: Annotated[Numbers, "recorded presence in the country"]
    network: Annotated[Numbers, "fit with equipment in use"]
    stack: Annotated[Numbers, "other layers from the same home country"]
    affinity: Annotated[Numbers, "political affinity"]
    official: Annotated[Numbers, "the status of its standards"]
    concern: Annotated[Numbers, "security concerns"]
    taste: Annotated[Numbers, "a lasting preference that the model does not explain"]
    sibling: Annotated[Numbers, "fit with the operator's other network"]
    switching: Annotated[Numbers, "the cost of switching"]
    own: Annotated[Numbers, "the terms added to the model"]


@cache
def describe_terms() -> dict[str, str]:
    """Return the wording of each term as a reason; the name of the field if it has no annotation."""
    hints = get_type_hints(UtilityTerms, include_extras=True).items()
    return {name: getattr(hint, "__metadata__", [spoken(name)])[0] for name, hint in hints}


def compute_terms(offer: Offer, weight: Weights) -> UtilityTerms:
    """Compute the terms of an offer's utility to a customer (U0)."""
    return UtilityTerms(
        quality=utility.quality_term(offer.quality, weight.quality),
        price=utility.price_term(offer.log_price, offer.benefit, weight.price),
        home=utility.home_term(offer.home_bonus, offer.home_part, weight.home),
        place=offer.place,
        network=utility.network_term(offer.network, weight.network),
        stack=utility.stack_term(offer.layers, weight.stack),
        affinity=utility.affinity_term(offer.affinity, weight.affinity),
        official=utility.official_term(offer.status, weight.official),
        concern=utility.concern_term(offer.concern, offer.salience, weight.concern),
        taste=offer.taste,
        sibling=utility.sibling_term(offer.sibling_fit, weight.sibling),
        switching=utility.switching_term(offer.incumbent_fit, weight.switching, offer.carry_over),
        own=offer.own,
    )


def compute_loan_utility(offer: Offer, weight: Weights) -> Numbers:
    """Compute the utility that loans add to offers: the change they make to the price term."""
    in_full = compute_terms(offer._replace(benefit=0.0), weight)
    return compute_terms(offer, weight).price - in_full.price


#: Terms that often are the same in all runs, and those that often are the same in all countries.
_GIVEN, _POSTED = ("home", "place", "concern", "affinity"), ("quality", "price")


def sum_terms(terms: UtilityTerms, may: Bools) -> Floats:
    """Sum the terms to the utility of each offer, -inf where the offer may not be taken.

    may  whether each offer may be taken
    Terms that are often equal in all runs or countries are added first, always in this order.
    """
    fixed, posted, others = _group_terms(terms)
    result: Floats = _add_terms((np.where(may, _add_terms(fixed), -np.inf), _add_terms(posted), *others))
    return result


def _group_terms(terms: UtilityTerms) -> tuple[tuple[Numbers, ...], tuple[Numbers, ...], tuple[Numbers, ...]]:
    """Split terms into those often equal in all runs, those often equal in all countries, and the rest."""
    named = terms._asdict()
    fixed, posted = (tuple(named.pop(name) for name in names) for names in (_GIVEN, _POSTED))
    return fixed, posted, tuple(named.values())


def _add_terms(terms: tuple[Numbers, ...]) -> Any:
    """Add terms in their order; a plain zero is skipped."""
    first, *others = terms
    summed: Any = first
    for term in others:
        if not (isinstance(term, float) and term == 0.0):
            own = summed is not first and np.shape(term) == np.shape(summed)
            summed = np.add(summed, term, out=summed if own else None)
    return summed


def compute_customer_price(
    log_list_price: Numbers, share: Numbers, compliance_cost: Numbers, p: Parameters
) -> Numbers:
    """Compute the log price for one customer: list price, bargain by share held (P3), cost of rules (P6).

    share  the vendor's share of the customer's base
    """
    price = pricing.log_customer_price(
        log_list_price,
        share,
        lock_in_markup=p.lock_in_markup,
        penetration_discount=p.penetration_discount,
    )
    return pricing.compliant_price(price, compliance_cost)


def compute_quality(now: Conditions, gained: Numbers, p: Parameters) -> Floats:
    """Compute the qualities of a year, utility units (P5, P11).  (..., domain, vendor).

    now     conditions of the year
    gained  quality gained by catching up so far, (..., domain, vendor)
    p       shaped to meet it
    """
    half, twice = pricing.around(p.quality_drift)
    added = (
        p.trend_after_record * now.quality_trend
        + half * now.quality_half
        + twice * now.quality_twice
        + p.sponsor_quality * now.quality_sponsor
        + p.sponsor_quality_trend * now.quality_sponsor_trend
    )
    return now.quality_path + added + gained
