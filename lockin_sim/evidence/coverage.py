"""Does the method find parameters that are known?  Simulation-based calibration of a reduced problem.

Parameters are drawn from the prior, a record is made of one run at them and of errors as large as assumed,
and the posterior given that record says which part of its chance lies below the true value.  Over many
repetitions these parts are spread evenly from 0 to 1 where the method is right (Talts et al. 2018,
arXiv:1804.06788).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, kstest, qmc

from lockin_sim.conventions import RUNS, SEED, Floats
from lockin_sim.errors import whole_number
from lockin_sim.evidence.calibrate import Wave, cube, scoped, simulated
from lockin_sim.evidence.posterior import Prior
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress
from lockin_sim.world import World

#: Parameters of the reduced problem: those that the record says most about.
REDUCED = ("switching_cost", "taste_operator", "restriction_rate", "price_weight")

#: Points of the prior that carry the posterior of a repetition.
CARRIERS = 2**12

#: Of the posterior, and how often an interval must hold the truth by its name.
NOMINAL = 0.9


class Coverage(NamedTuple):
    """How a known truth lies in its posterior.

    parameters  names
    below       part of the posterior's chance below the truth.  (repetition, parameter)
    """

    parameters: tuple[str, ...]
    below: Floats

    @property
    def covered(self) -> Floats:
        """Part of repetitions in which the central interval of 90 % holds the truth.  (parameter,)."""
        found: Floats = (np.abs(self.below - 0.5) <= NOMINAL / 2).mean(axis=0)
        return found

    @property
    def uneven(self) -> Floats:
        """Chance of parts as uneven as these or more, where the method is right.  (parameter,)."""
        return np.array([kstest(column, "uniform").pvalue for column in self.below.T])

    @property
    def holds(self) -> bool:
        """Whether coverage lies where 99 of 100 right methods' would, for each parameter, all together."""
        tail = 0.01 / len(self.parameters) / 2
        low, high = binom.ppf([tail, 1 - tail], len(self.below), NOMINAL) / len(self.below)
        return bool(((self.covered >= low) & (self.covered <= high)).all())


def coverage(
    prior: Prior,
    *,
    world: World,
    repetitions: int = 100,
    points: int = 64,
    runs: int = RUNS.votes,
    seed: int = SEED,
    workers: int | None = 1,
    progress: bool | Progress = False,
) -> Coverage:
    """Try the method on records made by the model itself.

    prior        of few parameters: the posterior is carried by points of the prior
    repetitions  number of records, each of one run
    points, runs  of the one wave whose emulator is used
    Returns which part of each posterior lies below the truth.  Raises InputError as :func:`calibrate`.
    """
    whole_number("repetitions", repetitions, least=2)
    world, facts = scoped(world)

    simulate = partial(
        simulated, facts=facts, prior=prior, world=world, parameters=Parameters(), workers=workers,
        progress=progress,
    )  # fmt: skip
    places, truths = (cube(n, len(prior.names), seed + k) for k, n in enumerate((points, repetitions)))
    wave = Wave(facts, places, simulate("wave", places, runs=runs, seed=seed))
    worlds = simulate("records", truths, runs=1, seed=seed + 1)[:, 0]
    # what publishers and the model are off, as assumed
    rng, none = np.random.default_rng(seed), np.zeros(worlds.shape[1])
    seen = worlds + rng.multivariate_normal(none, wave.tolerance.other, size=len(worlds), method="cholesky")
    return Coverage(prior.names, parts_below(wave, truths, seen, seed + 2))


def parts_below(wave: Wave, truths: Floats, seen: Floats, seed: int) -> Floats:
    """Part of each posterior's chance below the truth.  (repetition, parameter).

    truths  points of the unit cube.  (repetition, parameter)
    seen    the record of each.  (repetition, fact)
    """
    carriers = qmc.Sobol(truths.shape[1], rng=np.random.default_rng(seed)).random(CARRIERS)
    guesses, more = wave.emulator.mean(carriers), wave.emulator.error**2
    below = np.empty(truths.shape)
    for k, one in enumerate(seen):
        likely = wave.tolerance.log_likelihood(one, guesses, more)
        weight = np.exp(likely - likely.max())
        below[k] = (weight / weight.sum()) @ (carriers < truths[k])
    return below
