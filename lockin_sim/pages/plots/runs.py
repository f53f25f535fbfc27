"""Runs and sweeps: uncertainty of a path, and the critical level of an outcome in a parameter plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.formats import Unit, joined, listed, number, opening, quoted, two_digits
from lockin_sim.common.statistics import estimate_interval, mean_by_column, quantiles
from lockin_sim.comparisons.effects_reader import check_known, format_subject
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.data import (
    called,
    label_of,
    labels,
    numbers,
    runs_of,
    unit_in,
    variable,
    what,
    with_axes,
)
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import INK, PALE, QUIET, SMALL, SPOKEN
from lockin_sim.settings.design import column as column_of
from lockin_sim.settings.design import factor_title
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.settings.titles import scenario_title

#: Of paths in one panel; no sponsor's colour is among them.
_LOOKS = (
    kit.LineStyle(INK, "-", "o"),
    kit.LineStyle("#8A4FB0", (0, (5, 2)), "s"),
    kit.LineStyle("#7A7A3A", (0, (1, 1.4)), "^"),
)
_PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)

_SCALE = LinearSegmentedColormap.from_list("lockin_slate", [PALE, "#8FA3B3", "#22384A"])

type _Paths = dict[str, Floats]  # name -> (run, year), in shown units


@figure(of="a variable by run and year")
def fan(
    values: xr.DataArray | Mapping[str, xr.DataArray],
    *,
    split: bool | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a fan chart: median of the runs over the years, and the ranges of half and of nine in ten runs.

    Numbers and units are as declared by the variable; a year without a value leaves a gap.

    Parameters
    ----------
    values
        (run, year) with at most one further axis, from a dataset of ``lockin_sim.simulate``, such as
        ``ds["standard_share"].sel(standard="cn2035", domain="mobile_network")``; or a mapping from
        scenario to such arrays, whose runs of the same number met the same luck
    split
        True: one panel for each scenario or label of the further axis; False: all in one panel, three at
        most.  By default more than three are split
    title
        headline; by default the medians of the last year with nine in ten runs around them, or for
        scenarios of the same runs how often each ends above or below the first

    Raises
    ------
    InputError
        for a missing or surplus axis, different years, or too many paths for one panel
    """
    first, paths = _read_paths(values)
    years = np.asarray(first["year"].values, dtype=int)
    unit, apart = unit_in(first), len(paths) > len(_LOOKS) if split is None else split
    if not apart and len(paths) > len(_LOOKS):
        raise unusable("fan, paths in one panel", found=len(paths), allowed=f"{len(_LOOKS)}; or split=True")
    fans = {name: quantiles(runs, *_PROBABILITIES) for name, runs in paths.items()}
    groups = [[name] for name in paths] if apart else [list(paths)]
    several = len(groups[0]) > 1
    last = _format_distinct_levels(unit, {name: float(fan[2, -1]) for name, fan in fans.items()})
    ends = {name: last[name] + f" {kit.shorten_name(name)}" * several for name in fans}
    room, bars = kit.compute_name_room([*ends.values()], SMALL, "bold"), 0.13 * len(groups[0])
    light = "nine in ten (outlined where paths overlap). Bars at the right: both ranges in the last year."
    figure, panels = kit.build_panel_sheet(
        title
        or _describe_path_ends(unit, paths, fans, _format_year(years[-1]), what(first), _is_paired(values)),
        f"{what(first)}. Line: median of {runs_of(next(iter(paths.values())))}; dark: half of them; "
        f"light: {light if several else 'nine in ten.'}",
        unit.axis,
        len(groups),
        2 if len(groups) == 4 else 4,
        left=0.75,
        right=room + bars,
        bottom=0.45,
        gap=(room + bars, 0.55),
        more=0.75,
        **(
            {"wide": 0.0, "least": 7.6, "high": 3.3, "lead": 0.3}
            if len(groups) == 1
            else {"wide": (2.2 if len(groups) > 3 else 2.9) + room, "high": 2.0, "lead": 0.5}
        ),
    )
    panels[0].set_ylim(kit.compute_axis_limits(np.concatenate([fan.ravel() for fan in fans.values()])))
    for ax, names in zip(panels, groups, strict=True):
        ax.set_xlim(years[0], years[-1])
        marks = []
        for place, (name, look) in enumerate(zip(names, _LOOKS, strict=False)):
            _draw_fan(ax, years, fans[name], look, place, bars=several)
            marks.append(kit.LineEnd(float(fans[name][2, -1]), ends[name], look.color, "bold"))
        kit.label_line_ends(ax, marks, 0.07, shift=6 + 72 * bars * several)
        if apart:
            kit.set_panel_title(ax, opening(kit.shorten_name(names[0])))
    return figure


