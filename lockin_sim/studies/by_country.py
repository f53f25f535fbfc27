"""Where a policy acts: its effect on whose vendors each country's base is from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lockin_sim.conventions import Floats
from lockin_sim.scenario import Named
from lockin_sim.studies.parts import Part, Runs, compare_parts
from lockin_sim.studies.registry import sponsors
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


def by_country(scenarios: Sequence[Named] | Named, **how: Any) -> xr.Dataset:
    """Effects in the last year by country, on the share of its base from each sponsor's vendors.

    Arguments as in :func:`lockin_sim.compare`, without ``maps`` and ``width``.
    Returns a dataset over (scenario, measure, country): ``level``, mean over runs; ``effect``, mean paired
    difference from the baseline, with the ends ``effect_low`` and ``effect_high`` of its 95 % interval
    (Student's t) and ``pairs_used``.  Measures: dependence on the vendors of China, the USA and the EU,
    domains weighted by the country's market size; NaN where it has no base.
    Raises InputError for anything that cannot be used.
    """
    return compare_parts([BY_COUNTRY], scenarios, **how)["by_country"]


def country_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Dependence at the horizon, ``values`` (run, measure, country)."""
    last = ds["country_dependence"].isel(year=-1).sel(sponsor=list(sponsors(world)))
    return {"values": last.transpose("run", "sponsor", "country").values}


def _dataset(runs: Runs) -> xr.Dataset:
    """Effects of the runs in the last year, as a dataset by economy."""
    import xarray as xr

    names = sponsors(runs.world)
    labels = {
        "measure": [f"dependence_{sponsor}" for sponsor in names],
        "measure_label": ("measure", [f"dependence on {adjective} vendors" for adjective in names.values()]),
        "measure_unit": ("measure", ["share"] * len(names)),
        "country": list(runs.world.countries),
    }
    coordinates = {name: c for name, c in runs.coordinates.items() if name != "year"} | {
        "year": runs.years[1]
    }
    data = runs.effect("values", ("measure", "country"), "as measure_unit")
    return xr.Dataset(data, coords=coordinates | labels, attrs=runs.attributes)


BY_COUNTRY = Part("by_country", country_arrays, _dataset, ("country_dependence",))
