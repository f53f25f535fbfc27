"""Declare the variables of a dataset: one small function each, with unit and meaning."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.errors import check_known
from lockin_sim.common.fingerprint import declare
from lockin_sim.common.formats import meaning_of
from lockin_sim.common.values import check_listed
from lockin_sim.model import decisions
from lockin_sim.model.state import Flows, State
from lockin_sim.rules import diffusion
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Conditions, World

if TYPE_CHECKING:
    import xarray as xr

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

#: Positions along an axis.
type Places = slice | Integers


@dataclass
class Snapshot:
    """State, flows and conditions as variables read them; rows are runs, or consecutive years of them."""

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
        alone = np.resize(decisions.is_exclusive(self.parameters), len(self.flows.capacity))
        return alone[:, None, None, None]

    @cached_property
    def demanded(self) -> Integers:
        """Families that any market demands in any row.  (family,)."""
        nobody = self.exclusive.all()
        families = np.arange(len(self.world.standards))
        wanted = self.now.demanded.any(axis=(0, 1)) | np.isin(families, self.state.prescribed)
        return np.flatnonzero(wanted & ~nobody)

    @cached_property
    def demanding(self) -> Floats:
        """Part of each group's base in markets that demand a family, for those ``demanded``.

        (row, group, domain, vendor, family).
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
        """Compute capacity in markets that demand a family, if each run has its own demands.

        (row, group, domain, vendor, family).
        """
        wanted = decisions.encode_prescriptions(self.state.prescribed, len(self.world.standards))
        wanted = (wanted | self.now.demanded[:, None])[..., self.demanded]
        masks = self.world.group_masks[: self.flows.capacity.shape[1]].swapaxes(0, 1)
        size = (self.now.market_size * self.world.traded[:, None])[:, :, None] * masks
        # the base of every group in markets that ask for each family, as one product
        sizes = size[:, :, :, None] * wanted.swapaxes(2, 3)[:, :, None]
        rows, domains, groups, families, countries = sizes.shape
        spread = sizes.reshape(rows, domains, groups * families, countries) @ self.state.installed
        return np.moveaxis(spread.reshape(rows, domains, groups, families, -1), (2, 3), (1, 4))

    def _inside(self, rows: slice | Integers, markets: Integers) -> Floats:
        """Compute the base of each group in some countries, in some rows.  (row, group, domain, vendor)."""
        groups = self.world.group_masks[: self.flows.capacity.shape[1], :, markets]
        size = self.now.market_size[rows if len(self.now.market_size) > 1 else slice(None)][..., markets]
        sizes = groups * size[:, None] * self.world.traded[:, None]
        at_once = rows if isinstance(rows, slice) else rows[:, None]
        base = self.state.installed[at_once, :, markets]
        base = base if isinstance(rows, slice) else base.swapaxes(1, 2)
        return (sizes.swapaxes(1, 2) @ base).swapaxes(1, 2)

    def reach_of(self, groups: slice, counted: Floats | float = 1.0) -> Floats:
        """Compute the share of groups' base that supports each family.  (row, group, domain, standard).

        counted  1 for vendors that count.  (domain, vendor, standard)
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
        """Share of each group's base that supports each family.  (row, group, domain, standard)."""
        return self.reach_of(slice(None))

    def families_of(self, reach: Floats) -> Floats:
        """Compute the number of families that typical equipment supports.  (row, group, domain, 1).

        The sum of their reaches, or 1 if they exclude one another.

        reach  (row, group, domain, standard)
        """
        return np.where(self.exclusive, 1.0, reach.sum(axis=-1, keepdims=True))

    def economy_share_of(self, domain: Places, sponsor: Places) -> tuple[Floats, Bools]:
        """Compute each economy's shares of installed capacity by sponsor, and whether there is any capacity.

        (row, domain, country, sponsor), 0 without capacity, and (row, domain, country, 1), for some domains
        and sponsors.
        """
        installed = self.state.installed[:, domain]
        whole = installed.sum(axis=-1, keepdims=True)
        built = whole > 0
        sponsored = self.world.sponsored_slots[..., :-1]
        part = diffusion.base_by_sponsor(installed, sponsored[domain][..., sponsor])
        return part / np.where(built, whole, 1.0), built

    @cached_property
    def economy_share(self) -> tuple[Floats, Bools]:
        """Shares of all economies' capacity in all domains by all sponsors, computed once."""
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
    """Divide part by whole; NaN for a whole of zero."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    result: Floats = np.divide(part, whole, out=np.full(shape, np.nan), where=whole > 0)
    return result


def _alike(demanded: Bools) -> Iterator[tuple[slice | Integers, Integers]]:
    """Group rows in which the same markets demand a family; yield them with those markets.

    Rows without demand are left out.

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
    """Sum (row, domain, country, vendor) over domains, by sponsor.  (row, country, sponsor)."""
    return diffusion.base_by_sponsor(values, world.sponsored_slots[..., :-1]).sum(axis=1)


