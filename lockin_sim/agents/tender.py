"""What a country puts up, and what it owes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats


class Loan(NamedTuple):
    """A loan: equal instalments of principal from the first to the last year, both included."""

    sponsor: int
    principal: float
    first: int
    last: int


@dataclass
class Tender:
    """What a country puts up in one domain this year, and how it ends."""

    domain: int
    base: Floats  # (vendor,), own shares before
    released: Floats  # (vendor,), shares put up for replacement
    added: float  # new capacity on the agenda, or built in the end
    early: float = 0.0  # share of capacity put up although it is not yet due
    price: Floats = field(default_factory=lambda: np.zeros(0))  # (vendor,), log price asked
    terms: dict[str, Floats] = field(default_factory=dict)  # utility term by term, (vendor,)
    offers: Floats = field(default_factory=lambda: np.zeros(0))  # utility, -inf where not to be taken
    shock: Floats = field(default_factory=lambda: np.zeros(0))
    winner: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    loans: Floats = field(default_factory=lambda: np.zeros(0))  # (sponsor,), USD bn
    value: float = 0.0  # signed, USD bn

    @property
    def capacity(self) -> float:
        """Share of the country's capacity that is at stake."""
        return float(self.released.sum() + self.added)
