"""What the page keeps of its runs: parts of a comparison, whose vendors economies use, and all vendors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.studies.breakdown import BY_GROUP
from lockin_sim.studies.by_country import BY_COUNTRY
from lockin_sim.studies.comparison import effects_part
from lockin_sim.studies.parts import Part, Runs
from lockin_sim.studies.public_cost import cost_part
from lockin_sim.studies.registry import headlines, sponsors
from lockin_sim.wording import spoken
from lockin_sim.world import World
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Years between two maps.
EVERY = 5

PLACES, VENDORS = "places", "vendors"


def parts_of(world: World) -> list[Part]:
    """All parts that are kept: those of the report, and those of the page's pictures."""
    return [effects_part(), cost_part(headlines(world.case)), BY_GROUP, BY_COUNTRY, _PLACES, _VENDORS]


def place_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Share of each sponsor's vendors in an economy's base, every few years.

    ``values`` (run, year, sponsor, country), single precision: there are many economies.
    """
    chosen = ds["country_dependence"].sel(sponsor=list(sponsors(world))).isel(year=slice(0, None, EVERY))
    values = chosen.transpose("run", "year", "sponsor", "country").values
    return {"values": values.astype(np.float32)}


def _places(runs: Runs) -> xr.Dataset:
    """Shares of sponsors in each economy, and what policies change in them."""
    import xarray as xr

    years = np.arange(runs.years[0], runs.years[1] + 1, EVERY)
    labels = {"year": years, "sponsor": list(sponsors(runs.world)), "country": list(runs.world.countries)}
    data = runs.effect("values", ("year", "sponsor", "country"), "share")
    return xr.Dataset(data, coords=runs.coordinates | labels, attrs=runs.attributes)


def offers_of(world: World) -> list[tuple[int, int]]:
    """Positions (domain, vendor) of all that is offered."""
    used = np.argwhere(world.slot_vendor >= 0)
    return [(int(d), int(world.slot_vendor[d, s])) for d, s in used]


def vendor_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Shares of the world's base of all that is offered, ``values`` (run, year, offer)."""
    shares = ds["vendor_share"].transpose("run", "year", "domain", "vendor").values
    domain, vendor = np.array(offers_of(world)).T
    return {"values": shares[..., domain, vendor].astype(np.float32)}


def _vendors(runs: Runs) -> xr.Dataset:
    """The same of the world's share of all that is offered."""
    import xarray as xr

    world = runs.world
    offers = offers_of(world)
    sponsor = {(int(d), int(world.slot_vendor[d, s])): int(world.slot_sponsor[d, s])
               for d, s in np.argwhere(world.slot_vendor >= 0)}  # fmt: skip
    names = [*world.sponsors, ""]
    labels = {
        "offer": np.arange(len(offers)),
        "domain": ("offer", [world.domains[d] for d, _ in offers]),
        "vendor": ("offer", [_called(world.vendors[v]) for _, v in offers]),
        "sponsor": ("offer", [names[sponsor[offer]] for offer in offers]),
    }
    data = runs.effect("values", ("year", "offer"), "share")
    return xr.Dataset(data, coords=runs.coordinates | labels, attrs=runs.attributes)


def _called(vendor: str) -> str:
    """A vendor as people read it."""
    return name_of("vendor", vendor) or spoken(vendor)


_PLACES = Part(PLACES, place_arrays, _places, ("country_dependence",))
_VENDORS = Part(VENDORS, vendor_arrays, _vendors)
