"""Calibration: what the record says about the parameters, by history matching and then by sampling.

Waves of runs are compared with the facts of :func:`.record.facts.calibration_facts`, and guided runs with
the contracts on record: the first wave covers the prior, each further one is closer to where emulators find
the record likely.  Walkers then sample the emulator of the last wave, real runs weight each draw, draws that
hardly weigh leave, and further runs give the others histories.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import qmc

from lockin_sim.conventions import MOST_DRAWS, RUNS, SEED, Bools, Floats, Integers
from lockin_sim.draws import History
from lockin_sim.errors import LARGEST, InputError, unusable, whole_number
from lockin_sim.evidence.contracts import ALL, ROWS, contracts_at, likelihood
from lockin_sim.evidence.posterior import STORE, Prior, check_folder, posterior_dataset, prior, write
from lockin_sim.evidence.tolerance import Tolerance, luck_of, model_off, recorded, tolerance
from lockin_sim.explore import emulator
from lockin_sim.explore.emulator import FEWEST_POINTS, Emulators
from lockin_sim.explore.extras import needed
from lockin_sim.files import path_of
from lockin_sim.histories import PRIOR, Given
from lockin_sim.parameters import ByName, Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.record import Fact
from lockin_sim.record.facts import BORROWERS, CALIBRATED, calibration_facts, series
from lockin_sim.record.questions import Answers
from lockin_sim.record.tables import check_recorded, with_places
from lockin_sim.runs.context import running
from lockin_sim.runs.jobs import Case, run_cases
from lockin_sim.scenario import load_scenario
from lockin_sim.simulation import check_progress
from lockin_sim.studies.contrast import provenance
from lockin_sim.studies.pools import with_histories
from lockin_sim.values import check_truth
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Last year to simulate: the last with a fact, and one more to smooth it.
YEARS = (2010, 2024)

#: Variables to record.
RECORD = ("generation", "group_sales", "group_vendor_share", "incumbent", "landings", "lent", "restricted")

#: A point is ruled out if this many facts are further away than BOUND.
FACTS_OFF, BOUND = 2, 3.0

#: Number of candidate points; a power of two.
CANDIDATES = 2**14

#: Every so-manieth draw of the walkers enters the next wave, if not ruled out.
CHOSEN_FROM = 4

#: Runs of a draw for each of its guided runs, and of a point of a wave, whose emulators smooth chance; draws
#: of the walkers for each that stays.
A_GUIDED, OF_POINT_GUIDED, A_KEPT = 1, 4, 3

#: Steps of every walker, those discarded at the start, and minimum walkers per parameter.
STEPS, FORGOTTEN, WALKERS = 600, 200, 3


def calibrate(
    out: str | Path | None = None,
    *,
    only: Sequence[str] | None = None,
    waves: int = 3,
    points: int = 128,
    runs: int = RUNS.calibration,
    draws: int = 256,
    world: World | None = None,
    parameters: Parameters | ByName | None = None,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | Progress | None = None,
    resume: bool = False,
) -> xr.Dataset:
    """Fit the parameters to the record: weighted draws, and how much was learnt about each.

    out     folder for tables, figures and the runs, from which it can resume; None = nothing is saved
    only    names of parameters to calibrate; None = all that are assumed or estimated and have no other value
    waves, draws   number of waves, and of weighted draws; three times as many are simulated
    points, runs   points per wave, and runs at each, as for each draw
    resume  continue from the runs in ``out``
    parameters  fixed values; those that differ from the default are not calibrated
    Other arguments as in :func:`lockin_sim.compare`.
    Returns a dataset, see :func:`lockin_sim.evidence.posterior.posterior_dataset`.
    Raises InputError for anything that cannot be used, without scikit-learn or emcee, and if the record rules
    out everything.
    """
    for module in ("sklearn", "emcee"):
        needed(module)  # fail before anything is simulated
    least = {"waves": (waves, 1), "points": (points, FEWEST_POINTS), "runs": (runs, 2), "draws": (draws, 2)}
    for name, (value, fewest) in least.items():
        whole_number(name, value, least=fewest, most=MOST_DRAWS)
    seed = whole_number("seed", seed, most=LARGEST - waves)  # each wave has its own
    whole = check_recorded(world_of(world))
    world, facts = scoped(whole)
    fixed = parameters_of(parameters, world.horizon(None))
    known = prior(only, parameters if isinstance(parameters, Mapping) else fixed.given())
    place = None if out is None else path_of("out", out, "the path of a folder")
    progress = check_progress(progress)
    check_truth("resume", resume)
    if place is not None:
        check_folder(place)
    verbose = progress is True
    simulate = partial(
        simulated, facts=facts, prior=known, world=world, recorded=whole, parameters=fixed, runs=runs,
        workers=workers, progress=progress,
    )  # fmt: skip
    with running(store=None if place is None else place / STORE, resume=resume and place is not None):
        done, parts = matched(facts, known, simulate, waves=waves, points=points, seed=seed, progress=verbose)
        start, many = left(done, known, seed + waves)[0], A_KEPT * draws
        drawn, read = (sampled(done[-1], start, many, seed, rows=r, progress=verbose) for r in ROWS)
        real = simulate("draws", drawn.places, seed=seed + waves, final=True)
        kept, weight = thinned(weights(done[-1], drawn, real), draws, seed)
        found = posterior_dataset(known, done, parts, drawn.some(kept), weight, real.some(kept), read)
        found = with_histories(found, world=world, parameters=fixed, workers=workers, progress=progress)
    found = found.assign_attrs(provenance(world, parameters=fixed, runs=runs, seed=seed, years=YEARS))
    if place is not None:
        write(found, place)
    return found


def scoped(world: World) -> tuple[World, tuple[Fact, ...]]:
    """The world with the places of the facts as its only groups, and the facts.

    Variables by group take most of the memory of a calibration's runs.
    """
    facts_of_world = {one.scope for subject in CALIBRATED for one in series()[subject]} | {
        "Europe",
        "Africa",
        *BORROWERS,
    }
    world = with_places(world, only=facts_of_world)
    return world, calibration_facts(world)


class Simulated(NamedTuple):
    """Real runs at points.

    facts      in every run.  (point, run, fact)
    contracts  log likelihood of those on record, run by run of guided runs, see :data:`.contracts.ROWS`; none
               of a world without.  (point, rows, run, country)
    """

    facts: Floats
    contracts: Floats

    def some(self, places: Integers) -> Simulated:
        """Those of some points."""
        return Simulated(*(values[places] for values in self))


def simulated(
    label: str,
    places: Floats,
    *,
    facts: tuple[Fact, ...],
    prior: Prior,
    world: World,
    recorded: World,
    parameters: Parameters,
    runs: int,
    seed: int,
    workers: int | None,
    progress: bool | Progress,
    final: bool = False,
) -> Simulated:
    """All facts in runs at every point, and how likely contracts are there.

    world       with the places of the record, see :func:`scoped`;  recorded  without
    parameters  that do not vary
    final       whether points are draws to weigh: they have more runs, with the same shocks at all, so that
                chance does not tell them apart; in waves each run has its own, which shows how large it is
    """
    values = prior.values(places)
    guided = max(1, runs // (A_GUIDED if final else OF_POINT_GUIDED))
    drawn = {name: np.repeat(values[:, k], runs) for k, name in enumerate(prior.names)}
    asked = Answers(tuple(fact.question for fact in facts))
    history: Given = PRIOR
    if final:
        number = np.tile(np.arange(runs, dtype=np.int32), len(places))
        countries = np.repeat(number[:, None], len(world.countries), axis=1)
        history = History(countries, number, seed, YEARS[1])
    case = Case(
        label, load_scenario("baseline"), asked, parameters.replace(drawn), RECORD, world=world,
        history=history,
    )  # fmt: skip
    found = run_cases(
        [case], world=world, runs=len(places) * runs, seed=seed, years=YEARS, workers=workers,
        progress=progress,
    )[label]  # fmt: skip
    contracts = contracts_at(
        label, parameters.replace(dict(zip(prior.names, values.T, strict=True))), world=recorded,
        points=len(places), runs=guided, rows=ROWS[:1] if final else ROWS,
        workers=workers, progress=progress,
    )  # fmt: skip
    return Simulated(found["values"].reshape(len(places), runs, -1), contracts)


# --- waves ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wave:
    """Points, their runs, and the resulting emulators and tolerance.

    places     points of the unit cube.  (point, parameter)
    runs       of every fact.  (point, run, fact)
    earlier    the previous wave, whose points also train the emulators
    contracts  their log likelihood, by rows of their table; () where none is on record.  (point, rows)
    Raises InputError for a fact that is undefined in some run, since it could not rule out anything.
    """

    facts: tuple[Fact, ...]
    places: Floats
    runs: Floats
    earlier: Wave | None = None
    contracts: Floats | tuple[()] = ()

    def __post_init__(self) -> None:
        unknown = np.isnan(self.runs).sum(axis=(0, 1))
        if unknown.any():
            worst = self.facts[int(unknown.argmax())].name
            found = f"no number in {unknown.max()} of {self.runs[..., 0].size} runs"
            raise unusable(f"calibration: {worst}", found=found, allowed="a number in every run")

    @cached_property
    def means(self) -> Floats:
        """Means over runs.  (point, fact)"""
        found: Floats = self.runs.mean(axis=1)
        return found

    @property
    def known(self) -> tuple[Floats, Floats]:
        """Points and means of this wave and all before, the latest last."""
        if self.earlier is None:
            return self.places, self.means
        places, means = self.earlier.known
        return np.concatenate([places, self.places]), np.concatenate([means, self.means])

    @property
    def known_contracts(self) -> Floats:
        """Log likelihood of contracts at the points of this wave and all before, likewise.  (point, rows)"""
        own = np.reshape(self.contracts, (len(self.places), -1))
        return own if self.earlier is None else np.concatenate([self.earlier.known_contracts, own])

    @cached_property
    def emulator(self) -> Emulators:
        """Emulators of the means, with their error at points of this wave."""
        return emulator.of_means(*self.known, latest=len(self.places))

    @cached_property
    def likely_contracts(self) -> Emulators:
        """Emulators of the log likelihood of contracts, one for each choice of rows."""
        return emulator.of_means(self.known[0], self.known_contracts, latest=len(self.places))

    @cached_property
    def luck(self) -> Floats:
        """Covariance of single runs at one point.  (fact, fact)"""
        return luck_of(self.runs)

    @cached_property
    def off(self) -> Floats:
        """Standard deviation of the model's error in every fact, learnt in the first wave, then fixed."""
        if self.earlier is not None:
            return self.earlier.off
        places = cube(CANDIDATES, self.places.shape[1], 0)
        return model_off(self.facts, self.luck, self.emulator.mean(places), self.emulator.error**2)

    @cached_property
    def tolerance(self) -> Tolerance:
        """Covariance of the difference between the record and a mean."""
        return tolerance(self.facts, self.luck, self.off)

    def far(self, places: Floats) -> Floats:
        """Implausibility of each fact at points.  (point, fact)"""
        guess, more = self.emulator.mean(places), self.emulator.error**2
        return self.tolerance.implausibility(recorded(self.facts), guess, more)

    def ruled_out(self, places: Floats) -> Bools:
        """Points at which too many facts are too far from the record.  (point,)"""
        return np.partition(self.far(places), -FACTS_OFF, axis=1)[:, -FACTS_OFF] > BOUND

    def log_likelihood(self, places: Floats, rows: str = ALL) -> Floats:
        """Log likelihood of the record at points.  (point,)

        rows  which rows of the table of contracts count, one of :data:`.contracts.ROWS`
        """
        more = self.emulator.error**2
        found = self.tolerance.log_likelihood(recorded(self.facts), self.emulator.mean(places), more)
        if not np.size(self.contracts):
            return found
        return found + self.likely_contracts.mean(places)[:, ROWS.index(rows)]


