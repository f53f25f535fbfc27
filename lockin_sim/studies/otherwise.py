"""What each policy does where the assumption that it leans on most is made otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lockin_sim.errors import InputError
from lockin_sim.scenario import Scenario
from lockin_sim.studies.parts import Part, compare_parts
from lockin_sim.world import world_of

if TYPE_CHECKING:
    import xarray as xr

#: How names of these studies begin; the rest is the name of the study with the assumption as it is.
OTHERWISE = "otherwise_"

#: Coordinates along ``scenario``: the policy that a scenario is, and what is assumed instead.
POLICY, WHEN = "scenario_policy", "scenario_otherwise"


def turned(scenarios: Iterable[Scenario], present: int) -> dict[str, tuple[Scenario, str]]:
    """Policies with one assumption made otherwise, by name: the scenario, and the policy that it is.

    Yardsticks and what changes the past, nobody's choice, are left out.
    Raises InputError if no scenario says in its file what would be assumed instead.
    """
    choices = (s for s in scenarios if not s.yardstick and not s.is_thought_experiment(present))
    found = {o.name: (o, s.name) for s in choices for o in s.made_otherwise()}
    if not found:
        text = "found no scenario that says what else could be assumed; allowed: one with [[otherwise]]"
        raise InputError(f"otherwise: {text} in its file.")
    return found


def otherwise(parts: Iterable[Part], scenarios: Iterable[Scenario], **how: Any) -> dict[str, xr.Dataset]:
    """The parts of a comparison for policies of which one assumption is made otherwise.

    scenarios  as they are; those without an ``otherwise`` are left out
    Other arguments as in :func:`lockin_sim.compare`.
    Returns the datasets by name, each behind ``otherwise_``; ``scenario_decides`` is the assumption as it is,
    ``scenario_otherwise`` what is assumed instead, ``scenario_policy`` the name of the policy.
    Raises InputError for anything that cannot be used, and where no scenario can be turned.
    """
    others = turned(scenarios, world_of(how.get("world")).present)
    found = compare_parts(parts, [scenario for scenario, _ in others.values()], **how)
    return {OTHERWISE + name: _labelled(ds, others) for name, ds in found.items()}


def _labelled(ds: xr.Dataset, others: Mapping[str, tuple[Scenario, str]]) -> xr.Dataset:
    """The dataset with the policy of each scenario, and what it assumes; the baseline is its own."""
    names = [str(name) for name in ds["scenario"].values]
    policies = [others[name][1] if name in others else name for name in names]
    when = [
        name.removeprefix(f"{policy}, ") if name in others else ""
        for name, policy in zip(names, policies, strict=True)
    ]
    return ds.assign_coords({POLICY: ("scenario", policies), WHEN: ("scenario", when)})
