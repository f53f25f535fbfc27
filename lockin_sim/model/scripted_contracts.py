"""Impose contracts on a world: initial shares, lots or bases handed to a vendor, and repeated luck.

These are facts of a world that no record contains; :mod:`lockin_sim.comparisons.variants` makes such worlds.

lead    part of the initial base given to each vendor, whoever had it; rows sum to at most 1.  Of users and
        landings it is that part; each lot goes to a vendor with that chance.  (domain, country, vendor)
takeovers  lots that go to a vendor at the end of a year, see :class:`Takeovers`
handovers  bases of users or landings that go to a vendor at the end of a year, see :class:`Handovers`
recorded  the world on record, whose constants of the first year hold
seed_of   seed of a named shock in a year, see :class:`.Draws`: some shocks repeat, some are new
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
    """Give some lots to the leading vendors; unbuilt lots stay unbuilt.  (run, lot)."""
    lead, lots = world.facts.get("lead"), world.lots
    if lead is None:
        return slots
    luck = draws.of_country("lead")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    given = slots_drawn(world, lead[lots.domain, lots.country], draws.uniform(mine, np.zeros(1, np.uint64)))
    return np.where((slots >= 0) & (given >= 0), given, slots)


def slots_drawn(world: World, shares: Floats, shock: Floats) -> Integers:
    """Return the slot of the vendor on whose part of each lot a shock falls, -1 for none.  (run, lot).

    Parts are ordered by size and then by the vendors' labels, so that no luck depends on the order of rows.

    shares  rows sum to at most 1.  (lot, vendor) or (run, lot, vendor)
    shock   uniform.  (run, lot)
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
    """Lots that go to a vendor at the end of a year, whoever won them; one row each.

    Their contracts continue with their dates, and nothing is sold.
    """

    year: Integers  # (row,)
    lot: Integers  # (row,)
    slot: Integers  # (row,), of the vendor; or (run, row), where element r belongs to run r

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int]]) -> Takeovers:
        """Build takeovers from rows of year, lot and slot."""
        return cls(*np.array([*rows], dtype=int).reshape(-1, 3).T)

    def after(self, before: Takeovers) -> Takeovers:
        """Append these takeovers to earlier ones."""
        runs = np.broadcast_shapes(before.slot.shape[:-1], self.slot.shape[:-1])
        slots = (np.broadcast_to(each.slot, (*runs, len(each.lot))) for each in (before, self))
        year, lot = (np.concatenate(pair) for pair in zip(before[:2], self[:2], strict=True))
        return Takeovers(year, lot, np.concatenate([*slots], axis=-1))


def with_takeovers(world: World, takeovers: Takeovers) -> World:
    """Return the world with takeovers of lots, which override later records of these lots."""
    before, record = world.facts.get("takeovers"), world.contracts
    if before is not None:
        takeovers = takeovers.after(before)
    until = np.full(len(world.lots), NEVER)  # when each lot is first taken over
    np.minimum.at(until, takeovers.lot, takeovers.year)
    facts = {"recorded": world} | world.facts | {"takeovers": takeovers}
    return replace(world, contracts=record.until(until), facts=facts)


def taken_over(world: World, year: int, runs: Sequence[int] | Integers) -> tuple[Integers, Integers]:
    """Return lots taken over at the end of a year, (row,), and their new slots in some runs, (run, row)."""
    rows = world.facts.get("takeovers")
    if rows is None:
        return np.empty(0, dtype=int), np.empty((len(runs), 0), dtype=int)
    now = rows.year == year
    slot = rows.slot[..., now]
    slot = slot[np.asarray(runs)] if slot.ndim == 2 else np.broadcast_to(slot, (len(runs), len(slot)))
    return rows.lot[now], np.ascontiguousarray(slot)


class Handovers(NamedTuple):
    """Economies whose users or landings in a domain go to a vendor at the end of a year; one row each.

    The base is replaced as usual later, and nothing is sold.
    """

    year: Integers  # (row,)
    domain: Integers  # (row,)
    country: Integers  # (row,)
    slot: Integers  # (run, row), of the vendor; element r belongs to run r


def with_handovers(world: World, handovers: Handovers) -> World:
    """Return the world in which some economies' users or landings go to a vendor."""
    return replace(world, facts={"recorded": world} | world.facts | {"handovers": handovers})


def handed_over(
    world: World, year: int, runs: Sequence[int] | Integers
) -> tuple[Integers, Integers, Integers] | None:
    """Return domain and country of bases handed over at the end of a year, (row,), and their new slots.

    Slots are those of some runs, (run, row).  Returns None if nothing is handed over.
    """
    rows = world.facts.get("handovers")
    if rows is None or not (now := rows.year == year).any():
        return None
    return rows.domain[now], rows.country[now], rows.slot[np.asarray(runs)][:, now]


def all_of_one(shares: Floats, slot: Integers) -> Floats:
    """Give all shares, (..., vendor), to the vendor of a slot, (...)."""
    mine: Floats = np.arange(shares.shape[-1]) == slot[..., None]
    return np.where(mine, shares.sum(axis=-1, keepdims=True), 0.0)


def shares_given(world: World, shares: Floats, domain: int) -> Floats:
    """Apply the imposed lead to the shares of users or landings in a domain.  (..., country, vendor)."""
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
