"""Sponsors' vendors: which vendors carry a standard, and shares by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.conventions import Floats
from lockin_sim.common.findings import get_range_name
from lockin_sim.common.formats import Unit, listed, opening, quoted
from lockin_sim.common.statistics import mean_by_column, quantiles
from lockin_sim.comparisons.effects_reader import EffectsReader, check_known, get_run_uncertainty
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.data import called, labels, numbers, owner_of, runs_of, with_axes
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import INK, NO_SPONSOR, QUIET, ROW, SMALL, SPOKEN
from lockin_sim.world.case import read_case_attributes
from lockin_sim.world.names import get_sponsor_adjective

_YEARS = 5  # of a region, where none are named
_FEWEST = 9.0  # per cent: a lower tile holds no number
_SMALLEST = 3.0  # per cent: a sponsor that stays below in every tile is among the others


@figure(of="effects")
def two_parts(
    effects: xr.Dataset,
    years: Sequence[int] = (2035, 2050),
    *,
    title: str | None = None,
) -> Figure:
    """Draw stacked bars of the family's share carried by its owners' base and by other vendors that comply.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare`` with outcomes such as ``cn2035_chinese_base`` and
        ``cn2035_others`` (means are stacked) and, for where nine in ten runs of the sum lie, ``cn2035_share``
    years
        one panel each
    title
        headline; by default the other vendors' part of the sum, in the last of the years

    Raises
    ------
    InputError
        for a missing outcome or year
    """
    case = read_case_attributes(effects.attrs)
    sponsor, whole = case.sponsors[0], f"{case.family}_share"
    parts = (f"{case.family}_{get_sponsor_adjective(sponsor).lower()}_base", f"{case.family}_others")
    reading = EffectsReader(effects, parts, years)
    names, unit = [reading.baseline, *reading.others], reading.unit(parts[0])
    # of the owners' vendors and of others, (part, year, scenario); the range of the sum, where it is there
    parts_of = np.array([[[reading.level(n, p, y).mean for n in names] for y in years] for p in parts])
    ranges = [[reading.level(n, whole, y) for n in names] for y in years] if whole in reading.outcomes else []
    family = called("standard", case.family)
    note = f"Share of {family} in the world's installed capacity, mean of {reading.pairs}"
    figure, panels = kit.build_row_sheet(
        title or _describe_others_part(reading, names, parts_of[:, -1], years[-1]),
        note + (f"; lines: {get_range_name(get_run_uncertainty(effects))}, of the sum." if ranges else "."),
        [kit.shorten_name(reading.title(name), ROW) for name in names],
        [str(year) for year in years],
        width=max(4.6 * len(years), 6.5),
        row=0.46,
        more=0.2,
        pad=20,
        right=0.4,
        bottom=0.6,
        gap=0.45,
        lead=0.62,
        sharex=True,
    )
    ends = [*parts_of.sum(axis=0).ravel(), *(each.high for year in ranges for each in year)]
    widest = 1.1 * float(np.nanmax([0.0, *ends])) or 1.0  # room for a number
    panels[0].set_xlim(0, widest)
    for column, ax in enumerate(panels):
        _draw_part_bars(ax, sponsor, unit, parts_of[:, column], widest)
        for row, (_, low, high) in enumerate(ranges[column] if ranges else ()):
            ax.plot([low, high], [row + 0.36] * 2, color=INK, linewidth=1.0, marker="|", markersize=4)
        kit.set_x_label(ax, f"{unit.axis} of installed capacity")
    return figure


def _draw_part_bars(ax: Axes, sponsor: str, unit: Unit, parts: Floats, widest: float) -> None:
    """Draw the two parts of every scenario, (part, scenario), with their values and their sum."""
    color, pale = kit.sponsor_color(sponsor), kit.mix_colors(NO_SPONSOR, "white", 0.55)
    own, others = parts
    rows = np.arange(len(own))
    ax.barh(rows, own, height=0.5, color=color, linewidth=0)
    hatched = ax.barh(
        rows,
        others,
        left=own,
        height=0.5,
        facecolor=pale,
        hatch="////",
        edgecolor="white",
        hatchcolor=NO_SPONSOR,
        linewidth=0.8,
    )
    for bar in hatched:
        bar.set_hatch_linewidth(0.6)
    bold: dict[str, Any] = {"va": "center", "fontsize": SMALL, "fontweight": "bold"}
    for row, (first, second) in enumerate(zip(own, others, strict=True)):
        if first > 0.13 * widest:
            ax.text(0.008 * widest, row + 0.02, unit.said(first), color="white", **bold)
        if second > 0.13 * widest:
            text, ground = unit.said(second), kit.build_text_background(1.2, color=pale)
            ax.text(first + 0.008 * widest, row + 0.02, text, color=INK, bbox=ground, **bold)
        if np.isfinite(first + second):
            total = unit.said(first + second)
            ax.text(first + second + 0.012 * widest, row, total, va="center", fontsize=SMALL, color=INK)
    bold["va"] = "bottom"
    ax.text(0, -0.62, f"{get_sponsor_adjective(sponsor)} vendors", color=color, **bold)
    place = float(np.clip(own[0], 0.44 * widest, 0.57 * widest))
    ax.text(place, -0.62, "others that comply", color=QUIET, **bold)


def _describe_others_part(reading: EffectsReader, names: Sequence[str], parts: Floats, year: int) -> str:
    """Describe the other vendors' part of the sum in the baseline, and where it differs most.

    parts  (part, scenario), the baseline first
    """
    case, whole = read_case_attributes(reading.effects.attrs), parts.sum(axis=0)
    part = np.divide(100 * parts[1], whole, out=np.full(len(names), np.nan), where=whole > 0)
    text = (
        f"Equipment of {get_sponsor_adjective(case.sponsors[0])} vendors carries {100 - part[0]:.0f} % of "
        f"{called('standard', case.family)} in {year}, other vendors that comply carry {part[0]:.0f} %"
    )
    far = int(np.argmax(np.nan_to_num(np.abs(part - part[0]), nan=-1.0)))
    if far == 0 or round(part[far]) == round(part[0]):
        return f"{text}, whatever the policy"
    return (
        f"{text}; under {quoted(kit.shorten_name(reading.title(names[far]), SPOKEN))} these carry "
        f"{part[far]:.0f} %"
    )


type _Stack = dict[str, list[int]]  # sponsor -> positions of its vendors


@figure(of="group_vendor_share")
def vendor_regions(
    shares: xr.DataArray,
    *,
    years: Sequence[int] | None = None,
    owners: Mapping[str, str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw stacked tiles of vendors' shares by sponsor, one panel per region, one column per year.

    Lines show the share of the lowest sponsor in nine in ten runs.

    Parameters
    ----------
    shares
        (run, year, group, vendor), ``group_vendor_share`` of ``lockin_sim.simulate`` with ``record=``,
        one domain selected; its groups are the panels, in their order.  Means over runs are stacked and
        scaled to what the vendors hold together; thin lines separate vendors of one sponsor
    years
        the columns; by default five, equally far apart
    owners
        vendor to sponsor's code ('' for none); by default the owners of the bundled world
    title
        headline; by default whose vendors lead in how many groups, at the end and at the start

    Raises
    ------
    InputError
        for a missing or surplus axis, an unknown year, or a vendor without an owner
    """
    with_axes("vendor_regions, shares", shares, ("run", "year", "group", "vendor"), ())
    known = [int(year) for year in shares["year"].values]
    spaced = np.linspace(0, len(known) - 1, min(_YEARS, len(known)))
    shown_years = [known[round(at)] for at in spaced] if years is None else [int(year) for year in years]
    check_known("vendor_regions, years", [str(y) for y in shown_years], [str(y) for y in known])
    groups, vendors = labels(shares, "group"), labels(shares, "vendor")
    values = np.nan_to_num(numbers(shares.sel(year=shown_years), "run", "year", "group", "vendor"))
    totals = values.sum(axis=-1, keepdims=True)  # per cent of what the vendors hold together
    values = 100 * np.divide(values, totals, out=np.full(values.shape, np.nan), where=totals > 0)
    stack = _group_vendor_positions(mean_by_column(values), [owner_of(vendor, owners) for vendor in vendors])
    room = (
        kit.compute_name_room([f"100 % {_get_stack_adjective(sponsor)}" for sponsor in stack], SMALL, "bold")
        - 0.1
    )
    alone, whose = len(values) == 1, _get_stack_adjective(next(iter(stack)))
    mean_of = runs_of(values) if alone else f"mean of {runs_of(values)}"
    ranged = "" if alone else f" Lines: nine in ten runs, {whose} vendors."
    domain = called("domain", shares.coords["domain"].item()) if "domain" in shares.coords else "all"
    figure, panels = kit.build_panel_sheet(
        title or _describe_leading_sponsors(values, stack, groups, shown_years, opening(domain)),
        f"Share of installed capacity ({domain}) by owner of the vendor, {mean_of}; thin lines separate "
        f"vendors.{ranged}",
        "per cent",
        len(groups),
        4,
        wide=2.0 + room,
        more=0.7,
        least=6.5,
        high=2.2,
        left=0.7,
        right=room,
        bottom=0.45,
        gap=(room + 0.05, 0.55),
        lead=0.5,
    )
    for place, (ax, group) in enumerate(zip(panels, groups, strict=True)):
        kit.set_panel_title(ax, opening(called("group", group)))
        _draw_tile_columns(ax, values[:, :, place], stack)
        ax.set_xticks(range(len(shown_years)), [f"{year}" for year in shown_years], fontsize=SMALL - 1)
    return figure


