"""What the commands share: options with their meaning, and what is checked of them."""

from __future__ import annotations

import re
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from typer.exceptions import Abort

from lockin_sim.errors import InputError, unusable, whole_number
from lockin_sim.files import check_target


def whole(given: str | int) -> int:
    """The whole number in a text; a default is one already."""
    text = str(given)
    if re.fullmatch(r" *[+-]?[0-9]{1,300} *", text):
        return int(text)
    shown = text if len(text) <= 40 else f"{text[:20]}... ({len(text)} signs)"
    raise ValueError(f"found {shown!r}; allowed: a whole number.")


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
YEARS = typer.Option(help="First and last year, as 2010-2050; those of the world's case if not given.")
WORLD = typer.Option(help="Folder with the tables of another case; the bundled ones if none.", metavar="DIR")


def years_of(text: str | None) -> tuple[int, int] | None:
    """First and last year of ``2010-2050``; None if not given."""
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if not (dash and all(re.fullmatch(r" *[0-9]{1,9} *", year) for year in (first, last))):
        raise unusable("--years", found=text, allowed="first and last year, as 2010-2050")
    return int(first), int(last)


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


#: Files that show that a folder holds what is read: tables of a world, or a store.
_OF_INPUTS = ("columns.csv", "units.journal")


def check_file(out: Path | None) -> None:
    """Raises InputError for a path that cannot become a file."""
    if out is None:
        return
    allowed = "the name of a file that can be written"
    try:
        parents = out.resolve().parents
        above = next(folder for folder in parents if folder.exists())
        if out.is_dir() or out.name in ("", ".", ".."):
            allowed = f"{allowed}, not a folder"
        elif out.suffix == ".toml":
            allowed = "another ending; files in .toml are what is asked"
        elif not above.is_dir():
            allowed = f"a file in a folder, which {above} is not"
        else:
            check_target(out, "--out")
            tempfile.TemporaryFile(dir=above).close()
            allowed = ""
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # no room, links in a circle, a name too long
        allowed = f"{allowed} ({getattr(error, 'strerror', None) or error})"
    if allowed:
        raise unusable("--out", found=str(out), allowed=allowed)
    for folder in parents:
        if any((folder / name).exists() for name in _OF_INPUTS):
            allowed = f"a file elsewhere; what is in {folder} is read"
            raise unusable("--out", found=str(out), allowed=allowed)
