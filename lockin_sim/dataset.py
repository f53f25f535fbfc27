"""From arrays to a labelled dataset: every number under its own country, domain and vendor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import lockin_sim
from lockin_sim.conventions import Floats
from lockin_sim.draws import GENERATOR
from lockin_sim.measures import AXES, VARIABLES
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import World
from lockin_sim.world.cache import per_world

if TYPE_CHECKING:
    import xarray as xr


def labelled(
    data: Mapping[str, Floats],
    world: World,
    scenario: Scenario,
    parameters: Parameters,
    seed: int,
    runs: np.ndarray,
    years: tuple[int, int],
) -> xr.Dataset:
    """What runs measured as a dataset: axes with labels, vendors from slots to labels, units and provenance.

    data  arrays (run, year, ...) by name, markets domain first; other arguments as in :func:`simulate`
    """
    import xarray as xr

    used = {axis for name in data for axis in VARIABLES[name].axes}
    of_lots = xr.Coordinates(_lot_labels(world) if "lot" in used else {})
    of_runs = xr.Coordinates({"run": ("run", runs, {"long_name": AXES["run"]})})
    variables: dict[str, Any] = {}
    for name, values in data.items():
        declared = VARIABLES[name]
        shown = _public(declared.axes, _spread(values, declared.axes, world))
        attrs = {"units": declared.unit, "long_name": declared.long_name}
        variables[name] = (("run", "year", *declared.public_axes), shown, attrs)
    market = scenario.conditions(world, years).market_size.sum(axis=-1)
    market_attrs = {"units": "USD bn per year", "long_name": "world market size at full coverage"}
    variables["market_size"] = (("year", "domain"), market, market_attrs)
    given = {
        n: v if isinstance(v, float) else np.asarray(v).tolist() for n, v in parameters.as_dict().items()
    }
    return xr.Dataset(
        variables,
        coords=_together(of_runs, _labels(world, *world.horizon(years)), of_lots),
        attrs={
            "version": lockin_sim.__version__,
            "world": world.name,
            "scenario": scenario.name,
            "scenario_hash": scenario.hash,
            "seed": seed,
            "generator": GENERATOR,
            "dtype": "float64",
            **{f"parameter_{name}": value for name, value in given.items()},
        },
    )


@per_world(most=8)  # such labels are most of the work on a dataset of few runs
def _labels(world: World, first: int, last: int) -> xr.Coordinates:
    """Years, and what is in a world."""
    import xarray as xr

    labels = {
        "year": np.arange(first, last + 1),
        "country": list(world.countries),
        "domain": list(world.domains),
        "vendor": list(world.vendors),
        "standard": list(world.standards),
        "body": list(world.body_names),
        "sponsor": list(world.sponsors),
        "group": list(world.group_names),
    }
    return xr.Coordinates(
        {axis: (axis, values, {"long_name": AXES[axis]}) for axis, values in labels.items()}
    )


def _together(*parts: xr.Coordinates) -> xr.Coordinates:
    """Coordinates with their indexes, none of which is made anew.  A dataset has its own copies of them."""
    import xarray as xr

    variables = {name: variable for part in parts for name, variable in part.variables.items()}
    indexes = {name: index for part in parts for name, index in part.xindexes.items()}
    return xr.Coordinates(variables, indexes=indexes)


def _spread(values: Floats, axes: tuple[str, ...], world: World) -> Floats:
    """Slots to vendors, NaN where a vendor is not in a domain; other variables stay.

    values (run, year, ...) with ``axes`` behind the year, those by vendor ending with it
    """
    if "vendor" not in axes:
        return values
    by_domain = np.moveaxis(values, 2 + axes.index("domain"), -2)
    wide = np.full((*by_domain.shape[:-1], len(world.vendors)), np.nan, dtype=values.dtype)
    domain, slot = np.nonzero(world.slot_vendor >= 0)
    wide[..., domain, world.slot_vendor[domain, slot]] = by_domain[..., domain, slot]
    return np.moveaxis(wide, -2, 2 + axes.index("domain"))


def _public(axes: tuple[str, ...], values: NDArray[Any]) -> NDArray[Any]:
    """Values in the order in which datasets show them: countries before domains."""
    if "country" not in axes or "domain" not in axes:
        return values
    return np.swapaxes(values, 2 + axes.index("domain"), 2 + axes.index("country"))


def _lot_labels(world: World) -> dict[str, Any]:
    """Lots by number, with operator and weight; country and domain, which are axes too, as those of a lot."""
    lots = world.lots
    return {
        "lot": ("lot", np.arange(len(lots)), {"long_name": AXES["lot"]}),
        "lot_country": ("lot", np.array(world.countries)[lots.country], {"long_name": AXES["country"]}),
        "lot_domain": ("lot", np.array(world.domains)[lots.domain], {"long_name": AXES["domain"]}),
        "operator": (
            "lot", np.array([*lots.operators, ""])[lots.operator], {"long_name": "operator of the lot"}
        ),
        "weight": (
            "lot", lots.weight, {"units": "1", "long_name": "share of the country's capacity in the domain"}
        ),
    }  # fmt: skip
