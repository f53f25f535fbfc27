"""What is computed away from the page: blocks of runs, an explanation, a report.  All travel to a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockin_sim.conventions import Floats
from lockin_sim.histories import PRIOR, Given
from lockin_sim.parameters import Parameters
from lockin_sim.runs.cases import Case, CaseJob, case_digest
from lockin_sim.runs.provenance import digest
from lockin_sim.scenario import Scenario
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Block:
    """Some runs of a case, reduced: the same units that :func:`lockin_sim.runs.cases.run_cases` computes."""

    case: Case
    runs: range
    seed: int
    years: tuple[int, int]

    @property
    def key(self) -> str:
        """Names the numbers, whoever asks for them."""
        about = f"{self.seed} {self.years} {self.runs.start} {self.runs.stop}"
        return f"runs {case_digest(self.case)} {about}"

    def done(self, world: World | None) -> dict[str, Floats]:
        """Arrays by name, run first."""
        return CaseJob(world, (self.case,), self.seed, self.years).compute(0, self.runs)


@dataclass(frozen=True)
class Story:
    """Why an economy chose as it did, in one run of a scenario."""

    scenario: Scenario
    country: str
    domain: str
    year: int
    run: int
    seed: int
    parameters: Parameters
    history: Given = PRIOR

    @property
    def key(self) -> str:
        """Names the explanation."""
        where = f"{self.country} {self.domain} {self.year} {self.run} {self.seed}"
        return f"story {self.scenario.hash} {digest([self.parameters, self.history])} {where}"

    def done(self, world: World | None) -> tuple[str, str]:
        """The sentence, and the table as HTML."""
        from lockin_sim.explanation import explain

        found = explain(
            self.scenario, country=self.country, domain=self.domain, year=self.year, run=self.run,
            seed=self.seed, world=world, parameters=self.parameters, history=self.history,
        )  # fmt: skip
        return found.sentence, found._repr_html_()


@dataclass(frozen=True)
class Report:
    """The report of what has arrived so far."""

    studies: Mapping[str, xr.Dataset]
    number: int  # of the report on its page: no two are the same

    @property
    def key(self) -> str:
        """Names the report on its page alone."""
        return f"report {self.number}"

    def done(self, world: World | None) -> str:
        """The page as HTML."""
        from lockin_sim.report import page

        return page(self.studies)
