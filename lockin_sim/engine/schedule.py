"""Define the year: its stages, their implementations, and the order in which each uses earlier results."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import Draws
from lockin_sim.engine import books, buyers, market, politics, renewals
from lockin_sim.engine.batch import Batch, Board, Year
from lockin_sim.engine.buyers import Bought, Choices, choose, sum_by_group
from lockin_sim.engine.lending import charge_loans, sum_waiting_loans
from lockin_sim.engine.market import post
from lockin_sim.engine.politics import Decided, Tabled, votes
from lockin_sim.engine.regulation import regulation
from lockin_sim.engine.renewals import Landings, Renewals
from lockin_sim.model.decisions import TenderCounts
from lockin_sim.model.measures import Reading, Recorded, Recorder
from lockin_sim.model.seen import Loans, MarketView, Tenders
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import cache_per_world


@dataclass
class Stages:
    """Implementation of each stage of a year and of its random numbers, in numpy or compiled."""

    prices: Callable[[Batch, Year], tuple[Floats, Floats]]
    look_around: Callable[[Batch, Board, Tenders], MarketView]
    renewals: Callable[[Batch, Board], Renewals]
    planned: Callable[[Batch, Board], Landings | None]
    lend: Callable[[Batch, Board, Renewals, Floats], Loans]
    operators_choose: Callable[[Batch, Board, Tenders, Loans, MarketView], tuple[Bought, TenderCounts]]
    users_move: Callable[[Batch, Board, Floats, MarketView], None]
    projects_choose: Callable[[Batch, Board, Landings | None, Loans, MarketView], Bought]
    adopters_adopt: Callable[[Batch, Board, MarketView], Floats]
    propose: Callable[[Batch, Board], Floats]
    ballots: Callable[[Batch, Board, Tabled], tuple[Bools, Bools]]
    settle: Callable[[Batch, Board, Tabled, Decided, Bools, Bools], None]
    restrictions: Callable[[Batch, Board], Integers]
    trade: Callable[[Batch, Board, Renewals, Choices], Floats]
    commit: Callable[[Batch, Board, Renewals, Choices], None]
    books: Callable[[Batch, Board, Loans, Decided, Floats], None]
    draws: type[Draws]


def numpy_stages() -> Stages:
    """Return the numpy implementation of all stages."""
    return Stages(
        prices=market.prices,
        look_around=market.look_around,
        renewals=renewals.renewals,
        planned=renewals.plan_landings,
        lend=renewals.lend,
        operators_choose=buyers.operators_choose,
        users_move=buyers.users_move,
        projects_choose=buyers.projects_choose,
        adopters_adopt=buyers.adopters_adopt,
        propose=politics.propose,
        ballots=politics.ballots,
        settle=politics.settle,
        restrictions=politics.restrictions,
        trade=books.trade,
        commit=books.commit,
        books=books.books,
        draws=Draws,
    )


def simulate_year(batch: Batch, number: int) -> Board:
    """Simulate a year, stage by stage, in the order of ``conventions.STAGES``."""
    batch.flows = batch.build_empty_flows()
    board = post(batch, number)
    up = batch.stages.renewals(batch, board)
    waiting = sum_waiting_loans(batch, board)
    loans = batch.stages.lend(batch, board, up, waiting)
    decided = votes(batch, board)
    batch.state.since = batch.stages.restrictions(batch, board)
    batch.state.prescribed = regulation(batch, board)
    chosen = choose(batch, board, up, loans)
    lent = batch.stages.trade(batch, board, up, chosen)
    batch.flows.subsidised = books.sum_subsidies(batch, board, chosen.lots)
    lent = charge_loans(batch, board, waiting, lent)
    batch.stages.commit(batch, board, up, chosen)
    batch.stages.books(batch, board, loans, decided, lent)
    batch.state.replaced = batch.state.replaced + batch.flows.forced[:, 0].sum(axis=-1)
    return board


@dataclass(frozen=True, eq=False)
class Branch:
    """Branch of a batch: a scenario with its parameters.

    parameters  all parameters of the runs
    record  part of what the engine records
    """

    scenario: Scenario
    parameters: Parameters
    record: Recorded

    def same_until(self, other: Branch, world: World, years: tuple[int, int]) -> int:
        """Find the first year in which two branches may differ; the year after the last if they never do."""
        mine, theirs = (_conditions(world, way, years) for way in (self, other))
        return years[0] + min(mine.same_until(theirs), self.parameters.same_until(other.parameters, years))


@cache_per_world(most=16)  # each way is compared with others wherever some of them part
def _conditions(world: World, way: Branch, years: tuple[int, int]) -> Conditions:
    """Return the conditions of a branch."""
    return way.scenario.conditions(world, years)


def group_branches(
    ways: Sequence[Branch], world: World, years: tuple[int, int], until: int
) -> list[list[Branch]]:
    """Group branches that are alike up to the end of a year, in the order of their first members."""
    groups: list[list[Branch]] = []
    for way in ways:
        party = next((some for some in groups if some[0].same_until(way, world, years) > until), None)
        if party is None:
            groups.append([way])
        else:
            party.append(way)
    return groups


class Engine:
    """Simulate some runs year by year in the vectorised engine, and measure them.

    batch     the runs, in their first year
    measured  years in which they are measured; None = all
    """

    def __init__(self, batch: Batch, *, measured: Collection[int] | None = None) -> None:
        self.batch = batch
        self.recorder = Recorder(
            batch.world, batch.state, batch.conditions, batch.all_years, batch.record, measured
        )

    def series(self) -> dict[str | Reading, Floats]:
        """Simulate all years and return the recorded variables.  (run, year, ...) each."""
        for _ in self.years():
            pass
        return self.recorder.series()

    def years(self) -> Iterator[int]:
        """Yield each year, the first one included, when the runs have reached its end."""
        batch = self.batch
        board = post(batch, batch.first_year)
        batch.flows.capacity = sum_by_group(batch.state.installed, batch.stock_groups, board.now.market_size)
        self.recorder.add(batch.state, batch.flows, board.list_price)
        yield batch.first_year
        yield from self._simulate_years(batch.first_year)

    def _simulate_years(self, now: int) -> Iterator[int]:
        """Simulate and yield each year after one."""
        for number in range(now + 1, self.batch.last_year + 1):
            board = simulate_year(self.batch, number)
            self.recorder.add(self.batch.state, self.batch.flows, board.list_price)
            yield number

    def under(self, way: Branch, year: int) -> Engine:
        """Return a copy of the runs that continues in another branch after ``year``."""
        twin = copy.copy(self)
        others = None if way.parameters is self.batch.all_years else way.parameters
        twin.batch = self.batch.fork(way.scenario, others, year + 1)
        twin.recorder = self.recorder.fork(twin.batch.conditions, way.record, others)
        return twin

    def simulate_from(self, year: int) -> dict[str | Reading, Floats]:
        """Simulate the years after ``year``, and return the recorded variables of all years."""
        for _ in self._simulate_years(year):
            pass
        return self.recorder.series()

    def simulate_branches(
        self, ways: Sequence[Branch]
    ) -> Iterator[tuple[Branch, dict[str | Reading, Floats]]]:
        """Simulate several branches, and the years that they share only once.

        ways  branches, of which the first is the engine's own

        Yields each branch with its recorded variables as soon as it ends.
        """
        return self._parted(ways, self.years())

    def _parted(
        self, ways: Sequence[Branch], years: Iterator[int]
    ) -> Iterator[tuple[Branch, dict[str | Reading, Floats]]]:
        """Continue the run and branch each scenario off in the year in which it first differs."""
        world, span = self.batch.world, (self.batch.first_year, self.batch.last_year)
        parts = [ways[0].same_until(way, world, span) for way in ways]
        for year in years:
            leaving = [way for way, when in zip(ways, parts, strict=True) if when == year + 1 <= span[1]]
            for some in group_branches(leaving, world, span, year + 1):
                record = frozenset().union(*(way.record for way in some))
                twin = self.under(replace(some[0], record=record), year)
                yield from twin._parted(some, twin._simulate_years(year))
        series = self.recorder.series()
        for way in (way for way, when in zip(ways, parts, strict=True) if when > span[1]):
            yield way, {each: series[each] for each in series if each in way.record}
