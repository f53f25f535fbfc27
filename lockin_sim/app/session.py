"""One visitor's requests and the results that have arrived, independent of page and browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.app.measured import (
    PLACES,
    REGIONS,
    VENDORS,
    build_country_effects,
    build_page_parts,
    concat_outcomes,
)
from lockin_sim.app.workers import (
    COUNTED,
    REMEMBERED,
    Block,
    Brief,
    PageTask,
    RoundRobinQueue,
    compute_country_text,
    compute_explanation,
    render_report,
)
from lockin_sim.common.conventions import RUNS, SEED, Floats
from lockin_sim.common.errors import InputError, unusable
from lockin_sim.comparisons.compare import (
    ComparedRuns,
    ComparisonPart,
    build_comparison_cases,
    build_part_datasets,
)
from lockin_sim.comparisons.measured_places import replace_place
from lockin_sim.comparisons.trial import Setup, build_setup, describe_idle_scenarios, load_compared_scenarios
from lockin_sim.comparisons.variants import DEFAULT
from lockin_sim.record.histories import Given
from lockin_sim.runs.jobs import RunCase
from lockin_sim.runs.provenance import compute_digest
from lockin_sim.settings.ensemble import Source
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.policies import QUESTIONS, scenarios
from lockin_sim.settings.scenario import Scenario, load_scenario
from lockin_sim.settings.titles import add_scenario_files
from lockin_sim.studies import chain
from lockin_sim.world import World, resolve_world

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.app.answers import ReadyAnswers

#: Policies side by side.
MOST_POLICIES = 3

#: Uses of levers in a policy that is built or loaded.
MOST_USES = 40

#: Runs that arrive together: 0 to 3, 4 to 7, 8 to 15, 16 to 31, ...  The first are few, and there in half the
#: time; intervals by Student's t from four runs are wider, and as honest as those from eight.  Later ones are
#: as many as have arrived, up to so many: together they take less time.
FIRST_RUNS, BLOCK, MOST_TOGETHER = 4, 8, 16


#: The policy that a page opens with, wherever the reader is: one that moves networks in every region.
OPENING = "eu_coordinated"


@cache
def load_built_in_scenarios() -> dict[str, Scenario]:
    """Load all built-in scenarios, by name, the baseline first; cached."""
    return {name: load_scenario(name) for name in dict.fromkeys(("baseline", *scenarios()))}


def list_question_scenarios(world: World) -> dict[str, Scenario]:
    """List the scenarios that a page offers as questions, by name and in order.

    Yardsticks and thought experiments, which change the past, are left out.
    """
    known = {name: load_built_in_scenarios()[name] for name in (OPENING, *QUESTIONS)}
    return {
        name: scenario
        for name, scenario in known.items()
        if not (scenario.yardstick or scenario.is_thought_experiment(world.present))
    }


class Limits(NamedTuple):
    """Limits that apply to every visitor.

    A run of a policy takes about 310 kB of memory while its page is open, a run of the chain 0.1 to 0.9 MB.
    """

    sessions: int = 12  # visitors at once
    runs: int = RUNS.pool  # of each policy
    chain_runs: int = RUNS.pool  # of each arm of the chain
    waiting: int = 24  # units of one visitor that wait for their turn
    seconds: float = 120.0  # that one unit may take
    cache_bytes: int = 150_000_000  # of blocks that wait for whoever asks for the same


LIMITS = Limits()


def _split_runs(most: int) -> Iterator[range]:
    """Yield the range of runs of each block; blocks grow from ``FIRST_RUNS`` to ``MOST_TOGETHER`` runs."""
    first = 0
    while first < most:
        piece = range(first, min(first + max(FIRST_RUNS, min(first, MOST_TOGETHER)), most))
        yield piece
        first = piece.stop


class RunStream:
    """Blocks of runs of some cases: those that have arrived, and those to request next.

    most   number of runs of each case at which the stream ends
    ahead  number of blocks to request at once
    shared scenario whose past processes keep, for the first :data:`REMEMBERED` blocks of all cases
    before stream followed until now: its blocks with equal keys are taken over
    """

    def __init__(
        self,
        cases: Sequence[RunCase],
        *,
        seed: int,
        years: tuple[int, int],
        most: int,
        ahead: int,
        engine: str,
        shared: Scenario | None = None,
        before: RunStream | None = None,
    ) -> None:
        self.cases, self.ahead = list(cases), ahead
        self.pieces = list(_split_runs(most))
        #: by piece, and in it by case; cases that are the same have the same key
        self.keys: list[list[str]] = []
        self._blocks: dict[str, Block] = {}
        for place, piece in enumerate(self.pieces):
            of_past = shared if place < REMEMBERED else None
            row = [Block(case, piece, seed, years, engine, of_past) for case in cases]
            self.keys.append([block.key for block in row])
            self._blocks |= zip(self.keys[-1], row, strict=True)
        self.arrived: dict[str, Mapping[str, Floats]] = {}
        self._asked: set[str] = set()
        if before is not None:
            self.arrived = {k: v for k, v in before.arrived.items() if k in self._blocks}
            self._asked = {key for key in before._asked if key in self._blocks}

    @property
    def whole(self) -> int:
        """Number of leading blocks, without a gap, that have arrived of every case."""
        missing = (n for n, row in enumerate(self.keys) if not all(key in self.arrived for key in row))
        return next(missing, len(self.keys))

    @property
    def runs(self) -> int:
        """Number of runs that have arrived of every case."""
        return sum(map(len, self.pieces[: self.whole]))

    @property
    def ended(self) -> bool:
        """Whether all runs have arrived."""
        return self.whole == len(self.pieces)

    @property
    def begun(self) -> int:
        """Number of cases whose first block has arrived."""
        return sum(key in self.arrived for key in self.keys[0])

    @property
    def most(self) -> int:
        """Number of runs of each case at which the stream ends."""
        return self.pieces[-1].stop

    @property
    def asked(self) -> bool:
        """Whether all blocks have arrived or been requested."""
        return len(self.arrived) + len(self._asked) >= len(self._blocks)

    def wants(self, key: str) -> bool:
        """Whether a block belongs to the stream and has not arrived."""
        return key in self._blocks and key not in self.arrived

    def ask(self, put: Callable[[str, Block], None]) -> None:
        """Request the next blocks through ``put``, the first runs of all cases first, up to ``ahead``."""
        for key, block in self._blocks.items():
            if len(self._asked) >= self.ahead:
                return
            if key not in self.arrived and key not in self._asked:
                put(key, block)
                self._asked.add(key)

    def ask_again(self, keys: set[str]) -> None:
        """Mark blocks as not requested, because they left the queue."""
        self._asked -= keys

    def take(self, key: str, arrays: Mapping[str, Floats]) -> bool:
        """Store a block that has arrived; return whether more runs of every case are now complete."""
        self._asked.discard(key)
        if not self.wants(key):
            return False
        before = self.whole
        self.arrived[key] = arrays
        return self.whole > before

    def arrays(self) -> dict[str, dict[str, Floats]]:
        """Concatenate the complete blocks of every case: arrays (run, ...) by name, by label of the case."""
        joined = {}
        for position, case in enumerate(self.cases):
            parts = [self.arrived[row[position]] for row in self.keys[: self.whole]]
            joined[case.label] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return joined


_NUMBERS = itertools.count()


@dataclass(frozen=True)
class SharedContext:
    """Context shared by all visitors: the task queue, the world, and the settings of all runs.

    posterior  source of each run's other parameters; None = the same parameters in all runs
    actor      whose money counts as their own; None = the actor of the world's case
    answers    answers to these runs computed beforehand; None = no such answers
    brief      functions that write what is known of one economy; None = no such text
    """

    turns: RoundRobinQueue
    world: World = field(default_factory=lambda: resolve_world(None))
    parameters: Parameters = field(default_factory=Parameters)
    seed: int = SEED
    limits: Limits = LIMITS
    engine: str = "core"
    posterior: Source = None
    actor: str | None = None
    answers: ReadyAnswers | None = None
    brief: Brief | None = None

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of all runs."""
        return self.world.horizon(None)

    @cached_property
    def how(self) -> Setup:
        """Setup of all runs of policies."""
        return build_setup(
            self.limits.runs,
            world=self.world,
            parameters=self.parameters,
            posterior=self.posterior,
            seed=self.seed,
            years=self.years,
        )

    @cached_property
    def parts(self) -> list[ComparisonPart]:
        """Parts of a comparison that are kept of all runs of policies."""
        return build_page_parts(self)

    @cached_property
    def history(self) -> Given:
        """History given to all runs up to the present, as in :func:`lockin_sim.compare`."""
        return self.how.history(None)

    def chosen(self, policies: Sequence[Scenario], baseline: str = "baseline") -> list[Scenario]:
        """Return the baseline and these policies after checking that all of them can be run.

        Raises InputError for what ``lockin compare`` refuses, and for too many policies or lever uses.
        """
        if not 1 <= len(policies) <= MOST_POLICIES:
            raise unusable("policies", found=len(policies), allowed=f"from one to {MOST_POLICIES}")
        for policy in policies:
            if len(policy.levers) > MOST_USES:
                where = f"scenario {policy.name}: levers"
                raise unusable(where, found=len(policy.levers), allowed=f"at most {MOST_USES} uses")
        chosen = load_compared_scenarios(load_scenario(baseline), policies)
        for scenario in chosen:
            scenario.conditions(self.world, self.years)
        return chosen


