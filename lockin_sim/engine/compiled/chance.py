"""Shocks of single cells, in compiled code: the numbers of :mod:`lockin_sim.draws`, for rows and numbers."""

from __future__ import annotations

import numpy as np

from lockin_sim.engine.compiled.functions import as_float, log, minimum
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
