"""Digests: short hashes of the content of any object that determines results."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from lockin_sim.common.errors import InputError
from lockin_sim.common.fingerprint import compute_fingerprint, is_own
from lockin_sim.world import World
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.conditions import Conditions, RepeatedYears
from lockin_sim.world.terms import OwnTerm


def compute_digest(thing: Any) -> str:
    """Compute a digest of the content of records, mappings, sequences and arrays, twelve hex digits."""
    content = hashlib.sha256()
    _update_hash(content, thing)
    return content.hexdigest()[:12]


def _update_hash(content: Any, thing: Any) -> None:
    """Update a hash with the type and the content of an object."""
    if isinstance(thing, RepeatedYears):
        _update_hash_with_array(
            content, thing.states.dtype, (*thing.place.shape, *thing.states.shape[1:]), thing.years()
        )
        return
    if isinstance(thing, np.ndarray) and not thing.dtype.hasobject:
        _update_hash_with_array(content, thing.dtype, thing.shape, thing if thing.ndim > 1 else [thing])
        return
    content.update(f"<{'dict' if isinstance(thing, dict) else type(thing).__name__}>".encode())
    if isinstance(thing, np.ndarray):
        content.update(f"{thing.dtype.kind}{thing.shape}".encode())
        content.update(repr(thing.tolist()).encode())
    elif isinstance(thing, OwnTerm):
        _update_hash(content, thing.identity)
    elif isinstance(thing, Conditions):
        _update_hash(content, thing.kept())
    elif dataclasses.is_dataclass(thing):
        _update_hash(content, {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing)})
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            content.update(repr(key).encode())
            _update_hash(content, value)
    elif isinstance(thing, list | tuple):
        for value in thing:
            _update_hash(content, value)
    elif hasattr(thing, "tocsr"):
        matrix = thing.tocsr()
        _update_hash(content, [matrix.shape, matrix.indptr, matrix.indices, matrix.data])
    elif isinstance(thing, FunctionType):
        content.update(f"{thing.__module__}.{thing.__qualname__}".encode())
        if is_own(thing):
            _update_hash(content, compute_fingerprint(thing))
    elif isinstance(thing, functools.partial):  # the function, which is not in its attributes
        _update_hash(content, [thing.func, thing.args, thing.keywords])
    elif hasattr(thing, "__dict__"):
        _update_hash(content, dict(sorted(vars(thing).items())))
    else:
        content.update(repr(thing).encode())


def _update_hash_with_array(
    content: Any, dtype: np.dtype[Any], shape: tuple[int, ...], parts: Iterable[Any]
) -> None:
    """Update a hash with an array, part by part, to avoid copying a large array."""
    content.update(f"<ndarray>{dtype.kind}{shape}".encode())
    for part in parts:
        content.update(part.tobytes())


def compute_world_digest(world: World) -> str:
    """Compute the digest of a world in its present state.

    The digest is cached, except for a world with a term of the user's own or with a writable array.

    Raises InputError for a world with a term that cannot be identified.
    """
    return (
        compute_digest(world)
        if world.term is not None or _has_writable_array(world)
        else _compute_cached_digest(world)
    )


@cache_per_world(most=1)
def _compute_cached_digest(world: World) -> str:
    """Compute the digest of a read-only world, cached."""
    return compute_digest(world)


def _has_writable_array(thing: Any) -> bool:
    """Whether an array of an object, or of the records in it, can be written to."""
    if isinstance(thing, np.ndarray):
        return thing.flags.writeable
    if isinstance(thing, Conditions):
        return any(_has_writable_array(part) for part in thing.kept().values())
    fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ()
    return any(_has_writable_array(getattr(thing, field.name)) for field in fields)


def compute_digest_or_blank(world: World) -> str:
    """Compute the digest of a world for a dataset in memory; "" if a term cannot be identified.

    Only a store refuses a world without a digest.
    """
    try:
        return compute_world_digest(world)
    except InputError:
        return ""
