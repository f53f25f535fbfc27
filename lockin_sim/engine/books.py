"""Stage of the books: deployments, debts, revenue, compliance, affinity; all move to next year."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.politics import Decided
from lockin_sim.engine.totals import of_groups
from lockin_sim.model import agenda, decisions, deliveries
from lockin_sim.rules import diffusion, finance, pricing


def books(batch: Batch, year: Year, loans: Loans, decided: Decided, lent: Floats) -> None:
    """Everything that the year's purchases and votes change."""
    state, flows = batch.state, batch.flows
    flows.capacity = of_groups(state.installed, batch.stock_groups, year.now.market_size)
    _standards(batch, year)
    _sales(batch, year)
    _debts(batch, year, loans, lent)
    book_decided(batch, year, decided)


def book_decided(batch: Batch, year: Year, decided: Decided) -> None:
    """What bodies decided is put in its place, and what seldom moves at all moves: quality and affinity."""
    state, flows, world = batch.state, batch.flows, batch.world
    flows.proposed, flows.votes, flows.passed = decided.proposed, decided.votes, decided.passed
    state.status, state.origin = decided.status, decided.origin
    if batch.catches_up:
        entered = world.entered(year.year)
        state.quality_level = state.quality_level + pricing.catch_up(
            year.quality, entered, batch.shaped(2).catch_up_rate
        )
    _affinity(batch, year)


def _sales(batch: Batch, year: Year) -> None:
    """What is delivered is learned from; contracts are sold over their years, expansion at once."""
    world, state, flows = batch.world, batch.state, batch.flows
    if len(batch.stock_groups) == len(batch.flow_groups):
        capacity = flows.capacity
    else:
        capacity = of_groups(state.installed, batch.flow_groups, year.now.market_size)
    flows.expansion = deliveries.expansion(world, batch.parameters, capacity)
    delivered = deliveries.delivered(world, flows.contracts[:, 0], flows.expansion[:, 0])
    state.deployed = state.deployed + delivered / batch.ahead.market[year.step][:, None]
    flows.sales, state.order_book = deliveries.sell(world, state.order_book, flows.contracts, flows.expansion)
    state.sold = agenda.remembered(world, state.sold, flows.sales[:, 0])


def _standards(batch: Batch, year: Year) -> None:
    """Vendors move towards the standards that pull them."""
    world, state, p = batch.world, batch.state, batch.shaped(3)
    share = diffusion.market_shares(batch.flows.capacity[:, 0])
    world_share = share[:, :, None, :] @ state.compliance
    seen = batch.ahead.audiences(year.now).seen_by_all
    status = seen[..., None, :] @ state.status.swapaxes(1, 2)
    push = batch.ahead.push[year.step][world.slot_sponsor][..., None]
    preference = diffusion.own_preference(world.own_family(year.year), push, p.own_standard_preference)
    there = world.standard_entry <= year.year
    demanded = decisions.demanding_share(
        state.installed, year.now.market_size, year.now.demanded, world.traded, batch.flows.capacity[:, 0]
    )
    why = decisions.Reasons(preference, status * there, demanded, world_share, world.initial_compliance)
    state.compliance = decisions.next_compliance(state.compliance, why, p)


def _affinity(batch: Batch, year: Year) -> None:
    """Affinity drifts towards the sponsors of the platforms in use."""
    if not batch.drifts:
        return
    world, state, before = batch.world, batch.state, year.affinity[..., :-1]
    use = diffusion.platform_use(state.installed, world.sponsored_slots[..., :-1], world.platform)
    moved = diffusion.next_affinity(before, use, batch.shaped(2).affinity_drift)
    state.affinity_shift = state.affinity_shift + (moved - before)


def _debts(batch: Batch, year: Year, loans: Loans, lent: Floats) -> None:
    """Old loans are repaid, new ones are booked; what was lent beyond the envelope is owed by the lender."""
    state, flows, now, step = batch.state, batch.flows, year.now, year.step
    sponsor = batch.world.lenders.sponsor
    of_sponsor = (sponsor[:, None] == np.arange(len(batch.world.sponsors))).astype(lent.dtype)
    flows.lent, flows.lent_by_lender = lent @ of_sponsor, lent
    state.instalment = state.instalment + state.instalment_change[:, step]
    flows.repaid = state.instalment
    state.debt = state.debt + flows.lent - flows.repaid
    spent = lent.sum(axis=1)
    for h in np.flatnonzero(spent.any(axis=0)):
        first, last, share = finance.repayment(now.tenor[h], now.grace[h])
        run, country = np.nonzero(lent[:, :, h])
        for when, sign in ((step + first, 1.0), (step + last + 1, -1.0)):
            if when < state.instalment_change.shape[1]:
                state.instalment_change[run, when, country, sponsor[h]] += (
                    sign * share * lent[run, country, h]
                )
    state.overspent = finance.overspent(state.overspent, spent, now.envelope)
    state.take_up = finance.take_up(state.take_up, spent, loans.promised, batch.shaped(1).take_up_memory)
