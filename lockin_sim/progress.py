"""How far a long call is, as a bar, as one line, or as calls of a function."""

from __future__ import annotations

import sys
from collections.abc import Callable

#: Is called with the number of runs done.
type Progress = Callable[[int], None]


class reporting:
    """Progress as a bar on a terminal, as calls of a function, or not at all.

    what  says what is computed, on the error stream at the beginning where there is no terminal
    """

    def __init__(self, progress: bool | Progress, total: int, what: str = "") -> None:
        self._progress, self._total, self._what = progress, total, what

    def __enter__(self) -> Progress:
        if callable(self._progress):
            return self._progress
        if not self._progress:
            return lambda done: None
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        bar = Progress(*columns, transient=True)
        if not bar.console.is_terminal:
            if self._what:
                print(self._what, file=sys.stderr, flush=True)
            return lambda done: None
        self._bar = bar
        bar.start()
        task = bar.add_task("runs", total=self._total)
        return lambda done: bar.advance(task, done)

    def __exit__(self, *error: object) -> None:
        if hasattr(self, "_bar"):
            self._bar.stop()
