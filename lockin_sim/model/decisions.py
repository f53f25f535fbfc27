"""Every decision, composed once: which terms make up an offer's worth, what is counted, what is booked.

Both engines, the initial state and ``explain`` call these functions: on the rows of a batch of runs, or on
the one row of an agent.  They hold no state and know no tables; each takes a named tuple and returns one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import adoption as adopting
from lockin_sim.rules import choice as choosing
from lockin_sim.rules import contracts, pricing, restriction, users, utility, voting
from lockin_sim.rules.reduce import any_of, total


class Weights(NamedTuple):
    """What each term of an offer's worth counts; numbers, or arrays that meet the offers."""

    quality: float | Floats
    price: float | Floats
    home: float | Floats
    network: float | Floats
    stack: float | Floats
    affinity: float | Floats
    official: float | Floats
    concern: float | Floats
    sibling: float | Floats
    switching: float | Floats


def weights_of(p: Parameters, log_income: Floats | float) -> Weights:
    """Weights of operators and projects.  Those of users differ in the network: their own country's.

    log_income  log of the buyer's income per head over the reference income, shaped to meet the offers
    """
    price = utility.price_sensitivity(
        log_income, price_weight=p.price_weight, price_income_slope=p.price_income_slope
    )
    return Weights(
        p.quality_weight, price, p.home_preference, p.network_weight, p.stack_weight,
        p.affinity_weight, p.official_weight, p.concern_weight, p.sibling_pull, p.switching_cost,
    )  # fmt: skip


class Offer(NamedTuple):
    """What is known of offers to a customer, (..., vendor) each; what is missing counts as nothing."""

    quality: Floats | float  # utility units
    log_price: Floats | float  # log of what this customer is asked
    benefit: Floats | float  # share of the price that loans take off
    home_bonus: Floats | float
    home_part: Floats | float  # 1 at home, a partner's stake abroad
    place: Floats | float  # events and presence on record, utility units
    network: Floats | float  # base that works with the offer: the neighbours', or the own country's users
    layers: Floats | float  # own other layers of the same sponsor
    affinity: Floats | float  # with the sponsor, times the domain's weight
    status: Floats | float  # official status of the standards that it complies with
    concern: Floats | float  # about its sponsor
    salience: Floats | float  # of the security of the sponsor's vendors
    taste: Floats | float  # lasting tastes of country and operator, utility units
    sibling_fit: Floats | float = 0.0  # how well the operator's other lot works with it
    incumbent_fit: Floats | float = 1.0  # how well the incumbent's works with it; 1 without one
    carry_over: Floats | float = 0.0  # part of the switching cost that counts, times the domain's


class Terms(NamedTuple):
    """An offer's worth, term by term, in utility units."""

    quality: Floats | float
    price: Floats | float
    home: Floats | float
    place: Floats | float
    network: Floats | float
    stack: Floats | float
    affinity: Floats | float
    official: Floats | float
    concern: Floats | float
    taste: Floats | float
    sibling: Floats | float
    switching: Floats | float


def judge(offer: Offer, weight: Weights) -> Terms:
    """What an offer is worth to a customer, term by term (U0)."""
    return Terms(
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
    )


def terms_at(terms: Terms, *index: int | Integers) -> Terms:
    """The terms of some of the offers; numbers are the same for all."""
    return Terms(*(term[index] if isinstance(term, np.ndarray) else term for term in terms))


def worth(terms: Terms, may: Bools) -> Floats:
    """Utility of each offer: the sum of its terms, -inf where it may not be taken.

    What often is the same in all runs or in all countries is added before what never is, always in this order.
    """
    given = _added(terms.home, terms.place, terms.concern, terms.affinity)
    posted = _added(terms.quality, terms.price)
    own = (terms.network, terms.stack, terms.official, terms.taste, terms.sibling, terms.switching)
    return _added(np.where(may, given, -np.inf), posted, *own)


def _added(first: Floats | float, *others: Floats | float) -> Floats:
    """Sum of terms in their order; a plain zero costs nothing."""
    summed = first
    for term in others:
        if not (isinstance(term, float) and term == 0.0):
            own = summed is not first and np.shape(term) == np.shape(summed)
            summed = np.add(summed, term, out=summed if own else None)  # type: ignore[arg-type]
    return summed  # type: ignore[return-value]


# --- operators ---------------------------------------------------------------------------------------


class Due(NamedTuple):
    """Which lots are up, and why.  (lot,) each, with runs to the left."""

    renewed: Bools  # the incumbent's contract is up
    considered: Bools  # nothing is there yet, and building is on the agenda
    early: Bools  # up only because the incumbent must go
    freed: Bools  # up for a new generation, which frees the buyer in part


