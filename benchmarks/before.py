"""An earlier commit of this package on its own model, measured in turn with this one.

Its files are taken from git into a temporary folder, and a process that imports them there waits for work.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.measuring import Contestant, high_water
from benchmarks.page import OF_BEFORE

#: The checkout that knows the commit, and where these modules are.
ROOT = BENCHMARKS = Path(__file__).parents[1]

#: What is taken from the commit.
TAKEN = ("lockin_sim", "experiments")

#: What the process does: each line is a piece of code, whose ``answer`` it sends back with its CPU seconds.
#: Modules of the benchmarks are there for it, too.
_WAITING = """
import json, sys, time
sys.path = [sys.argv[1], *sys.path, sys.argv[2]]  # the package as it was first
import lockin_sim as ls
for line in sys.stdin:
    names, began = {"ls": ls, "answer": None}, time.process_time()
    exec(json.loads(line), names)
    print(json.dumps([time.process_time() - began, names["answer"]]), flush=True)
"""

_TOGETHER = "ls.simulate(runs={runs}, seed=1, years=(2010, {last}))"
_ALONE = "for run in range({runs}): ls.simulate(runs=[run], seed=1, years=(2010, {last}))"


class Before:
    """A process with the package as it was; use it as a context.

    commit  as git knows it
    """

    def __init__(self, commit: str) -> None:
        self.commit = commit

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        packed = subprocess.run(
            ["git", "archive", "--format=tar", self.commit, *self._there()],
            cwd=ROOT, stdout=subprocess.PIPE, check=True,
        ).stdout  # fmt: skip
        subprocess.run(["tar", "-x", "-C", self._folder.name], input=packed, check=True)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WAITING, self._folder.name, str(BENCHMARKS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self._folder.name,
        )  # fmt: skip
        return self

    def _there(self) -> list[str]:
        """What of ``TAKEN`` the commit has."""
        listed = subprocess.run(
            ["git", "ls-tree", "--name-only", self.commit],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return [name for name in TAKEN if name in listed.stdout.split()]

    @property
    def names(self) -> tuple[str, str]:
        """What its runs are called, together and one at a time."""
        together = f"{self.commit} {OF_BEFORE}"
        return together, f"{together}, one run at a time"

    def contestants(self, runs: int, alone: int, last: int) -> list[Contestant]:
        """Some runs together, and some one at a time, of the baseline up to a year."""
        together, single = self.names
        return [
            Contestant(together, runs, lambda: self.do(_TOGETHER.format(runs=runs, last=last))[0]),
            Contestant(single, alone, lambda: self.do(_ALONE.format(runs=alone, last=last))[0]),
        ]

    @property
    def peak_memory(self) -> float:
        """Most megabytes that its process has held."""
        return high_water(self._process.pid)

    def do(self, code: str) -> tuple[float, Any]:
        """CPU seconds of a piece of code, which knows the package as ``ls``, and what it calls ``answer``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the package of {self.commit} cannot be run here")
        seconds, answer = json.loads(line)
        return seconds, answer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()
