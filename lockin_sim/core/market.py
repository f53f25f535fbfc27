"""Stages of the market: prices, tenders, finance and choice, for all runs at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import CAPACITY_TOLERANCE, Bools, Floats
from lockin_sim.core.batch import Batch
from lockin_sim.core.rows import Rows
from lockin_sim.rules import choice as choosing
from lockin_sim.rules import diffusion, pricing, utility
from lockin_sim.rules import finance as lending
from lockin_sim.rules import tenders as buying


def prices(batch: Batch) -> None:
    """Vendors learn and set list prices; their quality follows its path."""
    world, state, now, p = batch.world, batch.state, batch.now, batch.p3
    cost = pricing.learned_cost(
        world.initial_cost * now.cost_factor,
        state.deployed,
        world.reference_volume[:, None],
        p.learning_scale * world.learning_exponent[:, None],
    )
    batch.list_price = pricing.list_price(cost, now.subsidy)
    batch.quality = now.quality_path + state.quality_level


def tenders(batch: Batch) -> None:
    """Who buys this year, and how much each puts up."""
    world, state, now = batch.world, batch.state, batch.now
    base = batch.coverage = state.installed.sum(axis=-1)
    deployed, undeployed = base > CAPACITY_TOLERANCE, base < 1 - CAPACITY_TOLERANCE
    tendered, considered = _called(batch)
    tendered, considered = deployed & tendered, undeployed & considered
    batch.forcing = bool((now.phase_out_years > 0).any())
    forced = _banned_cells(batch) if batch.forcing else np.zeros_like(deployed)
    batch.rows = rows = Rows(world, len(batch.runs), np.flatnonzero(tendered | considered | forced))
    batch.row = batch.parameters.shaped(rows.run, None)
    market = rows.country * len(world.domains) + rows.domain
    batch.base = rows.take(state.installed, rows.cell)
    batch.released = buying.released_base(
        batch.base,
        rows.column(tendered, rows.cell),
        rows.column(world.tranche, market),
        _banned(batch),
        _phase_out(batch) if batch.forcing else np.zeros(1),
    )
    if batch.forcing:
        due = buying.released_base(
            batch.base,
            rows.column(tendered, rows.cell),
            rows.column(world.tranche, market),
            _banned(batch),
            np.zeros(1),
        )
        batch.early = batch.released - due
    batch.new = buying.new_capacity(batch.base, rows.column(considered, rows.cell), batch.row.build_out)
    batch.market_size = rows.column(now.market_size, market)
    batch.lifetime = rows.column(world.lifetime, rows.domain)


def _called(batch: Batch) -> tuple[Bools, Bools]:
    """Cells whose deployed, and whose undeployed, capacity is on the agenda.  (run, country, domain)."""
    world = batch.world
    if world.calendar is not None:
        calendar = world.calendar if world.calendar.ndim == 3 else world.calendar[batch.runs]
        called = calendar[..., batch.step - 1, :, :]
        return called, called
    chance = buying.tender_probability(world.lots, world.lifetime)
    tendered = batch.draws.uniform(batch.stream("tender", 2), world.cell_keys) < chance
    considered = (
        batch.draws.uniform(batch.stream("greenfield", 2), world.cell_keys) < batch.p3.greenfield_rate
    )
    return tendered, considered


def _restricted(batch: Batch) -> Bools:
    """Whose vendors each country restricts, nobody's last.  (run, country, sponsor + 1)."""
    return np.pad(batch.state.since >= 0, ((0, 0), (0, 0), (0, 1)))


def _banned_cells(batch: Batch) -> Bools:
    """Cells that hold restricted base which must go.  (run, country, domain)."""
    world = batch.world
    must = np.pad((batch.state.since >= 0) & (batch.now.phase_out_years > 0), ((0, 0), (0, 0), (0, 1)))
    banned = must[:, :, world.slot_sponsor] & world.sensitive[:, None]
    return (banned & (batch.state.installed > CAPACITY_TOLERANCE)).any(axis=-1)


def _banned(batch: Batch) -> Bools:
    """Offers of vendors that the buyer restricts.  (row, vendor)."""
    rows = batch.rows
    restricted = rows.pick(_restricted(batch), rows.place_sponsor)
    return restricted & batch.world.sensitive[rows.domain][:, None]


