"""If you want X: for each goal the policies that serve it best, what they cost whom, and what decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.parameters import declarations
from lockin_sim.reader import estimate
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.words import percent
from lockin_sim.statistics import Estimate
from lockin_sim.studies.definition import DEFINITION, label_of
from lockin_sim.wording import Unit, effect_digits, joined, listed, number, signed, unit_of
from lockin_sim.world.names import adjective, group_name, name_of

if TYPE_CHECKING:
    import xarray as xr

USD = unit_of("USD bn")

#: Least sum that is named, USD bn until the last year; nor is what is a hundredth of the largest.
WORTH_NAMING = 0.05

#: The group whose coverage is asked for, and an effect on it, in points, that is as good as none.
POOREST, HARDLY = "income:low", 0.05

#: Groups whose adopters are named where they lose.
LOSERS = ("EU", "income:low", "income:lower_middle", "income:upper_middle", "income:high")


class Goal(NamedTuple):
    """Something that somebody wants: which number is to rise (1) or to fall (-1)."""

    title: str
    what: str
    sense: int
    study: str
    at: dict[str, str]
    year: int
    note: str = ""


class Choice(NamedTuple):
    """A policy for a goal, in words."""

    kind: str
    title: str
    effect: str
    cost: str
    loses: str
    futures: str
    decides: str


def goals(evidence: Evidence) -> list[Goal]:
    """The goals that the comparison has numbers for."""
    own, family = evidence.case.sponsors[0], evidence.case.family
    if not family or evidence.study("by_group") is None or evidence.study("public_cost") is None:
        return []
    standard = name_of("standard", family)
    last = evidence.last
    wanted = [
        Goal(f"Fewer {standard} abroad", evidence.label(evidence.headline), -1, "effects",
             {"outcome": evidence.headline}, last),
        Goal(f"Less dependence of the EU on {adjective(own)} vendors",
             f"{adjective(own)} vendors' part of EU members' sensitive networks", -1, "by_group",
             {"measure": f"dependence_sensitive_{own}", "group": "EU"}, last),
        _coverage(evidence),
        Goal("Lowest public cost", "what governments pay", -1, "public_cost",
             {"item": "total", "payer": "governments"}, last),
    ]  # fmt: skip
    return [goal for goal in wanted if _there(evidence, goal)]


def _coverage(evidence: Evidence) -> Goal:
    """More coverage; where no policy moves that, what it is worth to those who get it."""
    title, year = "More coverage in low-income countries", evidence.years[0]
    at = {"measure": "coverage", "group": POOREST}
    goal = Goal(title, "coverage in low-income economies", 1, "by_group", at, year)
    study = evidence.study("by_group")
    if study is None or not _there(evidence, goal):
        return goal
    moves = max((abs(moved(evidence, goal, p).mean) for p in evidence.policies), default=0.0)
    if moves >= HARDLY:
        return goal
    level = study["level"].sel({"scenario": evidence.baseline, "year": year} | at).item()
    return goal._replace(
        what="what new coverage is worth there to those who had none",
        at=at | {"measure": "coverage_surplus"},
        note=f"Coverage itself grows on a path of its own in this model, to "
        f"{percent(100 * level, 0)} in {year}: no policy compared moves it by {number(HARDLY, 2)} points.",
    )


def _there(evidence: Evidence, goal: Goal) -> bool:
    study = evidence.study(goal.study)
    return study is not None and all(known([label], study, axis) for axis, label in goal.at.items())


def unit(evidence: Evidence, goal: Goal) -> Unit:
    """The unit a goal's number is shown in."""
    shown = {"effects": evidence.unit(evidence.headline), "public_cost": USD}
    in_utility = goal.at.get("measure") == "coverage_surplus"
    return shown.get(goal.study, unit_of("utility" if in_utility else "share"))


def moved(evidence: Evidence, goal: Goal, policy: str) -> Estimate[float]:
    """A policy's effect on a goal's number in the last year."""
    study = evidence.study(goal.study)
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
    found = moved(evidence, goal, policy)
    return bool(found.distinct) and goal.sense * found.mean > 0


def choices(evidence: Evidence, goal: Goal) -> list[Choice]:
    """The best single policy and the best package for a goal, those that there are."""
    found = []
    for kind, packages in (("Best single policy", False), ("Best package", True)):
        among = [p for p in choosable(evidence) if is_package(evidence, p) is packages]
        policy = best(evidence, goal, among)
        if policy is not None:
            found.append(_choice(evidence, goal, policy, kind))
    return found


def _choice(evidence: Evidence, goal: Goal, policy: str, kind: str) -> Choice:
    decides = label_of(evidence.effects, "scenario_decides", policy)
    return Choice(
        kind=kind,
        title=evidence.title(policy),
        effect=f"{sized(moved(evidence, goal, policy), unit(evidence, goal))} by {goal.year}",
        cost=pays(evidence, policy),
        loses=loses(evidence, policy),
        futures=_futures(evidence, goal, policy),
        decides=decides or "not said in its file",
    )


