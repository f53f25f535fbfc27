"""Declaration, registration and checks of levers, and their targets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from lockin_sim.common.conventions import Bools
from lockin_sim.common.errors import known_name, unknown_name, unusable
from lockin_sim.common.fingerprint import check_repeatable, is_own
from lockin_sim.common.formats import opening, spoken
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.values import number
from lockin_sim.world import Conditions, World

#: Choices of a setting that names a sponsor, a body, a family of standards, or economies of the world.
SPONSOR = ("a sponsor",)
BODY = ("a body",)
STANDARD = ("a standard family",)
PLACE = ("an economy, a group or world",)

#: Kinds of names that these are.
_KINDS: dict[tuple[str, ...], tuple[str, ...]] = {
    SPONSOR: ("sponsor",),
    BODY: ("body",),
    STANDARD: ("standard",),
    PLACE: ("group", "country"),
}

#: Default of a setting that names a sponsor: the one under study.
STUDIED = "the sponsor under study"

#: Unit of a multiplier.
FACTOR = "factor"


class Setting(NamedTuple):
    """Title of one setting of a lever, with unit, bounds, meaning and default; ``choices`` for words."""

    title: str
    unit: str
    low: float
    high: float
    doc: str
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def names_a_label(self) -> bool:
        """Whether its words are labels of the world."""
        return self.choices in _KINDS

    def words(self, world: World) -> tuple[str, ...]:
        """Possible words."""
        return world.codes(*_KINDS[self.choices]) if self.names_a_label else self.choices

    def code_of(self, where: str, value: object, world: World) -> str:
        """The possible word that is meant.  Raises InputError for any other value."""
        called = world.called(*_KINDS.get(self.choices, ()))
        return known_name(where, found=value, known=self.words(world), called=called)


def amount(default: float | None, title: str, unit: str, low: float, high: float, doc: str) -> Any:
    """Declare a numeric setting; None: unset."""
    return Setting(title, unit, low, high, doc, default)


def choice(default: str | bool | None, title: str, doc: str, choices: tuple[str, ...] = ()) -> Any:
    """Declare a setting that is a word, or true or false without choices; None: unset."""
    return Setting(title, "", 0, 0 if choices else 1, doc, default, choices)


class Reach(NamedTuple):
    """Years and targets of one use of a lever.

    when     (year,), in which years
    targets  positions, or for vendors a mask (domain, vendor)
    """

    world: World
    conditions: Conditions
    when: Bools
    targets: Any

    def cells(self, *further: Any) -> Any:
        """Index of its years and targets, and of positions on further axes, in an array by year."""
        return np.ix_(self.when, self.targets, *further)

    def sponsor(self, name: str) -> list[int]:
        """Position of a sponsor, for :meth:`cells`."""
        return [self.world.sponsors.index(name)]

    def bodies(self, name: str | None) -> Sequence[int]:
        """Position of a body; all for None."""
        return range(len(self.world.bodies)) if name is None else [self.world.body_names.index(name)]

    def offers(self, where: str, place: str) -> Bools:
        """Offers of its vendors in some place, named by the setting ``where``.  (domain, country, vendor)"""
        cells: Bools = self.targets[:, None] & countries_of(self.world, where, place)[:, None]
        return cells


@dataclass(frozen=True)
class Lever:
    """A lever: its title, kind of targets, and settings."""

    name: str
    title: str
    target: str
    settings: dict[str, Setting]
    types: dict[str, type]
    apply: Callable[..., None]
    doc: str

    @property
    def defaults(self) -> dict[str, Any]:
        """Its settings by default, some of which the world names, see :meth:`defaults_in`."""
        return {name: setting.default for name, setting in self.settings.items()}

    def check(self, where: str, settings: Mapping[str, Any], world: World) -> dict[str, Any]:
        """All settings, after checks of bounds and labels, with defaults filled in.

        Raises InputError naming the setting, the value and what is allowed.
        """
        if not settings:
            raise unusable(where, words="no setting", allowed=f"at least one of {', '.join(self.settings)}")
        defaults = self.defaults_in(world)
        labels = {
            name: defaults[name]
            for name, setting in self.settings.items()
            if setting.names_a_label and defaults[name] is not None
        }
        used = labels | dict(settings)
        return defaults | {k: self._checked(f"{where}.{k}", k, value, world) for k, value in used.items()}

    def defaults_in(self, world: World) -> dict[str, Any]:
        """Default settings; a world without a case has no sponsor under study."""
        studied = (*world.case.sponsors, STUDIED)[0]
        return {name: studied if value == STUDIED else value for name, value in self.defaults.items()}

    def _checked(self, where: str, name: str, value: Any, world: World) -> Any:
        """The value of a setting, if it has the right type and is within bounds."""
        if name not in self.settings:
            raise unknown_name(where, found=name, known=self.settings)
        setting, kind = self.settings[name], self.types[name]
        if kind is bool:
            if not isinstance(value, bool):
                raise unusable(where, found=value, allowed="true or false")
            return value
        if kind is str:
            return setting.code_of(where, value, world)
        allowed = f"a number from {setting.low:g} to {setting.high:g} ({setting.unit})"
        return number(where, value, allowed=allowed, low=setting.low, high=setting.high)


LEVERS: dict[str, Lever] = {}

#: Kinds of targets.
TARGETS = ("body", "country", "domain", "sponsor", "standard", "vendor")


@checks_keywords()
def lever(target: str, title: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the lever of its name, on targets of one kind.

    target  one of :data:`TARGETS`
    title   name shown to readers; by default the name in words
    Raises InputError for another kind of targets, a name that the package has, an undeclared setting, or a
    function of one's own that draws at random.
    """
    known_name("lever: target", found=target, known=TARGETS)

    def register(function: Callable[..., None]) -> Callable[..., None]:
        """Put a function into LEVERS, with what its signature declares."""
        name, hints = function.__name__, get_type_hints(function)
        if name in LEVERS and is_own(function) and not is_own(LEVERS[name].apply):
            raise unusable("lever", found=name, allowed="a name that no lever of the package has")
        if is_own(function):
            check_repeatable(function)
        types: dict[str, type] = {  # without ``| None``
            name: next(kind for kind in (float, bool, str) if kind in (hint, *getattr(hint, "__args__", ())))
            for name, hint in hints.items()
            if name not in ("at", "return")
        }
        declared = {
            a.name: a.default
            for a in inspect.signature(function).parameters.values()
            if a.kind is a.KEYWORD_ONLY
        }
        for setting, default in declared.items():
            if not isinstance(default, Setting):
                said = "no default" if default is inspect.Parameter.empty else default
                raise unusable(f"lever {name}: {setting}", found=said, allowed="amount(...) or choice(...)")
        LEVERS[name] = Lever(
            name,
            title or opening(spoken(name)),
            target,
            declared,
            types,
            function,
            inspect.getdoc(function) or "",
        )
        return function

    return register


