"""A hindcast as tables, and as plain text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lockin_sim.studies.hindcast.rows import Check, Drift, Share
from lockin_sim.studies.hindcast.targets import TARGETS, Target


class Score(NamedTuple):
    """A number, and what it is to be."""

    name: str
    value: float
    target: Target

    @property
    def holds(self) -> bool:
        """Whether it lies in its region."""
        return self.target.low <= self.value <= self.target.high


@dataclass(frozen=True)
class Hindcast:
    """Recorded figures beside simulated ones.

    shares  shares of sales and of base
    scores  numbers that sum up, with the region that each is to lie in
    drifts  movement of shares after the record
    checks  what is believable at sight
    """

    shares: tuple[Share, ...]
    scores: tuple[Score, ...]
    drifts: tuple[Drift, ...]
    checks: tuple[Check, ...]

    def __getitem__(self, name: str) -> Score:
        """The score of a name."""
        return {score.name: score for score in self.scores}[name]

    def __str__(self) -> str:
        """All tables, plainly."""
        return "\n\n".join((self.summary(), self.of_shares(), self.of_drifts(), self.of_checks()))

    def summary(self) -> str:
        """What must hold, what does not marked by a star, and what is for information."""
        wanted = [s for s in self.scores if s.target.wanted]
        rows = [
            (
                s.name,
                f"{s.value:.3g}",
                _region(s.target),
                _known(s.target.recorded),
                "" if s.holds else "*",
                s.target.what,
            )
            for s in wanted
        ]
        held = sum(s.holds for s in wanted)
        told = [
            (s.name, f"{s.value:.3g}", _known(s.target.recorded), s.target.what)
            for s in self.scores
            if not s.target.wanted
        ]
        must = table(("score", "value", "region", "recorded", "", ""), rows)
        rest = table(("for information", "value", "recorded", ""), told)
        return f"{must}\n{held} of {len(wanted)} hold.\n\n{rest}"

    def of_shares(self) -> str:
        """Shares, in per cent."""
        rows = [
            (
                s.domain, s.measure, s.scope, str(s.year), s.vendor, *(f"{100 * x:.1f}" for x in s[6:8]),
                f"{100 * s.error:+.1f}", f"{s.segment}, {s.source}",
            )
            for s in self.shares
        ]  # fmt: skip
        heads = (
            "domain",
            "of",
            "where",
            "year",
            "vendor",
            "recorded",
            "simulated",
            "error",
            "counted, source",
        )
        return table(heads, rows)

    def of_drifts(self, least: float = 0.01) -> str:
        """Movements after the record, those of a point and more."""
        rows = [
            (
                d.domain, d.vendor, str(d.since), *(f"{100 * x:.1f}" for x in (d.start, d.end)),
                *(f"{100 * x:+.1f}" for x in (d.change, d.farthest)),
            )
            for d in self.drifts
            if abs(d.farthest) >= least
        ]  # fmt: skip
        return table(("drift of base", "vendor", "from", "start", "2050", "change", "farthest"), rows)

    def of_checks(self) -> str:
        """What is believable at sight."""
        rows = [(c.what, f"{c.number:.3g}", "yes" if c.holds else "no") for c in self.checks]
        return table(("at sight", "number", "believable"), rows)


def scored(values: Mapping[str, float]) -> tuple[Score, ...]:
    """Numbers with what they are to be, in the order of TARGETS; those without any come last."""
    nothing = Target("", -math.inf, math.inf, math.nan, "")
    names = [name for name in TARGETS if name in values] + [name for name in values if name not in TARGETS]
    return tuple(Score(name, values[name], TARGETS.get(name, nothing)) for name in names)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows of text in columns."""
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _region(target: Target) -> str:
    """Where a target is met, in words."""
    low, high = (f"{x:.3g}" if math.isfinite(x) else "" for x in (target.low, target.high))
    if low and high:
        return f"{low} to {high}"
    return f">= {low}" if low else f"<= {high}"


def _known(value: float) -> str:
    """A number in three digits, empty where undefined."""
    return f"{value:.3g}" if math.isfinite(value) else ""
