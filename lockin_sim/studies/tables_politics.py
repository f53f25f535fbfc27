"""Results about sponsors and bodies as tables in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from lockin_sim.statistics import Estimate
from lockin_sim.studies.tables import effect_text
from lockin_sim.studies.terminal import titled
from lockin_sim.wording import number, signed
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Members shown of each body.
MOST = 5


def _table(title: str, caption: str, *columns: str) -> Table:
    """An empty table of the terminal with these columns."""
    table = titled(title, caption)
    for position, column in enumerate(columns):
        table.add_column(column, no_wrap=position == 0)
    return table


def audit_table(found: xr.Dataset) -> Table:
    """What the gap between two sponsors rests on, the largest part first; inputs that move nothing last."""
    one, other = (name_of("sponsor", found.attrs[which]) for which in ("one", "other"))
    gap = [100 * found["gap"].sel(measure=m).item() for m in found["measure"].values]
    caption = (
        f"Points of the gap that rest on the input [95 % interval], {found.attrs['runs']} paired runs. "
        f"{one} less {other} as it is: base {number(gap[0])}, standards {number(gap[1])}."
    )
    title = f"What does not swap: {one} and {other}, {found.attrs['last_year']}"
    table = _table(title, caption, "input", "base", "standards", "columns", "status")
    for name in found["input"].values:
        row = found.sel(input=name)
        parts = (
            Estimate(*(100 * row[v].sel(measure=m).item() for v in ("part", "part_low", "part_high")))
            for m in found["measure"].values
        )
        table.add_row(str(name), *map(effect_text, parts), row["columns"].item(), row["statuses"].item())
    return table


def coalition_tables(found: xr.Dataset) -> list[Table]:
    """Least coalitions and chances by body, and the members whose ballots decide most often."""
    about = found.attrs
    what, where = name_of("standard", about["family"]), name_of("domain", about["domain"])
    title = f"Proposals for {what} on {where}, {about['year']}"
    caption = (
        f"Means of {about['runs']} runs; given the base: members to win over, to turn away, and USD bn a "
        "year of networks to be bought. – : cannot be done in every run."
    )
    heads = ("body", "members", "pass", "block", "to win over", "to turn away", "money", "passes, %")
    least = _table(title, caption, *heads)
    changed = f"by {about['change']}, points" if about["change"] else ""
    if changed:
        least.add_column(changed)
    for body in map(str, found["body"].values):
        row = found.sel(body=body)
        name = name_of("body", body) + ("" if bool(row["mandate"]) else " (no mandate)")
        counts = (_count(row[v].item()) for v in ("least_pass", "least_block", "to_pass", "to_block"))
        others = (number(row["money"].item()), number(100 * row["passes"].item()))
        cells = [name, _count(row["members"].item()), *counts, *others]
        ends = (100 * row[f"passes_changed{end}"].item() for end in ("", "_low", "_high"))
        least.add_row(*cells, *([effect_text(Estimate(*ends))] if changed else []))
    return [least, _pivotal(found)]


def _count(mean: float) -> str:
    """A mean number of members, with a decimal where it is not the same in every run."""
    return number(mean, digits=0 if float(mean).is_integer() else 1)


def _pivotal(found: xr.Dataset) -> Table:
    """The members of each body whose ballots decide most often, and whom a change of vendor moves most."""
    caption = (
        "Chance in per cent that the member's ballot decides, given how likely all others are to say yes."
    )
    changes = bool(found.attrs["change"])
    table = _table(
        "Pivotal members", caption, "body", "most often", *(["moved most, points"] if changes else [])
    )
    codes = found["country"].values
    for body in map(str, found["body"].values):
        row = found.sel(body=body)
        cells = [_top(codes, 100 * row["pivotal"].values, number)]
        if changes:
            cells.append(_top(codes, 100 * row["pivotal_changed"].values, signed))
        table.add_row(name_of("body", body), *cells)
    return table


def _top(codes: np.ndarray, values: np.ndarray, written: Callable[[float], str]) -> str:
    """The members with the largest values, none of what is written as nothing."""
    sizes = np.abs(np.nan_to_num(values))
    order = np.argsort(-sizes, kind="stable")[:MOST]
    told = [(codes[k], written(float(values[k]))) for k in order if sizes[k] > 0]
    return ", ".join(f"{name_of('country', code)} {text}" for code, text in told if text != written(0.0))
