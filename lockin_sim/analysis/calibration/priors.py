"""What was believed of each parameter before the record was looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.parameters import Parameters
from lockin_sim.parameters.held import declarations_of

#: Between its bounds an estimate lies with this chance.
INTERVAL = 0.95


class Prior(NamedTuple):
    """Parameters that are not known, each on its own.

    names   of the parameters
    low, high, centre, deviation   (parameter,); an assumed one lies anywhere from low to high with equal
            chance, its centre and deviation are NaN; an estimated one follows a normal law cut off there
    """

    names: tuple[str, ...]
    low: Floats
    high: Floats
    centre: Floats
    deviation: Floats

    def values(self, places: Floats) -> Floats:
        """Values at places between 0 and 1, (..., parameter), shares of the prior's chance below."""
        flat = self.low + places * (self.high - self.low)
        scale = np.where(np.isnan(self.deviation), 1.0, self.deviation)
        centre = np.where(np.isnan(self.centre), 0.0, self.centre)
        law = stats.truncnorm((self.low - centre) / scale, (self.high - centre) / scale, centre, scale)
        found: Floats = np.where(np.isnan(self.centre), flat, law.ppf(places))
        return found

    def spread(self) -> Floats:
        """Standard deviation of each.  (parameter,)."""
        middle = (np.arange(2000) + 0.5) / 2000
        found: Floats = self.values(np.repeat(middle[:, None], len(self.names), axis=1)).std(axis=0)
        return found


def prior(only: Sequence[str] | None = None, given: Collection[str] = ()) -> Prior:
    """All parameters whose size is assumed or estimated, or some of them.

    An assumed one lies anywhere in its range; the range of an estimate is its interval of 95 %, and it may
    lie as far outside as its valid values and another half of the interval let it.
    only   names of some parameters, at least one; None = all
    given  names of parameters that are held at a value, and so stay out
    Raises InputError for an unknown name, for one that is neither assumed nor estimated, and for one that is
    named twice, or held as well.
    """
    declared = declarations_of(Parameters)
    open_ones = [name for name, one in declared.items() if one.source.startswith(("assumed", "estimated"))]
    if isinstance(only, str) or (only is not None and not only):
        raise unusable("calibrated parameters", found=only, allowed="a list of names, at least one")
    names = tuple([name for name in open_ones if name not in given] if only is None else only)
    for name in names:
        if names.count(name) > 1:
            raise unusable("calibrated parameters", found=f"{name} twice", allowed="each once")
        if name in given:
            raise unusable("calibrated parameters", found=f"{name}, which is given", allowed="either")
        if name not in declared:
            raise unknown_name("parameter", found=name, known=declared)
        if name not in open_ones:
            raise unusable("calibrated parameters", found=name, allowed="one that is assumed or estimated")
    rows = []
    for name in names:
        one = declared[name]
        low, high = one.range
        centre = deviation = np.nan
        if one.source.startswith("estimated"):
            centre, half = float(one.default), (high - low) / 2
            deviation = half / stats.norm.ppf((1 + INTERVAL) / 2)
            low, high = max(one.valid.low, low - half), min(one.valid.high, high + half)
        rows.append((low, high, centre, deviation))
    columns = np.array(rows, dtype=float).T
    return Prior(names, *columns)
