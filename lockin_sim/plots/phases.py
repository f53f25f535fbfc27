"""Where an outcome tips: two columns of a sweep against each other, and the line of the critical level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scipy.interpolate import RegularGridInterpolator

from lockin_sim.conventions import Floats
from lockin_sim.design import column as column_of
from lockin_sim.design import factor_title
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.parameters import declarations
from lockin_sim.plots.kit.labelled import numbers, runs_of, shown, variable
from lockin_sim.plots.kit.style import INK, PALE, QUIET, SMALL, sheet
from lockin_sim.reader import Shown, require, subject
from lockin_sim.statistics import interval, means
from lockin_sim.wording import joined, opening

SCALE = LinearSegmentedColormap.from_list("lockin_slate", [PALE, "#8FA3B3", "#22384A"])


def phase_diagram(
    sweep: xr.Dataset,
    outcome: str,
    x: str,
    y: str,
    *,
    year: int | None = None,
    level: float = 0.5,
    marked: Mapping[str, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Heat map of an outcome over two columns of a design, with the contour of a critical level.

    sweep    dataset of ``lockin_sim.sweep`` or ``lockin_sim.open_sweep`` over (point, run, year), of a design
             that holds every pair of values of the two columns, such as ``lockin_sim.design.grid`` makes;
             points that share a pair are averaged
    outcome  name of the variable;  x, y  names of columns with numbers
    year     the last one by default
    level    where the contour is drawn, in stored units: 0.5 is 50 per cent
    marked   column to number: the point to mark; by default the default of both, if they are parameters
    title    the finding; by default in how many points the outcome exceeds the level, and where the marked
             point lies
    Cells are means over runs, hatched where their 95 % interval (Student's t) holds the level.
    Raises InputError for an unknown variable, column or year, words instead of numbers, or a missing pair.
    """
    where = "phase_diagram, sweep"
    values = variable(where, sweep, outcome, ("run", "year"))
    year = int(values["year"].values[-1]) if year is None else year
    require(f"{where}, year", [str(year)], [str(each) for each in values["year"].values])
    unit, runs = shown(values), numbers(values.sel(year=year), "run", "point")
    x, y = (column_of(name).name if "[" in name else name for name in (x, y))
    xs, ys, each = _cells(runs, _column(sweep, x), _column(sweep, y), (x, y))
    (mean, low, high, _), bound = interval(each), level * unit.factor
    point = _marked(marked, x, y)
    here = _value_at(xs, ys, mean, point)
    unsure = np.isfinite(mean) & ~((low > bound) | (high < bound))  # one run has no interval
    outside = "" if point is None or here is not None else " The marked point lies outside."
    figure, axes = sheet(
        title or _finding(unit, mean, low, unsure, bound, year, here, _place(point, xs, ys, marked)),
        f"{opening(unit.label)} in {year}, {unit.axis}: mean of {runs_of(runs)} at each "
        f"of {mean.size} pairs. Line: {_exact(bound, unit)}. Hatched: the 95 % interval of the "
        f"mean includes it.{outside}",
        width=7.8, body=4.5, left=0.95, right=1.5, bottom=0.65, lead=0.3,
    )  # fmt: skip
    ax = axes[0, 0]
    _draw(ax, xs, ys, mean, unsure)
    _contour(ax, xs, ys, mean, bound, unit, point)
    if point is not None and here is not None:
        _mark(ax, point, f"{'default' if marked is None else 'marked'}: {unit.rounded(here)}", xs)
    for axis, name, set_label in ((x, sweep[x], ax.set_xlabel), (y, sweep[y], ax.set_ylabel)):
        units = str(name.attrs.get("units", ""))
        behind = f" ({units})" if units not in ("", "1") else ""
        set_label(factor_title(axis) + behind, fontsize=SMALL + 0.5, color=INK)
    bar = figure.colorbar(ax.collections[0], cax=ax.inset_axes((1.05, 0.0, 0.035, 1.0)))
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=SMALL, colors=QUIET)
    if np.nanmin(mean) < bound < np.nanmax(mean):
        bar.ax.axhline(bound, color=INK, linewidth=1.6)
    bar.set_label(unit.axis, fontsize=SMALL, color=QUIET)
    return figure


def _column(sweep: xr.Dataset, name: str) -> Floats:
    """Numbers of a column of the design, (point,)."""
    columns = [str(c) for c, values in sweep.coords.items() if values.dims == ("point",) and c != "point"]
    if name not in columns:
        raise unknown_name("phase_diagram, column of the design", found=name, known=columns)
    if sweep[name].dtype.kind not in "fiu":
        raise unusable(f"phase_diagram, {name}", found="words", allowed="a column of numbers")
    return np.asarray(sweep[name].values, dtype=float)


def _cells(runs: Floats, x: Floats, y: Floats, names: tuple[str, str]) -> tuple[Floats, Floats, Floats]:
    """Values of both columns, and the outcome at each pair, (run, y, x)."""
    xs, ys = np.unique(x[np.isfinite(x)]), np.unique(y[np.isfinite(y)])
    each = np.full((len(runs), len(ys), len(xs)), np.nan)
    present = np.zeros(each.shape[1:], dtype=bool)
    for row, column in np.ndindex(present.shape):
        here = runs[:, (x == xs[column]) & (y == ys[row])]
        present[row, column] = here.shape[1] > 0
        each[:, row, column] = means(here.T)  # run by run: the same run of two points shares its luck
    if min(present.shape, default=0) < 2 or not present.all():
        found = f"{int(present.sum())} of {present.size} pairs of {names[0]} and {names[1]}"
        allowed = "every pair of at least two values of each, as design.grid makes"
        raise unusable("phase_diagram, design", found=found, allowed=allowed)
    return xs, ys, each


