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
from lockin_sim.common.prose import render_page, render_sentence
from lockin_sim.comparisons.effects_reader import read_by_label, read_estimate
from lockin_sim.pages.exit_page import build_money_finding
from lockin_sim.pages.page_folder import each, of_runs, typed, write_page
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, table
from lockin_sim.pages.record_parts import limits
from lockin_sim.runs.results import tidy
from lockin_sim.studies.exit_results import ExitPlan
from lockin_sim.world.names import format_label, get_sponsor_adjective

if TYPE_CHECKING:
    import xarray as xr

#: Points of 100, in which what is left is given.
_POINTS = Unit(1.0, "", "points", "points of 100")

#: Years after the coin that the sentences name, or the next that the trial has.
_TEN = 10

#: Causes that may hold a difference, in the order in which they are named.
_HOLDING = ("switching_cost", "others")


class LockInTrial:
    """Reader of a trial of lock-in.

    ds  as :func:`lockin_sim.lock_in` returns it
    Raises InputError for another dataset.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        if not {"left", "all_at_once", "half_life", "asked"} <= set(ds.data_vars):
            raise unusable("lock-in", words="another dataset", allowed="what lock_in returned")
        self.ds, self.about = ds, ds.attrs
        self.places = [str(place) for place in ds["place"].values]
        self.causes = read_by_label(ds, "without_label")
        self.layer = format_label("domain", ds.attrs["domain"])
        self.vendors = [format_label("vendor", code) for code in str(ds.attrs["vendors"]).split(" ")]
        sponsor = str(ds.attrs["sponsor"])
        #: whose part is measured: 'Chinese vendors'
        self.whose = f"{get_sponsor_adjective(sponsor)} vendors" if sponsor else self.vendors[0]
        self.year, self.followed = int(ds.attrs["year"]), int(ds.attrs["followed"])
        #: titles of other structures that were simulated, by name
        self.structures = read_by_label(ds, "structure_label") if "structure_left" in ds else {}
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
        return located(with_article(format_label(str(self.ds["place_kind"].sel(place=place).values), place)))

    def left(self, place: str, cause: str, lag: int, name: str = "left") -> Finding:
        """Return the remaining difference in a place ``lag`` years after random assignment, points of 100.

        name  ``left`` or ``all_at_once``
        """
        mean = read_estimate(self.ds, 1.0, name, place=place, without=cause, after=lag)
        return Finding.of(mean, _POINTS, CHANCE)

    def under(self, place: str, structure: str, lag: int) -> Finding:
        """Return the remaining difference ``lag`` years after random assignment under another structure."""
        mean = read_estimate(self.ds, 1.0, "structure_left", place=place, structure=structure, after=lag)
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
        return format_years(float(self.ds["half_life"].sel(place=place, without=cause)), self.followed)

    @property
    def not_asked(self) -> dict[str, list[str]]:
        """Economies left out of random assignment in any draw, by the reason."""
        by_reason: dict[str, list[str]] = {}
        for economy, why in read_by_label(self.ds, "why_not").items():
            if why:
                by_reason.setdefault(why, []).append(format_label("country", economy))
        return by_reason


def format_years(years: float, followed: int) -> str:
    """Format a half-life: '9 years', or 'over 25 years' where half was never reached."""
    if np.isnan(years):
        return UNDEFINED
    if np.isinf(years):
        return f"over {count(int(followed), 'year')}"
    return f"{number(years, 0 if years >= 10 else 1)} years"


# --- the answer ---


def compose_trial_answer(trial: LockInTrial, plans: Mapping[str, ExitPlan]) -> list[str]:
    """Compose five sentences about the first place: persistence, its causes, and the costs of leaving.

    plans  exit plans by economy
    """
    place, lag, last = trial.places[0], trial.ten, trial.after[-1]
    usual, where = trial.usual, trial.within(place)
    soon, late = (trial.left(place, usual, each) for each in (lag, last))
    if not soon.known:
        return [render_sentence("lock_in.not_asked", trial=trial, where=where)]
    said = [render_sentence("lock_in.left", trial=trial, where=where, lag=lag, soon=soon)]
    half = trial.half_life(place, usual)
    said.append(render_sentence("lock_in.lasts", half=half, last=last, late=late, further=last > lag))
    holding = [c for c in _HOLDING if c in trial.causes]
    if holding:
        found = {cause: trial.left(place, cause, lag) for cause in holding}
        said.append(render_sentence("lock_in.holds", found=found, lag=lag))
    elsewhere = [c for c in ("tastes", "all") if c in trial.causes]
    if elsewhere:
        found = {cause: trial.left(place, cause, lag) for cause in elsewhere}
        said.append(
            render_sentence(
                "lock_in.tastes", found=found, soon=soon, lag=lag, alone=trial.causes.get("all", "")
            )
        )
    if trial.is_group(place):
        at_once = trial.left(place, usual, lag, "all_at_once")
        said.append(render_sentence("lock_in.at_once", at_once=at_once, lag=lag))
    elif place in plans:
        said.append(_trial_cost_sentence(trial, plans[place]))
    return said


def _trial_cost_sentence(trial: LockInTrial, plan: ExitPlan) -> str:
    """Describe the costs of leaving the first vendor in the layer."""
    buyers = plan.leavers_in(trial.about["domain"])
    if not buyers:
        return render_sentence("lock_in.nothing", trial=trial, plan=plan)
    now, later = (build_money_finding(plan.total(buyers, moment)) for moment in ("now", "renewal"))
    return render_sentence("lock_in.leaving", trial=trial, plan=plan, now=now, later=later)


# --- tables ---


def build_persistence_table(trial: LockInTrial) -> PageTable:
    """Build the table of remaining differences by place, cause switched off, and structure."""
    rows: Rows = []
    for place in trial.places:
        ways = ("left", "all_at_once") if trial.is_group(place) else ("left",)
        for way in ways:
            once = ", all at once" if way == "all_at_once" else ""
            for cause, label in trial.causes.items():
                cells = [_build_persistence_cell(trial.left(place, cause, lag, way)) for lag in trial.after]
                half = trial.half_life(place, cause) if way == "left" else UNDEFINED
                rows.append((f"{trial.named(place)}{once}: {label}", [*cells, Cell(half)]))
        for structure, label in trial.structures.items():
            cells = [_build_persistence_cell(trial.under(place, structure, lag)) for lag in trial.after]
            rows.append((f"{trial.named(place)}: {label}", [*cells, Cell(UNDEFINED)]))
    heads = (
        "place, and what is switched off",
        *(f"after {lag} years" for lag in trial.after),
        "half is left",
    )
    return table("lock_in.left_table", heads, rows, trial=trial)


def _build_persistence_cell(finding: Finding) -> Cell:
    """Build a cell with the remaining points and their interval."""
    if not finding.known:
        return Cell(UNDEFINED)
    return Cell(number(finding.size, 0), span(finding.low, finding.high, 0) if finding.ranged else "")


def build_trial_cost_table(trial: LockInTrial, plans: Mapping[str, ExitPlan]) -> PageTable | None:
    """Build the table of costs of leaving the first vendor in the layer, by economy; None without plans."""
    rows: Rows = []
    for place, plan in plans.items():
        buyers = plan.leavers_in(trial.about["domain"])
        part = plan.in_layer(str(trial.about["domain"]))
        cells = [Cell(percent(part.mean), span(part.low, part.high, 0))]
        for moment in ("now", "renewal", "generation"):
            finding = build_money_finding(plan.total(buyers, moment)) if buyers else None
            known = finding is not None and finding.known and not finding.nothing
            cells.append(
                Cell(finding.level, finding.ends) if finding is not None and known else Cell(UNDEFINED)
            )
        rows.append((trial.named(place), cells))
    part_of = f"supplied by {trial.vendors[0]}"
    heads = ("economy", part_of, "leaving now", "at contracts' ends", "at the next generation")
    return table("lock_in.leaving_table", heads, rows, trial=trial) if rows else None


def build_left_out_table(trial: LockInTrial) -> PageTable | None:
    """Build the table of economies left out of random assignment, by reason; None if none was."""
    rows: Rows = [
        (opening(why), [Cell(listed(sorted(names)))]) for why, names in sorted(trial.not_asked.items())
    ]
    return table("lock_in.not_asked_table", ("reason", "economies"), rows, words=True) if rows else None


def build_place_record_table(trial: LockInTrial) -> PageTable:
    """Build the table of what is on record of each place."""
    rows: Rows = [
        (trial.named(place), [Cell(str(trial.ds["place_record"].sel(place=place).values))])
        for place in trial.places
    ]
    return table("lock_in.recorded_table", ("place", "suppliers of networks"), rows, words=True)


# --- the page and its files ---


def build_trial_command(trial: LockInTrial) -> str:
    """Build the command line that reproduces the trial."""
    about = trial.about
    return typed(
        "lockin",
        "lock-in",
        *trial.places,
        "--domain",
        about["domain"],
        "--year",
        trial.year,
        *each("after", trial.after),
        *each("vendor", str(about["vendors"]).split(" ")),
        *each("without", trial.causes),
        *each("structure", trial.structures),
        "--history",
        about["history"],
        *of_runs(about),
    )


def render_trial_page(ds: xr.Dataset, plans: Mapping[str, xr.Dataset]) -> str:
    """Render a trial as HTML: equal trials give an equal text, byte for byte.

    ds  as :func:`lockin_sim.lock_in` returns it;  plans  of :func:`lockin_sim.exit_plan`, by economy
    """
    from lockin_sim.pages.plots.kit.figures import embedded  # and no figure but its own
    from lockin_sim.pages.plots.lock_in import what_is_left as drawn

    trial, beside = LockInTrial(ds), {place: ExitPlan(plan) for place, plan in plans.items()}
    return render_page(
        "lock_in",
        trial=trial,
        about=trial.about,
        title=render_sentence("lock_in.title", trial=trial, where=trial.within(trial.places[0])),
        answer=compose_trial_answer(trial, beside),
        picture=embedded(drawn(ds)),
        left=build_persistence_table(trial),
        leaving=build_trial_cost_table(trial, beside),
        not_asked=build_left_out_table(trial),
        recorded=build_place_record_table(trial),
        limits=limits(),
        command=build_trial_command(trial),
    )


def write_trial_page(ds: xr.Dataset, plans: Mapping[str, xr.Dataset], out: Path) -> Path:
    """Write page, table, figure, dataset and manifest of a trial into a folder, all or none.

    Returns the page.  Raises InputError for another dataset, or a folder that cannot be written to.
    """
    names = [f"{name}{end}" for name in ("left", "all_at_once") for end in ("", "_low", "_high")]
    axes = ("place", "without", "after")
    table = tidy(ds, axes, [*axes, *names, "half_life"])
    return write_page(out, "lock_in", render_trial_page(ds, plans), {"lock_in": ds}, {"lock_in": table})
