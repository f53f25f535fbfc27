"""Stage of the choice: an offer is taken, counted and booked, for all runs at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.core.batch import Batch
from lockin_sim.core.judgement import judge
from lockin_sim.core.rows import Index
from lockin_sim.metrics import by_sponsor
from lockin_sim.rules import choice as choosing
from lockin_sim.rules import pricing, utility
from lockin_sim.rules import tenders as buying


def choice(batch: Batch) -> None:
    """Countries judge the offers and take one, or leave new capacity unbuilt."""
    rows, row, draws = batch.rows, batch.row, batch.draws
    cell = batch.cell_keys.reshape(-1)[rows.known_cell]
    keys = batch.world.offer_keys.T.take(rows.domain, axis=1)
    batch.barred = batch.restricted_offers()
    offers, switching = judge(batch)
    shock = draws.gumbel(batch.stream("offer", 0)[rows.run] ^ cell, keys, batch.world.dtype).T
    winner, best, luck = choosing.choose(offers, shock, noise_scale=row.noise_scale)
    outside = utility.outside_option(
        rows.of_cells(batch.now.log_income, rows.country),
        outside_level=row.outside_level,
        outside_income_weight=row.outside_income_weight,
    )
    stays = draws.gumbel(batch.stream("outside", 0)[rows.run], cell, batch.world.dtype)[:, None]
    batch.new = batch.new * choosing.builds(best, luck, outside, stays, noise_scale=row.noise_scale)
    slot = rows.slot(winner)
    _count(batch, offers, switching, winner, slot)
    _sign(batch, winner, slot)


def _count(batch: Batch, offers: Floats, switching: Floats, winner: Bools, slot: Index) -> None:
    """What the tenders show: lock-in, retention, surplus.  slot (row,), the winner's."""
    rows, flows, row = batch.rows, batch.flows, batch.row
    renewed = batch.market_value * batch.total_released
    kept = batch.market_value * rows.of_slot(batch.released, slot) * winner.any(axis=-1, keepdims=True)
    forced = np.zeros_like(renewed)
    some, barred = batch.barred
    forced[some] = batch.market_value[some] * (batch.released[some] * barred).sum(axis=-1, keepdims=True)
    early = np.zeros_like(renewed)
    if batch.forcing:
        early = batch.market_value * batch.early.sum(axis=-1, keepdims=True)
    chance, surplus = choosing.logit(offers, noise_scale=row.noise_scale)
    chance_free, _ = choosing.logit(offers - switching, noise_scale=row.noise_scale)
    locked = renewed * choosing.lock_in(batch.own_share, chance, chance_free)
    flows.lock_in = rows.totals(locked, batch.flow_groups)
    counted = (renewed, kept, forced, early, renewed * np.nan_to_num(surplus))
    totals = rows.totals(np.stack([c[:, 0] for c in counted]).T, batch.flow_groups)
    flows.renewed, flows.retained, flows.forced, flows.early, flows.surplus = np.moveaxis(totals, -1, 0)
    if batch.by_country:
        flows.country_lock_in = by_sponsor(batch.world, rows.spread(locked))
        flows.country_renewed = rows.spread(renewed)[..., 0].sum(axis=-1)


def _sign(batch: Batch, winner: Bools, slot: Index) -> None:
    """Book the winners: base, contracts, loans."""
    world, rows, flows = batch.world, batch.rows, batch.flows
    rows.put(
        batch.by_domain(batch.state.installed),
        buying.book_winner(batch.base, batch.released, batch.new, winner),
    )
    decided = winner.any(axis=-1, keepdims=True)
    value = decided * batch.market_value * (batch.total_released + batch.new)
    sponsor = world.slot_sponsor[rows.domain, slot]
    loans_take = (
        batch.benefit[rows.run, rows.country, sponsor][:, None] * world.financeable[rows.domain][:, None]
    )
    listed = pricing.log_price(batch.list_price)[rows.run, rows.domain, slot][:, None]
    bargain = rows.of_slot(batch.bargain, slot) if batch.bargain.any() else 0.0
    price = pricing.effective_price(listed + bargain, loans_take)
    flows.contracts = rows.totals(winner * value, batch.flow_groups)
    flows.paid = rows.totals(value * price, batch.flow_groups)[..., 0]
    rows.put_cells(flows.winner.swapaxes(1, 2), np.where(value[:, 0] > 0, slot, -1))
    _lend(batch, sponsor, value)


def _lend(batch: Batch, sponsor: Index, value: Floats) -> None:
    """Book the loans that pay for the contracts of the year.  sponsor (row,), the winner's."""
    world, rows = batch.world, batch.rows
    runs, countries = len(batch.runs), len(world.countries)
    position = np.full(countries, -1)
    position[batch.borrowers] = np.arange(len(batch.borrowers))
    borrower = position[rows.country]
    paid = np.flatnonzero(world.financeable[rows.domain] & (borrower >= 0) & (value[:, 0] > 0))
    share = np.broadcast_to(batch.row.financed_share, value.shape)[paid]
    given = batch.given[rows.run[paid], borrower[paid], batch.lender_column[sponsor[paid]]]
    loans = share * value[paid] * given
    place = rows.run[paid] * countries + rows.country[paid]
    lent = np.zeros((runs, len(world.sponsors), countries), dtype=world.dtype)
    for column, lender in zip(loans.T, batch.lenders, strict=True):
        lent[:, lender] = np.bincount(place, weights=column, minlength=runs * countries).reshape(runs, -1)
    batch.flows.lent = lent.swapaxes(1, 2)
