"""What a comparison holds, read as a report needs it: findings in shown units, who pays and who loses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import unusable
from lockin_sim.findings import Finding
from lockin_sim.parameters import declarations
from lockin_sim.reader import Reader, futures_or_runs, read, runs_said, shown_years
from lockin_sim.studies.actors import WORLD, Actor, spoken_actor
from lockin_sim.studies.breakdown import ACTOR, ADOPTERS, GOVERNMENTS, OTHER_BUYERS, OWN_BUYERS
from lockin_sim.studies.outcomes import headlines
from lockin_sim.wording import Unit, listed, opening, percent, two_digits, unit_of, within
from lockin_sim.world.case import case_of
from lockin_sim.world.names import adjective, group_name

if TYPE_CHECKING:
    import xarray as xr

#: The study every report starts from, and what it must hold.
MAIN, NEEDED = "effects", ("level", "effect", "effect_low", "effect_high", "pairs_used")

#: How the names of studies of packages begin.
PACKAGE = "synergy_"

#: Least sum that is named, USD bn until the last year; nor is what is a hundredth of the largest.
WORTH_NAMING, USD_BN = 0.05, Unit(1.0, "USD bn", "USD bn", "USD bn", 0.05)

#: Payers that are several, and what they are called.
PLURAL = {
    "adopters": "operators and users",
    "other_states": "other states",
    "governments": "governments together",
    "own_buyers": "its operators and users",
    "other_buyers": "operators and users elsewhere",
}

#: Payers that are made of others.
TOGETHER = (GOVERNMENTS, OWN_BUYERS, ACTOR)

#: What a gain of buyers is called as a change of price, and its unit.
PRICE_FELT = "change of price felt by buyers, %"
PRICE = Unit(1.0, "%", "% of the price", "% of the price", 0.05)

#: Groups whose adopters are named where they lose.
LOSERS = ("EU", "income:low", "income:lower_middle", "income:upper_middle", "income:high")


class Evidence(Reader):
    """The studies of a comparison.

    studies  datasets by name as :func:`lockin_sim.open_results` returns them, ``effects`` among them
    Raises InputError where ``effects`` is missing or is not a dataset of :func:`lockin_sim.compare`.
    """

    def __init__(self, studies: Mapping[str, xr.Dataset]) -> None:
        if MAIN not in studies:
            raise unusable("report, studies", found=sorted(studies), allowed=f"some with {MAIN} among them")
        effects = studies[MAIN]
        absent = [name for name in NEEDED if name not in effects]
        if absent or "baseline" not in effects.attrs:
            text = "a dataset of lockin_sim.compare, with " + ", ".join((*NEEDED, "and the baseline's name"))
            raise unusable(f"report, {MAIN}", found=sorted(map(str, effects.data_vars)), allowed=text)
        super().__init__(effects)
        self.studies = dict(studies)
        self.case = case_of(self.effects.attrs)
        self.policies = [s for s in self.scenarios if s != self.baseline]
        self.first = int(self.effects["year"].values[0])
        self.years = shown_years(self.effects)
        self.runs = int(self.effects.attrs["runs"])
        self.parameters: dict[str, Any] = json.loads(self.effects.attrs.get("parameters", "{}"))

    @property
    def drawn(self) -> bool:
        """Whether each run has parameters of its own, drawn from a posterior: then it is called a future."""
        return "posterior" in self.effects.attrs

    @property
    def told_of_runs(self) -> str:
        """What runs differ by, and so what ranges are about."""
        return runs_said(self.effects)

    def study(self, name: str) -> xr.Dataset | None:
        """A further study, or None where the comparison holds none of that name."""
        return self.studies.get(name)

    @property
    def packages(self) -> dict[str, xr.Dataset]:
        """Studies of levers together and alone, by the scenario that holds them."""
        packages = {n.removeprefix(PACKAGE): ds for n, ds in self.studies.items() if n.startswith(PACKAGE)}
        return {name: ds for name, ds in packages.items() if self.headline in ds["outcome"].values}

    @property
    def headline(self) -> str:
        """The outcome the report is about: sensitive infrastructure outside China where there is one."""
        known_ones = [name for name in reversed(headlines(self.case)) if name in self.outcomes]
        return (known_ones or self.outcomes)[0]

    @property
    def featured(self) -> str | None:
        """The policy that the report follows up: that with the largest clear effect, else the largest."""
        first = [*self.clear(self.headline), *self.ranked(self.headline)]
        return first[0] if first else None

    def outcome_in(self, study: xr.Dataset) -> str:
        """The outcome of a further study that the report shows: the headline, or the study's first."""
        return self.headline if self.headline in study["outcome"].values else str(study["outcome"].values[0])

    @property
    def sponsors(self) -> dict[str, str]:
        """Sponsors whose vendors' dependence is reported, and how each is spoken of."""
        return {s: adjective(s) for s in self.case.sponsors if f"dependence_{s}" in self.outcomes}

    def ranked(self, outcome: str) -> list[str]:
        """Policies by the size of their mean effect in the last year, largest first; undefined ones last."""
        size = {s: abs(self.effect(s, outcome).mean) for s in self.policies}
        return sorted(self.policies, key=lambda s: -size[s] if np.isfinite(size[s]) else np.inf)

    def ranked_in(self, study: xr.Dataset) -> list[str]:
        """Those of them that a study holds, by their effect on the headline."""
        return known(self.ranked(self.headline), study, "scenario")

    def clear(self, outcome: str) -> list[str]:
        """The policies among them of which a direction may be claimed."""
        return [s for s in self.ranked(outcome) if self.finding(s, outcome).clear]

    # --- findings ---

    def paid(self, policy: str, outcome: str, year: int | None = None) -> Finding:
        """The same, with who pays for it."""
        return self.finding(policy, outcome, year)._replace(payers=self.payers(policy))

    def standing(self, outcome: str, year: int | None = None) -> Finding:
        """Where the baseline stands, and how far its runs differ."""
        found = self.level(self.baseline, outcome, year)
        kind = futures_or_runs(self.effects)
        return Finding.of(found, self.unit(outcome), kind, within(self.label(outcome)))

    @property
    def actor(self) -> Actor:
        """Who asks what a policy costs: their public money and their buyers' money count as theirs."""
        study = self.study("public_cost")
        name = WORLD if study is None else str(study.attrs.get("actor", WORLD))
        return Actor(name, name, name)

    def payers(self, policy: str) -> tuple[Finding, ...] | None:
        """What the actor pays beyond the baseline until the last year, and what others pay, who stand apart.

        None if that was not examined.
        """
        study = self.study("public_cost")
        if study is None or ACTOR not in study["payer"].values:
            return None
        actor, others = self.actor, self.sums(study, policy, apart=True)
        mine = {ACTOR: self.bill(study, policy, ACTOR)}
        named = mine | others
        said = {p: actor.title if p == ACTOR else spoken_payer(p) for p in named}
        return tuple(
            found._replace(what=f"{said[p]} {'pay' if p in PLURAL else 'pays'}") for p, found in named.items()
        )

    def sums(self, study: xr.Dataset, policy: str, *, apart: bool = False) -> dict[str, Finding]:
        """What each payer clearly pays, largest first, and worth naming beside the most.

        apart  whether those who pay the actor's money are left out, and buyers are those of others
        """
        everybody = [p for p in map(str, study["payer"].values) if p not in TOGETHER]
        mine = (self.actor.sponsor, ADOPTERS) if apart else (OTHER_BUYERS,)
        all_mine = apart and self.actor.name == WORLD
        bills = {p: self.bill(study, policy, p) for p in everybody if p not in mine and not all_mine}
        clear = {payer: each for payer, each in bills.items() if each.clear}
        least = max(WORTH_NAMING, 0.01 * max((abs(each.size) for each in clear.values()), default=0.0))
        named = {payer: each for payer, each in clear.items() if abs(each.size) >= least}
        return dict(sorted(named.items(), key=lambda each: -abs(each[1].size)))

    def bill(self, study: xr.Dataset, policy: str, payer: str, year: int | None = None) -> Finding:
        """What a policy costs a payer in all, until a year."""
        return read(study, USD_BN, scenario=policy, item="total", payer=payer, year=year or self.last)

    def payer_head(self, payer: str) -> str:
        """What a payer is called at the head of a column."""
        return opening(f"{self.actor.title} with its buyers" if payer == ACTOR else payer_name(payer))

    def payers_shown(self, study: xr.Dataset) -> list[str]:
        """Payers that a table of all policies must show, so that its columns add up.

        The actor with its buyers; the sponsors compared, every other state that the bill of a policy names,
        governments together, operators and users.
        """
        named = {payer for policy in self.ranked_in(study) for payer in self.sums(study, policy)}
        others = [p for p in map(str, study["payer"].values) if p in named - {*self.sponsors, ADOPTERS}]
        return known([ACTOR, *self.sponsors, *others, GOVERNMENTS, ADOPTERS], study, "payer")

    def price(self, surplus: Finding) -> Finding:
        """A gain of buyers, in utility, as the change of price felt alike, per cent: a gain is a fall."""
        return surplus.scaled(-100 / self.price_weight, PRICE)

    @property
    def price_weight(self) -> float:
        """Utility of a log point of price, by which utility becomes a price."""
        default = declarations()["price_weight"].default
        value = self.effects.attrs.get("price_weight", self.parameters.get("price_weight", default))
        return float(np.mean(value))  # one value, the mean of what was drawn, or one of each run

    def loses(self, policy: str) -> str:
        """Vendors that sell less, and groups whose adopters are worse off, clearly."""
        study = self.study("by_group")
        if study is None:
            return "not examined"
        at: dict[str, Any] = {"scenario": policy, "year": self.last}
        said = []
        for sponsor, word in self.sponsors.items():
            sales = read(study, measure=f"sales_{sponsor}", group="world", **at)
            if sales.clear and sales.size < 0:
                said.append(f"{word} vendors ({sales.signed} points of the world's sales)")
        worse = []
        for group in known(LOSERS, study, "group"):
            surplus = read(study, UTILITY, measure="surplus", group=group, **at)
            if surplus.clear and surplus.size < 0:
                place = "the EU" if group == "EU" else group_name(group)
                worse.append(f"{place} ({felt(self.price(surplus))})")
        said += [f"buyers, as if prices rose, in {listed(worse)}"] if worse else []
        return listed(said) if said else "nobody clearly"


UTILITY = unit_of("utility")


def unit_in(study: xr.Dataset, outcome: str, axis: str = "outcome") -> Unit:
    """The unit in which an outcome or a measure of a study is shown."""
    return unit_of(str(study[f"{axis}_unit"].sel({axis: outcome}).item()))


def known(names: Sequence[str], study: xr.Dataset, axis: str) -> list[str]:
    """Those of the names that a study's axis holds, in the order of the names."""
    labels = {str(value) for value in study[axis].values}
    return [name for name in names if name in labels]


def payer_name(payer: str) -> str:
    """What a payer is called."""
    return PLURAL.get(payer) or spoken_actor(payer).removeprefix("the ")


def spoken_payer(payer: str) -> str:
    """The same within a sentence: 'the EU', 'China', 'operators and users elsewhere'."""
    return PLURAL.get(payer) or spoken_actor(payer)


def felt(price: Finding) -> str:
    """The size of a change of price."""
    return percent(abs(price.size), two_digits(price.size) if price.size else 1)
