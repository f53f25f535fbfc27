"""Runs and sweeps: how certain a path is, and where an outcome tips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation
from scipy.interpolate import RegularGridInterpolator

from lockin_sim.conventions import Floats
from lockin_sim.design import column as column_of
from lockin_sim.design import factor_title
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.parameters import declarations
from lockin_sim.plots.kit.data import called, labels, numbers, runs_of, shown, variable, what, with_axes
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.shapes import End, Look, band, columns_of, heading, name_ends, panels, plate
from lockin_sim.plots.kit.style import INK, PALE, QUIET, SMALL, SPOKEN, brief, room_for, sheet
from lockin_sim.reader import Shown, require, subject
from lockin_sim.statistics import interval, means, quantiles
from lockin_sim.titles import scenario_title
from lockin_sim.wording import joined, listed, number, opening, quoted, two_digits

#: Of paths in one panel; no sponsor's colour is among them.
_LOOKS = (
    Look(INK, "-", "o"),
    Look("#8A4FB0", (0, (5, 2)), "s"),
    Look("#7A7A3A", (0, (1, 1.4)), "^"),
)
_PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
_COLUMNS = 4

_SCALE = LinearSegmentedColormap.from_list("lockin_slate", [PALE, "#8FA3B3", "#22384A"])

type _Paths = dict[str, Floats]  # name -> (run, year), in shown units


@figure(of="a variable by run and year")
def fan(
    values: xr.DataArray | Mapping[str, xr.DataArray],
    *,
    split: bool | None = None,
    title: str | None = None,
) -> Figure:
    """Fan chart: median, 50 % and 90 % range of the runs over the years.

    Numbers and units are those the variable declares; a year without a value leaves a gap.

    Parameters
    ----------
    values
        (run, year) with at most one further axis, from a dataset of ``lockin_sim.simulate``, such as
        ``ds["standard_share"].sel(standard="cn2035", domain="mobile_network")``; or a mapping from
        scenario to such arrays, whose runs of the same number met the same luck
    split
        one panel for each scenario or label of the further axis; False: over each other, three at most.
        By default what there are more than three of is split
    title
        the finding; by default the medians of the last year with their 90 % ranges, or for scenarios of
        the same runs how often each ends above or below the first

    Raises
    ------
    InputError
        for a missing or surplus axis, different years, or too many paths for one panel
    """
    first, paths = _paths(values)
    years = np.asarray(first["year"].values, dtype=int)
    unit, apart = shown(first), len(paths) > len(_LOOKS) if split is None else split
    if not apart and len(paths) > len(_LOOKS):
        raise unusable("fan, paths in one panel", found=len(paths), allowed=f"{len(_LOOKS)}; or split=True")
    fans = {name: quantiles(runs, *_PROBABILITIES) for name, runs in paths.items()}
    groups = [[name] for name in paths] if apart else [list(paths)]
    ends = [_end(unit, fan[2, -1], name, named=not apart and len(paths) > 1) for name, fan in fans.items()]
    beside = dict(zip(paths, ends, strict=True))
    columns = columns_of(len(groups), _COLUMNS)
    rows, room, bars = -(-len(groups) // columns), room_for(ends, SMALL, "bold"), 0.13 * len(groups[0])
    range_marks = "" if len(groups[0]) == 1 else " Bars at the right: both ranges in the last year."
    figure, axes = sheet(
        title or _ends(unit, paths, fans, years[-1], what(first), _paired(values)),
        f"{what(first)}. Line: median of {runs_of(next(iter(paths.values())))}; dark: 50 % of runs; "
        f"light: 90 %{' (outlined where paths overlap).' if range_marks else '.'}{range_marks}",
        width=7.6 if len(groups) == 1 else ((2.2 if len(groups) > 3 else 2.9) + room) * columns + 0.75,
        body=3.3 if len(groups) == 1 else 2.0 * rows + 0.55 * (rows - 1), grid=(rows, columns),
        left=0.75, right=room + bars, bottom=0.45, gap=(room + bars, 0.55),
        lead=0.3 if len(groups) == 1 else 0.5, sharex=True, sharey=True,
    )  # fmt: skip
    drawn = list(panels(axes, len(groups), unit.axis))
    drawn[0].set_ylim(_limits(list(fans.values())))
    for ax, names in zip(drawn, groups, strict=True):
        ax.set_xlim(years[0], years[-1])
        shift = 6 + 72 * bars * (len(names) > 1)
        _draw_panel(ax, years, {name: fans[name] for name in names}, beside, shift)
        if apart:
            heading(ax, opening(brief(names[0])))
    return figure


def _paths(values: xr.DataArray | Mapping[str, xr.DataArray]) -> tuple[xr.DataArray, _Paths]:
    """One array for labels, and the paths by name."""
    by_scenario = dict(values) if isinstance(values, Mapping) else {"": values}
    if not by_scenario:
        raise unusable("fan, values", found="no scenario", allowed="at least one")
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
            raise unusable(f"fan, years of {scenario}", found=found, allowed="the same years for all")
    known = {name: runs for name, runs in paths.items() if np.isfinite(runs).any()}
    return first, known if known and not isinstance(values, Mapping) else paths


def _paired(values: xr.DataArray | Mapping[str, xr.DataArray]) -> bool:
    """Whether these are scenarios that hold the same runs."""
    if not isinstance(values, Mapping):
        return False
    first, *others = [array["run"].values for array in values.values()]
    return all(np.array_equal(first, runs) for runs in others)


def _draw_panel(
    ax: Axes, years: Floats, fans: Mapping[str, Floats], beside: Mapping[str, str], shift: float
) -> None:
    """Every path of a panel with what stands beside its end, and bars of ranges where there are several."""
    marks = []
    for place, ((name, fan), look) in enumerate(zip(fans.items(), _LOOKS, strict=False)):
        _draw(ax, years, fan, look, filled=place == 0)
        if len(fans) > 1:
            _bars(ax, fan[:, -1], look, place)
        marks.append(End(float(fan[2, -1]), beside[name], look.color, "bold"))
    name_ends(ax, marks, 0.07, shift=shift)


def _draw(ax: Axes, years: Floats, fan: Floats, look: Look, *, filled: bool) -> None:
    """Median and ranges of one path; a later path of a panel has outlines only, so that the first shows."""
    if filled:
        band(ax, years, fan[0], fan[4], look.color, 0.16)
        band(ax, years, fan[1], fan[3], look.color, 0.30)
    for edge in (fan[0], fan[4]):
        ax.plot(years, edge, color=look.color, linewidth=0.5 if filled else 0.9, linestyle=look.dash)
    ax.plot(years, fan[2], color=look.color, linewidth=1.9, linestyle=look.dash, marker=look.marker,
            markersize=5, markevery=[-1], clip_on=False)  # fmt: skip


def _bars(ax: Axes, end: Floats, look: Look, place: int) -> None:
    """Both ranges in the last year, beside the axes."""
    where = ScaledTranslation((0.12 + 0.13 * place), 0, ax.figure.dpi_scale_trans)
    beside = ax.get_yaxis_transform() + where
    for low, high, width in ((end[0], end[4], 1.0), (end[1], end[3], 3.5)):
        ax.plot([1, 1], [low, high], transform=beside, color=look.color, linewidth=width, clip_on=False,
                solid_capstyle="butt")  # fmt: skip
    ax.plot([1], [end[2]], transform=beside, color=look.color, marker=look.marker, markersize=5,
            markeredgecolor="white", markeredgewidth=0.6, clip_on=False)  # fmt: skip


def _limits(fans: Sequence[Floats]) -> tuple[float, float]:
    """A vertical axis that holds every range and zero."""
    known = np.concatenate([fan[np.isfinite(fan)] for fan in fans])
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return min(0.0, 1.06 * low), max(0.0, 1.06 * high) or 1.0


def _end(unit: Shown, value: float, name: str, *, named: bool) -> str:
    """The text beside a path's end."""
    return f"{unit.rounded(value)} {brief(name)}" if named else unit.rounded(value)