def _phase_out(batch: Batch) -> Floats:
    """Share of each vendor's banned base that must go this year.  (row, vendor)."""
    since, allowed = batch.state.since, batch.now.phase_out_years
    passed = batch.year - np.where(since >= 0, since, batch.year)
    share = np.pad(buying.phase_out_share(allowed, passed), ((0, 0), (0, 0), (0, 1)))
    return batch.rows.pick(share, batch.rows.place_sponsor)


def finance(batch: Batch) -> None:
    """Sponsors offer loans within their envelopes."""
    world, state, now, rows = batch.world, batch.state, batch.now, batch.rows
    element = lending.grant_element(
        now.loan_rate, now.tenor, now.grace, world.borrowing_rate[:, None], world.payments_per_year
    )
    helps = world.lends & (element > 0)
    capacity = batch.released.sum(axis=-1, keepdims=True) + batch.new
    value = buying.contract_value(capacity, batch.market_size, batch.lifetime)
    sells = (batch.entered[..., None] & world.sponsored).any(axis=1)
    barred = (state.since >= 0)[rows.run, rows.country] & world.sensitive[rows.domain][:, None]
    sells = (sells[rows.domain] & ~barred) | ~now.tied
    asks = helps[rows.country] & sells & world.financeable[rows.domain][:, None]
    batch.requests = rows.total_by_slot(rows.run, len(batch.runs), batch.row.financed_share * value * asks)
    budget = np.maximum(0.0, now.envelope - state.overspent)
    batch.ration = lending.ration(budget, batch.requests, state.take_up)
    batch.given = np.zeros((len(batch.runs), *helps.shape[:1], helps.shape[1] + 1, helps.shape[1]))
    borrows = np.flatnonzero(helps.any(axis=1))
    promise = batch.ration[:, None, :] * helps[borrows]
    batch.given[:, borrows] = lending.co_finance(promise, element[borrows], now.tied)
    batch.benefit = lending.price_benefit(batch.given, element, batch.p3.financed_share)


def choice(batch: Batch) -> None:
    """Countries judge the offers and take one, or leave new capacity unbuilt."""
    rows, row, draws = batch.rows, batch.row, batch.draws
    market = rows.country * len(batch.world.domains) + rows.domain
    cell = batch.world.cell_keys.reshape(-1)[market]
    offers, switching = _judge(batch)
    keys = batch.world.offer_keys.T[:, rows.domain]
    shock = draws.gumbel(batch.stream("offer", 0)[rows.run] ^ cell, keys).T
    winner, best, luck = choosing.choose(offers, shock, noise_scale=row.noise_scale)
    outside = utility.outside_option(
        rows.column(batch.now.log_income, rows.country),
        outside_level=row.outside_level,
        outside_income_weight=row.outside_income_weight,
    )
    stays = draws.gumbel(batch.stream("outside", 0)[rows.run], cell)[:, None]
    built = choosing.builds(best, luck, outside, stays, noise_scale=row.noise_scale)
    _count(batch, offers, switching, winner)
    batch.new = np.where(built, batch.new, 0.0)
    _sign(batch, winner)


def _judge(batch: Batch) -> tuple[Floats, Floats]:
    """Utility of every offer, -inf where it may not be taken, and its switching term.  (row, vendor)."""
    world, state, rows, row = batch.world, batch.state, batch.rows, batch.row
    country, domain, vendor = world.shape
    by_domain = state.installed.transpose(0, 2, 1, 3)
    fits = diffusion.interoperability(state.compliance, batch.now.openness[:, None, None])
    seen = world.influence.neighbours(state.installed.reshape(-1, country, domain * vendor))
    seen = seen.reshape(-1, country, domain, vendor).transpose(0, 2, 1, 3)
    status = world.attention(batch.now.mandate) @ state.status.transpose(0, 2, 1, 3)
    layers = diffusion.sponsored_base(state.installed, world.sponsored, world.stack)
    padding = ((0, 0), (0, 0), (0, 1))
    affinity = np.pad(batch.affinity, padding)
    benefit = rows.pick(batch.benefit, rows.place_sponsor) * world.financeable[rows.domain][:, None]
    base = batch.base.sum(axis=-1, keepdims=True)
    price = pricing.log_customer_price(
        rows.take(pricing.log_price(batch.list_price), rows.market),
        batch.base / np.where(base > 0, base, 1.0),
        lock_in_markup=row.lock_in_markup,
        penetration_discount=row.penetration_discount,
    )
    batch.price = price
    own_fit = rows.take(diffusion.fitting_base(by_domain, fits), rows.by_domain)
    switching = utility.switching_term(base, own_fit, row.switching_cost)
    official = utility.official_term(status, state.compliance, 1.0)
    worth = (
        rows.take(batch.lasting, rows.cell)
        + utility.quality_term(rows.take(batch.quality, rows.market), row.quality_weight)
        + utility.price_term(price, benefit, row.price_weight)
        + utility.network_term(
            rows.take(diffusion.fitting_base(seen, fits), rows.by_domain), row.network_weight
        )
        + utility.stack_term(
            rows.pick(np.pad(layers, ((0, 0), *padding)), rows.cell_sponsor), row.stack_weight
        )
        + switching
        + utility.affinity_term(rows.pick(affinity, rows.place_sponsor), row.affinity_weight)
        + row.official_weight * rows.take(official, rows.by_domain)
    )
    market = rows.country * domain + rows.domain
    batch.banned = _banned(batch)
    is_open = utility.open_offers(
        rows.take(batch.offered, market),
        batch.banned,
        batch.base,
        batch.released,
        batch.new,
        rows.column(batch.now.share_cap, market),
    )
    return np.where(is_open, worth, -np.inf), switching


