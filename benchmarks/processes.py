"""What processes have used: memory at most, and time of processors."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.timing import Contestant


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
