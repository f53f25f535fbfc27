"""When and in which futures a policy acts: by the year of its start, and ranked over many futures."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.data import Effects, read_effects
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.shapes import End, Look, below, columns_of, heading, name_ends, panels
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, effect_color, room_for, sheet
from lockin_sim.wording import MINUS, joined, number, quoted, signed

_WITH, _WITHOUT = "with_lock_in", "without_lock_in"
_AFTER, _HORIZON = "after", "horizon"
_LOOKS: dict[str, Look] = {_WITH: Look(INK, "-", "o"), _WITHOUT: Look("#8A4FB0", (0, (4, 2)), "s")}
_NAMES = {_WITH: "with lock-in", _WITHOUT: "without lock-in"}
_COLUMNS = 3
_SIDES = {"lower": -1, "higher": 1}


@figure(of="window")
def window_curve(window: xr.Dataset, *, title: str | None = None) -> Figure:
    """Effect by year of start with its 95 % interval, with lock-in and without it.

    One panel for each reading: at a fixed horizon a later start has less time, whatever the mechanism.

    Parameters
    ----------
    window
        dataset with ``effect``, ``effect_low`` and ``effect_high`` over mechanism ("with_lock_in",
        "without_lock_in"), reading ("after": a fixed number of years after the start, "horizon": in a
        fixed year) and start, as ``lockin_sim.window`` gives for one scenario and outcome; its attributes
        after and horizon say which years these are
    title
        the finding; by default how the effect of the last start differs from that of the first, and what
        lock-in makes of that, or where the dataset does not say it, what is without lock-in

    Raises
    ------
    InputError
        for a missing axis or label, one axis too many, or swapped ends of an interval
    """
    read = read_effects("window_curve, window", window, "mechanism", "reading", "start")
    for axis, known in (("mechanism", (_WITH, _WITHOUT)), ("reading", (_AFTER, _HORIZON))):
        for name in read.names[axis]:
            if name not in known:
                raise unusable(f"window_curve, {axis}", found=name, allowed=f"one of {', '.join(known)}")
    if _WITH not in read.names["mechanism"] or _AFTER not in read.names["reading"]:
        raise unusable("window_curve, window", found="neither", allowed=f"at least {_WITH} and {_AFTER}")
    starts = np.asarray(window["start"].values, dtype=int)
    texts = {_AFTER: _after(window), _HORIZON: _horizon(window)}
    room = room_for([f"{MINUS}10.0 {_NAMES[name]}" for name in read.names["mechanism"]], SMALL, "bold")
    count = len(read.names["reading"])
    figure, axes = sheet(
        title or _closes(window, read, texts[_AFTER]),
        f"{read.what}: mean paired difference from the {read.baseline} with its "
        "95 % interval. Filled marks: the interval excludes zero. At a fixed horizon a later start has less "
        "time, with and without lock-in.",
        width=(3.6 + room) * count + 0.85, body=3.1, grid=(1, count), left=0.85, right=room, bottom=0.62,
        gap=(room + 0.1, 0.0), lead=0.5, sharey=True,
    )  # fmt: skip
    for place, ax in enumerate(panels(axes, count, read.unit.effect_axis)):
        _curves(ax, read, starts, place)
        heading(ax, f"Effect {texts[read.names['reading'][place]]}")
        below(ax, "year in which the policy starts")
    for place, ax in enumerate(axes.flat):  # once the common axis is known
        ends = []
        for row, name in enumerate(read.names["mechanism"]):
            last = float(read.difference.mean[row, place, -1])
            ends.append(
                End(last, f"{signed(last, _digits(read))} {_NAMES[name]}", _LOOKS[name].color, "bold")
            )
        name_ends(ax, ends, 0.08, shift=10)
    return figure


def _curves(ax: Axes, read: Effects, starts: np.ndarray, place: int) -> None:
    """Both mechanisms, a little apart, with intervals."""
    step = float(np.min(np.diff(starts))) if len(starts) > 1 else 1.0
    ax.axhline(0, color=INK, linewidth=0.8)
    for row, name in enumerate(read.names["mechanism"]):
        color, dash, marker = _LOOKS[name]
        x = starts + (0.06 if name == _WITHOUT else -0.06) * step
        mean, low, high = (values[row, place] for values in read.difference)
        ax.plot(x, mean, color=color, linestyle=dash, linewidth=1.6)
        ax.vlines(x, low, high, color=color, linewidth=1.3)
        for at, y, lower, upper in zip(x, mean, low, high, strict=True):
            distinct = lower > 0 or upper < 0
            ax.plot([at], [y], marker=marker, markersize=6, color=color, markeredgecolor=color,
                    markerfacecolor=color if distinct else "white", linestyle="none")  # fmt: skip
    ax.set_xticks(starts, [str(start) for start in starts])
    ax.margins(x=0.06, y=0.08)


def _digits(read: Effects) -> int:
    """With how many decimals effects are written."""
    known = read.difference.mean[np.isfinite(read.difference.mean)]
    return read.unit.finer(*map(float, known)) if len(known) else read.unit.digits


def _after(window: xr.Dataset) -> str:
    """When the window is read after the start, in words."""
    years = window.attrs.get("after")
    return f"{int(years)} years after the start" if years is not None else "a fixed time after the start"


def _horizon(window: xr.Dataset) -> str:
    """In which year all windows are read, in words."""
    year = window.attrs.get("horizon")
    return f"in {int(year)}" if year is not None else "at a fixed horizon"


def _closes(window: xr.Dataset, read: Effects, after: str) -> str:
    """How the last start compares with the first, with lock-in and without, by the paired difference."""
    starts, digits = read.names["start"], _digits(read)
    place = read.names["reading"].index(_AFTER)
    values = {name: read.difference.mean[row, place] for row, name in enumerate(read.names["mechanism"])}
    first, last = (signed(float(values[_WITH][k]), digits) for k in (0, -1))
    start = (
        f"{read.what}: {read.unit.effect(first)} {after} if it starts in {starts[0]}, "
        f"{last} if in {starts[-1]}"
    )
    words = {name: _change(window, read, name, values[name]) for name in values}
    tail = f"; {words[_WITH]}" if words[_WITH] else ""
    by_lock_in = _by_lock_in(window, read)
    if by_lock_in:
        tail += f"; {by_lock_in}"
    elif words.get(_WITHOUT):
        tail += f"; without lock-in {words[_WITHOUT]}"
    return start + tail


def _change(window: xr.Dataset, read: Effects, mechanism: str, values: np.ndarray) -> str:
    """Whether the window closes or opens, judged by the interval of ``closing`` where that is given."""
    text, distinct = _interval(window, read, "closing", mechanism=mechanism, reading=_AFTER)
    if text and not distinct:
        return f"a later start changes no more than chance could ({text})"
    shrinks = abs(float(values[-1])) < abs(float(values[0]))
    way = "closes" if shrinks else "opens"
    return f"the window {way} ({text})" if text else ""


def _by_lock_in(window: xr.Dataset, read: Effects) -> str:
    """What lock-in makes of it, where that is given: closing with it less closing without, paired."""
    text, distinct = _interval(window, read, "closing_by_lock_in", reading=_AFTER)
    if not text:
        return ""
    return (
        f"lock-in makes {text} of the difference"
        if distinct
        else f"lock-in makes no clear part of it ({text})"
    )


def _interval(window: xr.Dataset, read: Effects, name: str, **at: str) -> tuple[str, bool]:
    """A mean with its interval as text, and whether that excludes zero; empty where it is not given."""
    names = (name, f"{name}_low", f"{name}_high")
    if not all(each in window for each in names):
        return "", False
    mean, low, high = (read.unit.factor * float(window[each].sel(at).item()) for each in names)
    digits = read.unit.telling(mean, low, high)
    return (
        f"{signed(mean, digits)}, 95 % interval {signed(low, digits)} to {signed(high, digits)}",
        low > 0 or high < 0,
    )


@figure(of="futures")
def futures(effects: xr.Dataset, *, sense: str | None = None, title: str | None = None) -> Figure:
    """Effects of each scenario in many futures, ranked from the largest fall to the largest rise.

    The bars are means; the band behind them holds each future's 95 % interval.

    Parameters
    ----------
    effects
        dataset with ``effect``, ``effect_low`` and ``effect_high`` over scenario and future, such as
        ``lockin_sim.futures(...).sel(outcome="cn2035_share")``; the baseline is left out
    sense
        "lower" or "higher": which way an effect helps.  The panels are then sorted by the share of
        futures in which the scenario helps, and show the largest regret: how much worse than the best of
        all scenarios and the baseline it does in its worst future.  None takes no side
    title
        the finding; by default for the first scenario the share of futures in which its interval lies on
        one side of zero, with the 95 % interval of that share (Wilson)

    Raises
    ------
    InputError
        for a missing or surplus axis, an unknown sense, or swapped ends of an interval
    """
    if sense is not None and sense not in _SIDES:
        raise unusable("futures, sense", found=sense, allowed="'lower', 'higher' or None")
    read = read_effects("futures, effects", effects, "scenario", "future")
    if not read.names["scenario"]:
        raise unusable("futures, scenario", found="the baseline alone", allowed="at least one other")
    shares = np.array([_shares(read, row) for row in range(len(read.names["scenario"]))])  # falls, rises
    side = _SIDES.get(sense or "", -1 if np.sum(shares[:, 0]) >= np.sum(shares[:, 1]) else 1)
    order = [int(row) for row in np.argsort(-shares[:, 0 if side < 0 else 1], kind="stable")]
    columns = columns_of(len(order), _COLUMNS)
    rows = -(-len(order) // columns)
    figure, axes = sheet(
        title or _how_often(read, shares, order[0], side, sense),
        f"{read.what}: mean paired difference from the {read.baseline} in each "
        f"of {len(read.names['future'])} futures, ranked; band: 95 % intervals. Dark bars: the interval "
        "excludes zero; pale: it does not. Falls are hatched.",
        width=max(3.3 * columns + 0.5, 6.5), body=2.1 * rows + 0.95 * (rows - 1), grid=(rows, columns),
        left=0.85, right=0.25, bottom=0.62, gap=(0.3, 0.95), lead=0.75, sharex=True, sharey=True,
    )  # fmt: skip
    regret = None if sense is None else _regret(read, side)
    for ax, row in zip(panels(axes, len(order), read.unit.effect_axis), order, strict=True):
        _ranked(ax, read, row)
        _texts(ax, read, row, shares[row], None if regret is None else float(regret[row]))
        below(ax, "per cent of futures, ranked" if ax.xaxis.get_tick_params()["labelbottom"] else "")
    return figure


def _shares(read: Effects, row: int) -> tuple[float, float]:
    """Per cent of the futures with a value in which the interval lies below and above zero."""
    low, high = read.difference.low[row], read.difference.high[row]
    known = np.isfinite(low) & np.isfinite(high)
    count = max(int(known.sum()), 1)
    return 100 * float((high < 0).sum()) / count, 100 * float((low > 0).sum()) / count


def _regret(read: Effects, side: int) -> Floats:
    """Largest distance to the best choice of each future, (scenario,); doing nothing is one choice."""
    mean = read.difference.mean
    best = np.maximum(0.0, (side * mean).max(axis=0, initial=-np.inf, where=np.isfinite(mean)))
    distance = np.where(np.isfinite(mean), best - side * mean, -np.inf).max(axis=1)
    return np.where(np.isfinite(distance), distance, np.nan)


def _ranked(ax: Axes, read: Effects, row: int) -> None:
    """Ranked means as bars, intervals as a band of lines."""
    difference = read.difference
    ranked = [int(i) for i in np.argsort(difference.mean[row]) if np.isfinite(difference.mean[row, i])]
    width = 100 / max(len(ranked), 1)
    x = width * (np.arange(len(ranked)) + 0.5)
    mean = difference.mean[row, ranked]
    ax.bar(x, difference.high[row, ranked] - difference.low[row, ranked], width, difference.low[row, ranked],
           color="#E4E7EA", linewidth=0, zorder=1)  # fmt: skip
    for distinct in (True, False):
        some = difference.distinct[row, ranked] == distinct
        colors = [effect_color(0.9 * np.sign(value)) if distinct else "#AEB6BD" for value in mean[some]]
        bars = ax.bar(x[some], mean[some], 0.8 * width, color=colors, linewidth=0, zorder=2)
        for bar, value in zip(bars, mean[some], strict=True):
            if distinct and value < 0:  # falls are hatched, as a mark beside colour and place
                bar.set(hatch="////", hatchcolor="white", hatch_linewidth=0.4)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=3)
    ax.set_xlim(0, 100)


def _texts(ax: Axes, read: Effects, row: int, shares: Floats, regret: float | None) -> None:
    """Name of the scenario, and under it how often it does what."""
    heading(ax, read.written["scenario"][row], pad=30 if regret is not None else 19)
    falls, rises = (f"{share:.0f} %" for share in shares)
    lines = [f"lowers in {falls}, raises in {rises}, unclear in {100 - shares.sum():.0f} %"]
    if regret is not None:
        size = joined(number(regret, read.unit.finer(regret)), read.unit.unit.short)
        lines.append(f"largest regret {size}")
    ax.text(0, 1.03, "\n".join(lines), transform=ax.transAxes, fontsize=SMALL - 0.5, color=QUIET, va="bottom")


def _how_often(read: Effects, shares: Floats, row: int, side: int, sense: str | None) -> str:
    """The scenario that acts in most futures, in how many, and whether it acts the other way in some."""
    from scipy.stats import binomtest

    known = int(np.isfinite(read.difference.low[row]).sum())
    this_way, other = (shares[row, 0], shares[row, 1]) if side < 0 else (shares[row, 1], shares[row, 0])
    name = read.written["scenario"][row]
    if not known:
        return f"{read.what}: no value in any future"
    ends = binomtest(round(this_way * known / 100), known).proportion_ci(method="wilson")
    verb, reverse = ("lowers", "raises") if side < 0 else ("raises", "lowers")
    helps = "helps most often: it " if sense else ""
    counter = f"{reverse} it in {other:.0f} %" if other else f"{reverse} it in none"
    median = signed(float(np.nanmedian(read.difference.mean[row])), read.unit.digits)
    return (
        f"{read.what}: {quoted(name)} {helps}{verb} it in {this_way:.0f} % of {known} futures "
        f"[{100 * ends.low:.0f}, {100 * ends.high:.0f}] and {counter}; "
        f"median effect {read.unit.effect(median)}"
    )
