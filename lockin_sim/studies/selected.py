"""Some outcomes of some runs as one array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.studies.outcomes import select
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Selected:
    """Reduces runs to ``values`` (run, outcome, year) of the named outcomes."""

    names: tuple[str, ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        found = select(world, self.names)
        return {"values": np.stack([outcome.of(ds, world) for outcome in found.values()], axis=1)}
