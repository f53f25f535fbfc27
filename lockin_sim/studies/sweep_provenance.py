"""Where a sweep comes from: what makes its numbers, and the machine and code that made them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import os
import platform
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.design import Design
from lockin_sim.errors import InputError
from lockin_sim.store import open_sweep
from lockin_sim.studies.sweep_job import Job
from lockin_sim.studies.sweep_source import commit, source_digest
from lockin_sim.world import World


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


def design_difference(out: Path, design: Design) -> str:
    """Which columns of the design of a store have other values here, in words; "" if none can be named."""
    try:
        found = open_sweep(out, verify=False)
    except InputError:
        return ""
    different = []
    for name in design.names:
        values = design.values[name]
        if name not in found.coords or found[name].shape != values.shape:
            continue
        before = found[name].values
        other = (before != values) & ~((before != before) & (values != values))  # NaN is not another NaN
        if np.any(other):
            different.append(f"{name} from point {int(np.argmax(other))} on")
    return f" The design differs in {', '.join(different)}." if different else ""


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


@lru_cache(maxsize=8)  # a world is large
def world_digest(world: World) -> str:
    """The digest of a world, computed once."""
    return digest(world)


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
