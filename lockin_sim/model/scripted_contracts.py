"""Scripted contracts: parts of the first year given to some vendors, lots taken over, luck.

Facts of a world say so, none of them on record; :mod:`lockin_sim.comparisons.variants` makes such worlds.

lead    (domain, country, vendor), part of what is there that each vendor is given, whoever had it; rows sum
        to 1 at most.  Of users and landings it is that part; each lot goes to a vendor with that chance
takeovers  lots that go to a vendor at the end of a year, see :class:`Takeovers`
handovers  what users have, or landings, that go to a vendor at the end of a year, see :class:`Handovers`
recorded  the world as it is on record, whose constants of the first year hold
seed_of   seed of a named shock in a year, see :class:`.Draws`: some shocks the same, some new
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import NEVER, Floats, Integers
from lockin_sim.common.draws import Draws
from lockin_sim.world import World


def lots_given(world: World, draws: Draws, slots: Integers) -> Integers:
    """Incumbents of lots, some of them given to those who lead; what is not built stays so.  (run, lot)."""
    lead, lots = world.facts.get("lead"), world.lots
    if lead is None:
        return slots
    luck = draws.of_country("lead")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    given = slots_drawn(world, lead[lots.domain, lots.country], draws.uniform(mine, np.zeros(1, np.uint64)))
    return np.where((slots >= 0) & (given >= 0), given, slots)


def slots_drawn(world: World, shares: Floats, shock: Floats) -> Integers:
    """Slots of the vendors in whose part of each lot a shock falls, -1 for none.  (run, lot).

    Parts lie side by side, the largest first and equal ones in the order of the vendors' labels, so that no
    luck depends on the order of rows.

    shares  (lot, vendor) or (run, lot, vendor), which sum to 1 at most;  shock  (run, lot), uniform
    """
    labels = np.array([*world.vendors, ""])[world.slot_vendor]
    by_label = labels.argsort(axis=-1, kind="stable").argsort(axis=-1)[world.lots.domain]  # (lot, vendor)
    order = np.lexsort((np.broadcast_to(by_label, shares.shape), -shares), axis=-1)
    upto = np.cumsum(np.take_along_axis(shares, order, axis=-1), axis=-1)
    place = (shock[..., None] >= upto).sum(axis=-1)[..., None]

    # from the place in that order to the slot
    last = shares.shape[-1] - 1
    order = np.broadcast_to(order, (*place.shape[:-1], last + 1))
    slot = np.take_along_axis(order, np.minimum(place, last), axis=-1)
    result: Integers = np.where(place <= last, slot, -1)[..., 0]
    return result


class Takeovers(NamedTuple):
    """Lots that go to a vendor at the end of a year, whoever won them: their contracts run on with their
    dates, and nothing is sold.  One row each."""

    year: Integers  # (row,)
    lot: Integers  # (row,)
    slot: Integers  # (row,), of the vendor; or (run, row), where element r belongs to run r

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int]]) -> Takeovers:
        """Those of some rows of year, lot and slot."""
        return cls(*np.array([*rows], dtype=int).reshape(-1, 3).T)

    def after(self, before: Takeovers) -> Takeovers:
        """Earlier takeovers, then these."""
        runs = np.broadcast_shapes(before.slot.shape[:-1], self.slot.shape[:-1])
        slots = (np.broadcast_to(each.slot, (*runs, len(each.lot))) for each in (before, self))
        year, lot = (np.concatenate(pair) for pair in zip(before[:2], self[:2], strict=True))
        return Takeovers(year, lot, np.concatenate([*slots], axis=-1))


def with_takeovers(world: World, takeovers: Takeovers) -> World:
    """The world in which some lots are taken over, which beats what is on record of them later."""
    before, record = world.facts.get("takeovers"), world.contracts
    if before is not None:
        takeovers = takeovers.after(before)
    until = np.full(len(world.lots), NEVER)  # when each lot is first taken over
    np.minimum.at(until, takeovers.lot, takeovers.year)
    facts = {"recorded": world} | world.facts | {"takeovers": takeovers}
    return replace(world, contracts=record.until(until), facts=facts)


def taken_over(world: World, year: int, runs: Sequence[int] | Integers) -> tuple[Integers, Integers]:
    """Lots that are taken over at the end of a year, (row,), and the slots that have them then in some runs,
    (run, row)."""
    rows = world.facts.get("takeovers")
    if rows is None:
        return np.empty(0, dtype=int), np.empty((len(runs), 0), dtype=int)
    now = rows.year == year
    slot = rows.slot[..., now]
    slot = slot[np.asarray(runs)] if slot.ndim == 2 else np.broadcast_to(slot, (len(runs), len(slot)))
    return rows.lot[now], np.ascontiguousarray(slot)


class Handovers(NamedTuple):
    """Economies in which all that users have in a domain, or all that has landed, goes to a vendor at the end
    of a year: it is replaced as usual, and nothing is sold.  One row each."""

    year: Integers  # (row,)
    domain: Integers  # (row,)
    country: Integers  # (row,)
    slot: Integers  # (run, row), of the vendor; element r belongs to run r


def with_handovers(world: World, handovers: Handovers) -> World:
    """The world in which some economies' users or landings go to a vendor."""
    return replace(world, facts={"recorded": world} | world.facts | {"handovers": handovers})


def handed_over(
    world: World, year: int, runs: Sequence[int] | Integers
) -> tuple[Integers, Integers, Integers] | None:
    """Domain and country of what is handed over at the end of a year, (row,) each, and the slots that have it
    then in some runs, (run, row); None where nothing is."""
    rows = world.facts.get("handovers")
    if rows is None or not (now := rows.year == year).any():
        return None
    return rows.domain[now], rows.country[now], rows.slot[np.asarray(runs)][:, now]


def all_of_one(shares: Floats, slot: Integers) -> Floats:
    """All of some shares, with one vendor.  shares (..., vendor), slot (...)"""
    mine: Floats = np.arange(shares.shape[-1]) == slot[..., None]
    return np.where(mine, shares.sum(axis=-1, keepdims=True), 0.0)


def shares_given(world: World, shares: Floats, domain: int) -> Floats:
    """What users of a domain hold, or landings in it, with the part given.  (..., country, vendor)."""
    lead, absent = world.facts.get("lead"), world.facts.get("absent")
    total = shares.sum(axis=-1, keepdims=True)
    if absent is not None:
        present = np.where(absent[domain], 0.0, shares)
        left = present.sum(axis=-1, keepdims=True)
        shares = np.divide(present * total, left, out=np.zeros_like(present), where=left > 0)
        total = shares.sum(axis=-1, keepdims=True)
    if lead is None:
        return shares
    part = lead[domain]
    result: Floats = shares * (1.0 - part.sum(axis=-1, keepdims=True)) + total * part
    return result
