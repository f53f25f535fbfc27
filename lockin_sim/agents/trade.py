"""What a country bought in a year, and what it owes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.world import World


class Loan(NamedTuple):
    """A loan: equal instalments of principal from the first to the last year, both included."""

    sponsor: int
    principal: float  # USD bn
    first: int
    last: int

    @property
    def instalment(self) -> float:
        """Principal repaid each year, USD bn."""
        return self.principal / (self.last - self.first + 1)


@dataclass
class Trade:
    """Purchases of a year by all buyers of a country, USD bn, with what they show.

    contracts, lock_in  (domain, vendor), value bought, and value that switching costs kept
    renewed, retained, forced, early, surplus, considered, coverage_surplus, paid  (domain,), as in
                        ``model.state.Flows``
    lent    (lender,)
    winner  (domain,), slot that won the largest lot signed, -1 if none; largest, (domain,), is its value
    """

    contracts: Floats
    lock_in: Floats
    renewed: Floats
    retained: Floats
    forced: Floats
    early: Floats
    surplus: Floats
    considered: Floats
    coverage_surplus: Floats
    paid: Floats
    lent: Floats
    winner: Integers
    largest: Floats

    @classmethod
    def none(cls, world: World) -> Trade:
        """A year in which nothing has been bought yet."""
        domains, _, vendors = world.shape
        by_domain = {name: np.zeros(domains) for name in ("largest", *COUNTED)}
        return cls(
            contracts=np.zeros((domains, vendors)),
            lock_in=np.zeros((domains, vendors)),
            lent=np.zeros(len(world.lenders.names)),
            winner=np.full(domains, -1),
            **by_domain,
        )


#: What is counted of purchases, by domain.
COUNTED = (*("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus", "paid"),)
