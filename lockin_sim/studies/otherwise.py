"""What each policy does where the assumption that it leans on most is made otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lockin_sim.errors import InputError
from lockin_sim.scenario import Scenario
from lockin_sim.studies.parts import Part, compare_parts

if TYPE_CHECKING:
    import xarray as xr

#: How names of these studies begin; the rest is the name of the study with the assumption as it is.
OTHERWISE = "otherwise_"

#: Coordinate along ``scenario``: what is assumed instead.
WHEN = "scenario_otherwise"


def turned(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Policies with their assumption made otherwise, under their own names; yardsticks are nobody's choice.

    Raises InputError if none of them says in its file what would be assumed instead.
    """
    found = [other for s in scenarios if not s.yardstick and (other := s.made_otherwise()) is not None]
    if not found:
        text = "found no scenario that says what else could be assumed; allowed: one with [otherwise]"
        raise InputError(f"otherwise: {text} in its file.")
    return found


def otherwise(parts: Iterable[Part], scenarios: Sequence[Scenario], **how: Any) -> dict[str, xr.Dataset]:
    """The parts of a comparison for policies whose assumption is made otherwise.

    scenarios  as they are; those without an ``otherwise`` are left out
    Other arguments as in :func:`lockin_sim.compare`.
    Returns the datasets by name, each behind ``otherwise_``, with what is assumed in ``scenario_otherwise``.
    Raises InputError for anything that cannot be used, and where no scenario can be turned.
    """
    when = {s.name: s.otherwise.when for s in scenarios if s.otherwise is not None}
    found = compare_parts(parts, turned(scenarios), **how)
    return {
        OTHERWISE + name: ds.assign_coords(
            {WHEN: ("scenario", [when.get(str(s), "") for s in ds["scenario"].values])}
        )
        for name, ds in found.items()
    }
