"""Names of the built-in scenarios, each stored as a text file in ``data/policies``."""

from __future__ import annotations

from functools import cache
from typing import Literal

from lockin_sim.world.schema import DATA

POLICIES = DATA / "policies"

#: Names of the built-in scenarios, for editors to complete; other names are refused at run time.
type ScenarioName = Literal[
    "baseline",
    "chip_gap",
    "cs2035_push",
    "digital_oda",
    "early_6g",
    "eu_champions",
    "eu_coordinated",
    "eu_in_bodies",
    "eu_package",
    "first_european",
    "gdpr",
    "germany_lifts",
    "no_dsr",
    "no_state_finance",
    "no_state_support",
    "open_ran",
    "share_cap",
    "strict_lender",
    "training",
    "us_leaves_bodies",
    "us_pressure",
]

#: Ten questions that people have, by the scenario that asks each: the app's buttons, in order, and a page.
QUESTIONS: tuple[ScenarioName, ...] = (
    "germany_lifts",
    "share_cap",
    "early_6g",
    "chip_gap",
    "open_ran",
    "strict_lender",
    "digital_oda",
    "first_european",
    "us_leaves_bodies",
    "training",
)


def scenarios() -> list[str]:
    """Return the names of the built-in scenarios, the baseline first."""
    return list(_list_scenario_names())


@cache
def _list_scenario_names() -> tuple[str, ...]:
    """Read the names of the built-in scenarios from the folder, the baseline first; the result is cached."""
    names = sorted(file.stem for file in POLICIES.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != "baseline"))
