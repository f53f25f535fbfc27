"""Calibration of the parameters to the record, by history matching and then by sampling.

Waves of runs are compared with the facts of :func:`.record.facts.build_calibration_facts`, and guided runs
with the contracts on record: the first wave covers the prior, each further wave is closer to where emulators
find the record likely.  Walkers then sample the emulators of the last wave, and runs of each draw check the
emulators and give the draw its histories.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, log_expit, logit
from scipy.stats import qmc

from lockin_sim.common import emulator
from lockin_sim.common.conventions import MOST_DRAWS, RUNS, SEED, Bools, Floats
from lockin_sim.common.emulator import FEWEST_POINTS, Cautious, Emulators
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.common.errors import LARGEST, InputError, check_whole_number, unusable
from lockin_sim.common.extras import import_optional
from lockin_sim.common.files import check_path
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.progress import Progress
from lockin_sim.common.values import check_truth
from lockin_sim.comparisons.trial import build_provenance
from lockin_sim.evidence.history_pools import add_histories
from lockin_sim.evidence.likelihood import (
    ALL,
    READ,
    ROWS,
    combine_log_likelihoods,
    compute_contracts_at,
    select_contract_rows,
)
from lockin_sim.evidence.posterior import (
    STORE,
    Prior,
    build_posterior_dataset,
    build_prior,
    check_calibration_folder,
    write_calibration,
)
from lockin_sim.evidence.tolerance import (
    Tolerance,
    build_tolerance,
    estimate_model_error,
    estimate_run_covariance,
    list_recorded_values,
)
from lockin_sim.model.measures import Alone
from lockin_sim.record import Fact
from lockin_sim.record.facts import BORROWERS, CALIBRATED, build_calibration_facts, load_share_series
from lockin_sim.record.questions import LANDINGS, OF_GROUPS, AnswerReducer
from lockin_sim.record.tables import check_recorded_world, with_places
from lockin_sim.rules import choice
from lockin_sim.runs.context import running
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.runs.simulation import check_progress
from lockin_sim.settings.parameters import ByName, Parameters, collect_fixed_values, resolve_parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World, resolve_world

if TYPE_CHECKING:
    import xarray as xr

#: Last year to simulate: the last with a fact, and one more to smooth it.
YEARS = (2010, 2024)

#: Variables to record.
RECORD = Alone((*OF_GROUPS, "generation", "incumbent", LANDINGS, "lent", "restricted"))

#: A point is ruled out if this many facts are further away than BOUND.
FACTS_OFF, BOUND = 2, 3.0

#: Number of candidate points; a power of two.
CANDIDATES = 2**14

#: Every so-manieth draw of the walkers enters the next wave, if not ruled out.
CHOSEN_FROM = 4

#: Points of the last wave for one of the others.
LAST = 6

#: Guided runs at a point, by rows of the table of contracts that count.
GUIDED = {READ: 4, ALL: 1}

#: Most rounds in which the emulator of contracts learns where it is wrong before the last wave, points of
#: each for one of a wave, and standard deviation of its errors at which they end.
ROUNDS, ROUND, CLOSE = 6, 4, 1.5

#: Steps of every walker, the share discarded at the start, every which step is stored, and minimum walkers
#: per parameter.
STEPS, FORGOTTEN, STORED, WALKERS = 900, 1 / 3, 5, 3


@checks_keywords()
def calibrate(
    out: str | Path | None = None,
    *,
    only: Sequence[str] | None = None,
    waves: int = 4,
    points: int = 128,
    runs: int = RUNS.calibration,
    draws: int = 400,
    world: World | None = None,
    parameters: Parameters | ByName | None = None,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | Progress | None = None,
    resume: bool = False,
) -> xr.Dataset:
    """Fit the parameters to the record: draw values that fit, and measure how far each is narrowed.

    out     folder for tables, figures and the runs, from which it can resume; None = nothing is saved
    only    names of parameters; None = all that are assumed or estimated and not in ``parameters``
    waves, points, draws   number of waves, of points per wave (the last has six times as many), and of draws
    runs    runs of each point and of each draw
    resume  continue from the runs in ``out``
    parameters  fixed values; parameters that differ from the default are not calibrated
    Other arguments as in :func:`lockin_sim.compare`.
    Returns the dataset of :func:`lockin_sim.evidence.posterior.build_posterior_dataset`.
    Raises InputError for what cannot be used, without emcee, and where the record rules out every point.
    """
    import_optional("emcee", "calibrate")  # fail before anything is simulated
    least = {"waves": (waves, 1), "points": (points, FEWEST_POINTS), "runs": (runs, 2), "draws": (draws, 2)}
    for name, (value, fewest) in least.items():
        check_whole_number(name, value, least=fewest, most=MOST_DRAWS)
    seed = check_whole_number("seed", seed, most=LARGEST - waves)  # each wave has its own
    whole = check_recorded_world(resolve_world(world))
    world, facts = restrict_to_fact_groups(whole)
    fixed = resolve_parameters(parameters, world.horizon(None))
    known = build_prior(only, collect_fixed_values(parameters))
    place = None if out is None else check_path("out", out, "the path of a folder")
    progress = check_progress(progress)
    check_truth("resume", resume)
    if place is not None:
        check_calibration_folder(place)
    shown = progress is True
    simulate = Simulator(facts, known, world, whole, fixed, runs, workers, progress)
    store = None if place is None else place / STORE
    # several BLAS threads wait for each other longer than the small products of the walkers take
    with running(store=store, resume=resume and place is not None), limit_blas_threads():
        done, parts = run_waves(facts, known, simulate, waves=waves, points=points, seed=seed, progress=shown)
        start = find_plausible_points(done, known, seed + waves)[0]
        drawn, every = (
            sample_posterior(done[-1], start, draws, seed, rows=r, progress=shown) for r in (READ, ALL)
        )
        other = sample_structures(done[-1], known, {READ: drawn, ALL: every}, seed, progress=shown)
        contracts = simulate.contracts("draws", drawn.places)
        real = simulate.facts_at("draws", drawn.places, seed=seed + waves)
        posterior = build_posterior_dataset(known, done, parts, drawn, real, contracts, every).merge(other)
        posterior = add_histories(
            posterior, world=world, parameters=fixed, workers=workers, progress=progress
        )
    about = build_provenance(world, parameters=fixed, runs=runs, seed=seed, years=YEARS)
    posterior = posterior.assign_attrs(about)
    if place is not None:
        write_calibration(posterior, place)
    return posterior


def restrict_to_fact_groups(world: World) -> tuple[World, tuple[Fact, ...]]:
    """Restrict the groups of a world to the places of the facts, and return the world and the facts.

    Variables by group take most of the memory of a calibration's runs.
    """
    facts_of_world = {one.scope for subject in CALIBRATED for one in load_share_series()[subject]} | {
        "Europe",
        "Africa",
        *BORROWERS,
    }
    world = with_places(world, only=facts_of_world)
    return world, build_calibration_facts(world)


@dataclass(frozen=True)
class Simulator:
    """Simulator of all facts, and of the likelihood of contracts, at points of the prior.

    world       with the places of the facts as its groups, see :func:`restrict_to_fact_groups`;  recorded
                with its own groups
    parameters  that do not vary
    runs        at each point
    """

    facts: tuple[Fact, ...]
    prior: Prior
    world: World
    recorded: World
    parameters: Parameters
    runs: int
    workers: int | None = None
    progress: bool | Progress = False

    def __call__(self, label: str, places: Floats, *, seed: int) -> tuple[Floats, Floats]:
        """Simulate the facts and the likelihood of contracts at points of the unit cube.

        Returns facts in every run, (point, run, fact), and the log likelihood of contracts on record, by
        :data:`.likelihood.ROWS`, (point, rows).
        """
        contracts = [
            combine_log_likelihoods(self.contracts(f"{label}, {rows}", places, rows)) for rows in ROWS
        ]
        return self.facts_at(label, places, seed=seed), np.stack(contracts, axis=1)

    def facts_at(self, label: str, places: Floats, *, seed: int) -> Floats:
        """Simulate all facts at every point, each run with its own shocks, (point, run, fact)."""
        values = np.repeat(self.prior.values(places), self.runs, axis=0)
        drawn = dict(zip(self.prior.names, values.T, strict=True))
        answers = AnswerReducer(tuple(fact.question for fact in self.facts))
        parameters, scenario = self.parameters.replace(drawn), load_scenario("baseline")
        case = RunCase(label, scenario, answers, parameters, RECORD, world=self.world)
        arrays = run_cases(
            [case], world=self.world, runs=len(values), seed=seed, years=YEARS, workers=self.workers,
            progress=self.progress,
        )[label]  # fmt: skip
        return arrays["values"].reshape(len(places), self.runs, -1)

    def contracts(self, label: str, places: Floats, rows: str = READ) -> Floats:
        """Compute log likelihoods of contracts in guided runs, with the same shocks at every point.

        rows  of the table of contracts that count, one of :data:`.likelihood.ROWS`
        Returns (point, run, country); no country in a world without contracts on record.
        """
        if not len(select_contract_rows(self.recorded, rows).contracts.held):
            return np.zeros((len(places), GUIDED[rows], 0))
        drawn = dict(zip(self.prior.names, self.prior.values(places).T, strict=True))
        return compute_contracts_at(
            label, self.parameters.replace(drawn), world=self.recorded, points=len(places),
            runs=GUIDED[rows], rows=(rows,), workers=self.workers, progress=self.progress,
        )[:, 0]  # fmt: skip


# --- waves ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wave:
    """Wave of a calibration: points, their runs, and the resulting emulators and tolerance.

    places     points of the unit cube.  (point, parameter)
    runs       of every fact.  (point, run, fact)
    earlier    the previous wave, whose points also train the emulators
    contracts  their log likelihood, by rows of their table; () = not counted.  (point, rows)
    nearer     rounds of further points, (point, parameter), and their log likelihood of all contracts,
               (point,), see :func:`refine_contract_emulator`
    Raises InputError for a fact that is undefined in some run, since it could not rule out anything.
    """

    facts: tuple[Fact, ...]
    places: Floats
    runs: Floats
    earlier: Wave | None = None
    contracts: Floats | tuple[()] = ()
    nearer: tuple[tuple[Floats, Floats], ...] = ()

    def __post_init__(self) -> None:
        unknown = np.isnan(self.runs).sum(axis=(0, 1))
        if unknown.any():
            worst = self.facts[int(unknown.argmax())].name
            found = f"no number in {unknown.max()} of {self.runs[..., 0].size} runs"
            raise unusable(f"calibration: {worst}", words=found, allowed="a number in every run")

    @cached_property
    def means(self) -> Floats:
        """Means of facts over runs, (point, fact)."""
        return self.runs.mean(axis=1)

    @property
    def known(self) -> tuple[Floats, Floats]:
        """Points and means of facts of all waves up to this one, the latest last."""
        if self.earlier is None:
            return self.places, self.means
        places, means = self.earlier.known
        return np.concatenate([places, self.places]), np.concatenate([means, self.means])

    def known_contracts(self, rows: str) -> list[tuple[Floats, Floats]]:
        """List points and their log likelihood of contracts, in the order of simulation.

        rows  of the table of contracts that count; rounds of further points have :data:`READ` alone
        Returns pairs of (point, parameter) and (point,).
        """
        own = [(self.places, np.reshape(self.contracts, (len(self.places), -1))[:, ROWS.index(rows)])]
        return [*own, *self.nearer] if rows == READ else own

    @cached_property
    def emulator(self) -> Emulators:
        """Emulators of the means of facts, with their error at points of this wave."""
        chance = np.diag(self.luck) / self.runs.shape[1]
        return emulator.fit_emulators(*self.known, chance=chance, latest=len(self.places))

    @cached_property
    def likely_contracts(self) -> dict[str, Cautious]:
        """Emulators of the log likelihood of contracts, by rows that count.

        They are trained on points of this wave and of the one before: at earlier points the likelihood is too
        low to matter.
        """
        emulators = {}
        for rows in ROWS:
            before = [] if self.earlier is None else self.earlier.known_contracts(rows)
            known = [*before, *self.known_contracts(rows)]
            places, values = (np.concatenate(of) for of in zip(*known, strict=True))
            emulators[rows] = emulator.fit_cautious_emulator(places, values, latest=len(known[-1][0]))
        return emulators

    @cached_property
    def luck(self) -> Floats:
        """Covariance of single runs at one point, (fact, fact)."""
        return estimate_run_covariance(self.runs)

    @cached_property
    def off(self) -> Floats:
        """Standard deviation of the model's error in every fact, estimated in the first wave, then fixed."""
        if self.earlier is not None:
            return self.earlier.off
        places = sample_unit_cube(CANDIDATES, self.places.shape[1], 0)
        return estimate_model_error(self.facts, self.luck, self.emulator.mean(places), self.emulator.error**2)

    @cached_property
    def tolerance(self) -> Tolerance:
        """Covariance of the difference between the record and a mean over runs."""
        return build_tolerance(self.facts, self.luck, self.off)

    def far(self, places: Floats) -> Floats:
        """Compute the implausibility of each fact at points, (point, fact)."""
        guess, more = self.emulator.mean(places), self.emulator.error**2
        return self.tolerance.implausibility(list_recorded_values(self.facts), guess, more)

    def ruled_out(self, places: Floats) -> Bools:
        """Whether each point is ruled out: :data:`FACTS_OFF` facts are beyond :data:`BOUND`, (point,)."""
        return np.partition(self.far(places), -FACTS_OFF, axis=1)[:, -FACTS_OFF] > BOUND

    def log_likelihood(self, places: Floats, rows: str = READ) -> Floats:
        """Compute the emulated log likelihood of the record, contracts included, at points.  (point,)

        rows  which rows of the table of contracts count, one of :data:`.likelihood.ROWS`
        """
        more, terms = self.emulator.error**2, emulator.compute_terms(places)
        means = terms @ self.emulator.coefficients
        likelihood = self.tolerance.log_likelihood(list_recorded_values(self.facts), means, more)
        if not np.size(self.contracts):
            return likelihood
        return likelihood + self.likely_contracts[rows](terms)


