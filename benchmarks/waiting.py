"""What people wait for, beside an earlier commit in the same rounds.

``python -m benchmarks`` measures each task in a process of this checkout and in one of the earlier commit, in
turns, and writes ratios of the processor time of all processes that a task starts.  A loop of pure arithmetic
in each round says how steady the machine was.  Results go to ``results/benchmarks/waiting.*``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Self

from benchmarks.measuring import OUT, about, machine, say, table, turns, write
from benchmarks.stages import by_stage

ROOT = Path(__file__).parents[1]

#: The commit that all is compared with, runs of which stages are timed, and where these are found.
BEFORE, STAGED, NAME = "94bdee67", 64, "waiting"


class Task(NamedTuple):
    """Something that people wait for.

    code   of it: ``ls`` is the package, and what else it names stands in ``_PROCESS``
    new    whether the earlier commit cannot do it
    parts  how many such parts the whole has, by which seconds are multiplied
    once   whether one round must do
    warm   whether it is done once before it counts
    """

    code: str
    new: bool = False
    parts: int = 1
    once: bool = False
    warm: bool = False


#: Each task by what people wait for, what they wait for most often first.
TASKS = {
    "make run: lockin lead with its page, 64 draws": Task(
        "lockin('lead', '--out', folder)", new=True, once=True
    ),
    "lockin compare, six policies, 16 runs": Task("compared(*policies, runs=16)"),
    "lockin compare, one policy, 4 runs": Task("compared('eu_coordinated', runs=4)"),
    "lockin exit": Task("lockin('exit', *kenya, '--engine', 'fast', '--out', folder)"),
    "lockin country, 64 draws": Task("lockin('country', 'KEN', '--out', folder)", new=True, once=True),
    "the app, from a moved slider to its numbers": Task("move(1)", warm=True),
    "the app, 32 runs of a policy": Task("move(32)", warm=True),
    "a sweep of 100,000 runs": Task("sweep(points=50)", parts=250, once=True),
    "compare one policy, 32 runs": Task("fast(lambda: ls.compare('open_ran', runs=32, workers=1))"),
    "96 runs together, fast": Task("ls.simulate(runs=96, seed=1, engine='fast')", warm=True),
    "32 runs together, core": Task("ls.simulate(runs=32, seed=1)", warm=True),
    "1 run, agents": Task("ls.simulate(runs=1, seed=1, engine='mesa')", once=True),
    "compile everything": Task(
        "lockin_cold('run', 'baseline', '--runs', '1', '--engine', 'fast')", once=True
    ),
    "8 runs to 2020 of 1,990 economies, fast": Task("economies(10, runs=8)", warm=True, once=True),
    "arithmetic": Task("sum(i * i for i in range(3_000_000))"),
}

#: What two processes do at the same time.
ABREAST = {name: TASKS[name].code for name in ("96 runs together, fast", "arithmetic")}

#: What a process of either package does: each line is code, and it answers with the processor time of it.
_PROCESS = """
import dataclasses, inspect, itertools, json, os, pathlib, subprocess, sys, tempfile, warnings
from functools import cache
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
import lockin_sim as ls

def spent():
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system

def fast(work):
    with ls.running(engine="fast"):
        return work()

