"""Levers of security: attention, pressure, restrictions and caps on a vendor's share."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.levers.registry import SPONSOR, STUDIED, Setting, lever
from lockin_sim.world import Conditions, World

_ON = Setting("whose vendors", "", 0, 0, "sponsor whose vendors are in question", SPONSOR)
_MODE = Setting(
    "who restricts",
    "",
    0,
    0,
    "coordinated: all restrict; none: nobody may; national (neutral): each decides",
    ("coordinated", "national", "none"),
)


@lever("country", title="Diplomatic pressure to restrict")
def alliance_pressure(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, _ON] = STUDIED,
    pressure: Annotated[
        float,
        Setting(
            "readiness to restrict, added", "logit", -5, 5, "added to the readiness to restrict; neutral 0"
        ),
    ] = 0.0,
) -> None:
    """Diplomatic pressure on countries to restrict (or not) a sponsor's vendors."""
    conditions.pressure[np.ix_(when, targets, [world.sponsors.index(on)])] += pressure


@lever("sponsor", title="Security on the agenda")
def salience(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    factor: Annotated[
        float, Setting("attention", "factor", 0, 50, "multiplies the salience, 1 at most; neutral 1")
    ] = 1.0,
) -> None:
    """How much the security of a sponsor's vendors is on the agenda, beside the fading after the record."""
    cells = np.ix_(when, targets)
    recorded = conditions.salience[cells]
    conditions.salience[cells] = np.where(factor == 1.0, recorded, np.minimum(1.0, factor * recorded))


@lever("country", title="Restriction of vendors")
def restriction(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, _ON] = STUDIED,
    mode: Annotated[
        str,
        _MODE,
    ] = "national",
    forced_replacement: Annotated[
        float,
        Setting(
            "time to replace what is there",
            "years",
            0,
            30,
            "years in which the restricted base must be replaced; 0 (neutral): not forced",
        ),
    ] = 0.0,
) -> None:
    """Rules that keep a sponsor's vendors out of sensitive domains, or forbid to do so.

    A decision of a union of states is this lever on the group of its members.
    """
    order = {"coordinated": 1, "national": 0, "none": -1}[mode]
    if order:
        conditions.restriction_order[np.ix_(when, targets, [world.sponsors.index(on)])] = order
    if forced_replacement:
        conditions.phase_out_years[np.ix_(when, targets, [world.sponsors.index(on)])] = forced_replacement


@lever("country", title="Cap on any one vendor")
def diversification(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    share_cap: Annotated[
        float,
        Setting(
            "largest share of one vendor",
            "share",
            0.05,
            1,
            "largest share of a network that one vendor may reach; neutral 1",
        ),
    ] = 1.0,
) -> None:
    """A cap on the share of any one vendor in a country's sensitive networks; it cannot bind a single lot."""
    cells = np.ix_(when, np.flatnonzero(world.sensitive), targets)
    conditions.share_cap[cells] = np.minimum(conditions.share_cap[cells], share_cap)
