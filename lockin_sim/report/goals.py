"""If you want X: for each goal the policies that serve it best, what they cost whom, and what decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.reader import estimate
from lockin_sim.report.bills import loses, pays, price_weight
from lockin_sim.report.doubt import tried
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.words import percent
from lockin_sim.statistics import Estimate
from lockin_sim.studies.goals import WORTH, Goal, by_worth, goals_of
from lockin_sim.studies.otherwise import OTHERWISE, POLICY, WHEN
from lockin_sim.titles import DEFINITION, label_of
from lockin_sim.wording import UNDEFINED, Unit, effect_digits, joined, number, opening, signed, unit_of

#: An effect on coverage, in points, that is as good as none.
HARDLY = 0.05

_OF_COST = (
    "The cheapest of the policies that serve another goal; what one government spares counts against what "
    "another pays."
)


class Choice(NamedTuple):
    """A policy for a goal, in words; ``found`` is its effect in the unit that is shown."""

    kind: str
    title: str
    found: Estimate[float]
    effect: str
    cost: str
    loses: str
    futures: str
    decides: str


def goals(evidence: Evidence) -> list[Goal]:
    """The goals that the comparison has numbers for."""
    if evidence.study("by_group") is None or evidence.study("public_cost") is None:
        return []
    wanted = []
    for goal in goals_of(evidence.case):
        if goal.study == "effects":
            here = {"outcome": evidence.headline}
            wanted.append(goal._replace(what=evidence.label(evidence.headline), at=here, year=evidence.last))
        elif goal.name == "coverage":
            wanted.append(_coverage(evidence, goal._replace(year=evidence.years[0])))
        else:
            note = _OF_COST if goal.study == "public_cost" else ""
            wanted.append(goal._replace(year=evidence.last, note=note))
    return [goal for goal in wanted if _there(evidence, goal)]


def _coverage(evidence: Evidence, goal: Goal) -> Goal:
    """More coverage; where no policy moves that, what it is worth to those who get it."""
    study = evidence.study("by_group")
    if study is None or not _there(evidence, goal):
        return goal
    moves = max((abs(moved(evidence, goal, p).mean) for p in evidence.policies), default=0.0)
    if moves >= HARDLY:
        return goal
    level = study["level"].sel({"scenario": evidence.baseline, "year": goal.year} | goal.at).item()
    return by_worth(goal)._replace(
        note=f"Coverage itself grows on a path of its own in this model, to "
        f"{percent(100 * level, 0)} in {goal.year}: no policy compared moves it by as much as "
        f"{number(HARDLY, 2)} points.",
    )


def _there(evidence: Evidence, goal: Goal) -> bool:
    """Whether the comparison has what a goal is read from."""
    study = evidence.study(goal.study)
    return study is not None and all(known([label], study, axis) for axis, label in goal.at.items())


def unit(evidence: Evidence, goal: Goal) -> Unit:
    """The unit a goal's number is shown in; what coverage is worth as per cent of its price."""
    if goal.at.get("measure") == WORTH:
        return Unit(100.0 / price_weight(evidence), "%", "% of its price", "per cent of its price")
    return evidence.unit(evidence.headline) if goal.study == "effects" else unit_of(goal.unit)


def moved(evidence: Evidence, goal: Goal, policy: str, which: str = "") -> Estimate[float]:
    """A policy's effect on a goal's number in the goal's year.

    which  beginning of the name of the study, if it is not of the policies as they are
    """
    study = evidence.study(which + goal.study)
    assert study is not None
    return estimate(study, unit(evidence, goal).factor, scenario=policy, year=goal.year, **goal.at)


def choosable(evidence: Evidence) -> list[str]:
    """Policies that somebody could choose: all but yardsticks."""
    return [p for p in evidence.policies if label_of(evidence.effects, "scenario_yardstick", p) != "True"]


def is_package(evidence: Evidence, policy: str) -> bool:
    """Whether a policy uses more than one kind of lever."""
    set_by = json.loads(label_of(evidence.effects, DEFINITION, policy) or "{}")
    return len({use["lever"] for use in set_by.get("levers", ())}) > 1


def best(evidence: Evidence, goal: Goal, among: Sequence[str]) -> str | None:
    """The policy that serves a goal most, by more than chance could; None if none does.

    Of cost: the cheapest of those that serve another goal.
    """
    if goal.study == "public_cost":
        others = [other for other in goals(evidence) if other.study != "public_cost"]
        useful = [p for p in among if any(_serves(evidence, other, p) for other in others)]
        return min(useful, key=lambda p: moved(evidence, goal, p).mean, default=None)
    serving = [p for p in among if _serves(evidence, goal, p)]
    return max(serving, key=lambda p: goal.sense * moved(evidence, goal, p).mean, default=None)


def _serves(evidence: Evidence, goal: Goal, policy: str) -> bool:
    """Whether a policy moves a goal the right way by more than chance could."""
    found = moved(evidence, goal, policy)
    return bool(found.distinct) and goal.sense * found.mean > 0


