"""The package's own engines in a limiting configuration: toy worlds, neutral parameters, no scenario.

Independent copies of a small world are its domains and runs: a domain of a toy world sees no other.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import lockin_sim as ls
from lockin_sim.world import World


def simulated(
    n: int,
    vendors: int,
    steps: int,
    seed: int,
    *,
    copies: int = 1,
    runs: int = 1,
    engine: str = "core",
    record: tuple[str, ...] = (),
    world: dict[str, Any] | None = None,
    **weights: Any,
) -> xr.Dataset:
    """A toy world of n countries, ``copies`` domains and ``runs`` runs; weights switch mechanisms on."""
    toy = ls.toy_world(n, vendors, copies, **(world or {}))
    parameters = ls.Parameters.neutral(quality_weight=1.0, **weights)
    return ls.simulate(
        ls.Scenario.none(),
        world=toy,
        parameters=parameters,
        runs=runs,
        seed=seed,
        years=(0, steps),
        engine=engine,
        record=record,
    )


def market(
    seed: int, n: int, k: int, steps: int, g: float, s: float, start: NDArray, **options: Any
) -> xr.Dataset:
    """One market of n customers with a network effect and a switching cost, from given shares."""
    first = np.searchsorted(np.cumsum(start)[:-1], (np.arange(n) + 0.5) / n)
    world = {"installed": on(first, n, k)} | options.pop("world", {})
    return simulated(n, k, steps, seed, world=world, network_weight=g, switching_cost=s, **options)


def shares(ds: xr.Dataset) -> NDArray:
    """Share of each vendor by year in the first run and copy.  (year, vendor)."""
    return ds.vendor_share.values[0, :, 0]


def start_with(leader: float, k: int) -> NDArray:
    """Shares of a leader and of others who are alike."""
    return np.array([leader] + [(1 - leader) / (k - 1)] * (k - 1))


def on(vendor: int | NDArray, n: int, vendors: int, copies: int = 1) -> NDArray:
    """Initial shares with everybody on one vendor, or country i on ``vendor[i]``."""
    return np.broadcast_to(
        np.eye(vendors)[np.broadcast_to(vendor, (n,))][:, None], (n, copies, vendors)
    ).copy()


def chosen(ds: xr.Dataset) -> NDArray:
    """Vendor that each country runs.  (run, year, country, domain)."""
    return ds.installed.values.argmax(axis=-1)


def leaders(ds: xr.Dataset) -> NDArray:
    """Share of each vendor, largest first, in each copy.  (run, year, domain, vendor)."""
    return -np.sort(-ds.vendor_share.values, axis=-1)


def one_a_step(rng: np.random.Generator, steps: int, n: int, copies: int = 1, runs: int = 1) -> NDArray:
    """A calendar in which one country, drawn at random, tenders in each step of each copy."""
    drawn = rng.integers(0, n, (runs, steps, 1, copies))
    return drawn == np.arange(n)[:, None]


def in_turn(steps: int, n: int, copies: int = 1) -> NDArray:
    """A calendar in which country i tenders in step i alone: every country chooses once."""
    return np.repeat(np.eye(steps, n, dtype=bool)[:, :, None], copies, axis=2)


def with_path(world: World, quality: NDArray | None = None, **paths: NDArray) -> World:
    """The same toy world with conditions that change by year: the first axis of each path is the year."""
    if quality is not None:
        paths["quality_path"] = quality
    years = len(next(iter(paths.values())))
    now = world.conditions
    held = {f.name: getattr(now, f.name) for f in dataclasses.fields(now)}
    arrays = {name: np.broadcast_to(a, (years, *a.shape[1:])) for name, a in held.items()}
    arrays |= {"years": np.arange(years), **paths}
    return dataclasses.replace(world, conditions=dataclasses.replace(now, **arrays))
