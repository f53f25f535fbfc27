"""What other ways to draw luck would add to the luck that policies share: how many times as many runs.

``python -m benchmarks.variance`` simulates the baseline and all built-in scenarios with luck of three kinds,
as many runs of each, and compares how far means of headline effects scatter.  A run costs the same by each
of them, so a ratio of variances is one of effective runs a second.  Results go to ``results/benchmarks/``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import DTypeLike
from scipy.special import ndtri

import lockin_sim as ls
from benchmarks.findings import spread
from benchmarks.table import table
from lockin_sim.conventions import Floats
from lockin_sim.draws import LABEL_BITS, Draws, Keys, Stream, key_of, squares64
from lockin_sim.engine import schedule
from lockin_sim.engine.stages import Stages
from lockin_sim.studies.registry import headlines, outcomes
from lockin_sim.world import World

OUT = Path(__file__).parents[1] / "results" / "benchmarks"

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

    def stages(*, compiled: bool) -> Stages:
        """The same stages with other draws."""
        return chosen(compiled=compiled)._replace(draws=kind)

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


def variance_of_mean(numbers: Floats, together: int) -> float:
    """Variance of the mean of some numbers, of which each group on end was drawn together."""
    means = numbers.reshape(-1, together).mean(axis=1)
    return float(means.var(ddof=1) / len(means))


def gains(world: World, runs: int) -> dict[str, dict[str, float]]:
    """How many times as many independent runs with shared luck each way is worth, over effects."""
    sampled = {name: headline_numbers(world, runs, kind) for name, (kind, _) in KINDS.items()}
    found: dict[str, list[float]] = {}
    for outcome, numbers in sampled["independent"].items():
        base = numbers["baseline"]
        for scenario in [name for name in numbers if np.ptp(numbers[name] - base)]:
            effect = numbers[scenario] - base
            plain, apart = variance_of_mean(effect, 1), variance_of_mean(base, 1)
            unshared = (variance_of_mean(numbers[scenario], 1) + apart) / plain
            found.setdefault("shared luck, against luck of its own for each scenario", []).append(unshared)
            for kind, (_, together) in list(KINDS.items())[1:]:
                drawn_so = sampled[kind][outcome]
                altered = variance_of_mean(drawn_so[scenario] - drawn_so["baseline"], together)
                found.setdefault(f"{kind} shocks", []).append(plain / altered)
            known = 1.0 / (1.0 - np.corrcoef(effect, base)[0, 1] ** 2)
            found.setdefault("the baseline as a control variate, if its mean were known", []).append(known)
    return {name: {**spread(values), "effects": len(values)} for name, values in found.items()}


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
have to tell; their cost is not counted.

{read}
"""


def markdown(result: Mapping[str, Any]) -> str:
    """The page of a result."""
    found = result["gains"]
    rows = [(name, f["median"], f["least"], f["most"], f["effects"]) for name, f in found.items()]
    best = max((f["median"], name) for name, f in list(found.items())[1:])
    worth = f"The best of them is worth {best[0]:.2g} times as many runs ({best[1]})"
    read = f"{worth}, " + (
        "too little for another kind of luck in which a run is no longer the same alone and among others."
        if best[0] < 1.2
        else "which a study could use."
    )
    lines = table(("way", "times as many runs", "least", "most", "effects"), rows)
    return PAGE.format(runs=result["runs"], table="\n".join(lines), strata=STRATA, read=read)


def main(asked: Sequence[str] | None = None) -> int:
    """Measure, and write the numbers and the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variance", description=__doc__)
    parser.add_argument("--runs", type=int, default=256, help=f"of each scenario, a multiple of {STRATA}")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    options = parser.parse_args(asked)
    if options.runs < 2 * STRATA or options.runs % STRATA:
        parser.error(f"--runs is {options.runs}; a multiple of {STRATA}, at least {2 * STRATA}")
    result = {"runs": options.runs, "gains": gains(ls.load_world(), options.runs)}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "variance.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (options.out / "variance.md").write_text(markdown(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
