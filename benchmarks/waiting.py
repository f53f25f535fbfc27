"""What people wait for, beside an earlier commit in the same rounds.

``python -m benchmarks.waiting --before COMMIT`` measures each task in a process of this checkout and in one
of the commit, in turns, and prints ratios of the processor time of all processes that a task starts.  A loop
of pure arithmetic in each round says how steady the machine was.  The table goes to
``results/benchmarks/waiting.md``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from benchmarks.measuring import machine, say, turns, write
from benchmarks.page import table

ROOT = Path(__file__).parents[1]

#: Code of each task, by what people wait for; ``ls`` is the package, ``points`` a design of 16 points,
#: ``policies`` all built-in ones, ``folder`` an empty one, and ``lockin`` the command.
TASKS = {
    "32 runs together, core": "ls.simulate(runs=32, seed=1)",
    "96 runs together, fast": "ls.simulate(runs=96, seed=1, engine='fast')",
    "one run at a time, fast": "[ls.simulate(runs=[run], seed=1, engine='fast') for run in range(8)]",
    "evaluate, all outcomes in two years": "fast(lambda: ls.evaluate(points, runs=8, seed=1))",
    "compare one policy, 32 runs": "fast(lambda: ls.compare('open_ran', runs=32, workers=1))",
    "compare all policies, 16 runs": "fast(lambda: ls.compare(policies, runs=16, workers=1))",
    "lockin compare --out, 2 runs": "lockin('compare', '--runs', '2', '--engine', 'fast', '--out', folder)",
    "compile everything": "lockin_cold('simulate', '--runs', '1', '--engine', 'fast')",
    "arithmetic": "sum(i * i for i in range(3_000_000))",
}

#: What a process of either package does: each line is code, and it answers with the processor time of it.
_PROCESS = """
import json, os, subprocess, sys, tempfile, warnings
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

values = ls.design.sobol({"switching_cost": (0, 10), "network_weight": (0, 8)}, n=16, seed=1)
points = {name: values.values[name] for name in values.names}
policies = [name for name in ls.scenarios() if name != "baseline"]
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

    def cpu(self, code: str) -> float:
        """Processor seconds of a piece of code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"the package of {self.folder} cannot do: {code}")
        return float(json.loads(line))

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def measure(packages: list[Package], tasks: dict[str, str], rounds: int) -> dict[str, list[list[float]]]:
    """Processor seconds of each task: by package, one a round after one that does not count."""
    found: dict[str, list[list[float]]] = {name: [[] for _ in packages] for name in tasks}
    for number in range(-1, rounds):
        for name, code in tasks.items():
            if number < 0 and "everything" in name:
                continue
            say(f"round {number + 1} of {rounds}: {name}" if number >= 0 else f"warming up: {name}")
            for place in turns(range(len(packages)), max(number, 0)):
                seconds = packages[place].cpu(code)
                if number >= 0:
                    found[name][place].append(seconds)
    return found


def page(found: dict[str, list[list[float]]], before: str) -> str:
    """The table: seconds now, before, and the ratio by rounds."""
    rows = []
    for name, (now, then) in found.items():
        ratios = sorted(a / b for a, b in zip(now, then, strict=True))
        middle = statistics.median(ratios)
        rows.append(
            [name, f"{statistics.median(now):.2f}", f"{statistics.median(then):.2f}",
             f"{middle:.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}"]
        )  # fmt: skip
    head = ["What people wait for", "processor time, s", f"at {before}, s", "ratio, median", "range"]
    return "\n".join(["# What people wait for", "", *table(head, rows), ""])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__)
    parser.add_argument("--before", required=True, metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="tasks with these words in their names")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "benchmarks")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        packed = subprocess.run(
            ["git", "archive", "--format=tar", chosen.before], cwd=ROOT, stdout=subprocess.PIPE, check=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        packages = [stack.enter_context(Package(place)) for place in (ROOT, folder)]
        tasks = {name: code for name, code in TASKS.items() if chosen.only in name}
        found = measure(packages, tasks, chosen.rounds)
    text = page(found, chosen.before)
    write(chosen.out, "waiting", {"machine": machine(), "tasks": found}, text)


if __name__ == "__main__":
    main()
