"""Hold some runs of one scenario: what is constant, what all years bring, and the present state."""

from __future__ import annotations

import copy
import ctypes
import sys
from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import Draws, History, Stream
from lockin_sim.model import decisions
from lockin_sim.model.measures import Recorded, groups_measured, names_of
from lockin_sim.model.sales import follows_base
from lockin_sim.model.start import (
    extend_tastes,
    fixed_taste,
    generation_starts,
    initial_state,
    signed_on_record,
    taste_scale,
)
from lockin_sim.model.state import Flows
from lockin_sim.rules import contracts, utility
from lockin_sim.rules.reduce import with_none
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import Conditions, World

if TYPE_CHECKING:
    from lockin_sim.engine.schedule import Stages


# what mallopt(3) calls them, and the values up to which the library goes on its own
_TRIM_THRESHOLD, _MMAP_THRESHOLD = (-1, 64 << 20), (-3, 32 << 20)


@cache
def keep_memory() -> None:
    """Keep freed memory blocks up to 32 MB in this process; Linux with glibc only."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            mallopt(option, value)


class _Broadcast:
    """Parameters indexed so that they broadcast: numbers stay, and an array ``v`` becomes ``v[index]``.

    Each is computed on first access.
    """

    def __init__(self, parameters: Parameters, *index: Any) -> None:
        self._parameters, self._index = parameters, index

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._parameters, name)
        self.__dict__[name] = value[self._index] if isinstance(value, np.ndarray) else value
        return self.__dict__[name]


def broadcast(parameters: Parameters, *index: Any) -> Parameters:
    """Return a stand-in for parameters with every array indexed, computed on first access."""
    return cast(Parameters, _Broadcast(parameters, *index))


#: The parameters of one run, by name: what a decision reads as ``p.name``.
ParameterRow: Any = namedtuple("ParameterRow", list(collect_declarations()))  # type: ignore[misc]


def build_parameter_table(parameters: Parameters, runs: int) -> Floats:
    """Collect the parameters of each run.  (run, parameter)."""
    table = np.empty((runs, len(collect_declarations())))
    for column, name in enumerate(collect_declarations()):
        table[:, column] = getattr(parameters, name)
    return table


class Audiences(NamedTuple):
    """Countries grouped by the official status they see: the same bodies, with the same demands."""

    of_country: Integers  # (country,), to which each belongs
    demanded: Bools  # (run or 1, domain or 1, audience, standard), families that offers must support there
    weight: Floats  # (run or 1, domain, audience, body), of bodies in what they see
    seen_by_all: Floats  # (run or 1, domain, body), the same of vendors, who see all bodies
    demanding: Integers  # (some,), countries that demand any family


class Likes(NamedTuple):
    """Tuples as long as rows, which tell compiled code their lengths.

    A function that gets one it does not need is compiled again for worlds that differ only in that.
    """

    vendors: tuple[int, ...]
    sponsors: tuple[int, ...]  # none last
    lenders: tuple[int, ...]
    families: tuple[int, ...]  # of standards


class Year:
    """What is known ahead about a year of some conditions, whichever runs it belongs to."""

    def __init__(self, world: World, conditions: Conditions, step: int) -> None:
        self.world, self.step, self.number = world, step, world.first_year + step
        self.now = conditions.at(step)
        self.memory: dict[Any, Any] = {}


def cache_by_year[T](function: Callable[[Year], T]) -> Callable[[Year], T]:
    """Cache a function's result with the year, for all batches of runs."""

    @wraps(function)
    def remembered(year: Year) -> T:
        """Return the cached result, computed on first use."""
        if function not in year.memory:
            year.memory[function] = function(year)
        value: T = year.memory[function]
        return value

    return remembered


