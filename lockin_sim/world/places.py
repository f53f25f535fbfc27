"""Where offers are: service areas, homes and partners abroad, events and presence on record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world.groups import scope
from lockin_sim.world.layout import Index, Slots, lasting
from lockin_sim.world.selling import own_offers
from lockin_sim.world.tables import Table


def own_systems(t: dict[str, Table], slots: Slots, home: Bools, law: Bools) -> Bools:
    """States whose sponsor stands behind a system, or whose law a family of rules is.  law  (..., country,
    sponsor), whose rules are law.  Returns (..., domain, country, vendor)."""
    adopters: Bools = t["domains"]["buyer"] == "adopters"
    mine = own_offers(home, law, slots.sponsor, t["domains"]["enacted"])
    there: Bools = adopters[:, None, None] & (slots.vendor >= 0)[:, None]
    return mine & there


def foreign_rules(t: dict[str, Table], slots: Slots, home: Bools, law: Bools) -> Bools:
    """Laws of others in states that have a family of their own: no sponsor passes another's.  law as above.
    (..., domain, country, vendor)."""
    own, enacted = own_systems(t, slots, home, law), t["domains"]["enacted"]
    foreign: Bools = own.any(axis=-1, keepdims=True) & ~own & enacted[:, None, None]
    return foreign


def served(
    t: dict[str, Table], index: Index, slots: Slots, home: Bools, law: Bools, years: Integers
) -> Bools:
    """Whether a country lies in the service area of an offer; one without listed areas serves all, but for
    the laws of others in a sponsor's own states.  (year, domain, country, vendor).

    law  (year, country, sponsor), whose rules are law
    """
    table, (domain, width) = t["areas"], slots.vendor.shape
    area = np.ones((len(years), domain, len(index["countries"]), width), dtype=bool)
    places = [_slot(slots, table, row) for row in range(len(table.labels))]
    for d, v in places:
        area[:, d, :, v] = False
    for row, (d, v) in enumerate(places):
        area[:, d, :, v] |= lasting(years, table, row)[:, None] & scope(t, str(table["scope"][row]))
    return area & ~foreign_rules(t, slots, home, law)


def home_part(t: dict[str, Table], index: Index, slots: Slots, home: Bools, years: Integers) -> Floats:
    """How far an offer is at home: 1 in its home country, for jurisdictions without one in all states of
    the sponsor, and for local suppliers everywhere; a partner's stake abroad; else 0.
    (year, domain, country, vendor)."""
    country = np.arange(len(index["countries"]))[:, None]
    none = np.zeros((len(country), 1), dtype=bool)
    jurisdictions = np.concatenate([home, none], axis=1)[:, slots.sponsor].swapaxes(0, 1)
    seat = np.where(slots.home[:, None] >= 0, slots.home[:, None] == country, jurisdictions)
    own = (seat | slots.local[:, None]).astype(float)
    part = np.repeat(own[None], len(years), axis=0)
    table = t["partners"]
    for row, code in enumerate(table["iso3"]):
        d, v = _slot(slots, table, row)
        i = index["countries"][code]
        stake = table["stake"][row] * lasting(years, table, row)
        part[:, d, i, v] = np.maximum(part[:, d, i, v], stake)
    return part


def place_utility(t: dict[str, Table], index: Index, slots: Slots, years: Integers) -> Floats:
    """Events and presence on record, added up.  (year, domain, country, vendor), utility units."""
    table, (domain, width) = t["events"], slots.vendor.shape
    utility = np.zeros((len(years), domain, len(index["countries"]), width))
    for row in range(len(table.labels)):
        added = table["utility"][row] * lasting(years, table, row)
        cells = added[:, None] * scope(t, str(table["scope"][row]))
        for d, v in _meant(index, slots, table, row):
            utility[:, d, :, v] += cells
    return utility


def _slot(slots: Slots, table: Table, row: int) -> tuple[int, int]:
    """Domain and slot of the offer that a row names; the loader has checked that there is one."""
    return slots.at[str(table["domain"][row]), str(table["vendor"][row])]


def _meant(index: Index, slots: Slots, table: Table, row: int) -> Iterator[tuple[int, int]]:
    """Slots of the vendor, or of all vendors of the sponsor, that an event names."""
    if table["vendor"][row]:
        yield _slot(slots, table, row)
        return
    d, h = index["domains"][table["domain"][row]], index["sponsors"][table["sponsor"][row]]
    for v in np.flatnonzero(slots.sponsor[d] == h):
        yield d, int(v)
