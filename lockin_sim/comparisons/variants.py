"""List mechanisms that studies switch off, and alternative assumptions, from ``data/variants.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import LEAD, Bools, Floats
from lockin_sim.common.draws import Draws, label_keys
from lockin_sim.common.errors import unusable
from lockin_sim.common.files import read_toml
from lockin_sim.common.values import number
from lockin_sim.world import World
from lockin_sim.world.contracts import shift_contract_years
from lockin_sim.world.schema import DATA


class Variant(NamedTuple):
    """Variant of the model or the world.

    title     in print
    source    of its numbers: "neutral", "range", "estimated", "contracts" or "assumed"; "" without numbers
    settings  parameters by name
    history   as in :func:`lockin_sim.simulate`; "" = the history of the study
    needs     of a cut: parameter without which the cut has no effect; "" if the cut always has an effect
    parts     of a corner: the rows that it combines
    after     whether the settings hold only after the event under study has ended
    draws     of a structure: whether the bundled calibration has draws of its own for it
    moved     of a structure: whether contracts on record are moved by a year at most, at random
    """

    title: str
    source: str = ""
    settings: Mapping[str, float] = {}
    history: str = ""
    needs: str = ""
    parts: tuple[str, ...] = ()
    after: bool = False
    draws: bool = False
    moved: bool = False


def _build_variants(table: Mapping[str, Mapping[str, object]]) -> dict[str, Variant]:
    """Build the variants of one study by name; a corner also takes the settings of its parts."""
    rows: dict[str, Variant] = {}
    for name, row in table.items():
        one = Variant(**row)  # type: ignore[arg-type]  # bundled file
        together = {key: value for part in one.parts for key, value in rows[part].settings.items()}
        rows[name] = one._replace(parts=tuple(one.parts), settings={**together, **one.settings})
    return rows


#: Variants by study and name, in the order of the table.
VARIANTS: Mapping[str, Mapping[str, Variant]] = {
    study: _build_variants(table) for study, table in read_toml(DATA / "variants.toml").items()
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


# --- worlds with a first mover, and with other contract years ---

#: Smallest share of the base that is a lead.
SMALLEST_LEAD = 1e-6

#: Seed of the years by which contracts on record are moved.
MOVES = 2019


def mask_markets_abroad(world: World, sponsor: str, group: str = "world") -> Bools:
    """Mask the markets of a group outside the sponsor's home states, except in domains of adopters.

    (domain, country), vendors exclude one another there.  Raises InputError for an unknown sponsor or group.
    """
    sponsor, group = world.code_of("sponsor", sponsor, "sponsor"), world.code_of("group", group, "group")
    exclusive = np.array([who != "adopters" for who in world.buyer])
    abroad = ~world.home[:, world.sponsors.index(sponsor)]
    mask: Bools = world.group_masks[world.group_names.index(group)] & abroad & exclusive[:, None]
    return mask


def with_lead(world: World, sponsor: str, share: float = LEAD, group: str = "world") -> World:
    """Return a world in which a sponsor's vendors own part of the equipment built abroad by the first year.

    share   part of the base: of lots by chance in each run, of users and landings exactly
    group   group of markets; the sponsor's vendors divide the lead there in proportion to their bases in the
            world, or equally without any base; where no vendor of the sponsor sells there is no lead
    Raises InputError for an unknown name, a share outside (0, 1], or a group without a market for the lead.
    """
    share = number("share", share, allowed="a number above 0, 1 at most", low=SMALLEST_LEAD, high=1.0)
    mine = mask_sponsor_offers(world, sponsor)
    now = world.conditions.at(0)
    sold = world.offered(world.first_year, now.served, now.barrier) & mine[:, None]
    base = np.asarray(world.facts.get("base_share", np.zeros(mine.shape)))[:, None] * sold
    weight = np.where(base.sum(axis=-1, keepdims=True) > 0, base, sold)
    total = weight.sum(axis=-1, keepdims=True)
    part = np.divide(weight, total, out=np.zeros(weight.shape), where=total > 0)
    lead: Floats = share * mask_markets_abroad(world, sponsor, group)[..., None] * part
    if not lead.any():
        raise unusable("group", found=group, allowed=f"one with markets abroad in which {sponsor} sells")
    return dataclasses.replace(world, facts=world.facts | {"lead": lead, "recorded": world})


def with_moved_contracts(world: World) -> World:
    """Return a world whose contracts are moved by -1, 0 or +1 year, with equal chances."""
    tenders, lots = world.contracts.tenders, world.lots
    years = label_keys([str(year) for year in tenders[:, 0].tolist()])
    luck = Draws(MOVES, np.zeros(1, dtype=int))
    shock = luck.uniform(luck.stream("contract year")[:, None], world.operator_keys[tenders[:, 1]] ^ years)[0]
    by = np.minimum((3 * shock).astype(int), 2) - 1
    moved = shift_contract_years(
        world.contracts, by, lots.operator, first=world.first_year, last=world.present
    )
    before = world.facts.get("contracts_before", world.contracts)
    return dataclasses.replace(world, contracts=moved, facts=world.facts | {"contracts_before": before})


def mask_sponsor_offers(world: World, sponsor: str) -> Bools:
    """Mask the offers of a sponsor's vendors.  (domain, vendor).

    Raises InputError for an unknown sponsor.
    """
    sponsor = world.code_of("sponsor", sponsor, "sponsor")
    mine: Bools = (world.slot_sponsor == world.sponsors.index(sponsor)) & (world.slot_vendor >= 0)
    return mine
