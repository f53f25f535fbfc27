"""The conditions of recorded years: facts by year in the form that levers change."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world import lending, places
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.economy import Economy, market_size
from lockin_sim.world.layout import Index, Slots, anchored, matrix
from lockin_sim.world.quality import drifted, of_sponsor, quality
from lockin_sim.world.tables import Table


def recorded(
    t: dict[str, Table],
    index: Index,
    slots: Slots,
    economy: Economy,
    affinity: Floats,
    home: Bools,
    law: Bools,
    years: Integers,
    until: int,
    sponsor: int,
) -> Conditions:
    """The recorded conditions of each year; until: the last one of the record; sponsor: under study.

    Anchors are joined by straight lines, or held where that is said, and held outside.
    """
    path, trend = quality(t["quality"], slots, years)
    theirs, decades = of_sponsor(slots, t["domains"]["buyer"] == "operator", sponsor, years, until)
    return Conditions(
        years=years,
        market_size=market_size(t, index, economy, years),
        gdp=economy.gdp,
        log_income=economy.log_income,
        affinity=affinity,
        quality_path=path,
        quality_trend=trend,
        quality_half=drifted(t, slots, years, "half"),
        quality_twice=drifted(t, slots, years, "twice"),
        quality_sponsor=theirs,
        quality_sponsor_trend=decades,
        served=places.served(t, index, slots, home, law, years),
        home_part=places.home_part(t, index, slots, home, years),
        place_utility=places.place_utility(t, index, slots, years),
        state_support=lending.state_support(t, index, slots, years),
        envelope=lending.envelope(t, index, years),
        salience=anchored(years, t["salience"], index["sponsors"], "sponsor", "salience"),
        standard_push=anchored(
            years, t["standard_push"], index["sponsors"], "sponsor", "push", stepwise=True
        ),
        contribution=_contributions(t, index, years),
        demanded=_demanded(t, index, home, years),
        adoption_rate=_adoption_rate(slots, years, until),
        **_held(t, index, slots, len(years)),
        **_untouched(index, slots, len(years)),
    )


def _held(t: dict[str, Table], index: Index, slots: Slots, n: int) -> dict[str, Any]:
    """Facts without a year: the same in all of them."""
    lenders = t["lenders"]
    facts = {
        "openness": t["domains"]["openness"].astype(float),
        "loan_rate": lenders["loan_rate"].astype(float),
        "tenor": lenders["tenor"].astype(float),
        "grace": lenders["grace"].astype(float),
        "tied": lenders["tied"],
        "effort": matrix(t["efforts"], index["sponsors"], "sponsor", index["bodies"], "body", "effort"),
        "mandate": _mandates(t, index),
        "barrier": _barriers(t, index),
    }
    return {name: np.broadcast_to(fact, (n, *fact.shape)) for name, fact in facts.items()}


def _untouched(index: Index, slots: Slots, n: int) -> dict[str, Any]:
    """What nobody has done until a lever does it."""
    country, domain, sponsor = (len(index[name]) for name in ("countries", "domains", "sponsors"))
    return {
        "cost_factor": np.ones((n, *slots.vendor.shape)),
        "pressure": np.zeros((n, country, sponsor)),
        "restriction_order": np.zeros((n, country, sponsor), dtype=int),
        "phase_out_years": np.zeros((n, country, sponsor)),
        "compliance_cost": np.zeros((n, country, sponsor + 1)),
        "fine": np.zeros((n, country, len(index["standards"]))),
        "compatibility": np.ones((n, sponsor, sponsor)),
        "share_cap": np.ones((n, domain, country)),
    }


def _adoption_rate(slots: Slots, years: Integers, until: int) -> Floats:
    """Hazard of laws, which grows until the record ends.  (year, domain, vendor)."""
    grown = (np.minimum(years, until) - years[0])[:, None, None]
    result: Floats = slots.numbers["adoption_rate"] * (1.0 + slots.numbers["adoption_rate_growth"]) ** grown
    return result


def _contributions(t: dict[str, Table], index: Index, years: Integers) -> Floats:
    """Shares of the technical contributions.  (year, sponsor, body)."""
    table = t["contributions"]
    by_body = [
        anchored(years, table, index["sponsors"], "sponsor", "share", rows=table["body"] == body)
        for body in index["bodies"]
    ]
    return np.stack(by_body, axis=-1)


def _demanded(t: dict[str, Table], index: Index, home: Bools, years: Integers) -> Bools:
    """Which markets demand which family: from its first year on, the home states of the sponsors named.
    (year, country, standard)."""
    table = t["standards"]
    demanded = np.zeros((len(years), len(index["countries"]), len(index["standards"])), dtype=bool)
    for s, sponsors in enumerate(table["demanded_by"]):
        for sponsor in filter(None, sponsors):
            markets = home[:, index["sponsors"][sponsor]]
            demanded[:, markets, s] |= (years >= table["entry_year"][s])[:, None]
    return demanded


def _mandates(t: dict[str, Table], index: Index) -> Bools:
    """Which body standardises which domain.  (body, domain)."""
    mandate = np.zeros((len(index["bodies"]), len(index["domains"])), dtype=bool)
    for b, d in zip(t["mandates"]["body"], t["mandates"]["domain"], strict=True):
        mandate[index["bodies"][b], index["domains"][d]] = True
    return mandate


def _barriers(t: dict[str, Table], index: Index) -> Bools:
    """Standing market barriers.  (domain, country, sponsor)."""
    barrier = np.zeros((len(index["domains"]), len(index["countries"]), len(index["sponsors"])), dtype=bool)
    table = t["market_barriers"]
    for i, h, d in zip(table["iso3"], table["sponsor"], table["domain"], strict=True):
        barrier[index["domains"][d], index["countries"][i], index["sponsors"][h]] = True
    return barrier
