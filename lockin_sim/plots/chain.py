"""The chain from a first mover to a standard: what is left of a lead at every link."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.plots.kit.data import variable
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.shapes import below, beside, heading, interval, rows_of
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, SMALL, TEXT, sheet, toward
from lockin_sim.wording import located, opening, signed
from lockin_sim.world.names import adjective

#: What is read of a quantity.
_READ = ("effect", "effect_low", "effect_high", "level", "effect_q05", "effect_q95")

#: The base once more, in other weights: no step of the chain.
_ASIDE = "economies"

#: Height of a quantity's bar, of a row that is 1.
_BAR = 0.42


class _Step(NamedTuple):
    """One quantity: what the lead moves it by, in points, with its interval."""

    name: str
    title: str
    mean: float
    low: float
    high: float
    level: float
    single: tuple[float, float]  # in nine of ten single pairs of runs

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


@figure(of="chain")
def chain(
    chain: xr.Dataset,
    *,
    place: str | None = None,
    year: int | None = None,
    alternative: str | None = None,
    title: str | None = None,
) -> Figure:
    """What an imposed lead moves at every step from installed base to standard and back to sales.

    A bar's width is the mean effect in percentage points; the thin bar is its 95 % interval.  What cannot be
    told from chance is hatched.

    Parameters
    ----------
    chain
        dataset of ``lockin_sim.chain``
    place
        group of markets in which base, compliance, reach and sales are read, None = all abroad, or the
        last that there is; votes, agenda, status and origin are those of all bodies together
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
    picked, place = _picked(chain, year, alternative), _read_in(chain, place)
    steps = [_imposed(chain, picked, place), *_steps(picked, place)]
    at, where = int(picked["year"]), str(chain["place_label"].sel(place=place).item())
    figure, axes = sheet(
        title or _finding(steps, where, at),
        f"What changes in {at} {_imposed_in_words(steps, chain, where)}: percentage points, 95 % intervals "
        f"over {_runs(chain)} paired runs. Markets: {where}. Hatched: the interval includes zero.",
        width=9.6, body=0.5 * len(steps) + 0.1, left=3.7, right=2.6, bottom=0.62, lead=0.42,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, [opening(step.title) for step in steps])
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, step in enumerate(steps):
        _bar(ax, row, step)
    for row in range(len(steps) - 1):
        _join(ax, row, steps[row], steps[row + 1])
    ax.margins(x=0.05)
    below(ax, "effect, percentage points")
    beside(ax, -0.62, "effect [95 % interval] of level", SMALL - 1, QUIET, ha="left", va="bottom")
    return figure


