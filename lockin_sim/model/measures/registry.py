"""Declaration of a dataset's variables: one small function each, with unit and meaning."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.errors import check_known
from lockin_sim.common.fingerprint import declare
from lockin_sim.common.values import check_listed
from lockin_sim.common.wording import meaning_of
from lockin_sim.model import decisions
from lockin_sim.model.state import Flows, State
from lockin_sim.rules import diffusion
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Conditions, World

#: Descriptions of a dataset's axes.
AXES = {
    "run": "run; the same shocks in every scenario",
    "year": "year",
    "country": "economy, by its ISO 3166-1 code",
    "domain": "domain of technology",
    "vendor": "vendor",
    "standard": "family of standards",
    "body": "standards body",
    "sponsor": "state or union behind vendors",
    "group": "group of markets, the world first",
    "lot": "lot of an operator: a unit of purchase",
}


#: All years of a run, or all labels of an axis.
EVERY = slice(None)


@dataclass
class Snapshot:
    """The world as variables see it, with rows as first axis: runs, or consecutive years of them."""

    world: World
    now: Conditions  # of each row, or of one year for all
    state: State
    flows: Flows
    list_price: Floats  # (row, domain, vendor)
    parameters: Parameters

    @cached_property
    def group_share(self) -> Floats:
        """Shares of the installed capacity of each group.  (row, group, domain, vendor)"""
        capacity = self.flows.capacity
        return ratio(capacity, capacity.sum(axis=-1, keepdims=True))

    @cached_property
    def exclusive(self) -> Bools:
        """Rows in which vendors support one family instead of another.  (row, 1, 1, 1)"""
        alone = np.resize(decisions.exclusive(self.parameters), len(self.flows.capacity))
        return alone[:, None, None, None]

    @cached_property
    def demanded(self) -> Integers:
        """Families that any market demands in any row.  (some,)"""
        nobody = self.exclusive.all()
        families = np.arange(len(self.world.standards))
        wanted = self.now.demanded.any(axis=(0, 1)) | np.isin(families, self.state.prescribed)
        return np.flatnonzero(wanted & ~nobody)

    @cached_property
    def demanding(self) -> Floats:
        """Part of each group's base in markets that demand a family, for those ``demanded``.

        (row, group, domain, vendor, some)
        """
        capacity = self.flows.capacity
        part = np.zeros((*capacity.shape, len(self.demanded)))
        if self.state.prescribed.size and part.size:
            part = self._prescribed() * ~self.exclusive[..., None]
        else:
            for place, family in enumerate(self.demanded):
                for rows, markets in _alike(self.now.demanded[..., family]):
                    part[rows, ..., place] = self._inside(rows, markets) * ~self.exclusive[rows]
        whole = capacity.sum(axis=-1)[..., None, None]
        # without any base, zero
        return np.divide(part, whole, out=part, where=whole > 0)

    def _prescribed(self) -> Floats:
        """The same as capacity, if each run has its own demands.  (row, group, domain, vendor, some)"""
        wanted = decisions.prescriptions(self.state.prescribed, len(self.world.standards))
        wanted = (wanted | self.now.demanded[:, None])[..., self.demanded]
        masks = self.world.group_masks[: self.flows.capacity.shape[1]].swapaxes(0, 1)
        size = (self.now.market_size * self.world.traded[:, None])[:, :, None] * masks
        # the base of every group in markets that ask for each family, as one product
        sizes = size[:, :, :, None] * wanted.swapaxes(2, 3)[:, :, None]
        rows, domains, groups, families, countries = sizes.shape
        spread = sizes.reshape(rows, domains, groups * families, countries) @ self.state.installed
        return np.moveaxis(spread.reshape(rows, domains, groups, families, -1), (2, 3), (1, 4))

    def _inside(self, rows: slice | Integers, markets: Integers) -> Floats:
        """Base of each group in some countries, in some rows.  (row, group, domain, vendor)"""
        groups = self.world.group_masks[: self.flows.capacity.shape[1], :, markets]
        size = self.now.market_size[rows if len(self.now.market_size) > 1 else slice(None)][..., markets]
        sizes = groups * size[:, None] * self.world.traded[:, None]
        at_once = rows if isinstance(rows, slice) else rows[:, None]
        base = self.state.installed[at_once, :, markets]
        base = base if isinstance(rows, slice) else base.swapaxes(1, 2)
        return (sizes.swapaxes(1, 2) @ base).swapaxes(1, 2)

    def reach_of(self, groups: slice, counted: Floats | float = 1.0) -> Floats:
        """Share of the base of some groups that supports each family.  (row, group, domain, standard)

        counted  (domain, vendor, standard), 1 for vendors that count
        """
        share, demanding = self.group_share[:, groups], self.demanding[:, groups]
        reach = diffusion.reach(
            share.swapaxes(1, 2), demanding.swapaxes(1, 2), self.state.compliance, counted, self.demanded
        )
        return reach.swapaxes(1, 2)

    @cached_property
    def world_reach(self) -> Floats:
        """Share of the world's base that supports each family.  (row, 1, domain, standard)"""
        return self.reach_of(slice(0, 1))

    @cached_property
    def group_reach(self) -> Floats:
        """The same for every group.  (row, group, domain, standard)"""
        return self.reach_of(slice(None))

    def families_of(self, reach: Floats) -> Floats:
        """Number of families that typical equipment supports: the sum of their reaches, 1 if they exclude
        one another.

        (row, group, domain, 1)

        reach  (row, group, domain, standard)
        """
        return np.where(self.exclusive, 1.0, reach.sum(axis=-1, keepdims=True))

    def economy_share_of(self, domain: slice, sponsor: slice) -> tuple[Floats, Bools]:
        """Shares of the installed capacity of each economy by the sponsor of its vendor, 0 where there is
        none, and whether there is any, in some domains and of some sponsors.

        (row, domain, country, sponsor) and (row, domain, country, 1)
        """
        installed = self.state.installed[:, domain]
        whole = installed.sum(axis=-1, keepdims=True)
        built = whole > 0
        sponsored = self.world.sponsored_slots[..., :-1]
        part = diffusion.base_by_sponsor(installed, sponsored[domain, :, sponsor])
        return part / np.where(built, whole, 1.0), built

    @cached_property
    def economy_share(self) -> tuple[Floats, Bools]:
        """The same in all domains and of all sponsors, computed once."""
        return self.economy_share_of(EVERY, EVERY)

    @cached_property
    def pulled(self) -> Floats:
        """Value kept by switching costs, by the vendors' sponsor.  (row, group, domain, sponsor)"""
        return (self.flows.switching_pull[..., None, :] @ self.world.sponsored)[..., 0, :]

    @cached_property
    def country_value(self) -> Floats:
        """Installed capacity by value and sponsor.  (row, country, sponsor)"""
        base = self.state.installed * self.now.market_size[..., None]
        return by_sponsor(self.world, base)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole, NaN for a whole of zero."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    result: Floats = np.divide(part, whole, out=np.full(shape, np.nan), where=whole > 0)
    return result


