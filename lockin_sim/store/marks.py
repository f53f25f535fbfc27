"""Which units of a store are whole: those whose chunks fit the mark in the journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from lockin_sim.store import journal
from lockin_sim.store.layout import CHECKSUMS, JOURNAL, Chunks, checksum, chunk_files

#: Marks of units by number.
type Marks = dict[int, dict[str, Any]]


def is_store(path: Path) -> bool:
    """Whether a store of ours lies there, be it damaged."""
    return path.is_dir() and ((path / JOURNAL).is_file() or (path / CHECKSUMS).is_file())


def marked_units(path: Path, counts: Collection[str] = ("runs", "failed")) -> Marks:
    """The last mark of each unit; counts: what a mark says beside number and checksum."""
    return {entry["unit"]: entry for entry in journal.read(path / JOURNAL) if _is_mark(entry, counts)}


def _is_mark(entry: Mapping[str, Any], counts: Collection[str]) -> bool:
    """Whether an entry of the journal says of a unit what we write."""
    numbers = all(isinstance(entry.get(key), int) and entry[key] >= 0 for key in ("unit", *counts))
    return numbers and isinstance(entry.get("checksum"), str)


def whole_units(path: Path, chunks: Chunks, among: Collection[int] | None = None) -> tuple[Marks, list[int]]:
    """Marks of the units that are whole, and numbers of those that do not fit their mark.

    among  only these units; None = all that are marked
    """
    marked = {u: entry for u, entry in marked_units(path).items() if among is None or u in among}
    fits = {u: checksum(chunk_files(path, chunks, u)) == entry["checksum"] for u, entry in marked.items()}
    return {u: marked[u] for u in marked if fits[u]}, sorted(u for u in marked if not fits[u])
