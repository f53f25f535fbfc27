"""Where each scenario acts and in which direction: one panel and one sentence for each, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from lockin_sim.plots import Figure
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, TEXT, effect_color, panels, rows_of, sheet, wrapped
from lockin_sim.titles import scenario_title
from lockin_sim.wording import effect_digits, number, opening, quoted, signed
from lockin_sim.world.names import name_of

type Datasets = Mapping[str, xr.Dataset]
type Row = dict[str, Any]

#: Rows of a panel: what is looked at, in which dataset and measure.
LOOKED_AT = {
    "Chinese standards": ("by_domain", "cn2035_share"),
    "Chinese standards, sensitive,": ("by_group", "cn2035_sensitive"),
    "status of Chinese standards": ("effects", "status_"),
    "Chinese vendors": ("by_group", "dependence_sensitive_CHN"),
    "US vendors": ("by_group", "dependence_sensitive_USA"),
    "EU vendors": ("by_group", "dependence_sensitive_EU"),
    "base kept": ("by_group", "retention"),
    "price paid, %,": ("by_group", "price_paid"),
}

#: Not places in which a policy acts but sums of them, or, China's own market, not abroad.
NO_PLACES = ("world", "excluding_CHN", "abroad", "CHN")

#: Of the baseline its levels are shown.
LEVELS = {
    "cn2035_share": "Chinese standards, world",
    "cn2035_sensitive": "Chinese standards, sensitive, world",
    "status_ITU": "status of Chinese standards in ITU",
    "dependence_sensitive_CHN": "Chinese vendors, world",
    "dependence_sensitive_USA": "US vendors, world",
    "dependence_sensitive_EU": "EU vendors, world",
    "retention": "base kept, world",
    "lock_in": "lock-in, world",
}

COLUMNS, LABELS, PANEL, NUMBERS = 2, 3.9, 3.0, 0.7  # inches but for the first


def acting(found: Datasets) -> list[Row]:
    """Of each scenario and thing looked at the place with the largest effect clear of zero, last year.

    Effects of shares are in points, of the price in per cent of its mean.  Where no place is clear of zero
    the place is blank and the effect the largest of all.
    """
    scenarios = found["effects"]["scenario"].values[1:]
    return [
        {"scenario": str(scenario), "looked_at": what, **_largest(found[dataset], measure, scenario)}
        for scenario in scenarios
        for what, (dataset, measure) in LOOKED_AT.items()
    ]


def _largest(ds: xr.Dataset, measure: str, scenario: str) -> Row:
    """Place, effect and interval where the effect is largest, among those clear of zero if there are any."""
    of = ds.sel(scenario=scenario).isel(year=-1)
    if "group" in ds.dims:
        of = of.sel(measure=measure, group=[g for g in of["group"].values if g not in NO_PLACES])
        places = [str(label) for label in of["group_label"].values]
    elif "domain" in ds.dims:
        of = of.sel(measure=measure)
        places = [name_of("domain", domain) for domain in of["domain"].values]
    else:
        of = of.sel(outcome=[o for o in of["outcome"].values if str(o).startswith(measure)])
        places = [name_of("body", str(outcome).removeprefix(measure)) for outcome in of["outcome"].values]
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
    """Small multiples: a panel for each scenario, under its name the sentence that says where it acts."""
    rows, effects = acting(found), found["effects"]
    names = list(dict.fromkeys(row["scenario"] for row in rows))
    down = -(-(len(names) + 1) // COLUMNS)
    year, runs = int(effects["year"].values[-1]), effects.attrs["runs"]
    between = NUMBERS + LABELS
    figure, axes = sheet(
        _finding(rows, year),
        f"Baseline: levels in {year}, per cent, with the 5–95 % range of {runs} runs. Scenarios: of each "
        "thing the place with the largest effect, mean paired difference from the baseline with its 95 % "
        "interval, in points (price: per cent). Filled: the interval excludes zero; hollow: nowhere. Vendors "
        "and standards called sensitive are those of sensitive infrastructure; base kept is that up for "
        "renewal. The largest of many effects is somewhat overstated. Scales differ.",
        width=LABELS + 2 * PANEL + between + NUMBERS, body=3.0 * down, grid=(down, COLUMNS), left=LABELS,
        right=NUMBERS, bottom=0.35, gap=(between, 1.15), lead=0.95,
    )  # fmt: skip
    places = panels(axes, len(names) + 1, "")
    _baseline(next(places), effects, year)
    for ax, name in zip(places, names, strict=True):
        mine = [row for row in rows if row["scenario"] == name]
        _labels(ax, name, sentence(mine, year), [_label(row) for row in mine])
        ax.axvline(0, color=INK, linewidth=0.8)
        for y, row in enumerate(mine):
            color = effect_color(0.9 * np.sign(row["effect"])) if row["place"] else QUIET
            ends = (row["effect_low"], row["effect_high"])
            _mark(ax, y, row["effect"], ends, color, _number(row, "effect"), bool(row["place"]))
    return figure


def _baseline(ax: Axes, effects: xr.Dataset, year: int) -> None:
    """Levels of the baseline."""
    level = 100 * effects["level"].isel(scenario=0, year=-1).sel(outcome=list(LEVELS))
    mean, low, high = (level.sel(statistic=name).values for name in ("mean", "q05", "q95"))
    text = (
        f"Policies stay as they are: Chinese standards have {mean[0]:.0f} % [{low[0]:.0f}, {high[0]:.0f}] of "
        f"the world's capacity in {year}, and "
        f"{mean[1]:.0f} % [{low[1]:.0f}, {high[1]:.0f}] of sensitive infrastructure."
    )
    _labels(ax, str(effects.attrs["baseline"]), text, list(LEVELS.values()))
    for y, (value, *ends) in enumerate(zip(mean, low, high, strict=True)):
        _mark(ax, y, value, (ends[0], ends[1]), INK, number(value, 0), True)
    ax.set_xlim(left=0)


def _labels(ax: Axes, name: str, text: str, rows: list[str]) -> None:
    """Names of rows; above them the panel's name and its sentence, from the left end of the labels on."""
    rows_of(ax, rows)
    ax.tick_params(axis="y", labelsize=SMALL)
    ax.tick_params(axis="x", labelbottom=True)
    left = 0.15 - LABELS
    at = {
        "xycoords": ("axes fraction", "axes fraction"),
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    lines = wrapped(text, PANEL + LABELS - 0.1, SMALL)[:2]
    ax.annotate(
        scenario_title(name),
        (0, 1),
        xytext=(72 * left, 32),
        fontsize=TEXT + 1,
        fontweight="bold",
        color=INK,
        **at,
    )
    ax.annotate("\n".join(lines), (0, 1), xytext=(72 * left, 28), fontsize=SMALL, color=QUIET, va="top", **at)
    ax.margins(x=0.08)


def _mark(
    ax: Axes, y: int, value: float, ends: tuple[float, float], color: str, text: str, clear: bool
) -> None:
    """One effect with its interval, hollow unless clear, and its text."""
    ax.plot(ends, [y, y], color=color, linewidth=1.6)
    ax.plot([value], [y], marker="o", markersize=6, color=color, markerfacecolor=color if clear else "white",
            linestyle="none")  # fmt: skip
    ax.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), fontsize=SMALL, color=INK, va="center")


