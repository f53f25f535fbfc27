"""Every policy lever: a bounded change of one declared quantity, for some targets, from year to year.

A lever writes to the :class:`~lockin_sim.world.Conditions` of its years before the engines see them,
so a lever at its neutral setting is the identity, bit for bit.  To add one on an existing quantity,
write one function here: its signature declares the settings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world import Conditions, World


#: Choices of a setting that names a sponsor of the world.
SPONSOR = ("a sponsor",)


class Setting(NamedTuple):
    """Unit, bounds and meaning of one setting of a lever; ``choices`` for words."""

    unit: str
    low: float
    high: float
    doc: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lever:
    """A lever: what it acts on, and its settings."""

    name: str
    target: str
    settings: dict[str, Setting]
    types: dict[str, type]
    apply: Callable[..., None]
    doc: str

    def check(self, where: str, settings: Mapping[str, Any], world: World) -> dict[str, Any]:
        """The settings with their types, all within bounds; sponsors are those of the world.

        Raises InputError naming the setting, what was found and what is allowed.
        """
        if not settings:
            raise unusable(where, found="no setting", allowed=f"at least one of {', '.join(self.settings)}")
        return {name: self._checked(f"{where}.{name}", name, value, world) for name, value in settings.items()}

    def _checked(self, where: str, name: str, value: Any, world: World) -> Any:
        if name not in self.settings:
            raise unknown_name(where, found=name, known=self.settings)
        unit, low, high, _, choices = self.settings[name]
        kind = self.types[name]
        if kind is bool:
            if not isinstance(value, bool):
                raise unusable(where, found=value, allowed="true or false")
            return value
        if kind is str:
            known = world.sponsors if choices is SPONSOR else choices
            if value not in known:
                raise unknown_name(where, found=value, known=known)
            return value
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise unusable(where, found=value, allowed=f"a number from {low:g} to {high:g} ({unit})")
        return float(value)


LEVERS: dict[str, Lever] = {}


def lever(target: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the lever of its name, on targets of one kind."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        names = [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
        settings = {name: hints[name].__metadata__[0] for name in names}
        types = {name: _bare(hints[name]) for name in names}
        doc = inspect.getdoc(function) or ""
        LEVERS[function.__name__] = Lever(function.__name__, target, settings, types, function, doc)
        return function

    return register


def _bare(hint: Any) -> type:
    """The plain type behind ``Annotated[T | None, ...]``."""
    return next(t for t in (float, bool, str) if t in (hint.__origin__, *getattr(hint.__origin__, "__args__", ())))


_ENVELOPE = Setting("USD bn per year", 0, 500, "money available for digital loans; unset: as recorded")
_RATE = Setting("per year", 0, 0.3, "interest rate of the loans; unset: as recorded")
_TENOR = Setting("years", 1, 50, "years to the last payment; unset: as recorded")
_GRACE = Setting("years", 0, 20, "years before repayment begins; unset: as recorded")
_TIED = Setting("", 0, 1, "whether loans buy only the sponsor's own vendors; unset: as recorded")


@lever("sponsor")
def export_finance(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    envelope: Annotated[float | None, _ENVELOPE] = None,
    rate: Annotated[float | None, _RATE] = None,
    tenor: Annotated[float | None, _TENOR] = None,
    grace: Annotated[float | None, _GRACE] = None,
    tied: Annotated[bool | None, _TIED] = None,
) -> None:
    """Money and terms of a sponsor's loans for digital infrastructure abroad."""
    cells = np.ix_(when, targets)
    for array, value in (
        (conditions.envelope, envelope),
        (conditions.loan_rate, rate),
        (conditions.tenor, tenor),
        (conditions.grace, grace),
        (conditions.tied, tied),
    ):
        if value is not None:
            array[cells] = value


@lever("vendor")
def subsidy(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    share: Annotated[float, Setting("share of cost", 0, 0.9, "part of the cost that the state pays; neutral 0")] = 0.0,
) -> None:
    """Part of a vendor's cost paid by its state, in every market."""
    conditions.subsidy[when] += share * targets


@lever("vendor")
def industrial_policy(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    quality: Annotated[float, Setting("utility", -3, 3, "added to quality once phased in; neutral 0")] = 0.0,
    cost: Annotated[float, Setting("factor", 0.5, 2, "multiplies unit cost; neutral 1")] = 1.0,
    phase_in: Annotated[float, Setting("years", 0, 20, "years until quality has risen in full; neutral 0")] = 0.0,
) -> None:
    """Research and production support that makes chosen vendors better or cheaper."""
    passed = np.cumsum(when)[when, None, None]
    reached = np.minimum(1.0, passed / max(phase_in, 1.0))
    conditions.quality_path[when] += quality * reached * targets
    conditions.cost_factor[when] *= np.where(targets, cost, 1.0)


