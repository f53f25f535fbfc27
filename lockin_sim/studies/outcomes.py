"""Headline outcomes: one number a run and year, each a function of a dataset of ``lockin_sim.simulate``.

An outcome is registered where it is defined, with its unit and label; a family of outcomes has one
member for each sponsor, domain or body.  To add one, write one function here.

World figures weigh domains by market size of the year.  What is not defined is NaN, and drops out of
means over domains together with its weight: nothing undefined is counted as zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.statistics import weighted_mean
from lockin_sim.studies.registry import GROUPS, Outcome, family, outcome, outcomes, select, sponsors
from lockin_sim.world import World
from lockin_sim.world.names import group_name, name_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "RECORD",
    "Outcome",
    "group_sizes",
    "held_by",
    "named_vendors",
    "outcome_labels",
    "outcomes",
    "select",
    "share_of_family",
    "vendors_of",
    "weighted_mean",
]

#: What a dataset must record beyond the variables always there.
RECORD = ("group_reach", "group_standard_share", "group_vendor_share", "unsound")


def _domains(world: World) -> dict[str, str]:
    """Domains that there are outcomes of, with names."""
    return {d: name_of("domain", d) for d in world.domains if world.case.family}


def _bodies(world: World) -> dict[str, str]:
    """Bodies that there are outcomes of, with names."""
    return {b: name_of("body", b) for b in world.body_names if world.case.family}


def _groups(world: World) -> dict[str, str]:
    """Groups that there are outcomes of, with names."""
    return {group: group_name(group) for group in GROUPS if world.case.family and group in world.group_names}


def vendors_of(world: World, sponsor: str) -> Bools:
    """Which vendors have a sponsor.  (vendor,)."""
    slots = (world.slot_vendor >= 0) & (world.slot_sponsor == world.sponsors.index(sponsor))
    has = np.zeros(len(world.vendors), dtype=bool)
    has[world.slot_vendor[slots]] = True
    return has


def named_vendors(world: World) -> Bools:
    """Offers of vendors that do not stand for many: only these can be the largest.  (domain, vendor)."""
    named = np.zeros((len(world.domains), len(world.vendors)), dtype=bool)
    domain, slot = np.nonzero((world.slot_vendor >= 0) & ~world.is_local)
    named[domain, world.slot_vendor[domain, slot]] = True
    return named


def held_by(world: World, sponsors: Sequence[str], shares: Floats) -> Floats:
    """Shares of each sponsor's vendors together, NaN where nobody has any.

    (..., vendor) to (..., sponsor)
    """
    known = np.isfinite(shares)
    members = np.zeros((len(world.vendors), len(sponsors)))
    for position, sponsor in enumerate(sponsors):
        members[:, position] = vendors_of(world, sponsor)
    held = np.where(known, shares, 0.0) @ members
    return np.where(known.any(axis=-1, keepdims=True), held, np.nan)


def _array(variable: Any, *axes: str, **at: str) -> Floats:
    """Values of a variable with its axes in the named order."""
    places = {axis: variable.get_index(axis).get_loc(label) for axis, label in at.items()}
    # without the coordinates, which would be cut and turned as well: most of the time of small arrays
    return np.asarray(variable.variable.isel(places).transpose(*axes).values, dtype=np.float64)


def _condition(ds: xr.Dataset, world: World, name: str) -> Any:
    """One of the world's conditions in the years of a dataset."""
    return world.conditions.of(name, np.asarray(ds["year"].values))


def _over_domains(ds: xr.Dataset, values: Floats, among: Bools | None = None) -> Floats:
    """Mean over (some) domains, weighted by market size.  (run, year, domain) -> (run, year)."""
    size = _array(ds["market_size"], "year", "domain")
    return weighted_mean(values, size if among is None else size * among)


def share_of_family(ds: xr.Dataset, world: World, variable: str, standard: str = "") -> Floats:
    """Share of a family, by default that under study; NaN without any base.  (run, year, domain)."""
    share = _plain(ds, variable, standard=standard or world.case.family)
    return np.where(_plain(ds, "coverage") > 0, share, np.nan)


