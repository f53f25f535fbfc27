"""What the model misses, in words: the numbers are those of the hindcast that ``odd_fit`` makes."""

from __future__ import annotations

from textwrap import fill

from odd_fit import comparisons, found

from lockin_sim.evidence.hindcast import Score
from lockin_sim.wording import opening
from lockin_sim.world.names import name_of


def misses() -> str:
    """Where the baseline leaves the record, as a list: what does not hold, and what is not believable."""
    scores = [_missed(score) for score in found().scores if score.target.wanted and not score.holds]
    checks = [f"{check.what}: {check.number:.3g}." for check in found().checks if not check.holds]
    bullets = [*scores, *checks] or ["Nothing that it is asked to show."]
    return "\n".join(
        fill(text, 118, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
        for text in bullets
    )


def _missed(score: Score) -> str:
    """A missed target in a line."""
    target = score.target
    above = score.value > target.high
    bound = f"at most {target.high:.3g}" if above else f"at least {target.low:.3g}"
    points = target.what.startswith("points; ")
    number = f"{score.value:.3g}{' points' if points else ''}"
    title = opening(name_of("domain", target.domain))
    return f"**{title}**, {target.what.removeprefix('points; ')}: {number}, to be {bound}."


def chinese_base_in_europe() -> str:
    """Huawei's and ZTE's part of mobile networks in Europe."""
    return beside("Europe", "huawei", "zte", measure="base")


def beside(
    scope: str, *vendors: str, domain: str = "mobile_network", measure: str = "sales", segment: str = ""
) -> str:
    """The simulated share of some vendors together, and the reported one.

    segment  which row, where the table has several of a vendor
    Raises KeyError unless the table has one row for each vendor.
    """
    rows = [
        row
        for row in comparisons()
        if (row.domain, row.scope, row.measure) == (domain, scope, measure)
        and row.vendor in vendors
        and segment in ("", row.segment)
    ]
    if len(rows) != len(vendors):
        raise KeyError(f"{len(rows)} rows of {domain}, {scope}, {measure} for {', '.join(vendors)}")
    simulated, reported = sum(row.simulated for row in rows), sum(row.recorded for row in rows)
    return f"{100 * simulated:.0f} % where {100 * reported:.0f} % are reported"
