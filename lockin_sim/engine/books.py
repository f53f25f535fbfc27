"""What was bought is summed over groups of markets, and all that it changes moves to next year."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Board, add_at
from lockin_sim.engine.buyers import Built, Choices, SignedLots, of_groups
from lockin_sim.engine.politics import Decided
from lockin_sim.engine.renewals import Loans
from lockin_sim.model import decisions, sales
from lockin_sim.model.scripted_contracts import all_of_one, handed_over, taken_over
from lockin_sim.model.state import installed_of
from lockin_sim.rules import diffusion, finance, pricing
from lockin_sim.rules.reduce import total


def trade(batch: Batch, board: Board, signed: SignedLots, built: Built | None) -> Floats:
    """Write the year's contracts into its flows; users' purchases are there since they moved.

    Returns what was lent for them, (run, country, lender), USD bn.
    """
    lent = np.zeros((len(batch.runs), len(batch.world.countries), signed.lent.shape[1]))
    _add_lots(batch, signed, lent)
    if built is not None:
        _add_projects(batch, built, lent)
    return lent


class Cells(NamedTuple):
    """Where rows are added: one run, domain and country each."""

    run: Integers  # (row,)
    domain: Integers  # (row,)
    country: Integers  # (row,)
    members: list[Integers]  # rows whose market is of each group, in order

    @classmethod
    def of(cls, groups: Bools, run: Integers, domain: Integers, country: Integers) -> Cells:
        """Cells of rows.  groups (group, domain, country)"""
        return cls(run, domain, country, [np.flatnonzero(of[domain, country]) for of in groups])

    def add(self, table: Floats, value: Floats, *slot: Integers) -> None:
        """Add values (row, 1) to a table by groups, in the order of rows.

        table  (run, group, domain), or with the slots of the rows behind
        """
        shape = (table.shape[0], *table.shape[2:])
        place, size = np.ravel_multi_index((self.run, self.domain, *slot), shape), math.prod(shape)
        for g, rows in enumerate(self.members):
            added = np.bincount(place[rows], weights=value[rows, 0], minlength=size)
            table[:, g] += added.reshape(shape)

    def add_by_country(self, table: Floats, value: Floats, *slot: Integers) -> None:
        """Add values (row, 1) to a table (run, domain, country) or with the slots of the rows behind."""
        add_at(table, value[:, 0], self.run, self.domain, self.country, *slot)


def _add_lots(batch: Batch, signed: SignedLots, lent: Floats) -> None:
    """Contracts of lots, by market."""
    flows, rows, shown = batch.flows, signed.rows, signed.counted
    cells = Cells.of(batch.flow_groups, rows.run, rows.domain, rows.country)
    value, held = rows.value * signed.signed, np.maximum(rows.incumbent, 0)
    cells.add(flows.contracts, value, signed.slot)
    cells.add(flows.switching_pull, total(shown.pulled), held)
    for name in ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus"):
        cells.add(getattr(flows, name), getattr(shown, name))
    cells.add(flows.paid, signed.paid * value)
    if batch.by_country:
        cells.add_by_country(flows.country_renewed, shown.renewed)
    row, lender = np.nonzero(signed.lent)
    add_at(lent, signed.lent[row, lender], rows.run[row], rows.country[row], lender)


def subsidised(batch: Batch, board: Board, signed: SignedLots) -> Floats:
    """What states pay of the list prices of the year's contracts of lots.  (run, domain, vendor), USD bn."""
    if not batch.exogenous.subsidies[board.step]:
        return batch.flows.subsidised
    rows, slot, found = signed.rows, signed.slot, np.zeros_like(batch.flows.subsidised)
    share = board.now.purchase_subsidy[rows.domain, rows.country, slot]
    price = np.broadcast_to(board.list_price, found.shape)[rows.run, rows.domain, slot]
    add_at(found, share * price * (rows.value * signed.signed)[:, 0], rows.run, rows.domain, slot)
    return found


def _add_projects(batch: Batch, built: Built, lent: Floats) -> None:
    """Landings of projects, by market."""
    routes, landings = batch.world.routes, built.landings
    assert routes is not None
    domain = np.full(len(landings.run), routes.domain)
    cells = Cells.of(batch.flow_groups, landings.run, domain, landings.country)
    cells.add(batch.flows.contracts, landings.value * built.signed, built.slot)
    cells.add(batch.flows.paid, built.paid * landings.value)
    row, lender = np.nonzero(built.lent)
    add_at(lent, built.lent[row, lender], landings.run[row], landings.country[row], lender)


