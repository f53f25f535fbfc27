"""Options shared by several commands, each declared once, with their checks; printing of results."""

from __future__ import annotations

import functools
import inspect
import re
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_type_hints

import typer
from typer.exceptions import Abort

from lockin_sim.common.conventions import PATIENCE_SECONDS, RUNS, SEED
from lockin_sim.common.engines import StudyEngine
from lockin_sim.common.errors import InputError, check_whole_number, unusable
from lockin_sim.common.files import check_apart, check_target, find_existing_folder

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lockin_sim.pages.page_parts import PageTable
    from lockin_sim.runs.workers import Scheduler
    from lockin_sim.world import World


type Command = Callable[..., None]


def parse_whole(value: str | int) -> int:
    """Parse a whole number; an int passes unchanged.  Raises ValueError for any other text."""
    text = str(value)
    if re.fullmatch(r" *[+-]?[0-9]{1,300} *", text):
        return int(text)
    shown = text if len(text) <= 40 else f"{text[:20]}... ({len(text)} characters)"
    raise ValueError(f"found {shown!r}; allowed: a whole number.")


def declare_count(meaning: str, metavar: str | None = "N", **more: Any) -> Any:
    """Declare an option that takes a whole number."""
    return typer.Option(help=meaning, parser=parse_whole, metavar=metavar, **more)


def _complete_scenario_name(incomplete: str) -> list[str]:
    """List built-in scenarios whose names begin with the typed text."""
    from lockin_sim.settings.policies import scenarios

    return [name for name in scenarios() if name.startswith(incomplete)]


def _complete_parameter_name(incomplete: str) -> list[str]:
    """List parameters whose names begin with the typed text, each with an equals sign."""
    from lockin_sim.settings.parameters import collect_declarations

    return [f"{name}=" for name in collect_declarations() if name.startswith(incomplete)]


_NAMES: dict[str, Any] = {"autocompletion": _complete_scenario_name}
_SCENARIO = "Built-in name or TOML file."
_SCENARIOS = "Built-in names or TOML files; by default all built-in scenarios."

#: Arguments and options that a command lists itself.
Scenario = Annotated[str, typer.Option(help=_SCENARIO, **_NAMES)]
OneScenario = Annotated[str, typer.Argument(help=_SCENARIO, **_NAMES)]
Scenarios = Annotated[list[str] | None, typer.Argument(help=_SCENARIOS, **_NAMES)]
Baseline = Annotated[str, typer.Option(help="Scenario that the others are compared with.", **_NAMES)]
Country = Annotated[str, typer.Argument(help="Code or name, such as KEN, Kenya or UK.")]
GoOn = Annotated[bool, typer.Option("--resume", help="Continue from the runs already in the folder.")]


Seed = Annotated[int, declare_count("Seed of all random numbers, 0 or more.")]


def declare_run_option(meaning: str, *flags: str, **about: Any) -> Any:
    """Declare an option that the help lists under "How it is run"."""
    return typer.Option(*flags, help=meaning, rich_help_panel="How it is run", **about)


