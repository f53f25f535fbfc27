"""Provide a user's own term of utility with named inputs: buyer, seller, place and year."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.model.decisions import Offer, Weights
from lockin_sim.model.seen import Customers
from lockin_sim.model.verbs import get, row
from lockin_sim.world import World


class Buyer(NamedTuple):
    """Codes and names of buyers, alone or in arrays (..., 1) that broadcast against offers."""

    country: Any  # of an economy; of a project one landing, and the term counts by its mean over all
    domain: Any
    operator: Any  # its name, of a network or an agency; empty for users, adopters and projects


#: A term where some customers are, of their offers and weights.
type TermHere = Callable[[Offer, Weights], Floats]


def own_term(world: World, year: int, here: Customers, lot: Any = None) -> TermHere | None:
    """Build a world's own term of utility for some customers; None without one.

    here  positions of the customers
    lot   positions of operators' lots that are up
    """
    term, lots = world.term, world.lots
    if term is None:
        return None
    names = {"vendor": (world.vendors, world.slot_vendor), "sponsor": (world.sponsors, world.slot_sponsor)}
    seller = {
        name: row(np.array([*codes, ""])[slots], here.vendors, here.domain)
        for name, (codes, slots) in names.items()
    }
    buyer = Buyer(
        get(np.array(world.countries), here.country),
        get(np.array(world.domains), here.domain),
        "" if lot is None else get(np.array(lots.operators)[lots.operator], lot),
    )
    return lambda offer, weights: term(SimpleNamespace(**offer._asdict(), **seller), weights, buyer, year)