class Exogenous:
    """What is known ahead about all years of some conditions.

    world       the world
    conditions  of all years
    """

    def __init__(self, world: World, conditions: Conditions) -> None:
        self.years = [Year(world, conditions, step) for step in range(len(conditions.years))]
        #: (year, country, sponsor + 1), before it drifts
        self.affinity: Floats = with_none(conditions.affinity)
        #: (year, sponsor + 1), what multiplies own_standard_preference
        self.push: Floats = with_none(conditions.standard_push, 1.0)
        #: (year, domain), world markets at full coverage, USD bn
        self.market: Floats = conditions.market_size.sum(axis=-1)
        #: (year, domain, country), contracts for whole markets, USD bn
        self.worth: Floats = contracts.contract_value(1.0, conditions.market_size, world.lifetime[:, None])
        #: (year,), whether offers are fined anywhere, rules on data cost anything, and anything must go
        self.fines, self.costs, self.orders = (
            rule.any(axis=(1, 2))
            for rule in (conditions.fine, conditions.compliance_cost, conditions.phase_out_years > 0)
        )
        #: (year,), whether purchases are subsidised anywhere
        self.subsidies: Bools = conditions.purchase_subsidy.any(axis=(1, 2, 3))


@lru_cache(maxsize=4)  # conditions are large
def build_exogenous(world: World, conditions: Conditions) -> Exogenous:
    """Return what all batches of runs under some conditions share, cached."""
    return Exogenous(world, conditions)


@cache_by_year
def on_sale(year: Year) -> Bools:
    """Return the offers on sale, as ``World.offered``.  (domain, country, vendor)."""
    return year.world.offered(year.number, year.now.served, year.now.barrier)


@cache_by_year
def _seen_in(year: Year) -> tuple[bytes, bytes]:
    """Return the conditions that decide the audiences, mandates and demands, as bytes."""
    return year.now.mandate.tobytes(), year.now.demanded.tobytes()


#: Some domains: consecutive ones as a slice, which copies nothing.
type Some = slice | Integers

#: Most bytes of one array of markets that is worked on at once: several of them fit the cache of a processor.
AT_ONCE = 600_000


class Board(NamedTuple):
    """Prices and conditions of a year, posted before anybody decides."""

    year: int
    step: int  # years since the initial state
    known: Year  # what is known ahead of it
    now: Conditions  # of the year
    on_sale: Bools  # (domain, country, vendor)
    list_price: Floats  # (run or 1, domain, vendor)
    log_price: Floats  # (run or 1, domain, vendor), log of that
    quality: Floats  # (run, domain, vendor)
    salience: Floats  # (run or 1, sponsor + 1), none last
    affinity: Floats  # (run or 1, country, sponsor + 1), none last


#: What a batch makes of the parameters of a year when it is first asked for.
OF_PARAMETERS = (
    "parameter_table",
    "bargains",
    "catches_up",
    "qualities_drift",
    "networked",
    "follows_base",
    "_broadcast",
)


