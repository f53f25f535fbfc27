"""Variables of groups of markets, of single economies and of owners."""

from __future__ import annotations

import numpy as np

import lockin_sim.measures.variables  # noqa: F401  those of the world come first
from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.measures.registry import VARIABLES, Snapshot, by_sponsor, ratio, variable
from lockin_sim.model.state import first_unsound
from lockin_sim.world import World

# --- groups of markets ---


@variable("group domain vendor", "1")
def group_vendor_share(s: Snapshot) -> Floats:
    """Share of a group's installed capacity."""
    return s.group_share


@variable("group domain vendor", "1")
def group_economies_share(s: Snapshot) -> Floats:
    """Mean over a group's economies, large and small alike, of the share of what is installed there."""
    whole = s.state.installed.sum(axis=-1)
    built = (whole > 0).astype(float)
    members = s.world.group_masks.swapaxes(0, 1) * (built / np.where(whole > 0, whole, 1.0))[:, :, None]
    count = s.world.group_masks.swapaxes(0, 1).astype(float) @ built[..., None]
    return ratio(members @ s.state.installed, count).swapaxes(1, 2)


@variable("group domain vendor", "1", flow=True)
def group_sales_share(s: Snapshot) -> Floats:
    """Share of a group's sales."""
    return ratio(s.flows.sales, s.flows.sales.sum(axis=-1, keepdims=True))


@variable("group domain vendor", "USD bn", flow=True)
def group_sales(s: Snapshot) -> Floats:
    """Sales of the year in a group."""
    return s.flows.sales


@variable("group domain standard", "1")
def group_reach(s: Snapshot) -> Floats:
    """Share of a group's installed capacity that speaks a standard family."""
    return s.group_reach


@variable("group domain standard", "1")
def group_standard_share(s: Snapshot) -> Floats:
    """Reach of a standard family in a group as a part of the reaches of all."""
    return ratio(s.group_reach, s.families_of(s.group_reach))


@variable("group domain", "1")
def group_coverage(s: Snapshot) -> Floats:
    """Share of a group's capacity that is deployed."""
    size = (s.world.group_masks * s.now.market_size[:, None]).sum(axis=-1)
    return ratio(s.flows.capacity.sum(axis=-1), np.broadcast_to(size, s.flows.capacity.shape[:-1]))


@variable("group domain", "1", flow=True)
def group_retention(s: Snapshot) -> Floats:
    """Share of a group's renewed base that its incumbent kept."""
    return ratio(s.flows.retained, s.flows.renewed)


@variable("group domain", "utility", flow=True)
def group_surplus(s: Snapshot) -> Floats:
    """Expected utility of a group's renewing customers (logsum)."""
    return ratio(s.flows.surplus, s.flows.renewed)


@variable("group domain", "utility", flow=True)
def group_coverage_surplus(s: Snapshot) -> Floats:
    """Expected utility of new capacity over going without, of who considers it in a group."""
    return ratio(s.flows.coverage_surplus, s.flows.considered)


@variable("group domain", "1", flow=True)
def group_price_paid(s: Snapshot) -> Floats:
    """Effective price of what a group bought, after finance."""
    return ratio(s.flows.paid, s.flows.contracts.sum(axis=-1))


@variable("group domain sponsor", "1", flow=True)
def group_lock_in_to(s: Snapshot) -> Floats:
    """Lock-in of a group to the vendors of each sponsor."""
    return ratio(s.locked, s.flows.renewed[..., None])


# --- single economies and owners ---


@variable("domain country vendor", "1")
def installed(s: Snapshot) -> Floats:
    """Share of a country's capacity."""
    return s.state.installed


@variable("lot", "index of vendor, -1 if none")
def incumbent(s: Snapshot) -> Integers:
    """Vendor that runs a lot."""
    held = s.state.incumbent
    return np.where(held >= 0, s.world.slot_vendor[s.world.lots.domain, held], -1)


@variable("lot", "place in the table of generations, -1 before the first")
def generation(s: Snapshot) -> Integers:
    """Newest generation that a lot was due for."""
    return s.state.generation


@variable("domain country vendor", "1")
def adoption(s: Snapshot) -> Floats:
    """Adoption of a system or a family of rules, beside the others; NaN where vendors exclude one another."""
    domains, countries, vendors = s.world.shape
    whole = np.full((len(s.state.adoption), domains, countries, vendors), np.nan)
    whole[:, s.world.bought_by("adopters")] = s.state.adoption
    return whole


@variable("domain country vendor", "projects")
def landings(s: Snapshot) -> Floats:
    """Projects in use that land in a country, by supplier; NaN where no projects are bought."""
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


@variable("standard domain vendor", "1")
def compliance(s: Snapshot) -> Floats:
    """How far a vendor builds to a family, for all its markets."""
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
def repaid(s: Snapshot) -> Floats:
    """Principal repaid in the year."""
    return s.flows.repaid


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


@variable("country sponsor", "USD bn", flow=True)
def country_lock_in(s: Snapshot) -> Floats:
    """Value of renewals times lock-in."""

    return by_sponsor(s.world, s.flows.country_lock_in)


@variable("country sponsor", "1")
def country_dependence(s: Snapshot) -> Floats:
    """Share of a country's base by value that a sponsor's vendors run."""
    total = (s.state.installed.sum(axis=-1) * s.now.market_size).sum(axis=1)
    return ratio(s.country_value, total[..., None])


@variable("country", "USD bn", flow=True)
def country_renewed(s: Snapshot) -> Floats:
    """Value of base put up for replacement."""
    return s.flows.country_renewed.sum(axis=1)


@variable("", "position in the state, -1 if none")
def unsound(s: Snapshot) -> Integers:
    """First array with a number that is not finite."""
    return first_unsound(s.state)


#: Variables of what happens in a year; NaN in the initial one.
FLOWS = frozenset(name for name, declared in VARIABLES.items() if declared.flow)


def groups_measured(world: World, names: frozenset[str]) -> Bools:
    """Masks of the groups that the named variables need, the world first.  (group, domain, country)."""
    every = any(name.startswith("group_") for name in names)
    return world.group_masks if every else world.group_masks[:1]
