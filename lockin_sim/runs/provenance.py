"""Where numbers come from: digests of what makes them, and the machine and code that made them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import os
import platform
from collections.abc import Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from lockin_sim.runs.source import commit, source_digest
from lockin_sim.world import World

#: By how much numbers may differ on another kind of processor.
ANOTHER_PROCESSOR = " in the last digits (by less than 1e-12 of a number or of 1)"


def session(executor: str) -> dict[str, Any]:
    """Machine, libraries and code of this process."""
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


@lru_cache(maxsize=1)
def processor() -> str:
    """The kind of processor, as far as it decides the last bits of a number: what numpy and the library of
    matrix products make use of."""
    features = np.show_config(mode="dicts")["SIMD Extensions"]
    used = [*features.get("baseline", []), *features.get("found", [])]
    products = sorted({str(one["architecture"]) for one in threadpool_info() if "architecture" in one})
    return " ".join([platform.machine(), *used, *products])


def world_digest(world: World) -> str:
    """The digest of what a world holds now: a few hundredths of a second."""
    return digest(world)


def digest(thing: Any) -> str:
    """Twelve hex digits over the content of records, mappings, sequences and arrays."""
    content = hashlib.sha256()
    _feed(content, thing)
    return content.hexdigest()[:12]


def _feed(content: Any, thing: Any) -> None:
    """Add the content of a thing to a digest, its type first."""
    content.update(f"<{'dict' if isinstance(thing, dict) else type(thing).__name__}>".encode())
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
    elif isinstance(thing, FunctionType):
        content.update(f"{thing.__module__}.{thing.__qualname__}".encode())
    elif hasattr(thing, "__dict__"):
        _feed(content, dict(sorted(vars(thing).items())))
    else:
        content.update(repr(thing).encode())
