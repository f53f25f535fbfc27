"""What one visitor has asked for, and what has arrived of it: no page, no browser."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from lockin_sim.app.limits import LIMITS, MOST_POLICIES, MOST_USES, Limits
from lockin_sim.app.parts import parts_of
from lockin_sim.app.stream import Stream
from lockin_sim.app.turns import Turns, Unit
from lockin_sim.app.works import Block, Report, Story
from lockin_sim.defaults import SEED
from lockin_sim.errors import InputError, unusable
from lockin_sim.histories import Given, usual_history
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.studies import chain
from lockin_sim.studies.alternatives import DEFAULT
from lockin_sim.studies.definition import with_files
from lockin_sim.studies.pairing import Pairing, history_for
from lockin_sim.studies.parts import Runs, built, cases_of, chosen_scenarios, idle_ones
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Desk:
    """What all visitors share: the queue, the world, and what holds in all runs."""

    turns: Turns
    world: World = field(default_factory=lambda: world_of(None))
    parameters: Parameters = field(default_factory=Parameters)
    seed: int = SEED
    limits: Limits = LIMITS

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of all runs."""
        return self.world.horizon(None)

    @property
    def history(self) -> Given:
        """Luck up to the present, as of :func:`lockin_sim.compare`."""
        return usual_history(self.world, self.years)

    def chosen(self, policies: Sequence[Scenario], baseline: str = "baseline") -> list[Scenario]:
        """The baseline and these policies, all of which can be run.

        Raises InputError for what ``lockin compare`` refuses, and for more than one page may ask for.
        """
        if not 1 <= len(policies) <= MOST_POLICIES:
            raise unusable("policies", found=len(policies), allowed=f"from one to {MOST_POLICIES}")
        for policy in policies:
            if len(policy.levers) > MOST_USES:
                where = f"scenario {policy.name}: levers"
                raise unusable(where, found=len(policy.levers), allowed=f"at most {MOST_USES} uses")
        chosen = chosen_scenarios(load_scenario(baseline), policies)
        for scenario in chosen:
            scenario.conditions(self.world, self.years)
        return chosen