def due(
    *,
    incumbent: Integers,
    generation: Integers,
    arrived: Integers,
    ends: Bools,
    considers: Bools,
    leaves: Bools,
) -> Due:
    """Lots that are up this year: for a generation, at contract end, by order, or to be built.

    incumbent   (..., lot), slot, -1 if nothing is there
    generation  (..., lot), of what is installed; arrived the newest that the lot is due for
    ends, considers, leaves  (..., lot), whether chance ends the contract, puts building on the agenda, or
                             the order to remove the incumbent bites this year
    """
    exists = incumbent >= 0
    freed = exists & (arrived > generation)
    regular = freed | (exists & ends)
    forced = exists & leaves
    return Due(regular | forced, ~exists & considers, forced & ~regular, freed)


def carried_over(freed: Bools, arrived: Integers, by_generation: Floats, p: Parameters) -> Floats:
    """Part of the switching cost that counts: all of it, or what a new generation leaves.  (..., 1).

    freed, arrived  (..., 1), whether the lot is up for a generation, and for which
    by_generation   (..., generation), part that each leaves
    """
    if not by_generation.shape[-1]:
        return np.ones(freed.shape)
    left = np.take_along_axis(by_generation, np.maximum(arrived, 0), axis=-1)
    return np.where(freed, p.carry_over * left, 1.0)


class Chosen(NamedTuple):
    """What was taken."""

    winner: Bools  # (..., vendor), one-hot; nobody where nothing may be taken or nothing is built
    signed: Bools  # (..., 1), whether a contract was signed


def choose(
    offers: Floats,
    shock: Floats,
    outside: Floats,
    outside_shock: Floats,
    considered: Bools,
    noise_scale: float | Floats,
) -> Chosen:
    """The best offer with its shock; what is not there yet is built only if that beats the outside option.

    offers, shock           (..., vendor), utility and standard Gumbel shock
    outside, outside_shock  (..., 1)
    considered              (..., 1), bool: nothing is there yet
    """
    winner, best, luck = choosing.choose(offers, shock, noise_scale=noise_scale)
    builds = choosing.builds(best, luck, outside, outside_shock, noise_scale=noise_scale)
    taken = winner & (builds | ~considered)
    return Chosen(taken, any_of(taken))


class Counted(NamedTuple):
    """What renewals show, by value (USD bn); ``locked`` by vendor, the others (..., 1)."""

    renewed: Floats
    retained: Floats  # part of it that its incumbent kept
    forced: Floats  # part of it that was restricted
    early: Floats  # part of it that was up only because it must go
    locked: Floats  # (..., vendor), value times P(stay) - P(stay without switching cost)
    surplus: Floats  # value times expected utility of the best offer


def count(
    value: Floats,
    up: Due,
    incumbent: Bools,
    barred: Bools,
    offers: Floats,
    switching: Floats,
    winner: Bools,
    noise_scale: float | Floats,
) -> Counted:
    """What the renewals of lots show.

    value      (..., 1), of the contract, USD bn
    incumbent  (..., vendor), one-hot; barred whether the offer is restricted
    offers     (..., vendor), utility; switching that term of it
    """
    renewed = value * up.renewed
    chance, surplus = choosing.logit(offers, noise_scale=noise_scale)
    free, _ = choosing.logit(offers - switching, noise_scale=noise_scale)
    return Counted(
        renewed=renewed,
        retained=renewed * any_of(incumbent & winner),
        forced=renewed * any_of(incumbent & barred),
        early=value * up.early,
        locked=renewed * choosing.lock_in(incumbent, chance, free),
        surplus=renewed * np.nan_to_num(surplus),
    )


def asked_price(
    log_list_price: Floats | float, held: Floats | float, compliance_cost: Floats | float, p: Parameters
) -> Floats:
    """Log price for one customer: list price, bargain by what it holds of the vendor (P3), cost of rules (P6)."""
    price = pricing.log_customer_price(
        log_list_price,
        held,
        lock_in_markup=p.lock_in_markup,
        penetration_discount=p.penetration_discount,
    )
    return pricing.compliant_price(price, compliance_cost)


# --- users -------------------------------------------------------------------------------------------


class Flowed(NamedTuple):
    """A year of users, in shares of capacity: (..., country, vendor) each, by the vendor they had before but
    for the first two."""

    installed: Floats  # afterwards, by vendor
    gained: Floats  # who bought from each vendor: renewals and newcomers
    renewed: Floats  # all who were up
    retained: Floats  # of them, who came back
    forced: Floats  # of them, whose vendor is restricted; a single 0 where nothing is
    early: Floats  # of them, who were up only because it must go; a single 0 where nothing is
    locked: Floats  # who came back and would not have without switching costs
    surplus: Floats  # expected utility, summed over renewals


