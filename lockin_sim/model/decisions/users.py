"""Users: who leaves whom for whom in a year, and who comes new."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Numbers, tolerance
from lockin_sim.rules import choice, contracts, users
from lockin_sim.rules.reduce import nothing, total

#: Share of capacity that is not counted as considered: what is left of a market that fills up is rounding
#: in the end, and a mean over it would be no number.
_FULL = 1e-6


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
    considered: Floats  # (..., country, 1), who think of coming new and could go without
    coverage_surplus: Floats  # (..., country, 1), what that is worth to them, summed


def flow(
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
    forced = early = nothing(installed)
    if np.any(barred):
        early = (installed - leaving) * np.where(barred, removal, 0.0)
        leaving = leaving + early
        forced = np.where(barred, leaving, 0.0)
    went = users.moves(leaving, appeal, friction, noise_scale=noise_scale)
    new = users.newcomers(total(installed), appeal.surplus, outside, greenfield_rate, noise_scale)
    gained = new.come * appeal.chance
    gained += went.gained
    after = np.maximum(installed - leaving, 0.0)
    after += gained
    gain = choice.coverage_gain(appeal.surplus, outside, noise_scale=users.noise_of(noise_scale, installed))
    some = new.considered > tolerance(_FULL, new.considered)
    considered = np.where(some & ~np.isnan(gain), new.considered, 0.0)
    return Flowed(
        after, gained, leaving, went.stayed, forced, early, went.locked, went.surplus,
        considered, considered * np.where(np.isnan(gain), 0.0, gain),
    )  # fmt: skip
