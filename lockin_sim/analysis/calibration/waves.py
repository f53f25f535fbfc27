"""Waves of runs: the first all over the prior, each further one nearer to what agrees with the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import qmc

from lockin_sim.analysis.calibration import emulator, likelihood
from lockin_sim.analysis.calibration.emulator import Emulator
from lockin_sim.analysis.calibration.facts import RECORD, YEARS, Fact
from lockin_sim.analysis.calibration.likelihood import Tolerance
from lockin_sim.analysis.calibration.priors import Prior
from lockin_sim.analysis.calibration.record import measured
from lockin_sim.analysis.calibration.sampling import sampled
from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import InputError, unusable
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import Case, run_cases
from lockin_sim.scenario import load_scenario
from lockin_sim.world import World

#: A point is ruled out if this many facts are further away than BOUND.
FACTS_OFF = 2
BOUND = 3.0

#: Candidates looked at for points that are not ruled out; a power of two.
CANDIDATES = 2**14

#: Of so many places that walkers propose, one is taken into the next wave, if not ruled out.
CHOSEN_FROM = 4


@dataclass(frozen=True)
class Wave:
    """Points, what their runs show, and what follows.

    places   points of the unit cube.  (point, parameter)
    runs     of every fact.  (point, run, fact)
    earlier  the wave before, whose points the emulator learns from as well
    Raises InputError for a fact that is no number in some run: it would rule out nothing, unseen.
    """

    facts: tuple[Fact, ...]
    places: Floats
    runs: Floats
    earlier: Wave | None = None

    def __post_init__(self) -> None:
        unknown = np.isnan(self.runs).sum(axis=(0, 1))
        if unknown.any():
            worst = self.facts[int(unknown.argmax())].name
            found = f"no number in {unknown.max()} of {self.runs[..., 0].size} runs"
            raise unusable(f"calibration: {worst}", found=found, allowed="a number in every run")

    @cached_property
    def means(self) -> Floats:
        """Means over runs.  (point, fact)."""
        found: Floats = self.runs.mean(axis=1)
        return found

    @property
    def known(self) -> tuple[Floats, Floats]:
        """Points of this wave and of all before, the latest last, and their means."""
        if self.earlier is None:
            return self.places, self.means
        places, means = self.earlier.known
        return np.concatenate([places, self.places]), np.concatenate([means, self.means])

    @cached_property
    def emulator(self) -> Emulator:
        """Guesses of the means elsewhere, whose error is that at points of this wave."""
        return emulator.fitted(*self.known, latest=len(self.places))

    @cached_property
    def off(self) -> Floats:
        """What the model is off, a standard deviation of every fact: learnt in the first wave, then fixed."""
        if self.earlier is not None:
            return self.earlier.off
        places = cube(CANDIDATES, self.places.shape[1], 0)
        return likelihood.learnt(self.facts, self.runs, self.emulator.mean(places), self.emulator.error**2)

    @cached_property
    def tolerance(self) -> Tolerance:
        """What may lie between the record and a mean."""
        return likelihood.tolerance(self.facts, self.runs, self.off)

    def ruled_out(self, places: Floats) -> Bools:
        """Points at which too many facts are too far from the record.  (point,)."""
        record = likelihood.record(self.facts)
        far = self.tolerance.implausibility(record, self.emulator.mean(places), self.emulator.error**2)
        return np.partition(far, -FACTS_OFF, axis=1)[:, -FACTS_OFF] > BOUND

    def log_likelihood(self, places: Floats) -> Floats:
        """Of the record, at points.  (point,)."""
        record, error = likelihood.record(self.facts), self.emulator.error**2
        return self.tolerance.log_likelihood(record, self.emulator.mean(places), error)


def spread(points: int, prior: Prior, seed: int) -> Floats:
    """Points all over the unit cube, the first ones of a scrambled Sobol sequence.  (point, parameter)."""
    return cube(points, len(prior.names), seed)


def cube(points: int, inputs: int, seed: int) -> Floats:
    """The same of so many inputs.  (point, input)."""
    sequence = qmc.Sobol(inputs, rng=np.random.default_rng(seed))
    found: Floats = sequence.random_base2(int(points - 1).bit_length())[:points]
    return found


def left(waves: list[Wave], prior: Prior, seed: int) -> tuple[Floats, float]:
    """Candidates that no wave rules out, (point, parameter), and their part of the prior.

    Raises InputError where none is left, with the facts that are furthest away.
    """
    places = spread(CANDIDATES, prior, seed)
    some = places
    for wave in waves:
        some = some[~wave.ruled_out(some)]
        if not len(some):
            raise InputError(
                f"calibration: the record rules out all of the prior; {_furthest(wave, places)}."
            )
    return some, len(some) / CANDIDATES


def _furthest(wave: Wave, places: Floats) -> str:
    """Which facts the points that come nearest still miss most, for a message."""
    far = wave.tolerance.implausibility(
        likelihood.record(wave.facts), wave.emulator.mean(places), wave.emulator.error**2
    ).min(axis=0)
    worst = [f"{wave.facts[k].name} ({far[k]:.1f} standard deviations)" for k in np.argsort(-far)[:FACTS_OFF]]
    return f"furthest away at best: {' and '.join(worst)}"


def matched(
    facts: tuple[Fact, ...],
    prior: Prior,
    simulate: Callable[..., Floats],
    *,
    waves: int,
    points: int,
    seed: int,
    told: bool = False,
) -> tuple[list[Wave], list[float]]:
    """Waves, and the part of the prior that was not ruled out before each.

    The first lies all over the prior.  Wave k of K is drawn from the prior times the likelihood, by the
    emulator of the wave before, to the power of (k - 1) / (K - 1), among points that no wave rules out: what
    is not ruled out is most of a prior of many parameters, and emulators are needed where draws will be.
    simulate  as :func:`simulated`, of which only label, places and seed are not known
    told      as in :func:`.sampling.sampled`
    """
    done: list[Wave] = []
    parts = [1.0]
    places = spread(points, prior, seed)
    for number in range(waves):
        if done:
            start, part = left(done, prior, seed + number)
            parts.append(part)
            places = _next_places(done, start, points, seed + number, number / (waves - 1), told=told)
        runs = simulate(f"wave {number + 1}", places, seed=seed + number)
        done.append(Wave(facts, places, runs, done[-1] if done else None))
    return done, parts


def _next_places(
    waves: list[Wave], start: Floats, points: int, seed: int, power: float, *, told: bool
) -> Floats:
    """Points no wave rules out, where the record is likely; from ``start`` where walkers find too few."""
    found = sampled(waves[-1], start, CHOSEN_FROM * points, seed, power=power, told=told).places
    for wave in waves:
        found = found[~wave.ruled_out(found)]
    return np.concatenate([found, start])[:points]


def simulated(
    label: str,
    places: Floats,
    *,
    prior: Prior,
    world: World,
    parameters: Parameters,
    runs: int,
    seed: int,
    workers: int | None,
    progress: bool | Progress,
) -> Floats:
    """Every fact in runs of every point, each run with luck of its own.  (point, run, fact).

    world       with the scopes of the record, see :func:`lockin_sim.analysis.calibration.record.scoped`
    parameters  what does not vary
    """
    values = prior.values(places)
    given = {name: np.repeat(values[:, k], runs) for k, name in enumerate(prior.names)}
    case = Case(label, load_scenario("baseline"), measured, parameters.replace(given), RECORD, world=world)
    found = run_cases(
        [case],
        world=world,
        runs=len(places) * runs,
        seed=seed,
        years=YEARS,
        workers=workers,
        progress=progress,
    )[label]["facts"]
    return found.reshape(len(places), runs, -1)
