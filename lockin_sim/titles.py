"""What scenarios are called in print, and what a comparison keeps of them so that it can be made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.lever_use import said, settings_said
from lockin_sim.levers import LEVERS
from lockin_sim.parameters import declarations, parameter_title
from lockin_sim.policies import scenarios
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.wording import opening, quoted, spoken
from lockin_sim.world.names import target_names

if TYPE_CHECKING:
    import xarray as xr

#: Coordinate along ``scenario`` that holds what people read in place of its name.
TITLE = "scenario_title"

#: Coordinate along ``scenario``: whether it changes the past; and what is said of one that does.
THOUGHT = "scenario_thought_experiment"
THOUGHT_EXPERIMENT = "thought experiment"
OF_THOUGHT = f"{THOUGHT_EXPERIMENT}: it changes the past"

#: Coordinates along ``scenario``: path of the file as given, blank if there was none; what it sets, as JSON.
FILE, DEFINITION = "scenario_file", "scenario_definition"


def scenario_title(name: str, ds: Mapping[Any, Any] | None = None) -> str:
    """What a scenario is called in print: as a dataset says, as its file does if it is built in, or its name.

    ds  a dataset with ``scenario_title`` along ``scenario``, where there is one
    """
    titled = label_of(ds, TITLE, name) if ds is not None else ""
    return titled or _built_in_titles().get(name) or opening(spoken(name))


def is_thought(name: str, ds: Mapping[Any, Any]) -> bool:
    """Whether a scenario of a dataset changes the past, as far as the dataset tells."""
    return label_of(ds, THOUGHT, name) == "True"


def baseline_name(name: str, ds: Mapping[Any, Any] | None = None) -> str:
    """What effects are differences from, after an article: 'baseline', or another scenario's title quoted."""
    title = scenario_title(name, ds)
    return title.lower() if title.isalpha() else quoted(title)


@cache
def _built_in_titles() -> dict[str, str]:
    """Titles of the bundled scenarios."""
    return {name: load_scenario(name).called for name in scenarios()}


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
    how: dict[str, Any] = {"mode": "json", "by_alias": True, "exclude_none": True}
    sets = [scenario.model_dump(include={"parameters", "levers"}, **how) for scenario in chosen]
    return {DEFINITION: ("scenario", [json.dumps(each, ensure_ascii=False) for each in sets])}


def label_of(ds: Mapping[Any, Any], coordinate: str, scenario: str) -> str:
    """A scenario's entry in one of the coordinates; blank where a dataset has none."""
    names = ds["scenario"].values.reshape(-1).tolist() if coordinate in ds else []
    return str(ds[coordinate].values.reshape(-1)[names.index(scenario)]) if scenario in names else ""


def in_words(definition: str) -> list[str]:
    """What a scenario sets: 'State loans abroad, European Union, from 2025: money for loans 10 bn USD'."""
    sets = json.loads(definition) if definition else {}
    known, lines = declarations(), []
    for use in sets.get("levers", ()):
        lever, targets, first, last = (use.pop(key, None) for key in ("lever", "target", "from", "to"))
        on = target_names([targets] if isinstance(targets, str) else list(targets))
        when = f"from {first}" if last is None else f"{first} to {last}"
        titled = LEVERS[lever].title if lever in LEVERS else spoken(lever)
        lines.append(f"{titled}, {on}, {when}: {settings_said(lever, use)}")
    for name, value in sets.get("parameters", {}).items():
        lines.append(said(parameter_title(name), value, known[name].unit if name in known else ""))
    return lines
