"""Sum purchases over groups of markets, and carry their consequences to the next year."""

from __future__ import annotations

import math

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Board, add_at
from lockin_sim.engine.buyers import Bought, Choices, sum_by_group
from lockin_sim.engine.politics import Decided
from lockin_sim.engine.renewals import Renewals
from lockin_sim.model import decisions, sales
from lockin_sim.model.scripted_contracts import all_of_one, handed_over, taken_over
from lockin_sim.model.seen import Loans
from lockin_sim.model.state import installed_of
from lockin_sim.rules import diffusion, finance, pricing
from lockin_sim.rules.reduce import total

#: What is counted of lots and of users alike, and added up in flows.
COUNTED = ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus")


def trade(batch: Batch, board: Board, up: Renewals, chosen: Choices) -> Floats:
    """Add the year's contracts to its flows; purchases of users were added when users moved.

    Returns the loans for contracts, (run, country, lender), USD bn.
    """
    flows, counted = batch.flows, chosen.counted
    lent = np.zeros((len(batch.runs), len(batch.world.countries), chosen.lots.lent.shape[1]))
    lots = Cells(batch.flow_groups, chosen.lots)
    lots.add(flows.switching_pull, total(counted.pulled), np.maximum(up.rows.incumbent, 0))
    for name in COUNTED:
        lots.add(getattr(flows, name), getattr(counted, name))
    if batch.by_country:
        add_at(flows.country_renewed, counted.renewed[:, 0], *lots.market)
    for bought, cells in ((chosen.lots, lots), (chosen.built, Cells(batch.flow_groups, chosen.built))):
        value = bought.value * bought.signed
        cells.add(flows.contracts, value, bought.slot)
        cells.add(flows.paid, bought.paid * value)
        row, lender = np.nonzero(bought.lent)
        add_at(lent, bought.lent[row, lender], bought.run[row], bought.country[row], lender)
    return lent


class Cells:
    """Add rows, each in one run, domain and country, to the groups that contain their market.

    groups  (group, domain, country)
    """

    def __init__(self, groups: Bools, bought: Bought) -> None:
        self.market = bought.run, bought.domain, bought.country
        self._members = [np.flatnonzero(of[bought.domain, bought.country]) for of in groups]

    def add(self, table: Floats, value: Floats, *slot: Integers) -> None:
        """Add a value per row, (row, 1), to a table by groups, in the order of rows.

        table  (run, group, domain), followed by the axis of ``slot`` if there is one
        """
        shape = (table.shape[0], *table.shape[2:])
        place, size = np.ravel_multi_index((*self.market[:2], *slot), shape), math.prod(shape)
        for g, rows in enumerate(self._members):
            added = np.bincount(place[rows], weights=value[rows, 0], minlength=size)
            table[:, g] += added.reshape(shape)


def sum_subsidies(batch: Batch, board: Board, lots: Bought) -> Floats:
    """Sum subsidies of the year's contracts of lots.  (run, domain, vendor), USD bn."""
    if not batch.exogenous.subsidies[board.step]:
        return batch.flows.subsidised
    where, paid = (lots.run, lots.domain, lots.slot), np.zeros_like(batch.flows.subsidised)
    share = board.now.purchase_subsidy[lots.domain, lots.country, lots.slot]
    price = np.broadcast_to(board.list_price, paid.shape)[where]
    add_at(paid, share * price * (lots.value * lots.signed)[:, 0], *where)
    return paid


def commit(batch: Batch, board: Board, up: Renewals, chosen: Choices) -> None:
    """Write the year's decisions to the state."""
    world, state, built = batch.world, batch.state, chosen.built
    signed, landed = chosen.lots.signed[:, 0], built.signed[:, 0]
    run, lot = up.rows.run[signed], up.rows.lot[signed]
    old, slot = state.incumbent[run, lot], chosen.lots.slot[signed]
    state.outgoing[run, lot], state.swap_year[run, lot] = decisions.begin_swap(
        old, slot, up.rows.early[signed, 0], state.outgoing[run, lot], state.swap_year[run, lot], board.year
    )
    state.incumbent[run, lot] = slot
    state.generation[run, lot] = up.rows.arrived[signed]
    lots, to = taken_over(world, board.year, batch.runs)
    state.incumbent[:, lots] = state.outgoing[:, lots] = to
    state.landings *= world.landings_kept
    add_at(state.landings, 1.0, built.run[landed], built.country[landed], built.slot[landed])
    state.adoption = chosen.adoption
    installed_of(world, state, board.year)
    hand_over(batch, board)
    if batch.winners:
        note_winners(batch, chosen.lots)


def hand_over(batch: Batch, board: Board) -> None:
    """Transfer the base of users or landings to a vendor where the world's tables order it."""
    world, state = batch.world, batch.state
    rows = handed_over(world, board.year, batch.runs)
    if rows is None:
        return
    domain, country, slot = rows
    state.installed[:, domain, country] = all_of_one(state.installed[:, domain, country], slot)
    if world.routes is not None:
        landed = domain == world.routes.domain
        there = country[landed]
        state.landings[:, there] = all_of_one(state.landings[:, there], slot[:, landed])


