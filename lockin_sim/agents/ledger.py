"""The agents' state and flows in the form that both engines are measured in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.agents.trade import COUNTED
from lockin_sim.conventions import Bools, Floats
from lockin_sim.model import deliveries
from lockin_sim.model.state import Flows, State

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


def state_of(model: LockInModel) -> State:
    """Where the agents stand, as a state of one run; instalments still to come are in their loans."""
    world, countries = model.world, model.countries
    deployed, compliance = world.initial_volume.copy(), world.initial_compliance.copy()
    quality = np.zeros_like(deployed)
    for vendor in model.vendors:
        own = vendor.domains, vendor.slots
        deployed[own], compliance[own], quality[own] = (
            vendor.deployed, vendor.compliance, vendor.quality_gained,
        )  # fmt: skip
    incumbent, generation = np.full(len(world.lots), -1), np.full(len(world.lots), -1)
    for operator in model.all_operators:
        incumbent[operator.lots], generation[operator.lots] = operator.incumbent, operator.generation
    shape = (len(world.bodies), len(world.domains), len(world.standards))
    return State(
        installed=model.installed()[None],
        incumbent=incumbent[None],
        generation=generation[None],
        adoption=np.stack([c.adoption for c in countries], axis=1)[None],
        landings=np.stack([c.landings for c in countries])[None],
        deployed=deployed[None],
        compliance=compliance[None],
        status=np.reshape([body.status for body in model.bodies], shape)[None],
        origin=np.reshape([body.origin for body in model.bodies], (*shape[:2], len(world.sponsors)))[None],
        quality_level=quality[None],
        debt=np.stack([c.debt for c in countries])[None],
        instalment=np.stack([c.repaid for c in countries])[None],
        instalment_change=np.zeros((1, 0, len(countries), len(world.sponsors))),
        since=np.stack([c.since for c in countries])[None],
        take_up=model.lending.take_up[None],
        overspent=model.lending.overspent[None],
        affinity_shift=np.stack([c.affinity_shift for c in countries])[None],
        order_book=model.order_book.ahead[None],
        sold=model.order_book.sold[None],
    )


def flows_of(model: LockInModel, installed: Floats) -> Flows:
    """What the agents did this year, as flows of one run; revenue is booked by the model.

    installed  (domain, country, vendor), when the year ends
    """
    world, countries, groups = model.world, model.countries, model.flow_groups
    flows = Flows.none(world, 1, len(model.stock_groups), len(groups))
    flows.capacity = of_groups(model.stock_groups * model.now.market_size, installed)
    capacity = of_groups(groups * model.now.market_size, installed)
    flows.expansion = deliveries.expansion(world, model.parameters, capacity)
    bought = np.stack([c.trade.contracts for c in countries], axis=1)
    locked = np.stack([c.trade.lock_in for c in countries], axis=1)
    flows.contracts, flows.lock_in = of_groups(groups, bought), of_groups(groups, locked)
    for name in COUNTED:
        by_country = np.stack([getattr(c.trade, name) for c in countries], axis=1)
        setattr(flows, name, of_groups(groups, by_country[..., None])[..., 0])
    flows.country_lock_in = locked[None]
    flows.country_renewed = np.stack([c.trade.renewed for c in countries], axis=1)[None]
    flows.winner = np.stack([c.trade.winner for c in countries], axis=1)[None]
    flows.lent_by_lender = np.stack([c.trade.lent for c in countries])[None]
    of_sponsor = world.lenders.sponsor[:, None] == np.arange(len(world.sponsors))
    flows.lent = flows.lent_by_lender @ of_sponsor.astype(float)
    for b, body in enumerate(model.bodies):
        flows.proposed[0, b] = model.contributions[b]
        flows.votes[0, b], flows.passed[0, b] = body.vote_share, body.passed
    return flows


def of_groups(groups: Bools | Floats, values: Floats) -> Floats:
    """Sums over the countries of each group, for one run.

    groups (group, domain, country), members or their weights; values (domain, country, column)
    Returns (1, group, domain, column).
    """
    result: Floats = np.matmul(groups.swapaxes(0, 1) * 1.0, values).swapaxes(0, 1)[None]
    return result
