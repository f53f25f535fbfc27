"""Recorder of runs, year by year, and their labelled dataset.

With few runs several years are measured at once, which saves calls; with more runs the copies of waiting
states would cost more.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import GENERATOR
from lockin_sim.common.errors import check_known, unusable
from lockin_sim.common.netcdf import plain_value
from lockin_sim.common.values import encode_attribute
from lockin_sim.common.versions import stamp
from lockin_sim.model.measures.registry import (
    ALWAYS_DEFINED,
    AXES,
    EVERY,
    TOGETHER,
    VARIABLES,
    Extract,
    Places,
    Reading,
    Recorded,
    in_order,
    measure,
    name_of,
    names_of,
)
from lockin_sim.model.state import Flows, State
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.recorded import country_labels

if TYPE_CHECKING:
    import xarray as xr


#: Maximum number of runs times years measured at once, and of bytes of waiting states.
ROWS, WAITING = 16, 32 * 2**20

#: Arrays of a state that engines change in place; all others are new each year.
WRITTEN_TO = (
    "installed",
    "incumbent",
    "generation",
    "outgoing",
    "swap_year",
    "landings",
    "instalment_change",
)

#: Instead of a position in the state: a flow of an earlier year that is not finite.
HAPPENED = len(fields(State))

#: Coordinate of runs of several seeds: the number of a run under its seed.
RUN_OF_SEED = "run_of_seed"

#: A large one of them that is never measured.
_LATER = "instalment_change"


class Recorder:
    """Recorder of variables of some runs.

    start       the state of the runs at the start
    conditions  of all years, from that of the initial state on
    parameters  of the runs
    record      variables, and parts of variables
    years       in which they are measured; None = all
    Raises InputError for a part with an axis that its variable does not have, or an unknown label.
    """

    def __init__(
        self,
        world: World,
        start: State,
        conditions: Conditions,
        parameters: Parameters,
        record: Recorded,
        years: Collection[int] | None = None,
    ) -> None:
        self.world, self.conditions, self.parameters, self.record = world, conditions, parameters, record
        self._parts = {
            each: Extract(_build_step_mask(each, len(conditions.years)), find_label_positions(each, world))
            for each in record
            if isinstance(each, Reading)
        }
        self.runs = len(start.installed)
        size = sum(value.nbytes for name, value in vars(start).items() if name != _LATER)
        most = 1 if parameters.turns else ROWS // self.runs  # parameters may differ between years
        self._together = max(1, min(most, WAITING // size))  # years measured at once
        self._copies: dict[str, NDArray[Any]] = {}  # of arrays that engines change in place
        for name in (name for name in WRITTEN_TO if name != _LATER and self._together > 1):
            value = getattr(start, name)
            self._copies[name] = np.empty((self._together * len(value), *value.shape[1:]), value.dtype)
        self._waiting: list[tuple[Any, Any, Floats]] = []  # states, flows and prices
        self._measured: list[dict[str | Reading, NDArray[Any]]] = []  # (row, ...), one year after the other
        self._step = -1  # of the last year
        self._wanted = None if years is None else frozenset(years)
        self._steps: list[int] = []  # of the years that wait
        self._broken = np.zeros(self.runs, dtype=bool)  # flows of unmeasured years

    def add(self, state: State, flows: Flows, list_price: Floats) -> None:
        """Record the next year.

        The state may change afterwards, with arrays ``WRITTEN_TO`` in place; flows are new each year.
        """
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
        self, conditions: Conditions, record: Recorded, parameters: Parameters | None = None
    ) -> Recorder:
        """Return a recorder that continues from here under other conditions, with a part of what is recorded.

        parameters  new ones from here on; None = unchanged
        """
        if parameters is not None:
            self._measure()  # what waits was under those before
        twin = copy.copy(self)
        twin.conditions, twin.record = conditions, record
        twin._copies = {name: array.copy() for name, array in self._copies.items()}
        twin._waiting = list(self._waiting)
        twin._measured = [{each: some[each] for each in record & some.keys()} for some in self._measured]
        twin._steps, twin._broken = list(self._steps), self._broken.copy()
        if parameters is not None:
            twin.parameters = parameters
            twin._together = 1 if parameters.turns else self._together
        return twin

    def series(self) -> dict[str | Reading, NDArray[Any]]:
        """Return all recorded arrays, (run, year, ...) each; recording ends with this call."""
        self._measure()
        whole = dict[str | Reading, NDArray[Any]]()
        for each in in_order(self.record):
            # each array is let go once it is joined
            arrays = [some.pop(each) for some in self._measured if each in some]
            length, shape = sum(map(len, arrays)) // self.runs, arrays[0].shape[1:]
            whole[each] = np.empty((self.runs, length, *shape), dtype=arrays[0].dtype)
            year = 0
            for array in arrays:
                years = len(array) // self.runs
                by_year = array.reshape(years, self.runs, *shape)
                whole[each][:, year : year + years] = by_year.swapaxes(0, 1)
                year += years
        return whole

    def _measure(self) -> None:
        """Measure the years whose states were copied but not yet measured."""
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
            repeated = _LazyArrays(lambda name: np.repeat(getattr(now, name), self.runs, axis=0))
            flow = _LazyArrays(lambda name: _stack_years([getattr(year, name) for year in flows]))
        if copies:
            state = _LazyArrays(lambda name: _stack_years([getattr(year, name) for year in states]), copies)
        price = _stack_years([np.broadcast_to(p, (self.runs, *p.shape[1:])) for p in prices])
        initial = 0 if steps[0] else self.runs
        p = self.parameters.at(int(self.conditions.years[steps[0]]))
        read = {each: part.years[steps] for each, part in self._parts.items() if each in self.record}
        record = self.record - {each for each, there in read.items() if not there.any()}
        measured = measure(
            self.world, repeated, state, flow, price, p, initial=initial, record=record, parts=self._parts
        )
        for each, there in read.items():
            if each in record and not there.all():
                measured[each] = measured[each][np.repeat(there, self.runs)]
        if "unsound" in measured and self._broken.any():
            measured["unsound"][np.tile(self._broken, years) & (measured["unsound"] < 0)] = HAPPENED
        self._measured.append(measured)


def _stack_years(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Concatenate arrays of runs, year after year."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


class _LazyArrays:
    """Arrays by name, computed on first access unless already known."""

    def __init__(
        self, make: Callable[[str], NDArray[Any]], known: Mapping[str, NDArray[Any]] | None = None
    ) -> None:
        self._make = make
        self.__dict__.update(known or {})

    def __getattr__(self, name: str) -> Any:
        value = self.__dict__[name] = self._make(name)
        return value


def build_run_dataset(
    data: Mapping[str | Reading, Floats],
    world: World,
    scenario: Scenario,
    parameters: Parameters,
    seed: int,
    runs: np.ndarray,
    years: tuple[int, int],
    measured: Sequence[int] | None = None,
) -> xr.Dataset:
    """Build the labelled dataset of runs, with vendors instead of slots, units and provenance.

    data      arrays of :meth:`Recorder.series`, markets domain first
    measured  their years; None = all
    Other arguments as in :func:`lockin_sim.simulate`.
    """
    import xarray as xr

    used = {axis for each in data for axis in VARIABLES[name_of(each)].axes}
    of_lots = xr.Coordinates(_build_lot_coordinates(world) if "lot" in used else {})
    of_runs = xr.Coordinates(
        {"run": ("run", runs, {"long_name": AXES["run"]}), "seed": build_seed_coordinate(seed, len(runs))}
    )
    first, last = world.horizon(years)
    calendar = tuple(range(first, last + 1) if measured is None else measured)
    steps = np.array(calendar) - first
    variables: dict[str, Any] = {}
    for each, values in data.items():
        declared = VARIABLES[name_of(each)]
        attrs = {"units": declared.unit, "long_name": declared.long_name}
        variables[str(each)] = (*_arrange_axes(each, values, world, len(steps)), attrs)
    market = scenario.conditions(world, years).market_size.sum(axis=-1)[steps]
    market_attrs = {"units": "USD bn per year", "long_name": "world market size at full coverage"}
    variables["market_size"] = (("year", "domain"), market, market_attrs)
    return xr.Dataset(
        variables,
        coords=_merge_coordinates(of_runs, _build_world_coordinates(world, calendar), of_lots),
        attrs={
            **stamp(),
            "world": world.name,
            "scenario": scenario.name,
            "scenario_hash": scenario.hash,
            "seed": seed,
            "generator": GENERATOR,
            "dtype": "float64",
            **{f"parameter_{name}": encode_attribute(value) for name, value in parameters.as_dict().items()},
        },
    )


def build_seed_coordinate(seed: int, runs: int) -> tuple[tuple[str], np.ndarray, dict[str, str]]:
    """Build the coordinate of each run's seed, which stays with the runs where datasets are joined.

    A seed too large for a number in NetCDF is stored as text, as in attributes.
    """
    return ("run",), np.full(runs, plain_value(int(seed))), {"long_name": "seed of the shocks of the run"}


def read_seed_and_runs(ds: xr.Dataset) -> tuple[int, np.ndarray]:
    """Return the seed of a dataset and the numbers of its runs, which determine their shocks.

    Raises InputError for runs of several seeds.
    """
    seeds = np.unique(ds["seed"].values) if "seed" in ds.coords else [ds.attrs["seed"]]
    if len(seeds) > 1:
        found = f"runs of {len(seeds)} seeds"
        raise unusable("dataset", words=found, allowed="runs of one seed, whose shocks are drawn again")
    return int(seeds[0]), ds[RUN_OF_SEED if RUN_OF_SEED in ds.coords else "run"].values


def _arrange_axes(each: str | Reading, values: Floats, world: World, years: int) -> tuple[list[str], Floats]:
    """Return the axes and values of a recorded variable in the order of datasets.

    years  number of years of the dataset
    """
    declared, at = VARIABLES[name_of(each)], dict(each.at) if isinstance(each, Reading) else {}
    axes, public = (["run", "year", *some] for some in (declared.axes, declared.public_axes))
    if isinstance(each, Reading) and each.slots:
        axes, public = ([axis.replace("vendor", "slot") for axis in some] for some in (axes, public))
    elif "vendor" in axes and "vendor" not in at:
        domain, slots = (
            axes.index("domain"),
            world.slot_vendor[find_label_positions(each, world).get("domain", EVERY)],
        )
        by_domain = np.moveaxis(values, domain, -2)
        values = np.moveaxis(_spread_slots(by_domain, slots, world), -2, domain)
    values = values.transpose(*map(axes.index, public))
    if isinstance(each, str):
        return public, values
    single = {axis for axis, labels in at.items() if isinstance(labels, str)}
    some = {*at}
    if values.shape[1] < years:
        some.add("year")
        single |= {"year"} if values.shape[1] == 1 else set()
    names = [each.own(axis) if axis in some else axis for axis in public if axis not in single]
    return names, values[tuple(0 if axis in single else EVERY for axis in public)]


def _spread_slots(values: Floats, slots: Integers, world: World) -> Floats:
    """Spread values from slots to vendors, NaN where a vendor is not in a domain.  (..., domain, vendor).

    slots  vendor of each slot, (domain, slot)
    """
    wide = np.full((*values.shape[:-1], len(world.vendors)), np.nan, dtype=values.dtype)
    domain, slot = np.nonzero(slots >= 0)
    wide[..., domain, slots[domain, slot]] = values[..., domain, slot]
    return wide


def _build_step_mask(reading: Reading, steps: int) -> Bools:
    """Build the mask of a run's years in which a reading is taken.  (step,)."""
    read = np.zeros(steps, dtype=bool)
    read[reading.years] = True
    return read


