"""For each goal, the policies that serve it best, who pays, and what the result depends on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from lockin_sim.findings import Finding
from lockin_sim.prose import say
from lockin_sim.reader import read
from lockin_sim.report.evidence import MAIN, Evidence, known
from lockin_sim.report.futures import tried
from lockin_sim.report.parts import Cell, Rows, Table, Values, table
from lockin_sim.studies.breakdown import ACTOR, TOTAL
from lockin_sim.studies.goals import Goal, goals_of
from lockin_sim.titles import DEFINITION, label_of
from lockin_sim.wording import UNDEFINED, Unit, opening, percent, unit_of

#: Name of the goal of low cost to the actor.
OWN_COST = "own_cost"


class Choice(NamedTuple):
    """A policy for a goal: its effect and who pays, and in words who loses and how sure that is."""

    kind: str
    title: str
    effect: Finding
    loses: str
    futures: str
    decides: str
    more: bool = True  # False for a package with the effect of the single policy


def goals(evidence: Evidence) -> list[Goal]:
    """Goals for which the comparison has numbers."""
    if evidence.study("by_group") is None or evidence.study("public_cost") is None:
        return []  # who loses and who pays is not known
    wanted = []
    for goal in goals_of(evidence.case):
        if goal.study == "public_cost":
            whose = evidence.actor.title
            goal = goal._replace(
                name=OWN_COST, title=f"Lowest cost to {whose}", what=f"what {whose} pays",
                at={"item": TOTAL, "payer": ACTOR}, note=say("goals.of_cost", whose=whose),
            )  # fmt: skip
        if _known(evidence, goal):
            wanted.append(goal._replace(what=_what(evidence, goal), year=evidence.last))
    return wanted


def _what(evidence: Evidence, goal: Goal) -> str:
    """A goal's number in words."""
    return evidence.label(goal.at["outcome"]) if goal.study == MAIN else goal.what


def _known(evidence: Evidence, goal: Goal) -> bool:
    """Whether the comparison has what a goal is read from."""
    study = evidence.study(goal.study)
    return study is not None and all(known([label], study, axis) for axis, label in goal.at.items())


def unit(evidence: Evidence, goal: Goal) -> Unit:
    """Unit of a goal's number."""
    return evidence.unit(goal.at["outcome"]) if goal.study == MAIN else unit_of(goal.unit)


def moved(evidence: Evidence, goal: Goal, policy: str) -> Finding:
    """Effect of a policy on a goal's number in the goal's year."""
    study = evidence.studies[goal.study]
    effect = read(study, unit(evidence, goal), scenario=policy, year=goal.year, **goal.at)
    return effect._replace(what=goal.what)


def choosable(evidence: Evidence) -> list[str]:
    """Policies that somebody could choose: all but yardsticks."""
    return [p for p in evidence.policies if label_of(evidence.effects, "scenario_yardstick", p) != "True"]


def is_package(evidence: Evidence, policy: str) -> bool:
    """Whether a policy uses more than one kind of lever."""
    set_by = json.loads(label_of(evidence.effects, DEFINITION, policy) or "{}")
    return len({use["lever"] for use in set_by.get("levers", ())}) > 1


def best(evidence: Evidence, goal: Goal, among: Sequence[str]) -> str | None:
    """The policy that clearly serves a goal most; None if doing nothing is as good."""
    serving = [p for p in among if _serves(evidence, goal, p)]
    return max(serving, key=lambda p: goal.sense * moved(evidence, goal, p).size, default=None)


def _serves(evidence: Evidence, goal: Goal, policy: str) -> bool:
    """Whether a policy clearly moves a goal the right way."""
    effect = moved(evidence, goal, policy)
    return effect.clear and goal.sense * effect.size > 0


def choices(evidence: Evidence, goal: Goal) -> list[Choice]:
    """The best single policy and the best package for a goal, if there are any."""
    chosen: list[Choice] = []
    for kind, packages in (("Best single policy", False), ("Best package", True)):
        policy = best(evidence, goal, [p for p in choosable(evidence) if is_package(evidence, p) is packages])
        if policy is None:
            continue
        effect = moved(evidence, goal, policy)._replace(payers=evidence.payers(policy))
        same = any(effect.change == each.effect.change and effect.ends == each.effect.ends for each in chosen)
        decides = label_of(evidence.effects, "scenario_decides", policy) or "not named in its file"
        texts = (evidence.loses(policy), _futures(evidence, goal, policy), decides)
        chosen.append(Choice(kind, evidence.title(policy), effect, *texts, more=not same))
    return chosen


def at_a_glance(evidence: Evidence, aims: Sequence[tuple[Goal, Sequence[Choice]]]) -> Table:
    """One row per goal: the policy that serves it most, who pays, and in how many futures it helps."""
    with_futures = evidence.study("futures") is not None
    heads = ("if you want", "take", "what that changes", "who pays", *(["how sure"] if with_futures else []))
    rows: Rows = []
    for goal, chosen in aims:
        if not chosen:
            rows.append((goal.title, ["do nothing", say("goals.nothing"), *(UNDEFINED for _ in heads[3:])]))
            continue
        choice = max(chosen, key=lambda each: goal.sense * each.effect.size)
        effect = choice.effect
        about = f"{opening(goal.what)}; {say('findings.signed_range', f=effect)}"
        change = Cell(f"{effect.change} by {goal.year}", about)
        cells: Values = [choice.title, change, who_pays(evidence, effect), choice.futures]
        rows.append((goal.title, cells[: len(heads) - 1]))
    return table("goals.at_a_glance", heads, rows, words=True, whose=evidence.actor.title)


def who_pays(evidence: Evidence, effect: Finding) -> str:
    """Who pays how much for an effect until the last year."""
    return say("findings.pays", f=effect, last=evidence.last)


def _futures(evidence: Evidence, goal: Goal, policy: str) -> str:
    """Share of futures in which a policy clearly helps."""
    study = evidence.study("futures")
    if study is None:
        return say("goals.futures", why="no futures")
    if not known([policy], study, "scenario"):
        return say("goals.futures", why="not tried")
    outcome = next(iter(known([goal.name, goal.at.get("outcome", "")], study, "outcome")), None)
    if outcome is None or study.attrs["year"] != goal.year:
        return say("goals.futures", why="not asked")
    at = study.sel(outcome=outcome, scenario=policy)
    names = ("share_lowers", "share_raises") if goal.sense < 0 else ("share_raises", "share_lowers")
    helps, harms = (percent(100 * at[name].item()) for name in names)
    return say("goals.futures", why="", helps=helps, harms=harms)


def futures_said(evidence: Evidence) -> str:
    """Note on what futures are; "" without a study of them."""
    return "" if evidence.study("futures") is None else f"How sure: the share of {tried(evidence)}."
