"""The record as numbers, and the same numbers of simulated runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.calibration.facts import Fact, Part
from lockin_sim.analysis.calibration.networks import (
    REGIONS,
    between_economies,
    in_use,
    restricting,
    staying,
    surveillance,
)
from lockin_sim.analysis.calibration.projects import BORROWERS, cables, loans
from lockin_sim.analysis.calibration.sold import sold
from lockin_sim.conventions import Floats
from lockin_sim.studies.hindcast.mobile import SALES
from lockin_sim.studies.hindcast.scopes import with_scopes
from lockin_sim.studies.hindcast.users import (
    CARDS,
    CLOUDS_WORLD,
    PHONES_ELSEWHERE,
    PHONES_WORLD,
    SHOPS_WORLD,
)
from lockin_sim.world import World, load_world

if TYPE_CHECKING:
    import xarray as xr


#: Recorded sales, and whether their shares are parts of the vendors recorded, by what facts are about.
SALES_OF = {
    "mobile networks sold": (SALES, False),
    "phones sold": ((*PHONES_WORLD,), True),
    "clouds sold": (CLOUDS_WORLD, False),
    "online retail": (SHOPS_WORLD, False),
    "cards": (CARDS, True),
    "phones by region": (PHONES_ELSEWHERE, False),
}


def scoped(world: World) -> tuple[World, tuple[Fact, ...]]:
    """The world with the scopes of the record as its only groups, and the facts that it can be compared with.

    What is measured by group is most of what runs of a calibration hold.
    """
    asked = {one.scope for series, _ in SALES_OF.values() for one in series} | {*REGIONS, *BORROWERS}
    world = with_scopes(world)
    groups = {name: mask for name, mask in world.groups.items() if name in asked}
    world = dataclasses.replace(world, groups=groups)
    return world, facts(world)


def facts(world: World) -> tuple[Fact, ...]:
    """All facts that this world can be compared with; none kept aside is among them.

    world  with the scopes of the record as groups, see :func:`scoped`
    """
    return tuple(fact for known, _ in _parts(world) for fact in known)


@lru_cache(maxsize=1)
def fact_titles() -> Mapping[str, str]:
    """What facts of the bundled world are called in print, subject and all, by name."""
    return {fact.name: f"{fact.subject}, {fact.title}" for fact in scoped(load_world())[1]}


def measured(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """The same numbers of each run: ``facts`` (run, fact), in the order of :func:`facts`."""
    return {"facts": np.concatenate([read(ds) for _, read in _parts(world)], axis=1)}


@lru_cache(maxsize=4)
def _parts(world: World) -> tuple[Part, ...]:
    """The parts of the record, in the order in which facts are numbered."""
    return (
        *(sold(world, subject, series, among=among) for subject, (series, among) in SALES_OF.items()),
        in_use(world),
        between_economies(world),
        staying(world),
        restricting(world),
        loans(world),
        surveillance(world),
        cables(world),
    )