def sample_unit_cube(points: int, inputs: int, seed: int) -> Floats:
    """Sample the unit cube by the first points of a scrambled Sobol sequence, (point, input)."""
    sequence = qmc.Sobol(inputs, rng=np.random.default_rng(seed))
    points_of_cube: Floats = sequence.random_base2(int(points - 1).bit_length())[:points]
    return points_of_cube


def find_plausible_points(waves: list[Wave], prior: Prior, seed: int) -> tuple[Floats, float]:
    """Find the candidates that no wave rules out, (point, parameter), and their share of the prior.

    Raises InputError if every candidate is ruled out, with the facts that are furthest away.
    """
    places = sample_unit_cube(CANDIDATES, len(prior.names), seed)
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


def run_waves(
    facts: tuple[Fact, ...],
    prior: Prior,
    simulate: Simulator,
    *,
    waves: int,
    points: int,
    seed: int,
    progress: bool = False,
) -> tuple[list[Wave], list[float]]:
    """Run the waves, and return them with the share of the prior that was not ruled out before each.

    The first covers the prior.  Wave k of K is drawn from the prior times the likelihood, by the emulator of
    the wave before, to the power of (k - 1) / (K - 2), at most 1, among points that no wave rules out, and
    filled up with points of the prior where walkers find too few.  Much of the prior is not ruled out, and
    emulators are needed where draws will be.  The last wave has :data:`LAST` times as many points.
    progress  as in :func:`sample_posterior`
    """
    done: list[Wave] = []
    parts = [1.0]
    places = sample_unit_cube(points, len(prior.names), seed)
    for number in range(waves):
        if done:
            start, part = find_plausible_points(done, prior, seed + number)
            parts.append(part)
            power = min(1.0, number / max(1, waves - 2))
            if number == waves - 1:
                done[-1] = refine_contract_emulator(
                    done[-1], start, simulate, seed=seed + number, progress=progress
                )
                points = LAST * points
            many = CHOSEN_FROM * points
            drawn = sample_posterior(done[-1], start, many, seed + number, power=power, progress=progress)
            places = drawn.places
            for wave in done:
                places = places[~wave.ruled_out(places)]
            places = np.concatenate([places, start])[:points]
        real, contracts = simulate(f"wave {number + 1}", places, seed=seed + number)
        done.append(Wave(facts, places, real, done[-1] if done else None, contracts))
    return done, parts


