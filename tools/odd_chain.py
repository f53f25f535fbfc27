"""The chain from first mover to standard in the README: two years side by side, as experiment 10 found it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from lockin_sim.statistics import Estimate
from lockin_sim.studies.variants import CORNERS
from lockin_sim.wording import number, opening, signed, span
from lockin_sim.world.names import place

RESULTS = Path(__file__).parents[1] / "results" / "10_the_chain"

#: Years that are told, where, and groups of markets that are named.
YEARS, ABROAD = (2035, 2050), "abroad"
GROUPS = ("Africa", "income:low", "south_and_south_east_asia")

#: The model as declared, and with all estimated parameters drawn from their ranges; all others are built
#: otherwise.
DECLARED, DRAWN = "default", "drawn"


@cache
def _table(name: str, *keys: str) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows of a table by some columns."""
    with (RESULTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def _lead(quantity: str, year: int, where: str = ABROAD, alternative: str = DECLARED) -> dict[str, str]:
    """What the lead does, a row of the table of effects."""
    rows = _table("effects", "alternative", "change", "quantity", "place", "year")
    return rows[alternative, "lead", quantity, where, str(year)]


def _points(row: dict[str, str], stem: str = "effect") -> Estimate[float]:
    """A quantity in percentage points, with the ends of its interval."""
    return Estimate(*(100 * float(row[f"{stem}{end}"]) for end in ("", "_low", "_high")))


def _moved(quantity: str, year: int) -> str:
    """'+5.2 (4.8 to 5.6)'."""
    effect = _points(_lead(quantity, year))
    return f"{signed(effect.mean, 1)} ({span(effect.low, effect.high, 1)})"


def _through(part: str, year: int) -> float:
    """Points of reach abroad that are gone without a part of the chain."""
    rows = _table("through", "alternative", "part", "quantity", "place", "year")
    return _points(rows[DECLARED, part, "reach", ABROAD, str(year)], "through").mean


def _direct(year: int) -> str:
    """What comes with the equipment: what is left without agenda and votes, or without bodies."""
    whole = _points(_lead("reach", year)).mean
    without = whole - _through("agenda", year) - _through("votes", year)
    return span(*sorted((without, whole - _through("bodies", year))), 1)


def _others() -> list[str]:
    """Other ways to build the model, corners apart."""
    return sorted(_followed() - {DECLARED, DRAWN, *CORNERS})


def _followed() -> set[str]:
    """Alternatives that the chain was followed under."""
    return {alternative for (alternative,) in _table("effects", "alternative")}


def _otherwise(year: int) -> str:
    """Between which ends their means lie."""
    means = [_points(_lead("reach", year, alternative=name)).mean for name in _others()]
    return span(min(means), max(means), 1)


def _drawn(year: int) -> str:
    """Where nine in ten single runs lie with estimated parameters drawn."""
    row = _lead("reach", year, alternative=DRAWN)
    return span(*(100 * float(row[f"effect_{end}"]) for end in ("q05", "q95")), 1)


def chain() -> str:
    """Whether, where, how far and how sure: a table of both years, and what it is about."""
    said = (RESULTS / "answer.txt").read_text(encoding="utf-8")
    (lead,) = {*re.findall(r"^Whether: (had .*?), their part", said, re.MULTILINE)}
    rows: list[tuple[str, Callable[[int], str]]] = [
        ("Chinese part of these networks", lambda year: _moved("base", year)),
        ("**reach of Chinese standards in the equipment there**", lambda year: _moved("reach", year)),
        ("of it because agendas follow sales", lambda year: number(_through("agenda", year), 1)),
        (
            "of it because votes follow a state's own networks",
            lambda year: number(_through("votes", year), 2),
        ),
        ("of it with the equipment itself (the parts overlap a little)", _direct),
        *((f"reach in {place(group)}", _reach_in(group)) for group in GROUPS),
        (f"reach under {len(_others())} other ways to build the model", _otherwise),
        *(
            (f"reach with {CORNERS[name].title}", _reach_under(name))
            for name in CORNERS
            if name in _followed()
        ),
        ("reach with estimated parameters drawn, nine in ten single runs", _drawn),
    ]
    lines = [("what would be higher, in points", *map(str, YEARS)), ("---", *["---:"] * len(YEARS))]
    lines += [(what, *(told(year) for year in YEARS)) for what, told in rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    levels = " and ".join(f"{100 * float(_lead('reach', year)['level']):.0f} %" for year in YEARS)
    return (
        f"{opening(lead)}:\n\n{table}\n\n"
        f"Without the lead that reach is {levels}. All rows but the last {_apart()} are at the declared "
        "values,\nand the 95 % intervals in brackets are of luck alone."
    )


def _apart() -> str:
    """How many rows are not at the declared values: other ways to build the model, corners, draws."""
    return ("two", "three", "four")[len(_followed() & CORNERS.keys())]


def _reach_under(alternative: str) -> Callable[[int], str]:
    """Points of reach abroad under an alternative, by year."""
    return lambda year: signed(_points(_lead("reach", year, alternative=alternative)).mean, 1)


def _reach_in(group: str) -> Callable[[int], str]:
    """Points of reach in a group of markets, by year."""
    return lambda year: signed(_points(_lead("reach", year, group)).mean, 1)
