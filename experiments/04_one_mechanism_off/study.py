"""What one mechanism does: the model without it beside the same runs of the whole model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lockin_sim as ls
from lockin_sim.comparisons.variants import with_lead
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_table

SEED = 1

#: Futures in full, and in the reduced form.
FULL, FEW = 32, 2

#: What is switched off, and how: parameters at the value that removes a term.
OFF: dict[str, dict[str, float]] = {
    "switching costs nothing": {"switching_cost": 0.0},
    "others' choices do not matter": {"network_weight": 0.0, "own_network_weight": 0.0},
    "a country's other layers do not matter": {"stack_weight": 0.0},
    "official standards do not matter to buyers": {"official_weight": 0.0},
    "no lasting tastes": {"taste_country": 0.0, "taste_operator": 0.0},
    "bodies' standards stay as they are": {"turnover": 0.0},
}

#: The same by scenario.
WITHOUT = {
    "no state lends": "no_state_finance",
    "China lends nothing from 2015": "no_dsr",
    "no state bears part of its vendors' costs": "no_state_support",
}

#: The model itself, and the lead that Chinese vendors are given: part of what was built abroad by 2010.
WHOLE, LEAD = "the whole model", 0.6

#: What is read, and of which markets.
READ: dict[str, Any] = {
    "outcomes": ("retention", "cn2035_share", "cn2035_sensitive", "dependence_sensitive_CHN"),
    "groups": ("world", "abroad", "greenfield", "built_2010"),
    "years": (2035, 2050),
}


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """One table: level of the whole model, and difference with each mechanism off, by group of markets."""
    how: dict[str, Any] = {"runs": FEW if reduced else FULL, "seed": SEED, "workers": workers}
    found = ls.contrast(arms(), **READ, **how)
    write_table(found, ("level", "effect"), folder / "effects.csv")
    kept = found.sel(outcome="retention", year=READ["years"][0]).rename(arm="scenario")
    kept = kept.drop_vars(["effect_q05", "effect_q95"])  # judged by the interval of the mean
    plots.save(plots.heat_map(kept.assign_attrs(baseline=WHOLE)), folder / "kept.png")


def arms() -> dict[str, ls.Arm]:
    """The whole model, and what is changed in each other arm; without the record's luck, which fits the whole
    model alone."""
    led = with_lead(ls.load_world(), "CHN", LEAD)
    changed: dict[str, dict[str, Any]] = {title: {"parameters": values} for title, values in OFF.items()}
    changed |= {title: {"scenario": name} for title, name in WITHOUT.items()}
    changed |= {f"Chinese vendors owned {100 * LEAD:.0f} % of what was built abroad": {"world": led}}
    return {title: ls.Arm(**how, history="prior") for title, how in ({WHOLE: {}} | changed).items()}
