"""The hardware bound: the time of only the work that no implementation of the model can leave out.

These are, for the same runs: the influence product, one exponential for each offer of each tender row, and
the draws those rows need, each by the fastest library routine there is.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import scipy.sparse as sparse
from threadpoolctl import threadpool_limits

from lockin_sim import Parameters, load_scenario
from lockin_sim.engine import Engine, schedule
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.batch import Year as Posted
from lockin_sim.engine.renewals import Renewals, renewals
from lockin_sim.measures import recorded
from lockin_sim.simulation import BATCH
from lockin_sim.world import World

#: Runs over which tender rows are counted.
COUNTED = 16


class Year(NamedTuple):
    """Mean tender rows of one run in one year, and offers in them."""

    rows: float
    offers: float


@cache
def tendered(world: World, years: tuple[int, int]) -> list[Year]:
    """What is tendered year by year in the baseline."""
    scenario = load_scenario("baseline")
    engine = Engine(
        world,
        scenario,
        scenario.configure(Parameters()),
        seed=1,
        runs=range(COUNTED),
        years=years,
        record=recorded(None),
    )
    found = []

    def counted(batch: Batch, now: Posted) -> Renewals:
        up = renewals(batch, now)
        offers = now.on_sale[up.rows.domain, up.rows.country]
        found.append(Year(len(offers) / COUNTED, int(offers.sum()) / COUNTED))
        return up

    with patch.object(schedule, "renewals", counted):
        for _ in engine.years():
            pass
    return found


class Bound:
    """The unavoidable work of some runs.

    world, years  of the runs
    runs          how many; they are worked on together as far as the engine does
    kind          np.float64 or np.float32
    """

    def __init__(self, world: World, years: tuple[int, int], runs: int, kind: Any = np.float64) -> None:
        self.tendered, self.runs = tendered(world, years), runs
        self.batches = -(-runs // BATCH)
        self.together = runs / self.batches
        weights = world.influence.matrix
        self.weights = weights.astype(kind) if sparse.issparse(weights) else np.asarray(weights, dtype=kind)
        columns = round(int((world.slot_vendor >= 0).sum()) * self.together)
        self.base = np.full((len(world.countries), columns), 0.5, dtype=kind)
        self.out = np.empty_like(self.base)
        self.rng = np.random.Generator(np.random.SFC64(1))
        most = int(max(y.rows + y.offers for y in self.tendered) * self.together)
        self.utility, self.shocks = np.full(most, -0.5, dtype=kind), np.empty(most, dtype=kind)

    def product(self) -> None:
        """Bases that all countries see, of all runs side by side in one product."""
        with threadpool_limits(1, user_api="blas"):
            for _ in range(self.batches * len(self.tendered)):
                if sparse.issparse(self.weights):
                    self.weights @ self.base
                else:
                    np.matmul(self.weights, self.base, out=self.out)

    def exponentials(self) -> None:
        """One for each offer of each row."""
        for _ in range(self.batches):
            for year in self.tendered:
                offers = int(year.offers * self.together)
                np.exp(self.utility[:offers], out=self.shocks[:offers])

    def draws(self) -> None:
        """A Gumbel shock for each offer and for leaving each row as it is: the log of an exponential one."""
        for _ in range(self.batches):
            for year in self.tendered:
                shocks = self.shocks[: int((year.rows + year.offers) * self.together)]
                self.rng.standard_exponential(out=shocks, dtype=shocks.dtype)
                np.log(shocks, out=shocks)

    def __call__(self) -> None:
        """All of it."""
        self.product()
        self.exponentials()
        self.draws()
