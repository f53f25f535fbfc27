"""First movers: what entering late costs, and how long chance is remembered, by what stood in 2010."""

from __future__ import annotations

from pathlib import Path

from . import late_entry, memory
from .setting import FULL, REDUCED, SEED

__all__ = ["SEED", "study"]


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables and figures of both parts."""
    size = REDUCED if reduced else FULL
    late_entry.study(folder, size, workers)
    memory.study(folder, size, workers)
