"""Who sells what, where and from when on."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.rules.reduce import with_none
from lockin_sim.world.kept import MOST_YEARS, kept
from lockin_sim.world.kinds import derived


class Selling:
    """The part of a world that says whose vendors are on sale."""

    countries: tuple[str, ...]
    sponsors: tuple[str, ...]
    buyer: tuple[str, ...]
    enacted: Bools
    slot_vendor: Integers
    slot_sponsor: Integers
    slot_entry: Integers
    stack: Floats
    home: Bools
    law: Bools | None
    first_year: int

    @derived
    def sponsored(self) -> Bools:
        """Whether a slot's vendor has each sponsor.  (domain, vendor, sponsor)."""
        result: Bools = self.slot_sponsor[..., None] == np.arange(len(self.sponsors))
        return result

    @derived
    def sponsored_slots(self) -> Floats:
        """The same as numbers, with a last column of zeros for vendors without a sponsor.
        (domain, vendor, sponsor + 1)."""
        return np.pad(self.sponsored.astype(self.stack.dtype), ((0, 0), (0, 0), (0, 1)))

    @derived
    def first_sale(self) -> Integers:
        """First year in which a sponsor has a vendor on the market, or NEVER.  (domain, sponsor)."""
        entry = np.where(self.slot_vendor >= 0, self.slot_entry, NEVER)
        found: Integers = np.where(self.sponsored, entry[..., None], NEVER).min(axis=1, initial=NEVER)
        return found

    def offered(self, year: int, served: Bools, barrier: Bools) -> Bools:
        """Vendors on sale in each country: on the market, serving it, not barred.  (domain, country, vendor).

        served   (domain, country, vendor), whether the offer's service area holds the country
        barrier  (domain, country, sponsor), standing market barriers
        """
        there = self.entered(year)[:, None] & served
        if not barrier.any():
            return there
        result: Bools = there & ~with_none(barrier).take(self._sponsor_of_offer)
        return result

    @derived
    def _sponsor_of_offer(self) -> Integers:
        """Position of each offer's sponsor in a flat table (domain, country, sponsor + 1).
        (domain, country, vendor)."""
        market = np.arange(len(self.slot_sponsor) * len(self.countries)).reshape(-1, len(self.countries), 1)
        return market * (len(self.sponsors) + 1) + self.slot_sponsor[:, None]

    @kept(most=MOST_YEARS)
    def entered(self, year: int) -> Bools:
        """Vendors that are on the market anywhere.  (domain, vendor)."""
        return (self.slot_entry <= year) & (self.slot_vendor >= 0)

    @kept(most=MOST_YEARS)
    def own_slots(self, year: int) -> Bools:
        """Systems and rules that are those of a country's own sponsor.  (domain, country, vendor)."""
        law = self.home if self.law is None else self.law[min(year - self.first_year, len(self.law) - 1)]
        adopters = np.array([who == "adopters" for who in self.buyer])
        own = own_offers(self.home, law, self.slot_sponsor, self.enacted)
        return np.ascontiguousarray(own & adopters[:, None, None])

    @kept(most=MOST_YEARS)
    def own_laws(self, year: int) -> tuple[Integers, Integers, Integers]:
        """The sponsors' own laws in their own countries: domain, country and slot.  (law,) each."""
        domain, country, vendor = np.nonzero(self.own_slots(year) & self.enacted[:, None, None])
        return domain, country, vendor


def own_offers(home: Bools, law: Bools, sponsor: Integers, enacted: Bools) -> Bools:
    """Offers of a country's own sponsor, and the laws that hold there.  (..., domain, country, vendor).

    home     (country, sponsor); law (..., country, sponsor), whose rules are law
    sponsor  (domain, vendor), the last for none; enacted (domain,)
    """
    states = with_none(np.where(enacted[:, None, None], law[..., None, :, :], home))
    domain, country = (np.arange(n) for n in states.shape[-3:-1])
    found: Bools = states[..., domain[:, None, None], country[:, None], sponsor[:, None]]
    return found
