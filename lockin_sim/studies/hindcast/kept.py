"""What is kept of a batch of runs: the installed base of all runs in all years would fill memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats
from lockin_sim.draws import History
from lockin_sim.studies.hindcast.built import COUNTED, built
from lockin_sim.world import World
from lockin_sim.world.case import bundled_case

if TYPE_CHECKING:
    import xarray as xr

#: What is recorded, for one batch at a time.
RECORD = (
    "adoption",
    "generation",
    "group_retention",
    "group_sales",
    "group_vendor_share",
    "incumbent",
    "installed",
    "landings",
    "lent",
    "restricted",
)

#: Years in which single economies are looked at, with the last one.
YEARS = (*range(2010, 2025), 2030, 2035, 2040, 2045)

#: Sponsor whose vendors the record is mostly about.
CHINA = bundled_case().sponsors[0]


def by_year(
    ds: xr.Dataset, world: World, seed: int, history: History | None = None
) -> dict[str, xr.DataArray]:
    """What means over runs are kept of in all years; the run is the first axis."""
    revenue = ds["group_sales"]
    sales = revenue / revenue.sum("vendor").where(lambda whole: whole > 0)
    axes = ("run", "year", "counted", "vendor")
    suppliers = built(ds, world, seed, history)
    projects = ds["group_sales"].rename(group="counted").isel(domain=0, counted=slice(len(COUNTED)))
    return {
        "sales": sales,
        "sales_squared": sales**2,
        "revenue": revenue,
        "base": ds["group_vendor_share"],
        "retention": ds["group_retention"],
        "lent": ds["lent"].sel(sponsor=CHINA, drop=True),
        "built": projects.drop_vars(("domain", "counted")).transpose(*axes).copy(data=suppliers),
    }


def by_country(ds: xr.Dataset) -> dict[str, xr.DataArray]:
    """What means over runs are kept of in some years, country by country; ``ds`` has those years alone."""
    return {"installed": normalised(ds), "adoption": ds["adoption"]}


def some_years(ds: xr.Dataset) -> xr.Dataset:
    """The years in which single economies are looked at."""
    years = ds["year"].values
    return ds.sel(year=[year for year in years.tolist() if year in YEARS or year == years[-1]])


def normalised(ds: xr.Dataset) -> xr.DataArray:
    """Shares of what a country has, NaN where it has nothing."""
    installed = ds["installed"]
    return installed / installed.sum("vendor").where(lambda whole: whole > 0)


def by_run(ds: xr.Dataset, installed: xr.DataArray, world: World) -> xr.Dataset:
    """What is kept of every run.

    ds         of all years
    installed  normalised, of some
    """
    import xarray as xr

    share = np.nan_to_num(installed.values)
    some = share.any(axis=-1)
    single = share * ~_many(world)
    top = np.where(some, single.argmax(axis=-1), -1)
    chinese = np.einsum("rycdv,dv->rycd", share, _chinese(world).astype(float))
    restricted, year = ds["restricted"].sel(sponsor=CHINA).values, ds["year"].values
    since = np.where(restricted.any(axis=1), year[restricted.argmax(axis=1)], NEVER)
    axes = ("run", "year", "country", "domain")
    data = {
        "chinese": (axes, np.where(some, chinese, np.nan).astype(np.float32)),
        "top": (axes, top.astype(np.int16)),
        "top_share": (axes, np.where(some, single.max(axis=-1), np.nan).astype(np.float32)),
        "since": (("run", "country"), since),
    }
    return xr.Dataset(data, coords={axis: installed[axis] for axis in axes})


def _chinese(world: World) -> Bools:
    """Vendors of China.  (domain, vendor)."""
    return _labelled(world, world.sponsored[..., world.sponsors.index(CHINA)])


def _many(world: World) -> Bools:
    """Offers that stand for many suppliers, on which nobody depends as on one.  (domain, vendor)."""
    return _labelled(world, world.is_local)


def _labelled(world: World, slots: Bools) -> Bools:
    """A property of slots, by vendor.  (domain, slot) to (domain, vendor)."""
    wide = np.zeros((len(world.domains), len(world.vendors)), dtype=bool)
    domain, slot = np.nonzero(world.slot_vendor >= 0)
    wide[domain, world.slot_vendor[domain, slot]] = slots[domain, slot]
    return wide


class Totals:
    """Sums over runs of what is defined, and how many runs that were."""

    def __init__(self) -> None:
        self.sums: dict[str, tuple[xr.DataArray, Floats, Floats]] = {}

    def add(self, found: dict[str, xr.DataArray]) -> None:
        """Add a batch; the run is the first axis."""
        for name, variable in found.items():
            known = np.isfinite(variable.values)
            total, count = np.where(known, variable.values, 0.0).sum(axis=0), known.sum(axis=0)
            if name in self.sums:
                _, before, counted = self.sums[name]
                total, count = total + before, count + counted
            self.sums[name] = variable.isel(run=0, drop=True), total, count

    def means(self) -> xr.Dataset:
        """Means over runs, NaN where nothing is defined."""
        import xarray as xr

        data = {}
        for name, (like, total, count) in self.sums.items():
            mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
            data[name] = like.copy(data=mean)
        return xr.Dataset(data)
