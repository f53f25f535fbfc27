"""How good offers are: the path on record, and what parameters add to it."""

from __future__ import annotations

from lockin_sim.conventions import Floats, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import pricing
from lockin_sim.rules.reduce import as_kind
from lockin_sim.world import Conditions


def posted_quality(now: Conditions, gained: Numbers, p: Parameters) -> Floats:
    """Qualities of a year, utility units (P5, P11).  (..., domain, vendor).

    now     conditions of the year
    gained  what catching up gained so far, (..., domain, vendor)
    p       shaped to meet it
    """
    half, twice = pricing.around(p.quality_drift)
    added = (
        p.trend_after_record * now.quality_trend
        + half * now.quality_half
        + twice * now.quality_twice
        + p.sponsor_quality * now.quality_sponsor
        + p.sponsor_quality_trend * now.quality_sponsor_trend
    )
    return now.quality_path + as_kind(added, now.quality_path) + gained
