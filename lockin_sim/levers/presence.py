"""Levers of place: partners that make an offer half a local one, and being present where it is sold."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools
from lockin_sim.levers.registry import PLACE, Setting, lever
from lockin_sim.levers.targets import countries_of
from lockin_sim.world import Conditions, World

_WHERE = Setting("", 0, 0, "economy or group where it acts", PLACE)
_STAKE = Setting("share", 0, 1, "part of the home bonus that the partner gives; neutral 0")
_UTILITY = Setting("utility", -5, 5, "added to the offer; neutral 0")


@lever("vendor")
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


@lever("vendor")
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
