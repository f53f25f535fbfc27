"""Operators: which lots are up, what is taken, and what renewals show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats, Integers, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import choice as choosing
from lockin_sim.rules import contracts
from lockin_sim.rules.reduce import any_of, as_kind


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


def left_by(by_generation: Floats, arrived: Integers) -> Floats:
    """Part of the switching cost that the newest generation leaves, all of it where there is none.

    by_generation  (..., generation), part that each leaves
    arrived        (..., 1), the newest that the lot is due for
    Returns (..., 1).
    """
    if not by_generation.shape[-1]:
        return np.ones(arrived.shape, dtype=by_generation.dtype)
    return np.take_along_axis(by_generation, np.maximum(arrived, 0), axis=-1)


def carried_over(
    incumbent: Integers, freed: Bools, left: Numbers, relative: Numbers, p: Parameters
) -> Floats:
    """Part of the switching cost that counts: all of it, or what a new generation leaves; none where nothing
    is there.

    incumbent  (..., 1), slot, -1 if nothing is there;  freed (..., 1), whether a generation puts the lot up
    left       (..., 1), part that it leaves, times carry_over;  relative (..., 1), the domain's cost
    Returns (..., 1).
    """
    return np.where(incumbent >= 0, np.where(freed, p.carry_over * left, 1.0) * relative, 0.0)


def end_chance(by_generation: Bools, lifetime: Numbers, p: Parameters) -> Floats:
    """Chance that a contract ends this year, between generations or where none come.

    by_generation  (..., lot), whether its domain moves by generations
    lifetime       (..., lot), years
    """
    return np.where(by_generation, p.contract_end_rate, contracts.contract_end_probability(lifetime))


def must_go(since: Integers, allowed: Floats, year: int) -> Floats:
    """Share of each sponsor's restricted base that must go this year, by restrictions of the years before.

    since    (..., sponsor), year in which each restriction began, -1 if there is none
    allowed  (..., sponsor), years to replace what is restricted, 0 means that nothing is forced
    """
    restricted = since >= 0
    passed = as_kind(np.where(restricted, year - 1.0 - since, 0.0), allowed)
    return np.where(restricted, contracts.removal_share(allowed, passed), 0.0)


def following(starts: Integers, year: int) -> Integers:
    """Year in which each lot is due for its next generation, NEVER if none follows.

    starts  (..., lot, generation), year in which each lot is due for each
    Returns (..., lot).
    """
    found: Integers = np.where(starts > year, starts, NEVER).min(axis=-1, initial=NEVER)
    return found


def generations(starts: Integers, run: int, lot: int, year: int) -> tuple[int, int]:
    """Newest generation that one lot is due for, -1 before the first, and :func:`following`, by loops.

    starts  (generation, run, lot), year in which each lot is due for each
    """
    arrived, next_due = -1, NEVER
    for g in range(len(starts)):
        start = starts[g, run, lot]
        if start <= year:
            arrived += 1
        else:
            next_due = min(next_due, start)
    return arrived, next_due


def contract_years(following: Integers, year: int, lifetime: Floats, p: Parameters) -> Floats:
    """Years that a contract signed now is expected to last: to the next generation, or its end by chance.

    following  (..., lot), year in which each lot is due for its next generation
    lifetime   (..., lot), years, where no generation follows
    p          parameters that meet (..., lot)
    Returns (..., lot).
    """
    ahead = np.where(following < NEVER, following - float(year), np.inf)
    return contracts.expected_years(p.contract_end_rate, as_kind(ahead, lifetime), lifetime)


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
