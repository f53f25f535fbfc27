"""First movers: what is left of three kinds of head start abroad, and what lock-in saves after a shock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import lockin_sim as ls
from lockin_sim.results import write_csv

from .figures import by_group, left_of_leads, loss
from .setting import (
    DELAY,
    DOMAINS,
    FULL,
    GROUPS,
    NOBODYS_HOME,
    OF_DOMAINS,
    REDUCED,
    SEED,
    SHARE,
    SHOCK,
    UNTIL,
    WITH,
    WITHOUT,
    Size,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SEED", "stored", "study"]

EFFECT = ("effect", "effect_low", "effect_high", "left", "left_low", "left_high")
RESPONSE = ("share", "loss", "loss_low", "loss_high", "loss_part", "loss_part_low", "loss_part_high", "stay")


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of the three first movers, by sponsor, and of the response to a shock; their figures."""
    size = REDUCED if reduced else FULL
    moved = {"CHN": movers("CHN", size, GROUPS, size.mechanisms, workers)}
    for sponsor in size.others:
        moved[sponsor] = movers(sponsor, size, NOBODYS_HOME, (WITH, WITHOUT), workers)
    axes = ("mover", "mechanism", "group", "domain", "year")
    head = ("sponsor", *axes, *EFFECT, "pairs_used")
    rows = (row for sponsor, ds in moved.items() for row in _mover_rows(sponsor, ds, axes, size.read))
    write_csv(folder / "movers.csv", head, rows)
    answer = ls.response(
        "CHN", share=SHARE, shock=SHOCK, groups=GROUPS, domains=DOMAINS, mechanisms=size.mechanisms,
        runs=size.runs, seed=SEED, years=size.years, workers=workers,
    )  # fmt: skip
    axes = ("mechanism", "group", "domain", "year")
    rows = _rows(answer, axes, (*RESPONSE, "loss_pairs_used"), size.read)
    write_csv(folder / "response.csv", (*axes, *RESPONSE, "pairs_used"), rows)
    for name, figure in {
        "first_movers": left_of_leads(moved["CHN"]),
        "by_group": by_group(moved["CHN"], answer),
        "after_a_shock": loss(answer),
    }.items():
        ls.plots.save(figure, folder / f"{name}.png")


def stored(table: str, row: dict[str, str]) -> bool:
    """All years of the domains together, and of a single domain those that the answer speaks of."""
    return row.get("domain", "all") == "all" or int(row["year"]) in OF_DOMAINS


def movers(
    sponsor: str, size: Size, groups: Sequence[str], mechanisms: Sequence[str], workers: int | None
) -> xr.Dataset:
    """The three first movers of one sponsor."""
    return ls.first_movers(
        sponsor, share=SHARE, until=UNTIL, delay=DELAY, groups=groups, domains=DOMAINS, mechanisms=mechanisms,
        runs=size.runs, seed=SEED, years=size.years, workers=workers,
    )  # fmt: skip


def _mover_rows(
    sponsor: str, ds: xr.Dataset, axes: Sequence[str], read: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """Rows of one sponsor; only China's vendors have a price advantage that could end."""
    kept = ds if sponsor == "CHN" else ds.drop_sel(mover="window")
    for row in _rows(kept, axes, (*EFFECT, "pairs_used"), read):
        yield (sponsor, *row)


def _rows(
    ds: xr.Dataset, axes: Sequence[str], names: Sequence[str], read: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """One row a combination of labels, in the years that are read."""
    part = ds.sel(year=list(read))
    values = [part[name].transpose(*axes).values for name in names]
    labels = [part[axis].values for axis in axes]
    for at in np.ndindex(values[0].shape):
        yield (*(label[k] for label, k in zip(labels, at, strict=True)), *(v[at] for v in values))
