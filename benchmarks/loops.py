"""Loops that numba compiles, for the hardware bound: faster than the libraries' routines on many machines.

Nothing of the model is in them.  Each step of a pass is a flat loop, which the compiler turns into vector
instructions; wheels of numba carry no vector mathematics of their own.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from lockin_sim.conventions import Floats

#: Numbers of one pass, which fit the first cache of a processor.
_AT_ONCE = 512

_LOG_2 = math.log(2.0)
# e^r for |r| <= log(2) / 2, and log m = 2 artanh s, s = (m - 1) / (m + 1), for m from sqrt(1/2) to sqrt(2):
# the last terms of both series are below 1e-16 of the result
_EXP = tuple(1.0 / math.factorial(k) for k in range(13, -1, -1))
_ARTANH = tuple(2.0 / (2 * k + 1) for k in range(10, -1, -1))
# SplitMix: a step, and the numbers of its finaliser (Steele, Lea and Flood 2014)
_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_ONE, _ROOT_HALF = np.uint64(0x3FF0000000000000), np.uint64(0x3FE6A09E667F3BCD)  # bits of 1 and sqrt(1/2)
_EXPONENT, _MANTISSA = np.uint64(0xFFF0000000000000), np.uint64(52)
_ROUNDING = 1.5 * 2.0**52  # what is added to it loses its fraction, and has a whole number in its last bits

compiled = numba.njit(error_model="numpy", nogil=True, fastmath={"contract"})


@compiled
def exponentials(values: Floats, out: Floats) -> None:
    """e to each of some numbers between -700 and 700.  (number,)."""
    whole = np.empty(_AT_ONCE)
    bits = whole.view(np.uint64)
    for first in range(0, len(values), _AT_ONCE):
        some = min(_AT_ONCE, len(values) - first)
        x, result = values[first : first + some], out[first : first + some]
        for i in range(some):
            whole[i] = x[i] * (1.0 / _LOG_2) + _ROUNDING
        for i in range(some):
            r = x[i] - (whole[i] - _ROUNDING) * _LOG_2
            power = _EXP[0]
            for term in _EXP[1:]:
                power = power * r + term
            result[i] = power
        for i in range(some):
            bits[i] = (bits[i] << _MANTISSA) + _ONE
        for i in range(some):
            result[i] *= whole[i]


@compiled
def draws(counter: int, out: Floats) -> None:
    """Standard exponential shocks, minus the logarithms of uniform numbers from a counter.  (number,)."""
    bits = np.empty(_AT_ONCE, dtype=np.uint64)
    number, whole = bits.view(np.float64), np.empty(_AT_ONCE)
    for first in range(0, len(out), _AT_ONCE):
        some = min(_AT_ONCE, len(out) - first)
        result = out[first : first + some]
        for i in range(some):
            z = np.uint64(np.uint64(counter) + np.uint64(first) + np.uint64(i)) * _STEP
            z = (z ^ (z >> np.uint64(30))) * _FIRST
            z = (z ^ (z >> np.uint64(27))) * _SECOND
            bits[i] = (z >> np.uint64(12)) | _ONE
        for i in range(some):
            number[i] -= 1.0 - 2.0**-53
        for i in range(some):  # parted into 2**whole and a number near 1
            above = bits[i] - _ROOT_HALF
            whole[i] = np.float64(np.int64(above) >> np.int64(52))
            bits[i] -= above & _EXPONENT
        for i in range(some):
            s = (number[i] - 1.0) / (number[i] + 1.0)
            square = s * s
            series = _ARTANH[0]
            for term in _ARTANH[1:]:
                series = series * square + term
            result[i] = -(s * series + whole[i] * _LOG_2)
