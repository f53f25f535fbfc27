"""Uses of levers in a scenario: content, checks, effect on a world's conditions, and overlaps.

Two uses overlap if they share economies, sponsors, domains or vendors, and years, whatever the names of
their targets: ``EU`` is a part of ``Europe``.  Uses that override each other, or never act, cause a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from lockin_sim.common.errors import Defects, unknown_name, unusable
from lockin_sim.common.formats import joined, number, spoken
from lockin_sim.common.values import is_number
from lockin_sim.settings.levers import FACTOR, LEVERS, Lever, resolve_targets
from lockin_sim.settings.levers.declaration import PLACE, Reach, resolve_countries
from lockin_sim.world import Conditions, World
from lockin_sim.world.names import format_lever_target, format_lever_targets

#: Maximum number of names in a message; the rest are counted.
_NAMED = 4


class LeverUse(BaseModel):
    """One use of a lever: lever, targets, years, and the lever's own settings as further keys."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    lever: str = Field(min_length=1)
    target: str | list[str]
    from_: int = Field(alias="from")
    to: int | None = None
    _place: str = PrivateAttr("")
    _judged: bool = PrivateAttr(False)

    def __eq__(self, other: object) -> bool:
        """Whether two uses have equal content, regardless of the file that each was read from."""
        return isinstance(other, LeverUse) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of the lever by name."""
        return dict(self.model_extra or {})

    @property
    def content(self) -> dict[str, Any]:
        """Content of the use as in a scenario file, by key."""
        return self.model_dump(by_alias=True, exclude_none=True)

    @property
    def place(self) -> str:
        """File and position in messages; "" without a file."""
        return self._place

    def placed(self, place: str) -> None:
        """Record the file and position that the use was read from."""
        self._place = place

    @property
    def judged(self) -> bool:
        """Whether the overrides of the use were reported or are intended."""
        return self._judged

    def judge(self) -> None:
        """Mark the overrides of the use as known, so that they cause no further warning."""
        self._judged = True

    @property
    def cells(self) -> list[str]:
        """Cells of a table row: lever, targets, first year, last year, settings."""
        titled = LEVERS[self.lever].title if self.lever in LEVERS else spoken(self.lever)
        years = [str(self.from_), "" if self.to is None else str(self.to)]
        return [
            titled,
            format_lever_targets(self.targets),
            *years,
            format_settings(self.lever, self.settings),
        ]

    @property
    def targets(self) -> list[str]:
        """Names of the targets."""
        return [self.target] if isinstance(self.target, str) else list(self.target)


class AlternativeAssumption(BaseModel):
    """Alternative to the key assumption of a policy.

    when      the alternative, in words that follow an effect: "if they must be spent on EU vendors"
    title     of the policy under the alternative; blank = the policy's title, followed by these words
    leans_on  the key assumption; blank = the scenario's ``assumption``
    levers    uses that differ: settings of a use with the policy's lever, targets and years change; any other
              use is added
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    when: str = Field(min_length=1, pattern="^if ")
    title: str = ""
    leans_on: str = ""
    levers: tuple[LeverUse, ...] = Field(min_length=1, strict=False)

    def check(self, uses: Sequence[LeverUse], where: str) -> None:
        """Check that each use of the alternative matches at most one use of the policy.

        where  name of the alternative in messages
        Raises InputError for a use that could change several uses of the policy.
        """
        for position, other in enumerate(self.levers):
            if sum(_build_use_key(use) == _build_use_key(other) for use in uses) > 1:
                allowed = "a use with lever, targets and years of one use of the policy, or of none"
                raise unusable(f"{where}.levers[{position}]", found=other.lever, allowed=allowed)

    def applied(self, uses: Sequence[LeverUse]) -> tuple[LeverUse, ...]:
        """Return the lever uses of a policy under the alternative."""
        uses_then = list(uses)
        for other in self.levers:
            at = next(
                (k for k, use in enumerate(uses_then) if _build_use_key(use) == _build_use_key(other)),
                len(uses_then),
            )
            content = uses_then[at].model_dump(by_alias=True) if at < len(uses_then) else {}
            uses_then[at : at + 1] = [LeverUse.model_validate(content | other.model_dump(by_alias=True))]
            uses_then[at].judge()
        return tuple(uses_then)


