"""The writer of a store: makes it, goes on with it, adds units whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim.errors import InputError, unusable
from lockin_sim.store import description, journal
from lockin_sim.store.identity import check_same
from lockin_sim.store.layout import (
    CHECKSUMS,
    FAILED,
    IDENTITY,
    JOURNAL,
    LOCK,
    NOT_RUN,
    UNFINISHED,
    UNIT_POINTS,
    Layout,
    checksum,
    chunk_files,
    create,
    units,
)


@contextmanager
def clear_errors(store: Path) -> Iterator[None]:
    """What the disk refuses, as one InputError; what is in the store stays as it was."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            text = "the disk is full; units written so far are kept. Make room, then resume."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            text = f"cannot be written to ({error.strerror}); units written so far are kept."
        else:
            text = f"cannot be written ({error.strerror or error}); units written so far are kept."
        raise InputError(f"{store}: {text}") from error


@contextmanager
def released_on_error(held: IO[str]) -> Iterator[IO[str]]:
    """A lock that stays held unless something goes wrong."""
    try:
        yield held
    except BaseException:
        held.close()
        raise


class Store:
    """A store open for writing, by this process alone.  Use :meth:`create` or :meth:`resume`."""

    def __init__(self, path: Path, held: IO[str]) -> None:
        import zarr

        self.path, self._lock = path, held
        self.group = zarr.open_group(path, mode="r+")
        attributes: Any = self.group.attrs.asdict()
        self.unit_points = int(attributes[UNIT_POINTS])
        self.names: list[str] = list(attributes["arrays"])
        self._arrays: dict[str, Any] = {name: self.group[name] for name in self.names}
        self.axes = {name: array.ndim for name, array in self._arrays.items()}
        self.units = units(self._arrays["status"].shape[0], self.unit_points)
        self.done, _ = whole_units(path, self.axes)

    @classmethod
    def create(cls, path: str | Path, layout: Layout) -> Self:
        """A new store, which appears complete with its coordinates and without any unit.

        Raises InputError where something is in its place, or it cannot be written.
        """
        place = Path(path).absolute()
        if place.exists() or place.is_symlink():
            what = "a store; give --resume to go on with it" if is_store(place) else "something else"
            raise InputError(f"{path}: there is already {what}; allowed: a new name.")
        with clear_errors(Path(path)):
            place.parent.mkdir(parents=True, exist_ok=True)
            room = shutil.disk_usage(place.parent).free
            if layout.bytes > room:
                raise unusable(
                    "store", found=f"{layout.bytes / 1e6:,.0f} MB of results", allowed=f"{room / 1e6:,.0f} MB"
                )
            scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
            try:
                made = scratch / "new"
                create(made, layout)
                description.seal(made, layout)
                journal.rewrite(made / JOURNAL, [])
                journal.sync_files(made.rglob("*"))
                with released_on_error(lock_of(made, Path(path))) as held:
                    made.rename(place)
                    journal.sync_folder(place.parent)
                    return cls(place, held)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    @classmethod
    def resume(cls, path: str | Path, layout: Layout) -> Self:
        """Go on with a store, which keeps its points of a unit; a damaged description is made anew.

        Raises InputError for one that is not there, was made otherwise, cannot be written, or is being
        written by another process.
        """
        place = Path(path).absolute()
        if not is_store(place):
            raise unusable("store to resume", found=str(path), allowed="a store made by `lockin sweep`")
        with clear_errors(Path(path)):
            held_attributes = description.attributes(place)
            check_same(Path(path), held_attributes[IDENTITY], layout.attributes[IDENTITY])
            with released_on_error(lock_of(place, Path(path))) as held:
                if description.damaged(place):
                    description.mend(place, layout)
                store = cls(place, held)
                entries = journal.read(place / JOURNAL)
                keep = [e for e in entries if "unit" not in e or store.done.get(e["unit"]) == e]
                journal.rewrite(place / JOURNAL, keep)
                for unfinished in place.glob(UNFINISHED):
                    unfinished.unlink(missing_ok=True)
                return store

    def begin(self, session: Mapping[str, Any]) -> None:
        """Note who goes on with the store."""
        with clear_errors(self.path):
            journal.append(self.path / JOURNAL, {"session": dict(session)})

    @property
    def missing(self) -> list[int]:
        """Units still to be computed."""
        return [unit for unit in range(len(self.units)) if unit not in self.done]

    @property
    def with_failures(self) -> list[int]:
        """Units that are done and hold failed runs."""
        return sorted(unit for unit, entry in self.done.items() if entry["failed"])

    def read(self, unit: int) -> dict[str, NDArray[Any]]:
        """The arrays of a unit."""
        points = self.units[unit]
        return {name: array[points.start : points.stop] for name, array in self._arrays.items()}

    def write(self, unit: int, block: Mapping[str, NDArray[Any]]) -> None:
        """Add a unit: its chunks first, then its mark.  Raises InputError if the disk refuses."""
        points = self.units[unit]
        if np.any(block["status"] == NOT_RUN):
            raise ValueError("a unit must be whole")
        with clear_errors(self.path):
            self.done.pop(unit, None)
            for name, array in self._arrays.items():
                array[points.start : points.stop] = block[name]
            files = list(chunk_files(self.path, self.axes, unit))
            journal.sync_files(files)
            entry = {
                "unit": unit,
                "checksum": checksum(iter(files)),
                "runs": int(block["status"].size),
                "failed": int((block["status"] == FAILED).sum()),
            }
            journal.append(self.path / JOURNAL, entry)
        self.done[unit] = entry

    def close(self) -> None:
        """Let others write."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def is_store(path: Path) -> bool:
    """Whether a store of ours lies there, be it damaged."""
    return path.is_dir() and ((path / JOURNAL).is_file() or (path / CHECKSUMS).is_file())


def lock_of(path: Path, store: Path) -> IO[str]:
    """The lock of the store at a path; ``store`` is what messages call it."""
    from lockin_sim.store.lock import lock

    if not os.access(path, os.W_OK):
        raise InputError(f"{store}: cannot be written to; units written so far are kept.")
    return lock(path / LOCK, store)


def whole_units(path: Path, axes: Mapping[str, int]) -> tuple[dict[int, dict[str, Any]], list[int]]:
    """Entries of the units that are whole by number, and numbers of those that do not fit their mark."""
    marked = {entry["unit"]: entry for entry in journal.read(path / JOURNAL) if "unit" in entry}
    fits = {u: checksum(chunk_files(path, axes, u)) == entry["checksum"] for u, entry in marked.items()}
    return {u: marked[u] for u in marked if fits[u]}, sorted(u for u in marked if not fits[u])