def _read_paths(values: xr.DataArray | Mapping[str, xr.DataArray]) -> tuple[xr.DataArray, _Paths]:
    """Read the paths by name, (run, year) in shown units, and return the first array for its labels.

    Labels of a single array without any value are left out.
    Raises InputError for no scenario, wrong axes, or different years.
    """
    by_scenario = dict(values) if isinstance(values, Mapping) else {"": values}
    if not by_scenario:
        raise unusable("fan, values", words="no scenario", allowed="at least one")
    paths: _Paths = {}
    for scenario, array in by_scenario.items():
        where = f"fan, values {scenario}".strip()
        further = [str(dim) for dim in getattr(array, "dims", ()) if dim not in ("run", "year")]
        with_axes(where, array, ("run", "year"), () if scenario else further[:1])
        for label in labels(array, further[0]) if further else [scenario]:
            name = called(further[0], label) if further else scenario_title(label)
            paths[name] = numbers(array.sel({further[0]: label}) if further else array, "run", "year")
    first = next(iter(by_scenario.values()))
    for scenario, array in by_scenario.items():
        if not np.array_equal(array["year"].values, first["year"].values):
            found = f"{array['year'].values[0]} to {array['year'].values[-1]}"
            raise unusable(f"fan, years of {scenario}", words=found, allowed="the same years for all")
    known = {name: runs for name, runs in paths.items() if np.isfinite(runs).any()}
    return first, known if known and not isinstance(values, Mapping) else paths


def _is_paired(values: xr.DataArray | Mapping[str, xr.DataArray]) -> bool:
    """Whether the values are scenarios with the same run numbers, and the same seeds if arrays have seeds."""
    if not isinstance(values, Mapping):
        return False
    first, *others = [array["run"].values for array in values.values()]
    seeds = [array["seed"].values for array in values.values() if "seed" in array.coords]
    same_seeds = all(np.array_equal(seeds[0], each) for each in seeds[1:])
    return same_seeds and all(np.array_equal(first, runs) for runs in others)


def _draw_fan(ax: Axes, years: Floats, fan: Floats, look: kit.LineStyle, place: int, *, bars: bool) -> None:
    """Draw the median and ranges of one path; only the first path of a panel is filled.

    place  position of the path in the panel
    bars   whether bars of both ranges in the last year stand beside the axes
    """
    if place == 0:
        kit.draw_band(ax, years, fan[0], fan[4], look.color, 0.16)
        kit.draw_band(ax, years, fan[1], fan[3], look.color, 0.30)
    for edge in (fan[0], fan[4]):
        ax.plot(years, edge, color=look.color, linewidth=0.9 if place else 0.5, linestyle=look.dash)
    ax.plot(
        years,
        fan[2],
        color=look.color,
        linewidth=1.9,
        linestyle=look.dash,
        marker=look.marker,
        markersize=5,
        markevery=[-1],
        clip_on=False,
    )
    if bars:
        shift = ScaledTranslation((0.12 + 0.13 * place), 0, ax.figure.dpi_scale_trans)
        beside: dict[str, Any] = {"transform": ax.get_yaxis_transform() + shift, "clip_on": False}
        for low, high, width in ((fan[0, -1], fan[4, -1], 1.0), (fan[1, -1], fan[3, -1], 3.5)):
            ax.plot([1, 1], [low, high], color=look.color, linewidth=width, solid_capstyle="butt", **beside)
        ax.plot(
            [1],
            [fan[2, -1]],
            color=look.color,
            marker=look.marker,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            **beside,
        )


