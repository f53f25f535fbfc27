"""Write files safely: a journal of whole lines, a lock that ends with its process, clear errors."""

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

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.files import find_existing_folder, hold, is_link, read_content

JOURNAL, LOCK = "units.journal", "units.lock"

#: Folder inside a scratch folder, beside its lock.
NEW = "new"

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def checksum(content: bytes) -> str:
    """Compute sixteen hexadecimal digits of a file's content."""
    return hashlib.sha256(content).hexdigest()[:16]


# --- a journal: lines of a checksum and a JSON text; truncated or changed ones do not count ---


def _line(entry: dict[str, Any]) -> bytes:
    """Encode an entry as a line, its checksum first."""
    text = json.dumps(entry, sort_keys=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Read all valid entries, in the order they were written; [] without a journal."""
    entries = []
    for line in (read_content(path) or b"").split(b"\n")[:-1]:
        mark, _, text = line.partition(b" ")
        if mark == b"%08x" % zlib.crc32(text):
            try:
                entry = json.loads(text)
            except (ValueError, RecursionError):  # not ours, despite a checksum
                continue
            if isinstance(entry, dict):
                entries.append(entry)
    return entries


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add an entry and wait until it is on disk.  Raises OSError, leaving the journal unchanged."""
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
    """Replace the journal by these entries, atomically."""
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
    """Wait until the names in a folder are on disk, if the system can."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- one writer: a lock that the system releases when its process ends ---


def lock(path: Path, store: Path) -> IO[str]:
    """Acquire a lock file, held until it is closed.

    store  name of the place in messages

    Raises InputError naming the process that holds it, and for a link; OSError if the file cannot be written.
    """
    if is_link(path):
        raise unusable(str(store), words=f"a link, {path.name}", allowed="a folder without links")
    file = path.open("a+", encoding="utf-8")
    try:  # fails immediately if another process holds the lock
        hold(file)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise InputError(
            f"{store}: another process is writing to this store ({owner}); wait until it ends, or stop it."
        ) from error
    file.truncate(0)
    file.write(f"process {os.getpid()} on {platform.node()}\n")
    file.flush()
    return file


# --- errors of the disk ----


@contextmanager
def clear_errors(store: Path) -> Iterator[None]:
    """Turn disk errors into one InputError; the store stays unchanged."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        if error.errno in _FULL:
            text = f"the disk is full{_saved(store)}. Make room, then resume."
        elif error.errno in _REFUSED:
            text = f"cannot be written to ({reason}){_saved(store)}."
        elif isinstance(error, FileExistsError | NotADirectoryError):
            text = f"cannot be written: part of this path is a file, not a folder ({reason})."
        else:
            text = f"cannot be written ({reason}){_saved(store)}."
        raise InputError(f"{store}: {text}") from error


def _saved(store: Path) -> str:
    """Describe whether finished runs are saved in a store."""
    try:
        marked = any("unit" in entry for entry in read_journal(store / JOURNAL))
    except OSError:
        return ""
    return "; finished units are saved" if marked else ""


def check_writable(store: Path) -> None:
    """Refuse a folder that cannot be created or written to, without creating it."""
    with clear_errors(store):
        above = find_existing_folder(store)
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def check_own(path: Path, store: Path, among: str = "*") -> None:
    """Refuse a link in a folder to be written to, since its target belongs to somebody else.

    store  name of the folder in messages
    among  pattern of names to check
    """
    for each in sorted(path.glob(among)):
        if is_link(each):
            raise unusable(str(store), words=f"a link, {each.name}", allowed="a folder without links")


def check_room(place: Path, needed: int) -> None:
    """Refuse a disk with less free space than ``needed`` bytes."""
    room = shutil.disk_usage(place).free
    if needed > room:
        raise unusable("store", words=f"{needed / 1e6:,.1f} MB of results", allowed=f"{room / 1e6:,.1f} MB")


# --- replacing one folder by another --------


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders atomically, and return whether the system could."""
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
    """Yield a hidden folder beside a future one, and remove it in the end.

    Also removes scratch folders of killed processes.  Raises OSError if it cannot be written.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(place)
    while True:
        scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        with suppress(InputError, FileNotFoundError):
            locked = lock(scratch / LOCK, place)
            if (scratch / LOCK).exists():
                break
            locked.close()  # removed as abandoned before it was locked
    try:
        with locked:
            yield scratch / NEW
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remove_stale(place: Path) -> None:
    """Remove scratch folders of dead processes: those with their lock and only our files."""
    for folder in place.parent.glob(f".{glob.escape(place.name)}.*"):
        if not re.fullmatch(r"[a-z0-9_]{8}", folder.name.removeprefix(f".{place.name}.")):
            continue
        with suppress(OSError, InputError):
            contents = {path.name: path for path in folder.iterdir()} if not is_link(folder) else {}
            lock_file = contents.pop(LOCK, None)
            ours = lock_file is not None and not is_link(lock_file) and lock_file.is_file()
            if not ours or not all(
                name == NEW and not is_link(p) and p.is_dir() for name, p in contents.items()
            ):
                continue
            with lock(folder / LOCK, place):  # held by a process that is writing in it
                shutil.rmtree(folder / NEW, ignore_errors=True)
                if os.name != "nt":
                    (folder / LOCK).unlink(missing_ok=True)
            (folder / LOCK).unlink(missing_ok=True)  # on systems that release it only now
            folder.rmdir()
