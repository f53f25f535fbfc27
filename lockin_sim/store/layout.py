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

#: Attributes of the store: what must be the same to go on, and the points of a unit.
IDENTITY, UNIT_POINTS = "identity", "unit_points"

#: Chunks that a killed process had begun to write, as Zarr names them; nothing refers to them.
UNFINISHED = "*/*.partial"

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


@dataclass(frozen=True)
class Layout:
    """The shape of a store.

    points, runs  lengths of the first two axes
    unit_points   points of a unit
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

    @property
    def bytes(self) -> int:
        """Size of the numbers that will be written."""
        return 8 * self.points * self.runs * sum(int(np.prod(v.shape)) for v in self.variables.values())

    def units(self) -> list[range]:
        """Points of each unit."""
        return units(self.points, self.unit_points)


def units(points: int, unit_points: int) -> list[range]:
    """Points of each unit."""
    return [range(p, min(p + unit_points, points)) for p in range(0, points, unit_points)]


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


def create(path: Path, layout: Layout) -> None:
    """Write the empty store: attributes, coordinates and arrays without any chunk."""
    import zarr
    from zarr.codecs import ZstdCodec

    packed = ZstdCodec(level=3, checksum=True)
    attributes = {**layout.attributes, UNIT_POINTS: layout.unit_points}
    group = zarr.create_group(path, zarr_format=3, attributes=attributes)
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
            chunks=(layout.unit_points, layout.runs, *variable.shape),
            dtype=kind, fill_value=fill, compressors=packed, chunk_key_encoding=_KEYS,
            dimension_names=("point", "run", *variable.axes), attributes=_about(name, variable, labels),
        )  # fmt: skip
    data = [*layout.variables, "error", "status"]
    group.attrs["arrays"] = data
    with warnings.catch_warnings():
        # a table of contents, which lets xarray open the store at once; readers that ignore it lose nothing
        warnings.filterwarnings("ignore", message="Consolidated metadata is currently not part")
        zarr.consolidate_metadata(str(path))


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


def chunk_files(path: Path, arrays: Mapping[str, int], unit: int) -> Iterator[Path]:
    """The files that hold a unit, in the order of arrays.  arrays: number of axes by name."""
    for name, axes in arrays.items():
        yield path / name / ".".join(["c", str(unit), *["0"] * (axes - 1)])


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
