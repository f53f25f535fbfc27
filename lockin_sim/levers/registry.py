"""How levers are declared, registered and checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.numeric import number
from lockin_sim.wording import opening, spoken
from lockin_sim.world import World

#: Choices of a setting that names a sponsor, a body, a family of standards, or economies of the world.
SPONSOR = ("a sponsor",)
BODY = ("a body",)
STANDARD = ("a standard family",)
PLACE = ("an economy, a group or world",)

#: Default of a setting that names a sponsor: the one that the world's case is about.
STUDIED = "the sponsor under study"


#: Unit of what multiplies something.
FACTOR = "factor"


class Setting(NamedTuple):
    """What people call one setting of a lever, its unit, bounds and meaning; ``choices`` for words."""

    title: str
    unit: str
    low: float
    high: float
    doc: str
    choices: tuple[str, ...] = ()

    @property
    def names_a_label(self) -> bool:
        """Whether its words are labels of the world."""
        return self.choices in (SPONSOR, BODY, STANDARD, PLACE)

    def words(self, world: World) -> tuple[str, ...]:
        """What it may be set to, for a setting of words."""
        labels: dict[tuple[str, ...], tuple[str, ...]] = {
            SPONSOR: world.sponsors,
            BODY: world.body_names,
            STANDARD: world.standards,
            PLACE: (*world.group_names, *world.countries),
        }
        return labels.get(self.choices, self.choices)


@dataclass(frozen=True)
class Lever:
    """A lever: what people call it, what it acts on, and its settings."""

    name: str
    title: str
    target: str
    settings: dict[str, Setting]
    types: dict[str, type]
    defaults: dict[str, Any]
    apply: Callable[..., None]
    doc: str

    def check(self, where: str, settings: Mapping[str, Any], world: World) -> dict[str, Any]:
        """The settings with their types, all within bounds; labels are those of the world, defaults too.

        Raises InputError naming the setting, what was found and what is allowed.
        """
        if not settings:
            raise unusable(where, found="no setting", allowed=f"at least one of {', '.join(self.settings)}")
        defaults = self.defaults_in(world)
        labels = {
            name: defaults[name]
            for name, s in self.settings.items()
            if s.names_a_label and defaults[name] is not None
        }
        given = labels | dict(settings)
        return {name: self._checked(f"{where}.{name}", name, value, world) for name, value in given.items()}

    def defaults_in(self, world: World) -> dict[str, Any]:
        """Settings where none are given; a world without a case has no sponsor under study."""
        studied = (*world.case.sponsors, STUDIED)[0]
        return {name: studied if value == STUDIED else value for name, value in self.defaults.items()}

    def _checked(self, where: str, name: str, value: Any, world: World) -> Any:
        """The value of a setting, refused unless it is of its kind and within its bounds."""
        if name not in self.settings:
            raise unknown_name(where, found=name, known=self.settings)
        setting = self.settings[name]
        kind = self.types[name]
        if kind is bool:
            if not isinstance(value, bool):
                raise unusable(where, found=value, allowed="true or false")
            return value
        if kind is str:
            if value not in setting.words(world):
                raise unknown_name(where, found=value, known=setting.words(world))
            return value
        allowed = f"a number from {setting.low:g} to {setting.high:g} ({setting.unit})"
        return number(where, value, allowed=allowed, low=setting.low, high=setting.high)


LEVERS: dict[str, Lever] = {}


def lever(target: str, *, title: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the lever of its name, on targets of one kind.

    title  what people read in its place; the name in words if there is none
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        """Put a function into LEVERS, with what its signature declares."""
        hints = get_type_hints(function, include_extras=True)
        arguments = inspect.signature(function).parameters.values()
        defaults = {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}
        settings = {name: hints[name].__metadata__[0] for name in defaults}
        types = {name: _bare(hints[name]) for name in defaults}
        doc = inspect.getdoc(function) or ""
        name = function.__name__
        called = title or opening(spoken(name))
        LEVERS[name] = Lever(name, called, target, settings, types, defaults, function, doc)
        return function

    return register


def _bare(hint: Any) -> type:
    """The plain type behind ``Annotated[T | None, ...]``."""
    return next(
        t for t in (float, bool, str) if t in (hint.__origin__, *getattr(hint.__origin__, "__args__", ()))
    )
