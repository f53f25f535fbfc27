"""The one chart of the brief: what each policy changes, as bars with intervals that fit any width."""

from __future__ import annotations

import math
from typing import NamedTuple

from lockin_sim.report.evidence import Evidence
from lockin_sim.wording import effect_digits, signed


class Bar(NamedTuple):
    """One policy's effect; places are per cent of the room for bars.

    low, high  ends of the interval;  start, end  of the bar;  zero  where nothing is
    """

    title: str
    text: str
    interval: str
    clear: bool
    zero: float
    start: float
    end: float
    low: float
    high: float


def chart(evidence: Evidence) -> list[Bar]:
    """Every policy's effect on the headline outcome in the last year, the largest fall first."""
    found = {p: evidence.effect(p, evidence.headline) for p in evidence.policies}
    known = sorted((p for p in found if found[p].known), key=lambda p: found[p].mean)
    ends = [0.0, *(value for p in known for value in found[p] if math.isfinite(value))]
    lowest, widest = min(ends), (max(ends) - min(ends)) or 1.0

    def place(value: float) -> float:
        """Per cent of the chart's width at which a value lies; zero for one that is undefined."""
        return round(100 * (value - lowest) / widest, 2) if math.isfinite(value) else place(0.0)

    bars = []
    for policy in known:
        effect = found[policy]
        mean, low, high = (signed(value, effect_digits(*effect)) for value in effect)
        start, end = sorted((place(0.0), place(effect.mean)))
        bars.append(
            Bar(
                evidence.marked(policy), mean, f"{low} to {high}", bool(effect.distinct), place(0.0),
                start, end, place(effect.low), place(effect.high),
            )
        )  # fmt: skip
    return bars
