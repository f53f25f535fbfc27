"""The writer of a store: makes it, goes on with it, adds units whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim.errors import InputError, unusable
from lockin_sim.outputs import check_apart
from lockin_sim.store import description, journal, staging
from lockin_sim.store.creation import remove_stale, scratch_folder
from lockin_sim.store.disk import check_own, clear_errors, kept
from lockin_sim.store.identity import check_same
from lockin_sim.store.layout import (
    FAILED,
    IDENTITY,
    JOURNAL,
    LOCK,
    NOT_RUN,
    UNFINISHED,
    Chunks,
    Layout,
    checksum,
    chunk_files,
    create,
    local,
    units,
)
from lockin_sim.store.marks import is_store, marked_units, whole_units


@contextmanager
def released_on_error(held: IO[str]) -> Iterator[IO[str]]:
    """A lock that stays held unless something goes wrong."""
    try:
        yield held
    except BaseException:
        held.close()
        raise


class Taken(InputError):
    """Something is where a new store should be."""


class Store:
    """A store open for writing, by this process alone.  Use :meth:`create` or :meth:`resume`."""

    def __init__(self, path: Path, held: IO[str]) -> None:
        import zarr

        self.path, self._lock = path, held
        self.group = zarr.open_group(local(path), mode="r+")
        attributes: Any = self.group.attrs.asdict()
        self.names: list[str] = list(attributes["arrays"])
        self._arrays: dict[str, Any] = {name: self.group[name] for name in self.names}
        points, runs = self._arrays["status"].shape
        self.units = units(points, runs, attributes)
        across = sum(unit.points.start == 0 for unit in self.units)
        self.chunks = Chunks({name: array.ndim for name, array in self._arrays.items()}, across)
        self._catch_up()
        self.done, _ = whole_units(path, self.chunks)

    @classmethod
    def create(cls, path: str | Path, layout: Layout) -> Self:
        """A new store, which appears complete with its coordinates and without any unit.

        Raises InputError where something is in its place, or it cannot be written.
        """
        place = Path(path).absolute()
        if place.exists() or place.is_symlink():
            what = "a store; give --resume to go on with it" if is_store(place) else "something else"
            raise Taken(f"{path}: there is already {what}; allowed: a new name.")
        check_apart(place.parent, "store", Path(path))
        with clear_errors(Path(path)), scratch_folder(place, layout.bytes) as made:
            create(made, layout)
            description.seal(made, layout)
            journal.rewrite(made / JOURNAL, [])
            journal.sync_files(made.rglob("*"))
            with released_on_error(lock_of(made, Path(path))) as held:
                try:
                    made.rename(place)
                except OSError as error:
                    if not place.exists():
                        raise
                    raise Taken(
                        f"{path}: another process has just made it; --resume goes on with it."
                    ) from error
                journal.sync_folder(place.parent)
                return cls(place, held)

    @classmethod
    def resume(cls, path: str | Path, layout: Layout) -> Self:
        """Go on with a store, which keeps its points of a unit; a damaged description is made anew.

        Where nothing is yet, a new store is made: whoever repeats a command need not know how far it came.
        Raises InputError for one that was made otherwise, cannot be written, or is being written by another
        process, and for anything else in its place.
        """
        place = Path(path).absolute()
        if not place.exists():
            try:
                return cls.create(path, layout)
            except Taken:
                pass  # by another process, at this moment
        if not is_store(place):
            raise unusable("store to resume", found=str(path), allowed="a store made by `lockin sweep`")
        with clear_errors(Path(path)):
            for among in ("*", "*/c"):  # arrays, and chunks of coordinates
                check_own(place, Path(path), among)
            held_attributes = description.attributes(place)
            check_same(Path(path), held_attributes[IDENTITY], layout.attributes[IDENTITY])
            with released_on_error(lock_of(place, Path(path))) as held:
                remove_stale(place)
                if description.damaged(place):
                    description.mend(place, layout)
                store = cls(place, held)
                entries = journal.read(place / JOURNAL)
                keep = [e for e in entries if "unit" not in e or store.done.get(e["unit"]) == e]
                journal.rewrite(place / JOURNAL, keep)
                for unfinished in place.glob(UNFINISHED):
                    unfinished.unlink(missing_ok=True)
                return store

    def _catch_up(self) -> None:
        """Finish moving a unit that was computed again and marked; drop one that was not."""
        unit = staging.half_moved(self.path, self.chunks, marked_units(self.path))
        if unit is not None:
            staging.settle(self.path, self.chunks, unit)
        staging.discard(self.path)

    def begin(self, session: Mapping[str, Any]) -> None:
        """Note who adds to the store from here on."""
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
        place = self.units[unit].place
        return {name: array[place] for name, array in self._arrays.items()}

    def write(self, unit: int, block: Mapping[str, NDArray[Any]]) -> None:
        """Add a unit: its chunks first, then its mark; in place of one that is there only when it is marked.

        Raises InputError if the disk refuses.
        """
        place = self.units[unit].place
        if np.any(block["status"] == NOT_RUN):
            raise ValueError("a unit must be whole")
        with clear_errors(self.path):
            again = unit in self.done
            if again:
                mark = staging.stage(self.path, self.chunks, unit, place, block)
            else:
                files = list(chunk_files(self.path, self.chunks, unit))
                for file in files:  # what is there counts for nothing, and might not be readable
                    file.unlink(missing_ok=True)
                for name, array in self._arrays.items():
                    array[place] = block[name]
                journal.sync_files(files)
                mark = checksum(iter(files))
            entry = {
                "unit": unit,
                "checksum": mark,
                "runs": int(block["status"].size),
                "failed": int((block["status"] == FAILED).sum()),
            }
            journal.append(self.path / JOURNAL, entry)
            if again:
                staging.settle(self.path, self.chunks, unit)
        self.done[unit] = entry

    def close(self) -> None:
        """Let others write."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def lock_of(path: Path, store: Path) -> IO[str]:
    """The lock of the store at a path; ``store`` is what messages call it."""
    from lockin_sim.store.lock import lock

    if not os.access(path, os.W_OK):
        raise InputError(f"{store}: cannot be written to{kept(store)}.")
    return lock(path / LOCK, store)
