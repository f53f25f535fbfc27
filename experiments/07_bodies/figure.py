"""Power of blocs in a weighted vote, voting as one and each member alone, drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import check_whole_number, unusable
from lockin_sim.common.formats import number, two_digits
from lockin_sim.common.indices import banzhaf, shapley_shubik
from lockin_sim.common.statistics import mean_by_column, quantiles
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.data import labels, picked, with_axes
from lockin_sim.pages.plots.kit.style import INK, SMALL
from lockin_sim.world.names import read_label_column

_INDICES = {"Banzhaf": banzhaf, "Shapley\N{EN DASH}Shubik": shapley_shubik}
_FREE = ""  # the name of no bloc


class _Power(NamedTuple):
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

    With vested interest the members of a bloc vote as one; without it each member decides alone, and the
    bloc's power is the sum of theirs.  With runs the marks are means, the lines nine in ten of them.

    Parameters
    ----------
    votes
        (country,), whole numbers: votes of each member, 0 for who is none
    blocs
        (country,) or (run, country), words: to whom a member's installed base ties it, for instance the
        sponsor to whose vendors it is most locked in; '' for none
    quota
        least number of votes that decides
    title
        the finding; by default the bloc whose power voting as one changes most

    Raises
    ------
    InputError
        for a missing axis, countries that differ, votes that are not whole numbers, or a quota that
        nobody or everybody meets
    """
    with_axes("voting_power, votes", votes, ("country",), ())
    with_axes("voting_power, blocs", blocs, ("country",), ("run",))
    if labels(votes, "country") != labels(blocs, "country"):
        raise unusable("voting_power, blocs", found="other countries", allowed="the countries of votes")
    power = _power(votes, blocs, check_whole_number("voting_power, quota", quota, least=1))
    rows = [*map(_bloc, power.blocs), *(["in no bloc"] if power.votes[:, -1].any() else [])]
    count, body = len(power.votes), ", ".join(picked(votes)) or "the body"
    runs = f" Means of {number(count, 0)} runs; lines: nine in ten of them." if count > 1 else ""
    figure, panels = kit.build_row_sheet(
        title or _changed(power, body),
        f"Power in {body}: {number(int(votes.sum()), 0)} votes, {number(quota, 0)} decide. Filled circles: "
        "blocs vote as one (vested interest); hollow squares: each member decides alone, summed. Bars: share "
        "of votes." + runs,
        rows, [f"{name} index" for name in _INDICES],
        width=9.6, row=0.62, more=0.2, right=0.4, gap=0.35, lead=0.52, sharex=True,
    )  # fmt: skip
    for place, ax in enumerate(panels):
        for row, code in zip(range(len(rows)), [*power.blocs, _FREE], strict=False):
            _row(ax, row, power, place, kit.mix_colors(kit.sponsor_color(code), "black", 0.15))
        kit.set_x_label(ax, "per cent of all power, and of votes")
    arrays = (power.together, power.alone, power.votes[:, None, :])
    widest = max(1.0, *(float(quantiles(array, 0.95).max()) for array in arrays))
    panels[0].set_xlim(-0.02 * widest, 1.14 * widest)
    return figure


def _power(votes: xr.DataArray, blocs: xr.DataArray, quota: int) -> _Power:
    """Votes and power of all blocs in all runs, the blocs with most votes first."""
    weight = np.asarray(votes.values)
    member = weight > 0
    sides = np.atleast_2d(blocs.transpose(..., "country").values).astype(str)
    size = {n: float((weight * (sides == n)).sum()) for n in sorted({*sides[:, member].ravel().tolist()})}
    names = sorted(size.keys() - {_FREE}, key=lambda name: (-size[name], name))
    if not names:
        raise unusable("voting_power, blocs", found="no member in a bloc", allowed="names of blocs")
    single = np.zeros((len(_INDICES), len(weight)))
    single[:, member] = [index(weight[member], quota) for index in _INDICES.values()]
    blocs_of = np.stack([sides == name for name in [*names, _FREE]], axis=1) & member  # (run, bloc, country)
    together = []
    for run in blocs_of:
        voters = np.concatenate([run[:-1] @ weight, weight[run[-1]]]).astype(int)
        each = np.stack([np.asarray(index(voters, quota)) for index in _INDICES.values()])
        together.append(np.column_stack([each[:, : len(names)], each[:, len(names) :].sum(axis=1)]))
    alone = np.einsum("ic,rbc->rib", single, blocs_of.astype(float))
    return _Power(names, 100 * (blocs_of @ weight / weight.sum()), 100 * np.stack(together), 100 * alone)


def _row(ax: Axes, row: int, power: _Power, index: int, color: str) -> None:
    """Votes as a bar; power together and alone as marks with their ranges."""
    ax.barh(
        row,
        power.votes[:, row].mean(),
        0.62,
        color=kit.mix_colors(color, "white", 0.75),
        linewidth=0,
        zorder=1,
    )
    for values, marker, shift, face in (
        (power.together, "o", -0.14, color),
        (power.alone, "s", 0.14, "white"),
    ):
        each = values[:, index, row]
        mean, (low, high) = float(each.mean()), quantiles(each, 0.05, 0.95)
        if high > low:
            ax.plot([low, high], [row + shift] * 2, color=color, linewidth=1.3)
        ax.plot([mean], [row + shift], marker=marker, markersize=7, color=color, markerfacecolor=face,
                markeredgewidth=1.3, linestyle="none")  # fmt: skip
        written = number(mean, min(1, two_digits(mean)))
        ax.annotate(written, (max(float(high), mean), row + shift), xytext=(7, 0), textcoords="offset points",
                    va="center", fontsize=SMALL - 1, color=INK)  # fmt: skip


def _bloc(name: str) -> str:
    """'Chinese vendors' for a sponsor, or the bloc's own name."""
    adjectives = read_label_column("sponsors", "adjective")
    return f"tied to {adjectives[name]} vendors" if name in adjectives else kit.shorten_name(name)


def _changed(power: _Power, body: str) -> str:
    """The bloc whose power changes most when it votes as one, by the Banzhaf index."""
    votes, together, alone = (
        mean_by_column(power.votes),
        mean_by_column(power.together)[0],
        mean_by_column(power.alone)[0],
    )
    top = int(np.argmax(np.abs(together - alone)[: len(power.blocs)]))
    if abs(together[top] - alone[top]) < 0.05:
        return f"In the {body} it makes no difference whether blocs vote as one"
    low, high = quantiles(power.together[:, 0, top], 0.05, 0.95)
    ranged = f" (nine in ten runs: {low:.0f} to {high:.0f})" if len(power.votes) > 1 else ""
    return (
        f"Members of the {body} {_bloc(power.blocs[top])} have {votes[top]:.0f} % of votes: as a bloc "
        f"they have {together[top]:.0f} % of Banzhaf power{ranged}, each alone {alone[top]:.0f} %"
    )
