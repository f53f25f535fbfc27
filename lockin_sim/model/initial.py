"""The state of the first year, drawn for each run around the records; no scenario changes it."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.draws import Draws
from lockin_sim.model import agenda
from lockin_sim.model.deliveries import follows_base
from lockin_sim.model.imposed import lots_given, recorded_lots, shares_given, without_absent
from lockin_sim.model.installed import installed_of
from lockin_sim.model.raking import constants
from lockin_sim.model.state import State
from lockin_sim.parameters import Parameters
from lockin_sim.rules import choice, users
from lockin_sim.world import World


def initial_state(
    world: World,
    draws: Draws,
    p: Parameters,
    runs: Integers,
    taste: Floats,
    of_operators: Floats,
    years: tuple[int, int],
    groups: Bools,
) -> State:
    """The state of some runs at the start.

    runs          run numbers, (run,)
    taste         (run, domain, country, vendor), lasting tastes of countries
    of_operators  (run, lot, vendor), and of operators
    years         first and last year
    groups        groups of markets that are measured, (group, domain, country)
    """
    n, steps = len(runs), years[1] - years[0]
    domain, country, vendor = world.shape
    sponsor, standard, lender = len(world.sponsors), len(world.standards), len(world.lenders.names)
    status = np.zeros((n, len(world.bodies), domain, standard))
    for b, body in enumerate(world.bodies):
        status[:, b] = body.initial_status
    landings = world.facts.get("landings", np.zeros((country, vendor)))
    if world.routes is not None:
        landings = shares_given(world, landings, world.routes.domain)
    state = State(
        installed=_users(world, runs, taste),
        incumbent=_incumbents(world, draws, runs, taste, of_operators),
        generation=np.full((n, len(world.lots)), -1),
        adoption=_adoption(world, draws, n),
        landings=np.repeat(landings[None], n, axis=0),
        deployed=np.repeat(world.initial_volume[None], n, axis=0),
        compliance=np.repeat(world.initial_compliance[None], n, axis=0),
        status=status,
        origin=np.repeat(agenda.first_origin(world)[None], n, axis=0),
        quality_level=np.zeros((n, domain, vendor)),
        debt=np.zeros((n, country, sponsor)),
        instalment=np.zeros((n, country, sponsor)),
        instalment_change=np.zeros((n, steps + 1, country, sponsor)),
        since=np.full((n, country, sponsor), -1),
        take_up=np.repeat(world.lenders.take_up[None], n, axis=0),
        overspent=np.zeros((n, lender)),
        affinity_shift=np.zeros((n, country, sponsor)),
        order_book=np.zeros((n, int(world.contract_years.max()), len(groups), domain, vendor)),
        sold=np.zeros((n, agenda.YEARS, domain, sponsor)),
    )
    installed_of(world, state)
    state.order_book = _order_book(world, p, state.installed, groups)
    state.sold = agenda.first_sales(world, state.installed)
    return state


def _users(world: World, runs: Integers, taste: Floats) -> Floats:
    """Shares of capacity that users hold with each vendor; zeros in other domains.  (run, domain, country,
    vendor)."""
    installed = np.zeros((len(runs), *world.shape))
    domains = world.bought_by("users")
    if world.installed is not None:
        given = world.installed if world.installed.ndim == 3 else world.installed[runs]
        for d in domains:
            installed[:, d] = shares_given(world, given[..., d, :, :], d)
        return installed
    appeal = constants(world).appeal
    for d in domains:
        chosen = users.appeal(appeal[d] + taste[:, d], noise_scale=1.0)
        held = world.facts["coverage"][d][:, None] * chosen.chance
        installed[:, d] = shares_given(world, held, d)
    return installed


def _incumbents(world: World, draws: Draws, runs: Integers, taste: Floats, of_operators: Floats) -> Integers:
    """Who runs each lot: a logit choice around constants and tastes, or as recorded; greenfield by coverage.
    (run, lot)."""
    lots = world.lots
    if not len(lots):
        return np.full((len(runs), 0), -1)
    luck = draws.of_country("first")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    if world.installed is not None:
        given = world.installed if world.installed.ndim == 3 else world.installed[runs]
        cumulative = np.cumsum(given, axis=-1)[..., lots.domain, lots.country, :]
        slot = (draws.uniform(mine, 0)[..., None] >= cumulative).sum(axis=-1)
        return lots_given(world, draws, np.where(slot < cumulative.shape[-1], slot, -1))
    appeal, recorded = without_absent(world, constants(world).appeal), recorded_lots(world)
    offers = appeal[lots.domain, lots.country] + taste[:, lots.domain, lots.country]
    offers = offers + of_operators
    shock = draws.gumbel(mine[..., None], world.offer_keys[lots.domain])
    winner, _, _ = choice.choose(offers, shock, noise_scale=1.0)
    slot = np.where(recorded >= 0, recorded, winner.argmax(axis=-1))
    luck = draws.of_country("deployed")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    there = draws.uniform(mine, 0) < world.facts["coverage"][lots.domain, lots.country]
    there = (there | (lots.recorded >= 0)) & ((recorded >= 0) | winner.any(axis=-1))
    return lots_given(world, draws, np.where(there, slot, -1))


def _adoption(world: World, draws: Draws, runs: int) -> Floats:
    """Adoption of systems, as recorded, and of laws, drawn by their chance.  (run, adopters' domain, country,
    vendor)."""
    domains = world.bought_by("adopters")
    adoption = np.zeros((runs, len(domains), *world.shape[1:]))
    given, now = world.facts.get("adoption"), world.conditions.at(0)
    own = world.own_slots(world.first_year) & world.offered(world.first_year, now.served, now.barrier)
    if given is None and world.installed is not None:
        given = world.installed
    for place, d in enumerate(domains):
        chance = given[d] if given is not None else np.zeros(world.shape[1:])
        adoption[:, place] = chance
        if world.enacted[d]:
            keys = draws.of_country("law")[..., None] ^ world.cell_keys[d][:, None]
            adoption[:, place] = draws.uniform(keys, world.offer_keys[d]) < chance
        adoption[:, place] = np.where(own[d], 1.0, adoption[:, place])
    return adoption


def _order_book(world: World, p: Parameters, installed: Floats, groups: Bools) -> Floats:
    """Revenue under contract in the first year: contracts of all ages, signed by those installed.
    (run, year ahead, group, domain, vendor), USD bn."""
    contracted = 1.0 - follows_base(world, p)[:, None, :, None]
    masks = (groups * world.conditions.at(0).market_size).swapaxes(0, 1)
    yearly = np.matmul(masks, installed).swapaxes(1, 2) * contracted
    years = world.contract_years[:, None]
    ahead = np.arange(int(world.contract_years.max()))[:, None, None, None]
    result: Floats = yearly[:, None] * np.maximum(0.0, (years - 1 - ahead) / years)
    return result