def _group_vendor_positions(mean: Floats, owner: Sequence[str]) -> _Stack:
    """Group the positions of vendors by sponsor, the largest sponsor first.

    Vendors of small sponsors and of no sponsor come together at the end, under ''.
    mean  (..., vendor);  owner  sponsor of each vendor
    """
    by_owner = {code: [i for i, its in enumerate(owner) if its == code] for code in dict.fromkeys(owner)}
    shares = {code: mean[..., at].sum(axis=-1) for code, at in by_owner.items()}
    largest = {code: float(np.nanmax(share, initial=0.0)) for code, share in shares.items()}
    size = {code: float(np.nansum(share)) for code, share in shares.items()}
    order = sorted((c for c in by_owner if c and largest[c] >= _SMALLEST), key=lambda code: -size[code])
    rest = [i for code, at in by_owner.items() if code not in order and largest[code] > 0 for i in at]
    return {code: by_owner[code] for code in order} | ({"": rest} if rest else {})


def _draw_tile_columns(ax: Axes, values: Floats, stack: _Stack) -> None:
    """Draw a column of tiles per year, with sponsors' names beside the last; values (run, year, vendor)."""
    mean, (low, high) = (
        mean_by_column(values),
        quantiles(values[..., next(iter(stack.values()))].sum(-1), 0.05, 0.95),
    )
    x, bottom = np.arange(len(mean)), np.zeros(len(mean))
    ax.grid(visible=False)
    ends = []
    for sponsor, at in stack.items():
        face, tile = kit.mix_colors(kit.sponsor_color(sponsor), "white", 0.25), mean[:, at].sum(axis=-1)
        for i in sorted(at, key=lambda i: -float(np.nansum(mean[:, i]))):
            bars = ax.bar(
                x,
                mean[:, i],
                0.82,
                bottom,
                color=face,
                edgecolor=kit.mix_colors(face, "white", 0.55),
                linewidth=0.3,
                hatch=kit.sponsor_hatch(sponsor, ""),
                hatchcolor=kit.mix_colors(face, "white", 0.5),
            )
            for bar in bars:
                bar.set_hatch_linewidth(0.4)
            bottom = bottom + np.nan_to_num(mean[:, i])
        ax.hlines(
            bottom[np.isfinite(tile)],
            x[np.isfinite(tile)] - 0.41,
            x[np.isfinite(tile)] + 0.41,
            color="white",
            linewidth=1.4,
        )
        for year in np.flatnonzero(tile >= _FEWEST).tolist():
            ax.text(
                year,
                bottom[year] - tile[year] / 2,
                f"{tile[year]:.0f}",
                ha="center",
                va="center",
                fontsize=SMALL - 1,
                fontweight="bold",
                color=INK,
                bbox=kit.build_text_background(0.8, 0.85),
            )
        if tile[-1] >= 0.5:
            color = kit.mix_colors(kit.sponsor_color(sponsor), "black", 0.3)
            ends.append(
                kit.LineEnd(
                    bottom[-1] - tile[-1] / 2,
                    f"{tile[-1]:.0f} % {_get_stack_adjective(sponsor)}",
                    color,
                    "bold",
                )
            )
    ax.vlines(x + 0.3, low, high, color=INK, linewidth=1.2)
    ax.set_xlim(-0.5, len(mean) - 0.5)
    ax.set_ylim(0, 100)
    kit.label_line_ends(ax, ends, 0.085, SMALL - 0.5)


