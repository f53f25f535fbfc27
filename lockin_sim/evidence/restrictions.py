"""How ready states were to restrict Chinese network vendors: the model's hazard, fitted to dated stances."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import xlog1py, xlogy

from lockin_sim.conventions import Bools, Floats
from lockin_sim.evidence.estimate import Estimate, row
from lockin_sim.parameters import Parameters
from lockin_sim.record.tables import no_question
from lockin_sim.rules.restriction import readiness, restriction_probability
from lockin_sim.rules.utility import salience_now
from lockin_sim.world import World
from lockin_sim.world.load import load
from lockin_sim.world.schema import Table, records

#: Weights of the rule that are fitted, where the fit begins, and bounds; other weights of it are off.
FITTED = ("restriction_rate", "restriction_intercept", "restriction_concern", "restriction_votes")
START, LOW, HIGH = (1.0, -3.0, 3.0, 0.5), (0.01, -15.0, -15.0, -5.0), (10.0, 15.0, 15.0, 5.0)

#: How far weights may lie from nothing, the rate from one: so weak that it decides only where a record is
#: silent.
AROUND = (1.0, 0.0, 0.0, 0.0)
SPREAD = (1.0, 10.0, 10.0, 10.0)

#: Members of the EU that restricted in the middle of 2023 by the count of the Commission, and its error.
MEMBERS, MEMBERS_ERROR, COUNTED_IN = 10.0, 1.5, 2023

_LEAST = 1e-9
_STEP = 1e-3

#: Half of an interval of 95 %, in standard errors.
_HALF = 1.96

_SILENT = (
    "why a state restricts: concern is read from alliances and disputes; on economies left out the rule is "
    "no better than votes in the UN alone"
)


class Dated(NamedTuple):
    """Dated stances of economies.

    names   (economy,), ISO3 codes
    since   (economy,), first year in which it restricts, NaN if not by the last year known
    until   (economy,), last year of which its stance is known
    """

    names: tuple[str, ...]
    since: Floats
    until: Floats


def dated(table: Table, chosen: Bools) -> Dated:
    """Stances of some rows of the record of networks."""
    until = np.where(table["status_2023"] != "", 2023, 2020)
    known = chosen & ((table["status_2020"] != "") | (table["status_2023"] != ""))
    return Dated(tuple(table["iso3"][known].tolist()), table["restricted_since"][known], until[known])


class Rule(NamedTuple):
    """What the rule of restrictions reads of economies, year by year."""

    concern: Floats  # (economy,) or (year, economy)
    votes: Floats  # (economy,)
    salience: Floats  # (year, 1)

    def yearly(self, weights: Floats) -> Floats:
        """Chance to begin in a year (R1).  (year, economy)."""
        rate, intercept, concern, votes = weights.tolist()
        ready = readiness(
            self.concern, self.votes, 0.0, _NOTHING, _NOTHING, restriction_intercept=intercept,
            restriction_concern=concern, restriction_votes=votes, restriction_alliance=0.0,
            restriction_dependence=0.0,
        )  # fmt: skip
        return restriction_probability(ready, self.salience, rate)

    def by_the_end(self, weights: Floats) -> Floats:
        """Chance to begin in any of the years.  (economy,)."""
        found: Floats = 1.0 - np.prod(1.0 - self.yearly(weights), axis=0)
        return found


_NOTHING = np.zeros(1)


def rule_of(world: World, names: Sequence[str], last: int) -> Rule:
    """What the rule reads up to a year."""
    years = np.arange(world.first_year + 1, last + 1)
    h, here = world.sponsors.index(world.case.sponsors[0]), [world.countries.index(name) for name in names]
    passed = np.maximum(years - world.salience_until[h], 0)
    recorded = world.conditions.of("salience", years)[:, h]
    salience = salience_now(recorded, passed, Parameters().salience_fading)
    concern = np.stack([world.concern_in(int(year))[here, h] for year in years])
    return Rule(concern, world.rival_votes[here, h], salience[:, None])


class Likelihood(NamedTuple):
    """What weights are judged by."""

    rule: Rule
    happened: Bools  # (year, economy)
    counts: Bools  # (year, economy), years in which an economy might have begun, as far as is known
    members: tuple[Rule, Rule] | None  # of the EU, until the year of its count and the one before

    def loss(self, weights: Floats) -> float:
        """Minus the log likelihood of the record, and what pulls weights towards their prior."""
        p = np.clip(self.rule.yearly(weights), _LEAST, 1 - _LEAST)
        terms = np.where(self.happened, xlogy(1.0, p), xlog1py(1.0, -p))
        away = (weights - np.array(AROUND)) / SPREAD
        found = 0.5 * away @ away - terms[self.counts].sum()
        if self.members is not None:
            found += 0.5 * ((self.restricting(weights) - MEMBERS) / MEMBERS_ERROR) ** 2
        return float(found)

    def restricting(self, weights: Floats) -> float:
        """Members of the EU that restrict in the middle of the year of the count."""
        return float(np.mean([rule.by_the_end(weights).sum() for rule in self.members or ()]))


def likelihood(world: World, record: Dated, *, members: bool = False) -> Likelihood:
    """Of dated stances, year by year (R1); with the count of the EU's members where that is said."""
    last = int(record.until.max())
    years = np.arange(world.first_year + 1, last + 1)
    begun = years[:, None] >= np.where(np.isnan(record.since), np.inf, record.since)
    happened = years[:, None] == record.since
    counts = (years[:, None] <= record.until) & (~begun | happened)
    union = [c for c, there in zip(world.countries, world.groups["EU"].any(axis=0), strict=True) if there]
    both = (rule_of(world, union, COUNTED_IN), rule_of(world, union, COUNTED_IN - 1)) if members else None
    return Likelihood(rule_of(world, record.names, last), happened, counts, both)


def fit(given: Likelihood) -> Floats:
    """The most probable weights.  (weight,)."""
    found = minimize(given.loss, START, method="L-BFGS-B", bounds=list(zip(LOW, HIGH, strict=True)))
    weights: Floats = found.x
    return weights


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """The four weights, by economies that may be fitted to and the EU's count; and without the count."""
    world, table = load(folder) if folder else _bundled(), records("networks_5g", folder)
    record = dated(table, ~no_question(world, table) & (table["split"] == "fit"))
    rows = []
    for members, role, words in ((True, "estimate", ""), (False, "check", ", without the EU's count")):
        given = likelihood(world, record, members=members)
        weights = fit(given)
        for name, value, error in zip(
            FITTED, weights.tolist(), _errors(given, weights).tolist(), strict=True
        ):
            rows.append(row(
                name.replace("_", " ") + words, (value, value - _HALF * error, value + _HALF * error),
                len(record.names), parameter=name if members else "", role=role,
                tables="networks_5g, affinity, disputes, countries, salience",
                method="survival likelihood of dated stances, weak priors; errors by its curvature",
                silent_on=_SILENT,
            ))  # fmt: skip
    return rows


@lru_cache(maxsize=1)
def _bundled() -> World:
    """The world of the bundled tables."""
    return load()


def _errors(given: Likelihood, weights: Floats) -> Floats:
    """Standard errors by the curvature of the loss.  (weight,)."""
    steps = _STEP * np.eye(len(weights))

    def at(one: Floats, other: Floats) -> float:
        """Its mixed second difference."""
        signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        return sum(a * b * given.loss(weights + a * one + b * other) for a, b in signs) / (4 * _STEP**2)

    return np.sqrt(np.diag(np.linalg.inv([[at(one, other) for other in steps] for one in steps])))
