"""Files from outside: the one place where they are read, with a limit of size, and taken apart.

A file is regular, of a bounded size and text in UTF-8 without control characters, or there is one
:class:`~lockin_sim.errors.InputError` that names it.  Cells of CSV files that a spreadsheet would run as a
formula are written behind an apostrophe (:func:`guarded`), and read without it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import tomllib
from collections.abc import Iterator
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

#: Whole numbers that TOML has.
_INTEGERS = range(-(2**63), 2**63)

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
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{said}: not a TOML file: {error}") from error
    except RecursionError as error:
        raise _too_deep(said) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise unusable(said, found="a number that is too long", allowed=_numbers()) from error
    _check_content(content, said)
    return content


def json_of(path: str | Path, said: str | None = None) -> Any:
    """What a JSON file holds.  Raises InputError as :func:`text_of`, and for what is not JSON."""
    said = str(path) if said is None else said
    text = text_of(path, said, most=MOST_BYTES)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{said}: not a JSON file: {error}") from error
    except RecursionError as error:
        raise _too_deep(said) from error
    except ValueError as error:
        raise unusable(said, found="a number that is too long", allowed=_numbers()) from error
    return content


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
            raise unusable(where, found=value, allowed=_numbers())
        elif isinstance(value, str) and _CONTROL.search(value):
            raise unusable(where, found=value, allowed="text without control characters")


def _too_deep(said: str) -> InputError:
    """The error of a file that nests too deep."""
    return unusable(said, found="nesting too deep", allowed=f"tables and lists {DEEPEST} deep at most")


def _numbers() -> str:
    """What whole numbers a file may hold, in words."""
    return "whole numbers of 64 bits"
