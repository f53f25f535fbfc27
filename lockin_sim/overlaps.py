"""Settings of one thing: what two uses of a lever both touch, and lines that take each other's place.

What is judged is which economies, sponsors, domains or vendors two uses act on and in which years, not what
they call them: ``EU`` is a part of ``Europe``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.levers import LEVERS, PLACE, Lever, targets_of
from lockin_sim.levers.targets import countries_of
from lockin_sim.uses import LeverUse, apply_use
from lockin_sim.world import Conditions, World

#: Names in a message at most; more are counted.
_NAMED = 4


class Act(NamedTuple):
    """When and on whom a lever acts; ``last`` is None where it does not end.

    words  settings that name labels of the world: whose vendors, where, in which body
    """

    lever: str
    targets: Sequence[str]
    first: int
    last: int | None = None
    words: Mapping[str, Any] = {}


class Shared(NamedTuple):
    """What two uses of a lever both touch.

    mask   whom: one sign for every label of the kind, or (domain, vendor)
    words  who that is, and when: 'AUT, BEL and 25 more from 2021'
    """

    mask: NDArray[np.bool_]
    first: int
    last: int
    words: str

    def within(self, other: Shared) -> bool:
        """Whether the other one has all of it."""
        in_time = other.first <= self.first and self.last <= other.last
        return in_time and not (self.mask & ~other.mask).any()


def shared(one: Act, other: Act, world: World) -> Shared | None:
    """Whom, and in which years, two uses of a lever both touch.

    None where they touch nothing in common, as where they name two sponsors.
    """
    first, last = max(one.first, other.first), min(_end(one, world), _end(other, world))
    if one.lever != other.lever or first > last or _named_apart(one, other, world):
        return None
    masks = [_mask(act, world) for act in (one, other)]
    both = masks[0] & masks[1]
    if not both.any():
        return None
    when = f"from {first}" if last == world.last_year else f"in {first}" if first == last else ""
    who = _names(one, other, masks, both, world)
    return Shared(both, first, last, f"{who} {when or f'from {first} to {last}'}")


def _end(act: Act, world: World) -> int:
    """The last year in which it acts."""
    return world.last_year if act.last is None else act.last


def _mask(act: Act, world: World) -> NDArray[np.bool_]:
    """Whom it acts on: one sign for every label of the kind, or (domain, vendor)."""
    kind = LEVERS[act.lever].target
    found = np.asarray(targets_of(world, kind, act.lever, list(act.targets)))
    if found.dtype == bool:
        return found
    mask = np.zeros(len(_labels(kind, world)), dtype=bool)
    mask[found] = True
    return mask


def _labels(kind: str, world: World) -> Sequence[str]:
    """Labels of a kind of targets."""
    known = {"country": world.countries, "sponsor": world.sponsors, "domain": world.domains}
    return {**known, "body": world.body_names}[kind]


def _names(
    one: Act, other: Act, masks: Sequence[NDArray[np.bool_]], both: NDArray[np.bool_], world: World
) -> str:
    """Whom both touch: by the names of one, where that is all of it and few, or each by its own."""
    for act, mask in zip((one, other), masks, strict=True):
        if np.array_equal(mask, both) and len(act.targets) <= _NAMED:
            return ", ".join(act.targets)
    if both.ndim == 1:
        labels = _labels(LEVERS[one.lever].target, world)
        found = [label for label, shares in zip(labels, both, strict=True) if shares]
    else:
        slots = [(world.vendors[world.slot_vendor[d, v]], world.domains[d]) for d, v in np.argwhere(both)]
        found = [f"{vendor}/{domain}" for vendor, domain in slots]
    more = len(found) - _NAMED
    return ", ".join(found) if more <= 0 else f"{', '.join(found[:_NAMED])} and {more} more"


def _named_apart(one: Act, other: Act, world: World) -> bool:
    """Whether a setting that names a label names another one in each, or places apart from each other."""
    lever = LEVERS[one.lever]
    defaults = lever.defaults_in(world)
    for name, setting in lever.settings.items():
        if not setting.names_a_label:
            continue
        words = [act.words.get(name, defaults[name]) for act in (one, other)]
        if None in words or words[0] == words[1]:  # nobody's in particular: everybody's
            continue
        if setting.choices != PLACE:
            return True
        places = [countries_of(world, f"{one.lever}.{name}", word) for word in words]
        if not (places[0] & places[1]).any():
            return True
    return False


def warn_of_overridden(uses: Sequence[LeverUse], whose: str, world: World, conditions: Conditions) -> None:
    """Say of each use which settings of earlier ones it takes the place of, a line each; once for each use.

    whose       what the uses are called that come from no file
    conditions  what levers act on
    Uses that add up, or of which the larger counts, say nothing; nor does one of other settings.
    """
    places = [use.place or f"{whose}: levers[{k}]" for k, use in enumerate(uses)]
    for k, later in enumerate(uses):
        if later.judged:
            continue
        told: list[tuple[str, Shared]] = []  # of each setting the nearest earlier one counts
        for earlier, place in zip(reversed(uses[:k]), reversed(places[:k]), strict=True):
            both = shared(_act(earlier), _act(later), world)
            if both is None:
                continue
            known = [name for name, other in told if both.within(other)]
            found = dict(_overridden(earlier, later, world, conditions))
            if said := [text for name, text in found.items() if name not in known]:
                told += [(name, both) for name in found]
                file, _, line = place.rpartition(": ")
                by = line if places[k].startswith(f"{file}: ") else place
                text = f"{places[k]}: {', '.join(said)} of {by} for {both.words}"
                warnings.warn(text, stacklevel=4)
        later.judge()


def _act(use: LeverUse) -> Act:
    """When and on whom a use acts, whatever labels it names."""
    return Act(use.lever, use.targets, use.from_, use.to)


def _overridden(
    earlier: LeverUse, later: LeverUse, world: World, conditions: Conditions
) -> Iterator[tuple[str, str]]:
    """Settings of a later use that take the place of those of an earlier one, or are lost behind them, each
    with what is said of it."""
    lever, was, now = LEVERS[later.lever], earlier.settings, later.settings
    labels = [{k: v for k, v in s.items() if lever.settings[k].names_a_label} for s in (was, now)]

    def lost(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Whether with these settings the one that comes later is all that is left where both act."""
        uses = _with(earlier, {**labels[0], **first}), _with(later, {**labels[1], **second})
        return _replaces(*uses, world, conditions)

    for name, new in now.items():
        old = was.get(name, new)
        if name not in was:
            crossed = [key for key, word in labels[0].items() if word == new]  # what one enters, one leaves
            if crossed and lost({}, {}):
                yield name, f"{name} {new!r} takes the place of {crossed[0]} {new!r}"
        elif old != new and lost({name: old}, {name: new}):
            yield name, f"{name} {new!r} takes the place of {old!r}"
        elif old != new == lever.defaults[name] and any(
            lost({name: old}, {name: word}) for word in _others(lever, name, old, new)
        ):
            yield name, f"{name} {new!r} is neutral and leaves {old!r}"


