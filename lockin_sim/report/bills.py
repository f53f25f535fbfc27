"""Who pays for a policy, who loses by it, and what a gain of buyers is as a price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.parameters import declarations
from lockin_sim.reader import estimate
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.words import percent
from lockin_sim.statistics import Estimate
from lockin_sim.wording import effect_digits, joined, listed, number, signed, two_digits
from lockin_sim.world.names import group_name, name_of

if TYPE_CHECKING:
    import xarray as xr

#: Least sum that is named, USD bn until the last year; nor is what is a hundredth of the largest.
WORTH_NAMING = 0.05

#: What :func:`price_felt` is called above a column.
PRICE_FELT = "change of price felt by buyers, %"

#: Groups whose adopters are named where they lose.
LOSERS = ("EU", "income:low", "income:lower_middle", "income:upper_middle", "income:high")


def pays(evidence: Evidence, policy: str) -> str:
    """Who pays how much until the last year: 'EU 230 bn USD more, China 13 bn USD less until 2050'."""
    if evidence.study("public_cost") is None:
        return "not examined"
    sums = bill(evidence, policy)
    if not sums:
        return "nobody more than chance could make; work in bodies, diplomacy and research have no price here"
    said = []
    for sign, word in ((1, "more"), (-1, "less")):
        some = [f"{payer_name(p)} {_sized(e)}" for p, e in sums.items() if sign * e.mean > 0]
        said += [f"{joined(listed(some), 'bn USD')} {word}"] if some else []
    return f"{', '.join(said)} until {evidence.last}"


def paid(evidence: Evidence, policy: str) -> str:
    """The same as a sentence: 'until 2050 the EU (230 bn USD) pays more, and China (13 bn USD) less'."""
    if evidence.study("public_cost") is None:
        return "its public cost was not examined"
    sums = bill(evidence, policy)
    if not sums:
        return f"nobody pays more or less until {evidence.last} than chance could make"
    said = []
    for sign, word in ((1, "more"), (-1, "less")):
        some = [f"{_the(p)} ({joined(_sized(e), 'bn USD')})" for p, e in sums.items() if sign * e.mean > 0]
        said += [f"{word} is paid by {listed(some)}"] if some else []
    return f"until {evidence.last} {', '.join(said)}"


def bill(evidence: Evidence, policy: str) -> dict[str, Estimate[float]]:
    """What each payer pays beyond the baseline until the last year, USD bn, largest first.

    Only what is more than chance could make, and worth naming beside the largest.
    """
    study = evidence.study("public_cost")
    if study is None:
        return {}
    found = {
        p: estimate(study, scenario=policy, item="total", payer=p, year=evidence.last) for p in _payers(study)
    }
    most = max((abs(e.mean) for e in found.values() if e.distinct), default=0.0)
    least = max(WORTH_NAMING, 0.01 * most)
    clear = {p: e for p, e in found.items() if e.distinct and abs(e.mean) >= least}
    return dict(sorted(clear.items(), key=lambda each: -abs(each[1].mean)))


def payers_shown(evidence: Evidence, study: xr.Dataset, policies: Sequence[str]) -> list[str]:
    """Payers that a table of all policies must show, so that its columns add up.

    The sponsors compared, every other state that the bill of a policy names, governments together, operators
    and users.
    """
    named = {payer for policy in policies for payer in bill(evidence, policy)} - {"adopters"}
    others = [payer for payer in _payers(study) if payer in named and payer not in evidence.sponsors]
    return known([*evidence.sponsors, *others, "governments", "adopters"], study, "payer")


def _sized(sum_: Estimate[float]) -> str:
    """A sum without its sign."""
    return number(abs(sum_.mean), effect_digits(*sum_))


def _the(payer: str) -> str:
    """A payer in a sentence."""
    name = payer_name(payer)
    return f"the {name}" if name in ("EU", "USA") else name


def _payers(study: xr.Dataset) -> list[str]:
    """All who pay but the governments together."""
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
    """The name of a group in a sentence."""
    return "the EU" if group == "EU" else group_name(group)


def as_price(evidence: Evidence, utility: float) -> str:
    """A difference of utility as the change of price that would be felt alike: 'as if prices rose 0.4 %'."""
    size, verb = felt(evidence, utility)
    return f"as if prices {verb} {size}"


def price_weight(evidence: Evidence) -> float:
    """Utility of a log point of price, by which utility becomes a price."""
    default = declarations()["price_weight"].default
    return float(np.mean(evidence.parameters.get("price_weight", default)))  # one value, or one of each run


def price_felt(evidence: Evidence, surplus: Estimate[float]) -> Estimate[float]:
    """A difference of utility as the change of price that would be felt alike, per cent: a gain is a fall."""
    factor = -100 / price_weight(evidence)
    return Estimate(factor * surplus.mean, factor * surplus.high, factor * surplus.low)


def felt(evidence: Evidence, utility: float) -> tuple[str, str]:
    """Per cent by which prices would have to change, and whether they 'rose' or 'fell'."""
    change = price_felt(evidence, Estimate(utility, utility, utility)).mean
    digits = two_digits(change) if change else 1
    return percent(abs(change), digits), "rose" if change > 0 else "fell"
