"""Standards: how official one becomes in each body, whose votes decide, and what is left of a lead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import known_name, unknown_name, unusable, whole_number
from lockin_sim.common.indices import banzhaf, shapley_shubik
from lockin_sim.common.statistics import Estimate, means, quantiles
from lockin_sim.common.wording import located, number, opening, signed, two_digits
from lockin_sim.plots.kit import style as kit
from lockin_sim.plots.kit.data import called, clear_effects, labels, picked, variable, with_axes
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, SMALL, TEXT
from lockin_sim.words.reader import Reader, matching
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import adjective, column_of

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
    standard = kit.brief(called("standard", standard or bundled_case().family))
    outcomes = matching(Reader(effects, []), _PREFIX)
    reading = Reader(effects, outcomes)
    room = 0.4 + kit.room_for([kit.brief(reading.title(name)) for name in reading.scenarios], SMALL)
    figure, panels = kit.sheet_of_panels(
        title or _extreme_bodies(reading, outcomes, standard),
        f"Share of {standard} among each body's live standards; {kit.brief(reading.base)} dashed with its "
        f"5\N{EN DASH}95 % range of {reading.pairs}. Labelled: the largest clear rise and "
        "fall in the last year, in percentage points; thin: all other scenarios.",
        reading.unit(outcomes[0]).axis, len(outcomes), 3, wide=2.1 + room, more=0.5, least=6.0, high=2.1,
        left=0.75, right=room, bottom=0.45, gap=(room + 0.1, 0.55), lead=0.45,
    )  # fmt: skip
    marks = {outcome: _extremes(reading, outcome) for outcome in outcomes}
    years = reading.calendar
    for ax, outcome in zip(panels, outcomes, strict=True):
        base, low, high = (reading.path(reading.baseline, outcome, s) for s in ("mean", "q05", "q95"))
        kit.band(ax, years, low, high, FAINT, 0.7)
        for name in reading.others:
            ax.plot(years, reading.path(name, outcome, "mean"), color=QUIET, linewidth=0.5)
        for name, marker in marks[outcome].items():
            ax.plot(years, reading.path(name, outcome, "mean"), color=INK, linewidth=1.4, marker=marker,
                    markevery=[-1], markersize=5, clip_on=False)  # fmt: skip
        ax.plot(years, base, color=QUIET, linewidth=1.5, linestyle=(0, (4, 2)))
        ax.set_xlim(years[0], years[-1])
        kit.heading(ax, _body(outcome))
    panels[0].set_ylim(0, 1.15 * panels[0].get_ylim()[1])  # names of lines below those of bodies
    for ax, outcome in zip(panels, outcomes, strict=True):
        last = reading.level(reading.baseline, outcome).mean
        ends = [kit.End(last, f"{reading.unit(outcome).rounded(last)} {kit.brief(reading.base)}", QUIET)]
        for name in marks[outcome]:
            change = signed(float(reading.effect(name, outcome).mean))
            ends.append(
                kit.End(reading.level(name, outcome).mean, f"{change} {kit.brief(reading.title(name))}")
            )
        kit.name_ends(ax, ends, 0.115, SMALL - 0.5)
    return figure


def _extremes(reading: Reader, outcome: str) -> dict[str, str]:
    """Scenario to marker: the largest clear rise and fall in the last year, where there are any."""
    clear = clear_effects(reading, outcome, reading.last, reading.others)
    rises = {name: effect.size for name, effect in clear.items() if effect.size > 0}
    falls = {name: effect.size for name, effect in clear.items() if effect.size < 0}
    highest = {max(rises, key=rises.__getitem__): "^"} if rises else {}
    return highest | ({min(falls, key=falls.__getitem__): "v"} if falls else {})


def _extreme_bodies(reading: Reader, outcomes: list[str], standard: str) -> str:
    """Where the status ends highest and lowest in the baseline."""
    levels = {each: reading.level(reading.baseline, each).mean for each in outcomes}
    finite = {each: value for each, value in levels.items() if np.isfinite(value)}
    if not finite:
        return f"{opening(standard)}: no status in {reading.last}"
    top, bottom = max(finite, key=finite.__getitem__), min(finite, key=finite.__getitem__)
    written = {each: reading.unit(each).rounded(finite[each]) for each in (top, bottom)}
    lowest = "" if top == bottom else f", {written[bottom]} of those of {_body(bottom)}"
    return (
        f"{opening(standard)} reach {written[top]} of the live standards of {_body(top)}{lowest} "
        f"by {reading.last} in the {kit.brief(reading.base)}"
    )


def _body(outcome: str) -> str:
    """The body's name as it is written."""
    return called("body", outcome.removeprefix(_PREFIX))


