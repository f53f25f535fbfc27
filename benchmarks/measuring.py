"""What measurements share: turns, memory, the machine, tables, and files of results."""

from __future__ import annotations

import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from lockin_sim.runs.provenance import commit

#: Folder of the results where no other is named.
OUT = Path(__file__).parents[1] / "results" / "benchmarks"


def say(text: str) -> None:
    """What is measured now, on the error stream."""
    print(text, file=sys.stderr, flush=True)


def write(folder: Path, name: str, result: Mapping[str, Any], page: str) -> None:
    """A result as JSON and as a page, which is printed, too."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)


def turns[T](of: Sequence[T], number: int) -> Sequence[T]:
    """The order of a round: each begins with another, so that nobody always follows the same neighbour."""
    first = number % len(of)
    return [*of[first:], *of[:first]]


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


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A table, line by line."""
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
        *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows),
    ]


def cell(value: Any) -> str:
    """Numbers to three digits."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def about(machine: Mapping[str, str]) -> str:
    """The machine in a line."""
    return "; ".join(f"{name} {value}" for name, value in machine.items()) + "."