def _ends(unit: Shown, paths: _Paths, fans: Mapping[str, Floats], last: int, label: str, paired: bool) -> str:
    """Medians of the last year with their ranges, or how scenarios end beside the first, run by run."""
    ends = {name: fan[:, -1] for name, fan in fans.items() if np.isfinite(fan[2, -1])}
    if not ends:
        return f"{label}: no value in {last}"
    if len(ends) == 1:
        (name,) = ends
        subject = f"{label} ({brief(name)})" if len(paths) > 1 else label
        return f"{subject}: {_ranged(unit, ends[name])} in {last}"
    if paired:
        return _beside_first(unit, paths, ends, last, label)
    ordered = sorted(ends, key=lambda name: -ends[name][2])
    top, bottom = ordered[0], ordered[-1]
    return (
        f"{label}: in {last} highest for {brief(top)}, {_ranged(unit, ends[top])}, "
        f"lowest for {brief(bottom)}, {_ranged(unit, ends[bottom])}"
    )


def _beside_first(unit: Shown, paths: _Paths, ends: Mapping[str, Floats], last: int, label: str) -> str:
    """Scenarios against the first, run by run."""
    (first, reference), *others = paths.items()
    medians = listed([f"{unit.rounded(end[2])} ({brief(name)})" for name, end in ends.items()])
    parts = []
    for name, runs in others:
        change = (runs - reference)[:, -1]
        counts = {"below": int((change < 0).sum()), "above": int((change > 0).sum())}
        word, known = max(counts, key=counts.__getitem__), int(np.isfinite(change).sum())
        share = 100 * counts[word] / known if known else 0.0
        one, other = (quoted(brief(each, SPOKEN)) for each in (name, first))
        parts.append(f"{one} ends {word} {other} in {share:.0f} % of runs")
    return f"{label}: median {medians} in {last}" + (f"; {listed(parts)}" if parts else "")


