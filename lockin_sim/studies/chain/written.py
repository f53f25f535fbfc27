"""The chain as tables: in files and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from lockin_sim.reader import estimate
from lockin_sim.results.tables import write_csv
from lockin_sim.studies.terminal import titled
from lockin_sim.wording import UNDEFINED, opening, signed
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Variables with an interval, and the file that each goes to.
TABLES = {"effect": "effects.csv", "through": "through.csv", "per_unit": "links.csv"}

#: What is read of a lead region by region, and the file that it goes to.
REGIONS, BY_REGION = ("economies", "base", "reach"), "by_region.csv"


def write_chain(found: xr.Dataset, folder: Path, years: Sequence[int]) -> None:
    """The effects of every change, what passes through every cut, and every link per unit, in some years.

    found  of :func:`lockin_sim.chain`, or of :func:`lockin_sim.ledger`, which has effects alone
    """
    for name, file in TABLES.items():
        if name in found:
            write_csv(folder / file, *_table(found, name, years))
    if "link" in found.dims:
        write_csv(folder / BY_REGION, *_table(by_region(found), "effect", years))


def by_region(found: xr.Dataset, alternative: str | None = None) -> xr.Dataset:
    """What the lead moves in every group of markets: base, by market size and by economy, and reach.

    alternative  None = the first
    """
    chosen = str(found["alternative"].values[0]) if alternative is None else alternative
    groups = found.isel(place=slice(0, _bodies(found)))
    return groups.sel(alternative=chosen, change="lead", quantity=list(REGIONS))


def _table(found: xr.Dataset, name: str, years: Sequence[int]) -> tuple[list[str], Iterator[list[Any]]]:
    """Head and rows of one variable; rows of places that a quantity or link does not have are left out."""
    shown = found.sel(year=list(years))
    axes = [str(axis) for axis in shown[name].dims]
    pairs = "pairs_used" if name == "effect" else f"{name}_pairs_used"
    names = [
        n for n in (name, f"{name}_low", f"{name}_high", f"{name}_q05", f"{name}_q95", pairs) if n in shown
    ]
    if name == "effect" and "level" in shown:
        names.insert(0, "level")
    values = [shown[n].broadcast_like(shown[name]).transpose(*axes).values for n in names]
    labels = [shown[axis].values.tolist() for axis in axes]
    rows = (
        [*(labels[k][at] for k, at in enumerate(place)), *(v[place] for v in values)]
        for place in np.ndindex(*shown[name].shape)
        if values[names.index(pairs)][place] > 0
    )
    return [*axes, *names], rows


def chain_table(found: xr.Dataset, year: int, groups: Sequence[str], alternative: str) -> Table:
    """What the lead moves, quantity by quantity, in some groups; bodies all together."""
    table = _framed(
        f"What a lead moves by {year}, percentage points", f"{found.attrs['runs']} paired runs.", "quantity"
    )
    bodies = str(found["place"].values[_bodies(found)])
    titles = {str(p): str(t) for p, t in zip(found["place"].values, found["place_label"].values, strict=True)}
    for group in groups:
        table.add_column(f"{titles[group]} [95 % interval]", justify="right")
    for name, title in zip(found["quantity"].values, found["quantity_label"].values, strict=True):
        cells = []
        for group in groups:
            at: dict[str, Any] = {"alternative": alternative, "change": "lead"}
            at |= {"quantity": str(name), "year": year}
            here = estimate(found, 100.0, **at, place=group)
            if not np.isfinite(here.mean) and group == groups[0]:
                here = estimate(found, 100.0, **at, place=bodies)
            cells.append(_text(here.mean, here.low, here.high, 1))
        table.add_row(opening(str(title)), *cells)
    return table


def links_table(found: xr.Dataset, year: int, place: str, alternative: str) -> Table:
    """Every link per unit of what stands before it."""
    table = _framed(f"Links of the chain in {year}, per unit", f"{found.attrs['runs']} paired runs.", "link")
    table.add_column("effect of one unit [95 % interval]", justify="right")
    bodies = str(found["place"].values[_bodies(found)])
    for name, title in zip(found["link"].values, found["link_label"].values, strict=True):
        at: dict[str, Any] = {"alternative": alternative, "link": str(name), "year": year}
        here = estimate(found, 1.0, "per_unit", **at, place=place)
        if not np.isfinite(here.mean):
            here = estimate(found, 1.0, "per_unit", **at, place=bodies)
        table.add_row(opening(str(title)), _text(here.mean, here.low, here.high, 2))
    return table


def ledger_table(found: xr.Dataset, year: int) -> Table:
    """What one more network is worth, one row an economy, in hundredths of a point."""
    table = _framed(
        f"One more network won in {found.attrs['won']}: what differs in {year}, hundredths of a point",
        f"Mean over the runs in which it was not theirs already, of {found.attrs['runs']}; 95 % intervals.",
        "economy",
    )
    shown = ("yes", "status", "compliance", "reach")
    titles = dict(
        zip(found["quantity"].values.tolist(), found["quantity_label"].values.tolist(), strict=True)
    )
    for name in shown:
        table.add_column(titles[name], justify="right")
    groups, bodies = str(found["place"].values[0]), str(found["place"].values[_bodies(found)])
    for country in found["country"].values:
        cells = []
        for name in shown:
            at: dict[str, Any] = {"country": str(country), "quantity": name, "year": year}
            here = estimate(found, 1e4, **at, place=groups)
            if not np.isfinite(here.mean):
                here = estimate(found, 1e4, **at, place=bodies)
            cells.append(_text(here.mean, here.low, here.high, 1))
        table.add_row(name_of("country", country), *cells)
    return table


def _bodies(found: xr.Dataset) -> int:
    """Position of all bodies together among the places."""
    return int(found.attrs["groups"])


def _framed(title: str, caption: str, first: str) -> Table:
    """An empty table of the terminal with its first column."""
    table = titled(title, caption)
    table.add_column(first)
    return table


def _text(mean: float, low: float, high: float, digits: int) -> str:
    """A mean with its interval, a dash where it is undefined."""
    if not np.isfinite(mean):
        return UNDEFINED
    return f"{signed(mean, digits)} [{signed(low, digits)}, {signed(high, digits)}]"
