"""What is hostile: values, files, cells, texts and lines that nobody should send, and some merely odd."""

import math
import os
import random

import numpy as np
import pandas as pd
import xarray as xr

DIGITS = "7" * 5000

#: Values for any place of a TOML file.
VALUES = {
    "nan": "nan", "inf": "inf", "minus inf": "-inf", "1e308": "1e308", "minus 1e308": "-1e308",
    "1e400": "1e400",
    "tiny": "5e-324", "minus zero": "-0.0", "most of 64 bits": "9223372036854775807",
    "more than 64 bits": "9223372036854775808", "5,000 digits": DIGITS, "minus 5,000 digits": f"-{DIGITS}",
    "hexadecimal": f"0x{DIGITS}", "date": "2020-01-01", "time": "07:32:00", "moment": "2020-01-01T00:00:00Z",
    "true": "true", "zero": "0", "minus one": "-1", "half": "0.5", "empty text": '""', "blank": '" "',
    "NUL": r'"\u0000"', "escape": r'"\u001b[2J"', "line end": r'"a\nb"', "direction": r'"\u202e"',
    "parents": '".."', "option": '"-h"', "formula": '"=cmd|x!A1"', "path": '"../../../etc/passwd"',
    "device": '"/dev/zero"', "device with an ending": '"/dev/zero.toml"', "long": f'"{"x" * 300}"',
    "very long": f'"{"x" * 100_000}"', "markup": '"[/x]"', "mathematics": r"'$\frac{$'",
    "format": '"{0.__class__}%s"',
    "nothing in a list": "[]", "lists": "[[], [[]]]", "mixed": '[1, "a", 2020-01-01]', "table": "{}",
    "tables": "{ a = { b = [ { c = 1 } ] } }", "deep list": "[" * 60 + "]" * 60,
    "abyss": "[" * 9000 + "]" * 9000,
    "many": f"[{', '.join(['"x"'] * 20_000)}]", "numbers": "[nan, inf, 1e308]", "pair": "[1e308, -1e308]",
    "wide": "[-1e308, 1e308]", "texts": r'["", "\u0000", "a"]',
}  # fmt: skip


def _link(target):
    return lambda path: path.symlink_to(target)


def _unreadable(path):
    path.write_bytes(b"")
    path.chmod(0)


#: What stands where a file should be.
NO_FILES = {
    "empty": b"", "a line end": b"\n", "NUL": b"\0", "a mark": b"\xef\xbb\xbf",
    "UTF-16": "a = 1\n".encode("utf-16"),
    "UTF-16 without a mark": "a = 1\n".encode("utf-16-le"), "UTF-32": "a = 1\n".encode("utf-32"),
    "latin-1": 'name = "\xe9"\n'.encode("latin-1"), "noise": random.Random(1).randbytes(3000),
    "a surrogate": b'name = "\xed\xa0\x80"\n', "overlong": b'name = "\xc0\xaf"\n',
    "carriage returns": b"a = 1\ra = 2\r",
    "half a text": b'name = "', "brackets": b"[" * 100_000, "braces": b"a = " + b"{b=" * 5000,
    "dots": b"a" + b".a" * 100_000 + b" = 1\n", "a long line": b"a" * 900_000,
    "zip": b"PK\x03\x04" + b"\0" * 200,
    "quotes": b'"' * 100_001, "commas": b"," * 300_000, "more than it may": b"# \n" * 400_000,
    "a folder": lambda path: path.mkdir(), "a pipe": lambda path: os.mkfifo(path),
    "endless": _link("/dev/zero"),
    "random without end": _link("/dev/urandom"), "nothing at all": _link("/dev/null"),
    "a circle": lambda p: p.symlink_to(p),
    "a link to nothing": _link("nowhere"), "unreadable": _unreadable, "a process": _link("/proc/self/mem"),
}  # fmt: skip

