"""The tables of docs/claims.md, from the numbers that `lockin claims` left."""

from __future__ import annotations

import csv
from pathlib import Path

from odd_world import grid

TABLE = Path(__file__).resolve().parent.parent / "results" / "claims" / "claims.csv"

#: Measures that the page shows; the file has more.
SHOWN = (
    "retention", "persistence", "cn2035_horizon", "cn2035_sensitive_horizon",
    "dependence_sensitive_CHN_horizon",
)  # fmt: skip
GROUPS = {
    "world": "world",
    "abroad": "outside China",
    "greenfield": "abroad, greenfield in 2010",
    "built_2010": "abroad, built by 2010",
}

type Row = dict[str, str]


def claims() -> str:
    """One table a measure: levels with everything on, and what changes with one mechanism off."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return "\n\n".join(_table([r for r in rows if r["measure"] == measure]) for measure in SHOWN)


def _table(rows: list[Row]) -> str:
    """A claim's switches by group as a table of Markdown."""
    switches = dict.fromkeys(r["switched_off"] for r in rows)
    cell = {(r["switched_off"], r["group"]): r for r in rows}
    any_switch = next(iter(switches))
    levels = [f"*{_percent(cell[any_switch, group]['full'], '.1f')}*" for group in GROUPS]
    lines = [
        ("*level with everything on, %*", *levels),
        *((switch, *(_effect(cell[switch, group]) for group in GROUPS)) for switch in switches),
    ]
    meaning = rows[0]["meaning"].replace("cn2035", "`cn2035`")
    head = f"### {meaning[:1].upper()}{meaning[1:]}"
    return f"{head}\n\n{grid(('switched off', *GROUPS.values()), lines)}"


def _effect(row: Row) -> str:
    """An effect with its interval, in per cent."""
    mean, low, high = (_percent(row[f"effect{end}"], "+.1f") for end in ("", "_low", "_high"))
    return f"{mean} [{low}, {high}]"


def _percent(value: str, form: str) -> str:
    """A share in per cent."""
    return f"{100 * float(value):{form}}".replace("-", "\N{MINUS SIGN}")