class _Power(NamedTuple):
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
    rows = [*map(_bloc, power.blocs), *(["in no bloc"] if power.votes[:, -1].any() else [])]
    count, body = len(power.votes), ", ".join(picked(votes)) or "the body"
    runs = f" Means of {number(count, 0)} runs; lines: nine in ten of them." if count > 1 else ""
    figure, panels = kit.sheet_of_rows(
        title or _changed(power, body),
        f"Power in {body}: {number(int(votes.sum()), 0)} votes, {number(quota, 0)} decide. Filled circles: "
        "blocs vote as one (vested interest); hollow squares: each member decides alone, summed. Bars: share "
        "of votes." + runs,
        rows, [f"{name} index" for name in _INDICES],
        width=9.6, row=0.62, more=0.2, right=0.4, gap=0.35, lead=0.52, sharex=True,
    )  # fmt: skip
    for place, ax in enumerate(panels):
        for row, code in zip(range(len(rows)), [*power.blocs, _FREE], strict=False):
            _row(ax, row, power, place, kit.toward(kit.sponsor_color(code), "black", 0.15))
        kit.below(ax, "per cent of all power, and of votes")
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
        row, power.votes[:, row].mean(), 0.62, color=kit.toward(color, "white", 0.75), linewidth=0, zorder=1
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
    adjectives = column_of("sponsors", "adjective")
    return f"tied to {adjectives[name]} vendors" if name in adjectives else kit.brief(name)


def _changed(power: _Power, body: str) -> str:
    """The bloc whose power changes most when it votes as one, by the Banzhaf index."""
    votes, together, alone = means(power.votes), means(power.together)[0], means(power.alone)[0]
    top = int(np.argmax(np.abs(together - alone)[: len(power.blocs)]))
    if abs(together[top] - alone[top]) < 0.05:
        return f"In the {body} it makes no difference whether blocs vote as one"
    low, high = quantiles(power.together[:, 0, top], 0.05, 0.95)
    ranged = f" (nine in ten runs: {low:.0f} to {high:.0f})" if len(power.votes) > 1 else ""
    return (
        f"Members of the {body} {_bloc(power.blocs[top])} have {votes[top]:.0f} % of votes: as a bloc "
        f"they have {together[top]:.0f} % of Banzhaf power{ranged}, each alone {alone[top]:.0f} %"
    )


#: What is read of a quantity of the chain; the base once more in other weights.
_READ, _ASIDE = ("effect", "effect_low", "effect_high", "level", "effect_q05", "effect_q95"), "economies"

#: The quantities that are drawn: base, agenda, votes, reach; and a path beside them that may be switched off.
STEPS, _PRESCRIBED = ("base", "contributions", "yes", "reach"), "demanding"

#: Height of a quantity's bar, of a row that is 1.
_BAR = 0.42


class _Step(NamedTuple):
    """One quantity: what the lead moves it by, in points, with its interval."""

    title: str
    mean: float
    low: float
    high: float
    level: float
    single: tuple[float, float]  # in nine in ten single pairs of runs

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0

    @property
    def off(self) -> bool:
        """Whether what leads to it is switched off: no run moves."""
        return bool(Estimate(self.mean, self.low, self.high).unmoved)


@figure(of="chain")
def chain(
    chain: xr.Dataset,
    *,
    place: str | None = None,
    year: int | None = None,
    alternative: str | None = None,
    title: str | None = None,
) -> Figure:
    """What an imposed lead moves from installed base to standard: base, agenda, votes, reach.

    A bar's width is the mean effect in percentage points; the thin bar is its 95 % interval.  What cannot be
    told from chance is hatched; what is switched off is grey.

    Parameters
    ----------
    chain
        dataset of ``lockin_sim.chain``
    place
        group of markets in which base and reach are read, None = all abroad, or the last that there is;
        agenda and votes are those of all bodies together
    year
        None = the last
    alternative
        None = the first
    title
        the finding; by default what the lead does to reach

    Raises
    ------
    InputError
        for an unknown place, year or alternative
    """
    at, place = _picked(chain, year, alternative), _read_in(chain, place)
    begun = _picked(chain, int(chain["year"].values[0]), alternative)
    first, last = int(begun["year"]), int(at["year"])
    imposed = _step(begun, place, "base")._replace(title=f"lead imposed in {first}: installed base")
    of = {"lead": imposed} | {name: _step(at, place, name) for name in STEPS}
    unused = " Switched off: states that require the standard." * _step(at, place, _PRESCRIBED).off
    where, owner = str(chain["place_label"].sel(place=place).item()), adjective(str(chain.attrs["owner"]))
    base, reach = (number(of[name].mean, 1) for name in ("base", "reach"))
    figure, (ax,) = kit.sheet_of_rows(
        title or f"A {imposed.mean:.0f}-point head start in {first} leaves a {base}-point lead in "
        f"equipment {located(where)} in {last} and {reach} points more reach of its standard",
        f"What changes in {last} if {owner} vendors had run {imposed.level + imposed.mean:.0f} instead of "
        f"{imposed.level:.0f} % of the networks {located(where)} in {first}: percentage points, 95 % "
        f"intervals over {_runs(chain)} paired runs. Hatched: the interval includes zero.{unused}",
        [opening(step.title) for step in of.values()],
        width=9.6, row=0.5, more=0.1, left=3.7, right=2.6, lead=0.42,
    )  # fmt: skip
    _bars(ax, [*of.values()])
    return figure