def build_default_question(desk: SharedContext) -> dict[str, Any]:
    """Return the country, domain and year whose choice a page explains at first.

    Kenya or else the first country, in the first domain, in the year of its latest recorded contract or else
    the world's present.
    """
    countries, domains, lots = desk.world.countries, desk.world.domains, desk.world.lots
    country, tenders = "KEN" if "KEN" in countries else countries[0], desk.world.contracts.tenders
    here = (lots.country == countries.index(country)) & (lots.domain == 0)
    latest = int(tenders[here[tenders[:, 1]], 0].max(initial=0)) or desk.world.present
    return {"country": country, "domain": domains[0], "year": min(latest, desk.years[1])}


class Session:
    """Requests of one visitor and their results: compared policies, a chain, explanations and a report.

    most  number of runs of each policy; None = the limit of the desk
    ``said`` holds the newest message for the visitor, "" if there is none.
    """

    def __init__(self, desk: SharedContext, most: int | None = None) -> None:
        self.desk, self.number = desk, next(_NUMBERS)
        self.most = desk.limits.runs if most is None else most
        self.inbox: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self.scenarios: list[Scenario] = []  # compared, the baseline first
        self.before: dict[str, xr.Dataset] | None = None  # computed before anybody asked
        self.compared: RunStream | None = None
        self.linked: RunStream | None = None
        self.plan: chain.ChainPlan | None = None
        self._under: Scenario | None = None  # what the chain is followed under
        self.found: dict[str, Any] = {}  # explanation and report, by kind
        self._first = "compared"  # which runs go first: those that were asked for last
        self.said, self.closed = "", False
        self._expected: dict[str, str] = {}  # kind of what else is waited for, by key

    # --- requests ---

    def compare(self, policies: Sequence[Scenario], baseline: str = "baseline") -> str:
        """Start to compare policies with a baseline; blocks that have already arrived are kept.

        A report of other policies is dropped, written or not.  Returns a warning on policies that change
        nothing, "" if all change something.
        Raises InputError for policies that cannot be compared, and leaves the session as it was.
        """
        desk = self.desk
        chosen = desk.chosen(policies, baseline)
        idle = describe_idle_scenarios(chosen, desk.world, desk.years)
        if self.compared is None or chosen != self.scenarios:
            cases = build_comparison_cases(desk.parts, chosen, desk.how.parameters, desk.history)
            self.scenarios = chosen
            self.before = None if desk.answers is None else desk.answers.of(chosen)
            self.compared = RunStream(
                cases,
                seed=desk.seed,
                years=desk.years,
                most=self.most,
                ahead=len(cases) + 1,
                engine=desk.engine,
                shared=chosen[0],
                before=self.compared,
            )
            self._cancel_request("report")
        self._first = "compared"
        self._withdraw_runs()
        self._request_next_runs()
        return idle

    def follow_chain(self, scenario: Scenario) -> None:
        """Start to simulate the chain from first mover to standard under a policy.  Raises InputError."""
        desk = self.desk
        most = desk.limits.chain_runs
        plan = chain.plan_chain(
            (DEFAULT,),
            baseline=scenario,
            world=desk.world,
            parameters=desk.parameters,
            posterior=desk.posterior,
            runs=most,
            seed=desk.seed,
        )
        self.plan, self._under = plan, scenario
        self.linked = RunStream(
            plan.cases,
            seed=desk.seed,
            years=plan.how.years,
            most=most,
            ahead=3,
            engine=desk.engine,
            before=self.linked,
        )
        self._first = "chain"
        self._withdraw_runs()
        self._request_next_runs()

    def explain(
        self, scenario: Scenario, *, country: str, domain: str, year: int, run: int = 0, first: bool = True
    ) -> None:
        """Request an explanation of an economy's choice of vendor.

        first  whether to queue the request before runs that wait
        Raises InputError for a run that the page does not have.
        """
        desk = self.desk
        most = desk.limits.runs - 1
        if desk.posterior is not None and run > most:
            raise unusable("run", found=run, allowed=f"0 to {most}, the runs of this page")
        asked: dict[str, Any] = {
            "country": country,
            "domain": domain,
            "year": year,
            "run": run,
            "seed": desk.seed,
        }
        how: dict[str, Any] = {"parameters": desk.how.parameters, "history": desk.history}
        key = f"story {scenario.hash} {compute_digest([asked, how])}"
        runs = min(COUNTED, desk.limits.runs)
        self._cancel_request("story")
        if first:
            self._withdraw_runs()
        self._queue_request(
            "story", key, partial(compute_explanation, scenario=scenario, runs=runs, **asked, **how)
        )
        self._request_next_runs()

    def tell(self, *, economy: str, runs: int) -> None:
        """Request the text on an economy from ``runs`` runs of its own."""
        desk = self.desk
        assert desk.brief is not None
        work = partial(
            compute_country_text,
            say=desk.brief.of_runs,
            economy=economy,
            runs=runs,
            posterior=desk.posterior,
            parameters=desk.parameters,
            seed=desk.seed,
        )
        self._cancel_request("economy")
        self._withdraw_runs()
        self._queue_request("economy", f"economy {economy} {runs}", work)
        self._request_next_runs()

    def report(self) -> None:
        """Request the report of the runs that have arrived.  Raises InputError if none has arrived."""
        if self.compared is None or not self.compared.runs:
            raise InputError("report: found no run yet; allowed: once the first runs have arrived.")
        if self.awaits("report"):
            return
        studies = {name: ds for name, ds in self._arrived().items() if name not in (PLACES, VENDORS, REGIONS)}
        studies["effects"] = add_scenario_files(studies["effects"], {})
        if self._under in self.scenarios and self.linked is not None and self.linked.runs:
            studies["chain"] = self.chain()
        self.found.pop("report", None)
        self._withdraw_runs()
        self._queue_request("report", f"report {next(_NUMBERS)}", partial(render_report, studies=studies))
        self._request_next_runs()

    def awaits(self, kind: str) -> bool:
        """Whether a request of this kind (story, economy or report) has no result yet."""
        return kind in self._expected.values()

    def close(self) -> None:
        """Cancel all requests of the visitor and discard all results."""
        self.closed = True
        self.desk.turns.drop(self.number)
        self.compared = self.linked = self.plan = self.before = None
        self.found.clear()
        self._expected.clear()

    # --- what has arrived ---

    def collect(self) -> set[str]:
        """Take results from the inbox, and request the next runs.

        Returns the kinds of new results: "compared", "chain", "story", "economy", "report", "said".
        """
        new = set()
        while not self.closed:
            try:
                key, result = self.inbox.get_nowait()
            except Empty:
                break
            new |= self._taken(key, result)
        if not self.closed:
            self._request_next_runs()
        return new

    @property
    def beforehand(self) -> int:
        """Number of runs computed beforehand that are shown until as many, or all, have arrived; 0 = none."""
        stream, answers = self.compared, self.desk.answers
        if stream is None or answers is None or self.before is None or stream.ended:
            return 0
        return answers.runs if stream.runs < answers.runs else 0

    @property
    def runs(self) -> int:
        """Number of runs on which :meth:`studies` rest; 0 = no run has arrived."""
        return self.beforehand or (0 if self.compared is None else self.compared.runs)

    def studies(self, outcome: str = "") -> dict[str, xr.Dataset]:
        """Return the datasets of all parts by name, from runs computed beforehand or runs that have arrived.

        outcome  outcome to include among the effects, whatever its place
        """
        if self.beforehand:
            assert self.before is not None
            return self.before
        return self._arrived(outcome)

    def _arrived(self, outcome: str = "") -> dict[str, xr.Dataset]:
        """Build the datasets of all parts by name from the runs that have arrived of all policies.

        outcome  as in :meth:`studies`
        """
        assert self.compared is not None
        desk, arrays = self.desk, self.compared.arrays()
        how = replace(desk.how, runs=self.compared.runs)
        runs = ComparedRuns(how, self.scenarios, desk.history, arrays)
        studies = build_part_datasets(desk.parts, runs)
        if outcome and outcome not in studies["effects"]["outcome"].values:
            regions = studies[REGIONS]
            here = outcome in regions["outcome"].values
            economy = next(
                (code for code in desk.world.countries if replace_place(outcome, code) == outcome), ""
            )
            one = regions.sel(outcome=[outcome]) if here else build_country_effects(runs, [economy])
            studies["effects"] = concat_outcomes(studies["effects"], one)
        return studies

    def chain(self) -> xr.Dataset:
        """Build the dataset of the chain from the runs that have arrived of all its arms."""
        assert self.plan is not None
        assert self.linked is not None
        return self.plan.dataset(self.linked.arrays(), self.linked.runs)

    # --- between the two ---

    def _taken(self, key: str, result: Any) -> set[str]:
        """Store a result under its key and return the kinds of new results on the page.

        An exception becomes the message ``said``, and the stream that waits for the block ends.
        """
        expected = self._expected.pop(key, "")
        if isinstance(result, BaseException):
            if not expected and not self._is_block_wanted(key):
                return set()
            self.said = str(result)
            if not isinstance(result, InputError):
                self.said = f"This could not be computed: {type(result).__name__}: {result}"
            if self.compared is not None and self.compared.wants(key):
                self.compared = None
            if self.linked is not None and self.linked.wants(key):
                self.linked = self.plan = None
            return {"said"}
        streams = {"compared": self.compared, "chain": self.linked}
        new = {kind for kind, stream in streams.items() if stream is not None and stream.take(key, result)}
        if expected:
            self.found[expected] = result
            new.add(expected)
        return new

    def _is_block_wanted(self, key: str) -> bool:
        """Whether a stream waits for a block."""
        return any(stream is not None and stream.wants(key) for stream in (self.compared, self.linked))

    def _withdraw_runs(self) -> None:
        """Withdraw queued runs, so that :meth:`_request_next_runs` can request them in a new order.

        Queued explanations, texts and reports stay in the queue.
        """
        taken = self.desk.turns.drop(self.number, unless=lambda unit: unit.key in self._expected)
        for stream in (self.compared, self.linked):
            if stream is not None:
                stream.ask_again({unit.key for unit in taken})

    def _cancel_request(self, kind: str) -> None:
        """Cancel the request of a kind, such as a story or report, and discard its result."""
        self._expected = {key: each for key, each in self._expected.items() if each != kind}
        self.found.pop(kind, None)

    def _queue_request(self, kind: str, key: str, work: Callable[[World | None], Any]) -> None:
        """Queue a request that is not a block of runs, and expect its result as ``kind``."""
        self._expected[key] = kind
        self._put(key, work)

    def _put(self, key: str, work: Callable[[World | None], Any]) -> None:
        """Queue a unit of work whose result goes to this session's inbox."""
        self.desk.turns.put(self.number, PageTask(key, work, self.inbox))

    def _request_next_runs(self) -> None:
        """Request the next runs: all runs of the latest request before those of any other."""
        streams = [self.linked, self.compared] if self._first == "chain" else [self.compared, self.linked]
        for stream in streams:
            if stream is not None:
                stream.ask(self._put)
                if not stream.asked:
                    return
