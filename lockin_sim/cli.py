"""The command ``lockin``.

Exit status: 0 done, 2 unusable input (one message, no traceback), 130 interrupted.  Heavy modules load
in the commands that need them, so that help is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from lockin_sim.cli_sweep import export, sweep
from lockin_sim.errors import InputError, unknown_name, unusable

if TYPE_CHECKING:
    import xarray as xr

app = typer.Typer(
    name="lockin",
    help="How exports, finance, standards and restrictions shape whose technology the world runs on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

INTERRUPTED = 130

#: Columns of output that is not a terminal.
WIDTH = 140


def _whole(text: str) -> int:
    """The whole number in a text."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"found {text!r}; allowed: a whole number.") from None


_RUNS = "Runs of each scenario; run by run all meet the same luck."
_WORKERS = "Processes; by default one for each processor. Results do not depend on it."
RUNS = typer.Option(help=_RUNS, parser=_whole, metavar="N")
SEED = typer.Option(help="Seed of all random numbers, 0 or more.", parser=_whole, metavar="N")
WORKERS = typer.Option(help=_WORKERS, parser=_whole, metavar="N")
YEARS = typer.Option(help="First and last year, as 2010-2050.")


@app.command()
def compare(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Built-in names or TOML files; all built-in ones if none.")
    ] = None,
    runs: Annotated[int, RUNS] = 200,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path, typer.Option(help="Folder for tables, figures and manifest.")] = Path(
        "results/compare"
    ),
    years: Annotated[str, YEARS] = "2010-2050",
    workers: Annotated[int | None, WORKERS] = None,
    baseline: Annotated[str, typer.Option(help="What the scenarios are compared with.")] = "baseline",
) -> None:
    """Compare scenarios with the baseline: levels, paired differences with intervals, figures."""
    from lockin_sim.scenario import scenarios as built_in
    from lockin_sim.studies import comparison, results, tables

    span = _years(years)
    results.check_folder(out)
    effects = comparison.compare(
        scenarios or built_in(),
        baseline=baseline,
        runs=runs,
        seed=seed,
        years=span,
        workers=workers,
        progress=True,
    )
    with results.new_folder(out) as folder:
        results.write_levels(effects, folder / "levels.csv")
        results.write_effects(effects, folder / "effects.csv")
        results.write_countries(effects, folder / "countries.csv")
        _figures(effects, folder / "figures")
        results.write_manifest(effects, folder)
    _show(*tables.comparison_tables(effects), *tables.left_out(effects))
    _show(f"Tables, figures and manifest are in {out}")


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
    from lockin_sim.studies import comparison, results, tables

    span = _years(years)
    _check_file(out)
    levels = comparison.compare(
        [], baseline=scenario, runs=runs, seed=seed, years=span, workers=workers, progress=True, maps=False
    )
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        results.write_levels(levels, out)
    _show(tables.levels_table(levels), *tables.left_out(levels))


@app.command()
def claims(
    runs: Annotated[int, RUNS] = 64,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path, typer.Option(help="CSV file of all effects.")] = Path("results/claims.csv"),
    years: Annotated[str, YEARS] = "2010-2050",
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """Switch mechanisms off one at a time and show what moves: by world, greenfield and built markets."""
    from lockin_sim.studies import claims as study
    from lockin_sim.studies import results, tables

    span = _years(years)
    _check_file(out)
    found = study.claims(runs=runs, seed=seed, years=span, workers=workers, progress=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    results.write_claims(found, out)
    _show(*tables.claims_tables(found), f"All effects are in {out}")


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
    _show(table)


@app.command()
def describe(topic: Annotated[str, typer.Argument(help="parameters, levers, metrics or world.")]) -> None:
    """Describe what the model declares, with units, bounds and sources."""
    from lockin_sim.studies.describe import TOPICS

    if topic not in TOPICS:
        raise unknown_name("topic", found=topic, known=TOPICS)
    _show(*TOPICS[topic]())


app.command()(sweep)
app.command()(export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    arguments  what stands after ``lockin``; None = those of this process
    """
    said = ""
    try:
        status = app(
            args=None if arguments is None else list(arguments), prog_name="lockin", standalone_mode=False
        )
    except InputError as error:
        return _refuse(str(error))
    except TyperException as error:
        return _refuse(
            error.format_message().replace("Value error, ", "") or "no command given; commands: --help"
        )
    except OSError as error:
        return _refuse(f"{error.filename or 'file'}: {error.strerror or error}")
    except (KeyboardInterrupt, Abort) as error:
        status, said = INTERRUPTED, str(error)
    if status == INTERRUPTED:
        print(f"lockin: {said or 'interrupted; nothing half-written is left'}", file=sys.stderr)
    return status if isinstance(status, int) else 0


def _refuse(message: str) -> int:
    print(f"lockin: {message}", file=sys.stderr)
    return 2


def _years(text: str) -> tuple[int, int]:
    """First and last year of ``2010-2050``."""
    first, dash, last = text.partition("-")
    if not (dash and first.strip().isdecimal() and last.strip().isdecimal()):
        raise unusable("--years", found=text, allowed="first and last year, as 2010-2050")
    return int(first), int(last)


def _check_file(out: Path | None) -> None:
    """Raises InputError for a path that cannot become a file."""
    if out is None:
        return
    if out.is_dir() or out.name in ("", ".", ".."):
        raise unusable("--out", found=str(out), allowed="the name of a file, not a folder")
    above = next(folder for folder in out.resolve().parents if folder.exists())
    if not above.is_dir():
        raise unusable("--out", found=str(out), allowed=f"a file in a folder, which {above} is not")


def _show(*things: Any) -> None:
    """Tables and lines; wide enough to read where the output is not a terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    for thing in things:
        console.print(thing, markup=False) if isinstance(thing, str) else console.print(thing)


def _figures(effects: xr.Dataset, folder: Path) -> None:
    """All figures of a comparison."""
    from lockin_sim import plots
    from lockin_sim.studies.tables import shown_years
    from lockin_sim.world.tables import read_table

    years = shown_years(effects)
    sponsors, countries = read_table("sponsors"), read_table("countries")
    colors = dict(zip(sponsors.labels, map(str, sponsors["color"]), strict=True))
    last = years[-1]
    figures = {
        "trajectories": plots.trajectories(effects),
        "trajectories_abroad": plots.trajectories(effects, "cn2035_sensitive_excluding_CHN"),
        "effects": plots.effects(effects, years=years),
        "effects_abroad": plots.effects(effects, "cn2035_sensitive_excluding_CHN", years=years),
        "effects_greenfield": plots.effects(effects, "dependence_sensitive_CHN_greenfield", years=years),
        "two_parts": plots.two_parts(effects, years=years, colors=colors),
        "dependence": plots.dependence(effects, last, colors=colors),
        "body_status": plots.body_status(effects),
        "lock_in_map": plots.lock_in_map(
            effects["dependence"].values,
            effects["country_lock_in"].values,
            [str(c) for c in effects["country"].values],
            [str(s) for s in effects["sponsor"].values],
            capitals=list(zip(countries["capital_latitude"], countries["capital_longitude"], strict=True)),
            colors=colors,
            when=f"{effects.attrs['baseline']}, ten years to {last}, all domains",
        ),
    }
    for name, figure in figures.items():
        plots.save(figure, folder / f"{name}.png", svg=True)
