"""Which luck decides who holds a market, and how much is luck, outcome by outcome."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from experiments.pictures import span
from lockin_sim.common.formats import opening
from lockin_sim.pages.plots import Figure
from lockin_sim.pages.plots.kit.style import INK, QUIET, SMALL, build_sheet, compute_name_room, label_rows
from lockin_sim.world.names import format_label

from .sources import PARTS, SOURCES, class_of
from .variance import Parts, interval

#: What each part of the variance is called, and how it is drawn.
CALLED = {"structure": "structure", **SOURCES, "together": "sources together"}
LOOKS = {
    "structure": ("#1F2933", ""),
    "tastes": ("#7A6A00", ""),
    "first_lots": ("#8A4FB0", "///"),
    "first_decade": ("#B48CCB", "..."),
    "later": ("#0B6E6E", "xxx"),
    "together": ("#D5DADF", ""),
}

#: The outcome that stands in the title beside that which is luck most.
HEADLINE = "cn2035_share"


def sources_figure(
    found: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]], year: int, runs: int
) -> Figure:
    """Stacked parts of the variance of shares in single markets, a row a domain, its class beside it.

    found  parts by domain, see ``sources.decomposed``
    """
    domains = list(found)
    classes = {d: class_of(found[d]) for d in domains}

    def explained(*parts: str) -> list[float]:
        """What some parts explain together in each domain, per cent."""
        return [100 * float(sum(found[d][part]["first_order"][0] for part in parts)) for d in domains]

    figure, axes = build_sheet(
        f"{opening(SOURCES['later'])} explains {span(explained('later'))} % of who holds a market in {year}, "
        f"structure and lasting tastes {span(explained('structure', 'tastes'))} %, first lots at most "
        f"{max(explained('first_lots')):.0f} %",
        "Parts of the variance of shares of vendors over runs and economies outside China, Hong Kong and "
        f"Macao, per cent, weighted by market size; at the right the class after Page (2006). {runs} runs "
        "and their twins that share one source of luck. Grey: what several sources explain only together.",
        width=compute_name_room([format_label("domain", d) for d in domains]) + 8.2,
        body=0.42 * len(domains) + 0.2,
        left=compute_name_room([format_label("domain", d) for d in domains]),
        right=2.2,
        bottom=1.0,
    )
    ax = axes[0, 0]
    label_rows(ax, [format_label("domain", d) for d in domains])
    for y, domain in enumerate(domains):
        left = 0.0
        for part in sorted(PARTS, key=list(LOOKS).index):
            width = max(0.0, 100 * float(found[domain][part]["first_order"][0]))
            color, hatch = LOOKS[part]
            label = CALLED[part] if y == 0 else None
            ax.barh(y, width, 0.62, left=left, color=color, hatch=hatch, edgecolor="white", linewidth=0.8,
                    label=label)  # fmt: skip
            left += width
        beside = ("axes fraction", "data")
        ax.annotate(classes[domain], (1.02, y), xycoords=beside, fontsize=SMALL, color=INK, va="center")
    ax.set_xlim(0, 100)
    ax.set_xlabel("per cent of the variance", fontsize=SMALL, color=QUIET)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=3, frameon=False, fontsize=SMALL)
    return figure


def luck_figure(parts: Mapping[str, Parts], labels: Mapping[str, str], year: int) -> Figure:
    """Dots with intervals: luck's share of the variance of each outcome, most luck first.

    labels  of outcomes
    """
    names = sorted(parts, key=lambda name: -parts[name].luck)
    top = names[0]
    rows = [labels[name] for name in names]
    figure, axes = build_sheet(
        f"Luck makes {_percent(parts[top])} of what varies in {year} of {labels[top]}, and "
        f"{_percent(parts[HEADLINE])} of the {labels[HEADLINE]}",
        "Share of an outcome's variance that comes with the run, not with the parameters, when all uncertain "
        f"parameters vary over their ranges; {parts[top].points} points. Lines: 95 % interval over points.",
        width=compute_name_room(rows) + 5.2,
        body=0.27 * len(rows) + 0.2,
        left=compute_name_room(rows),
        right=0.7,
        bottom=0.6,
    )
    ax = axes[0, 0]
    label_rows(ax, rows)
    for y, name in enumerate(names):
        low, high = interval(parts[name].resampled)
        ax.plot([100 * low, 100 * high], [y, y], color=INK, linewidth=1.4)
        ax.plot([100 * parts[name].luck], [y], "o", color=INK, markersize=5)
        number, beside = f"{100 * parts[name].luck:.0f}", ("axes fraction", "data")
        ax.annotate(number, (1.02, y), xycoords=beside, fontsize=SMALL, color=INK, va="center")
    ax.set_xlim(left=0)
    ax.set_xlabel("per cent of the variance", fontsize=SMALL, color=QUIET)
    return figure


def _percent(part: Parts) -> str:
    """Luck's share, the 95 % interval in brackets."""
    low, high = interval(part.resampled)
    return f"{100 * part.luck:.0f} % ({100 * low:.0f} to {100 * high:.0f})"
