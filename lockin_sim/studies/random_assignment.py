"""Runs of a lock-in trial: random assignment of all that an economy has in a domain to one of two vendors.

Each run is repeated with the opposite assignment.  The years before the assignment are simulated once.  In
the year of assignment the runs branch, once for each of the two assignments, and from the year after it once
for each cause that is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import Draws, label_keys
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.common.statistics import weighted_mean
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.model.scripted_contracts import Handovers, Takeovers, with_handovers, with_takeovers
from lockin_sim.runs.workers import Block
from lockin_sim.runs.yearly_job import YearlyJob
from lockin_sim.world import World, resolve_world

#: Ways of tossing: an economy by itself, all economies each with its own coin, all with the same coin.
ALONE, TOGETHER, AT_ONCE = "alone", "together", "at once"


class RandomAssignment(NamedTuple):
    """Random assignment of economies in the same runs, and the places measured.

    way      one of :data:`ALONE`, :data:`TOGETHER` and :data:`AT_ONCE`
    tossed   (country,), economies assigned to a vendor
    places   positions of the places whose means over economies are measured
    """

    way: str
    tossed: Bools
    places: tuple[int, ...]

    def coins(self, world: World, seed: int, runs: Integers) -> Bools:
        """Assign each economy to the first vendor (True) or the second (False).  (run, country).

        The negated array is the opposite assignment.  Under :data:`TOGETHER` an economy's assignment depends
        on seed, run and its code alone; otherwise all economies go to the first vendor.
        """
        shape = len(runs), len(world.countries)
        if self.way != TOGETHER:
            return np.ones(shape, dtype=bool)
        shocks, keys = Draws(seed, runs), label_keys(world.countries)
        return shocks.uniform(shocks.of_country("coin"), keys) < 0.5


@dataclass(frozen=True)
class RandomAssignmentJob(YearlyJob):
    """Job that simulates the runs of a trial.

    years       first; year of assignment; last year followed; last year of the run
    without     cause switched off, by name: its parameters, with values from the year after the assignment
    domain      index;  slots of the first and the second vendor;  theirs (vendor,), offers of the sponsor of
                the first vendor, whose share is measured
    tosses      random assignments;  weights (place, country), of economies in a place, 0 if not assigned
    rivals      positions of the sponsors whose restriction, in the year of assignment, excludes an economy
    """

    years: tuple[int, int, int, int]
    without: Mapping[str, Mapping[str, float]]
    domain: int
    slots: tuple[int, int]
    theirs: Bools
    tosses: tuple[RandomAssignment, ...]
    weights: Floats
    rivals: tuple[int, ...]

    def question(self) -> list[Any]:
        """List the inputs that determine the numbers: domain, vendors, causes, assignments and weights."""
        return [self.domain, self.slots, self.without, self.tosses, self.weights]

    def compute(self, draws: range) -> Block:
        """Simulate the trial for some draws.  Raises InputError on a worker without the engine.

        Returns ``one`` and ``all``, the remaining advantage of the assigned vendor's sponsor in each year
        from the assignment on: ``one`` of economies assigned one by one or together, ``all`` of all at once;
        (run, without, place, year), NaN where nothing is assigned; and ``free``, economies whose state
        restricts neither sponsor in the year of the assignment: (run, country).
        """
        world, (first, coin, followed, _) = resolve_world(self.world), self.years
        numbers = np.arange(draws.start, draws.stop)
        shape = len(numbers), len(self.without), len(self.weights), followed - coin + 1
        parts = {name: np.full(shape, np.nan) for name in ("one", "all")}
        with limit_blas_threads():
            batch = self.begun(draws)
            for year in range(first + 1, coin):
                simulate_year(batch, year)
            for toss in self.tosses:
                coins = toss.coins(world, self.seed, numbers)
                free, heads = self._simulate_arm(batch, toss, coins)
                _, tails = self._simulate_arm(batch, toss, ~coins)
                difference = np.where(coins[:, None, None], heads - tails, tails - heads)
                for place in toss.places:
                    weight = (self.weights[place] * free)[:, None, None]
                    name = "all" if toss.way == AT_ONCE else "one"
                    parts[name][:, :, place] = weighted_mean(difference, weight)
        return parts | {"free": free.astype(float)}

    def _simulate_arm(self, batch: Batch, toss: RandomAssignment, coins: Bools) -> tuple[Bools, Floats]:
        """Simulate one arm of the trial, with each cause switched off in turn.

        batch  runs at the end of the year before;  coins  (run, country), True for the first vendor
        Returns the economies that restrict neither sponsor in the year of assignment, (run, country); and the
        share of the first vendor's sponsor in each economy, (run, without, year, country).
        """
        _, coin, followed, _ = self.years
        tossed = batch.within(self._build_assigned_world(batch, toss, coins))
        simulate_year(tossed, coin)
        restricted = (tossed.state.since[:, :, self.rivals] >= 0).any(axis=-1)
        parts = []
        for changed in self.without.values():
            arm = tossed.under(batch.all_years.replace(changed), coin + 1) if changed else tossed.copy_runs()
            part = [self._compute_sponsor_share(arm)]
            for year in range(coin + 1, followed + 1):
                simulate_year(arm, year)
                part.append(self._compute_sponsor_share(arm))
            parts.append(np.stack(part, axis=1))
        return ~(restricted & batch.world.sensitive[self.domain]), np.stack(parts, axis=1)

    def _build_assigned_world(self, batch: Batch, toss: RandomAssignment, coins: Bools) -> World:
        """Build the world in which each assigned economy goes to its vendor.

        Assigned are the economy's lots, or what its users have or has landed.  coins: (run, country)
        """
        world, coin = batch.world, self.years[1]
        lots = np.flatnonzero((world.lots.domain == self.domain) & toss.tossed[world.lots.country])
        of_lots = world.buyer[self.domain] == "operator"
        country = world.lots.country[lots] if of_lots else np.flatnonzero(toss.tossed)
        slot = np.full((int(batch.runs.max()) + 1, len(country)), -1)
        slot[batch.runs] = np.where(coins[:, country], *self.slots)
        year = np.full(len(country), coin)
        if of_lots:
            return with_takeovers(world, Takeovers(year, lots, slot))
        return with_handovers(world, Handovers(year, np.full(len(country), self.domain), country, slot))

    def _compute_sponsor_share(self, batch: Batch) -> Floats:
        """Compute the first vendor's sponsor's share in each economy's installed base.  (run, country)."""
        installed = batch.state.installed[:, self.domain]
        whole, part = installed.sum(axis=-1), installed[..., self.theirs].sum(axis=-1)
        return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
