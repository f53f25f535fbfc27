"""What the numbers rest on: values of tables by status, and parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from lockin_sim.parameters import Declaration, declarations, parameter_title
from lockin_sim.report.parts import Cell, Table
from lockin_sim.wording import UNDEFINED, listed, number, spoken
from lockin_sim.world.status import STATUSES, status_counts

NORMALISED, OFF, ESTIMATED = "normalisation", "off", "estimated"


def parameter_status(declared: Declaration) -> str:
    """From its source: estimated, assumed, or one of two that need no evidence, off and a choice of scale."""
    start = declared.source.split(":")[0].strip()
    return start if start in (NORMALISED, OFF, ESTIMATED) else "assumed"


def facts() -> Table:
    """Values of the tables by status, and the columns in which assumed ones are."""
    counts = status_counts()
    rows = [(spoken(name), _table_row(columns)) for name, columns in counts.items()]
    total = sum((c for columns in counts.values() for c in columns.values()), Counter[str]())
    rows.append(("all", [*_numbers(total), Cell("")]))
    share = [f"{100 * total[s] / total.total():.0f} % {s}" for s in STATUSES]
    return Table(
        caption=f"The facts the model reads: of {number(total.total(), 0)} values {listed(share)}",
        heads=("table", *STATUSES, "columns with assumed values"),
        rows=rows,
        words=True,
        note="Values are counted, not weighed: most being measured says little where an assumed one matters.",
    )


def _table_row(columns: Mapping[str, Counter[str]]) -> list[Cell]:
    """A table's counts, and which of its columns are assumed."""
    total = sum(columns.values(), Counter[str]())
    assumed = [spoken(name) for name, count in columns.items() if count["assumed"]]
    return [*_numbers(total), Cell(", ".join(assumed) or UNDEFINED)]


def _numbers(count: Counter[str]) -> list[Cell]:
    """How many figures have each status."""
    return [Cell(number(count[s], 0)) for s in STATUSES]


def parameters(given: Mapping[str, Any]) -> Table:
    """Every parameter with its value, range and status.  given: values that are not the default, by name."""
    declared = declarations().values()
    statuses = Counter(map(parameter_status, declared))
    rows = [
        (
            d.title,
            [
                Cell(_value(given.get(d.name, d.default)), d.unit if d.unit != "1" else ""),
                Cell(f"{d.range[0]:g} to {d.range[1]:g}"),
                Cell(parameter_status(d)),
                Cell(d.doc, d.source),
            ],
        )
        for d in declared
    ]
    said = listed([f"{count} {status}" for status, count in statuses.most_common()])
    return Table(
        caption=f"The model's {len(rows)} parameters: {said}; none is measured",
        heads=("parameter", "value", "range tried", "status", "meaning, and why this value"),
        rows=rows,
        words=True,
        note=f"{_changed(given)} What is assumed or estimated was calibrated, and futures draw it.",
    )


def _value(value: Any) -> str:
    """A parameter's value in words."""
    return f"{value:g}" if isinstance(value, int | float) else "differs by run"


def _changed(given: Mapping[str, Any]) -> str:
    """Which values are no defaults."""
    if not given:
        return "All values are the defaults."
    return f"All values are the defaults but for {listed([parameter_title(name) for name in given])}."
