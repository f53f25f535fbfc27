"""Files from outside and files that are written.

The one place where files from outside are read, with a limit of size, and taken apart: a file is regular, of
a bounded size and text in UTF-8 without control characters, or there is one
:class:`~lockin_sim.errors.InputError` that names it.  Cells of CSV files that a spreadsheet would run as a
formula are written behind an apostrophe (:func:`guarded`), and read without it.  What is written is whole or
not there, never through a link, and never among files that are read.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lockin_sim.errors import InputError, unusable

#: Most bytes of a table, and of a file that people write by hand.
MOST_BYTES, MOST_WRITTEN = 64_000_000, 1_000_000

#: Most tables and lists in one another: more than any file of ours needs, less than Python can follow.
DEEPEST = 32

#: A quoted word on one line, closed or not, and a name of more parts than that with dots between them.
_QUOTED = re.compile(r"""\"(?:[^"\\\n]|\\.)*+\"?|'[^'\n]*+'?""")
_DOTTED = re.compile(rf"(?<![\w.-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")

#: Whole numbers that TOML has, and what they are in words.
_INTEGERS, _NUMBERS = range(-(2**63), 2**63), "whole numbers of 64 bits"

#: What does not belong into a text: all control characters but tabulators and ends of lines.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))

#: How a formula begins for spreadsheets; and what is written behind an apostrophe to be none.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def text_of(path: str | Path, said: str | None = None, *, most: int = MOST_WRITTEN) -> str:
    """What a text file holds, without a byte-order mark.

    said  what messages call the file; None = its path
    most  bytes that are read at most
    Raises InputError for what is no regular file, cannot be read, is larger, or is not text in UTF-8.
    """
    said = str(path) if said is None else said
    check_regular(path, said)
    try:
        with Path(path).open("rb") as file:
            held = file.read(most + 1)
    except OSError as error:
        raise _unread(error, said) from error
    if len(held) > most:
        raise unusable(said, found=f"more than {most:,} bytes", allowed="a file up to that size")
    try:
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8, in line {held.count(b'\n', 0, error.start) + 1}"
        raise unusable(said, found=found, allowed="a text file in UTF-8") from error
    if control := _CONTROL.search(text):
        where = f"{said}, line {text.count('\n', 0, control.start()) + 1}"
        raise unusable(where, found=control.group(), allowed="text without control characters")
    return text


def check_regular(path: str | Path, said: str | None = None) -> None:
    """Raises InputError for what is not there, and for a folder, a pipe or a device, which may have no end.

    said  what messages call the file; None = its path
    """
    said = str(path) if said is None else said
    try:
        kind = Path(path).stat().st_mode
    except OSError as error:
        raise _unread(error, said) from error
    except ValueError as error:
        raise unusable(said, found=str(path), allowed="the path of a file") from error
    if not stat.S_ISREG(kind):
        found = next((word for is_kind, word in _KINDS if is_kind(kind)), "a device")
        raise unusable(said, found=found, allowed="a regular file")


def held_in(path: Path) -> bytes | None:
    """What a file of ours holds; None for no file, and for what was put in its place: a folder, a device."""
    return path.read_bytes() if path.is_file() else None


def _unread(error: OSError, said: str) -> InputError:
    """Why a file cannot be read."""
    found = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
    return unusable(said, found=found, allowed="a file that can be read")


def toml_of(path: str | Path, said: str | None = None) -> dict[str, Any]:
    """What a TOML file holds.  Raises InputError as :func:`text_of`, and for what is not TOML."""
    said = str(path) if said is None else said
    text = text_of(path, said)
    if _DOTTED.search(_QUOTED.sub("q", text)):  # for each of which Python goes through all again
        raise _too_deep(said)
    with _parsing(said, "TOML"):
        content = tomllib.loads(text)
    _check_content(content, said)
    return content


def json_of(path: str | Path, said: str | None = None) -> Any:
    """What a JSON file holds.  Raises InputError as :func:`text_of`, and for what is not JSON."""
    said = str(path) if said is None else said
    text = text_of(path, said, most=MOST_BYTES)
    with _parsing(said, "JSON"):
        return json.loads(text)


@contextmanager
def _parsing(said: str, form: str) -> Iterator[None]:
    """What a parser does not take, as one message that names the file."""
    try:
        yield
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{said}: not a {form} file: {error}") from error
    except RecursionError as error:
        raise _too_deep(said) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise unusable(said, found="a number that is too long", allowed=_NUMBERS) from error


def rows_of(path: str | Path, said: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with the numbers of their last lines, cells without the apostrophe of
    :func:`guarded`.  Raises InputError as :func:`text_of`, and for a quotation mark that is not closed or a
    cell of more than 131,072 signs.
    """
    said = str(path) if said is None else said
    lines = csv.reader(io.StringIO(text_of(path, said, most=MOST_BYTES), newline=""), strict=True)
    try:
        for cells in lines:
            yield lines.line_num, [unguarded(cell) for cell in cells]
    except csv.Error as error:
        where = f"{said}, line {lines.line_num}"
        raise unusable(where, found=str(error), allowed="cells separated by commas") from error


def number_of(text: str) -> float:
    """The number that a cell shows, as other programs read it too.  Raises ValueError if there is none."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def guarded(cell: Any) -> Any:
    """A cell for a CSV file: a text that a spreadsheet would take for a formula behind an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before :func:`guarded`."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def _check_content(content: dict[str, Any], said: str) -> None:
    """Raises InputError for what TOML can say and nothing of ours can mean, at whatever depth."""
    held: list[tuple[Any, str, int]] = [(content, "", 0)]
    while held:
        value, key, depth = held.pop()
        where = f"{said}: {key[1:]}" if key else said
        if depth > DEEPEST:
            raise _too_deep(said)
        if isinstance(value, dict):
            held += [(name, f"{key} (a key)", depth) for name in value]
            held += [(inner, f"{key}.{name}", depth + 1) for name, inner in value.items()]
        elif isinstance(value, list):
            held += [(inner, f"{key}[{n}]", depth + 1) for n, inner in enumerate(value)]
        elif isinstance(value, int) and value not in _INTEGERS:
            raise unusable(where, found=value, allowed=_NUMBERS)
        elif isinstance(value, str) and _CONTROL.search(value):
            raise unusable(where, found=value, allowed="text without control characters")


def _too_deep(said: str) -> InputError:
    """The error of a file that nests too deep."""
    return unusable(said, found="nesting too deep", allowed=f"tables and lists {DEEPEST} deep at most")


# --- files that are written ---

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
