"""Inputs in which two sponsors may differ, and the world with one of them swapped.

An input is swapped between the sponsors themselves, between their vendors (paired in each domain by size),
between their home economies where it concerns economies, or between two bodies.  For example, concern about
Chinese vendors in America becomes concern about American ones in China.  Everything else stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.common.errors import unusable
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import FACT_AXES, get_array_axes
from lockin_sim.world.contracts import Contracts


def worlds(world: World, pair: Pair, *, venues: bool) -> dict[str, World]:
    """A world for each swap, by the name of the input.  venues: whether any two bodies swap domains, too"""
    swapped = {name: entry.swapped(world, pair) for name, entry in INPUTS.items()}
    if venues:
        now = world.conditions.mandate
        for (a, first), (b, second) in combinations(enumerate(world.body_names), 2):
            if not np.array_equal(now[:, a], now[:, b]):
                swapped[f"venues {first} and {second}"] = venues_swapped(world, first, second)
    return swapped


class Pair(NamedTuple):
    """Permutations that swap two sponsors; all other positions map to themselves."""

    sponsor: Integers  # (sponsor + 1,), the last stands for none
    vendor: Integers  # (vendor + 1,), the last is -1, an empty slot
    slot: Integers  # (domain, vendor slot)
    country: Integers  # (country,)


class Input(NamedTuple):
    """An input in which sponsors may differ.

    along    axes of the swap: sponsors, vendors in their slots, home economies
    columns  its table columns, as table/column, separated by blanks
    arrays   names of arrays of the world, its conditions and facts, separated by blanks
    by_hand  swaps what is not an array along such an axis
    """

    along: str
    columns: str
    arrays: str = ""
    by_hand: Callable[[World, Pair], World] | None = None

    def swapped(self, world: World, pair: Pair) -> World:
        """The world with this input swapped between the two, and nothing else."""
        orders: dict[str, Integers] = {}
        if "sponsor" in self.along:
            orders |= {"sponsor": pair.sponsor[:-1], "vendor_sponsor": pair.sponsor}
        if "vendor" in self.along:
            orders["vendor"] = pair.slot
        if "country" in self.along:
            orders |= {"country": pair.country, "ally": pair.country}
        changed: dict[str, dict[str, Any]] = {"world": {}, "conditions": {}, "facts": {}}
        declared = get_array_axes(World) | get_array_axes(Conditions) | FACT_AXES
        conditions = world.conditions
        holders: dict[str, Mapping[str, Any]] = {"world": vars(world), "conditions": conditions.arrays()}
        for name in self.arrays.split():
            for place, holder in (holders | {"facts": world.facts}).items():
                if holder.get(name) is not None:
                    changed[place][name] = _moved(holder[name], declared[name], orders)
        conditions = dataclasses.replace(conditions, **changed["conditions"])
        facts = world.facts | changed["facts"]
        world = dataclasses.replace(world, **changed["world"], conditions=conditions, facts=facts)
        return world if self.by_hand is None else self.by_hand(world, pair)


def _moved(array: Any, axes: Sequence[str], orders: Mapping[str, Integers]) -> Any:
    """An array with the named axes in another order; others may come before them."""
    for position, axis in enumerate(axes, array.ndim - len(axes)):
        if axis == "vendor" and "vendor" in orders:
            shape = [1] * array.ndim
            shape[array.ndim - len(axes) + axes.index("domain")], shape[position] = orders["vendor"].shape
            array = np.take_along_axis(array, orders["vendor"].reshape(shape), axis=position)
        elif axis in orders:
            array = array.take(orders[axis], axis=position)
    return array


def pair_of(world: World, one: str, other: str) -> Pair:
    """The permutations of two sponsors: themselves, their vendors by size in each domain, and their largest
    home economies.

    Raises InputError for twice the same.
    """
    if one == other:
        raise unusable("sponsors", found=(one, other), allowed="two different ones")
    places = [world.sponsors.index(one), world.sponsors.index(other)]
    country, gdp = np.arange(len(world.countries)), world.conditions.gdp[0]
    homes = [np.flatnonzero(world.home[:, h]) for h in places]
    if all(len(home) for home in homes):
        a, b = (int(home[np.argmax(gdp[home])]) for home in homes)
        country[[a, b]] = b, a
    # vendors by their base in all domains, and their offers by that in each
    size = np.asarray(world.facts.get("base_share", np.zeros(world.slot_vendor.shape)))
    slot, vendor = np.tile(np.arange(world.shape[2]), (world.shape[0], 1)), np.arange(len(world.vendors) + 1)
    vendor[-1] = -1
    whole = np.bincount(world.slot_vendor.ravel() + 1, size.ravel(), len(vendor))[1:]
    theirs = [(world.slot_sponsor == h) & (world.slot_vendor >= 0) for h in places]
    firms = [np.unique(world.slot_vendor[mine]) for mine in theirs]
    for a, b in zip(*(who[np.argsort(-whole[who], kind="stable")] for who in firms), strict=False):
        vendor[[a, b]] = b, a
    for d in range(len(slot)):
        offers = [np.flatnonzero(mine[d]) for mine in theirs]
        for a, b in zip(*(who[np.argsort(-size[d, who], kind="stable")] for who in offers), strict=False):
            slot[d, [a, b]] = b, a
    return Pair(_exchanged(len(world.sponsors) + 1, places), vendor, slot, country)


def _exchanged(n: int, places: list[int]) -> Integers:
    """The order of n places in which those named are exchanged."""
    order = np.arange(n)
    order[places] = places[::-1]
    return order


def _owners(world: World, pair: Pair) -> World:
    """Swap the owners of vendors; names, and so their shocks, stay."""
    vendor, sponsor = pair.vendor[world.slot_vendor], pair.sponsor[world.slot_sponsor]
    return dataclasses.replace(world, slot_vendor=vendor, slot_sponsor=sponsor)


def _seats(world: World, pair: Pair) -> World:
    """Vendors of one are as far from home in each other's places as those of the other."""
    home = np.take_along_axis(world.slot_home, pair.slot, axis=-1)
    return dataclasses.replace(world, slot_home=np.where(home >= 0, pair.country[home], -1))


