"""The search itself: the EMA Workbench's many-objective optimiser, generation by generation.

The Workbench's generational Borg (Hadka and Reed 2013, with epsilon dominance of Laumanns et al. 2002) draws
from Python's global generator; here it has a state of its own, so that equal evaluations give equal searches:
a search that is resumed meets its own earlier packages again.  It searches the unit cube, for its operators
know real numbers alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.analysis.needs import needed
from lockin_sim.conventions import Floats

#: Fewest members of a generation: some operators of Borg have ten parents.
SMALLEST = 12

#: Places of a generation to what each costs: (place, decision) -> (place, objective), lower is better.
type Evaluate = Callable[[Floats], Floats]


class Found(NamedTuple):
    """What a search found.

    places    places of the unit cube that no other place found dominates, by epsilon.  (place, decision)
    archive   how many there were after each generation, and how often one had been better by epsilon
    improved  (generation,)
    """

    places: Floats
    archive: tuple[int, ...]
    improved: tuple[int, ...]


class _Batches:
    """What the optimiser hands its packages to: all of a generation together."""

    def __init__(self, evaluate: Evaluate) -> None:
        self.evaluate = evaluate

    def evaluate_all(self, jobs: Sequence[Any], **_: Any) -> Sequence[Any]:
        """Give every job its objectives."""
        if not jobs:
            return jobs
        units = np.array([[float(v) for v in job.solution.variables] for job in jobs])
        for job, costs in zip(jobs, self.evaluate(units).tolist(), strict=True):
            job.solution.problem.function = lambda _, costs=costs: costs
            job.solution.evaluate()
        return jobs


def optimised(
    evaluate: Evaluate, *, decisions: int, epsilons: Sequence[float], budget: int, generation: int, seed: int
) -> Found:
    """Search the unit cube for places that no other dominates.

    decisions   number of axes of the cube
    epsilons    for each objective a difference that is as good as none
    budget      places to look at, more or less: whole generations
    generation  places of a generation, at least :data:`SMALLEST`
    """
    workbench = needed("ema_workbench")
    module = needed("ema_workbench.em_framework.optimization")
    names = [f"x{k}" for k in range(decisions)]
    axes = [workbench.RealParameter(name, 0.0, 1.0) for name in names]
    lower = workbench.ScalarOutcome.MINIMIZE
    costs = [workbench.ScalarOutcome(f"y{k}", kind=lower) for k in range(len(epsilons))]
    problem = module.Problem("levers", axes, costs)
    archive, improved = [], []
    with _own_luck(seed):
        algorithm = module.GenerationalBorg(
            problem, list(epsilons), population_size=generation, evaluator=_Batches(evaluate)
        )
        while algorithm.nfe < budget:
            algorithm.step()
            archive.append(len(algorithm.archive))
            improved.append(int(algorithm.archive.improvements))
    places = np.array([[float(v) for v in solution.variables] for solution in algorithm.archive])
    return Found(places, tuple(archive), tuple(improved))


@contextmanager
def _own_luck(seed: int) -> Iterator[None]:
    """Python's generator at a seed, and as it was afterwards."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