def _label(row: Row) -> str:
    """What is looked at and where, beside the line."""
    return (
        f"{row['looked_at']} in {row['place']}"
        if row["place"]
        else f"{row['looked_at'].rstrip(',')}: nowhere"
    )


def _interval(row: Row) -> str:
    """An effect with its interval, in words."""
    mean, low, high = (_number(row, f"effect{end}") for end in ("", "_low", "_high"))
    return f"{mean} [{low}, {high}] {'per cent' if '%' in row['looked_at'] else 'points'}"


def _number(row: Row, name: str) -> str:
    """With the digits that the interval calls for; a clear effect keeps its sign."""
    ends = (row[each] for each in ("effect", "effect_low", "effect_high"))
    return signed(row[name], min(effect_digits(*ends), 2), keep=bool(row["place"]))


def sentence(rows: list[Row], year: int) -> str:
    """What moves most where, and how much of the rest moves at all."""
    clear = [row for row in rows if row["place"]]
    if not clear:
        return f"Nothing moves by more than chance could by {year}."
    top = max(clear, key=lambda row: abs(row["effect"]))
    what = opening(_label(top).replace(", %,", ""))
    where = f"something moves in {len(clear)} of {len(rows)} rows"
    return f"{what}: {_interval(top)} by {year}, the largest; {where}."


def _finding(rows: list[Row], year: int) -> str:
    """In how many scenarios anything is clear, and the largest effect on Chinese vendors."""
    names, moved = {row["scenario"] for row in rows}, {row["scenario"] for row in rows if row["place"]}
    vendors = [row for row in rows if row["looked_at"] == "Chinese vendors" and row["place"]]
    text = f"{len(moved)} of {len(names)} scenarios act clearly somewhere by {year}"
    if not vendors:
        return text
    top = max(vendors, key=lambda row: abs(row["effect"]))
    whom = f"{quoted(scenario_title(top['scenario']))} in {top['place']}"
    return f"{text}; Chinese vendors of sensitive infrastructure are moved most by {whom}: {_interval(top)}"
