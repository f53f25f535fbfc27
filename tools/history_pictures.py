"""Figures of the page of history: maps, yearly lines by region beside the record, spending, qualities."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from history_numbers import Point, points, recorded_spending
from history_runs import SPONSORS, History
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from lockin_sim.plots.kit.data import capitals_of
from lockin_sim.plots.kit.figures import of_few_colors
from lockin_sim.plots.kit.maps import checked_places, fill, ground, level_classes
from lockin_sim.plots.kit.style import (
    FAINT,
    INK,
    NO_SPONSOR,
    QUIET,
    SMALL,
    sheet,
    sponsor_color,
    sponsor_marker,
    spread,
)
from lockin_sim.world.names import adjective, column_of, name_of
from lockin_sim.world.schema import read_table

SHOWN_UNTIL, RECORD_ENDS = 2035, 2023
STEPS = (5.0, 20.0, 40.0, 60.0, 80.0)
DASHES: Mapping[str, Any] = {"CHN": "-", "USA": (0, (4, 1.5)), "EU": (0, (1, 1))}
DOTS, COLORS = 105, 128

#: Panels of lines, in the order in which they stand.
REGIONS = {
    "western_europe": "Western Europe", "eastern_europe": "Eastern Europe", "cis": "former Soviet Union",
    "usa": "United States", "canada_australasia": "Canada, Australia, N. Zealand",
    "latin_america": "Latin America", "africa": "Africa", "gulf_middle_east": "Gulf and Middle East",
    "south_asia": "South Asia", "south_east_asia": "South-East Asia", "korea": "Korea", "japan": "Japan",
    "other_east_asia": "Taiwan, Mongolia, N. Korea", "pacific_islands": "Pacific islands",
    "china": "China, Hong Kong, Macao",
}  # fmt: skip


def write(figure: Figure, path: Path) -> None:
    """Write a figure light enough to stand on a page with many: few dots, few colours."""
    found = io.BytesIO()
    figure.savefig(found, format="png", dpi=DOTS, metadata={"Software": None})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(of_few_colors(found.getvalue(), COLORS))


def maps(h: History, domain: str, year: int, title: str) -> Figure:
    """Three maps of one year: parts of the vendors of China, of the USA and of the EU."""
    places = checked_places(h.world.countries, capitals_of(h.world.countries))
    figure, axes = sheet(
        title,
        f"{_told(h, domain)}, per cent, {year}; mean of {h.runs} runs. Darker: more. Dots: small economies.",
        width=10.0, body=1.65, grid=(1, 3), left=0.05, right=0.05, bottom=0.42, gap=(0.05, 0.1), lead=0.28,
    )  # fmt: skip
    for ax in axes[0, len(_selling(h, domain)) :]:
        ax.set_visible(False)
    for ax, sponsor in zip(axes[0], _selling(h, domain), strict=False):
        level = 100 * h.part_of_each(domain, year, sponsor)
        classes = level_classes(level, STEPS, sponsor_color(sponsor))
        ground(ax)
        fill(ax, h.world.countries, places, [painted for each in classes for painted in each.painted])
        ax.set_title(_whose(h, domain, sponsor), fontsize=9.5, color=INK, loc="left", pad=3)
        for place, each in enumerate(c for c in classes if c.text != "no value"):
            left = 0.02 + 0.165 * place
            ax.add_patch(Rectangle((left, -0.11), 0.13, 0.07, transform=ax.transAxes, linewidth=0.4,
                                   facecolor=each.paint.face, edgecolor=QUIET, clip_on=False))  # fmt: skip
            ax.text(left, -0.14, each.text.replace(" and more", "+"), fontsize=7, color=INK, va="top",
                    transform=ax.transAxes)  # fmt: skip
    return figure


def lines(h: History, domain: str, title: str) -> Figure:
    """Yearly lines of the three parts in every region, and of the world's sales, with the record beside."""
    d = h.domain(domain)
    enacted = h.world.buyer[d] == "adopters"
    note = (
        f"{_told(h, domain)}, per cent: unweighted means over economies and {h.runs} runs. Filled marks: "
        "recorded shares of what is in use; open: of sales; caret: at least so much. Grey: after the record."
    )
    figure, axes = sheet(
        title, note, width=10.0, body=6.2, grid=(4, 4), left=0.4, right=0.15, bottom=0.62, gap=(0.2, 0.36),
        lead=0.3, sharex=True, sharey=True,
    )  # fmt: skip
    until = slice(0, h.step(SHOWN_UNTIL) + 1)
    years, marks = np.array(h.years[until]), points(h, domain)
    last = "all economies" if enacted else "World: sales of the year"
    for ax, (place, name) in zip(axes.flat, {**REGIONS, "world": last}.items(), strict=True):
        for sponsor in _selling(h, domain):
            sold = place == "world" and not enacted
            path = h.sold(domain, sponsor) if sold else h.part(domain, place, sponsor)
            ax.plot(
                years,
                100 * path[until],
                color=sponsor_color(sponsor),
                linestyle=DASHES[sponsor],
                linewidth=1.5,
            )
        for mark in marks.get(place, ()):
            _draw(ax, mark)
        ax.axvspan(RECORD_ENDS + 0.5, SHOWN_UNTIL, color="#F0F1F3", linewidth=0, zorder=0)
        ax.set_title(name, fontsize=9, color=INK, loc="left", pad=3)
        ax.set_xlim(h.years[0], SHOWN_UNTIL)
        ax.set_ylim(-2, 102)
        ax.set_xticks([2010, 2015, 2020, 2025, 2030])
        ax.set_yticks([0, 25, 50, 75, 100])
    handles = [
        Line2D([], [], color=sponsor_color(s), linestyle=DASHES[s], marker=sponsor_marker(s), markersize=4.5,
               label=_whose(h, domain, s))
        for s in _selling(h, domain)
    ]  # fmt: skip
    figure.legend(handles=handles, loc="lower left", ncols=3, frameon=False, fontsize=SMALL, handlelength=3.2)
    return figure


