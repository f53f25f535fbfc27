"""What is measured of some runs, year by year: of few runs several years at once, which saves calls."""

from __future__ import annotations

import copy
from collections.abc import Sequence
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

#: The array of a state that nothing measured looks at, a large one.
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
        self._states = start if self._together == 1 else _room(start, self._together)  # years after years
        self._waiting: list[tuple[Flows, Floats]] = []
        self._measured: list[dict[str, NDArray[Any]]] = []  # (row, ...) each, of one year after the other
        self._step = 0

    def add(self, state: State, flows: Flows, list_price: Floats) -> None:
        """Record the next year.  The state may change afterwards; flows are made anew each year."""
        if self._together == 1:
            self._states = state
        else:
            first = len(self._waiting) * self.runs
            for name, kept in vars(self._states).items():
                kept[first : first + self.runs] = getattr(state, name)[: len(kept)]
        self._waiting.append((flows, list_price))
        if len(self._waiting) == self._together:
            self._measure()

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
        flows, prices = zip(*self._waiting, strict=True)
        self._waiting = []
        now = self.conditions.at(slice(first, self._step))
        self._measured.append(
            measure(
                self.world,
                cast(Conditions, _Repeated(now, self.runs)) if years > 1 else now,
                _first_rows(self._states, years * self.runs),
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


def _room(state: State, years: int) -> State:
    """Arrays for the states of some years."""
    found = copy.copy(state)
    for name, value in vars(state).items():
        number = 0 if name == _LATER else years * len(value)
        setattr(found, name, np.empty((number, *value.shape[1:]), dtype=value.dtype))
    return found


def _first_rows(states: State, number: int) -> State:
    """The first rows of states."""
    found = copy.copy(states)
    for name, value in vars(states).items():
        setattr(found, name, value[:number])
    return found


def _stacked(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Arrays of runs, one year after the other."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


class _Stacked:
    """Some years of the same arrays, one after the other; each is stacked when it is first asked for."""

    def __init__(self, years: Sequence[Any]) -> None:
        self._years = years

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
