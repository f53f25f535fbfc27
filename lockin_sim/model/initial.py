"""The state of 2010: installed base, fitted quality, order books; nothing here changes with a scenario.

Quality intercepts are fitted once at the default parameters, so that expected sales of 2010 meet the
reported ones, and are frozen in every counterfactual.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.metrics import group_total
from lockin_sim.parameters import Parameters
from lockin_sim.rules import choice, diffusion, pricing, utility
from lockin_sim.state import State
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import World

_ROUNDS, _CLOSE = 2000, 1e-10


class Start(NamedTuple):
    """What 2010 looks like."""

    installed: Floats  # (country, domain, vendor), or with a run axis in a toy world
    quality: Floats  # (domain, vendor), fitted intercepts, utility units
    sales: Floats  # (country, domain, vendor), yearly, USD bn


@lru_cache(maxsize=8)  # a world is large
def start(world: World) -> Start:
    """The initial state of a world, computed once."""
    with one_blas_thread():  # whoever asks first, the numbers are the same
        return _fitted(world)


def _fitted(world: World) -> Start:
    """The initial state, with the intercepts of quality fitted."""
    if world.installed is not None:
        nothing = np.zeros(world.shape)
        return Start(world.installed, nothing[0], nothing)
    p = Parameters()
    now = world.conditions.at(0)
    offered = world.offered(world.first_year, now.barrier)
    affinity = np.pad(now.affinity, ((0, 0), (0, 1)))[:, world.slot_sponsor]
    leaning = utility.affinity_term(affinity, p.affinity_weight) + utility.home_term(
        world.at_home, p.home_preference
    )
    coverage = world.facts["coverage"]
    base = coverage * now.market_size
    _, shares = _fit(world.facts["base_share"], base, leaning, offered)
    installed = coverage[..., None] * shares
    worth = leaning + _other_terms(world, p, installed)
    quality, expected = _fit(world.facts["sales_share"], base, worth, offered)
    entrants = world.facts["quality_entry"]
    mean = (world.facts["base_share"] * quality).sum(axis=-1, keepdims=True)
    quality = np.where(world.facts["sales_share"] > 0, quality, mean + np.nan_to_num(entrants))
    return Start(installed, quality, expected * base[..., None])


def _fit(target: Floats, weight: Floats, worth: Floats, offered: Bools) -> tuple[Floats, Floats]:
    """Intercepts (domain, vendor) and shares (country, domain, vendor), so that weighted world shares
    are the target; the intercepts of a domain have a target-weighted mean of 0."""
    wanted = target > 0
    intercept = np.zeros(target.shape)
    possible = np.where(offered & wanted, worth, -np.inf)
    for _ in range(_ROUNDS):
        shares, _ = choice.logit(possible + intercept, noise_scale=1.0)
        world_share = (weight[..., None] * shares).sum(axis=0)
        world_share /= world_share.sum(axis=-1, keepdims=True)
        step = np.where(
            wanted, np.log(np.where(wanted, target, 1.0) / np.where(wanted, world_share, 1.0)), 0.0
        )
        intercept += step
        if np.abs(step).max() < _CLOSE:
            break
    intercept -= (target * intercept).sum(axis=-1, keepdims=True)
    return intercept, shares


def _other_terms(world: World, p: Parameters, installed: Floats) -> Floats:
    """Terms of utility in 2010 beside home, affinity and quality.  (country, domain, vendor)."""
    country, domain, vendor = world.shape
    now = world.conditions.at(0)
    by_domain = installed.transpose(1, 0, 2)
    openness = diffusion.pair_openness(now.openness, now.compatibility, world.slot_sponsor)
    fits = diffusion.interoperability(world.initial_compliance, openness)
    seen = world.influence.neighbours(installed.reshape(1, country, domain * vendor))
    seen = seen.reshape(country, domain, vendor).transpose(1, 0, 2)
    cost = pricing.learned_cost(
        world.initial_cost,
        world.initial_volume,
        world.reference_volume[:, None],
        world.learning_exponent[:, None],
    )
    by_sponsor = diffusion.base_by_sponsor(by_domain, world.sponsored_slots)
    layers = diffusion.own_layers(by_sponsor, world.stack).transpose(1, 0, 2)
    layers = layers[:, np.arange(domain)[:, None], world.slot_sponsor]
    status = np.stack([body.initial_status for body in world.bodies])
    official = utility.official_term(
        world.attention(now.mandate) @ status, world.initial_compliance, p.official_weight
    )
    base = by_domain.sum(axis=-1, keepdims=True)
    fitted = (
        utility.network_term(diffusion.fitting_base(seen, fits), p.network_weight)
        + utility.switching_term(base, diffusion.fitting_base(by_domain, fits), p.switching_cost)
        + official
    )
    return (
        fitted.transpose(1, 0, 2)
        + utility.price_term(pricing.log_price(cost), np.zeros(1), p.price_weight)
        + utility.stack_term(layers, p.stack_weight)
    )


def initial_state(world: World, runs: np.ndarray, steps: int, groups: Bools) -> State:
    """The state of some runs at the start.

    runs   run numbers, (run,)
    steps  years that will be simulated
    groups groups of markets that are measured, (group, country, domain)
    """
    country, domain, vendor = world.shape
    n, sponsor, standard = len(runs), len(world.sponsors), len(world.standards)
    begin = start(world)
    installed = begin.installed[runs] if begin.installed.ndim == 4 else begin.installed
    status = np.zeros((n, len(world.bodies), domain, standard))
    for b, body in enumerate(world.bodies):
        status[:, b] = body.initial_status
    return State(
        installed=_country_last(np.broadcast_to(installed, (n, country, domain, vendor))),
        deployed=np.repeat(world.initial_volume[None], n, axis=0),
        compliance=np.repeat(world.initial_compliance[None], n, axis=0),
        status=status,
        quality_level=np.repeat(begin.quality[None], n, axis=0),
        debt=np.zeros((n, sponsor, country)).swapaxes(1, 2),
        instalment=np.zeros((n, sponsor, country)).swapaxes(1, 2),
        instalment_change=np.zeros((n, steps + 1, sponsor, country)).swapaxes(2, 3),
        since=np.full((n, sponsor, country), -1).swapaxes(1, 2),
        take_up=np.repeat(world.take_up[None], n, axis=0),
        overspent=np.zeros((n, sponsor)),
        affinity_shift=np.zeros((n, sponsor, country)).swapaxes(1, 2),
        order_book=np.repeat(_order_book(world, begin.sales, groups)[None], n, axis=0),
    )


def _country_last(installed: Floats) -> Floats:
    """A copy with countries contiguous in memory.  (run, country, domain, vendor)."""
    stored = np.array(installed.transpose(0, 2, 3, 1), order="C")
    return stored.transpose(0, 3, 1, 2)


def _order_book(world: World, sales: Floats, groups: Bools) -> Floats:
    """Revenue under contract in 2010: contracts of all ages at the sales of 2010.
    (year ahead, group, domain, vendor), USD bn."""
    yearly = group_total(groups, sales[None])[0]
    years = world.contract_years[:, None]
    ahead = np.arange(int(world.contract_years.max()))[:, None, None, None]
    return yearly * np.maximum(0.0, (years - 1 - ahead) / years)
