"""The headline of the README: the answer, the doubt about it, and what would overturn it.

All from the tables of experiment 11, over draws that fit the record and ways to build the model.
"""

from __future__ import annotations

import csv
import re
import textwrap
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from lockin_sim.ensemble import open_posterior
from lockin_sim.findings import FUTURES, Finding
from lockin_sim.plots.kit.shapes import rows_of
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, room_for, sheet
from lockin_sim.record.facts import fact_titles
from lockin_sim.report.futures import ORIGINS
from lockin_sim.titles import scenario_title
from lockin_sim.wording import count, listed, number, opening, percent, quoted, span

EVIDENCE = Path(__file__).parents[1] / "results" / "11_what_the_evidence_says"
OUTCOME, BASELINE, LOANS = "cn2035_sensitive_excluding_CHN", "baseline", "no_dsr"

#: What is meant by it.
WHAT = (
    "the share of Chinese standards in mobile networks, submarine cables, clouds and smart cities outside "
    "China"
)

#: Letters of a line.
WIDTH = 118

#: An effect is told where it is clear in so many futures at least, and unsure where it is in fewer than half.
CLEAR, UNSURE = 0.9, 0.5


class Told(NamedTuple):
    """One policy's effect over all futures, in percentage points.

    effect  mean, and the ends between which 95 % of single runs lie
    raises, lowers  parts of futures in which it clearly does
    split   parts of the variance, by origin; NaN without one
    fact, recorded, moved, left  the recorded figure that comes nearest to turning the sign if it is moved
            within its error, and the part of the effect that is left then; "" if none can be named
    """

    policy: str
    effect: Finding
    raises: float
    lowers: float
    split: dict[str, float]
    fact: str
    recorded: float
    moved: float
    left: float

    @property
    def title(self) -> str:
        """What the policy is called."""
        return scenario_title(self.policy)

    @property
    def clear(self) -> float:
        """The part of futures in which it clearly moves the outcome, the one way or the other."""
        return max(self.raises, self.lowers)


def _rows(name: str) -> list[dict[str, str]]:
    """Lines of a table that are of the headline."""
    with (EVIDENCE / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["outcome"] == OUTCOME]


def _number(cell: str) -> float:
    """The number of a cell, NaN of a blank one."""
    return float(cell) if cell else np.nan


@cache
def found() -> list[Told]:
    """All policies, the one with the largest mean effect first."""
    tables = {name: {r["scenario"]: r for r in _rows(f"{name}.csv")} for name in ("shares", "overturned")}
    split: dict[str, dict[str, float]] = {}
    for row in _rows("split.csv"):
        split.setdefault(row["scenario"], {})[row["origin"]] = _number(row["variance_share"])
    made = []
    for row in _rows("effects.csv"):
        name = row["scenario"]
        if name == BASELINE:
            continue
        ends = (100 * _number(row[end]) for end in ("expected", "expected_low", "expected_high"))
        effect = Finding(WHAT, *ends, doubt=FUTURES)
        share, turned = (tables[table][name] for table in ("shares", "overturned"))
        raises, lowers = (_number(share[column]) for column in ("share_raises", "share_lowers"))
        places = (_number(turned[column]) for column in ("recorded", "moved_to", "part_left"))
        made.append(Told(name, effect, raises, lowers, split[name], turned["fact"], *places))
    return sorted(made, key=lambda told: -abs(told.effect.size))


@cache
def futures() -> tuple[int, str]:
    """The year of the effects, and over what futures they are taken."""
    said = (EVIDENCE / "headline.txt").read_text(encoding="utf-8")
    match = re.search(r"most in (\d{4}), over (.*):\n", said)
    if match is None:
        raise SystemExit("results of experiment 11 do not say over what: run `python -m experiments 11`")
    return int(match[1]), match[2]


def headline() -> str:
    """The block of the README."""
    sure = [told for told in found() if told.clear >= CLEAR]
    texts = (_answer(sure), _doubt(sure), _overturned(sure))
    answer, doubt, overturned = (textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in texts)
    return "\n\n".join((answer, _table(sure), doubt, overturned))


def _answer(sure: list[Told]) -> str:
    """The paragraph that answers."""
    first, second, *_ = found()
    loans = next(told for told in found() if told.policy == LOANS)
    return (
        f"**Answer.** Of {number(len(found()), 0)} policies {_named(first)} moves {WHAT} most: it "
        f"{'lowers' if first.effect.size < 0 else 'raises'} it by "
        f"{number(abs(first.effect.size), first.effect.digits)} percentage points in "
        f"{futures()[0]}. The next is {_named(second)} with {second.effect.signed}. Had China lent nothing "
        f"from 2015 on ({_named(loans)}), the share would change by {loans.effect.signed} (95 % of single "
        f"runs: {loans.effect.ends}). {opening(count(len(sure), 'effect'))} "
        f"{'is' if len(sure) == 1 else 'are'} clear in at least {percent(100 * CLEAR, 0)} of futures:"
    )