WorldFolder = Annotated[
    Path | None,
    declare_run_option("Folder with the tables of another case; by default the bundled one.", metavar="DIR"),
]
_HISTORY = (
    "The past, the same for all scenarios: prior leaves it to chance, conditioned follows each economy's "
    "record, as studies of the bundled world do by default."
)
_YEARS = "First and last year, such as 2010-2050; by default those of the case."
_WORKERS = "Number of processes; by default one per processor. Results do not depend on it."
_ENGINE = "core, fast (the same, compiled; needs the extra 'fast'), or auto: fast where that saves time."
_STORE = "Folder that saves each run as it finishes, so that --resume can continue after an interruption."
_SCHEDULER = "Address of a Dask scheduler to use instead of processes, such as tcp://host:8786."
_PATIENCE = f"Seconds to wait for a scheduler without workers; by default {PATIENCE_SECONDS:g}."
_TLS_CA = "Certificate authority (PEM) that vouches for a scheduler at tls://..."
_TLS_CERT = "Certificate (PEM) of this client, for tls://..."
_TLS_KEY = "Private key (PEM) of this client, for tls://..."
_PARAMETER = "A parameter for all runs, such as switching_cost=2.5, or by year: switching_cost=2010:5,2040:2."
_POSTERIOR = "Folder of a calibration to draw each run's parameters from; by default the bundled draws."
_ACTOR = "Whose costs to report first: a sponsor, economy, group or the world; the default is the case's."
_DECLARED = "Give all runs the declared parameters; ranges then show run-to-run variation only."
_SUPPLIER = (
    "Your own fact, such as 'MTN Ghana=huawei:2019' or 'MTN Ghana 4G=huawei:2019', which runs meet beside "
    "the record; repeatable."
)
_QUIET = "Show no progress; results, warnings and errors are still shown."

#: Shared options that go together, by the name of the group.
GROUPS = {
    "model": ("parameter", "world", "quiet"),
    "draws": ("posterior", "declared", "actor"),
    "workers": ("workers", "engine"),
    "store": ("store", "resume"),
    "cluster": ("scheduler", "patience", "tls_ca_file", "tls_cert", "tls_key"),
}


