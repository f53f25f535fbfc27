"""Variables of the world: who holds it, what renewals show, money and politics."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.measures.registry import Snapshot, ratio, variable
from lockin_sim.model.sales import delivered
from lockin_sim.rules import finance, pricing

# --- who and which standards hold the installed base, and its sales ---


@variable("domain vendor", "1", always=True)
def vendor_share(s: Snapshot) -> Floats:
    """Share of the world's installed capacity."""
    return s.share


@variable("domain standard", "1", always=True)
def reach(s: Snapshot) -> Floats:
    """Share of installed capacity that speaks a standard family, whatever else it speaks."""
    return np.nan_to_num(s.world_reach)[:, 0]


@variable("domain standard", "1", always=True)
def standard_share(s: Snapshot) -> Floats:
    """Reach of a standard family as a part of the reaches of all."""
    return np.nan_to_num(ratio(s.world_reach, s.families_of(s.world_reach)))[:, 0]


@variable("domain standard", "1", always=True)
def owned_standard_share(s: Snapshot) -> Floats:
    """Part of standard_share carried by vendors of the family's owners."""
    owned = s.reach_of(slice(0, 1), s.world.owned_slots)
    return np.nan_to_num(ratio(owned, s.families_of(s.world_reach)))[:, 0]


@variable("domain vendor", "1", always=True, flow=True)
def sales_share(s: Snapshot) -> Floats:
    """Share of the year's sales."""
    sales = s.flows.sales[:, 0]
    return ratio(sales, sales.sum(axis=-1, keepdims=True))


@variable("domain", "1", always=True)
def coverage(s: Snapshot) -> Floats:
    """Share of the world's capacity that is deployed."""
    return s.flows.capacity[:, 0].sum(axis=-1) / s.now.market_size.sum(axis=-1)


@variable("body domain standard", "1", always=True)
def status(s: Snapshot) -> Floats:
    """Share of a body's live standards by family, NaN outside its mandate."""
    return np.where(s.now.mandate[..., None], s.state.status, np.nan)


@variable("body domain sponsor", "1", always=True)
def origin(s: Snapshot) -> Floats:
    """Share of a body's live standards that each sponsor proposed, NaN outside its mandate."""
    return np.where(s.now.mandate[..., None], s.state.origin, np.nan)


@variable("domain vendor", "1 (industry mean cost of 2010)", always=True)
def price(s: Snapshot) -> Floats:
    """List price."""
    return np.where(s.world.slot_vendor >= 0, s.list_price, np.nan)


# --- what the year's renewals show ---


@variable("domain", "1", always=True, flow=True)
def lock_in(s: Snapshot) -> Floats:
    """Lock-in: chance that switching costs add for incumbents."""
    return ratio(s.flows.lock_in[:, 0].sum(axis=-1), s.flows.renewed[:, 0])


@variable("domain sponsor", "1", always=True, flow=True)
def lock_in_to(s: Snapshot) -> Floats:
    """Lock-in to the vendors of each sponsor."""
    return ratio(s.locked[:, 0], s.flows.renewed[:, 0, :, None])


@variable("domain", "1", always=True, flow=True)
def retention(s: Snapshot) -> Floats:
    """Share of renewed base that its incumbent kept."""
    return ratio(s.flows.retained[:, 0], s.flows.renewed[:, 0])


@variable("domain", "utility", always=True, flow=True)
def surplus(s: Snapshot) -> Floats:
    """Expected utility of renewing customers (logsum)."""
    return ratio(s.flows.surplus[:, 0], s.flows.renewed[:, 0])


@variable("domain", "utility", always=True, flow=True)
def coverage_surplus(s: Snapshot) -> Floats:
    """Expected utility of new capacity over going without, of who considers it; NaN where nobody does."""
    return ratio(s.flows.coverage_surplus[:, 0], s.flows.considered[:, 0])


@variable("domain", "1", always=True, flow=True)
def price_paid(s: Snapshot) -> Floats:
    """Effective price of what was bought, after finance."""
    return ratio(s.flows.paid[:, 0], s.flows.contracts[:, 0].sum(axis=-1))


@variable("domain", "USD bn", always=True, flow=True)
def contracts(s: Snapshot) -> Floats:
    """Value of contracts signed."""
    return s.flows.contracts[:, 0].sum(axis=-1)


@variable("domain", "USD bn", always=True, flow=True)
def replacement(s: Snapshot) -> Floats:
    """Value of restricted base put up for replacement."""
    return s.flows.forced[:, 0]


@variable("domain", "USD bn", flow=True)
def early_replacement(s: Snapshot) -> Floats:
    """Value of restricted base replaced ahead of its renewal."""
    return s.flows.early[:, 0]


# --- public money and politics ---


@variable("sponsor", "USD bn", always=True)
def total_debt(s: Snapshot) -> Floats:
    """Debt owed to each sponsor."""
    return s.state.debt.sum(axis=1)


@variable("sponsor", "USD bn", always=True, flow=True)
def lending(s: Snapshot) -> Floats:
    """Loans of the year."""
    return s.flows.lent.sum(axis=1)


@variable("sponsor", "USD bn", flow=True)
def grant_equivalent(s: Snapshot) -> Floats:
    """Grant equivalent of the year's loans at borrowers' own rates."""
    lenders, now = s.world.lenders, s.now
    rate = np.minimum(s.world.borrowing_rate[:, None], lenders.highest_discount_rate)
    interest, tenor, grace = (given[:, None] for given in (now.loan_rate, now.tenor, now.grace))
    element = finance.grant_element(interest, tenor, grace, rate, lenders.payments_per_year)
    of_sponsor = (lenders.sponsor[:, None] == np.arange(len(s.world.sponsors))).astype(float)
    gifts = finance.grant_equivalent(s.flows.lent_by_lender, element)
    result: Floats = (gifts @ of_sponsor).sum(axis=1)
    return result


@variable("domain vendor", "USD bn", flow=True)
def subsidies(s: Snapshot) -> Floats:
    """Part of the cost of what was bought that states paid."""
    bought = delivered(s.world, s.flows.contracts[:, 0], s.flows.expansion[:, 0])
    return pricing.subsidy_paid(s.list_price, s.now.state_support, bought)


@variable("sponsor", "1", always=True)
def restricting(s: Snapshot) -> Floats:
    """Share of world GDP that restricts a sponsor's vendors."""
    part = s.now.gdp / s.now.gdp.sum(axis=-1, keepdims=True)
    result: Floats = (part[:, None] @ (s.state.since >= 0))[:, 0]
    return result