def find_label_positions(recorded: str | Reading, world: World) -> dict[str, Places]:
    """Find the positions of a reading's labels along each of its axes; of vendors, their slots in the domain.

    Returns an empty mapping for a whole variable.
    Raises InputError for an axis that a variable does not have, an unknown label, and vendors without one
    domain.
    """
    if isinstance(recorded, str):
        return {}
    places, where = dict[str, Places](), f"record {recorded.name}"
    labels = {
        axis: list(of)
        for axis, of in list_axis_labels(world).items()
        if axis in VARIABLES[recorded.name].axes
    }
    for axis, chosen in sorted(recorded.at):  # domains before vendors
        check_known(f"{where}: axis", axis, labels)
        if axis == "vendor":
            if not isinstance(domain := dict(recorded.at).get("domain"), str):
                raise unusable(f"{where}: domain", found=domain, allowed="one in which vendors are read")
            slots = world.slot_vendor[labels["domain"].index(domain)]
            labels[axis] = [world.vendors[v] if v >= 0 else "" for v in slots.tolist()]
        found = []
        for label in (chosen,) if isinstance(chosen, str) else chosen:
            check_known(f"{where}: {axis}", label, labels[axis])
            found.append(labels[axis].index(label))
        first, last = found[0], found[-1] + 1
        together = found == list(range(first, last))  # a slice avoids a copy
        places[axis] = slice(first, last) if together else np.array(found)
    return places


