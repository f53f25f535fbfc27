"""The vectorised engine reads like the schedule: one function a stage, for all runs of a batch at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lockin_sim.conventions import STAGES, Floats
from lockin_sim.core import books, choice, market, politics
from lockin_sim.core.batch import Batch
from lockin_sim.core.memory import keep_memory
from lockin_sim.metrics import group_total, measure
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import World


def policy(batch: Batch) -> None:
    """Facts and levers give the conditions of the year."""
    batch.now = batch.conditions.at(batch.step)
    batch.flows = batch.no_flows()
    batch.entered = batch.world.entered(batch.year)
    offered = batch.world.offered(batch.year, batch.now.barrier).transpose(1, 2, 0)
    batch.on_sale = np.where(offered, batch.zero, -np.inf).swapaxes(-1, -2)


STAGE: dict[str, Callable[[Batch], None]] = {
    "policy": policy,
    "prices": market.prices,
    "tenders": market.tenders,
    "finance": market.finance,
    "votes": politics.votes,
    "restrictions": politics.restrictions,
    "choice": choice.choice,
    "books": books.books,
}


class Core:
    """Some runs of one scenario in the vectorised engine.

    world, scenario, parameters, seed, years  as in :func:`lockin_sim.simulate`
    runs    run numbers of the batch
    record  names of the variables to measure
    dtype   "float64" or "float32": what it computes in
    """

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        parameters: Parameters,
        *,
        seed: int,
        runs: Sequence[int],
        years: tuple[int, int],
        record: frozenset[str],
        dtype: str = "float64",
    ) -> None:
        keep_memory()
        self.batch = Batch(
            world, scenario, parameters, seed=seed, runs=runs, years=years, record=record, dtype=dtype
        )
        self.record = record

    def years(self) -> Iterator[dict[str, Floats]]:
        """What is measured of the initial state and then of each year, in order."""
        batch = self.batch
        batch.flows.capacity = group_total(batch.stock_groups, batch.state.installed, batch.now.market_size)
        market.prices(batch)
        yield self.measured(first=True)
        while batch.year < batch.last_year:
            self.step()
            yield self.measured(first=False)

    def step(self) -> None:
        """One year: every stage of the schedule but the last, which is :meth:`measured`."""
        self.batch.year += 1
        for stage in STAGES[:-1]:
            STAGE[stage](self.batch)

    def measured(self, *, first: bool) -> dict[str, Floats]:
        """The recorded variables as they stand."""
        batch = self.batch
        price = np.broadcast_to(batch.list_price, (len(batch.runs), *batch.list_price.shape[1:]))
        return measure(
            batch.world, batch.now, batch.state, batch.flows, price, first=first, names=self.record
        )