def _format_year(year: int) -> str:
    """Format a year in a sentence: '2050', or 'year 30' of a toy world without a calendar."""
    return f"{year}" if year >= 1000 else f"year {year}"


def _describe_path_ends(
    unit: Unit, paths: _Paths, fans: Mapping[str, Floats], last: str, label: str, paired: bool
) -> str:
    """Describe the medians of the last year with their ranges, for the headline.

    Paired scenarios are compared with the first scenario, run by run.
    """
    ends = {name: fan[:, -1] for name, fan in fans.items() if np.isfinite(fan[2, -1])}
    if not ends:
        return f"{label}: no value in {last}"
    if len(ends) == 1:
        (name,) = ends
        subject = f"{label} ({kit.shorten_name(name)})" if len(paths) > 1 else label
        return f"{subject}: {_format_median_range(unit, ends[name])} in {last}"
    if paired:
        return _compare_with_first(unit, paths, ends, last, label)
    ordered = sorted(ends, key=lambda name: -ends[name][2])
    top, bottom = ordered[0], ordered[-1]
    return (
        f"{label}: in {last} highest for {kit.shorten_name(top)}, {_format_median_range(unit, ends[top])}, "
        f"lowest for {kit.shorten_name(bottom)}, {_format_median_range(unit, ends[bottom])}"
    )


def _compare_with_first(unit: Unit, paths: _Paths, ends: Mapping[str, Floats], last: str, label: str) -> str:
    """Describe how often each scenario ends above or below the first scenario, run by run."""
    (first, reference), *others = paths.items()
    last_values = _format_distinct_levels(unit, {name: float(end[2]) for name, end in ends.items()})
    medians = listed([f"{value} ({kit.shorten_name(name)})" for name, value in last_values.items()])
    parts = []
    for name, runs in others:
        change = (runs - reference)[:, -1]
        counts = {"below": int((change < 0).sum()), "above": int((change > 0).sum())}
        word, known = max(counts, key=counts.__getitem__), int(np.isfinite(change).sum())
        share = 100 * counts[word] / known if known else 0.0
        one, other = (quoted(kit.shorten_name(each, SPOKEN)) for each in (name, first))
        parts.append(f"{one} ends {word} {other} in {share:.0f} % of runs")
    return f"{label}: median {medians} in {last}" + (f"; {listed(parts)}" if parts else "")


def _format_distinct_levels(unit: Unit, values: Mapping[str, float]) -> dict[str, str]:
    """Format levels with up to two more digits if rounded levels would be equal."""
    known = [value for value in values.values() if np.isfinite(value)]
    digits = max(map(two_digits, known), default=0)
    more = next((n for n in range(3) if len({number(v, digits + n) for v in known}) == len(known)), 0)
    if more == 0:
        return {name: unit.rounded(value) for name, value in values.items()}
    return {name: joined(number(value, digits + more), unit.level) for name, value in values.items()}


def _format_median_range(unit: Unit, fan: Floats) -> str:
    """Format a median with its range: '34 % (nine in ten runs: 12 to 52)'."""
    low, high = (number(float(fan[i]), two_digits(float(fan[2]))) for i in (0, 4))
    return f"{unit.rounded(fan[2])} (nine in ten runs: {low} to {high})"


