"""The few numbers that stand in large print beneath the answer."""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.words import span
from lockin_sim.statistics import Estimate
from lockin_sim.wording import UNDEFINED, Unit, effect_digits, joined, number, signed


class Key(NamedTuple):
    """A number, what it is, and how sure it is."""

    value: str
    label: str
    small: str


def keys(evidence: Evidence) -> list[Key]:
    """The baseline's level, one policy's effect on it and on adopters, and whether signs hold elsewhere."""
    outcome, policy = evidence.headline, evidence.featured
    base, unit = evidence.level(evidence.baseline, outcome), evidence.unit(outcome)
    found = [_level(base, unit, f"{evidence.label(outcome)}, baseline {evidence.last}")]
    if policy is not None:
        size = "largest clear" if evidence.distinct(outcome) else "largest"
        label = f"change of it under {evidence.named(policy)}, the {size} effect"
        found.append(_change(evidence.effect(policy, outcome), unit, label))
        if "surplus" in evidence.outcomes:
            label = f"adopters' expected utility at renewal under {evidence.named(policy)}"
            found.append(_change(evidence.effect(policy, "surplus"), evidence.unit("surplus"), label))
    return [*found, _futures(evidence)]


def _level(value: Estimate[float], unit: Unit, label: str) -> Key:
    digits = effect_digits(*value)
    ends = f"5 to 95\N{NO-BREAK SPACE}% of runs: {span(value.low, value.high, digits)}" if value.known else ""
    return Key(joined(number(value.mean, digits), unit.level), label, ends)


def _change(value: Estimate[float], unit: Unit, label: str) -> Key:
    digits = effect_digits(*value)
    if not value.known:
        return Key(UNDEFINED, label, "no pair of runs defines it")
    ends = f"95\N{NO-BREAK SPACE}% interval {signed(value.low, digits)} to {signed(value.high, digits)}"
    return Key(joined(signed(value.mean, digits), unit.short), label, ends)


def _futures(evidence: Evidence) -> Key:
    futures = evidence.study("futures")
    where = "within the prior ranges of parameters"
    if futures is None:
        label = f"policies whose effect changes sign {where}"
        return Key("not examined", label, "intervals here are about chance alone")
    names = [evidence.label(str(outcome)) for outcome in futures["outcome"].values]
    label = f"policies whose effect changes sign {where}, for {' or '.join(names)}"
    policies = known(evidence.policies, futures, "scenario")
    flips = int(futures["flips"].sel(scenario=policies).any("outcome").sum())
    return Key(f"{flips} of {len(policies)}", label, f"over {futures.sizes['future']} futures")
