"""Standards bodies: how official a standard becomes in each, and whose votes decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable, whole_number
from lockin_sim.indices import banzhaf, shapley_shubik
from lockin_sim.plots.kit.data import called, clear_effects, labels, picked, with_axes
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.shapes import End, band, below, heading, name_ends, panels, rows_of
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, SMALL, brief, room_for, sheet, sponsor_color, toward
from lockin_sim.reader import Reader, matching
from lockin_sim.statistics import means, quantiles
from lockin_sim.wording import number, opening, signed, two_digits
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import column_of

_COLUMNS = 3
_PREFIX = "status_"
_INDICES = {"Banzhaf": banzhaf, "Shapley\N{EN DASH}Shubik": shapley_shubik}
_FREE = ""  # the name of no bloc


@figure(of="effects")
def body_status(effects: xr.Dataset, *, standard: str | None = None, title: str | None = None) -> Figure:
    """One panel per body: status of the standard over the years in the baseline and under every scenario.

    The scenarios that raise and lower the status most are labelled where their intervals exclude zero; the
    rest are thin lines.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare`` with outcomes ``status_<body>``: the share of the body's live
        standards that belong to the family, drawn in per cent
    standard
        the family's name, for the texts; None = the one under study
    title
        the finding; by default where the baseline's status ends highest and lowest

    Raises
    ------
    InputError
        where the dataset holds no such outcome
    """
    standard = brief(called("standard", standard or bundled_case().family))
    outcomes = matching(Reader(effects, []), _PREFIX)
    reading = Reader(effects, outcomes)
    rows, columns = -(-len(outcomes) // _COLUMNS), min(_COLUMNS, len(outcomes))
    room = 0.4 + room_for([brief(reading.title(name)) for name in reading.scenarios], SMALL)
    figure, axes = sheet(
        title or _extreme_bodies(reading, outcomes, standard),
        f"Share of {standard} among each body's live standards; {brief(reading.base)} dashed with its "
        f"5\N{EN DASH}95 % range of {reading.pairs}. Labelled: the largest rise and fall in the last year "
        "whose 95 % interval excludes zero, in percentage points; thin: all other scenarios.",
        width=max((2.1 + room) * columns + 0.5, 6.0), body=2.65 * rows - 0.55, grid=(rows, columns),
        left=0.75, right=room, bottom=0.45, gap=(room + 0.1, 0.55), lead=0.45, sharex=True, sharey=True,
    )  # fmt: skip
    shown = reading.shown(outcomes[0])
    marks = {outcome: _extremes(reading, outcome) for outcome in outcomes}
    for ax, outcome in zip(panels(axes, len(outcomes), shown.axis), outcomes, strict=True):
        _paths(ax, reading, outcome, marks[outcome])
    axes.flat[0].set_ylim(0, 1.15 * axes.flat[0].get_ylim()[1])  # names of lines below those of bodies
    for ax, outcome in zip(axes.flat, outcomes, strict=False):
        base = reading.level(reading.baseline, outcome).mean
        ends = [End(base, f"{reading.shown(outcome).rounded(base)} {brief(reading.base)}", QUIET)]
        for name in marks[outcome]:
            change = signed(float(reading.effect(name, outcome).mean))
            ends.append(End(reading.level(name, outcome).mean, f"{change} {brief(reading.title(name))}"))
        name_ends(ax, ends, 0.115, SMALL - 0.5)
    return figure


def _paths(ax: Axes, reading: Reader, outcome: str, marks: dict[str, str]) -> None:
    """Lines and band of one body."""
    years = reading.calendar
    low, high = (reading.path(reading.baseline, outcome, q) for q in ("q05", "q95"))
    band(ax, years, low, high, FAINT, 0.7)
    for name in reading.others:
        ax.plot(years, reading.path(name, outcome, "mean"), color=QUIET, linewidth=0.5)
    for name, marker in marks.items():
        ax.plot(years, reading.path(name, outcome, "mean"), color=INK, linewidth=1.4, marker=marker,
                markevery=[-1], markersize=5, clip_on=False)  # fmt: skip
    base = reading.path(reading.baseline, outcome, "mean")
    ax.plot(years, base, color=QUIET, linewidth=1.5, linestyle=(0, (4, 2)))
    ax.set_xlim(years[0], years[-1])
    heading(ax, _body(outcome))


def _extremes(reading: Reader, outcome: str) -> dict[str, str]:
    """Scenario to marker: the largest clear rise and fall in the last year, where there are any."""
    clear = clear_effects(reading, outcome, reading.last, reading.others)
    means = {name: float(effect.mean) for name, effect in clear.items()}
    if not means:
        return {}
    highest, lowest = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    rise = {highest: "^"} if means[highest] > 0 else {}
    fall = {lowest: "v"} if means[lowest] < 0 else {}
    return rise | fall


def _extreme_bodies(reading: Reader, outcomes: list[str], standard: str) -> str:
    """Where the status ends highest and lowest in the baseline."""
    levels = {each: reading.level(reading.baseline, each).mean for each in outcomes}
    finite = {each: value for each, value in levels.items() if np.isfinite(value)}
    if not finite:
        return f"{opening(standard)}: no status in {reading.last}"
    top, bottom = max(finite, key=finite.__getitem__), min(finite, key=finite.__getitem__)
    written = {each: reading.shown(each).rounded(finite[each]) for each in (top, bottom)}
    lowest = "" if top == bottom else f", {written[bottom]} of those of {_body(bottom)}"
    return (
        f"{opening(standard)} reach {written[top]} of the live standards of {_body(top)}{lowest} "
        f"by {reading.last} in the {brief(reading.base)}"
    )


def _body(outcome: str) -> str:
    """The body's name as it is written."""
    return called("body", outcome.removeprefix(_PREFIX))


