"""Titles of scenarios, and their definitions stored in a comparison, so that it can be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.common.formats import opening, quoted, spoken
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.levers.use import format_setting, format_settings
from lockin_sim.settings.parameters import collect_declarations, parameter_title
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.scenario import Named, Scenario, is_built_in, load_scenario
from lockin_sim.world.names import format_lever_targets

if TYPE_CHECKING:
    import xarray as xr

#: The lever that sets what a state lends.
LOANS = "export_finance"

#: Coordinate along ``scenario``: its title.
TITLE = "scenario_title"

#: Coordinate along ``scenario``: whether it changes the past; and the word for one that does.
THOUGHT = "scenario_thought_experiment"
THOUGHT_EXPERIMENT = "thought experiment"
OF_THOUGHT = f"{THOUGHT_EXPERIMENT}: it changes the past"

#: Coordinates along ``scenario``: path of its file, blank without one; its settings, as JSON.
FILE, DEFINITION = "scenario_file", "scenario_definition"


def scenario_title(name: str, ds: Mapping[Any, Any] | None = None) -> str:
    """Return the title of a scenario: from a dataset, its file if it is built in, or its name in words.

    ds  a dataset with ``scenario_title`` along ``scenario``, if available
    """
    titled = get_scenario_label(ds, TITLE, name) if ds is not None else ""
    return titled or _load_built_in_titles().get(name) or opening(spoken(name))


def is_marked_thought_experiment(name: str, ds: Mapping[Any, Any]) -> bool:
    """Whether a dataset marks a scenario as one that changes the past.

    False if the dataset has no such mark.
    """
    return get_scenario_label(ds, THOUGHT, name) == "True"


def baseline_phrase(name: str, ds: Mapping[Any, Any] | None = None) -> str:
    """Return the baseline as named in a sentence: 'the baseline', or another scenario's title in quotes."""
    title = scenario_title(name, ds)
    return f"the {title.lower()}" if title.isalpha() else quoted(title)


@cache
def _load_built_in_titles() -> dict[str, str]:
    """Load the titles of the built-in scenarios by name; the result is cached."""
    return {name: load_scenario(name).called for name in scenarios()}


def map_scenario_files(named: Iterable[Named]) -> dict[str, str]:
    """Return the paths of scenarios that were given as files, by name of the scenario."""
    paths = [n for n in named if isinstance(n, Path) or (isinstance(n, str) and not is_built_in(n))]
    return {load_scenario(path).name: str(path) for path in paths}


def add_scenario_files(ds: xr.Dataset, files: Mapping[str, str]) -> xr.Dataset:
    """Add the file of each scenario to a dataset, as a coordinate; blank for a scenario without a file."""
    names = [str(name) for name in ds["scenario"].values]
    return ds.assign_coords({FILE: ("scenario", [files.get(name, "") for name in names])})


def build_definition_coordinate(chosen: Sequence[Scenario]) -> dict[str, Any]:
    """Build the coordinate with the levers and parameters of scenarios as JSON, one text for each."""
    how: dict[str, Any] = {"mode": "json", "by_alias": True, "exclude_none": True}
    sets = [scenario.model_dump(include={"parameters", "levers"}, **how) for scenario in chosen]
    return {DEFINITION: ("scenario", [json.dumps(each, ensure_ascii=False) for each in sets])}


def get_scenario_label(ds: Mapping[Any, Any], coordinate: str, scenario: str) -> str:
    """Return a scenario's entry in a coordinate of a dataset; "" if the dataset has no such entry."""
    names = ds["scenario"].values.reshape(-1).tolist() if coordinate in ds else []
    return str(ds[coordinate].values.reshape(-1)[names.index(scenario)]) if scenario in names else ""


def find_loan_free_years(definition: str) -> tuple[int, int | None] | None:
    """Find the years in which a scenario takes state loans away, from its settings.

    Returns the first and the last year, None for an open end; None where it takes no loans away.
    """
    uses = json.loads(definition).get("levers", ()) if definition else ()
    taken = [use for use in uses if use["lever"] == LOANS and use.get("envelope") == 0]
    spans = [(use["from"], use.get("to")) for use in taken]
    if not spans:
        return None
    ends = [last for _, last in spans]
    return min(first for first, _ in spans), None if None in ends else max(ends)


def format_definition(definition: str) -> list[str]:
    """Format the settings of a scenario in words, one line for each lever use or parameter.

    Example: 'State loans abroad, European Union, from 2025: money for loans 10 bn USD'.
    """
    sets = json.loads(definition) if definition else {}
    known, lines = collect_declarations(), []
    for use in sets.get("levers", ()):
        lever, targets, first, last = (use.pop(key, None) for key in ("lever", "target", "from", "to"))
        on = format_lever_targets([targets] if isinstance(targets, str) else list(targets))
        when = f"from {first}" if last is None else f"{first} to {last}"
        titled = LEVERS[lever].title if lever in LEVERS else spoken(lever)
        lines.append(f"{titled}, {on}, {when}: {format_settings(lever, use)}")
    for name, value in sets.get("parameters", {}).items():
        lines.append(format_setting(parameter_title(name), value, known[name].unit if name in known else ""))
    return lines
