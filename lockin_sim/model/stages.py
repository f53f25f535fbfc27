"""Let operators, users, projects and adopters choose among the offers they see.

Each decision is written once for both engines and agents: numpy applies it to all runs of a batch, compiled
code to its lanes, and an agent to itself.  :mod:`.seen` reads what buyers see; nothing here has an index.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.common.draws import gumbel, uniform
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer, TenderCounts, UserFlows, UtilityTerms, Weights
from lockin_sim.model.decisions.offers import make_field_replacer
from lockin_sim.model.seen import LotUp, Seen, TakenUp, UserBase, some_of
from lockin_sim.rules import adoption, choice, contracts, diffusion, finance, pricing, users, utility
from lockin_sim.rules.reduce import any_of, at, only_if, position
from lockin_sim.settings.parameters import Parameters


def offered(
    seen: Seen,
    log_price: Numbers = 0.0,
    network: Numbers = 0.0,
    sibling_fit: Numbers = 0.0,
    incumbent_fit: Numbers = 1.0,
    carry_over: Numbers = 0.0,
) -> Offer:
    """Build the offers from what is seen and what each kind of buyer knows."""
    return Offer(
        quality=seen.quality,
        log_price=log_price,
        benefit=seen.benefit,
        home_bonus=seen.home_bonus,
        home_part=seen.home_part,
        place=seen.place,
        network=network,
        layers=seen.layers,
        affinity=seen.affinity,
        status=seen.status,
        concern=seen.concern,
        salience=seen.salience,
        taste=seen.taste,
        sibling_fit=sibling_fit,
        incumbent_fit=incumbent_fit,
        carry_over=carry_over,
    )


class JudgedOffers(NamedTuple):
    """Offers to some customers with their utility."""

    offer: Offer
    weights: Weights
    terms: UtilityTerms
    barred: Bools  # restricted
    offers: Floats  # utility, -inf where it may not be taken

    def at(self, *index: Any) -> JudgedOffers:
        """Select the offers to some of the customers, by their positions.  (..., vendor) each."""
        some: JudgedOffers = some_of(self, self.offers.shape, index)
        return some


def with_term(term: Any, offer: Offer, weights: Weights) -> Offer:
    """Add a user's own term of utility to the offers, if there is one."""
    return offer if term is None else offer._replace(own=term(offer, weights))


def judged(term: Any, offer: Offer, weights: Weights, barred: Bools, may: Bools) -> JudgedOffers:
    """Compute the utility of offers; ``term`` is the user's own, ``may`` flags the acceptable offers."""
    offer = with_term(term, offer, weights)
    terms = decisions.compute_terms(offer, weights)
    return JudgedOffers(offer, weights, terms, barred, decisions.sum_terms(terms, may))


def outside(log_income: Numbers, p: Parameters) -> Numbers:
    """Compute the utility of going without; ``log_income`` as in :class:`.Seen`."""
    return utility.outside_option(
        log_income, outside_level=p.outside_level, outside_income_weight=p.outside_income_weight
    )


# --- operators ----------------------------------------------------------------------------------------


class TenderResult(NamedTuple):
    """Results of tenders."""

    slot: Integers  # that of the winner, 0 where there is none
    signed: Bools  # whether a contract was signed
    winner: Bools  # one-hot
    shock: Floats  # to each offer
    paid: Floats  # price after finance, 0 where nothing was signed
    counted: TenderCounts


def operators_ask(seen: Seen, lot: LotUp, p: Parameters, bargains: bool, term: Any = None) -> JudgedOffers:
    """Compute the utility of each offer to the operators of lots that are up.

    bargains  whether prices depend on a customer's base
    term      the user's own term of utility
    """
    own = only_if(bargains, lot.own) * 1.0
    offer = offered(
        seen,
        log_price=decisions.compute_customer_price(seen.log_price, own, lot.cost, p),
        network=lot.network,
        sibling_fit=lot.sibling_fit,
        incumbent_fit=lot.incumbent_fit,
        carry_over=lot.carry_over,
    )
    may = seen.on_sale & ~seen.barred
    if np.any(lot.share_cap < 1.0):
        within = contracts.within_cap(may, lot.installed, lot.weight, lot.own, lot.share_cap)
        may = np.where(lot.share_cap < 1.0, within, may)
    weights = decisions.compute_weights(p, seen.log_income, p.network_weight)
    return judged(term, offer, weights, seen.barred, may)


