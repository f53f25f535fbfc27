"""What loans are worth to each economy, found once for the terms of a year, which few years change."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.rules import finance
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import per_world


def grant_elements(world: World, now: Conditions) -> Floats:
    """Grant element of each lender's loans to each country, per cent.  (country, lender), only to be read.

    now  conditions of one year
    """
    return _grant_elements(world, *(terms.tobytes() for terms in (now.loan_rate, now.tenor, now.grace)))


@per_world(most=64)  # terms change in few years
def _grant_elements(world: World, *terms: bytes) -> Floats:
    """The same, of the bytes of the terms of all lenders."""
    lenders = world.lenders
    own = np.minimum(world.borrowing_rate[:, None], lenders.highest_discount_rate)
    rate, tenor, grace = (np.frombuffer(each, dtype=world.dtype) for each in terms)
    found: Floats = finance.grant_element(rate, tenor, grace, own, lenders.payments_per_year)
    found.flags.writeable = False
    return found
