"""The layout of the store of a sweep: its arrays, coordinates, attributes, and size of a unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.design import Column, Design
from lockin_sim.errors import whole_number
from lockin_sim.measures import VARIABLES
from lockin_sim.store import Layout, Variable
from lockin_sim.studies.outcomes import select
from lockin_sim.studies.sweep_job import Job, axis_labels, kept_name, kept_shape

#: Units that a sweep is cut into, where units are not too small or too large by that.
UNITS = 128

#: Fewest and most runs of a unit: seconds of work, so that handing it over and writing it cost little.
LEAST_RUNS, MOST_RUNS = 256, 1024

#: Units a small sweep is cut into at least, so that several workers have something to do.
FEWEST_UNITS = 8

#: Most bytes of a unit, unless one point has more.
UNIT_BYTES = 64_000_000


def unit_points(points: int, runs: int, run_bytes: int, given: int | None = None) -> int:
    """Points of a unit.  Raises InputError for a given number that cannot be used."""
    if given is not None:
        return min(whole_number("unit", given, least=1), points)
    wanted = min(max(points * runs / UNITS, LEAST_RUNS), MOST_RUNS) / runs
    fitting = min(wanted, UNIT_BYTES / max(run_bytes * runs, 1), points / FEWEST_UNITS)
    return max(1, min(int(np.ceil(fitting)), points))


def layout_of(
    job: Job, design: Design, identity: dict[str, Any], session: dict[str, Any], unit: int | None = None
) -> Layout:
    """The layout of the store of a sweep."""
    variables = {
        name: Variable(("year",), (len(job.years),), outcome.unit, outcome.label)
        for name, outcome in select(job.stage, job.outcomes).items()
    }
    for name in job.variables:
        declared = VARIABLES[name]
        axes = ("year", *declared.public_axes)
        variables[kept_name(job, name)] = Variable(
            axes, kept_shape(job, name), declared.unit, declared.long_name
        )
    run_bytes = 8 * sum(int(np.prod(v.shape)) for v in variables.values())
    labels = axis_labels(job.stage)
    used = {axis for name in job.variables for axis in VARIABLES[name].axes}
    coordinates = point_labels(job, design)
    coordinates |= {axis: ((axis,), np.array(labels[axis]), {}) for axis in labels if axis in used}
    attributes = {
        "made_by": "lockin_sim",
        "identity": identity,
        "version": job.version,
        "scenario": job.scenarios[""].name,
        "scenario_hash": job.scenarios[""].hash,
        "seed": job.seed,
        "world": job.stage.name,
        "design_method": design.method,
        "design_hash": design.hash,
        **{key: session[key] for key in ("machine", "python", "numpy", "commit", "source")},
    }
    points = unit_points(len(design), job.runs, run_bytes, unit)
    return Layout(len(design), job.runs, points, variables, coordinates, attributes)


def point_labels(job: Job, design: Design) -> dict[str, Any]:
    """Points, runs and years, and what the design varies."""
    return {
        "point": (("point",), np.arange(len(design)), {"long_name": "point of the design"}),
        "run": (("run",), np.arange(job.runs), {"long_name": "run; the same luck at every point"}),
        "year": (("year",), np.array(job.years), {"long_name": "year"}),
        **{c.name: (("point",), design.values[c.name], _about(c, design)) for c in design.columns},
    }


def _about(column: Column, design: Design) -> dict[str, Any]:
    """Attributes of a column of the design."""
    about: dict[str, Any] = {"units": column.unit, "long_name": column.doc}
    if column.name in design.ranges:
        about["range"] = list(design.ranges[column.name])
    return about
