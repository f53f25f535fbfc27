"""One writer a store: a lock that the system drops when its process ends, however it ends."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import IO

from lockin_sim.errors import InputError, unusable
from lockin_sim.outputs import is_link


def lock(path: Path, store: Path) -> IO[str]:
    """Hold a lock file until it is closed.

    store  what messages call the store
    Raises InputError naming the process that holds it and for a link, OSError where the file cannot be
    written.
    """
    if is_link(path):
        raise unusable(str(store), found=f"a link, {path.name}", allowed="a folder without links")
    file = path.open("a+", encoding="utf-8")
    try:
        _take(file)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise InputError(
            f"{store}: another process is writing to this store ({owner}); wait until it ends, or end it."
        ) from error
    file.truncate(0)
    file.write(f"process {os.getpid()} on {platform.node()}\n")
    file.flush()
    return file


def _take(file: IO[str]) -> None:
    """Raises OSError at once if somebody else holds the lock."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 20)  # far behind what is written, so that the owner can be read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
