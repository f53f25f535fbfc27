"""Program ``lockin``: the group of all commands, and its handling of errors and interruptions.

Exit status: 0 done, 1 a check that does not hold, 2 unusable input (one message, no traceback), 130
interrupted.  Heavy modules load in the commands that need them, so that help is quick.
"""

from __future__ import annotations

import atexit
import gc
import itertools
import re
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import Abort, TyperException

from lockin_sim.cli.mechanisms import (
    calibrate,
    lead,
    lock_in,
    run,
    validate,
)
from lockin_sim.cli.policies import app as browser
from lockin_sim.cli.policies import compare, country, exit_, explain, report
from lockin_sim.cli.worlds import check, describe, export, scenarios, sweep
from lockin_sim.common.errors import InputError, describe_successor, find_synonym, unknown_name, unusable
from lockin_sim.common.formats import meaning_of


class _HelpMixin:
    """Mixin whose help names an option's value by a word, and shows nothing behind a flag."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return arguments and options, giving each option without a metavar its name or PATH; flags none."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for each in params:
            if each.param_type_name == "option" and each.metavar is None:
                word = "PATH" if each.type_descriptor.annotation is Path else each.name.upper()
                each.metavar = "" if each.is_flag else word
        return params


class _Command(_HelpMixin, TyperCommand):
    """Command whose help names the values of options."""


class _Program(_HelpMixin, TyperGroup):
    """Group of all commands whose help names the values of options."""


app = typer.Typer(
    name="lockin",
    cls=_Program,
    help="How exports, finance, standards and restrictions shape whose technology the world runs on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

UNUSABLE, INTERRUPTED = 2, 130

# what is there when the process ends goes with it; to search it for cycles before took half a second
atexit.register(gc.freeze)


def _print_version(wanted: bool) -> None:
    """Print the version and exit, if the option is set."""
    if wanted:
        from importlib.metadata import version

        print(f"lockin_sim {version('lockin-sim')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Declare the options of the program itself."""


#: Commands by what they are for, in the order of the help.
_COMMANDS = {
    "What a policy changes": (compare, report, country, exit_, explain, browser),
    "How lock-in works": (lead, lock_in, run),
    "How sure that is": (calibrate, validate),
    "Many worlds": (sweep, export, check),
    "Look things up": (scenarios, describe),
}
for panel, commands in _COMMANDS.items():
    for command in commands:
        name = command.__name__.rstrip("_").replace("_", "-")
        app.command(name=name, cls=_Command, help=meaning_of(command), rich_help_panel=panel)(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    arguments  words after ``lockin``; None = those of this process
    """
    notice = ""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _check_no_empty_value(words)
        with _print_plain_warnings(), _repeat_interruptions(), _reduce_cycle_search():
            status = app(args=arguments, prog_name="lockin", standalone_mode=False)  # None: *.toml expands
    except InputError as error:
        return _print_refusal(*map(str, error.defects or (error,)))
    except TyperException as error:
        message = _explain_unknown_name(error, words) or error.format_message().replace("Value error, ", "")
        if message.startswith("Missing "):  # an argument, or an option that is required: what it is
            missing = getattr(error, "param", None)  # of a missing command nothing
            about = missing.help if missing is not None else "`lockin --help` lists them"
            message = f"{message.rstrip('.')}: {about}"
        return _print_refusal(message) if message else UNUSABLE  # without a command only the help is shown
    except OSError as error:
        return _print_refusal(f"{error.filename or 'file'}: {error.strerror or error}")
    except (KeyboardInterrupt, Abort) as error:
        status, notice = INTERRUPTED, str(error)
    if status == INTERRUPTED:
        print(f"lockin: {notice or 'interrupted; no half-written file is left'}", file=sys.stderr)
    return status if isinstance(status, int) else 0


def _check_no_empty_value(words: Sequence[str]) -> None:
    """Refuse an option or argument without a value, such as a path from an unset variable.

    An empty path would be the current folder.
    """
    for word, following in itertools.zip_longest(words, words[1:]):
        option, sign, value = word.partition("=")
        if option.startswith("--") and len(option) > 2 and not value and (sign or following == ""):
            raise unusable(option, found="", allowed="a value, or to leave the option out")
        if not word:
            raise unusable("argument", found="", allowed="a value, such as a name or a path")


def _explain_unknown_name(error: TyperException, words: Sequence[str]) -> str:
    """Return the message for an unknown command or option; "" for other errors.

    The message names the replacement of a removed name, the argument that was meant, or the nearest name.
    words  of the command line
    """
    found, context = re.match("No such (command|option)", error.message), getattr(error, "ctx", None)
    if found is None or context is None:
        return ""
    kind = found[1]
    name = getattr(error, "option_name", next((word for word in words if word[:1] != "-"), ""))
    if former := describe_successor(name):
        return former
    command, where = context.command, f"{context.info_name}, {kind}" if context.parent else kind
    if kind == "command":
        return str(unknown_name(where, found=name, known=command.commands))
    arguments = [each.name for each in command.params if each.param_type_name == "argument"]
    if meant := find_synonym(name, arguments):
        usage = [_find_option_value(name, words) if each == meant else "" for each in arguments]
        shown = (value or each.upper() for value, each in zip(usage, arguments, strict=True))
        allowed = f"the {meant} as an argument: {' '.join([context.command_path, *shown])}"
        return str(unusable(where, found=name, allowed=allowed))
    options = [one for each in command.params if each.name not in arguments for one in each.opts]
    return str(unknown_name(where, found=name, known=options))


def _find_option_value(option: str, words: Sequence[str]) -> str:
    """Return the value of an option as it is typed, quoted for the shell; "" without a value."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, sign, value = word.partition("=")
        if name == option and (value or following):
            return shlex.quote(value if sign else following)
    return ""


#: Seconds after which an interruption comes again: that nothing could raise, and that ended nothing.
AT_ONCE, AGAIN = 0.05, 20.0


@contextmanager
def _repeat_interruptions() -> Iterator[None]:
    """Repeat an interruption until it ends the command.

    Python drops an interruption where nothing can be raised, as in a finaliser during an import;
    libraries drop an interruption where they catch everything.
    """
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    timed = usual and hasattr(signal, "setitimer")
    if not timed or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(number: int, frame: object) -> None:
        """Raise KeyboardInterrupt, and set the timer to interrupt again."""
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        raise KeyboardInterrupt

    def dropped(what: sys.UnraisableHookArgs) -> None:
        """Set the timer to interrupt again soon, if a KeyboardInterrupt could not be raised."""
        if issubclass(what.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, AT_ONCE)
        else:
            before(what)

    before, sys.unraisablehook = sys.unraisablehook, dropped
    signal.signal(signal.SIGINT, interrupted)
    # not raised in its place: who starts processes lets interruptions wait
    alarm = signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, alarm)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = before


#: New objects after which Python searches them for cycles during a command.
SELDOM = 100_000


@contextmanager
def _reduce_cycle_search() -> Iterator[None]:
    """Let Python search for cycles less often than after each 2,000 objects within a ``with`` block.

    Modules that load make many objects and few cycles.
    """
    usual = gc.get_threshold()
    gc.set_threshold(SELDOM, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _print_plain_warnings() -> Iterator[None]:
    """Print warnings on the error stream without their place in the code."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda text, *_, **__: print(f"lockin: {text}", file=sys.stderr)
        warnings.simplefilter("default", UserWarning)
        yield


def _print_refusal(*messages: str) -> int:
    """Print error messages about unusable input and return the exit status."""
    for message in messages:
        print(f"lockin: {InputError(message)}", file=sys.stderr)
    return UNUSABLE
