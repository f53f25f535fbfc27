"""What is in a store: its arrays and coordinates, and the files of a unit."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.cf import ADDRESS
from lockin_sim.files import held_in

#: State of a run: not computed yet, done, or failed.
NOT_RUN, DONE, FAILED = 0, 1, 2

JOURNAL, LOCK = "units.journal", "units.lock"

#: What Zarr knows of a group or array; and the checksums of all that is not in a unit.
ROOT, CHECKSUMS = "zarr.json", "store.checksums"

#: Attributes of the store: what must be the same to go on, and the points and runs of a unit.
IDENTITY, UNIT_POINTS, UNIT_RUNS = "identity", "unit_points", "unit_runs"

#: Chunks that a killed process had begun to write, as Zarr names them; nothing refers to them.
UNFINISHED = f"*/*.{'[0-9a-f]' * 32}.partial"

#: Chunks lie side by side: a folder for each would take more room than what it holds.
_KEYS: Any = {"name": "default", "separator": "."}

#: Most bytes of the name of an array on disk.
LONGEST = 200

#: What stands on disk for signs that names of arrays cannot have there, nor in a list of coordinates.
_SIGNS = {"/": "%2F", " ": "%20"}


class Variable(NamedTuple):
    """One array over (point, run, ...): further axes with their lengths, unit and label."""

    axes: tuple[str, ...]
    shape: tuple[int, ...]
    units: str
    long_name: str


class Unit(NamedTuple):
    """What is computed and written together: some points with all their runs, or one with some of them."""

    points: range
    runs: range

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of points and of runs."""
        return len(self.points), len(self.runs)

    @property
    def place(self) -> tuple[slice, slice]:
        """Where it is on the first two axes."""
        return slice(self.points.start, self.points.stop), slice(self.runs.start, self.runs.stop)


class Chunks(NamedTuple):
    """How arrays lie in files.

    axes    number of axes by name
    across  units beside each other that hold the runs of one point
    """

    axes: Mapping[str, int]
    across: int = 1