@figure(of="sweep")
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
    """Draw a heat map of an outcome over two columns of a design, with the contour of a critical level.

    Cells are means over runs, hatched where their 95 % interval (Student's t) includes the level.

    Parameters
    ----------
    sweep
        dataset of ``lockin_sim.sweep`` over (point, run, year), of a design that holds every pair of values
        of the two columns, as ``ls.design.grid`` makes; points that share a pair are averaged
    outcome
        name of the variable
    x, y
        names of columns with numbers
    year
        the last one by default
    level
        where the contour is drawn, in stored units: 0.5 is 50 per cent
    marked
        column to number: the point to mark; by default the default of both, if they are parameters
    title
        headline; by default in how many points the outcome exceeds the level, and at the marked point

    Raises
    ------
    InputError
        for an unknown variable, column or year, words instead of numbers, or a missing pair
    """
    x, y = (column_of(name).name if "[" in name else name for name in (x, y))
    plane, runs = _build_outcome_plane(sweep, outcome, (x, y), year, level)
    point = _find_marked_point(marked, x, y)
    value = np.nan if point is None else plane.at(*point)
    outside = "" if point is None or np.isfinite(value) else " The marked point lies outside."
    figure, axes = kit.build_sheet(
        title or plane.finding + _describe_marked_point(plane, point, value, marked is None),
        f"{opening(plane.label)} in {_format_year(plane.year)}, {plane.unit.axis}: mean of {runs} at each of "
        f"{plane.mean.size} pairs. Line: {plane.level}. Hatched: the 95 % interval of the mean includes it."
        f"{outside}",
        width=7.8,
        body=4.5,
        left=0.95,
        right=1.5,
        bottom=0.65,
        lead=0.3,
    )
    ax = axes[0, 0]
    _draw_cells(ax, plane)
    if plane.crossed:
        _draw_contour(ax, plane, point)
    if point is not None and np.isfinite(value):
        mark = f"{'default' if marked is None else 'marked'}: {plane.unit.rounded(value)}"
        _draw_marked_point(ax, point, mark, at_right=point[0] > (plane.xs[0] + plane.xs[-1]) / 2)
    return figure


class _OutcomePlane(NamedTuple):
    """Outcome over values of two columns, (y, x): means over runs, their intervals, a critical level."""

    label: str
    unit: Unit
    year: int
    titles: list[str]
    xs: Floats
    ys: Floats
    mean: Floats
    low: Floats
    high: Floats
    bound: float

    @property
    def unsure(self) -> Bools:
        """Mask of pairs whose interval includes the level, (y, x); one run has no interval."""
        clear = (self.low > self.bound) | (self.high < self.bound)
        result: Bools = np.isfinite(self.mean) & ~clear
        return result

    @property
    def crossed(self) -> bool:
        """Whether the level lies between the lowest and the highest mean."""
        return bool(np.nanmin(self.mean) < self.bound < np.nanmax(self.mean))

    def at(self, x: float, y: float) -> float:
        """Interpolate the outcome at a point; NaN outside the pairs, or where a pair has no value."""
        from scipy.interpolate import RegularGridInterpolator  # lazy: no other figure needs it

        return float(RegularGridInterpolator((self.ys, self.xs), self.mean, bounds_error=False)([(y, x)])[0])

    @property
    def level(self) -> str:
        """Critical level as text with its unit."""
        return joined(f"{self.bound:g}", self.unit.level)

    @property
    def finding(self) -> str:
        """Headline: at how many pairs the outcome exceeds the level, and how many are too close to tell."""
        known = np.isfinite(self.mean)
        if not known.any():
            return f"{opening(self.label)}: no value in {_format_year(self.year)}"
        above, close = int((self.low > self.bound).sum()), int(self.unsure.sum())
        text = f"{format_subject(self.label)} exceeds {self.level} in {_format_year(self.year)}"
        text += f" at {above} of {known.sum()} pairs"
        if not above:
            text += f" (highest {self.unit.rounded(float(np.nanmax(self.mean)))})"
        return text + (f", {close} are too close to tell" if close else "")


