"""What other ways to draw luck would add to the luck that policies share: how many times as many runs.

``python -m benchmarks.variance`` simulates the baseline and all built-in scenarios with luck of three kinds,
as many runs of each, and compares how far means of headline effects scatter.  A run costs the same by each
of them, so a ratio of variances is one of effective runs a second.  Results go to ``results/benchmarks/``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from numpy.typing import DTypeLike
from scipy.special import ndtri

import lockin_sim as ls
from benchmarks.command import OUT, write
from benchmarks.findings import spread
from benchmarks.table import cell, table
from lockin_sim.conventions import Floats
from lockin_sim.draws import LABEL_BITS, Draws, Keys, Stream, key_of, squares64
from lockin_sim.engine import schedule
from lockin_sim.studies.registry import headlines, outcomes
from lockin_sim.world import World

#: Samples drawn anew from the groups of runs, for intervals.
RESAMPLES = 400

#: Runs of a stratum, a power of two: each cell's number falls once into each of as many equal parts.
STRATA = 8

_RUN, _LABEL = np.uint64(LABEL_BITS), np.uint64((1 << LABEL_BITS) - 1)
_SHUFFLE = key_of("strata")


class _Altered(Draws):
    """Draws whose uniform numbers are altered before they become shocks of other kinds."""

    @classmethod
    def gumbel(cls, stream: Stream, cell: Keys | np.uint64 | int, dtype: DTypeLike = np.float64) -> Floats:
        """As of :class:`Draws`."""
        shocks: Floats = -np.log(-np.log(cls.uniform(stream, cell))).astype(dtype)
        return shocks

    @classmethod
    def normal(cls, stream: Stream, cell: Keys | np.uint64 | int, dtype: DTypeLike = np.float64) -> Floats:
        """As of :class:`Draws`."""
        shocks: Floats = ndtri(cls.uniform(stream, cell)).astype(dtype)
        return shocks


class Antithetic(_Altered):
    """A run of odd number has the numbers of the one before it, mirrored: what was likely is unlikely."""

    @staticmethod
    def uniform(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """As of :class:`Draws`."""
        counter = stream.counter ^ np.asarray(cell, dtype=np.uint64)
        run, label = counter >> _RUN, counter & _LABEL
        u = Draws.uniform(Stream(stream.key, ((run >> np.uint64(1)) << _RUN) | label), 0)
        mirrored: Floats = np.where(run & np.uint64(1), 1.0 - u, u)
        return mirrored


class Stratified(_Altered):
    """Among ``STRATA`` runs on end, each number falls once into each of as many parts of its range.

    Which run has which part is an affine permutation, another for each cell.
    """

    @staticmethod
    def uniform(stream: Stream, cell: Keys | np.uint64 | int) -> Floats:
        """As of :class:`Draws`."""
        counter = stream.counter ^ np.asarray(cell, dtype=np.uint64)
        run, strata = counter >> _RUN, np.uint64(STRATA)
        word = squares64(((run // strata) << _RUN) | (counter & _LABEL), stream.key ^ _SHUFFLE | np.uint64(1))
        part = ((word | np.uint64(1)) * run + (word >> np.uint64(32))) % strata
        within: Floats = (part + Draws.uniform(stream, cell)) / STRATA
        return within


#: Kinds of luck, and how many runs on end belong together.
KINDS: Mapping[str, tuple[type[Draws], int]] = {
    "independent": (Draws, 1),
    "antithetic": (Antithetic, 2),
    "stratified": (Stratified, STRATA),
}


@contextmanager
def drawn(kind: type[Draws]) -> Iterator[None]:
    """In it, the core draws its shocks so."""
    chosen = schedule.stages

    def stages(*, compiled: bool) -> SimpleNamespace:
        """The same stages with other draws."""
        return SimpleNamespace(**(vars(chosen(compiled=compiled)) | {"draws": kind}))

    with patch.object(schedule, "stages", stages):
        yield


def headline_numbers(world: World, runs: int, kind: type[Draws]) -> dict[str, dict[str, Floats]]:
    """Headline outcomes of the last year, by outcome and scenario.  (run,) each."""
    known = outcomes(world)
    found: dict[str, dict[str, Floats]] = {name: {} for name in headlines(world.case)}
    record = sorted({variable for name in found for variable in known[name].record})
    with drawn(kind):
        for scenario in ls.scenarios():
            ds = ls.simulate(scenario, world=world, runs=runs, seed=1, record=record)
            for name, numbers in found.items():
                numbers[scenario] = known[name].of(ds, world)[:, -1]
    return found


def variance_of_mean(numbers: Floats, together: int) -> Floats:
    """Variance of the mean of some numbers, of which each group on end was drawn together.

    numbers  (..., run);  returns (...,)
    """
    means = numbers.reshape(*numbers.shape[:-1], -1, together).mean(axis=-1)
    variance: Floats = means.var(axis=-1, ddof=1) / means.shape[-1]
    return variance


class Sample(NamedTuple):
    """Headline outcomes of one kind of luck, (effect, run) each: what a scenario does to one, that of the
    scenario, and that of the baseline."""

    effect: Floats
    scenario: Floats
    base: Floats


def _sample(numbers: Mapping[str, Mapping[str, Floats]]) -> Sample:
    """Of all scenarios and headline outcomes."""
    rows = [
        (by_scenario[name] - by_scenario["baseline"], by_scenario[name], by_scenario["baseline"])
        for by_scenario in numbers.values()
        for name in by_scenario
        if name != "baseline"
    ]
    return Sample(*np.array(rows).swapaxes(0, 1))


def _gains(sampled: Mapping[str, Sample]) -> dict[str, Floats]:
    """How many times as many independent runs with shared luck each way is worth.  (effect,) each."""
    plain = sampled["independent"]
    scatter = variance_of_mean(plain.effect, 1)
    apart = variance_of_mean(plain.scenario, 1) + variance_of_mean(plain.base, 1)
    found: dict[str, Floats] = {"shared luck, against luck of its own for each scenario": apart / scatter}
    for kind in [name for name in sampled if name != "independent"]:
        found[f"{kind} shocks"] = scatter / variance_of_mean(sampled[kind].effect, KINDS[kind][1])
    effect, base = (x - x.mean(axis=-1, keepdims=True) for x in (plain.effect, plain.base))
    alike = (effect * base).sum(axis=-1) ** 2 / ((effect**2).sum(axis=-1) * (base**2).sum(axis=-1))
    found["the baseline as a control variate, if its mean were known"] = 1.0 / (1.0 - alike)
    return found


def _resampled(sampled: Mapping[str, Sample], rng: np.random.Generator) -> dict[str, Sample]:
    """Groups of runs drawn anew from those that were simulated, the same for all effects."""
    found = {}
    for kind, sample in sampled.items():
        together = KINDS[kind][1]
        groups = sample.base.shape[-1] // together
        chosen = rng.integers(groups, size=groups)[:, None] * together + np.arange(together)
        found[kind] = Sample(*(values[:, chosen.ravel()] for values in sample))
    return found


def gains(world: World, runs: int) -> dict[str, dict[str, float]]:
    """Median over effects of what each way is worth, its 95 % interval, and how far effects differ."""
    sampled = {name: _sample(headline_numbers(world, runs, kind)) for name, (kind, _) in KINDS.items()}
    moves = np.ptp(sampled["independent"].effect, axis=-1) > 0  # a scenario need not move an outcome
    sampled = {name: Sample(*(values[moves] for values in sample)) for name, sample in sampled.items()}
    rng = np.random.default_rng(1)
    again = [_gains(_resampled(sampled, rng)) for _ in range(RESAMPLES)]
    found = {}
    for name, values in _gains(sampled).items():
        low, high = np.quantile([np.median(one[name]) for one in again], (0.025, 0.975))
        found[name] = {**spread(values.tolist()), "low": low, "high": high, "effects": len(values)}
    return found


PAGE = """\
# Fewer runs for the same doubt

