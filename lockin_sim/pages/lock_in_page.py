"""HTML page of a trial of lock-in: five sentences, the curve, the numbers, and economies left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.errors import unusable
from lockin_sim.common.findings import CHANCE, Finding
from lockin_sim.common.formats import (
    UNDEFINED,
    Unit,
    count,
    listed,
    located,
    number,
    opening,
    percent,
    span,
    with_article,
)
from lockin_sim.common.prose import page, say
from lockin_sim.comparisons.effects_reader import along, estimate
from lockin_sim.pages.exit_page import money
from lockin_sim.pages.page_folder import each, of_runs, typed, write_page
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, table
from lockin_sim.pages.record_parts import limits
from lockin_sim.runs.results import tidy
from lockin_sim.studies.exit_results import Plan
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import xarray as xr

#: Points of 100, in which what is left is given.
_POINTS = Unit(1.0, "", "points", "points of 100")

#: Years after the coin that the sentences name, or the next that the trial has.
_TEN = 10

#: Causes that may hold a difference, in the order in which they are named.
_HOLDING = ("switching_cost", "others")


class LockIn:
    """Reader of a trial of lock-in.

    ds  as :func:`lockin_sim.lock_in` returns it
    Raises InputError for another dataset.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        if not {"left", "all_at_once", "half_life", "asked"} <= set(ds.data_vars):
            raise unusable("lock-in", words="another dataset", allowed="what lock_in returned")
        self.ds, self.about = ds, ds.attrs
        self.places = [str(place) for place in ds["place"].values]
        self.causes = along(ds, "without_label")
        self.layer = name_of("domain", ds.attrs["domain"])
        self.vendors = [name_of("vendor", code) for code in str(ds.attrs["vendors"]).split(" ")]
        sponsor = str(ds.attrs["sponsor"])
        #: whose part is measured: 'Chinese vendors'
        self.whose = f"{adjective(sponsor)} vendors" if sponsor else self.vendors[0]
        self.year, self.followed = int(ds.attrs["year"]), int(ds.attrs["followed"])
        #: titles of other structures that were simulated, by name
        self.structures = along(ds, "structure_label") if "structure_left" in ds else {}
        #: what means and intervals are over: '64 draws', or runs of the same parameters
        self.over = f"{ds.attrs['draws']} {'draws' if 'posterior' in ds.attrs else 'runs as declared'}"

    @property
    def usual(self) -> str:
        """Default cause: "nothing" switched off, or else the first cause of the trial."""
        return "nothing" if "nothing" in self.causes else next(iter(self.causes))

    def is_group(self, place: str) -> bool:
        """Whether a place is a group of economies."""
        return str(self.ds["place_kind"].sel(place=place).values) == "group"

    def named(self, place: str) -> str:
        """Return the label of a place at the start of a row: 'Kenya', 'Low-income economies'."""
        return str(self.ds["place_label"].sel(place=place).values)

    def within(self, place: str) -> str:
        """Return the name of a place after a noun: 'in Kenya', 'outside China'."""
        return located(with_article(name_of(str(self.ds["place_kind"].sel(place=place).values), place)))

    def left(self, place: str, cause: str, lag: int, name: str = "left") -> Finding:
        """Return the remaining difference in a place ``lag`` years after random assignment, points of 100.

        name  ``left`` or ``all_at_once``
        """
        mean = estimate(self.ds, 1.0, name, place=place, without=cause, after=lag)
        return Finding.of(mean, _POINTS, CHANCE)

    def under(self, place: str, structure: str, lag: int) -> Finding:
        """Return the remaining difference ``lag`` years after random assignment under another structure."""
        mean = estimate(self.ds, 1.0, "structure_left", place=place, structure=structure, after=lag)
        return Finding.of(mean, _POINTS, CHANCE)

    @property
    def after(self) -> list[int]:
        """Reported years after random assignment."""
        return [int(lag) for lag in self.ds["after"].values]

    @property
    def ten(self) -> int:
        """Year after random assignment that the sentences name: the first from 10 on, or else the last."""
        return next((lag for lag in self.after if lag >= _TEN), self.after[-1])

    def half_life(self, place: str, cause: str) -> str:
        """Format the years until half of the difference is left: '9 years', 'over 25 years'."""
        return years_said(float(self.ds["half_life"].sel(place=place, without=cause)), self.followed)

    @property
    def not_asked(self) -> dict[str, list[str]]:
        """Economies left out of random assignment in any draw, by the reason."""
        by_reason: dict[str, list[str]] = {}
        for economy, why in along(self.ds, "why_not").items():
            if why:
                by_reason.setdefault(why, []).append(name_of("country", economy))
        return by_reason