def cube(points: int, inputs: int, seed: int) -> Floats:
    """Points that fill the unit cube, the first of a scrambled Sobol sequence.  (point, input)"""
    sequence = qmc.Sobol(inputs, rng=np.random.default_rng(seed))
    found: Floats = sequence.random_base2(int(points - 1).bit_length())[:points]
    return found


def left(waves: list[Wave], prior: Prior, seed: int) -> tuple[Floats, float]:
    """Candidates that no wave rules out, (point, parameter), and their share of the prior.

    Raises InputError if none is left, with the facts that are furthest away.
    """
    places = cube(CANDIDATES, len(prior.names), seed)
    some = places
    for wave in waves:
        some = some[~wave.ruled_out(some)]
        if not len(some):
            far = wave.far(places).min(axis=0)
            worst = [
                f"{wave.facts[k].name} ({far[k]:.1f} standard deviations)"
                for k in np.argsort(-far)[:FACTS_OFF]
            ]
            raise InputError(
                "calibration: the record rules out all of the prior; furthest away at best: "
                f"{' and '.join(worst)}."
            )
    return some, len(some) / CANDIDATES


def matched(
    facts: tuple[Fact, ...],
    prior: Prior,
    simulate: Callable[..., Simulated],
    *,
    waves: int,
    points: int,
    seed: int,
    progress: bool = False,
) -> tuple[list[Wave], list[float]]:
    """The waves, and the share of the prior that was not ruled out before each.

    The first covers the prior.  Wave k of K is drawn from the prior times the likelihood, by the emulator of
    the previous wave, to the power of (k - 1) / (K - 1), among points that no wave rules out: with many
    parameters most of the prior is not ruled out, and emulators are needed where draws will be.  It starts
    with remaining points of the prior where walkers find too few.
    simulate  :func:`simulated` with all arguments but label, places and seed
    progress  as in :func:`sampled`
    """
    done: list[Wave] = []
    parts = [1.0]
    places = cube(points, len(prior.names), seed)
    for number in range(waves):
        if done:
            start, part = left(done, prior, seed + number)
            parts.append(part)
            power, many = number / (waves - 1), CHOSEN_FROM * points
            places = sampled(done[-1], start, many, seed + number, power=power, progress=progress).places
            for wave in done:
                places = places[~wave.ruled_out(places)]
            places = np.concatenate([places, start])[:points]
        real: Simulated = simulate(f"wave {number + 1}", places, seed=seed + number)
        done.append(Wave(facts, places, real.facts, done[-1] if done else None, likelihood(real.contracts)))
    return done, parts


