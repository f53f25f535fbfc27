"""Read and write files from and for users safely.

This is the only place that parses files from outside: a file is regular, of bounded size and text in UTF-8
without control characters, or there is one :class:`.InputError` that names it.  CSV cells that a spreadsheet
would run as a formula are written with a leading apostrophe (:func:`guard_cell`), and read without it.
Output files are complete or absent, never written through a link, and never among input files.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import stat
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from lockin_sim.common.errors import InputError, unusable

#: Maximum bytes of a table, and of a file written by hand.
MOST_BYTES, MOST_WRITTEN = 64_000_000, 1_000_000

#: Maximum nesting of tables and lists: more than any file of ours needs, less than Python's limit.
DEEPEST = 32

#: A quoted word on one line, closed or not, and a dotted name with more parts than that.
_QUOTED = re.compile(r"""\"(?:[^"\\\n]|\\.)*+\"?|'[^'\n]*+'?""")
_DOTTED = re.compile(rf"(?<![\w.-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")

#: Whole numbers of TOML, and their description.
_INTEGERS, _NUMBERS = range(-(2**63), 2**63), "whole numbers of 64 bits"

#: Forbidden characters: all control characters but tabs and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))

#: Cells that spreadsheets take for formulas, or that need the apostrophe to survive.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def read_text(path: str | Path, label: str | None = None, *, most: int = MOST_WRITTEN) -> str:
    """Read a text file, without its byte-order mark.

    label  name of the file in messages; None = its path
    most   maximum number of bytes

    Raises InputError for a file that is not regular, cannot be read, is larger, or is not text in UTF-8.
    """
    label = str(path) if label is None else label
    check_regular(path, label)
    try:
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise _unread(error, label) from error
    if len(content) > most:
        raise unusable(label, words=f"more than {most:,} bytes", allowed="a file up to that size")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8, in line {content.count(b'\n', 0, error.start) + 1}"
        raise unusable(label, words=found, allowed="a text file in UTF-8") from error
    if control := _CONTROL.search(text):
        where = f"{label}, line {text.count('\n', 0, control.start()) + 1}"
        raise unusable(where, found=control.group(), allowed="text without control characters")
    return text


def check_regular(path: str | Path, label: str | None = None) -> None:
    """Refuse a missing file, and a folder, a pipe or a device, which may have no end.

    label  name of the file in messages; None = its path
    """
    label = str(path) if label is None else label
    try:
        kind = Path(path).stat().st_mode
    except OSError as error:
        raise _unread(error, label) from error
    except ValueError as error:
        raise unusable(label, found=str(path), allowed="the path of a file") from error
    if not stat.S_ISREG(kind):
        found = next((word for is_kind, word in _KINDS if is_kind(kind)), "a device")
        raise unusable(label, words=found, allowed="a regular file")


def read_content(path: Path) -> bytes | None:
    """Read a file of ours; None if it is missing or was replaced by a folder or device."""
    return path.read_bytes() if path.is_file() else None


def _unread(error: OSError, label: str) -> InputError:
    """Build the error for a file that cannot be read."""
    found = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
    return unusable(label, words=found, allowed="a file that can be read")


def read_toml(path: str | Path, label: str | None = None) -> dict[str, Any]:
    """Read a TOML file.  Raises InputError as :func:`read_text`, and for invalid TOML."""
    label = str(path) if label is None else label
    text = read_text(path, label)
    if _DOTTED.search(_QUOTED.sub("q", text)):  # which Python parses in quadratic time
        raise _too_deep(label)
    with _parsing(label, "TOML"):
        content = tomllib.loads(text)
    _check_content(content, label)
    return content


def read_json(path: str | Path) -> Any:
    """Read a JSON file.  Raises InputError as :func:`read_text`, and for invalid JSON."""
    text = read_text(path, most=MOST_BYTES)
    with _parsing(str(path), "JSON"):
        return json.loads(text)


@contextmanager
def _parsing(label: str, form: str) -> Iterator[None]:
    """Turn errors of a parser into one message that names the file."""
    try:
        yield
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{label}: not a {form} file: {error}") from error
    except RecursionError as error:
        raise _too_deep(label) from error
    except ValueError as error:  # a number with too many digits
        raise unusable(label, words="a number that is too long", allowed=_NUMBERS) from error


