"""Operators: which lots are up, what is taken, and what renewals show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats, Integers, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import choice as choosing
from lockin_sim.rules import contracts
from lockin_sim.rules.reduce import any_of


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


def contract_years(starts: Integers, year: int, lifetime: Numbers, p: Parameters) -> Floats:
    """Years that a contract signed now is expected to last: to the next generation, or its end by chance.

    starts    (..., lot, generation), year in which each lot is due for each
    lifetime  (..., lot), years, where no generation follows
    p         parameters that meet (..., lot)
    Returns (..., lot).
    """
    following = np.where(starts > year, starts, NEVER).min(axis=-1, initial=NEVER)
    ahead = np.where(following < NEVER, following - float(year), np.inf)
    return contracts.expected_years(p.contract_end_rate, ahead.astype(np.asarray(lifetime).dtype), lifetime)


class Chosen(NamedTuple):
    """What was taken."""

    winner: Bools  # (..., vendor), one-hot; nobody where nothing may be taken or nothing is built
    signed: Bools  # (..., 1), whether a contract was signed


def choose(
    offers: Floats,
    shock: Floats,
    outside: Numbers,
    outside_shock: Floats,
    considered: Bools,
    noise_scale: Numbers,
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
    """What renewals and new capacity show, by value (USD bn); ``locked`` by vendor, the others (..., 1)."""

    renewed: Floats
    retained: Floats  # part of it that its incumbent kept
    forced: Floats  # part of it that was restricted
    early: Floats  # part of it that was up only because it must go
    locked: Floats  # (..., vendor), value times P(stay) - P(stay without switching cost)
    surplus: Floats  # value times expected utility of the best offer
    considered: Floats  # what may be built where nothing is, and could be left unbuilt
    coverage_surplus: Floats  # value of that times what the offers are worth over the outside option


def count(
    value: Floats,
    up: Due,
    incumbent: Bools,
    barred: Bools,
    offers: Floats,
    switching: Floats,
    outside: Numbers,
    winner: Bools,
    noise_scale: Numbers,
) -> Counted:
    """What the lots that are up show.

    value      (..., 1), of the contract, USD bn
    incumbent  (..., vendor), one-hot; barred whether the offer is restricted
    offers     (..., vendor), utility; switching that term of it
    outside    (..., 1), utility of leaving new capacity unbuilt
    """
    renewed = value * up.renewed
    chance, surplus = choosing.logit(offers, noise_scale=noise_scale)
    free, _ = choosing.logit(offers - switching, noise_scale=noise_scale)
    gain = choosing.coverage_gain(surplus, outside, noise_scale=noise_scale)
    considered = value * (up.considered & ~np.isnan(gain))
    return Counted(
        renewed=renewed,
        retained=renewed * any_of(incumbent & winner),
        forced=renewed * any_of(incumbent & barred),
        early=value * up.early,
        locked=renewed * choosing.lock_in(incumbent, chance, free),
        surplus=renewed * np.where(np.isnan(surplus), 0.0, surplus),
        considered=considered,
        coverage_surplus=considered * np.where(np.isnan(gain), 0.0, gain),
    )
