"""Store units of work in a folder: one file each, complete and marked in a journal, or absent.

The checksum in a unit's file name must match its mark in the journal; unmarked or mismatched files are
ignored and computed again.  A unit that is computed again gets a new file, which replaces the old one as soon
as it is marked.  A sweep also has a description: the points of its design, and its arrays.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.files import check_apart, read_content
from lockin_sim.runs.provenance import ANOTHER_PROCESSOR
from lockin_sim.runs.store_files import (
    JOURNAL,
    LOCK,
    append,
    check_own,
    check_room,
    checksum,
    clear_errors,
    lock,
    read_journal,
    rewrite,
    sync_folder,
    write_synced,
)

#: Status of a run: not computed yet, done, or failed.
NOT_RUN, DONE, FAILED = 0, 1, 2

#: File of a sweep's description; its attributes for the identity, which must match to resume, and unit size.
DESCRIPTION, IDENTITY, UNIT_POINTS, UNIT_RUNS = "sweep.npz", "identity", "unit_points", "unit_runs"

#: Files of a store before it has a journal, and the pattern of units' names.
_BEGINNINGS = {LOCK, DESCRIPTION, f"{JOURNAL}.new"}
_UNIT = re.compile(r"[0-9]{6,}-[0-9a-f]{16}\.npz")

#: Files in stores of earlier versions.
_EARLIER = ("zarr.json", "store.checksums")

#: Key of the arrays' names in a file; and errors from damaged files.
_NAMES = "names"
_DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)

#: Properties of a session that may differ from an earlier one, in words, with the resulting differences.
_MAY_CHANGE = {
    "source": ("the code or data of the model", ""),
    "numpy": ("the version of numpy", ""),
    "processor": ("the kind of processor", ANOTHER_PROCESSOR),
}

#: Marks by number of the unit: checksum, and for a sweep its runs and failed runs.
type Marks = dict[int, dict[str, Any]]


class StoredVariable(NamedTuple):
    """Array over (point, run, ...): further axes with their lengths, unit and label."""

    axes: tuple[str, ...]
    shape: tuple[int, ...]
    units: str
    long_name: str


class StoredUnit(NamedTuple):
    """Points and runs computed and written together: some points with all runs, or one with some runs."""

    points: range
    runs: range

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of points and of runs."""
        return len(self.points), len(self.runs)

    @property
    def place(self) -> tuple[slice, slice]:
        """Position on the first two axes."""
        return slice(self.points.start, self.points.stop), slice(self.runs.start, self.runs.stop)


@dataclasses.dataclass(frozen=True)
class Layout:
    """Description of a sweep.

    points, runs  lengths of the first two axes
    unit_points, unit_runs   points and runs of a unit
    variables     arrays of numbers, by name
    coordinates   labels by name: axes, values, attributes
    attributes    of the whole store: identity, provenance
    """

    points: int
    runs: int
    unit_points: int
    unit_runs: int
    variables: Mapping[str, StoredVariable]
    coordinates: Mapping[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]]
    attributes: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Total bytes of the numbers."""
        return 8 * self.points * self.runs * sum(int(np.prod(v.shape)) for v in self.variables.values())

    @property
    def units(self) -> list[StoredUnit]:
        """All units, first over points, then over runs."""
        return units_of(self.points, self.runs, self.unit_points, self.unit_runs)

    @property
    def text(self) -> str:
        """Attributes as JSON, in order, with the size of a unit."""
        sizes = {UNIT_POINTS: self.unit_points, UNIT_RUNS: self.unit_runs}
        return json.dumps({**self.attributes, **sizes})

    def as_made(self, text: str) -> Self:
        """Return the layout with attributes and units of an existing store."""
        attributes = json.loads(text)
        points, runs = int(attributes.pop(UNIT_POINTS)), int(attributes.pop(UNIT_RUNS))
        return dataclasses.replace(self, unit_points=points, unit_runs=runs, attributes=attributes)

    @property
    def content(self) -> bytes:
        """Content of the description file."""
        about = {
            "attributes": self.text,
            "points": self.points,
            "runs": self.runs,
            "variables": self.variables,
            "coordinates": {name: [axes, dict(about)] for name, (axes, _, about) in self.coordinates.items()},
        }
        arrays = {name: values for name, (_, values, _) in self.coordinates.items()}
        return _packed({"": np.array(json.dumps(about)), **arrays})

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read the layout from a file.  Raises ValueError or KeyError for a damaged one."""
        arrays = Arrays(io.BytesIO(content))
        about = json.loads(str(arrays[""]))
        labels = about["coordinates"]
        layout = cls(
            about["points"],
            about["runs"],
            1,
            1,
            {n: StoredVariable(tuple(v[0]), tuple(v[1]), *v[2:]) for n, v in about["variables"].items()},
            {name: (tuple(labels[name][0]), arrays[name], labels[name][1]) for name in labels},
            {},
        )
        return layout.as_made(about["attributes"])


