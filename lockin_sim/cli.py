"""The command ``lockin``.

Exit status: 0 done, 2 unusable input (one message, no traceback), 130 interrupted.  Heavy modules load
in the commands that need them, so that help is quick.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from lockin_sim.cli_compare import compare, report
from lockin_sim.cli_options import RESUME, RUNS, SCHEDULER, SEED, STORE, WORKERS, YEARS, kept_runs, years_of
from lockin_sim.cli_show import show
from lockin_sim.cli_sweep import export, sweep
from lockin_sim.errors import InputError, unknown_name, unusable

app = typer.Typer(
    name="lockin",
    help="How exports, finance, standards and restrictions shape whose technology the world runs on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

UNUSABLE, INTERRUPTED = 2, 130


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"lockin_sim {version('lockin-sim')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of the program itself."""


app.command()(compare)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="Built-in name or TOML file.")],
    runs: Annotated[int, RUNS] = 50,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[
        Path | None, typer.Option(help="CSV file for all outcomes by year; none if not given.")
    ] = None,
    years: Annotated[str, YEARS] = "2010-2050",
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """Run one scenario and show its outcomes, with their spread over runs."""
    from lockin_sim.studies import results, tables
    from lockin_sim.studies.comparison import effects_part
    from lockin_sim.studies.parts import compare_parts

    span = years_of(years)
    _check_file(out)
    levels = compare_parts(
        [effects_part()],
        [],
        baseline=scenario,
        runs=runs,
        seed=seed,
        years=span,
        workers=workers,
        progress=True,
    )["effects"]
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        results.write_levels(levels, out)
    show(tables.levels_table(levels), *tables.left_out(levels))


@app.command()
def claims(
    runs: Annotated[int, RUNS] = 64,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path, typer.Option(help="CSV file of all effects.")] = Path("results/claims.csv"),
    years: Annotated[str, YEARS] = "2010-2050",
    workers: Annotated[int | None, WORKERS] = None,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
    scheduler: Annotated[str | None, SCHEDULER] = None,
) -> None:
    """Switch mechanisms off one at a time and show what moves: by world, greenfield and built markets."""
    from lockin_sim.studies import claims as study
    from lockin_sim.studies import results, tables

    span = years_of(years)
    _check_file(out)
    with kept_runs(store, resume=resume, workers=workers, scheduler=scheduler):
        found = study.claims(runs=runs, seed=seed, years=span, workers=workers, progress=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    results.write_claims(found, out)
    show(*tables.claims_tables(found), f"All effects are in {out}")


@app.command()
def scenarios() -> None:
    """List the built-in scenarios with their questions and sources."""
    from rich.table import Table

    from lockin_sim.scenario import load_scenario
    from lockin_sim.scenario import scenarios as built_in

    table = Table(show_lines=True)
    for head in ("scenario", "question", "why these sizes"):
        table.add_column(head, no_wrap=head == "scenario")
    for scenario in map(load_scenario, built_in()):
        table.add_row(scenario.name, scenario.question, " ".join(scenario.source.split()))
    show(table)


@app.command()
def describe(topic: Annotated[str, typer.Argument(help="parameters, levers, metrics or world.")]) -> None:
    """Describe what the model declares, with units, bounds and sources."""
    from lockin_sim.studies.describe import TOPICS

    if topic not in TOPICS:
        raise unknown_name("topic", found=topic, known=TOPICS)
    show(*TOPICS[topic]())


app.command()(sweep)
app.command()(export)
app.command()(report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    arguments  what stands after ``lockin``; None = those of this process
    """
    said = ""
    given = None if arguments is None else list(arguments)
    try:
        with _warnings_as_lines():
            status = app(args=given, prog_name="lockin", standalone_mode=False)
    except InputError as error:
        return _refuse(str(error))
    except TyperException as error:
        message = error.format_message().replace("Value error, ", "")
        return _refuse(message) if message else UNUSABLE  # without a command the help is all that is said
    except OSError as error:
        return _refuse(f"{error.filename or 'file'}: {error.strerror or error}")
    except (KeyboardInterrupt, Abort) as error:
        status, said = INTERRUPTED, str(error)
    if status == INTERRUPTED:
        print(f"lockin: {said or 'interrupted; nothing half-written is left'}", file=sys.stderr)
    return status if isinstance(status, int) else 0


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Warnings as lines of this command, without places in its code."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda text, *_, **__: print(f"lockin: {text}", file=sys.stderr)
        warnings.simplefilter("default", UserWarning)
        yield


def _refuse(message: str) -> int:
    print(f"lockin: {message}", file=sys.stderr)
    return UNUSABLE


def _check_file(out: Path | None) -> None:
    """Raises InputError for a path that cannot become a file."""
    if out is None:
        return
    if out.is_dir() or out.name in ("", ".", ".."):
        raise unusable("--out", found=str(out), allowed="the name of a file, not a folder")
    above = next(folder for folder in out.resolve().parents if folder.exists())
    if not above.is_dir():
        raise unusable("--out", found=str(out), allowed=f"a file in a folder, which {above} is not")
