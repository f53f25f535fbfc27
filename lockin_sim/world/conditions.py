"""Define exogenous conditions of each year: market sizes, prices of money, policies."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.domains import EARLY
from lockin_sim.world.cache import ArrayRecord, cast_to_declared_kind, declare_array, make_read_only


class RepeatedYears(NamedTuple):
    """Array over years, stored as its distinct states and the state of each year."""

    states: NDArray[Any]  # (state, ...)
    place: Integers  # (year,), which of the states each year is in

    def years(self) -> Iterator[NDArray[Any]]:
        """Iterate over the array of each year."""
        return (self.states[place] for place in self.place)


@dataclass(frozen=True, eq=False, kw_only=True)
class Conditions(ArrayRecord):
    """Exogenous conditions, year by year; the only input that levers change.

    The first axis is the year, of length ``len(years)``; ``vendor`` is a slot of the domain.  An array in
    which years repeat each other may be stored as its states: most full arrays are never built.
    """

    years: Integers = declare_array("year")
    market_size: Floats = declare_array("year domain country", 1)  # USD bn per year at full coverage
    gdp: Floats = declare_array("year country", 1)  # USD bn
    log_income: Floats = declare_array("year country")  # log of income per head over the reference income
    affinity: Floats = declare_array("year country sponsor")  # -1 to 1
    training: Floats = declare_array(
        "year country sponsor"
    )  # affinity that training programmes add in the year
    quality_path: Floats = declare_array(
        "year domain vendor"
    )  # utility units; stands still after the last record
    quality_trend: Floats = declare_array(
        "year domain vendor"
    )  # what holding it adds, times trend_after_record
    quality_half: Floats = declare_array(
        "year domain vendor"
    )  # what a fit with half the drift adds, see quality_drift
    quality_twice: Floats = declare_array("year domain vendor")  # the same of a fit with twice the drift
    quality_uncertain: Floats = declare_array(
        "year domain vendor"
    )  # 1 if that of the next year is not on record, else 0
    quality_sponsor: Floats = declare_array("year domain vendor")  # 1 if of the sponsor studied
    quality_sponsor_trend: Floats = declare_array("year domain vendor")  # the same times decades
    served: Bools = declare_array("year domain country vendor", 1)  # service areas
    home_part: Floats = declare_array(
        "year domain country vendor"
    )  # 1 at home, a partner's stake abroad, else 0
    place_utility: Floats = declare_array(
        "year domain country vendor"
    )  # events and presence on record, utility units
    adoption_rate: Floats = declare_array("year domain vendor")  # per year, of laws that adopters pass
    generation_lead: Integers = declare_array(
        "year domain vendor", 0
    )  # years before its date that it has a generation
    cost_factor: Floats = declare_array("year domain vendor", 1)  # multiplies cost; 1 is none
    state_support: Floats = declare_array("year domain vendor")  # share of cost
    purchase_subsidy: Floats = declare_array("year domain country vendor")  # share of price, of operators
    openness: Floats = declare_array("year domain")  # 0 to 1
    envelope: Floats = declare_array("year lender")  # USD bn per year
    recorded_loans: Floats = declare_array(
        "year country lender", -1
    )  # USD bn, part of it; below 0: drawn by rule
    loan_rate: Floats = declare_array("year lender", 0.05)  # per year
    tenor: Floats = declare_array("year lender", 10)  # years
    grace: Floats = declare_array("year lender")  # years
    tied: Bools = declare_array("year lender", 1)
    effort: Floats = declare_array("year sponsor body")  # 1 = usual
    contribution: Floats = declare_array("year sponsor body")  # share of contributions
    mandate: Bools = declare_array("year body domain")
    standard_push: Floats = declare_array("year sponsor", 1)  # multiplies own_standard_preference
    salience: Floats = declare_array("year sponsor")  # 0 to 1, as recorded
    pressure: Floats = declare_array("year country sponsor")  # logit, added to the readiness to restrict
    restriction_order: Integers = declare_array("year country sponsor")  # 1 must, -1 may not, 0 free
    phase_out_years: Floats = declare_array(
        "year country sponsor"
    )  # to replace what is restricted; 0: not forced
    barrier: Bools = declare_array("year domain country sponsor")  # standing market barriers
    compliance_cost: Floats = declare_array(
        "year country vendor_sponsor"
    )  # share of price, where data are personal
    demanded: Bools = declare_array("year country standard")  # whether offers must support the family there
    treaty: Floats = declare_array(
        "year country standard"
    )  # how far a treaty binds the state to the family, 0 to 1
    fine: Floats = declare_array("year country standard")  # share of price, on offers not built to the family
    compatibility: Floats = declare_array("year sponsor sponsor", 1)  # multiplies interoperability; 1 is none
    share_cap: Floats = declare_array("year domain country", 1)  # largest share of one vendor; 1 is none

    def same_until(self, other: Conditions) -> int:
        """Return the position of the first year that differs; the number of years if no year differs.

        A loan on record counts from the first year in which it can pay ahead.
        """
        differs = np.zeros(len(self.years), dtype=bool)
        for name in FIELDS:
            if not _is_shared(
                self._get_stored(name), other._get_stored(name)
            ):  # what no lever writes to is shared
                mine, its = getattr(self, name), getattr(other, name)
                changed = (mine != its).reshape(len(differs), -1).any(axis=1)
                differs |= changed
                for ahead in range(1, _EARLIEST.get(name, 0) + 1):
                    differs[1:-ahead] |= changed[1 + ahead :]  # in the first year nobody buys
        return int(differs.argmax()) if differs.any() else len(differs)

    def of(self, name: str, years: Integers) -> NDArray[Any]:
        """Return one array in some years, with years past the last known year repeating it.  (year, ...)."""
        stored, source = self._get_stored(name), self._find_source_positions(years)
        result: NDArray[Any] = (
            stored.states[stored.place[source]] if isinstance(stored, RepeatedYears) else stored[source]
        )
        return result

    def _find_source_positions(self, years: Integers) -> Integers:
        """Return the positions of some years in the arrays; later years map to the last position."""
        result: Integers = np.minimum(years - self.years[0], len(self.years) - 1)
        return result

    def spanning(self, first: int, last: int) -> Conditions:
        """Return the conditions from ``first`` to ``last``; years after the last known one repeat it."""
        return _select_span(self, first, last)

    def draft(self) -> WritableConditions:
        """Return a writable copy."""
        return WritableConditions(self)

    def at(self, step: Any) -> Conditions:
        """Return the conditions of one position, without the year axis, or of several positions, with it."""
        content = {name: values[step] for name, values in vars(self).items() if name != _REPEATING}
        repeating = {name: RepeatedYears(of.states, of.place[step]) for name, of in self._repeating.items()}
        if np.ndim(content["years"]):
            content[_REPEATING] = repeating
        else:
            content |= {name: of.states[of.place] for name, of in repeating.items()}
        conditions = object.__new__(Conditions)  # every year asks, and the constructor of 30 fields is slow
        conditions.__dict__.update(content)
        return conditions

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all conditions by name, each over all years."""
        return {name: getattr(self, name) for name in FIELDS}

    def kept(self) -> dict[str, NDArray[Any] | RepeatedYears]:
        """Return all conditions by name, as stored: arrays or :class:`RepeatedYears`."""
        return {name: self._get_stored(name) for name in FIELDS}

    def compact(self) -> Conditions:
        """Store each large array whose years repeat as its distinct states.  Returns new conditions."""
        return self.replaced({name: _compress_years(values) for name, values in self.arrays().items()})

    def replaced(self, changed: Mapping[str, NDArray[Any] | RepeatedYears]) -> Conditions:
        """Return a copy of the conditions with some arrays replaced."""
        stored = self.kept() | dict(changed)
        repeating = {name: values for name, values in stored.items() if isinstance(values, RepeatedYears)}
        conditions = object.__new__(Conditions)
        conditions.__setstate__(
            {
                name: cast_to_declared_kind(Conditions, name, v)
                for name, v in stored.items()
                if name not in repeating
            }
            | {_REPEATING: repeating}
        )
        return conditions

    def _get_stored(self, name: str) -> NDArray[Any] | RepeatedYears:
        """Return one array as stored."""
        stored: NDArray[Any] | RepeatedYears = (
            vars(self)[name] if name in vars(self) else self._repeating[name]
        )
        return stored

    @property
    def _repeating(self) -> dict[str, RepeatedYears]:
        """Arrays stored as distinct states, by name."""
        return cast(dict[str, RepeatedYears], vars(self).get(_REPEATING, {}))

    def __getattr__(self, name: str) -> NDArray[Any]:
        """Build an array that is stored as its states, read-only."""
        if name not in vars(self).get(_REPEATING, ()):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        states, place = self._repeating[name]
        if len(states) == 1:
            return np.broadcast_to(states[0], (*place.shape, *states.shape[1:]))
        made: NDArray[Any] = make_read_only(states[place])[...]  # a view, which nobody can unlock
        return made


