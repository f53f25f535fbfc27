"""The command ``lockin compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli_options import RUNS, SEED, WORKERS, YEARS, show, whole, years_of

if TYPE_CHECKING:
    import xarray as xr

_CHANNELS = "Also split effects by channel: installed base, others' compliance, votes."
_PACKAGES = "Also try each lever of every package alone, and the package without it."
_WINDOW = "Also move each scenario to other start years, with and without lock-in."
_FUTURES = "Also judge scenarios in N futures of uncertain parameters."


def compare(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Built-in names or TOML files; all built-in ones if none.")
    ] = None,
    runs: Annotated[int, RUNS] = 200,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path, typer.Option(help="Folder for datasets, tables, figures and manifest.")] = Path(
        "results/compare"
    ),
    years: Annotated[str, YEARS] = "2010-2050",
    workers: Annotated[int | None, WORKERS] = None,
    baseline: Annotated[str, typer.Option(help="What the scenarios are compared with.")] = "baseline",
    channels: Annotated[bool, typer.Option("--channels", help=_CHANNELS)] = False,
    packages: Annotated[bool, typer.Option("--packages", help=_PACKAGES)] = False,
    window: Annotated[bool, typer.Option("--window", help=_WINDOW)] = False,
    futures: Annotated[int | None, typer.Option(help=_FUTURES, parser=whole, metavar="N")] = None,
) -> None:
    """Compare scenarios with the baseline: levels, paired differences with intervals, costs, figures."""
    from lockin_sim.scenario import scenarios as built_in
    from lockin_sim.studies import results, tables
    from lockin_sim.studies.folder import write_comparison
    from lockin_sim.studies.suite import comparison_suite

    span = years_of(years)
    results.check_folder(out)
    datasets = comparison_suite(
        scenarios or built_in(),
        baseline=baseline,
        with_channels=channels,
        with_packages=packages,
        with_window=window,
        n_futures=futures,
        runs=runs,
        seed=seed,
        years=span,
        workers=workers,
        progress=True,
    )
    effects = datasets["effects"]
    with results.new_folder(out) as folder:
        _figures(effects, folder / "figures")
        write_comparison(datasets, folder)
    show(*tables.comparison_tables(effects), *tables.left_out(effects))
    show(f"Datasets, tables, figures and manifest are in {out}")


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
