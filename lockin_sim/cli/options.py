"""What the commands share: options with their meaning, and what is checked of them."""

from __future__ import annotations

import functools
import inspect
import re
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from typer.exceptions import Abort

from lockin_sim.cli.compiling import tell_of_compiling
from lockin_sim.errors import InputError, unusable, whole_number
from lockin_sim.outputs import check_apart, check_target, nearest
from lockin_sim.runs.scheduler import PATIENCE_SECONDS, Scheduler

if TYPE_CHECKING:
    from lockin_sim.world import World


def whole(given: str | int) -> int:
    """The whole number in a text; a default is one already."""
    text = str(given)
    if re.fullmatch(r" *[+-]?[0-9]{1,300} *", text):
        return int(text)
    shown = text if len(text) <= 40 else f"{text[:20]}... ({len(text)} signs)"
    raise ValueError(f"found {shown!r}; allowed: a whole number.")


def _scenario_names(incomplete: str) -> list[str]:
    """Built-in scenarios that begin so, for the Tab key."""
    from lockin_sim.policies import scenarios

    return [name for name in scenarios() if name.startswith(incomplete)]


def _parameter_names(incomplete: str) -> list[str]:
    """Parameters that begin so, ready for their value."""
    from lockin_sim.parameters import declarations

    return [f"{name}=" for name in declarations() if name.startswith(incomplete)]


#: Part of the help in which options stand that commands share; what is asked stands before.
_RUNNING: dict[str, Any] = {"rich_help_panel": "How it is run"}

_SCENARIO = "Built-in name or TOML file."
SCENARIO = typer.Option(help=_SCENARIO, autocompletion=_scenario_names)
SCENARIO_ARGUMENT = typer.Argument(help=_SCENARIO, autocompletion=_scenario_names)
_SCENARIOS = "Built-in names or TOML files; all built-in ones if none."
SCENARIOS = typer.Argument(help=_SCENARIOS, autocompletion=_scenario_names)
BASELINE = typer.Option(help="What the scenarios are compared with.", autocompletion=_scenario_names)
_RUNS = "Runs of each scenario; run by run all meet the same luck."
_WORKERS = "Processes; by default one for each processor. Results do not depend on it."
RUNS = typer.Option(help=_RUNS, parser=whole, metavar="N")
SEED = typer.Option(help="Seed of all random numbers, 0 or more.", parser=whole, metavar="N")
WORKERS = typer.Option(help=_WORKERS, parser=whole, metavar="N", **_RUNNING)
_STORE = "Folder in which runs are kept as they are done, so that --resume can go on after an interruption."
STORE = typer.Option(help=_STORE, metavar="DIR", **_RUNNING)
RESUME = typer.Option("--resume", help="Go on with the store.", **_RUNNING)
_SCHEDULER = "Address of a Dask scheduler, instead of processes, as tcp://host:8786."
SCHEDULER = typer.Option(help=_SCHEDULER, **_RUNNING)
_PATIENCE = f"Seconds that a scheduler may be without workers; {PATIENCE_SECONDS:g} if not given."
PATIENCE = typer.Option(help=_PATIENCE, metavar="SECONDS", **_RUNNING)
TLS_CA = typer.Option(
    "--tls-ca-file", help="Certificates (PEM) that a scheduler at tls://... is trusted by.", **_RUNNING
)
TLS_CERT = typer.Option("--tls-cert", help="Certificate (PEM) of this side, for tls://...", **_RUNNING)
TLS_KEY = typer.Option("--tls-key", help="Private key (PEM) of this side, for tls://...", **_RUNNING)
YEARS = typer.Option(help="First and last year, as 2010-2050; those of the world's case if not given.")
_HISTORY = (
    "Luck up to the present: conditioned on what is recorded of each economy, but for thought experiments, "
    "which change the past; or prior.  Comparisons of the bundled world are conditioned."
)
HISTORY = typer.Option(help=_HISTORY, metavar="prior|conditioned")
_WORLD = "Folder with the tables of another case; the bundled ones if none."
WORLD = typer.Option(help=_WORLD, metavar="DIR", **_RUNNING)
_PARAMETER = "A parameter of all runs, as switching_cost=2.5; may be given several times."
PARAMETER = typer.Option(help=_PARAMETER, metavar="NAME=VALUE", autocompletion=_parameter_names, **_RUNNING)
_ENGINE = "core, fast (the same, compiled; takes the extra fast), or auto: fast where it pays."
ENGINE = typer.Option(help=_ENGINE, **_RUNNING)
QUIET = typer.Option(
    "--quiet", help="Say nothing of progress; results, warnings and errors are told.", **_RUNNING
)


class Given(NamedTuple):
    """What every command that simulates is given, by options that only :func:`simulating` declares."""

    folder: Path | None  # of the world's tables, None = bundled
    parameters: dict[str, float]  # those of all runs that are not at their defaults
    quiet: bool

    @property
    def world(self) -> World:
        """The world that was asked for.  Raises InputError naming file, row and column of a defect."""
        from lockin_sim.world import load_world

        return load_world(self.folder)

    def how(self) -> dict[str, Any]:
        """The same as arguments of a study."""
        return {"world": self.world, "parameters": self.parameters, "progress": not self.quiet}


class _Bundle(NamedTuple):
    """Options that a command takes as one argument: annotation and default of each, and what makes it."""

    options: dict[str, tuple[Any, Any]]
    make: Callable[..., Any]


