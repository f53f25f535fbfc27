"""How certain a path is: the fan chart of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.facts import called
from lockin_sim.plots.kit.labelled import labels, numbers, runs_of, shown, what, with_axes
from lockin_sim.plots.kit.lettering import SPOKEN, brief
from lockin_sim.plots.kit.lines import End, Look, band, columns_of, heading, name_ends, panels
from lockin_sim.plots.kit.style import INK, SMALL, room_for, sheet
from lockin_sim.reader import Shown
from lockin_sim.statistics import quantiles
from lockin_sim.titles import scenario_title
from lockin_sim.wording import listed, number, opening, quoted, two_digits

#: Of paths in one panel; no sponsor's colour is among them.
LOOKS = (
    Look(INK, "-", "o"),
    Look("#8A4FB0", (0, (5, 2)), "s"),
    Look("#7A7A3A", (0, (1, 1.4)), "^"),
)
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = 4

type Paths = dict[str, Floats]  # name -> (run, year), in shown units


def fan(
    values: xr.DataArray | Mapping[str, xr.DataArray],
    *,
    split: bool | None = None,
    title: str | None = None,
) -> Figure:
    """Fan chart: median, 50 % and 90 % range of the runs over the years.

    values  (run, year) with at most one further axis, from a dataset of ``lockin_sim.simulate``, such as
            ``ds["standard_share"].sel(standard="cn2035", domain="mobile_network")``; or a mapping from
            scenario to such arrays, whose runs of the same number met the same luck
    split   one panel for each scenario or label of the further axis; False: over each other, three at most.
            By default what there are more than three of is split
    title   the finding; by default the medians of the last year with their 90 % ranges, or for scenarios of
            the same runs how often each ends above or below the first
    Numbers and units are those the variable declares; a year without a value leaves a gap.
    Raises InputError for a missing or surplus axis, different years, or too many paths for one panel.
    """
    first, paths = _paths(values)
    years = np.asarray(first["year"].values, dtype=int)
    unit, apart = shown(first), len(paths) > len(LOOKS) if split is None else split
    if not apart and len(paths) > len(LOOKS):
        raise unusable("fan, paths in one panel", found=len(paths), allowed=f"{len(LOOKS)}; or split=True")
    fans = {name: quantiles(runs, *PROBABILITIES) for name, runs in paths.items()}
    groups = [[name] for name in paths] if apart else [list(paths)]
    ends = [_end(unit, fan[2, -1], name, named=not apart and len(paths) > 1) for name, fan in fans.items()]
    beside = dict(zip(paths, ends, strict=True))
    columns = columns_of(len(groups), COLUMNS)
    rows, room, bars = -(-len(groups) // columns), room_for(ends, SMALL, "bold"), 0.13 * len(groups[0])
    range_marks = "" if len(groups[0]) == 1 else " Bars at the right: both ranges in the last year."
    figure, axes = sheet(
        title or _finding(unit, paths, fans, years[-1], what(first), _paired(values)),
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
        for place, (name, look) in enumerate(zip(names, LOOKS, strict=False)):
            _draw(ax, years, fans[name], look, filled=place == 0)
            if len(names) > 1:
                _bars(ax, fans[name][:, -1], look, place)
        if apart:
            heading(ax, opening(brief(names[0])))
        colors = dict(zip(names, LOOKS, strict=False))
        marks = [End(float(fans[n][2, -1]), beside[n], colors[n].color, "bold") for n in names]
        name_ends(ax, marks, 0.07, shift=6 + 72 * bars * (len(names) > 1))
    return figure


def _paths(values: xr.DataArray | Mapping[str, xr.DataArray]) -> tuple[xr.DataArray, Paths]:
    """One array for labels, and the paths by name."""
    given = dict(values) if isinstance(values, Mapping) else {"": values}
    if not given:
        raise unusable("fan, values", found="no scenario", allowed="at least one")
    paths: Paths = {}
    for scenario, array in given.items():
        where = f"fan, values {scenario}".strip()
        further = [str(dim) for dim in getattr(array, "dims", ()) if dim not in ("run", "year")]
        with_axes(where, array, ("run", "year"), () if scenario else further[:1])
        for label in labels(array, further[0]) if further else [scenario]:
            name = called(further[0], label) if further else scenario_title(label)
            paths[name] = numbers(array.sel({further[0]: label}) if further else array, "run", "year")
    first = next(iter(given.values()))
    for scenario, array in given.items():
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


def _finding(
    unit: Shown, paths: Paths, fans: Mapping[str, Floats], last: int, label: str, paired: bool
) -> str:
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


def _beside_first(unit: Shown, paths: Paths, ends: Mapping[str, Floats], last: int, label: str) -> str:
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
