"""Parameters that differ between the runs of a study, drawn from a posterior."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.common.draws import History
from lockin_sim.common.errors import unusable
from lockin_sim.settings.ensemble import (
    Source,
    digest,
    draws_of_runs,
    effective_draws,
    history_of,
    posterior_of,
    values_of,
    with_tastes,
)
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Drawn:
    """Draws of a posterior by run.

    posterior  its dataset;  called  "bundled", its folder, or "given"
    draws      position of each run's draw.  (run,)
    names      drawn parameters;  others  those that are equal in all runs
    """

    posterior: xr.Dataset
    called: str
    draws: Integers
    names: tuple[str, ...]
    others: Parameters

    @classmethod
    def of(cls, source: Source, others: Parameters, named: Collection[str], runs: int, seed: int) -> Self:
        """Draws for some runs.  named: parameters that are not drawn

        Raises InputError for no posterior, or if no parameter remains to be drawn.
        """
        posterior = posterior_of(source)
        names = tuple(name for name in map(str, posterior["parameter"].values) if name not in named)
        if not names:
            raise unusable("parameters", found="a value for all", allowed="fewer, so that some are drawn")
        draws = draws_of_runs(posterior["weight"].values, runs, seed=seed)
        called = str(source) if isinstance(source, str | Path) else "given"
        return cls(posterior, called, draws, names, others.alone())

    @property
    def parameters(self) -> Parameters:
        """Parameters of every run."""
        values = values_of(self.posterior, self.draws)
        return self.others.replace({name: values[name] for name in self.names})

    def history(self, world: World) -> History | None:
        """The history of every run, near the record, with the tastes that come with bundled draws; None if
        the posterior has none."""
        run = np.arange(len(self.draws))
        past = history_of(self.posterior, self.draws, run, world.countries)
        if past is None or self.others.given():
            return past
        return with_tastes(past, world, self.draws, run, self.posterior)

    @property
    def effective(self) -> float:
        """Effective number of the posterior's draws."""
        return effective_draws(self.posterior)

    def attributes(self, last: int) -> dict[str, Any]:
        """Attributes of a dataset about the draws; the weight of price in year ``last`` gives prices."""
        price = np.asarray(self.others.at(last).price_weight)
        if "price_weight" in self.names:
            values = self.posterior["parameter_value"].sel(parameter="price_weight").values
            price = np.average(values, weights=self.posterior["weight"].values)
        return {
            "posterior": self.called,
            "posterior_digest": digest(self.posterior),
            "parameters_drawn": len(self.names),
            "effective_draws": self.effective,
            "price_weight": float(price),
        }
