"""The year: every stage takes what it needs from those before it and returns what it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockin_sim.conventions import Floats
from lockin_sim.draws import History
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.choice import choose
from lockin_sim.engine.memory import keep_memory
from lockin_sim.engine.politics import votes
from lockin_sim.engine.posted import post
from lockin_sim.engine.stages import stages
from lockin_sim.engine.totals import of_groups
from lockin_sim.measures import Recorder
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import World


def one_year(batch: Batch, number: int) -> Year:
    """A year, stage by stage, in the order of ``conventions.STAGES``."""
    batch.flows = batch.no_flows()
    year = post(batch, number)
    up = batch.stages.renewals(batch, year)
    loans = batch.stages.lend(batch, year, up)
    decided = votes(batch, year)
    batch.state.since = batch.stages.restrictions(batch, year)
    chosen = choose(batch, year, up, loans)
    lent = batch.stages.trade(batch, year, chosen.signed, chosen.moved, chosen.built)
    batch.stages.commit(batch, year, chosen)
    batch.stages.books(batch, year, loans, decided, lent)
    return year


class Engine:
    """Some runs of one scenario in the vectorised engine.

    world, scenario, parameters, seed, years  as in :func:`lockin_sim.simulate`
    runs       run numbers of the batch
    record     names of the variables to measure
    dtype      "float64" or "float32": what it computes in
    compiled   whether the stages are done by compiled code, in float64 alone
    history    luck up to a year, see :class:`lockin_sim.draws.History`; None: the runs' own
    """

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        parameters: Parameters,
        *,
        seed: int,
        runs: Sequence[int],
        years: tuple[int, int],
        record: frozenset[str],
        dtype: str = "float64",
        history: History | None = None,
        compiled: bool = False,
    ) -> None:
        keep_memory()
        self.batch = Batch(
            world,
            scenario,
            parameters,
            seed=seed,
            runs=runs,
            years=years,
            record=record,
            dtype=dtype,
            history=history,
            stages=stages(compiled=compiled),
        )
        start = self.batch
        self.recorder = Recorder(start.world, start.state, start.conditions, start.parameters, record)

    def series(self) -> dict[str, Floats]:
        """Simulate all years; the recorded variables, (run, year, ...) each."""
        for _ in self.years():
            pass
        return self.recorder.series()

    def years(self) -> Iterator[int]:
        """Each year, the first one included, when the runs stand at its end."""
        batch = self.batch
        year = post(batch, batch.first_year)
        batch.flows.capacity = of_groups(batch.state.installed, batch.stock_groups, year.now.market_size)
        self.recorder.add(batch.state, batch.flows, year.list_price)
        yield batch.first_year
        for number in range(batch.first_year + 1, batch.last_year + 1):
            year = one_year(batch, number)
            self.recorder.add(batch.state, batch.flows, year.list_price)
            yield number
