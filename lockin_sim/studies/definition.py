"""What a comparison keeps of its scenarios, so that it can be made again: their files, and what they set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.levers import LEVERS
from lockin_sim.parameters import declarations, parameter_title
from lockin_sim.policies import scenarios
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.uses import said, settings_said
from lockin_sim.wording import spoken
from lockin_sim.world.names import target_names

if TYPE_CHECKING:
    import xarray as xr

#: Coordinates along ``scenario``: path of the file as given, blank if there was none; what it sets, as JSON.
FILE, DEFINITION = "scenario_file", "scenario_definition"


def files_of(given: Iterable[Named]) -> dict[str, str]:
    """Paths as given of those scenarios that come from files, by name of the scenario."""
    paths = [n for n in given if isinstance(n, Path) or (isinstance(n, str) and n not in scenarios())]
    return {load_scenario(path).name: str(path) for path in paths}


def with_files(ds: xr.Dataset, files: Mapping[str, str]) -> xr.Dataset:
    """The dataset with the file of each scenario."""
    names = [str(name) for name in ds["scenario"].values]
    return ds.assign_coords({FILE: ("scenario", [files.get(name, "") for name in names])})


def definitions(chosen: Sequence[Scenario]) -> dict[str, Any]:
    """The coordinate with levers and parameters of scenarios, with those of what they are based on."""
    return {DEFINITION: ("scenario", [json.dumps(_defined(s), ensure_ascii=False) for s in chosen])}


def _defined(scenario: Scenario) -> dict[str, Any]:
    """What a scenario changes, without its names."""
    fields = {"parameters", "levers"}
    return scenario.model_dump(mode="json", by_alias=True, exclude_none=True, include=fields)


def label_of(ds: xr.Dataset, coordinate: str, scenario: str) -> str:
    """A scenario's entry in one of the coordinates; blank where a dataset has none."""
    return str(ds[coordinate].sel(scenario=scenario).item()) if coordinate in ds.coords else ""


def in_words(definition: str) -> list[str]:
    """What a scenario sets: 'State loans abroad, European Union, from 2025: money for loans 10 bn USD'."""
    found = json.loads(definition) if definition else {}
    return [*map(_use, found.get("levers", ())), *_parameters(found.get("parameters", {}))]


def _use(use: dict[str, Any]) -> str:
    """One use of a lever in a line."""
    lever, targets, first, last = (use.pop(key, None) for key in ("lever", "target", "from", "to"))
    on = target_names([targets] if isinstance(targets, str) else list(targets))
    when = f"from {first}" if last is None else f"{first} to {last}"
    titled = LEVERS[lever].title if lever in LEVERS else spoken(lever)
    return f"{titled}, {on}, {when}: {settings_said(lever, use)}"


def _parameters(values: Mapping[str, float]) -> Iterator[str]:
    """Changed parameters, a line each."""
    known = declarations()
    for name, value in values.items():
        yield said(parameter_title(name), value, known[name].unit if name in known else "")