#: Names of all conditions, and of where those are that are kept as their states.
FIELDS, _REPEATING = tuple(field.name for field in dataclasses.fields(Conditions)), "_of_states"

#: Years by which conditions of a year can change the years before it.
_EARLIEST = {"recorded_loans": int(EARLY.high)}

#: Bytes from which an array is looked through for years that are alike.
_LARGE = 1_000_000


def _compress_years(values: NDArray[Any]) -> NDArray[Any] | RepeatedYears:
    """Return an array of all years as its states if that takes less memory, else unchanged."""
    if len(values) > 1 and values.strides[0] == 0:
        return RepeatedYears(values[:1], np.zeros(len(values), dtype=np.intp))
    if values.nbytes < _LARGE:
        return values
    new = [True, *((later != year).any() for year, later in pairwise(values))]
    if all(new):
        return values
    return RepeatedYears(np.ascontiguousarray(values[np.flatnonzero(new)]), np.cumsum(new) - 1)


def _is_shared(one: NDArray[Any] | RepeatedYears, other: NDArray[Any] | RepeatedYears) -> bool:
    """Whether two stored arrays of the same years share their memory."""
    if isinstance(one, RepeatedYears) and isinstance(other, RepeatedYears):
        return one.states is other.states and np.array_equal(one.place, other.place)
    return one is other


