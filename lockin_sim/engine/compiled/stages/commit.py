"""What was decided is written into the state, compiled: each run in one pass over what it signed and has."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.choice import Choices, note_winners
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import length, plain, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.projects import Built
from lockin_sim.model.imposed import lots_won
from lockin_sim.model.installed import run_lots
from lockin_sim.rules import adoption, diffusion
from lockin_sim.world import World

_run_lots, _shares = compiled(run_lots), compiled(adoption.shares)
_market_shares = compiled(diffusion.market_shares)


def commit(batch: Batch, year: Year, chosen: Choices) -> None:
    """As of the engine of numpy."""
    state, signed = batch.state, chosen.signed
    for moved in chosen.moved:
        state.installed[:, moved.domains] = moved.flowed.installed
    state.adoption = chosen.adoption
    _book(
        batch.like, signed.signed, plain(signed.rows.run, signed.rows.lot, signed.rows.arrived, signed.slot),
        lots_won(batch.world, year.year), *_landed(chosen.built), batch.world.landings_kept,
        *_held(batch.world), (state.incumbent, state.generation),
        (state.landings, state.adoption, state.installed),
    )  # fmt: skip
    if batch.winners:
        note_winners(batch, signed)


def _landed(built: Built | None) -> tuple[Any, ...]:
    """Whether each landing has a supplier, and of each its run, country and slot."""
    if built is None:
        nothing = np.empty(0, dtype=np.intp)
        return np.empty((0, 1), dtype=bool), (nothing, nothing, nothing)
    return built.signed, plain(built.landings.run, built.landings.country, built.slot)


@lru_cache(maxsize=8)  # as many worlds are kept
def _held(world: World) -> tuple[Any, ...]:
    """Lots, and in which domains landings and adoptions are."""
    routes = world.routes
    projects = np.array([] if routes is None else [routes.domain], dtype=np.intp)
    lots = world.lots
    return plain(lots.domain, lots.country, lots.weight), (projects, world.bought_by("adopters"))


@kernel
def _book(like, signed, rows, given, landed, landing, kept, lots, domains, running, held):
    """Lots, landings and adoptions, and what is installed of them: see ``engine.choice``.

    like     a tuple as long as a row of vendors
    running  who runs each lot, and of which generation: (run, lot) each, written to
    held     landings, adoption and installed, as in the state: the first and the last are written to
    """
    incumbent, generation = running
    landings, _, installed = held
    for k in range(len(signed)):
        if signed[k, 0]:
            incumbent[rows[0][k], rows[1][k]] = rows[3][k]
            generation[rows[0][k], rows[1][k]] = rows[2][k]
    landings *= kept
    for k in range(len(landed)):
        if landed[k, 0]:
            landings[landing[0][k], landing[1][k], landing[2][k]] += 1.0
    tabled = tables(held)
    for r in range(len(incumbent)):
        for k in range(len(given[0])):
            incumbent[r, given[0][k]] = given[1][k]
        _run_lots(incumbent[r], lots[0], lots[1], lots[2], installed[r])
        for first in range(0, length(tabled[0], 1), LANES):
            _derive(like, r, lanes(first, length(tabled[0], 1)), domains, tabled)


@inlined
def _derive(like, r, c, domains, tabled):
    """What is installed in some countries where projects and adopters decide."""
    projects, adopters = domains
    landings, adopted, installed = tabled
    for k in range(len(projects)):
        put(installed, _market_shares(row(landings, like, r, c)), r, projects[k], c)
    for k in range(len(adopters)):
        put(installed, _shares(row(adopted, like, r, k, c)), r, adopters[k], c)