def _alike(demanded: Bools) -> Iterator[tuple[slice | Integers, Integers]]:
    """Groups of rows in which the same markets demand a family, with those markets; without rows of no
    demand.

    demanded  (row or 1, country)
    """
    if len(demanded) == 1 or (demanded == demanded[0]).all():
        cases: list[tuple[slice | Integers, Bools]] = [(slice(None), demanded[0])]
    else:
        rows_of: dict[bytes, list[int]] = {}
        for row, markets in enumerate(demanded):
            rows_of.setdefault(markets.tobytes(), []).append(row)
        cases = [(np.array(rows), demanded[rows[0]]) for rows in rows_of.values()]
    return ((rows, np.flatnonzero(markets)) for rows, markets in cases if markets.any())


def by_sponsor(world: World, values: Floats) -> Floats:
    """Sums of (row, domain, country, vendor) over domains, by sponsor.  (row, country, sponsor)"""
    return diffusion.base_by_sponsor(values, world.sponsored_slots[..., :-1]).sum(axis=1)


class Variable(NamedTuple):
    """Declaration of a variable."""

    axes: tuple[str, ...]  # after run and year; ``vendor`` is spread from slots to labels
    unit: str
    long_name: str
    always: bool
    flow: bool  # of what happens in a year: NaN in the initial one
    value: Callable[..., NDArray[Any]]  # of a snapshot
    parts: tuple[str, ...] = ()  # axes of which it takes a slice by name: nothing else is computed

    @property
    def public_axes(self) -> tuple[str, ...]:
        """The axes in the order of datasets: countries before domains."""
        if "country" not in self.axes or "domain" not in self.axes:
            return self.axes
        swap = {"country": "domain", "domain": "country"}
        return tuple(swap.get(axis, axis) for axis in self.axes)


#: Every variable by name.
VARIABLES: dict[str, Variable] = {}

#: Last year of a run.
LAST = slice(-1, None)


class Reading(NamedTuple):
    """A variable of which only some years are read, or one label of an axis.

    years  positions among those of a run, the initial one first: it is undefined in all others, and not
           computed; of a single year it comes without the axis, unless somebody else reads another one
    at     axes with the only label that is read along each: likewise
    """

    name: str
    years: slice = EVERY
    at: tuple[tuple[str, str], ...] = ()


