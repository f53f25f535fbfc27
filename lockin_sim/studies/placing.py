"""Results take the place of earlier ones: old or new at every moment, and what others put there stays.

A folder is ours by its manifest, and in it the files that the manifest lists.  Where nothing else is there,
the new folder and the old one change names in one step of the system.  Where others keep something in it, or
the system has no such step, the new folder moves into the old one, hidden, and its files go to their places
one by one: from then on the new results are whole, in two places, and who reads or writes them next knows
both.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from lockin_sim.errors import InputError, unusable
from lockin_sim.files import json_of
from lockin_sim.store.creation import scratch_folder
from lockin_sim.store.disk import exchange, nearest

MANIFEST = "manifest.json"
MADE_BY = "lockin_sim"

#: Where new results wait in the folder of older ones until every file is in its place.
STAGED = ".lockin_new"

#: Ending of what others put where a result must stand.
ASIDE = ".kept"

#: Names in a message at most.
_SHOWN = 8


def manifest_of(place: Path) -> dict[str, Any] | None:
    """The manifest in a folder of results, or in a file of its own; None where there is none of ours."""
    try:
        file = place / MANIFEST if place.is_dir() else place
        content = json_of(file)
    except InputError:
        return None
    return content if isinstance(content, dict) and content.get("made_by") == MADE_BY else None


def listed(folder: Path) -> set[str]:
    """The files that the manifest of a folder lists, and itself; names that lead out of it do not count."""
    content = manifest_of(folder)
    if content is None:
        return set()
    names = content.get("files", ())
    found = {str(name) for name in names} if isinstance(names, list | dict) else set()
    paths = {name: PurePosixPath(name) for name in found}
    return {MANIFEST} | {n for n, p in paths.items() if not p.is_absolute() and ".." not in p.parts}


def others(folder: Path) -> list[str]:
    """What no manifest of ours lists: files, and folders that hold nothing else."""
    ours = listed(folder)
    above = {str(parent) for name in ours for parent in PurePosixPath(name).parents} - {"."}

    def within(part: Path) -> Iterator[str]:
        """What lies in a folder and is none of ours, with all that is below it."""
        for path in sorted(part.iterdir()):
            name = path.relative_to(folder).as_posix()
            if name in above and path.is_dir() and not path.is_symlink():
                yield from within(path)
            elif name not in ours and name != STAGED:
                yield name

    return list(within(folder))


def check_folder(out: Path) -> Path:
    """Where results may go, absolute: nothing yet, an empty folder, or earlier results of ours.

    Raises InputError for a file, a folder of somebody else, or a place that cannot be written to.
    """
    place = out.resolve()
    allowed = "a new folder, an empty one, or one with earlier results"
    if place.exists() and not place.is_dir():
        raise unusable("output folder", found=str(out), allowed=f"{allowed}, not a file")
    if place.is_dir() and any(place.iterdir()):
        content = manifest_of(place) or manifest_of(place / STAGED)
        if content is None:
            raise unusable("output folder", found=f"{out}, which holds other files", allowed=allowed)
        if "files" not in content:
            found = f"{out}, whose {MANIFEST} does not say which files are results"
            raise unusable("output folder", found=found, allowed=allowed)
    with _refusals(out):
        above = nearest(out)
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise unusable("output folder", found=str(out), allowed=f"a writable place, which {above} is not")
    return place


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill, a manifest in it, that takes the place of earlier results at ``out`` once complete.

    Where it is left by an error, ``out`` is as it was.  What others keep in ``out`` stays, and a warning says
    so.
    Raises InputError for a place that cannot be used.
    """
    place = check_folder(out)
    with _scratch(out, place) as made:
        yield made
        with _refusals(out):
            _list(made, _files(made))
            _take_place(made, place)
            kept = others(place)
    if kept:
        more = f" and {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
        text = f"left as it was, for it is not in {MANIFEST}: {', '.join(kept[:_SHOWN])}{more}"
        warnings.warn(f"{out}: {text}", stacklevel=3)


