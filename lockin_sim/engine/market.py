"""Compute conditions, prices and the market view of a year, for all runs at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.engine.batch import Batch, Board, Year, on_sale
from lockin_sim.engine.renewals import compute_generation_year
from lockin_sim.model import decisions
from lockin_sim.model.seen import MarketView, Tenders, known_of
from lockin_sim.model.start import tastes_drift
from lockin_sim.rules import diffusion, pricing, utility
from lockin_sim.rules.reduce import with_none
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import cache_per_world


def post(batch: Batch, year: int) -> Board:
    """Begin a year: compute its conditions, vendors' list prices, and tastes for the newest generation."""
    batch.begin(year)
    step = year - batch.world.first_year
    known = batch.exogenous.years[step]
    (list_price, log_price), now = batch.stages.prices(batch, known), known.now
    board = Board(
        year=year,
        step=step,
        known=known,
        now=now,
        on_sale=on_sale(known),
        list_price=list_price,
        log_price=log_price,
        quality=batch.quality[step] + batch.state.quality_level,
        salience=batch.salience[step],
        affinity=_compute_affinity(batch, step),
    )
    if tastes_drift(batch.parameters):
        batch.update_tastes(compute_generation_year(batch, board))
    return board


def prices(batch: Batch, year: Year) -> tuple[Floats, Floats]:
    """Compute list prices of vendors that learned from past sales, and their logarithms.

    (run, domain, vendor) each.
    """
    world, state, now, p = batch.world, batch.state, year.now, batch.broadcast(2)
    cost = pricing.learned_cost(
        world.initial_cost * now.cost_factor,
        state.deployed,
        world.reference_volume[:, None],
        p.learning_scale * world.learning_exponent[:, None],
    )
    added = decisions.compute_standards_cost(state.compliance, world.owned_slots, p)
    listed = pricing.list_price(cost, now.state_support, added)
    return listed, pricing.log_price(listed)


def _compute_affinity(batch: Batch, step: int) -> Floats:
    """Compute affinity with its drift.  (run, country, sponsor + 1), or one run for all if none drifts."""
    recorded: Floats = batch.exogenous.affinity[step][None]
    return recorded + with_none(batch.state.affinity_shift) if batch.drifts else recorded


def look_around(batch: Batch, board: Board, rows: Tenders) -> MarketView:
    """Compute what every buyer sees before choosing.

    rows  lots up for renewal; this implementation computes the neighbours of all lots
    """
    world, state, now, p = batch.world, batch.state, board.now, batch.broadcast(3)
    fit = decisions.compute_interoperability(state.compliance, compute_openness(world, now), p)
    seen = batch.audiences(board.known)
    status = seen.weight @ state.status.swapaxes(1, 2)
    barred = with_none(state.since >= 0)
    return MarketView(
        quality=board.quality,
        log_price=board.log_price,
        salience=board.salience,
        affinity=board.affinity,
        fit=fit,
        layers=diffusion.own_layers(
            diffusion.base_by_sponsor(state.installed, world.sponsored_slots), world.stack
        ),
        status=utility.official_status(
            status, state.compliance, decisions.select_effective_demands(seen.demanded, p)
        ),
        audience=seen.of_country,
        barred=barred if barred.any() else np.zeros((1, 1, barred.shape[-1]), dtype=bool),
        installed=state.installed,
        taste=batch.taste,
        on_sale=board.on_sale,
        neighbours=sum_neighbour_base(batch, fit),
        **known_of(world, now, board.year),
    )


def compute_openness(world: World, now: Conditions) -> Floats:
    """Compute the openness of each domain between two vendors (D8).  (domain, vendor, vendor)."""
    return _compute_openness(world, now.openness.tobytes(), now.compatibility.tobytes())


@cache_per_world(most=64)  # both change in few years, and are the same in all runs
def _compute_openness(world: World, openness: bytes, compatibility: bytes) -> Floats:
    """Compute openness from the bytes of the conditions, which serve as a cache key."""
    of_domains, between = (np.frombuffer(table) for table in (openness, compatibility))
    sponsors = len(world.sponsors)
    return diffusion.pair_openness(of_domains, between.reshape(sponsors, sponsors), world.slot_sponsor)


def sum_neighbour_base(batch: Batch, fit: Floats) -> Floats:
    """Compute the neighbours' base that works with each offer.  (run, operators' domain, country, vendor)."""
    operators = batch.world.bought_by("operator")
    base = batch.state.installed[:, operators]
    if not (operators.size and batch.networked):
        return np.zeros(base.shape)  # not like the base, whose axes lie in another order
    # uniform influence keeps the order of axes of the base, which compiled code does not read
    around = batch.world.influence.neighbours(base, batch.broadcast(3).regional_weight)
    return np.ascontiguousarray(diffusion.fitting_base(around, fit[:, operators]))
