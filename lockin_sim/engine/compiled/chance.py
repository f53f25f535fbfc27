"""Shocks in compiled code: the numbers of :mod:`lockin_sim.draws`, for rows and numbers, and for arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from lockin_sim.conventions import Floats
from lockin_sim.draws import Draws, Keys, Stream
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.functions import as_float, log, minimum
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import length, tables
from lockin_sim.engine.compiled.quantile import normal_quantile
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import inlined

_HALF, _MORE, _FROM = np.uint64(32), np.uint64(33), np.uint64(0x413 << 52)
_LESS, _LAST = 2.0**20 - 2.0**-33, 1.0 - 2.0**-24


@inlined
def _number(key, counter):
    """Four rounds of Squares, and the upper half of the word as a fraction."""
    y = counter * key
    z = y + key
    x = y * y + y
    for added in (z, y, z):
        t = x >> _HALF
        x = ((x << _MORE) + t) * t + added
    return as_float((x >> _HALF) | _FROM) - _LESS


@inlined
def uniform(key, counter):
    """As ``Draws.uniform``, of a key and the counters of cells."""
    return minimum(_number(key, counter), _LAST)


@inlined
def gumbel(key, counter):
    """As ``Draws.gumbel``, likewise."""
    return -log(-log(_number(key, counter)))


@inlined
def normal(key, counter):
    """As ``Draws.normal``, likewise."""
    return normal_quantile(_number(key, counter))


class CompiledDraws(Draws):
    """Shocks of some runs under one seed, drawn in one pass; uniform ones to the bit those of the others."""

    @staticmethod
    def uniform(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """As of :class:`Draws`."""
        return _filled(stream, cell, kind=0)

    @staticmethod
    def gumbel(stream: Stream, cell: Keys | np.uint64 | int, dtype: DTypeLike = np.float64) -> Floats:
        """As of :class:`Draws`, in float64."""
        return _filled(stream, cell, kind=1)

    @staticmethod
    def normal(stream: Stream, cell: Keys | np.uint64 | int, dtype: DTypeLike = np.float64) -> Floats:
        """As of :class:`Draws`, in float64."""
        return _filled(stream, cell, kind=2)


#: Places of a row of counters: several vectors at once keep the processor from waiting for one.
_BESIDE = (0,) * 4


def _filled(stream: Stream, cell: Keys | np.uint64 | int, *, kind: int) -> Floats:
    """Shocks of the cells: uniform (0), Gumbel (1), or normal (2)."""
    counter = stream.counter ^ np.asarray(cell, dtype=np.uint64)
    rows = -(-counter.size // len(_BESIDE))
    words = np.zeros((rows, len(_BESIDE)), dtype=np.uint64)
    words.reshape(-1)[: counter.size] = counter.reshape(-1)
    found = np.empty(words.shape)
    _fill(_BESIDE, stream.key, words, kind, found)
    return found.reshape(-1)[: counter.size].reshape(counter.shape)


@kernel
def _fill(like, key, counters, kind, found):
    """Shocks of rows of counters.  (row, place) each."""
    (counters,), (found,) = tables((counters,)), tables((found,))
    number = length(counters, 0)
    for first in range(0, number, LANES):
        i = lanes(first, number)
        counter = row(counters, like, i)
        if kind == 0:
            put(found, uniform(key, counter), i)
        elif kind == 1:
            put(found, gumbel(key, counter), i)
        else:
            put(found, normal(key, counter), i)