def index_alternatives(others: Sequence[AlternativeAssumption]) -> dict[str, AlternativeAssumption]:
    """Index alternative assumptions by their words, with a number appended to repeated words."""
    by_words: dict[str, AlternativeAssumption] = {}
    for other in others:
        again = (f"{other.when} ({n})" for n in range(2, len(others) + 2))
        by_words[next(when for when in (other.when, *again) if when not in by_words)] = other
    return by_words


def _build_use_key(use: LeverUse) -> tuple[object, ...]:
    """Return the identity of a use without its settings: lever, sorted targets, first and last year."""
    return use.lever, sorted(use.targets), use.from_, use.to


def check_use(use: LeverUse, where: str) -> None:
    """Check the lever's name and the names and types of settings of a use, without a world.

    Raises InputError that lists every defect.
    """
    if use.lever not in LEVERS:
        raise unknown_name(f"{where}.lever", found=use.lever, known=LEVERS)
    with Defects() as defects:
        for key in use.settings:
            known = [*LEVERS[use.lever].settings, "lever", "target", "from", "to"]
            if key not in known:
                defects.add(unknown_name(f"{where} ({use.lever})", found=key, known=known))
            value = use.settings[key]
            if not (isinstance(value, str | bool) or is_number(value)):
                allowed = "a number, a word, true or false"
                defects.add(unusable(f"{where}.{key}", found=value, allowed=allowed))


def apply_use(use: LeverUse, where: str, world: World, conditions: Conditions) -> None:
    """Check one use of a lever against the world and apply its effect to the conditions.

    Raises InputError that begins with ``where``.
    """
    if use.lever not in LEVERS:
        raise unknown_name(f"{where}.lever", found=use.lever, known=LEVERS)
    lever = LEVERS[use.lever]
    end = world.last_year if use.to is None else use.to
    if not world.first_year <= use.from_ <= world.last_year:
        raise unusable(
            f"{where}.from", found=use.from_, allowed=f"a year from {world.first_year} to {world.last_year}"
        )
    if end < use.from_ or end > world.last_year:
        raise unusable(f"{where}.to", found=end, allowed=f"a year from {use.from_} to {world.last_year}")
    targets = resolve_targets(world, lever.target, f"{where}.target", use.targets)
    settings = lever.check(where, use.settings, world)
    when = (conditions.years >= use.from_) & (conditions.years <= end)
    if when.any():
        lever.apply(Reach(world, conditions, when, targets), **settings)


#: Prefixes of units that are omitted after a number.
_BARE = ("1", "share", "utility", "logit")


def format_settings(lever: str, settings: Mapping[str, Any]) -> str:
    """Format settings of a lever in words: 'money for loans 5, only for own vendors: no'."""
    known = LEVERS[lever].settings if lever in LEVERS else {}
    return ", ".join(
        format_setting(known[name].title, value, known[name].unit)
        if name in known
        else format_setting(spoken(name), value, "")
        for name, value in settings.items()
    )


