"""Some outcomes of some runs as one array, with their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.studies.goals import asked
from lockin_sim.studies.outcomes import Outcome
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Selected:
    """Reduces runs to ``values`` (run, outcome, year) of the named outcomes.

    Raises InputError for none.
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.names:
            raise unusable("outcomes", found=self.names, allowed="at least one")

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        found = asked(world, self.names)
        return {"values": np.stack([outcome.of(ds, world) for outcome in found.values()], axis=1)}


def outcome_labels(known: Mapping[str, Outcome]) -> dict[str, Any]:
    """Names of outcomes, with label and unit."""
    return {
        "outcome": list(known),
        "outcome_label": ("outcome", [o.label for o in known.values()]),
        "outcome_unit": ("outcome", [o.unit for o in known.values()]),
    }
