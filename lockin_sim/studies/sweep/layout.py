"""The layout of the store of a sweep: arrays, coordinates, attributes, size of a unit; what decides it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.design import Column, Design
from lockin_sim.draws import GENERATOR
from lockin_sim.errors import InputError, whole_number
from lockin_sim.measures import VARIABLES
from lockin_sim.runs.provenance import digest, world_digest
from lockin_sim.store import Layout, Variable, open_sweep
from lockin_sim.studies.outcomes import select
from lockin_sim.studies.sweep.job import SweepJob, axis_labels

#: Units that a sweep is cut into, where units are not too small or too large by that.
UNITS = 128

#: Fewest and most runs of a unit: seconds of work, so that handing it over and writing it cost little.
LEAST_RUNS, MOST_RUNS = 256, 1024

#: Fewest runs of a unit that holds but some runs of one point: what a kill costs.
LEAST_PART = 128

#: Units a small sweep is cut into at least, so that several workers have something to do.
FEWEST_UNITS = 8

#: Most bytes of a unit, unless one run has more.
UNIT_BYTES = 64_000_000


def unit_size(
    points: int, runs: int, run_bytes: int, given: int | None = None, fewest: int = FEWEST_UNITS
) -> tuple[int, int]:
    """Points and runs of a unit: several points with all their runs, or one with some of them.

    given  points that are asked for;  fewest  units that several workers could share
    Raises InputError for a given number that cannot be used.
    """
    if given is not None:
        return min(whole_number("unit", given, least=1), points), runs
    bound = UNIT_BYTES / max(run_bytes, 1)
    part = min(max(points * runs / UNITS, LEAST_PART), MOST_RUNS, max(bound, 1.0))
    if runs > max(part, min(LEAST_RUNS, bound)):
        pieces = int(np.ceil(runs / part))
        return 1, int(np.ceil(runs / pieces))
    wanted = min(max(points * runs / UNITS, LEAST_RUNS), MOST_RUNS) / runs
    fitting = min(wanted, bound / runs, points / fewest)
    return max(1, min(int(np.ceil(fitting)), points)), runs


def layout_of(
    job: SweepJob, design: Design, identity: dict[str, Any], session: dict[str, Any], unit: int | None = None
) -> Layout:
    """The layout of the store of a sweep."""
    kept, shapes, variables = job.keep, job.keep.shapes(job.world), {}
    for name, outcome in select(job.world, kept.outcomes).items():
        variables[name] = Variable(("year",), shapes[name], outcome.unit, outcome.label)
    for variable in kept.variables:
        declared, name = VARIABLES[variable], kept.name(variable)
        axes = ("year", *declared.public_axes)
        variables[name] = Variable(axes, shapes[name], declared.unit, declared.long_name)
    run_bytes = 8 * sum(int(np.prod(v.shape)) for v in variables.values())
    labels = axis_labels(job.world)
    used = {axis for name in kept.variables for axis in VARIABLES[name].axes}
    coordinates = point_labels(job, design)
    coordinates |= {axis: ((axis,), np.array(labels[axis]), {}) for axis in labels if axis in used}
    attributes = {
        "made_by": "lockin_sim",
        "identity": identity,
        "version": job.code.version,
        "scenario": job.scenarios[""].name,
        "scenario_hash": job.scenarios[""].hash,
        "seed": job.seed,
        "generator": GENERATOR,
        "world": job.world.name,
        "design_method": design.method,
        "design_hash": design.hash,
        **{key: session[key] for key in ("machine", "processor", "python", "numpy", "commit", "source")},
    }
    points, runs = unit_size(len(design), job.runs, run_bytes, unit)
    return Layout(len(design), job.runs, points, variables, coordinates, attributes, runs)


def point_labels(job: SweepJob, design: Design) -> dict[str, Any]:
    """Points, runs and years, and what the design varies."""
    return {
        "point": (("point",), np.arange(len(design)), {"long_name": "point of the design"}),
        "run": (("run",), np.arange(job.runs), {"long_name": "run; the same luck at every point"}),
        "year": (("year",), np.array(job.keep.years), {"long_name": "year"}),
        **{c.name: (("point",), design.values[c.name], _about(c, design)) for c in design.columns},
    }


def identity(job: SweepJob, design: Design) -> dict[str, Any]:
    """Everything that decides the numbers of a sweep, by name; equal ones give equal numbers."""
    return {
        "version": job.code.version,
        "seed": job.seed,
        "generator": GENERATOR,
        "runs": job.runs,
        "scenario": {name or job.scenarios[""].name: s.hash for name, s in job.scenarios.items()},
        "parameters": digest(job.parameters),
        **({} if job.engine == "core" else {"engine": job.engine}),
        "world": {"name": job.world.name, "hash": world_digest(job.world)},
        "columns": list(design.names),
        "points": len(design),
        "design": design.hash,
        "years": list(job.keep.years),
        "outcomes": list(job.keep.outcomes),
        "variables": list(job.keep.variables),
    }


def design_difference(out: Path, design: Design) -> str:
    """Which columns of the design of a store have other values here, in words; "" if none can be named."""
    try:
        found = open_sweep(out, verify=False)
    except InputError:
        return ""
    different = []
    for name in design.names:
        values = design.values[name]
        if name not in found.coords or found[name].shape != values.shape:
            continue
        before = found[name].values
        other = (before != values) & ~((before != before) & (values != values))  # NaN is not another NaN
        if np.any(other):
            different.append(f"{name} from point {int(np.argmax(other))} on")
    return f" The design differs in {', '.join(different)}." if different else ""


def size_line(where: str, layout: Layout) -> str:
    """How much will be computed and written."""
    size, runs = layout.bytes, layout.points * layout.runs
    (years,) = layout.coordinates["year"][1].shape
    text = f"{size / 1e6:,.1f} MB" if size > 1e6 else f"{size / 1e3:,.1f} kB"
    return (
        f"{where}: {layout.points:,} points x {layout.runs} runs = {runs:,} runs; "
        f"{len(layout.variables)} outcomes in {years} years, {text}"
    )


def _about(column: Column, design: Design) -> dict[str, Any]:
    """Attributes of a column of the design."""
    about: dict[str, Any] = {"units": column.unit, "long_name": column.doc}
    if column.name in design.ranges:
        about["range"] = list(design.ranges[column.name])
    return about
