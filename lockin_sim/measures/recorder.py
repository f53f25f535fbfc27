"""What is measured of some runs, year by year, and as a dataset with every number under its own labels.

Of few runs several years are measured at once, which saves calls.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

import lockin_sim
from lockin_sim.conventions import Floats
from lockin_sim.draws import GENERATOR
from lockin_sim.measures.registry import AXES, VARIABLES, measure
from lockin_sim.model.state import Flows, State
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import per_world

if TYPE_CHECKING:
    import xarray as xr


#: Runs times years that are measured at once, and most bytes of the states that wait for it.
ROWS, WAITING = 64, 32 * 2**20

#: Arrays of a state that engines write to; others they make anew each year.
WRITTEN_TO = ("installed", "incumbent", "generation", "landings", "instalment_change")

#: That of them that nothing measured looks at, a large one.
_LATER = "instalment_change"


class Recorder:
    """The recorded variables of some runs.

    start       the state of the runs at the start
    conditions  of all years, from that of the initial state on
    parameters  of the runs
    names       of the variables
    """

    def __init__(
        self,
        world: World,
        start: State,
        conditions: Conditions,
        parameters: Parameters,
        names: frozenset[str],
    ) -> None:
        self.world, self.conditions, self.parameters, self.names = world, conditions, parameters, names
        self.runs = len(start.installed)
        size = sum(value.nbytes for name, value in vars(start).items() if name != _LATER)
        self._together = max(1, min(ROWS // self.runs, WAITING // size))  # years measured at once
        self._copies = {} if self._together == 1 else _room(start, self._together)  # years after years
        self._waiting: list[tuple[State, Flows, Floats]] = []
        self._measured: list[dict[str, NDArray[Any]]] = []  # (row, ...) each, of one year after the other
        self._step = 0

    def add(self, state: State, flows: Flows, list_price: Floats) -> None:
        """Record the next year.  The state may change afterwards, arrays ``WRITTEN_TO`` in place; flows are
        made anew each year."""
        first = len(self._waiting) * self.runs
        for name, kept in self._copies.items():
            kept[first : first + self.runs] = getattr(state, name)
        self._waiting.append((State(**vars(state)), flows, list_price))
        if len(self._waiting) == self._together:
            self._measure()

    def fork(self, conditions: Conditions) -> Recorder:
        """A recorder that goes on from here under other conditions of the years to come."""
        twin = copy.copy(self)
        twin.conditions = conditions
        twin._copies = {name: kept.copy() for name, kept in self._copies.items()}
        twin._waiting, twin._measured = list(self._waiting), list(self._measured)
        return twin

    def series(self) -> dict[str, NDArray[Any]]:
        """All years recorded so far.  (run, year, ...) by name."""
        self._measure()
        return {name: self._in_runs([rows[name] for rows in self._measured]) for name in self._measured[0]}

    def _measure(self) -> None:
        """Measure the years that wait."""
        years = len(self._waiting)
        if not years:
            return
        first, self._step = self._step, self._step + years
        states, flows, prices = zip(*self._waiting, strict=True)
        copies = {name: kept[: years * self.runs] for name, kept in self._copies.items()}
        self._waiting = []
        now = self.conditions.at(slice(first, self._step))
        self._measured.append(
            measure(
                self.world,
                cast(Conditions, _Repeated(now, self.runs)) if years > 1 else now,
                cast(State, _Stacked(states, copies)) if copies else states[0],
                cast(Flows, _Stacked(flows)) if years > 1 else flows[0],
                _stacked([np.broadcast_to(p, (self.runs, *p.shape[1:])) for p in prices]),
                self.parameters,
                initial=0 if first else self.runs,
                names=self.names,
            )
        )

    def _in_runs(self, parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Rows of one year after the other as (run, year, ...)."""
        whole = np.empty((self.runs, self._step, *parts[0].shape[1:]), dtype=parts[0].dtype)
        year = 0
        for part in parts:
            years = len(part) // self.runs
            whole[:, year : year + years] = part.reshape(years, *whole[:, 0].shape).swapaxes(0, 1)
            year += years
        return whole


def _room(state: State, years: int) -> dict[str, NDArray[Any]]:
    """Arrays for what engines write to, of some years."""
    arrays = {name: getattr(state, name) for name in WRITTEN_TO if name != _LATER}
    return {
        name: np.empty((years * len(value), *value.shape[1:]), dtype=value.dtype)
        for name, value in arrays.items()
    }


