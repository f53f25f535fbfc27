"""Compute attributes of offers, where they are sold, and the base of the first year."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.world.demand import compute_initial_landings
from lockin_sim.world.markets import find_own_offers
from lockin_sim.world.states import coverage, economy, home, lawgivers, scope
from lockin_sim.world.table_arrays import Tables, cache_rule


@cache_rule
def own_systems(t: Tables) -> Bools:
    """Return states whose sponsor stands behind a system, or whose law a family of rules is.

    (year, domain, country, vendor).
    """
    adopters: Bools = t["domains"]["buyer"] == "adopters"
    own = find_own_offers(home(t), lawgivers(t), t.slot_sponsor, t["domains"]["enacted"])
    there: Bools = adopters[:, None, None] & (t.slot_vendor >= 0)[:, None]
    return own & there


@cache_rule
def foreign_rules(t: Tables) -> Bools:
    """Return laws of others in states with a family of their own: no sponsor passes another's.

    (year, domain, country, vendor).
    """
    own = own_systems(t)
    return own.any(axis=-1, keepdims=True) & ~own & t["domains"]["enacted"][:, None, None]


def served(t: Tables) -> Bools:
    """Return whether a country lies in the service area of an offer.  (year, domain, country, vendor).

    An offer without listed areas serves all countries, except that laws of others do not serve a sponsor's
    own states.
    """
    area, offers, lasting = _everywhere(t, True), t.offers("areas"), t.lasting("areas")
    for d, v in offers:
        area[:, d, :, v] = False
    for (d, v), years, name in zip(offers, lasting, t["areas"]["scope"].tolist(), strict=True):
        area[:, d, :, v] |= years[:, None] & scope(t, name)
    return area & ~foreign_rules(t)


def barriers(t: Tables) -> Bools:
    """Return the markets in which a sponsor's vendors do not sell, in the years of a row.

    (year, domain, country, sponsor).
    """
    columns = ("domain", "iso3", "sponsor")
    barred = np.zeros((len(t.years), *t.matrix("market_barriers", *columns).shape), dtype=bool)
    cells = zip(*(t.at("market_barriers", name) for name in columns), strict=True)
    for cell, years in zip(cells, t.lasting("market_barriers"), strict=True):
        barred[:, *cell] |= years
    return barred


def home_part(t: Tables) -> Floats:
    """Compute how far an offer is at home, 0 to 1.  (year, domain, country, vendor).

    1 in its home country, for jurisdictions without one in all states of the sponsor, and for local suppliers
    everywhere; a partner's stake abroad; else 0.
    """
    country = np.arange(t.size("countries"))[:, None]
    none = np.zeros((len(country), 1), dtype=bool)
    jurisdictions = np.concatenate([home(t), none], axis=1)[:, t.slot_sponsor].swapaxes(0, 1)
    seat = np.where(t.slot_home[:, None] >= 0, t.slot_home[:, None] == country, jurisdictions)
    own = (seat | t.is_local[:, None]).astype(float)
    part, table = np.repeat(own[None], len(t.years), axis=0), t["partners"]
    stakes = table["stake"][:, None] * t.lasting("partners")
    for (d, v), i, stake in zip(t.offers("partners"), t.at("partners", "iso3"), stakes, strict=True):
        part[:, d, i, v] = np.maximum(part[:, d, i, v], stake)
    return part


def place_utility(t: Tables) -> Floats:
    """Sum events and presence on record.  (year, domain, country, vendor), utility units."""
    table, utility = t["events"], _everywhere(t, 0.0)
    added, sponsors = table["utility"][:, None] * t.lasting("events"), t.at("events", "sponsor")
    for row, (d, v) in enumerate(t.offers("events")):
        cells = added[row][:, None] * scope(t, str(table["scope"][row]))
        for slot in [v] if v >= 0 else np.flatnonzero(t.slot_sponsor[d] == sponsors[row]):
            utility[:, d, :, slot] += cells
    return utility


def _everywhere(t: Tables, value: Any) -> NDArray[Any]:
    """Return one value for all offers.  (year, domain, country, vendor)."""
    domain, vendor = t.slot_vendor.shape
    return np.full((len(t.years), domain, t.size("countries"), vendor), value)


def quality(t: Tables) -> tuple[Floats, Floats]:
    """Compute the quality of each offer, and the addition if its last recorded level were held.

    Knots are joined by straight lines; after the last recorded one the path goes to the settled level, at
    which expected shares stand still, and stays there.  The addition is 0 until the last recorded knot.
    Both (year, domain, vendor).
    """
    table = t["quality"]
    path = np.zeros((len(t.years), *t.slot_vendor.shape))
    trend = np.zeros_like(path)
    for (d, v), rows in _rows_by_offer(t, "quality").items():
        order = np.array(rows)[np.argsort(table["year"][rows], kind="stable")]
        knots, levels = table["year"][order], table["quality"][order]
        path[:, d, v] = np.interp(t.years, knots, levels)
        record = table["kind"][order] == "record"
        if record.any():
            last = np.flatnonzero(record)[-1]
            trend[:, d, v] = np.where(t.years > knots[last], levels[last] - path[:, d, v], 0.0)
    return path, trend


def uncertain(t: Tables) -> Floats:
    """Return where the quality of the next year is unknown, 1 or 0.  (year, domain, vendor).

    For what is bought, from the present on or, if that is later, from the last year on record.
    """
    table, unknown = t["quality"], np.zeros((len(t.years), *t.slot_vendor.shape))
    for (d, v), rows in _rows_by_offer(t, "quality").items():
        record = np.array(rows)[table["kind"][rows] == "record"]
        if len(record) and t["domains"]["buyer"][d] != "adopters":
            unknown[:, d, v] = t.years >= max(table["year"][record].max(), t.span.present)
    return unknown


def drifted(t: Tables, column: str) -> Floats:
    """Compute what a fit with another drift adds to the quality of each offer, 0 once it has settled.

    (year, domain, vendor).

    column  of the table: half or twice the drift
    """
    table, knots, path = t["quality_drifts"], t["quality"], np.zeros((len(t.years), *t.slot_vendor.shape))
    ends = _rows_by_offer(t, "quality")
    for (d, v), rows in _rows_by_offer(t, "quality_drifts").items():
        settled = [row for row in ends.get((d, v), []) if knots["kind"][row] == "settled"]
        years = np.append(table["year"][rows], knots["year"][settled])
        added = np.append(table[column][rows], np.zeros(len(settled)))
        order = np.argsort(years, kind="stable")
        path[:, d, v] = np.interp(t.years, years[order], added[order])
    return path


def _rows_by_offer(t: Tables, table: str) -> dict[tuple[int, int], list[int]]:
    """Group the rows of a table by offer."""
    rows: dict[tuple[int, int], list[int]] = {}
    for row, offer in enumerate(t.offers(table)):
        rows.setdefault(offer, []).append(row)
    return rows


def of_studied(t: Tables) -> tuple[Floats, Floats]:
    """Return operators' offers of the studied sponsor, and their time trend.  (year, domain, vendor) each.

    The trend is in decades from the middle of the record, and held once the record ends.
    """
    studied = t.index["sponsors"].get(t.studied, -1)
    bought = t["domains"]["buyer"] == "operator"
    theirs = (t.slot_sponsor == studied) & (t.slot_vendor >= 0) & bought[:, None]
    until = t.span.recorded
    decades = (np.minimum(t.years, until) - (t.span.first + until) / 2) / 10
    one = np.broadcast_to(theirs.astype(float), (len(t.years), *theirs.shape))
    return one, one * decades[:, None, None]


def state_support(t: Tables) -> Floats:
    """Return the share of its vendors' cost that a sponsor bears.  (year, domain, vendor)."""
    table, share = t["support"], np.zeros((len(t.years), *t.slot_vendor.shape))
    domain, sponsor = t.at("support", "domain"), t.at("support", "sponsor")
    for row in np.argsort(table["from"], kind="stable"):
        d = domain[row]
        now = (t.years >= table["from"][row])[:, None] & (t.slot_sponsor[d] == sponsor[row])
        share[:, d] = np.where(now, table["share"][row], share[:, d])
    return share


