"""Decisions of a search: settings of levers, and what each may be.

The optimiser moves every decision from 0 to 1; here that becomes a setting.  Numbers move in steps of a
twentieth of their range: packages can be told in words, and equal ones are never simulated twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.design import column
from lockin_sim.design.columns import Column, Use, columns_of
from lockin_sim.errors import InputError, unknown_name, unusable
from lockin_sim.files import number_of
from lockin_sim.levers import FACTOR, LEVERS
from lockin_sim.scenario import Scenario
from lockin_sim.wording import joined, number, opening, spoken
from lockin_sim.world.names import target_name, target_names

#: Steps from one end of a number's range to the other.
STEPS = 20

type Level = float | bool | str

_DOMAINS = ("mobile_network", "submarine_cable", "cloud", "smart_city")
_INFRASTRUCTURE = ",".join(f"sponsor:EU/{domain}" for domain in _DOMAINS)

#: What is decided where nothing is said: levers of the Union whose sizes scenarios document.
DEFAULT = (
    "restriction[EU].mode=national|coordinated",
    "export_finance[EU].envelope=1.25:31.25",
    "export_finance[EU].tied=false|true",
    "interoperability[mobile_network].openness=0:1",
    f"state_support[{_INFRASTRUCTURE}].share=0:0.2",
    "standards_effort[EU].effort=1:3",
)

#: What a package that does nothing is called.
NOTHING = "nothing"

#: Differences that are as good as none, in the unit shown: the search keeps one of packages so close.
ALIKE = {"standards_abroad": 0.1, "eu_dependence": 0.5, "coverage": 0.01, "public_cost": 5.0}

#: Levers that work without a price in the model, see :func:`lockin_sim.public_cost`.
UNPRICED = ("standards_effort", "interoperability", "restriction", "elected_office", "alliance_pressure",
            "salience", "training", "industrial_policy", "diversification", "venue")  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """One setting of a lever, and what it may be.

    column  the address, with unit and bounds of its declaration
    levels  what it may be set to
    """

    column: Column
    levels: tuple[Level, ...]

    @property
    def use(self) -> Use:
        """The use of a lever that it sets something of."""
        assert self.column.use is not None
        return self.column.use

    @property
    def name(self) -> str:
        """Its address, without years."""
        return replace(self.use, start=None, end=None).address

    @property
    def setting(self) -> str:
        """What people call the setting of the lever."""
        return LEVERS[self.use.lever].settings[self.use.setting].title

    @property
    def title(self) -> str:
        """'State loans abroad, European Union: money for loans'."""
        targets = target_names(list(self.use.targets))
        return opening(f"{LEVERS[self.use.lever].title}, {targets}: {self.setting}")

    @property
    def unpriced(self) -> bool:
        """Whether the model has no price for it."""
        return self.use.lever in UNPRICED

    @property
    def rest(self) -> int:
        """The level at which it does nothing: the neutral one of the declaration, or the first."""
        neutral = LEVERS[self.use.lever].defaults[self.use.setting]
        return self.levels.index(neutral) if neutral in self.levels else 0

    def level(self, unit: float) -> int:
        """The level at a position from 0 to 1, each with an equal part."""
        return min(int(unit * len(self.levels)), len(self.levels) - 1)

    def word(self, level: int) -> str:
        """A level in words: '12.5 bn USD per year', 'yes', 'coordinated'."""
        value = self.levels[level]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return target_name(value) if self.column.choices == () else spoken(value)
        if self.column.unit.startswith("share"):
            return joined(number(100 * value, _digits(100 * value)), "%")
        if self.column.unit == FACTOR:
            return f"\N{MULTIPLICATION SIGN} {number(value, _digits(value))}"
        unit = "" if self.column.unit in ("utility", "1") else self.column.unit
        return joined(number(value, _digits(value)), unit)


def _digits(value: float) -> int:
    """With how many decimals a value is written, four at most."""
    return next((d for d in range(4) if abs(value - round(value, d)) < 1e-9), 4)


def decisions_of(asked: Sequence[str] | None, start: int) -> tuple[Decision, ...]:
    """Decisions of texts such as ``export_finance[EU].envelope=2.5:30``, from a year on.

    asked  ADDRESS=LOW:HIGH for a number, ADDRESS=A|B|C for words or truths; an address alone is the default
           decision of that name, or all that its declaration allows; None = :data:`DEFAULT`
    Raises InputError for anything that cannot be used.
    """
    if isinstance(asked, str):
        raise unusable("levers", found=asked, allowed="a list of texts")
    texts = DEFAULT if asked is None else tuple(asked)
    if not texts:
        raise unusable("levers", found="none", allowed="at least one")
    defaults = [] if asked is None else [_decision(text, start) for text in DEFAULT]
    found = [_decision(text, start, {d.name: d for d in defaults}) for text in texts]
    columns_of([d.column.name for d in found], "levers")  # refuses two that mean the same
    return tuple(found)


def _decision(text: str, start: int, known: Mapping[str, Decision] | None = None) -> Decision:
    """The decision that a text asks for: what it says of levels, or else what is known or declared of it."""
    if not isinstance(text, str):
        raise unusable("levers", found=text, allowed="a text such as export_finance[EU].envelope=2.5:32.5")
    address, sign, said = text.partition("=")
    where = f"levers: {address.strip()}"
    if "@" in address:
        raise unusable(where, found=address, allowed="an address without years; --start says from when on")
    made = column(address)
    if made.use is None:
        raise unknown_name("levers", found=address, known=[f"{name}[...]" for name in LEVERS])
    if not sign and known and made.name in known:
        return known[made.name]
    use = replace(made.use, start=start)
    levels = _levels(made, said.strip() if sign else None, where)
    return Decision(replace(made, use=use, name=use.address), levels)


def _levels(made: Column, said: str | None, where: str) -> tuple[Level, ...]:
    """What a setting may be, checked against its declaration; None = all that this allows.

    Numbers are evenly spaced from one end to the other, in six digits.
    """
    if made.kind is float:
        low, high = made.low, made.high
        if said is not None:
            ends = said.split(":")
            if len(ends) != 2:
                raise unusable(where, found=said, allowed=f"a range, as =LOW:HIGH, of {made.allowed}")
            low, high = (_number(made, end, where) for end in ends)
            if not low < high:
                raise unusable(where, found=said, allowed="a range whose end is above its beginning")
        if not np.isfinite([low, high]).all():
            raise InputError(f"levers: found a range from {low} to {high}; allowed: finite numbers.")
        return tuple(float(f"{value:.6g}") for value in np.linspace(low, high, STEPS + 1))
    if said is None:
        if made.kind is not bool and not made.choices:
            raise unusable(where, found="no words", allowed="what it may be, as =WORD|WORD")
        return (False, True) if made.kind is bool else tuple(made.choices)
    words = [word.strip() for word in said.split("|")]
    if len(words) < 2 or len(set(words)) < len(words):
        raise unusable(where, found=said, allowed="at least two different settings, as =ONE|OTHER")
    return tuple((bool if made.kind is bool else str)(made.check(word, where)) for word in words)


def _number(made: Column, text: str, where: str) -> float:
    """The number that a text stands for, within what the column allows."""
    try:
        value = number_of(text.strip())
    except ValueError:
        raise unusable(where, found=text, allowed=made.allowed) from None
    return float(made.check(value, where))


def package(decisions: Sequence[Decision], units: Floats) -> tuple[int, ...]:
    """Levels at a place of the unit cube.  units (decision,)."""
    return tuple(d.level(float(u)) for d, u in zip(decisions, units, strict=True))


def at_rest(decisions: Sequence[Decision]) -> tuple[int, ...]:
    """The package that does nothing."""
    return tuple(d.rest for d in decisions)


def active(decisions: Sequence[Decision], levels: Sequence[int]) -> list[int]:
    """Positions of decisions that do something."""
    return [k for k, (d, at) in enumerate(zip(decisions, levels, strict=True)) if at != d.rest]


def in_words(decisions: Sequence[Decision], levels: Sequence[int]) -> str:
    """What a package does; 'nothing' where all is at rest."""
    said = []
    for k in active(decisions, levels):
        colon = ":" if isinstance(decisions[k].levels[levels[k]], bool | str) else ""
        said.append(f"{called(decisions, k)}{colon} {decisions[k].word(levels[k])}")
    return "; ".join(said) or NOTHING


def called(decisions: Sequence[Decision], k: int) -> str:
    """A decision's title, without its targets where no other decision sets the same elsewhere."""
    here = decisions[k]
    alone = sum((d.use.lever, d.use.setting) == (here.use.lever, here.use.setting) for d in decisions) == 1
    return f"{LEVERS[here.use.lever].title}, {here.setting}" if alone else here.title


def applied(
    base: Scenario,
    decisions: Sequence[Decision],
    levels: Sequence[int],
    later: Mapping[int, int] | None = None,
) -> Scenario:
    """A scenario with a package: settings of one lever on the same targets make one use of it.

    later  first year by position of a decision, where that is not its own
    """
    uses: dict[tuple[str, tuple[str, ...], int], dict[str, Any]] = {}
    for k, (decision, at) in enumerate(zip(decisions, levels, strict=True)):
        use = decision.use
        start = (later or {}).get(k, use.start or 0)
        uses.setdefault((use.lever, use.targets, start), {})[use.setting] = decision.levels[at]
    scenario = base
    for (lever, targets, start), settings in uses.items():
        scenario = scenario.with_lever(lever, list(targets), from_=start, **settings)
        scenario.levers[-1].judge()  # what a package overrides is meant
    return scenario
