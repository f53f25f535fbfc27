"""What a comparison holds, read as a report needs it: findings in shown units, who pays and who loses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import unusable
from lockin_sim.findings import CHANCE, PERCENT, RUNS, Finding
from lockin_sim.parameters import declarations
from lockin_sim.reader import Reader, estimate, shown_years
from lockin_sim.studies.outcomes import headlines
from lockin_sim.wording import Unit, listed, percent, two_digits, unit_of, within
from lockin_sim.world.case import case_of
from lockin_sim.world.names import adjective, group_name, name_of

if TYPE_CHECKING:
    import xarray as xr

#: The study every report starts from, and what it must hold.
MAIN, NEEDED = "effects", ("level", "effect", "effect_low", "effect_high", "pairs_used")

#: How the names of studies of packages begin.
PACKAGE = "synergy_"

#: Least sum that is named, USD bn until the last year; nor is what is a hundredth of the largest.
WORTH_NAMING, USD_BN = 0.05, Unit(1.0, "USD bn", "USD bn", "USD bn")

#: Payers that are several, and what they are called.
PLURAL = {
    "adopters": "operators and users",
    "other_states": "other states",
    "governments": "governments together",
}

#: Payers that are called by their codes, after an article.
UNIONS = ("EU", "USA")

#: What a gain of buyers is called as a change of price, and its unit.
PRICE_FELT = "change of price felt by buyers, %"
PRICE = Unit(1.0, "%", "% of the price", "% of the price")

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
        first = [*self.distinct(self.headline), *self.ranked(self.headline)]
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

    def distinct(self, outcome: str) -> list[str]:
        """The policies among them whose interval excludes zero."""
        return [s for s in self.ranked(outcome) if self.effect(s, outcome).distinct]

    # --- findings ---

    def finding(self, policy: str, outcome: str, year: int | None = None) -> Finding:
        """What a policy changes, in the last year if none is given."""
        what = within(self.label(outcome))
        return Finding.of(self.effect(policy, outcome, year), self.unit(outcome), what=what)

    def paid(self, policy: str, outcome: str, year: int | None = None) -> Finding:
        """The same, with who pays for it."""
        return self.finding(policy, outcome, year)._replace(payers=self.payers(policy))

    def standing(self, outcome: str, year: int | None = None) -> Finding:
        """Where the baseline stands, and how far its runs differ."""
        found = self.level(self.baseline, outcome, year)
        return Finding.of(found, self.unit(outcome), RUNS, within(self.label(outcome)))

    def payers(self, policy: str) -> tuple[Finding, ...] | None:
        """What each payer pays beyond the baseline until the last year; None if that was not examined."""
        study = self.study("public_cost")
        if study is None:
            return None
        pays = []
        for payer, each in self.sums(study, policy).items():
            article, verb = "the " if payer in UNIONS else "", "pay" if payer in PLURAL else "pays"
            pays.append(each._replace(what=f"{article}{payer_name(payer)} {verb}"))
        return tuple(pays)

    def sums(self, study: xr.Dataset, policy: str) -> dict[str, Finding]:
        """What each payer pays, largest first: more than chance could, and worth naming beside the most."""
        bills = {payer: self.bill(study, policy, payer) for payer in _payers(study)}
        clear = {payer: each for payer, each in bills.items() if each.distinct}
        least = max(WORTH_NAMING, 0.01 * max((abs(each.size) for each in clear.values()), default=0.0))
        named = {payer: each for payer, each in clear.items() if abs(each.size) >= least}
        return dict(sorted(named.items(), key=lambda each: -abs(each[1].size)))

    def bill(self, study: xr.Dataset, policy: str, payer: str, year: int | None = None) -> Finding:
        """What a policy costs a payer in all, until a year."""
        return read(study, USD_BN, scenario=policy, item="total", payer=payer, year=year or self.last)

    def payers_shown(self, study: xr.Dataset) -> list[str]:
        """Payers that a table of all policies must show, so that its columns add up.

        The sponsors compared, every other state that the bill of a policy names, governments together,
        operators and users.
        """
        named = {payer for policy in self.ranked_in(study) for payer in self.sums(study, policy)}
        others = [p for p in _payers(study) if p in named and p not in {*self.sponsors, "adopters"}]
        return known([*self.sponsors, *others, "governments", "adopters"], study, "payer")

    def price(self, surplus: Finding) -> Finding:
        """A gain of buyers, in utility, as the change of price felt alike, per cent: a gain is a fall."""
        return surplus.scaled(-100 / self.price_weight, PRICE)

    @property
    def price_weight(self) -> float:
        """Utility of a log point of price, by which utility becomes a price."""
        default = declarations()["price_weight"].default
        return float(np.mean(self.parameters.get("price_weight", default)))  # one value, or one of each run

    def loses(self, policy: str) -> str:
        """Vendors that sell less, and groups whose adopters are worse off, beyond chance."""
        study = self.study("by_group")
        if study is None:
            return "not examined"
        at: dict[str, Any] = {"scenario": policy, "year": self.last}
        said = []
        for sponsor, word in self.sponsors.items():
            sales = read(study, measure=f"sales_{sponsor}", group="world", **at)
            if sales.distinct and sales.size < 0:
                said.append(f"{word} vendors ({sales.signed} points of the world's sales)")
        worse = []
        for group in known(LOSERS, study, "group"):
            surplus = read(study, UTILITY, measure="surplus", group=group, **at)
            if surplus.distinct and surplus.size < 0:
                place = "the EU" if group == "EU" else group_name(group)
                worse.append(f"{place} ({felt(self.price(surplus))})")
        said += [f"buyers, as if prices rose, in {listed(worse)}"] if worse else []
        return listed(said) if said else "nobody by more than chance could"


UTILITY = unit_of("utility")


def read(
    study: xr.Dataset, unit: Unit = PERCENT, stem: str = "effect", doubt: str = CHANCE, **at: Any
) -> Finding:
    """A number of a study with its range; undefined for a policy that the study leaves out."""
    return Finding.of(estimate(study, unit.factor, stem, **at), unit, doubt)


def unit_in(study: xr.Dataset, outcome: str, axis: str = "outcome") -> Unit:
    """The unit in which an outcome or a measure of a study is shown."""
    return unit_of(str(study[f"{axis}_unit"].sel({axis: outcome}).item()))


def known(names: Sequence[str], study: xr.Dataset, axis: str) -> list[str]:
    """Those of the names that a study's axis holds, in the order of the names."""
    labels = {str(value) for value in study[axis].values}
    return [name for name in names if name in labels]


def _payers(study: xr.Dataset) -> list[str]:
    """All who pay but the governments together."""
    return [p for p in map(str, study["payer"].values) if p != "governments"]


def payer_name(payer: str) -> str:
    """What a payer is called."""
    return PLURAL.get(payer) or (payer if payer in UNIONS else name_of("sponsor", payer))


def felt(price: Finding) -> str:
    """The size of a change of price."""
    return percent(abs(price.size), two_digits(price.size) if price.size else 1)
