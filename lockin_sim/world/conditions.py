"""Exogenous conditions, year by year: market sizes, prices of money, policies."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.world.cache import OfArrays, locked, per


@dataclass(frozen=True, eq=False, kw_only=True)
class Conditions(OfArrays):
    """Exogenous conditions, year by year; the only thing that levers change.

    The first axis is the year, of length ``len(years)``; ``vendor`` is a slot of the domain.
    """

    years: Integers = per("year")
    market_size: Floats = per("year domain country", 1)  # USD bn per year at full coverage
    gdp: Floats = per("year country", 1)  # USD bn
    log_income: Floats = per("year country")  # log of income per head over the reference income
    affinity: Floats = per("year country sponsor")  # -1 to 1
    training: Floats = per("year country sponsor")  # affinity that training programmes add in the year
    quality_path: Floats = per("year domain vendor")  # utility units; stands still after the last record
    quality_trend: Floats = per("year domain vendor")  # what holding it adds, times trend_after_record
    quality_half: Floats = per("year domain vendor")  # what a fit with half the drift adds, see quality_drift
    quality_twice: Floats = per("year domain vendor")  # the same of a fit with twice the drift
    quality_uncertain: Floats = per(
        "year domain vendor"
    )  # 1 if that of the next year is not on record, else 0
    quality_sponsor: Floats = per("year domain vendor")  # 1 if of the sponsor studied
    quality_sponsor_trend: Floats = per("year domain vendor")  # the same times decades
    served: Bools = per("year domain country vendor", 1)  # service areas
    home_part: Floats = per("year domain country vendor")  # 1 at home, a partner's stake abroad, else 0
    place_utility: Floats = per("year domain country vendor")  # events and presence on record, utility units
    adoption_rate: Floats = per("year domain vendor")  # per year, of laws that adopters pass
    generation_lead: Integers = per("year domain vendor", 0)  # years before its date that it has a generation
    cost_factor: Floats = per("year domain vendor", 1)  # multiplies cost; 1 is none
    state_support: Floats = per("year domain vendor")  # share of cost
    purchase_subsidy: Floats = per("year domain country vendor")  # share of price, of operators
    openness: Floats = per("year domain")  # 0 to 1
    envelope: Floats = per("year lender")  # USD bn per year
    recorded_loans: Floats = per("year country lender", -1)  # USD bn, part of it; below 0: drawn by rule
    loan_rate: Floats = per("year lender", 0.05)  # per year
    tenor: Floats = per("year lender", 10)  # years
    grace: Floats = per("year lender")  # years
    tied: Bools = per("year lender", 1)
    effort: Floats = per("year sponsor body")  # 1 = usual
    contribution: Floats = per("year sponsor body")  # share of contributions
    mandate: Bools = per("year body domain")
    standard_push: Floats = per("year sponsor", 1)  # multiplies own_standard_preference
    salience: Floats = per("year sponsor")  # 0 to 1, as recorded
    pressure: Floats = per("year country sponsor")  # logit, added to the readiness to restrict
    restriction_order: Integers = per("year country sponsor")  # 1 must, -1 may not, 0 free
    phase_out_years: Floats = per("year country sponsor")  # to replace what is restricted; 0: not forced
    barrier: Bools = per("year domain country sponsor")  # standing market barriers
    compliance_cost: Floats = per("year country vendor_sponsor")  # share of price, where data are personal
    demanded: Bools = per("year country standard")  # whether offers must support the family there
    treaty: Floats = per("year country standard")  # how far a treaty binds the state to the family, 0 to 1
    fine: Floats = per("year country standard")  # share of price, on offers not built to the family
    compatibility: Floats = per("year sponsor sponsor", 1)  # multiplies interoperability; 1 is none
    share_cap: Floats = per("year domain country", 1)  # largest share of one vendor; 1 is none

    def same_until(self, other: Conditions) -> int:
        """Position of the first year in which something differs; the number of years where nothing does."""
        differs = np.zeros(len(self.years), dtype=bool)
        for name in FIELDS:
            if self._kept(name) is not other._kept(name):  # what no lever writes to is shared
                mine, its = getattr(self, name), getattr(other, name)
                differs |= (mine != its).reshape(len(differs), -1).any(axis=1)
        return int(differs.argmax()) if differs.any() else len(differs)

    def _kept(self, name: str) -> NDArray[Any]:
        """The array that one of the fields is read from."""
        kept: NDArray[Any] = self.__dict__[name]
        return kept

    def of(self, name: str, years: Integers) -> NDArray[Any]:
        """One of the arrays in some years, as :meth:`spanning` has it.  (year, ...)."""
        result: NDArray[Any] = getattr(self, name)[self._source(years)]
        return result

    def _source(self, years: Integers) -> Integers:
        """Where to find the conditions of some years."""
        result: Integers = np.minimum(years - self.years[0], len(self.years) - 1)
        return result

    def spanning(self, first: int, last: int) -> Conditions:
        """The conditions of some years; years after the last known one repeat it."""
        return _spanning(self, first, last)

    def draft(self) -> WritableConditions:
        """A copy that may be written to."""
        return WritableConditions(self)

    def replaced(self, written: Mapping[str, NDArray[Any]]) -> Conditions:
        """The conditions with other arrays in place of some."""
        return dataclasses.replace(self, **cast(Any, written))

    def at(self, step: Any) -> Conditions:
        """The conditions of one year: the same names, without the year axis; or of some years, with it."""
        conditions = object.__new__(Conditions)  # every year asks, and the constructor of 30 fields is slow
        conditions.__dict__.update({name: values[step] for name, values in self.__dict__.items()})
        return conditions


#: Names of all conditions.
FIELDS = tuple(field.name for field in dataclasses.fields(Conditions))


class HeldConditions(Conditions):
    """Conditions of years some of which repeat a known one.

    An array of all years is made when it is first read: most are never read, and each is large.

    known    conditions of known years;  source  position in them of each year
    written  arrays of all years that differ from the known ones, by name
    """

    def __init__(self, known: Conditions, source: Integers, written: Mapping[str, NDArray[Any]]) -> None:
        self.__dict__.update({"_known": known, "_source_of": source, "_written": written, **written})

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in FIELDS:
            raise AttributeError(f"conditions have no {name!r}")
        kept, source = self._kept(name), self.__dict__["_source_of"]
        alike = kept.strides[0] == 0  # in all years
        values = np.broadcast_to(kept[0], (*source.shape, *kept.shape[1:])) if alike else locked(kept[source])
        self.__dict__[name] = values
        return values

    def _kept(self, name: str) -> NDArray[Any]:
        """The array that one of the fields is read from."""
        about = self.__dict__
        kept: NDArray[Any] = about["_written"].get(name)
        return about["_known"]._kept(name) if kept is None else kept

    def replaced(self, written: Mapping[str, NDArray[Any]]) -> Conditions:
        """The conditions with other arrays in place of some."""
        about = self.__dict__
        return HeldConditions(about["_known"], about["_source_of"], {**about["_written"], **written})

    def at(self, step: Any) -> Conditions:
        """Select the conditions of one year, without the year axis, or of some years, with it."""
        known, source, written = (self.__dict__[name] for name in ("_known", "_source_of", "_written"))
        here, changed = source[step], {name: values[step] for name, values in written.items()}
        if np.ndim(here):
            return HeldConditions(known, here, changed)
        conditions: Conditions = known.at(here)
        conditions.__dict__.update(changed)
        return conditions


@lru_cache(maxsize=4)  # what is read of held years is kept with them
def _spanning(known: Conditions, first: int, last: int) -> Conditions:
    """As :meth:`Conditions.spanning`."""
    years = np.arange(first, last + 1)
    source = known._source(years)
    if len(known.years) == 1:
        arrays = {name: np.broadcast_to(a, (len(years), *a.shape[1:])) for name, a in vars(known).items()}
        return Conditions(**arrays | {"years": years})
    if last > known.years[-1]:
        return HeldConditions(known, source, {"years": locked(years)})
    recorded = slice(source[0], source[-1] + 1)  # copies nothing
    return Conditions(**{name: a[recorded] for name, a in vars(known).items()} | {"years": years})


class WritableConditions:
    """Conditions that may be written to: each array is copied when it is first read; most never are."""

    def __init__(self, conditions: Conditions) -> None:
        self._of = conditions

    def __getattr__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = getattr(self._of, name).copy()
        self.__dict__[name] = values
        return values

    def as_conditions(self) -> Conditions:
        """The draft, with the type that levers write to."""
        return cast(Conditions, self)

    def finished(self) -> Conditions:
        """The conditions with what was written."""
        return self._of.replaced({name: locked(v) for name, v in self.__dict__.items() if name != "_of"})
