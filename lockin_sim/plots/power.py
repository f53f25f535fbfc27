"""Who decides in a standards body: voting power of blocs, their members voting together or alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable, whole_number
from lockin_sim.indices import banzhaf, shapley_shubik
from lockin_sim.plots.kit.labelled import labels, picked, with_axes
from lockin_sim.plots.kit.lettering import TEXT, brief
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, room_for, rows_of, sheet, sponsor_color, toward
from lockin_sim.statistics import means, quantiles
from lockin_sim.wording import number, two_digits
from lockin_sim.world.names import adjectives

INDICES = {"Banzhaf": banzhaf, "Shapley\N{EN DASH}Shubik": shapley_shubik}
TOGETHER, ALONE = "o", "s"
FREE = ""  # the name of no bloc


@dataclass(frozen=True)
class Power:
    """Per cent of votes and of power of each bloc; the last row of an array is the members in no bloc.

    votes  (run, bloc);  together, alone  (run, index, bloc), by whether a bloc votes as one
    """

    blocs: list[str]
    votes: Floats
    together: Floats
    alone: Floats


def voting_power(
    votes: xr.DataArray,
    blocs: xr.DataArray,
    quota: int,
    *,
    title: str | None = None,
) -> Figure:
    """Banzhaf and Shapley-Shubik power of blocs in a weighted vote, with and without vested interest.

    votes   (country,), whole numbers: votes of each member, 0 for who is none
    blocs   (country,) or (run, country), words: to whom a member's installed base ties it, for instance the
            sponsor to whose vendors it is most locked in; '' for none
    quota   least number of votes that decides
    title   the finding; by default the bloc whose power voting as one changes most
    With vested interest the members of a bloc vote as one; without it each member decides alone, and the
    bloc's power is the sum of theirs.  With runs the marks are means, the lines 5-95 % ranges.
    Raises InputError for a missing axis, countries that differ, votes that are not whole numbers, or a quota
    that nobody or everybody meets.
    """
    with_axes("voting_power, votes", votes, ("country",), ())
    with_axes("voting_power, blocs", blocs, ("country",), ("run",))
    if labels(votes, "country") != labels(blocs, "country"):
        raise unusable("voting_power, blocs", found="other countries", allowed="the countries of votes")
    power = _power(votes, blocs, whole_number("voting_power, quota", quota, least=1))
    free = ["in no bloc"] if power.votes[:, -1].any() else []
    rows = [*map(_bloc, power.blocs), *free]
    count = len(power.votes)
    runs = f" Means of {number(count, 0)} runs; lines: 5\N{EN DASH}95 % ranges." if count > 1 else ""
    body = ", ".join(picked(votes)) or "the body"
    figure, axes = sheet(
        title or _finding(power, body),
        f"Power in {body}: {number(int(votes.sum()), 0)} votes, {number(quota, 0)} decide. Filled circles: "
        "blocs vote as one (vested interest); hollow squares: each member decides alone, summed. Bars: share "
        "of votes." + runs,
        width=9.6, body=0.62 * len(rows) + 0.2, grid=(1, len(INDICES)), left=room_for(rows), right=0.4,
        bottom=0.62, gap=(0.35, 0.0), lead=0.52, sharex=True,
    )  # fmt: skip
    for place, (ax, name) in enumerate(zip(axes[0], INDICES, strict=True)):
        rows_of(ax, rows, labels=place == 0)
        for row in range(len(rows)):
            code = power.blocs[row] if row < len(power.blocs) else FREE
            _row(ax, row, power, place, toward(sponsor_color(code), "black", 0.15))
        ax.set_title(f"{name} index", loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=8)
        ax.set_xlabel("per cent of all power, and of votes", fontsize=SMALL, color=QUIET)
    widest = max(1.0, _widest(power))
    axes[0, 0].set_xlim(-0.02 * widest, 1.14 * widest)
    return figure


def _power(votes: xr.DataArray, blocs: xr.DataArray, quota: int) -> Power:
    """Votes and power of all blocs in all runs, the blocs with most votes first."""
    weight = np.asarray(votes.values)
    member = weight > 0
    sides = np.atleast_2d(blocs.transpose(..., "country").values).astype(str)
    names = sorted({str(name) for name in sides[:, member].ravel()} - {FREE})
    if not names:
        raise unusable("voting_power, blocs", found="no member in a bloc", allowed="names of blocs")
    size = {name: float((weight * (sides == name)).sum()) for name in names}
    names = sorted(names, key=lambda name: -size[name])
    single = np.stack([_spread(index(weight[member], quota), member) for index in INDICES.values()])
    mine = np.stack([sides == name for name in [*names, FREE]], axis=1) & member  # (run, bloc, country)
    together = []
    for run in mine:
        free = weight[run[-1]]
        voters = np.concatenate([run[:-1] @ weight, free])
        each = np.stack([np.asarray(index(voters.astype(int), quota)) for index in INDICES.values()])
        together.append(np.column_stack([each[:, : len(names)], each[:, len(names) :].sum(axis=1)]))
    share = mine @ weight / weight.sum()
    alone = np.einsum("ic,rbc->rib", single, mine.astype(float))
    return Power(names, 100 * share, 100 * np.stack(together), 100 * alone)


def _spread(power: Floats, member: np.ndarray) -> Floats:
    """Power of members to all countries."""
    every = np.zeros(member.shape)
    every[member] = power
    return every


def _row(ax: Axes, row: int, power: Power, index: int, color: str) -> None:
    """Votes as a bar; power together and alone as marks with their ranges."""
    ax.barh(row, power.votes[:, row].mean(), 0.62, color=toward(color, "white", 0.75), linewidth=0, zorder=1)
    for values, marker, shift, face in (
        (power.together, TOGETHER, -0.14, color),
        (power.alone, ALONE, 0.14, "white"),
    ):
        each = values[:, index, row]
        mean, (low, high) = float(each.mean()), np.quantile(each, [0.05, 0.95])
        if high > low:
            ax.plot([low, high], [row + shift] * 2, color=color, linewidth=1.3)
        ax.plot([mean], [row + shift], marker=marker, markersize=7, color=color, markerfacecolor=face,
                markeredgewidth=1.3, linestyle="none")  # fmt: skip
        written = number(mean, min(1, two_digits(mean)))
        ax.annotate(written, (max(float(high), mean), row + shift), xytext=(7, 0), textcoords="offset points",
                    va="center", fontsize=SMALL - 1, color=INK)  # fmt: skip


def _widest(power: Power) -> float:
    """How far the axis of power must reach."""
    arrays = (power.together[:, :, :], power.alone[:, :, :], power.votes[:, None, :])
    return max(float(quantiles(array, 0.95).max()) for array in arrays)


def _bloc(name: str) -> str:
    """'Chinese vendors' for a sponsor, or the bloc's own name."""
    return f"tied to {adjectives()[name]} vendors" if name in adjectives() else brief(name)


def _finding(power: Power, body: str) -> str:
    """The bloc whose power changes most when it votes as one, by the Banzhaf index."""
    votes, together, alone = means(power.votes), means(power.together)[0], means(power.alone)[0]
    blocs = len(power.blocs)
    top = int(np.argmax(np.abs(together[:blocs] - alone[:blocs])))
    if abs(together[top] - alone[top]) < 0.05:
        return f"In {body} it makes no difference whether blocs vote as one"
    low, high = np.quantile(power.together[:, 0, top], [0.05, 0.95])
    ranged = f" (90 % of runs: {low:.0f} to {high:.0f})" if len(power.votes) > 1 else ""
    return (
        f"In {body} members {_bloc(power.blocs[top])} hold {votes[top]:.0f} % of votes and, voting as one, "
        f"{together[top]:.0f} % of Banzhaf power{ranged}; deciding each alone, {alone[top]:.0f} %"
    )
