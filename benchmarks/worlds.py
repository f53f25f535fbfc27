"""Worlds of any size: the countries of the bundled one repeated, each seeing only its closest neighbours."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse as sparse
from lockin_sim.initial import start

from lockin_sim.world import World, load_world
from lockin_sim.world.influence import Influence

#: Neighbours that each country sees.
NEIGHBOURS = 32


@cache
def repeated(copies: int) -> World:
    """The bundled world, its countries repeated: ``copies`` times 199, with a sparse influence.

    Copies differ by their luck; the first has that of the bundled world, and the home of every vendor.
    Nobody has allies, who are a dense matrix.
    """
    world = load_world()
    begin = start(world)
    changed: dict[str, Any] = {
        name: tiled(getattr(world, name), copies, axis=0)
        for name in ("lots", "tranche", "borrowing_rate", "lends", "home", "concern")
    }
    now = world.conditions
    by_country = {
        f.name: tiled(getattr(now, f.name), copies, axis=1)
        for f in dataclasses.fields(now)
        if getattr(now, f.name).shape[1:2] == (len(world.countries),)
    }
    bodies = tuple(
        dataclasses.replace(b, weight=tiled(b.weight, copies), firm_weight=tiled(b.firm_weight, copies))
        for b in world.bodies
    )
    return dataclasses.replace(
        world,
        name=f"{world.name} x {copies}",
        countries=tuple(f"{c} {copy}" if copy else c for copy in range(copies) for c in world.countries),
        bodies=bodies,
        allies=np.zeros((copies * len(world.countries), 0)),
        influence=Influence(closest(world.influence.matrix, copies), copies * len(world.countries)),
        conditions=dataclasses.replace(now, quality_path=now.quality_path + begin.quality, **by_country),
        groups={name: tiled(mask, copies) for name, mask in world.groups.items()},
        facts={},
        installed=tiled(begin.installed, copies),
        **changed,
    )


def tiled(array: Any, copies: int, axis: int = 0) -> Any:
    """An array repeated along one axis."""
    return np.concatenate([array] * copies, axis=axis)


def closest(weights: Any, copies: int) -> sparse.csr_array:
    """The largest weights of each country, every second one on a country of the next copy; rows sum to 1."""
    n = len(weights)
    seen = np.argsort(-weights, axis=1)[:, :NEIGHBOURS]
    kept = np.take_along_axis(weights, seen, axis=1)
    kept = kept / kept.sum(axis=1, keepdims=True)
    elsewhere = np.arange(NEIGHBOURS) % 2
    columns = [(copy + elsewhere) % copies * n + seen for copy in range(copies)]
    rows = np.repeat(np.arange(copies * n), NEIGHBOURS)
    values = np.tile(kept.ravel(), copies)
    return sparse.csr_array((values, (rows, np.concatenate(columns).ravel())), shape=(copies * n, copies * n))