def _count(batch: Batch, offers: Floats, switching: Floats, winner: Bools) -> None:
    """What the tenders show: lock-in, retention, surplus."""
    rows, flows, row = batch.rows, batch.flows, batch.row
    base = batch.base.sum(axis=-1, keepdims=True)
    renewed = _value(batch, batch.released)
    free = np.where(offers > -np.inf, offers - switching, -np.inf)
    chance, surplus = choosing.logit(offers, noise_scale=row.noise_scale)
    chance_free, _ = choosing.logit(free, noise_scale=row.noise_scale)
    own_share = batch.base / np.where(base > 0, base, 1.0)
    rows.put(flows.lock_in, renewed * choosing.lock_in(own_share, chance, chance_free))
    rows.put(flows.renewed[..., None], renewed)
    rows.put(flows.retained[..., None], _value(batch, batch.released * winner))
    rows.put(flows.surplus[..., None], renewed * np.nan_to_num(surplus))
    rows.put(flows.forced[..., None], _value(batch, batch.released * batch.banned))
    if batch.forcing:
        rows.put(flows.early[..., None], _value(batch, batch.early))


def _value(batch: Batch, capacity: Floats) -> Floats:
    """Value of the sum of some capacities of each row, USD bn.  (row, vendor) to (row, 1)."""
    return buying.contract_value(capacity.sum(axis=-1, keepdims=True), batch.market_size, batch.lifetime)


def _sign(batch: Batch, winner: Bools) -> None:
    """Book the winners: base, contracts, loans."""
    world, rows, flows = batch.world, batch.rows, batch.flows
    rows.put(batch.state.installed, buying.book_winner(batch.base, batch.released, batch.new, winner))
    capacity = batch.released.sum(axis=-1, keepdims=True) + batch.new
    value = buying.contract_value(capacity, batch.market_size, batch.lifetime)
    signed = winner * value
    rows.put(flows.contracts, signed)
    slot = (winner * np.arange(winner.shape[-1])).sum(axis=-1)
    decided = winner.any(axis=-1) & (value[:, 0] > 0)
    flows.winner.reshape(-1)[rows.cell] = np.where(decided, slot, -1)
    benefit = rows.pick(batch.benefit, rows.place_sponsor) * world.financeable[rows.domain][:, None]
    price = pricing.effective_price(batch.price, benefit)
    rows.put(flows.paid[..., None], (signed * price).sum(axis=-1, keepdims=True))
    _lend(batch, winner, value)


def _lend(batch: Batch, winner: Bools, value: Floats) -> None:
    """Book the loans that pay for the contracts of the year."""
    world, rows = batch.world, batch.rows
    shape = (len(batch.runs), len(world.countries), len(world.sponsors))
    may_borrow = world.financeable[rows.domain] & world.lends.any(axis=1)[rows.country]
    paid = np.flatnonzero(may_borrow & winner.any(axis=-1))
    buyer = (winner[paid] * rows.place_sponsor.T[paid]).sum(axis=-1)
    share = np.broadcast_to(batch.row.financed_share, value.shape)[paid]
    loans = share * value[paid] * batch.given.reshape(-1, shape[-1])[buyer]
    batch.flows.lent = rows.total_by_slot(rows.place[paid], shape[0] * shape[1], loans).reshape(shape)
