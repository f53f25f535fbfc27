"""What a calibration learns of parameters and facts, and which packages a search leaves."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.conventions import Integers
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import joined, listed, number, signed, two_digits, unit_of
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import FAINT, INK, QUIET, RISE, SMALL, TEXT
from lockin_sim.settings.parameters import declarations, parameter_title

#: A parameter is called known better where less than this of its spread is left.  The method takes something
#: from all, also from those that no fact is about.
_LEARNT = 0.5

_FACTS = 6  # most rows of a subject

#: Line, marker and ink of packages that have a line of their own, distinguishable without colour.
_STYLES = (
    ("-", "o", INK), ((0, (5, 2)), "s", "#7A3B00"), ((0, (1.5, 1.5)), "^", "#4B2A85"),
    ((0, (6, 2, 1.5, 2)), "D", "#00594C"),
)  # fmt: skip

#: Inches for the name of an axis of packages, and height of one.
_NAMES, _ROW = 3.1, 0.52


@figure(of="calibration")
def learnt(posterior: xr.Dataset, *, title: str | None = None) -> Figure:
    """Range of every parameter given the record, within its range before; most learnt first.

    Parameters
    ----------
    posterior
        of :func:`lockin_sim.calibrate`
    title
        the finding; by default which parameters the record narrows
    """
    _check(posterior, "learnt")
    ordered = posterior.sortby("learnt")
    names, left = ordered["parameter"].values.tolist(), ordered["learnt"].values
    titles, narrow = [parameter_title(name) for name in names], int((left < _LEARNT).sum())
    finding = f"The record halves the spread of none of {len(names)} parameters"
    if narrow:
        most = listed(titles[: min(narrow, 4)])
        finding = f"The record at least halves the spread of {narrow} of {len(names)} parameters, {most} most"
    figure, (ax,) = kit.sheet_of_rows(
        title or finding,
        "Bar: nine in ten draws that fit the record, over the range that was tried (the whole width). Tick: "
        "the default. Number: part of the spread that is left; some is lost by the method, also where the "
        "record says nothing.",
        titles, width=9.0, row=0.21, more=0.2, right=0.7, bottom=0.5,
    )  # fmt: skip
    for row, name in enumerate(names):
        declared, known = declarations()[name], left[row] < _LEARNT
        low, high = declared.range
        ends = [float(ordered[end].values[row]) for end in ("low", "high")]
        *ends, mark = ((at - low) / (high - low) for at in (*ends, float(declared.default)))
        kit.stripe(ax, row, [0, 1], FAINT, 1)
        kit.stripe(ax, row, np.clip(ends, 0, 1), RISE if known else QUIET, 2)
        ax.plot([mark] * 2, [row - 0.38, row + 0.38], color=INK, linewidth=1.4, zorder=3)
        ax.annotate(f"{left[row]:.2f}", (1.02, row), va="center", fontsize=SMALL,
                    color=INK if known else QUIET, annotation_clip=False)  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["lowest tried", "middle", "highest tried"])
    return figure


@figure(of="calibration")
def recorded(posterior: xr.Dataset, *, title: str | None = None) -> Figure:
    """Recorded facts beside single runs, over the prior and over the posterior; the worst met.

    Parameters
    ----------
    posterior
        of :func:`lockin_sim.calibrate`
    title
        the finding; by default how many facts lie in the interval
    """
    _check(posterior, "recorded")
    names = [f"{stem}_{end}" for stem in ("prior", "posterior") for end in ("low", "high")]
    fact, mean, *ends = (posterior[name].values for name in ("recorded", "posterior_mean", *names))
    low, high = ends[2:]
    met, gap = (fact >= low) & (fact <= high), np.abs(mean - fact)
    off = np.divide(gap, high - low, out=np.zeros_like(gap), where=high > low)
    subjects = posterior["subject"].values
    places = {subject: np.flatnonzero(subjects == subject) for subject in dict.fromkeys(subjects.tolist())}
    chosen = {subject: at[np.argsort(-off[at])[:_FACTS]] for subject, at in places.items()}
    texts = posterior["fact_label" if "fact_label" in posterior else "fact"].values  # none in older datasets
    left = kit.room_for([str(texts[k]) for some in chosen.values() for k in some], SMALL)
    figure, axes = kit.sheet(
        title or f"{int(met.sum())} of {met.size} recorded facts lie where nine in ten runs do",
        "Dot: recorded. Thick: where nine in ten single runs lie, over parameters that fit the record. "
        f"Thin: over all that was tried. Of each subject up to {_FACTS} facts, worst met first.",
        width=9.6, body=sum(0.22 * len(some) + 0.5 for some in chosen.values()), grid=(len(chosen), 1),
        left=left, right=0.3, bottom=0.4, gap=(0.0, 0.5),
        height_ratios=[len(some) + 0.6 for some in chosen.values()],
    )  # fmt: skip
    for ax, (subject, some) in zip(axes[:, 0], chosen.items(), strict=True):
        kit.rows_of(ax, [str(texts[k]) for k in some])
        ax.tick_params(axis="y", labelsize=SMALL)
        ax.set_title(subject, loc="left", fontsize=TEXT, fontweight="bold", color=INK, pad=3)
        for row, k in enumerate(some):
            before, after = ([float(end[k]) for end in pair] for pair in (ends[:2], ends[2:]))
            ax.plot(before, [row, row], color=QUIET, linewidth=1.0, solid_capstyle="projecting")
            ax.plot(after, [row, row], color=QUIET, linewidth=4.0, solid_capstyle="butt")
            ax.plot([fact[k]], [row], marker="o", markersize=6, color=INK, markeredgecolor="white")
    return figure


def _check(posterior: xr.Dataset, variable: str) -> None:
    """Raises InputError for a dataset that is not of a calibration."""
    if variable not in posterior:
        raise unusable(
            "posterior", found=list(posterior.data_vars), allowed="a dataset of lockin_sim.calibrate"
        )


@figure(of="search")
def packages(search: xr.Dataset, *, title: str | None = None) -> Figure:
    """Packages that no other dominates in fresh draws: settings above, effects on the goals below.

    Parameters
    ----------
    search
        of :func:`lockin_sim.search`
    title
        the finding; by default how many packages are left, and in how many draws the first satisfies
    """
    if "dominated_by" not in getattr(search, "data_vars", ()):
        raise unusable("packages", found=type(search).__name__, allowed="the dataset of lockin_sim.search")
    free = np.flatnonzero(search["dominated_by"].values < 0)
    # where effects lie between worst and best of those shown, (package, goal); all alike: in the middle
    gains = (search["effect"] * search["goal_sense"]).transpose("package", "goal").values[free]
    low, wide = gains.min(axis=0), np.ptp(gains, axis=0)
    goals = np.divide(gains - low, wide, out=np.full(gains.shape, 0.5), where=wide > 0)
    places = np.concatenate([search["at"].values[free], np.full((len(free), 1), np.nan), goals], axis=1)
    rows = np.arange(places.shape[1])
    among = ", doing nothing among them" if "nothing" in search["package_title"].values[free] else ""
    satisfied = number(100 * float(search["satisfies"].values[0]), 0)
    finding = f"No other package does better in every goal than these {len(free)}{among}; the best"
    if search.sizes["package"] == 1:
        finding = "No package that was tried does better than doing nothing, which"
    figure, axes = kit.sheet(
        title or f"{finding} meets all goals in {satisfied} % of draws",
        f"Above: what a package sets, from {search.attrs['start']} on. Below: mean effects in "
        f"{search.sizes['draw']} fresh draws of the posterior, better to the right. Lines, numbered: the "
        "packages that meet all goals in most draws; ticks: the others.",
        width=9.5, body=_ROW * len(rows) + 0.2, left=_NAMES + 0.2, right=0.5, bottom=0.5,
    )  # fmt: skip
    ax = axes[0, 0]
    _frame(ax, search, free, len(rows))
    tick = {"marker": "|", "color": QUIET, "markersize": 9, "markeredgewidth": 0.9, "zorder": 2}
    ax.plot(places[len(_STYLES) :].T, rows, linestyle="none", **tick)
    for place, (line, marker, ink) in reversed([*zip(places, _STYLES, strict=False)]):
        known = np.isfinite(place)
        ax.plot(place[known], rows[known], color=ink, linewidth=1.6, linestyle=line, marker=marker,
                markersize=5.5, markerfacecolor="white", markeredgewidth=1.4, zorder=4)  # fmt: skip
    top = [np.clip(line[0], 0, 1) for line in places[: len(_STYLES)]]
    for k, at in enumerate(kit.spread(top, 0.035)):
        ax.annotate(str(search["package"].values[free[k]]), (at, -0.62), ha="center", va="bottom",
                    fontsize=TEXT, fontweight="bold", color=_STYLES[k][2], annotation_clip=False)  # fmt: skip
    return figure


def _frame(ax: Axes, search: xr.Dataset, free: Integers, rows: int) -> None:
    """One horizontal axis a row, with its name and what stands at its ends."""
    decisions = search.sizes["decision"]
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(rows - 0.3, -0.7)
    ax.axis("off")
    for k in range(decisions):
        ends = [str(search[name].values[k]) for name in ("decision_first", "decision_last")]
        _row(ax, k, str(search["decision_title"].values[k]), ends)
    ax.annotate("Effects", (-0.035, decisions), fontsize=TEXT, fontweight="bold", color=INK,
                ha="right", va="center", annotation_clip=False)  # fmt: skip
    for k, goal in enumerate(search["goal"].values):
        of_goal = search.sel(goal=goal)
        unit = unit_of(str(of_goal["goal_unit"].item()))
        effect = of_goal["effect"].values[free] * unit.factor
        worst, best = (effect.min(), effect.max())[:: int(of_goal["goal_sense"])]
        ends = [signed(v, min(two_digits(v), 2)) if abs(v) >= 0.005 else "0" for v in (worst, best)]
        title, shown = str(of_goal["goal_title"].item()), [joined(end, unit.short) for end in ends]
        _row(ax, decisions + 1 + k, title, shown if shown[0] != shown[1] else ["", f"all {shown[1]}"])


def _row(ax: Axes, row: int, name: str, ends: list[str]) -> None:
    """The axis of one goal with its name and its ends."""
    ax.plot([0, 1], [row, row], color=FAINT, linewidth=3, solid_capstyle="round", zorder=1)
    lines = kit.wrapped(name, _NAMES - 0.25, SMALL)
    ax.annotate("\n".join(lines), (-0.035, row), ha="right", va="center", fontsize=SMALL, color=INK,
                linespacing=1.15, annotation_clip=False)  # fmt: skip
    for at, side, text in ((0, "left", ends[0]), (1, "right", ends[1])):
        ax.annotate(text, (at, row + 0.14), ha=side, va="top", fontsize=SMALL - 1, color=QUIET, zorder=3,
                    bbox=kit.plate(0.6, 0.9))  # fmt: skip
