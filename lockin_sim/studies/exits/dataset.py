"""An exit plan as a labelled dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.cf import plain
from lockin_sim.conventions import Bools, Floats
from lockin_sim.rules import finance
from lockin_sim.studies.exits.walk import MOMENTS, Walk
from lockin_sim.world import BUNDLED, World, world_of

if TYPE_CHECKING:
    import xarray as xr

_COSTS = {
    "cost": ("USD bn", "cost of leaving"),
    "bought_again": ("USD bn", "part of it that was paid ahead and is bought again"),
    "rebate": ("share of the price", "rebate on others' prices that makes up for what is lost"),
    "without_switching": ("share of the price", "the same for a buyer without an incumbent"),
    "chance": ("probability", "chance that the buyer leaves by itself"),
    "cut": ("share of the price", "what loans take off the price of others"),
    "spending": ("USD bn", "spending until the next contract"),
    "contract": ("USD bn", "part of that spending that is paid ahead"),
}
_SAID = {
    "supplied": ("share of capacity", "who supplies it when the year begins"),
    "supplier": ("index of vendor, -1 if none", "vendor of the lot"),
    "held": ("share of capacity", "part of the layer that the buyer has from those to leave"),
    "due_year": ("year", "first year in which the lot is up, as things go"),
    "generation_year": ("year", "year in which a generation frees the lot"),
    "could_lend": ("USD bn", "loans for a contract with somebody else"),
    "restricted": ("1", "whether vendors are restricted"),
    "debt": ("USD bn", "debt when the year begins"),
    "due_to_sponsor": ("USD bn", "principal that falls due of that debt"),
    "owed": ("USD bn", "debt when the year begins"),
    "owed_until": ("year", "year in which the last of it falls due"),
    "due_to_lender": ("USD bn", "principal that falls due of that debt"),
    "stays": ("share of capacity", "part of the layer held after each year"),
    "market_size": ("USD bn per year", "spending at full coverage"),
}


def dataset(
    arrays: Mapping[str, Floats], walk: Walk, titles: Sequence[str], about: Mapping[str, Any]
) -> xr.Dataset:
    """All of a plan.  arrays, (draw, ...), of :class:`Walk`; titles of the scenarios, the baseline first."""
    import xarray as xr

    world, (first, year, _) = world_of(walk.world), walk.years
    now = world.conditions.at(min(year - world.conditions.years[0], len(world.conditions.years) - 1))
    at = ("draw", "buyer")
    owed, falls_due, until = _owed(arrays["lent"], world, walk)
    data: dict[str, Any] = {
        "supplied": (("draw", "domain", "vendor"), _by_vendor(arrays["supplied"], world)),
        "supplier": (at, _suppliers(arrays["supplier"], walk, world)),
        "could_lend": ((*at, "moment", "lender"), arrays["could_lend"]),
        "restricted": (("draw", "sponsor"), arrays["restricted"]),
        "debt": (("draw", "sponsor"), arrays["debt"]),
        "due_to_sponsor": (("draw", "year", "sponsor"), arrays["due_to_sponsor"]),
        "owed": (("draw", "lender"), owed),
        "owed_until": (("draw", "lender"), until),
        "due_to_lender": (("draw", "year", "lender"), falls_due),
        "stays": (("draw", "scenario", "buyer", "year"), arrays["stays"]),
        "market_size": ("domain", now.market_size[:, walk.country]),
        **{name: (at, arrays[name]) for name in ("held", "due_year", "generation_year")},
        **{name: ((*at, "moment"), arrays[name]) for name in _COSTS},
    }
    said = {
        name: dict(zip(("units", "long_name"), text, strict=True)) for name, text in (_SAID | _COSTS).items()
    }
    data = {name: (*values, said[name]) for name, values in data.items()}
    made = {
        "country": world.countries[walk.country],
        "leaving": walk.leaving,
        **about,
        "year": year,
        "first_year": first,
        "facts_until": world.facts_until,
        "gdp": float(now.gdp[walk.country]),
        "world": world.name,
        "sponsor": _sponsor(walk, world),
        "own_lenders": "; ".join(_own_lenders(walk, world)),
        "bundled": int(world.name == BUNDLED),
        "gone": "; ".join(_names(walk, world)),
        "version": _version(),
    }
    return xr.Dataset(
        data, coords=_labels(walk, world, now.tied, titles, len(arrays["held"])), attrs=plain(made)
    )


def _labels(walk: Walk, world: World, tied: Bools, titles: Sequence[str], draws: int) -> dict[str, Any]:
    """Coordinates.  tied (lender,), in the plan's year."""
    buyers, (_, year, last) = walk.buyers, walk.years
    return {
        "buyer": [b.label(world) for b in buyers],
        "domain_of": ("buyer", [world.domains[b.domain] for b in buyers]),
        "kind": ("buyer", [b.kind for b in buyers]),
        "operator": ("buyer", [b.operator for b in buyers]),
        "weight": ("buyer", [b.weight for b in buyers]),
        "moment": list(MOMENTS),
        "domain": list(world.domains),
        "vendor": list(world.vendors),
        "lender": list(world.lenders.names),
        "lender_of": ("lender", [world.sponsors[h] for h in world.lenders.sponsor]),
        "tied": ("lender", tied.astype(int)),
        "sponsor": list(world.sponsors),
        "scenario": list(titles),
        "year": np.arange(year, last + 1),
        "draw": np.arange(draws),
    }