def _build_outcome_plane(
    sweep: xr.Dataset, outcome: str, columns: tuple[str, str], year: int | None, level: float
) -> tuple[_OutcomePlane, str]:
    """Build the plane of an outcome over two columns, and describe the number of runs in words.

    Raises InputError for an unknown variable, year or column, or a missing pair.
    """
    values = variable("phase_diagram, sweep", sweep, outcome, ("run", "year"))
    year = int(values["year"].values[-1]) if year is None else year
    check_known("phase_diagram, sweep, year", [str(year)], [str(each) for each in values["year"].values])
    unit, runs = unit_in(values), numbers(values.sel(year=year), "run", "point")
    x, y = (_get_design_column(sweep, name) for name in columns)
    titles = []
    for name in columns:
        units = str(sweep[name].attrs.get("units", ""))
        titles.append(factor_title(name) + (f" ({units})" if units not in ("", "1") else ""))
    xs, ys = np.unique(x[np.isfinite(x)]), np.unique(y[np.isfinite(y)])
    each = np.full((len(runs), len(ys), len(xs)), np.nan)
    present = np.zeros(each.shape[1:], dtype=bool)
    for row, column in np.ndindex(present.shape):
        value = runs[:, (x == xs[column]) & (y == ys[row])]
        present[row, column] = value.shape[1] > 0
        each[:, row, column] = mean_by_column(
            value.T
        )  # run by run: the same run of two points shares its luck
    if min(present.shape, default=0) < 2 or not present.all():
        found = f"{int(present.sum())} of {present.size} pairs of {columns[0]} and {columns[1]}"
        allowed = "every pair of at least two values of each, as design.grid makes"
        raise unusable("phase_diagram, design", words=found, allowed=allowed)
    mean, low, high, _ = estimate_interval(each, None)
    plane = _OutcomePlane(label_of(values), unit, year, titles, xs, ys, mean, low, high, level * unit.factor)
    return plane, runs_of(runs)


def _describe_marked_point(
    plane: _OutcomePlane, point: tuple[float, float] | None, value: float, default: bool
) -> str:
    """Describe the outcome at the marked point, and whether the point lies between simulated points."""
    if point is None or not np.isfinite(value):
        return ""
    between = "" if point[0] in plane.xs and point[1] in plane.ys else ", between points,"
    place = "at the default parameters" if default else "at the marked point"
    return f"; {place}{between} it is {plane.unit.rounded(value)}"


def _get_design_column(sweep: xr.Dataset, name: str) -> Floats:
    """Return the numbers of a column of the design, (point,).

    Raises InputError for an unknown column, or a column of words.
    """
    columns = [str(c) for c, values in sweep.coords.items() if values.dims == ("point",) and c != "point"]
    if name not in columns:
        raise unknown_name("phase_diagram, column of the design", found=name, known=columns)
    if sweep[name].dtype.kind not in "fiu":
        raise unusable(f"phase_diagram, {name}", words="words", allowed="a column of numbers")
    return np.asarray(sweep[name].values, dtype=float)


def _find_marked_point(marked: Mapping[str, float] | None, x: str, y: str) -> tuple[float, float] | None:
    """Return the point to mark: as given, or the defaults of two parameters; None for other columns."""
    if marked is not None:
        check_known("phase_diagram, marked", [x, y], list(marked))
        return float(marked[x]), float(marked[y])
    known = collect_declarations()
    return (float(known[x].default), float(known[y].default)) if x in known and y in known else None


