"""Where a sweep comes from: what makes its numbers, and the machine and code that made them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.design import Design
from lockin_sim.studies.sweep_job import Job
from lockin_sim.world import World

_PACKAGE = Path(__file__).parents[1]

#: Modules that cannot change a number of a sweep.
_OUTSIDE = ("cli", "plots", "store", "indices", "sweep_", "cli_sweep", "tables", "results", "ODD")


def identity(job: Job, design: Design) -> dict[str, Any]:
    """Everything that decides the numbers of a sweep, by name; equal ones give equal numbers."""
    return {
        "version": job.version,
        "seed": job.seed,
        "runs": job.runs,
        "scenario": {name or job.scenarios[""].name: s.hash for name, s in job.scenarios.items()},
        "parameters": digest(job.parameters),
        "world": {"name": job.stage.name, "hash": world_digest(job.stage)},
        "columns": list(design.names),
        "points": len(design),
        "design": design.hash,
        "years": list(job.years),
        "outcomes": list(job.outcomes),
        "variables": list(job.variables),
    }


def session(executor: str) -> dict[str, Any]:
    """Machine, libraries and code of this process."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "commit": commit(),
        "source": source_digest(),
        "executor": executor,
    }


def commit() -> str:
    """The commit of the checkout that the package lies in, "+" added if files were changed; "" if none."""
    root = _PACKAGE.parent
    if not (root / ".git").exists():
        return ""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(_PACKAGE)) else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def source_digest() -> str:
    """Twelve hex digits over the code and data that decide numbers."""
    content = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        name = path.relative_to(_PACKAGE).as_posix()
        if path.suffix in (".py", ".csv", ".toml") and not any(part in name for part in _OUTSIDE):
            content.update(name.encode() + path.read_bytes())
    return content.hexdigest()[:12]


_digests: dict[int, tuple[World, str]] = {}


def world_digest(world: World) -> str:
    """The digest of a world, computed once."""
    if id(world) not in _digests:
        _digests[id(world)] = (world, digest(world))
    return _digests[id(world)][1]


def digest(thing: Any) -> str:
    """Twelve hex digits over the content of records, mappings, sequences and arrays."""
    content = hashlib.sha256()
    _feed(content, thing)
    return content.hexdigest()[:12]


def _feed(content: Any, thing: Any) -> None:
    content.update(f"<{type(thing).__name__}>".encode())
    if isinstance(thing, np.ndarray):
        content.update(f"{thing.dtype.kind}{thing.shape}".encode())
        content.update(repr(thing.tolist()).encode() if thing.dtype.hasobject else thing.tobytes())
    elif dataclasses.is_dataclass(thing):
        _feed(content, {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing)})
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            content.update(repr(key).encode())
            _feed(content, value)
    elif isinstance(thing, list | tuple):
        for value in thing:
            _feed(content, value)
    elif hasattr(thing, "tocsr"):
        matrix = thing.tocsr()
        _feed(content, [matrix.shape, matrix.indptr, matrix.indices, matrix.data])
    elif hasattr(thing, "__dict__"):
        _feed(content, dict(sorted(vars(thing).items())))
    else:
        content.update(repr(thing).encode())
