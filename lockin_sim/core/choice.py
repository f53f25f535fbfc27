"""Stage of the choice: offers are judged, one is taken, counted and booked, for all runs at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.core.batch import Batch
from lockin_sim.core.rows import Index
from lockin_sim.metrics import by_sponsor
from lockin_sim.rules import choice as choosing
from lockin_sim.rules import diffusion, pricing, utility
from lockin_sim.rules import tenders as buying


def choice(batch: Batch) -> None:
    """Countries judge the offers and take one, or leave new capacity unbuilt."""
    rows, row, draws = batch.rows, batch.row, batch.draws
    cell = batch.cell_keys.reshape(-1)[rows.known_cell]
    keys = batch.world.offer_keys.T.take(rows.domain, axis=1)
    offers, switching = _judge(batch)
    shock = draws.gumbel(batch.stream("offer", 0)[rows.run] ^ cell, keys).T
    winner, best, luck = choosing.choose(offers, shock, noise_scale=row.noise_scale)
    outside = utility.outside_option(
        rows.of_cells(batch.now.log_income, rows.country),
        outside_level=row.outside_level,
        outside_income_weight=row.outside_income_weight,
    )
    stays = draws.gumbel(batch.stream("outside", 0)[rows.run], cell)[:, None]
    batch.new = batch.new * choosing.builds(best, luck, outside, stays, noise_scale=row.noise_scale)
    slot = (winner @ np.arange(winner.shape[-1], dtype=np.float64)).astype(np.intp)
    _count(batch, offers, switching, winner, slot)
    _sign(batch, winner, slot)


def _judge(batch: Batch) -> tuple[Floats, Floats]:
    """Utility of every offer, -inf where it may not be taken, and its switching term.  (row, vendor)."""
    rows, row = batch.rows, batch.row
    held = rows.of_cells(batch.coverage, rows.cell)
    batch.own_share = batch.base / np.where(held > 0, held, 1.0)
    batch.bargain = pricing.log_customer_price(
        0.0,
        batch.own_share,
        lock_in_markup=row.lock_in_markup,
        penetration_discount=row.penetration_discount,
    )
    if batch.now.compliance_cost.any():
        batch.bargain = pricing.compliant_price(batch.bargain, _compliance_cost(batch))
    openness = diffusion.pair_openness(batch.now.openness, batch.now.compatibility, batch.world.slot_sponsor)
    fits = diffusion.interoperability(batch.state.compliance, openness)
    own_fit = diffusion.fitting_base(batch.by_domain(batch.state.installed), fits)
    switching = utility.switching_term(held, rows.offers(own_fit), row.switching_cost)
    worth = switching + rows.offers(_by_country(batch, fits))
    worth += rows.by_sponsor(_by_sponsor(batch))
    worth += rows.by_market(_by_market(batch))
    worth += utility.price_term(batch.bargain, np.zeros(1), row.price_weight)
    if (batch.now.share_cap < 1).any():
        cap = rows.of_cells(batch.now.share_cap.T, rows.known_cell)
        is_open = utility.open_offers(worth > -np.inf, batch.base, batch.released, batch.new, cap)
        worth = np.where(is_open, worth, -np.inf)
    return worth, switching


def _compliance_cost(batch: Batch) -> Floats:
    """What the buyer's data rules cost each vendor, share of its price.  (row, vendor)."""
    rows = batch.rows
    cost = batch.now.compliance_cost[rows.country, rows.sponsor].T
    return cost * batch.world.personal_data[rows.domain][:, None]


def _by_country(batch: Batch, fits: Floats) -> Floats:
    """What differs by country and vendor: home and taste, neighbours, official status, and -inf for what is
    not on sale.  (run, domain, country, vendor)."""
    world, state, p = batch.world, batch.state, batch.p4
    country, domain, vendor = world.shape
    seen = world.influence.neighbours(state.installed.reshape(-1, country, domain * vendor))
    seen = batch.by_domain(seen.reshape(-1, country, domain, vendor))
    status = world.attention(batch.now.mandate) @ state.status.transpose(0, 2, 1, 3)
    worth = utility.network_term(diffusion.fitting_base(seen, fits), p.network_weight)
    worth += utility.official_term(status, state.compliance, p.official_weight)
    worth += batch.lasting
    worth += batch.on_sale
    return worth


def _by_sponsor(batch: Batch) -> Floats:
    """What differs by country and sponsor: own layers, affinity, loans, and -inf for what is restricted.
    (run, domain, country, sponsor + 1)."""
    world, state, p = batch.world, batch.state, batch.p3
    layers = diffusion.sponsored_base(state.installed, world.sponsored, world.stack)
    shape = (len(batch.runs), len(world.domains), len(world.sponsors) + 1, len(world.countries))
    worth = np.zeros(shape).swapaxes(-1, -2)
    worth[..., :-1] = batch.by_domain(utility.stack_term(layers, batch.p4.stack_weight))
    worth[..., :-1] += utility.affinity_term(batch.affinity, p.affinity_weight)[:, None]
    loans = utility.price_term(np.zeros(1), batch.benefit, p.price_weight)
    worth[:, world.financeable] += loans[:, None]
    if batch.restricting:
        closed = np.where(state.since >= 0, -np.inf, 0.0)
        worth[:, world.sensitive, :, :-1] += closed[:, None]
    return worth


def _by_market(batch: Batch) -> Floats:
    """What differs by vendor alone: quality and list price.  (run, domain, vendor)."""
    p = batch.p3
    price = utility.price_term(pricing.log_price(batch.list_price), np.zeros(1), p.price_weight)
    return utility.quality_term(batch.quality, p.quality_weight) + price


def _count(batch: Batch, offers: Floats, switching: Floats, winner: Bools, slot: Index) -> None:
    """What the tenders show: lock-in, retention, surplus.  slot (row,), the winner's."""
    rows, flows, row = batch.rows, batch.flows, batch.row
    renewed = batch.market_value * batch.total_released
    kept = batch.market_value * rows.of_slot(batch.released, slot) * winner.any(axis=-1, keepdims=True)
    forced = np.zeros_like(renewed)
    if batch.restricting:
        forced = batch.market_value * (batch.released * batch.banned()).sum(axis=-1, keepdims=True)
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
    price = pricing.effective_price(listed + rows.of_slot(batch.bargain, slot), loans_take)
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
    lent = np.zeros((runs, len(world.sponsors), countries))
    for column, lender in zip(loans.T, batch.lenders, strict=True):
        lent[:, lender] = np.bincount(place, weights=column, minlength=runs * countries).reshape(runs, -1)
    batch.flows.lent = lent.swapaxes(1, 2)
