"""Commands on how lock-in works and how certain the results are: from run to validate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from lockin_sim.cli.options import (
    GoOn,
    OneScenario,
    SharedOptions,
    add_shared_options,
    check_file,
    check_folder,
    convert_page_table,
    declare_count,
    explain_interruption,
    show,
)
from lockin_sim.common.conventions import RUNS

if TYPE_CHECKING:
    import xarray as xr


@add_shared_options("runs", "seed", "years", "history", "workers", "supplier", "model", runs=RUNS.scenario)
def run(
    how: SharedOptions,
    scenario: OneScenario,
    out: Annotated[Path | None, Option(help="CSV file to write all outcomes by year to.")] = None,
) -> None:
    """Run one scenario and show its outcomes, with their spread over runs."""
    from lockin_sim.comparisons.compare import build_effects_part, compare_parts, tabulate_levels
    from lockin_sim.runs.results import write_frame
    from lockin_sim.studies import printing as terminal

    check_file(out)
    parts = [build_effects_part(how.study.get("world"))]
    levels = compare_parts(parts, [], baseline=scenario, **how.study)["effects"]
    if out is not None:
        write_frame(out, tabulate_levels(levels))
    show(terminal.build_levels_table(levels), *terminal.describe_undefined_runs(levels))


Folder = Annotated[Path | None, Option(help="Folder to write dataset, tables, figures and manifest to.")]


_LENDER = "The state that lends, by code or name; by default the one under study."
_ALLOTMENT = "'record': to borrowers as on record; 'rule': by the model's. By default as on record, if any."
_PLACE = "A group, an economy, 'borrowers' or 'median'; repeatable. By default Africa and the latter two."
_DOMAIN = "A technology, shown by itself; repeatable. By default mobile networks."
_STRUCTURE = "Another structure of the model to simulate beside it, or all; repeatable; by default none."
_DRAWS_OF = "Draws of parameters, each with two runs."


@add_shared_options("seed", "workers", "store", "cluster", "posterior", "declared", "supplier", "model")
def lead(
    how: SharedOptions,
    lender: Annotated[str | None, Option(help=_LENDER)] = None,
    programme: Annotated[float, Option(help="Loans of the programme, bn USD a year.")] = 3.5,
    since: Annotated[int, declare_count("First year of the programme.", "YEAR")] = 2011,
    until: Annotated[int, declare_count("Last year of the programme.", "YEAR")] = 2030,
    allotment: Annotated[str | None, Option(help=_ALLOTMENT)] = None,
    place: Annotated[list[str] | None, Option(help=_PLACE)] = None,
    domain: Annotated[list[str] | None, Option(help=_DOMAIN)] = None,
    structure: Annotated[list[str] | None, Option(help=_STRUCTURE)] = None,
    runs: Annotated[int, declare_count(_DRAWS_OF)] = RUNS.pool,
    out: Annotated[Path, Option(help="Folder for page, table, figure, dataset and manifest.")] = Path(
        "results/lead"
    ),
) -> None:
    """Show what a state's loans win its vendors, what is left when they end, and whether standards follow."""
    from lockin_sim.pages.lead_page import Lead, answer, tables, write
    from lockin_sim.runs import results
    from lockin_sim.studies.lead import lead as study

    results.check_folder(out)
    with how.stored():
        study_data = study(
            lender,
            programme=programme,
            since=since,
            until=until,
            allotment=allotment,
            places=place,
            domains=domain or ("mobile_network",),
            structure=structure or (),
            runs=runs,
            **how.study,
        )
    page = write(study_data, out)
    show(*(f"{n}. {sentence}" for n, sentence in enumerate(answer(Lead(study_data)), 1)), "")
    for each in tables(Lead(study_data))[:2]:
        show(convert_page_table(each))
    show(f"The page is {page}; table, figure and dataset are beside it")


_PLACES = "Economies and groups, by code or name, such as KEN or Africa; by default Africa and the world."
_CAUSES = (
    "A cause to switch off from the next year on: nothing, switching_cost, others, tastes, contracts or all; "
    "repeatable; by default each but contracts."
)
_AFTER = "Years after the coin to report; repeatable; by default 3, 5, 10, 15 and 25."
_VENDORS = "One of the two vendors; name both; by default Huawei and Ericsson."
_TRIAL_OUT = "Folder for page, table, figure, dataset and manifest; by default results/lock_in_PLACE."


@add_shared_options(
    "runs", "seed", "years", "history", "workers", "posterior", "declared", "store", "supplier", "model"
)
def lock_in(
    how: SharedOptions,
    places: Annotated[list[str] | None, typer.Argument(help=_PLACES)] = None,
    domain: Annotated[str, Option(help="A layer in which operators buy.")] = "mobile_network",
    year: Annotated[
        int | None, declare_count("Year of the coin; by default the last on record.", "YEAR")
    ] = None,
    after: Annotated[list[int] | None, declare_count(_AFTER)] = None,
    vendor: Annotated[list[str] | None, Option(help=_VENDORS)] = None,
    without: Annotated[list[str] | None, Option(help=_CAUSES)] = None,
    structure: Annotated[list[str] | None, Option(help=_STRUCTURE)] = None,
    out: Annotated[Path | None, Option(help=_TRIAL_OUT, metavar="DIR")] = None,
) -> None:
    """Assign one of two vendors by the toss of a coin and measure how long the difference lasts: lock-in."""
    from lockin_sim.pages import lock_in_page as trial_page
    from lockin_sim.runs.results import check_folder
    from lockin_sim.studies.exit_results import ExitPlan
    from lockin_sim.studies.lock_in_trial import lock_in as study

    named = places or [name for name in ("Africa", "world") if name in how.tables.group_names]
    named = list(how.tables.codes_of("place", named, "country", "group"))
    folder = Path("results") / f"lock_in_{named[0].replace(':', '_')}" if out is None else out
    check_folder(folder)
    options: dict[str, Any] = {"after": after, "vendors": vendor, "without": without, "structure": structure}
    with how.stored():
        result = study(
            named, domain=domain, year=year, **{n: v for n, v in options.items() if v}, **how.study
        )
        plans = {
            place: _compute_exit_plan(how, place, result) for place in named if _has_exit(how, place, result)
        }
    page, trial = trial_page.write_trial_page(result, plans, folder), trial_page.LockInTrial(result)
    show(*trial_page.compose_trial_answer(trial, {place: ExitPlan(plan) for place, plan in plans.items()}))
    left = trial_page.build_persistence_table(trial)
    show("", convert_page_table(left), left.note)
    show(f"The page is {page}; table, figure and dataset are beside it")