@lever("sponsor")
def standards_effort(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    effort: Annotated[float, Setting("factor", 0, 10, "multiplies the weight of its proposals in all bodies; neutral 1")] = 1.0,
    push: Annotated[
        float, Setting("factor", 0, 10, "multiplies its vendors' preference for its own family; neutral 1")
    ] = 1.0,
) -> None:
    """How hard a sponsor promotes its standard family, in the bodies and among its own vendors."""
    conditions.effort[np.ix_(when, targets)] *= effort
    conditions.standard_push[np.ix_(when, targets)] *= push


@lever("country")
def alliance_pressure(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, Setting("", 0, 0, "sponsor whose vendors are in question", SPONSOR)] = "CHN",
    pressure: Annotated[float, Setting("share of allies", -1, 1, "added to the share of allies that restrict; neutral 0")] = 0.0,
) -> None:
    """Diplomatic pressure on countries to restrict (or not) a sponsor's vendors."""
    conditions.pressure[np.ix_(when, targets, [world.sponsors.index(on)])] += pressure


@lever("country")
def restriction(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, Setting("", 0, 0, "sponsor whose vendors are in question", SPONSOR)] = "CHN",
    mode: Annotated[
        str,
        Setting("", 0, 0, "coordinated: all restrict; none: nobody may; national (neutral): each decides",
                ("coordinated", "national", "none")),
    ] = "national",  # fmt: skip
    forced_replacement: Annotated[
        float, Setting("years", 0, 30, "years in which the restricted base must be replaced; 0 (neutral): not forced")
    ] = 0.0,
) -> None:
    """Rules that keep a sponsor's vendors out of sensitive domains, or forbid to do so."""
    order = {"coordinated": 1, "national": 0, "none": -1}[mode]
    if order:
        conditions.restriction_order[np.ix_(when, targets, [world.sponsors.index(on)])] = order
    if forced_replacement:
        conditions.phase_out_years[np.ix_(when, targets)] = forced_replacement


@lever("domain")
def interoperability(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    openness: Annotated[float, Setting("share", 0, 1, "least interoperability of complying vendors; neutral 0")] = 0.0,
) -> None:
    """Mandated open interfaces: vendors that share a standard must work together (Open RAN)."""
    cells = np.ix_(when, targets)
    conditions.openness[cells] = np.maximum(conditions.openness[cells], openness)


@lever("country")
def diversification(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    share_cap: Annotated[float, Setting("share", 0.05, 1, "largest share of a country's base one vendor may reach; neutral 1")] = 1.0,
) -> None:
    """A cap on the share of any one vendor in a country's sensitive networks."""
    cells = np.ix_(when, targets)
    conditions.share_cap[cells] = np.minimum(conditions.share_cap[cells], share_cap)


def targets_of(world: World, kind: str, where: str, names: list[str]) -> Any:
    """Positions of the named targets: indices, or for vendors a mask over (domain, vendor).

    Names are labels of the kind, or for countries groups such as ``income:low`` or ``EU``.
    Raises InputError for an unknown name.
    """
    if kind == "vendor":
        return _vendor_slots(world, where, names)
    if kind == "country":
        return np.flatnonzero(np.logical_or.reduce([_countries(world, where, n) for n in names]))
    known = {"sponsor": world.sponsors, "domain": world.domains, "body": world.body_names}[kind]
    for name in names:
        if name not in known:
            raise unknown_name(where, found=name, known=known)
    return np.array([known.index(name) for name in names])


def _countries(world: World, where: str, name: str) -> Bools:
    if name in world.countries:
        return np.array([c == name for c in world.countries])
    if name in world.groups:
        return world.groups[name].any(axis=1)
    raise unknown_name(where, found=name, known=[*world.groups, *world.countries])


def _vendor_slots(world: World, where: str, names: list[str]) -> Bools:
    labels = np.array([*world.vendors, ""])[world.slot_vendor]
    sponsors = np.array([*world.sponsors, ""])[world.slot_sponsor]
    chosen = np.zeros(labels.shape, dtype=bool)
    for name in names:
        vendor, _, domain = name.partition("/")
        if vendor not in world.vendors and not (vendor.startswith("sponsor:") and vendor[8:] in world.sponsors):
            raise unknown_name(where, found=vendor, known=[*world.vendors, *(f"sponsor:{s}" for s in world.sponsors)])
        if domain and domain not in world.domains:
            raise unknown_name(where, found=domain, known=world.domains)
        match = (labels == vendor) | (sponsors == vendor.removeprefix("sponsor:"))
        rows = np.array([not domain or d == domain for d in world.domains])
        chosen |= match & rows[:, None] & (labels != "")
    return chosen