def format_setting(title: str, value: Any, unit: str) -> str:
    """Format one setting in words: 'interest rate 0.02 per year', 'attention × 2', 'whose vendors: China'."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        word = (
            {True: "yes", False: "no"}.get(value)
            if isinstance(value, bool)
            else format_lever_target(str(value))
        )
        return f"{title}: {word}"
    written = number(value, next(digits for digits in range(16) if round(value, digits) == value))
    if unit == FACTOR:
        return f"{title} \N{MULTIPLICATION SIGN} {written}"
    return f"{title} {joined(written, '' if unit.startswith(_BARE) else unit)}"


class LeverExtent(NamedTuple):
    """Years and targets of a use of a lever; ``last`` is None if the use does not end.

    words  settings that name labels of the world: whose vendors, where, in which body
    """

    lever: str
    targets: Sequence[str]
    first: int
    last: int | None = None
    words: Mapping[str, Any] = {}


class Overlap(NamedTuple):
    """Overlap of two uses of a lever.

    mask   flag of every label of the kind of target, or (domain, vendor)
    words  targets and years: 'AUT, BEL and 25 more from 2021'
    """

    mask: NDArray[np.bool_]
    first: int
    last: int
    words: str

    def within(self, other: Overlap) -> bool:
        """Whether another overlap contains all years and targets of this overlap."""
        in_time = other.first <= self.first and self.last <= other.last
        return in_time and not (self.mask & ~other.mask).any()


def compute_overlap(one: LeverExtent, other: LeverExtent, world: World) -> Overlap | None:
    """Compute the overlap of two uses of a lever in targets and years.

    Returns None without an overlap, such as for uses on two different sponsors.
    """
    ends = [world.last_year if act.last is None else act.last for act in (one, other)]
    first, last = max(one.first, other.first), min(ends)
    if one.lever != other.lever or first > last or _has_separate_labels(one, other, world):
        return None
    kind, masks = LEVERS[one.lever].target, []
    for act in (one, other):
        mask = np.asarray(resolve_targets(world, kind, act.lever, list(act.targets)))
        if mask.dtype != bool:
            mask = np.isin(np.arange(len(world.codes(kind))), mask)
        masks.append(mask)
    both = masks[0] & masks[1]
    if not both.any():
        return None
    named = (
        act.targets
        for act, mask in zip((one, other), masks, strict=True)
        if np.array_equal(mask, both) and len(act.targets) <= _NAMED
    )
    names = next(named, None)
    if names is None and both.ndim == 1:
        names = [code for code, shares in zip(world.codes(kind), both, strict=True) if shares]
    elif names is None:
        names = [f"{world.vendors[world.slot_vendor[d, v]]}/{world.domains[d]}" for d, v in np.argwhere(both)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    who = ", ".join(names[:_NAMED]) + more
    until = "" if last == world.last_year else f" to {last}"
    when = f"in {first}" if first == last != world.last_year else f"from {first}{until}"
    return Overlap(both, first, last, f"{who} {when}")


def _has_separate_labels(one: LeverExtent, other: LeverExtent, world: World) -> bool:
    """Whether two uses of a lever name different labels in a setting, such as two sponsors.

    Different names of places count only if the places have no economy in common.
    """
    lever = LEVERS[one.lever]
    defaults = lever.defaults_in(world)
    for name, setting in lever.settings.items():
        words, where = [act.words.get(name, defaults[name]) for act in (one, other)], f"{one.lever}.{name}"
        if not setting.names_a_label or None in words or words[0] == words[1]:  # None means everybody
            continue
        known = (name in act.words for act in (one, other))  # a default need not be a name of this world
        codes = [setting.code_of(where, w, world) if k else w for w, k in zip(words, known, strict=True)]
        if codes[0] == codes[1]:
            continue
        places = [resolve_countries(world, where, word) for word in words if setting.choices == PLACE]
        if not places or not (places[0] & places[1]).any():
            return True
    return False


def warn_of_overrides(uses: Sequence[LeverUse], whose: str, world: World, conditions: Conditions) -> None:
    """Warn of each use that overrides settings of earlier uses or begins after the last year, once per use.

    whose       name in messages of uses that were read from no file
    conditions  conditions that the levers change
    The last year is that of the conditions or the usual end of runs, if later.  Uses that add up, uses of
    which the larger counts, and other settings cause no warning.
    """
    places = [use.place or f"{whose}: levers[{k}]" for k, use in enumerate(uses)]
    last = max(int(conditions.years[-1]), world.case.years.horizon)
    for k, later in enumerate(uses):
        if later.judged:
            continue
        if later.from_ > last:
            warnings.warn(f"{places[k]}.from: {later.from_} is after the last year, {last}", stacklevel=4)
        overlaps: list[tuple[str, Overlap]] = []  # nearest earlier use of each setting
        for earlier, place in zip(reversed(uses[:k]), reversed(places[:k]), strict=True):
            one, other = (LeverExtent(use.lever, use.targets, use.from_, use.to) for use in (earlier, later))
            both = compute_overlap(one, other, world)
            if both is None:
                continue
            known = [name for name, before in overlaps if both.within(before)]
            overridden = dict(_find_overridden_settings(earlier, later, world, conditions))
            if said := [text for name, text in overridden.items() if name not in known]:
                overlaps += [(name, both) for name in overridden]
                file, _, line = place.rpartition(": ")
                by = line if places[k].startswith(f"{file}: ") else place
                text = f"{places[k]}: {', '.join(said)} of {by} for {both.words}"
                warnings.warn(text, stacklevel=4)
        later.judge()


def _find_overridden_settings(
    earlier: LeverUse, later: LeverUse, world: World, conditions: Conditions
) -> Iterator[tuple[str, str]]:
    """Iterate over settings of a later use that override an earlier use's, or have no effect beside them.

    Yields the name of each setting and its message.
    """
    lever, was, now = LEVERS[later.lever], earlier.settings, later.settings
    labels = [{k: v for k, v in s.items() if lever.settings[k].names_a_label} for s in (was, now)]

    def lost(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Whether, with these settings, only the later use remains where both uses act."""
        uses = (
            _replace_settings(earlier, {**labels[0], **first}),
            _replace_settings(later, {**labels[1], **second}),
        )
        return _is_overridden(*uses, world, conditions)

    for name, new in now.items():
        old = was.get(name, new)
        if name not in was:
            crossed = [key for key, word in labels[0].items() if word == new]
            if crossed and lost({}, {}):
                yield name, f"{name} {new!r} overrides {crossed[0]} {new!r}"
        elif old != new and lost({name: old}, {name: new}):
            yield name, f"{name} {new!r} overrides {old!r}"
        elif old != new == lever.defaults[name] and any(
            lost({name: old}, {name: word}) for word in _list_other_values(lever, name, old, new)
        ):
            yield name, f"{name} {new!r} is neutral and leaves {old!r}"


