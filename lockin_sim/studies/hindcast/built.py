"""Submarine cables: projects, their landings and their length, by supplier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.draws import Draws, History
from lockin_sim.model.projects import Plans, plan
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: What is counted, in this order.
COUNTED = ("cables", "landings", "km")


def built(ds: xr.Dataset, world: World, seed: int, history: History | None = None) -> Floats:
    """Projects of each year by supplier, from landings in use and the plans of the year.

    ds       with ``landings``
    history  of the runs, None: their own luck
    A project has the supplier that landed in all its economies in that year; where several did, by chance of
    other projects, it is shared among them.
    Returns (run, year, counted, vendor), zeros in the first year.
    """
    routes = world.routes
    shape = (ds.sizes["run"], ds.sizes["year"], len(COUNTED), len(world.vendors))
    found = np.zeros(shape)
    if routes is None:
        return found
    name = world.domains[routes.domain]
    in_use = np.nan_to_num(
        ds["landings"].sel(domain=name).transpose("run", "year", "country", "vendor").values
    )
    draws = Draws(seed, ds["run"].values, history)
    kept = world.landings_kept
    for step, year in enumerate(ds["year"].values[1:], start=1):
        new = np.round(in_use[:, step] - kept * in_use[:, step - 1])
        plans = plan(world, draws.stream("project", int(year)))
        part = suppliers(new, plans)
        found[:, step, 0] = part.sum(axis=1)
        found[:, step, 1] = new.sum(axis=1)
        found[:, step, 2] = (part * plans.length).sum(axis=1)
    return found


def suppliers(new: Floats, plans: Plans) -> Floats:
    """Part of each project that each vendor supplies; nothing where nobody could.  (run, project, vendor).

    new  (run, country, vendor), landings of the year
    """
    part = np.ones((*plans.country.shape[:2], new.shape[-1]))
    run = np.arange(len(new))[:, None]
    for landing in range(plans.country.shape[-1]):
        country = plans.country[..., landing]
        part *= np.where(country[..., None] >= 0, new[run, country], 1.0)
    whole = part.sum(axis=-1, keepdims=True)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