@contextmanager
def more_files(out: Path) -> Iterator[Path]:
    """A folder to fill with files that join the results at ``out`` when it is left without an error."""
    place = out.resolve()
    with _scratch(out, place) as made:
        yield made
        with _refusals(out):
            before, names = listed(place), _files(made)
            for name in names:
                _make_way(place, name, before)
            _list(place, names | before)
            for name in sorted(names):
                _move(made, place, name)


@contextmanager
def _scratch(out: Path, place: Path) -> Iterator[Path]:
    """An empty folder beside the place, gone in the end."""
    with ExitStack() as stack:
        with _refusals(out):
            made = stack.enter_context(scratch_folder(place, 0))
            made.mkdir()
        yield made


@contextmanager
def _refusals(out: Path) -> Iterator[None]:
    """What the disk refuses, as one message."""
    try:
        yield
    except OSError as error:
        allowed = f"a writable place ({error.strerror or error})"
        raise unusable("output folder", found=str(out), allowed=allowed) from error


def _take_place(made: Path, place: Path) -> None:
    """Let a whole folder take the place of what is there."""
    if place.exists():
        settle(place)
    if not place.exists():
        made.rename(place)
        return
    if not others(place) and exchange(made, place):
        for name in others(made):  # came at the last moment
            _make_way(place, name, listed(place))
            _move(made, place, name)
        return
    made.rename(place / STAGED)
    settle(place)


def settle(place: Path) -> None:
    """Let results that wait in the folder of older ones take their places, however far that had come."""
    staged = place / STAGED
    ours, new = listed(place), listed(staged)
    if new:
        for name in ours - new:
            _remove(place, name)
        for name in sorted(new - {MANIFEST}):
            if (staged / name).exists():
                _make_way(place, name, ours)
                _move(staged, place, name)
        _move(staged, place, MANIFEST)
    shutil.rmtree(staged, ignore_errors=True)


def placed(folder: Path, name: str) -> Path:
    """Where a file of results is: in its place, or waiting for it."""
    waiting = folder / STAGED / name
    return waiting if (folder / STAGED / MANIFEST).exists() and waiting.exists() else folder / name


def _files(folder: Path) -> set[str]:
    """All files of a folder but its manifest."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}


def _list(folder: Path, files: Iterable[str]) -> None:
    """Let the manifest list these files, unless it says more of them itself."""
    content = manifest_of(folder)
    if content is None:
        raise ValueError(f"{folder} has no {MANIFEST}")
    if not isinstance(content.get("files"), dict):
        new = folder / f".{MANIFEST}.unfinished"
        write_json(new, {**content, "files": sorted({*files} - {MANIFEST})})
        new.replace(folder / MANIFEST)


def _move(made: Path, place: Path, name: str) -> None:
    """Move a file from where it was made into its place."""
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (made / name).replace(place / name)


def _make_way(place: Path, name: str, ours: set[str]) -> None:
    """Give what others put where a file of ours must stand another name, and say so."""
    for part in [*reversed(PurePosixPath(name).parents), PurePosixPath(name)][1:]:
        path, last = place / part, str(part) == name
        if not (path.exists() or path.is_symlink()) or str(part) in ours:
            continue
        if path.is_dir() and not last:
            continue
        free = next(
            p for n in range(10**6) if not (p := path.with_name(f"{path.name}{ASIDE}{n or ''}")).exists()
        )
        path.rename(free)
        warnings.warn(f"{path}: somebody else's, is now {free.name}", stacklevel=2)


def _remove(place: Path, name: str) -> None:
    """Remove a file of ours, and folders that are empty then."""
    (place / name).unlink(missing_ok=True)
    for parent in PurePosixPath(name).parents:
        if str(parent) == ".":
            return
        with suppress(OSError):
            (place / parent).rmdir()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Content as indented JSON in UTF-8; numbers may be NumPy's."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=np.generic.item)
    path.write_text(f"{text}\n", encoding="utf-8")