def _draw(ax: Axes, mark: Point) -> None:
    """A recorded share."""
    color = sponsor_color(mark.sponsor)
    ax.plot(
        [mark.year], [100 * mark.share], linestyle="", color=color, markersize=5.5 if mark.whole else 5,
        marker=sponsor_marker(mark.sponsor) if mark.whole else 6, markeredgewidth=1.1, zorder=4,
        markerfacecolor="white" if mark.measure == "sales" else color,
    )  # fmt: skip


def spending(h: History, title: str) -> Figure:
    """What the world and China spend on mobile networks by year, and China's part."""
    figure, axes = sheet(
        title,
        f"Mobile networks, mean of {h.runs} runs. Marks: recorded (left: quarters times four, of different "
        "scopes; right: from Huawei's shares in the world, in China and outside). Grey: after the record.",
        width=10.0, body=2.3, grid=(1, 2), left=0.6, right=0.3, bottom=0.45, gap=(0.7, 0.3),
    )  # fmt: skip
    until = slice(0, h.step(SHOWN_UNTIL) + 1)
    years, (world, china) = np.array(h.years[until]), h.spending("mobile_network")
    left, right = axes[0]
    left.plot(years, world[until], color=INK, label="world")
    left.plot(years, china[until], color=sponsor_color("CHN"), linestyle=(0, (4, 1.5)), label="China")
    right.plot(years, 100 * china[until] / world[until], color=sponsor_color("CHN"), linestyle=(0, (4, 1.5)))
    sizes, parts = recorded_spending()
    left.plot(*zip(*sizes, strict=True), linestyle="", marker="o", color=INK, markersize=4)
    right.plot(*zip(*parts, strict=True), linestyle="", marker="o", color=sponsor_color("CHN"), markersize=5)
    for ax, name in ((left, "USD bn a year"), (right, "China's share of it, per cent")):
        ax.set_title(name, fontsize=9.5, color=INK, loc="left")
        ax.set_ylim(bottom=0)
        ax.axvspan(RECORD_ENDS + 0.5, SHOWN_UNTIL, color="#F0F1F3", linewidth=0, zorder=0)
    left.legend(frameon=False, fontsize=SMALL, loc="lower left", bbox_to_anchor=(0.0, 0.32))
    return figure


