"""Declaration, registration and checks of levers, and resolution of their targets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from lockin_sim.common.conventions import Bools
from lockin_sim.common.errors import resolve_name, unknown_name, unusable
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
    """Declaration of one setting of a lever; ``choices`` lists the allowed words of a setting in words."""

    title: str
    unit: str
    low: float
    high: float
    doc: str
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def names_a_label(self) -> bool:
        """Whether the words of the setting are labels of the world."""
        return self.choices in _KINDS

    def words(self, world: World) -> tuple[str, ...]:
        """List the words that the setting allows in a world."""
        return world.codes(*_KINDS[self.choices]) if self.names_a_label else self.choices

    def code_of(self, where: str, value: object, world: World) -> str:
        """Return the code of the word that a value names.  Raises InputError for any other value."""
        called = world.called(*_KINDS.get(self.choices, ()))
        return resolve_name(where, found=value, known=self.words(world), called=called)


def amount(default: float | None, title: str, unit: str, low: float, high: float, doc: str) -> Any:
    """Declare a numeric setting of a lever; a default of None means unset."""
    return Setting(title, unit, low, high, doc, default)


def choice(default: str | bool | None, title: str, doc: str, choices: tuple[str, ...] = ()) -> Any:
    """Declare a setting that is a word, or true or false if ``choices`` is empty; None means unset."""
    return Setting(title, "", 0, 0 if choices else 1, doc, default, choices)


class Reach(NamedTuple):
    """Years and targets of one use of a lever, with the world and the conditions to change.

    when     mask of the years, (year,)
    targets  positions, or for vendors a mask (domain, vendor)
    """

    world: World
    conditions: Conditions
    when: Bools
    targets: Any

    def cells(self, *further: Any) -> Any:
        """Return the index of the years, the targets and positions on further axes in an array by year."""
        return np.ix_(self.when, self.targets, *further)

    def sponsor(self, name: str) -> list[int]:
        """Return the position of a sponsor, in a list, for :meth:`cells`."""
        return [self.world.sponsors.index(name)]

    def bodies(self, name: str | None) -> Sequence[int]:
        """Return the position of a body, or the positions of all bodies for None."""
        return range(len(self.world.bodies)) if name is None else [self.world.body_names.index(name)]

    def offers(self, where: str, place: str) -> Bools:
        """Return the mask of offers of the target vendors in a place, (domain, country, vendor).

        ``where`` names the setting in messages.
        """
        cells: Bools = self.targets[:, None] & resolve_countries(self.world, where, place)[:, None]
        return cells


@dataclass(frozen=True)
class Lever:
    """Policy lever: name, title, kind of targets, settings, and the function that applies the effect."""

    name: str
    title: str
    target: str
    settings: dict[str, Setting]
    types: dict[str, type]
    apply: Callable[..., None]
    doc: str

    @property
    def defaults(self) -> dict[str, Any]:
        """Default of each setting; some need a world to be resolved, see :meth:`defaults_in`."""
        return {name: setting.default for name, setting in self.settings.items()}

    def check(self, where: str, settings: Mapping[str, Any], world: World) -> dict[str, Any]:
        """Check settings against their bounds and labels, and return all settings with defaults filled in.

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
        return defaults | {
            k: self._check_setting(f"{where}.{k}", k, value, world) for k, value in used.items()
        }

    def defaults_in(self, world: World) -> dict[str, Any]:
        """Return the default settings in a world, with the sponsor under study by name.

        A world without a case has no sponsor under study.
        """
        studied = (*world.case.sponsors, STUDIED)[0]
        return {name: studied if value == STUDIED else value for name, value in self.defaults.items()}

    def _check_setting(self, where: str, name: str, value: Any, world: World) -> Any:
        """Check the name, type and bounds of one setting, and return its value."""
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
    title   name shown to readers; by default the function's name in words
    Raises InputError for another kind of targets, a name that a lever of the package has, an undeclared
    setting, or a user's own function that draws at random.
    """
    resolve_name("lever: target", found=target, known=TARGETS)

    def register(function: Callable[..., None]) -> Callable[..., None]:
        """Register a function in LEVERS, with the settings that its signature declares."""
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


def resolve_targets(world: World, kind: str, where: str, names: list[str]) -> Any:
    """Resolve the names of targets to positions, or for vendors to a mask (domain, vendor).

    Names are codes or titles of the kind, or for countries also of groups, such as ``income:low`` or ``EU``.
    Raises InputError for an empty list and for an unknown name.
    """
    if not names:
        raise unusable(where, found=names, allowed=f"the name of a {kind}, or a list of at least one")
    if kind == "vendor":
        return _resolve_vendor_slots(world, where, names)
    if kind == "country":
        return np.flatnonzero(np.logical_or.reduce([resolve_countries(world, where, n) for n in names]))
    known = world.codes(kind)
    return np.array([known.index(world.code_of(where, name, kind)) for name in names])


def resolve_countries(world: World, where: str, name: str) -> Bools:
    """Return the mask (country,) of economies that a name stands for: an economy, a group, or ``world``.

    Raises InputError for an unknown name.
    """
    code = world.code_of(where, name, "country", "group")
    if code in world.countries:
        return np.array([c == code for c in world.countries])
    mask: Bools = world.group_masks[world.group_names.index(code)].any(axis=0)
    return mask


def _resolve_vendor_slots(world: World, where: str, names: list[str]) -> Bools:
    """Return the mask (domain, vendor) of the named vendors, or of all vendors of a named sponsor.

    A name may end in a slash and a domain.
    Raises InputError for an unknown name and for a domain in which the vendor has no offer.
    """
    labels = np.array([*world.vendors, ""])[world.slot_vendor]
    sponsors = np.array([*(f"sponsor:{name}" for name in world.sponsors), ""])[world.slot_sponsor]
    chosen = np.zeros(labels.shape, dtype=bool)
    known = [*world.vendors, *(f"sponsor:{s}" for s in world.sponsors)]
    owners = {f"sponsor:{title}": f"sponsor:{code}" for title, code in world.called("sponsor").items()}
    for name in names:
        who, _, where_to = name.partition("/")
        vendor = resolve_name(where, found=who, known=known, called=world.called("vendor") | owners)
        domain = world.code_of(where, where_to, "domain") if where_to else ""
        match = ((labels == vendor) | (sponsors == vendor)) & (labels != "")
        if domain and not match[world.domains.index(domain)].any():
            offers = [d for d, any_offer in zip(world.domains, match.any(axis=1), strict=True) if any_offer]
            raise unusable(where, found=name, allowed=f"a domain that it offers in: {', '.join(offers)}")
        chosen |= match & np.array([not domain or d == domain for d in world.domains])[:, None]
    return chosen