def operators_choose(
    judged: JudgedOffers, seen: Seen, lot: LotUp, keys: tuple[Any, Any], p: Parameters
) -> TenderResult:
    """Choose an offer for each lot that is up, or leave it unbuilt; ``keys`` of :func:`operators_luck`."""
    shock, outside_shock = operators_luck(seen, lot, keys)
    without = outside(seen.log_income, p)
    winner, signed = decisions.choose_offer(
        judged.offers, shock, without, outside_shock, lot.up.considered, p.noise_scale
    )
    counted = decisions.count_tenders(
        lot.value,
        lot.up,
        lot.own,
        judged.barred,
        judged.offers,
        judged.terms.switching,
        without,
        winner,
        p.noise_scale,
    )
    slot = position(winner)
    price = pricing.effective_price(judged.offer.log_price, judged.offer.benefit)
    paid = np.where(signed, at(price, slot), 0.0)
    return TenderResult(slot, signed, winner, shock, paid, counted)


def operators_luck(seen: Seen, lot: LotUp, keys: tuple[Any, Any]) -> tuple[Floats, Floats]:
    """Return the shocks to each offer and to leaving a lot unbuilt, conditional on any record.

    keys  of the shocks to offers, and to leaving a lot unbuilt
    """
    to_offers, to_outside = keys
    return (
        np.where(lot.on_record, lot.offer_luck, gumbel(to_offers, lot.counter ^ seen.keys)),
        np.where(lot.on_record, lot.outside_luck, gumbel(to_outside, lot.counter)),
    )


def operators_borrow(done: TenderResult, lot: LotUp, shares: Floats, p: Parameters) -> Floats:
    """Compute what each lender pays for contracts, USD bn.  (..., lender).

    shares  each lender's share of a loan for the winning vendors
    """
    base = decisions.compute_loan_multiple(lot.backbone, lot.expansion, p)
    return finance.loans(lot.value * done.signed, shares, p.financed_share, base)


# --- users --------------------------------------------------------------------------------------------


def between(fit: Floats, ties: tuple[Floats, Floats], p: Parameters) -> tuple[Floats, Floats]:
    """Compute network value and switching friction between vendors for users.  (..., vendor, vendor) each.

    fit   of one vendor's base with each offer.  (..., vendor, vendor)
    ties  of :func:`.user_ties`
    """
    own_pull, relative_switching = ties
    cost = p.switching_cost * decisions.compute_user_carry_over(relative_switching, p)
    return fit * own_pull, users.friction(fit, cost, noise_scale=p.noise_scale)


def users_ask(
    seen: Seen, base: UserBase, fitting: Floats, p: Parameters, bargains: bool, term: Any = None
) -> JudgedOffers:
    """Compute the utility of offers to users, whichever vendor they have.

    fitting  of :func:`between`
    bargains, term  as of :func:`operators_ask`
    """
    share, may = diffusion.market_shares(base.installed), seen.on_sale & ~seen.barred
    if np.any(base.share_cap < 1.0):
        may = users.open_to_new(may, base.installed, base.share_cap)
    price = decisions.compute_customer_price(seen.log_price, only_if(bargains, share), base.cost, p)
    offer = offered(seen, log_price=price, network=diffusion.fitting_base(share, fitting))
    weights = decisions.compute_weights(p, seen.log_income, p.own_network_weight)
    return judged(term, offer, weights, seen.barred, may)


def users_move(
    judged: JudgedOffers, seen: Seen, base: UserBase, friction: Floats, p: Parameters
) -> UserFlows:
    """Compute the yearly flows of users between vendors, and new users; ``friction`` of :func:`between`."""
    gone = base.hosted & ~seen.on_sale
    return decisions.compute_user_flows(
        base.installed,
        judged.offers,
        friction,
        judged.barred | gone,
        np.where(gone, 1.0, base.leaving),
        outside(seen.log_income, p),
        lifetime=base.lifetime,
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )


