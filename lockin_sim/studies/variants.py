"""What studies switch off or assume otherwise: the rows of ``data/variants.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import LEAD, Bools, Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.files import toml_of
from lockin_sim.histories import PRIOR
from lockin_sim.scenario import Scenario
from lockin_sim.studies.contrast import Arm
from lockin_sim.values import number
from lockin_sim.world import World
from lockin_sim.world.schema import DATA


class Variant(NamedTuple):
    """One way to see the world.

    title     what it is called
    source    where its numbers come from: "neutral", "range" or "assumed"; "" where it has none
    settings  parameters, by name
    world     arrays of the world that are one number throughout, by name
    scenario  in place of the baseline
    lead      part of what was built abroad that the vendors under study are given
    history   as in :func:`lockin_sim.simulate`
    drawn     parameters that differ from run to run or future to future, drawn from their declared ranges
    needs     of a cut: the parameter without which it cuts nothing; "" where it always does
    parts     of a corner: rows that it puts together
    """

    title: str
    source: str = ""
    settings: Mapping[str, float] = {}
    world: Mapping[str, float] = {}
    scenario: str = "baseline"
    lead: float = 0.0
    history: str = PRIOR
    drawn: tuple[str, ...] = ()
    needs: str = ""
    parts: tuple[str, ...] = ()

    def arm(self, scenario: Scenario, world: World, own: World | None = None) -> Arm:
        """A scenario under this variant.  own: the world in which it is run, where it is not that of all."""
        if self.world:
            base = world if own is None else own
            arrays = {name: np.full_like(getattr(base, name), value) for name, value in self.world.items()}
            own = dataclasses.replace(base, **arrays, facts={"recorded": base} | base.facts)
        return Arm(scenario, self.settings, own, self.history)


def _rows(table: Mapping[str, Mapping[str, object]]) -> dict[str, Variant]:
    """Variants of one study by name; a corner has the settings of its parts, and draws what they draw."""
    rows: dict[str, Variant] = {}
    for name, row in table.items():
        one = Variant(**row)  # type: ignore[arg-type]  # a file of ours
        together = {key: value for part in one.parts for key, value in rows[part].settings.items()}
        drawn = [*one.drawn, *(key for part in one.parts for key in rows[part].drawn)]
        rows[name] = one._replace(
            parts=tuple(one.parts), settings={**together, **one.settings}, drawn=tuple(drawn)
        )
    return rows


#: By study and name, in the order of the table.
VARIANTS: Mapping[str, Mapping[str, Variant]] = {
    study: _rows(table) for study, table in toml_of(DATA / "variants.toml").items()
}

#: Structural alternatives; the model as it is declared, and the name under which estimated parameters differ
#: from run to run.
ALTERNATIVES = VARIANTS["alternatives"]
DEFAULT, DRAWN = "default", "drawn"

#: Alternatives that put several together.
CORNERS = {name: one for name, one in ALTERNATIVES.items() if one.parts}

#: Those that half of all futures are under, whichever other one they are under.
CROSSED = {name: one for name, one in ALTERNATIVES.items() if one.drawn and not one.parts}

#: What a chain is followed under unless others are named.
USUAL = (DEFAULT, *CROSSED, *CORNERS)

#: Those that say how the model is built.  The others draw parameters, or give economies another history:
#: draws of a posterior do the first, and what they fit is the history on record.
STRUCTURAL = {
    name: one for name, one in ALTERNATIVES.items()
    if one.history == PRIOR and name != DRAWN and name not in CROSSED
}  # fmt: skip


# --- worlds and scenarios in which somebody was first ---


#: Least and largest factor of cost that the lever of industrial policy takes.
_COST = (0.5, 2.0)


def markets_abroad(world: World, sponsor: str, group: str = "world") -> Bools:
    """Markets of a group outside the sponsor's home states, where vendors exclude one another.
    (domain, country).

    Raises InputError for an unknown sponsor or group.
    """
    if sponsor not in world.sponsors:
        raise unknown_name("sponsor", found=sponsor, known=world.sponsors)
    if group not in world.group_names:
        raise unknown_name("group", found=group, known=world.group_names)
    exclusive = np.array([who != "adopters" for who in world.buyer])
    abroad = ~world.home[:, world.sponsors.index(sponsor)]
    mask: Bools = world.group_masks[world.group_names.index(group)] & abroad & exclusive[:, None]
    return mask


def with_lead(world: World, sponsor: str, share: float = LEAD, group: str = "world") -> World:
    """The world in which a sponsor's vendors were given part of what was built abroad by the first year.

    share   part of what is there: of lots by chance, each run its own, of users and landings exactly
    group   group of markets; its vendors share the lead there as their bases in the world stand, or alike
            where they have none; where none of them is on sale nothing is given
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
    """The world in which a sponsor's vendors come abroad some years later, and own nothing there till then.

    What they held in the first year belongs to the others there; their home markets are as they were.
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
    """The scenario in which a sponsor's vendors lose their price advantage in a year, for good.

    Their cost, relative to the industry's in the first year, becomes 1, where it was less, and state support
    of them stops.  What they learned stays.
    """
    ended = scenario.with_lever("state_support", f"sponsor:{sponsor}", from_=year, scale=0.0)
    cheaper = offers_of(world, sponsor) & (world.initial_cost < 1.0)
    for d, v in np.argwhere(cheaper):
        target = f"{world.vendors[world.slot_vendor[d, v]]}/{world.domains[d]}"
        factor = min(1.0 / float(world.initial_cost[d, v]), _COST[1])
        ended = ended.with_lever("industrial_policy", target, from_=year, cost=factor)
    return ended.model_copy(update={"name": f"advantage of {sponsor} ends in {year}"})


def offers_of(world: World, sponsor: str) -> Bools:
    """Offers of a sponsor's vendors.  (domain, vendor).  Raises InputError for an unknown sponsor."""
    if sponsor not in world.sponsors:
        raise unknown_name("sponsor", found=sponsor, known=world.sponsors)
    mine: Bools = (world.slot_sponsor == world.sponsors.index(sponsor)) & (world.slot_vendor >= 0)
    return mine