def _plain(ds: xr.Dataset, variable: str, **at: str) -> Floats:
    """A variable by run, year and domain."""
    return _array(ds[variable], "run", "year", "domain", **at)


def outcome_labels(known: Mapping[str, Outcome]) -> dict[str, Any]:
    """Names of outcomes, with label and unit."""
    return {
        "outcome": list(known),
        "outcome_label": ("outcome", [o.label for o in known.values()]),
        "outcome_unit": ("outcome", [o.unit for o in known.values()]),
    }


# --- how far the standard spreads ---


@outcome("share", "world reach of {title}", name="{family}_reach")
def family_reach(ds: xr.Dataset, world: World) -> Floats:
    """Share of the world's installed capacity that speaks {family}, whatever else it speaks."""
    return _over_domains(ds, share_of_family(ds, world, "reach"))


@family("share", "reach of {title}, {}", _groups, prefix="{family}_reach", record=("group_reach",))
def family_reach_in(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Share of the installed capacity of a group of markets that speaks {family}."""
    reach = _plain(ds, "group_reach", group=group, standard=world.case.family)
    return weighted_mean(reach, _group_size(ds, world, group))


@outcome("share", "world share of {title}", name="{family}_share")
def family_share(ds: xr.Dataset, world: World) -> Floats:
    """Reach of {family} as a part of the reaches of all families, whoever carries it."""
    return _over_domains(ds, share_of_family(ds, world, "standard_share"))


@outcome("share", "{title} carried by equipment of {adjective} vendors", name="{family}_{own}_base")
def family_own_base(ds: xr.Dataset, world: World) -> Floats:
    """Part of {family}_share that vendors of its owners carry."""
    return _over_domains(ds, share_of_family(ds, world, "owned_standard_share"))


@outcome("share", "{title} carried by other vendors that comply", name="{family}_others")
def family_others(ds: xr.Dataset, world: World) -> Floats:
    """Part of {family}_share that vendors of anybody else carry."""
    whole, own = (share_of_family(ds, world, name) for name in ("standard_share", "owned_standard_share"))
    return _over_domains(ds, whole - own)


@outcome("share", "share of {title} in sensitive infrastructure", name="{family}_sensitive")
def family_sensitive(ds: xr.Dataset, world: World) -> Floats:
    """Share of {family} where restrictions bite: networks, cables, cloud, smart cities."""
    return _over_domains(ds, share_of_family(ds, world, "standard_share"), world.sensitive)


@family("share", "share of {title}, {}", _domains, prefix="{family}")
def family_in(ds: xr.Dataset, world: World, domain: str) -> Floats:
    """Share of {family} in one domain of the world."""
    return share_of_family(ds, world, "standard_share")[..., world.domains.index(domain)]


@family(
    "share",
    "share of {title} in sensitive infrastructure, {}",
    _groups,
    prefix="{family}_sensitive",
    record=("group_standard_share",),
)
def family_sensitive_in(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Share of {family} in the sensitive infrastructure of a group of markets."""
    share = _plain(ds, "group_standard_share", group=group, standard=world.case.family)
    return weighted_mean(share, _group_size(ds, world, group) * world.sensitive)


def _group_size(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Market size of a group.  (year, domain), USD bn per year."""
    result: Floats = group_sizes(ds, world, [group])[0]
    return result


def group_sizes(ds: xr.Dataset, world: World, groups: Iterable[str] | None = None) -> Floats:
    """Market size of some groups, or of all.  (group, year, domain), USD bn per year."""
    size = _condition(ds, world, "market_size")
    chosen = world.group_names if groups is None else groups
    masks = (world.group_masks[world.group_names.index(group)] for group in chosen)
    return np.stack([(size * mask).sum(axis=-1) for mask in masks])


@outcome("share", "world share of open interfaces", needs="open")
def open_share(ds: xr.Dataset, world: World) -> Floats:
    """Reach of the open family as a part of the reaches of all."""
    return _over_domains(ds, share_of_family(ds, world, "standard_share", "open"))


@family("share", "status of {title} in {}", _bodies)
def status(ds: xr.Dataset, world: World, body: str) -> Floats:
    """Share of {family} in a body's live standards, mean over the domains of its mandate."""
    shares = _plain(ds, "status", standard=world.case.family, body=body)
    return weighted_mean(shares, np.ones(shares.shape[-1]))


# --- whose vendors, and how firmly ---


@family("share", "dependence on {} vendors", sponsors)
def dependence(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Share of a sponsor's vendors in the world's installed capacity."""
    return _over_domains(ds, _held(ds, world, sponsor))


@family("share", "dependence on {} vendors, sensitive infrastructure", sponsors)
def dependence_sensitive(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """The same over the domains in which restrictions bite."""
    return _over_domains(ds, _held(ds, world, sponsor), world.sensitive)


@family(
    "share",
    "dependence on {adjective} vendors, sensitive infrastructure, {}",
    _groups,
    prefix="dependence_sensitive_{sponsor}",
    record=("group_vendor_share",),
)
def dependence_sensitive_in(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Share of {adjective} vendors in the sensitive infrastructure of a group of markets."""
    held = _held(ds, world, world.case.sponsors[0], "group_vendor_share", group=group)
    return weighted_mean(held, _group_size(ds, world, group) * world.sensitive)


def _held(ds: xr.Dataset, world: World, sponsor: str, of: str = "vendor_share", **at: str) -> Floats:
    """Share of a sponsor's vendors, NaN without any base.  (run, year, domain)."""
    shares = _array(ds[of], "run", "year", "domain", "vendor", **at)
    return held_by(world, [sponsor], shares)[..., 0]


@family("share", "lock-in to {} vendors", sponsors, prefix="lock_in")
def lock_in_to(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Chance at renewal that switching costs add for the incumbents of a sponsor."""
    return _over_domains(ds, _plain(ds, "lock_in_to", sponsor=sponsor))


@outcome("share", "lock-in to incumbents")
def lock_in(ds: xr.Dataset, world: World) -> Floats:
    """Chance at renewal that switching costs add for incumbents, whoever they are."""
    return _over_domains(ds, _plain(ds, "lock_in"))


@outcome("share", "renewed base that its incumbent kept")
def retention(ds: xr.Dataset, world: World) -> Floats:
    """Share of the base put up for renewal that stayed with its vendor."""
    return _over_domains(ds, _plain(ds, "retention"))


# --- what it costs, and what states do ---


@outcome("utility", "adopters' expected utility at renewal")
def surplus(ds: xr.Dataset, world: World) -> Floats:
    """Expected utility of renewing customers before chance decides (logsum)."""
    return _over_domains(ds, _plain(ds, "surplus"))


@outcome("utility", "what new coverage is worth to those who had none")
def coverage_surplus(ds: xr.Dataset, world: World) -> Floats:
    """Expected gain of those who have nothing yet and consider it, before chance decides (logsum)."""
    return _over_domains(ds, _plain(ds, "coverage_surplus"))


@outcome("relative to the industry mean cost of 2010", "price paid after finance")
def price_paid(ds: xr.Dataset, world: World) -> Floats:
    """Effective price of what was signed in the year."""
    return _over_domains(ds, _plain(ds, "price_paid"))


@outcome("USD bn, cumulative", "replacement of restricted base", cumulative=True)
def replacement(ds: xr.Dataset, world: World) -> Floats:
    """Value of restricted base put up for replacement so far, all domains."""
    yearly = _plain(ds, "replacement").sum(axis=-1)
    total = np.full(yearly.shape, np.nan)
    total[:, 1:] = np.cumsum(yearly[:, 1:], axis=1)  # nothing flows in the initial year
    return total


@family("share of world GDP", "economies that restrict {} vendors", sponsors)
def restricting(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Share of world GDP in economies that keep a sponsor's vendors out of sensitive domains."""
    return _array(ds["restricting"], "run", "year", sponsor=sponsor)


@family("USD bn per year", "digital loans by {} state lenders", sponsors)
def lending(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Loans of a sponsor for digital infrastructure abroad."""
    return _array(ds["lending"], "run", "year", sponsor=sponsor)


@family("USD bn", "digital debt owed to {} state lenders", sponsors)
def debt(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Debt owed to a sponsor for digital infrastructure."""
    return _array(ds["total_debt"], "run", "year", sponsor=sponsor)
