"""The journal of a store: one line for each unit that is whole, or for a session that began.

A line is a checksum of its text and the text, JSON.  A line that was cut off or changed does not fit its
checksum and does not count.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lockin_sim.files import held_in

#: Files that wait for the disk at the same time.
SYNCED_TOGETHER = 16


def _line(entry: dict[str, Any]) -> str:
    """An entry as a line, its checksum first."""
    text = json.dumps(entry, sort_keys=True)
    return f"{zlib.crc32(text.encode()):08x} {text}\n"


def read(path: Path) -> list[dict[str, Any]]:
    """All entries that are whole, in the order they were written; none if there is no journal."""
    lines = (held_in(path) or b"").split(b"\n")[:-1]
    entries = []
    for line in lines:
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
            file.write(_line(entry).encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def rewrite(path: Path, entries: list[dict[str, Any]]) -> None:
    """Replace the journal by these entries, at once."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.writelines(_line(entry).encode() for entry in entries)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the content of a file is on disk; nothing for a file that is not there."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_files(paths: Iterable[Path]) -> None:
    """Wait until all are on disk: together, which costs the disk hardly more than one."""
    with ThreadPoolExecutor(SYNCED_TOGETHER) as pool:
        list(pool.map(sync_file, paths))


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on disk, where the system can."""
    if os.name != "nt":
        sync_file(path)
