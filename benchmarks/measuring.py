"""What measurements share: contestants in turn, processes, memory, the machine, and files of results."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_info

from lockin_sim.runs.provenance import commit

#: Folder of the results where no other is named.
OUT = Path(__file__).parents[1] / "results" / "benchmarks"


def asked(
    module: str,
    about: str | None,
    arguments: Sequence[str] | None,
    *,
    takes: str,
    rounds: int,
    quick_rounds: int,
) -> argparse.Namespace:
    """The arguments ``quick``, ``rounds`` and ``out`` of a command whose contestants take turns.

    takes         how long a quick pass takes, in words
    rounds        where no number is given;  quick_rounds  of a quick pass
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--quick", action="store_true", help=f"a rough pass in {takes}")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help=f"rounds; {rounds}, or {quick_rounds} if quick"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    chosen = parser.parse_args(arguments)
    chosen.rounds = chosen.rounds or (quick_rounds if chosen.quick else rounds)
    return chosen


def say(text: str) -> None:
    """What is measured now, on the error stream."""
    print(text, file=sys.stderr, flush=True)


def write(folder: Path, name: str, result: Mapping[str, Any], page: str) -> None:
    """A result as JSON and as a page, which is printed, too."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)


class Contestant(NamedTuple):
    """Something to measure.

    name  says what it is
    runs  simulation runs of one call
    work  does them; returns the CPU seconds that other processes spent on it, 0 if there are none
    """

    name: str
    runs: int
    work: Callable[[], float]


class Times(NamedTuple):
    """Seconds of one contestant, one number a round."""

    runs: int
    cpu: list[float]
    wall: list[float]

    @property
    def cpu_per_run(self) -> float:
        """Median."""
        return statistics.median(self.cpu) / self.runs

    @property
    def wall_per_run(self) -> float:
        """Median."""
        return statistics.median(self.wall) / self.runs


def turns[T](of: Sequence[T], number: int) -> Sequence[T]:
    """The order of a round: each begins with another, so that nobody always follows the same neighbour."""
    first = number % len(of)
    return [*of[first:], *of[:first]]


def measured(contestants: Sequence[Contestant], rounds: int) -> dict[str, Times]:
    """Times of each contestant by name: one call that does not count, then one in every round."""
    times = {c.name: Times(c.runs, [], []) for c in contestants}
    for contestant in contestants:
        say(f"warming up: {contestant.name}")
        contestant.work()
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for contestant in turns(contestants, number):
            cpu, wall = time.process_time(), time.perf_counter()
            elsewhere = contestant.work()
            times[contestant.name].wall.append(time.perf_counter() - wall)
            times[contestant.name].cpu.append(time.process_time() - cpu + elsewhere)
    return times


def ratios(one: Times, other: Times, of: str = "cpu") -> list[float]:
    """Cost of a run of one in that of the other, round by round, so that drift cancels.  of: cpu or wall."""
    pairs = zip(getattr(one, of), getattr(other, of), strict=True)
    return [(a / one.runs) / (b / other.runs) for a, b in pairs]


def machine() -> dict[str, str]:
    """What the speed depends on, in words by name."""
    blas = {f"{b['internal_api']} {b['version']}" for b in threadpool_info() if b["user_api"] == "blas"}
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "BLAS": ", ".join(sorted(blas)),
        **{name: _version(name) for name in ("scipy", "mesa", "numba", "lockin-sim")},
        "commit": commit()[:7] or "unknown",
    }


def _processor() -> str:
    """Its model, as the system calls it."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    """The version of a library."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def high_water(process: int | None = None) -> float:
    """Most megabytes that a process, or this one, has held at a time; 0 for another one that is gone.

    Linux counts it anew for each program; what other systems tell of another process is 0.
    """
    status = Path(f"/proc/{process or 'self'}/status")
    try:
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    if process is not None:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def of_children() -> float:
    """The same of the processes that this one has started, the largest."""
    return max((high_water(child.pid) for child in multiprocessing.active_children()), default=0.0)


def processor_seconds() -> float:
    """CPU seconds of this process, and of those that it has started and that are there, where Linux tells."""
    spent = time.process_time()
    for child in multiprocessing.active_children():
        try:
            told = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        user, system = told.rpartition(")")[2].split()[11:13]  # utime and stime of proc(5)
        spent += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def peak_memory(
    names: Sequence[str], contestants: Callable[[], Sequence[Contestant]], end: Callable[[], None]
) -> Iterator[float]:
    """Most megabytes of a process that does one contestant's work alone, for each of them.

    contestants  a function of a module that makes them all
    end          ends the processes that they started
    """
    for name in names:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield pool.submit(_peak, name, contestants, end).result()


def _peak(name: str, contestants: Callable[[], Sequence[Contestant]], end: Callable[[], None]) -> float:
    """Most megabytes of one contestant, in this process and those it started."""
    next(c for c in contestants() if c.name == name).work()
    try:
        return max(high_water(), of_children())
    finally:
        end()


#: What is asked: one run of the baseline.
_ASKED = "import lockin_sim as ls; ls.simulate(runs=1, seed=1, years=(2010, {last}), engine={engine!r})"


def first_answers(engines: Sequence[str], last: int, rounds: int) -> dict[str, list[float]]:
    """Seconds until a new process has simulated one run, by engine; of a compiled one with and without cache.

    engines  of :func:`lockin_sim.simulate`;  last  year of the run
    rounds   of processes; what is compiled is compiled in the first of each round
    """
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for engine in engines:
            with tempfile.TemporaryDirectory() as folder:
                kinds = ("cold", "cached") if engine == "fast" else ("",)
                for kind in kinds:
                    name = f"{engine}, {kind}" if kind else engine
                    found.setdefault(name, []).append(_seconds(engine, last, Path(folder)))
    return found


def _seconds(engine: str, last: int, cache: Path) -> float:
    """Wall time of a process that answers once; what it compiles is kept in a folder."""
    where = os.environ | {"LOCKIN_CACHE": str(cache)}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _ASKED.format(last=last, engine=engine)], env=where, check=True)
    return time.perf_counter() - began