def choices(evidence: Evidence, goal: Goal) -> list[Choice]:
    """The best single policy and the best package for a goal, those that there are."""
    found = []
    best_is = "Cheapest" if goal.study == "public_cost" else "Best"
    for kind, packages in ((f"{best_is} single policy", False), (f"{best_is} package", True)):
        among = [p for p in choosable(evidence) if is_package(evidence, p) is packages]
        policy = best(evidence, goal, among)
        if policy is not None:
            found.append(_choice(evidence, goal, policy, kind))
    if len(found) == 2 and found[0].effect == found[1].effect:
        found[1] = found[1]._replace(effect=f"{found[1].effect}, no more than the single policy")
    return found


def at_a_glance(evidence: Evidence, found: Sequence[tuple[Goal, Sequence[Choice]]]) -> Table:
    """One row a goal: the policy that serves it most, what that costs whom, and in what futures it helps."""
    asked = evidence.study("futures") is not None
    heads = ("if you want", "take", "what that changes", "who pays", *(["how sure"] if asked else []))
    rows = []
    for goal, choices_made in found:
        if not choices_made:
            none = (Cell("none of those compared"), *(Cell(UNDEFINED) for _ in heads[2:]))
            rows.append((goal.title, list(none)))
            continue
        choice = max(choices_made, key=lambda each: goal.sense * each.found.mean)  # of equals the first
        change, ends = written(choice.found, unit(evidence, goal))
        cells = [Cell(choice.title), Cell(f"{change} by {goal.year}", f"{opening(goal.what)}; {ends}"),
                 Cell(choice.cost)]  # fmt: skip
        rows.append((goal.title, cells + ([Cell(choice.futures)] if asked else [])))
    return Table("Which policy serves which goal most", heads, rows, words=True)


def _choice(evidence: Evidence, goal: Goal, policy: str, kind: str) -> Choice:
    """A policy as a choice for a goal, with its effect, its cost and what decides it."""
    found = moved(evidence, goal, policy)
    return Choice(
        kind=kind,
        title=evidence.title(policy),
        found=found,
        effect=f"{sized(found, unit(evidence, goal))} by {goal.year}",
        cost=pays(evidence, policy),
        loses=loses(evidence, policy),
        futures=_futures(evidence, goal, policy),
        decides=_decides(evidence, goal, policy),
    )


def _decides(evidence: Evidence, goal: Goal, policy: str) -> str:
    """What a policy leans on: of assumptions tried otherwise the one that moves the goal's number most, with
    both numbers; as its file says where none was tried."""
    said = label_of(evidence.effects, "scenario_decides", policy) or "not said in its file"
    study = evidence.study(OTHERWISE + goal.study)
    if study is None or policy not in study[POLICY].values:
        return said
    here = moved(evidence, goal, policy)
    tried = [str(name) for name in study["scenario"].values[study[POLICY].values == policy]]
    found = {name: moved(evidence, goal, name, OTHERWISE) for name in tried}
    most = max(found, key=lambda name: np.nan_to_num(abs(found[name].mean - here.mean), nan=-1.0))
    shown = unit(evidence, goal)
    as_here, there = (signed(each.mean, effect_digits(*each)) for each in (here, found[most]))
    leans_on, when = (label_of(study, name, most) for name in ("scenario_decides", WHEN))
    return f"{leans_on}; {joined(as_here, shown.change)} as assumed here, {there} {when}"


def sized(found: Estimate[float], shown: Unit) -> str:
    """'-3.1 percentage points (95 % interval -3.5 to -2.7)'."""
    mean, ends = written(found, shown)
    return f"{mean} ({ends})"


def written(found: Estimate[float], shown: Unit) -> tuple[str, str]:
    """An effect with its unit, and its interval."""
    mean, low, high = (signed(value, effect_digits(*found)) for value in found)
    return joined(mean, shown.change), f"95\N{NO-BREAK SPACE}% interval {low} to {high}"


def _futures(evidence: Evidence, goal: Goal, policy: str) -> str:
    """In what share of futures a policy clearly helps."""
    study = evidence.study("futures")
    outcome = goal.at.get("outcome", goal.name)
    if study is None:
        return "not examined: run the comparison with --futures"
    if not known([policy], study, "scenario"):
        return "this policy was not tried in other futures"
    if goal.name == "coverage":
        return (
            f"not asked: they are read in {study.attrs['year']}, when new coverage has come whatever is done"
        )
    if not known([outcome], study, "outcome") or study.attrs["year"] != goal.year:
        return "not asked about this goal"
    at = {"outcome": outcome, "scenario": policy}
    helps, harms = (percent(100 * study[name].sel(at).item(), 0) for name in _shares(goal.sense))
    if goal.study == "public_cost":
        return f"clearly cheaper than the {evidence.base} in {helps} of futures, dearer in {harms}"
    return f"helps clearly in {helps} of futures, does the opposite in {harms}"


def futures_told(evidence: Evidence) -> str:
    """What futures are, once for all goals; nothing without."""
    study = evidence.study("futures")
    return "" if study is None else f"How sure: the share of {tried(study)}."


def _shares(sense: int) -> tuple[str, str]:
    """Which shares of futures speak for and against a goal."""
    return ("share_lowers", "share_raises") if sense < 0 else ("share_raises", "share_lowers")
