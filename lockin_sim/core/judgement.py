"""What each offer is worth, for all runs at once: terms are folded into small tables, then gathered."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.core.batch import Batch
from lockin_sim.rules import diffusion, pricing, utility


def judge(batch: Batch) -> tuple[Floats, Floats]:
    """Utility of every offer, -inf where it may not be taken, and its switching term.  (row, vendor)."""
    rows, row = batch.rows, batch.row
    held = rows.of_cells(batch.coverage, rows.cell)
    batch.own_share = batch.base / np.where(held > 0, held, 1.0)
    fits = _fits(batch)
    own_fit = diffusion.fitting_base(batch.by_domain(batch.state.installed), fits)
    switching = utility.switching_term(held, rows.offers(own_fit), row.switching_cost)
    worth = switching + rows.offers(_by_country(batch, own_fit))
    worth += rows.by_sponsor(_by_sponsor(batch))
    worth += rows.by_audience(_by_audience(batch))
    batch.bargain = _bargain(batch)
    if batch.bargain.any():
        worth += utility.price_term(batch.bargain, batch.zero, row.price_weight)
    some, barred = batch.barred
    worth[some] += np.where(barred, -np.inf, 0.0)
    if (batch.now.share_cap < 1).any():
        cap = rows.of_cells(batch.now.share_cap.T, rows.known_cell)
        is_open = utility.open_offers(worth > -np.inf, batch.base, batch.released, batch.new, cap)
        worth = np.where(is_open, worth, -np.inf)
    return worth, switching


def _fits(batch: Batch) -> Floats:
    """How well the base of one vendor serves the customers of another.  (run, domain, vendor, vendor)."""
    openness = diffusion.pair_openness(batch.now.openness, batch.now.compatibility, batch.world.slot_sponsor)
    return diffusion.interoperability(batch.state.compliance, openness)


def _bargain(batch: Batch) -> Floats:
    """Log of what this customer is asked over the list price.  (row, vendor); one zero where nobody is."""
    row, p = batch.row, batch.parameters
    bargain = batch.zero[:, None]
    if np.any(p.lock_in_markup) or np.any(p.penetration_discount):
        bargain = pricing.log_customer_price(
            0.0,
            batch.own_share,
            lock_in_markup=row.lock_in_markup,
            penetration_discount=row.penetration_discount,
        )
    if batch.now.compliance_cost.any():
        bargain = pricing.compliant_price(bargain, _compliance_cost(batch))
    return bargain


def _compliance_cost(batch: Batch) -> Floats:
    """What the buyer's data rules cost each vendor, share of its price.  (row, vendor)."""
    rows = batch.rows
    cost = batch.now.compliance_cost[rows.country, rows.sponsor].T
    return cost * batch.world.personal_data[rows.domain][:, None]


def _by_country(batch: Batch, own_fit: Floats) -> Floats:
    """What differs by country and vendor: home and taste, neighbours, and -inf for what is not on sale.
    (run, domain, country, vendor).

    Both steps are linear, so that the neighbours' base that fits is the mean of the bases that fit each.
    """
    world = batch.world
    country, domain, vendor = world.shape
    stored = np.swapaxes(own_fit, -1, -2).reshape(-1, domain * vendor, country)
    seen = np.swapaxes(world.influence.neighbours(np.swapaxes(stored, -1, -2)), -1, -2)
    seen = np.swapaxes(seen.reshape(-1, domain, vendor, country), -1, -2)
    worth = utility.network_term(seen, batch.p4.network_weight)
    worth += batch.lasting
    worth += batch.on_sale
    return worth


def _by_sponsor(batch: Batch) -> Floats:
    """What differs by country and sponsor: own layers, affinity and loans.  (run, domain, country,
    sponsor + 1)."""
    world, p = batch.world, batch.p3
    weight = utility.stack_term(world.stack, p.stack_weight)  # layers are linear in it
    worth = diffusion.own_layers(batch.by_sponsor, weight)
    affinity = utility.affinity_term(batch.affinity, p.affinity_weight)
    loans = utility.price_term(batch.zero, batch.benefit, p.price_weight)
    for d, financeable in enumerate(world.financeable):
        worth[:, d, :, :-1] += affinity
        if financeable:
            worth[:, d] += loans
    return worth


def _by_audience(batch: Batch) -> Floats:
    """What differs by vendor and by the bodies that a country sees: quality, list price, official status.
    (run, domain, audience, vendor)."""
    world, state, p = batch.world, batch.state, batch.p3
    _, audience = world.audience
    seen = world.attention(batch.now.mandate)[:, audience]
    status = seen @ state.status.transpose(0, 2, 1, 3)
    price = utility.price_term(pricing.log_price(batch.list_price), batch.zero, p.price_weight)
    product = utility.quality_term(batch.quality, p.quality_weight) + price
    return utility.official_term(status, state.compliance, batch.p4.official_weight) + product[:, :, None]
