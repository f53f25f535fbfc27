"""Tender rows: this year's tenders of all runs, gathered from tables and added up again.

Rows are stored along memory, ``(vendor, row)``, and shown to the rules as ``(row, vendor)``.  Tables come
as ``(run, domain, country, ...)`` with their countries contiguous, so that gathering is one ``take``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats
from lockin_sim.metrics import group_total
from lockin_sim.world import World

type Index = NDArray[np.integer]


@dataclass(frozen=True)
class Rows:
    """Where each tender row comes from: one (run, domain, country) cell a row, in that order."""

    world: World
    runs: int
    cell: Index  # (row,), flat position in (run, domain, country)

    @cached_property
    def market(self) -> Index:
        """Flat position in (run, domain) of each row."""
        return self.cell // len(self.world.countries)

    @cached_property
    def country(self) -> Index:
        """Country of each row."""
        return self.cell - self.market * len(self.world.countries)

    @cached_property
    def run(self) -> Index:
        """Run of each row."""
        return self.market // len(self.world.domains)

    @cached_property
    def domain(self) -> Index:
        """Domain of each row."""
        return self.market - self.run * len(self.world.domains)

    @cached_property
    def known_cell(self) -> Index:
        """Flat position in (domain, country) of each row, for tables without runs."""
        return self.cell - self.run * (len(self.world.domains) * len(self.world.countries))

    @cached_property
    def offer(self) -> Index:
        """Flat position in (run, domain, vendor, country) of each offer.  (vendor, row)."""
        countries, _, vendors = self.world.shape
        return self.market * ((vendors - 1) * countries) + self.cell + countries * np.arange(vendors)[:, None]

    @cached_property
    def sponsor(self) -> Index:
        """Sponsor of each offer, the last index for none.  (vendor, row)."""
        return self.world.slot_sponsor.T.take(self.domain, axis=1)

    @cached_property
    def sponsor_offer(self) -> Index:
        """Flat position in (run, domain, sponsor + 1, country) of each offer's sponsor.  (vendor, row)."""
        countries, sponsors = len(self.world.countries), len(self.world.sponsors)
        before = (countries * self.world.slot_sponsor.T).take(self.domain, axis=1)
        before += self.market * (sponsors * countries) + self.cell
        return before

    @cached_property
    def first(self) -> Index:
        """First row of each market that has any.  (market,)."""
        return np.flatnonzero(np.diff(self.market, prepend=-1))

    def offers(self, table: NDArray) -> NDArray:
        """Rows (row, vendor) of a table (run, domain, country, vendor)."""
        return np.swapaxes(table, -1, -2).reshape(-1).take(self.offer).T

    def by_sponsor(self, table: NDArray) -> NDArray:
        """Rows (row, vendor) of a table (run, domain, country, sponsor + 1), by the offer's sponsor."""
        return np.swapaxes(table, -1, -2).reshape(-1).take(self.sponsor_offer).T

    def by_audience(self, table: NDArray) -> NDArray:
        """Rows (row, vendor) of a table (run, domain, audience, vendor), by the country's audience."""
        *_, audiences, vendors = table.shape
        audience, _ = self.world.audience
        place = self.market * (vendors * audiences) + audience.take(self.country)
        place = place + audiences * np.arange(vendors)[:, None]
        return np.swapaxes(table, -1, -2).reshape(-1).take(place).T

    def of_cells(self, table: NDArray, index: Index) -> NDArray:
        """One number a row, (row, 1), of a table at flat positions (row,)."""
        return table.reshape(-1).take(index)[:, None]

    @staticmethod
    def slot(winner: Bools) -> Index:
        """The slot that won each row, 0 where none did; winner (row, vendor), one-hot.  (row,)."""
        places = np.arange(winner.shape[-1], dtype=np.int16)[:, None]
        return (winner.T * places).sum(axis=0, dtype=np.int16).astype(np.intp)

    def of_slot(self, values: NDArray, slot: Index) -> NDArray:
        """The value in one slot of each row, (row, vendor) to (row, 1)."""
        stored = values.T
        return stored.reshape(-1).take(slot * stored.shape[1] + np.arange(len(slot)))[:, None]

    def put(self, table: NDArray, values: NDArray) -> None:
        """Write rows (row, vendor) to a table (run, domain, country, vendor), countries contiguous."""
        np.swapaxes(table, -1, -2).reshape(-1, copy=False)[self.offer] = values.T

    def put_cells(self, table: NDArray, values: NDArray) -> None:
        """Write one number a row, (row,), to a table (run, domain, country), countries contiguous."""
        table.reshape(-1, copy=False)[self.cell] = values

    def spread(self, values: Floats) -> Floats:
        """Rows (row, column) at their places, zeros elsewhere.  (run, country, domain, column)."""
        countries, domains, _ = self.world.shape
        columns = values.shape[-1]
        table = np.zeros((columns, self.runs * domains * countries), dtype=values.dtype)
        table[:, self.cell] = values.T
        return table.reshape(columns, self.runs, domains, countries).transpose(1, 3, 2, 0)

    def totals(self, values: Floats, groups: Bools) -> Floats:
        """Sums of rows (row, column) over the countries of each group, for every market.

        groups  (group, country, domain), the world first
        Returns (run, group, domain, column).
        """
        domains, columns = len(self.world.domains), values.shape[-1]
        total = np.zeros((self.runs * domains, columns), dtype=values.dtype)
        if self.first.size:
            total[self.market[self.first]] = np.add.reduceat(values.T, self.first, axis=1).T
        world = total.reshape(self.runs, 1, domains, columns)
        if len(groups) == 1:
            return world
        return np.concatenate([world, group_total(groups[1:], self.spread(values))], axis=1)