def _get_stack_adjective(sponsor: str) -> str:
    """Return the adjective of a sponsor; 'other' for no sponsor."""
    return get_sponsor_adjective(sponsor) if sponsor else "other"


def _describe_leading_sponsors(
    values: Floats, stack: _Stack, groups: Sequence[str], years: Sequence[int], domain: str
) -> str:
    """Describe whose vendors lead in how many groups at the end and at the start.

    The headline also states the first sponsor's largest share in a group.  values (run, year, group, vendor)
    """
    mean = mean_by_column(values)
    shares = {code: mean[..., at].sum(axis=-1) for code, at in stack.items() if code}  # (year, group)
    known = np.isfinite(mean[-1, :, 0])
    if not shares or not known.any():
        return f"{domain}: no installed base in {years[-1]}"
    if len(groups) == 1:
        return _describe_group_leader(
            values[:, :, 0], stack, years, f"{domain}, {called('group', groups[0])}"
        )
    codes = list(shares)
    lead = np.stack(list(shares.values())).argmax(axis=0)
    counts = {code: [int(((lead[t] == k) & known).sum()) for t in (-1, 0)] for k, code in enumerate(codes)}
    order = sorted((code for code in codes if counts[code][0]), key=lambda code: -counts[code][0])
    parts = []
    for code in order:
        now, then = counts[code]
        leads = f"lead in {now} of {int(known.sum())} groups" if code == order[0] else f"in {now}"
        parts.append(f"{get_sponsor_adjective(code)} vendors {leads} (in {years[0]}: {then})")
    first = np.where(known, shares[codes[0]][-1], -np.inf)
    place = int(first.argmax())
    low, high = quantiles(values[:, -1, place][:, stack[codes[0]]].sum(axis=-1), 0.05, 0.95)
    return (
        f"{domain}: in {years[-1]} {listed(parts)}; largest {get_sponsor_adjective(codes[0])} share: "
        f"{called('group', groups[place])}, {first[place]:.0f} % (nine in ten runs: {low:.0f} to {high:.0f})"
    )


def _describe_group_leader(values: Floats, stack: _Stack, years: Sequence[int], subject: str) -> str:
    """Describe whose vendors lead in one group at the end and the start; values (run, year, vendor)."""
    shares = {code: values[..., at].sum(axis=-1) for code, at in stack.items() if code}  # (run, year)
    share = {code: mean_by_column(values) for code, values in shares.items()}  # (year,)
    last = max(share, key=lambda code: float(share[code][-1]))
    low, high = quantiles(shares[last][:, -1], 0.05, 0.95)
    spread = f" (nine in ten runs: {low:.0f} to {high:.0f})" if len(values) > 1 else ""
    now = f"in {years[-1]} {get_sponsor_adjective(last)} vendors lead with {share[last][-1]:.0f} %{spread}"
    if np.isnan(share[last][0]):
        return f"{subject}: {now}; nothing was installed in {years[0]}"
    first = max(share, key=lambda code: float(share[code][0]))
    return (
        f"{subject}: {now}, in {years[0]} {get_sponsor_adjective(first)} vendors did with "
        f"{share[first][0]:.0f} %"
    )
