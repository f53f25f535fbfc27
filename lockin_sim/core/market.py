"""Stages of the market before the choice: prices, tenders and finance, for all runs at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import CAPACITY_TOLERANCE, Bools, Floats, tolerance
from lockin_sim.core.batch import Batch
from lockin_sim.core.rows import Index, Rows
from lockin_sim.core.shaped import Shaped
from lockin_sim.rules import diffusion, pricing
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
    base = batch.coverage = state.installed.sum(axis=-1).swapaxes(1, 2)
    batch.by_sponsor = diffusion.base_by_sponsor(batch.by_domain(state.installed), world.sponsored_slots)
    tendered, considered = _called(batch)
    nothing = tolerance(CAPACITY_TOLERANCE, base)
    tendered &= base > nothing
    considered &= base < 1 - nothing
    called = tendered | considered
    batch.forcing = bool((now.phase_out_years > 0).any())
    if batch.forcing:
        called |= _banned_cells(batch)
    batch.rows = rows = Rows(world, len(batch.runs), np.flatnonzero(called))
    batch.row = Shaped(batch.parameters, rows.run, None)
    batch.base = rows.offers(batch.by_domain(state.installed))
    batch.released = _released(batch, tendered)
    batch.new = buying.new_capacity(
        rows.of_cells(base, rows.cell), rows.of_cells(considered, rows.cell), batch.row.build_out
    )
    batch.total_released = batch.released.sum(axis=-1, keepdims=True)
    batch.market_value = buying.contract_value(
        1.0, rows.of_cells(now.market_size.T, rows.known_cell), rows.of_cells(world.lifetime, rows.domain)
    )


def _released(batch: Batch, tendered: Bools) -> Floats:
    """Base that is put up, and of it what is not yet due but must go.  (row, vendor)."""
    rows, base, nobody = batch.rows, batch.base, np.zeros(1, dtype=bool)
    called = rows.of_cells(tendered, rows.cell)
    tranche = rows.of_cells(batch.world.tranche.T, rows.known_cell)
    released = buying.released_base(base, called, tranche, nobody, batch.zero)
    if batch.forcing:
        some, barred = batch.restricted_offers()
        leaving = _phase_out(batch, some)
        forced = buying.released_base(base[some], called[some], tranche[some], barred, leaving)
        batch.early = np.zeros_like(released)
        batch.early[some] = forced - released[some]
        released[some] = forced
    return released


def _called(batch: Batch) -> tuple[Bools, Bools]:
    """Cells whose deployed, and whose undeployed, capacity is on the agenda.  (run, domain, country)."""
    world = batch.world
    if world.calendar is not None:
        calendar = world.calendar if world.calendar.ndim == 3 else world.calendar[batch.runs]
        called = calendar[..., batch.step - 1, :, :].swapaxes(-1, -2)
        shape = (len(batch.runs), *called.shape[-2:])
        return np.array(np.broadcast_to(called, shape)), np.array(np.broadcast_to(called, shape))
    chance = buying.tender_probability(world.lots, world.lifetime).T
    tendered = batch.draws.uniform(batch.stream("tender", 2), batch.cell_keys) < chance
    considered = (
        batch.draws.uniform(batch.stream("greenfield", 2), batch.cell_keys) < batch.p3.greenfield_rate
    )
    return tendered, considered


def _banned_cells(batch: Batch) -> Bools:
    """Cells that hold restricted base which must go.  (run, domain, country)."""
    world, installed = batch.world, batch.state.installed
    must = np.pad((batch.state.since >= 0) & (batch.now.phase_out_years > 0), ((0, 0), (0, 0), (0, 1)))
    banned = must[:, :, world.slot_sponsor] & world.sensitive[:, None]
    return (banned & (installed > tolerance(CAPACITY_TOLERANCE, installed))).any(axis=-1).swapaxes(1, 2)


def _phase_out(batch: Batch, some: Index) -> Floats:
    """Share of each vendor's banned base that must go this year, of some rows.  (some, vendor)."""
    since, allowed = batch.state.since, batch.now.phase_out_years
    passed = (batch.year - np.where(since >= 0, since, batch.year)).astype(allowed.dtype)
    return batch.offers_of(buying.phase_out_share(allowed, passed), some)


def finance(batch: Batch) -> None:
    """Sponsors offer loans within their envelopes."""
    world, state, now = batch.world, batch.state, batch.now
    element = lending.grant_element(
        now.loan_rate, now.tenor, now.grace, world.borrowing_rate[:, None], world.payments_per_year
    )
    helps = world.lends & (element > 0)
    batch.requests = _requests(batch, helps)
    budget = np.maximum(0.0, now.envelope - state.overspent)
    batch.ration = lending.ration(budget, batch.requests, state.take_up)
    batch.lenders = lenders = np.flatnonzero(helps.any(axis=0) & (batch.ration > 0).any(axis=0))
    batch.borrowers = borrowers = np.flatnonzero(helps.any(axis=1))
    batch.lender_column = np.full(len(world.sponsors) + 1, len(lenders))
    batch.lender_column[lenders] = np.arange(len(lenders))
    some = np.ix_(borrowers, lenders)
    promise = (batch.ration[:, lenders, None] * helps[some].T).swapaxes(1, 2)
    batch.given = lending.co_finance(promise, np.asfortranarray(element[some]), now.tied[lenders])
    shape = (len(batch.runs), len(world.sponsors) + 1, len(world.countries))
    batch.benefit = np.zeros(shape, dtype=world.dtype).swapaxes(1, 2)
    benefit = lending.price_benefit(batch.given, np.asfortranarray(element[some]), batch.p3.financed_share)
    batch.benefit[:, borrowers] = benefit[..., batch.lender_column]


def _requests(batch: Batch, helps: Bools) -> Floats:
    """The largest loans that this year's tenders could ask of each sponsor, USD bn.  (run, sponsor)."""
    world, rows, now = batch.world, batch.rows, batch.now
    sells = (batch.entered[..., None] & world.sponsored).any(axis=1)
    asking = np.flatnonzero(world.financeable[rows.domain] & helps.any(axis=1)[rows.country])
    run, country, domain = rows.run[asking], rows.country[asking], rows.domain[asking]
    barred = (batch.state.since >= 0)[run, country] & world.sensitive[domain][:, None]
    asks = helps[country] & ((sells[domain] & ~barred) | ~now.tied)
    value = batch.market_value * (batch.total_released + batch.new)
    asked = (batch.row.financed_share * value)[asking] * asks
    total = [np.bincount(run, weights=column, minlength=len(batch.runs)) for column in asked.T]
    return np.stack(total, axis=-1).astype(world.dtype, copy=False)
