"""An earlier commit of this package on its own model, measured in turn with this one.

Its files are taken from git into a temporary folder, and a process that imports them there waits for work.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.memory import high_water
from benchmarks.timing import Contestant

ROOT = Path(__file__).parents[1]

#: What the process does: it answers each line, of runs, last year and whether one at a time, by CPU seconds.
_WAITING = """
import sys, time
import lockin_sim as ls
for line in sys.stdin:
    runs, last, alone = (int(word) for word in line.split())
    began = time.process_time()
    for some in [[run] for run in range(runs)] if alone else [runs]:
        ls.simulate(runs=some, seed=1, years=(2010, last))
    print(time.process_time() - began, flush=True)
"""


class Before:
    """A process with the package as it was; use it as a context.

    commit  as git knows it
    """

    def __init__(self, commit: str) -> None:
        self.commit = commit

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        packed = subprocess.run(
            ["git", "archive", "--format=tar", self.commit, "lockin_sim"],
            cwd=ROOT, stdout=subprocess.PIPE, check=True,
        ).stdout  # fmt: skip
        subprocess.run(["tar", "-x", "-C", self._folder.name], input=packed, check=True)
        # the interpreter puts the folder in which it begins first on its path
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {self._folder.name!r})\n{_WAITING}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self._folder.name,
        )  # fmt: skip
        return self

    @property
    def names(self) -> tuple[str, str]:
        """What its runs are called, together and one at a time."""
        return f"{self.commit} on its own model", f"{self.commit} on its own model, one run at a time"

    def contestants(self, runs: int, alone: int, last: int) -> list[Contestant]:
        """Some runs together, and some one at a time."""
        together, single = self.names
        return [
            Contestant(together, runs, lambda: self.run(runs, last, alone=False)),
            Contestant(single, alone, lambda: self.run(alone, last, alone=True)),
        ]

    @property
    def peak_memory(self) -> float:
        """Most megabytes that its process has held."""
        return high_water(self._process.pid)

    def run(self, runs: int, last: int, *, alone: bool) -> float:
        """CPU seconds of some runs of the baseline up to a year, together or one at a time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{runs} {last} {int(alone)}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the package of {self.commit} cannot be run here")
        return float(answer)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()
