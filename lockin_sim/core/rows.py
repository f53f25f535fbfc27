"""Tender rows: this year's tenders of all runs, gathered from tables and scattered back.

Rows are kept slot-major in memory, ``(vendor, row)``, and shown to the rules as ``(row, vendor)``:
the rules stay as they are and numpy works along the long axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.world import World

type Index = NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """Where each tender row comes from: one (run, country, domain) cell a row, runs in order."""

    world: World
    runs: int
    cell: Index  # (row,), flat position in (run, country, domain)

    @cached_property
    def domain(self) -> Index:
        """Domain of each row."""
        return self.cell % len(self.world.domains)

    @cached_property
    def place(self) -> Index:
        """Flat position in (run, country) of each row."""
        return self.cell // len(self.world.domains)

    @cached_property
    def run(self) -> Index:
        """Run of each row."""
        return self.place // len(self.world.countries)

    @cached_property
    def country(self) -> Index:
        """Country of each row."""
        return self.place % len(self.world.countries)

    @cached_property
    def market(self) -> Index:
        """Flat position in (run, domain) of each row."""
        return self.run * len(self.world.domains) + self.domain

    @cached_property
    def by_domain(self) -> Index:
        """Flat position in (run, domain, country) of each row."""
        return self.market * len(self.world.countries) + self.country

    @cached_property
    def sponsor(self) -> Index:
        """Sponsor of each offer, the last index for none.  (vendor, row)."""
        return np.ascontiguousarray(self.world.slot_sponsor.T)[:, self.domain].astype(np.intp)

    @cached_property
    def place_sponsor(self) -> Index:
        """Flat position in (run, country, sponsor + 1) of each offer.  (vendor, row)."""
        return self.place * (len(self.world.sponsors) + 1) + self.sponsor

    @cached_property
    def cell_sponsor(self) -> Index:
        """Flat position in (run, country, domain, sponsor + 1) of each offer.  (vendor, row)."""
        return self.cell * (len(self.world.sponsors) + 1) + self.sponsor

    def take(self, table: NDArray, index: Index) -> NDArray:
        """Rows (row, vendor) of a table whose last axis is the vendor, at flat positions (row,)."""
        picked = table.reshape(-1, table.shape[-1]).take(index, axis=0)
        return np.ascontiguousarray(picked.T).T

    def pick(self, table: NDArray, index: Index) -> NDArray:
        """Rows (row, vendor) of a table at flat positions (vendor, row)."""
        return table.reshape(-1).take(index).T

    def put(self, table: NDArray, values: NDArray) -> None:
        """Write rows (row, vendor) to their cells of a (run, country, domain, vendor) table."""
        table.reshape(-1, table.shape[-1])[self.cell] = values

    def column(self, table: NDArray, index: Index) -> NDArray:
        """One number a row, (row, 1), of a table at flat positions (row,)."""
        return table.reshape(-1).take(index)[:, None]

    def total(self, index: Index, size: int, values: Floats) -> Floats:
        """Sum of one number a row over rows of equal index, in the order of rows.  (size,)."""
        return np.bincount(index, weights=values.reshape(-1), minlength=size)

    def total_by_slot(self, index: Index, size: int, values: Floats) -> Floats:
        """Sums of (row, vendor) over rows of equal index.  (size, vendor)."""
        return np.stack([np.bincount(index, weights=v, minlength=size) for v in values.T], axis=-1)
