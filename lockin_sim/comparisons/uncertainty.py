"""Draws of parameters and of the model's structure, by run: what differs between runs besides luck.

Parameters are draws of a posterior.  The structure is the declared one, or drawn, too: then every second draw
has the declared structure, and the other draws take the alternatives of ``data/variants.toml`` in turn, whose
settings override drawn parameters.  Corners, which combine alternatives on purpose, are never drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.draws import History
from lockin_sim.common.errors import InputError, resolve_name, unknown_name, unusable
from lockin_sim.comparisons.variants import CORNERS, DEFAULT, STRUCTURAL
from lockin_sim.settings import design
from lockin_sim.settings.design.table import Varied
from lockin_sim.settings.ensemble import (
    Source,
    add_recorded_tastes,
    assign_draws,
    build_posterior_history,
    compute_effective_sample_size,
    compute_posterior_digest,
    extract_parameter_values,
    resolve_posterior,
)
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: How the model of each run is built: as declared, or as its draw says.
DECLARED, DRAWN = "declared", "drawn"


@dataclass(frozen=True)
class PosteriorSample:
    """Draws of a posterior by run.

    posterior   its dataset;  called  "bundled", its folder, or "given"
    draws       position of each run's draw.  (run,)
    names       drawn parameters;  others  parameters that are equal in all runs
    structures  names of structural alternatives, the default first
    built       position of the alternative of each run, equal in all runs of a draw.  (run,)
    """

    posterior: xr.Dataset
    called: str
    draws: Integers
    names: tuple[str, ...]
    others: Parameters
    structures: tuple[str, ...]
    built: Integers

    @classmethod
    def of(
        cls,
        source: Source,
        others: Parameters,
        fixed: Collection[str],
        runs: int,
        seed: int,
        structure: str = DECLARED,
    ) -> Self:
        """Draw from a posterior for the given number of runs.

        fixed  parameters that are not drawn, nor set by a drawn structure
        Raises InputError for no posterior, an unknown structure, or if nothing remains to be drawn.
        """
        posterior = resolve_posterior(source)
        names = tuple(name for name in map(str, posterior["parameter"].values) if name not in fixed)
        if not names:
            raise unusable(
                "parameters", words="a value for every parameter that is drawn", allowed="values for some"
            )
        draws = assign_draws(posterior["weight"].values, runs, seed=seed)
        called = str(source) if isinstance(source, str | Path) else "given"
        structures = [DEFAULT] if structure == DECLARED else list_drawable_structures(fixed)
        which = assign_structures(draws, len(structures))
        return cls(posterior, called, draws, names, others.alone(), tuple(structures), which)

    @property
    def parameters(self) -> Parameters:
        """Parameters of every run."""
        drawn = extract_parameter_values(self.posterior, self.draws)
        values = {name: drawn[name] for name in self.names}
        for position, name in enumerate(self.structures):
            for parameter, value in STRUCTURAL[name].settings.items():
                usual = values.get(parameter, getattr(self.others, parameter))
                values[parameter] = np.where(self.built == position, value, usual)
        return self.others.replace(values)

    def history(self, world: World) -> History | None:
        """Return the history of every run, near the record; None if the posterior has none.

        Tastes that come with bundled draws are added only for their own parameters and the declared
        structure.
        """
        run = np.arange(len(self.draws))
        past = build_posterior_history(self.posterior, self.draws, run, world.countries)
        if past is None or self.others.changed() or len(self.structures) > 1:
            return past
        return add_recorded_tastes(past, world, self.draws, run, self.posterior)

    @property
    def effective(self) -> float:
        """Effective sample size of the posterior."""
        return compute_effective_sample_size(self.posterior)

    def attributes(self, last: int) -> dict[str, Any]:
        """Build attributes of a dataset about the draws, with the weight of price in year ``last``.

        The weight is the posterior's mean if it is drawn.
        """
        price = np.asarray(self.others.at(last).price_weight)
        if "price_weight" in self.names:
            values = self.posterior["parameter_value"].sel(parameter="price_weight").values
            price = np.average(values, weights=self.posterior["weight"].values)
        about = {} if len(self.structures) == 1 else {"structure": DRAWN, "structures": len(self.structures)}
        return about | {
            "posterior": self.called,
            "posterior_digest": compute_posterior_digest(self.posterior),
            "parameters_drawn": len(self.names),
            "effective_draws": self.effective,
            "price_weight": float(price),
        }


def check_structure(structure: object, source: Source) -> str:
    """Return the way of building the model's structure, "declared" or "drawn".

    Raises InputError for an unknown way, and for "drawn" without draws of parameters.
    """
    known = resolve_name("structure", found=structure, known=(DECLARED, DRAWN))
    if known == DRAWN and source is None:
        allowed = "only with draws of parameters: posterior='bundled', or a folder"
        raise unusable("structure", found=DRAWN, allowed=allowed)
    return known


def list_drawable_structures(fixed: Collection[str]) -> list[str]:
    """List the structures to draw, the default first.

    All alternatives except corners and those that set a parameter of ``fixed``.  Raises InputError if only
    the default remains.
    """
    others = [
        name
        for name, one in STRUCTURAL.items()
        if name not in CORNERS and not one.settings.keys() & set(fixed)
    ]
    if others == [DEFAULT]:
        raise unusable("structure", words="parameters that all alternatives set", allowed="fewer of them")
    return others


def assign_structures(draws: Integers, structures: int) -> Integers:
    """Assign a structure to each run, by its draw.  (run,)

    Of the draws in order of appearance every second has the default, 0, and the others take each alternative
    in turn, so that the draws of fewer runs keep their structures when runs are added.
    """
    _, first, which = np.unique(draws, return_index=True, return_inverse=True)
    order = first.argsort().argsort()[which]  # place of the run's draw among all that appear
    return np.where((order % 2 == 0) | (structures == 1), 0, 1 + order // 2 % max(structures - 1, 1))


def sample_in_ranges(varied: Varied, n: int, method: str, seed: int) -> dict[str, Floats]:
    """Sample values of uncertain parameters over their ranges by a method of a design, (n,), by name.

    Raises InputError for a varied name that is not a parameter, and for missing values.
    """
    points = getattr(design, method)(varied, n, seed=seed)
    for name in points.names:
        if name not in collect_declarations():
            raise unknown_name("varied", found=name, known=collect_declarations())
    values = {name: np.asarray(points.values[name], dtype=np.float64) for name in points.names}
    if any(np.isnan(v).any() for v in values.values()):
        raise InputError("varied: found a missing value; allowed: a number for every point.")
    return values