@dataclass(frozen=True)
class Layout:
    """The shape of a store.

    points, runs  lengths of the first two axes
    unit_points   points of a unit
    unit_runs     runs of a unit; 0 = all
    variables     arrays of numbers, by name
    coordinates   labels by name: axes, values, attributes
    attributes    of the whole store: identity, provenance
    """

    points: int
    runs: int
    unit_points: int
    variables: Mapping[str, Variable]
    coordinates: Mapping[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    unit_runs: int = 0

    @property
    def bytes(self) -> int:
        """Size of the numbers that will be written."""
        return 8 * self.points * self.runs * sum(int(np.prod(v.shape)) for v in self.variables.values())

    @property
    def unit(self) -> dict[str, int]:
        """Points and runs of a unit, as the attributes have them."""
        return {UNIT_POINTS: self.unit_points, UNIT_RUNS: self.unit_runs or self.runs}


def units(points: int, runs: int, unit: Mapping[str, Any]) -> list[Unit]:
    """All units, points after each other, and the runs of each.  unit: with attributes of a store."""
    across = int(unit.get(UNIT_RUNS) or runs)
    return [
        Unit(some, part) for some in ranges(points, int(unit[UNIT_POINTS])) for part in ranges(runs, across)
    ]


def ranges(total: int, most: int, first: int = 0) -> list[range]:
    """A length, or what is left of it from the first on, in parts of at most so many."""
    return [range(start, min(start + most, total)) for start in range(first, total, most)]


def stored_name(name: str) -> str:
    """The name of an array on disk; of a long one its beginning and a digest, since it names a folder."""
    stored = name
    for sign, code in _SIGNS.items():
        stored = stored.replace(sign, code)
    if len(stored.encode()) <= LONGEST:
        return stored
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{stored.encode()[: LONGEST - 17].decode(errors='ignore')}~{digest}"


def given_name(stored: str) -> str:
    """The name of an array that has this name on disk."""
    for sign, code in _SIGNS.items():
        stored = stored.replace(code, sign)
    return stored


def local(path: Path, *, read_only: bool = False) -> Any:
    """A folder as Zarr has it, whatever signs its name has: a text would be taken for an address."""
    from zarr.storage import LocalStore

    return LocalStore(path, read_only=read_only)


def create(path: Path, layout: Layout) -> None:
    """Write the empty store: attributes, coordinates and arrays without any chunk."""
    import zarr
    from zarr.codecs import ZstdCodec

    packed = ZstdCodec(level=3, checksum=True)
    attributes = {**layout.attributes, **layout.unit}
    group = zarr.create_group(local(path), zarr_format=3, attributes=attributes)
    for name, (axes, values, about) in layout.coordinates.items():
        kind: Any = np.dtypes.StringDType() if values.dtype.kind in "UO" else values.dtype
        array = group.create_array(
            stored_name(name), shape=values.shape, chunks=values.shape, dtype=kind,
            fill_value=np.nan if values.dtype.kind == "f" else None,  # what is lost is never zero
            compressors=packed, dimension_names=axes,
            attributes={**about, **({ADDRESS: name} if "~" in stored_name(name) else {})},
        )  # fmt: skip
        array[...] = values.astype(kind)
    kinds: dict[str, tuple[Variable, Any, Any]] = {
        name: (variable, np.float64, np.nan) for name, variable in layout.variables.items()
    }
    kinds["error"] = (Variable((), (), "", "why a run failed"), np.dtypes.StringDType(), "")
    kinds["status"] = (Variable((), (), "", "state of a run"), np.int8, NOT_RUN)
    # as CF has it, so that any reader knows coordinates of other names than their axes
    labels = [stored_name(n) for n, (axes, _, _) in layout.coordinates.items() if axes != (n,)]
    for name, (variable, kind, fill) in kinds.items():
        group.create_array(
            name,
            shape=(layout.points, layout.runs, *variable.shape),
            chunks=(*layout.unit.values(), *variable.shape),
            dtype=kind, fill_value=fill, compressors=packed, chunk_key_encoding=_KEYS,
            dimension_names=("point", "run", *variable.axes), attributes=_about(name, variable, labels),
        )  # fmt: skip
    data = [*layout.variables, "error", "status"]
    group.attrs["arrays"] = data
    with warnings.catch_warnings():
        # a table of contents, which lets xarray open the store at once; readers that ignore it lose nothing
        warnings.filterwarnings("ignore", message="Consolidated metadata is currently not part")
        zarr.consolidate_metadata(local(path))


def _about(name: str, variable: Variable, labels: list[str]) -> dict[str, Any]:
    """Attributes of an array.  labels: coordinates of other names than their axes."""
    about: dict[str, Any] = {"long_name": variable.long_name}
    if name == "status":
        about |= {"flag_values": [NOT_RUN, DONE, FAILED], "flag_meanings": "not_computed done failed"}
    else:
        # xarray takes any unit with "since" for a date
        about["units"] = variable.units.replace(" since ", " from ")
    if labels:
        about["coordinates"] = " ".join(labels)
    return about


def chunk_files(path: Path, chunks: Chunks, unit: int) -> Iterator[Path]:
    """The files that hold a unit, in the order of arrays."""
    first, second = divmod(unit, chunks.across)
    for name, axes in chunks.axes.items():
        yield path / name / ".".join(["c", str(first), str(second), *["0"] * (axes - 2)])


def unit_in(file: str, chunks: Chunks) -> int:
    """The unit that a file of this name holds a part of."""
    first, second = map(int, file.split(".")[1:3])
    return first * chunks.across + second


def checksum(files: Iterator[Path]) -> str:
    """Sixteen hex digits over whether each file is there and what it holds.

    A chunk that holds nothing but missing values has no file.
    """
    content = hashlib.sha256()
    for file in files:
        held = held_in(file)
        if held is None:
            content.update(b"-")
            continue
        content.update(f"{len(held)} ".encode())
        content.update(held)
    return content.hexdigest()[:16]
