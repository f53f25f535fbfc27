"""What is installed, by market: of lots, landings and adoptions it follows from what their owners hold."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.model.state import State
from lockin_sim.rules import adoption, diffusion
from lockin_sim.world import World


def installed_of(world: World, state: State) -> None:
    """Bring ``installed`` up to date where it is derived; users' shares are their own state.

    Operators: the weights of the lots that a vendor runs.  Projects: landings, as shares.  Adopters:
    adoption, over the sum of adoptions.
    """
    lots, (runs, _, _, vendors) = world.lots, state.installed.shape
    if len(lots):
        # a column before those of the vendors takes what nobody runs
        place = state.incumbent + (lots.market * (vendors + 1) + 1)
        place += np.arange(runs)[:, None] * (len(lots.markets) - 1) * (vendors + 1)
        weight = np.broadcast_to(lots.weight, place.shape).ravel()
        size = runs * (len(lots.markets) - 1) * (vendors + 1)
        held = np.bincount(place.ravel(), weight, size).reshape(runs, -1, vendors + 1)[..., 1:]
        for d, country, mine in lots.by_domain:
            state.installed[:, d, country] = held[:, mine]
    if world.routes is not None:
        state.installed[:, world.routes.domain] = diffusion.market_shares(state.landings)
    for place, d in enumerate(world.bought_by("adopters")):
        used = world.slots_used[d]
        state.installed[:, d, :, :used] = adoption.shares(state.adoption[:, place, :, :used])


def run_lots(
    incumbent: Integers, domain: Integers, country: Integers, weight: Floats, installed: Floats
) -> None:
    """The same of the lots of one run, in loops.

    incumbent        (lot,), slot, -1 if nothing is there
    domain, country  (lot,), those of a market together; weight (lot,)
    installed        (domain, country, vendor), filled in markets that have lots
    """
    for k in range(len(incumbent)):
        d, i = domain[k], country[k]
        if k == 0 or d != domain[k - 1] or i != country[k - 1]:
            for v in range(installed.shape[2]):
                installed[d, i, v] = 0.0
        if incumbent[k] >= 0:
            installed[d, i, incumbent[k]] += weight[k]