def refine_contract_emulator(
    wave: Wave, start: Floats, simulate: Simulator, *, seed: int, progress: bool = False
) -> Wave:
    """Train the wave's emulator of contracts also at points that the emulator finds likely.

    Contracts separate points more sharply than facts do, and guided runs are quick.  Where few points are
    known an emulator overrates some points, but not again once their likelihood is known: rounds end when the
    emulator predicts the next points to within :data:`CLOSE`, at most after :data:`ROUNDS`.
    start, progress  as in :func:`sample_posterior`
    Returns the wave with its further points.
    """
    for number in range(ROUNDS):
        places = sample_posterior(
            wave, start, ROUND * len(wave.places), seed + number, progress=progress
        ).places
        real = combine_log_likelihoods(simulate.contracts(f"round {number + 1}", places))
        apart = real - wave.likely_contracts[READ](emulator.compute_terms(places))
        wave = replace(wave, nearer=(*wave.nearer, (places, real)))
        if progress:
            said = f"{apart.mean():.1f} ± {apart.std():.1f} off their emulator, {real.mean():.1f} on average"
            print(f"contracts, round {number + 1}: {said}", file=sys.stderr, flush=True)
        if apart.std() <= CLOSE:
            break
    return wave


# --- draws ---------------------------------------------------------------------------------------------