def simulating(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the options that make its arguments ``given`` and ``cluster`` in their place.

    given    a :class:`Given`
    cluster  the scheduler on which to run, or None
    """
    own = inspect.signature(command, eval_str=True)
    used = {name: bundle for name, bundle in _BUNDLES.items() if name in own.parameters}
    simulates = "workers" in own.parameters  # many runs, by an engine that is chosen
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for bundle in used.values()
        for name, (kind, default) in bundle.options.items()
    ]
    if simulates:
        kind = Annotated[str, ENGINE]
        added.append(
            inspect.Parameter("engine", inspect.Parameter.KEYWORD_ONLY, annotation=kind, default="core")
        )

    @functools.wraps(command)
    def made(*, engine: str = "core", **content: Any) -> None:
        """The command with what several options say put into one argument."""
        from lockin_sim.runs.keeping import running

        whole = {n: b.make(*(content.pop(option) for option in b.options)) for n, b in used.items()}
        with running(engine=engine):
            if engine == "fast" and not getattr(whole.get("given"), "quiet", False):
                tell_of_compiling()
            command(**whole, **content)

    kept = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own.parameters.values()]
    shown = [each for each in kept if each.name not in used] + added
    made.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]
    made.__annotations__ = {each.name: each.annotation for each in shown}
    return made


def parameters_of(texts: Sequence[str] | None) -> dict[str, float]:
    """Values by name, of ``switching_cost=2.5`` and the like."""
    return numbers_of("--parameter", texts, "a name and a number, as name=2.5", "each parameter once")


def numbers_of(option: str, texts: Sequence[str] | None, allowed: str, once: str) -> dict[str, float]:
    """Numbers by name, of NAME=NUMBER given several times.

    allowed, once  what a text must be, and that no name may come twice, for messages
    """
    found: dict[str, float] = {}
    for text in texts or ():
        name, _, value = (part.strip() for part in text.partition("="))
        try:
            number = float(value)
        except ValueError:
            raise unusable(option, found=text, allowed=allowed) from None
        if name in found:
            raise unusable(option, found=f"{name} twice", allowed=once)
        found[name] = number
    return found


def years_of(text: str | None) -> tuple[int, int] | None:
    """First and last year of ``2010-2050``; None if not given."""
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if not (dash and all(re.fullmatch(r" *[0-9]{1,9} *", year) for year in (first, last))):
        raise unusable("--years", found=text, allowed="first and last year, as 2010-2050")
    return int(first), int(last)


def check_executor(workers: int | None, scheduler: Scheduler | None) -> None:
    """Raises InputError for both at once, or a number of processes that cannot be."""
    if workers is not None and scheduler is not None:
        raise InputError("--workers, --scheduler: found both; allowed: one of them.")
    if workers is not None:
        whole_number("workers", workers, least=1)


def scheduler_of(
    address: str | None, patience: float | None, ca_file: Path | None, cert: Path | None, key: Path | None
) -> Scheduler | None:
    """The scheduler that options name.  Raises InputError for options of one where none is named."""
    given = {"--patience": patience, "--tls-ca-file": ca_file, "--tls-cert": cert, "--tls-key": key}
    if address is None:
        for option, value in given.items():
            if value is not None:
                raise unusable(option, found="no scheduler", allowed="only with --scheduler")
        return None
    seconds = PATIENCE_SECONDS if patience is None else patience
    return Scheduler(address, patience=seconds, ca_file=ca_file, cert=cert, key=key)


#: By the name of the argument that they make.
_BUNDLES = {
    "given": _Bundle(
        {
            "parameter": (Annotated[list[str] | None, PARAMETER], None),
            "world": (Annotated[Path | None, WORLD], None),
            "quiet": (Annotated[bool, QUIET], False),
        },
        lambda parameter, world, quiet: Given(world, parameters_of(parameter), quiet),
    ),
    "cluster": _Bundle(
        {
            "scheduler": (Annotated[str | None, SCHEDULER], None),
            "patience": (Annotated[float | None, PATIENCE], None),
            "tls_ca_file": (Annotated[Path | None, TLS_CA], None),
            "tls_cert": (Annotated[Path | None, TLS_CERT], None),
            "tls_key": (Annotated[Path | None, TLS_KEY], None),
        },
        scheduler_of,
    ),
}


@contextmanager
def kept_runs(
    store: Path | None, *, resume: bool, workers: int | None, scheduler: Scheduler | None
) -> Iterator[None]:
    """Run studies as options say: kept in a store, where one is named; an interruption says how to go on."""
    from lockin_sim.runs.keeping import now, running

    check_executor(workers, scheduler)
    if resume and store is None:
        raise InputError("--resume: found no store; allowed: only with --store.")
    with going_on(store), running(store=store, resume=resume, scheduler=scheduler):
        now().check()
        yield


@contextmanager
def going_on(place: Path | None) -> Iterator[None]:
    """Say of an interruption how to go on with what is kept in a place; None = nothing is kept."""
    try:
        yield
    except KeyboardInterrupt:
        if place is None:
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but the message
        raise Abort(f"interrupted; what is in {place} is whole, --resume goes on") from None


def check_folder(out: Path | None) -> None:
    """Raises InputError, before anything is computed, for a path into which no files can be written."""
    if out is None:
        return
    try:
        above = nearest(out)
        tempfile.TemporaryFile(dir=above).close()
        check_apart(out, "--out")
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        allowed = f"a folder that can be written to ({getattr(error, 'strerror', None) or error})"
        raise unusable("--out", found=str(out), allowed=allowed) from None


def check_file(out: Path | None) -> None:
    """Raises InputError for a path that cannot become a file."""
    if out is None:
        return
    allowed = "the name of a file that can be written"
    try:
        out.resolve()
        above = nearest(out.parent)
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
