"""Variables: who holds the world and its markets, what renewals show, money and politics."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.model.measures.registry import (
    EVERY,
    VARIABLES,
    Places,
    Recorded,
    Snapshot,
    names_of,
    ratio,
    variable,
)
from lockin_sim.model.sales import delivered
from lockin_sim.model.state import first_unsound
from lockin_sim.rules import finance, pricing
from lockin_sim.world import World

# --- installed base and sales, by vendor and standard ---


@variable("domain vendor", "1", always=True)
def vendor_share(s: Snapshot, groups: slice) -> Floats:
    """Share of the world's installed capacity.

    Share of a group's installed capacity.
    """
    return s.group_share[:, groups]


@variable("domain standard", "1", always=True)
def reach(s: Snapshot) -> Floats:
    """Share of installed capacity that supports a standard family, alone or among others."""
    return np.nan_to_num(s.world_reach)[:, 0]


@variable("domain standard", "1", always=True)
def standard_share(s: Snapshot) -> Floats:
    """Share of a standard family in the reach of all families."""
    return np.nan_to_num(ratio(s.world_reach, s.families_of(s.world_reach)))[:, 0]


@variable("domain standard", "1", always=True)
def owned_standard_share(s: Snapshot) -> Floats:
    """Part of standard_share in equipment of the family's owners' vendors."""
    owned = s.reach_of(slice(0, 1), s.world.owned_slots)
    return np.nan_to_num(ratio(owned, s.families_of(s.world_reach)))[:, 0]


@variable("domain vendor", "1", always=True, flow=True)
def sales_share(s: Snapshot, groups: slice) -> Floats:
    """Share of the year's sales.

    Share of a group's sales.
    """
    sales = s.flows.sales[:, groups]
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


@variable("domain vendor", "1 (industry mean cost of the first year)", always=True)
def price(s: Snapshot) -> Floats:
    """List price."""
    return np.where(s.world.slot_vendor >= 0, s.list_price, np.nan)


# --- renewals of the year ---


@variable("domain", "1", always=True, flow=True)
def switching_pull(s: Snapshot) -> Floats:
    """Pull of the switching cost: what it adds to incumbents' chance at renewal."""
    return ratio(s.flows.switching_pull[:, 0].sum(axis=-1), s.flows.renewed[:, 0])


@variable("domain sponsor", "1", always=True, flow=True)
def switching_pull_to(s: Snapshot, groups: slice) -> Floats:
    """Pull of the switching cost to the vendors of each sponsor.

    Pull of the switching cost to the vendors of each sponsor, in a group.
    """
    return ratio(s.pulled[:, groups], s.flows.renewed[:, groups, :, None])


@variable("domain", "1", always=True, flow=True)
def retention(s: Snapshot, groups: slice) -> Floats:
    """Share of renewed base kept by its incumbent.

    Share of a group's renewed base kept by its incumbent.
    """
    return ratio(s.flows.retained[:, groups], s.flows.renewed[:, groups])


@variable("domain", "utility", always=True, flow=True)
def surplus(s: Snapshot, groups: slice) -> Floats:
    """Expected utility of renewing customers (logsum).

    Expected utility of a group's renewing customers (logsum).
    """
    return ratio(s.flows.surplus[:, groups], s.flows.renewed[:, groups])


@variable("domain", "utility", always=True, flow=True)
def coverage_surplus(s: Snapshot, groups: slice) -> Floats:
    """Expected utility of new capacity over going without, of those who consider it; NaN if nobody does.

    Expected utility of new capacity over going without, of those who consider it in a group.
    """
    return ratio(s.flows.coverage_surplus[:, groups], s.flows.considered[:, groups])


@variable("domain", "1", always=True, flow=True)
def price_paid(s: Snapshot, groups: slice) -> Floats:
    """Effective price of what was bought, after finance.

    Effective price of what a group bought, after finance.
    """
    return ratio(s.flows.paid[:, groups], s.flows.contracts[:, groups].sum(axis=-1))


@variable("domain", "USD bn", always=True, flow=True)
def contracts(s: Snapshot) -> Floats:
    """Value of contracts signed."""
    return s.flows.contracts[:, 0].sum(axis=-1)


