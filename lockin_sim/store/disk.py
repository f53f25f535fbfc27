"""What the disk refuses, as one message that says what is kept."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockin_sim.errors import InputError
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


def kept(store: Path) -> str:
    """That units are kept, where there are any."""
    try:
        return "; units written so far are kept" if marked_units(store) else ""
    except OSError:
        return ""
