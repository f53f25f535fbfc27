"""CSV files of findings: numbers in six digits, what is undefined blank."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.files import whole_file


def write_records(path: str | Path, names: Sequence[str], records: Iterable[Mapping[str, Any]]) -> Path:
    """Records with some of these names, a row each; returns the path."""
    place = Path(path)
    write_rows(place, names, ([record.get(name, "") for name in names] for record in records))
    return place


def write_rows(path: Path, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Rows under a head."""
    with whole_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        out.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    """A value as it is written."""
    if isinstance(value, float):
        return f"{value:.6g}" if np.isfinite(value) else ""
    return value
