"""Generate random numbers as a function of labels, so that every policy meets the same shocks.

A shock is a pure function of (seed, run, shock name, year, labels).  Nothing is drawn in sequence: the shock
of one cell can be computed alone, in any order, by either engine, and does not depend on batch, worker,
policy or the set of other countries.

The generator is Squares with four rounds and 32 bits (Widynski 2020, "Squares: a fast counter-based RNG",
arXiv:2004.06278): a number is a function of a 64-bit key and a 64-bit counter.

    key      of (seed, shock name, year): one of the 2 * 10**17 keys of the form required by the paper,
             derived from a BLAKE2b digest of the three
    counter  bits 40 to 63: the number of the run, below 2**24
             bits 0 to 39: the labels of the cell; each has 40 bits of a BLAKE2b digest, and several labels in
             a counter are combined by exclusive or

Runs never share a counter.  Two cells share one with probability 2**-40, and then in all runs; a test counts
those of the bundled world, and there are none.  The 3,000 names and years of a study have a key in common
with probability 2 * 10**-11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from lockin_sim.common.conventions import MOST_AT_ONCE, Floats
from lockin_sim.common.errors import unusable

type Keys = NDArray[np.uint64]

#: Name of the generator in datasets, to be changed with any change of its numbers.
GENERATOR = "squares32"

#: Bits of the labels in a counter; those of the run are above.
LABEL_BITS = 40

#: Key for combining labels, of the form of :func:`compute_key`.
_COMBINING = np.uint64(0xFBE3C695413B867F)

#: Numbers drawn at once, so that buffers fit the processor's cache.
_AT_ONCE = 16_384

_HALF = np.uint64(32)  # bits
# 32 bits as the fraction of a float64 at 2**20, whose steps are 2**-32; and the number subtracted then, which
# leaves (word + 1/2) / 2**32 without rounding.
_FROM = np.uint64(0x413 << 52)
_LESS = 2.0**20 - 2.0**-33
#: The last float32 below 1.
_LAST = 1.0 - 2.0**-24


@dataclass(eq=False, slots=True)
class Stream:
    """Random numbers of one named shock: a key, and counters that ``^`` combines with labels of cells.

    key      of the seed, the name of the shock and the year
    counter  of the runs, and of labels so far; any shape, with the run first
    """

    key: np.uint64
    counter: Keys

    __array_ufunc__ = None  # so that arrays of labels can be on the right

    def __xor__(self, labels: Keys | np.uint64) -> Stream:
        return Stream(self.key, self.counter ^ labels)

    def __getitem__(self, cells: Any) -> Stream:
        return Stream(self.key, self.counter[cells])

    def reshape(self, *shape: int) -> Stream:
        """Return the stream with its counters in another shape."""
        return Stream(self.key, self.counter.reshape(*shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the counters."""
        return self.counter.shape


def _four_rounds(x: Keys, key: np.uint64, y: Keys, z: Keys, t: Keys) -> None:
    """Apply four rounds of Squares to counters ``x`` in place, with the state for a fifth in ``y`` and ``t``.

    Each of the first three squares, adds, and swaps the halves of the word.  With h and l the halves before
    the swap, the next squares l * 2**32 + h, which is h * (h + l * 2**33) in 64 bits.
    """
    np.multiply(x, key, out=y)
    np.add(y, key, out=z)
    np.multiply(y, y, out=x)
    np.add(x, y, out=x)
    for added in (z, y, z):
        np.right_shift(x, _HALF, out=t)
        np.left_shift(x, np.uint64(33), out=x)
        np.add(x, t, out=x)
        np.multiply(x, t, out=x)
        np.add(x, added, out=x)


def squares64(counter: Keys, key: np.uint64) -> Keys:
    """Compute 64-bit random numbers by five rounds of Squares, in the shape of the counters."""
    fourth = counter.copy()
    y, z, t = np.empty((3, *counter.shape), dtype=np.uint64)
    _four_rounds(fourth, key, y, z, t)
    last = (fourth << _HALF) | (fourth >> _HALF)
    result: Keys = fourth ^ ((last * last + y) >> _HALF)
    return result


def _numbers(stream: Stream, cell: Keys | np.uint64 | int, most: float = 1.0) -> Floats:
    """Compute uniform numbers (word + 1/2) / 2**32 from the words of four rounds, at most ``most``."""
    counter = stream.counter ^ np.asarray(cell, dtype=np.uint64)
    words = np.atleast_1d(counter).reshape(-1)
    scratch = np.empty((3, min(_AT_ONCE, words.size)), dtype=np.uint64)
    for first in range(0, words.size, _AT_ONCE):
        x = words[first : first + _AT_ONCE]
        _four_rounds(x, stream.key, *scratch[:, : x.size])
        np.right_shift(x, _HALF, out=x)
        np.bitwise_or(x, _FROM, out=x)
        u = x.view(np.float64)
        np.subtract(u, _LESS, out=u)
        if most < 1.0:
            np.minimum(u, most, out=u)
    return words.view(np.float64).reshape(counter.shape)


