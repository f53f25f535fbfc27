"""Units of any arrays in a folder: one file a unit, whole and marked in the journal, or not there.

For studies whose cases keep arrays of their own; a sweep's, which are all alike, lie in one Zarr store.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim.errors import InputError, unusable
from lockin_sim.outputs import check_apart
from lockin_sim.store import journal
from lockin_sim.store.disk import check_own, clear_errors
from lockin_sim.store.identity import check_same
from lockin_sim.store.layout import JOURNAL, LOCK, checksum
from lockin_sim.store.lock import lock
from lockin_sim.store.marks import marked_units

_IDENTITY, _NAMES, _PROCESSOR = "identity", "names", "processor"


def check_new(path: Path, *, resume: bool) -> None:
    """Raises InputError for a folder with what is no run, or with runs that nobody asked to go on with."""
    if path.is_dir() and any(path.iterdir()) and not resume:
        raise InputError(f"{path}: there are already runs; give --resume to go on, or choose a new name.")
    known = [JOURNAL, f"{JOURNAL}.new", LOCK]
    held = sorted(p.name for p in path.iterdir()) if path.is_dir() else []
    other = [name for name in held if name not in known and not name.endswith(".npz")]
    if other:
        raise unusable("store", found=f"{path}, which holds {other[0]}", allowed="a folder of runs")


def check_blocks(path: Path, identity: Mapping[str, Any], *, resume: bool) -> None:
    """Raises InputError for a folder whose units :class:`Blocks` would refuse, and leaves it as it is."""
    check_new(path, resume=resume)
    for entry in journal.read(path / JOURNAL) if (path / JOURNAL).exists() else ():
        if _IDENTITY in entry:
            check_same(path, entry[_IDENTITY], identity)


class Blocks:
    """Units kept in a folder, by this process alone.

    path      the folder; a new one is made
    identity  all that decides the numbers, as JSON has it: who goes on must have the same
    resume    whether there may be units already
    processor  kind of processor that adds to it from here on; ``made_by`` are all that did
    Raises InputError where something else is there, was made otherwise, is being written, or cannot be.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], *, resume: bool, processor: str = "") -> None:
        self.path, self.made_by = path, {processor}
        check_new(path, resume=resume)
        check_apart(path.parent, "store", path)
        with clear_errors(path):
            path.mkdir(parents=True, exist_ok=True)
            check_own(path.parent, path.parent, path.name)
            check_own(path, path)
            self._lock = lock(path / LOCK, path)
            try:
                self.done = self._settled(identity)
            except BaseException:
                self._lock.close()
                raise

    def _settled(self, identity: Mapping[str, Any]) -> set[int]:
        """The units that are whole; marks of others go."""
        entries = journal.read(self.path / JOURNAL)
        for entry in entries:
            if _IDENTITY in entry:
                check_same(self.path, entry[_IDENTITY], identity)
            self.made_by.add(entry.get(_PROCESSOR, min(self.made_by)))
        marked = marked_units(self.path, counts=())
        whole = {u: e for u, e in marked.items() if checksum(iter([self._file(u)])) == e["checksum"]}
        kinds = [{_PROCESSOR: kind} for kind in sorted(self.made_by)]
        journal.rewrite(self.path / JOURNAL, [{_IDENTITY: dict(identity)}, *kinds, *whole.values()])
        return set(whole)

    def _file(self, unit: int) -> Path:
        """Where the block of a unit lies."""
        return self.path / f"{unit:06d}.npz"

    def read(self, unit: int) -> dict[str, NDArray[Any]]:
        """The arrays of a unit that is done."""
        with np.load(self._file(unit), allow_pickle=False) as held:
            return {str(name): held[f"array_{n}"] for n, name in enumerate(held[_NAMES])}

    def write(self, unit: int, block: Mapping[str, NDArray[Any]]) -> None:
        """Add a unit: its file first, then its mark.  Raises InputError if the disk refuses."""
        arrays: dict[str, Any] = {f"array_{n}": values for n, values in enumerate(block.values())}
        arrays[_NAMES] = np.array(list(block))
        with clear_errors(self.path):
            np.savez(self._file(unit), **arrays)
            journal.sync_files([self._file(unit)])
            mark = {"unit": unit, "checksum": checksum(iter([self._file(unit)]))}
            journal.append(self.path / JOURNAL, mark)
        self.done.add(unit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.close()
