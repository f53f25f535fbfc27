"""Whose vendors hold each region's installed base, year by year: stacked tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.conventions import Floats
from lockin_sim.plots.kit.facts import called, owner_of
from lockin_sim.plots.kit.labelled import labels, numbers, runs_of, with_axes
from lockin_sim.plots.kit.lines import End, heading, name_ends, panels
from lockin_sim.plots.kit.style import (
    INK,
    SMALL,
    room_for,
    sheet,
    sponsor_color,
    sponsor_hatch,
    toward,
)
from lockin_sim.reader import require
from lockin_sim.statistics import means, quantiles
from lockin_sim.wording import listed, opening
from lockin_sim.world.names import adjective

COLUMNS = 4
YEARS = 5
FEWEST = 9.0  # per cent: a lower tile holds no number
SMALLEST = 3.0  # per cent: a sponsor that stays below in every tile is among the others

type Stack = dict[str, list[int]]  # sponsor -> positions of its vendors


def vendor_regions(
    shares: xr.DataArray,
    *,
    years: Sequence[int] | None = None,
    owners: Mapping[str, str] | None = None,
    title: str | None = None,
) -> Figure:
    """Stacked tiles: shares of vendors by their sponsor, one panel for each region, one column for a year.

    shares  (run, year, group, vendor), ``group_vendor_share`` of ``lockin_sim.simulate`` with ``record=``,
            one domain picked; its groups are the panels, in their order.  Means over runs are stacked and
            scaled to what the vendors hold together; thin lines part vendors of one sponsor
    years   the columns; by default five, equally far apart
    owners  vendor to sponsor's code ('' for none); by default those of the bundled world
    title   the finding; by default whose vendors lead in how many groups, at the end and at the start
    The whiskers are 5-95 % ranges over runs of the lowest sponsor's share.
    Raises InputError for a missing or surplus axis, an unknown year, or a vendor without an owner.
    """
    with_axes("vendor_regions, shares", shares, ("run", "year", "group", "vendor"), ())
    known = [int(year) for year in shares["year"].values]
    shown_years = _spaced(known) if years is None else [int(year) for year in years]
    require("vendor_regions, years", [str(y) for y in shown_years], [str(y) for y in known])
    groups, vendors = labels(shares, "group"), labels(shares, "vendor")
    values = _whole(numbers(shares.sel(year=shown_years), "run", "year", "group", "vendor"))
    stack = _stack(means(values), [owner_of(vendor, owners) for vendor in vendors])
    columns = min(COLUMNS, len(groups))
    rows = -(-len(groups) // columns)
    room = room_for([f"100 % {_who(sponsor)}" for sponsor in stack], SMALL, "bold") - 0.1
    domain = called("domain", shares.coords["domain"].item()) if "domain" in shares.coords else "all"
    figure, axes = sheet(
        title or _finding(values, stack, groups, shown_years, opening(domain)),
        f"Share of installed capacity ({domain}) by owner of the vendor, mean of {runs_of(values)}; thin "
        f"lines part vendors. Whiskers: 5\N{EN DASH}95 % range, {_who(next(iter(stack)))} vendors.",
        width=max((2.0 + room) * columns + 0.7, 6.5), body=2.2 * rows + 0.55 * (rows - 1),
        grid=(rows, columns), left=0.7, right=room, bottom=0.45, gap=(room + 0.05, 0.55), lead=0.5,
        sharex=True, sharey=True,
    )  # fmt: skip
    for place, ax in enumerate(panels(axes, len(groups), "per cent")):
        heading(ax, opening(called("group", groups[place])))
        _columns(ax, values[:, :, place], stack)
        ax.set_ylim(0, 100)
        ax.set_xticks(range(len(shown_years)), [f"{year}" for year in shown_years], fontsize=SMALL - 1)
        name_ends(ax, _names(means(values[:, -1, place]), stack), 0.085, SMALL - 0.5)
    return figure


def _spaced(known: Sequence[int]) -> list[int]:
    """First, last, and what lies equally far between them."""
    return [known[round(place)] for place in np.linspace(0, len(known) - 1, min(YEARS, len(known)))]


def _whole(values: Floats) -> Floats:
    """Per cent of what the vendors hold together, NaN where that is nothing; 0 for one not in the domain."""
    held = np.where(np.isfinite(values), values, 0.0)
    total = held.sum(axis=-1, keepdims=True)
    result: Floats = 100 * np.divide(held, total, out=np.full(held.shape, np.nan), where=total > 0)
    return result


def _stack(mean: Floats, owner: Sequence[str]) -> Stack:
    """Positions of each sponsor's vendors, the largest first; small sponsors and none together at the end."""
    by_owner = {code: [i for i, mine in enumerate(owner) if mine == code] for code in dict.fromkeys(owner)}
    held = {code: mean[..., at].sum(axis=-1) for code, at in by_owner.items()}
    largest = {code: float(np.nanmax(share, initial=0.0)) for code, share in held.items()}
    size = {code: float(np.nansum(share)) for code, share in held.items()}
    order = sorted((c for c in by_owner if c and largest[c] >= SMALLEST), key=lambda code: -size[code])
    rest = [i for code, at in by_owner.items() if code not in order and largest[code] > 0 for i in at]
    return {code: by_owner[code] for code in order} | ({"": rest} if rest else {})