def _first(world: World, pair: Pair) -> World:
    """Swap the first year's incumbents on record, beside shares of the base."""
    lots, facts = world.lots, dict(world.facts)
    recorded = np.where(lots.recorded >= 0, pair.slot[lots.domain, lots.recorded], -1)
    if "anchor_sponsor" in facts:
        facts["anchor_sponsor"] = pair.sponsor[facts["anchor_sponsor"]]
    if "landings" in facts and world.routes is not None:
        facts["landings"] = facts["landings"][..., pair.country, :][..., pair.slot[world.routes.domain]]
    return dataclasses.replace(world, lots=dataclasses.replace(lots, recorded=recorded), facts=facts)


def _signed(world: World, pair: Pair) -> World:
    """Each has the other's contracts on record."""
    signed, of_lot = world.contracts, world.lots.domain
    tenders, held = signed.tenders.copy(), signed.held.copy()
    for rows in (tenders, held):
        rows[:, -1] = pair.slot[of_lot[rows[:, 1]], rows[:, -1]]
    return dataclasses.replace(world, contracts=Contracts(tenders, held, signed.generation))


def _lenders(world: World, pair: Pair) -> World:
    """Each has the other's lenders, with their money and their terms."""
    lenders = dataclasses.replace(world.lenders, sponsor=pair.sponsor[world.lenders.sponsor])
    return dataclasses.replace(world, lenders=lenders)


def _votes(world: World, pair: Pair) -> World:
    """The home economies have each other's votes in the bodies."""
    bodies = tuple(
        dataclasses.replace(b, weight=b.weight[pair.country], firm_weight=b.firm_weight[pair.country])
        for b in world.bodies
    )
    return dataclasses.replace(world, bodies=bodies)


def _place(world: World, pair: Pair) -> World:
    """The home economies have each other's neighbours."""
    return dataclasses.replace(world, influence=world.influence.take(pair.country))


