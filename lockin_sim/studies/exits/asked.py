"""What an exit plan is asked: of which economy, whom to leave, when, and with which suppliers known."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER, Bools
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.titles import scenario_title
from lockin_sim.world import World

#: Years that are followed at least.
AHEAD = 12

#: Policies that are tried where none is named, beside a cap of the economy's own.
POLICIES = ("digital_oda", "open_ran")

#: Largest share of one vendor that the cap of the economy's own allows.
CAP = 0.5


class Buyer(NamedTuple):
    """Who would leave: an operator's lot, all users of a layer, or all cables that land."""

    domain: int
    kind: str  # operator, users or project
    operator: str  # name, empty where no operator buys
    lot: int  # index among the world's lots, -1 for others
    weight: float  # share of the economy's capacity in the layer

    def label(self, world: World) -> str:
        """A name of its own: 'mobile_network/operator 1/2'."""
        domain = world.domains[self.domain]
        if self.kind != "operator":
            return f"{domain}/{'users' if self.kind == 'users' else 'cables'}"
        return f"{domain}/{world.lots.labels[self.lot]}"


def buyers_of(world: World, country: int) -> tuple[Buyer, ...]:
    """All who buy in an economy, in the order of the layers."""
    found: list[Buyer] = []
    for d, kind in enumerate(world.buyer):
        if kind == "operator":
            lots = np.flatnonzero((world.lots.domain == d) & (world.lots.country == country))
            found += [
                Buyer(d, kind, world.lots.operators[world.lots.operator[j]], j, float(world.lots.weight[j]))
                for j in lots.tolist()
            ]
        elif kind != "adopters":
            found.append(Buyer(d, kind, "", -1, 1.0))
    return tuple(found)


def country_of(world: World, label: str) -> int:
    """Position of an economy.  Raises InputError naming the nearest for any other label."""
    if label not in world.countries:
        raise unknown_name("country", found=label, known=world.countries, called=world.called)
    return world.countries.index(label)


def offers_of(world: World, leaving: str) -> Bools:
    """Offers of a vendor, or of all vendors of a sponsor, where something is bought.  (domain, vendor).

    Raises InputError for an unknown name, for local suppliers, or who sells nothing that is bought.
    """
    firms = [v for v in world.vendors if v != "local"]
    if leaving == "local":
        allowed = "a vendor or a sponsor; local suppliers are many, at home, and among whom one may turn to"
        raise unusable("leaving", found=leaving, allowed=allowed)
    if leaving not in firms and leaving not in world.sponsors:
        known = [*firms, *world.sponsors]
        raise unknown_name("leaving (a vendor or a sponsor)", found=leaving, known=known)
    if leaving in world.sponsors:
        theirs: Bools = (world.slot_sponsor == world.sponsors.index(leaving)) & (world.slot_vendor >= 0)
    else:
        theirs = world.slot_vendor == world.vendors.index(leaving)
    theirs = theirs & world.traded[:, None]
    if not theirs.any():
        raise unusable("leaving", found=leaving, allowed="who sells something that is bought")
    return theirs


def foreign(world: World, country: int) -> Bools:
    """Offers of vendors of another country and sponsor, local ones apart.  (domain, vendor)."""
    home = np.append(world.home[country], False)[world.slot_sponsor] | (world.slot_home == country)
    result: Bools = (world.slot_vendor >= 0) & ~world.is_local & ~home
    return result


def year_of(world: World, year: int | None) -> int:
    """The year of the plan; None = the first after the record.  Raises InputError outside the world."""
    if year is None:
        return min(max(world.facts_until + 1, world.first_year + 1), world.last_year - 1)
    return whole_number("year", year, least=world.first_year + 1, most=world.last_year - 1)


def last_year(world: World, country: int, year: int) -> int:
    """Last year that is followed: long enough for every lot's next generation."""
    mine = world.bought_by("operator"), country
    launch, years = world.launch_year[mine], world.roll_out_years[mine]
    following = np.where(launch >= year, launch, NEVER).min(axis=-1, initial=NEVER)
    latest = np.where(launch == following[:, None], launch + years - 1, year)[following < NEVER].max(
        initial=year
    )
    end = world.last_year if world.calendar is None else world.first_year + world.calendar.shape[-3]
    return int(min(max(year + AHEAD, latest), end))


def with_suppliers(world: World, country: int, given: Mapping[str, str], year: int) -> World:
    """The world in which some operators of an economy have a known supplier when a year begins.

    given  vendor by operator
    Raises InputError for an operator that the economy does not have, or a vendor that does not sell to it.
    """
    won = []
    buyers = [b for b in buyers_of(world, country) if b.kind == "operator"]
    for operator, vendor in given.items():
        mine = [b for b in buyers if b.operator == operator]
        if not mine:
            raise unknown_name("supplier: operator", found=operator, known={b.operator for b in buyers})
        for buyer in mine:
            slots = world.slot_vendor[buyer.domain]
            names = {world.vendors[v]: slot for slot, v in enumerate(slots.tolist()) if v >= 0}
            if vendor not in names:
                raise unknown_name(f"supplier of {operator}", found=vendor, known=names)
            won.append((year - 1, buyer.lot, names[vendor]))
    if not won:
        return world
    return dataclasses.replace(world, facts=world.facts | {"won": np.array(won)})


def policies_of(
    given: Sequence[Named] | None, world: World, country: int, years: tuple[int, int], year: int
) -> dict[str, Scenario]:
    """Policies by title, each as if it began in the year of the plan and lasted as long as it does.

    given  None = a cap on any one vendor by the economy itself, and :data:`POLICIES`
    Raises InputError for one that cannot be used, or that changes parameters.
    """
    made = {}
    if given is None:
        cap = Scenario(
            name="cap",
            title=f"A cap of {100 * CAP:.0f} % on any one vendor",
            question="What if the economy let no vendor run more than half of a sensitive layer?",
            source="half is assumed",
        ).with_lever("diversification", world.countries[country], from_=year, share_cap=CAP)
        made[cap.called] = cap
        given = POLICIES if {"EU"} <= set(world.sponsors) and "mobile_network" in world.domains else ()
    for name in given:
        policy = load_scenario(name)
        if policy.parameters:
            found = f"{policy.name}, which changes parameters"
            raise unusable("policies", found=found, allowed="scenarios of levers alone; give --parameter")
        title = scenario_title(policy.name) if policy.title == "" else policy.called
        if title in made:
            raise unusable("policies", found=f"{title} twice", allowed="each policy once")
        made[title] = _begun(policy, year)
    for policy in made.values():
        policy.conditions(world, years)  # refuses what does not fit, before anything is simulated
    return made


def _begun(policy: Scenario, year: int) -> Scenario:
    """The policy with levers that began before the year moved to it, as long as they were."""
    uses = []
    for use in policy.levers:
        late = max(0, year - use.from_)
        to = None if use.to is None else use.to + late
        uses.append(use.model_copy(update={"from_": use.from_ + late, "to": to}))
    return policy.model_copy(update={"levers": tuple(uses)})
