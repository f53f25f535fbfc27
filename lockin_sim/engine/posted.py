"""Stages of policy and prices: conditions of the year, list prices and qualities, for all runs at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.model import decisions
from lockin_sim.rules import pricing, utility
from lockin_sim.rules.reduce import with_none


def post(batch: Batch, year: int) -> Year:
    """Facts and levers give the conditions of a year; vendors learn and set list prices."""
    world, state, p = batch.world, batch.state, batch.shaped(2)
    step = year - world.first_year
    now = batch.conditions.at(step)
    cost = pricing.learned_cost(
        world.initial_cost * now.cost_factor,
        state.deployed,
        world.reference_volume[:, None],
        p.learning_scale * world.learning_exponent[:, None],
    )
    passed = np.maximum(year - world.salience_until, 0).astype(world.dtype)
    salience = utility.salience_now(now.salience, passed, batch.shaped(1).salience_fading)
    return Year(
        year=year,
        step=step,
        now=now,
        on_sale=batch.on_sale(year, now),
        list_price=pricing.list_price(
            cost,
            now.state_support,
            decisions.speaking_cost(state.compliance, world.owned_slots, p),
        ),
        quality=now.quality_path + p.trend_after_record * now.quality_trend + state.quality_level,
        salience=with_none(np.atleast_2d(salience)),
        affinity=with_none(now.affinity + _shift(batch)),
    )


def _shift(batch: Batch) -> Floats:
    """Drift of affinity so far.  (run, country, sponsor), or one run for all where none drifts."""
    drifts = bool(np.any(batch.parameters.affinity_drift))
    return batch.state.affinity_shift[: None if drifts else 1]