def flow(
    installed: Floats,
    offers: Floats,
    friction: Floats,
    barred: Bools,
    removal: Floats,
    outside: Floats,
    *,
    lifetime: float | Floats,
    greenfield_rate: float | Floats,
    noise_scale: float | Floats,
) -> Flowed:
    """Who leaves whom for whom, and who comes new (N1 to N4).

    installed  (..., country, vendor), shares of capacity
    offers     (..., country, vendor), utility without switching cost, -inf where not to be taken
    friction   (..., vendor, vendor), of (N2)
    barred     (..., country, vendor), bool: restricted; removal the share of it that must go, of (T3)
    outside    (..., country, 1), utility of staying without
    """
    appeal = users.appeal(offers, noise_scale=noise_scale)
    leaving = installed * contracts.contract_end_probability(lifetime)
    forced = early = np.zeros(1, dtype=installed.dtype)
    if barred.any():
        early = (installed - leaving) * np.where(barred, removal, 0.0)
        leaving = leaving + early
        forced = np.where(barred, leaving, 0.0)
    went = users.moves(leaving, appeal, friction, noise_scale=noise_scale)
    new = users.newcomers(total(installed), appeal.surplus, outside, greenfield_rate, noise_scale)
    gained = new * appeal.chance
    gained += went.gained
    after = installed - leaving
    after += gained
    return Flowed(after, gained, leaving, went.stayed, forced, early, went.locked, went.surplus)


# --- adopters ----------------------------------------------------------------------------------------


def adopt(
    adoption: Floats,
    terms: Terms,
    there: Bools,
    own: Bools,
    *,
    enacted: bool,
    lifetime: float | Floats,
    rate: Floats,
    shock: Floats | float,
) -> Floats:
    """Adoption a year later, each system or family apart: as a share (A1), or as a law (A2).

    adoption  (..., vendor); terms of its offers
    there     (..., vendor), bool: the system exists and may be taken; own the sponsor's own states
    """
    utility = worth(terms, there)
    if enacted:
        return adopting.next_law(adoption, utility, rate, shock, own)
    return adopting.next_share(adoption, utility, lifetime, own)


# --- politics ----------------------------------------------------------------------------------------


class Voter(NamedTuple):
    """What a country brings to the votes of a year, in all bodies."""

    inclination: Floats  # (..., country, standard), vote utility
    present: Bools  # (..., country, 1), whether it votes at all


def voter(
    installed: Floats, compliance: Floats, owner_affinity: Floats, owner_debt: Floats, p: Parameters
) -> Voter:
    """What countries make of the families of standards.

    installed       (..., country, vendor), own base in the domain
    compliance      (..., vendor, standard)
    owner_affinity, owner_debt  (..., country, standard)
    """
    own = voting.base_by_standard(installed, compliance)
    inclination = voting.inclination(
        voting.leaning(own),
        owner_affinity,
        owner_debt,
        tolerance=p.tolerance,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity,
        vote_debt=p.vote_debt,
    )
    return Voter(inclination, total(installed) > voting.LEAST_BASE)


def ballot(voter: Voter, cycle_shock: Floats, shock: Floats, p: Parameters) -> Bools:
    """Who says yes to each family.  (..., country, standard).

    cycle_shock  (..., 1, standard), shared; shock (..., country, standard), uniform in (0, 1)
    """
    return (shock < voting.support(voter.inclination, cycle_shock, p.vote_noise)) & voter.present


class Stance(NamedTuple):
    """What a country knows when it reconsiders its restrictions, (..., country, sponsor) each."""

    concern: Floats
    votes: Floats  # with the sponsor's rival
    alliance: Floats | float  # share of allies that restrict
    dependence: Floats
    pressure: Floats
    salience: Floats
    order: Integers  # 1 must, -1 may not, 0 free


def reconsider(since: Integers, stance: Stance, year: int, shock: Floats, p: Parameters) -> Integers:
    """Year in which the restriction in force began, -1 where there is none (R1, R2)."""
    begins = restriction.restriction_probability(
        stance.concern,
        stance.votes,
        stance.alliance,
        stance.dependence,
        stance.pressure,
        stance.salience,
        restriction_rate=p.restriction_rate,
        restriction_intercept=p.restriction_intercept,
        restriction_concern=p.restriction_concern,
        restriction_votes=p.restriction_votes,
        restriction_alliance=p.restriction_alliance,
        restriction_dependence=p.restriction_dependence,
    )
    return restriction.next_restriction(since, year, shock, begins, p.lifting_rate, stance.order)