@dataclass(frozen=True)
class SharedOptions:
    """Values of the shared options, and the study arguments that follow from them.

    taken  names of the options that the command accepts; the others keep their defaults
    """

    taken: tuple[str, ...]
    runs: Annotated[int, declare_count("Runs of each scenario; all share the same shocks.")] = RUNS.pool
    seed: Seed = SEED
    years: Annotated[str | None, typer.Option(help=_YEARS)] = None
    history: Annotated[str | None, typer.Option(help=_HISTORY, metavar="prior|conditioned")] = None
    workers: Annotated[int | None, declare_run_option(_WORKERS, parser=parse_whole, metavar="N")] = None
    engine: Annotated[str, declare_run_option(_ENGINE)] = "auto"
    store: Annotated[Path | None, declare_run_option(_STORE, metavar="DIR")] = None
    resume: Annotated[bool, declare_run_option("Continue from the runs in the store.", "--resume")] = False
    scheduler: Annotated[str | None, declare_run_option(_SCHEDULER)] = None
    patience: Annotated[float | None, declare_run_option(_PATIENCE, metavar="SECONDS")] = None
    tls_ca_file: Annotated[Path | None, declare_run_option(_TLS_CA, "--tls-ca-file")] = None
    tls_cert: Annotated[Path | None, declare_run_option(_TLS_CERT, "--tls-cert")] = None
    tls_key: Annotated[Path | None, declare_run_option(_TLS_KEY, "--tls-key")] = None
    parameter: Annotated[
        list[str] | None,
        declare_run_option(_PARAMETER, metavar="NAME=VALUE", autocompletion=_complete_parameter_name),
    ] = None
    posterior: Annotated[Path | None, declare_run_option(_POSTERIOR, metavar="DIR")] = None
    declared: Annotated[bool, declare_run_option(_DECLARED, "--declared")] = False
    actor: Annotated[str | None, declare_run_option(_ACTOR, metavar="NAME")] = None
    world: WorldFolder = None
    supplier: Annotated[list[str] | None, declare_run_option(_SUPPLIER, metavar="OPERATOR=VENDOR:YEAR")] = (
        None
    )
    quiet: Annotated[bool, declare_run_option(_QUIET, "--quiet")] = False

    @functools.cached_property
    def tables(self) -> World:
        """World of ``--world`` with the facts of ``--supplier``.

        Raises InputError naming file, row and column of a defect, or the fact that cannot be used.
        """
        from lockin_sim.world import load_world

        return load_world(self.world, own_facts=self.supplier)

    @functools.cached_property
    def parameters(self) -> dict[str, float | dict[int, float]]:
        """Values of ``--parameter`` by name."""
        allowed = "a name and a number, such as name=2.5, or numbers by year, such as name=2010:5,2040:2"
        return parse_pairs("--parameter", self.parameter, parse_numbers, allowed, "each parameter once")

    @functools.cached_property
    def span(self) -> tuple[int, int] | None:
        """First and last year of ``--years``; None without the option."""
        if self.years is None:
            return None
        first, dash, last = self.years.partition("-")
        if not (dash and all(re.fullmatch(r" *[0-9]{1,9} *", year) for year in (first, last))):
            raise unusable("--years", found=self.years, allowed="first and last year, such as 2010-2050")
        return int(first), int(last)

    @functools.cached_property
    def cluster(self) -> Scheduler | None:
        """Scheduler of ``--scheduler``; None without it.  Raises InputError for its other options alone."""
        if self.scheduler is not None:
            from lockin_sim.runs.workers import Scheduler

            seconds = PATIENCE_SECONDS if self.patience is None else self.patience
            files = {"ca_file": self.tls_ca_file, "cert": self.tls_cert, "key": self.tls_key}
            return Scheduler(self.scheduler, patience=seconds, **files)
        for name in GROUPS["cluster"][1:]:
            if getattr(self, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise unusable(option, words="no scheduler", allowed="only with --scheduler")
        return None

    @property
    def study(self) -> dict[str, Any]:
        """Arguments of a study function, for the options that the command accepts."""
        options: dict[str, Any] = {
            name: getattr(self, name) for name in ("runs", "seed", "history", "workers") if name in self.taken
        }
        if "years" in self.taken:
            options["years"] = self.span
        if "world" in self.taken:
            options |= {"world": self.tables, "parameters": self.parameters, "progress": not self.quiet}
        if "declared" in self.taken:
            options["posterior"] = self.drawn_from
        return options

    @property
    def drawn_from(self) -> str | Path | None:
        """Source of the parameter draws; None for no draws.  The bundled draws fit the bundled world only.

        Raises InputError for both a folder and declared values.
        """
        if self.declared and self.posterior is not None:
            raise unusable("--declared", words="--posterior beside it", allowed="one of them")
        if self.declared or (self.posterior is None and self.world is not None):
            return None
        return "bundled" if self.posterior is None else self.posterior

    def check(self) -> None:
        """Refuse invalid options before any file is read."""
        _ = self.parameters, self.span, self.cluster, self.drawn_from

    def show_own_facts(self) -> None:
        """Show the facts of ``--supplier`` on which simulated results rest, and whose they are."""
        from lockin_sim.world.own_facts import own_facts_attributes

        about = own_facts_attributes(self.tables) if "tables" in vars(self) else {}
        if about:
            show(f"This rests on facts that are not on record: {about['own_facts']}")

    def check_executor(self) -> None:
        """Refuse processes together with a scheduler, and an invalid number of processes."""
        if self.workers is not None and self.cluster is not None:
            raise InputError("--workers, --scheduler: found both; allowed: one of them.")
        if self.workers is not None:
            check_whole_number("workers", self.workers, least=1)

    @contextmanager
    def stored(self) -> Iterator[None]:
        """Run studies within a ``with`` block with the chosen store, resumption and scheduler.

        Raises InputError for --resume without a store, and as :meth:`check_executor`.
        """
        from lockin_sim.runs.context import running

        self.check_executor()
        if self.resume and self.store is None:
            raise InputError("--resume: found no store; allowed: only with --store.")
        with (
            explain_interruption(self.store),
            running(store=self.store, resume=self.resume, scheduler=self.cluster),
        ):
            yield


def add_shared_options(*shared: str, **defaults: Any) -> Callable[[Command], Command]:
    """Add shared options to a command; their values become its first argument, a :class:`SharedOptions`.

    shared    names of fields of How, or of groups in ``GROUPS``
    defaults  defaults that differ from those of How, by name
    """
    names = tuple(name for each in shared for name in GROUPS.get(each, (each,)))

    def declare(command: Command) -> Command:
        """Return the command with its own options and the shared ones."""
        own = inspect.signature(command, eval_str=True)
        kinds = get_type_hints(SharedOptions, include_extras=True)
        usual = {field.name: field.default for field in fields(SharedOptions)} | defaults
        keyword = inspect.Parameter.KEYWORD_ONLY
        options = [each.replace(kind=keyword) for each in list(own.parameters.values())[1:]]
        options += [inspect.Parameter(n, keyword, annotation=kinds[n], default=usual[n]) for n in names]

        @functools.wraps(command)
        def whole_command(**arguments: Any) -> None:
            """Run the command with the values of shared options in one argument."""
            from lockin_sim.runs.context import now, running
            from lockin_sim.runs.workers import shared_processes

            how = SharedOptions(names, **{name: arguments.pop(name) for name in names})
            how.check()
            with running(engine=cast(StudyEngine, how.engine)), shared_processes():
                now().before_fast = functools.partial(_compile_once, how.quiet)
                command(how, **arguments)
            how.show_own_facts()

        whole_command.__signature__ = own.replace(parameters=options)  # type: ignore[attr-defined]
        whole_command.__annotations__ = {each.name: each.annotation for each in options}
        return whole_command

    return declare


def _compile_once(quiet: bool) -> None:
    """Compile the fast engine on all processors unless its code is in the cache."""
    from lockin_sim.compiled.beforehand import compile_once

    compile_once(quiet=quiet)


def parse_pairs[V](
    option: str,
    texts: Sequence[str] | None,
    read: Callable[[str], V],
    allowed: str,
    once: str,
    *,
    last: bool = False,
) -> dict[str, V]:
    """Parse NAME=VALUE options into a dictionary.

    read           converts a value, or raises ValueError
    allowed, once  what a text must be, and that names must differ, for messages
    last           whether to split at the last equals sign, not the first
    Raises InputError for a text that is not such a pair, and for a repeated name.
    """
    pairs: dict[str, V] = {}
    for text in texts or ():
        name, sign, value = (part.strip() for part in (text.rpartition("=") if last else text.partition("=")))
        try:
            pair = read(value)
        except ValueError:
            name = ""
        if not (sign and name):
            raise unusable(option, found=text, allowed=allowed)
        if name in pairs:
            raise unusable(option, words=f"{name} twice", allowed=once)
        pairs[name] = pair
    return pairs


def parse_numbers(text: str) -> float | dict[int, float]:
    """Parse a number, or numbers by year; raises ValueError for any other text and for a repeated year."""
    if ":" not in text:
        return float(text)
    pairs = [(int(year), float(value)) for year, value in (part.split(":") for part in text.split(","))]
    if len(dict(pairs)) < len(pairs):
        raise ValueError(text)
    return dict(pairs)


def check_nonempty(text: str) -> str:
    """Return the text; raises ValueError if it is empty."""
    if not text:
        raise ValueError
    return text


@contextmanager
def explain_interruption(place: Path | None, left: Callable[[Path], str] | None = None) -> Iterator[None]:
    """Run a ``with`` block; if it is interrupted, abort with a message on how to continue from saved runs.

    place  where runs are saved; None = nowhere: the interruption is raised as it is
    left   describes what remains there; None = everything there is complete
    """
    try:
        yield
    except KeyboardInterrupt:
        if place is None:
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # do not interrupt the message
        usual = f"interrupted; the runs in {place} are complete: continue with --resume"
        raise Abort(usual if left is None else left(place)) from None


@contextmanager
def _convert_path_errors(out: Path, allowed: str) -> Iterator[None]:
    """Turn errors of the file system into one InputError: no space, a loop of links, a name too long."""
    try:
        yield
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise unusable("--out", found=str(out), allowed=f"{allowed} ({reason})") from None


def check_folder(out: Path | None) -> None:
    """Refuse a folder that cannot be written to, before anything is computed."""
    if out is not None:
        with _convert_path_errors(out, "a folder that can be written to"):
            tempfile.TemporaryFile(dir=find_existing_folder(out)).close()
            check_apart(out, "--out")


def check_file(out: Path | None) -> None:
    """Refuse a path that cannot become a file."""
    if out is None:
        return
    allowed = "the name of a file that can be written"
    with _convert_path_errors(out, allowed):
        out.resolve()
        above = find_existing_folder(out.parent)
        if out.is_dir() or out.name in ("", ".", ".."):
            allowed = f"{allowed}, not a folder"
        elif out.suffix == ".toml":
            allowed = "another ending; .toml files are inputs"
        elif not above.is_dir():
            allowed = f"a file in a folder, which {above} is not"
        else:
            check_target(out, "--out")
            tempfile.TemporaryFile(dir=above).close()
            return
    raise unusable("--out", found=str(out), allowed=allowed)


#: Width of output that is not a terminal, in characters; wider if words need it.
WIDTH = 140

#: Characters to which other columns may shrink so that the first one keeps whole names.
NARROW = 8


def convert_page_table(each: PageTable) -> Table:
    """Convert a table of a page into one for the terminal, with small print in brackets."""
    from lockin_sim.studies.printing import build_terminal_table

    rows = (
        (name, *(f"{cell.text} ({cell.small})" if cell.small else cell.text for cell in cells))
        for name, cells in each.rows
    )
    return build_terminal_table(each.caption, each.heads, rows)


def show(*things: Any) -> None:
    """Print tables and lines, at a readable width even where the output is not a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)  # names may hold brackets
    terminal = console.is_terminal
    if not terminal:
        console = Console(highlight=False, markup=False, width=10**6)
    for thing in things:
        if isinstance(thing, Table):
            fit_table(thing, console, console.width if terminal else None)
        console.print(thing)


def fit_table(table: Table, console: Console, width: int | None) -> None:
    """Set column widths so that a table fits and nothing in it is cut.

    Text columns wrap between words first, then columns of numbers; names in the first column are broken last.

    width  available characters; None = WIDTH, or more if words need it
    """
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement

    everything = console.options.update(width=10**6)
    contents = [[column.header, *column.cells] for column in table.columns]
    sizes = [[Measurement.get(console, everything, cell) for cell in cells] for cells in contents]
    wholes = [max(size.maximum for size in of) for of in sizes]
    words = [max(size.minimum for size in of) for of in sizes]
    fixed = [column.no_wrap for column in table.columns]
    rigid = [whole if no_wrap else word for no_wrap, whole, word in zip(fixed, wholes, words, strict=True)]

    def lines() -> int:
        """Return the width of the table's rules and margins."""
        return Measurement.get(console, everything, table).maximum - sum(wholes)

    room = max(WIDTH - lines(), sum(rigid)) if width is None else width - lines()
    if room < sum(rigid) and width is not None:
        table.box, table.pad_edge = SIMPLE_HEAD, False
        room = width - lines()
    name, *others = wholes[0], *words[1:]
    if sum(rigid) <= room:
        least = rigid
    elif room - name >= NARROW * len(others):
        least = [name, *_cap_widths(others, room - name)]
    else:
        least = _cap_widths([name, *others], room)
    spare = [whole - width for whole, width in zip(wholes, least, strict=True)]
    more = _cap_widths(spare, room - sum(least))
    for column, narrow, added in zip(table.columns, least, more, strict=True):
        column.width, column.no_wrap, column.overflow = max(narrow + added, 1), False, "fold"


def _cap_widths(widths: Sequence[int], room: int) -> list[int]:
    """Cap the largest widths at one level so that all fit the room."""
    level = max(widths, default=0)
    while level > 0 and sum(min(width, level) for width in widths) > room:
        level -= 1
    return [min(width, level) for width in widths]
