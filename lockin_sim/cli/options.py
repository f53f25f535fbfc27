"""What the commands share: options with their meaning, and what is checked of them."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from typer.exceptions import Abort

from lockin_sim.errors import InputError, unusable, whole_number


def whole(text: str) -> int:
    """The whole number in a text."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"found {text!r}; allowed: a whole number.") from None


_RUNS = "Runs of each scenario; run by run all meet the same luck."
_WORKERS = "Processes; by default one for each processor. Results do not depend on it."
RUNS = typer.Option(help=_RUNS, parser=whole, metavar="N")
SEED = typer.Option(help="Seed of all random numbers, 0 or more.", parser=whole, metavar="N")
WORKERS = typer.Option(help=_WORKERS, parser=whole, metavar="N")
_STORE = "Folder in which runs are kept as they are done, so that --resume can go on after an interruption."
STORE = typer.Option(help=_STORE, metavar="DIR")
RESUME = typer.Option("--resume", help="Go on with the store.")
_SCHEDULER = "Address of a Dask scheduler, instead of processes, as tcp://host:8786."
SCHEDULER = typer.Option(help=_SCHEDULER)
_PARAMETER = "A parameter of all runs, as switching_cost=2.5; may be given several times."
PARAMETER = typer.Option(help=_PARAMETER, metavar="NAME=VALUE")
YEARS = typer.Option(help="First and last year, as 2010-2050; those of the world's case if not given.")
WORLD = typer.Option(help="Folder with the tables of another case; the bundled ones if none.", metavar="DIR")


def years_of(text: str | None) -> tuple[int, int] | None:
    """First and last year of ``2010-2050``; None if not given."""
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if not (dash and first.strip().isdecimal() and last.strip().isdecimal()):
        raise unusable("--years", found=text, allowed="first and last year, as 2010-2050")
    return int(first), int(last)


def parameters_of(texts: Sequence[str] | None) -> dict[str, float]:
    """Values by name, of ``switching_cost=2.5`` and the like."""
    found: dict[str, float] = {}
    for text in texts or ():
        name, _, value = (part.strip() for part in text.partition("="))
        try:
            number = float(value)
        except ValueError:
            raise unusable("--parameter", found=text, allowed="a name and a number, as name=2.5") from None
        if name in found:
            raise unusable("--parameter", found=f"{name} twice", allowed="each parameter once")
        found[name] = number
    return found


def check_executor(workers: int | None, scheduler: str | None) -> None:
    """Raises InputError for both at once, or a number of processes that cannot be."""
    if workers is not None and scheduler is not None:
        raise InputError("--workers, --scheduler: found both; allowed: one of them.")
    if workers is not None:
        whole_number("workers", workers, least=1)


@contextmanager
def kept_runs(
    store: Path | None, *, resume: bool, workers: int | None, scheduler: str | None
) -> Iterator[None]:
    """Run studies as options say: kept in a store, where one is named; an interruption says how to go on."""
    from lockin_sim.runs.keeping import running

    check_executor(workers, scheduler)

    if resume and store is None:
        raise InputError("--resume: found no store; allowed: only with --store.")
    try:
        with running(store=store, resume=resume, scheduler=scheduler):
            yield
    except KeyboardInterrupt:
        if store is None:
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but the message
        raise Abort(f"interrupted; what is in {store} is whole, --resume goes on") from None


def check_file(out: Path | None) -> None:
    """Raises InputError for a path that cannot become a file."""
    if out is None:
        return
    if out.is_dir() or out.name in ("", ".", ".."):
        raise unusable("--out", found=str(out), allowed="the name of a file, not a folder")
    above = next(folder for folder in out.resolve().parents if folder.exists())
    if not above.is_dir():
        raise unusable("--out", found=str(out), allowed=f"a file in a folder, which {above} is not")
