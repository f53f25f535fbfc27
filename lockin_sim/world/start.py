"""Facts that only the initial state needs: what was deployed in the first year, and whose."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from lockin_sim.conventions import Bools, Floats
from lockin_sim.world.economy import Economy
from lockin_sim.world.layout import Index, Slots
from lockin_sim.world.places import foreign_rules, own_systems
from lockin_sim.world.projects import landings
from lockin_sim.world.tables import Table


def facts(
    t: dict[str, Table],
    index: Index,
    slots: Slots,
    economy: Economy,
    home: Bools,
    law: Bools,
    coverage: Floats,
    first: int,
) -> dict[str, Any]:
    """By name; see the fields of the table beside each.  first: the year of the initial state;
    law  (country, sponsor), whose rules are law then.

    coverage     (domain, country), share of capacity deployed
    base_share   (domain, vendor), share of the world's installed base by value, 0 where adopters decide
    anchor_*     (anchor,): domain, sponsor, and the share of its vendors in the countries of anchor_mask,
                 (anchor, country)
    users_base   (domain, country, vendor), shares of users, NaN where not known
    landings     (country, vendor), projects landed, by supplier
    adoption     (domain, country, vendor), where adopters decide: share, or chance that a law is in force
    """
    anchors = t["anchors"]
    return {
        "coverage": coverage,
        "base_share": slots.numbers["initial_base_share"],
        "anchor_domain": np.array([index["domains"][d] for d in anchors["domain"]], dtype=int),
        "anchor_sponsor": np.array([index["sponsors"][h] for h in anchors["sponsor"]], dtype=int),
        "anchor_share": anchors["share"].astype(float),
        "anchor_mask": anchors["market_region"][:, None] == t["countries"]["market_region"],
        "users_base": _users(t["users_base"], index, slots),
        "landings": landings(t, index, slots, economy),
        "adoption": _adoption(t, slots, home, law, economy.log_income[0], first),
    }


def _users(table: Table, index: Index, slots: Slots) -> Floats:
    """Shares of users; where those listed of an economy sum to one, other vendors have none."""
    domain, width = slots.vendor.shape
    shares = np.full((domain, len(index["countries"]), width), np.nan)
    for row, share in enumerate(table["share"]):
        d, v = slots.at[str(table["domain"][row]), str(table["vendor"][row])]
        shares[d, index["countries"][str(table["iso3"][row])], v] = share
    complete = np.abs(np.nansum(shares, axis=-1, keepdims=True) - 1.0) < 1e-6
    return np.where(complete & np.isnan(shares), 0.0, shares)


def _adoption(
    t: dict[str, Table], slots: Slots, home: Bools, law: Bools, log_income: Floats, first: int
) -> Floats:
    """Own states have their system from its first year on; others as listed: the same level everywhere, or a
    logistic curve in log income with the listed mean over all economies, own states included, and 0 where
    a sponsor has laws of its own."""
    table, own, foreign = t["adoption"], own_systems(t, slots, home, law), foreign_rules(t, slots, home, law)
    adopted = np.where(own & (slots.entry <= first)[:, None], 1.0, 0.0)
    for row, level in enumerate(table["level"]):
        d, v = slots.at[str(table["domain"][row]), str(table["vendor"][row])]
        chance = np.full(len(log_income), float(level))
        if table["kind"][row] == "mean":
            slope = table["income_slope"][row] * log_income
            chance = expit(_intercept(slope, own[d, :, v], foreign[d, :, v], float(level)) + slope)
            chance = np.where(foreign[d, :, v], 0.0, chance)
        adopted[d, :, v] = np.where(own[d, :, v], adopted[d, :, v], chance)
    return adopted


def _intercept(slope: Floats, own: Bools, never: Bools, mean: float) -> float:
    """Level of a logistic curve at which the mean over all economies is right."""

    def gap(level: float) -> float:
        """How far the mean over all economies is from what it should be."""
        return float(np.where(own, 1.0, np.where(never, 0.0, expit(level + slope))).mean() - mean)

    return float(brentq(gap, -50.0, 50.0))