def _has_exit(how: SharedOptions, place: str, trial: xr.Dataset) -> bool:
    """Whether an exit plan can stand beside a trial: an economy, in a year before the last of its world."""
    return int(trial.attrs["year"]) + 1 < how.tables.last_year and place in how.tables.countries


def _compute_exit_plan(how: SharedOptions, country: str, trial: xr.Dataset) -> xr.Dataset:
    """Compute the exit plan for the year after the coin: leaving the first vendor, without policies."""
    from lockin_sim.studies.exit_plan import exit_plan

    options = {name: value for name, value in how.study.items() if name not in ("runs", "years")}
    return exit_plan(
        country,
        leaving=str(trial.attrs["vendors"]).split(" ")[0],
        year=int(trial.attrs["year"]) + 1,
        policies=[],
        runs=max(2, int(trial.attrs["draws"])),
        **options,
    )


#: Number of parameters shown in the terminal.
MOST = 12

_OUT = "Folder for draws, tables, figures and the runs from which --resume continues."
_ONLY = "A parameter to calibrate; repeatable; by default all."


@add_shared_options("seed", "workers", "model")
def calibrate(
    how: SharedOptions,
    out: Annotated[Path, Option(help=_OUT, metavar="DIR")],
    only: Annotated[list[str] | None, Option(help=_ONLY)] = None,
    waves: Annotated[int, declare_count("Number of waves.")] = 4,
    points: Annotated[int, declare_count("Points in each wave; the last has six times as many.")] = 128,
    runs: Annotated[int, declare_count("Runs at each point and for each draw.")] = RUNS.calibration,
    draws: Annotated[int, declare_count("Draws to keep.")] = 400,
    resume: GoOn = False,
) -> None:
    """Fit parameters to the record: weighted draws, and how much each parameter was narrowed."""
    from lockin_sim.common.formats import number
    from lockin_sim.evidence.calibrate import calibrate as study
    from lockin_sim.settings.parameters import collect_declarations, parameter_title
    from lockin_sim.studies.printing import build_terminal_table

    with explain_interruption(out):
        result = study(
            out, only=only, waves=waves, points=points, runs=runs, draws=draws, resume=resume, **how.study
        )
    off, most_learnt = result["sales_off"].values, result.sortby("learnt").isel(parameter=slice(MOST))
    rows = []
    for name in most_learnt["parameter"].values.tolist():
        one = most_learnt.sel(parameter=name)
        mean, low, high, learnt = (number(float(one[v]), 2) for v in ("mean", "low", "high", "learnt"))
        default = f"{collect_declarations()[name].default:g}"
        rows.append((parameter_title(name), default, mean, f"{low} to {high}", learnt))
    heads = ("parameter", "default", "mean", "nine in ten draws", "spread left")
    answer = (
        f"Simulated shares of mobile networks miss the record by {off[0]:.1f} points on average in the "
        f"first wave, {off[-1]:.1f} in the last and {result.attrs['draws_sales_off']:.1f} at the draws. "
        f"{result.sizes['draw']} draws, worth {result.attrs['effective_draws']:.0f} independent ones."
    )
    title = "What the record says about the parameters, most informative first"
    show(
        build_terminal_table(title, heads, rows, whole=heads),
        answer,
        f"Draws, tables and figures are in {out}",
    )


_FILES = (
    "CSV file with the columns of a table of the record (observations, networks_5g, restrictions, "
    "surveillance, loans, cyber_votes), to score its facts only; repeatable."
)


@add_shared_options("seed", "workers", "store", "cluster", "posterior", "declared", "quiet")
def validate(
    how: SharedOptions,
    observations: Annotated[list[Path] | None, Option(help=_FILES, metavar="FILE")] = None,
    runs: Annotated[
        int, declare_count("Runs, at least 8; with some of the record left out at most 16.")
    ] = RUNS.pool,
    out: Annotated[Path | None, Option(help="Folder to write scores and facts to, as CSV.")] = None,
) -> None:
    """Score simulations beside simple rules: against the record, and against parts of the record left out."""
    from lockin_sim.evidence import skill_words
    from lockin_sim.evidence.scores import summarize_scores
    from lockin_sim.evidence.validate import validate as study
    from lockin_sim.settings.parameters import Parameters

    check_folder(out)
    options = {"observations": observations, "runs": runs, "progress": not how.quiet}
    with how.stored():
        result = study(**how.study | options | {"posterior": Parameters() if how.declared else how.posterior})
    left_out = () if result.left_out is None else skill_words.summarize_left_out(result.left_out)
    show(str(result), "", *left_out, *summarize_scores(result.scores))
    if out is not None:
        show(f"Scores and facts are in {result.write(out)}")
