"""Job of the executor for studies that simulate their runs year by year: its units are draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from lockin_sim.common.draws import GENERATOR, History
from lockin_sim.common.engines import choose_engine, choose_processes, find_stages
from lockin_sim.common.errors import InputError
from lockin_sim.common.progress import Progress
from lockin_sim.engine.batch import Batch
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.runs.context import now
from lockin_sim.runs.jobs import all_units, joined
from lockin_sim.runs.own_parts import OwnParts
from lockin_sim.runs.provenance import Code, compute_digest, compute_world_digest
from lockin_sim.runs.store import ranges
from lockin_sim.runs.workers import Block, check_numbers
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import World, resolve_world


@dataclass(frozen=True)
class YearlyJob(ABC):
    """Settings that all units of the job share; subclasses define what is measured and kept of some draws.

    world       None = the bundled one
    scenarios   the baseline first
    parameters  of each draw;  luck of each draw, None: the draw's own
    years       the first, further years that the study names, and the last
    engine      "core" or "fast"
    """

    world: World | None
    scenarios: tuple[Scenario, ...]
    parameters: Parameters
    luck: History | ConditionedHistories | None
    seed: int
    years: tuple[int, ...]
    engine: str
    code: Code = field(init=False, default_factory=Code.here)

    @abstractmethod
    def compute(self, draws: range) -> Block:
        """Compute the arrays of some draws by name, the draw first."""

    @abstractmethod
    def question(self) -> list[Any]:
        """Return what determines the numbers besides scenarios, years, seed and engine."""

    def lost(self, problem: str, draws: range) -> NoReturn:
        """Raise InputError for a failed unit: the study needs all of its draws."""
        where = f"draws {draws.start} to {draws.stop - 1}"
        raise InputError(f"workers: {where}: {problem}; allowed: fewer workers.")

    def begun(self, draws: range) -> Batch:
        """Begin a batch of draws in the first year.  Raises InputError on a worker without the engine."""
        choose_engine(self.engine, years=0, agents=False)
        numbers = np.arange(draws.start, draws.stop)
        return Batch(
            resolve_world(self.world),
            self.scenarios[0],
            self.parameters.select(numbers),
            seed=self.seed,
            runs=numbers.tolist(),
            years=(self.years[0], self.years[-1]),
            record=frozenset(),
            history=None if self.luck is None else self.luck[numbers],
            stages=find_stages(self.engine),
        )

    def run(
        self,
        draws: int,
        *,
        chunk: int,
        simulated: int,
        workers: int | None,
        progress: bool | Progress,
        description: str,
    ) -> Block:
        """Compute the arrays of all draws in order; :func:`lockin_sim.running` may name a store for them.

        chunk      draws of a unit;  simulated  years that are simulated of all draws
        workers    number of processes; None = one for each processor, or this one only for few years
        """
        world = resolve_world(self.world)
        own_parts = OwnParts.of([world], {use.lever for s in self.scenarios for use in s.levers})
        processes = own_parts.processes(
            workers, check_numbers(draws, self.seed, workers, chunk), cluster=now().client is not None
        )
        pieces = ranges(draws, chunk)

        def identity() -> dict[str, Any]:
            """Return everything that determines the numbers and the units, by name."""
            return {
                **self.code.identity,
                "world": f"{world.name} {compute_world_digest(world)}",
                "seed": self.seed,
                "generator": GENERATOR,
                "draws": draws,
                "draws of a unit": len(pieces[0]),
                "years": list(self.years),
                "engine": self.engine,
                "scenarios": [scenario.hash for scenario in self.scenarios],
                "question": compute_digest([*self.question(), self.luck, self.parameters]),
                **own_parts.identity(),
            }

        blocks = all_units(
            self,
            [(piece,) for piece in pieces],
            list(map(len, pieces)),
            identity=identity,
            processes=choose_processes(self.engine, simulated, processes, workers=workers),
            progress=progress,
            description=f"{description}, engine {self.engine}",
        )
        return joined(blocks)
