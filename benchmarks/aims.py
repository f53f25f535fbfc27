"""What was aimed at, and whether it is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks.findings import OF_BEFORE, of_bound, on_two
from benchmarks.table import cell


class Aim(NamedTuple):
    """Something that was aimed at.

    what    is meant
    wanted  the most of it that will do, or with ``more`` the least
    unit    of that
    where   keys of the result that lead to the number
    """

    what: str
    wanted: float
    unit: str
    more: bool
    where: tuple[str, ...]

    def line(self, result: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
        """What is wanted, what was found, and whether that will do; None if it was not measured."""
        found: Any = result
        for key in self.where:
            if key not in found:
                return None
            found = found[key]
        wanted = f"{'at least' if self.more else 'at most'} {cell(self.wanted)}{self.unit}"
        met = found >= self.wanted if self.more else found <= self.wanted
        return self.what, wanted, f"{cell(float(found))}{self.unit}", "yes" if met else "no"


def _alone(engine: str) -> tuple[str, ...]:
    """Where the cost of a run alone is found."""
    return "contestants", f"{engine}, one run at a time", "cpu_ms_per_run"


def aims(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """A line of each aim that was measured."""
    before = [name for name in result["comparisons"] if OF_BEFORE in name]
    two = on_two("fast", "processes")
    known = [
        Aim("core, one run alone", 60, " ms", False, _alone("core")),
        Aim("core, many runs together", 20, " ms a run", False, ("contestants", "core", "cpu_ms_per_run")),
        *(Aim(name, 2, "", True, ("comparisons", name, "median")) for name in before[:1]),
        Aim("fast, one run alone", 15, " ms", False, _alone("fast")),
        Aim(of_bound("fast"), 0.45, "", True, ("comparisons", of_bound("fast"), "median")),
        Aim(two, 1.85, "", True, ("comparisons", two, "median")),
        Aim("fast, first answer, compiler cached", 3, " s", False, ("starts", "fast, cached", "median")),
        Aim("fast, first answer, compiler cold", 40, " s", False, ("starts", "fast, cold", "median")),
    ]  # fmt: skip
    return (line for aim in known if (line := aim.line(result)))