def _columns(ax: Axes, values: Floats, stack: Stack) -> None:
    """One column of tiles a year; values (run, year, vendor)."""
    mean, (low, high) = means(values), quantiles(values[..., next(iter(stack.values()))].sum(-1), 0.05, 0.95)
    x, bottom = np.arange(len(mean)), np.zeros(len(mean))
    ax.grid(visible=False)
    for sponsor, at in stack.items():
        face, hatch, line = _look(sponsor)
        tile = mean[:, at].sum(axis=-1)
        for i in sorted(at, key=lambda i: -float(np.nansum(mean[:, i]))):
            bars = ax.bar(x, mean[:, i], 0.82, bottom, color=face, edgecolor=toward(face, "white", 0.55),
                          linewidth=0.3, hatch=hatch, hatchcolor=line)  # fmt: skip
            for bar in bars:
                bar.set_hatch_linewidth(0.4)
            bottom = bottom + np.nan_to_num(mean[:, i])
        ax.hlines(bottom[np.isfinite(tile)], x[np.isfinite(tile)] - 0.41, x[np.isfinite(tile)] + 0.41,
                  color="white", linewidth=1.4)  # fmt: skip
        for year in np.flatnonzero(tile >= FEWEST).tolist():
            ax.text(year, bottom[year] - tile[year] / 2, f"{tile[year]:.0f}", ha="center", va="center",
                    fontsize=SMALL - 1, fontweight="bold", color=INK,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85})  # fmt: skip
    ax.vlines(x + 0.3, low, high, color=INK, linewidth=1.2)
    ax.set_xlim(-0.5, len(mean) - 0.5)


def _look(sponsor: str) -> tuple[str, str, str]:
    """Fill, hatch and hatch colour of a sponsor's tiles."""
    face = toward(sponsor_color(sponsor), "white", 0.25)
    return face, sponsor_hatch(sponsor, ""), toward(face, "white", 0.5)


def _names(mean: Floats, stack: Stack) -> list[End]:
    """The sponsors' names beside their tiles of the last year, in dark shades of their colours."""
    ends, top = [], 0.0
    for sponsor, at in stack.items():
        size = float(mean[at].sum())
        if size >= 0.5:
            color = toward(sponsor_color(sponsor), "black", 0.3)
            ends.append(End(top + size / 2, f"{size:.0f} % {_who(sponsor)}", color, "bold"))
        top += 0.0 if np.isnan(size) else size
    return ends


def _who(sponsor: str) -> str:
    """Whose vendors lead, in a word."""
    return adjective(sponsor) if sponsor else "other"


def _finding(values: Floats, stack: Stack, groups: Sequence[str], years: Sequence[int], domain: str) -> str:
    """Whose vendors lead in how many groups at the end and at the start, and the largest share of all."""
    mean = means(values)
    held = {sponsor: mean[..., at].sum(axis=-1) for sponsor, at in stack.items() if sponsor}  # (year, group)
    known = np.isfinite(mean[-1, :, 0])
    if not held or not known.any():
        return f"{domain}: no installed base in {years[-1]}"
    if len(groups) == 1:
        return _finding_of_one(values[:, :, 0], stack, years, f"{domain}, {called('group', groups[0])}")
    codes = list(held)
    lead = np.stack(list(held.values())).argmax(axis=0)
    counts = {code: [int(((lead[t] == k) & known).sum()) for t in (0, -1)] for k, code in enumerate(codes)}
    order = sorted((code for code in codes if counts[code][1]), key=lambda code: -counts[code][1])
    texts = [f"{counts[code][1]} (in {years[0]}: {counts[code][0]})" for code in order]
    parts = [f"{adjective(code)} vendors in {text}" for code, text in zip(order, texts, strict=True)]
    groups_led = f"vendors lead in {counts[order[0]][1]} of {int(known.sum())} groups ("
    parts[0] = parts[0].replace(f"vendors in {counts[order[0]][1]} (", groups_led)
    first = np.where(known, held[codes[0]][-1], -np.inf)
    place = int(first.argmax())
    low, high = quantiles(values[:, -1, place][:, stack[codes[0]]].sum(axis=-1), 0.05, 0.95)
    return (
        f"{domain}: in {years[-1]} {listed(parts)}; largest {adjective(codes[0])} share: "
        f"{called('group', groups[place])}, {first[place]:.0f} % (90 % of runs: {low:.0f} to {high:.0f})"
    )


def _finding_of_one(values: Floats, stack: Stack, years: Sequence[int], subject: str) -> str:
    """Whose vendors lead in one group at the end and at the start; values (run, year, vendor)."""
    held = {code: values[..., at].sum(axis=-1) for code, at in stack.items() if code}  # (run, year)
    last, first = (max(held, key=lambda code: float(means(held[code])[t])) for t in (-1, 0))
    low, high = quantiles(held[last][:, -1], 0.05, 0.95)
    spread = f" (90 % of runs: {low:.0f} to {high:.0f})" if len(values) > 1 else ""
    return (
        f"{subject}: in {years[-1]} {adjective(last)} vendors lead with {means(held[last])[-1]:.0f} %"
        f"{spread}, in {years[0]} {adjective(first)} vendors did with {means(held[first])[0]:.0f} %"
    )
