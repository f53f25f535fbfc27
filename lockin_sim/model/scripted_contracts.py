"""Scripted contracts: parts of the first year given to some vendors or kept from them, later lots, and luck.

Facts of a world say so, none of them on record; :mod:`lockin_sim.studies.variants` makes such worlds.

lead    (domain, country, vendor), part of what is there that each vendor is given, whoever had it; rows sum
        to 1 at most.  Of users and landings it is that part; each lot goes to a vendor with that chance
absent  (domain, country, vendor), bool: offers that nobody has in the first year; others hold their part
won     (n, 3), integers: year, lot and slot: lots given to a vendor at the end of a year, whoever won them
recorded  the world as it is on record, whose constants of the first year hold
seed_of   seed of a named shock in a year, see :class:`lockin_sim.draws.Draws`: some shocks the same, some new
"""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.draws import Draws
from lockin_sim.world import World


def without_absent(world: World, appeal: Floats) -> Floats:
    """Appeal of offers in the first year, -inf for those that nobody has.  (domain, country, vendor)."""
    absent = world.facts.get("absent")
    return appeal if absent is None else np.where(absent, -np.inf, appeal)


def recorded_lots(world: World) -> Integers:
    """Recorded incumbents of lots, -1 where there is none or it is absent.  (lot,)."""
    lots, absent = world.lots, world.facts.get("absent")
    if absent is None:
        return lots.recorded
    gone = (lots.recorded >= 0) & absent[lots.domain, lots.country, lots.recorded]
    return np.where(gone, -1, lots.recorded)


def lots_given(world: World, draws: Draws, held: Integers) -> Integers:
    """Incumbents of lots, some of them given to those who lead; what is not built stays so.  (run, lot)."""
    lead, lots = world.facts.get("lead"), world.lots
    if lead is None:
        return held
    luck = draws.of_country("lead")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    upto = np.cumsum(lead[lots.domain, lots.country], axis=-1)
    slot = (draws.uniform(mine, np.zeros(1, np.uint64))[..., None] >= upto).sum(axis=-1)
    return np.where((held >= 0) & (slot < upto.shape[-1]), slot, held)


def lots_won(world: World, year: int) -> tuple[Integers, Integers]:
    """Lots that are given away at the end of a year, and the slots that have them then.  (given,) each."""
    won = world.facts.get("won")
    if won is None:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    now = won[won[:, 0] == year]
    return now[:, 1], now[:, 2]


def shares_given(world: World, held: Floats, domain: int) -> Floats:
    """What users of a domain hold, or landings in it, with the part given.  (..., country, vendor)."""
    lead, absent = world.facts.get("lead"), world.facts.get("absent")
    total = held.sum(axis=-1, keepdims=True)
    if absent is not None:
        kept = np.where(absent[domain], 0.0, held)
        left = kept.sum(axis=-1, keepdims=True)
        held = np.divide(kept * total, left, out=np.zeros_like(kept), where=left > 0)
        total = held.sum(axis=-1, keepdims=True)
    if lead is None:
        return held
    given = lead[domain]
    result: Floats = held * (1.0 - given.sum(axis=-1, keepdims=True)) + total * given
    return result
