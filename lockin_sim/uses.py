"""One use of a lever in a scenario: what it says, checked, and let act on a world's conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from lockin_sim.errors import Defects, unknown_name, unusable
from lockin_sim.levers import FACTOR, LEVERS, targets_of
from lockin_sim.numeric import is_number
from lockin_sim.wording import joined, number, spoken
from lockin_sim.world import Conditions, World
from lockin_sim.world.names import target_name, target_names


class LeverUse(BaseModel):
    """One use of a lever; its own settings are the keys beyond these."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    lever: str = Field(min_length=1)
    target: str | list[str]
    from_: int = Field(alias="from")
    to: int | None = None
    _place: str = PrivateAttr("")
    _judged: bool = PrivateAttr(False)

    def __eq__(self, other: object) -> bool:
        """Whether they say the same, wherever they were read."""
        return isinstance(other, LeverUse) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def settings(self) -> dict[str, Any]:
        """The lever's own settings."""
        return dict(self.model_extra or {})

    @property
    def content(self) -> dict[str, Any]:
        """What a scenario file says of it."""
        return self.model_dump(by_alias=True, exclude_none=True)

    @property
    def place(self) -> str:
        """File and position it was read from, for messages; nothing if it comes from no file."""
        return self._place

    def placed(self, place: str) -> None:
        """Note where it was read from."""
        self._place = place

    @property
    def judged(self) -> bool:
        """Whether somebody was warned of what it overrides, or meant it."""
        return self._judged

    def judge(self) -> None:
        """Warn no more of what it overrides."""
        self._judged = True

    @property
    def cells(self) -> list[str]:
        """What people read of it: lever, whom it acts on, first and last year, settings."""
        titled = LEVERS[self.lever].title if self.lever in LEVERS else spoken(self.lever)
        years = [str(self.from_), "" if self.to is None else str(self.to)]
        return [titled, target_names(self.targets), *years, settings_said(self.lever, self.settings)]

    @property
    def targets(self) -> list[str]:
        """Names of the targets."""
        return [self.target] if isinstance(self.target, str) else list(self.target)


class Otherwise(BaseModel):
    """The assumption that a policy leans on, made otherwise.

    when      what is assumed instead, in words that follow an effect: "if they must be spent on EU vendors"
    leans_on  the assumption as it is; blank = as the scenario's ``decides`` says
    levers    uses that differ: on the lever, targets and years of one that the policy has, its settings
              change; any other is added
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    when: str = Field(min_length=1, pattern="^if ")
    leans_on: str = ""
    levers: tuple[LeverUse, ...] = Field(min_length=1, strict=False)

    def applied(self, uses: Sequence[LeverUse]) -> tuple[LeverUse, ...]:
        """The uses of a policy with what differs."""
        found = list(uses)
        for other in self.levers:
            at = next((k for k, use in enumerate(found) if _whole(use) == _whole(other)), len(found))
            content = found[at].model_dump(by_alias=True) if at < len(found) else {}
            found[at : at + 1] = [LeverUse.model_validate(content | other.model_dump(by_alias=True))]
            found[at].judge()
        return tuple(found)


def apart(others: Sequence[Otherwise]) -> dict[str, Otherwise]:
    """Assumptions by what is assumed instead, in words; what comes again has its number behind it."""
    found: dict[str, Otherwise] = {}
    for other in others:
        again = (f"{other.when} ({n})" for n in range(2, len(others) + 2))
        found[next(when for when in (other.when, *again) if when not in found)] = other
    return found


def _whole(use: LeverUse) -> tuple[object, ...]:
    """What a use is of, apart from its settings."""
    return use.lever, sorted(use.targets), use.from_, use.to


def check_use(use: LeverUse, where: str) -> None:
    """Names of lever and settings, and types, as far as they can be checked without a world."""
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
    """Check one use of a lever against the world and let it act.

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
    targets = targets_of(world, lever.target, f"{where}.target", use.targets)
    settings = lever.check(where, use.settings, world)
    when = (conditions.years >= use.from_) & (conditions.years <= end)
    if when.any():
        lever.apply(world, conditions, when, targets, **settings)


#: Beginnings of units that say nothing beside a number.
_BARE = ("1", "share", "utility", "logit")


def settings_said(lever: str, settings: Mapping[str, Any]) -> str:
    """Settings of a lever as people read them: 'money for loans 5, only for own vendors: no'."""
    known = LEVERS[lever].settings if lever in LEVERS else {}
    return ", ".join(
        said(known[name].title, value, known[name].unit) if name in known else said(spoken(name), value, "")
        for name, value in settings.items()
    )


def said(title: str, value: Any, unit: str) -> str:
    """One number or word: 'interest rate 0.02 per year', 'attention × 2', 'whose vendors: China'."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        word = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else target_name(str(value))
        return f"{title}: {word}"
    written = number(value, next(digits for digits in range(16) if round(value, digits) == value))
    if unit == FACTOR:
        return f"{title} \N{MULTIPLICATION SIGN} {written}"
    return f"{title} {joined(written, '' if unit.startswith(_BARE) else unit)}"