# --- draws ---------------------------------------------------------------------------------------------


class Sampled(NamedTuple):
    """Draws before weighting.

    places          of draws in the unit cube.  (draw, parameter)
    log_likelihood  of the record by the emulator.  (draw,)
    accepted        share of proposed steps that were accepted
    steps_alike     autocorrelation time of the walkers, the largest over parameters
    """

    places: Floats
    log_likelihood: Floats
    accepted: float
    steps_alike: float

    def some(self, kept: Integers) -> Sampled:
        """Some of the draws."""
        return self._replace(places=self.places[kept], log_likelihood=self.log_likelihood[kept])


def sampled(
    wave: Wave,
    start: Floats,
    draws: int,
    seed: int,
    *,
    steps: int = STEPS,
    power: float = 1.0,
    rows: str = ALL,
    progress: bool = False,
) -> Sampled:
    """Sample with an ensemble of walkers in the unit cube, over which the prior is uniform.

    wave      whose emulator is sampled
    start     starting points, those not ruled out.  (point, parameter)
    power     of the likelihood; below 1 draws spread wider than the posterior
    rows      as of :meth:`Wave.log_likelihood`
    progress  whether to report on the error stream, at the start and after every sixth
    Raises InputError without the package emcee.
    """
    emcee = needed("emcee")
    rng = np.random.default_rng(seed)
    inputs = start.shape[1]
    walkers = 2 * -(-max(WALKERS * inputs, 32) // 2)
    first = start[rng.integers(len(start), size=walkers)]
    first = np.clip(first + rng.normal(0, 0.01, first.shape), 1e-6, 1 - 1e-6)

    def log_posterior(places: Floats) -> Floats:
        """Log likelihood within the prior, -inf outside it.  (place,)"""
        inside = ((places > 0) & (places < 1)).all(axis=1)
        found = np.full(len(places), -np.inf)
        if inside.any():
            found[inside] = power * wave.log_likelihood(places[inside], rows)
        return found

    kinds = {"DEMove": 0.7, "DESnookerMove": 0.1, "StretchMove": 0.2}
    moves = [(getattr(emcee.moves, name)(), weight) for name, weight in kinds.items()]
    sampler = emcee.EnsembleSampler(walkers, inputs, log_posterior, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(seed).get_state()
    for step, _ in enumerate(sampler.sample(first, iterations=steps)):
        if progress and step % (steps // 6) == 0:
            print(f"{walkers} walkers on the emulator: step {step} of {steps}", file=sys.stderr, flush=True)
    forgotten = min(FORGOTTEN, steps // 3)
    chain = sampler.get_chain(discard=forgotten, flat=True)
    likely = sampler.get_log_prob(discard=forgotten, flat=True)
    chosen = rng.choice(len(chain), size=draws, replace=len(chain) < draws)
    with np.errstate(invalid="ignore"):  # a walker that never moved has no autocorrelation
        alike = float(np.nanmax(sampler.get_autocorr_time(tol=0, quiet=True)))
    return Sampled(chain[chosen], likely[chosen], float(np.mean(sampler.acceptance_fraction)), alike)


def weights(wave: Wave, drawn: Sampled, real: Simulated) -> Floats:
    """Weights of draws from real runs, sum 1, which correct the emulators' errors.  (draw,)

    No weight exceeds the square root of the number of draws times the mean (truncated importance sampling,
    Ionides 2008).
    """
    noise = np.diag(wave.tolerance.luck) / real.facts.shape[1]
    likely = wave.tolerance.log_likelihood(recorded(wave.facts), real.facts.mean(axis=1), noise)
    if real.contracts.size:
        likely = likely + likelihood(real.contracts)[:, ROWS.index(ALL)]
    ratio = likely - drawn.log_likelihood
    weight: Floats = np.exp(ratio - ratio.max())
    weight = np.minimum(weight, np.sqrt(len(weight)) * weight.mean())
    return weight / weight.sum()


def thinned(weight: Floats, most: int, seed: int) -> tuple[Integers, Floats]:
    """Positions of about so many of the draws, and their weights, sum 1, with the same expected sums as all.

    A draw with weight w stays with probability min(1, w / c) and then weighs max(w, c) (Fearnhead and
    Clifford 2003, with systematic sampling).
    """
    if np.count_nonzero(weight) <= most:
        kept = np.flatnonzero(weight)
        return kept, weight[kept]
    upward = np.sort(weight)
    below, above = np.cumsum(upward), np.arange(len(weight) - 1, -1, -1)
    # draws up to the k-th share the places that those above it leave
    levels = below / np.maximum(most - above, 1)
    level = levels[np.flatnonzero((most > above) & (levels >= upward))[-1]]
    chance = np.minimum(weight / level, 1.0)
    at = np.cumsum(chance) + np.random.default_rng(seed).random()
    kept = np.flatnonzero(np.diff(np.floor(at), prepend=np.floor(at[0] - chance[0])) > 0)
    heavier = np.maximum(weight[kept], level)
    return kept, heavier / heavier.sum()
