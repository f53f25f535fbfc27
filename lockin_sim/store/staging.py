"""Units computed again: written aside, marked, then moved to their place; the old one stays until then.

Until its new mark is in the journal, the old unit is untouched; from then on the new one is whole, in two
places while its files are moved.  Who stops in between is caught up with by ``settle`` when the store is
opened for writing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from lockin_sim.store import journal
from lockin_sim.store.layout import ROOT, Chunks, checksum, chunk_files, local, unit_in

#: Where the chunks of one unit wait for its mark.  An empty file: the new unit has no such chunk.
STAGED = "units.staged"


def stage(
    path: Path, chunks: Chunks, unit: int, place: tuple[slice, slice], block: Mapping[str, NDArray[Any]]
) -> str:
    """Write a unit aside and wait until it is on disk; its checksum.  Leaves nothing behind on error."""
    import zarr

    aside = path / STAGED
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()  # refused where a link stands, which stays
        for name in chunks.axes:
            (aside / name).mkdir()
            shutil.copyfile(path / name / ROOT, aside / name / ROOT)
            array: Any = zarr.open_array(local(aside / name), mode="r+")
            array[place] = block[name]
        files = list(chunk_files(aside, chunks, unit))
        mark = checksum(iter(files))
        for file in files:
            file.touch()
        journal.sync_files([*files, *(file.parent for file in files), aside])
        journal.sync_folder(path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return mark


def settle(path: Path, chunks: Chunks, unit: int) -> None:
    """Move a staged unit that is marked to its place; whatever was moved before stays."""
    for new, old in _pairs(path, chunks, unit):
        if not new.exists():
            continue
        if new.stat().st_size:
            new.replace(old)
        else:
            old.unlink(missing_ok=True)
            new.unlink()
    for name in chunks.axes:
        journal.sync_folder(path / name)
    discard(path)


def discard(path: Path) -> None:
    """Remove what is staged."""
    shutil.rmtree(path / STAGED, ignore_errors=True)


def half_moved(path: Path, chunks: Chunks, marked: Mapping[int, Mapping[str, Any]]) -> int | None:
    """The unit that is marked and whole, but with files still aside; None if there is none."""
    for file in (path / STAGED).glob("*/c.*"):
        unit = unit_in(file.name, chunks)
        mark = marked[unit]["checksum"] if unit in marked else ""
        if checksum(chunk_files(path, chunks, unit)) != mark == checksum(_overlaid(path, chunks, unit)):
            return unit
        break
    return None


def _pairs(path: Path, chunks: Chunks, unit: int) -> Iterator[tuple[Path, Path]]:
    """The files of a unit, aside and in their place."""
    return zip(chunk_files(path / STAGED, chunks, unit), chunk_files(path, chunks, unit), strict=True)


def _overlaid(path: Path, chunks: Chunks, unit: int) -> Iterator[Path]:
    """The files of a unit once it is moved, wherever they are; a name of no file for what has no chunk."""
    for new, old in _pairs(path, chunks, unit):
        if not new.exists():
            yield old
        else:
            yield new if new.stat().st_size else new.with_name("none")