def compute_record_size(record: Recorded, world: World, runs: int, years: int) -> int:
    """Compute the size in bytes of the dataset of a record."""
    lots = len(world.lots) if any("lot" in VARIABLES[name].axes for name in names_of(record)) else 0
    length = {axis: len(labels) for axis, labels in list_axis_labels(world).items()} | {
        "lot": lots,
        "year": years,
    }
    cells = 0
    for each in record:
        mine = length
        if isinstance(each, Reading):
            find_label_positions(each, world)
            some = {axis: 1 if isinstance(of, str) else len(of) for axis, of in each.at}
            some |= {"vendor": world.shape[2]} if each.slots else {}
            mine = length | some | {"year": int(_build_step_mask(each, years).sum())}
        cells += math.prod(mine[axis] for axis in ("year", *VARIABLES[name_of(each)].axes))
    return 8 * runs * cells


def list_axis_labels(world: World) -> dict[str, Sequence[Any]]:
    """Return the labels along each axis of a world, except lots."""
    return {
        "country": world.countries,
        "domain": world.domains,
        "vendor": world.vendors,
        "standard": world.standards,
        "body": world.body_names,
        "sponsor": world.sponsors,
        "group": world.group_names,
    }


@cache_per_world(most=8)  # labels are most of the work for a dataset of few runs
def _build_world_coordinates(world: World, years: tuple[int, ...]) -> xr.Coordinates:
    """Build the coordinates of years and of the world's axes."""
    import xarray as xr

    labels: dict[str, Any] = {"year": np.array(years)}
    labels |= {axis: list(names) for axis, names in list_axis_labels(world).items()}
    economies = country_labels(world)
    labels["country"] = economies.pop("country")
    return xr.Coordinates(
        {axis: (axis, values, {"long_name": AXES[axis]}) for axis, values in labels.items()} | economies
    )


