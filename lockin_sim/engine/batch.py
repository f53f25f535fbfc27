"""Some runs of one scenario: what stays the same for them, and where they stand."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.draws import History, Stream
from lockin_sim.engine.ahead import Ahead
from lockin_sim.engine.numbers import table
from lockin_sim.engine.precision import cast, world_in
from lockin_sim.engine.shaped import shaped
from lockin_sim.measures import FLOWS, groups_measured
from lockin_sim.model.deliveries import follows_base
from lockin_sim.model.initial import initial_state
from lockin_sim.model.state import Flows
from lockin_sim.model.tastes import fixed_taste, generation_starts, operator_taste
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import Conditions, World

if TYPE_CHECKING:
    from lockin_sim.engine.stages import Stages

#: Some domains: consecutive ones as a slice, which copies nothing.
type Some = slice | Integers

#: Most bytes of one array of markets that is worked on at once: several of them fit the cache of a processor.
AT_ONCE = 600_000


class Year(NamedTuple):
    """What everybody meets in one year, posted before anybody decides."""

    year: int
    step: int  # years since the initial state
    now: Conditions  # of the year
    on_sale: Bools  # (domain, country, vendor)
    list_price: Floats  # (run or 1, domain, vendor)
    log_price: Floats  # (run or 1, domain, vendor), log of that
    quality: Floats  # (run, domain, vendor)
    salience: Floats  # (run or 1, sponsor + 1), none last
    affinity: Floats  # (run or 1, country, sponsor + 1), none last


class Batch:
    """Some runs of one scenario.

    world, scenario, parameters, seed, years  as in :func:`lockin_sim.simulate`
    runs       run numbers of the batch
    record     names of the variables that are measured
    dtype      kind of the numbers computed with
    stages     who does the stages of a year; None: numpy
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
        stages: Stages | None = None,
    ) -> None:
        self._stages = stages
        kind: np.dtype[Any] = np.dtype(dtype)
        self.world = world_in(world, kind)
        self.stock_groups = groups_measured(world, record - FLOWS)
        self.flow_groups = groups_measured(world, record & FLOWS)
        self.by_country = bool(record & {"country_lock_in", "country_renewed"})
        self.winners = "winner" in record
        self.runs = np.asarray(runs, dtype=np.intp)
        self.first_year, self.last_year = world.horizon(years)
        self.draws = self.stages.draws(seed, self.runs, history, world.facts.get("seed_of"))
        self.parameters = cast(parameters, kind)
        self._face(scenario)
        self.taste = fixed_taste(self.world, self.draws, self.parameters, self.runs)
        by_operator = operator_taste(self.world, self.draws, self.parameters)
        lots = self.world.lots
        self.lot_taste = self.taste[:, lots.domain, lots.country] + by_operator
        starts = generation_starts(self.world, self.draws, len(self.runs))
        self.generation_start = np.ascontiguousarray(np.moveaxis(starts, -1, 0))  # (generation, run, lot)
        state = initial_state(
            self.world,
            self.draws,
            self.parameters,
            self.runs,
            self.taste,
            by_operator,
            years,
            self.flow_groups,
        )
        self.state = cast(state, kind)
        self.flows = self.no_flows()
        self._shaped = {axes: shaped(self.parameters, slice(None), *[None] * axes) for axes in range(1, 4)}

    def fork(self, scenario: Scenario) -> Batch:
        """The same runs where they stand, with what another scenario says of the years to come."""
        twin = copy.copy(self)
        twin.state, twin.flows = copy.deepcopy(self.state), self.no_flows()
        twin._face(scenario)
        return twin

    def _face(self, scenario: Scenario) -> None:
        """What a scenario says of all years."""
        conditions = scenario.conditions(self.world, (self.first_year, self.last_year))
        self.conditions = cast(conditions, self.world.dtype)
        self.ahead = Ahead(self.world, self.conditions, self.parameters)

    @property
    def stages(self) -> Stages:
        """Who does the stages of a year."""
        if self._stages is None:
            from lockin_sim.engine.stages import stages  # its stages know what a batch is

            self._stages = stages(compiled=False)
        return self._stages

    @cached_property
    def like(self) -> tuple[int, ...]:
        """A tuple as long as a row of vendors: how compiled code knows the length of a row."""
        return (0,) * self.world.shape[2]

    @cached_property
    def like_sponsors(self) -> tuple[int, ...]:
        """The same for a row of sponsors, none last."""
        return (0,) * (len(self.world.sponsors) + 1)

    @cached_property
    def numbers(self) -> Floats:
        """Parameters of each run.  (run, parameter)."""
        return table(self.parameters, len(self.runs))

    @cached_property
    def bargains(self) -> bool:
        """Whether prices depend on what a customer holds."""
        p = self.parameters
        return bool(np.any(p.lock_in_markup) or np.any(p.penetration_discount))

    @cached_property
    def drifts(self) -> bool:
        """Whether affinity drifts in any run."""
        return bool(np.any(self.parameters.affinity_drift))

    @cached_property
    def catches_up(self) -> bool:
        """Whether qualities catch up in any run."""
        return bool(np.any(self.parameters.catch_up_rate))

    @cached_property
    def networked(self) -> bool:
        """Whether neighbours matter to operators in any run."""
        return bool(np.any(self.parameters.network_weight))

    @cached_property
    def users_numbers(self) -> Floats:
        """The same for users, whose network is that of their own country."""
        return table(self.parameters, len(self.runs), network_weight="own_network_weight")

    @cached_property
    def follows_base(self) -> Floats:
        """Part of spending that follows the base.  (run or 1, domain)."""
        return follows_base(self.world, self.parameters)

    def shaped(self, axes: int) -> Parameters:
        """Parameters that meet arrays with some axes behind the run, up to three."""
        return self._shaped[axes]

    def of_rows(self, run: Integers) -> Parameters:
        """Parameters of rows, each of one run.  (row, 1)."""
        return shaped(self.parameters, run, None)

    def together(self, domains: Integers) -> list[Some]:
        """Domains in parts, each worked on at once; what is computed does not depend on the parts."""
        _, countries, vendors = self.world.shape
        size = len(self.runs) * countries * vendors * self.world.dtype.itemsize
        most = max(1, AT_ONCE // size)
        return [some(domains[first : first + most]) for first in range(0, len(domains), most)]

    def arrived(self, year: int) -> Integers:
        """Newest generation that each lot is due for, -1 before the first.  (run, lot)."""
        due = np.full((len(self.runs), len(self.world.lots)), -1)
        for start in self.generation_start:
            due += start <= year
        return due

    def no_flows(self) -> Flows:
        """A year in which nothing has happened yet."""
        return self._nothing.begun()

    @cached_property
    def _nothing(self) -> Flows:
        """The same, which every year begins with."""
        groups, shown = (len(self.stock_groups), len(self.flow_groups)), (self.by_country, self.winners)
        return Flows.none(self.world, len(self.runs), *groups, by_country=shown[0], winners=shown[1]).sealed()

    def lot_keys(self, name: str, year: int) -> Stream:
        """Numbers of each run and lot for one shock of a year.  (run, lot)."""
        luck = self.draws.of_country(name, year)
        lots = self.world.lots
        mine = luck if luck.shape[1] == 1 else luck[:, lots.country]
        return mine ^ self.world.lot_keys

    def row_keys(self, name: str, year: int, run: Integers, lot: Integers) -> Stream:
        """The same for rows of lots.  (row,)."""
        luck = self.draws.of_country(name, year)
        country = self.world.lots.country[lot] if luck.shape[1] > 1 else 0
        return luck[run, country] ^ self.world.lot_keys[lot]

    def cell_keys(self, name: str, year: int, domains: Some = slice(None)) -> Stream:
        """Numbers of each run and market for one shock of a year.  (run, domain, country)."""
        return self.draws.of_country(name, year)[:, None] ^ self.world.cell_keys[domains]

    def of_offers(self, table: NDArray[Any], domains: Some) -> NDArray[Any]:
        """The same of countries.  (run or 1, country, sponsor + 1) to (run or 1, domain, country, vendor)."""
        return table[:, :, self.world.slot_sponsor[domains]].swapaxes(1, 2)

    def barred_offers(self, barred: Bools, domains: Some) -> Bools:
        """Offers of restricted sponsors, where restrictions bite.

        barred  (run, country, sponsor + 1)
        Returns (run, domain, country, vendor), or one row for all where nobody is.
        """
        sensitive = self.world.sensitive[domains]
        if not (sensitive.any() and barred.any()):
            return np.zeros((1, len(sensitive), 1, 1), dtype=bool)
        return self.of_offers(barred, domains) & sensitive[:, None, None]


def some(domains: Integers) -> Some:
    """Domains in order, as a slice if they are consecutive."""
    first, last = (int(domains[0]), int(domains[-1])) if len(domains) else (0, -1)
    return slice(first, last + 1) if last - first == len(domains) - 1 else domains


def at(table: NDArray[Any], *cell: Integers) -> NDArray[Any]:
    """Rows of a table at some cells of its first axes; a first axis of one run holds for all runs."""
    return table.reshape(-1, *table.shape[len(cell) :]).take(_place(table, cell), axis=0)


def of_sponsor_at(table: NDArray[Any], sponsor: Integers, *cell: Integers) -> NDArray[Any]:
    """What is known by sponsor at some cells, by offer: one look instead of two.  (row, vendor).

    table    (cell axes ..., sponsor + 1); a first axis of one run holds for all runs
    sponsor  (row, vendor), that of each row's offers
    """
    result: NDArray[Any] = table.reshape(-1).take((_place(table, cell) * table.shape[-1])[:, None] + sponsor)
    return result


def _place(table: NDArray[Any], cell: tuple[Integers, ...]) -> Integers:
    """Positions of cells among all cells of the first axes of a table."""
    place = cell[0] if len(table) > 1 else np.zeros_like(cell[0])
    for length, position in zip(table.shape[1:], cell[1:], strict=False):
        place = place * length + position
    return place


def add_at(table: NDArray[Any], value: Floats | float, *cell: Integers) -> None:
    """Add to single cells of a table, those named twice too, in the order of the values."""
    np.add.at(table.reshape(-1), np.ravel_multi_index(cell, table.shape), value)
