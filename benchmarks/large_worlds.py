"""Worlds many times as large as the bundled one, with a sparse influence."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lockin_sim.common.conventions import Floats
from lockin_sim.engine import Batch, Engine
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import World, load_world
from lockin_sim.world.contracts import Contracts
from lockin_sim.world.markets import Influence, Lots, Routes

#: Neighbours that each country sees.
NEIGHBOURS = 32

#: Runs over which the first year is averaged.
RUNS = 8


@cache
def repeated(copies: int) -> World:
    """The bundled world, its countries repeated: ``copies`` times 199, with a sparse influence.

    Copies differ by their luck; the first has that of the bundled world, and the home of every vendor.
    Nothing of the past is on record, and nobody has allies, who are a dense matrix.  The first year is drawn
    around its mean over some runs.
    """
    world = load_world()
    n, now = len(world.countries), world.conditions
    by_country = ("borrowing_rate", "home", "rival_votes", "democracy")
    changed: dict[str, Any] = {name: tiled(getattr(world, name), copies) for name in by_country}
    after_another = ("launch_year", "roll_out_years", "building_pace", "law", "concern")
    changed |= {name: tiled(getattr(world, name), copies, axis=1) for name in after_another}
    conditions = {f.name: _over_countries(getattr(now, f.name), n, copies) for f in dataclasses.fields(now)}
    bodies = tuple(
        dataclasses.replace(b, weight=tiled(b.weight, copies), firm_weight=tiled(b.firm_weight, copies))
        for b in world.bodies
    )
    facts = {
        "adoption": tiled(world.facts["adoption"], copies, axis=1),
        "landings": tiled(world.facts["landings"], copies),
    }
    lots = _lots(world.lots, n, copies)
    return dataclasses.replace(
        world,
        recorded_orders=None,
        recorded_loans=None,
        recorded_instalments=None,
        contracts=Contracts.none(len(lots)),
        name=f"{world.name} x {copies}",
        countries=tuple(f"{c} {copy}" if copy else c for copy in range(copies) for c in world.countries),
        bodies=bodies,
        lots=lots,
        routes=None if world.routes is None else _routes(world.routes, copies),
        lenders=dataclasses.replace(world.lenders, appeal=tiled(world.lenders.appeal, copies)),
        allies=np.zeros((copies * n, 0)),
        influence=Influence(closest(world.influence.matrix, copies), copies * n),
        conditions=dataclasses.replace(now, **conditions).compact(),
        groups={name: tiled(mask, copies, axis=1) for name, mask in world.groups.items()},
        facts=facts,
        installed=tiled(_first_year(world), copies, axis=1),
        **changed,
    )


def _first_year(world: World) -> Floats:
    """What is installed in the first year, mean over some runs.  (domain, country, vendor)."""
    batch = Batch(
        world,
        Scenario.none(),
        Parameters(),
        seed=0,
        runs=range(RUNS),
        years=(world.first_year, world.last_year),
        record=frozenset({"installed"}),
    )
    engine = Engine(batch)
    next(engine.years())
    mean: Floats = engine.recorder.series()["installed"][:, 0].mean(axis=0)
    return mean


def _over_countries(array: Any, n: int, copies: int) -> Any:
    """Conditions (year, country, ...) or (year, domain, country, ...) repeated; others as they are."""
    for axis in (1, 2):
        if array.shape[axis : axis + 1] == (n,):
            return tiled(array, copies, axis)
    return array


def _lots(lots: Lots, n: int, copies: int) -> Lots:
    """The lots of every copy, in the order of domains, countries and operators."""
    copy = np.repeat(np.arange(copies), len(lots))
    columns = {name: tiled(getattr(lots, name), copies) for name in ("domain", "weight", "recorded")}
    country, operator = tiled(lots.country, copies) + n * copy, tiled(lots.operator, copies)
    operator = operator + len(lots.operators) * copy
    sibling = tiled(lots.sibling, copies)
    order = np.lexsort((np.arange(len(copy)), country, columns["domain"]))
    sibling = np.where(sibling >= 0, np.argsort(order)[sibling + len(lots) * copy], -1)
    columns |= {"country": country, "operator": operator, "sibling": sibling}
    return Lots(
        operators=lots.operators * copies, **{name: values[order] for name, values in columns.items()}
    )


def _routes(routes: Routes, copies: int) -> Routes:
    """As many projects a year, which land in any copy alike."""
    places = {name: tiled(getattr(routes, name), copies) for name in ("pull", "latitude", "longitude")}
    return dataclasses.replace(routes, first=tiled(routes.first, copies) / copies, **places)


def tiled(array: Any, copies: int, axis: int = 0) -> Any:
    """An array repeated along one axis; of years that are all alike one is kept."""
    if axis and array.strides[0] == 0:
        of_year = tiled(array[0], copies, axis - 1)
        return np.broadcast_to(of_year, (len(array), *of_year.shape))
    return np.concatenate([array] * copies, axis=axis)


def closest(weights: Any, copies: int) -> csr_array:
    """The largest weights of each country, every second one on a country of the next copy; rows sum to 1."""
    n = len(weights)
    seen = np.argsort(-weights, axis=1)[:, :NEIGHBOURS]
    kept = np.take_along_axis(weights, seen, axis=1)
    kept = kept / kept.sum(axis=1, keepdims=True)
    elsewhere = np.arange(NEIGHBOURS) % 2
    columns = [(copy + elsewhere) % copies * n + seen for copy in range(copies)]
    rows = np.repeat(np.arange(copies * n), NEIGHBOURS)
    values = np.tile(kept.ravel(), copies)
    return csr_array((values, (rows, np.concatenate(columns).ravel())), shape=(copies * n, copies * n))
