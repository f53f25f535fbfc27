"""What is measured of some runs, year by year: of few runs several years at once, which saves calls."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.measures.registry import measure
from lockin_sim.model.state import Flows, State
from lockin_sim.parameters import Parameters
from lockin_sim.world import Conditions, World

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
