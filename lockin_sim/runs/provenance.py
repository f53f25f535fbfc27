"""Record provenance: the code and data that determine results, their digests, and the machine."""

from __future__ import annotations

import datetime
import functools
import hashlib
import importlib
import importlib.metadata
import os
import platform
import subprocess
import traceback
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_info

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.fingerprint import list_own_modules
from lockin_sim.common.replaced import compute_replaced_digest
from lockin_sim.world.digests import compute_digest, compute_digest_or_blank, compute_world_digest

__all__ = [
    "compute_digest",
    "compute_digest_or_blank",
    "compute_world_digest",
]  # and all that is defined here

_PACKAGE = Path(__file__).parents[1]

#: Files and folders that cannot change results of a sweep or an experiment's tables, only words and figures;
#: all others can.
OUTSIDE = (
    "agents/page.py",
    "app/",
    "cli/",
    "common/findings.py",
    "common/progress.py",
    "common/prose.py",
    "common/templates/",
    "pages/",
    "runs/context.py",
    "runs/merge.py",
    "runs/provenance.py",
    "runs/store.py",
    "runs/store_datasets.py",
    "runs/store_files.py",
    "runs/workers.py",
    "settings/titles.py",
    "studies/exit_results.py",
    "studies/explanation/",
    "studies/printing.py",
)


def commit() -> str:
    """Return the commit of the package's checkout, with "+" if files were changed; "" without one."""
    root = _PACKAGE.parent
    if not (root / ".git").exists():
        return ""

    def git(*arguments: str) -> str:
        """Run git in the checkout and return its output."""
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(_PACKAGE)) else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def source_digest() -> str:
    """Compute twelve hexadecimal digits of the code and data that determine results.

    If code was replaced in memory, "+" and twelve digits of it follow.
    """
    other = compute_replaced_digest()
    return f"{_files_digest()}+{other}" if other else _files_digest()


@functools.cache
def _files_digest() -> str:
    """Compute twelve hexadecimal digits of the files that determine results, as of the first call."""
    content = hashlib.sha256()
    for name in deciding_files():
        content.update(name.encode() + (_PACKAGE / name).read_bytes())
    return content.hexdigest()[:12]


@functools.cache
def package_digest() -> str:
    """Compute twelve hexadecimal digits of every file of the package, including words and figures."""
    content = hashlib.sha256()
    for path in sorted(p for p in _PACKAGE.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        content.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return content.hexdigest()[:12]


def deciding_files() -> list[str]:
    """List the files of the package that determine results."""
    paths = (p for p in sorted(_PACKAGE.rglob("*")) if p.suffix in (".py", ".csv", ".toml", ".nc"))
    names = (path.relative_to(_PACKAGE).as_posix() for path in paths)
    return [name for name in names if not name.startswith(OUTSIDE)]


#: Names of the modules with a user's own levers and outcomes that every worker imports.
plugins: ContextVar[tuple[str, ...]] = ContextVar("plugins", default=())


class Code(NamedTuple):
    """Versions of package and numpy, digest of the deciding code, and digests of own modules by name."""

    version: str
    source: str
    numpy: str
    plugins: tuple[tuple[str, str], ...] = ()

    @classmethod
    def here(cls) -> Code:
        """Describe the code of this process."""
        own = tuple((name, compute_digest(imported_by(name))) for name in plugins.get())
        return cls(importlib.metadata.version("lockin-sim"), source_digest(), np.__version__, own)

    @property
    def identity(self) -> dict[str, Any]:
        """Entry of the code in a store."""
        known = self._asdict()
        return known if self.plugins else {k: v for k, v in known.items() if k != "plugins"}


def imported_by(plugin: str) -> dict[str, bytes]:
    """Read the sources of a user's module, and of the user's modules that it imports, by name.

    Raises InputError for one that cannot be imported, or has no source.
    """
    sources, waiting = dict[str, bytes](), [plugin]
    while waiting:
        name = waiting.pop()
        if name in sources:
            continue
        try:
            module = importlib.import_module(name)
            sources[name] = Path(str(module.__file__)).read_bytes()
        except Exception as error:
            allowed = f"modules in Python that every worker can import ({type(error).__name__}: {error})"
            raise unusable("plugins", found=name, allowed=allowed) from error
        waiting += list_own_modules(module)
    return dict(sorted(sources.items()))


def check_code(wanted: Code) -> None:
    """Refuse a worker whose version, code, numpy or own modules differ from the caller's.

    Imports the user's own modules.
    """
    plugins.set(tuple(name for name, _ in wanted.plugins))
    here = Code.here()
    if here.version != wanted.version:
        raise InputError(f"worker: found lockin-sim {here.version}; allowed: {wanted.version}, as the sweep.")
    if here.source != wanted.source:
        text = f"found other code of lockin-sim {here.version} ({here.source})"
        allowed = f"that of the calling process ({wanted.source}): its files and what is replaced in memory"
        raise InputError(f"worker: {text}; allowed: {allowed}.")
    if here.numpy != wanted.numpy:
        raise InputError(f"worker: found numpy {here.numpy}; allowed: {wanted.numpy}, as the sweep.")
    for (name, own), (_, caller) in zip(here.plugins, wanted.plugins, strict=True):
        if own != caller:
            raise InputError(f"worker: found another module {name}; allowed: that of the calling process.")


#: Maximum differences between kinds of processors.
ANOTHER_PROCESSOR = " in the last digits (by less than 1e-12 of a number or of 1)"


def session(executor: str) -> dict[str, Any]:
    """Describe machine, libraries and code of this process."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "commit": commit(),
        "source": source_digest(),
        "executor": executor,
    }


@functools.cache
def processor() -> str:
    """Describe the processor, as far as it affects last bits through numpy and BLAS."""
    features = np.show_config(mode="dicts")["SIMD Extensions"]
    used = [*features.get("baseline", []), *features.get("found", [])]
    products = sorted({str(one["architecture"]) for one in threadpool_info() if "architecture" in one})
    return " ".join([platform.machine(), *used, *products])


#: Maximum length of an error's text.
ERROR_LENGTH = 500


def describe(error: BaseException) -> str:
    """Format kind, message and place of an error in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text[: ERROR_LENGTH - len(place)] + place