class Batch:
    """Some runs of one scenario.

    world, scenario, parameters, seed, years  as in :func:`lockin_sim.simulate`
    runs       run numbers of the batch
    record     what is measured
    stages     implementation of the stages of a year; None = numpy
    history    luck up to a year, see :class:`lockin_sim.common.draws.History`; None = the runs' own
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
        record: Recorded,
        history: History | None = None,
        stages: Stages | None = None,
    ) -> None:
        keep_memory()
        if stages is None:
            from lockin_sim.engine.schedule import numpy_stages  # whose stages know what a batch is

            stages = numpy_stages()
        self.stages = stages
        self.world = world = world.as_recorded if history is not None and history.facts else world
        self.stock_groups, self.flow_groups = groups_measured(world, record)
        self.record, names = record, names_of(record)
        self.by_country, self.winners = "country_renewed" in names, "winner" in names
        self.runs = np.asarray(runs, dtype=np.intp)
        self.first_year, self.last_year = world.horizon(years)
        self.draws: Draws = self.stages.draws(seed, self.runs, history, world.facts.get("seed_of"))
        self.all_years, self._since = parameters, parameters.since(self.first_year)
        self.parameters = parameters.at(self.first_year)  # of the year
        self._set_scenario(scenario)
        by_operator = self._tastes()
        starts = generation_starts(self.world, self.draws, len(self.runs))
        self.generation_start = np.ascontiguousarray(np.moveaxis(starts, -1, 0))  # (generation, run, lot)
        self.state = initial_state(
            self.world,
            self.draws,
            parameters,
            self.runs,
            self.taste,
            by_operator,
            years,
            self.flow_groups,
            self.loans,
        )
        self.flows = self.build_empty_flows()

    def begin(self, year: int) -> None:
        """Switch to the parameters of a year, where they change."""
        if self.all_years.since(year) != self._since:
            self._set_parameters(self.all_years, year)

    def _set_parameters(self, parameters: Parameters, year: int) -> None:
        """Set the parameters from a year on, and recompute what depends on them."""
        self.all_years, self._since = parameters, parameters.since(year)
        self.parameters = parameters.at(year)
        for name in OF_PARAMETERS:
            vars(self).pop(name, None)
        self._tastes()
        self._precompute_years()

    def fork(self, scenario: Scenario, parameters: Parameters | None = None, year: int = 0) -> Batch:
        """Copy the runs in their state, with another scenario for the years to come.

        parameters  from ``year`` on, as in :meth:`under`; None = unchanged
        """
        twin = self.copy_runs()
        twin._set_scenario(scenario)
        twin.state.loan_left = twin.loans.untaken(self.loans, twin.state.loan_left)
        if parameters is not None:
            twin._set_parameters(parameters, year)
        return twin

    def under(self, parameters: Parameters, year: int) -> Batch:
        """Copy the runs in their state, with other parameters from a year on.

        Whether affinity drifts, and whether states prescribe families by themselves, does not change.
        """
        twin = self.copy_runs()
        twin._set_parameters(parameters, year)
        return twin

    def within(self, world: World) -> Batch:
        """Copy the runs in their state, in a world with later takeovers."""
        twin = self.copy_runs()
        twin.world = world
        return twin

    def copy_runs(self) -> Batch:
        """Return an independent copy of the runs in their state."""
        twin = copy.copy(self)
        twin.state, twin.flows = copy.deepcopy(self.state), self.build_empty_flows()
        twin.lot_taste = self.lot_taste.copy()
        return twin

    def _tastes(self) -> Floats:
        """Draw tastes of countries and lots; return those of the lots' operators.  (run, lot, vendor)."""
        lots = self.world.lots
        self.taste = fixed_taste(self.world, self.draws, self.parameters, self.runs)
        self._of_country = self.taste[:, lots.domain, lots.country]
        self._tastes_by_generation: list[Floats] = []
        self._tastes_of: Integers = np.full((len(self.runs), len(lots)), -1)
        extend_tastes(self.world, self.draws, self.parameters, -1, self._tastes_by_generation)
        by_operator = taste_scale(self.world, self.parameters) * self._tastes_by_generation[0]
        self.lot_taste: Floats = self._of_country + by_operator
        return by_operator

    def update_tastes(self, year: int | Integers) -> None:
        """Let operators' tastes drift to the generations that lots are due for by a year.

        year  (run or 1, lot or 1)
        """
        arrived: Integers = self.arrived(year)
        changed = arrived != self._tastes_of
        if not changed.any():
            return
        self._tastes_of = arrived
        extend_tastes(self.world, self.draws, self.parameters, int(arrived.max()), self._tastes_by_generation)
        scale = np.broadcast_to(taste_scale(self.world, self.parameters), (*arrived.shape, 1))
        for g, taste in enumerate(self._tastes_by_generation, start=-1):
            run, lot = np.nonzero(changed & (arrived == g))
            self.lot_taste[run, lot] = self._of_country[run, lot] + scale[run, lot] * taste[run, lot]

    def _set_scenario(self, scenario: Scenario) -> None:
        """Set the scenario's conditions of all years, and recompute what depends on them."""
        self.conditions = scenario.conditions(self.world, (self.first_year, self.last_year))
        self.exogenous = build_exogenous(self.world, self.conditions)
        self.loans = scenario.loans(self.world, self.conditions)
        self._precompute_years()

    def _precompute_years(self) -> None:
        """Compute what follows from parameters and conditions for all years."""
        self._audiences: tuple[tuple[bytes, bytes], Audiences] | None = None
        passed = np.maximum(self.conditions.years[:, None] - self.world.salience_until, 0.0)
        fading = broadcast(self.parameters, slice(None), None).salience_fading
        salience = utility.salience_now(self.conditions.salience[:, None], passed[:, None], fading)
        #: (year, run or 1, sponsor + 1), none last
        self.salience: Floats = with_none(salience)
        every: Any = self.conditions.at((slice(None), None))
        by_offer = broadcast(self.parameters, slice(None), None, None)
        #: (year, run or 1, domain, vendor), utility units, before anybody catches up
        self.quality: Floats = decisions.compute_quality(every, 0.0, by_offer)

    def audiences(self, year: Year) -> Audiences:
        """Return the audiences of a year, cached since mandates and demands change in few years.

        Each country is its own audience where states prescribe families by themselves.
        """
        if self._audiences is None or self._audiences[0] != _seen_in(year):
            self._audiences = _seen_in(year), self._group_audiences(year.now)
        by_policy = self._audiences[1]
        if not self.regulates:
            return by_policy
        demanded, by_country = (
            self.demanded(year.now),
            broadcast(self.parameters, slice(None), None, None, None),
        )
        weight = self.world.attention(year.now.mandate, by_country.forum_weight)
        return by_policy._replace(
            of_country=np.arange(len(self.world.countries)),
            demanded=demanded,
            weight=np.array(weight, order="C", ndmin=4),
            demanding=decisions.find_demanding_markets(demanded.any(axis=(0, 1))),
        )

    def _group_audiences(self, now: Conditions) -> Audiences:
        """Group countries into audiences under some conditions."""
        alone = np.all(decisions.is_exclusive(self.parameters))
        demanded = np.zeros_like(now.demanded) if alone else now.demanded
        of_country, first = self.world.audiences(demanded)
        forum_weight = broadcast(self.parameters, slice(None), None, None).forum_weight
        by_country = broadcast(self.parameters, slice(None), None, None, None).forum_weight
        return Audiences(
            of_country.copy(),
            demanded[None, None, first],
            np.array(self.world.attention(now.mandate, by_country, first), order="C", ndmin=4),
            np.array(self.world.seen_weight(now.mandate, forum_weight), order="C", ndmin=3),
            decisions.find_demanding_markets(now.demanded),
        )

    @cached_property
    def regulates(self) -> bool:
        """Whether states prescribe families by themselves in any run and year."""
        return self.all_years.ever("regulation_rate")

    def demanded(self, now: Conditions) -> Bools:
        """Return the families that offers must support, by policy or by states' own prescription.

        (country, standard), or (run, domain, country, standard) where states prescribe by themselves.
        """
        if not self.regulates:
            return now.demanded
        return now.demanded | decisions.encode_prescriptions(self.state.prescribed, len(self.world.standards))

    @cached_property
    def likes(self) -> Likes:
        """Tuples as long as the rows of this batch."""
        world = self.world
        lengths = world.shape[2], len(world.sponsors) + 1, len(world.lenders.names), len(world.standards)
        return Likes(*((0,) * length for length in lengths))

    @cached_property
    def parameter_table(self) -> Floats:
        """Parameters of each run.  (run, parameter)."""
        return build_parameter_table(self.parameters, len(self.runs))

    @cached_property
    def bargains(self) -> bool:
        """Whether prices depend on a customer's base."""
        p = self.parameters
        return bool(np.any(p.lock_in_markup) or np.any(p.penetration_discount))

    @cached_property
    def drifts(self) -> bool:
        """Whether affinity drifts in any run and year."""
        return self.all_years.ever("affinity_drift")

    @cached_property
    def catches_up(self) -> bool:
        """Whether qualities catch up in any run."""
        return bool(np.any(self.parameters.catch_up_rate))

    @cached_property
    def qualities_drift(self) -> bool:
        """Whether qualities drift in any run once their record has ended."""
        return bool(np.any(self.parameters.quality_spread))

    @cached_property
    def networked(self) -> bool:
        """Whether neighbours matter to operators in any run."""
        return bool(np.any(self.parameters.network_weight))

    @cached_property
    def follows_base(self) -> Floats:
        """Part of spending that follows the base.  (run or 1, domain)."""
        return follows_base(self.world, self.parameters)

    @cached_property
    def _broadcast(self) -> dict[int, Parameters]:
        """Parameters by the number of axes behind the run."""
        return {axes: broadcast(self.parameters, slice(None), *[None] * axes) for axes in range(1, 4)}

    def broadcast(self, axes: int) -> Parameters:
        """Return parameters that broadcast against arrays with up to three axes behind the run."""
        return self._broadcast[axes]

    def parameters_of_rows(self, run: Integers) -> Parameters:
        """Return the parameters of rows, each of one run.  (row, 1)."""
        return broadcast(self.parameters, run, None)

    def together(self, domains: Integers) -> list[Some]:
        """Split domains into parts that fit the cache; results do not depend on the parts."""
        _, countries, vendors = self.world.shape
        size = len(self.runs) * countries * vendors * 8
        most = max(1, AT_ONCE // size)
        return [select_domains(domains[first : first + most]) for first in range(0, len(domains), most)]

    def arrived(self, year: int | Integers) -> Integers:
        """Return the newest generation due for each lot by a year, -1 before the first.  (run, lot)."""
        due = np.full((len(self.runs), len(self.world.lots)), -1)
        for start in self.generation_start:
            due += start <= year
        return due

    def build_empty_flows(self) -> Flows:
        """Return the flows of a year in which nothing has happened yet."""
        return self._nothing.begun()

    @cached_property
    def _nothing(self) -> Flows:
        """Empty flows, with which every year begins."""
        groups, shown = (len(self.stock_groups), len(self.flow_groups)), (self.by_country, self.winners)
        return Flows.none(self.world, len(self.runs), *groups, by_country=shown[0], winners=shown[1]).sealed()

    def lot_keys(self, name: str, year: int) -> Stream:
        """Return the random numbers of each run and lot for one shock of a year.  (run, lot)."""
        luck = self.draws.of_country(name, year)
        lots = self.world.lots
        mine = luck if luck.shape[1] == 1 else luck[:, lots.country]
        return mine ^ self.world.lot_keys

    def signed_on_record(self, year: int) -> Bools:
        """Return the lots with a contract signed in a year on record, which are due in any case.  (lot,)."""
        return signed_on_record(self.world, self.draws, year)

    def of_offers(self, table: NDArray[Any], domains: Some) -> NDArray[Any]:
        """Expand (run or 1, country, sponsor + 1) to (run or 1, domain, country, vendor)."""
        return table[:, :, self.world.slot_sponsor[domains]].swapaxes(1, 2)


def select_domains(domains: Integers) -> Some:
    """Return domains in order, as a slice if they are consecutive."""
    first, last = (int(domains[0]), int(domains[-1])) if len(domains) else (0, -1)
    return slice(first, last + 1) if last - first == len(domains) - 1 else domains


def add_at(table: NDArray[Any], value: Floats | float, *cell: Integers) -> None:
    """Add values to single cells of a table in their order; a repeated cell accumulates."""
    np.add.at(table.reshape(-1), np.ravel_multi_index(cell, table.shape), value)
