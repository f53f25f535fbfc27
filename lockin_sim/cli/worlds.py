"""Commands about many worlds (sweep, export, sensitivity, discover, search), and scenarios and describe."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from lockin_sim.cli.options import (
    GoOn,
    How,
    Scenario,
    Seed,
    WorldFolder,
    check_folder,
    count,
    going_on,
    pairs_of,
    sharing,
    show,
    table,
    word,
)
from lockin_sim.conventions import SEED
from lockin_sim.errors import InputError, unknown_name

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table


@sharing("workers", "resume", "cluster", "model")
def sweep(
    how: How,
    experiment: Annotated[Path, typer.Argument(help="TOML file of the experiment.")],
    out: Annotated[Path, Option(help="Folder of the new store, such as sweep.")],
    retry: Annotated[bool, Option("--retry", help="With --resume: also repeat failed runs.")] = False,
) -> None:
    """Simulate every point of an experiment, into a store from which it can be resumed."""
    how.check_executor()
    if retry and not how.resume:
        raise InputError("--retry: found a new sweep; allowed: only with --resume.")

    from lockin_sim.studies.sweep import load_experiment

    chosen = load_experiment(experiment)
    if how.resume and not out.exists():
        print(f"lockin: nothing to resume in {out}; starting a new sweep", file=sys.stderr)
    with going_on(out, _left):
        chosen.sweep(out, resume=how.resume, retry=retry, scheduler=how.cluster, **how.study)


def _left(out: Path) -> str:
    """What remains of an interrupted sweep."""
    from lockin_sim.runs.store import is_store

    if is_store(out):
        return f"interrupted; the runs in {out} are complete: continue with --resume"
    return f"interrupted before {out} was created; run the same command again"


Store = Annotated[Path, typer.Argument(help="Folder of a sweep's store.")]


def export(
    store: Store,
    file: Annotated[Path, typer.Argument(help="Output file, ending in .csv, .parquet, .nc or .zarr.")],
) -> None:
    """Write the store of a sweep as CSV, Parquet, NetCDF or Zarr."""
    from lockin_sim.runs.stored import check_ending, open_sweep
    from lockin_sim.runs.stored import export as write

    check_ending(file)
    ds = open_sweep(store)
    print(f"Wrote {store} to {write(ds, file)}")
    missing, failed = (ds.attrs[f"runs_{key}"] for key in ("missing", "failed"))
    if missing or failed:
        runs = ds.sizes["point"] * ds.sizes["run"]
        counts = f"{missing:,} of {runs:,} runs are missing and {failed:,} failed"
        print(f"lockin: {store}: {counts}; their outcomes are undefined", file=sys.stderr)


_MISSING = "Undefined points: refuse, or drop to leave them out and report their number."
_GROUP = "Factors to treat as one, as NAME=FACTOR,FACTOR; repeatable."
_WITHIN = "Use only points with this value, such as scenario=open_ran; repeatable."
_FAILING = "What counts as failure: '< 0.3', '>= 12', 'lowest 20 %', 'highest 10 %'."

#: Options of the analyses of a store.
Outcome = Annotated[str | None, Option(help="Name of the outcome; required if the store has several.")]
Year = Annotated[int | None, count("Year of the outcome; by default the last.")]
Missing = Annotated[str, Option(help=_MISSING)]
Resamples = Annotated[int, count("Bootstrap resamples behind the intervals.")]
Into = Annotated[Path | None, Option(help="Folder to write the table and the figure to.")]


def sensitivity(
    store: Store,
    outcome: Outcome = None,
    year: Year = None,
    method: Annotated[list[str] | None, Option(help="sobol, morris or pawn; by default all.")] = None,
    group: Annotated[list[str] | None, Option(help=_GROUP)] = None,
    missing: Missing = "refuse",
    seed: Seed = SEED,
    resamples: Resamples = 60,
    out: Into = None,
) -> None:
    """Rank the factors of a sweep by how much they move an outcome: Sobol, Morris and PAWN."""
    from lockin_sim.explore import sensitivity as study

    check_folder(out)

    def factors(text: str) -> list[str]:
        """Members of a group; commas in brackets belong to an address."""
        return [member.strip() for member in re.split(r",(?![^\[]*\])", word(text))]

    groups = pairs_of("--group", group, factors, "NAME=FACTOR,FACTOR", "each group once")
    result = study.sensitivity(
        store, outcome, year, methods=method or study.METHODS, groups=groups, missing=missing, seed=seed,
        resamples=resamples, progress=True,
    )  # fmt: skip
    show(_with_ends(study.table(result), result.attrs["label"]), *study.sentences(result))
    if out is not None:
        _save(result, "sensitivity", study.write(result, out / "sensitivity.csv").parent)


def discover(
    store: Store,
    failing: Annotated[str, Option(help=_FAILING)],
    outcome: Outcome = None,
    year: Year = None,
    within: Annotated[list[str] | None, Option(help=_WITHIN)] = None,
    missing: Missing = "refuse",
    seed: Seed = SEED,
    resamples: Resamples = 20,
    out: Into = None,
) -> None:
    """Find when a policy fails in a sweep: PRIM boxes, a tree, and how stable they are."""
    from lockin_sim.explore import discovery as study

    check_folder(out)
    values = pairs_of("--within", within, str, "FACTOR=VALUE", "each factor once", last=True)
    result = study.discover(
        store, outcome, year, failing=failing, within=values, missing=missing, seed=seed,
        resamples=resamples, progress=True,
    )  # fmt: skip
    show(*study.sentences(result))
    if out is not None:
        _save(result, "discovery", study.write(result, out / "discovery.csv").parent)


def _save(result: xr.Dataset, study: str, folder: Path) -> None:
    """The figures of a study, beside its table."""
    from lockin_sim import plots

    for save in plots.saving(study, result, folder).values():
        save()
    show(f"Table and figure are in {folder}")


def _with_ends(rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """A table of factors with their indices and intervals."""
    from lockin_sim.wording import number

    names = [n for n in dict.fromkeys(k for row in rows for k in row) if not n.endswith(("_low", "_high"))]

    def cell(row: Mapping[str, Any], name: str) -> str:
        """One number with its interval, or a word."""
        value = row.get(name, "")
        if not isinstance(value, float):
            return str(value)
        ends = f" ({number(row[f'{name}_low'], 2)} to {number(row[f'{name}_high'], 2)})"
        return number(value, 2) + ends if value == value else number(value)

    return table(title, names, ([cell(row, name) for name in names] for row in rows))


_OUT = "Folder for tables, figure, answer and the runs from which --resume continues."
_LEVER = (
    "A decision to search over, such as 'export_finance[EU].envelope=2.5:30' or "
    "'export_finance[EU].tied=false|true', or the address of a default one; repeatable."
)
_WANTED = "An effect that is enough, such as standards_abroad=-1 (points) or public_cost=100 (bn USD)."
_DRAWS = "Parameter draws used in the search."
_FRESH = "New draws in which the packages found are tested, and as many for pathways."
_REVIEW = "Year in which signposts are read; postponed levers begin in the next."
_POSTERIOR = "Folder of a calibration; by default the bundled one."


@sharing("seed", "years", "workers", "model")
def search(
    how: How,
    out: Annotated[Path, Option(help=_OUT, metavar="DIR")],
    lever: Annotated[list[str] | None, Option(help=_LEVER)] = None,
    wanted: Annotated[list[str] | None, Option(help=_WANTED)] = None,
    budget: Annotated[int, count("Packages to try, in whole generations.")] = 480,
    generation: Annotated[int, count("Packages in a generation.")] = 40,
    draws: Annotated[int, count(_DRAWS)] = 24,
    fresh: Annotated[int, count(_FRESH)] = 128,
    start: Annotated[int, count("First year of packages.")] = 2026,
    review: Annotated[int, count(_REVIEW)] = 2032,
    posterior: Annotated[Path | None, Option(help=_POSTERIOR, metavar="DIR")] = None,
    scenario: Scenario = "baseline",
    resume: GoOn = False,
) -> None:
    """Search for packages of levers that meet several goals in most draws, and for levers that can wait."""
    from lockin_sim.explore import search_results as answer
    from lockin_sim.explore.search import search as study

    goals = pairs_of("--wanted", wanted, float, "GOAL=NUMBER, such as public_cost=100", "each goal once")
    with going_on(out):
        result = study(
            lever, out=out, wanted=goals, budget=budget, generation=generation, draws=draws, fresh=fresh,
            start=start, review=review, posterior=posterior, scenario=scenario, resume=resume, **how.study,
        )  # fmt: skip
    rows = answer.table(result)
    title = "Packages that no other beats on every goal, in new draws"
    packages = table(title, list(rows[0]) if rows else [], (row.values() for row in rows))
    show(packages, *answer.sentences(result), f"Tables, figure and answer are in {out}")


def scenarios() -> None:
    """List the built-in scenarios with titles, first years, questions and sources."""
    from rich.table import Table

    from lockin_sim.policies import scenarios as built_in
    from lockin_sim.scenario import load_scenario
    from lockin_sim.titles import OF_THOUGHT
    from lockin_sim.world.case import bundled_case

    table, present = Table(show_lines=True), bundled_case().years.present
    for head in ("name", "title", "begins", "question", "why these sizes"):
        table.add_column(head, no_wrap=head == "name")
    for scenario in map(load_scenario, built_in()):
        begins = "" if scenario.begins is None else str(scenario.begins)
        begins += f": {OF_THOUGHT}" * scenario.is_thought_experiment(present)
        source = " ".join(scenario.source.split())
        table.add_row(scenario.name, scenario.called, begins, scenario.question, source)
    show(table)


def describe(
    topic: Annotated[str, typer.Argument(help="parameters, levers, metrics, outcomes or world.")],
    world: WorldFolder = None,
) -> None:
    """List what the model declares, with units, bounds and sources."""
    from lockin_sim.studies.tables import TOPICS

    if topic not in TOPICS:
        raise unknown_name("topic", found=topic, known=TOPICS)
    show(*TOPICS[topic](world))