def _stacked(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Arrays of runs, one year after the other."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


class _Stacked:
    """Some years of the same arrays, one after the other; each is stacked when it is first asked for, unless
    it is already."""

    def __init__(self, years: Sequence[Any], stacked: Mapping[str, NDArray[Any]] | None = None) -> None:
        self._years = years
        self.__dict__.update(stacked or {})

    def __getattr__(self, name: str) -> Any:
        self.__dict__[name] = _stacked([getattr(year, name) for year in self._years])
        return self.__dict__[name]


class _Repeated:
    """Conditions of some years, each as often as there are runs; likewise."""

    def __init__(self, now: Conditions, runs: int) -> None:
        self._now, self._runs = now, runs

    def __getattr__(self, name: str) -> Any:
        self.__dict__[name] = np.repeat(getattr(self._now, name), self._runs, axis=0)
        return self.__dict__[name]


def labelled(
    data: Mapping[str, Floats],
    world: World,
    scenario: Scenario,
    parameters: Parameters,
    seed: int,
    runs: np.ndarray,
    years: tuple[int, int],
) -> xr.Dataset:
    """What runs measured as a dataset: axes with labels, vendors from slots to labels, units and provenance.

    data  arrays (run, year, ...) by name, markets domain first; other arguments as in :func:`simulate`
    """
    import xarray as xr

    used = {axis for name in data for axis in VARIABLES[name].axes}
    of_lots = xr.Coordinates(_lot_labels(world) if "lot" in used else {})
    of_runs = xr.Coordinates({"run": ("run", runs, {"long_name": AXES["run"]})})
    variables: dict[str, Any] = {}
    for name, values in data.items():
        declared = VARIABLES[name]
        shown = _public(declared.axes, _spread(values, declared.axes, world))
        attrs = {"units": declared.unit, "long_name": declared.long_name}
        variables[name] = (("run", "year", *declared.public_axes), shown, attrs)
    market = scenario.conditions(world, years).market_size.sum(axis=-1)
    market_attrs = {"units": "USD bn per year", "long_name": "world market size at full coverage"}
    variables["market_size"] = (("year", "domain"), market, market_attrs)
    given = {
        n: v if isinstance(v, float) else np.asarray(v).tolist() for n, v in parameters.as_dict().items()
    }
    return xr.Dataset(
        variables,
        coords=_together(of_runs, _labels(world, *world.horizon(years)), of_lots),
        attrs={
            "version": lockin_sim.__version__,
            "world": world.name,
            "scenario": scenario.name,
            "scenario_hash": scenario.hash,
            "seed": seed,
            "generator": GENERATOR,
            "dtype": "float64",
            **{f"parameter_{name}": value for name, value in given.items()},
        },
    )


@per_world(most=8)  # such labels are most of the work on a dataset of few runs
def _labels(world: World, first: int, last: int) -> xr.Coordinates:
    """Years, and what is in a world."""
    import xarray as xr

    labels = {
        "year": np.arange(first, last + 1),
        "country": list(world.countries),
        "domain": list(world.domains),
        "vendor": list(world.vendors),
        "standard": list(world.standards),
        "body": list(world.body_names),
        "sponsor": list(world.sponsors),
        "group": list(world.group_names),
    }
    return xr.Coordinates(
        {axis: (axis, values, {"long_name": AXES[axis]}) for axis, values in labels.items()}
    )


def _together(*parts: xr.Coordinates) -> xr.Coordinates:
    """Coordinates with their indexes, none of which is made anew.  A dataset has its own copies of them."""
    import xarray as xr

    variables = {name: variable for part in parts for name, variable in part.variables.items()}
    indexes = {name: index for part in parts for name, index in part.xindexes.items()}
    return xr.Coordinates(variables, indexes=indexes)


def _spread(values: Floats, axes: tuple[str, ...], world: World) -> Floats:
    """Slots to vendors, NaN where a vendor is not in a domain; other variables stay.

    values (run, year, ...) with ``axes`` behind the year, those by vendor ending with it
    """
    if "vendor" not in axes:
        return values
    by_domain = np.moveaxis(values, 2 + axes.index("domain"), -2)
    wide = np.full((*by_domain.shape[:-1], len(world.vendors)), np.nan, dtype=values.dtype)
    domain, slot = np.nonzero(world.slot_vendor >= 0)
    wide[..., domain, world.slot_vendor[domain, slot]] = by_domain[..., domain, slot]
    return np.moveaxis(wide, -2, 2 + axes.index("domain"))


def _public(axes: tuple[str, ...], values: NDArray[Any]) -> NDArray[Any]:
    """Values in the order in which datasets show them: countries before domains."""
    if "country" not in axes or "domain" not in axes:
        return values
    return np.swapaxes(values, 2 + axes.index("domain"), 2 + axes.index("country"))


def _lot_labels(world: World) -> dict[str, Any]:
    """Lots by number, with operator and weight; country and domain, which are axes too, as those of a lot."""
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