def _draw_cells(ax: Axes, plane: _OutcomePlane) -> None:
    """Draw the cells with their colour scale, and hatch cells too close to the level."""
    ax.grid(visible=False)
    x, y, ends = _compute_cell_edges(plane.xs), _compute_cell_edges(plane.ys), _compute_scale_limits(plane)
    cells = ax.pcolormesh(x, y, np.ma.masked_invalid(plane.mean), cmap=_SCALE, vmin=ends[0], vmax=ends[1])
    for row, column in np.argwhere(plane.unsure):
        cell = (x[column], y[row]), x[column + 1] - x[column], y[row + 1] - y[row]
        patch = Rectangle(*cell, facecolor="none", linewidth=0, hatch="////", gid="unsure")
        patch.set(hatchcolor="white", hatch_linewidth=0.8)
        ax.add_patch(patch)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    ax.set_xlabel(plane.titles[0], fontsize=SMALL + 0.5, color=INK)
    ax.set_ylabel(plane.titles[1], fontsize=SMALL + 0.5, color=INK)
    scale = ax.figure.colorbar(cells, cax=ax.inset_axes((1.05, 0.0, 0.035, 1.0)))
    scale.outline.set_visible(False)
    scale.ax.tick_params(length=0, labelsize=SMALL, colors=QUIET)
    scale.set_label(plane.unit.axis, fontsize=SMALL, color=QUIET)
    if plane.crossed:
        scale.ax.axhline(plane.bound, color=INK, linewidth=1.6)


def _compute_cell_edges(centres: Floats) -> Floats:
    """Compute cell edges half way between neighbouring values; the outer edges are the outer values."""
    return np.concatenate([centres[:1], (centres[1:] + centres[:-1]) / 2, centres[-1:]])


def _compute_scale_limits(plane: _OutcomePlane) -> tuple[float, float]:
    """Compute the ends of the colour scale.

    The scale spans at least four mean interval widths, so that indistinguishable means look alike.
    """
    low, high = float(np.nanmin(plane.mean)), float(np.nanmax(plane.mean))
    doubt = np.nan_to_num(np.nanmean(plane.high - plane.low)) if np.isfinite(plane.high).any() else 0.0
    least = max(1.0 if plane.unit.factor == 100 else 0.0, 4.0 * float(doubt))
    more = max(0.0, least - (high - low)) / 2 if np.isfinite(low) else 0.0
    return low - more, high + more


def _draw_contour(ax: Axes, plane: _OutcomePlane, point: tuple[float, float] | None) -> None:
    """Draw the critical line, dark on a white edge, and its value far from the point or from the middle."""
    xs, ys, mean = plane.xs, plane.ys, np.ma.masked_invalid(plane.mean)
    for color, width in (("white", 4.0), (INK, 1.8)):
        lines = ax.contour(xs, ys, mean, levels=[plane.bound], colors=color, linewidths=width)
    way, size = np.concatenate(lines.allsegs[0]), np.array([np.ptp(xs), np.ptp(ys)])
    middle = np.array([xs[0] + xs[-1], ys[0] + ys[-1]]) / 2
    inner = way[np.all(np.abs(way - middle) < 0.44 * size, axis=1)]
    way = inner if len(inner) else way[[np.argmin((((way - middle) / size) ** 2).sum(axis=1))]]
    near = middle if point is None else np.array(point)
    x, y = way[np.argmax((((way - near) / size) ** 2).sum(axis=1))]
    ax.text(
        float(x),
        float(y),
        plane.level,
        color=INK,
        fontsize=SMALL,
        fontweight="bold",
        ha="center",
        va="center",
        zorder=4,
        bbox=kit.build_text_background(1.5),
    )


def _draw_marked_point(ax: Axes, point: tuple[float, float], text: str, *, at_right: bool) -> None:
    """Draw a white star with a dark edge at the point, and its value towards the middle of the panel."""
    ax.plot(
        *point, marker="*", markersize=15, color="white", markeredgecolor=INK, markeredgewidth=1.2, zorder=5
    )
    ax.annotate(
        text,
        point,
        xytext=(-11 if at_right else 11, 0),
        textcoords="offset points",
        va="center",
        ha="right" if at_right else "left",
        fontsize=SMALL,
        fontweight="bold",
        color=INK,
        zorder=6,
        bbox=kit.build_text_background(1.5, 0.9),
    )
