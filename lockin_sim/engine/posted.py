"""Stages of policy and prices: conditions of the year, list prices and qualities, for all runs at once."""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.model import decisions
from lockin_sim.rules import pricing
from lockin_sim.rules.reduce import with_none
from lockin_sim.world import Conditions


class Prices(NamedTuple):
    """What vendors ask.  (run, domain, vendor) each."""

    listed: Floats  # list price
    log: Floats  # its logarithm


def post(batch: Batch, year: int) -> Year:
    """Facts and levers give the conditions of a year; vendors learn and set list prices."""
    step, ahead = year - batch.world.first_year, batch.ahead
    now = batch.conditions.at(step)
    asked = batch.stages.prices(batch, now)
    return Year(
        year=year,
        step=step,
        now=now,
        on_sale=ahead.on_sale(year, now),
        list_price=asked.listed,
        log_price=asked.log,
        quality=decisions.posted_quality(now, batch.state.quality_level, batch.shaped(2)),
        salience=ahead.salience[step],
        affinity=_affinity(batch, step),
    )


def prices(batch: Batch, now: Conditions) -> Prices:
    """Vendors learned from what they sold, and set list prices."""
    world, state, p = batch.world, batch.state, batch.shaped(2)
    cost = pricing.learned_cost(
        world.initial_cost * now.cost_factor,
        state.deployed,
        world.reference_volume[:, None],
        p.learning_scale * world.learning_exponent[:, None],
    )
    speaking = decisions.speaking_cost(state.compliance, world.owned_slots, p)
    listed = pricing.list_price(cost, now.state_support, speaking)
    return Prices(listed, pricing.log_price(listed))


def _affinity(batch: Batch, step: int) -> Floats:
    """Affinity now, drifted so far.  (run, country, sponsor + 1), or one run for all where none drifts."""
    given: Floats = batch.ahead.affinity[step][None]
    return given + with_none(batch.state.affinity_shift) if batch.drifts else given
