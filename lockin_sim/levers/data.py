"""Levers of data: what rules on personal data cost vendors, whom they keep out, and how fast they spread."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.levers.registry import SPONSOR, STUDIED, Setting, lever
from lockin_sim.world import Conditions, World

_RULES = Setting(
    "whose rules apply",
    "",
    0,
    0,
    "sponsor whose data rules the targets apply; unset: their own, if any",
    SPONSOR,
)
_COST = Setting(
    "cost of rules that differ most",
    "share of price",
    0,
    1,
    "added by vendors whose rules are farthest from these; neutral 0",
)
_ON = Setting("whose vendors", "", 0, 0, "sponsor whose vendors are in question", SPONSOR)
_LAWS = Setting(
    "chance of a law",
    "per year",
    0,
    1,
    "hazard of a law of the family where there is none; unset: as recorded",
)
_MODE = Setting(
    "whether they may sell",
    "",
    0,
    0,
    "closed: they may not sell; open: they may; recorded (neutral): as barriers stand",
    ("closed", "open", "recorded"),
)


@lever("country", title="Rules on personal data")
def data_protection(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    rules: Annotated[str | None, _RULES] = None,
    cost: Annotated[float, _COST] = 0.0,
) -> None:
    """Rules on personal data that cost a vendor the more, the farther its own jurisdiction's rules are."""
    if rules is None:
        applied = world.home[targets].astype(float)
    else:
        applied = np.tile(np.equal(world.sponsors, rules).astype(float), (len(targets), 1))
    conditions.compliance_cost[np.ix_(when, targets)] += cost * applied @ world.rule_distance.T


@lever("country", title="Barrier where personal data is held")
def data_localisation(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, _ON] = STUDIED,
    mode: Annotated[str, _MODE] = "recorded",
) -> None:
    """A home-market barrier to a sponsor's vendors where they would hold personal data, or its removal."""
    if mode == "recorded":
        return
    sponsor = world.sponsors.index(on)
    closed = (mode == "closed") & ~world.home[targets, sponsor]
    domains = np.flatnonzero(world.personal_data)
    conditions.barrier[np.ix_(when, domains, targets, [sponsor])] = closed[:, None]


@lever("vendor", title="Spread of laws and protocols")
def adoption(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    rate: Annotated[float | None, _LAWS] = None,
) -> None:
    """How fast states without it pass a family's law, of data or protocols, before what each thinks of it."""
    if rate is not None:
        laws = targets & world.enacted[:, None]
        conditions.adoption_rate[when] = np.where(laws, rate, conditions.adoption_rate[when])
