"""What changes: the state of some runs now, and the flows of one year.

Both engines describe themselves in these two forms; everything measured is a function of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.world import World


@dataclass
class State:
    """Where some runs stand.  ``vendor`` is a slot of the domain."""

    installed: Floats  # (run, country, domain, vendor), shares of the country's capacity
    deployed: Floats  # (run, domain, vendor), cumulative, years of world market
    compliance: Floats  # (run, domain, vendor, standard), rows sum to 1
    status: Floats  # (run, body, domain, standard), rows sum to 1
    quality_level: (
        Floats  # (run, domain, vendor), fitted intercept and what catching up gained, utility units
    )
    debt: Floats  # (run, country, sponsor), USD bn
    instalment: Floats  # (run, country, sponsor), principal repaid this year, USD bn
    instalment_change: Floats  # (run, step, country, sponsor), changes of it still to come
    since: Integers  # (run, country, sponsor), year a restriction began, -1 if none
    take_up: Floats  # (run, sponsor), forecast share of offered loans that are taken
    overspent: Floats  # (run, sponsor), lent beyond past envelopes, USD bn
    affinity_shift: Floats  # (run, country, sponsor), drift so far
    order_book: Floats  # (run, year ahead, group, domain, vendor), revenue under contract, USD bn


@dataclass
class Flows:
    """What happened in one year; zeros where nothing did."""

    contracts: Floats  # (run, country, domain, vendor), value signed, USD bn
    renewed: Floats  # (run, domain), value of base put up for replacement, USD bn
    retained: Floats  # (run, domain), part of it that its incumbent kept, USD bn
    forced: Floats  # (run, domain), value of base replaced because it was restricted, USD bn
    tendered: Floats  # (run, domain), value of all tenders, USD bn
    lock_in: Floats  # (run, domain, vendor), sum of value times lock-in (C5), USD bn
    surplus: Floats  # (run, domain), sum of value times adopter surplus (C4)
    paid: Floats  # (run, domain), value signed at effective over mean list price, USD bn
    lent: Floats  # (run, country, sponsor), USD bn
    repaid: Floats  # (run, country, sponsor), USD bn
    country_lock_in: Floats  # (run, country, sponsor + 1), sum of value times lock-in, USD bn
    country_renewed: Floats  # (run, country), value of base put up for replacement, USD bn
    winner: Integers  # (run, country, domain), slot that won, -1 if none
    capacity: Floats  # (run, group, domain, vendor), installed base times market size, after the tenders
    sales: Floats  # (run, group, domain, vendor), revenue booked, USD bn
    votes: Floats  # (run, body, domain, standard), share in favour, NaN if no vote

    @classmethod
    def none(cls, world: World, runs: int) -> Flows:
        """A year in which nothing has happened yet."""
        country, domain, vendor = world.shape
        sponsor, body, standard = len(world.sponsors), len(world.bodies), len(world.standards)
        return cls(
            contracts=np.zeros((runs, country, domain, vendor)),
            renewed=np.zeros((runs, domain)),
            retained=np.zeros((runs, domain)),
            forced=np.zeros((runs, domain)),
            tendered=np.zeros((runs, domain)),
            surplus=np.zeros((runs, domain)),
            paid=np.zeros((runs, domain)),
            lock_in=np.zeros((runs, domain, vendor)),
            lent=np.zeros((runs, country, sponsor)),
            repaid=np.zeros((runs, country, sponsor)),
            country_lock_in=np.zeros((runs, country, sponsor + 1)),
            country_renewed=np.zeros((runs, country)),
            winner=np.full((runs, country, domain), -1),
            capacity=np.zeros((runs, len(world.group_names), domain, vendor)),
            sales=np.zeros((runs, len(world.group_names), domain, vendor)),
            votes=np.full((runs, body, domain, standard), np.nan),
        )
