"""Likelihood of the contracts on record at points of a calibration.

Contracts inform the cost of switching, the spreads of lasting tastes, and whatever else bears on offers.
The likelihood is a mean over guided runs, economy by economy, and over tastes
(:mod:`lockin_sim.engine.tastes`).  All points have the same random shocks, so that chance does not tell the
points apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.draws import History
from lockin_sim.common.engines import find_stages, limit_blas_threads
from lockin_sim.common.progress import Progress
from lockin_sim.engine.guided import simulate_guided
from lockin_sim.engine.tastes import compute_contracts_log_likelihood
from lockin_sim.record.histories import SEED
from lockin_sim.rules import choice
from lockin_sim.runs.context import now
from lockin_sim.runs.workers import Block
from lockin_sim.runs.yearly_job import YearlyJob
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World, resolve_world
from lockin_sim.world.cache import cache_per_world

#: Parameters that contracts were used to declare: calibrations give them flat priors, and contracts decide.
INFORMED = (
    "switching_cost",
    "taste_operator",
    "taste_country",
    "taste_persistence",
    "network_weight",
    "regional_weight",
)

#: Rows of the table of contracts that count: those that were read, or all, memory included, as a check of how
#: sensitive results are, since memory fills in continuity.
ROWS = READ, ALL = "read", "all"

#: Guided runs computed together.
_TOGETHER = 16


@cache_per_world(most=4)
def select_contract_rows(world: World, rows: str = READ) -> World:
    """Return the world with the contracts alone that count.  rows: one of :data:`ROWS`."""
    if rows == ALL:
        return world
    return replace(world, contracts=world.facts.get("contracts_read", world.contracts))


@dataclass(frozen=True)
class ContractsJob(YearlyJob):
    """Job that computes likelihoods of contracts in guided runs at points, which are its draws.

    runs  at each point;  rows  names of :data:`ROWS`
    """

    runs: int
    rows: tuple[str, ...]

    def question(self) -> list[Any]:
        """Return the number of runs and the rows of contracts that count."""
        return [self.runs, self.rows]

    def compute(self, points: range) -> Block:
        """Compute log likelihoods of contracts at some points, run by run.

        Returns ``log_likelihood`` (point, rows, run, country).
        """
        runs = np.tile(np.arange(self.runs), len(points))
        values = self.parameters.select(np.repeat(np.array(points), self.runs))
        likelihoods = []
        for world in (select_contract_rows(resolve_world(self.world), rows) for rows in self.rows):
            numbers = np.repeat(runs[:, None], len(world.countries), axis=1)
            luck = History(numbers, runs, SEED, world.present, facts=True)
            with limit_blas_threads():
                stages = find_stages(self.engine)
                said = simulate_guided(world, values, luck, runs, evidence=True, stages=stages).evidence
                assert said is not None
                likelihoods.append(compute_contracts_log_likelihood(world, values, said))
        every = np.stack(likelihoods, axis=1).reshape(len(points), self.runs, len(likelihoods), -1)
        return {"log_likelihood": every.swapaxes(1, 2)}


def compute_contracts_at(
    label: str,
    parameters: Parameters,
    *,
    world: World,
    points: int,
    runs: int,
    rows: tuple[str, ...] = (READ,),
    workers: int | None = None,
    progress: bool | Progress = False,
) -> Floats:
    """Compute log likelihoods of a world's contracts, run by run.  (point, rows, run, country)

    parameters  of each point;  runs  guided runs at each
    """
    own, span = None if world is resolve_world(None) else world, (world.first_year, world.present)
    years = points * runs * (world.present - world.first_year)
    engine = now().engine_for(years=years, bundled=own is None, compiles=world.compiles)
    job = ContractsJob(own, (), parameters, None, SEED, span, engine, runs, rows)
    return job.run(
        points,
        chunk=max(1, _TOGETHER // runs),
        simulated=years,
        workers=workers,
        progress=progress,
        description=f"contracts, {label}: {points} x {runs} = {points * runs} guided runs",
    )["log_likelihood"]


def combine_log_likelihoods(by_run: Floats) -> Floats:
    """Compute the log likelihood of all contracts from that by run and country.

    Log of the mean over runs, summed over economies: (..., run, country) to (...,).
    """
    return choice.log_mean(by_run, axis=-2).sum(axis=-1)


def estimate_likelihood_noise(by_run: Floats) -> float:
    """Estimate the standard deviation, by chance of the runs, of differences between points' log likelihoods.

    by_run  (point, run, country), with the same runs at all points
    By the jackknife over runs, of the difference to the mean of all points; NaN with one run or point.
    """
    runs = by_run.shape[-2]
    if runs < 2 or len(by_run) < 2:
        return float("nan")
    left_out = np.stack(
        [combine_log_likelihoods(np.delete(by_run, run, axis=-2)) for run in range(runs)], axis=-1
    )
    apart = left_out - left_out.mean(axis=0)
    return float(np.sqrt((runs - 1) * apart.var(axis=-1).mean()))
