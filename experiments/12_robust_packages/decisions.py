"""Decisions of a search: settings of levers, and the levels of each.

The optimiser moves every decision from 0 to 1; here that becomes a setting.  Numbers move in steps of a
twentieth of their range: packages are short in words, and equal ones are never simulated twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import InputError, unknown_name, unusable
from lockin_sim.common.files import number_of
from lockin_sim.common.formats import joined, number, opening, spoken
from lockin_sim.settings.design import column
from lockin_sim.settings.design.columns import Column, LeverAddress, parse_columns
from lockin_sim.settings.levers import FACTOR, LEVERS
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world.names import format_lever_target, format_lever_targets

#: Number of steps over a number's range.
STEPS = 20

type Level = float | bool | str

_DOMAINS = ("mobile_network", "submarine_cable", "cloud", "smart_city")
_INFRASTRUCTURE = ",".join(f"sponsor:EU/{domain}" for domain in _DOMAINS)

#: Default decisions: levers of the EU whose sizes are documented in scenarios.
DEFAULT = (
    "restriction[EU].mode=national|coordinated",
    "export_finance[EU].envelope=1.25:31.25",
    "export_finance[EU].tied=false|true",
    "interoperability[mobile_network].openness=0:1",
    f"state_support[{_INFRASTRUCTURE}].share=0:0.2",
    "standards_effort[EU].effort=1:3",
)

#: Title of a package that does nothing.
NOTHING = "nothing"

#: Negligible differences, in the unit shown: of packages this close the search keeps one.
ALIKE = {"standards_abroad": 0.1, "eu_dependence": 0.5, "public_cost": 5.0}

#: Levers that work without a price in the model, see :func:`lockin_sim.comparisons.by_group.public_cost`.
UNPRICED = ("standards_effort", "interoperability", "restriction", "elected_office", "alliance_pressure",
            "salience", "training", "industrial_policy", "diversification", "venue")  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """One setting of a lever, and its possible levels.

    column  the address, with unit and bounds of its declaration
    levels  possible values
    """

    column: Column
    levels: tuple[Level, ...]

    @property
    def use(self) -> LeverAddress:
        """The use of a lever to which the setting belongs."""
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
        targets = format_lever_targets(list(self.use.targets))
        return opening(f"{LEVERS[self.use.lever].title}, {targets}: {self.setting}")

    @property
    def unpriced(self) -> bool:
        """Whether the model has no price for it."""
        return self.use.lever in UNPRICED

    @property
    def rest(self) -> int:
        """The level at which it does nothing: the declared neutral one, or the first."""
        neutral = LEVERS[self.use.lever].defaults[self.use.setting]
        return self.levels.index(neutral) if neutral in self.levels else 0

    def level(self, unit: float) -> int:
        """The level at a position from 0 to 1, divided equally."""
        return min(int(unit * len(self.levels)), len(self.levels) - 1)

    def word(self, level: int) -> str:
        """A level in words: '12.5 bn USD per year', 'yes', 'coordinated'."""
        value = self.levels[level]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return format_lever_target(value) if self.column.choices == () else spoken(value)
        if self.column.unit.startswith("share"):
            return joined(number(100 * value, _digits(100 * value)), "%")
        if self.column.unit == FACTOR:
            return f"\N{MULTIPLICATION SIGN} {number(value, _digits(value))}"
        unit = "" if self.column.unit in ("utility", "1") else self.column.unit
        return joined(number(value, _digits(value)), unit)


def _digits(value: float) -> int:
    """With how many decimals a value is written, four at most."""
    return next((d for d in range(4) if abs(value - round(value, d)) < 1e-9), 4)


def decisions_of(levers: Sequence[str] | None, start: int) -> tuple[Decision, ...]:
    """Parse decisions such as ``export_finance[EU].envelope=2.5:30``, from a year on.

    texts  ADDRESS=LOW:HIGH for a number, ADDRESS=A|B|C for words or truths; an address alone is the default
           decision of that name, or everything that its declaration allows; None = :data:`DEFAULT`
    Raises InputError for anything that cannot be used.
    """
    if isinstance(levers, str):
        raise unusable("levers", found=levers, allowed="a list of texts")
    texts = DEFAULT if levers is None else tuple(levers)
    if not texts:
        raise unusable("levers", words="none", allowed="at least one")
    defaults = [] if levers is None else [_decision(text, start) for text in DEFAULT]
    decisions = [_decision(text, start, {d.name: d for d in defaults}) for text in texts]
    parse_columns([d.column.name for d in decisions], "levers")  # refuses two with the same meaning
    return tuple(decisions)


def _decision(text: str, start: int, known: Mapping[str, Decision] | None = None) -> Decision:
    """Parse one decision, with levels from its text, a known decision or the declaration."""
    if not isinstance(text, str):
        raise unusable("levers", found=text, allowed="a text such as export_finance[EU].envelope=2.5:32.5")
    address, sign, said = text.partition("=")
    where = f"levers: {address.strip()}"
    if "@" in address:
        raise unusable(where, found=address, allowed="an address without years; --start sets the first")
    decision = column(address)
    if decision.use is None:
        raise unknown_name("levers", found=address, known=[f"{name}[...]" for name in LEVERS])
    if not sign and known and decision.name in known:
        return known[decision.name]
    use = replace(decision.use, start=start)
    levels = _levels(decision, said.strip() if sign else None, where)
    return Decision(replace(decision, use=use, name=use.address), levels)


def _levels(column: Column, said: str | None, where: str) -> tuple[Level, ...]:
    """Levels of a setting, checked against its declaration; None = all that it allows.

    Numbers are evenly spaced from one end to the other, in six digits.
    """
    if column.kind is float:
        low, high = column.low, column.high
        if said is not None:
            ends = said.split(":")
            if len(ends) != 2:
                raise unusable(where, found=said, allowed=f"a range, as =LOW:HIGH, of {column.allowed}")
            low, high = (_number(column, end, where) for end in ends)
            if not low < high:
                raise unusable(where, found=said, allowed="a range whose end is above its beginning")
        if not np.isfinite([low, high]).all():
            raise InputError(f"levers: found a range from {low} to {high}; allowed: finite numbers.")
        return tuple(float(f"{value:.6g}") for value in np.linspace(low, high, STEPS + 1))
    if said is None:
        if column.kind is not bool and not column.choices:
            raise unusable(where, words="no words", allowed="its possible values, as =WORD|WORD")
        return (False, True) if column.kind is bool else tuple(column.choices)
    words = [word.strip() for word in said.split("|")]
    if len(words) < 2 or len(set(words)) < len(words):
        raise unusable(where, found=said, allowed="at least two different settings, as =ONE|OTHER")
    return tuple((bool if column.kind is bool else str)(column.check(word, where)) for word in words)


def _number(column: Column, text: str, where: str) -> float:
    """The number that a text stands for, within what the column allows."""
    try:
        value = number_of(text.strip())
    except ValueError:
        raise unusable(where, found=text, allowed=column.allowed) from None
    return float(column.check(value, where))


def package(decisions: Sequence[Decision], units: Floats) -> tuple[int, ...]:
    """Levels at a point of the unit cube.  units (decision,)"""
    return tuple(d.level(float(u)) for d, u in zip(decisions, units, strict=True))


def at_rest(decisions: Sequence[Decision]) -> tuple[int, ...]:
    """The package that does nothing."""
    return tuple(d.rest for d in decisions)


def active(decisions: Sequence[Decision], levels: Sequence[int]) -> list[int]:
    """Positions of decisions that are not at rest."""
    return [k for k, (d, at) in enumerate(zip(decisions, levels, strict=True)) if at != d.rest]


def in_words(decisions: Sequence[Decision], levels: Sequence[int]) -> str:
    """Description of a package; 'nothing' if all decisions are at rest."""
    said = []
    for k in active(decisions, levels):
        colon = ":" if isinstance(decisions[k].levels[levels[k]], bool | str) else ""
        said.append(f"{called(decisions, k)}{colon} {decisions[k].word(levels[k])}")
    return "; ".join(said) or NOTHING


def called(decisions: Sequence[Decision], k: int) -> str:
    """A decision's title, without its targets unless another decision sets the same elsewhere."""
    here = decisions[k]
    alone = sum((d.use.lever, d.use.setting) == (here.use.lever, here.use.setting) for d in decisions) == 1
    return f"{LEVERS[here.use.lever].title}, {here.setting}" if alone else here.title


def applied(
    base: Scenario,
    decisions: Sequence[Decision],
    levels: Sequence[int],
    later: Mapping[int, int] | None = None,
) -> Scenario:
    """A scenario with a package added: settings of one lever on the same targets become one use of it.

    later  first years of decisions that start later, by position
    """
    uses: dict[tuple[str, tuple[str, ...], int], dict[str, Any]] = {}
    for k, (decision, at) in enumerate(zip(decisions, levels, strict=True)):
        use = decision.use
        start = (later or {}).get(k, use.start or 0)
        uses.setdefault((use.lever, use.targets, start), {})[use.setting] = decision.levels[at]
    scenario = base
    for (lever, targets, start), settings in uses.items():
        scenario = scenario.with_lever(lever, list(targets), from_=start, **settings)
        scenario.levers[-1].judge()  # overriding is intended
    return scenario
