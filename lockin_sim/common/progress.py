"""Report the progress of a long call: a bar, a line a minute without a terminal, or calls of a function."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from typing import Any, Self

from lockin_sim.common.extras import import_optional

#: Called with the number of runs just done.
type Progress = Callable[[int], None]

#: Seconds between lines without a terminal.
EVERY = 60.0


class reporting:
    """Report runs done, failed and left; call it with numbers of runs just done and failed.

    progress  True shows a bar on a terminal or in a notebook, and elsewhere writes a line a minute with the
              time left; a function is called with the number of runs done; False shows nothing.  Inside
              another report with a bar no second one appears
    total     number of runs
    before    runs done before
    bad       runs that failed before
    unit      "runs", or what else is counted
    what      describes the job, on the error stream at the start if there is no terminal
    closing   beginning of a final line; "" = no such line
    """

    _bars = 0  # visible now

    def __init__(
        self,
        progress: bool | Progress,
        total: int,
        what: str = "",
        *,
        before: int = 0,
        bad: int = 0,
        closing: str = "",
        unit: str = "runs",
    ) -> None:
        self.total, self.before, self.bad, self.closing, self.unit = total, before, bad, closing, unit
        self.done = self.failed = 0
        self._progress, self._what, self._began = progress, what, time.monotonic()
        self._bar: Any = None
        self._reported = self._began

    def __enter__(self) -> Self:
        if self._progress is True and watched():
            self._bar = (_CellBar if in_notebook() else _TerminalBar)(self.total, self.before, self.unit)
            reporting._bars += 1
        elif self._progress is True and self._what:
            print(self._what, file=sys.stderr, flush=True)
        return self

    def __call__(self, done: int, failed: int = 0) -> None:
        self.done += done
        self.failed += failed
        if callable(self._progress):
            self._progress(done)
        if self._bar is not None:
            failures = f"{self.failed} failed" if self.failed else ""
            self._bar.advance(done, f"{self.rate:.3g} {self.unit}/s", failures)
        elif (
            self._progress is True
            and time.monotonic() - self._reported >= EVERY
            and self.before + self.done < self.total
        ):
            self._reported = time.monotonic()
            print(self.underway(), file=sys.stderr, flush=True)

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            reporting._bars -= 1
            self._bar.stop()
        if self._progress is True and self.closing:
            print(self.line(), file=sys.stderr)

    @property
    def rate(self) -> float:
        """Runs per second."""
        return self.done / max(time.monotonic() - self._began, 1e-9)

    def underway(self) -> str:
        """Compose the line of a minute: runs done, and the time left at the same rate."""
        done = self.before + self.done
        left = (self.total - done) / self.rate if self.rate else float("inf")
        failed = f", {self.failed:,} failed" if self.failed else ""
        share = f"{100 * done / self.total:.0f} %" if self.total else "100 %"
        return f"{done:,} of {self.total:,} {self.unit} ({share}){failed}; about {_duration(left)} left"

    def line(self) -> str:
        """Compose the closing line."""
        parts = [f"{self.before + self.done:,} of {self.total:,} {self.unit}"]
        if self.before:
            bad = f", {self.bad:,} of them failed (repeat them with --retry)" if self.bad else ""
            parts.append(f"{self.before:,} done before{bad}")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        seconds = time.monotonic() - self._began
        if self.done:
            parts.append(f"{self.done:,} in {seconds:.1f} s, {self.rate:.3g} a second")
        elif self.before == self.total:
            parts.append("nothing to do")
        return f"{self.closing}: {'; '.join(parts)}"


def in_notebook() -> bool:
    """Whether this is a notebook's kernel, whose cells show HTML although its error stream is no terminal."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def watched() -> bool:
    """Whether a bar would be visible: on a terminal or in a notebook, not in workers or within another."""
    if multiprocessing.parent_process() is not None or reporting._bars:
        return False
    return in_notebook() or sys.stderr.isatty()


def _duration(seconds: float) -> str:
    """Format a time in minutes, or in hours and minutes."""
    if not seconds < 1e7:
        return "an unknown time"
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


class _TerminalBar:
    """Progress bar on the error stream with rate, time left and failures."""

    def __init__(self, total: int, before: int, unit: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn("{task.fields[failed]}"),
        )
        console = Console(stderr=True)
        self._bar = Progress(*columns, transient=True, console=console, speed_estimate_period=300)
        self._bar.start()
        self._task = self._bar.add_task(unit, total=total, completed=before, rate="", failed="")

    def advance(self, done: int, rate: str, failed: str) -> None:
        """Advance the bar by some runs."""
        self._bar.update(self._task, advance=done, rate=rate, failed=failed)

    def stop(self) -> None:
        """Remove the bar."""
        self._bar.stop()


class _CellBar:
    """Progress bar in HTML below a notebook's cell, without widgets, removed at the end."""

    #: Seconds between updates.
    PAUSE = 0.2

    def __init__(self, total: int, before: int, unit: str) -> None:
        shown = import_optional("IPython.display", "progress")
        self._html: Any = shown.HTML
        self._total, self._before, self._unit, self._done = total, before, unit, 0
        self._began = self._shown = time.monotonic()
        self._output: Any = shown.display(shown.HTML(self._picture("", "")), display_id=True)

    def advance(self, done: int, rate: str, failed: str) -> None:
        """Advance the bar by some runs; the display is updated a few times a second."""
        self._done += done
        if time.monotonic() - self._shown >= self.PAUSE:
            self._shown = time.monotonic()
            self._output.update(self._html(self._picture(rate, failed)))

    def stop(self) -> None:
        """Remove the bar."""
        self._output.update(self._html(""))

    def _picture(self, rate: str, failed: str) -> str:
        """Render the bar with what is done, failed and left."""
        here = self._before + self._done
        parts = [f"{here:,} of {self._total:,} {self._unit}", rate, failed]
        if self._done:
            seconds = (time.monotonic() - self._began) / self._done * (self._total - here)
            parts.insert(2, f"{int(seconds) // 60}:{int(seconds) % 60:02} left")
        text = ", ".join(filter(None, parts))
        return f'<progress value="{here}" max="{self._total}"></progress> {text}'
