"""The tables of docs/estimates.md: what is estimated, and what was tried beside it."""

from __future__ import annotations

from functools import cache

from odd_world import grid

from lockin_sim.evidence.estimate import Estimate
from lockin_sim.evidence.estimates import refitted
from lockin_sim.wording import number


@cache
def _rows() -> tuple[Estimate, ...]:
    """All estimates, fitted once."""
    return tuple(refitted())


def estimates() -> str:
    """Estimates of parameters, of what no single one stands for, and facts."""
    rows = [_whole(row) for row in _rows() if row.role in ("estimate", "fact")]
    heads = ("parameter or quantity", "estimate", "95 %", "n", "clusters")
    words = ("how", "tables", "what the record cannot tell")
    said = [("",) * len(heads) + ("",) * len(words), *rows]
    return grid((*heads, *words), map(_unrepeated, said, rows))


def _unrepeated(before: tuple[str, ...], row: tuple[str, ...]) -> tuple[str, ...]:
    """A row whose texts that are those of the row before it say so."""
    return (*row[:5], *("as above" if a == b else b for a, b in zip(before[5:], row[5:], strict=True)))


def estimate_checks() -> str:
    """What varies one choice, and in italics what should be zero, quantity by quantity."""
    by_quantity: dict[str, list[tuple[str, ...]]] = {}
    for row in (row for row in _rows() if row.role not in ("estimate", "fact")):
        quantity, _, variant = row.quantity.partition(": ")
        shown = f"*{variant}*" if row.role == "placebo" else variant
        numbers = number(row.value, 3), _interval(row), str(row.n), str(row.clusters)
        by_quantity.setdefault(quantity, []).append((shown, *numbers))
    cells = (
        ("" if k else quantity, *row) for quantity, rows in by_quantity.items() for k, row in enumerate(rows)
    )
    return grid(("what", "variant", "value", "95 %", "n", "clusters"), cells)


def _whole(row: Estimate) -> tuple[str, ...]:
    """A fitted parameter as a row, by its quantity where it is none of the model."""
    counts = str(row.n), str(row.clusters)
    fitted = number(row.value, 2), _interval(row), *counts
    name = f"`{row.parameter}`" if row.parameter else row.quantity
    return name, *fitted, row.method, row.tables, row.silent_on


def _interval(row: Estimate) -> str:
    """An interval in words, empty where undefined."""
    return "" if row.low != row.low else f"{number(row.low, 2)} to {number(row.high, 2)}"