def years_said(years: float, followed: int) -> str:
    """Format a half-life: '9 years', or 'over 25 years' where half was never reached."""
    if np.isnan(years):
        return UNDEFINED
    if np.isinf(years):
        return f"over {count(int(followed), 'year')}"
    return f"{number(years, 0 if years >= 10 else 1)} years"


# --- the answer ---


def answer(trial: LockIn, plans: Mapping[str, Plan]) -> list[str]:
    """Compose five sentences about the first place: persistence, its causes, and the costs of leaving.

    plans  exit plans by economy
    """
    place, lag, last = trial.places[0], trial.ten, trial.after[-1]
    usual, where = trial.usual, trial.within(place)
    soon, late = (trial.left(place, usual, each) for each in (lag, last))
    if not soon.known:
        return [say("lock_in.not_asked", trial=trial, where=where)]
    said = [say("lock_in.left", trial=trial, where=where, lag=lag, soon=soon)]
    half = trial.half_life(place, usual)
    said.append(say("lock_in.lasts", half=half, last=last, late=late, further=last > lag))
    holding = [c for c in _HOLDING if c in trial.causes]
    if holding:
        found = {cause: trial.left(place, cause, lag) for cause in holding}
        said.append(say("lock_in.holds", found=found, lag=lag))
    elsewhere = [c for c in ("tastes", "all") if c in trial.causes]
    if elsewhere:
        found = {cause: trial.left(place, cause, lag) for cause in elsewhere}
        said.append(say("lock_in.tastes", found=found, soon=soon, lag=lag, alone=trial.causes.get("all", "")))
    if trial.is_group(place):
        at_once = trial.left(place, usual, lag, "all_at_once")
        said.append(say("lock_in.at_once", at_once=at_once, lag=lag))
    elif place in plans:
        said.append(_leaving(trial, plans[place]))
    return said


def _leaving(trial: LockIn, plan: Plan) -> str:
    """Describe the costs of leaving the first vendor in the layer."""
    buyers = plan.leavers_in(trial.about["domain"])
    if not buyers:
        return say("lock_in.nothing", trial=trial, plan=plan)
    now, later = (money(plan.total(buyers, moment)) for moment in ("now", "renewal"))
    return say("lock_in.leaving", trial=trial, plan=plan, now=now, later=later)


# --- tables ---


def what_is_left(trial: LockIn) -> PageTable:
    """Build the table of remaining differences by place, cause switched off, and structure."""
    rows: Rows = []
    for place in trial.places:
        ways = ("left", "all_at_once") if trial.is_group(place) else ("left",)
        for way in ways:
            once = ", all at once" if way == "all_at_once" else ""
            for cause, label in trial.causes.items():
                cells = [_cell(trial.left(place, cause, lag, way)) for lag in trial.after]
                half = trial.half_life(place, cause) if way == "left" else UNDEFINED
                rows.append((f"{trial.named(place)}{once}: {label}", [*cells, Cell(half)]))
        for structure, label in trial.structures.items():
            cells = [_cell(trial.under(place, structure, lag)) for lag in trial.after]
            rows.append((f"{trial.named(place)}: {label}", [*cells, Cell(UNDEFINED)]))
    heads = (
        "place, and what is switched off",
        *(f"after {lag} years" for lag in trial.after),
        "half is left",
    )
    return table("lock_in.left_table", heads, rows, trial=trial)


