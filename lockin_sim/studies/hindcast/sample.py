"""What a hindcast keeps of its runs, added up batch by batch: installed base of all runs would fill memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER, Floats
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.simulation import simulate
from lockin_sim.studies.hindcast.scopes import with_scopes
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Runs simulated at once.
BATCH = 8

#: What is recorded: with one batch of it in memory at a time.
RECORD = (
    "adoption",
    "group_retention",
    "group_sales",
    "group_vendor_share",
    "installed",
    "lent",
    "restricted",
)

#: State whose vendors the record is mostly about.
CHINA = "CHN"


class Sample(NamedTuple):
    """Simulated history.

    world    with a group for each scope of a recorded figure
    means    over runs: ``sales``, share of a group's sales by year, group, domain and vendor, and ``sales_sd``,
             its standard deviation over runs; ``base``, the same of installed capacity; ``revenue``, USD bn;
             ``retention``; ``installed``, share of what a country has, and ``adoption``, by year, country,
             domain and vendor; ``lent`` by China, USD bn by year and country
    by_run   ``chinese``, share of Chinese vendors, ``top``, the largest single vendor (its index, -1 if none)
             and ``top_share``, by run, year, country and domain; ``since``, first year in which a country
             restricts Chinese vendors, NEVER if it does not, by run and country
    """

    world: World
    means: xr.Dataset
    by_run: xr.Dataset

    @property
    def last_year(self) -> int:
        """The last year simulated."""
        return int(self.means["year"].values[-1])


def sample(
    world: World,
    *,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = 64,
    seed: int = 1,
    until: int = 2050,
    history: Any = None,
) -> Sample:
    """Simulate the baseline and keep what recorded figures are compared with."""
    import xarray as xr

    stage, values = with_scopes(world), parameters_of(parameters)
    more = {} if history is None else {"history": history}
    totals: dict[str, tuple[Floats, Floats]] = {}
    by_run = []
    for first in range(0, runs, BATCH):
        batch = range(first, min(first + BATCH, runs))
        ds = simulate(
            "baseline", world=stage, parameters=values, runs=batch, seed=seed,
            years=(stage.first_year, until), record=RECORD, **more,
        )  # fmt: skip
        by_run.append(_by_run(ds, stage))
        described = _means(ds)
        for name, variable in described.items():
            known = np.isfinite(variable.values)
            now = np.where(known, variable.values, 0.0).sum(axis=0), known.sum(axis=0)
            before = totals.get(name, (0.0, 0.0))
            totals[name] = before[0] + now[0], before[1] + now[1]
    data = {name: (described[name].dims[1:], _divided(*total)) for name, total in totals.items()}
    spread = np.sqrt(np.maximum(data["squares"][1] - data["sales"][1] ** 2, 0.0))
    data["sales_sd"] = (data.pop("squares")[0], spread)
    coordinates = {k: v for k, v in ds.coords.items() if k != "run"}
    return Sample(stage, xr.Dataset(data, coords=coordinates), xr.concat(by_run, "run"))


def _divided(total: Floats, count: Floats) -> Floats:
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def _means(ds: xr.Dataset) -> dict[str, xr.DataArray]:
    """What only means over runs are kept of; the run is the first axis."""
    revenue = ds["group_sales"]
    sales = revenue / _positive(revenue.sum("vendor"))
    return {
        "sales": sales,
        "squares": sales**2,
        "revenue": revenue,
        "base": ds["group_vendor_share"],
        "retention": ds["group_retention"],
        "installed": _normalised(ds),
        "adoption": ds["adoption"],
        "lent": ds["lent"].sel(sponsor=CHINA, drop=True),
    }


def _positive(values: xr.DataArray) -> xr.DataArray:
    return values.where(values > 0)


def _normalised(ds: xr.Dataset) -> xr.DataArray:
    """Shares of what a country has, NaN where it has nothing."""
    installed = ds["installed"]
    return installed / _positive(installed.sum("vendor"))


def _by_run(ds: xr.Dataset, world: World) -> xr.Dataset:
    """What is kept of every run."""
    import xarray as xr

    share = np.nan_to_num(_normalised(ds).values)
    some = share.any(axis=-1)
    single = share * ~_many(world)
    top = np.where(some, single.argmax(axis=-1), -1)
    chinese = np.einsum("rycdv,dv->rycd", share, _chinese(world))
    restricted = ds["restricted"].sel(sponsor=CHINA).values
    year = ds["year"].values
    since = np.where(restricted.any(axis=1), year[restricted.argmax(axis=1)], NEVER)
    axes = ("run", "year", "country", "domain")
    data = {
        "chinese": (axes, np.where(some, chinese, np.nan).astype(np.float32)),
        "top": (axes, top.astype(np.int16)),
        "top_share": (axes, np.where(some, single.max(axis=-1), np.nan).astype(np.float32)),
        "since": (("run", "country"), since),
    }
    return xr.Dataset(data, coords={axis: ds[axis] for axis in axes})


def _chinese(world: World) -> Floats:
    """1 for vendors of China.  (domain, vendor)."""
    return _labelled(world, world.sponsored[..., world.sponsors.index(CHINA)])


def _many(world: World) -> Any:
    """Offers that stand for many suppliers, which nobody depends on as on one.  (domain, vendor)."""
    return _labelled(world, world.is_local) > 0


def _labelled(world: World, slots: Any) -> Floats:
    """A property of slots, by vendor.  (domain, slot) to (domain, vendor)."""
    wide = np.zeros((len(world.domains), len(world.vendors)))
    domain, slot = np.nonzero(world.slot_vendor >= 0)
    wide[domain, world.slot_vendor[domain, slot]] = slots[domain, slot]
    return wide