def _with(use: LeverUse, settings: Mapping[str, Any]) -> LeverUse:
    """The use with other settings."""
    content = {"lever": use.lever, "target": use.target, "from": use.from_, "to": use.to}
    return LeverUse.model_validate({**content, **settings})


def _others(lever: Lever, name: str, *taken: Any) -> list[Any]:
    """Further values that a setting may have."""
    setting = lever.settings[name]
    if lever.types[name] is float:
        return [v for v in (setting.low, (setting.low + setting.high) / 2, setting.high) if v not in taken]
    return [word for word in setting.choices if word not in taken] if not setting.names_a_label else []


def _replaces(earlier: LeverUse, later: LeverUse, world: World, conditions: Conditions) -> bool:
    """Whether the order of two uses decides, and the later one alone is left of what both change."""

    def after(*uses: LeverUse) -> dict[str, Any]:
        """Quantities that these uses change, by name."""
        draft = conditions.draft()
        for use in uses:
            apply_use(use, use.lever, world, draft.as_conditions())
        return {name: values for name, values in vars(draft).items() if isinstance(values, np.ndarray)}

    alone = after(earlier), after(later)
    forth, back = after(earlier, later), after(later, earlier)
    both = alone[0].keys() & alone[1].keys() - {"years"}
    return any(_only_the_later(alone[0][name], alone[1][name], forth[name], back[name]) for name in both)


def _only_the_later(one: Any, other: Any, forth: Any, back: Any) -> bool:
    """Whether cells depend on the order, and hold in each order what comes last, nowhere both together."""
    alike: Callable[..., bool] = np.array_equal
    order = forth != back
    together = (forth != one) & (forth != other)
    last = alike(forth[order], other[order]) and alike(back[order], one[order])
    return bool(order.any()) and last and not together.any()