@lru_cache(maxsize=4)  # every scenario begins with the same ones
def _select_span(known: Conditions, first: int, last: int) -> Conditions:
    """Select the conditions of some years without copying arrays, as :meth:`Conditions.spanning`."""
    years = np.arange(first, last + 1)
    source, changed = known._find_source_positions(years), dict[str, NDArray[Any] | RepeatedYears]()
    for name in FIELDS:
        stored = known._get_stored(name)
        if isinstance(stored, RepeatedYears):
            changed[name] = RepeatedYears(stored.states, stored.place[source])
        elif last <= known.years[-1]:
            changed[name] = stored[source[0] : source[-1] + 1]
        else:
            changed[name] = RepeatedYears(stored, source)
    return known.replaced(changed | {"years": years})


class WritableConditions:
    """Writable conditions: each array is copied when first read; most are never copied."""

    def __init__(self, conditions: Conditions) -> None:
        self._of = conditions

    def __getattr__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = getattr(self._of, name).copy()
        self.__dict__[name] = values
        return values

    def as_conditions(self) -> Conditions:
        """Return the draft typed as :class:`Conditions`, for levers to write to."""
        return cast(Conditions, self)

    def finished(self) -> Conditions:
        """Return read-only conditions with the arrays that were written."""
        return self._of.replaced({name: value for name, value in self.__dict__.items() if name != "_of"})
