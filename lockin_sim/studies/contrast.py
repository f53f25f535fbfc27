"""Studies as contrasts: name the arms, run them once on the same luck, subtract, and state intervals.

An arm is one thing that is run.  All arms of a trial meet the same luck, so that a difference between two
of them is what they differ in.  Runs are labelled arrays over the axes of the arms, subtracted by name::

    arms = {(kind, name): Arm(scenario, settings) for ...}
    share = Trial(("mechanism", "scenario"), arms, measure, setup(runs, **options)).run()["share"]
    estimate("share", effect=share.sel(scenario="open_ran") - share.sel(scenario="baseline"))
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.histories import PRIOR, Given
from lockin_sim.parameters import Parameters
from lockin_sim.runs.cases import Case, Reducer
from lockin_sim.scenario import Scenario
from lockin_sim.statistics import interval, mean_over_runs, ratio
from lockin_sim.studies.options import Setup
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Arm:
    """One thing that is run.

    settings    parameters set in it, whatever the scenario says of them itself
    world       a world of its own, with the labels of the study's; None: that one
    history     as in :func:`lockin_sim.simulate`
    parameters  those of all its runs; None: those of the study
    """

    scenario: Scenario
    settings: Mapping[str, float] = field(default_factory=dict)
    world: World | None = None
    history: Given = PRIOR
    parameters: Parameters | None = None

    @property
    def same_as(self) -> Hashable:
        """Equal for arms whose runs are equal."""
        own = tuple(sorted(self.settings.items()))
        history = self.history if isinstance(self.history, str) else id(self.history)
        return self.scenario.hash, own, id(self.world), history, id(self.parameters)


@dataclass(frozen=True)
class Measure:
    """What is kept of the runs of an arm.

    of      function of a module: dataset of some runs, world -> arrays by name, run first
    axes    of every array, behind the run
    labels  coordinates along these axes
    record  variables that it needs beyond those always there
    """

    of: Reducer
    axes: tuple[str, ...]
    labels: Mapping[str, Any]
    record: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What is run for a study: arms along axes, what is kept of each, and how.

    Arms that are the same are run once.
    """

    axes: tuple[str, ...]
    arms: Mapping[Any, Arm]  # by label along each axis
    measure: Measure
    setup: Setup

    @cached_property
    def _labels(self) -> dict[Any, str]:
        """Label of the case that each arm is, by key."""
        first: dict[Hashable, Any] = {}
        return {
            key: " ".join(filter(None, map(str, first.setdefault(arm.same_as, key))))
            for key, arm in self.arms.items()
        }

    @cached_property
    def cases(self) -> list[Case]:
        """Every arm as a case of the executor."""
        distinct = {label: self.arms[key] for key, label in reversed(self._labels.items())}
        return [
            Case(
                label, changed(arm.scenario, arm.settings), self.measure.of,
                self.setup.parameters if arm.parameters is None else arm.parameters, self.measure.record,
                world=arm.world, history=arm.history,
            )
            for label, arm in reversed(distinct.items())
        ]  # fmt: skip

    def run(self) -> xr.Dataset:
        """Run all arms, see :meth:`dataset`."""
        return self.dataset(self.setup.run(self.cases))

    def dataset(self, arrays: Mapping[str, Mapping[str, Floats]]) -> xr.Dataset:
        """Label what was kept of all cases, by label of the case.

        Returns
        -------
        Dataset
            Each array over (run, axes of the arms, axes of the measure), NaN where there is no such arm.
        """
        import xarray as xr

        labels: list[list[Any]] = [list(dict.fromkeys(at)) for at in zip(*self.arms, strict=True)]
        data = {}
        for name, like in next(iter(arrays.values())).items():
            values = np.full((len(like), *map(len, labels), *like.shape[1:]), np.nan)
            for key, label in self._labels.items():
                at: Any = [of.index(one) for of, one in zip(labels, key, strict=True)]
                values[(slice(None), *at)] = arrays[label][name]
            data[name] = (("run", *self.axes, *self.measure.axes), values)
        coordinates = dict(zip(self.axes, labels, strict=True))
        return xr.Dataset(data, coords=coordinates | dict(self.measure.labels))


def changed(scenario: Scenario, parameters: Mapping[str, float]) -> Scenario:
    """The scenario with some parameters set, whatever it says of them itself."""
    return scenario.model_copy(update={"parameters": scenario.parameters | dict(parameters)})


# --- what is said of runs ---


def estimate(units: str, **contrasts: xr.DataArray) -> xr.Dataset:
    """Means over runs of differences, with 95 % intervals (Student's t).

    Parameters
    ----------
    units : of all differences.
    contrasts : differences run by run, over (run, ...), by name.

    Returns
    -------
    Dataset
        For each name ``name``, ``name_low``, ``name_high`` and ``name_pairs_used``; of one that is called
        effect ``pairs_used``.
    """
    import xarray as xr

    data: dict[str, xr.DataArray] = {}
    for name, by_run in contrasts.items():
        found = interval(_by_run(by_run))
        data |= _with_ends(
            name, by_run, found, units, "mean paired difference", "{} end of the 95 % interval"
        )
    return xr.Dataset(data)


def part(**of: tuple[xr.DataArray, xr.DataArray]) -> xr.Dataset:
    """Ratios of means of two differences, with Fieller's 95 % intervals; named as in :func:`estimate`.

    NaN where the second cannot be told from zero.
    """
    import xarray as xr

    data: dict[str, xr.DataArray] = {}
    for name, (one, other) in of.items():
        share, whole = xr.broadcast(one.transpose("run", ...), other)
        found = ratio(_by_run(share), whole.transpose(*share.dims).values)
        data |= _with_ends(name, share, found, "share", "ratio of means over pairs", "{} end, Fieller")
    return xr.Dataset(data)


def mean(units: str, **levels: xr.DataArray) -> xr.Dataset:
    """Means over runs, ``name`` and ``name_runs_used``.  levels: over (run, ...), by name."""
    import xarray as xr

    data = {}
    for name, values in levels.items():
        (found, used), like = mean_over_runs(_by_run(values)), values.isel(run=0, drop=True)
        text = name.replace("_", " ")
        data[name] = like.copy(data=found).assign_attrs(units=units, long_name=f"{text}: mean over runs")
        about = {"units": "runs", "long_name": f"{text}: runs that define it"}
        data[f"{name}_runs_used"] = like.copy(data=used).assign_attrs(about)
    return xr.Dataset(data)


def _with_ends(
    name: str, by_run: xr.DataArray, found: tuple[Any, ...], units: str, of_mean: str, of_end: str
) -> dict[str, xr.DataArray]:
    """Mean, ends of an interval and pairs of a contrast, with what each is."""
    like, text = by_run.transpose("run", ...).isel(run=0, drop=True), name.replace("_", " ")
    about = {
        name: (units, of_mean),
        f"{name}_low": (units, of_end.format("lower")),
        f"{name}_high": (units, of_end.format("upper")),
        "pairs_used" if name == "effect" else f"{name}_pairs_used": ("runs", "pairs of runs that define it"),
    }
    return {
        key: like.copy(data=values).assign_attrs(units=unit, long_name=f"{text}: {said}")
        for (key, (unit, said)), values in zip(about.items(), found, strict=True)
    }


def _by_run(values: xr.DataArray) -> Floats:
    """Values with the run first, run after run in memory: the order in which they are added up."""
    return np.ascontiguousarray(values.transpose("run", ...).values)
