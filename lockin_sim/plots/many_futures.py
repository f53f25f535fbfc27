"""What a policy does in many futures: its effects ranked, and how often it raises or lowers the outcome."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.intervals import Effects, read_effects
from lockin_sim.plots.kit.lines import columns_of, heading, panels
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, effect_color, sheet
from lockin_sim.wording import joined, number, quoted, signed

COLUMNS = 3
SIDES = {"lower": -1, "higher": 1}


def futures(effects: xr.Dataset, *, sense: str | None = None, title: str | None = None) -> Figure:
    """Effects of each scenario in many futures, ranked from the largest fall to the largest rise.

    effects  dataset with ``effect``, ``effect_low`` and ``effect_high`` over scenario and future, such as
             ``lockin_sim.futures(...).sel(outcome="cn2035_share")``; the baseline is left out
    sense    "lower" or "higher": which way an effect helps.  The panels are then sorted by the share of
             futures in which the scenario helps, and show the largest regret: how much worse than the best
             of all scenarios and the baseline it does in its worst future.  None takes no side
    title    the finding; by default for the first scenario the share of futures in which its interval lies
             on one side of zero, with the 95 % interval of that share (Wilson)
    The bars are means; the band behind them holds each future's 95 % interval.
    Raises InputError for a missing or surplus axis, an unknown sense, or swapped ends of an interval.
    """
    if sense is not None and sense not in SIDES:
        raise unusable("futures, sense", found=sense, allowed="'lower', 'higher' or None")
    read = read_effects("futures, effects", effects, "scenario", "future")
    if not read.names["scenario"]:
        raise unusable("futures, scenario", found="the baseline alone", allowed="at least one other")
    shares = np.array([_shares(read, row) for row in range(len(read.names["scenario"]))])  # falls, rises
    side = SIDES.get(sense or "", -1 if np.sum(shares[:, 0]) >= np.sum(shares[:, 1]) else 1)
    order = [int(row) for row in np.argsort(-shares[:, 0 if side < 0 else 1], kind="stable")]
    columns = columns_of(len(order), COLUMNS)
    rows = -(-len(order) // columns)
    figure, axes = sheet(
        title or _finding(read, shares, order[0], side, sense),
        f"{read.what}: mean paired difference from the {read.baseline} in each "
        f"of {len(read.names['future'])} futures, ranked; band: 95 % intervals. Dark bars: the interval "
        "excludes zero; pale: it does not. Falls are hatched.",
        width=max(3.3 * columns + 0.5, 6.5), body=2.1 * rows + 0.95 * (rows - 1), grid=(rows, columns),
        left=0.85, right=0.25, bottom=0.62, gap=(0.3, 0.95), lead=0.75, sharex=True, sharey=True,
    )  # fmt: skip
    regret = None if sense is None else _regret(read, side)
    for ax, row in zip(panels(axes, len(order), read.unit.effect_axis), order, strict=True):
        _panel(ax, read, row)
        _texts(ax, read, row, shares[row], None if regret is None else float(regret[row]))
        ax.set_xlabel("per cent of futures, ranked" if ax.xaxis.get_tick_params()["labelbottom"] else "",
                      fontsize=SMALL, color=QUIET)  # fmt: skip
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


def _panel(ax: Axes, read: Effects, row: int) -> None:
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


def _finding(read: Effects, shares: Floats, row: int, side: int, sense: str | None) -> str:
    """The scenario that acts in most futures, in how many, and whether it acts the other way in some."""
    from scipy.stats import binomtest

    known = int(np.isfinite(read.difference.low[row]).sum())
    mine, other = (shares[row, 0], shares[row, 1]) if side < 0 else (shares[row, 1], shares[row, 0])
    name = read.written["scenario"][row]
    if not known:
        return f"{read.what}: no value in any future"
    ends = binomtest(round(mine * known / 100), known).proportion_ci(method="wilson")
    verb, reverse = ("lowers", "raises") if side < 0 else ("raises", "lowers")
    helps = "helps most often: it " if sense else ""
    counter = f"{reverse} it in {other:.0f} %" if other else f"{reverse} it in none"
    median = signed(float(np.nanmedian(read.difference.mean[row])), read.unit.digits)
    return (
        f"{read.what}: {quoted(name)} {helps}{verb} it in {mine:.0f} % of {known} futures "
        f"[{100 * ends.low:.0f}, {100 * ends.high:.0f}] and {counter}; "
        f"median effect {read.unit.effect(median)}"
    )