def _bars(ax: Axes, steps: list[_Step]) -> None:
    """A bar as wide as each effect, its interval in front, and all in numbers.

    The first, what is imposed, is cut where it would squeeze what follows from it.
    """
    ax.axvline(0, color=INK, linewidth=0.8)
    reached = [end for step in steps[1:] for end in (0.0, step.low, step.high) if np.isfinite(end)]
    room = 1.2 * max(reached, default=0.0)
    cut = room > 0 and steps[0].mean > 1.5 * room
    for row, step in enumerate(steps):
        if step.off:
            kit.beside(ax, row, "switched off", TEXT - 0.5, QUIET)
            ax.get_yticklabels()[row].set_color(QUIET)
            continue
        color = kit.toward(INK, "white", 0.62) if step.clear else FAINT
        ax.barh([row], [step.mean], height=_BAR, color=color, edgecolor=INK, linewidth=0.8,
                hatch="" if step.clear else "////", zorder=3)  # fmt: skip
        ax.plot([step.low, step.high], [row, row], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
        _numbers(ax, row, step, f" of {step.level:.0f} %")
        if row == 1:  # from what is imposed to what is left of it, as wide as they are
            y, ends = [_BAR / 2, 1 - _BAR / 2], [steps[0].mean, step.mean]
            ax.fill_betweenx(y, [0, 0], ends, color=kit.toward(INK, "white", 0.85), linewidth=0, zorder=2)
            ax.add_line(Line2D(ends, y, color=kit.toward(INK, "white", 0.5), linewidth=0.7, zorder=2))
    ax.margins(x=0.05)
    if cut:
        ax.set_xlim(min(0.0, 1.05 * min(reached)), room)
        for at in (0.955, 0.97):  # the mark of a bar that goes on
            ax.plot([at - 0.008, at + 0.008], [_BAR / 2 + 0.09, -_BAR / 2 - 0.09], color="white",
                    linewidth=2.5, transform=ax.get_yaxis_transform(), zorder=5)  # fmt: skip
    kit.below(ax, "effect, percentage points" + ", the first bar cut" * cut)
    kit.beside(ax, -0.62, "effect [95 % interval] of level", SMALL - 1, QUIET, ha="left", va="bottom")


@figure(of="chain", file="alternatives", when=lambda chain: chain.sizes["alternative"] > 1)
def chain_alternatives(
    chain: xr.Dataset,
    quantity: str = "reach",
    *,
    place: str | None = None,
    year: int | None = None,
    title: str | None = None,
) -> Figure:
    """The same effect under every structural alternative: what a conclusion depends on.

    Other arguments as in :func:`chain`.  Where parameters are drawn, nine in ten of single pairs of runs lie
    on the thin line.

    Parameters
    ----------
    quantity
        one of the chain's
    place
        group of markets, or a body of a quantity of bodies

    Raises
    ------
    InputError
        for an unknown name or year
    """
    place, known = _read_in(chain, place), labels(chain, "quantity")
    if quantity not in known:
        raise unknown_name("chain_alternatives, quantity", found=quantity, known=known)
    steps = [_step(_picked(chain, year, name), place, quantity) for name in labels(chain, "alternative")]
    at = int(chain["year"].values[-1]) if year is None else year
    where, what = str(chain["place_label"].sel(place=place).item()), steps[0].title
    values = [step.mean for step in steps]
    figure, (ax,) = kit.sheet_of_rows(
        title or f"Across {len(steps)} readings of the record the lead moves "
        f"{what.partition(':')[0]} by {signed(min(values), 1)} to {signed(max(values), 1)} points",
        f"{opening(what)}, {where}, {at}: effect of the same lead, percentage points, with 95 % intervals of "
        "the mean. Filled marks: the interval excludes zero. Thin lines: nine in ten single pairs of runs.",
        [opening(label) for label in labels(chain, "alternative_label")],
        width=10.4, row=0.42, more=0.1, left=4.6, right=2.5, lead=0.3,
    )  # fmt: skip
    if "alternative_parts" in chain.coords:  # alternatives together stand below single ones
        for row in np.flatnonzero(chain["alternative_parts"] > 1)[:1]:
            ax.axhline(row - 0.5, color=QUIET, linewidth=0.6)
    _dots(ax, steps)
    return figure


@figure(of="chain", file="regions")
def chain_regions(chain: xr.Dataset, *, year: int | None = None, title: str | None = None) -> Figure:
    """What a lead leaves region by region, of the base by economy and by market size, and of reach.

    Arguments as in :func:`chain`; marks as in :func:`chain_alternatives`.

    Raises
    ------
    InputError
        for an unknown year
    """
    at, groups = _picked(chain, year, None), _groups(chain)
    if _ASIDE not in chain["quantity"].values:
        raise unusable("chain_regions, chain", found="one without means over economies", allowed="a new one")
    last, first = int(at["year"]), int(chain["year"].values[0])
    of = {name: [_step(at, group, name) for group in groups] for name in (_ASIDE, "base", "reach")}
    places = labels(chain, "place_label")[: len(groups)]
    left = sorted(zip(of[_ASIDE], places, strict=True), key=lambda pair: pair[0].mean)
    least, most = (f"{signed(step.mean, 1)} points ({where})" for step, where in (left[0], left[-1]))
    figure, panels = kit.sheet_of_rows(
        title or f"In {last} a lead leaves from {least} to {most} of the base in the mean economy of a "
        "region",
        f"Effect in {last} of the lead imposed in {first}, percentage points, with 95 % intervals of the "
        f"mean over {_runs(chain)} paired runs. Filled marks: the interval excludes zero. Thin lines: "
        "nine in ten single pairs of runs. Regions overlap.",
        [opening(where) for where in places],
        ["Base, mean over economies", "Base, by market size", "Reach, by market size"],
        width=13.6, row=0.42, more=0.1, pad=6, left=3.1, right=1.5, gap=1.65, lead=0.5,
    )  # fmt: skip
    for ax, steps in zip(panels, of.values(), strict=True):
        _dots(ax, steps)
    return figure


def _dots(ax: Axes, steps: list[_Step]) -> None:
    """A row for each effect: its mean, its interval, and where single pairs of runs lie."""
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, step in enumerate(steps):
        ax.plot(step.single, [row, row], color=QUIET, linewidth=0.6)
        color = INK if step.clear else QUIET
        kit.interval(ax, row, (step.mean, step.low, step.high), color, clear=step.clear, width=1.5)
        _numbers(ax, row, step)
    ax.margins(x=0.06)
    kit.below(ax, "effect, percentage points")


def _numbers(ax: Axes, row: int, step: _Step, behind: str = "") -> None:
    """An effect with its interval, right of the panel."""
    mean, low, high = (signed(value, 1) for value in (step.mean, step.low, step.high))
    kit.beside(ax, row, f"{mean} [{low}, {high}]{behind}", TEXT - 0.5, INK if step.clear else QUIET)


def _picked(chain: xr.Dataset, year: int | None, alternative: str | None) -> xr.Dataset:
    """One year under one alternative, of the imposed lead."""
    for name in _READ:
        variable("chain", chain, name)
    years, known = chain["year"].values, labels(chain, "alternative")
    at, chosen = years[-1] if year is None else year, known[0] if alternative is None else alternative
    if at not in years:
        raise unusable("chain, year", found=year, allowed=f"a year from {years[0]} to {years[-1]}")
    if chosen not in known:
        raise unknown_name("chain, alternative", found=alternative, known=known)
    return chain.sel(year=at, alternative=chosen, change="lead")


def _step(picked: xr.Dataset, place: str, quantity: str) -> _Step:
    """A quantity where it is read: at the place, or in all bodies together, which come behind the groups."""
    of = picked.sel(quantity=quantity)
    read_here = np.isfinite(float(of["level"].sel(place=place)))
    at = of.sel(place=place) if read_here else of.isel(place=int(picked.attrs["groups"]))
    mean, low, high, level, *single = (100 * float(at[name]) for name in _READ)
    return _Step(str(of["quantity_label"].item()), mean, low, high, level, (single[0], single[1]))


def _read_in(chain: xr.Dataset, place: str | None) -> str:
    """The place asked for; None: all markets abroad where there is such a group, else the last group."""
    known, groups = labels(chain, "place"), _groups(chain)
    chosen = place or ("abroad" if "abroad" in groups else groups[-1])
    titles = dict(zip(labels(chain, "place_label"), known, strict=True))
    return known_name("chain, place", found=chosen, known=known, called=titles)


def _groups(chain: xr.Dataset) -> list[str]:
    """Groups of markets in which the chain was read."""
    return labels(chain, "place")[: int(chain.attrs["groups"])]


def _runs(chain: xr.Dataset) -> int:
    """How many pairs of runs it is the mean of."""
    return int(chain.attrs["runs"])