def qualities(title: str) -> Figure:
    """Paths of vendors' qualities, market by market, named where they end."""
    table = read_table("quality")
    domains = [d for d in column_of("domains", "label") if np.ptp(table["quality"][table["domain"] == d]) > 0]
    figure, axes = sheet(
        title,
        "Utility units; knots joined by lines; after the last knot quality stays at its level. Solid: "
        "Chinese, dashed: US, dotted: EU, thin grey: others.",
        width=10.0, body=5.2, grid=(2, 4), left=0.4, right=0.85, bottom=0.35, gap=(1.05, 0.5), sharex=True,
    )  # fmt: skip
    owners = column_of("vendors", "sponsor")
    for ax in axes.flat[len(domains) :]:
        ax.set_visible(False)
    for ax, domain in zip(axes.flat, domains, strict=False):
        ends: list[tuple[float, str, str]] = []
        mine = table["domain"] == domain
        for vendor in dict.fromkeys(table["vendor"][mine].tolist()):
            here = mine & (table["vendor"] == vendor)
            order = np.argsort(table["year"][here], kind="stable")
            year, level = table["year"][here][order], table["quality"][here][order]
            owner = str(owners[vendor] or "")
            color = sponsor_color(owner) if owner in SPONSORS else NO_SPONSOR
            ax.plot(year, level, color=color, linestyle=DASHES.get(owner, "-"),
                    linewidth=1.5 if owner in SPONSORS else 0.8, marker=".", markersize=4)  # fmt: skip
            ends.append((float(level[-1]), _short(str(column_of("vendors", "label")[vendor])), color))
        ax.set_title(name_of("domain", domain), fontsize=9, color=INK, loc="left", pad=3)
        ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
        low, high = ax.get_ylim()
        for (_, name, color), at in zip(
            ends, spread([e[0] for e in ends], (high - low) * 0.068, low, high), strict=True
        ):
            ink = INK if color == NO_SPONSOR else color
            ax.annotate(name, (1.02, at), xycoords=("axes fraction", "data"), fontsize=6.5, color=ink,
                        va="center", annotation_clip=False)  # fmt: skip
    return figure


def _short(name: str) -> str:
    """A vendor's name where there is little room."""
    plain = name.split(" (")[0]
    return plain if len(plain) < 13 else plain.split()[0]


def _told(h: History, domain: str) -> str:
    """What is drawn of a market."""
    d = h.domain(domain)
    what = "adoption" if h.world.buyer[d] == "adopters" else "share of what is in use"
    return f"{name_of('domain', domain)[:1].upper()}{name_of('domain', domain)[1:]}: {what}"


def _selling(h: History, domain: str) -> list[str]:
    """The sponsors that have vendors, systems or rules in a market."""
    there = h.world.slot_sponsor[h.domain(domain)][h.world.slot_vendor[h.domain(domain)] >= 0]
    return [s for s in SPONSORS if h.world.sponsors.index(s) in there]


def _whose(h: History, domain: str, sponsor: str) -> str:
    """Whose part: 'Chinese vendors', of systems and rules those that there are."""
    d = h.domain(domain)
    if h.world.buyer[d] != "adopters":
        return f"{adjective(sponsor)} vendors"
    mine = h.world.slot_vendor[d][h.world.slot_sponsor[d] == h.world.sponsors.index(sponsor)]
    return next(name_of("vendor", h.world.vendors[v]) for v in mine if v >= 0)
