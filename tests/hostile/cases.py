"""What a hostile input is, and how one is made of a scenario, an experiment, a design or a world."""

import resource
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import lockin_sim as ls

ROOT = Path(__file__).parents[2]
#: The smaller of the two worlds.
WORLD = ROOT / "experiments" / "gsm_and_cdma" / "world"
#: Options that keep a run short.
SHORT = ["--runs", "1", "--years", "2010-2011", "--workers", "1"]
SWEEP = ["sweep", "e.toml", "--out", "s.zarr", "--workers", "1"]

#: Seconds after which a call hangs, and megabytes that it may add to the memory of this process.
PATIENCE, MEMORY = 60, 400


class Hangs(BaseException):
    """No error that a call could catch."""


@contextmanager
def patience():
    """Raise Hangs after a while."""

    def ring(*_):
        raise Hangs

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def peak():
    """Most memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Hostile(NamedTuple):
    """What is given to the command line in an empty folder."""

    name: str
    command: list[str]
    files: dict[str, bytes | Callable[[Path], None]]
    refused: bool  # surely; False where it may be valid


SCENARIO = {
    "name": '"mine"', "question": '"q?"', "source": '"s"', "based_on": '"baseline"',
    "parameters.switching_cost": "4.0", "levers.lever": '"export_finance"', "levers.target": '"CHN"',
    "levers.from": "2010", "levers.to": "2011", "levers.envelope": "9.0", "levers.tied": "true",
}  # fmt: skip

EXPERIMENT = {
    "name": '"e"', "question": '"q"', "expectation": '"x"', "scenario": '"baseline"',
    "outcomes": '["switching_pull"]',
    "years": "[2011]", "runs": "1", "seed": "1", "record": "[]", "parameters.noise_scale": "1.0",
    "design.method": '"grid"', "design.columns.switching_cost": "{ values = [1.0] }",
    "design.columns.'export_finance[CHN].envelope@2010'": "[1.0]",
}  # fmt: skip


def scenario_file(changed, extra=""):
    """A scenario with some values changed."""
    values = SCENARIO | changed
    lines = [f"{k} = {v}" for k, v in values.items() if "." not in k]
    lines += [
        extra,
        "[parameters]",
        *(f"{k[11:]} = {v}" for k, v in values.items() if k.startswith("parameters.")),
    ]
    lines += ["[[levers]]", *(f"{k[7:]} = {v}" for k, v in values.items() if k.startswith("levers."))]
    return "\n".join(lines) + "\n"


def experiment_file(changed, extra=""):
    """An experiment with some values changed."""
    return "\n".join([*(f"{k} = {v}" for k, v in (EXPERIMENT | changed).items()), extra]) + "\n"


def scenario(name, content, *, refused=False):
    """A run of one scenario file."""
    return Hostile(f"scenario: {name}", ["run", "mine.toml", *SHORT], {"mine.toml": content}, refused)


def experiment(name, content, *, refused=False):
    """A sweep of one experiment file."""
    return Hostile(f"experiment: {name}", SWEEP, {"e.toml": content}, refused)


def design(name, content, *, refused=False):
    """A sweep of the points of a CSV file."""
    lines = {k: v for k, v in EXPERIMENT.items() if not k.startswith("design.")}
    lines |= {"design.method": '"file"', "design.path": '"points.csv"'}
    text = "\n".join(f"{k} = {v}" for k, v in lines.items())
    return Hostile(f"design: {name}", SWEEP, {"e.toml": text.encode(), "points.csv": content}, refused)


def of_world(name, changed, *, refused=False):
    """A run in a copy of the smaller world with some files changed."""
    command = ["run", "baseline", "--world", "w", "--runs", "1", "--workers", "1", "--years", "1990-1991"]
    return Hostile(f"world: {name}", command, {f"w/{file}": c for file, c in changed.items()}, refused)


@cache
def store():
    """The files of a store of two points."""
    with tempfile.TemporaryDirectory() as folder:
        ls.sweep(
            ls.design.table({"switching_cost": [0.0, 1.0]}), out=f"{folder}/s.zarr",
            scenario=ls.Scenario.none(),
            outcomes=("switching_pull",), years=(1, 2), runs=1, workers=1, unit=1, world=ls.toy_world(4),
        )  # fmt: skip
        place = Path(folder)
        return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def prepare(case, folder):
    """Put the files of a case into an empty folder."""
    if any(file.startswith("w/") for file in case.files):
        shutil.copytree(WORLD, folder / "w")
    for file, content in case.files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content(path)
