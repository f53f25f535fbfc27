"""What is given from outside, year by year: market sizes, prices of money, policies."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers


@dataclass(frozen=True)
class Conditions:
    """What is given from outside, year by year; the only thing that levers change.

    The first axis is the year, of length ``len(years)``; ``vendor`` is a slot of the domain.
    """

    years: Integers  # (year,)
    market_size: Floats  # (year, country, domain), USD bn per year at full coverage
    gdp: Floats  # (year, country), USD bn
    log_income: Floats  # (year, country), log of income per head over the reference income
    affinity: Floats  # (year, country, sponsor), -1 to 1
    quality_path: Floats  # (year, domain, vendor), utility units, added to the fitted intercept
    cost_factor: Floats  # (year, domain, vendor), multiplies cost; 1 is none
    subsidy: Floats  # (year, domain, vendor), share of cost
    openness: Floats  # (year, domain), 0 to 1
    envelope: Floats  # (year, sponsor), USD bn per year
    loan_rate: Floats  # (year, sponsor), per year
    tenor: Floats  # (year, sponsor), years
    grace: Floats  # (year, sponsor), years
    tied: Bools  # (year, sponsor)
    effort: Floats  # (year, sponsor, body), 1 = usual
    contribution: Floats  # (year, sponsor, body), share of contributions
    mandate: Bools  # (year, body, domain)
    standard_push: Floats  # (year, sponsor), multiplies own_standard_preference
    salience: Floats  # (year, sponsor), 0 to 1
    pressure: Floats  # (year, country, sponsor), added to the share of allies that restrict
    restriction_order: Integers  # (year, country, sponsor), 1 must, -1 may not, 0 free
    phase_out_years: Floats  # (year, country, sponsor), years to replace what is restricted; 0 = not forced
    barrier: Bools  # (year, country, domain, sponsor), standing market barriers
    compliance_cost: (
        Floats  # (year, country, sponsor + 1), share of price, where data are personal; none last
    )
    compatibility: Floats  # (year, sponsor, sponsor), multiplies interoperability of their vendors; 1 is none
    share_cap: Floats  # (year, country, domain), largest share of one vendor; 1 is none

    def copy(self) -> Conditions:
        """A copy whose arrays may be written to."""
        return Conditions(**{f.name: getattr(self, f.name).copy() for f in dataclasses.fields(self)})

    def same(self, other: Conditions) -> bool:
        """Whether nothing differs in any year."""
        names = (field.name for field in dataclasses.fields(self))
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)

    def country_last(self) -> Conditions:
        """The same with countries contiguous in memory, as the vectorised engine reads them."""
        stored = {
            name: np.moveaxis(np.ascontiguousarray(np.moveaxis(getattr(self, name), 1, -1)), -1, 1)
            for name in (
                "affinity",
                "pressure",
                "restriction_order",
                "phase_out_years",
                "market_size",
                "share_cap",
            )
        }
        return dataclasses.replace(self, **stored)

    def of(self, name: str, years: Integers) -> NDArray[Any]:
        """One of the arrays in some years, as :meth:`spanning` has it.  (year, ...)."""
        held: NDArray[Any] = getattr(self, name)[self._source(years)]
        return held

    def _source(self, years: Integers) -> Integers:
        """Where to find the conditions of some years."""
        return np.minimum(years - self.years[0], len(self.years) - 1)

    def spanning(self, first: int, last: int) -> Conditions:
        """The conditions of some years; years after the last one known are held like it."""
        years = np.arange(first, last + 1)
        source = self._source(years)
        if len(self.years) == 1:
            return dataclasses.replace(self._held(len(years)), years=years)
        picked = {f.name: getattr(self, f.name)[source] for f in dataclasses.fields(self)}
        return dataclasses.replace(Conditions(**picked), years=years)

    def _held(self, length: int) -> Conditions:
        """The single year repeated without copying."""
        arrays = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return Conditions(**{n: np.broadcast_to(a, (length, *a.shape[1:])) for n, a in arrays.items()})

    def at(self, step: int) -> Conditions:
        """The conditions of one year: the same names, without the year axis."""
        return Conditions(**{f.name: getattr(self, f.name)[step] for f in dataclasses.fields(self)})
