"""Where compiled code is kept, so that only the first use of a version of the package takes its time.

Compiled code has the functions in it that it calls, from other files.  So its folder is named by a digest of
all code that it could be made of: code compiled from other functions lies elsewhere and is never read.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba import njit

from lockin_sim.files import is_link
from lockin_sim.lanes.recompile import OPTIONS

#: Names the folder that our own folder of compiled code is in; without it that for caches of the user.
VARIABLE = "LOCKIN_CACHE"

#: Our own folder there, and the file in each version's folder without which it is never removed.
OWN, MARK = "lockin_sim", "compiled_by_lockin_sim"

#: Name of a version's folder.
_VERSION = re.compile("[0-9a-f]{16}")

#: Code that comes into compiled code, below the package.
SOURCES = ("lanes", "rules", "model", "engine", "world", "parameters.py", "conventions.py", "draws.py")

#: Versions whose compiled code is kept beside the present one.
_KEPT = 3

_PACKAGE = Path(__file__).parents[1]


@functools.cache
def version() -> str:
    """Digest of the code that compiled code is made of, of the compiler, and of the machine."""
    content = hashlib.sha256()
    for about in (numba.__version__, llvmlite.__version__, platform.python_version(), platform.machine()):
        content.update(about.encode())
    content.update(llvmlite.binding.get_host_cpu_name().encode())
    for source in SOURCES:
        place = _PACKAGE / source
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            content.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return content.hexdigest()[:16]


@functools.cache
def folder() -> Path | None:
    """Where this version is kept; None where nothing can be written, and all is compiled anew each time."""
    home = os.environ.get(VARIABLE) or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    mine = Path(home) / OWN / version()
    try:
        mine.mkdir(parents=True, exist_ok=True)
        (mine / MARK).touch()
        os.utime(mine)
        for old in _marked(mine.parent, mine)[: -_KEPT or None]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return None
    return mine if os.access(mine, os.W_OK) else None


def _marked(own: Path, mine: Path) -> list[Path]:
    """Folders of other versions, the oldest first: real ones, named as such, with the mark in them."""
    found = [
        path
        for path in own.iterdir()
        if path != mine and _VERSION.fullmatch(path.name) and not is_link(path) and (path / MARK).is_file()
    ]
    return sorted(found, key=os.path.getmtime)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that is called from Python, and keep what was compiled."""
    made = njit(**OPTIONS)(function)
    place = folder()
    if place is not None:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(place)
        try:
            made.enable_caching()
        finally:
            numba.config.CACHE_DIR = before
    return made
