"""Where each scenario acts most, and in which direction, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lockin_sim.common.formats import effect_digits, number, opening, quoted, signed, with_range
from lockin_sim.pages.plots import Figure
from lockin_sim.pages.plots.kit.style import (
    INK,
    SMALL,
    TEXT,
    build_sheet,
    compute_lightness,
    compute_name_room,
    effect_color,
    label_rows,
    wrap_text,
)
from lockin_sim.settings.titles import scenario_title
from lockin_sim.world.names import format_label

type Datasets = Mapping[str, xr.Dataset]
type Row = dict[str, Any]

#: What is looked at: dataset and measure, and the outcome that is its level in the world.
LOOKED_AT = {
    "Chinese standards": ("by_domain", "cn2035_share", "cn2035_share"),
    "Chinese standards, sensitive,": ("by_group", "cn2035_sensitive", "cn2035_sensitive"),
    "status of Chinese standards": ("effects", "status_", "status_ITU"),
    "Chinese vendors": ("by_group", "dependence_sensitive_CHN", "dependence_sensitive_CHN"),
    "US vendors": ("by_group", "dependence_sensitive_USA", "dependence_sensitive_USA"),
    "EU vendors": ("by_group", "dependence_sensitive_EU", "dependence_sensitive_EU"),
    "base kept": ("by_group", "retention", "retention"),
    "price paid, %,": ("by_group", "price_paid", ""),
}

#: Not places in which a policy acts but sums of them, or, China's own market, not abroad.
NO_PLACES = ("world", "excluding_CHN", "abroad", "CHN")

WIDE, HIGH, UNCLEAR = 1.25, 0.56, "#F1F3F4"  # inches of a cell, and the colour of one without a clear effect

#: Smaller effects are not shown.
SMALLEST = 0.05


def acting(found: Datasets) -> list[Row]:
    """Of each scenario and thing looked at the place with the largest effect clear of zero, last year.

    Effects of shares are in points, of the price in per cent of its mean.  Where no place is clear of zero
    the place is blank and the effect the largest of all.
    """
    scenarios = found["effects"]["scenario"].values[1:]
    return [
        {"scenario": str(scenario), "looked_at": what, **_largest(found[dataset], measure, scenario)}
        for scenario in scenarios
        for what, (dataset, measure, _) in LOOKED_AT.items()
    ]


def _largest(ds: xr.Dataset, measure: str, scenario: str) -> Row:
    """Place, effect and interval where the effect is largest, among those clear of zero if there are any."""
    of = ds.sel(scenario=scenario).isel(year=-1)
    if "group" in ds.dims:
        of = of.sel(measure=measure, group=[g for g in of["group"].values if g not in NO_PLACES])
        places = [str(label) for label in of["group_label"].values]
    elif "measure" in ds.dims:
        of = of.sel(measure=measure)
        places = [format_label("domain", domain) for domain in of["domain"].values]
    else:
        of = of.sel(outcome=[o for o in of["outcome"].values if str(o).startswith(measure)])
        places = [
            format_label("body", str(outcome).removeprefix(measure)) for outcome in of["outcome"].values
        ]
    factor = 100.0 / (of["level"].values if measure == "price_paid" else 1.0)
    mean, low, high = (of[name].values * factor for name in ("effect", "effect_low", "effect_high"))
    clear = (low > 0) | (high < 0)
    at = int(np.argmax(np.where(clear if clear.any() else np.isfinite(mean), np.abs(mean), -1.0)))
    return {
        "place": places[at] if clear.any() else "",
        "effect": float(mean[at]), "effect_low": float(low[at]), "effect_high": float(high[at]),
        "places_clear": int(clear.sum()), "places": len(places),
    }  # fmt: skip


def acting_figure(found: Datasets) -> Figure:
    """Table of where each scenario acts most: one row a scenario, one column a thing looked at."""
    rows, effects = acting(found), found["effects"]
    names = list(dict.fromkeys(row["scenario"] for row in rows))
    titles = [opening(str(effects.attrs["baseline"])), *(scenario_title(name) for name in names)]
    year, runs, columns = int(effects["year"].values[-1]), effects.attrs["runs"], list(LOOKED_AT)
    left = compute_name_room(titles)
    figure, axes = build_sheet(
        _finding(rows, year),
        f"First row: levels of the world in {year}, per cent, with nine in ten of {runs} runs. Below: where "
        "each scenario has its largest effect, the mean paired difference from the baseline in points "
        "(price: per cent). Darker: larger within a column; brown rises, violet falls; pale: nowhere clear "
        "of zero, or less than 0.05. Vendors and the second column of standards: in sensitive "
        "infrastructure. Base kept: of what comes up for renewal. The largest of many effects is overstated.",
        width=left + WIDE * len(columns) + 0.3, body=HIGH * len(titles), left=left, right=0.3, bottom=0.25,
        lead=0.7,
    )  # fmt: skip
    ax = axes[0, 0]
    label_rows(ax, titles)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    heads = ["\n".join(wrap_text(what.rstrip(", %").replace(",", ""), WIDE - 0.1, SMALL)) for what in columns]
    ax.set_xticks(range(len(columns)), heads)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", colors=INK, labelsize=SMALL)
    ax.grid(visible=False)
    level = 100 * effects["level"].isel(scenario=0, year=-1)
    for column, (what, (*_, outcome)) in enumerate(LOOKED_AT.items()):
        if outcome:
            ends = [number(float(level.sel(outcome=outcome, statistic=s)), 0) for s in ("mean", "q05", "q95")]
            _cell(ax, 0, column, "white", ends[0], " to ".join(ends[1:]))
        of = {row["scenario"]: row for row in rows if row["looked_at"] == what}
        largest = max((abs(row["effect"]) for row in of.values() if row["place"]), default=1.0)
        for place, name in enumerate(names):
            row = of[name]
            if row["place"] and abs(row["effect"]) >= SMALLEST:
                color = effect_color(row["effect"] / largest)
                _cell(ax, place + 1, column, color, _number(row, "effect"), row["place"])
            else:
                _cell(ax, place + 1, column, UNCLEAR, "", "")
    return figure


def _cell(ax: Axes, row: int, column: int, color: str, value: str, where: str) -> None:
    """A number, and below it where that is."""
    ax.add_patch(
        Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=color, edgecolor="white", linewidth=1.2)
    )
    look = {"ha": "center", "color": "white" if compute_lightness(color) < 0.55 else INK}
    ax.text(column, row - 0.02, value, va="bottom", fontsize=TEXT, fontweight="bold", **look)
    lines = wrap_text(where, WIDE - 0.08, SMALL - 1.5)
    ax.text(column, row + 0.04, "\n".join(lines), va="top", fontsize=SMALL - 1.5, linespacing=1.0, **look)


def _interval(row: Row) -> str:
    """An effect with its interval, in words."""
    mean, low, high = (_number(row, f"effect{end}") for end in ("", "_low", "_high"))
    return with_range(f"{mean} {'per cent' if '%' in row['looked_at'] else 'points'}", low, high)


def _number(row: Row, name: str) -> str:
    """With the digits that the interval calls for; a clear effect keeps its sign."""
    ends = (row[each] for each in ("effect", "effect_low", "effect_high"))
    return signed(row[name], min(effect_digits(*ends), 2), keep=bool(row["place"]))


def _finding(rows: list[Row], year: int) -> str:
    """In how many scenarios anything is clear, and the largest effect on Chinese vendors."""
    names, moved = {row["scenario"] for row in rows}, {row["scenario"] for row in rows if row["place"]}
    vendors = [row for row in rows if row["looked_at"] == "Chinese vendors" and row["place"]]
    text = f"{len(moved)} of {len(names)} scenarios have a clear effect somewhere by {year}"
    if not vendors:
        return text
    top = max(vendors, key=lambda row: abs(row["effect"]))
    whom = f"{quoted(scenario_title(top['scenario']))} in {top['place']}"
    where = "on Chinese vendors of sensitive infrastructure"
    return f"{text}; the largest {where} is that of {whom}: {_interval(top)}"
