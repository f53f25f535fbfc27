"""Decisions of buyers and lenders: due lots, accepted offers, moves of users, costs of leaving, loans."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers, Numbers
from lockin_sim.rules import choice, contracts, pricing, users
from lockin_sim.rules.reduce import any_of, nothing, total
from lockin_sim.settings.parameters import Parameters


class DueLots(NamedTuple):
    """Flags of the lots that are up for a contract, and why.  (lot,) each, with runs to the left."""

    renewed: Bools  # the incumbent's contract comes up for renewal
    considered: Bools  # nothing is there yet, and building is on the agenda
    early: Bools  # up only because the incumbent must go
    freed: Bools  # up for a new generation, which frees the buyer in part


def find_due_lots(
    *,
    incumbent: Integers,
    generation: Integers,
    arrived: Integers,
    ends: Bools,
    considers: Bools,
    leaves: Bools,
) -> DueLots:
    """Find the lots that are up this year: for a generation, at contract end, by order, or to be built.

    incumbent   (..., lot), slot, -1 if nothing is there
    generation  (..., lot), of what is installed; arrived the newest that the lot is due for
    ends, considers, leaves  (..., lot), whether chance ends the contract, puts building on the agenda, or
                             the order to remove the incumbent bites this year
    """
    exists = incumbent >= 0
    freed = exists & (arrived > generation)
    regular = freed | (exists & ends)
    forced = exists & leaves
    return DueLots(regular | forced, ~exists & considers, forced & ~regular, freed)


def select_remaining_cost(by_generation: Floats, arrived: Integers) -> Floats:
    """Select the part of the switching cost that remains with the newest generation, 1 without generations.

    by_generation  (..., generation), part that remains with each
    arrived        (..., 1), the newest that the lot is due for
    Returns (..., 1).
    """
    if not by_generation.shape[-1]:
        return np.ones(arrived.shape)
    return np.take_along_axis(by_generation, np.maximum(arrived, 0), axis=-1)


def compute_carry_over(
    incumbent: Integers | int, freed: Bools | bool, left: Numbers, relative: Numbers, p: Parameters
) -> Floats:
    """Compute the part of the switching cost that counts, times the domain's relative cost.

    All of it counts, or with a new generation the part that remains; 0 where nothing is installed.

    incumbent  (..., 1), slot, -1 if nothing is there;  freed (..., 1), whether a generation puts the lot up
    left       (..., 1), part that remains, times carry_over;  relative (..., 1), the domain's cost
    Returns (..., 1).
    """
    return np.where(incumbent >= 0, np.where(freed, p.carry_over * left, 1.0) * relative, 0.0)


def compute_user_carry_over(relative: Numbers, p: Parameters) -> Floats:
    """Compute the part of the switching cost that counts for users: all of it, at the domain's cost.

    relative  the domain's cost
    """
    return compute_carry_over(0, False, 1.0, relative, p)


def begin_swap(
    old: Integers | int,
    new: Integers | int,
    early: Bools | bool,
    outgoing: Integers | int,
    begun: Integers | int,
    year: int,
) -> tuple[Integers, Integers]:
    """Determine whose equipment a signed contract replaces, and since which year.

    A lot that was empty, or whose vendor had to go by order, is filled at once: it replaces its own vendor.
    A contract with the same vendor leaves a swap unchanged.  A contract with a third vendor in the middle
    of a swap replaces the vendor of the contract before, who counts as having had the whole lot.

    Parameters
    ----------
    old, new
        Slots of the vendors before, -1 for none, and of the contract.
    early
        Whether the lot was up only because its vendor must go.
    outgoing, begun
        Slot that the latest swap replaces, and the year in which it began.
    year
        Year of the contract.

    Returns
    -------
    tuple
        ``outgoing`` and ``begun`` after the contract.
    """
    stays, at_once = old == new, (old < 0) | early
    return np.where(stays, outgoing, np.where(at_once, new, old)), np.where(stays, begun, year)


def compute_end_probability(by_generation: Bools, lifetime: Numbers, p: Parameters) -> Floats:
    """Compute the probability that a contract ends this year, between generations or without generations.

    by_generation  (..., lot), whether its domain moves by generations
    lifetime       (..., lot), years
    """
    return np.where(by_generation, p.contract_end_rate, contracts.contract_end_probability(lifetime))


def compute_forced_removal(since: Integers, allowed: Floats, year: int) -> Floats:
    """Compute the share of each sponsor's restricted base to remove this year, by earlier restrictions.

    since    (..., sponsor), year in which each restriction began, -1 if there is none
    allowed  (..., sponsor), years to replace what is restricted, 0 means that nothing is forced
    """
    restricted = since >= 0
    passed = np.where(restricted, year - 1.0 - since, 0.0)
    return np.where(restricted, contracts.removal_share(allowed, passed), 0.0)


def find_next_generation_year(starts: Integers, year: int | Integers) -> Integers:
    """Find the year in which each lot is due for its next generation, NEVER if none follows.

    starts  (..., lot, generation), year in which each lot is due for each;  year meets them
    Returns (..., lot).
    """
    return np.where(starts > year, starts, NEVER).min(axis=-1, initial=NEVER)


def compute_contract_years(
    following: Integers, year: int | Integers, lifetime: Floats, p: Parameters
) -> Floats:
    """Compute the expected years of a contract signed now: to the next generation, or its end by chance.

    following  (..., lot), year in which each lot is due for its next generation
    lifetime   (..., lot), years, where no generation follows
    p          parameters that meet (..., lot)
    Returns (..., lot).
    """
    ahead = np.where(following < NEVER, following - 1.0 * year, np.inf)
    return contracts.expected_years(p.contract_end_rate, ahead, lifetime)


def choose_offer(
    offers: Floats,
    shock: Floats,
    outside: Numbers,
    outside_shock: Floats,
    considered: Bools,
    noise_scale: Numbers,
) -> tuple[Bools, Bools]:
    """Choose the best offer with its shock; new capacity is built only if it beats the outside option.

    offers, shock           (..., vendor), utility and standard Gumbel shock
    outside, outside_shock  (..., 1)
    considered              (..., 1), bool: nothing is there yet
    Returns the winner, (..., vendor), one-hot, all False where nothing may be taken or nothing is built; and
    whether a contract was signed, (..., 1).
    """
    winner, best, luck = choice.choose(offers, shock, noise_scale=noise_scale)
    builds = choice.builds(best, luck, outside, outside_shock, noise_scale=noise_scale)
    taken = winner & (builds | ~considered)
    return taken, any_of(taken)


def compute_outside_utility(outside: Numbers, considered: Bools) -> Floats:
    """Return the utility of the outside option, -inf where the lot already has equipment.  (..., 1)."""
    return np.where(considered, outside, -np.inf)


def condition_shocks(
    offers: Floats,
    shock: Floats,
    outside: Numbers,
    outside_shock: Floats,
    considered: Bools,
    noise_scale: Numbers,
    winner: Integers,
) -> tuple[Floats, Floats]:
    """Compute shocks to offers and the outside option with which :func:`choose_offer` takes a recorded offer.

    Arguments as of :func:`choose_offer`; noise_scale above 0; winner (...), slot on record.
    Returns the shocks to offers, (..., vendor), and to the outside option, (..., 1).
    """
    worth = np.concatenate([offers, compute_outside_utility(outside, considered)], axis=-1) / noise_scale
    shocks = choice.given_winner(worth, np.concatenate([shock, outside_shock], axis=-1), winner)
    return shocks[..., :-1], shocks[..., -1:]


class TenderCounts(NamedTuple):
    """Values of renewals and new capacity, USD bn; ``pulled`` by vendor, all other fields (..., 1)."""

    renewed: Floats
    retained: Floats  # part of it that its incumbent kept
    forced: Floats  # part of it that was restricted
    early: Floats  # part of it that was up only because it must go
    pulled: Floats  # (..., vendor), value times P(stay) - P(stay without switching cost)
    surplus: Floats  # value times expected utility of the best offer
    considered: Floats  # what may be built where nothing is, and could be left unbuilt
    coverage_surplus: Floats  # value of that times what the offers are worth over the outside option


def count_tenders(
    value: Floats,
    up: DueLots,
    incumbent: Bools,
    barred: Bools,
    offers: Floats,
    switching: Numbers,
    outside: Numbers,
    winner: Bools,
    noise_scale: Numbers,
) -> TenderCounts:
    """Measure the values and the surplus of the lots that are up.

    value      (..., 1), of the contract, USD bn
    incumbent  (..., vendor), one-hot; barred whether the offer is restricted
    offers     (..., vendor), utility; switching that term of it
    outside    (..., 1), utility of leaving new capacity unbuilt
    winner     (..., vendor), one-hot
    """
    renewed = value * up.renewed
    chance, surplus = choice.logit(offers, noise_scale=noise_scale)
    free, _ = choice.logit(offers - switching, noise_scale=noise_scale)
    gain = choice.coverage_gain(surplus, outside, noise_scale=noise_scale)
    considered = value * (up.considered & ~np.isnan(gain))
    return TenderCounts(
        renewed=renewed,
        retained=renewed * any_of(incumbent & winner),
        forced=renewed * any_of(incumbent & barred),
        early=value * up.early,
        pulled=renewed * choice.switching_pull(incumbent, chance, free),
        surplus=renewed * np.where(np.isnan(surplus), 0.0, surplus),
        considered=considered,
        coverage_surplus=considered * np.where(np.isnan(gain), 0.0, gain),
    )


#: Share of capacity that is not counted as considered: what is left of a market that fills up is rounding
#: in the end, and a mean over it would be no number.
_FULL = 1e-6


class UserFlows(NamedTuple):
    """Flows of users in a year, in shares of capacity, (..., country, vendor) each if not stated otherwise.

    By the vendor that the users had before; ``installed`` and ``gained`` by the vendor they have afterwards.
    """

    installed: Floats  # afterwards, by vendor
    gained: Floats  # who bought from each vendor: renewals and newcomers
    renewed: Floats  # all who were up
    retained: Floats  # of them, who came back
    forced: Floats  # of them, whose vendor is restricted or gone; a single 0 where nothing is
    early: Floats  # of them, who were up only because it must go; a single 0 where nothing is
    pulled: Floats  # who came back and would not have without switching costs
    surplus: Floats  # expected utility, summed over renewals
    considered: Floats  # (..., country, 1), who think of coming new and could go without
    coverage_surplus: Floats  # (..., country, 1), what that is worth to them, summed


def compute_user_moves(
    leaving: Floats, offers: Floats, friction: Floats, noise_scale: Numbers
) -> tuple[users.Appeal, users.Moves]:
    """Compute the appeal of offers to new users, and the destinations of users who are up (N1 to N3).

    leaving  (..., country, vendor), users of each vendor that are up;  further arguments as of
             :func:`compute_user_flows`
    """
    appeal = users.appeal(offers, noise_scale=noise_scale)
    return appeal, users.moves(leaving, appeal, friction, noise_scale=noise_scale)


def compute_user_flows(
    installed: Floats,
    offers: Floats,
    friction: Floats,
    barred: Bools,
    removal: Floats,
    outside: Numbers,
    *,
    lifetime: Numbers,
    greenfield_rate: Numbers,
    noise_scale: Numbers,
) -> UserFlows:
    """Compute a year's flows of users: switches between vendors, renewals and newcomers (N1 to N4).

    installed  (..., country, vendor), shares of capacity
    offers     (..., country, vendor), utility without switching cost, -inf where not to be taken
    friction   (..., vendor, vendor), of (N2)
    barred     (..., country, vendor), bool: restricted, or gone; removal the share of it that must go, of
               (T3), or 1
    outside    (..., country, 1), utility of staying without
    """
    leaving = installed * contracts.contract_end_probability(lifetime)
    forced = early = nothing(installed)
    if np.any(barred):
        early = (installed - leaving) * np.where(barred, removal, 0.0)
        leaving = leaving + early
        forced = np.where(barred, leaving, 0.0)
    appeal, went = compute_user_moves(leaving, offers, friction, noise_scale)
    thinking, come = users.newcomers(total(installed), appeal.surplus, outside, greenfield_rate, noise_scale)
    gained = come * appeal.chance
    gained += went.gained
    after = np.maximum(installed - leaving, 0.0)
    after += gained
    gain = choice.coverage_gain(appeal.surplus, outside, noise_scale=users.noise_of(noise_scale))
    considered = np.where((thinking > _FULL) & ~np.isnan(gain), thinking, 0.0)
    return UserFlows(
        after,
        gained,
        leaving,
        went.stayed,
        forced,
        early,
        went.pulled,
        went.surplus,
        considered,
        considered * np.where(np.isnan(gain), 0.0, gain),
    )


class LeavingEffects(NamedTuple):
    """Effects of leaving on a buyer whose contract ends.  (..., 1) each, NaN without other offers."""

    chance: Floats  # that it goes to somebody else by itself
    loss: Floats  # Delta of (C8), utility units
    rebate: Floats  # of (P10), share of others' prices that makes up for it
    without_switching: Floats  # the same, had it no incumbent to switch from
    net_price: Floats  # what loans leave of others' price, mean over whom it would take; 1 without loans
    others: Floats  # (..., vendor), whom it would take, were those to leave not there; sums to 1


def compute_leaving_effects(
    offers: Floats, switching: Numbers, benefit: Numbers, gone: Bools, price_weight: Numbers, noise: Numbers
) -> LeavingEffects:
    """Compute a buyer's loss without the offers of some vendors, and the rebate that offsets it: (C8), (P10).

    offers        (..., vendor), utility, -inf where not to be taken
    switching     (..., vendor), that term of it
    benefit       (..., vendor), share of the price that loans take off
    gone          (..., vendor), bool: offers of the vendors to leave
    price_weight  (..., 1), beta_p of (U14); noise (..., 1), the scale of chance
    """
    chance, loss, others = choice.forgone(offers, gone, noise_scale=noise)
    _, free, _ = choice.forgone(offers - switching, gone, noise_scale=noise)
    net_price = total(others * (1.0 - np.asarray(benefit)))
    return LeavingEffects(
        chance,
        loss,
        pricing.rebate(loss, price_weight),
        pricing.rebate(free, price_weight),
        np.where(np.isnan(loss), np.nan, net_price),
        others,
    )


def is_willing_lender(appeal: Floats, grant_element: Floats) -> Bools:
    """Whether a lender lends to an economy, at better terms than the economy's own.  (..., lender).

    appeal         (..., lender), log weight, -inf: never
    grant_element  (..., lender), per cent
    """
    return (appeal > -np.inf) & (grant_element > 0)


def is_loan_eligible(sells: Bools, barred: Bools, tied: Bools) -> Bools:
    """Whether a lender's loan may pay for a contract.

    An untied loan may pay for any contract, a tied one where vendors of its sponsor may win the contract.

    sells   (..., lender), whether a vendor of the lender's sponsor is on the market
    barred  (..., lender), whether the buyer may take none of them
    tied    (lender,)
    Returns (..., lender).
    """
    return np.where(tied, np.where(barred, False, sells), True)


def compute_loan_multiple(backbone: Bools, expansion: Numbers, p: Parameters) -> Floats:
    """Compute what a loan pays as a multiple of a contract: the network that it begins, and its backbone.

    A tender covers a part of the spending of its years, the rest follows without a tender; a loan pays for
    both, so that the amount lent does not depend on how spending is divided.

    backbone   (...), whether loans also pay what carries a network
    expansion  (...), part of the domain's spending that follows the base; NaN: that of the parameters
    """
    follows = contracts.follows_base(expansion, p.expansion_share)
    tendered = np.where(follows < 1.0, 1.0 - follows, 1.0)  # nothing is tendered where all of it follows
    return np.where(backbone, p.financed_base, 1.0) / tendered
