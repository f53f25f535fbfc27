"""The place where a store is made before it appears under its name, whole."""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lockin_sim.errors import InputError, unusable
from lockin_sim.outputs import is_link
from lockin_sim.store.layout import LOCK
from lockin_sim.store.lock import lock

#: The store in the scratch folder.
NEW = "new"


@contextmanager
def scratch_folder(place: Path, needed: int) -> Iterator[Path]:
    """A hidden folder beside a store to come, gone in the end; those that killed processes left go first.

    needed  bytes that the store will hold
    Raises InputError if the disk has less room than that, OSError where it cannot be written.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(place)
    scratch, held = _held_folder(place)
    try:
        with held:
            room = shutil.disk_usage(scratch).free
            if needed > room:
                raise unusable(
                    "store", found=f"{needed / 1e6:,.1f} MB of results", allowed=f"{room / 1e6:,.1f} MB"
                )
            yield scratch / NEW
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _held_folder(place: Path) -> tuple[Path, IO[str]]:
    """A new folder with its lock; another one where somebody took it for left behind before it was locked."""
    while True:
        scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            held = lock(scratch / LOCK, place)
        except (InputError, FileNotFoundError):
            continue
        if (scratch / LOCK).exists():
            return scratch, held
        held.close()


def remove_stale(place: Path) -> None:
    """Remove scratch folders of a store whose process is gone: those with its lock in them and nothing but
    what we put there.  Anything else of such a name stays."""
    for folder in place.parent.glob(f".{glob.escape(place.name)}.*"):
        if not re.fullmatch(r"[a-z0-9_]{8}", folder.name.removeprefix(f".{place.name}.")):
            continue
        try:
            if not _is_scratch(folder):
                continue
            with lock(folder / LOCK, place):  # held by whoever is making the store right now
                shutil.rmtree(folder / NEW, ignore_errors=True)
                if os.name != "nt":
                    (folder / LOCK).unlink(missing_ok=True)
            (folder / LOCK).unlink(missing_ok=True)  # where a system lets it go only now
            folder.rmdir()
        except (OSError, InputError):
            continue


def _is_scratch(folder: Path) -> bool:
    """Whether a folder holds the lock of a process that was making a store, and at most the store beside."""
    if is_link(folder) or not folder.is_dir():
        return False
    held = {path.name: path for path in folder.iterdir()}
    lock_file = held.pop(LOCK, None)
    ours = lock_file is not None and not is_link(lock_file) and lock_file.is_file()
    return ours and held.keys() <= {NEW} and all(not is_link(p) and p.is_dir() for p in held.values())
