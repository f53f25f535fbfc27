"""Draws from what the record leaves of the prior: emcee on the emulator, then real runs that weigh them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.analysis.calibration import likelihood
from lockin_sim.analysis.needs import needed
from lockin_sim.conventions import Floats

if TYPE_CHECKING:
    from lockin_sim.analysis.calibration.waves import Wave

#: Steps of every walker, and of those the first ones that are forgotten.
STEPS, FORGOTTEN = 600, 200

#: Walkers for each parameter, at least.
WALKERS = 3


class Sampled(NamedTuple):
    """Draws, not yet weighed.

    places          of draws in the unit cube.  (draw, parameter)
    log_likelihood  of the record by the emulator.  (draw,)
    accepted        part of proposed steps that were taken
    steps_alike     steps after which a walker has forgotten where it was, the largest over parameters
    """

    places: Floats
    log_likelihood: Floats
    accepted: float
    steps_alike: float


def sampled(
    wave: Wave,
    start: Floats,
    draws: int,
    seed: int,
    *,
    steps: int = STEPS,
    power: float = 1.0,
    told: bool = False,
) -> Sampled:
    """Draws by an ensemble of walkers in the unit cube, over which the prior is even.

    wave   whose emulator is walked on
    start  points to start from, those not ruled out.  (point, parameter)
    power  of the likelihood; below 1 draws lie wider than the posterior
    told   whether to say on the error stream how far the walkers are, at the start and every sixth of the way
    Raises InputError without the package emcee.
    """
    emcee = needed("emcee")
    rng = np.random.default_rng(seed)
    inputs = start.shape[1]
    walkers = 2 * -(-max(WALKERS * inputs, 32) // 2)
    first = start[rng.integers(len(start), size=walkers)]
    first = np.clip(first + rng.normal(0, 0.01, first.shape), 1e-6, 1 - 1e-6)

    def log_posterior(places: Floats) -> Floats:
        """Log likelihood within the prior, -inf outside it.  (place,)."""
        inside = ((places > 0) & (places < 1)).all(axis=1)
        found = np.full(len(places), -np.inf)
        if inside.any():
            found[inside] = power * wave.log_likelihood(places[inside])
        return found

    moves = [
        (emcee.moves.DEMove(), 0.7),
        (emcee.moves.DESnookerMove(), 0.1),
        (emcee.moves.StretchMove(), 0.2),
    ]
    sampler = emcee.EnsembleSampler(walkers, inputs, log_posterior, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(seed).get_state()
    for step, _ in enumerate(sampler.sample(first, iterations=steps)):
        if told and step % (steps // 6) == 0:
            print(f"{walkers} walkers on the emulator: step {step} of {steps}", file=sys.stderr, flush=True)
    forgotten = min(FORGOTTEN, steps // 3)
    chain = sampler.get_chain(discard=forgotten, flat=True)
    likely = sampler.get_log_prob(discard=forgotten, flat=True)
    chosen = rng.choice(len(chain), size=draws, replace=len(chain) < draws)
    with np.errstate(invalid="ignore"):  # a walker that never moved has no autocorrelation
        alike = float(np.nanmax(sampler.get_autocorr_time(tol=0, quiet=True)))
    return Sampled(chain[chosen], likely[chosen], float(np.mean(sampler.acceptance_fraction)), alike)


def weights(wave: Wave, drawn: Sampled, runs: Floats) -> Floats:
    """Weights of draws by real runs, sum 1: what the emulator got wrong is put right.

    runs  of every fact at every draw.  (draw, run, fact)
    No weight is above the square root of the number of draws times the mean (truncated importance sampling,
    Ionides 2008).  (draw,).
    """
    noise = np.diag(wave.tolerance.luck) / runs.shape[1]
    record = likelihood.record(wave.facts)
    real = wave.tolerance.log_likelihood(record, runs.mean(axis=1), noise)
    ratio = real - drawn.log_likelihood
    found: Floats = np.exp(ratio - ratio.max())
    found = np.minimum(found, np.sqrt(len(found)) * found.mean())
    return found / found.sum()
