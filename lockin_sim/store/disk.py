"""What the disk refuses, as one message that says what is kept; and two folders that change names at once."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockin_sim.errors import InputError, unusable
from lockin_sim.outputs import is_link, nearest
from lockin_sim.store.marks import marked_units

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def clear_errors(store: Path) -> Iterator[None]:
    """What the disk refuses, as one InputError; what is in the store stays as it was."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        if error.errno in _FULL:
            text = f"the disk is full{kept(store)}. Make room, then resume."
        elif error.errno in _REFUSED:
            text = f"cannot be written to ({reason}){kept(store)}."
        elif isinstance(error, FileExistsError | NotADirectoryError):
            text = f"cannot be written: a part of this path is a file, no folder ({reason})."
        else:
            text = f"cannot be written ({reason}){kept(store)}."
        raise InputError(f"{store}: {text}") from error


def check_writable(store: Path) -> None:
    """Raises InputError for a folder that can neither be made nor be written to, and makes none."""
    with clear_errors(store):
        above = nearest(store)
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def check_own(path: Path, store: Path, among: str = "*") -> None:
    """Raises InputError for a link in a folder that is written to: what stands behind it is another's.

    store  what messages call the folder;  among  which names in it, as a pattern
    """
    for each in sorted(path.glob(among)):
        if is_link(each):
            raise unusable(str(store), found=f"a link, {each.name}", allowed="a folder without links")


def kept(store: Path) -> str:
    """That units are kept, where there are any."""
    try:
        return "; units written so far are kept" if marked_units(store) else ""
    except OSError:
        return ""


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change names in one step, which no reader and no kill sees half done.

    Returns whether that was done: some systems and file systems cannot.
    """
    here, swap = -100, 2  # AT_FDCWD; RENAME_EXCHANGE of Linux is the RENAME_SWAP of macOS
    names = {"linux": "renameat2", "darwin": "renamex_np"}
    call = getattr(ctypes.CDLL(None), names[sys.platform], None) if sys.platform in names else None
    if call is None:
        return False
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        return bool(call(here, first, here, second, swap) == 0)
    return bool(call(first, second, swap) == 0)
