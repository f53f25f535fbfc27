"""What is asked of a disk: a journal of whole lines, a lock that ends with its process, clear refusals."""

from __future__ import annotations

import ctypes
import errno
import glob
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from lockin_sim.errors import InputError, unusable
from lockin_sim.files import held_in, is_link, nearest

JOURNAL, LOCK = "units.journal", "units.lock"

#: What :func:`scratch_folder` gives to write in, in a hidden folder with its lock.
NEW = "new"

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def checksum(content: bytes) -> str:
    """Sixteen hex digits over what a file holds."""
    return hashlib.sha256(content).hexdigest()[:16]


# --- a journal: each line a checksum and a JSON text; one that is cut off or changed does not count ---


def _line(entry: dict[str, Any]) -> bytes:
    """An entry as a line, its checksum first."""
    text = json.dumps(entry, sort_keys=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """All entries that are whole, in the order they were written; none if there is no journal."""
    entries = []
    for line in (held_in(path) or b"").split(b"\n")[:-1]:
        mark, _, text = line.partition(b" ")
        if mark == b"%08x" % zlib.crc32(text):
            try:
                entry = json.loads(text)
            except (ValueError, RecursionError):  # somebody else's line, with a checksum
                continue
            if isinstance(entry, dict):
                entries.append(entry)
    return entries


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add an entry and wait until it is on disk.  Raises OSError, leaving the journal as it was."""
    with path.open("ab") as file:
        end = file.seek(0, os.SEEK_END)
        try:
            file.write(_line(entry))
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def rewrite(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    """Replace the journal by these entries, at once."""
    new = path.with_name(f"{path.name}.new")
    write_synced(new, b"".join(map(_line, entries)))
    new.replace(path)
    sync_folder(path.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- one writer: a lock that the system drops when its process ends, however it ends ---


def lock(path: Path, store: Path) -> IO[str]:
    """Hold a lock file until it is closed.

    store  what messages call the place
    Raises InputError naming the process that holds it and for a link, OSError where the file cannot be
    written.
    """
    if is_link(path):
        raise unusable(str(store), found=f"a link, {path.name}", allowed="a folder without links")
    file = path.open("a+", encoding="utf-8")
    try:  # an error at once if somebody else holds the lock
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 20)  # far behind what is written, so that the owner can be read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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


# --- what a disk refuses ---


@contextmanager
def clear_errors(store: Path) -> Iterator[None]:
    """What the disk refuses, as one InputError; what is in the store stays as it was."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        if error.errno in _FULL:
            text = f"the disk is full{_kept(store)}. Make room, then resume."
        elif error.errno in _REFUSED:
            text = f"cannot be written to ({reason}){_kept(store)}."
        elif isinstance(error, FileExistsError | NotADirectoryError):
            text = f"cannot be written: a part of this path is a file, no folder ({reason})."
        else:
            text = f"cannot be written ({reason}){_kept(store)}."
        raise InputError(f"{store}: {text}") from error


def _kept(store: Path) -> str:
    """That units are kept, where there are any."""
    try:
        marked = any("unit" in entry for entry in read_journal(store / JOURNAL))
    except OSError:
        return ""
    return "; units written so far are kept" if marked else ""


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


def check_room(place: Path, needed: int) -> None:
    """Raises InputError for a disk with less room than so many bytes."""
    room = shutil.disk_usage(place).free
    if needed > room:
        raise unusable("store", found=f"{needed / 1e6:,.1f} MB of results", allowed=f"{room / 1e6:,.1f} MB")


# --- a folder that takes the place of another ---


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


@contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """A hidden folder beside one to come, gone in the end; those that killed processes left go first.

    Raises OSError where it cannot be written.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(place)
    while True:
        scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        with suppress(InputError, FileNotFoundError):
            held = lock(scratch / LOCK, place)
            if (scratch / LOCK).exists():
                break
            held.close()  # somebody took it for left behind before it was locked
    try:
        with held:
            yield scratch / NEW
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remove_stale(place: Path) -> None:
    """Remove scratch folders of a place whose process is gone: those with its lock in them and nothing but
    what we put there.  Anything else of such a name stays."""
    for folder in place.parent.glob(f".{glob.escape(place.name)}.*"):
        if not re.fullmatch(r"[a-z0-9_]{8}", folder.name.removeprefix(f".{place.name}.")):
            continue
        with suppress(OSError, InputError):
            held = {path.name: path for path in folder.iterdir()} if not is_link(folder) else {}
            lock_file = held.pop(LOCK, None)
            ours = lock_file is not None and not is_link(lock_file) and lock_file.is_file()
            if not ours or not all(name == NEW and not is_link(p) and p.is_dir() for name, p in held.items()):
                continue
            with lock(folder / LOCK, place):  # held by whoever is writing in it right now
                shutil.rmtree(folder / NEW, ignore_errors=True)
                if os.name != "nt":
                    (folder / LOCK).unlink(missing_ok=True)
            (folder / LOCK).unlink(missing_ok=True)  # where a system lets it go only now
            folder.rmdir()
