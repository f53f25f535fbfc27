"""The window: how much a policy still achieves, by the year in which it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable, whole_number
from lockin_sim.histories import PRIOR
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import difference, ratio
from lockin_sim.studies.outcomes import RECORD, select
from lockin_sim.studies.pairing import Pairing
from lockin_sim.studies.parts import (
    Variables,
    changed,
    chosen_scenarios,
    contrast,
    provenance,
    scenario_labels,
)  # fmt: skip
from lockin_sim.studies.registry import HEADLINES
from lockin_sim.studies.selected import Selected, outcome_labels
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: The model as it is, and the same without what locks in, each against its own baseline.
MECHANISMS: dict[str, dict[str, float]] = {
    "with_lock_in": {},
    "without_lock_in": {"switching_cost": 0.0, "network_weight": 0.0, "own_network_weight": 0.0},
}

#: When an effect is read: a number of years after the start, or at the horizon, whatever the start.
READINGS = ("after", "horizon")

STARTS = (2015, 2020, 2025, 2030, 2035)


def window(
    scenarios: Sequence[Named] | Named,
    *,
    starts: Sequence[int] = STARTS,
    after: int = 15,
    outcomes: Sequence[str] = HEADLINES,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.comparison,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Effect of a policy by the year in which it starts, with lock-in and without.

    starts    years to which the first lever of a scenario is moved, all others with it
    after     years after the start at which the effect is read; each start needs that many before the horizon
    outcomes  names of what is read
    Other arguments as in :func:`lockin_sim.compare`.  Some starts change the past and others do not: all are
    unconditioned, so that they can be compared.
    Returns a dataset over (scenario, mechanism, reading, outcome, start): ``effect``, ``effect_low``,
    ``effect_high`` (95 %, Student's t over pairs) and ``pairs_used``.  Readings: ``after``, a fixed number of
    years after the start; ``horizon``, the last year, which shrinks with the start for the plain reason that
    less time is left.  Mechanisms: the model as it is, and without switching costs and network effects, each
    against its own baseline.  Without the axis start, each with interval: ``closing``, the effect of the last
    start less that of the first; ``lost``, the part of the first start's effect that the last
    one lacks (Fieller; NaN where the first cannot be told from zero); and, over (scenario, reading, outcome),
    ``closing_by_lock_in``, closing with lock-in less closing without, run by run on the same luck.
    Raises InputError for anything that cannot be used.
    """
    world = world_of(world)
    base, *chosen = chosen_scenarios(baseline, scenarios)
    if not chosen:
        raise unusable("scenarios", found=scenarios, allowed=f"at least one other than {base.name}")
    known, years = select(world, outcomes), world.horizon(years)
    when = _starts(starts, whole_number("after", after), years)
    reduce, given = Selected(tuple(known)), parameters_of(parameters)
    cases = [Case(*case, reduce, given, RECORD) for case in _cases(base, chosen, when, world)]
    arrays = run_cases(
        cases, world=world, runs=runs, seed=seed, years=years, workers=workers, chunk=chunk, progress=progress
    )
    values = {label: of["values"] for label, of in arrays.items()}
    by_run = np.stack([_effects(values, s.name, when, after, years) for s in chosen], axis=1)
    axes = ("scenario", "mechanism", "reading", "outcome", "start")
    data = contrast(by_run, axes, "as outcome_unit", "effect")
    data |= _closing(by_run[..., 0], by_run[..., -1], axes[:-1])
    import xarray as xr

    labels: dict[str, Any] = {
        "mechanism": list(MECHANISMS), "reading": list(READINGS), "start": when,
        **outcome_labels(known),
    }  # fmt: skip
    unconditioned = Pairing.of(chosen, world, years, PRIOR)
    made = provenance(world, parameters=given, runs=runs, seed=seed, years=years)
    about = {"baseline": base.name, "after": int(after), "horizon": years[1]}
    return xr.Dataset(data, coords=scenario_labels(unconditioned) | labels, attrs=made | about)


def _closing(first: Floats, last: Floats, axes: tuple[str, ...]) -> Variables:
    """How effects of the first start and the last differ, by run (run, *axes); the second axis is the
    mechanism."""
    closing, unit = difference(last, first), "as outcome_unit"
    with_lock_in, without = (closing[:, :, position] for position in range(len(MECHANISMS)))
    data = contrast(closing, axes, unit, "closing")
    data |= contrast(difference(with_lock_in, without), (axes[0], *axes[2:]), unit, "closing_by_lock_in")
    about = {"units": "1", "long_name": "part of the first start's effect that the last one lacks"}
    for name, values in zip(("lost", "lost_low", "lost_high"), ratio(-closing, first), strict=False):
        data[name] = (axes, values, about)
    return data


def _starts(starts: Sequence[int], after: int, years: tuple[int, int]) -> list[int]:
    """Start years, rising, each once."""
    if isinstance(starts, str) or not isinstance(starts, Sequence) or len(starts) == 0:
        raise unusable("starts", found=starts, allowed="a list of years")
    first, last = years[0] + 1, years[1] - after
    for start in starts:
        if not first <= whole_number("starts", start) <= last:
            allowed = f"years from {first} to {last}, {after} years before the horizon"
            raise unusable("starts", found=start, allowed=allowed)
    return sorted({int(start) for start in starts})


def _cases(
    base: Scenario, chosen: Sequence[Scenario], starts: Sequence[int], world: World
) -> Iterator[tuple[str, Scenario]]:
    """Everything to run, with its label: for each mechanism the baseline, and each scenario by start."""
    for mechanism, off in MECHANISMS.items():
        yield _label(mechanism), changed(base, off)
        for scenario in chosen:
            for start in starts:
                moved = shifted(scenario, start, base, world)
                yield _label(mechanism, scenario.name, start), changed(moved, off)


def _label(mechanism: str, scenario: str = "", start: int = 0) -> str:
    """The label of a run that starts in a year."""
    return f"{mechanism} {start} {scenario}"


def shifted(scenario: Scenario, start: int, base: Scenario, world: World) -> Scenario:
    """The scenario with its first lever moved to a year, and all others by as much; levers that the baseline
    has as well stay.  A lever ends at the latest with the world's years."""
    moving = [use for use in scenario.levers if use not in base.levers]
    by = start - min((use.from_ for use in moving), default=start)
    levers = []
    for use in scenario.levers:
        if use not in moving:
            levers.append(use)
            continue
        begin = use.from_ + by
        if begin <= world.last_year:
            end = None if use.to is None else min(use.to + by, world.last_year)
            levers.append(use.model_copy(update={"from_": begin, "to": end}))
    return scenario.model_copy(update={"levers": tuple(levers)})


def _effects(
    values: Mapping[str, Floats], scenario: str, starts: Sequence[int], after: int, years: tuple[int, int]
) -> Floats:
    """Effects of one scenario by run.  (run, mechanism, reading, outcome, start)."""
    found = []
    for mechanism in MECHANISMS:
        reference = values[_label(mechanism)]
        by_start = [difference(values[_label(mechanism, scenario, start)], reference) for start in starts]
        read = [e[..., start + after - years[0]] for e, start in zip(by_start, starts, strict=True)]
        found.append(np.stack([np.stack(read, -1), np.stack([e[..., -1] for e in by_start], -1)], axis=1))
    return np.stack(found, axis=1)
