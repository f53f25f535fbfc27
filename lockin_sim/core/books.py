"""Stage of the books: deployments, debts, revenue, compliance, affinity; all move to next year."""

from __future__ import annotations

import numpy as np

from lockin_sim.core.batch import Batch
from lockin_sim.metrics import group_total
from lockin_sim.rules import diffusion, finance, pricing


def books(batch: Batch) -> None:
    """Everything that the year's contracts and votes change."""
    state, flows = batch.state, batch.flows
    flows.capacity = group_total(batch.stock_groups, state.installed, batch.now.market_size)
    _standards(batch)
    state.status = batch.next_status
    state.deployed = state.deployed + flows.contracts[:, 0] / batch.now.market_size.sum(axis=0)[:, None]
    if np.any(batch.parameters.catch_up_rate):
        state.quality_level = state.quality_level + pricing.catch_up(
            batch.quality, batch.entered, batch.p3.catch_up_rate
        )
    if np.any(batch.parameters.affinity_drift):
        _affinity(batch)
    _debts(batch)
    _revenue(batch)


def _standards(batch: Batch) -> None:
    """Vendors move towards the standards that pull them."""
    world, state, p = batch.world, batch.state, batch.p4
    capacity = batch.flows.capacity[:, 0]
    total = capacity.sum(axis=-1, keepdims=True)
    share = capacity / np.where(total > 0, total, 1.0)
    world_share = share[:, :, None, :] @ state.compliance
    mandate = batch.now.mandate.T.astype(world.dtype)
    mean = mandate / np.maximum(mandate.sum(axis=1, keepdims=True), 1.0)
    status = mean[:, None, :] @ state.status.transpose(0, 2, 1, 3)
    push = np.pad(batch.now.standard_push, (0, 1), constant_values=1.0)[world.slot_sponsor][..., None]
    preference = diffusion.own_preference(world.own_family(batch.year), push, p.own_standard_preference)
    there = world.standard_entry <= batch.year
    state.compliance = diffusion.next_compliance(
        state.compliance, preference, status * there, world_share, p.compliance_rate
    )


def _affinity(batch: Batch) -> None:
    """Affinity drifts towards the sponsors of the platforms in use."""
    world, state = batch.world, batch.state
    use = diffusion.platform_use(state.installed, world.sponsored, world.platform)
    moved = diffusion.next_affinity(batch.affinity, use, batch.p3.affinity_drift)
    state.affinity_shift = state.affinity_shift + (moved - batch.affinity)


def _debts(batch: Batch) -> None:
    """Old loans are repaid, new ones are booked; what was lent beyond the envelope is owed by the sponsor."""
    state, flows, now, step = batch.state, batch.flows, batch.now, batch.step
    state.instalment = state.instalment + state.instalment_change[:, step]
    flows.repaid = state.instalment
    state.debt = state.debt + flows.lent - flows.repaid
    for h in batch.lenders:
        first, last, share = finance.repayment(now.tenor[h], now.grace[h])
        for due, sign in ((step + first, 1.0), (step + last + 1, -1.0)):
            if due < state.instalment_change.shape[1]:
                state.instalment_change[:, due, :, h] += sign * share * flows.lent[:, :, h]
    spent = flows.lent.sum(axis=1)
    state.overspent = np.maximum(0.0, state.overspent + spent - now.envelope)
    promised = batch.ration * batch.requests
    state.take_up = finance.take_up(state.take_up, spent, promised, batch.p2.take_up_memory)


def _revenue(batch: Batch) -> None:
    """Contracts are booked as revenue over their years."""
    world, state = batch.world, batch.state
    yearly = batch.flows.contracts / world.contract_years[:, None].astype(world.dtype)
    ahead = np.arange(state.order_book.shape[1])[:, None, None, None] < world.contract_years[:, None]
    state.order_book = state.order_book + np.where(ahead, yearly[:, None], 0.0)
    batch.flows.sales = state.order_book[:, 0]
    state.order_book = np.concatenate([state.order_book[:, 1:], np.zeros_like(yearly)[:, None]], axis=1)