class Variable(NamedTuple):
    """Declaration of a variable."""

    axes: tuple[str, ...]  # after run and year; ``vendor`` is spread from slots to labels
    unit: str
    long_name: str
    always: bool
    flow: bool  # of what happens in a year: NaN in the initial one
    value: Callable[..., NDArray[Any]]  # of a snapshot
    parts: tuple[str, ...] = ()  # axes of which it takes places by name: nothing else is computed

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
    """Part of a variable, which is recorded instead of the whole, and computed alone where possible.

    years  positions among those of a run, the initial one first; a single year is recorded without the axis
    at     axes with the labels to read along each, or a single label, recorded without the axis; vendors only
           within one domain
    slots  whether vendors are recorded by slot, of which a domain has few, unless the whole variable is read
    """

    name: str
    years: slice = EVERY
    at: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    slots: bool = False

    def __str__(self) -> str:
        """Return the name of the reading in a dataset."""
        return f"{self.name} {self.years} {dict(self.at)}{' by slot' * self.slots}"

    def own(self, axis: str) -> str:
        """Return the name in a dataset of an axis with only some of its labels."""
        return f"{axis} of {self}"

    def of(self, ds: xr.Dataset) -> xr.DataArray:
        """Read this part from a dataset that recorded it or the whole variable.

        Axes with some labels are renamed to their usual names.
        """
        if str(self) in ds:
            part = ds[str(self)]
            return part.rename({self.own(axis): axis for axis in AXES if self.own(axis) in part.dims})
        at: dict[str, Any] = {axis: list(of) if isinstance(of, tuple) else of for axis, of in self.at}
        part = ds[self.name].isel(year=self.years).sel(at)
        single = ["year"] if part.sizes["year"] == 1 < ds.sizes["year"] else []
        return part.squeeze(single).drop_vars([axis for axis in (*at, "year") if axis in part.coords])


class Extract(NamedTuple):
    """Positions of a reading in a variable.

    years  (step,)
    at     positions of labels, by axis
    """

    years: Bools
    at: Mapping[str, Places]

    def of(self, declared: Variable, snapshot: Snapshot) -> NDArray[Any]:
        """Compute this part of a variable of rows."""
        there = {axis: self.at[axis] for axis in declared.parts if axis in self.at}
        part = declared.value(snapshot, **there)
        for place, axis in enumerate(declared.axes, start=1):
            if axis in self.at and axis not in there:
                part = part[(EVERY,) * place + (self.at[axis],)]
        return part


class Alone(tuple[str | Reading, ...]):
    """Readings that replace all default variables except those by which runs are checked."""


type Record = Sequence[str | Reading]

#: Variables that are recorded whole, and parts of others.
type Recorded = frozenset[str | Reading]

#: Variables that are defined in every year of every run, and those with the same years and domains of
#: definition.
ALWAYS_DEFINED, TOGETHER = (
    ("coverage", "total_debt", "restricting"),
    ("switching_pull", "retention", "surplus"),
)

#: Variables that every run is checked by, see :func:`lockin_sim.model.measures.recorder.find_defects`.
CHECKED = frozenset({*ALWAYS_DEFINED, *TOGETHER, "contracts", "price_paid"})


def readings(record: object) -> list[Reading]:
    """Resolve what is to be recorded: nothing, one variable or several, as names or readings.

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


def recorded(record: object) -> Recorded:
    """Resolve what is recorded: the variables and parts of :func:`readings`, and the default ones.

    Readings of type :class:`Alone` come without the defaults.  Raises InputError as :func:`readings`.
    """
    wanted, usual = readings(record), {name for name, variable in VARIABLES.items() if variable.always}
    whole = {*(CHECKED if isinstance(record, Alone) else usual)}
    whole |= {each.name for each in wanted if each == Reading(each.name)}
    return frozenset([*whole, *(each for each in wanted if each.name not in whole)])


def name_of(recorded: str | Reading) -> str:
    """Return the name of a variable that is recorded whole or in part."""
    return recorded if isinstance(recorded, str) else recorded.name


def in_order(record: Iterable[str | Reading]) -> list[str | Reading]:
    """Sort what is recorded by the order in which variables are declared."""
    place = {name: place for place, name in enumerate(VARIABLES)}
    return sorted(record, key=lambda each: (place[name_of(each)], str(each)))


def names_of(record: Recorded) -> frozenset[str]:
    """Return the names of the variables that are recorded whole or in part."""
    return frozenset(map(name_of, record))


def variable[F: Callable[..., NDArray[Any]]](
    axes: str, unit: str, *, always: bool = False, flow: bool = False
) -> Callable[[F], F]:
    """Declare a function as the variable of its name; the first line of its docstring is the meaning.

    A function with an argument ``groups``, which becomes its second axis, is two variables: that of its name,
    for the world, and one for every group, whose meaning is the last line of the docstring.  One with
    arguments named as its axes computes these places of them alone.

    axes    names after run and year, separated by spaces
    always  whether it is recorded by default
    flow    whether it is a yearly flow
    """

    def register(function: F) -> F:
        """Register the function in VARIABLES."""
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
            """Compute the variable of the world, which is the first group."""
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
    record: Recorded,
    parts: Mapping[Reading, Extract] = MappingProxyType({}),
) -> dict[str | Reading, NDArray[Any]]:
    """Compute variables and parts of them; (row, ...) each, vendors as slots, markets domain first.

    now      with one year for each row, or one for all
    initial  number of leading rows in the initial state, in which flows are NaN
    parts    positions of each reading
    """
    snapshot = Snapshot(world, now, state, flows, list_price, parameters)
    values: dict[str | Reading, NDArray[Any]] = {}
    for each in record:
        declared = VARIABLES[name_of(each)]
        value = declared.value(snapshot) if isinstance(each, str) else parts[each].of(declared, snapshot)
        values[each] = np.array(value, copy=True)
        if initial and declared.flow:
            values[each][:initial] = np.nan
    return values
