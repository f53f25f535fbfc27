"""Chance as an argument: named shocks keyed by labels, so that every policy meets the same luck.

A shock is a pure function of (seed, run, shock name, year, labels).  Nothing is drawn in sequence:
the shock of one cell can be computed alone, in any order, by either engine, and is the same for
any batch, worker, policy or set of other countries.

The generator hashes a 64-bit key with the SplitMix64 finaliser (Steele, Lea and Flood 2014,
"Fast splittable pseudorandom number generators").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.special import ndtri

from lockin_sim.conventions import Floats

type Keys = NDArray[np.uint64]

_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHIFTS = tuple(np.uint64(by) for by in (30, 27, 31))
_REST = np.uint64(11)  # bits beyond the 53 of a number
_HALF_STEP = 2.0**-54


def _mix(key: Keys) -> Keys:
    """SplitMix64 finaliser: a bijection that spreads every input bit over all output bits."""
    shifted = key >> _SHIFTS[0]
    z = key ^ shifted
    z *= _FIRST
    z ^= np.right_shift(z, _SHIFTS[1], out=shifted)
    z *= _SECOND
    z ^= np.right_shift(z, _SHIFTS[2], out=shifted)
    return z


def _numbers(key: Keys) -> Floats:
    """Uniform numbers in the open interval (0, 1), 53 bits each."""
    mixed = _mix(key)
    mixed >>= _REST
    u = mixed.view(np.int64).astype(np.float64)  # 53 bits have no sign, and signed ones are quicker
    u *= 2.0**-53
    u += _HALF_STEP
    return u


def label_keys(labels: Sequence[str]) -> Keys:
    """One key a label; equal labels have equal keys on every machine.  Shape ``(label,)``."""
    digests = (hashlib.blake2b(label.encode(), digest_size=8).digest() for label in labels)
    return np.array([int.from_bytes(d, "little") for d in digests], dtype=np.uint64)


@lru_cache(maxsize=4096)
def _begun(label: str) -> Keys:
    """Key of a combination that begins with a label, (1,): named shocks come again in every batch of runs."""
    key = combine(label_keys([label]))
    key.flags.writeable = False
    return key


def combine(*keys: Keys, begun: Keys | None = None) -> Keys:
    """Key of a combination of labels, those of one ``begun`` first; broadcasts.  The order matters."""
    combined = np.zeros(1, np.uint64) if begun is None else begun
    for key in keys:
        combined = _mix((combined + _GOLDEN) ^ key)
    return combined


class Draws:
    """Shocks of some runs under one seed.

    seed       any integer; equal seeds give equal shocks
    runs       run numbers, shape ``(run,)``
    histories  (run, country), run number whose luck each country has; None: the run's own
    seed_of    seed of one named shock in one year, from its name and year; None: that of all
    """

    def __init__(
        self,
        seed: int,
        runs: Sequence[int] | NDArray[np.integer],
        histories: NDArray[np.integer] | None = None,
        seed_of: Callable[[str, int], int] | None = None,
    ) -> None:
        self.seed = int(seed)
        self._seed_of = seed_of
        self._runs = np.asarray(runs, dtype=np.uint64)
        self._kept: dict[tuple[str, bool], Keys] = {}  # by label, and whether by country
        self._histories = None if histories is None else np.asarray(histories, dtype=np.uint64)

    def stream(self, name: str, year: int = 0) -> Keys:
        """Key of each run for one named shock in one year.  Shape ``(run,)``."""
        return self._keys(name, year, self._runs)

    def of_country(self, name: str, year: int = 0) -> Keys:
        """Key of each run and country for what one named shock does to the country.  (run, country), or
        (run, 1) where every country has the luck of the run."""
        if self._histories is None:
            return self.stream(name, year)[:, None]
        return self._keys(name, year, self._histories)

    def _keys(self, name: str, year: int, runs: Keys) -> Keys:
        """Keys of one shock in one year; those of the last few are kept, as a stage asks for them often."""
        seed = self.seed if self._seed_of is None else int(self._seed_of(name, int(year)))
        label = f"{seed}/{name}/{int(year)}"
        kept = label, runs is self._histories  # a run and a country of another run have keys of their own
        if kept not in self._kept:
            if len(self._kept) > 64:
                self._kept.clear()
            self._kept[kept] = combine(runs, begun=_begun(label))
        return self._kept[kept]

    @staticmethod
    def uniform(stream: Keys, cell: Keys | np.uint64 | int) -> Floats:
        """Uniform shocks in (0, 1) of the cells, in float64; broadcasts ``stream`` against ``cell``."""
        return _numbers(stream ^ np.asarray(cell, dtype=np.uint64))

    @staticmethod
    def gumbel(stream: Keys, cell: Keys | np.uint64 | int, dtype: DTypeLike = np.float64) -> Floats:
        """Standard Gumbel shocks; with them the largest utility is a multinomial logit choice.

        The first logarithm is always taken in float64: a uniform number near 1 is rounded to 1 in float32.
        """
        u = _numbers(stream ^ np.asarray(cell, dtype=np.uint64))
        np.log(u, out=u)
        u = np.negative(u, out=u).astype(dtype, copy=False)
        np.log(u, out=u)
        return np.negative(u, out=u)

    @staticmethod
    def normal(stream: Keys, cell: Keys | np.uint64 | int, dtype: DTypeLike = np.float64) -> Floats:
        """Standard normal shocks."""
        shocks: Floats = ndtri(_numbers(stream ^ np.asarray(cell, dtype=np.uint64))).astype(dtype, copy=False)
        return shocks
