"""The commands ``lockin compare`` and ``lockin report``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli.options import (
    BASELINE,
    HISTORY,
    RESUME,
    RUNS,
    SCENARIOS,
    SEED,
    STORE,
    WORKERS,
    YEARS,
    Given,
    kept_runs,
    simulating,
    whole,
    years_of,
)
from lockin_sim.cli.show import show
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED
from lockin_sim.errors import unusable
from lockin_sim.runs.scheduler import Scheduler

if TYPE_CHECKING:
    import xarray as xr

#: The report in a comparison's folder.
REPORT = "report.html"

_CHAIN = "Also follow the chain from first mover to standard, link by link, in the baseline."
_CHANNELS = "Also split effects by channel: installed base, others' compliance, what bodies do."
_OTHERWISE = "Also try each policy with the assumption that it leans on made otherwise."
_PACKAGES = "Also try each lever of every package alone, and the package without it."
_TABLES = "Show outcomes of all scenarios as tables, too; they are wide."
_WINDOW = "Also move each scenario to other start years, with and without lock-in."
_UNTIL = (
    "Add runs until each headline interval in the years shown is no wider than so many percentage points; "
    "--runs is then the first round."
)
_MOST = "Most runs of each scenario with --until."
_FUTURES = "Also judge scenarios in N futures: draws that fit the record, and other ways to build the model."


@simulating
def compare(
    given: Given,
    cluster: Scheduler | None,
    scenarios: Annotated[list[str] | None, SCENARIOS] = None,
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.comparison,
    until: Annotated[float | None, typer.Option(help=_UNTIL, metavar="POINTS")] = None,
    most: Annotated[int | None, typer.Option(help=_MOST, parser=whole, metavar="N")] = None,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[
        Path, typer.Option(help="Folder for report, datasets, tables, figures and manifest.")
    ] = Path("results/compare"),
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    baseline: Annotated[str, BASELINE] = "baseline",
    history: Annotated[str | None, HISTORY] = None,
    chain: Annotated[bool, typer.Option("--chain", help=_CHAIN)] = False,
    channels: Annotated[bool, typer.Option("--channels", help=_CHANNELS)] = False,
    otherwise: Annotated[bool, typer.Option("--otherwise", help=_OTHERWISE)] = False,
    packages: Annotated[bool, typer.Option("--packages", help=_PACKAGES)] = False,
    window: Annotated[bool, typer.Option("--window", help=_WINDOW)] = False,
    futures: Annotated[int | None, typer.Option(help=_FUTURES, parser=whole, metavar="N")] = None,
    tables: Annotated[bool, typer.Option("--tables", help=_TABLES)] = False,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
) -> None:
    """Compare scenarios with the baseline: paired differences with intervals, costs, figures, a report."""
    from lockin_sim.policies import scenarios as built_in
    from lockin_sim.results.folder import check_folder, more_files, new_folder
    from lockin_sim.studies.suite import comparison_suite, write_comparison
    from lockin_sim.studies.until import MOST

    if most is not None and until is None:
        raise unusable("--most", found=most, allowed="only with --until")
    check_folder(out)
    with kept_runs(store, resume=resume, workers=workers, scheduler=cluster):
        datasets = comparison_suite(
            scenarios or built_in(),
            baseline=baseline,
            with_chain=chain,
            with_channels=channels,
            with_otherwise=otherwise,
            with_packages=packages,
            with_window=window,
            n_futures=futures,
            runs=runs, until=until, most=MOST if most is None else most, seed=seed, years=years_of(years),
            history=history, workers=workers, **given.how(),
        )  # fmt: skip
    with new_folder(out) as folder:
        write_comparison(datasets, folder)
    with more_files(out) as folder:  # numbers are kept whatever becomes of pictures
        _pictures(datasets, folder)
    if tables:
        _show_tables(datasets["effects"])
    _show_answer(datasets)
    show(f"The report is {out / REPORT}; datasets, tables, figures and manifest are beside it")


def _show_answer(datasets: dict[str, xr.Dataset]) -> None:
    """The answer, and how many runs it took where that was not given."""
    from lockin_sim.report import Evidence
    from lockin_sim.report.answer import short
    from lockin_sim.studies.until import ended

    how = ended(datasets["effects"])
    show(*short(Evidence(datasets)), *([how] if how else []))


def _show_tables(effects: xr.Dataset) -> None:
    """Headline outcomes of all scenarios, and which were left out."""
    from lockin_sim.studies import tables

    show(*tables.comparison_tables(effects), *tables.left_out(effects))


def report(
    comparison: Annotated[Path, typer.Argument(help="Folder made by `lockin compare`.", metavar="DIR")],
    out: Annotated[
        Path | None, typer.Option(help="HTML file; report.html in the folder if not given.")
    ] = None,
) -> None:
    """Write the report of a comparison as one HTML file that needs no network."""
    from lockin_sim.report import write_report
    from lockin_sim.results.folder import open_results

    show(f"The report is {write_report(open_results(comparison), out or comparison / REPORT)}")


def _pictures(datasets: dict[str, xr.Dataset], folder: Path) -> None:
    """All figures of a comparison as files, and its report."""
    from lockin_sim import plots
    from lockin_sim.report import Evidence, attempted, figures, write_report

    drawn = figures(Evidence(datasets))
    saved = {
        name: partial(plots.save, figure, folder / "figures" / f"{name}.png", svg=True)
        for name, figure in drawn.items()
    }
    whole = attempted(saved)
    write_report(datasets, folder / REPORT, {name: drawn[name] for name in whole})