@figure(of="chain", file="alternatives", when=lambda chain: chain.sizes["alternative"] > 1)
def chain_alternatives(
    chain: xr.Dataset,
    quantity: str = "reach",
    *,
    place: str | None = None,
    year: int | None = None,
    title: str | None = None,
) -> Figure:
    """The same effect under every structural alternative: what a conclusion leans on.

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
    place = _read_in(chain, place)
    known = [str(name) for name in chain["quantity"].values]
    if quantity not in known:
        raise unknown_name("chain_alternatives, quantity", found=quantity, known=known)
    titles = [opening(str(t)) for t in chain["alternative_label"].values]
    steps = [
        next(s for s in _steps(_picked(chain, year, str(name)), place, (quantity,)))
        for name in chain["alternative"].values
    ]
    at = int(chain["year"].values[-1]) if year is None else year
    where = str(chain["place_label"].sel(place=place).item())
    values = [step.mean for step in steps]
    what = steps[0].title
    figure, axes = sheet(
        title or f"Across {len(steps)} readings of the record the lead moves "
        f"{what.partition(':')[0]} by {signed(min(values), 1)} to {signed(max(values), 1)} points",
        f"{opening(what)}, {where}, {at}: effect of the same lead, percentage points, with 95 % intervals of "
        "the mean. Filled marks: the interval excludes zero. Thin lines: nine in ten single pairs of runs.",
        width=10.4, body=0.42 * len(steps) + 0.1, left=4.6, right=2.5, bottom=0.62, lead=0.3,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, titles)
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
    picked, groups = _picked(chain, year, None), _groups(chain)
    if _ASIDE not in chain["quantity"].values:
        raise unusable("chain_regions, chain", found="one without means over economies", allowed="a new one")
    at, imposed = int(picked["year"]), int(chain["year"].values[0])
    of = {name: [_steps(picked, group, (name,))[0] for group in groups] for name in (_ASIDE, "base", "reach")}
    places = [str(label) for label in chain["place_label"].values[: len(groups)]]
    titles = list(map(opening, places))
    figure, axes = sheet(
        title or _ends(of[_ASIDE], places, at),
        f"Effect in {at} of the lead imposed in {imposed}, percentage points, with 95 % intervals of the "
        f"mean over {_runs(chain)} paired runs. Filled marks: the interval excludes zero. Thin lines: "
        "nine in ten single pairs of runs. Regions overlap.",
        width=13.6, body=0.42 * len(groups) + 0.1, grid=(1, len(of)), left=3.1, right=1.5, bottom=0.62,
        gap=(1.65, 0.0), lead=0.5,
    )  # fmt: skip
    heads = ("base, mean over economies", "base, by market size", "reach, by market size")
    for column, (ax, steps, head) in enumerate(zip(axes[0], of.values(), heads, strict=True)):
        heading(ax, opening(head))
        rows_of(ax, titles, labels=column == 0)
        _dots(ax, steps)
    return figure


def _ends(steps: list[_Step], places: list[str], year: int) -> str:
    """Where least and most of a lead is left."""
    order = sorted(range(len(steps)), key=lambda row: steps[row].mean)
    least, most = (f"{signed(steps[row].mean, 1)} points ({places[row]})" for row in (order[0], order[-1]))
    return f"In {year} a lead leaves from {least} to {most} of the base in the mean economy of a region"


def _dots(ax: Axes, steps: list[_Step]) -> None:
    """A row for each effect: its mean, its interval, and where single pairs of runs lie."""
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, step in enumerate(steps):
        color = INK if step.clear else QUIET
        ax.plot(step.single, [row, row], color=QUIET, linewidth=0.6)
        interval(ax, row, (step.mean, step.low, step.high), color, clear=step.clear, width=1.5)
        _numbers(ax, row, step)
    ax.margins(x=0.06)
    below(ax, "effect, percentage points")


def _picked(chain: xr.Dataset, year: int | None, alternative: str | None) -> xr.Dataset:
    """One year under one alternative, of the imposed lead."""
    for name in _READ:
        variable("chain", chain, name)
    at = int(chain["year"].values[-1]) if year is None else year
    if at not in chain["year"].values:
        ends = (int(chain["year"].values[0]), int(chain["year"].values[-1]))
        raise unusable("chain, year", found=year, allowed=f"a year from {ends[0]} to {ends[1]}")
    known = [str(name) for name in chain["alternative"].values]
    chosen = known[0] if alternative is None else alternative
    if chosen not in known:
        raise unknown_name("chain, alternative", found=alternative, known=known)
    return chain.sel(year=at, alternative=chosen, change="lead")


def _steps(picked: xr.Dataset, place: str, quantities: tuple[str, ...] = ()) -> list[_Step]:
    """Every quantity, or some, where it is read: at the place, or in all bodies together."""
    known = [str(name) for name in picked["place"].values]
    bodies = known[int(picked.attrs["groups"])]  # all together come behind the groups
    steps = []
    for name in quantities or [str(q) for q in picked["quantity"].values if q != _ASIDE]:
        quantity = picked.sel(quantity=name)
        at = place if np.isfinite(float(quantity["level"].sel(place=place))) else bodies
        mean, low, high, level, *single = (100 * float(quantity[v].sel(place=at)) for v in _READ)
        title = str(quantity["quantity_label"].item())
        steps.append(_Step(name, title, mean, low, high, level, (single[0], single[1])))
    return steps


def _imposed(chain: xr.Dataset, picked: xr.Dataset, place: str) -> _Step:
    """The lead as it was imposed: the base of the first year."""
    first = int(chain["year"].values[0])
    at = {"alternative": str(picked["alternative"].item()), "change": "lead", "year": first}
    (step,) = _steps(chain.sel(at), place, ("base",))
    return step._replace(name="lead", title=f"lead imposed in {first}: installed base")


def _bar(ax: Axes, row: int, step: _Step) -> None:
    """A bar as wide as the effect, its interval in front, and both in numbers."""
    color = toward(INK, "white", 0.35) if step.clear else FAINT
    ax.barh([row], [step.mean], height=_BAR, color=color, edgecolor=INK, linewidth=0.8,
            hatch="" if step.clear else "////", zorder=3)  # fmt: skip
    ax.plot([step.low, step.high], [row, row], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
    _numbers(ax, row, step, f" of {step.level:.0f} %")


def _numbers(ax: Axes, row: int, step: _Step, behind: str = "") -> None:
    """An effect with its interval, right of the panel."""
    mean, low, high = (signed(value, 1) for value in (step.mean, step.low, step.high))
    beside(ax, row, f"{mean} [{low}, {high}]{behind}", TEXT - 0.5, INK if step.clear else QUIET)


def _join(ax: Axes, row: int, step: _Step, following: _Step) -> None:
    """The link from one bar to the next, as wide as they are."""
    y, ends = [row + _BAR / 2, row + 1 - _BAR / 2], [step.mean, following.mean]
    ax.fill_betweenx(y, [0, 0], ends, color=toward(INK, "white", 0.85), linewidth=0, zorder=2)
    ax.add_line(Line2D(ends, y, color=toward(INK, "white", 0.5), linewidth=0.7, zorder=2))


def _finding(steps: list[_Step], where: str, year: int) -> str:
    """What the lead leaves of base and of reach."""
    of = {step.name: step for step in steps}
    base, reach, status = of["base"], of["reach"], of["status"]
    return (
        f"Of the lead {signed(base.mean, 1)} points of base are left {located(where)} in {year}, "
        f"{signed(status.mean, 1)} of status in bodies and {signed(reach.mean, 1)} of the standard's reach"
    )


def _imposed_in_words(steps: list[_Step], chain: xr.Dataset, where: str) -> str:
    """What lead was imposed, as it was in the first year."""
    first, owner = steps[0], adjective(str(chain.attrs["owner"]))
    year, level = int(chain["year"].values[0]), first.level
    return (
        f"if {owner} vendors had run {level + first.mean:.0f} instead of {level:.0f} % of the networks "
        f"{located(where)} in {year}"
    )


def _read_in(chain: xr.Dataset, place: str | None) -> str:
    """The place asked for; None: all markets abroad where there is such a group, else the last group."""
    known, groups = [str(name) for name in chain["place"].values], _groups(chain)
    chosen = place or ("abroad" if "abroad" in groups else groups[-1])
    if chosen not in known:
        raise unknown_name("chain, place", found=place, known=known)
    return chosen


def _groups(chain: xr.Dataset) -> list[str]:
    """Groups of markets in which the chain was read."""
    return [str(name) for name in chain["place"].values[: int(chain.attrs["groups"])]]


def _runs(chain: xr.Dataset) -> int:
    """How many pairs of runs it is the mean of."""
    return int(chain.attrs["runs"])
