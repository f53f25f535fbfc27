"""Projects that land in several economies: their routes, and what had landed by the first year."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.world.economy import Economy
from lockin_sim.world.influence import great_circle
from lockin_sim.world.layout import Index, Slots
from lockin_sim.world.markets import Routes
from lockin_sim.world.tables import Table


def _coast(t: dict[str, Table], gdp: Floats) -> Floats:
    """GDP of coastal economies to a power, 0 for landlocked ones.  (country,)."""
    sea: Bools = ~t["countries"]["landlocked"]
    coast: Floats = sea * gdp ** t["projects"]["coast_exponent"][0]
    return coast


def routes(t: dict[str, Table], index: Index, economy: Economy) -> Routes | None:
    """Where projects land, by the GDP of the first year; None where no domain is bought by projects.

    A first landing goes with the GDP of coastal economies to a power; a further one also falls
    exponentially with the distance from the first.
    """
    table, countries = t["projects"], t["countries"]
    if not table.labels:
        return None
    coast = _coast(t, economy.gdp[0])
    distance = great_circle(countries["capital_latitude"], countries["capital_longitude"])
    further = coast * np.exp(-distance / table["decay_km"][0])
    np.fill_diagonal(further, 0.0)
    further = further * (coast > 0)[:, None]
    np.fill_diagonal(distance, table["own_km"][0])
    return Routes(
        domain=index["domains"][str(table["domain"][0])],
        yearly=int(table["yearly"][0]),
        count=np.array([table[number][0] for number in ("one", "two", "three", "four")]),
        first=coast / coast.sum(),
        further=further / np.maximum(further.sum(axis=1, keepdims=True), 1e-300),
        distance=distance,
    )


def landings(t: dict[str, Table], index: Index, slots: Slots, economy: Economy) -> Floats:
    """Projects landed by the first year, by supplier.  (country, vendor).

    As recorded; an economy without a record has as many as its GDP lets expect, none if landlocked, with
    the suppliers of its market region, or of the world where the region has no record (assumed).
    """
    table = t["landings"]
    landed = np.zeros((len(index["countries"]), slots.vendor.shape[1]))
    if not t["projects"].labels:
        return landed
    domain = str(t["projects"]["domain"][0])
    for code, vendor, cables in zip(table["iso3"], table["vendor"], table["cables"], strict=True):
        landed[index["countries"][code], slots.at[domain, str(vendor)][1]] += cables
    recorded = landed.sum(axis=1) > 0
    coast = _coast(t, economy.gdp[0])
    expected = coast * landed.sum() / coast[recorded].sum()
    region = t["countries"]["market_region"]
    for i in np.flatnonzero(~recorded):
        near = landed[recorded & (region == region[i])].sum(axis=0)
        near = near if near.sum() > 0 else landed[recorded].sum(axis=0)
        landed[i] = expected[i] * near / near.sum()
    return landed
