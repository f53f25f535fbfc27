"""List prices, compiled: those of several vendors at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.engine.batch import Batch
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, plain, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.posted import Prices
from lockin_sim.model import decisions
from lockin_sim.rules import pricing
from lockin_sim.world import Conditions

_learned_cost, _list_price, _log_price = map(
    compiled, (pricing.learned_cost, pricing.list_price, pricing.log_price)
)
_speaking_cost: Any = compiled(decisions.speaking_cost)


def prices(batch: Batch, now: Conditions) -> Prices:
    """As of the engine of numpy."""
    world, state = batch.world, batch.state
    found = Prices(np.empty(state.deployed.shape), np.empty(state.deployed.shape))
    _ask(
        (0,) * len(world.standards), batch.numbers, plain(state.deployed, state.compliance),
        plain(world.initial_cost, now.cost_factor, now.state_support, world.owned_slots),
        plain(world.reference_volume, world.learning_exponent), (found.listed, found.log),
    )  # fmt: skip
    return found


@kernel
def _ask(like, numbers, states, offers, domains, out):
    """Every price: see ``engine.posted``, which gathers the same.

    like  a tuple as long as a row of families
    out   filled: (run, domain, vendor) each, list price and its logarithm
    """
    (of_runs,), states, offers = tables((numbers,)), tables(states), tables(offers)
    domains, written = tables(domains), tables(out)
    vendors = length(states[0], 2)
    for r in range(length(states[0], 0)):
        p = numbers_of(Numbers, of_runs, r)
        for d in range(length(states[0], 1)):
            for first in range(0, vendors, LANES):
                v = lanes(first, vendors)
                price = _price(like, r, d, v, p, states, offers, domains)
                put(written[0], price, r, d, v)
                put(written[1], _log_price(price), r, d, v)


@inlined
def _price(like, r, d, v, p, states, offers, domains):
    """List prices of some vendors."""
    cost = _learned_cost(
        get(offers[0], d, v) * get(offers[1], d, v),
        get(states[0], r, d, v),
        get(domains[0], d),
        p.learning_scale * get(domains[1], d),
    )
    speaking = _speaking_cost(row(states[1], like, r, d, v), row(offers[3], like, d, v), p)
    return _list_price(cost, get(offers[2], d, v), speaking)
