"""Scopes of recorded figures as groups of markets of the world."""

from __future__ import annotations

import dataclasses

import numpy as np

from lockin_sim.conventions import Bools
from lockin_sim.errors import unusable
from lockin_sim.world import World, world_of
from lockin_sim.world.schema import read_table

#: Scopes of publishers as market regions of the table of countries.
REGIONS = {
    "EMEA": ("africa", "cis", "eastern_europe", "gulf_middle_east", "western_europe"),
    "America": ("canada_australasia", "latin_america", "usa"),
    "Asia_Pacific": ("japan", "korea", "other_east_asia", "pacific_islands", "south_asia", "south_east_asia"),
    "Latin_America": ("latin_america",),
    "Central_and_Eastern_Europe": ("eastern_europe",),
}
#: Scopes as lists of economies.
LISTS = {
    "KEN_UGA_TZA": ("KEN", "UGA", "TZA"),
    "GCC": ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU"),
    "EU5": ("DEU", "ESP", "FRA", "GBR", "ITA"),
    **{iso3: (iso3,) for iso3 in ("DEU", "GBR", "IND", "JPN", "KEN", "RUS", "USA")},
}
#: Australia and New Zealand are counted to Asia and the Pacific, not with Canada.
PACIFIC = ("AUS", "NZL")


def check_recorded(world: World) -> World:
    """The world.  Raises InputError for one without something that the record is about."""
    bundled = world_of(None)
    for known, has in ((bundled.domains, world.domains), (bundled.vendors, world.vendors),
                       (bundled.sponsors, world.sponsors)):  # fmt: skip
        if lacking := [name for name in known if name not in has]:
            found = f"{world.name}, which has no {lacking[0]}"
            raise unusable("world", found=found, allowed="one with all that is recorded, as the bundled one")
    return world


def with_scopes(world: World) -> World:
    """The world with one more group for each scope; groups change nothing but what is measured."""
    table = read_table("countries")
    region = dict(zip(table.labels, table["market_region"].tolist(), strict=True))
    masks = {}
    for name, regions in REGIONS.items():
        members = [region.get(iso3) in regions for iso3 in world.countries]
        masks[name] = np.array(members) & ~_are(world, PACIFIC)
    masks["Asia_Pacific"] |= _are(world, PACIFIC)
    masks |= {name: _are(world, members) for name, members in LISTS.items()}
    shape = len(world.domains), len(world.countries)
    groups = {name: np.broadcast_to(mask, shape) for name, mask in masks.items() if mask.any()}
    return dataclasses.replace(world, groups={**world.groups, **groups})


def _are(world: World, members: tuple[str, ...]) -> Bools:
    """Which economies are among these."""
    return np.isin(world.countries, members)
