"""What scenarios are called in print."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from lockin_sim.policies import scenarios
from lockin_sim.scenario import load_scenario
from lockin_sim.wording import opening, quoted, spoken

#: Coordinate along ``scenario`` that holds what people read in place of its name.
TITLE = "scenario_title"

#: Coordinate along ``scenario``: whether it changes the past; and what is said of one that does.
THOUGHT = "scenario_thought_experiment"
THOUGHT_EXPERIMENT = "thought experiment"
OF_THOUGHT = f"{THOUGHT_EXPERIMENT}: it changes the past"


def scenario_title(name: str, ds: Mapping[Any, Any] | None = None) -> str:
    """What a scenario is called in print: as a dataset says, as its file does if it is built in, or its name.

    ds  a dataset with ``scenario_title`` along ``scenario``, where there is one
    """
    if ds is not None and TITLE in ds:
        names = [str(one) for one in ds["scenario"].values.reshape(-1)]
        if name in names:
            return str(ds[TITLE].values.reshape(-1)[names.index(name)])
    return _built_in_titles().get(name) or opening(spoken(name))


def is_thought(name: str, ds: Mapping[Any, Any]) -> bool:
    """Whether a scenario of a dataset changes the past, as far as the dataset tells."""
    if THOUGHT not in ds:
        return False
    names = [str(one) for one in ds["scenario"].values.reshape(-1)]
    return name in names and str(ds[THOUGHT].values.reshape(-1)[names.index(name)]) == "True"


def baseline_name(name: str, ds: Mapping[Any, Any] | None = None) -> str:
    """What effects are differences from, after an article: 'baseline', or another scenario's title quoted."""
    title = scenario_title(name, ds)
    return title.lower() if title.isalpha() else quoted(title)


@cache
def _built_in_titles() -> dict[str, str]:
    """Titles of the bundled scenarios."""
    return {name: load_scenario(name).called for name in scenarios()}
