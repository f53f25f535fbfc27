"""Which code this is: the commit it was taken from, and a digest of what decides the numbers of studies."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lockin_sim.errors import InputError

_PACKAGE = Path(__file__).parents[1]

#: Files and folders that can change a number neither of a sweep nor of an experiment's tables, though perhaps
#: words and figures about them; whatever is not named here can.
OUTSIDE = (
    "agents/page.py",
    "app/",
    "cli/",
    "explanation.py",
    "plots/",
    "progress.py",
    "prose.py",
    "report/",
    "runs/dask.py",
    "runs/executors.py",
    "runs/keeping.py",
    "runs/pool.py",
    "runs/provenance.py",
    "runs/scheduler.py",
    "runs/source.py",
    "store/",
    "studies/describe.py",
    "studies/evaluate.py",
    "results/folder.py",
    "studies/sweep/fit.py",
    "studies/sweep/layout.py",
    "studies/sweep/means.py",
    "studies/tables.py",
    "titles.py",
    "world/status.py",
)


def commit() -> str:
    """The commit of the checkout that the package lies in, "+" added if files were changed; "" if none."""
    root = _PACKAGE.parent
    if not (root / ".git").exists():
        return ""

    def git(*arguments: str) -> str:
        """What git answers about the checkout."""
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(_PACKAGE)) else "")
    except (OSError, subprocess.SubprocessError):
        return ""


@functools.cache
def source_digest() -> str:
    """Twelve hex digits over the code and data that decide numbers, as they were when first asked for."""
    content = hashlib.sha256()
    for name in deciding_files():
        content.update(name.encode() + (_PACKAGE / name).read_bytes())
    return content.hexdigest()[:12]


def deciding_files() -> list[str]:
    """Files of the package that decide numbers: all code and data but what is listed as outside."""
    paths = (p for p in sorted(_PACKAGE.rglob("*")) if p.suffix in (".py", ".csv", ".toml", ".nc"))
    names = (path.relative_to(_PACKAGE).as_posix() for path in paths)
    return [name for name in names if not name.startswith(OUTSIDE)]


class Code(NamedTuple):
    """Which code makes numbers: version of the package, digest of what decides them, version of numpy."""

    version: str
    source: str
    numpy: str

    @classmethod
    def here(cls) -> Code:
        """That of this process."""
        return cls(importlib.metadata.version("lockin-sim"), source_digest(), np.__version__)


def check_code(wanted: Code) -> None:
    """Raises InputError in a worker elsewhere, with another version, commit or numpy than who asked."""
    here = Code.here()
    if here.version != wanted.version:
        raise InputError(f"worker: found lockin-sim {here.version}; allowed: {wanted.version}, as the sweep.")
    if here.source != wanted.source:
        text = f"found other code of lockin-sim {here.version} ({here.source})"
        raise InputError(f"worker: {text}; allowed: the commit of the sweep ({wanted.source}).")
    if here.numpy != wanted.numpy:
        raise InputError(f"worker: found numpy {here.numpy}; allowed: {wanted.numpy}, as the sweep.")
