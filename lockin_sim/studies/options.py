"""How a study is run: one set of options for every study, and what datasets say of it."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.defaults import SEED
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.runs.provenance import world_digest
from lockin_sim.world import World, world_of


class Options(TypedDict, total=False):
    """How a study is run: keywords that every study takes beside its question and its number of runs.

    Where units of work are kept, on which machines and by which engine, :func:`lockin_sim.running` says.

    Attributes
    ----------
    world : World, the bundled one if None or left out.
    parameters : of all runs alike, as in :func:`lockin_sim.simulate`.
    seed : of all shocks.
    years : first and last year; None = those of the world's case.
    workers : number of processes; None = one for each processor.  The numbers do not depend on it.
    progress : True shows a bar with the time left, on a terminal or in a notebook; a function is called with
        the number of runs done.
    chunk : most runs computed together in a process; more use more memory.  The numbers do not depend on it.
    """

    world: World | None
    parameters: Parameters | Mapping[str, float | Floats] | None
    seed: int
    years: tuple[int, int] | None
    workers: int | None
    progress: bool | Progress
    chunk: int


@dataclass(frozen=True)
class Setup:
    """Options of a study, with all that was left out in its place."""

    world: World
    parameters: Parameters
    runs: int
    seed: int
    years: tuple[int, int]
    workers: int | None
    progress: bool | Progress
    chunk: int

    @property
    def calendar(self) -> Integers:
        """All years."""
        return np.arange(self.years[0], self.years[1] + 1)

    def run(self, cases: Sequence[Case]) -> dict[str, dict[str, Floats]]:
        """Run cases on the same luck; arrays (run, ...) by name, by label of the case."""
        return run_cases(
            cases, world=self.world, runs=self.runs, seed=self.seed, years=self.years, workers=self.workers,
            chunk=self.chunk, progress=self.progress,
        )  # fmt: skip

    def attributes(self, **about: Any) -> dict[str, Any]:
        """What a dataset says about how it was made, and ``about`` what else."""
        made = provenance(
            self.world, parameters=self.parameters, runs=self.runs, seed=self.seed, years=self.years
        )
        return made | about


def setup(
    runs: int,
    *,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> Setup:
    """Complete the :class:`Options` of a study.

    Raises
    ------
    InputError
        For a world, parameters or years that cannot be used; numbers are checked when cases are run.
    """
    world = world_of(world)
    values = parameters_of(parameters)
    return Setup(world, values, runs, seed, world.horizon(years), workers, progress, chunk)


def provenance(
    world: World, *, parameters: Parameters, runs: int, seed: int, years: tuple[int, int]
) -> dict[str, Any]:
    """Say how a dataset was made, as its attributes.

    ``parameters``, as JSON by name, are those of all scenarios that are not at their defaults; worlds of one
    name differ in their hash.
    """
    about: dict[str, Any] = {
        "version": importlib.metadata.version("lockin-sim"),
        "world": world.name,
        "family": world.case.family,
        "sponsors": " ".join(world.case.sponsors),
        "world_hash": world_digest(world),
        "facts_until": world.facts_until,
    }
    if given := parameters.given():
        about["parameters"] = json.dumps(given)
    return about | {
        "first_year": int(years[0]), "last_year": int(years[1]), "seed": int(seed), "runs": int(runs),
    }  # fmt: skip
