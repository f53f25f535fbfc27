"""What everybody can read: the conditions of the year, what vendors post, and what bodies have decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.model import decisions
from lockin_sim.rules import diffusion, pricing, utility
from lockin_sim.world import Conditions

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class Board(NamedTuple):
    """Posted before anybody decides, and the same for all."""

    year: int
    now: Conditions  # of the year
    entered: Bools  # (domain, vendor), on the market anywhere
    on_sale: Bools  # (domain, country, vendor)
    list_price: Floats  # (domain, vendor), 1 = industry mean cost of the first year
    log_price: Floats  # (domain, vendor)
    quality: Floats  # (domain, vendor), utility units
    compliance: Floats  # (domain, vendor, standard), 0 to 1: what is built for all markets
    fit: Floats  # (domain, vendor, vendor), how well one vendor's base works with another's offer
    salience: Floats  # (sponsor + 1,), of the security of its vendors, none last
    installed: Floats  # (domain, country, vendor), shares of capacity when the year begins
    status: Floats  # (body, domain, standard), of the standards that are live when the year begins
    attention: Floats  # (domain, country, body), weight of each body in what a country sees


def post(model: LockInModel) -> Board:
    """Vendors post prices, qualities and the standards they comply with, bodies their standards."""
    world, now, year = model.world, model.now, model.year
    price, quality = np.ones(world.slot_vendor.shape), np.zeros(world.slot_vendor.shape)
    compliance = world.initial_compliance.copy()
    for vendor in model.vendors:
        own = vendor.domains, vendor.slots
        price[own], quality[own], compliance[own] = vendor.list_price, vendor.quality, vendor.compliance
    openness = diffusion.pair_openness(now.openness, now.compatibility, world.slot_sponsor)
    passed = np.maximum(year - world.salience_until, 0)
    salience = utility.salience_now(now.salience, passed, model.parameters.salience_fading)
    status = [body.status for body in model.bodies]
    shape = (len(world.bodies), len(world.domains), len(world.standards))
    return Board(
        year=year,
        now=now,
        entered=world.entered(year),
        on_sale=world.offered(year, now.served, now.barrier),
        list_price=price,
        log_price=pricing.log_price(price),
        quality=quality,
        compliance=compliance,
        fit=decisions.works_with(compliance, openness, model.parameters),
        salience=np.append(salience, 0.0),
        installed=model.installed(),
        status=np.reshape(status, shape),
        attention=world.attention(now.mandate, model.parameters.forum_weight),
    )
