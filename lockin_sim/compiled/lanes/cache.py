"""Cache compiled code on disk, so that only the first use of a version of the package compiles.

Compiled code contains the functions it calls, from other files.  So the folder is named by a digest of all
code that it could be made of, and code of another digest is never read.  The location of the package does not
matter, so that an image can ship compiled code for a named processor.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

from llvmlite import binding

from lockin_sim.common.files import find_cache_root, hold, is_link
from lockin_sim.compiled.lanes.processor import named_processor

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

#: Seconds to wait for another process that compiles a function, and between looks.
_PATIENCE, _PAUSE = 120.0, 0.05

#: Versions whose compiled code is kept beside the present one.
_KEPT = 3

_PACKAGE = Path(__file__).parents[2]


@functools.cache
def version() -> str:
    """Compute the digest of the source of compiled code, of the compiler and of the processor."""
    content = hashlib.sha256()
    of_compiler = (importlib.metadata.version(name) for name in ("numba", "llvmlite"))
    processor = f"named {name}" if (name := named_processor()) else binding.get_host_cpu_name()
    for about in (*of_compiler, platform.python_version(), platform.machine(), processor):
        content.update(about.encode())
    for path, source in _sources():
        content.update(path.relative_to(_PACKAGE).as_posix().encode() + source)
    return content.hexdigest()[:16]


def _sources() -> list[tuple[Path, bytes]]:
    """Read the source files that compiled code may contain."""
    places = [_PACKAGE / source for source in SOURCES]
    files = [path for place in places for path in (sorted(place.glob("*.py")) if place.is_dir() else [place])]
    return [(path, path.read_bytes()) for path in files]


def is_whole() -> bool:
    """Whether the cache holds the compiled code of every kernel of this version."""
    place = folder()
    kernels = sum(source.count(b"\n@kernel\n") for _, source in _sources())
    return place is not None and sum(1 for _ in place.glob("*.nbi")) >= kernels


@functools.cache
def folder() -> Path | None:
    """Return the cache folder of this version, which may be read-only as in an image.

    Returns None if nothing is or can be cached, so that code is compiled in every process.
    """
    mine = find_cache_root() / version()
    try:
        mine.mkdir(parents=True, exist_ok=True)
        (mine / MARK).touch()
        os.utime(mine)
        for old in _marked(mine.parent, mine)[: -_KEPT or None]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return mine if (mine / MARK).is_file() else None
    return mine


def _marked(own: Path, mine: Path) -> list[Path]:
    """List the cache folders of other versions, oldest first, recognised by their name and mark."""
    folders = [
        path
        for path in own.iterdir()
        if path != mine and _VERSION.fullmatch(path.name) and not is_link(path) and (path / MARK).is_file()
    ]
    return sorted(folders, key=os.path.getmtime)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that is called from Python, and cache the result."""
    import numba

    from lockin_sim.compiled.lanes.recompile import OPTIONS

    compiled = numba.njit(**OPTIONS)(function)
    if folder() is not None:
        compiled._cache = _kept_code()(function)
    return compiled


@functools.cache
def _kept_code() -> Any:
    """Return Numba's cache class, with its files in the folder of this version."""
    from numba.core import caching

    class Locator(caching._CacheLocator):
        """Location and source stamp of a function's cached code."""

        def __init__(self, function: Any, file: str) -> None:
            self._py_file, self._line = file, function.__code__.co_firstlineno

        from_function = classmethod(lambda cls, function, file: cls(function, file))  # as numba asks for it

        def get_cache_path(self) -> str:
            """Return the folder of all functions."""
            return str(folder())

        def get_source_stamp(self) -> str:
            """Return digests of all source code and of the function's own file."""
            return f"{version()} {hashlib.sha256(Path(self._py_file).read_bytes()).hexdigest()}"

        def get_disambiguator(self) -> str:
            """Return the line of the function, which distinguishes functions of one name."""
            return str(self._line)

    class Implementation(caching.CompileResultCacheImpl):
        """Cache files in the folder of this version."""

        _locator_classes = (Locator,)

    class KeptCode(caching.FunctionCache):
        """Cache of a function's compiled forms, each compiled by one process for all."""

        _impl_class = Implementation
        _turn: IO[bytes] | None = None

        def load_overload(self, sig: Any, target_context: Any) -> Any:
            """Load a cached form; return None if this process has to compile it."""
            self._end_turn()  # of a form that could not be compiled
            found = super().load_overload(sig, target_context)
            if found is None:
                self._turn = _wait_for_turn(Path(self.cache_path) / f"{self._impl.filename_base}.lock")
                found = super().load_overload(sig, target_context)
            if found is not None:
                self._end_turn()
            return found

        def save_overload(self, sig: Any, data: Any) -> None:
            """Save a compiled form, if the folder is writable."""
            with suppress(OSError), ExitStack() as after:
                after.callback(self._end_turn)
                super().save_overload(sig, data)

        def _end_turn(self) -> None:
            """Release the lock for other processes."""
            if self._turn is not None:
                self._turn.close()
                self._turn = None

    return KeptCode


def _wait_for_turn(path: Path) -> IO[bytes] | None:
    """Acquire an exclusive file lock; return None if that fails or times out."""
    try:
        file = path.open("ab")
    except OSError:
        return None
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            hold(file)
            return file
        except OSError:
            if time.monotonic() > until:
                file.close()
                return None
            time.sleep(_PAUSE)
