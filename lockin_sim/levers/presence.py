"""Levers of place: partners that make an offer half a local one, presence where it is sold, and training."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.levers.registry import PLACE, Setting, lever
from lockin_sim.levers.targets import countries_of
from lockin_sim.world import Conditions, World

_WHERE = Setting("where it acts", "", 0, 0, "economy or group where it acts", PLACE)
_STAKE = Setting(
    "partner's part of the home bonus",
    "share",
    0,
    1,
    "part of the home bonus that the partner gives; neutral 0",
)
_UTILITY = Setting("worth to buyers", "utility", -5, 5, "added to the offer; neutral 0")
_OFFERED = Setting(
    "whether it is offered",
    "",
    0,
    0,
    "open: it is, from its first year on; closed: it is not; recorded (neutral): as its service area says",
    ("open", "closed", "recorded"),
)
_DRIFT = Setting(
    "affinity gained each year",
    "per year",
    -0.2,
    0.2,
    "added to affinity, -1 to 1, in every year of it; neutral 0",
)


@lever("vendor", title="Local partner")
def local_partner(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    where: Annotated[str, _WHERE] = "world",
    stake: Annotated[float, _STAKE] = 0.0,
) -> None:
    """A local partner through which a vendor enters abroad; the larger stake counts, and home stays home."""
    cells = targets[:, None] & countries_of(world, "local_partner.where", where)[:, None]
    part = conditions.home_part[when]
    conditions.home_part[when] = np.where(cells, np.maximum(part, stake), part)


@lever("vendor", title="Presence in a place")
def presence(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    where: Annotated[str, _WHERE] = "world",
    utility: Annotated[float, _UTILITY] = 0.0,
) -> None:
    """What makes an offer better or worse in some places alone: a region of a cloud, a public rail of
    payments, a ban on an app, a satellite's ground stations."""
    cells = targets[:, None] & countries_of(world, "presence.where", where)[:, None]
    conditions.place_utility[when] += utility * cells


@lever("vendor", title="Service area")
def service(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    where: Annotated[str, _WHERE] = "world",
    mode: Annotated[str, _OFFERED] = "recorded",
) -> None:
    """An offer comes to some places, or is withdrawn there: a vendor that leaves a market, or a system that
    so far is on paper alone.  Its own states have a system or a law once it is offered there."""
    if mode != "recorded":
        cells = targets[:, None] & countries_of(world, "service.where", where)[:, None]
        conditions.served[when] = np.where(cells, mode == "open", conditions.served[when])


@lever("sponsor", title="Training programmes")
def training(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    where: Annotated[str, _WHERE] = "world",
    drift: Annotated[float, _DRIFT] = 0.0,
) -> None:
    """Programmes of training, scholarships or a brand: affinity with a sponsor grows year by year while they
    run, and what was gained stays."""
    abroad = countries_of(world, "training.where", where)[:, None] & ~world.home[:, targets]
    gained = drift * np.cumsum(when)[:, None, None] * abroad
    before = conditions.affinity[..., targets]
    conditions.affinity[..., targets] = np.where(gained == 0.0, before, np.clip(before + gained, -1.0, 1.0))