def _marked(marked: Mapping[str, float] | None, x: str, y: str) -> tuple[float, float] | None:
    """The point to mark: as given, or the defaults of two parameters."""
    if marked is not None:
        require("phase_diagram, marked", [x, y], list(marked))
        return float(marked[x]), float(marked[y])
    known = declarations()
    return (float(known[x].default), float(known[y].default)) if x in known and y in known else None


def _value_at(xs: Floats, ys: Floats, mean: Floats, point: tuple[float, float] | None) -> float | None:
    """The outcome between the points around, None outside of them or where one has no value."""
    if point is None:
        return None
    found = RegularGridInterpolator((ys, xs), mean, bounds_error=False)([point[::-1]])
    return float(found[0]) if np.isfinite(found[0]) else None


def _place(
    point: tuple[float, float] | None, xs: Floats, ys: Floats, marked: Mapping[str, float] | None
) -> str:
    """Where the marked point is, and whether it was simulated itself."""
    place = "at the default parameters" if marked is None else "at the marked point"
    simulated = point is not None and point[0] in xs and point[1] in ys
    return place if simulated else f"{place}, between points,"


def _edges(centres: Floats) -> Floats:
    """Edges of cells around their centres, half way between neighbours."""
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _draw(ax: Axes, xs: Floats, ys: Floats, mean: Floats, unsure: np.ndarray) -> None:
    """Cells, and hatches over those that are too close to the level."""
    ax.grid(visible=False)
    x, y = _edges(xs), _edges(ys)
    ax.pcolormesh(x, y, np.ma.masked_invalid(mean), cmap=SCALE)
    for row, column in np.argwhere(unsure):
        cell = (x[column], y[row]), x[column + 1] - x[column], y[row + 1] - y[row]
        patch = Rectangle(*cell, facecolor="none", linewidth=0, hatch="////", gid="unsure")
        patch.set(hatchcolor="white", hatch_linewidth=0.8)
        ax.add_patch(patch)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])


def _contour(
    ax: Axes, xs: Floats, ys: Floats, mean: Floats, level: float, unit: Shown,
    point: tuple[float, float] | None,
) -> None:  # fmt: skip
    """The critical line, dark on a white edge, with its value as far from the marked point as it goes."""
    if not np.nanmin(mean) < level < np.nanmax(mean):
        return
    for color, width in (("white", 4.0), (INK, 1.8)):
        lines = ax.contour(xs, ys, np.ma.masked_invalid(mean), levels=[level], colors=color, linewidths=width)
    way = np.concatenate(lines.allsegs[0])
    size = np.array([np.ptp(xs), np.ptp(ys)])
    near = np.array(point if point is not None else (xs.mean(), ys.mean()))
    text = _exact(level, unit)
    inner = way[np.all(np.abs(way - [xs.mean(), ys.mean()]) < 0.45 * size, axis=1)]
    way = inner if len(inner) else way
    place = way[np.argmax((((way - near) / size) ** 2).sum(axis=1))]
    ax.text(
        float(place[0]), float(place[1]), text, color=INK, fontsize=SMALL, fontweight="bold", ha="center",
        va="center", zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def _exact(level: float, unit: Shown) -> str:
    """The critical level as it was asked for."""
    return joined(f"{level:g}", unit.unit.level)


def _mark(ax: Axes, point: tuple[float, float], text: str, xs: Floats) -> None:
    """A white star with a dark edge, and its value towards the middle of the picture."""
    ax.plot(
        *point, marker="*", markersize=15, color="white", markeredgecolor=INK, markeredgewidth=1.2, zorder=5
    )
    right = bool(point[0] > (xs[0] + xs[-1]) / 2)
    ax.annotate(
        text, point, xytext=(-11 if right else 11, 0), textcoords="offset points", va="center",
        ha="right" if right else "left", fontsize=SMALL, fontweight="bold", color=INK, zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 1.5},
    )  # fmt: skip


def _finding(
    unit: Shown,
    mean: Floats,
    low: Floats,
    unsure: np.ndarray,
    bound: float,
    year: int,
    here: float | None,
    place: str,
) -> str:
    """At how many pairs the outcome exceeds the level, how many are too close, and the marked point."""
    known = np.isfinite(mean)
    if not known.any():
        return f"{opening(unit.label)}: no value in {year}"
    above, close = int((low > bound).sum()), int(unsure.sum())
    places = f"{above} of {int(known.sum())} pairs"
    text = f"{subject(unit.label)} exceeds {_exact(bound, unit)} in {year} at {places}"
    if not above:
        text += f" (highest {unit.rounded(float(np.nanmax(mean)))})"
    if close:
        text += f", {close} are too close to tell"
    if here is None:
        return text
    return f"{text}; {place} it is {unit.rounded(here)}"