@variable("domain", "USD bn", always=True, flow=True)
def replacement(s: Snapshot) -> Floats:
    """Value of restricted base put up for replacement."""
    return s.flows.forced[:, 0]


@variable("", "USD bn, cumulative", flow=True)
def replaced(s: Snapshot) -> Floats:
    """Value of restricted base put up for replacement so far, all domains."""
    return s.state.replaced


@variable("domain", "USD bn", flow=True)
def early_replacement(s: Snapshot, groups: slice) -> Floats:
    """Value of restricted base replaced before its renewal.

    Value of a group's restricted base replaced before its renewal.
    """
    return s.flows.early[:, groups]


# --- public money and politics ---


def _over_countries(values: Floats) -> Floats:
    """Sum over countries, as a product: numpy adds up short rows at ten times the cost.
    (row, country, sponsor) to (row, sponsor)."""
    return np.ones(values.shape[1]) @ values


@variable("sponsor", "USD bn", always=True)
def total_debt(s: Snapshot) -> Floats:
    """Debt owed to each sponsor."""
    return _over_countries(s.state.debt)


@variable("sponsor", "USD bn", always=True, flow=True)
def lending(s: Snapshot) -> Floats:
    """Loans of the year."""
    return _over_countries(s.flows.lent)


@variable("sponsor", "USD bn", flow=True)
def grant_equivalent(s: Snapshot) -> Floats:
    """Grant equivalent of the year's loans at borrowers' own rates."""
    lenders, now = s.world.lenders, s.now
    rate = np.minimum(s.world.borrowing_rate[:, None], lenders.highest_discount_rate)
    interest, tenor, grace = (terms[:, None] for terms in (now.loan_rate, now.tenor, now.grace))
    element = finance.grant_element(interest, tenor, grace, rate, lenders.payments_per_year)
    of_sponsor = (lenders.sponsor[:, None] == np.arange(len(s.world.sponsors))).astype(float)
    gifts = finance.grant_equivalent(s.flows.lent_by_lender, element)
    result: Floats = (gifts @ of_sponsor).sum(axis=1)
    return result


@variable("domain vendor", "USD bn", flow=True)
def subsidies(s: Snapshot) -> Floats:
    """Part of the cost of what was bought that states paid, to vendors or to buyers."""
    bought = delivered(s.world, s.flows.contracts[:, 0], s.flows.expansion[:, 0])
    return pricing.subsidy_paid(s.list_price, s.now.state_support, bought) + s.flows.subsidised


@variable("sponsor", "1", always=True)
def restricting(s: Snapshot) -> Floats:
    """Share of world GDP in economies that restrict a sponsor's vendors."""
    part = s.now.gdp / s.now.gdp.sum(axis=-1, keepdims=True)
    return (part[:, None] @ (s.state.since >= 0))[:, 0]


# --- groups of markets ---


@variable("domain sponsor", "1")
def sponsor_share(s: Snapshot, groups: slice) -> Floats:
    """Share of the world's installed capacity by the sponsor of its vendor.

    Share of a group's installed capacity by the sponsor of its vendor.
    """
    return _of_sponsors(s.world, s.group_share[:, groups])


@variable("domain sponsor", "1", flow=True)
def sales_sponsor_share(s: Snapshot, groups: slice) -> Floats:
    """Share of the year's sales by the sponsor of the vendor.

    Share of a group's sales by the sponsor of the vendor.
    """
    return _of_sponsors(s.world, sales_share(s, groups))


@variable("group domain sponsor", "1")
def group_economies_sponsor_share(s: Snapshot) -> Floats:
    """Mean over a group's economies, counted equally, of the share of installed capacity by sponsor."""
    shares, built = s.economy_share
    members = s.world.group_masks.swapaxes(0, 1).astype(float)
    return ratio(members @ shares, members @ built).swapaxes(1, 2)


