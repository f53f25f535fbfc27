"""What a sweep says while it runs: a bar with rate and time left on a terminal, one line at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from lockin_sim.store import Layout


def size_line(where: str, layout: Layout) -> str:
    """How much will be computed and written."""
    size, runs = layout.bytes, layout.points * layout.runs
    (years,) = layout.coordinates["year"][1].shape
    text = f"{size / 1e6:,.1f} MB" if size > 1e6 else f"{size / 1e3:,.1f} kB"
    return (
        f"{where}: {layout.points:,} points x {layout.runs} runs = {runs:,} runs; "
        f"{len(layout.variables)} outcomes in {years} years, {text}"
    )


class Report:
    """Runs done, failed and left, with the rate of this session.

    total     runs of the sweep
    before    runs that were in the store;  bad  those of them that failed and stay so
    progress  True shows a bar on a terminal and the closing line anywhere, on the error stream; a function
              is called with the number of runs done since the last call
    """

    def __init__(
        self, total: int, before: int, progress: bool | Callable[[int], None], where: str, bad: int = 0
    ) -> None:
        self.total, self.before, self.where, self.bad = total, before, where, bad
        self.done = self.failed = 0
        self._progress = progress
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if self._progress is True and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
                TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[failed]}"),
            )  # fmt: skip
            self._bar = Progress(
                *columns, transient=True, console=Console(stderr=True), speed_estimate_period=300
            )
            self._bar.start()
            self._task = self._bar.add_task(
                "runs", total=self.total, completed=self.before, rate="", failed=""
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def add(self, done: int, failed: int) -> None:
        """Some more runs are in the store."""
        self.done += done
        self.failed += failed
        if callable(self._progress) and not isinstance(self._progress, bool):
            self._progress(done)
        if self._bar is not None:
            failures = f"{self.failed} failed" if self.failed else ""
            self._bar.update(self._task, advance=done, rate=f"{self.rate:.3g} runs/s", failed=failures)

    @property
    def rate(self) -> float:
        """Runs a second in this session."""
        return self.done / max(time.monotonic() - self._began, 1e-9)

    def line(self) -> str:
        """The line that closes a sweep."""
        there = self.before + self.done
        parts = [f"{there:,} of {self.total:,} runs"]
        if self.before:
            bad = f", {self.bad:,} of them failed (--retry computes those again)" if self.bad else ""
            parts.append(f"{self.before:,} were there{bad}")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        seconds = time.monotonic() - self._began
        parts.append(
            f"{self.done:,} in {seconds:.1f} s, {self.rate:.3g} a second" if self.done else "nothing to do"
        )
        return f"{self.where}: {'; '.join(parts)}"

    def close(self) -> None:
        """Say the closing line."""
        if self._bar is not None:
            self._bar.stop()
        if self._progress is True:
            print(self.line(), file=sys.stderr)