def read_rows(path: str | Path, label: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file with line numbers, cells without the apostrophe of :func:`guard_cell`.

    Raises InputError as :func:`read_text`, and for a quotation mark that is not closed or a cell of more than
    131,072 characters.
    """
    label = str(path) if label is None else label
    lines = csv.reader(io.StringIO(read_text(path, label, most=MOST_BYTES), newline=""), strict=True)
    try:
        for cells in lines:
            yield lines.line_num, [unguard_cell(cell) for cell in cells]
    except csv.Error as error:
        where = f"{label}, line {lines.line_num}"
        raise unusable(where, found=str(error), allowed="cells separated by commas") from error


def number_of(text: str) -> float:
    """Parse the number in a cell, as other programs do.  Raises ValueError if there is none."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def guard_cell(cell: Any) -> Any:
    """Put an apostrophe before a cell that a spreadsheet would run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unguard_cell(cell: str) -> str:
    """Remove the apostrophe of :func:`guard_cell`."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def _check_content(content: dict[str, Any], label: str) -> None:
    """Refuse values, at any depth, that TOML allows but no file of ours can contain."""
    pending: list[tuple[Any, str, int]] = [(content, "", 0)]
    while pending:
        value, key, depth = pending.pop()
        where = f"{label}: {key[1:]}" if key else label
        if depth > DEEPEST:
            raise _too_deep(label)
        if isinstance(value, dict):
            pending += [(name, f"{key} (a key)", depth) for name in value]
            pending += [(inner, f"{key}.{name}", depth + 1) for name, inner in value.items()]
        elif isinstance(value, list):
            pending += [(inner, f"{key}[{n}]", depth + 1) for n, inner in enumerate(value)]
        elif isinstance(value, int) and value not in _INTEGERS:
            raise unusable(where, found=value, allowed=_NUMBERS)
        elif isinstance(value, str) and _CONTROL.search(value):
            raise unusable(where, found=value, allowed="text without control characters")


def _too_deep(label: str) -> InputError:
    """Build the error for a file that nests too deeply."""
    return unusable(label, words="nesting too deep", allowed=f"tables and lists {DEEPEST} deep at most")


# --- files that are written ---

#: Files that identify a folder of inputs: the tables of a world, or a store.
READ = {"the tables of a world": ("columns.csv", "case.toml"), "a store": ("units.journal",)}


#: Control characters, and surrogates, which represent bytes that are not UTF-8.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_path(where: str, value: object, allowed: str) -> Path:
    """Convert a value to a path.  Raises InputError for other values, and for control characters."""
    if not isinstance(value, str | Path) or not str(value):
        raise unusable(where, found=value, allowed=allowed)
    if _UNSHOWN.search(str(value)):
        raise unusable(where, found=str(value), allowed=f"{allowed}, without control characters")
    return Path(value)


def is_link(path: Path) -> bool:
    """Whether a path is a link, valid or not."""
    return path.is_symlink() or path.is_junction()


def find_existing_folder(path: Path) -> Path:
    """Return the path if it exists, or the nearest existing folder above it.

    Raises OSError for a link that leads nowhere, or in a circle: nothing can be created behind it.
    """
    for part in (path, *path.parents):
        if part.is_symlink() and not part.exists():
            raise OSError(errno.ENOENT, f"the link {part} leads nowhere")
    whole = path.resolve()
    return next(part for part in (whole, *whole.parents) if part.exists())


def check_target(path: Path, label: str) -> None:
    """Refuse a folder, a pipe or a device, which a file would replace, and inputs as :func:`check_apart`.

    label  name of the place in messages
    """
    if path.exists() and not path.is_file():
        raise unusable(label, found=str(path), allowed="a new file, or a regular one to write over")
    check_apart(path.parent, label, path)


def check_apart(folder: Path, label: str, target: Path | None = None) -> None:
    """Refuse an output folder that is, or is inside, a store or the tables of a world.

    target  output path for messages; None = the folder
    """
    place = Path(os.path.abspath(os.path.realpath(folder)))
    for above in (place, *place.parents):
        for what, names in READ.items():
            if all(os.path.isfile(above / name) for name in names):
                raise unusable(
                    label, found=str(target or folder), allowed=f"a place elsewhere; {above} is {what}"
                )


@contextmanager
def write_atomically(path: Path, label: str = "output file") -> Iterator[Path]:
    """Yield a temporary file to write, which replaces ``path`` when it is complete.

    An existing file is replaced, not overwritten: the target of a link stays unchanged.  Creates the folder.

    label  name of the file in messages

    Raises InputError as :func:`check_target`, and where the disk refuses.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        for each in (path, unfinished):
            check_target(each, label)
        if is_link(unfinished):
            raise unusable(label, found=str(unfinished), allowed="no link where the file is written first")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield unfinished
            unfinished.replace(path)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        allowed = f"a file that can be written ({error.strerror or error})"
        raise unusable(label, found=str(path), allowed=allowed) from error


#: Names the folder that our own folder of caches is in; without it that for caches of the user.
CACHE_VARIABLE = "LOCKIN_CACHE"

#: Our own folder there.
CACHE_OWN = "lockin_sim"


def find_cache_root() -> Path:
    """Return the folder of everything that is cached between processes."""
    home = os.environ.get(CACHE_VARIABLE) or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / CACHE_OWN


def hold(file: IO[Any]) -> None:
    """Acquire an exclusive lock on an open file, until it is closed or the process ends.

    Raises OSError at once if another process holds it.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 20)  # beyond the content, so that others can read it
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def cache_folder(name: str) -> Path | None:
    """Create and return a folder in the cache; None if it cannot be written."""
    folder = find_cache_root() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) and not is_link(folder) else None