def _replace_settings(use: LeverUse, settings: Mapping[str, Any]) -> LeverUse:
    """Return a copy of a use with other settings."""
    content = {"lever": use.lever, "target": use.target, "from": use.from_, "to": use.to}
    return LeverUse.model_validate({**content, **settings})


def _list_other_values(lever: Lever, name: str, *taken: Any) -> list[Any]:
    """List further values that a setting may have: bounds and midpoint of a number, or other words.

    Returns an empty list for a setting that names labels of the world.
    """
    setting = lever.settings[name]
    if lever.types[name] is float:
        return [v for v in (setting.low, (setting.low + setting.high) / 2, setting.high) if v not in taken]
    return [word for word in setting.choices if word not in taken] if not setting.names_a_label else []


def _is_overridden(earlier: LeverUse, later: LeverUse, world: World, conditions: Conditions) -> bool:
    """Whether the order of two uses matters, and only the later use remains of what both change.

    Tests both orders on drafts of the conditions.
    """

    def after(*uses: LeverUse) -> dict[str, Any]:
        """Apply uses to a draft of the conditions, and return its arrays by name of the quantity."""
        draft = conditions.draft()
        for use in uses:
            apply_use(use, use.lever, world, draft.as_conditions())
        return {name: values for name, values in vars(draft).items() if isinstance(values, np.ndarray)}

    one, other = after(earlier), after(later)
    forth, back = after(earlier, later), after(later, earlier)
    for name in one.keys() & other.keys() - {"years"}:
        order = forth[name] != back[name]
        # in each order, only the last use remains everywhere
        last = np.array_equal(forth[name][order], other[name][order])
        last = last and np.array_equal(back[name][order], one[name][order])
        together = (forth[name] != one[name]) & (forth[name] != other[name])
        if order.any() and last and not together.any():
            return True
    return False
