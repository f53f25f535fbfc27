"""How long the first answer takes in a new process, with what an earlier one has left, and without."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

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