Scenarios are compared run by run with the same luck. This page asks what other ways of drawing it would add:
how many times as many independent runs each is worth, for the headline effects of all built-in scenarios in
the last year. A run costs the same by all of them, so these are ratios of effective runs a second. Made by
`python -m benchmarks.variance` from {runs} runs of each scenario and kind; medians over effects.

{table}

*Antithetic*: each second run has the numbers of the one before it, mirrored. *Stratified*: among {strata}
runs, each number falls once into each of {strata} equal parts of its range. *Control variate*: the effect is
corrected by how far the baseline of these runs lies from its mean, which other runs of the baseline would
have to tell; their cost is not counted. Intervals are those of medians over effects, from {resamples}
samples of groups of runs drawn anew.

The package draws runs that are independent, beside the luck that scenarios share. Then an interval needs
nothing but the runs, any number of them will do, and `--until` can look at them one by one; with the
others, groups of runs take the place of runs, and intervals of few groups are wide themselves.
"""


def markdown(result: Mapping[str, Any]) -> str:
    """The page of a result."""
    found = result["gains"]
    rows = [
        (name, f["median"], f"{cell(f['low'])} to {cell(f['high'])}", f["least"], f["most"], f["effects"])
        for name, f in found.items()
    ]
    head = ("way", "times as many runs", "95 % interval", "least effect", "most", "effects")
    lines = "\n".join(table(head, rows))
    return PAGE.format(runs=result["runs"], table=lines, strata=STRATA, resamples=RESAMPLES)


def main(asked: Sequence[str] | None = None) -> int:
    """Measure, and write the numbers and the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variance", description=__doc__)
    parser.add_argument("--runs", type=int, default=256, help=f"of each scenario, a multiple of {STRATA}")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(asked)
    if options.runs < 2 * STRATA or options.runs % STRATA:
        parser.error(f"--runs is {options.runs}; a multiple of {STRATA}, at least {2 * STRATA}")
    result = {"runs": options.runs, "gains": gains(ls.load_world(), options.runs)}
    write(options.out, "variance", result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