class WalkerDraws(NamedTuple):
    """Draws, chosen at random from the walkers' steps, with diagnostics.

    places       of draws in the unit cube.  (draw, parameter)
    accepted     share of proposed steps that were accepted
    steps_alike  autocorrelation time of the walkers, the largest over parameters
    independent  number of independent draws that all their steps are worth
    """

    places: Floats
    accepted: float
    steps_alike: float
    independent: float


def sample_posterior(
    wave: Wave,
    start: Floats,
    draws: int,
    seed: int,
    *,
    steps: int = STEPS,
    power: float = 1.0,
    rows: str = READ,
    fixed: Mapping[int, float] = MappingProxyType({}),
    progress: bool = False,
) -> WalkerDraws:
    """Sample the posterior with an ensemble of walkers in the unit cube, over which the prior is uniform.

    wave      whose emulators give the likelihood
    start     starting points, which are not ruled out.  (point, parameter)
    draws     number of draws
    power     of the likelihood; below 1 draws spread wider than the posterior
    rows      as of :meth:`Wave.log_likelihood`
    fixed     places of parameters that do not vary, by their positions
    progress  whether to report on the error stream, at the start and after every sixth
    Raises InputError without the package emcee.
    """
    emcee = import_optional("emcee", "calibrate")
    rng = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(start.shape[1]), list(fixed))
    inputs = len(free)
    walkers = 2 * -(-max(WALKERS * inputs, 32) // 2)
    first = start[rng.integers(len(start), size=walkers)][:, free]
    first = np.clip(first + rng.normal(0, 0.01, first.shape), 1e-3, 1 - 1e-3)

    def whole(places: Floats) -> Floats:
        """Fill in the fixed parameters of places, (place, parameter)."""
        every = np.empty((len(places), start.shape[1]))
        every[:, free], every[:, list(fixed)] = places, list(fixed.values())
        return every

    def log_posterior(odds: Floats) -> Floats:
        """Compute the log posterior density at log odds of places, (place,)."""
        prior = (log_expit(odds) + log_expit(-odds)).sum(axis=1)
        density: Floats = prior + power * wave.log_likelihood(whole(expit(odds)), rows)
        return density

    kinds = {"DEMove": 0.7, "DESnookerMove": 0.1, "StretchMove": 0.2}
    moves = [(getattr(emcee.moves, name)(), weight) for name, weight in kinds.items()]
    sampler = emcee.EnsembleSampler(walkers, inputs, log_posterior, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(seed).get_state()
    count = steps // STORED
    for step, _ in enumerate(sampler.sample(logit(first), iterations=count, thin_by=STORED)):
        if progress and step % (count // 6) == 0:
            said = f"{walkers} walkers on the emulator: step {step * STORED} of {steps}"
            print(said, file=sys.stderr, flush=True)
    forgotten = int(FORGOTTEN * count)
    chain = expit(sampler.get_chain(discard=forgotten))
    flat = chain.reshape(-1, inputs)
    chosen = rng.choice(len(flat), size=draws, replace=len(flat) < draws)
    with np.errstate(invalid="ignore"):  # a walker that never moved has no autocorrelation
        alike = float(np.nanmax(emcee.autocorr.integrated_time(chain, tol=0, quiet=True)))
    accepted = float(np.mean(sampler.acceptance_fraction))
    return WalkerDraws(whole(flat[chosen]), accepted, alike * STORED, len(flat) / alike)


# --- structures ----------------------------------------------------------------------------------------

#: Structures whose draws are kept beside the others: rows that count, and parameters that are fixed.
STRUCTURES: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "lasting_tastes": (READ, {"taste_persistence": 1.0}),
    "drifting_tastes": (READ, {"taste_persistence": 0.7}),
    "trade_neighbours": (READ, {"regional_weight": 0.0}),
    "near_neighbours": (READ, {"regional_weight": 0.7}),
    "all_rows": (ALL, {}),
}

#: Draws of each structure, the steps of the walkers for one of those of the main draws, and points of the
#: range of a parameter over which its likelihood is averaged.
EACH, FEWER, GRID = 100, 3, 20


def sample_structures(
    wave: Wave, prior: Prior, drawn: Mapping[str, WalkerDraws], seed: int, *, progress: bool = False
) -> xr.Dataset:
    """Draw parameters given each structure, and compare how likely each makes the record.

    drawn  draws without a fixed parameter, by rows that count
    Returns ``structure_value`` (structure, structure_draw, parameter) and ``log_marginal`` (rows, structure):
    the log of the record's marginal likelihood over that with the fixed parameter drawn from its range.
    """
    import xarray as xr

    values, marginal = list[Floats](), list[list[float]]()
    mine = {name: of for name, of in STRUCTURES.items() if set(of[1]) <= set(prior.names)}
    for rows, settings in mine.values():
        fixed = {}
        for name, value in settings.items():
            position = prior.names.index(name)
            low, high = prior.low[position], prior.high[position]
            fixed[position] = float((value - low) / (high - low))
        some = drawn[rows]
        if fixed:
            some = sample_posterior(
                wave, some.places, EACH, seed, steps=STEPS // FEWER, rows=rows, fixed=fixed, progress=progress
            )
        values.append(prior.values(np.resize(some.places, (EACH, len(prior.names)))))
        marginal.append([compute_log_marginal(wave, drawn[of].places[:EACH], fixed, of) for of in ROWS])
    said = {"long_name": "log marginal likelihood less that with the parameter drawn from its range"}
    return xr.Dataset(
        {
            "structure_value": (("structure", "structure_draw", "parameter"), np.array(values)),
            "log_marginal": (("rows", "structure"), np.array(marginal).T, said),
        },
        coords={"structure": list(mine), "rows": list(ROWS), "parameter": list(prior.names)},
    )


def compute_log_marginal(wave: Wave, places: Floats, fixed: Mapping[int, float], rows: str) -> float:
    """Compute the log ratio of marginal likelihoods with a parameter fixed and drawn from its range.

    By the density of its posterior at the fixed value, averaged over draws of all others (Gelfand and Smith
    1990; Dickey 1971).  NaN if nothing is fixed.
    places  of draws in the unit cube.  (draw, parameter)
    fixed   position and place of the fixed parameter
    """
    if not fixed:
        return float("nan")
    ((position, place),) = fixed.items()
    at = np.array([*((np.arange(GRID) + 0.5) / GRID), place])
    every = np.repeat(places, len(at), axis=0)
    every[:, position] = np.tile(at, len(places))
    likely = wave.log_likelihood(every, rows).reshape(len(places), -1)
    density = likely[:, -1] - choice.log_mean(likely[:, :-1], axis=-1)
    return float(choice.log_mean(density, axis=0))