class Extract(NamedTuple):
    """What is read of a variable that nobody reads whole.

    years  those that any record reads, (step,)
    at     position of the only label that is read, by axis
    """

    years: Bools
    at: Mapping[str, int]

    @property
    def once(self) -> bool:
        """Whether it is read in a single year."""
        return bool(self.years.sum() == 1)

    @property
    def without(self) -> frozenset[str]:
        """Axes without which the variable comes."""
        return frozenset({*self.at, "year"} if self.once else self.at)

    def of(self, declared: Variable, snapshot: Snapshot) -> NDArray[Any]:
        """A variable of rows, without the axes along which one label is read."""
        there = {axis: slice(self.at[axis], self.at[axis] + 1) for axis in declared.parts if axis in self.at}
        places = {**self.at, **dict.fromkeys(there, 0)}
        return declared.value(snapshot, **there)[:, *(places.get(axis, EVERY) for axis in declared.axes)]


class Alone(tuple[str | Reading, ...]):
    """All that is read of runs: of what is recorded by default only what runs are checked by is there too."""


type Record = Sequence[str | Reading]

#: Variables that are defined in every year of every run, and those with the same years and domains of
#: definition.
ALWAYS_DEFINED, TOGETHER = (
    ("coverage", "total_debt", "restricting"),
    ("switching_pull", "retention", "surplus"),
)

#: Variables that every run is checked by, see :func:`lockin_sim.model.measures.recorder.defects`.
CHECKED = frozenset({*ALWAYS_DEFINED, *TOGETHER, "contracts", "price_paid"})


def readings(record: object) -> list[Reading]:
    """What is to be recorded: nothing, one variable or several, as names or readings.

    Raises InputError for anything else, and for an unknown name.
    """
    if isinstance(record, frozenset):
        record = sorted(record, key=str)
    if record is not None and not isinstance(record, str):
        check_listed("record", record, allowed="the name of a variable, or a list of names")
    names: list[Any] = [record] if isinstance(record, str) else [] if record is None else list(record)  # type: ignore[call-overload]
    readings = [each if isinstance(each, Reading) else Reading(each) for each in names]
    for reading in readings:
        check_known("record", reading.name, VARIABLES)
    return readings


def recorded(record: object) -> frozenset[str]:
    """Names of the variables to record: those of :func:`readings`, and unless they are all that is read the
    default ones."""
    usual = {name for name, variable in VARIABLES.items() if variable.always}
    own = {each.name for each in readings(record)}
    return frozenset(own | (CHECKED if isinstance(record, Alone) else usual))


def variable[F: Callable[..., NDArray[Any]]](
    axes: str, unit: str, *, always: bool = False, flow: bool = False
) -> Callable[[F], F]:
    """Declare a function as the variable of its name; the first line of its docstring is the meaning.

    A function with an argument ``groups``, which becomes its second axis, is two variables: that of its name,
    for the world, and one for every group, whose meaning is the last line of the docstring.  One with
    arguments named as its axes computes these slices of them alone.

    axes    names after run and year, separated by spaces
    always  whether it is recorded by default
    flow    whether it is a yearly flow
    """

    def register(function: F) -> F:
        """Put a function into VARIABLES."""
        declare(f"variable {function.__name__}", function)
        name, names, lines = function.__name__, tuple(axes.split()), meaning_of(function).splitlines() or [""]
        meaning, of_groups = (
            text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text
            for text in (lines[0].rstrip("."), lines[-1].rstrip("."))
        )
        takes = inspect.signature(function).parameters
        if "groups" not in takes:
            parts = tuple(axis for axis in names if axis in takes)
            VARIABLES[name] = Variable(names, unit, meaning, always, flow, function, parts)
            return function

        def of_world(s: Snapshot) -> NDArray[Any]:
            """Of the world, which is the first group."""
            return function(s, slice(0, 1))[:, 0]

        VARIABLES[name] = Variable(names, unit, meaning, always, flow, of_world)
        every = partial(function, groups=slice(None))
        VARIABLES[f"group_{name}"] = Variable(("group", *names), unit, of_groups, False, flow, every)
        return function

    return register


def measure(
    world: World,
    now: Conditions,
    state: State,
    flows: Flows,
    list_price: Floats,
    parameters: Parameters,
    *,
    initial: int,
    names: frozenset[str],
    read: Mapping[str, Extract] = MappingProxyType({}),
) -> dict[str, NDArray[Any]]:
    """Values of the named variables; each (row, ...), vendors as slots, markets domain first.

    now      with one year for each row, or one for all
    initial  number of rows, the first ones, in the initial state: flows are NaN there
    read     of variables of which not all is read, what
    """
    snapshot = Snapshot(world, now, state, flows, list_price, parameters)
    values: dict[str, NDArray[Any]] = {}
    for name in (name for name in VARIABLES if name in names):
        declared = VARIABLES[name]
        array = read[name].of(declared, snapshot) if name in read else declared.value(snapshot)
        values[name] = np.array(array, copy=True)
        if initial and VARIABLES[name].flow:
            values[name][:initial] = np.nan
    return values