def note_winners(batch: Batch, lots: Bought) -> None:
    """Record who won the largest lot of each market; the last one of equally large lots counts."""
    took = np.flatnonzero(lots.signed[:, 0])
    took = took[np.argsort(lots.value[took, 0], kind="stable")]
    batch.flows.winner[lots.run[took], lots.domain[took], lots.country[took]] = lots.slot[took]


def books(batch: Batch, board: Board, loans: Loans, decided: Decided, lent: Floats) -> None:
    """Keep the books of a year: everything that its purchases and votes change."""
    state, flows = batch.state, batch.flows
    flows.capacity = sum_by_group(state.installed, batch.stock_groups, board.now.market_size)
    _update_compliance(batch, board)
    _update_sales(batch, board)
    _update_debts(batch, board, loans, lent)
    write_decisions(batch, board, decided)


def write_decisions(batch: Batch, board: Board, decided: Decided) -> None:
    """Write the decisions of bodies to the state, and update quality and affinity."""
    state, flows, world = batch.state, batch.flows, batch.world
    flows.proposed, flows.votes, flows.passed = decided.proposed, decided.votes, decided.passed
    state.status, state.origin = decided.status, decided.origin
    if batch.catches_up:
        entered = world.entered(board.year)
        state.quality_level = state.quality_level + pricing.catch_up(
            board.quality, entered, batch.broadcast(2).catch_up_rate
        )
    if batch.qualities_drift and board.now.quality_uncertain.any():
        luck = batch.draws.stream("quality", board.year + 1)[:, None, None]
        shock = batch.draws.normal(luck, world.market_keys)
        spread = batch.broadcast(2).quality_spread
        state.quality_level = state.quality_level + pricing.drift(shock, board.now.quality_uncertain, spread)
    _update_affinity(batch, board)


def _update_sales(batch: Batch, board: Board) -> None:
    """Compute deliveries and sales; contracts are sold over their years, expansion at once."""
    world, state, flows = batch.world, batch.state, batch.flows
    if len(batch.stock_groups) == len(batch.flow_groups):
        capacity = flows.capacity
    else:
        capacity = sum_by_group(state.installed, batch.flow_groups, board.now.market_size)
    flows.expansion = sales.expansion(world, batch.parameters, capacity)
    delivered = sales.delivered(world, flows.contracts[:, 0], flows.expansion[:, 0])
    state.deployed = state.deployed + delivered / batch.exogenous.market[board.step][:, None]
    flows.sales, state.order_book = sales.sell(world, state.order_book, flows.contracts, flows.expansion)
    state.sold = sales.remembered(world, state.sold, flows.sales[:, 0])


def _update_compliance(batch: Batch, board: Board) -> None:
    """Move vendors towards the standards that pull them."""
    world, state, p = batch.world, batch.state, batch.broadcast(3)
    share = diffusion.market_shares(batch.flows.capacity[:, 0])
    world_share = share[:, :, None, :] @ state.compliance
    seen = batch.audiences(board.known).seen_by_all
    status = seen[..., None, :] @ state.status.swapaxes(1, 2)
    push = batch.exogenous.push[board.step][world.slot_sponsor][..., None]
    preference = diffusion.own_preference(world.own_family(board.year), push, p.own_standard_preference)
    there = world.standard_entry <= board.year
    demanded = decisions.compute_demanding_share(
        state.installed,
        board.now.market_size,
        batch.demanded(board.now),
        world.traded,
        batch.flows.capacity[:, 0],
    )
    why = decisions.ComplianceFactors(
        preference, status * there, demanded, world_share, world.initial_compliance
    )
    state.compliance = decisions.compute_next_compliance(state.compliance, why, p)


def _update_affinity(batch: Batch, board: Board) -> None:
    """Move affinity towards the sponsors of the platforms in use."""
    if not batch.drifts:
        return
    world, state, before = batch.world, batch.state, board.affinity[..., :-1]
    use = diffusion.platform_use(state.installed, world.sponsored_slots[..., :-1], world.platform)
    moved = diffusion.next_affinity(before, use, batch.broadcast(2).affinity_drift)
    state.affinity_shift = state.affinity_shift + (moved - before)


def _update_debts(batch: Batch, board: Board, loans: Loans, lent: Floats) -> None:
    """Repay old loans and book new ones; the lender owes what it lent beyond its envelope."""
    state, flows, now, step = batch.state, batch.flows, board.now, board.step
    sponsor = batch.world.lenders.sponsor
    of_sponsor = (sponsor[:, None] == np.arange(len(batch.world.sponsors))).astype(float)
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
    state.take_up = finance.take_up(state.take_up, spent, loans.promised, batch.broadcast(1).take_up_memory)
