"""The command ``lockin calibrate``."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import Abort

from lockin_sim.cli.options import SEED, WORKERS, Given, simulating, whole
from lockin_sim.cli.show import show
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

#: Rows of the table of parameters in the terminal.
MOST = 12

_OUT = "Folder for draws, tables, figures and the runs, which --resume goes on with."
_ONLY = "A parameter to calibrate, may be given several times; all if none is named."
_NUMBER: Any = {"parser": whole, "metavar": "N"}


@simulating
def calibrate(
    given: Given,
    out: Annotated[Path, typer.Option(help=_OUT, metavar="DIR")],
    only: Annotated[list[str] | None, typer.Option(help=_ONLY)] = None,
    waves: Annotated[int, typer.Option(help="Waves of runs.", **_NUMBER)] = 3,
    points: Annotated[int, typer.Option(help="Points of a wave.", **_NUMBER)] = 256,
    runs: Annotated[
        int, typer.Option(help="Runs of each point and of each draw.", **_NUMBER)
    ] = DEFAULT_RUNS.calibration,
    draws: Annotated[int, typer.Option(help="Draws to keep.", **_NUMBER)] = 256,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs in the folder.")] = False,
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """What the record leaves of the parameters: weighted draws, and how much was learnt of each."""
    from lockin_sim.analysis import calibration

    try:
        found = calibration.calibrate(
            out, only=only, waves=waves, points=points, runs=runs, draws=draws, seed=seed, workers=workers,
            resume=resume, **given.how(),
        )  # fmt: skip
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but the message
        raise Abort(f"interrupted; what is in {out} is whole, --resume goes on") from None
    show(_table(found), _answer(found), f"Draws, tables and figures are in {out}")


def _table(found: xr.Dataset) -> Table:
    """The parameters of which most was learnt."""
    from lockin_sim.parameters import declarations, parameter_title
    from lockin_sim.studies.terminal import titled
    from lockin_sim.wording import number

    table = titled("What the record says of the parameters, most learnt first")
    for column in ("parameter", "default", "mean", "90 %", "spread left"):
        table.add_column(column, no_wrap=True)
    ordered = found.sortby("learnt")
    for name in ordered["parameter"].values[:MOST].tolist():
        one = ordered.sel(parameter=name)
        ends = f"{number(float(one['low']), 2)} to {number(float(one['high']), 2)}"
        default = f"{declarations()[name].default:g}"
        mean, learnt = (number(float(one[stem]), 2) for stem in ("mean", "learnt"))
        table.add_row(parameter_title(name), default, mean, ends, learnt)
    return table


def _answer(found: xr.Dataset) -> str:
    """How well the runs meet the record, and how many draws count."""
    off = found["sales_off"].values
    counted = f"{found.sizes['draw']} draws weigh as much as {found.attrs['effective_draws']:.0f} even ones."
    return (
        f"Runs miss mobile networks sold by {off[0]:.1f} points on average in the first wave, "
        f"by {off[-1]:.1f} in the last, by {found.attrs['draws_sales_off']:.1f} at the draws. {counted}"
    )
