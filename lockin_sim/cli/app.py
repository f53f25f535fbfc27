"""The command ``lockin app``."""

from __future__ import annotations

from typing import Annotated

import typer

from lockin_sim.cli.options import SEED, WORKERS, Given, simulating, whole
from lockin_sim.defaults import RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED

_PORT = "Port that it listens on; 0 = any that is free."
_ADDRESS = "Address that it listens on; by default nobody from another machine reaches it."
_ORIGIN = "Name under which browsers reach it, as host or host:port, beside the address; may be repeated."
_SESSIONS = "Visitors at once."
_RUNS = "Runs of each policy at which a page stops."


@simulating
def app(
    given: Given,
    port: Annotated[int, typer.Option(help=_PORT, parser=whole, metavar="N")] = 5006,
    address: Annotated[str, typer.Option(help=_ADDRESS)] = "localhost",
    origin: Annotated[list[str] | None, typer.Option(help=_ORIGIN)] = None,
    runs: Annotated[int, typer.Option(help=_RUNS, parser=whole, metavar="N")] = RUNS.visitors,
    sessions: Annotated[int, typer.Option(help=_SESSIONS, parser=whole, metavar="N")] = 12,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """Build policies in a browser and see what they change while runs stream in."""
    from lockin_sim.app.server import App, needed, origins_of, serve
    from lockin_sim.app.session import Limits
    from lockin_sim.parameters import parameters_of

    needed()
    origins_of(address, port, origin or ())
    made = App(
        own=given.world if given.folder is not None else None,
        parameters=parameters_of(given.parameters),
        seed=seed,
        processes=workers,
        limits=Limits(runs=runs, sessions=sessions),
    )
    serve(made, port=port, address=address, origins=origin or (), quiet=given.quiet)
