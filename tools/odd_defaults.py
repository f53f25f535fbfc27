"""The table of defaults: runs and seed where nothing is said, from Python and in the terminal."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import typer

import lockin_sim as ls
from lockin_sim.cli import app
from lockin_sim.conventions import RUNS, SEED

#: What each number of runs is for, and the command of a function that has another name.
KINDS = {
    "scenario": "one scenario",
    "comparison": "scenarios against a baseline",
    "visitors": "each policy of a page in the browser",
    "mechanisms": "mechanisms, links and advantages taken away",
    "calibration": "each point and each draw of a calibration",
    "votes": "ballots, and inputs swapped",
    "points": "each of many points or futures",
}
OTHER_NAMES = {"run": "simulate"}


def of_python() -> dict[str, dict[str, Any]]:
    """Defaults of runs and seed of every public function that has runs, by name."""
    found = {}
    for name in ls.__all__:
        value = getattr(ls, name)
        if inspect.isfunction(value) or dataclasses.is_dataclass(value):
            arguments = inspect.signature(value).parameters
            if "runs" in arguments:
                seed = arguments["seed"].default if "seed" in arguments else SEED  # among its options
                found[name] = {"runs": arguments["runs"].default, "seed": seed}
    return found


def of_terminal() -> dict[str, dict[str, Any]]:
    """The same of every command, by name."""
    commands: Any = typer.main.get_command(app)
    found = {}
    for name, command in commands.commands.items():
        options = {option.name: option.default for option in command.params}
        if "runs" in options:
            found[name] = {key: int(options[key]) for key in ("runs", "seed")}
    return found


def defaults() -> str:
    """Runs by what they are for, with the functions and commands that have that default."""
    functions, commands = of_python(), of_terminal()
    lines = ["| runs of | runs | in Python | in the terminal |", "| --- | --- | --- | --- |"]
    for kind, number in RUNS._asdict().items():
        mine = ", ".join(f"`{name}`" for name, given in sorted(functions.items()) if given["runs"] == number)
        theirs = ", ".join(f"`{name}`" for name, given in sorted(commands.items()) if given["runs"] == number)
        lines.append(f"| {KINDS[kind]} | {number} | {mine} | {theirs} |")
    return "\n".join([*lines, "", f"The seed is {SEED} everywhere."])
