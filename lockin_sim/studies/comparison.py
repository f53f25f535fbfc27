"""Scenarios against a baseline, run by run on the same luck: levels, paired differences, intervals."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from lockin_sim.conventions import Floats, Integers
from lockin_sim.errors import InputError
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.simulation import Progress
from lockin_sim.studies.cases import CHUNK, Case, run_cases
from lockin_sim.studies.outcomes import RECORD, outcomes
from lockin_sim.world import World, load_world

if TYPE_CHECKING:
    import xarray as xr

#: Confidence of the intervals of mean differences.
CONFIDENCE = 0.95

STATISTICS = {"q05": 0.05, "q50": 0.5, "q95": 0.95}

#: Years up to the horizon over which a country's lock-in is summed.
MAP_YEARS = 10

type Named = str | Path | Scenario


def compare(
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = 200,
    seed: int = 0,
    years: tuple[int, int] = (2010, 2050),
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
    maps: bool = True,
) -> xr.Dataset:
    """Compare scenarios with a baseline, run by run on the same luck.

    scenarios   built-in names, paths of TOML files or :class:`~lockin_sim.scenario.Scenario` objects
    baseline    what they are compared with
    world, parameters, runs, seed, years  as in :func:`lockin_sim.simulate`
    workers     number of processes; None = one for each processor.  The numbers do not depend on it
    progress    True shows a bar with the time left on a terminal
    chunk       most runs computed together in a process; the numbers do not depend on it
    maps        whether to make the variables of countries, which need most of the memory

    Returns a dataset over (scenario, outcome, year), the baseline first:
    ``level`` with its statistics mean, q05, q50 and q95 over runs; ``effect``, the mean paired difference
    from the baseline, with the ends ``effect_low`` and ``effect_high`` of its 95 % interval (Student's t);
    ``runs_used`` and ``pairs_used``, the runs behind them: a run in which an outcome is not defined is left
    out.  With ``maps``, of the baseline: ``dependence`` (country, sponsor), share of a country's base at the
    horizon, domains weighted by market size; ``country_lock_in`` (country, sponsor), lock-in to a sponsor's
    vendors by value renewed over the last ten years; means over runs, ``map_runs_used`` behind the latter.
    Raises InputError for anything that cannot be used.
    """
    stage = load_world() if world is None else world
    chosen = _scenarios(baseline, scenarios)
    given = parameters if isinstance(parameters, Parameters) else Parameters(**(parameters or {}))
    record = (*RECORD, "country_dependence", "country_lock_in", "country_renewed") if maps else RECORD
    cases = [
        Case(
            label=scenario.name,
            scenario=scenario,
            reduce=with_maps if maps and position == 0 else outcome_arrays,
            parameters=given,
            record=record if position == 0 else RECORD,
        )
        for position, scenario in enumerate(chosen)
    ]
    arrays = run_cases(
        cases, world=stage, runs=runs, seed=seed, years=years, workers=workers, chunk=chunk, progress=progress
    )
    return _dataset(stage, chosen, arrays, runs=runs, seed=seed, years=years, maps=maps)


def _scenarios(baseline: Named, others: Sequence[Named] | Named) -> list[Scenario]:
    """The baseline and then the others, each name once.

    Raises InputError for two different scenarios of one name.
    """
    listed = [others] if isinstance(others, str | Path | Scenario) else list(others)
    chosen: dict[str, Scenario] = {}
    for scenario in (load_scenario(name) for name in [baseline, *listed]):
        known = chosen.setdefault(scenario.name, scenario)
        if known.hash != scenario.hash:
            text = f"scenarios: two different ones have the name {scenario.name!r}; allowed: one of each name"
            raise InputError(text)
    return list(chosen.values())


def outcome_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All outcomes of some runs by name, each (run, year)."""
    return {name: outcome.of(ds, world) for name, outcome in outcomes(world).items()}


def with_maps(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All outcomes, and for each country (run, country, sponsor): dependence at the horizon, and lock-in of
    the last years by value renewed.  NaN where a country has no base, or renewed nothing."""
    recent = ds.isel(year=slice(-MAP_YEARS, None))
    locked = recent["country_lock_in"].transpose("run", "country", "sponsor", "year").values
    renewed = recent["country_renewed"].transpose("run", "country", "year").values
    # the initial year has no flows; all later years have
    locked_sum, renewed_sum = np.nansum(locked, axis=-1), np.nansum(renewed, axis=-1)
    return outcome_arrays(ds, world) | {
        "map:dependence": ds["country_dependence"]
        .isel(year=-1)
        .transpose("run", "country", "sponsor")
        .values,
        "map:country_lock_in": _ratio(locked_sum, renewed_sum[..., None]),
    }


def _ratio(part: Floats, whole: Floats) -> Floats:
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.full(shape, np.nan), where=whole > 0)


def mean_over_runs(values: Floats) -> tuple[Floats, Integers]:
    """Mean over the first axis of what is finite, NaN where nothing is, and how many runs there were."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0), count


def levels(values: Floats) -> tuple[Floats, Integers]:
    """Mean and quantiles over runs of what is finite.  (run, ...) -> (..., statistic), and the runs used."""
    mean, count = mean_over_runs(values)
    found = np.full((*mean.shape, 1 + len(STATISTICS)), np.nan)
    found[..., 0] = mean
    some = count > 0
    if some.any():
        known = np.where(np.isfinite(values), values, np.nan)[:, some]
        found[some, 1:] = np.nanquantile(known, list(STATISTICS.values()), axis=0).T
    return found, count


def paired(values: Floats, reference: Floats) -> tuple[Floats, Floats, Floats, Integers]:
    """Mean difference by run, the ends of its interval by Student's t, and the pairs used; (run, ...) in.

    A pair with an undefined member is left out; one pair gives a mean without an interval.
    """
    difference = np.where(np.isfinite(values) & np.isfinite(reference), values - reference, np.nan)
    mean, count = mean_over_runs(difference)
    spread = np.where(np.isfinite(difference), difference - mean, 0.0)
    enough = count > 1
    freedom = np.maximum(count - 1, 1)
    error = np.sqrt((spread**2).sum(axis=0) / freedom / np.maximum(count, 1))
    half = np.where(enough, stdtrit(freedom, 0.5 + CONFIDENCE / 2) * error, np.nan)
    return mean, mean - half, mean + half, count


def _dataset(
    world: World,
    scenarios: Sequence[Scenario],
    arrays: Mapping[str, Mapping[str, Floats]],
    *,
    runs: int,
    seed: int,
    years: tuple[int, int],
    maps: bool,
) -> xr.Dataset:
    """Statistics of all outcomes with labels and units."""
    import xarray as xr

    known = outcomes(world)
    stacked = {s.name: np.stack([arrays[s.name][name] for name in known], axis=1) for s in scenarios}
    reference = stacked[scenarios[0].name]
    level, used = zip(*(levels(stacked[s.name]) for s in scenarios), strict=True)
    effect, low, high, pairs = zip(*(paired(stacked[s.name], reference) for s in scenarios), strict=True)
    axes = ("scenario", "outcome", "year")
    data = {
        "level": ((*axes, "statistic"), np.stack(level)),
        "effect": (axes, np.stack(effect)),
        "effect_low": (axes, np.stack(low)),
        "effect_high": (axes, np.stack(high)),
        "runs_used": (axes, np.stack(used)),
        "pairs_used": (axes, np.stack(pairs)),
    }
    coords = {
        "scenario": [s.name for s in scenarios],
        "outcome": list(known),
        "year": np.arange(years[0], years[1] + 1),
        "statistic": ["mean", *STATISTICS],
        "outcome_label": ("outcome", [o.label for o in known.values()]),
        "outcome_unit": ("outcome", [o.unit for o in known.values()]),
        "scenario_question": ("scenario", [s.question for s in scenarios]),
        "scenario_source": ("scenario", [" ".join(s.source.split()) for s in scenarios]),
        "scenario_hash": ("scenario", [s.hash for s in scenarios]),
    }
    if maps:
        of_baseline = arrays[scenarios[0].name]
        place = ("country", "sponsor")
        lock_in, behind = mean_over_runs(of_baseline["map:country_lock_in"])
        data["dependence"] = (place, mean_over_runs(of_baseline["map:dependence"])[0])
        data["country_lock_in"] = (place, lock_in)
        data["map_runs_used"] = (place, behind)
        coords |= {"country": list(world.countries), "sponsor": list(world.sponsors)}
    attrs = {
        "version": importlib.metadata.version("lockin-sim"),
        "world": world.name,
        "seed": seed,
        "runs": runs,
        "baseline": scenarios[0].name,
    }
    return xr.Dataset(data, coords=coords, attrs=attrs)
