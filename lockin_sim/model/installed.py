"""What is installed, by market: of lots, landings and adoptions it follows from what their owners hold."""

from __future__ import annotations

import numpy as np

from lockin_sim.model.state import State
from lockin_sim.rules import adoption, diffusion
from lockin_sim.world import World


def installed_of(world: World, state: State) -> None:
    """Bring ``installed`` up to date where it is derived; users' shares are their own state.

    Operators: the weights of the lots that a vendor runs.  Projects: landings, as shares.  Adopters:
    adoption, over the sum of adoptions.
    """
    lots = world.lots
    if len(lots):
        first, vendors = lots.markets[:-1], state.installed.shape[-1]
        run, lot = np.nonzero(state.incumbent >= 0)
        place = (run * len(first) + lots.market[lot]) * vendors + state.incumbent[run, lot]
        held = np.bincount(place, lots.weight[lot], minlength=len(state.incumbent) * len(first) * vendors)
        state.installed[:, lots.domain[first], lots.country[first]] = held.reshape(-1, len(first), vendors)
    if world.routes is not None:
        state.installed[:, world.routes.domain] = diffusion.market_shares(state.landings)
    for place, d in enumerate(world.bought_by("adopters")):
        state.installed[:, d] = adoption.shares(state.adoption[:, place])
