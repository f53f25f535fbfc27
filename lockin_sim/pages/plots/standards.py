"""Standards: status of a standard in each body, and effects of an imposed lead on the chain of lock-in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lockin_sim.common.errors import resolve_name, unknown_name, unusable
from lockin_sim.common.formats import located, number, opening, signed, with_article, with_range
from lockin_sim.common.statistics import Estimate
from lockin_sim.comparisons.effects_reader import EffectsReader, select_by_prefix
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.data import called, clear_effects, labels, variable
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import FAINT, INK, QUIET, SMALL, TEXT
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.names import get_sponsor_adjective

_PREFIX = "status_"


@figure(of="effects")
def body_status(effects: xr.Dataset, *, standard: str | None = None, title: str | None = None) -> Figure:
    """Draw the status of the standard over the years, one panel per body, in every scenario.

    The scenarios that raise and lower the status most are labelled where their intervals exclude zero; the
    other scenarios are thin lines.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare`` with outcomes ``status_<body>``: the share of the body's live
        standards that belong to the family, drawn in per cent
    standard
        the family's name, for the texts; None = the family under study
    title
        headline; by default where the baseline's status ends highest and lowest

    Raises
    ------
    InputError
        where the dataset holds no such outcome
    """
    standard = kit.shorten_name(called("standard", standard or load_bundled_case().family))
    outcomes = select_by_prefix(EffectsReader(effects, []), _PREFIX)
    reading = EffectsReader(effects, outcomes)
    room = 0.4 + kit.compute_name_room(
        [kit.shorten_name(reading.title(name)) for name in reading.scenarios], SMALL
    )
    figure, panels = kit.build_panel_sheet(
        title or _describe_extreme_bodies(reading, outcomes, standard),
        f"Share of {standard} among each body's live standards; {kit.shorten_name(reading.base)} "
        f"dashed, with "
        f"nine in ten of {reading.pairs}. Labelled: the largest clear rise and "
        "fall in the last year, in percentage points; thin: all other scenarios.",
        reading.unit(outcomes[0]).axis,
        len(outcomes),
        3,
        wide=2.1 + room,
        more=0.5,
        least=6.0,
        high=2.1,
        left=0.75,
        right=room,
        bottom=0.45,
        gap=(room + 0.1, 0.55),
        lead=0.45,
    )
    marks = {outcome: _find_extreme_scenarios(reading, outcome) for outcome in outcomes}
    years, base = reading.calendar, kit.shorten_name(reading.title(reading.baseline))
    for ax, outcome in zip(panels, outcomes, strict=True):
        mean, low, high = (reading.path(reading.baseline, outcome, s) for s in ("mean", "q05", "q95"))
        kit.draw_band(ax, years, low, high, FAINT, 0.7)
        for name in reading.others:
            ax.plot(years, reading.path(name, outcome, "mean"), color=QUIET, linewidth=0.5)
        for name, marker in marks[outcome].items():
            ax.plot(
                years,
                reading.path(name, outcome, "mean"),
                color=INK,
                linewidth=1.4,
                marker=marker,
                markevery=[-1],
                markersize=5,
                clip_on=False,
            )
        ax.plot(years, mean, color=QUIET, linewidth=1.5, linestyle=(0, (4, 2)))
        ax.set_xlim(years[0], years[-1])
        kit.set_panel_title(ax, _name_body(outcome))
    panels[0].set_ylim(0, 1.15 * panels[0].get_ylim()[1])  # names of lines below those of bodies
    for ax, outcome in zip(panels, outcomes, strict=True):
        last = reading.level(reading.baseline, outcome).mean
        ends = [kit.LineEnd(last, f"{reading.unit(outcome).rounded(last)} {base}", QUIET)]
        for name in marks[outcome]:
            change = signed(float(reading.effect(name, outcome).mean))
            ends.append(
                kit.LineEnd(
                    reading.level(name, outcome).mean, f"{change} {kit.shorten_name(reading.title(name))}"
                )
            )
        kit.label_line_ends(ax, ends, 0.115, SMALL - 0.5)
    return figure


def _find_extreme_scenarios(reading: EffectsReader, outcome: str) -> dict[str, str]:
    """Find the scenarios with the largest clear rise and fall in the last year; map each to its marker."""
    clear = clear_effects(reading, outcome, reading.last, reading.others)
    rises = {name: effect.size for name, effect in clear.items() if effect.size > 0}
    falls = {name: effect.size for name, effect in clear.items() if effect.size < 0}
    highest = {max(rises, key=rises.__getitem__): "^"} if rises else {}
    return highest | ({min(falls, key=falls.__getitem__): "v"} if falls else {})


def _describe_extreme_bodies(reading: EffectsReader, outcomes: list[str], standard: str) -> str:
    """Describe in which bodies the status ends highest and lowest in the baseline."""
    levels = {each: reading.level(reading.baseline, each).mean for each in outcomes}
    finite = {each: value for each, value in levels.items() if np.isfinite(value)}
    if not finite:
        return f"{opening(standard)}: no status in {reading.last}"
    top, bottom = max(finite, key=finite.__getitem__), min(finite, key=finite.__getitem__)
    written = {each: reading.unit(each).rounded(finite[each]) for each in (top, bottom)}
    lowest = "" if top == bottom else f", {written[bottom]} of those of {with_article(_name_body(bottom))}"
    return (
        f"{opening(standard)} reach {written[top]} of the live standards of {with_article(_name_body(top))}"
        f"{lowest} by {reading.last} in {kit.shorten_name(reading.base)}"
    )


def _name_body(outcome: str) -> str:
    """Return the written name of the body of an outcome ``status_<body>``."""
    return called("body", outcome.removeprefix(_PREFIX))


#: What is read of a quantity of the chain.
_READ = ("effect", "effect_low", "effect_high", "level", "effect_q05", "effect_q95")

#: The quantities that are drawn: base, agenda, votes, reach; and a path beside them that may be switched off.
STEPS, _PRESCRIBED = ("base", "contributions", "yes", "reach"), "demanding"

#: Height of a quantity's bar, of a row that is 1.
_BAR = 0.42


class _ChainStep(NamedTuple):
    """One quantity of the chain: effect of the lead in percentage points, with its interval."""

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
        """Whether the cause of the quantity is switched off: no run moves."""
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
    """Plot the effect of an imposed lead from installed base to standard: base, agenda, votes, reach.

    A bar's width is the mean effect in percentage points; the thin bar is its 95 % interval.  Effects that
    cannot be distinguished from chance are hatched; quantities that are switched off are grey.

    Parameters
    ----------
    chain
        dataset of ``lockin_sim.chain``
    place
        group of markets in which base and reach are read; None = abroad, or else the first group;
        agenda and votes are those of all bodies together
    year
        None = the last
    alternative
        None = the first
    title
        headline; by default what the lead does to reach

    Raises
    ------
    InputError
        for an unknown place, year or alternative
    """
    at, place = _select_lead_effects(chain, year, alternative), _find_chain_place(chain, place)
    begun = _select_lead_effects(chain, int(chain["year"].values[0]), alternative)
    first, last = int(begun["year"]), int(at["year"])
    imposed = _read_chain_step(begun, place, "base")._replace(
        title=f"lead imposed in {first}: installed base"
    )
    of = {"lead": imposed} | {name: _read_chain_step(at, place, name) for name in STEPS}
    unused = " Switched off: states that require the standard." * _read_chain_step(at, place, _PRESCRIBED).off
    where, owner = (
        str(chain["place_label"].sel(place=place).item()),
        get_sponsor_adjective(str(chain.attrs["owner"])),
    )
    base, reach = (number(of[name].mean, 1) for name in ("base", "reach"))
    figure, (ax,) = kit.build_row_sheet(
        title
        or f"A {imposed.mean:.0f}-point head start in {first} leaves a {base}-point lead in "
        f"equipment {located(where)} in {last} and {reach} points more reach of its standard",
        f"What changes in {last} if {owner} vendors had run {imposed.level + imposed.mean:.0f} instead of "
        f"{imposed.level:.0f} % of the networks {located(where)} in {first}: percentage points, 95 % "
        f"intervals over {_count_chain_runs(chain)} paired runs. Hatched: the interval includes "
        f"zero.{unused}",
        [opening(step.title) for step in of.values()],
        width=9.6,
        row=0.5,
        more=0.1,
        left=3.7,
        right=2.6,
        lead=0.42,
    )
    _draw_chain_bars(ax, [*of.values()])
    return figure


def _draw_chain_bars(ax: Axes, steps: list[_ChainStep]) -> None:
    """Draw a bar as wide as each effect, its interval in front, and the numbers beside it.

    The first bar, the imposed lead, is cut off where it would squeeze the other bars.
    """
    ax.axvline(0, color=INK, linewidth=0.8)
    reached = [end for step in steps[1:] for end in (0.0, step.low, step.high) if np.isfinite(end)]
    room = 1.2 * max(reached, default=0.0)
    cut = room > 0 and steps[0].mean > 1.5 * room
    for row, step in enumerate(steps):
        if step.off:
            kit.write_beside_row(ax, row, "switched off", TEXT - 0.5, QUIET)
            ax.get_yticklabels()[row].set_color(QUIET)
            continue
        color = kit.mix_colors(INK, "white", 0.62) if step.clear else FAINT
        ax.barh(
            [row],
            [step.mean],
            height=_BAR,
            color=color,
            edgecolor=INK,
            linewidth=0.8,
            hatch="" if step.clear else "////",
            zorder=3,
        )
        ax.plot([step.low, step.high], [row, row], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
        _write_effect_numbers(ax, row, step, f" of {step.level:.0f} %")
        if row == 1:  # from what is imposed to what is left of it, as wide as they are
            y, ends = [_BAR / 2, 1 - _BAR / 2], [steps[0].mean, step.mean]
            ax.fill_betweenx(y, [0, 0], ends, color=kit.mix_colors(INK, "white", 0.85), linewidth=0, zorder=2)
            ax.add_line(Line2D(ends, y, color=kit.mix_colors(INK, "white", 0.5), linewidth=0.7, zorder=2))
    ax.margins(x=0.05)
    if cut:
        ax.set_xlim(min(0.0, 1.05 * min(reached)), room)
        for at in (0.955, 0.97):  # the mark of a bar that goes on
            ax.plot(
                [at - 0.008, at + 0.008],
                [_BAR / 2 + 0.09, -_BAR / 2 - 0.09],
                color="white",
                linewidth=2.5,
                transform=ax.get_yaxis_transform(),
                zorder=5,
            )
    kit.set_x_label(ax, "effect, percentage points" + ", the first bar cut" * cut)
    kit.write_beside_row(
        ax, -0.62, "effect (95 % interval) of level", SMALL - 1, QUIET, ha="left", va="bottom"
    )


@figure(of="chain", file="alternatives", when=lambda chain: chain.sizes["alternative"] > 1)
def chain_alternatives(
    chain: xr.Dataset,
    quantity: str = "reach",
    *,
    place: str | None = None,
    year: int | None = None,
    title: str | None = None,
) -> Figure:
    """Plot the effect on one quantity under every structural alternative: the robustness of a conclusion.

    Other arguments as in :func:`chain`.  Where parameters are drawn, nine in ten single pairs of runs lie
    on the thin line.

    Parameters
    ----------
    quantity
        one of the chain's quantities
    place
        group of markets, or a body for a quantity of bodies

    Raises
    ------
    InputError
        for an unknown name or year
    """
    place, known = _find_chain_place(chain, place), labels(chain, "quantity")
    if quantity not in known:
        raise unknown_name("chain_alternatives, quantity", found=quantity, known=known)
    steps = [
        _read_chain_step(_select_lead_effects(chain, year, name), place, quantity)
        for name in labels(chain, "alternative")
    ]
    at = int(chain["year"].values[-1]) if year is None else year
    where, what = str(chain["place_label"].sel(place=place).item()), steps[0].title
    values = [step.mean for step in steps]
    figure, (ax,) = kit.build_row_sheet(
        title
        or f"Across {len(steps)} readings of the record the lead moves "
        f"{what.partition(':')[0]} by {signed(min(values), 1)} to {signed(max(values), 1)} points",
        f"{opening(what)}, {where}, {at}: effect of the same lead, percentage points, with 95 % intervals of "
        "the mean. Filled marks: the interval excludes zero. Thin lines: nine in ten single pairs of runs.",
        [opening(label) for label in labels(chain, "alternative_label")],
        width=10.4,
        row=0.42,
        more=0.1,
        left=4.6,
        right=2.5,
        lead=0.3,
    )
    if "alternative_parts" in chain.coords:  # alternatives together stand below single ones
        for row in np.flatnonzero(chain["alternative_parts"] > 1)[:1]:
            ax.axhline(row - 0.5, color=QUIET, linewidth=0.6)
    _draw_effect_rows(ax, steps)
    return figure


def _draw_effect_rows(ax: Axes, steps: list[_ChainStep]) -> None:
    """Draw a row for each effect: mean, interval, and the range of nine in ten single pairs of runs."""
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, step in enumerate(steps):
        ax.plot(step.single, [row, row], color=QUIET, linewidth=0.6)
        color = INK if step.clear else QUIET
        kit.draw_interval(ax, row, (step.mean, step.low, step.high), color, clear=step.clear, width=1.5)
        _write_effect_numbers(ax, row, step)
    ax.margins(x=0.06)
    kit.set_x_label(ax, "effect, percentage points")


def _write_effect_numbers(ax: Axes, row: int, step: _ChainStep, behind: str = "") -> None:
    """Write an effect with its interval at the right of the panel."""
    mean, low, high = (signed(value, 1) for value in (step.mean, step.low, step.high))
    kit.write_beside_row(
        ax, row, f"{with_range(mean, low, high)}{behind}", TEXT - 0.5, INK if step.clear else QUIET
    )


def _select_lead_effects(chain: xr.Dataset, year: int | None, alternative: str | None) -> xr.Dataset:
    """Select one year and one alternative of the effects of the imposed lead.

    year  None = the last;  alternative  None = the first
    Raises InputError for a missing variable, or an unknown year or alternative.
    """
    for name in _READ:
        variable("chain", chain, name)
    years, known = chain["year"].values, labels(chain, "alternative")
    at, chosen = years[-1] if year is None else year, known[0] if alternative is None else alternative
    if at not in years:
        raise unusable("chain, year", found=year, allowed=f"a year from {years[0]} to {years[-1]}")
    if chosen not in known:
        raise unknown_name("chain, alternative", found=alternative, known=known)
    return chain.sel(year=at, alternative=chosen, change="lead")


def _read_chain_step(picked: xr.Dataset, place: str, quantity: str) -> _ChainStep:
    """Read a quantity at the place, or in all bodies together if it has no value at the place."""
    of = picked.sel(quantity=quantity)
    read_here = np.isfinite(float(of["level"].sel(place=place)))
    at = of.sel(place=place) if read_here else of.isel(place=int(picked.attrs["groups"]))
    mean, low, high, level, *single = (100 * float(at[name]) for name in _READ)
    return _ChainStep(str(of["quantity_label"].item()), mean, low, high, level, (single[0], single[1]))


def _find_chain_place(chain: xr.Dataset, place: str | None) -> str:
    """Return the chosen place; None = the group abroad if there is one, else the first group.

    Raises InputError for an unknown place.
    """
    known, groups = labels(chain, "place"), _get_chain_groups(chain)
    chosen = place or ("abroad" if "abroad" in groups else groups[0])
    titles = dict(zip(labels(chain, "place_label"), known, strict=True))
    return resolve_name("chain, place", found=chosen, known=known, called=titles)


def _get_chain_groups(chain: xr.Dataset) -> list[str]:
    """Return the names of the groups of markets in which the chain was read."""
    return labels(chain, "place")[: int(chain.attrs["groups"])]


def _count_chain_runs(chain: xr.Dataset) -> int:
    """Return the number of paired runs of the means."""
    return int(chain.attrs["runs"])
