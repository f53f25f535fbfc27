"""Recording of runs, year by year, and their labelled dataset.

With few runs several years are measured at once, which saves calls; with more the copies of states that wait
for it would cost more.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import lockin_sim
from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.draws import GENERATOR
from lockin_sim.common.errors import check_known
from lockin_sim.common.values import attribute
from lockin_sim.model.measures.registry import (
    ALWAYS_DEFINED,
    AXES,
    TOGETHER,
    VARIABLES,
    Extract,
    measure,
    readings,
)
from lockin_sim.model.state import Flows, State
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import per_world
from lockin_sim.world.recorded import country_labels

if TYPE_CHECKING:
    import xarray as xr


#: Maximum number of runs times years measured at once, and of bytes of waiting states.
ROWS, WAITING = 16, 32 * 2**20

#: Arrays of a state that engines change in place; all others are new each year.
WRITTEN_TO = ("installed", "incumbent", "generation", "landings", "instalment_change")

#: Instead of a position in the state: a flow of an earlier year that is not finite.
HAPPENED = len(fields(State))

#: A large one of them that is never measured.
_LATER = "instalment_change"


class Recorder:
    """The recorded variables of some runs.

    start       the state of the runs at the start
    conditions  of all years, from that of the initial state on
    parameters  of the runs
    names       of the variables
    years       in which they are measured; None = all
    read        of variables of which not all is read, what, by name
    """

    def __init__(
        self,
        world: World,
        start: State,
        conditions: Conditions,
        parameters: Parameters,
        names: frozenset[str],
        years: Collection[int] | None = None,
        read: Mapping[str, Extract] = MappingProxyType({}),
    ) -> None:
        self.world, self.conditions, self.parameters, self.names = world, conditions, parameters, names
        self.read = read
        self.runs = len(start.installed)
        size = sum(value.nbytes for name, value in vars(start).items() if name != _LATER)
        most = 1 if parameters.turns else ROWS // self.runs  # parameters may differ between years
        self._together = max(1, min(most, WAITING // size))  # years measured at once
        self._copies: dict[str, NDArray[Any]] = {}  # of arrays that engines change in place
        for name in (name for name in WRITTEN_TO if name != _LATER and self._together > 1):
            value = getattr(start, name)
            self._copies[name] = np.empty((self._together * len(value), *value.shape[1:]), value.dtype)
        self._waiting: list[tuple[Any, Any, Floats]] = []  # states, flows and prices
        self._measured: list[dict[str, NDArray[Any]]] = []  # (row, ...) each, of one year after the other
        self._rows: list[int] = []  # of each of them, those that nobody reads included
        self._step = -1  # of the last year
        self._wanted = None if years is None else frozenset(years)
        self._steps: list[int] = []  # of the years that wait
        self._broken = np.zeros(self.runs, dtype=bool)  # flows of unmeasured years

    def add(self, state: State, flows: Flows, list_price: Floats) -> None:
        """Record the next year.  The state may change afterwards, with arrays ``WRITTEN_TO`` in place; flows
        are new each year."""
        self._step += 1
        if self._wanted is not None and int(self.conditions.years[self._step]) not in self._wanted:
            happened = (flows.switching_pull, flows.surplus, flows.paid, flows.contracts)
            self._broken |= ~np.isfinite(
                sum(flow[:, 0].reshape(self.runs, -1).sum(axis=1) for flow in happened)
            )
            return
        first = len(self._waiting) * self.runs
        for name, array in self._copies.items():
            array[first : first + self.runs] = getattr(state, name)
        self._waiting.append((State(**vars(state)), flows, list_price))
        self._steps.append(self._step)
        if len(self._waiting) == self._together:
            self._measure()

    def fork(
        self, conditions: Conditions, names: frozenset[str], parameters: Parameters | None = None
    ) -> Recorder:
        """A recorder that continues from here under other future conditions, with some of the variables.

        parameters  other ones from here on; None = the same
        """
        if parameters is not None:
            self._measure()  # what waits was under those before
        twin = copy.copy(self)
        twin.conditions, twin.names = conditions, names
        twin._copies = {name: array.copy() for name, array in self._copies.items()}
        twin._waiting = list(self._waiting)
        twin._measured = [{name: part[name] for name in names & part.keys()} for part in self._measured]
        twin._rows = list(self._rows)
        twin._steps, twin._broken = list(self._steps), self._broken.copy()
        if parameters is not None:
            twin.parameters = parameters
            twin._together = 1 if parameters.turns else self._together
        return twin

    def series(self) -> dict[str, NDArray[Any]]:
        """All years, (run, year, ...) by name, or (run, ...) of a single one; recording ends with it."""
        self._measure()
        whole = {}
        for name in (name for name in VARIABLES if name in self.names):
            parts = [part.pop(name, None) for part in self._measured]  # each is let go once it is joined
            first = next(part for part in parts if part is not None)
            if name in self.read and self.read[name].once:
                whole[name] = first
                continue
            length = sum(self._rows) // self.runs
            whole[name] = np.empty((self.runs, length, *first.shape[1:]), dtype=first.dtype)
            year = 0
            for part, rows in zip(parts, self._rows, strict=True):
                years = rows // self.runs
                if part is not None:
                    some = part.reshape(years, self.runs, *first.shape[1:])
                    whole[name][:, year : year + years] = some.swapaxes(0, 1)
                else:
                    whole[name][:, year : year + years] = np.nan
                year += years
        return whole

    def _measure(self) -> None:
        """Measure the waiting years."""
        years = len(self._waiting)
        if not years:
            return
        steps, self._steps = self._steps, []
        states, flows, prices = zip(*self._waiting, strict=True)
        copies = {name: array[: years * self.runs] for name, array in self._copies.items()}
        self._waiting = []
        following = steps[-1] - steps[0] == years - 1  # a slice avoids a copy
        now: Any = self.conditions.at(slice(steps[0], steps[-1] + 1) if following else np.array(steps))
        state, flow, repeated = states[0], flows[0], now
        if years > 1:
            repeated = _Lazy(lambda name: np.repeat(getattr(now, name), self.runs, axis=0))
            flow = _Lazy(lambda name: _stacked([getattr(year, name) for year in flows]))
        if copies:
            state = _Lazy(lambda name: _stacked([getattr(year, name) for year in states]), copies)
        price = _stacked([np.broadcast_to(p, (self.runs, *p.shape[1:])) for p in prices])
        initial = 0 if steps[0] else self.runs
        p = self.parameters.at(int(self.conditions.years[steps[0]]))
        read = {name: part.years[steps] for name, part in self.read.items() if name in self.names}
        names = self.names - {name for name, years in read.items() if not years.any()}
        measured = measure(
            self.world, repeated, state, flow, price, p, initial=initial, names=names, read=self.read
        )
        for name in (name for name in read.keys() & names if not read[name].all()):
            there = np.repeat(read[name], self.runs)
            if self.read[name].once:
                measured[name] = measured[name][there]
            else:
                measured[name][~there] = np.nan
        self._rows.append(years * self.runs)
        if "unsound" in measured and self._broken.any():
            measured["unsound"][np.tile(self._broken, years) & (measured["unsound"] < 0)] = HAPPENED
        self._measured.append(measured)


def _stacked(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Arrays of runs, one year after the other."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


class _Lazy:
    """Arrays by name, computed on first access unless already known."""

    def __init__(
        self, make: Callable[[str], NDArray[Any]], known: Mapping[str, NDArray[Any]] | None = None
    ) -> None:
        self._make = make
        self.__dict__.update(known or {})

    def __getattr__(self, name: str) -> Any:
        value = self.__dict__[name] = self._make(name)
        return value


def labelled(
    data: Mapping[str, Floats],
    world: World,
    scenario: Scenario,
    parameters: Parameters,
    seed: int,
    runs: np.ndarray,
    years: tuple[int, int],
    measured: Sequence[int] | None = None,
    read: Mapping[str, Extract] = MappingProxyType({}),
) -> xr.Dataset:
    """Variables of runs as a dataset: axes with labels, vendors from slots to labels, units and provenance.

    data      arrays of :meth:`Recorder.series`, markets domain first; other arguments as in :func:`simulate`
    measured  their years; None = all;  read  as of :class:`Recorder`
    """
    import xarray as xr

    used = {axis for name in data for axis in VARIABLES[name].axes}
    of_lots = xr.Coordinates(_lot_labels(world) if "lot" in used else {})
    of_runs = xr.Coordinates({"run": ("run", runs, {"long_name": AXES["run"]})})
    variables: dict[str, Any] = {}
    for name, values in data.items():
        declared, without = VARIABLES[name], read[name].without if name in read else frozenset()
        axes, public = (
            ["run", *(axis for axis in ("year", *some) if axis not in without)]
            for some in (declared.axes, declared.public_axes)
        )
        shown = values
        if "vendor" in axes and "domain" in axes:
            by_domain = np.moveaxis(values, axes.index("domain"), -2)
            shown = np.moveaxis(_by_vendor(by_domain, world.slot_vendor, world), -2, axes.index("domain"))
        elif "vendor" in axes:
            slots = world.slot_vendor[[read[name].at["domain"]]]
            shown = _by_vendor(values[..., None, :], slots, world)[..., 0, :]
        shown = shown.transpose(*map(axes.index, public))
        attrs = {"units": declared.unit, "long_name": declared.long_name}
        variables[name] = (public, shown, attrs)
    first, last = world.horizon(years)
    calendar = tuple(range(first, last + 1) if measured is None else measured)
    steps = np.array(calendar) - first
    market = scenario.conditions(world, years).market_size.sum(axis=-1)[steps]
    market_attrs = {"units": "USD bn per year", "long_name": "world market size at full coverage"}
    variables["market_size"] = (("year", "domain"), market, market_attrs)
    return xr.Dataset(
        variables,
        coords=_together(of_runs, _labels(world, calendar), of_lots),
        attrs={
            "version": lockin_sim.__version__,
            "world": world.name,
            "scenario": scenario.name,
            "scenario_hash": scenario.hash,
            "seed": seed,
            "generator": GENERATOR,
            "dtype": "float64",
            **{f"parameter_{name}": attribute(value) for name, value in parameters.as_dict().items()},
        },
    )


def _by_vendor(values: Floats, slots: Integers, world: World) -> Floats:
    """From slots to vendors, NaN where a vendor is not in a domain.  (..., domain, vendor)

    slots  vendor of each slot, (domain, slot)
    """
    wide = np.full((*values.shape[:-1], len(world.vendors)), np.nan, dtype=values.dtype)
    domain, slot = np.nonzero(slots >= 0)
    wide[..., domain, slots[domain, slot]] = values[..., domain, slot]
    return wide


def extracts(records: Iterable[object], steps: int, world: World) -> dict[str, Extract]:
    """What some records read of variables of which none reads everything, by name.

    steps  number of a run's years
    Raises InputError for an axis that a variable does not have, and for an unknown label.
    """
    extracts = dict[str, Extract]()
    for name, years, at in (each for record in records for each in readings(record)):
        places = _positions(world, name, dict(at))
        before = extracts.setdefault(name, Extract(np.zeros(steps, dtype=bool), places))
        before.years[years] = True
        same = dict(before.at.items() & places.items())
        extracts[name] = before._replace(at=_with_domain(name, same))
    return {
        name: part for name, part in extracts.items()
        if not VARIABLES[name].always and (part.at or not part.years.all())
    }  # fmt: skip


def _positions(world: World, name: str, at: Mapping[str, str]) -> dict[str, int]:
    """Positions of labels along axes of a variable; of a vendor its slot in the domain that is read with it.
    Raises as :func:`extracts`."""
    labels = {axis: list(of) for axis, of in axes_of(world).items() if axis in VARIABLES[name].axes}
    for axis, label in sorted(at.items()):  # domains before vendors
        check_known(f"record {name}: axis", axis, labels)
        check_known(f"record {name}: {axis}", label, labels[axis])
        if axis == "domain" and "vendor" in labels:
            slots = world.slot_vendor[labels[axis].index(label)]
            labels["vendor"] = [world.vendors[v] if v >= 0 else "" for v in slots.tolist()]
    return _with_domain(name, {axis: labels[axis].index(label) for axis, label in at.items()})


def _with_domain(name: str, at: Mapping[str, int]) -> dict[str, int]:
    """Positions along axes: of a vendor only with its domain, since slots differ between domains."""
    apart = "domain" in VARIABLES[name].axes and "domain" not in at
    return {axis: place for axis, place in at.items() if not (apart and axis == "vendor")}


def size_of(
    names: frozenset[str],
    world: World,
    runs: int,
    years: int,
    read: Mapping[str, Extract] = MappingProxyType({}),
) -> int:
    """Bytes of the dataset of some variables."""
    lots = len(world.lots) if any("lot" in VARIABLES[name].axes for name in names) else 0
    length = {axis: len(labels) for axis, labels in axes_of(world).items()} | {"lot": lots, "year": years}
    without = {name: part.without for name, part in read.items()}
    cells = sum(
        math.prod(
            length[axis] for axis in ("year", *VARIABLES[name].axes) if axis not in without.get(name, ())
        )
        for name in names
    )
    return 8 * runs * cells


def axes_of(world: World) -> dict[str, Sequence[Any]]:
    """Labels along the axes of a world, but for its lots."""
    return {
        "country": world.countries,
        "domain": world.domains,
        "vendor": world.vendors,
        "standard": world.standards,
        "body": world.body_names,
        "sponsor": world.sponsors,
        "group": world.group_names,
    }


@per_world(most=8)  # labels are most of the work for a dataset of few runs
def _labels(world: World, years: tuple[int, ...]) -> xr.Coordinates:
    """Labels of years and of the world."""
    import xarray as xr

    labels: dict[str, Any] = {"year": np.array(years)}
    labels |= {axis: list(names) for axis, names in axes_of(world).items()}
    economies = country_labels(world)
    labels["country"] = economies.pop("country")
    return xr.Coordinates(
        {axis: (axis, values, {"long_name": AXES[axis]}) for axis, values in labels.items()} | economies
    )


def _together(*parts: xr.Coordinates) -> xr.Coordinates:
    """Coordinates with their existing indexes, copied for each dataset."""
    import xarray as xr

    variables = {name: variable for part in parts for name, variable in part.variables.items()}
    indexes = {name: index for part in parts for name, index in part.xindexes.items()}
    return xr.Coordinates(variables, indexes=indexes)


def _lot_labels(world: World) -> dict[str, Any]:
    """Lots by number, with operator and weight; country and domain as coordinates of lots."""
    lots = world.lots
    return {
        "lot": ("lot", np.arange(len(lots)), {"long_name": AXES["lot"]}),
        "lot_country": ("lot", np.array(world.countries)[lots.country], {"long_name": AXES["country"]}),
        "lot_domain": ("lot", np.array(world.domains)[lots.domain], {"long_name": AXES["domain"]}),
        "operator": (
            "lot", np.array([*lots.operators, ""])[lots.operator], {"long_name": "operator of the lot"}
        ),
        "weight": (
            "lot", lots.weight, {"units": "1", "long_name": "share of the country's capacity in the domain"}
        ),
    }  # fmt: skip


# --- checks of results, for all engines ---


def defects(ds: xr.Dataset) -> list[str]:
    """Defect of each run: a number that is infinite, or undefined where it must not be; "" for none.

    Checks the whole state if ``unsound`` is recorded.
    """
    defects = [""] * ds.sizes["run"]

    def blame(wrong: NDArray[np.bool_], text: str) -> None:
        """wrong  (run, year, ...)"""
        for run in np.flatnonzero(wrong.any(axis=tuple(range(1, wrong.ndim)))):
            years = wrong[run].any(axis=tuple(range(1, wrong.ndim - 1)))
            defects[run] = defects[run] or f"{text} in {int(ds['year'].values[np.argmax(years)])}"

    for position, field in enumerate(fields(State) if "unsound" in ds else ()):
        wrong = ds["unsound"].values == position
        blame(wrong, f"the state ({field.name}) has a number that is not finite")
    if "unsound" in ds:
        blame(ds["unsound"].values == HAPPENED, "what happened has a number that is not finite, before or")
    for name in ALWAYS_DEFINED:
        blame(~np.isfinite(ds[name].values), f"{name} is not a number")
    first, *others = (np.isnan(ds[name].values) for name in TOGETHER)
    for name, other in zip(TOGETHER[1:], others, strict=True):
        blame(first != other, f"{TOGETHER[0]} and {name} are not defined together")
    signed = np.nan_to_num(ds["contracts"].values) > 0
    blame(signed & ~np.isfinite(ds["price_paid"].values), "price_paid is not a number")
    return defects


def looked_over(ds: xr.Dataset) -> xr.Dataset:
    """The dataset, with a warning about runs with invalid numbers and the first defect."""
    texts = defects(ds)
    wrong = [place for place, text in enumerate(texts) if text]
    if wrong:
        first = f"run {int(ds['run'].values[wrong[0]])}: {texts[wrong[0]]}"
        text = f"{len(wrong)} of {len(texts)} runs have numbers that are not finite, first {first}"
        warnings.warn(text, stacklevel=3)
    return ds