def _cell(finding: Finding) -> Cell:
    """Build a cell with the remaining points and their interval."""
    if not finding.known:
        return Cell(UNDEFINED)
    return Cell(number(finding.size, 0), span(finding.low, finding.high, 0) if finding.ranged else "")


def leaving(trial: LockIn, plans: Mapping[str, Plan]) -> PageTable | None:
    """Build the table of costs of leaving the first vendor in the layer, by economy; None without plans."""
    rows: Rows = []
    for place, plan in plans.items():
        buyers = plan.leavers_in(trial.about["domain"])
        part = plan.in_layer(str(trial.about["domain"]))
        cells = [Cell(percent(part.mean), span(part.low, part.high, 0))]
        for moment in ("now", "renewal", "generation"):
            finding = money(plan.total(buyers, moment)) if buyers else None
            known = finding is not None and finding.known and not finding.nothing
            cells.append(
                Cell(finding.level, finding.ends) if finding is not None and known else Cell(UNDEFINED)
            )
        rows.append((trial.named(place), cells))
    part_of = f"supplied by {trial.vendors[0]}"
    heads = ("economy", part_of, "leaving now", "at contracts' ends", "at the next generation")
    return table("lock_in.leaving_table", heads, rows, trial=trial) if rows else None


def not_asked(trial: LockIn) -> PageTable | None:
    """Build the table of economies left out of random assignment, by reason; None if none was."""
    rows: Rows = [
        (opening(why), [Cell(listed(sorted(names)))]) for why, names in sorted(trial.not_asked.items())
    ]
    return table("lock_in.not_asked_table", ("reason", "economies"), rows, words=True) if rows else None


def recorded(trial: LockIn) -> PageTable:
    """Build the table of what is on record of each place."""
    rows: Rows = [
        (trial.named(place), [Cell(str(trial.ds["place_record"].sel(place=place).values))])
        for place in trial.places
    ]
    return table("lock_in.recorded_table", ("place", "suppliers of networks"), rows, words=True)


# --- the page and its files ---


def command(trial: LockIn) -> str:
    """Build the command line that reproduces the trial."""
    about = trial.about
    return typed(
        "lockin", "lock-in", *trial.places, "--domain", about["domain"], "--year", trial.year,
        *each("after", trial.after), *each("vendor", str(about["vendors"]).split(" ")),
        *each("without", trial.causes), *each("structure", trial.structures),
        "--history", about["history"], *of_runs(about),
    )  # fmt: skip


def trial_page(ds: xr.Dataset, plans: Mapping[str, xr.Dataset]) -> str:
    """Render a trial as HTML: equal trials give an equal text, byte for byte.

    ds  as :func:`lockin_sim.lock_in` returns it;  plans  of :func:`lockin_sim.exit_plan`, by economy
    """
    from lockin_sim.pages.plots.kit.figures import embedded  # and no figure but its own
    from lockin_sim.pages.plots.lock_in import what_is_left as drawn

    trial, beside = LockIn(ds), {place: Plan(plan) for place, plan in plans.items()}
    return page(
        "lock_in",
        trial=trial,
        about=trial.about,
        title=say("lock_in.title", trial=trial, where=trial.within(trial.places[0])),
        answer=answer(trial, beside),
        picture=embedded(drawn(ds)),
        left=what_is_left(trial),
        leaving=leaving(trial, beside),
        not_asked=not_asked(trial),
        recorded=recorded(trial),
        limits=limits(),
        command=command(trial),
    )


def write(ds: xr.Dataset, plans: Mapping[str, xr.Dataset], out: Path) -> Path:
    """Write page, table, figure, dataset and manifest of a trial into a folder, all or none.

    Returns the page.  Raises InputError for another dataset, or a folder that cannot be written to.
    """
    names = [f"{name}{end}" for name in ("left", "all_at_once") for end in ("", "_low", "_high")]
    axes = ("place", "without", "after")
    table = tidy(ds, axes, [*axes, *names, "half_life"])
    return write_page(out, "lock_in", trial_page(ds, plans), {"lock_in": ds}, {"lock_in": table})
