"""Some outcomes of some runs as one array, with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.studies.contrast import Measure
from lockin_sim.studies.goals import asked
from lockin_sim.studies.options import Setup
from lockin_sim.studies.outcomes import RECORD, Outcome
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


def selected(how: Setup, names: Iterable[str] | None) -> Measure:
    """The named outcomes, goals among them; None = every outcome.

    Raises InputError for an unknown name, and for none.
    """
    known = asked(how.world, names)
    record = (*RECORD, *(name for outcome in known.values() for name in outcome.record))
    labels = outcome_labels(known) | {"year": how.calendar}
    return Measure(Selected(tuple(known)), ("outcome", "year"), labels, tuple(dict.fromkeys(record)))


def outcome_labels(known: Mapping[str, Outcome]) -> dict[str, Any]:
    """Names of outcomes, with label and unit."""
    return {
        "outcome": list(known),
        "outcome_label": ("outcome", [o.label for o in known.values()]),
        "outcome_unit": ("outcome", [o.unit for o in known.values()]),
    }