def initial_compliance(t: Tables) -> Floats:
    """Return initial compliance: all with the oldest family, with the exceptions of the table.

    (domain, vendor, standard).
    """
    start = np.zeros((*t.slot_vendor.shape, t.size("standards")))
    start[..., 0] = 1.0
    vendor, standard = (t.at("initial_compliance", column) for column in ("vendor", "standard"))
    start[np.isin(t.slot_vendor, vendor)] = 0.0
    for v, s, share in zip(vendor, standard, t["initial_compliance"]["share"], strict=True):
        start[t.slot_vendor == v, s] = share
    return start


def adoption_rate(t: Tables) -> Floats:
    """Compute the hazard of laws, which grows until the record ends.  (year, domain, vendor)."""
    grown = (np.minimum(t.years, t.span.recorded) - t.span.first)[:, None, None]
    result: Floats = t.offered("adoption_rate") * (1.0 + t.offered("adoption_rate_growth")) ** grown
    return result


def initial_base(t: Tables) -> dict[str, Any]:
    """Collect what the initial state alone needs, by name: deployment of the first year by vendor.

    coverage     share of capacity deployed.  (domain, country)
    base_share   share of the world's installed base by value, 0 where adopters decide.  (domain, vendor)
    anchor_*     (anchor,): domain, sponsor, and the share of its vendors in the countries of anchor_mask,
                 (anchor, country)
    users_base   shares of users, NaN where unknown.  (domain, country, vendor)
    landings     projects landed, by supplier.  (country, vendor)
    adoption     where adopters decide: share, or chance that a law is in force.  (domain, country, vendor)
    """
    anchors, table, country = t["anchors"], t["users_base"], t.at("users_base", "iso3")
    users = _everywhere(t, np.nan)[0]
    for (d, v), i, share in zip(t.offers("users_base"), country, table["share"], strict=True):
        users[d, i, v] = share
    # where those listed of an economy sum to one, other vendors have none
    complete = np.abs(np.nansum(users, axis=-1, keepdims=True) - 1.0) < 1e-6
    return {
        "coverage": coverage(t),
        "base_share": t.offered("initial_base_share"),
        "anchor_domain": t.at("anchors", "domain"),
        "anchor_sponsor": t.at("anchors", "sponsor"),
        "anchor_share": anchors["share"].astype(float),
        "anchor_mask": anchors["market_region"][:, None] == t["countries"]["market_region"],
        "users_base": np.where(complete & np.isnan(users), 0.0, users),
        "landings": compute_initial_landings(t),
        "adoption": _adoption(t),
    }


