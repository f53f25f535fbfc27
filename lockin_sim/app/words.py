"""The answer in words, as far as runs tell: what a policy changes, its price, and its doubt."""

from __future__ import annotations

from typing import Any, NamedTuple

from lockin_sim.reader import estimate, subject
from lockin_sim.report.bills import pays, price_weight
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.record import misfit
from lockin_sim.report.words import changes, count, level, within
from lockin_sim.statistics import Estimate
from lockin_sim.studies.definition import label_of
from lockin_sim.titles import OF_THOUGHT, is_thought
from lockin_sim.wording import Unit, effect_digits, opening, signed, unit_of
from lockin_sim.world.names import group_name

#: What is set side by side beside the headline, by name of an outcome, where a world has it.
OUTCOMES = ("{family}_share", "dependence_sensitive_{sponsor}_excluding_{sponsor}", "lock_in", "price_paid")

#: The same of groups of markets: measure and group.
OF_GROUPS = (("dependence_sensitive_{sponsor}", "EU"), ("coverage_surplus", "income:low"))

USD, UTILITY = unit_of("USD bn"), unit_of("utility")


class Answer(NamedTuple):
    """One policy in three short texts: what it does, what it costs whom, and what that leans on."""

    says: str
    price: str
    leans: str


def answer(evidence: Evidence, policy: str, outcome: str, year: int) -> Answer:
    """What a policy changes in a year, what it costs whom, and how sure that is."""
    found = evidence.effect(policy, outcome, year)
    does = changes(found, evidence.unit(outcome), within(evidence.label(outcome)))
    base = level(evidence.level(evidence.baseline, outcome, year), evidence.unit(outcome), runs=False)
    so_far = count(evidence.runs, "run")
    says = f"{opening(evidence.named(policy))} {does} in {year}; {so_far} so far. Without it: {base}."
    if is_thought(policy, evidence.effects):
        says += f" A {OF_THOUGHT}."
    leans = label_of(evidence.effects, "scenario_decides", policy)
    return Answer(says, f"{opening(pays(evidence, policy))}.", f"{opening(leans)}." if leans else "")


def caution() -> str:
    """What no number of runs mends."""
    return f"The interval tells chance alone, not whether the model is right. {opening(misfit())}."


class Row(NamedTuple):
    """One measure of all policies: in words, and each policy's effect as text and as a number."""

    title: str
    unit: str
    cells: list[tuple[str, str, bool]]  # mean, interval, whether it is more than chance could


def side_by_side(evidence: Evidence, outcome: str, year: int) -> list[Row]:
    """What every policy changes, the chosen outcome first, then prices."""
    about = {"family": evidence.case.family, "sponsor": (*evidence.case.sponsors, "")[0]}
    names = [outcome, *(name.format(**about) for name in OUTCOMES)]
    rows = [
        _row(subject_of(evidence, name), evidence.unit(name), [evidence.effect(p, name, year) for p in
             evidence.policies])
        for name in dict.fromkeys(names) if name in evidence.outcomes
    ]  # fmt: skip
    groups, costs = evidence.study("by_group"), evidence.study("public_cost")
    for measure, group in OF_GROUPS:
        name = measure.format(**about)
        if groups is None or name not in groups["measure"] or group not in groups["group"]:
            continue
        unit = unit_of(str(groups["measure_unit"].sel(measure=name).item()))
        called = opening(str(groups["measure_label"].sel(measure=name).item()))
        if unit == UTILITY:
            unit = Unit(100 / price_weight(evidence), "%", "% of the price", "%")
        at: dict[str, Any] = {"measure": name, "group": group, "year": year}
        found = [estimate(groups, unit.factor, scenario=p, **at) for p in evidence.policies]
        rows.append(_row(f"{called}, {group_name(group)}", unit, found))
    if costs is not None:
        for payer, title in (("governments", "All governments pay"), ("adopters", "Operators and users pay")):
            of_payer: dict[str, Any] = {"item": "total", "payer": payer, "year": year}
            found = [estimate(costs, scenario=p, **of_payer) for p in evidence.policies]
            rows.append(_row(f"{title}, in all until {year}", USD, found))
    return rows


def subject_of(evidence: Evidence, outcome: str) -> str:
    """An outcome as it opens a row."""
    return subject(evidence.label(outcome)).rstrip(",")


def _row(title: str, unit: Unit, found: list[Estimate[float]]) -> Row:
    """A measure in words."""
    return Row(title, unit.short, [_cell(each) for each in found])


def _cell(found: Estimate[float]) -> tuple[str, str, bool]:
    """An effect with its interval, and whether it is told from nothing."""
    if not found.known:
        return "not defined", "", False
    digits = effect_digits(*found)
    mean, low, high = (signed(value, digits) for value in found)
    return mean, f"[{low}, {high}]", bool(found.distinct)