def lockin(*words, **more):
    code = "import sys; from lockin_sim.cli import main; sys.exit(main(sys.argv[1:]))"
    subprocess.run([sys.executable, "-c", code, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": sys.argv[1]} | more)

def lockin_cold(*words):
    with tempfile.TemporaryDirectory() as cache:
        lockin(*words, LOCKIN_CACHE=cache)

kenya = ["KEN"] if "runs" in inspect.signature(ls.exit_plan).parameters else ["--country", "KEN"]

@cache
def visit():  # a page that is open
    from lockin_sim.app.session import Desk, Session
    from lockin_sim.app.workers import Turns
    turns, fields = Turns(99), {field.name for field in dataclasses.fields(Desk)}
    return turns, Session(Desk(turns, **({"engine": "fast"} if "engine" in fields else {})))

moves = itertools.count()

def move(runs):  # a slider of it, until so many runs have arrived
    turns, session = visit()
    policy, end = ls.load_scenario("open_ran"), 2048 - next(moves)
    levers = tuple(use.model_copy(update={"to": end}) for use in policy.levers)
    session.compare([policy.model_copy(update={"levers": levers})])
    while session.compared.runs < runs:
        unit = turns.take()[1]
        work = getattr(unit.work, "done", unit.work)  # the earlier commit has objects
        unit.inbox.put((unit.key, work(None)))
        session.collect()
    session.studies()

def sweep(points):
    whole = ls.load_experiment("experiments/09_hundred_thousand_runs/experiment.toml")
    part = dataclasses.replace(whole, design=whole.design.rows(range(points)))
    fast(lambda: part.sweep(pathlib.Path(folder) / "sweep", workers=1))

def economies(copies, runs):
    from benchmarks import large_worlds
    ls.simulate(world=large_worlds.repeated(copies), runs=runs, seed=1, years=(2010, 2020), engine="fast")

def compared(*names, runs):
    lockin("compare", *names, "--runs", str(runs), "--engine", "fast", "--out", folder)

policies = ["eu_coordinated", "cs2035_push", "no_state_support", "gdpr", "us_pressure", "eu_champions"]
ls.simulate(runs=1, seed=1, engine="fast")  # compiled before anything is measured
for line in sys.stdin:
    with tempfile.TemporaryDirectory() as folder:
        began = spent()
        exec(json.loads(line))
        print(json.dumps(spent() - began), flush=True)
"""


class Package:
    """A process with the package of a folder; use it as a context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip
        return self

    def begin(self, code: str) -> None:
        """Let it do a piece of code."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()

    def end(self) -> float:
        """Processor seconds of what it does, once it is done."""
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"the package of {self.folder} cannot do what it is asked")
        return float(json.loads(line))

    def cpu(self, code: str) -> float:
        """Processor seconds of a piece of code."""
        self.begin(code)
        return self.end()

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def measure(
    packages: Sequence[Package], tasks: Mapping[str, Task], rounds: int
) -> dict[str, list[list[float]]]:
    """Processor seconds of the whole of each task: by package, now and before, one a round."""
    found: dict[str, list[list[float]]] = {name: [[] for _ in packages] for name in tasks}
    for number in range(-1, rounds):
        for name, task in tasks.items():
            if not task.warm if number < 0 else task.once and number:
                continue
            say(f"round {number + 1} of {rounds}: {name}" if number >= 0 else f"warming up: {name}")
            for place in turns(range(1 if task.new else len(packages)), max(number, 0)):
                seconds = packages[place].cpu(task.code)
                if number >= 0:
                    found[name][place].append(seconds * task.parts)
    return found


def abreast(packages: Sequence[Package], rounds: int) -> dict[str, list[float]]:
    """Processor time of each of two processes at work at once, in that of one alone, one a round."""
    found: dict[str, list[float]] = {name: [] for name in ABREAST}
    for _ in range(rounds):
        for name, code in ABREAST.items():
            alone = statistics.mean(package.cpu(code) for package in packages)
            for package in packages:
                package.begin(code)
            found[name].append(statistics.mean([package.end() for package in packages]) / alone)
    return found


PAGE = """\
# What people wait for

Made by `make bench`: processor time of all processes that a task starts, beside that of commit {before} in
the same rounds, so that a machine that others use slows both alike. Medians; the range is that of the ratios.
Of a sweep a part is measured and scaled up. What compiles is compiled before, but where it says so.

{tasks}

Beside a second process at work a simulation takes {simulated:.2f} times its processor time alone, and a loop
of pure arithmetic {arithmetic:.2f} times: that loop is what two processors of this machine are worth.

## Where the time of a run goes

Processor time by stage of the year, {staged} runs together.

{stages}

Machine: {machine}
"""


def ratios_of(found: Mapping[str, Sequence[Sequence[float]]], before: str) -> str:
    """Processor time of each task as a table, beside that of the earlier commit."""
    rows = []
    for name, (now, then) in found.items():
        seconds = [f"{statistics.median(each):,.3g}" for each in (now, then) if each]
        if not then:
            rows.append([name, *seconds, "", "", "new"])
            continue
        ratios = sorted(a / b for a, b in zip(now, then, strict=True))
        ends = f"{ratios[0]:.2f} to {ratios[-1]:.2f}" if len(ratios) > 1 else "one round"
        rows.append([name, *seconds, f"{statistics.median(ratios):.2f}", ends])
    head = ["what people wait for", "seconds", f"at {before}", "ratio", "range"]
    return "\n".join(table(head, rows))


def page(result: Mapping[str, Any]) -> str:
    """The whole result as a page."""
    engines = list(result["stages"])
    stages = [[name, *(1e3 * result["stages"][e][name] / STAGED for e in engines)]
              for name in result["stages"][engines[0]]]  # fmt: skip
    beside = {name: statistics.median(found) for name, found in result["abreast"].items()}
    simulated, arithmetic = (beside[name] for name in ABREAST)
    return PAGE.format(
        before=result["before"], tasks=ratios_of(result["tasks"], result["before"]), simulated=simulated,
        arithmetic=arithmetic, staged=STAGED, machine=about(result["machine"]),
        stages="\n".join(table(["stage", *(f"{engine}, ms a run" for engine in engines)], stages)),
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="tasks with these words in their names, printed alone")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    chosen = parser.parse_args(arguments)
    tasks = {name: task for name, task in TASKS.items() if chosen.only in name}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        packed = subprocess.run(
            ["git", "archive", "--format=tar", chosen.before], cwd=ROOT, stdout=subprocess.PIPE, check=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        packages = [stack.enter_context(Package(place)) for place in (ROOT, folder)]
        found = measure(packages, tasks, chosen.rounds)
        if chosen.only:
            print(ratios_of(found, chosen.before))
            return
        second = stack.enter_context(Package(ROOT))
        beside = abreast([packages[0], second], chosen.rounds)
    result = {
        "machine": machine(), "before": chosen.before, "tasks": found, "abreast": beside,
        "stages": {engine: by_stage(STAGED, (2010, 2050), engine) for engine in ("fast", "core")},
    }  # fmt: skip
    write(chosen.out, NAME, result, page(result))