def _table(sure: list[Told]) -> str:
    """Effects that are clear, line by line."""
    lines = [("policy", f"points in {futures()[0]}", "95 % of single runs", "clearly lower in", "higher in")]
    lines.append(("---", *["---:"] * 4))
    for told in sure:
        shares = (percent(100 * part, 0) for part in (told.lowers, told.raises))
        lines.append((told.title, told.effect.signed, told.effect.ends, *shares))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _doubt(sure: list[Told]) -> str:
    """The paragraph on what is uncertain."""
    parts = []
    for origin, said in ORIGINS.items():
        shares = [100 * told.split[origin] for told in sure]
        parts.append(
            f"{said} {'make' if origin == 'parameters' else 'makes'} {span(min(shares), max(shares), 0)} %"
        )
    still = [_named(told) for told in found() if told.effect.low == told.effect.high == 0]
    unsure = [_named(told) for told in found() if told.clear < UNSURE and _named(told) not in still]
    worth = float(open_posterior().attrs["effective_draws"])
    said = [
        f"**Doubt.** These are means over {futures()[1]}; the draws are unlike in weight and tell as much as "
        f"{worth:.0f} alike ones would. Of the spread between single runs {listed(parts)}.",
        f"The sign of what {listed(unsure)} do cannot be told: it is clear in fewer than half of the futures."
        if unsure else "",
        f"{listed(still)} {'does' if len(still) == 1 else 'do'} not touch this share." if still else "",
    ]  # fmt: skip
    return " ".join(filter(None, said))


def _overturned(sure: list[Told]) -> str:
    """The paragraph on what would turn a sign."""
    near = min((told for told in sure if told.fact), key=lambda told: told.left)
    firm = "none turns a sign in this table" if near.left >= 0 else "some turn a sign in this table"
    others = "".join(
        f" The sign of {_named(told)} would turn with {_fact(told)}, were it {told.moved:.2g} instead of "
        f"{told.recorded:.2g}."
        for told in found()
        if told.left < 0
    )
    return (
        f"**What would overturn it.** Of {number(_facts(), 0)} recorded figures, each moved within its "
        f"publisher's error, {firm}. Nearest comes {_fact(near)}: were it {near.moved:.2g} instead of "
        f"{near.recorded:.2g}, {percent(100 * near.left, 0)} of the effect of {_named(near)} would be left."
        f"{others} All policies, and what was expected before the run: "
        "[experiment 11](experiments/11_what_the_evidence_says/README.md)."
    )


def _facts() -> int:
    """How many recorded figures were moved."""
    with (EVIDENCE / "facts.csv").open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def _fact(told: Told) -> str:
    return quoted(fact_titles().get(told.fact, told.fact))


def _named(told: Told) -> str:
    """A policy in quotes."""
    return quoted(told.title)


def picture() -> Figure:
    """Mean effects over all futures, and where 95 % of single runs lie."""
    rows = sorted(found(), key=lambda told: told.effect.size)
    (first, *_), (year, over) = found(), futures()
    labels = [told.title for told in rows]
    figure, axes = sheet(
        f"{quoted(first.title)} moves the share of Chinese standards in sensitive infrastructure outside "
        f"China most: {first.effect.signed} points in {year}",
        f"Mean over {over}; lines hold 95 % of single runs. Filled: clearly lower, or clearly higher, in at "
        f"least {percent(100 * CLEAR, 0)} of futures.",
        width=9.0, body=0.34 * len(rows) + 0.25, left=room_for(labels), right=2.3, bottom=0.62, lead=0.4,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, labels)
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, told in enumerate(rows):
        clear, effect = told.clear >= CLEAR, told.effect
        color = INK if clear else QUIET
        ax.plot([effect.low, effect.high], [row, row], color=color, linewidth=1.4, solid_capstyle="butt")
        ax.plot(
            effect.size, row, "o", markersize=6.0, color=color, markerfacecolor=color if clear else "white"
        )
        ax.text(
            1.03,
            row,
            f"{told.effect.signed} [{told.effect.ends}]",
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=SMALL,
            color=color,
        )
    ax.margins(x=0.06)
    ax.set_xlabel("difference from the baseline, percentage points", fontsize=SMALL, color=QUIET)
    return figure
