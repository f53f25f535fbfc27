"""The conditions of recorded years: facts by year in the form that levers change."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.world import derived
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.derived import FIRST_YEAR
from lockin_sim.world.layout import Index, matrix
from lockin_sim.world.tables import Table

#: Last year of recorded facts; later conditions are held.
FACTS_UNTIL = 2023


def recorded(
    t: dict[str, Table],
    index: Index,
    slots: dict[str, Any],
    economy: derived.Economy,
    affinity: Floats,
) -> Conditions:
    """The recorded conditions of each year.

    Anchors are joined by straight lines, or held where that is said, and held outside.
    """
    years = np.arange(FIRST_YEAR, FACTS_UNTIL + 1)
    n, (country, domain) = len(years), (len(index["countries"]), len(index["domains"]))
    sponsors, sponsor, body = t["sponsors"], len(index["sponsors"]), len(index["bodies"])
    path = derived.anchored
    by_sponsor = {
        "envelope": path(years, t["envelopes"], index["sponsors"], "sponsor", "envelope"),
        "salience": path(years, t["salience"], index["sponsors"], "sponsor", "salience"),
        "standard_push": path(years, t["standard_push"], index["sponsors"], "sponsor", "push", stepwise=True),
    }
    effort = matrix(t["efforts"], index["sponsors"], "sponsor", index["bodies"], "body", "effort")
    contribution = np.zeros((n, sponsor, body))
    for b, label in enumerate(t["bodies"].labels):
        rows = t["contributions"]["body"] == label
        contribution[:, :, b] = path(
            years, t["contributions"], index["sponsors"], "sponsor", "share", rows=rows
        )
    passed = np.minimum(years[:, None, None], slots["growth_until"]) - slots["growth_from"]

    def held(values: Any) -> Any:
        return np.broadcast_to(values, (n, *np.shape(values)))

    return Conditions(
        years=years,
        market_size=derived.market_size(t["domains"], economy, np.array(t["countries"].labels) == "CHN"),
        gdp=economy.gdp,
        log_income=economy.log_income,
        affinity=affinity,
        quality_path=slots["quality_growth"] * np.maximum(0.0, passed),
        cost_factor=np.ones((n, *slots["vendor"].shape)),
        subsidy=np.zeros((n, *slots["vendor"].shape)),
        openness=held(t["domains"]["openness"].astype(float)),
        loan_rate=held(sponsors["loan_rate"].astype(float)),
        tenor=held(sponsors["tenor"].astype(float)),
        grace=held(sponsors["grace"].astype(float)),
        tied=held(sponsors["tied"]),
        effort=held(effort),
        contribution=contribution,
        mandate=held(_mandates(t, index)),
        pressure=np.zeros((n, country, sponsor)),
        restriction_order=np.zeros((n, country, sponsor), dtype=int),
        phase_out_years=np.zeros((n, country, sponsor)),
        barrier=held(_barriers(t, index)),
        compliance_cost=np.zeros((n, country, sponsor + 1)),
        compatibility=np.ones((n, sponsor, sponsor)),
        share_cap=np.ones((n, country, domain)),
        **by_sponsor,
    )


def _mandates(t: dict[str, Table], index: Index) -> Bools:
    """Which body standardises which domain.  (body, domain)."""
    mandate = np.zeros((len(index["bodies"]), len(index["domains"])), dtype=bool)
    for b, d in zip(t["mandates"]["body"], t["mandates"]["domain"], strict=True):
        mandate[index["bodies"][b], index["domains"][d]] = True
    return mandate


def _barriers(t: dict[str, Table], index: Index) -> Bools:
    """Standing market barriers.  (country, domain, sponsor)."""
    barrier = np.zeros((len(index["countries"]), len(index["domains"]), len(index["sponsors"])), dtype=bool)
    table = t["market_barriers"]
    for i, h, d in zip(table["iso3"], table["sponsor"], table["domain"], strict=True):
        barrier[index["countries"][i], index["domains"][d], index["sponsors"][h]] = True
    return barrier