@variable("domain sponsor", "1")
def median_sponsor_share(s: Snapshot) -> Floats:
    """Median over economies of the share of installed capacity by the sponsor of its vendor."""
    shares, built = s.economy_share
    domain, sponsor = np.nonzero(s.world.sponsored.any(axis=1))  # of all others nobody sells there
    ordered = shares[:, domain, :, sponsor]
    there = built[..., 0].swapaxes(0, 1)
    many = there.sum(axis=-1)
    if not there.all():
        ordered[~there[domain]] = np.inf  # economies without any come last
    ordered.sort(axis=-1)
    places = (n[domain, :, None] // 2 for n in (abs(many - 1), many))
    lower, upper = (np.take_along_axis(ordered, place, axis=-1)[..., 0] for place in places)
    medians = np.where(many > 0, 0.0, np.nan).T[..., None] * np.ones(len(s.world.sponsors))
    medians[:, domain, sponsor] += ((lower + upper) / 2.0).T
    return medians


def _of_sponsors(world: World, shares: Floats) -> Floats:
    """Shares by sponsor, NaN where nobody has any.  (row, group, domain, vendor) to (row, group, domain,
    sponsor)"""
    return (shares[..., None, :] @ world.sponsored)[..., 0, :]


@variable("group domain vendor", "USD bn", flow=True)
def group_sales(s: Snapshot) -> Floats:
    """Sales of the year in a group."""
    return s.flows.sales


@variable("group domain standard", "1")
def group_reach(s: Snapshot) -> Floats:
    """Share of a group's installed capacity that supports a standard family."""
    return s.group_reach


@variable("group domain standard", "1")
def group_standard_share(s: Snapshot) -> Floats:
    """Share of a standard family in the reach of all families in a group."""
    return ratio(s.group_reach, s.families_of(s.group_reach))


@variable("group domain", "1")
def group_coverage(s: Snapshot) -> Floats:
    """Share of a group's capacity that is deployed."""
    members = s.world.group_masks.swapaxes(0, 1).astype(float)
    size = (members @ s.now.market_size[..., None])[..., 0].swapaxes(1, 2)
    return ratio(s.flows.capacity.sum(axis=-1), np.broadcast_to(size, s.flows.capacity.shape[:-1]))


# --- single economies and owners ---


@variable("domain country vendor", "1")
def installed(s: Snapshot) -> Floats:
    """Share of a country's capacity."""
    return s.state.installed


@variable("lot", "index of vendor, -1 if none")
def incumbent(s: Snapshot) -> Integers:
    """Vendor that runs a lot."""
    slots = s.state.incumbent
    return np.where(slots >= 0, s.world.slot_vendor[s.world.lots.domain, slots], -1)


@variable("lot", "place in the table of generations, -1 before the first")
def generation(s: Snapshot) -> Integers:
    """Newest generation that a lot was due for."""
    return s.state.generation


@variable("domain country vendor", "1")
def adoption(s: Snapshot) -> Floats:
    """Adoption of a system or a family of rules, independent of others; NaN where vendors exclude one
    another."""
    domains, countries, vendors = s.world.shape
    whole = np.full((len(s.state.adoption), domains, countries, vendors), np.nan)
    whole[:, s.world.bought_by("adopters")] = s.state.adoption
    return whole


@variable("domain country vendor", "projects")
def landings(s: Snapshot) -> Floats:
    """Projects in use that land in a country, by supplier; NaN for domains without projects."""
    whole = np.full(s.state.installed.shape, np.nan)
    if s.world.routes is not None:
        whole[:, s.world.routes.domain] = s.state.landings
    return whole


@variable("domain country", "index of vendor, -1 if none")
def winner(s: Snapshot) -> Integers:
    """Winner of the largest contract signed."""
    domain = np.arange(len(s.world.domains))[:, None]
    return np.where(s.flows.winner >= 0, s.world.slot_vendor[domain, s.flows.winner], -1)


@variable("country sponsor", "bool")
def restricted(s: Snapshot) -> Bools:
    """Restriction of a sponsor's vendors in force."""
    return s.state.since >= 0


@variable("domain country", "index of standard, -1 if none")
def prescribed(s: Snapshot) -> Integers:
    """Standard family that a state prescribes on its own."""
    shape = (len(s.state.prescribed), len(s.world.domains), len(s.world.countries))
    return s.state.prescribed if s.state.prescribed.size else np.full(shape, -1)


@variable("domain standard", "1")
def demanding(s: Snapshot, groups: slice) -> Floats:
    """Share of the world's installed capacity in markets whose states demand a standard family.

    Share of a group's installed capacity in markets whose states demand a standard family.
    """
    part = s.demanding[:, groups].sum(axis=-2)
    found = np.zeros((*part.shape[:-1], len(s.world.standards)))
    found[..., s.demanded] = part
    return found


@variable("standard domain vendor", "1")
def compliance(s: Snapshot) -> Floats:
    """How far a vendor supports a family in all its markets."""
    return np.where(s.world.slot_vendor >= 0, np.moveaxis(s.state.compliance, -1, 1), np.nan)


@variable("country sponsor", "USD bn")
def debt(s: Snapshot) -> Floats:
    """Debt owed to a sponsor."""
    return s.state.debt


@variable("country sponsor", "USD bn")
def lent(s: Snapshot) -> Floats:
    """Loans of the year."""
    return s.flows.lent


@variable("country sponsor", "USD bn")
def loans_met(s: Snapshot) -> Floats:
    """Money of loans on record that the year's contracts took, whenever it was lent."""
    return s.flows.loans_met


@variable("country sponsor", "USD bn")
def loans_unmet(s: Snapshot) -> Floats:
    """Money of loans on record that lapsed in the year, met by no contract."""
    return s.flows.loans_unmet


@variable("country sponsor", "USD bn")
def repaid(s: Snapshot) -> Floats:
    """Principal repaid in the year."""
    return s.flows.repaid


@variable("sponsor body", "1", flow=True)
def standards_work(s: Snapshot) -> Floats:
    """Share of a body's documents at usual effort, times effort."""
    work = s.now.effort * s.now.contribution
    return np.broadcast_to(work, (len(s.state.status), *work.shape[-2:]))


@variable("sponsor", "affinity, added over economies", flow=True)
def training(s: Snapshot) -> Floats:
    """Affinity that training programmes gain or cost in the year."""
    gained = np.abs(s.now.training).sum(axis=-2)
    return np.broadcast_to(gained, (len(s.state.status), gained.shape[-1]))


@variable("body domain sponsor", "1", flow=True)
def contributions(s: Snapshot) -> Floats:
    """Share of the proposals on a body's table; NaN outside its mandate."""
    share = ratio(s.flows.proposed, s.flows.proposed.sum(axis=-1, keepdims=True))
    return np.where(s.now.mandate[..., None], share, np.nan)


@variable("body domain standard", "1")
def vote_share(s: Snapshot) -> Floats:
    """Share of the votes cast in favour; NaN without a vote."""
    return s.flows.votes


@variable("body domain standard", "1")
def passed(s: Snapshot) -> Floats:
    """Whether contested proposals pass; NaN without a vote."""
    return s.flows.passed


@variable("country sponsor", "1")
def country_dependence(s: Snapshot) -> Floats:
    """Share of a country's installed equipment, by value, from a sponsor's vendors."""
    total = (s.state.installed.sum(axis=-1) * s.now.market_size).sum(axis=1)
    return ratio(s.country_value, total[..., None])


@variable("domain country sponsor", "1")
def country_sponsor_share(s: Snapshot, domain: Places = EVERY, sponsor: Places = EVERY) -> Floats:
    """Share of what is installed in a country and domain, by the sponsor of its vendor."""
    whole = domain is EVERY and sponsor is EVERY  # which others read, too
    shares, built = s.economy_share if whole else s.economy_share_of(domain, sponsor)
    return np.where(built, shares, np.nan)


@variable("country", "USD bn", flow=True)
def country_renewed(s: Snapshot) -> Floats:
    """Value of base put up for replacement."""
    return s.flows.country_renewed.sum(axis=1)


@variable("", "position in the state, -1 if none")
def unsound(s: Snapshot) -> Integers:
    """First array with a number that is not finite."""
    return first_unsound(s.state)


#: Yearly flows, NaN in the initial year.
FLOWS = frozenset(name for name, declared in VARIABLES.items() if declared.flow)


def groups_measured(world: World, record: Recorded) -> tuple[Bools, Bools]:
    """Masks of the groups of which stocks, and of which flows, are recorded, the world first.

    (group, domain, country) each
    """
    names = names_of(record)
    every = (any(name.startswith("group_") for name in some) for some in (names - FLOWS, names & FLOWS))
    stocks, flows = (world.group_masks[: None if of_all else 1].copy() for of_all in every)
    return stocks, flows
