"""Users: who leaves whom for whom in a year, and who comes new."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Numbers
from lockin_sim.rules import contracts, users
from lockin_sim.rules.reduce import total


class Flowed(NamedTuple):
    """A year of users, in shares of capacity: (..., country, vendor) each but the last two."""

    installed: Floats  # afterwards
    gained: Floats  # who bought from each vendor: renewals and newcomers
    renewed: Floats  # (..., country, 1), all who were up
    retained: Floats  # (..., country, 1), of them, who came back
    forced: Floats  # (..., country, 1), of them, whose vendor is restricted
    early: Floats  # (..., country, 1), of them, who were up only because it must go
    locked: Floats  # who came back and would not have without switching costs
    surplus: Floats  # (..., country, 1), expected utility, summed over renewals


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
    regular = installed * contracts.contract_end_probability(lifetime)
    early = (installed - regular) * np.where(barred, removal, 0.0)
    leaving = regular + early
    went = users.moves(leaving, appeal, friction, noise_scale=noise_scale)
    deployed = total(installed)
    new = users.newcomers(deployed, appeal.surplus, outside, greenfield_rate, noise_scale)
    gained = went.gained + new * appeal.weight / appeal.total
    return Flowed(
        installed=np.maximum(installed - leaving, 0.0) + gained,
        gained=gained,
        renewed=total(leaving),
        retained=total(went.stayed),
        forced=total(np.where(barred, leaving, 0.0)),
        early=total(early),
        locked=went.locked,
        surplus=went.surplus,
    )