def sized(found: Estimate[float], shown: Unit) -> str:
    """'-3.1 percentage points (95 % interval -3.5 to -2.7)'."""
    mean, low, high = (signed(value, effect_digits(*found)) for value in found)
    return f"{joined(mean, shown.change)} (95\N{NO-BREAK SPACE}% interval {low} to {high})"


def pays(evidence: Evidence, policy: str) -> str:
    """Who pays how much until the last year, the largest sums first: 'EU +230 bn USD, China -13 bn USD'."""
    study = evidence.study("public_cost")
    if study is None:
        return "not examined"
    found = {
        p: estimate(study, scenario=policy, item="total", payer=p, year=evidence.last) for p in _payers(study)
    }
    most = max((abs(e.mean) for e in found.values() if e.distinct), default=0.0)
    clear = {p: e for p, e in found.items() if e.distinct and abs(e.mean) >= max(WORTH_NAMING, 0.01 * most)}
    if not clear:
        return "nobody more than chance could make; work in bodies, diplomacy and research have no price here"
    ranked = sorted(clear, key=lambda payer: -abs(clear[payer].mean))
    return ", ".join(f"{payer_name(p)} {signed(clear[p].mean, effect_digits(*clear[p]))}" for p in ranked) + (
        f"\N{NO-BREAK SPACE}bn\N{NO-BREAK SPACE}USD until {evidence.last}"
    )


def _payers(study: xr.Dataset) -> list[str]:
    return [p for p in map(str, study["payer"].values) if p != "governments"]


def payer_name(payer: str) -> str:
    """What a payer is called."""
    named = {
        "adopters": "operators and users",
        "other_states": "other states",
        "governments": "governments together",
        "EU": "EU",
        "USA": "USA",
    }
    return named.get(payer) or name_of("sponsor", payer)


def loses(evidence: Evidence, policy: str) -> str:
    """Vendors that sell less, and groups whose adopters are worse off, beyond chance."""
    study = evidence.study("by_group")
    if study is None:
        return "not examined"
    said = []
    for sponsor, word in evidence.sponsors.items():
        sales = estimate(
            study, 100.0, measure=f"sales_{sponsor}", group="world", scenario=policy, year=evidence.last
        )
        if sales.distinct and sales.mean < 0:
            fall = joined(signed(sales.mean, effect_digits(*sales)), "points")
            said.append(f"{word} vendors ({fall} of the world's sales)")
    worse = []
    for group in known(LOSERS, study, "group"):
        surplus = estimate(study, scenario=policy, measure="surplus", group=group, year=evidence.last)
        if surplus.distinct and surplus.mean < 0:
            worse.append(f"{_place(group)} ({felt(evidence, surplus.mean)[0]})")
    said += [f"buyers, as if prices rose, in {listed(worse)}"] if worse else []
    return listed(said) if said else "nobody by more than chance could"


def _place(group: str) -> str:
    return "the EU" if group == "EU" else group_name(group)


def as_price(evidence: Evidence, utility: float) -> str:
    """A difference of utility as the change of price that would be felt alike: 'as if prices rose 0.4 %'."""
    size, verb = felt(evidence, utility)
    return f"as if prices {verb} {size}"


def felt(evidence: Evidence, utility: float) -> tuple[str, str]:
    """Per cent by which prices would have to change, and whether they 'rose' or 'fell'."""
    change = -in_price(evidence) * utility
    digits = effect_digits(change, change, change) if change else 1
    return percent(abs(change), digits), "rose" if change > 0 else "fell"


def in_price(evidence: Evidence) -> float:
    """Per cent by which prices would have to fall to be felt like one unit of utility."""
    weight = evidence.parameters.get("price_weight", declarations()["price_weight"].default)
    return 100 / float(np.mean(weight))  # one value, or one of each run


def _futures(evidence: Evidence, goal: Goal, policy: str) -> str:
    """In what share of futures a policy clearly helps."""
    study = evidence.study("futures")
    outcome = goal.at.get("outcome")
    if study is None:
        return "not examined: run the comparison with --futures"
    if outcome is None or not known([outcome], study, "outcome") or not known([policy], study, "scenario"):
        return "not examined for this goal"
    at = {"outcome": outcome, "scenario": policy}
    helps, harms = (100 * study[name].sel(at).item() for name in _shares(goal.sense))
    return (
        f"helps clearly in {percent(helps, 0)} and does the opposite in {percent(harms, 0)} of "
        f"{number(study.sizes['future'], 0)} futures"
    )


def _shares(sense: int) -> tuple[str, str]:
    return ("share_lowers", "share_raises") if sense < 0 else ("share_raises", "share_lowers")