def commit(batch: Batch, board: Board, chosen: Choices) -> None:
    """Write the decisions into the state."""
    world, state = batch.world, batch.state
    rows, slot = chosen.signed.rows, chosen.signed.slot
    signed = chosen.signed.signed[:, 0]
    run, lot = rows.run[signed], rows.lot[signed]
    state.incumbent[run, lot] = slot[signed]
    state.generation[run, lot] = rows.arrived[signed]
    given, to = taken_over(world, board.year, batch.runs)
    state.incumbent[:, given] = to
    if chosen.built is not None:
        state.landings *= world.landings_kept
        landings = chosen.built.landings
        built = chosen.built.signed[:, 0]
        add_at(state.landings, 1.0, landings.run[built], landings.country[built], chosen.built.slot[built])
    state.adoption = chosen.adoption
    installed_of(world, state)
    hand_over(batch, board)
    if batch.winners:
        note_winners(batch, chosen.signed)


def hand_over(batch: Batch, board: Board) -> None:
    """Give what users have, or what has landed, to a vendor where a world says so."""
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


def note_winners(batch: Batch, signed: SignedLots) -> None:
    """Who won the largest lot of each market, the last of several that are as large."""
    rows, took = signed.rows, np.flatnonzero(signed.signed[:, 0])
    took = took[np.argsort(rows.value[took, 0], kind="stable")]
    batch.flows.winner[rows.run[took], rows.domain[took], rows.country[took]] = signed.slot[took]


def books(batch: Batch, board: Board, loans: Loans, decided: Decided, lent: Floats) -> None:
    """Everything that the year's purchases and votes change."""
    state, flows = batch.state, batch.flows
    flows.capacity = of_groups(state.installed, batch.stock_groups, board.now.market_size)
    _standards(batch, board)
    _sales(batch, board)
    _debts(batch, board, loans, lent)
    book_decided(batch, board, decided)


def book_decided(batch: Batch, board: Board, decided: Decided) -> None:
    """What bodies decided is put in its place, and what seldom moves at all moves: quality and affinity."""
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
    _affinity(batch, board)


def _sales(batch: Batch, board: Board) -> None:
    """What is delivered is learned from; contracts are sold over their years, expansion at once."""
    world, state, flows = batch.world, batch.state, batch.flows
    if len(batch.stock_groups) == len(batch.flow_groups):
        capacity = flows.capacity
    else:
        capacity = of_groups(state.installed, batch.flow_groups, board.now.market_size)
    flows.expansion = sales.expansion(world, batch.parameters, capacity)
    delivered = sales.delivered(world, flows.contracts[:, 0], flows.expansion[:, 0])
    state.deployed = state.deployed + delivered / batch.exogenous.market[board.step][:, None]
    flows.sales, state.order_book = sales.sell(world, state.order_book, flows.contracts, flows.expansion)
    state.sold = sales.remembered(world, state.sold, flows.sales[:, 0])


def _standards(batch: Batch, board: Board) -> None:
    """Vendors move towards the standards that pull them."""
    world, state, p = batch.world, batch.state, batch.broadcast(3)
    share = diffusion.market_shares(batch.flows.capacity[:, 0])
    world_share = share[:, :, None, :] @ state.compliance
    seen = batch.audiences(board.known).seen_by_all
    status = seen[..., None, :] @ state.status.swapaxes(1, 2)
    push = batch.exogenous.push[board.step][world.slot_sponsor][..., None]
    preference = diffusion.own_preference(world.own_family(board.year), push, p.own_standard_preference)
    there = world.standard_entry <= board.year
    demanded = decisions.demanding_share(
        state.installed,
        board.now.market_size,
        batch.demanded(board.now),
        world.traded,
        batch.flows.capacity[:, 0],
    )
    why = decisions.Reasons(preference, status * there, demanded, world_share, world.initial_compliance)
    state.compliance = decisions.next_compliance(state.compliance, why, p)


def _affinity(batch: Batch, board: Board) -> None:
    """Affinity drifts towards the sponsors of the platforms in use."""
    if not batch.drifts:
        return
    world, state, before = batch.world, batch.state, board.affinity[..., :-1]
    use = diffusion.platform_use(state.installed, world.sponsored_slots[..., :-1], world.platform)
    moved = diffusion.next_affinity(before, use, batch.broadcast(2).affinity_drift)
    state.affinity_shift = state.affinity_shift + (moved - before)


def _debts(batch: Batch, board: Board, loans: Loans, lent: Floats) -> None:
    """Old loans are repaid, new ones are booked; what was lent beyond the envelope is owed by the lender."""
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
