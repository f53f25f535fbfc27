"""Files that are written: whole or not there, never through a link, and never among files that are read."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lockin_sim.errors import unusable

#: Files that together show that a folder is read: the tables of a world, or a store.
READ = {"the tables of a world": ("columns.csv", "case.toml"), "a store": ("units.journal",)}


#: Control characters, and halves of characters, which stand for bytes that are not UTF-8.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def path_of(where: str, value: object, allowed: str) -> Path:
    """A path.  Raises InputError for anything that cannot be one, or that no terminal or log could show."""
    if not isinstance(value, str | Path) or not str(value):
        raise unusable(where, found=value, allowed=allowed)
    if _UNSHOWN.search(str(value)):
        raise unusable(where, found=str(value), allowed=f"{allowed}, without control characters")
    return Path(value)


def is_link(path: Path) -> bool:
    """Whether a path stands for another place, be that there or not."""
    return path.is_symlink() or path.is_junction()


def nearest(path: Path) -> Path:
    """What is there of a path to come: itself, or the nearest folder above it.

    Raises OSError for a link that leads nowhere, or in a circle: nothing can be made behind it.
    """
    for part in (path, *path.parents):
        if part.is_symlink() and not part.exists():
            raise OSError(errno.ENOENT, f"the link {part} leads nowhere")
    whole = path.resolve()
    return next(part for part in (whole, *whole.parents) if part.exists())


def check_target(path: Path, said: str) -> None:
    """Raises InputError for a folder, a pipe or a device, which writing a file would put away, and as
    :func:`check_apart`.

    said  what messages call the place
    """
    if path.exists() and not path.is_file():
        raise unusable(said, found=str(path), allowed="a new file, or a regular one to write over")
    check_apart(path.parent, said, path)


def check_apart(folder: Path, said: str, target: Path | None = None) -> None:
    """Raises InputError for a folder that is, or lies in, a store or the tables of a world.

    target  what is to be written there, for messages; None = the folder
    """
    place = Path(os.path.abspath(os.path.realpath(folder)))
    for above in (place, *place.parents):
        for what, names in READ.items():
            if all(os.path.isfile(above / name) for name in names):
                raise unusable(
                    said, found=str(target or folder), allowed=f"a place elsewhere; {above} is {what}"
                )


@contextmanager
def whole_file(path: Path, said: str = "output file") -> Iterator[Path]:
    """A file to write beside the path, which takes the place of the path once it is complete.

    What was there is replaced, not written over: what stands behind a link stays as it is.  Makes the folder.
    said  what messages call the file
    Raises InputError as :func:`check_target`, and where the disk refuses.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        for each in (path, unfinished):
            check_target(each, said)
        if is_link(unfinished):
            raise unusable(said, found=str(unfinished), allowed="no link where the file is written first")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield unfinished
            unfinished.replace(path)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        allowed = f"a file that can be written ({error.strerror or error})"
        raise unusable(said, found=str(path), allowed=allowed) from error
