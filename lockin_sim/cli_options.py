"""What the commands share: options with their meaning, and what is checked of them."""

from __future__ import annotations

from pathlib import Path

import typer

from lockin_sim.errors import unusable


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


def check_file(out: Path | None) -> None:
    """Raises InputError for a path that cannot become a file."""
    if out is None:
        return
    if out.is_dir() or out.name in ("", ".", ".."):
        raise unusable("--out", found=str(out), allowed="the name of a file, not a folder")
    above = next(folder for folder in out.resolve().parents if folder.exists())
    if not above.is_dir():
        raise unusable("--out", found=str(out), allowed=f"a file in a folder, which {above} is not")