def targets_of(world: World, kind: str, where: str, names: list[str]) -> Any:
    """Positions of the named targets: indices, or for vendors a mask over (domain, vendor).

    Names are codes or titles of the kind, or for countries also of groups, such as ``income:low`` or ``EU``.
    Raises InputError for an unknown name.
    """
    if not names:
        raise unusable(where, found=names, allowed=f"the name of a {kind}, or a list of at least one")
    if kind == "vendor":
        return _vendor_slots(world, where, names)
    if kind == "country":
        return np.flatnonzero(np.logical_or.reduce([countries_of(world, where, n) for n in names]))
    known = world.codes(kind)
    return np.array([known.index(world.code_of(where, name, kind)) for name in names])


def countries_of(world: World, where: str, name: str) -> Bools:
    """Economies with a name: one, those of a group, or all for ``world``.  (country,)

    Raises InputError for an unknown name.
    """
    code = world.code_of(where, name, "country", "group")
    if code in world.countries:
        return np.array([c == code for c in world.countries])
    mask: Bools = world.group_masks[world.group_names.index(code)].any(axis=0)
    return mask


def _vendor_slots(world: World, where: str, names: list[str]) -> Bools:
    """Slots of the vendors named, or of a sponsor's, perhaps in one domain."""
    labels = np.array([*world.vendors, ""])[world.slot_vendor]
    sponsors = np.array([*(f"sponsor:{name}" for name in world.sponsors), ""])[world.slot_sponsor]
    chosen = np.zeros(labels.shape, dtype=bool)
    known = [*world.vendors, *(f"sponsor:{s}" for s in world.sponsors)]
    owners = {f"sponsor:{title}": f"sponsor:{code}" for title, code in world.called("sponsor").items()}
    for name in names:
        who, _, where_to = name.partition("/")
        vendor = known_name(where, found=who, known=known, called=world.called("vendor") | owners)
        domain = world.code_of(where, where_to, "domain") if where_to else ""
        match = ((labels == vendor) | (sponsors == vendor)) & (labels != "")
        if domain and not match[world.domains.index(domain)].any():
            offers = [d for d, any_offer in zip(world.domains, match.any(axis=1), strict=True) if any_offer]
            raise unusable(where, found=name, allowed=f"a domain that it offers in: {', '.join(offers)}")
        chosen |= match & np.array([not domain or d == domain for d in world.domains])[:, None]
    return chosen