def _merge_coordinates(*parts: xr.Coordinates) -> xr.Coordinates:
    """Merge coordinates with their existing indexes, copied for each dataset."""
    import xarray as xr

    variables = {name: variable for part in parts for name, variable in part.variables.items()}
    indexes = {name: index for part in parts for name, index in part.xindexes.items()}
    return xr.Coordinates(variables, indexes=indexes)


def _build_lot_coordinates(world: World) -> dict[str, Any]:
    """Build the coordinates of lots: number, country, domain, operator and weight."""
    lots = world.lots
    return {
        "lot": ("lot", np.arange(len(lots)), {"long_name": AXES["lot"]}),
        "lot_country": ("lot", np.array(world.countries)[lots.country], {"long_name": AXES["country"]}),
        "lot_domain": ("lot", np.array(world.domains)[lots.domain], {"long_name": AXES["domain"]}),
        "operator": (
            "lot",
            np.array([*lots.operators, ""])[lots.operator],
            {"long_name": "operator of the lot"},
        ),
        "weight": (
            "lot",
            lots.weight,
            {"units": "1", "long_name": "share of the country's capacity in the domain"},
        ),
    }


# --- checks of results, for all engines ---


def find_defects(ds: xr.Dataset) -> list[str]:
    """Find the first defect of each run: an infinite number, or one undefined where not allowed.

    Returns a description for each run, "" for none.  Checks the whole state if ``unsound`` is recorded.
    """
    defects = [""] * ds.sizes["run"]

    def blame(wrong: NDArray[np.bool_], text: str) -> None:
        """Note a defect for each run with a wrong value, in its first such year.

        wrong  (run, year, ...)
        """
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


def warn_of_defects(ds: xr.Dataset) -> xr.Dataset:
    """Return the dataset, after a warning about runs with non-finite numbers and the first defect."""
    texts = find_defects(ds)
    wrong = [place for place, text in enumerate(texts) if text]
    if wrong:
        first = f"run {int(ds['run'].values[wrong[0]])}: {texts[wrong[0]]}"
        text = f"{len(wrong)} of {len(texts)} runs have numbers that are not finite, first {first}"
        warnings.warn(text, stacklevel=3)
    return ds