def label_keys(labels: Sequence[str]) -> Keys:
    """Compute one key of 40 bits per label; equal labels have equal keys on every machine.  (label,)."""
    digests = (hashlib.blake2b(label.encode(), digest_size=LABEL_BITS // 8).digest() for label in labels)
    return np.array([int.from_bytes(d, "little") for d in digests], dtype=np.uint64)


def combine(*keys: Keys) -> Keys:
    """Combine keys of labels to one key of 40 bits; broadcasts, and the order of arguments matters."""
    combined = np.zeros(1, np.uint64)
    for key in keys:
        combined = squares64(combined ^ key, _COMBINING)
    return combined >> np.uint64(64 - LABEL_BITS)


def compute_key(label: str) -> np.uint64:
    """Compute the Squares key of a label.

    Of its hexadecimal digits, none is zero, the lowest is odd, the lower eight differ from each other, and
    each of the upper eight from the one below: the rules of the paper's key utility.
    """
    left = int.from_bytes(hashlib.blake2b(label.encode(), digest_size=32).digest(), "little")
    digits: list[int] = []
    for place in range(16):
        taken = digits if place < 8 else digits[-1:]
        free = [d for d in range(1, 16, 1 if place else 2) if d not in taken]
        left, chosen = divmod(left, len(free))
        digits.append(free[chosen])
    return np.uint64(sum(digit << (4 * place) for place, digit in enumerate(digits)))


@lru_cache(maxsize=4096)
def _key_of(seed: int, name: str, year: int) -> np.uint64:
    """Compute and cache the key of a shock, which other scenarios use too."""
    return compute_key(f"{seed}/{name}/{year}")


@dataclass(frozen=True, eq=False)
class Luck:
    """Prescribed shocks to the offers of some tenders, each of one lot, year and run.

    All other tenders have shocks of their own.

    first  start of the tenders of each run in the arrays below.  (run + 1,)
    key    year times the number of lots plus the lot; sorted within a run.  (tender,)
    shock  float32, standard Gumbel; the last of each is that to leaving a lot unbuilt.  (tender, offer + 1)
    lots   number of lots in the world
    """

    first: NDArray[np.integer]
    key: NDArray[np.integer]
    shock: NDArray[np.float32]
    lots: int

    @classmethod
    def of(cls, runs: int, lots: int, years: Sequence[LuckOfYear], offers: int) -> Luck:
        """Build the luck of tenders from yearly parts; ``offers`` excludes the outside option."""
        run = np.concatenate([np.zeros(0, np.intp), *(each.run for each in years)])
        key = np.concatenate([np.zeros(0, np.intp), *(each.year * lots + each.lot for each in years)])
        shock = np.concatenate([np.zeros((0, offers + 1), np.float32), *(each.shock for each in years)])
        order = np.lexsort([key, run])
        first = np.searchsorted(run[order], np.arange(runs + 1))
        return cls(first, key[order], shock[order], lots)

    def __getitem__(self, some: Any) -> Luck:
        """Select the luck of some of the runs."""
        runs = np.arange(len(self.first) - 1)[some]
        rows = [np.arange(self.first[run], self.first[run + 1]) for run in runs.tolist()]
        every = np.concatenate([np.zeros(0, np.intp), *rows])
        first = np.concatenate([[0], np.cumsum([len(each) for each in rows], dtype=np.intp)])
        return Luck(first, self.key[every], self.shock[every], self.lots)

    @cached_property
    def _whole(self) -> NDArray[np.integer]:
        """Keys of all tenders in one sorted array, the run first."""
        run = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        return run * _RUN + self.key

    def places(self, year: int, run: NDArray[np.integer], lot: NDArray[np.integer]) -> NDArray[np.integer]:
        """Return the positions of the shocks of tenders in a year, -1 for shocks of their own.  (row,).

        run  position of the run.  (row,)
        lot  (row,)
        """
        if not len(self.key):
            return np.full(len(run), -1)
        wanted = run * _RUN + year * self.lots + lot
        place = np.minimum(np.searchsorted(self._whole, wanted), len(self.key) - 1)
        return np.where(self._whole[place] == wanted, place, -1)

    @cached_property
    def of_offers(self) -> Floats:
        """Shocks to offers in double precision, at least one row.  (tender or 1, offer)."""
        shock: Floats = self.shock[:, :-1].astype(float)
        return shock if len(shock) else np.zeros((1, self.shock.shape[1] - 1))

    @cached_property
    def of_outside(self) -> Floats:
        """Shocks to leaving lots unbuilt in double precision, at least one row.  (tender or 1,)."""
        shock: Floats = self.shock[:, -1].astype(float)
        return shock if len(shock) else np.zeros(1)


class LuckOfYear(NamedTuple):
    """Prescribed shocks to tenders of one year, see :class:`Luck`."""

    year: int
    run: NDArray[np.integer]  # (tender,)
    lot: NDArray[np.integer]  # (tender,)
    shock: NDArray[np.float32]  # (tender, offer + 1)


#: More than any year times the number of lots, so that runs do not share keys.
_RUN = 2**40


@dataclass(frozen=True, eq=False)
class History:
    """Past shocks of runs: those of pool runs, under the seed of the pool, up to a last year.

    numbers  number of the pool run whose shocks each country has.  (run, country)
    world    number of the pool run for shocks that belong to no country.  (run,)
    seed     of the pool
    last     last year with these shocks; permanent shocks, those of year 0, also come from the pool
    facts    whether orders and loans are as recorded up to the present, see ``World.as_recorded``
    tastes   number of the pool run whose lasting taste each operator has; None = that of its country.
             (run, operator)
    luck     of tenders on record, which are then due in their years; None = nothing is as recorded
    """

    numbers: NDArray[np.integer]
    world: NDArray[np.integer]
    seed: int
    last: int
    facts: bool = False
    tastes: NDArray[np.integer] | None = None
    luck: Luck | None = None

    def __getitem__(self, some: Any) -> History:
        """Select the history of some of the runs."""
        return replace(
            self,
            numbers=self.numbers[some],
            world=self.world[some],
            tastes=None if self.tastes is None else self.tastes[some],
            luck=None if self.luck is None else self.luck[some],
        )

    def __len__(self) -> int:
        return len(self.world)


class Draws:
    """Random numbers of some runs under one seed.

    seed     any integer; equal seeds give equal shocks
    runs     run numbers from 0 to 16,777,215.  (run,)
    history  past shocks up to a year; None = the runs' own in all years
    seed_of  function of name and year that returns the seed of a shock; None = ``seed``.  Years of the
             history have its seed

    Raises InputError for a run number that does not fit a counter.
    """

    def __init__(
        self,
        seed: int,
        runs: Sequence[int] | NDArray[np.integer],
        history: History | None = None,
        seed_of: Callable[[str, int], int] | None = None,
    ) -> None:
        self.seed = int(seed)
        self._seed_of = seed_of
        self._runs = _of_runs(runs)
        self._by_country = self._runs[:, None]
        self._past = history
        if history is not None:
            self._world, self._countries = _of_runs(history.world), _of_runs(history.numbers)
        self.luck = None if history is None else history.luck

    def stream(self, name: str, year: int = 0) -> Stream:
        """Return the random numbers of each run for one named shock in one year.  (run,)."""
        return Stream(self._key(name, year), self._world if self._is_past(year) else self._runs)

    def of_country(self, name: str, year: int = 0) -> Stream:
        """Return the random numbers of each run and country for one named shock to countries.

        (run, country), or (run, 1) where every country has the shocks of the run.
        """
        if not self._is_past(year):
            return Stream(self._key(name, year), self._by_country)
        return Stream(self._key(name, year), self._countries)

    def of_operator(self, name: str, country: NDArray[np.integer], operator: NDArray[np.integer]) -> Stream:
        """Return the random numbers of each run and some lots for one permanent shock to their operators.

        country, operator  of each lot.  (lot,)

        (run, lot), or (run, 1) where every operator has the shocks of the run.
        """
        if self._past is not None and self._past.tastes is not None:
            return Stream(self._key(name, 0), _of_runs(self._past.tastes[:, operator]))
        luck = self.of_country(name)
        return luck if luck.shape[1] == 1 else luck[:, country]

    def _is_past(self, year: int) -> bool:
        """Whether a year's shocks come from the history."""
        return self._past is not None and year <= self._past.last

    def _key(self, name: str, year: int) -> np.uint64:
        """Return the key of a name and year, under the seed that applies to them."""
        if self._past is not None and self._is_past(year):
            seed = self._past.seed
        else:
            seed = self.seed if self._seed_of is None else int(self._seed_of(name, int(year)))
        return _key_of(seed, name, year)

    @staticmethod
    def uniform(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """Draw uniform numbers between 0 and 1; broadcasts ``stream`` against ``cell``."""
        return _numbers(stream, cell, _LAST)

    @staticmethod
    def gumbel(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """Draw standard Gumbel numbers, with which the largest utility is a multinomial logit choice."""
        u = _numbers(stream, cell)
        np.log(u, out=u)
        np.negative(u, out=u)
        np.log(u, out=u)
        return np.negative(u, out=u)

    @staticmethod
    def normal(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """Draw standard normal numbers, within 6.4 standard deviations."""
        u = _numbers(stream, cell)
        result: Floats = ndtri(u, out=u)
        return result


def uniform(key: Any, counter: Keys) -> Floats:
    """Draw uniform numbers from complete counters, as :meth:`Draws.uniform`."""
    return Draws.uniform(Stream(key, counter), 0)


def gumbel(key: Any, counter: Keys) -> Floats:
    """Draw Gumbel numbers from complete counters, as :meth:`Draws.gumbel`."""
    return Draws.gumbel(Stream(key, counter), 0)


def _of_runs(runs: Sequence[int] | NDArray[np.integer]) -> Keys:
    """Compute the counters of runs without labels, in the shape of the runs."""
    numbers = np.asarray(runs)
    outside = (numbers < 0) | (numbers >= MOST_AT_ONCE)
    if outside.any():
        shown = int(numbers[outside][0])
        raise unusable("runs", found=shown, allowed=f"numbers of runs from 0 to {MOST_AT_ONCE - 1}")
    return numbers.astype(np.uint64) << np.uint64(LABEL_BITS)
