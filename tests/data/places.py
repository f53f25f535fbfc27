"""Where labels and years stand in the arrays of a world."""

from __future__ import annotations

import numpy as np

from lockin_sim.world import World


class Places:
    """Positions of labels."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.i = {code: i for i, code in enumerate(world.countries)}
        self.d = {domain: d for d, domain in enumerate(world.domains)}
        self.h = {sponsor: h for h, sponsor in enumerate(world.sponsors)}

    def v(self, domain: str, vendor: str) -> int:
        return int(
            np.flatnonzero(self.world.slot_vendor[self.d[domain]] == self.world.vendors.index(vendor))[0]
        )


def step(year: int) -> int:
    """The place of a year."""
    return year - 2010
