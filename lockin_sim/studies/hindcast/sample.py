"""Simulated history, as much of it as recorded figures are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.engines import engine_for
from lockin_sim.histories import PRIOR, Given, histories
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.runs.keeping import now
from lockin_sim.simulation import simulate
from lockin_sim.studies.hindcast import kept, renewals
from lockin_sim.studies.hindcast.built import COUNTED
from lockin_sim.studies.hindcast.scopes import with_scopes
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Runs simulated at once: what is recorded of them is in memory together.
BATCH = 8

#: The world with scopes of the record, made once: what a world knows of itself is kept with it.
_scoped = lru_cache(maxsize=4)(with_scopes)


class Sample(NamedTuple):
    """Simulated history.

    world      with a group for each scope of a recorded figure
    means      over runs, by year: ``sales``, share of a group's sales by group, domain and vendor, and
               ``sales_sd``, its standard deviation over runs; ``base``, the same of installed capacity;
               ``revenue``, USD bn; ``retention`` by group and domain; ``lent`` by China, USD bn by country;
               ``built``, cables, landings and km by supplier
    countries  over runs, by some years, country, domain and vendor: ``installed``, share of what the country
               has, and ``adoption``
    by_run     ``chinese``, share of Chinese vendors, ``top``, the largest single vendor (its index, -1 for
               none) and ``top_share``, by run, some years, country and domain; ``since``, first year in which
               a country restricts Chinese vendors, NEVER if it does not, by run and country; ``stays``, part
               of operators that keep a main supplier at a change of generation, by run and change
    """

    world: World
    means: xr.Dataset
    countries: xr.Dataset
    by_run: xr.Dataset

    @property
    def last_year(self) -> int:
        """The last year simulated."""
        return int(self.means["year"].values[-1])


def sample(
    world: World,
    *,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    until: int = 2050,
    history: Given | None = None,
) -> Sample:
    """Simulate the baseline, batch by batch.  Arguments as in :func:`hindcast`."""
    import xarray as xr

    world, values = _scoped(world), parameters_of(parameters)
    values.check_runs(runs)
    luck = histories(PRIOR if history is None else history, world=world, runs=np.arange(runs))
    engine = engine_for(now().engine, years=runs * (until - world.first_year), agents=False)
    yearly, by_country, by_run = kept.Totals(), kept.Totals(), []
    for first in range(0, runs, BATCH):
        batch = range(first, min(first + BATCH, runs))
        ds = simulate(
            "baseline", world=world, parameters=values, runs=batch, seed=seed,
            years=(world.first_year, until), record=kept.RECORD, engine=engine,
            history=PRIOR if luck is None else luck,
        )  # fmt: skip
        found = kept.by_country(kept.some_years(ds))
        yearly.add(kept.by_year(ds, world, seed, None if luck is None else luck[batch]))
        by_country.add(found)
        mine = kept.by_run(ds, found["installed"], world)
        by_run.append(mine.assign(stays=(("run", "change"), renewals.simulated(ds, world))))
    means = yearly.means()
    means["sales_sd"] = np.sqrt(np.maximum(means["sales_squared"] - means["sales"] ** 2, 0.0))
    means = means.drop_vars("sales_squared").assign_coords(counted=list(COUNTED))
    of_runs = xr.concat(by_run, "run").assign_coords(change=list(renewals.CHANGES))
    return Sample(world, means, by_country.means(), of_runs)