def units_of(points: int, runs: int, unit_points: int, unit_runs: int) -> list[StoredUnit]:
    """List all units of a table of points and runs, first over points, then over runs."""
    parts = ranges(runs, unit_runs)
    return [StoredUnit(some, part) for some in ranges(points, unit_points) for part in parts]


def ranges(total: int, most: int, first: int = 0) -> list[range]:
    """Split the numbers from ``first`` to ``total`` into ranges of limited length."""
    return [range(start, min(start + most, total)) for start in range(first, total, most)]


class Arrays:
    """Arrays of a file, read on access."""

    def __init__(self, file: Any) -> None:
        self._file = np.load(file, allow_pickle=False)
        self.names = [str(name) for name in self._file[_NAMES]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self._file[f"array_{self.names.index(name)}"]
        return values


def _packed(block: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack arrays by name into a file; texts as NumPy strings."""
    words = {n: v.astype(object).astype(np.str_) for n, v in block.items() if v.dtype.kind in "TO"}
    arrays: dict[str, Any] = {f"array_{n}": words.get(name, v) for n, (name, v) in enumerate(block.items())}
    file = io.BytesIO()
    arrays[_NAMES] = np.array(list(block), dtype=np.str_)
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def is_store(path: Path) -> bool:
    """Whether a folder is a store of ours, even a damaged one."""
    if not path.is_dir():
        return False
    return (path / JOURNAL).is_file() or any(_UNIT.fullmatch(file.name) for file in path.iterdir())


def check_new(path: Path, *, resume: bool) -> None:
    """Refuse a folder with anything but a store, or with units and no request to resume."""
    if path.exists() and not path.is_dir():
        raise unusable("store", words=f"{path}, a file", allowed="the name of a new folder")
    other = sorted({p.name for p in path.iterdir()} - _BEGINNINGS) if path.is_dir() else []
    if not other:
        return
    check_earlier(path)
    if not is_store(path):
        allowed = "a new folder, or a store to resume"
        raise unusable("store", words=f"{path}, which holds {other[0]}", allowed=allowed)
    if not resume:
        raise InputError(f"{path}: there are already runs; continue with --resume, or choose a new name.")


def check_earlier(path: Path) -> None:
    """Refuse a store of an earlier version."""
    if any((path / name).is_file() for name in _EARLIER):
        raise InputError(f"{path}: a store of an earlier version, which cannot be read; start a new one.")


def check_same(store: Path, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse to add to a store with other settings, naming all differences."""
    keys = [*stored, *(key for key in wanted if key not in stored)]
    different = [key for key in keys if stored.get(key) != wanted.get(key)]
    if different:
        text = "; ".join(
            f"{key}: {_shown(stored.get(key))}, now {_shown(wanted.get(key))}" for key in different
        )
        raise InputError(
            f"{store}: cannot be resumed, since it belongs to different settings: {text}. "
            "Use the same settings, or choose another store."
        )


def _shown(value: Any) -> str:
    """Format a value for a message, with long lists shortened."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list) and len(value) > 8:
        return f"{value[:8]} ... ({len(value)})"
    return repr(value)


def check_store(path: Path, identity: Mapping[str, Any], *, resume: bool) -> None:
    """Refuse a folder that :class:`Store` would refuse, without changing it."""
    check_new(path, resume=resume)
    if (description := head(path)) is not None:
        check_same(path, description[IDENTITY], identity)


def head(path: Path) -> dict[str, Any] | None:
    """Read the journal's entry about the whole store; None if it is lost."""
    heads = [
        e for e in read_journal(path / JOURNAL) if isinstance(e.get(IDENTITY), dict) and "attributes" in e
    ]
    return heads[-1] if heads else None


def marks(path: Path) -> Marks:
    """Read the last mark of each unit, ignoring entries that are not ours."""
    numbers = ("unit", "runs", "failed")
    return {
        entry["unit"]: entry
        for entry in read_journal(path / JOURNAL)
        if all(isinstance(entry.get(key), int) and entry[key] >= 0 for key in numbers)
        and re.fullmatch("[0-9a-f]{16}", str(entry.get("checksum")))
    }


def unit_file(path: Path, unit: int, mark: Mapping[str, Any]) -> Path:
    """Return the path of a marked unit."""
    return path / f"{unit:06d}-{mark['checksum']}.npz"


def whole_units(path: Path, marked: Marks) -> Marks:
    """Return the marks of units with matching files."""
    contents = {unit: read_content(unit_file(path, unit, mark)) or b"" for unit, mark in marked.items()}
    return {unit: mark for unit, mark in marked.items() if checksum(contents[unit]) == mark["checksum"]}


class Store:
    """Store of units in a folder, open for writing by this process only.

    path      the folder, created if necessary
    identity  everything that determines the results, as JSON; must match to resume
    resume    whether the folder may contain units
    layout    description of a sweep, which keeps its original units; None = units of any arrays

    Raises InputError if the folder contains anything else, belongs to different settings, is in use, or
    cannot be written.
    """

    def __init__(
        self, path: Path, identity: Mapping[str, Any], *, resume: bool, layout: Layout | None = None
    ) -> None:
        self.path, self.layout = path, layout
        check_new(path, resume=resume)
        check_apart(path.parent, "store", path)
        with clear_errors(path):
            is_new = not path.exists()
            path.mkdir(parents=True, exist_ok=True)
            with self._locked(is_new) as self._lock:
                check_new(path, resume=resume)  # another process may have created it
                if layout is not None and not is_store(path):
                    check_room(path, layout.size)
                self._open(identity)

    @contextmanager
    def _locked(self, is_new: bool) -> Iterator[IO[str]]:
        """Hold the lock; on an error remove a store that was just begun."""
        if not os.access(self.path, os.W_OK):
            raise PermissionError(13, "Permission denied")
        check_own(self.path, self.path)
        lock_file = lock(self.path / LOCK, self.path)
        try:
            yield lock_file
        except BaseException:
            if not is_store(self.path):
                with suppress(OSError):
                    for name in _BEGINNINGS:
                        (self.path / name).unlink(missing_ok=True)
                    if is_new:
                        self.path.rmdir()
            lock_file.close()
            raise

    def _open(self, identity: Mapping[str, Any]) -> None:
        """Create or repair the store: remove marks of incomplete units and remains of killed processes."""
        description, text, mark = head(self.path), "", ""
        if description is not None:
            check_same(self.path, description[IDENTITY], identity)
            text = description["attributes"]
        if self.layout is not None:
            content = read_content(self.path / DESCRIPTION)
            if description is None and is_store(self.path):  # the description has the identity
                text = described(self.path, content).text
                check_same(self.path, json.loads(text)[IDENTITY], identity)
            self.layout = self.layout.as_made(text) if text else self.layout
            content_now = self.layout.content
            mark = checksum(content_now)
            if content != content_now:
                write_synced(self.path / DESCRIPTION, content_now)
        known = description is not None or bool(text)
        self.done = whole_units(self.path, marks(self.path)) if known else {}
        sessions = [entry for entry in read_journal(self.path / JOURNAL) if "session" in entry]
        attributes = "" if self.layout is None else self.layout.text
        entry = {IDENTITY: dict(identity), "attributes": attributes, "description": mark}
        rewrite(self.path / JOURNAL, [entry, *sessions, *self.done.values()])
        whole = {unit_file(self.path, unit, mark) for unit, mark in self.done.items()}
        for file in self.path.iterdir():
            if _UNIT.fullmatch(file.name) and file not in whole:
                file.unlink()
        sync_folder(self.path.parent)

    def begin(self, about: Mapping[str, Any], *, adding: bool) -> None:
        """Record the session that adds to the store, if it does.

        Warns if earlier parts may come from other code of this version, another numpy or processor.
        """
        sessions = [e["session"] for e in read_journal(self.path / JOURNAL) if "session" in e]
        for key, (what, how) in _MAY_CHANGE.items():
            other = [before.get(key, about[key]) != about[key] for before in sessions]
            if any(other):
                since = "the last session" if other[-1] else "an earlier session"
                text = f"{self.path}: {what} changed since {since}; parts of the store may differ{how}"
                warnings.warn(text, stacklevel=4)
        if adding:
            with clear_errors(self.path):
                append(self.path / JOURNAL, {"session": dict(about)})

    @property
    def with_failures(self) -> list[int]:
        """Finished units with failed runs."""
        return sorted(unit for unit, mark in self.done.items() if mark["failed"])

    def read(self, unit: int) -> dict[str, NDArray[Any]]:
        """Read the arrays of a finished unit."""
        arrays = Arrays(unit_file(self.path, unit, self.done[unit]))
        return {name: arrays[name] for name in arrays.names}

    def write(self, unit: int, block: Mapping[str, NDArray[Any]]) -> None:
        """Add a unit: its file first, then its mark, which replaces an earlier one.

        Raises InputError if the disk refuses.
        """
        content, before = _packed(block), self.done.get(unit)
        state = block.get("status", np.empty(0))
        if np.any(state == NOT_RUN):
            raise ValueError("a unit must be whole")
        mark = {"unit": unit, "checksum": checksum(content), "runs": state.size}
        mark["failed"] = int((state == FAILED).sum())
        if mark == before:
            return
        with clear_errors(self.path):
            write_synced(unit_file(self.path, unit, mark), content)
            sync_folder(self.path)
            append(self.path / JOURNAL, mark)
            if before is not None:
                unit_file(self.path, unit, before).unlink(missing_ok=True)
        self.done[unit] = mark

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.close()


def described(path: Path, content: bytes | None) -> Layout:
    """Read the description of a store.  Raises InputError if it cannot be read."""
    try:
        return Layout.read(content or b"")
    except _DAMAGED as error:
        raise InputError(f"{path}: the description of the store cannot be read ({error})") from error
