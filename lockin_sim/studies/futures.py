"""Many futures: does a policy do the same whatever the uncertain parameters are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim import design
from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.parameters import Parameters, declarations, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.runs.executors import check_numbers
from lockin_sim.scenario import Named
from lockin_sim.statistics import paired
from lockin_sim.studies.futures_judged import SENSES, judge
from lockin_sim.studies.outcomes import RECORD, select
from lockin_sim.studies.parts import (
    Variables,
    chosen_scenarios,
    effects,
    provenance,
    scenario_labels,
)  # fmt: skip
from lockin_sim.studies.registry import HEADLINES
from lockin_sim.studies.selected import Selected, outcome_labels
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("sobol", "latin_hypercube")

#: How the source of a parameter begins that is no belief about the world but a choice of units.
NORMALISATION = "normalisation"

#: What a comparison is about, and what it means for adopters.
OUTCOMES = (*HEADLINES, "surplus")


def futures(
    scenarios: Sequence[Named] | Named,
    *,
    outcomes: Sequence[str] = OUTCOMES,
    varied: design.methods.Varied | None = None,
    n: int = 64,
    runs: int = RUNS.points,
    method: str = "sobol",
    year: int | None = None,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Effects of scenarios in many futures, drawn from the ranges of uncertain parameters.

    outcomes  names of what is judged; nothing says which direction is good: both are given
    varied    parameters that differ between futures, names or ranges as in :mod:`lockin_sim.design`; None =
              the declared range of every parameter that is not a mere normalisation, drawn evenly
    n, runs   number of futures, and of runs in each; every run has luck of its own, which policy and baseline
              share
    method    "sobol" (scrambled; best for powers of two) or "latin_hypercube"
    year      in which outcomes are read; None = the last
    Other arguments as in :func:`lockin_sim.compare`.

    Returns a dataset: ``effect``, ``effect_low``, ``effect_high``, ``pairs_used`` over (scenario, outcome,
    future), paired within each future (95 %, Student's t), the baseline first; ``parameter_value``
    (parameter, future); and what follows from them, see :func:`lockin_sim.studies.futures_judged.judge`: in
    which share of futures a scenario raises or lowers an outcome, maximin and regret for those who want it
    higher and for those who want it lower, whether the sign flips and with which parameters.
    Raises InputError for anything that cannot be used.
    """
    stage = world_of(world)
    first, last = stage.horizon(years)
    at = last if year is None else whole_number("year", year)
    if not first < at <= last:
        raise unusable("year", found=year, allowed=f"a year after {first}, up to {last}")
    check_numbers(runs, seed, workers, chunk)
    chosen, known = chosen_scenarios(baseline, scenarios), select(stage, outcomes)
    values = drawn(varied, whole_number("n", n, least=2), method, seed)
    fixed = parameters_of(parameters)
    given = fixed.replace({p: np.repeat(v, runs) for p, v in values.items()})
    cases = [Case(s.name, s, Selected(tuple(known)), given, RECORD) for s in chosen]
    arrays = run_cases(
        cases, world=stage, runs=n * runs, seed=seed, years=(first, at), workers=workers, chunk=chunk,
        progress=progress,
    )  # fmt: skip
    # (run, outcome, future): runs of a future are neighbours
    read = {
        label: of["values"][..., -1].reshape(n, runs, len(known)).transpose(1, 2, 0)
        for label, of in arrays.items()
    }
    made = provenance(stage, parameters=fixed, runs=runs, seed=seed, years=(first, last))
    made |= {"baseline": chosen[0].name, "futures": int(n), "method": method, "year": int(at)}
    ds = _dataset([read[s.name] for s in chosen], values, [s.name for s in chosen])
    return ds.assign_coords(scenario_labels(chosen) | outcome_labels(known)).assign_attrs(made)


def _dataset(read: list[Floats], values: Mapping[str, Floats], names: list[str]) -> xr.Dataset:
    """Effects and what follows from them.  read: (run, outcome, future) by scenario, the baseline first."""
    import xarray as xr

    found = [paired(of, read[0]) for of in read]
    data: Variables = effects(found, ("scenario", "outcome", "future"), "as outcome_unit")
    effect, low, high, _ = (np.stack(part) for part in zip(*found, strict=True))
    labels: dict[str, Any] = {
        "parameter": list(values),
        "parameter_unit": ("parameter", [declarations()[name].unit for name in values]),
        "future": np.arange(effect.shape[-1]),
        "sense": list(SENSES),
        "third": ["lowest", "middle", "highest"],
    }
    return xr.Dataset(data | judge(effect, low, high, values, names), coords=labels)


def drawn(varied: design.methods.Varied | None, n: int, method: str, seed: int) -> dict[str, Floats]:
    """Values of the uncertain parameters, (future,), by name.

    Raises InputError for an unknown method, or anything varied that is not a parameter.
    """
    if method not in METHODS:
        raise unknown_name("method", found=method, known=METHODS)
    if varied is None:
        varied = [d.name for d in declarations().values() if not d.source.startswith(NORMALISATION)]
    points = getattr(design, method)(varied, n, seed=seed)
    for name in points.names:
        if name not in declarations():
            raise unknown_name("varied", found=name, known=declarations())
    values = {name: np.asarray(points.values[name], dtype=np.float64) for name in points.names}
    if any(np.isnan(v).any() for v in values.values()):
        raise InputError("varied: found a missing value; allowed: a number for every future.")
    return values
