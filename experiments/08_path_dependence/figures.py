"""How much is luck, outcome by outcome; and which parameters the rest is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from experiments.pictures import span
from lockin_sim.common.wording import number
from lockin_sim.plots import Figure
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, heading, room_for, rows_of, sheet
from lockin_sim.settings.parameters import parameter_title
from lockin_sim.world.names import name_of

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

#: Outcomes whose parameters are drawn, with their panel's heading, and how many parameters.
DRAWN = {
    "cn2035_share": "Chinese standards, world",
    "dependence_sensitive_CHN": "Chinese vendors, sensitive",
    "switching_pull": "pull of the switching cost",
}
TOP = 8


def sources_figure(
    found: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]], year: int, runs: int
) -> Figure:
    """Stacked parts of the variance of shares in single markets, a row a domain, its class beside it.

    found  parts by domain, see ``sources.decomposed``
    """
    domains = list(found)
    first = {d: 100 * float(found[d]["first_lots"]["total"][0]) for d in domains}
    top = max(domains, key=first.__getitem__)
    classes = {d: class_of(found[d]) for d in domains}
    lasts = [100 * sum(found[d][p]["first_order"][0] for p in ("structure", "tastes")) for d in domains]
    figure, axes = sheet(
        f"Who had the first lots explains at most {first[top]:.0f} % of who holds a market in {year} "
        f"({name_of('domain', top)}); structure and lasting tastes explain {span(lasts)} %",
        "Parts of the variance of shares of vendors over runs and economies outside China, Hong Kong and "
        f"Macao, per cent, weighted by market size; at the right the class after Page (2006). {runs} runs "
        "and their twins that share one source of luck. First lots: their total part.",
        width=room_for([name_of("domain", d) for d in domains]) + 8.2, body=0.42 * len(domains) + 0.2,
        left=room_for([name_of("domain", d) for d in domains]), right=2.2, bottom=1.0,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, [name_of("domain", d) for d in domains])
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
    top, bottom = names[0], names[-1]
    rows = [labels[name] for name in names]
    figure, axes = sheet(
        f"Luck's part of what varies in {year}: from {_percent(parts[bottom])} ({labels[bottom]}) "
        f"to {_percent(parts[top])} ({labels[top]})",
        "Share of an outcome's variance that comes with the run, not with the parameters, when all uncertain "
        f"parameters vary over their ranges; {parts[top].points} points. Lines: 95 % interval over points.",
        width=room_for(rows) + 5.2, body=0.27 * len(rows) + 0.2, left=room_for(rows), right=0.7, bottom=0.6,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, rows)
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
    """Luck's share with its interval."""
    low, high = interval(part.resampled)
    return f"{100 * part.luck:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def drivers_figure(
    drivers: Mapping[str, Mapping[str, np.ndarray]], parts: Mapping[str, Parts], year: int
) -> Figure:
    """How much of the variance between points goes along with each parameter, a panel an outcome.

    Parameters that lie alike at the few points there are each carry the same variance, so that parts add up
    to more than all: the title says to how much.
    """
    best = {o: sorted(drivers[o], key=lambda p: -drivers[o][p][0])[:TOP] for o in DRAWN}
    sums = {o: 100 * sum(max(float(part[0]), 0.0) for part in drivers[o].values()) for o in DRAWN}
    most = max(sums, key=lambda o: sums[o])
    points = parts["switching_pull"].points
    room = max(room_for([parameter_title(name) for name in names]) for names in best.values())
    figure, axes = sheet(
        f"{points} points do not tell {len(drivers[most])} parameters apart: what seems to go with each in "
        f"{year} adds up to {number(sums[most], 0)} % of {DRAWN[most]}, where 100 % is all there is",
        "Share of the variance between points that goes along with one parameter, the others left to vary "
        "(correlation ratio, with the 95 % interval of resampled points). Several parameters lie alike at so "
        f"few points, so the same variance is counted for each: read no order from it. The {TOP} largest.",
        width=3 * (room + 2.1) + 0.6, body=0.3 * TOP + 0.2, grid=(1, len(DRAWN)), left=room, right=0.4,
        bottom=0.6, gap=(room, 0.0), lead=0.55, sharex=True,
    )  # fmt: skip
    for ax, (outcome, head) in zip(axes[0], DRAWN.items(), strict=True):
        rows_of(ax, [parameter_title(name) for name in best[outcome]])
        ax.axvline(0, color=INK, linewidth=0.8)
        for y, name in enumerate(best[outcome]):
            value, low, high = 100 * drivers[outcome][name]
            ax.plot([low, high], [y, y], color=INK, linewidth=1.4)
            ax.plot([value], [y], "o", color=INK, markersize=5)
        heading(ax, head)
        ax.set_xlabel("per cent of the variance", fontsize=SMALL, color=QUIET)
    return figure
