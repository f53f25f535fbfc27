"""Controls from declarations: what a lever may be set to, and whom it may act on, in words of people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.levers import FACTOR, LEVERS, Lever, Setting
from lockin_sim.wording import opening, spoken
from lockin_sim.world import World
from lockin_sim.world.names import name_of, target_name

#: Steps of a slider from end to end, about.
STEPS = 100

#: Beginnings of units that say nothing beside a name.
_BARE = ("", "share", "factor", "utility", "logit")

NUMBER, CHOICE, YES_NO = "number", "choice", "yes or no"


class Field(NamedTuple):
    """One setting of a lever as a control.

    default  where nothing is set; None: as recorded, or none
    options  values by what people read, of a choice
    """

    name: str
    label: str
    help: str
    kind: str
    default: Any
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    options: Mapping[str, str] = {}

    @property
    def optional(self) -> bool:
        """Whether it may be left as it is on record."""
        return self.default is None


def lever_options() -> dict[str, str]:
    """Names of all levers by their titles, in the order of the alphabet."""
    return {each.title: name for name, each in sorted(LEVERS.items(), key=lambda pair: pair[1].title)}


def fields_of(lever: Lever, world: World) -> list[Field]:
    """The settings of a lever as controls, in the order of their declaration."""
    defaults = lever.defaults_in(world)
    return [
        _field(name, setting, lever.types[name], defaults[name], world)
        for name, setting in lever.settings.items()
    ]


def _field(name: str, setting: Setting, kind: type, default: Any, world: World) -> Field:
    """What asks for a setting."""
    unit = "" if setting.unit.startswith(_BARE[1:]) or not setting.unit else f", {setting.unit}"
    unit = ", times" if setting.unit == FACTOR else unit
    label, told = f"{opening(setting.title)}{unit}", _plainly(setting.doc)
    if kind is bool:
        return Field(name, label, told, YES_NO, default)
    if kind is str:
        words = by_title(setting.words(world), lambda word: _word(word, setting))
        return Field(name, label, told, CHOICE, default, options=words)
    step = step_of(setting.low, setting.high)
    return Field(name, label, told, NUMBER, default, setting.low, setting.high, step)


#: What is behind vendors, as the code calls it and as people do; the longest first.
_BEHIND = {"sponsor's": "state's or union's", "sponsors": "states or unions", "sponsor": "state or union"}


def without_terms(text: str) -> str:
    """A description from the code without a term that only the model's description explains."""
    for term, words in _BEHIND.items():
        text = text.replace(term, words).replace(term.capitalize(), words.capitalize())
    return text


def _plainly(doc: str) -> str:
    """The meaning of a setting in other words than those of the code: '0 changes nothing'."""
    said = re.sub(r"neutral (-?[\d.]+)", r"\1 changes nothing", doc).replace("(neutral)", "(changes nothing)")
    said = said.replace("unset: as recorded", "not set: as on record").replace("unset:", "not set:")
    return opening(without_terms(said))


def step_of(low: float, high: float) -> float:
    """A round step, 1, 2 or 5 times a power of ten, that divides a range into about STEPS."""
    size = (high - low) / STEPS
    power = 10.0 ** (int(f"{size:.6e}".partition("e")[2]))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= size * (1 - 1e-9)))


def _word(word: str, setting: Setting) -> str:
    """A choice as people read it."""
    return opening(target_name(word) if setting.names_a_label else spoken(word))


def by_title(names: Iterable[str], called: Callable[[str], str]) -> dict[str, str]:
    """Options of a control, each name once; where two read alike the name stands behind what people read."""
    titles = {name: called(name) for name in names}
    often = Counter(titles.values())
    return {f"{title} ({name})" if often[title] > 1 else title: name for name, title in titles.items()}


def target_options(lever: Lever, world: World, used: Iterable[str] = ()) -> dict[str, str]:
    """Whom a lever may act on, by what people read: groups before economies, all of a sponsor before each.

    used  names that a use has, which are options too
    """
    match lever.target:
        case "country":
            names = [*world.group_names, *world.countries]
        case "vendor":
            names = _vendors(world)
        case kind:
            names = list({"sponsor": world.sponsors, "domain": world.domains, "body": world.body_names}[kind])
    return by_title([*names, *used], title_of)


def _vendors(world: World) -> list[str]:
    """Vendors of each sponsor, in all domains and in each; and each vendor, likewise."""
    used = np.argwhere(world.slot_vendor >= 0)
    offered = [(world.vendors[world.slot_vendor[d, s]], world.slot_sponsor[d, s], d) for d, s in used]
    names: dict[str, None] = {}
    for sponsor in range(len(world.sponsors)):
        whose = f"sponsor:{world.sponsors[sponsor]}"
        domains = sorted({int(d) for _, owner, d in offered if owner == sponsor})
        names |= dict.fromkeys([whose, *(f"{whose}/{world.domains[d]}" for d in domains)] if domains else [])
    for vendor in dict.fromkeys(vendor for vendor, _, _ in offered):
        domains = [int(d) for v, _, d in offered if v == vendor]
        several = [f"{vendor}/{world.domains[d]}" for d in domains] if len(domains) > 1 else []
        names |= dict.fromkeys([vendor, *several])
    return list(names)


def title_of(target: str) -> str:
    """What a target is called in a list."""
    return opening(target_name(target))


def domain_options(world: World) -> dict[str, str]:
    """Domains by their names, as they open a line."""
    return by_title(world.domains, lambda domain: opening(name_of("domain", domain)))


def country_options(world: World) -> dict[str, str]:
    """Economies by their names, in the order of the alphabet."""
    return dict(sorted(by_title(world.countries, lambda code: name_of("country", code)).items()))
