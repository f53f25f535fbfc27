"""Measurements of a page's runs: the parts of a comparison, and the parts for the page's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.comparisons.by_group import BY_GROUP, build_cost_part, compute_level_range
from lockin_sim.comparisons.compare import (
    ComparedRuns,
    ComparisonPart,
    build_effects_part,
    select_part_arrays,
)
from lockin_sim.comparisons.costs_by_payer import resolve_actor
from lockin_sim.comparisons.measured_places import (
    list_mapped_domains,
    replace_place,
    select_headlines,
    select_outcomes,
)
from lockin_sim.comparisons.outcomes import list_case_sponsors
from lockin_sim.model.measures import Reading
from lockin_sim.world import World
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.names import format_label
from lockin_sim.world.recorded import country_labels

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.app.session import SharedContext

#: Years between two maps.
EVERY = 5

PLACES, VENDORS, REGIONS = "places", "vendors", "regions"

#: What is set side by side of groups of markets: measure and group.
OF_GROUPS = (("coverage_surplus", "income:low"),)


@cache_per_world(most=1)
def find_page_headline(world: World) -> str:
    """Return the headline outcome that a page can show for any region or economy; "" without such a headline.

    The outcome is the world's first headline, provided that this is the share (``dependence``) of the first
    sponsor's vendors in one place and domain.
    """
    first = next(iter(select_outcomes(world, select_headlines(world)).values()), None)
    if first is None or not first.place or first.quantity != "dependence":
        return ""
    return first.name if first.member == world.case.sponsors[0] else ""


def _find_headline_domain(world: World) -> str:
    """Return the domain of the headline of :func:`find_page_headline`, or the first mapped domain."""
    return find_page_headline(world).rstrip("]").rpartition(",")[2] or list_mapped_domains(world)[0]


def list_page_regions(world: World) -> list[str]:
    """List the regions of the world's case for which a page shows the headline.

    Only groups that exist in the world are listed; the places of headlines come on top.
    """
    return [group for group in world.case.groups if group in world.group_names]


def build_page_parts(desk: SharedContext) -> list[ComparisonPart]:
    """List all parts that are kept of a page's runs: the parts of the report, and of the page's pictures."""
    whose, drawn = resolve_actor(desk.world, desk.actor), desk.posterior is not None
    cost = build_cost_part(desk.world, None, whose, drawn=drawn)
    places = ComparisonPart(
        PLACES, extract_country_shares, _build_map_study, _build_share_readings(desk.world)
    )
    parts = [build_effects_part(desk.world), cost, BY_GROUP, places, _VENDORS]
    if first := find_page_headline(desk.world):
        names = [replace_place(first, region) for region in list_page_regions(desk.world)]
        parts.append(replace(build_effects_part(desk.world, names), name=REGIONS))
    return parts


def _build_share_readings(world: World) -> tuple[Reading, Reading]:
    """Build the readings of sponsor shares by economy: for maps and for the page's headline.

    The first reading holds all sponsors in every mapped domain, every ``EVERY`` years; the second holds the
    first sponsor in the domain of the headline, in every year.
    """
    shown, every = "country_sponsor_share", slice(0, None, EVERY)
    whose, domains = tuple(list_case_sponsors(world)), tuple(list_mapped_domains(world))
    return (
        Reading(shown, every, (("domain", domains), ("sponsor", whose))),
        Reading(shown, at=(("domain", _find_headline_domain(world)), ("sponsor", whose[0]))),
    )


def extract_country_shares(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Extract sponsors' shares of the installed base of each economy, in float32 to save memory.

    ``values`` (run, year, domain, sponsor, country) every ``EVERY`` years; ``first`` (run, year, country),
    the share of the first sponsor in the domain of the headline, in every year.
    """
    chosen, first = (reading.of(ds) for reading in _build_share_readings(world))
    values = chosen.transpose("run", "year", "domain", "sponsor", "country").values
    of_first = first.transpose("run", "year", "country").values
    return {"values": values.astype(np.float32), "first": of_first.astype(np.float32)}


def _build_map_study(runs: ComparedRuns) -> xr.Dataset:
    """Build the dataset of sponsors' shares in each economy: effects of policies, and ranges of levels.

    Axes: year (every ``EVERY``), domain, sponsor, country.
    """
    labels = {
        "year": runs.how.calendar[::EVERY],
        "domain": list_mapped_domains(runs.world),
        "sponsor": list(list_case_sponsors(runs.world)),
        **country_labels(runs.world),
    }
    axes = "year", "domain", "sponsor", "country"
    return runs.dataset(
        runs.effect("values", axes, "share") | compute_level_range(runs, axes, "share"), labels
    )


def index_offers(world: World) -> tuple[Integers, Integers, Integers]:
    """Return positions of domain, vendor and sponsor of every offer, as three arrays (offer)."""
    domain, slot = np.nonzero(world.slot_vendor >= 0)
    return domain, world.slot_vendor[domain, slot], world.slot_sponsor[domain, slot]


def extract_vendor_shares(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Extract every offer's share of the world's base: ``values`` (run, year, offer), float32."""
    shares = ds["vendor_share"].transpose("run", "year", "domain", "vendor").values
    domain, vendor, _ = index_offers(world)
    return {"values": shares[..., domain, vendor].astype(np.float32)}


def _build_vendor_study(runs: ComparedRuns) -> xr.Dataset:
    """Build the dataset of effects of policies on every offer's share of the world's base (year, offer)."""
    world = runs.world
    domains, vendors, owners = index_offers(world)
    labels = {
        "offer": np.arange(len(domains)),
        "domain": ("offer", [world.domains[d] for d in domains]),
        "vendor": ("offer", [format_label("vendor", world.vendors[v]) for v in vendors]),
        "sponsor": ("offer", [[*world.sponsors, ""][s] for s in owners]),
    }
    return runs.dataset(runs.effect("values", ("year", "offer"), "share"), labels)


def build_country_effects(runs: ComparedRuns, chosen: Sequence[str] | None = None) -> xr.Dataset:
    """Build the dataset of effects on the headline outcome in some economies.

    chosen  codes of the economies, in their order; None = all
    """
    first, codes = find_page_headline(runs.world), list(runs.world.countries)
    names = {replace_place(first, code): codes.index(code) for code in chosen or codes}
    shares = {label: of["first"] for label, of in select_part_arrays(runs.arrays, PLACES).items()}
    arrays = {
        label: {name: of[..., at].astype(np.float64) for name, at in names.items()}
        for label, of in shares.items()
    }
    return build_effects_part(runs.world, list(names)).build(replace(runs, arrays=arrays))


def concat_outcomes(effects: xr.Dataset, *others: xr.Dataset) -> xr.Dataset:
    """Concatenate effects datasets of the same runs along ``outcome``, keeping each outcome once."""
    import xarray as xr

    how: Any = {"data_vars": "minimal", "coords": "minimal", "compat": "override"}
    whole = xr.concat([effects, *others], "outcome", combine_attrs="override", **how)
    return whole.drop_duplicates("outcome")


_VENDORS = ComparisonPart(VENDORS, extract_vendor_shares, _build_vendor_study)