def _ranged(unit: Shown, fan: Floats) -> str:
    """'34 % (90 % of runs: 12 to 52)'."""
    low, high = (number(float(fan[i]), two_digits(float(fan[2]))) for i in (0, 4))
    return f"{unit.rounded(fan[2])} (90 % of runs: {low} to {high})"


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
    """Heat map of an outcome over two columns of a design, with the contour of a critical level.

    Cells are means over runs, hatched where their 95 % interval (Student's t) holds the level.

    Parameters
    ----------
    sweep
        dataset of ``lockin_sim.sweep`` over (point, run, year), of a design that holds every pair of values
        of the two columns, as ``lockin_sim.design.grid`` makes; points that share a pair are averaged
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
        the finding; by default in how many points the outcome exceeds the level, and at the marked one

    Raises
    ------
    InputError
        for an unknown variable, column or year, words instead of numbers, or a missing pair
    """
    year, unit, runs = _in_year(sweep, outcome, year)
    x, y = (column_of(name).name if "[" in name else name for name in (x, y))
    xs, ys, each = _cells(runs, _column(sweep, x), _column(sweep, y), (x, y))
    (mean, low, high, _), bound = interval(each), level * unit.factor
    value = _value_at(xs, ys, mean, point := _marked(marked, x, y))
    unsure = np.isfinite(mean) & ~((low > bound) | (high < bound))  # one run has no interval
    outside = "" if point is None or value is not None else " The marked point lies outside."
    figure, axes = sheet(
        title or _exceeds(unit, mean, low, unsure, bound, year, value, _place(point, xs, ys, marked)),
        f"{opening(unit.label)} in {year}, {unit.axis}: mean of {runs_of(runs)} at each "
        f"of {mean.size} pairs. Line: {_exact(bound, unit)}. Hatched: the 95 % interval of the "
        f"mean includes it.{outside}",
        width=7.8, body=4.5, left=0.95, right=1.5, bottom=0.65, lead=0.3,
    )  # fmt: skip
    ax = axes[0, 0]
    _draw_cells(ax, xs, ys, mean, unsure)
    _contour(ax, xs, ys, mean, bound, unit, point)
    if point is not None and value is not None:
        _mark(ax, point, f"{'default' if marked is None else 'marked'}: {unit.rounded(value)}", xs)
    _label(ax, sweep, (x, y))
    _scale_beside(figure, ax, unit, bound, mean)
    return figure


def _in_year(sweep: xr.Dataset, outcome: str, year: int | None) -> tuple[int, Shown, Floats]:
    """The year, how the outcome is shown, and its numbers (run, point)."""
    values = variable("phase_diagram, sweep", sweep, outcome, ("run", "year"))
    year = int(values["year"].values[-1]) if year is None else year
    known = [str(each) for each in values["year"].values]
    require("phase_diagram, sweep, year", [str(year)], known)
    return year, shown(values), numbers(values.sel(year=year), "run", "point")


def _label(ax: Axes, sweep: xr.Dataset, columns: tuple[str, str]) -> None:
    """Names of both columns with their units, at the axes."""
    texts = []
    for name in columns:
        units = str(sweep[name].attrs.get("units", ""))
        texts.append(factor_title(name) + (f" ({units})" if units not in ("", "1") else ""))
    ax.set_xlabel(texts[0], fontsize=SMALL + 0.5, color=INK)
    ax.set_ylabel(texts[1], fontsize=SMALL + 0.5, color=INK)


def _scale_beside(figure: Figure, ax: Axes, unit: Shown, bound: float, mean: Floats) -> None:
    """The scale of the cells, with a line at the critical level."""
    bar = figure.colorbar(ax.collections[0], cax=ax.inset_axes((1.05, 0.0, 0.035, 1.0)))
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=SMALL, colors=QUIET)
    if np.nanmin(mean) < bound < np.nanmax(mean):
        bar.ax.axhline(bound, color=INK, linewidth=1.6)
    bar.set_label(unit.axis, fontsize=SMALL, color=QUIET)


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
        value = runs[:, (x == xs[column]) & (y == ys[row])]
        present[row, column] = value.shape[1] > 0
        each[:, row, column] = means(value.T)  # run by run: the same run of two points shares its luck
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


def _draw_cells(ax: Axes, xs: Floats, ys: Floats, mean: Floats, unsure: np.ndarray) -> None:
    """Cells, and hatches over those that are too close to the level."""
    ax.grid(visible=False)
    x, y = _edges(xs), _edges(ys)
    ax.pcolormesh(x, y, np.ma.masked_invalid(mean), cmap=_SCALE)
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
        va="center", zorder=4, bbox=plate(1.5),
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
        bbox=plate(1.5, 0.9),
    )  # fmt: skip


def _exceeds(
    unit: Shown,
    mean: Floats,
    low: Floats,
    unsure: np.ndarray,
    bound: float,
    year: int,
    value: float | None,
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
    if value is None:
        return text
    return f"{text}; {place} it is {unit.rounded(value)}"