class Session:
    """One visitor: policies that are compared, a chain, explanations and a report, as they arrive.

    ``said`` holds the newest message that the visitor should read, "" if there is none.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self.number = desk, next(_NUMBERS)
        self.inbox: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self.pairing: Pairing | None = None
        self.compared: Stream | None = None
        self.linked: Stream | None = None
        self.plan: chain.Plan | None = None
        self.found: dict[str, Any] = {}  # explanation and report, by kind
        self.said, self.closed = "", False
        self._expected: dict[str, str] = {}  # kind of what else is waited for, by key

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What is compared, the baseline first; nothing before that is asked for."""
        return () if self.pairing is None else self.pairing.scenarios

    # --- what is asked for ---

    def compare(self, policies: Sequence[Scenario], baseline: str = "baseline") -> str:
        """Begin to compare policies with a baseline; what is known of them already is kept.

        Returns which of them change nothing, "" if all change something.
        Raises InputError for what cannot be compared, and leaves everything as it was.
        """
        desk = self.desk
        chosen = desk.chosen(policies, baseline)
        pairing = Pairing.of(chosen, desk.world, desk.years, desk.history)
        cases = cases_of(parts_of(desk.world), pairing, desk.parameters)
        self.pairing = pairing
        self.compared = Stream(
            cases, seed=desk.seed, years=desk.years, most=desk.limits.runs, ahead=len(cases) + 1,
            before=self.compared,
        )  # fmt: skip
        self._drop_unwanted()
        self._go_on()
        return idle_ones(chosen, desk.world, desk.years)

    def follow_chain(self, baseline: Scenario) -> None:
        """Begin to follow the chain from first mover to standard under a policy.  Raises InputError."""
        desk = self.desk
        most = desk.limits.chain_runs
        plan = chain.planned(
            (DEFAULT,),
            baseline=baseline,
            world=desk.world,
            parameters=desk.parameters,
            runs=most,
            seed=desk.seed,
        )
        self.plan = plan
        self.linked = Stream(
            plan.cases, seed=desk.seed, years=plan.years, most=most, ahead=3, before=self.linked
        )
        self._drop_unwanted()
        self._go_on()

    def explain(self, scenario: Scenario, *, country: str, domain: str, year: int, run: int = 0) -> None:
        """Ask why an economy chose whom."""
        desk = self.desk
        history = history_for(scenario, desk.world, desk.history)
        story = Story(scenario, country, domain, year, run, desk.seed, desk.parameters, history)
        self._expected = {key: kind for key, kind in self._expected.items() if kind != "story"}
        self.found.pop("story", None)
        self._drop_unwanted()
        self._put_other("story", story)

    def report(self) -> None:
        """Ask for the report of what has arrived.  Raises InputError before anything has."""
        if self.compared is None or not self.compared.runs:
            raise InputError("report: found no run yet; allowed: once the first runs have arrived.")
        if "report" in self._expected.values():
            return
        studies = {name: ds for name, ds in self.studies().items() if name not in ("places", "vendors")}
        studies["effects"] = with_files(studies["effects"], {})
        if self.plan is not None and self.linked is not None and self.linked.runs:
            studies["chain"] = self.chain()
        self.found.pop("report", None)
        self._put_other("report", Report(studies, next(_NUMBERS)))

    def close(self) -> None:
        """The visitor is gone: nothing of theirs is computed any more, and nothing kept."""
        self.closed = True
        self.desk.turns.drop(self.number)
        self.compared = self.linked = self.plan = None
        self.found.clear()
        self._expected.clear()

    # --- what has arrived ---

    def collect(self) -> set[str]:
        """Take in what has arrived, and ask for what follows.

        Returns what is new: "compared", "chain", "story", "report", "said".
        """
        new = set()
        while not self.closed:
            try:
                key, result = self.inbox.get_nowait()
            except Empty:
                break
            new |= self._taken(key, result)
        if not self.closed:
            self._go_on()
        return new

    def studies(self) -> dict[str, xr.Dataset]:
        """The datasets of all parts by name, of the runs that have arrived of all policies."""
        assert self.compared is not None
        assert self.pairing is not None
        desk, arrays = self.desk, self.compared.arrays()
        runs = Runs(
            desk.world, self.pairing, arrays, desk.parameters, self.compared.runs, desk.seed, desk.years
        )
        return built(parts_of(desk.world), runs)

    def chain(self) -> xr.Dataset:
        """The chain, of the runs that have arrived of all its arms."""
        assert self.plan is not None
        assert self.linked is not None
        return self.plan.dataset(self.linked.arrays(), self.linked.runs)

    # --- between the two ---

    def _taken(self, key: str, result: Any) -> set[str]:
        """What a result changes on the page: the kinds of it that are new."""
        new = set()
        if isinstance(result, BaseException):
            if key in self._expected or self._wanted(key):
                self._failed(key, result)
                new.add("said")
            return new
        for kind, stream in (("compared", self.compared), ("chain", self.linked)):
            if stream is not None and stream.take(key, result):
                new.add(kind)
        kind = self._expected.pop(key, "")
        if kind:
            self.found[kind] = result
            new.add(kind)
        return new

    def _failed(self, key: str, error: BaseException) -> None:
        """Say what went wrong, and stop what cannot go on."""
        known = isinstance(error, InputError)
        self.said = str(error) if known else f"This could not be computed: {type(error).__name__}: {error}"
        self._expected.pop(key, None)
        if self.compared is not None and self.compared.wants(key):
            self.compared = None
        if self.linked is not None and self.linked.wants(key):
            self.linked = self.plan = None

    def _wanted(self, key: str) -> bool:
        """Whether runs are still waited for."""
        return any(stream is not None and stream.wants(key) for stream in (self.compared, self.linked))

    def _drop_unwanted(self) -> None:
        """Take out of the queue what nobody looks at any more."""
        self.desk.turns.drop(self.number, unless=lambda u: self._wanted(u.key) or u.key in self._expected)

    def _put_other(self, kind: str, work: Story | Report) -> None:
        """Queue what is no run."""
        self._expected[work.key] = kind
        self.desk.turns.put(self.number, Unit(work.key, work, self.inbox))

    def _put(self, key: str, block: Block) -> None:
        """Queue some runs."""
        self.desk.turns.put(self.number, Unit(key, block, self.inbox))

    def _go_on(self) -> None:
        """Ask for the next runs."""
        for stream in (self.compared, self.linked):
            if stream is not None:
                stream.ask(self._put)