def _version() -> str:
    """The version of the package."""
    from importlib.metadata import version

    return version("lockin-sim")


def _sponsor(walk: Walk, world: World) -> str:
    """Sponsor of the vendors to leave, empty where they have none."""
    theirs = np.unique(world.slot_sponsor[walk.gone])
    return str((*world.sponsors, "")[int(theirs[0])])


def _own_lenders(walk: Walk, world: World) -> list[str]:
    """Lenders of the economy itself, or of a union that it belongs to."""
    home = world.home[walk.country][world.lenders.sponsor]
    return [name for name, own in zip(world.lenders.names, home, strict=True) if own]


def _names(walk: Walk, world: World) -> list[str]:
    """Vendors to leave."""
    found = np.unique(world.slot_vendor[walk.gone])
    return [world.vendors[v] for v in found]


def _by_vendor(supplied: Floats, world: World) -> Floats:
    """From slots to vendors.  (draw, domain, vendor)."""
    made = np.zeros((*supplied.shape[:2], len(world.vendors)))
    for d, slots in enumerate(world.slot_vendor):
        used = np.flatnonzero(slots >= 0)
        made[:, d, slots[used]] = supplied[:, d, used]
    return made


def _suppliers(slot: Floats, walk: Walk, world: World) -> Floats:
    """Vendor of each buyer's lot, -1 where nothing is there or no operator buys.  (draw, buyer)."""
    made = np.full((len(slot), len(walk.buyers)), -1)
    lots = [n for n, b in enumerate(walk.buyers) if b.lot >= 0]
    for place, n in enumerate(lots):
        vendor = np.append(world.slot_vendor[walk.buyers[n].domain], -1)
        made[:, n] = vendor[slot[:, place].astype(int)]
    return made


def _owed(lent: Floats, world: World, walk: Walk) -> tuple[Floats, Floats, Floats]:
    """What is owed to each lender when the plan's year begins: loans less what (F6) has repaid of them.

    lent  (draw, year before the plan, lender), USD bn
    Returns what is owed, (draw, lender); what falls due of it, (draw, year, lender); and the year of the last
    payment, (draw, lender), NaN where nothing is owed.
    """
    first, year, last = walk.years
    given = walk.scenarios[0].conditions(world, (first, last))
    after = np.arange(year, last + 1)
    left, until = np.zeros((len(lent), lent.shape[-1])), np.full((len(lent), lent.shape[-1]), np.nan)
    due = np.zeros((len(lent), len(after), lent.shape[-1]))
    for k in range(lent.shape[1]):
        terms, signed = given.at(k + 1), first + 1 + k
        for h in range(lent.shape[-1]):
            begins, ends, share = finance.repayment(terms.tenor[h], terms.grace[h])
            paid = np.clip(year - signed - begins, 0, ends - begins + 1) * share
            left[:, h] += lent[:, k, h] * (1.0 - paid)
            pays = (after >= signed + begins) & (after <= signed + ends)
            due[..., h] += lent[:, k, h, None] * share * pays
            open_still = (lent[:, k, h] > 0) & (signed + ends >= year)
            until[:, h] = np.where(open_still, np.fmax(until[:, h], signed + ends), until[:, h])
    return left, due, until
