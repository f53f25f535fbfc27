"""Where compiled code is kept, so that only the first use of a version of the package takes its time.

Compiled code has the functions in it that it calls, from other files.  So its folder is named by a digest of
all code that it could be made of: code compiled from other functions lies elsewhere and is never read.  Numba
reads what was compiled from the same files alone, so that each copy of the package has a folder in it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llvmlite import binding

from lockin_sim.common.files import caches, is_link

#: File in each version's folder without which it is never removed.
MARK = "compiled_by_lockin_sim"

#: Name of a version's folder.
_VERSION = re.compile("[0-9a-f]{16}")

#: Code that comes into compiled code, below the package; of a folder all modules that are directly in it.
SOURCES = (
    "compiled",
    "compiled/lanes",
    "compiled/stages",
    "rules",
    "model",
    "model/decisions",
    "engine",
    "world",
    "settings/parameters.py",
    "common/conventions.py",
    "common/draws.py",
)

#: Versions whose compiled code is kept beside the present one.
_KEPT = 3

_PACKAGE = Path(__file__).parents[2]


@functools.cache
def version() -> str:
    """Digest of the code that compiled code is made of, of the compiler, and of the machine."""
    content = hashlib.sha256()
    of_compiler = (importlib.metadata.version(name) for name in ("numba", "llvmlite"))
    for about in (*of_compiler, platform.python_version(), platform.machine(), binding.get_host_cpu_name()):
        content.update(about.encode())
    for path, source in _sources():
        content.update(path.relative_to(_PACKAGE).as_posix().encode() + source)
    return content.hexdigest()[:16]


def _sources() -> list[tuple[Path, bytes]]:
    """Files that compiled code could be made of, and what they say."""
    places = [_PACKAGE / source for source in SOURCES]
    files = [path for place in places for path in (sorted(place.glob("*.py")) if place.is_dir() else [place])]
    return [(path, path.read_bytes()) for path in files]


def is_whole() -> bool:
    """Whether this version is kept whole: with an index, as the compiler writes them, of each kernel."""
    place = _of_this_copy()
    kernels = sum(source.count(b"\n@kernel\n") for _, source in _sources())
    return place is not None and sum(1 for _ in place.rglob("*.nbi")) >= kernels


def _of_this_copy() -> Path | None:
    """Where this copy of the package is kept in the folder of its version, None where nothing is."""
    place = folder()
    return None if place is None else place / hashlib.sha256(os.fsencode(_PACKAGE)).hexdigest()[:8]


@functools.cache
def folder() -> Path | None:
    """Where this version is kept; None where nothing can be written, and all is compiled again each time."""
    mine = caches() / version()
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
    folders = [
        path
        for path in own.iterdir()
        if path != mine and _VERSION.fullmatch(path.name) and not is_link(path) and (path / MARK).is_file()
    ]
    return sorted(folders, key=os.path.getmtime)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that is called from Python, and keep what was compiled."""
    import numba

    from lockin_sim.compiled.lanes.recompile import OPTIONS

    compiled = numba.njit(**OPTIONS)(function)
    place = _of_this_copy()
    if place is not None:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(place)
        try:
            compiled.enable_caching()
        finally:
            numba.config.CACHE_DIR = before
    return compiled
