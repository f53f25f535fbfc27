"""What both parts share: groups of markets, mechanisms of lock-in, and how much is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SEED = 1
YEARS = (2010, 2050)

GROUPS = {"greenfield": "greenfield in 2010", "built_2010": "built by 2010"}

#: Which mechanisms of lock-in are on: parameters that are not at their default.
MECHANISMS: dict[str, Mapping[str, float]] = {
    "with lock-in": {},
    "no switching cost": {"switching_cost": 0.0},
    "no network effect": {"network_weight": 0.0},
    "without lock-in": {"switching_cost": 0.0, "network_weight": 0.0},
}
WITH, WITHOUT = "with lock-in", "without lock-in"


class Size(NamedTuple):
    """How much is computed."""

    entries: tuple[int, ...]  # years of late entry
    late_runs: int
    chance_runs: int
    steps: tuple[int, ...]  # years from 2020 to readings of the memory


FULL = Size((2015, 2020, 2025, 2030, 2035), 32, 64, (0, 5, 10, 15, 20, 25, 30))
REDUCED = Size((2015, 2035), 2, 4, (0, 15, 30))
