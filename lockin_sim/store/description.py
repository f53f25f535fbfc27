"""What describes a store beside its units: the zarr.json files and the coordinates, all with checksums.

A file that is lost or changed would be read as other numbers: missing chunks are fill values.  So reading
refuses a store whose description does not fit ``store.checksums``; resuming makes it anew from the design.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

from lockin_sim.errors import InputError
from lockin_sim.store import journal
from lockin_sim.store.layout import (
    CHECKSUMS,
    IDENTITY,
    ROOT,
    UNIT_POINTS,
    UNIT_RUNS,
    Layout,
    checksum,
    create,
    local,
    stored_name,
)

#: Where a new description is made before it takes the place of a damaged one.
MENDED = "store.mended"


def files(layout: Layout) -> list[str]:
    """The files of a description, below the store; a coordinate that is all fill value has no chunk."""
    names = [ROOT, *(f"{name}/{ROOT}" for name in (*layout.variables, "error", "status"))]
    for name, (axes, _, _) in layout.coordinates.items():
        stored = stored_name(name)
        names += [f"{stored}/{ROOT}", "/".join([stored, "c", *["0"] * len(axes)])]
    return names


def seal(path: Path, layout: Layout) -> None:
    """Note the checksums of a whole description, and the attributes that the design does not give again."""
    content = {
        # a text, which keeps their order
        "attributes": json.dumps({**layout.attributes, **layout.unit}),
        "files": {name: checksum(iter([path / name])) for name in files(layout)},
    }
    journal.rewrite(path / CHECKSUMS, [content])


def damaged(path: Path) -> list[str]:
    """The files of the description that are not what they were."""
    noted = _noted(path)
    if noted is None:
        return [CHECKSUMS]
    return [name for name, held in noted["files"].items() if checksum(iter([path / name])) != held]


def _noted(path: Path) -> dict[str, Any] | None:
    """What :func:`seal` noted; None if nothing of the kind is there."""
    whole = [
        e for e in journal.read(path / CHECKSUMS) if isinstance(e.get("files"), dict) and "attributes" in e
    ]
    return whole[-1] if whole else None


def attributes(path: Path) -> dict[str, Any]:
    """The attributes of a store, whichever copy is whole.  Raises InputError where none is."""
    noted = _noted(path)
    if noted is not None:
        return dict(json.loads(noted["attributes"]))
    import zarr

    try:
        held = zarr.open_group(local(path), mode="r").attrs.asdict()
        return {**held, UNIT_POINTS: int(str(held[UNIT_POINTS])), IDENTITY: held[IDENTITY]}
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: the description of the store cannot be read ({error})") from error


def mend(path: Path, layout: Layout) -> None:
    """Make a damaged description anew; units and attributes stay what they are."""
    held = attributes(path)
    points, runs = int(held.pop(UNIT_POINTS)), int(held.pop(UNIT_RUNS, 0))
    held.pop("arrays", None)
    layout = dataclasses.replace(layout, unit_points=points, unit_runs=runs, attributes=held)
    scratch = path / MENDED
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()  # refused where a link stands, which stays
    create(scratch, layout)
    journal.sync_files(scratch.rglob("*"))
    for name in files(layout):
        new, old = scratch / name, path / name
        old.parent.mkdir(parents=True, exist_ok=True)
        if new.exists():
            new.replace(old)
        else:
            old.unlink(missing_ok=True)
        journal.sync_folder(old.parent)
    seal(path, layout)
    shutil.rmtree(scratch, ignore_errors=True)
