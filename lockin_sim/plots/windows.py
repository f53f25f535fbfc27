"""Whether the window closes: the effect of a policy against the year in which it starts."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.errors import unusable
from lockin_sim.plots.intervals import Effects, read_effects
from lockin_sim.plots.kit.lines import End, Look, heading, name_ends, panels
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, room_for, sheet
from lockin_sim.wording import MINUS, signed

WITH, WITHOUT = "with_lock_in", "without_lock_in"
AFTER, HORIZON = "after", "horizon"
LOOKS: dict[str, Look] = {WITH: Look(INK, "-", "o"), WITHOUT: Look("#8A4FB0", (0, (4, 2)), "s")}
NAMES = {WITH: "with lock-in", WITHOUT: "without lock-in"}


def window_curve(window: xr.Dataset, *, title: str | None = None) -> Figure:
    """Effect by year of start with its 95 % interval, with lock-in and without it.

    window  dataset with ``effect``, ``effect_low`` and ``effect_high`` over mechanism ("with_lock_in",
            "without_lock_in"), reading ("after": a fixed number of years after the start, "horizon": in a
            fixed year) and start, as ``lockin_sim.window`` gives for one scenario and outcome; its
            attributes after and horizon say which years these are
    title   the finding; by default how the effect of the last start differs from that of the first, and
            what lock-in makes of that, or where the dataset does not say it, what is without lock-in
    One panel for each reading: at a fixed horizon a later start has less time, whatever the mechanism.
    Raises InputError for a missing axis or label, one axis too many, or swapped ends of an interval.
    """
    read = read_effects("window_curve, window", window, "mechanism", "reading", "start")
    for axis, known in (("mechanism", (WITH, WITHOUT)), ("reading", (AFTER, HORIZON))):
        for name in read.names[axis]:
            if name not in known:
                raise unusable(f"window_curve, {axis}", found=name, allowed=f"one of {', '.join(known)}")
    if WITH not in read.names["mechanism"] or AFTER not in read.names["reading"]:
        raise unusable("window_curve, window", found="neither", allowed=f"at least {WITH} and {AFTER}")
    starts = np.asarray(window["start"].values, dtype=int)
    texts = {AFTER: _after(window), HORIZON: _horizon(window)}
    room = room_for([f"{MINUS}10.0 {NAMES[name]}" for name in read.names["mechanism"]], SMALL, "bold")
    count = len(read.names["reading"])
    figure, axes = sheet(
        title or _finding(window, read, texts[AFTER]),
        f"{read.what}: mean paired difference from the {read.baseline} with its "
        "95 % interval. Filled marks: the interval excludes zero. At a fixed horizon a later start has less "
        "time, with and without lock-in.",
        width=(3.6 + room) * count + 0.85, body=3.1, grid=(1, count), left=0.85, right=room, bottom=0.62,
        gap=(room + 0.1, 0.0), lead=0.5, sharey=True,
    )  # fmt: skip
    drawn = list(panels(axes, count, read.unit.effect_axis))
    for ax, reading in zip(drawn, read.names["reading"], strict=True):
        _panel(ax, read, starts, reading)
        heading(ax, f"Effect {texts[reading]}")
        ax.set_xlabel("year in which the policy starts", fontsize=SMALL, color=QUIET)
    for ax, place in zip(drawn, range(count), strict=True):
        ends = []
        for row, name in enumerate(read.names["mechanism"]):
            last = float(read.difference.mean[row, place, -1])
            ends.append(End(last, f"{signed(last, _digits(read))} {NAMES[name]}", LOOKS[name].color, "bold"))
        name_ends(ax, ends, 0.08, shift=10)
    return figure


def _panel(ax: Axes, read: Effects, starts: np.ndarray, reading: str) -> None:
    """Both mechanisms, a little apart, with intervals."""
    place = read.names["reading"].index(reading)
    step = float(np.min(np.diff(starts))) if len(starts) > 1 else 1.0
    ax.axhline(0, color=INK, linewidth=0.8)
    for row, name in enumerate(read.names["mechanism"]):
        color, dash, marker = LOOKS[name]
        x = starts + (0.06 if name == WITHOUT else -0.06) * step
        mean, low, high = (each[row, place] for each in
                           (read.difference.mean, read.difference.low, read.difference.high))  # fmt: skip
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


def _finding(window: xr.Dataset, read: Effects, after: str) -> str:
    """How the last start compares with the first, with lock-in and without, by the paired difference."""
    starts, digits = read.names["start"], _digits(read)
    place = read.names["reading"].index(AFTER)
    values = {name: read.difference.mean[row, place] for row, name in enumerate(read.names["mechanism"])}
    first, last = (signed(float(values[WITH][k]), digits) for k in (0, -1))
    start = (
        f"{read.what}: {read.unit.effect(first)} {after} if it starts in {starts[0]}, "
        f"{last} if in {starts[-1]}"
    )
    words = {name: _change(window, read, name, values[name]) for name in values}
    tail = f"; {words[WITH]}" if words[WITH] else ""
    by_lock_in = _by_lock_in(window, read)
    if by_lock_in:
        tail += f"; {by_lock_in}"
    elif words.get(WITHOUT):
        tail += f"; without lock-in {words[WITHOUT]}"
    return start + tail


def _change(window: xr.Dataset, read: Effects, mechanism: str, values: np.ndarray) -> str:
    """Whether the window closes or opens, judged by the interval of ``closing`` where that is given."""
    text, distinct = _interval(window, read, "closing", mechanism=mechanism, reading=AFTER)
    if text and not distinct:
        return f"a later start changes no more than chance could ({text})"
    shrinks = abs(float(values[-1])) < abs(float(values[0]))
    way = "closes" if shrinks else "opens"
    return f"the window {way} ({text})" if text else ""


def _by_lock_in(window: xr.Dataset, read: Effects) -> str:
    """What lock-in makes of it, where that is given: closing with it less closing without, paired."""
    text, distinct = _interval(window, read, "closing_by_lock_in", reading=AFTER)
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
