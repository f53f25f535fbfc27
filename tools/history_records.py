"""What is recorded of shares, place by place, and what runs say of the same.

Rows that are kept aside (``split``) are not read.  Quarters stand for a year that is not known as a whole.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.record import TOGETHER as SEVERAL
from lockin_sim.record import Question
from lockin_sim.record.facts import BY_NUMBER, NETWORKS
from lockin_sim.record.questions import View
from lockin_sim.record.questions import answers as answered
from lockin_sim.record.tables import by_maker
from lockin_sim.record.tables import with_places as with_scopes
from lockin_sim.world import World, records
from lockin_sim.world.schema import read_table

MOBILE = "mobile_network"
WHOLE = ("FY", "all")

#: Places of the record that no group of the world or of a hindcast stands for.
LISTS = {
    "ASEAN": ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"),
    "East_Africa": ("BDI", "ETH", "KEN", "RWA", "TZA", "UGA"),
    "IDN_VNM_PHL_THA": ("IDN", "VNM", "PHL", "THA"),
    "North_America": ("CAN", "USA"),
}
#: The same of regions of the United Nations and market regions.
TOGETHER = {"Middle_East_and_Africa": ("africa", "gulf_middle_east")}


class Told(NamedTuple):
    """One recorded share of one vendor, or of several together.

    whole  whether a publisher gives the whole of a year
    """

    question: Question
    share: float
    whole: bool
    source: str


def with_places(world: World) -> World:
    """The world with a group for every place of the record; groups change nothing but what is measured."""
    wide = with_scopes(world)
    region = dict(zip(*_regions(), strict=True))
    masks = {name: np.isin(world.countries, members) for name, members in LISTS.items()}
    for name, members in TOGETHER.items():
        masks[name] = np.array([region[c] in members for c in world.countries])
    singly = {str(c) for c in records("observations")["scope"].tolist()} & {*world.countries}
    masks |= {c: np.isin(world.countries, [c]) for c in sorted(singly - {*wide.groups})}
    shape = len(world.domains), len(world.countries)
    more = {name: np.broadcast_to(mask, shape) for name, mask in masks.items()}
    return dataclasses.replace(wide, groups={**wide.groups, **more})


def shares(world: World) -> list[Told]:
    """All recorded shares that may be fitted to and that runs of the world have an answer to."""
    table = records("observations")
    usable = (table["split"] == "fit") & np.isin(table["measure"], ["sales", "base"])
    usable &= (table["domain"] != MOBILE) | np.isin(table["segment"], NETWORKS)
    usable &= (table["segment"] != BY_NUMBER) & (table["year"] > world.first_year + 1)
    keys = ("domain", "scope", "year", "segment", "source", "measure")
    markets: dict[tuple[str, ...], dict[str, dict[str, float]]] = {}
    for row in np.flatnonzero(usable):
        key = tuple(table[name][row].item() for name in keys)
        of_period = markets.setdefault(key, {}).setdefault(str(table["period"][row]), {})
        of_period[str(table["vendor"][row])] = float(table["share"][row])
    return [told for key, periods in markets.items() for told in _of_market(world, key, periods)]


def _of_market(world: World, key: tuple[str, ...], periods: dict[str, dict[str, float]]) -> list[Told]:
    """Shares of one place, year and publisher, by vendors that the model has."""
    domain, place, year, _, source, measure = key
    if place not in world.groups and place not in ("world", *world.countries):
        return []
    d = world.domains.index(domain)
    offered = {world.vendors[v] for v in world.slot_vendor[d] if v >= 0}
    chosen = {p: s for p, s in periods.items() if p in WHOLE} or periods
    known: dict[tuple[str, ...], list[float]] = {}
    for of_vendors in chosen.values():
        for vendor, share in by_maker(of_vendors).items():
            members = tuple(v for v in SEVERAL.get(vendor, (vendor,)) if v in offered)
            if members:
                known.setdefault(members, []).append(share)
    whole = any(period in WHOLE for period in chosen)
    return [
        Told(Question(measure, domain, place, int(year), members), float(np.mean(values)), whole, source)
        for members, values in known.items()
    ]


def answers(view: View, asked: list[Told]) -> Floats:
    """What each run says.  (run, fact)."""
    return answered(view, tuple(told.question for told in asked))


def _regions() -> tuple[list[str], list[str]]:
    """Economies and their market regions."""
    table = read_table("countries")
    return list(table.labels), table["market_region"].tolist()
