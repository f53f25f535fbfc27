"""The answer: three sentences with numbers that stand first in the report."""

from __future__ import annotations

from lockin_sim.report.bills import as_price, paid
from lockin_sim.report.doubt import sure
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.words import changes, count, rounded, within
from lockin_sim.statistics import Estimate
from lockin_sim.wording import effect_digits, joined, listed, opening, signed


def answer(evidence: Evidence) -> list[str]:
    """Where the world stands without any policy; what moves that and at what price; the doubt."""
    return [_stands(evidence), _moves(evidence), sure(evidence)]


def short(evidence: Evidence) -> list[str]:
    """What moves the number most, and how sure that is where futures were asked for."""
    moves = _moves(evidence, within(evidence.label(evidence.headline)))
    return [moves, *([sure(evidence)] if evidence.study("futures") is not None else [])]


def _stands(evidence: Evidence) -> str:
    """Levels of the baseline in the last year: whose vendors, and the number that the report is about."""
    outcome = evidence.headline
    base = rounded(evidence.level(evidence.baseline, outcome).mean, evidence.unit(outcome).level)
    here = f"{within(evidence.label(outcome))} is {base}"
    held = [
        f"{word} vendors {rounded(evidence.level(evidence.baseline, f'dependence_{s}').mean, '%')}"
        for s, word in evidence.sponsors.items()
    ]
    if held:
        here = f"{_hold(held)} of what is installed in the world, and {here}"
    return f"In {evidence.last}, in the {evidence.base}, {here}."


def _hold(held: list[str]) -> str:
    """'Chinese vendors hold 43 %, US vendors 24 % and EU vendors 5.0 %'."""
    first, *rest = held
    return listed([first.replace(" vendors ", " vendors hold ", 1), *rest])


def _moves(evidence: Evidence, that: str = "that") -> str:
    """The policy that moves the number most, and what it costs whom; ``that`` names the number."""
    outcome, policy = evidence.headline, evidence.featured
    label, some = within(evidence.label(outcome)), count(len(evidence.policies), "policy", "policies")
    if policy is None:
        return f"No policy was compared with the {evidence.base}."
    found, unit, clear = evidence.effect(policy, outcome), evidence.unit(outcome), evidence.distinct(outcome)
    named, does = evidence.named(policy), changes(found, unit, "it")
    if len(evidence.policies) == 1:
        return f"{opening(named)} {changes(found, unit, label)}{_price(evidence, policy, found)}."
    if not clear and found.known:
        digits = effect_digits(*found)
        mean = joined(signed(found.mean, digits), unit.change)
        return (
            f"None of {some} compared changes {label} by more than chance could; the largest mean "
            f"effect, of {named}, is {mean}."
        )
    which = f"{named} changes {that} most"
    if len(clear) == 1:
        which = f"only {named} changes {that} by more than chance could"
    return f"Of {some} compared, {which}: it {does}{_price(evidence, policy, found)}."


def _price(evidence: Evidence, policy: str, found: Estimate[float]) -> str:
    """What a policy with a clear effect means for budgets and buyers; nothing for another."""
    if not found.distinct:
        return ""
    parts = [paid(evidence, policy)]
    if "surplus" in evidence.outcomes:
        surplus = evidence.effect(policy, "surplus")
        fare = as_price(evidence, surplus.mean) if surplus.distinct else "as before"
        parts.append(f"buyers fare {fare}")
    return f"; {', and '.join(parts)}"
