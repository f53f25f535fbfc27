"""The built-in scenarios: a text file each, beside this one."""

from __future__ import annotations

from importlib import resources
from typing import Literal

POLICIES = resources.files("lockin_sim") / "policies"

#: Names of the built-in scenarios, for editors to complete; any other name is told at run time.
type ScenarioName = Literal[
    "baseline",
    "cs2035_push",
    "decoupled_internet",
    "digital_oda",
    "eu_champions",
    "eu_coordinated",
    "eu_fragmented",
    "eu_in_bodies",
    "eu_package",
    "gdpr",
    "joint_satellites",
    "no_dsr",
    "no_state_finance",
    "no_state_support",
    "open_ran",
    "training",
    "us_pressure",
]


def scenarios() -> list[str]:
    """Names of the built-in scenarios, the baseline first."""
    names = sorted(f.name.removesuffix(".toml") for f in POLICIES.iterdir() if f.name.endswith(".toml"))
    return sorted(names, key=lambda name: name != "baseline")