#: Cells that a table should not have.
CELLS = {
    "blank": "", "nan": "nan", "inf": "inf", "1e308": "1e308", "1e400": "1e400", "digits": DIGITS,
    "word": "x",
    "underscores": "1_0", "other digits": "\u0661", "formula": "=1+1", "date": "2020-01-01", "minus": "-1",
    "long": "x" * 140_000, "quoted": '"a\nb"', "open": '"a', "escape": "\x1b[2J", "line": "\u2028",
    "list": ";;",
}  # fmt: skip

#: Arguments and options.
TEXTS = (
    "", " ", "-1", "0", "nan", "1e5", "1.5", DIGITS, "x" * 300, "\u0661", "..", "/", "=cmd", "\x1b[2J",
    "\n", "a\0b",
    "2010-", "2010-9999999999999999999", f"2010-{DIGITS}", "2020-2010", "/dev/zero", "/dev/full",
    "/proc/self/mem",
    "nowhere/x", "[/x]", "%s{0}", "\udcff",
)  # fmt: skip


#: The same where something is written: these tests may have rights to replace a device.
PLACES = tuple(text for text in TEXTS if not text.startswith("/"))

#: Lines of a journal whose checksum is right and whose text is not ours.
LINES = (
    "5", "[]", "null", '"unit"', "{}", '{"unit": 0}', '{"unit": "0", "checksum": 1}', '{"unit": [0]}',
    '{"unit": 99}',
    '{"unit": -1, "checksum": "", "runs": 1, "failed": 0}',
    '{"unit": 0, "checksum": "x", "runs": "many", "failed": 0}',
    '{"unit": NaN}', '{"session": 5}', '{"files": 5, "attributes": "{}"}', '{"files": {"..": ""}}',
    '{"files": {}, "attributes": "["}', f'{{"unit": {DIGITS}}}', "[" * 9000, "no JSON", "\x00",
)  # fmt: skip


def changed_at_random(content, luck):
    """Some bytes flipped, dropped, repeated, or replaced by troublesome ones."""
    held = bytearray(content)
    for _ in range(luck.choice([1, 1, 2, 5, 20])):
        at, length = luck.randrange(len(held)), luck.choice([1, 1, 3, 30])
        part = held[at : at + length]
        held[at : at + length] = luck.choice([
            b"", part * 2, bytes(b ^ (1 << luck.randrange(8)) for b in part), luck.randbytes(length),
            luck.choice([b"\0", b"\xff\xfe", b'"', b"'", b",", b"\n", b"[", b"]", b"=", b"{", b"9" * 400,
            b"-", b"1e999"]),
        ])  # fmt: skip
        held = held or bytearray(b"\n")
    return bytes(held)


#: What a call from Python may be given anywhere, by name; most places have no use for most of it.
OBJECTS = {
    "a number": 5, "a part": 1.5, "true": True, "false": False, "not a number": math.nan, "minus one": -1,
    "more than 32 bits": 2**31, "more than 64 bits": 2**70, "5,000 digits": 10**5000, "a word": "nonsense",
    "empty text": "", "NUL": "\0", "bytes": b"x", "an object": object(), "a function": lambda *_: 1,
    "a class": int, "an ellipsis": ..., "a slice": slice(1), "an empty list": [], "an empty dict": {},
    "an empty set": set(), "a set": {2020, 2011}, "a set of words": {"a", "b"}, "a dict": {"x": 1},
    "a dict of years": {2010: 1, 2012: 2}, "nothing in a list": [None], "a list in a list": [[1]],
    "a word in a list": ["nonsense"], "a range": range(3), "a pair": (1, 2), "an array": np.ones(3),
    "an array of words": np.array(["x", "y"]), "an array without axes": np.array(None),
    "an array of two axes": np.ones((2, 2)), "masked values": np.ma.array([1.0, 2.0], mask=[False, True]),
    "labels in another order": xr.DataArray([1.0, 2.0], dims="run", coords={"run": [1, 0]}),
    "a Series in another order": pd.Series([1.0, 2.0], index=[1, 0]), "an empty dataset": xr.Dataset(),
    "an empty frame": pd.DataFrame(), "categories": pd.Categorical([1.0, 2.0]),
     "a date": np.datetime64("2020-01-01"), "a complex number": 1j,
}  # fmt: skip
