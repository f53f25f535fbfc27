"""Read a comparison for a report: findings in shown units, who pays and who loses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.errors import unusable
from lockin_sim.common.findings import Finding
from lockin_sim.common.formats import Unit, listed, opening, percent, two_digits, unit_of, unrepeated, within
from lockin_sim.comparisons.by_group import ACTOR, ADOPTERS, GOVERNMENTS, OTHER_BUYERS, OWN_BUYERS
from lockin_sim.comparisons.costs_by_payer import WORLD, format_actor
from lockin_sim.comparisons.effects_reader import (
    EffectsReader,
    check_study,
    describe_run_differences,
    get_run_uncertainty,
    read_study_finding,
)
from lockin_sim.runs.results import shown_years
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.settings.titles import get_scenario_label
from lockin_sim.world.names import format_group, get_sponsor_adjective

if TYPE_CHECKING:
    import xarray as xr

#: The main study of every report, and the variables that it must have.
MAIN, NEEDED = "effects", ("level", "effect", "effect_low", "effect_high", "pairs_used")

#: Smallest sum that is named, USD bn until the last year; it must also be a hundredth of the largest.
WORTH_NAMING, USD_BN = 0.05, Unit(1.0, "USD bn", "USD bn", "USD bn", 0.05)

#: Titles of payers that are plural.
PLURAL = {
    "adopters": "operators and users",
    "other_states": "other states",
    "governments": "governments together",
    "own_buyers": "its operators and users",
    "other_buyers": "operators and users elsewhere",
}

#: Payers that are sums of others.
TOGETHER = (GOVERNMENTS, OWN_BUYERS, ACTOR)

#: Title and unit of a gain of buyers expressed as a change of price.
PRICE_FELT = "buyers' gain or loss, as a change of price, %"
PRICE = Unit(1.0, "%", "% of the price", "% of the price", 0.05)

#: Groups whose buyers are named where they lose.
LOSERS = ("EU", "income:low", "income:lower_middle", "income:upper_middle", "income:high")


class Evidence(EffectsReader):
    """Studies of a comparison, as findings in shown units.

    studies  datasets by name as :func:`lockin_sim.open_results` returns them, ``effects`` among them

    Raises InputError where ``effects`` is missing or is not a dataset of :func:`lockin_sim.compare`.
    """

    def __init__(self, studies: Mapping[str, xr.Dataset]) -> None:
        if MAIN not in studies:
            raise unusable("report, studies", found=sorted(studies), allowed=f"some with {MAIN} among them")
        for name, study in studies.items():
            check_study(f"report, {name}", study)
        effects = studies[MAIN]
        absent = [name for name in NEEDED if name not in effects]
        if absent or "baseline" not in effects.attrs:
            text = "a dataset of lockin_sim.compare, with " + ", ".join((*NEEDED, "and the baseline's name"))
            raise unusable(f"report, {MAIN}", found=sorted(map(str, effects.data_vars)), allowed=text)
        super().__init__(effects)
        self.studies = dict(studies)
        self.policies = [s for s in self.scenarios if s != self.baseline]
        self.first = int(self.effects["year"].values[0])
        self.years = shown_years(self.effects)
        self.runs = int(self.effects.attrs["runs"])
        self.parameters: dict[str, Any] = json.loads(self.effects.attrs.get("parameters", "{}"))

    @property
    def drawn(self) -> bool:
        """Whether each run draws its own parameters from a posterior; runs are then called futures."""
        return "posterior" in self.effects.attrs

    @property
    def runs_described(self) -> str:
        """Description of how runs differ, and so of what ranges show."""
        return describe_run_differences(self.effects)

    def study(self, name: str) -> xr.Dataset | None:
        """Return another study by name; None if the comparison has no such study."""
        return self.studies.get(name)

    def choosable(self, policy: str) -> bool:
        """Whether somebody can still choose a policy: it is no yardstick and does not change the past."""
        return get_scenario_label(self.effects, "scenario_yardstick", policy) != "True"

    @property
    def featured(self) -> str | None:
        """Policy examined in detail: the one with the largest clear effect, else the largest."""
        first = [*self.clear(self.headline), *self.ranked(self.headline)]
        return first[0] if first else None

    def outcome_in(self, study: xr.Dataset) -> str:
        """Return the outcome shown from a further study: the headline, or the study's first."""
        return self.headline if self.headline in study["outcome"].values else str(study["outcome"].values[0])

    @property
    def sponsors(self) -> dict[str, str]:
        """Sponsors whose vendors' dependence is reported, and the adjective of each."""
        return {s: get_sponsor_adjective(s) for s in self.case.sponsors if f"dependence_{s}" in self.outcomes}

    def ranked(self, outcome: str) -> list[str]:
        """Rank policies by the size of their mean effect in the last year, undefined ones last."""
        size = {s: abs(self.effect(s, outcome).mean) for s in self.policies}
        return sorted(self.policies, key=lambda s: -size[s] if np.isfinite(size[s]) else np.inf)

    def ranked_in(self, study: xr.Dataset) -> list[str]:
        """Rank the policies of a study by their effect on the headline."""
        return known(self.ranked(self.headline), study, "scenario")

    def clear(self, outcome: str) -> list[str]:
        """Return policies with a clear effect, by its size."""
        return [s for s in self.ranked(outcome) if self.finding(s, outcome).clear]

    # --- findings ---

    def paid(self, policy: str, outcome: str, year: int | None = None) -> Finding:
        """Return the effect of a policy together with who pays for it."""
        return self.finding(policy, outcome, year)._replace(payers=self.payers(policy))

    def standing(self, outcome: str, year: int | None = None) -> Finding:
        """Return the level of the baseline with the range over runs."""
        level = self.level(self.baseline, outcome, year)
        kind = get_run_uncertainty(self.effects)
        return Finding.of(level, self.unit(outcome), kind, within(self.label(outcome)))

    def today(self, outcome: str) -> Finding | None:
        """Return the level of the baseline in the present; None if the comparison has no present."""
        return None if self.present is None else self.standing(outcome, self.present)

    def levels(self, outcomes: Sequence[str]) -> list[tuple[str, Finding, Finding | None]]:
        """Return labels of outcomes, with their levels in the last year and in the present."""
        labels = unrepeated([self.label(name) for name in outcomes])
        named = zip(labels, outcomes, strict=True)
        return [(label, self.standing(name), self.today(name)) for label, name in named]

    @property
    def actor(self) -> str:
        """Payer whose costs are reported first: its public money and its buyers' money."""
        study = self.study("public_cost")
        return WORLD if study is None else str(study.attrs.get("actor", WORLD))

    @property
    def payer(self) -> str:
        """Actor within a sentence: 'the EU'."""
        return format_actor(self.actor)

    def payers(self, policy: str) -> tuple[Finding, ...] | None:
        """Return what the actor pays beyond the baseline until the last year, and what others pay.

        Returns None if the comparison has no study of costs.
        """
        study = self.study("public_cost")
        if study is None or ACTOR not in study["payer"].values:
            return None
        named = {ACTOR: self.bill(study, policy, ACTOR)} | self.sums(study, policy, apart=True)
        titles = {p: self.payer if p == ACTOR else spoken_payer(p) for p in named}
        return tuple(
            bill._replace(what=f"{titles[p]} {'pay' if p in PLURAL else 'pays'}") for p, bill in named.items()
        )

    def sums(self, study: xr.Dataset, policy: str, *, apart: bool = False) -> dict[str, Finding]:
        """Return what each payer clearly pays, largest first, without negligible sums.

        apart  whether to leave out the actor's payers, and count other buyers only
        """
        everybody = [p for p in map(str, study["payer"].values) if p not in TOGETHER]
        mine = (self.actor, ADOPTERS) if apart else (OTHER_BUYERS,)
        all_mine = apart and self.actor == WORLD
        bills = {p: self.bill(study, policy, p) for p in everybody if p not in mine and not all_mine}
        clear = {payer: each for payer, each in bills.items() if each.clear}
        least = max(WORTH_NAMING, 0.01 * max((abs(each.size) for each in clear.values()), default=0.0))
        named = {payer: each for payer, each in clear.items() if abs(each.size) >= least}
        return dict(sorted(named.items(), key=lambda each: -abs(each[1].size)))

    def pays_most(self, study: xr.Dataset, policy: str) -> tuple[str, Finding]:
        """Return the payer with the largest cost or saving of a policy, and its amount."""
        sums = (*TOGETHER, OTHER_BUYERS)
        bills = {p: self.bill(study, policy, p) for p in map(str, study["payer"].values) if p not in sums}
        payer = max(bills, key=lambda p: bills[p].largest)
        return spoken_payer(payer), bills[payer]

    def bill(self, study: xr.Dataset, policy: str, payer: str, year: int | None = None) -> Finding:
        """Return the total cost of a policy to a payer until a year."""
        return read_study_finding(
            study, USD_BN, scenario=policy, item="total", payer=payer, year=year or self.last
        )

    def payer_head(self, payer: str) -> str:
        """Return the title of a payer as a column head."""
        return opening(f"{self.payer} with its buyers" if payer == ACTOR else payer_name(payer))

    def payers_shown(self, study: xr.Dataset) -> list[str]:
        """Return the payers in a table of all policies, chosen so that its columns add up.

        The actor with its buyers; the sponsors compared, every other state named in the bill of a policy,
        governments together, operators and users.
        """
        named = {payer for policy in self.ranked_in(study) for payer in self.sums(study, policy)}
        others = [p for p in map(str, study["payer"].values) if p in named - {*self.sponsors, ADOPTERS}]
        return known([ACTOR, *self.sponsors, *others, GOVERNMENTS, ADOPTERS], study, "payer")

    def price(self, surplus: Finding) -> Finding:
        """Convert a gain of buyers in utility to a change of price, per cent; a gain is a fall."""
        return surplus.scaled(-100 / self.price_weight, PRICE)

    @property
    def price_weight(self) -> float:
        """Utility of a log point of price, which converts utility into a price."""
        default = collect_declarations()["price_weight"].default
        value = self.effects.attrs.get("price_weight", self.parameters.get("price_weight", default))
        return float(np.mean(value))  # one value, the mean of the draws, or one per run

    def loses(self, policy: str) -> str:
        """List vendors that clearly sell less, and groups whose buyers are clearly worse off."""
        study = self.study("by_group")
        if study is None:
            return "not examined"
        at: dict[str, Any] = {"scenario": policy, "year": self.last}
        losers = []
        for sponsor, word in self.sponsors.items():
            sales = read_study_finding(study, measure=f"sales_{sponsor}", group="world", **at)
            if sales.clear and sales.size < 0:
                losers.append(f"{word} vendors ({sales.signed} points of the world's sales)")
        worse = []
        for group in known(LOSERS, study, "group"):
            surplus = read_study_finding(study, UTILITY, measure="surplus", group=group, **at)
            if surplus.clear and surplus.size < 0:
                place = "the EU" if group == "EU" else format_group(group)
                worse.append(f"{place} ({felt(self.price(surplus))})")
        losers += [f"buyers, as if prices rose, in {listed(worse)}"] if worse else []
        return listed(losers) if losers else "nobody clearly"


UTILITY = unit_of("utility")


def unit_in(study: xr.Dataset, outcome: str, axis: str = "outcome") -> Unit:
    """Return the unit in which an outcome or a measure of a study is shown."""
    return unit_of(str(study[f"{axis}_unit"].sel({axis: outcome}).item()))


def known(names: Sequence[str], study: xr.Dataset, axis: str) -> list[str]:
    """Select names that are labels of a study's axis, in their order."""
    labels = {str(value) for value in study[axis].values}
    return [name for name in names if name in labels]


def payer_name(payer: str) -> str:
    """Return the title of a payer."""
    return PLURAL.get(payer) or format_actor(payer).removeprefix("the ")


def spoken_payer(payer: str) -> str:
    """Return the title of a payer within a sentence: 'the EU', 'China', 'operators and users elsewhere'."""
    return PLURAL.get(payer) or format_actor(payer)


def felt(price: Finding) -> str:
    """Format the size of a change of price, per cent."""
    return percent(abs(price.size), two_digits(price.size) if price.size else 1)