def venues_swapped(world: World, one: str, other: str) -> World:
    """The world in which two bodies swap their domains.  Raises InputError for an unknown body."""
    places = [world.body_names.index(world.code_of("body", name, "body")) for name in (one, other)]
    order = _exchanged(len(world.bodies), places)
    mandate = world.conditions.mandate[:, order]
    return dataclasses.replace(world, conditions=dataclasses.replace(world.conditions, mandate=mandate))


#: All inputs in which two sponsors may differ.
INPUTS: dict[str, Input] = {
    "whose vendors": Input("sponsor", "vendors/sponsor", by_hand=_owners),
    "home states": Input("sponsor country", "sponsors/home memberships/from", "home law"),
    "concern": Input("sponsor country", "disputes/concern sponsors/concern_of_allies", "concern"),
    "votes with the rival": Input("sponsor country", "sponsors/rival affinity/usa", "rival_votes rivals"),
    "affinity": Input("sponsor country", "affinity/usa", "affinity"),
    "salience": Input("sponsor", "salience/salience", "salience salience_until"),
    "standard family": Input("sponsor", "sponsors/home_standard owners/share", "family owners proposal_mix"),
    "push for the family": Input("sponsor", "standard_push/push", "standard_push"),
    "effort in bodies": Input("sponsor", "efforts/effort", "effort"),
    "contributions": Input("sponsor", "contributions/share", "contribution"),
    "usual sales": Input("sponsor", "sales_path/share", "sales_path"),
    "market barriers": Input("sponsor country", "market_barriers/sponsor", "barrier"),
    "data rules": Input("sponsor", "sponsors/individual_rights sponsors/state_control", "rule_distance"),
    "policies of the baseline": Input(
        "sponsor vendor country", "",
        "pressure restriction_order phase_out_years compliance_cost compatibility training purchase_subsidy",
    ),
    "decisions on record": Input("sponsor country", "restrictions/kind", "recorded_orders"),
    "contracts on record": Input("vendor", "contracts/vendor", by_hand=_signed),
    "lenders": Input(
        "sponsor", "envelopes/envelope lenders/sponsor loans/amount",
        "recorded_instalments first_instalments", _lenders,
    ),
    "first movers": Input(
        "vendor country", "offers/initial_base_share anchors/share users_base/share landings/cables",
        "base_share users_base adoption installed anchor_mask", _first,
    ),
    "year of entry": Input("vendor", "offers/entry_year", "slot_entry"),
    "generations before others": Input("vendor", "", "generation_lead"),
    "technology cost": Input("vendor", "offers/relative_cost", "initial_cost cost_factor"),
    "learned volume": Input("vendor", "offers/initial_volume", "initial_volume"),
    "quality": Input(
        "vendor", "quality/quality quality_drifts/half quality_drifts/twice",
        "quality_path quality_trend quality_half quality_twice quality_uncertain quality_sponsor "
        "quality_sponsor_trend",
    ),
    "state support": Input("vendor", "support/share", "state_support"),
    "service areas": Input("vendor country", "areas/scope", "served"),
    "events and presence": Input("vendor country", "events/utility", "place_utility"),
    "seats and partners": Input("vendor country", "vendors/home partners/stake", "home_part", _seats),
    "bonus at home": Input("vendor", "offers/home_bonus", "home_bonus"),
    "pull and projects": Input(
        "vendor", "domains/own_pull offers/length_slope offers/adoption_rate vendors/kind",
        "own_pull length_slope adoption_rate is_local",
    ),
    "lasting tastes": Input("vendor country", "", "taste"),
    "standards at the start": Input("vendor", "initial_compliance/share", "initial_compliance"),
    "size of the home economy": Input(
        "country", "economy/gdp market_weights/factor",
        "market_size gdp log_income coverage launch_year roll_out_years borrowing_rate building_pace",
    ),
    "allies and neighbours of home": Input(
        "country", "memberships/from countries/capital_latitude", "allies", _place,
    ),
    "votes of home in bodies": Input("country", "members/weight countries/polity_score", "democracy", _votes),
}  # fmt: skip