def users_leave(judged: JudgedOffers, fit: Floats, relative: Numbers, p: Parameters) -> JudgedOffers:
    """Subtract the cost of switching from a vendor from the utility of offers to its users.

    judged    offers, whichever vendor users have
    fit       how well their vendor's base works with each offer.  (..., vendor)
    relative  relative switching cost of the domain
    """
    carry_over = decisions.compute_user_carry_over(relative, p)
    offer = judged.offer._replace(incumbent_fit=fit, carry_over=carry_over)
    terms = decisions.compute_terms(offer, judged.weights)
    offers = decisions.sum_terms(terms, judged.offers > -np.inf)
    return judged._replace(offer=offer, terms=terms, offers=offers)


# --- projects -----------------------------------------------------------------------------------------


def landing_offered(seen: Seen) -> tuple[Offer, Bools]:
    """Build the offers of suppliers where a project lands, and flag those that the country allows."""
    return offered(seen, log_price=seen.log_price), seen.on_sale & ~seen.barred


def projects_ask(
    met: Offer,
    may: Bools,
    income: Numbers,
    cost: Numbers,
    length: Floats,
    slope: Floats,
    p: Parameters,
    term: Any = None,
) -> JudgedOffers:
    """Compute the utility of each supplier to projects.

    met     means over the landings of each field of the offers; ``income`` is the mean log income
    may     suppliers that no landing state excludes.  (..., vendor)
    cost    mean over the landings of what fines add to prices, as a share of price
    length  km.  (..., 1)
    slope   how suited each supplier is to long cables.  (vendor,)
    term    the user's own term of utility
    """
    price, part = pricing.compliant_price(met.log_price, cost), np.where(met.home_part > 0.0, 1.0, 0.0)
    offer = _suited(met, price, part, met.place + utility.length_term(length, slope))
    return judged(term, offer, decisions.compute_weights(p, income, p.network_weight), may, may)


_suited = make_field_replacer(Offer, "log_price", "home_part", "place")


def projects_choose(judged: JudgedOffers, shock: Floats, noise_scale: Numbers) -> tuple[Bools, Bools, Floats]:
    """Choose the best offer for each project, without the option of going without.

    Returns the winner, one-hot, nobody where every supplier is excluded; whether it is built, (..., 1); and
    prices after finance, (..., vendor).
    """
    winner, _, _ = choice.choose(judged.offers, shock, noise_scale=noise_scale)
    return winner, any_of(winner), pricing.effective_price(judged.offer.log_price, judged.offer.benefit)


def projects_borrow(value: Floats, shares: Floats, p: Parameters) -> Floats:
    """Compute what each lender pays for landings that are built, USD bn.  (..., lender).

    value   of each landing, 0 if it is not built
    shares  each lender's share of a loan for the winning vendors
    """
    return finance.loans(value, shares, p.financed_share, 1.0)


# --- adopters -----------------------------------------------------------------------------------------


def adopters_ask(seen: Seen, p: Parameters, term: Any = None) -> JudgedOffers:
    """Compute the utility of systems and families of rules: no price, home, network or official status."""
    weights = decisions.compute_weights(p, 0.0, p.network_weight)
    return judged(term, offered(seen), weights, seen.barred, seen.on_sale & ~seen.barred)


def adopters_adopt(offers: Floats, enacted: bool, key: Any, seen: Seen, before: TakenUp) -> Floats:
    """Compute adoption a year later, each system or family by itself: as a share (A1), or as a law (A2).

    offers   utility, -inf if not available
    enacted  whether laws are adopted
    key      of the shock to laws
    """
    own = at_home(offers, before.own)
    if enacted:
        shock = uniform(key, before.counter ^ seen.keys)
        return adoption.next_law(before.adoption, offers, before.rate, shock, own)
    return adoption.next_share(before.adoption, offers, before.lifetime, own)


def at_home(offers: Floats, own: Bools) -> Bools:
    """Return where a sponsor's own state adopts what is its own: wherever it is available."""
    return own & (offers > -np.inf)


def adopters_chance(offers: Floats, enacted: bool, before: Floats, own: Bools, rate: Floats) -> Floats:
    """Compute the chance that a law is in force a year later, or that a new device supports a system.

    offers, enacted  as of :func:`adopters_adopt`
    before  adoption
    own     the sponsor's own state
    rate    of passing laws
    """
    if enacted:
        return adoption.in_force(before, offers, rate, at_home(offers, own))
    return adoption.built_in(offers, at_home(offers, own))
