"""Mechanisms that studies switch off, and alternative assumptions: the rows of ``data/variants.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import LEAD, Bools, Floats
from lockin_sim.errors import unusable
from lockin_sim.files import toml_of
from lockin_sim.histories import PRIOR
from lockin_sim.scenario import Scenario
from lockin_sim.studies.contrast import Arm
from lockin_sim.values import number
from lockin_sim.world import World
from lockin_sim.world.schema import DATA


class Variant(NamedTuple):
    """A variant of the model or the world.

    title     in print
    source    of its numbers: "neutral", "range", "estimated", "contracts" or "assumed"; "" without any
    settings  parameters by name
    world     arrays of the world set to one number, by name
    scenario  replaces the baseline
    lead      share of what was built abroad that the vendors under study own
    history   as in :func:`lockin_sim.simulate`; "" = that of the study
    needs     of a cut: the parameter without which it has no effect; "" if it always has one
    parts     of a corner: the rows that it combines
    after     whether the settings hold only after what is studied has ended
    """

    title: str
    source: str = ""
    settings: Mapping[str, float] = {}
    world: Mapping[str, float] = {}
    scenario: str = "baseline"
    lead: float = 0.0
    history: str = ""
    needs: str = ""
    parts: tuple[str, ...] = ()
    after: bool = False

    def arm(self, scenario: Scenario, world: World, own: World | None = None) -> Arm:
        """A scenario under this variant.  own: its own world, if it is not that of the study"""
        if self.world:
            base = world if own is None else own
            arrays = {name: np.full_like(getattr(base, name), value) for name, value in self.world.items()}
            own = dataclasses.replace(base, **arrays, facts={"recorded": base} | base.facts)
        return Arm(scenario, self.settings, own, self.history or PRIOR)


def _rows(table: Mapping[str, Mapping[str, object]]) -> dict[str, Variant]:
    """Variants of one study by name; a corner has the settings of its parts."""
    rows: dict[str, Variant] = {}
    for name, row in table.items():
        one = Variant(**row)  # type: ignore[arg-type]  # bundled file
        together = {key: value for part in one.parts for key, value in rows[part].settings.items()}
        rows[name] = one._replace(parts=tuple(one.parts), settings={**together, **one.settings})
    return rows


#: Variants by study and name, in the order of the table.
VARIANTS: Mapping[str, Mapping[str, Variant]] = {
    study: _rows(table) for study, table in toml_of(DATA / "variants.toml").items()
}

#: Structural alternatives; the name of the declared model, and that of estimated parameters drawn by run.
ALTERNATIVES = VARIANTS["alternatives"]
DEFAULT, DRAWN = "default", "drawn"

#: Alternatives that combine several.
CORNERS = {name: one for name, one in ALTERNATIVES.items() if one.parts}

#: That of states which prescribe standards on their own: shown beside the default, and never part of it.
REGULATORS = "regulators"

#: Default alternatives of a chain.
USUAL = (DEFAULT, REGULATORS, *CORNERS)

#: Those of the model's structure.  The others draw parameters, as a posterior already does, or change
#: histories, to which a posterior is fitted.
STRUCTURAL = {name: one for name, one in ALTERNATIVES.items() if not one.history and name != DRAWN}


# --- worlds and scenarios with a first mover ---


#: Bounds of the cost factor of the lever of industrial policy.
_COST = (0.5, 2.0)


def markets_abroad(world: World, sponsor: str, group: str = "world") -> Bools:
    """Markets of a group outside the sponsor's home states, where vendors exclude one another.  (domain,
    country)

    Raises InputError for an unknown sponsor or group.
    """
    sponsor, group = world.code_of("sponsor", sponsor, "sponsor"), world.code_of("group", group, "group")
    exclusive = np.array([who != "adopters" for who in world.buyer])
    abroad = ~world.home[:, world.sponsors.index(sponsor)]
    mask: Bools = world.group_masks[world.group_names.index(group)] & abroad & exclusive[:, None]
    return mask


def with_lead(world: World, sponsor: str, share: float = LEAD, group: str = "world") -> World:
    """The world in which a sponsor's vendors own part of what was built abroad by the first year.

    share   part of the base: of lots by chance in each run, of users and landings exactly
    group   group of markets; the sponsor's vendors share the lead there in proportion to their bases in the
            world, or equally if they have none; where none of them sells there is no lead
    Raises InputError for an unknown name, or a share outside 0 to 1.
    """
    share = number("share", share, allowed="a number from 0 to 1", low=0.0, high=1.0)
    mine = offers_of(world, sponsor)
    now = world.conditions.at(0)
    sold = world.offered(world.first_year, now.served, now.barrier) & mine[:, None]
    base = np.asarray(world.facts.get("base_share", np.zeros(mine.shape)))[:, None] * sold
    weight = np.where(base.sum(axis=-1, keepdims=True) > 0, base, sold)
    total = weight.sum(axis=-1, keepdims=True)
    part = np.divide(weight, total, out=np.zeros(weight.shape), where=total > 0)
    lead: Floats = share * markets_abroad(world, sponsor, group)[..., None] * part
    return dataclasses.replace(world, facts=world.facts | {"lead": lead, "recorded": world})


def entering_late(world: World, sponsor: str, years: int = 10, group: str = "world") -> World:
    """The world in which a sponsor's vendors enter foreign markets some years later, with no base there
    until then.

    Their base of the first year goes to the other vendors there; their home markets stay unchanged.
    Raises InputError for an unknown name, or a number of years below 1 or beyond what is recorded.
    """
    most = len(world.conditions.years) - 1
    if not 1 <= years <= most:
        raise unusable("years of delay", found=years, allowed=f"a number from 1 to {most}")
    gone = markets_abroad(world, sponsor, group)[..., None] & offers_of(world, sponsor)[:, None]
    draft = world.conditions.draft()
    draft.served[1:years] &= ~gone  # the first year's constants are those of the record
    return dataclasses.replace(
        world, conditions=draft.finished(), facts=world.facts | {"absent": gone, "recorded": world}
    )


def advantage_ends(world: World, scenario: Scenario, sponsor: str, year: int) -> Scenario:
    """The scenario in which a sponsor's vendors lose their price advantage in a year, permanently.

    Costs below the industry's of the first year rise to it, and state support stops.  Learning stays.
    """
    name, support = f"advantage of {sponsor} ends in {year}", f"sponsor:{sponsor}"
    ended = scenario.with_lever("state_support", support, from_=year, name=name, scale=0.0)
    cheaper = offers_of(world, sponsor) & (world.initial_cost < 1.0)
    for d, v in np.argwhere(cheaper):
        target = f"{world.vendors[world.slot_vendor[d, v]]}/{world.domains[d]}"
        factor = min(1.0 / float(world.initial_cost[d, v]), _COST[1])
        ended = ended.with_lever("industrial_policy", target, from_=year, cost=factor)
    return ended


def offers_of(world: World, sponsor: str) -> Bools:
    """Offers of a sponsor's vendors.  (domain, vendor)  Raises InputError for an unknown sponsor."""
    sponsor = world.code_of("sponsor", sponsor, "sponsor")
    mine: Bools = (world.slot_sponsor == world.sponsors.index(sponsor)) & (world.slot_vendor >= 0)
    return mine