@dataclass(frozen=True)
class _Power:
    """Per cent of votes and of power of each bloc; the last row of an array is the members in no bloc.

    votes  (run, bloc);  together, alone  (run, index, bloc), by whether a bloc votes as one
    """

    blocs: list[str]
    votes: Floats
    together: Floats
    alone: Floats


@figure(of="votes")
def voting_power(
    votes: xr.DataArray,
    blocs: xr.DataArray,
    quota: int,
    *,
    title: str | None = None,
) -> Figure:
    """Banzhaf and Shapley-Shubik power of blocs in a weighted vote, with and without vested interest.

    With vested interest the members of a bloc vote as one; without it each member decides alone, and the
    bloc's power is the sum of theirs.  With runs the marks are means, the lines 5-95 % ranges.

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
    power = _power(votes, blocs, whole_number("voting_power, quota", quota, least=1))
    free = ["in no bloc"] if power.votes[:, -1].any() else []
    rows = [*map(_bloc, power.blocs), *free]
    count = len(power.votes)
    runs = f" Means of {number(count, 0)} runs; lines: 5\N{EN DASH}95 % ranges." if count > 1 else ""
    body = ", ".join(picked(votes)) or "the body"
    figure, axes = sheet(
        title or _changed(power, body),
        f"Power in {body}: {number(int(votes.sum()), 0)} votes, {number(quota, 0)} decide. Filled circles: "
        "blocs vote as one (vested interest); hollow squares: each member decides alone, summed. Bars: share "
        "of votes." + runs,
        width=9.6, body=0.62 * len(rows) + 0.2, grid=(1, len(_INDICES)), left=room_for(rows), right=0.4,
        bottom=0.62, gap=(0.35, 0.0), lead=0.52, sharex=True,
    )  # fmt: skip
    for place, (ax, name) in enumerate(zip(axes[0], _INDICES, strict=True)):
        rows_of(ax, rows, labels=place == 0)
        for row in range(len(rows)):
            code = power.blocs[row] if row < len(power.blocs) else _FREE
            _row(ax, row, power, place, toward(sponsor_color(code), "black", 0.15))
        heading(ax, f"{name} index", pad=8)
        below(ax, "per cent of all power, and of votes")
    arrays = (power.together, power.alone, power.votes[:, None, :])
    widest = max(1.0, *(float(quantiles(array, 0.95).max()) for array in arrays))
    axes[0, 0].set_xlim(-0.02 * widest, 1.14 * widest)
    return figure


def _power(votes: xr.DataArray, blocs: xr.DataArray, quota: int) -> _Power:
    """Votes and power of all blocs in all runs, the blocs with most votes first."""
    weight = np.asarray(votes.values)
    member = weight > 0
    sides = np.atleast_2d(blocs.transpose(..., "country").values).astype(str)
    names = sorted({str(name) for name in sides[:, member].ravel()} - {_FREE})
    if not names:
        raise unusable("voting_power, blocs", found="no member in a bloc", allowed="names of blocs")
    size = {name: float((weight * (sides == name)).sum()) for name in names}
    names = sorted(names, key=lambda name: -size[name])
    single = np.stack([_spread(index(weight[member], quota), member) for index in _INDICES.values()])
    blocs_of = np.stack([sides == name for name in [*names, _FREE]], axis=1) & member  # (run, bloc, country)
    together = []
    for run in blocs_of:
        free = weight[run[-1]]
        voters = np.concatenate([run[:-1] @ weight, free])
        each = np.stack([np.asarray(index(voters.astype(int), quota)) for index in _INDICES.values()])
        together.append(np.column_stack([each[:, : len(names)], each[:, len(names) :].sum(axis=1)]))
    share = blocs_of @ weight / weight.sum()
    alone = np.einsum("ic,rbc->rib", single, blocs_of.astype(float))
    return _Power(names, 100 * share, 100 * np.stack(together), 100 * alone)


def _spread(power: Floats, member: np.ndarray) -> Floats:
    """Power of members to all countries."""
    every = np.zeros(member.shape)
    every[member] = power
    return every


def _row(ax: Axes, row: int, power: _Power, index: int, color: str) -> None:
    """Votes as a bar; power together and alone as marks with their ranges."""
    ax.barh(row, power.votes[:, row].mean(), 0.62, color=toward(color, "white", 0.75), linewidth=0, zorder=1)
    for values, marker, shift, face in (
        (power.together, "o", -0.14, color),
        (power.alone, "s", 0.14, "white"),
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


def _bloc(name: str) -> str:
    """'Chinese vendors' for a sponsor, or the bloc's own name."""
    adjectives = column_of("sponsors", "adjective")
    return f"tied to {adjectives[name]} vendors" if name in adjectives else brief(name)


def _changed(power: _Power, body: str) -> str:
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
