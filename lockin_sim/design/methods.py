"""Ways to choose points: grid, Latin hypercube, Sobol, one at a time.

What varies is given as a list of addresses, or a mapping from address to

* ``(low, high)``, two numbers: all between them (in a grid: these two);
* ``{"low": 0, "high": 10, "steps": 5}``: the same; ``steps`` counts in grids and one at a time;
* a list of levels, numbers or words, or ``{"values": [...]}`` where a list of two would be taken for ends;
* None: the declared range, or every declared choice.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.conventions import MOST_AT_ONCE, Floats
from lockin_sim.defaults import SEED
from lockin_sim.design.columns import Column, columns_of
from lockin_sim.design.table import Design, table
from lockin_sim.errors import unknown_name, unusable, whole_number

type Varied = Mapping[str, Any] | Sequence[str]

#: Levels of a range in a grid or one at a time, where no steps are given.
STEPS = 5

_KEYS = ("low", "high", "steps", "values")


class Swept(NamedTuple):
    """How one column varies: between two ends, or over levels."""

    column: Column
    ends: tuple[float, float] | None
    levels: list[Any]

    def at(self, unit: Floats) -> list[Any]:
        """Values at positions from 0 to 1, (point,)."""
        if self.ends is not None:
            low, high = self.ends
            return list(np.clip(low + unit * (high - low), low, high))
        return [self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)] for u in unit]


def grid(varied: Varied) -> Design:
    """Every combination of the levels of every column, the last one changing fastest.

    Raises InputError for an address or level that cannot be used.
    """
    swept = _swept(varied, pair_is_range=False)
    _number("design: points of the grid", math.prod(len(s.levels) for s in swept))
    points = list(itertools.product(*(s.levels for s in swept)))
    return _design(swept, [list(values) for values in zip(*points, strict=True)], "grid")


def latin_hypercube(varied: Varied, n: int, *, seed: int = SEED) -> Design:
    """A Latin hypercube of ``n`` points: each column has one point in each of ``n`` equal parts.

    Raises InputError for an address, level or number that cannot be used.
    """
    from scipy.stats import qmc

    swept, n = _swept(varied), _number("design: n", n)
    rng = np.random.default_rng(whole_number("design: seed", seed))
    unit = qmc.LatinHypercube(len(swept), rng=rng).random(n)
    return _design(swept, [s.at(unit[:, c]) for c, s in enumerate(swept)], "latin_hypercube")


def sobol(varied: Varied, n: int, *, seed: int = SEED) -> Design:
    """The first ``n`` points of a scrambled Sobol sequence; best balanced where n is a power of two.

    Raises InputError for an address, level or number that cannot be used.
    """
    from scipy.stats import qmc

    swept, n = _swept(varied), _number("design: n", n)
    rng = np.random.default_rng(whole_number("design: seed", seed))
    unit = qmc.Sobol(len(swept), rng=rng).random_base2((n - 1).bit_length())[:n]
    return _design(swept, [s.at(unit[:, c]) for c, s in enumerate(swept)], "sobol")


def one_at_a_time(varied: Varied, *, steps: int = STEPS, base: Mapping[str, Any] | None = None) -> Design:
    """A base point, then each column alone over its levels.

    steps  levels of a range that does not give its own
    base   values of the base point by address; a column without one is left as the scenario has it
    Raises InputError for an address, level or number that cannot be used.
    """
    swept = _swept(varied, steps=_number("design: steps", steps))
    if base is not None and not isinstance(base, Mapping):
        raise unusable("design: base", found=base, allowed="values by address, of columns that vary")
    names = [s.column.name for s in swept]
    given = base or {}
    at = {c.name: given[name] for c, name in zip(columns_of(given, "design: base"), given, strict=True)}
    for name in at:
        if name not in names:
            raise unknown_name("design: base", found=name, known=names)
    still = [at.get(name) for name in names]
    points = [still]
    for position, one in enumerate(swept):
        points += [[*still[:position], level, *still[position + 1 :]] for level in one.levels]
    return _design(swept, [list(values) for values in zip(*points, strict=True)], "one_at_a_time")


METHODS: dict[str, Callable[..., Design]] = {
    f.__name__: f for f in (grid, latin_hypercube, sobol, one_at_a_time)
}


def _design(swept: list[Swept], values: list[list[Any]], method: str) -> Design:
    """A design of these values, with its ranges."""
    ranges = {s.column.name: s.ends for s in swept if s.ends is not None}
    columns = {s.column.name: v for s, v in zip(swept, values, strict=True)}
    return table(columns, method=method, ranges=ranges)


def _swept(varied: Varied, *, pair_is_range: bool = True, steps: int = STEPS) -> list[Swept]:
    """What varies, each with its ends or levels."""
    if isinstance(varied, str) or not isinstance(varied, Mapping | Sequence) or not varied:
        allowed = "a list of addresses, or a mapping from addresses to ranges or levels"
        raise unusable("design", found=varied, allowed=allowed)
    values = varied.values() if isinstance(varied, Mapping) else [None] * len(varied)
    columns = zip(columns_of(varied), values, strict=True)
    return [_one(of, value, pair_is_range, steps) for of, value in columns]


def _one(of: Column, given: Any, pair_is_range: bool, steps: int) -> Swept:
    """What one column varies over: what is given for it, or else what is declared."""
    where = f"design: {of.name}"
    if given is None:
        given = _declared(of, where)
    if isinstance(given, Mapping):
        for key in given:
            if key not in _KEYS:
                raise unknown_name(where, found=key, known=_KEYS)
        if "values" in given:
            return Swept(of, None, _levels(of, given["values"], where))
        if not {"low", "high"} <= set(given):
            raise unusable(where, found=dict(given), allowed="low and high, or values")
        steps = _number(f"{where}: steps", given.get("steps", steps))
        return _range(of, (given["low"], given["high"]), steps, where)
    if of.kind is float and pair_is_range and _is_pair(given):
        return _range(of, tuple(given), steps, where)
    return Swept(of, None, _levels(of, given, where))


def _declared(of: Column, where: str) -> Any:
    """What a column varies over when nothing is said: both truths, all words, or the declared range."""
    if of.kind is bool:
        return [False, True]
    if of.kind is str:
        if not of.choices:
            raise unusable(where, found="nothing", allowed="a list of words")
        return list(of.choices)
    return {"low": of.range[0], "high": of.range[1]}


def _is_pair(given: Any) -> bool:
    """Whether two values are given, which may be ends."""
    return isinstance(given, list | tuple | np.ndarray) and len(given) == 2


def _range(of: Column, ends: tuple[Any, ...], steps: int, where: str) -> Swept:
    """A range of numbers with so many steps."""
    low, high = (of.check(end, f"{where}: {name}") for name, end in zip(("low", "high"), ends, strict=True))
    if isinstance(low, str) or isinstance(high, str):
        raise unusable(where, found=ends, allowed="a list of words")
    if of.kind is not float or not low <= high or not np.isfinite(high - low):
        raise unusable(where, found=ends, allowed=f"two numbers, the lower first, {of.allowed}")
    return Swept(of, (low, high), [float(v) for v in np.linspace(low, high, steps)])


def _levels(of: Column, given: Any, where: str) -> list[Any]:
    """A list of levels, each checked."""
    alone = isinstance(given, str | int | float)
    listed = isinstance(given, Sequence | np.ndarray | Set) and not isinstance(given, bytes | bytearray)
    if not alone and not listed:
        allowed = f"two ends, a list of levels, or a table of {', '.join(_KEYS)}; each level {of.allowed}"
        raise unusable(where, found=given, allowed=allowed)
    levels = [given] if alone else list(given)
    if not levels:
        raise unusable(where, found=given, allowed="at least one level")
    for number, level in enumerate(levels):
        of.check(level, where if alone else f"{where}: level {number}")
    return levels


def _number(where: str, value: Any) -> int:
    """A number of points or levels.  Raises InputError for what is none, or too many."""
    return whole_number(where, value, least=1, most=MOST_AT_ONCE)
