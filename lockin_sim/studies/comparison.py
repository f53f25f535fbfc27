"""Scenarios against a baseline, run by run on the same luck: levels, paired differences, intervals."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable
from lockin_sim.histories import Given
from lockin_sim.numeric import number
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK
from lockin_sim.scenario import Named
from lockin_sim.statistics import STATISTICS, difference, levels, mean_over_runs, means, paired, runs_needed
from lockin_sim.studies.outcomes import RECORD, outcomes
from lockin_sim.studies.pairing import as_list
from lockin_sim.studies.parts import Part, Runs, Variables, compare_parts, effects
from lockin_sim.studies.selected import outcome_labels
from lockin_sim.studies.until import EFFECTS, MOST, Wanted
from lockin_sim.titles import definitions, files_of, with_files
from lockin_sim.wording import unit_of
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Wanted width of an interval: of a share, absolute; of anything else, relative to the baseline's mean.
WIDTH = 0.01

#: Years up to the horizon over which a country's lock-in is summed.
MAP_YEARS = 10


def compare(
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    history: Given | None = None,
    runs: int = RUNS.comparison,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
    maps: bool = True,
    width: float = WIDTH,
    until: Wanted | None = None,
    most: int = MOST,
) -> xr.Dataset:
    """Compare scenarios with a baseline, run by run on the same luck.

    scenarios   built-in names, paths of TOML files or :class:`~lockin_sim.scenario.Scenario` objects
    baseline    what they are compared with
    world, parameters, seed, years  as in :func:`lockin_sim.simulate`
    history     see :mod:`lockin_sim.histories`; thought experiments are "prior", and a baseline of theirs
    runs        of each scenario; with ``until`` those of the first round
    workers     number of processes; None = one for each processor.  The numbers do not depend on it
    progress    True shows a bar with the time left, on a terminal or in a notebook
    chunk       most runs computed together in a process; the numbers do not depend on it
    maps        whether to make the variables of countries, which need most of the memory
    width       wanted width of the 95 % interval of an effect: of a share as it stands (0.01 is one point),
                of any other outcome as a part of the baseline's mean
    until       how narrow 95 % intervals must be before no more runs are added; None = no matter.  Percentage
                points, for each headline outcome and scenario in the years that reports show, 2035
                and the last; or a mapping from outcomes to widths, in points of a share and else in the
                outcome's own unit.  The numbers are those of a comparison with so many runs; ``runs`` and, as
                JSON, ``until`` among the attributes say how it ended, see :mod:`lockin_sim.studies.until`
    most        most runs of each scenario with ``until``

    Returns a dataset over (scenario, outcome, year), the baseline first:
    ``level`` with its statistics mean, q05, q50 and q95 over runs; ``effect``, the mean paired difference
    from the baseline, with the ends ``effect_low`` and ``effect_high`` of its 95 % interval (Student's t);
    ``runs_used`` and ``pairs_used``, the runs behind them: a run in which an outcome is not defined is left
    out; ``runs_needed``, after how many runs the interval is expected to be no wider than ``wanted_width``
    (outcome, year).  Along ``scenario``: question, source, hash, its file as given, levers and parameters as
    JSON, and ``history``, the kind of history behind its effect.
    With ``maps``, of the baseline: ``dependence`` (country, sponsor), share of a country's base at the
    horizon, domains weighted by market size; ``country_lock_in`` (country, sponsor), lock-in to a sponsor's
    vendors by value renewed over the last ten years; means over runs, ``map_runs_used`` behind the latter.
    Raises InputError for anything that cannot be used, and for no scenario at all.
    """
    others = as_list(scenarios)
    if not others:
        raise unusable("scenarios", found=scenarios, allowed="at least one to compare with the baseline")
    found = compare_parts(
        [effects_part(width), *([MAPS] if maps else [])], others, baseline=baseline, world=world,
        parameters=parameters, history=history, runs=runs, seed=seed, years=years, workers=workers,
        progress=progress, chunk=chunk, until=until, most=most,
    )  # fmt: skip
    return effects_of(found, files_of([baseline, *others]))


def effects_of(found: Mapping[str, xr.Dataset], files: Mapping[str, str]) -> xr.Dataset:
    """The effects with the scenarios' files, by name, together with the maps where they were made."""
    effects, maps = with_files(found["effects"], files), found.get("maps")
    return effects if maps is None else effects.merge(maps, combine_attrs="override")


def outcome_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All outcomes of some runs by name, each (run, year)."""
    return {name: outcome.of(ds, world) for name, outcome in outcomes(world).items()}


def effects_part(width: float = WIDTH) -> Part:
    """Levels and effects of all outcomes.  Raises InputError for a width that cannot be wanted."""
    width = number("width", width, allowed="a finite number above 0", low=sys.float_info.min)
    return Part(EFFECTS, outcome_arrays, partial(_effects, width=width), RECORD)


def _effects(runs: Runs, *, width: float) -> xr.Dataset:
    """Statistics of all outcomes with labels and units."""
    import xarray as xr

    known = outcomes(runs.world)
    every = {label: np.stack([of[name] for name in known], axis=1) for label, of in runs.arrays.items()}
    stacked = [every[s.name] for s in runs.scenarios]
    bases = [every[runs.pairing.against(s.name)] for s in runs.scenarios]
    axes, as_told = ("scenario", "outcome", "year"), "as outcome_unit"
    level, used = zip(*(levels(values) for values in stacked), strict=True)
    shares = np.array([unit_of(o.unit).share for o in known.values()])[:, None]
    wanted = width * np.where(shares, 1.0, np.abs(level[0][..., 0]))
    both = list(zip(stacked, bases, strict=True))
    needed = np.stack([runs_needed(difference(values, base), wanted) for values, base in both])
    data: Variables = {
        "level": ((*axes, "statistic"), np.stack(level), {"units": as_told, "long_name": "level over runs"}),
        "runs_used": (axes, np.stack(used), {"units": "runs", "long_name": "runs that define the level"}),
        **effects([paired(values, base) for values, base in both], axes, as_told),
        "runs_needed": (
            axes, needed, {"units": "runs", "long_name": "runs needed for an interval of the wanted width"}
        ),
        "wanted_width": (
            axes[1:], wanted, {"units": as_told, "long_name": "wanted width of the interval of an effect"}
        ),
    }  # fmt: skip
    labels: dict[str, Any] = {
        **definitions(runs.scenarios),
        **outcome_labels(known),
        "statistic": list(STATISTICS),
    }
    return xr.Dataset(data, coords=runs.coordinates | labels, attrs=runs.attributes)


def map_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """For each country (run, country, sponsor): dependence at the horizon, and lock-in of the last years by
    value renewed.  NaN where a country has no base, or renewed nothing."""
    recent = ds.isel(year=slice(-MAP_YEARS, None))
    locked = recent["country_lock_in"].transpose("run", "country", "sponsor", "year").values
    renewed = recent["country_renewed"].transpose("run", "country", "year").values
    # the initial year has no flows; all later years have
    locked_sum, renewed_sum = np.nansum(locked, axis=-1), np.nansum(renewed, axis=-1)
    last = ds["country_dependence"].isel(year=-1).transpose("run", "country", "sponsor")
    lock_in = np.full(locked_sum.shape, np.nan)
    np.divide(locked_sum, renewed_sum[..., None], out=lock_in, where=renewed_sum[..., None] > 0)
    return {"dependence": last.values, "country_lock_in": lock_in}


def _maps(runs: Runs) -> xr.Dataset:
    """Means over runs of the baseline, by country."""
    import xarray as xr

    place = ("country", "sponsor")
    lock_in, behind = mean_over_runs(runs.of(runs.scenarios[0], "country_lock_in"))
    dependence = means(runs.of(runs.scenarios[0], "dependence"))
    used = {"units": "runs", "long_name": "runs that define country_lock_in"}
    about = {
        "dependence": "share of the base that a sponsor's vendors run at the horizon",
        "country_lock_in": "lock-in to a sponsor's vendors, last ten years",
    }
    share = {name: {"units": "1", "long_name": text} for name, text in about.items()}
    return xr.Dataset(
        {
            "dependence": (place, dependence, share["dependence"]),
            "country_lock_in": (place, lock_in, share["country_lock_in"]),
            "map_runs_used": (place, behind, used),
        },
        coords={"country": list(runs.world.countries), "sponsor": list(runs.world.sponsors)},
        attrs=runs.attributes,
    )


#: Dependence and lock-in of countries in the baseline.
MAPS = Part(
    "maps", map_arrays, _maps, ("country_dependence", "country_lock_in", "country_renewed"), baseline=True
)
