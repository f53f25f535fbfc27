"""What the model reproduces and what it misses, read from its description so that it is said once."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from lockin_sim.report.parts import Cell, Table
from lockin_sim.wording import joined, located, number, opening, signed, spoken
from lockin_sim.world.names import name_of, place, sellers

DESCRIPTION = "ODD.md"
_TABLE = r"<!-- generated: {} -->\n\|[^\n]*\n\|[^\n]*\n(.*?)\n(?:\n|<!--)"

#: Distance in points between reported and simulated from which a row is shown at once.
FAR = 8.0


#: What a share is counted in.
COUNTED = {
    "base": "part of what is installed",
    "sales": "part of sales",
    "revenue": "part of its revenue",
    "cables": "part of cables built",
    "km": "part of the length of cables",
    "landings": "part of landings",
}


#: What publishers count that the model, which counts by value, does not; how it is said.
OTHERWISE = {"card_transactions": "counted by transactions"}


class Recorded(NamedTuple):
    """A reported share beside the mean of runs of the baseline, per cent.

    otherwise  how it was counted, where the model counts something else: a miss says nothing then
    """

    domain: str
    where: str
    measure: str
    year: str
    vendor: str
    reported: float
    simulated: float
    otherwise: str = ""

    @property
    def off(self) -> float:
        """How many points the model is above what was reported."""
        return self.simulated - self.reported

    @property
    def title(self) -> str:
        """'Huawei, part of what is installed in Africa, 2019'."""
        said = f"{sellers(self.vendor)}, {self.counted} {located(place(self.where))}, {self.year}"
        return f"{said}, {self.otherwise}" if self.otherwise else said

    @property
    def counted(self) -> str:
        """'part of what is installed'."""
        return COUNTED.get(self.measure, spoken(self.measure))


@cache
def recorded() -> tuple[Recorded, ...]:
    """Every reported share that the description sets beside the model's."""
    return tuple(
        Recorded(domain, where, measure, year, vendor, float(reported), float(simulated), _otherwise(counted))
        for domain, where, measure, year, vendor, reported, simulated, counted in _rows("fit")
    )


def _otherwise(counted: str) -> str:
    """How a share was counted, where not as the model does; of a cell of the description."""
    return OTHERWISE.get(counted.partition(",")[0], "")


def missed() -> tuple[int, int]:
    """How many things that a history must show the baseline does not, and of how many."""
    held = [row[-1] for row in _rows("must_show")]
    return sum("no" in cell for cell in held), len(held)


def fit() -> str:
    """One sentence: how far the model is from all that was reported."""
    rows, (few, many) = recorded(), missed()
    far = sum(abs(row.off) for row in rows) / len(rows)
    return (
        f"The model reproduces {many - few} of {many} patterns of recorded history, and is off by "
        f"{number(far, 0)} points on average over {len(rows)} reported shares."
    )


def misfit() -> str:
    """The known miss that matters most, that of networks, after a semicolon."""
    worst = max((row for row in recorded() if row.domain == "mobile_network"), key=lambda row: abs(row.off))
    reported, simulated = (joined(number(share, 0), "%") for share in (worst.reported, worst.simulated))
    return (
        f"the model is known to miss the record in places: of mobile networks it gives "
        f"{sellers(worst.vendor)} {simulated} of {worst.counted.removeprefix('part of ')} "
        f"{located(place(worst.where))} in {worst.year}, where {reported} is reported"
    )


def implausible() -> dict[str, str]:
    """Domains in which the baseline is far from what was reported, and how far."""
    found = {}
    for domain in dict.fromkeys(row.domain for row in recorded()):
        offs = [abs(row.off) for row in recorded() if row.domain == domain and not row.otherwise]
        mean = sum(offs) / len(offs) if offs else 0.0
        if mean >= FAR:
            found[domain] = f"{number(mean, 0)} points off on average over {len(offs)} reported shares"
    return found


def record_table() -> Table:
    """Reported shares that the model is far from, the farthest first."""
    far = sorted((row for row in recorded() if abs(row.off) >= FAR), key=lambda row: -abs(row.off))
    rows = [
        (
            row.title,
            [
                Cell(opening(name_of("domain", row.domain))),
                *(Cell(f"{number(value, 0)}\N{NO-BREAK SPACE}%") for value in (row.reported, row.simulated)),
                Cell(signed(row.off, 0)),
            ],
        )
        for row in far
    ]
    return Table(
        caption=f"Reported shares that the baseline misses by {number(FAR, 0)} points or more",
        heads=("what", "technology", "reported", "simulated", "off, points"),
        rows=rows,
        note=f"The other {len(recorded()) - len(far)} of {len(recorded())} reported shares are nearer. All "
        "are in section 9 of the model's description, with their sources.",
    )


def _rows(name: str) -> list[list[str]]:
    """Cells of a generated table of the description."""
    text = (files("lockin_sim") / DESCRIPTION).read_text(encoding="utf-8")
    found = re.search(_TABLE.format(name), text, re.DOTALL)
    if found is None:
        raise LookupError(f"{DESCRIPTION} has no generated table {name}")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]