def _adoption(t: Tables) -> Floats:
    """Compute adoption in the first year.

    Own states have their system from its first year on; others as listed: the same level everywhere, or a
    logistic curve in log income with the listed mean over all economies, own states included, and 0 where
    a sponsor has laws of its own.
    """
    table, own, foreign = t["adoption"], own_systems(t)[0], foreign_rules(t)[0]
    log_income = economy(t).log_income[0]
    adopted = np.where(own & (t.slot_entry <= t.span.first)[:, None], 1.0, 0.0)
    for row, (d, v) in enumerate(t.offers("adoption")):
        level, at_home, never = float(table["level"][row]), own[d, :, v], foreign[d, :, v]
        chance = np.full(len(log_income), level)
        if table["kind"][row] == "mean":
            slope = table["income_slope"][row] * log_income
            of = slope, at_home, never
            chance = _curve(
                brentq(lambda base, mean, *of: _curve(base, *of).mean() - mean, -50, 50, (level, *of)), *of
            )
        adopted[d, :, v] = np.where(at_home, adopted[d, :, v], chance)
    return adopted


def _curve(base: float, slope: Floats, own: Bools, never: Bools) -> Floats:
    """Compute adoption in all economies by a logistic curve: 1 in own states, 0 where laws are foreign."""
    return np.where(own, 1.0, np.where(never, 0.0, expit(base + slope)))
