"""Generate the random numbers of :mod:`.common.draws` in compiled code."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.draws import Draws, Keys, Stream
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.functions import as_float, log, minimum, root, where
from lockin_sim.compiled.lanes.load_store import put, row
from lockin_sim.compiled.lanes.recompile import inlined
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.views import tables

#: Highest power first, in the middle by the square of the distance from 1/2, in the tails by 1 / x.
_MIDDLE = (
    -5.99633501014107895267e1,
    9.80010754185999661536e1,
    -5.66762857469070293439e1,
    1.39312609387279679503e1,
    -1.23916583867381258016e0,
)
_MIDDLE_BELOW = (
    1.0,
    1.95448858338141759834e0,
    4.67627912898881538453e0,
    8.63602421390890590575e1,
    -2.25462687854119370527e2,
    2.00260212380060660359e2,
    -8.20372256168333339912e1,
    1.59056225126211695515e1,
    -1.18331621121330003142e0,
)
_TAIL = (
    4.05544892305962419923e0,
    3.15251094599893866154e1,
    5.71628192246421288162e1,
    4.40805073893200834700e1,
    1.46849561928858024014e1,
    2.18663306850790267539e0,
    -1.40256079171354495875e-1,
    -3.50424626827848203418e-2,
    -8.57456785154685413611e-4,
)
_TAIL_BELOW = (
    1.0,
    1.57799883256466749731e1,
    4.53907635128879210584e1,
    4.13172038254672030440e1,
    1.50425385692907503408e1,
    2.50464946208309415979e0,
    -1.42182922854787788574e-1,
    -3.80806407691578277194e-2,
    -9.33259480895457427372e-4,
)
#: Chance at which a tail begins, and the root of two pi.
_TAIL_BEGINS, _SCALE = 0.13533528323661269189, 2.50662827463100050242


@inlined
def _polynomial(x, coefficients):
    """Evaluate a polynomial whose coefficients begin with the highest power."""
    total = x * 0.0
    for coefficient in coefficients:
        total = total * x + coefficient
    return total


@inlined
def normal_quantile(u):
    """Compute the quantile of the standard normal distribution, for u from 1e-13 to 1."""
    y = u - 0.5
    square = y * y
    middle = y + y * (square * _polynomial(square, _MIDDLE) / _polynomial(square, _MIDDLE_BELOW))
    tail = minimum(u, 1.0 - u)
    x = root(-2.0 * log(tail))
    z = 1.0 / x
    far = x - log(x) * z - z * _polynomial(z, _TAIL) / _polynomial(z, _TAIL_BELOW)
    far = where(y < 0.0, -far, far)
    return where(tail > _TAIL_BEGINS, middle * _SCALE, far)


_HALF, _MORE, _FROM = np.uint64(32), np.uint64(33), np.uint64(0x413 << 52)
_LESS, _LAST = 2.0**20 - 2.0**-33, 1.0 - 2.0**-24


@inlined
def _number(key, counter):
    """Hash a counter by four rounds of Squares, and return the upper half of the word as a fraction."""
    y = counter * key
    z = y + key
    x = y * y + y
    for added in (z, y, z):
        t = x >> _HALF
        x = ((x << _MORE) + t) * t + added
    return as_float((x >> _HALF) | _FROM) - _LESS


@inlined
def uniform(key, counter):
    """Draw uniform numbers from a key and the counters of cells, as ``Draws.uniform`` does."""
    return minimum(_number(key, counter), _LAST)


@inlined
def gumbel(key, counter):
    """Draw Gumbel numbers from a key and the counters of cells, as ``Draws.gumbel`` does."""
    return -log(-log(_number(key, counter)))


@inlined
def normal(key, counter):
    """Draw standard normal numbers from a key and the counters of cells, as ``Draws.normal`` does."""
    return normal_quantile(_number(key, counter))


class CompiledDraws(Draws):
    """Random numbers of some runs under one seed; uniform ones equal those of ``Draws`` bit by bit."""

    @staticmethod
    def uniform(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """Draw uniform numbers, as :meth:`Draws.uniform`."""
        return _filled(stream, cell, kind=0)

    @staticmethod
    def gumbel(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """Draw Gumbel numbers, as :meth:`Draws.gumbel`."""
        return _filled(stream, cell, kind=1)

    @staticmethod
    def normal(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """Draw standard normal numbers, as :meth:`Draws.normal`."""
        return _filled(stream, cell, kind=2)


#: Places of a row of counters: several vectors at once keep the processor from waiting for one.
_BESIDE = (0,) * 4


def _filled(stream: Stream, cell: Keys | np.uint64 | int, *, kind: int) -> Floats:
    """Draw numbers for cells: uniform (0), Gumbel (1) or normal (2)."""
    counter = stream.counter ^ np.asarray(cell, dtype=np.uint64)
    rows = -(-counter.size // len(_BESIDE))
    words = np.zeros((rows, len(_BESIDE)), dtype=np.uint64)
    words.reshape(-1)[: counter.size] = counter.reshape(-1)
    shocks = np.empty(words.shape)
    _fill(_BESIDE, stream.key, words, kind, shocks)
    return shocks.reshape(-1)[: counter.size].reshape(counter.shape)


@kernel
def _fill(like, key, counters, kind, shocks):
    """Draw numbers for rows of counters.  (row, place) each."""
    (counters,), (shocks,) = tables((counters,)), tables((shocks,))
    number = len(counters)
    for first in range(0, number, LANES):
        i = lanes(first, number)
        counter = row(counters, like, i)
        if kind == 0:
            put(shocks, uniform(key, counter), i)
        elif kind == 1:
            put(shocks, gumbel(key, counter), i)
        else:
            put(shocks, normal(key, counter), i)
