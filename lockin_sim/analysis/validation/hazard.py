"""The rule of restrictions, fitted anew without the economies that it is then asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import xlog1py, xlogy

from lockin_sim.analysis.validation.learned import REPEATS, folds
from lockin_sim.conventions import Bools, Floats
from lockin_sim.parameters import Parameters
from lockin_sim.rules.restriction import readiness, restriction_probability
from lockin_sim.rules.utility import salience_now
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.world import World
from lockin_sim.world.tables import Table

#: Weights of the rule that are fitted, where the fit begins, and bounds; other weights of it are off.
FITTED = ("restriction_rate", "restriction_intercept", "restriction_concern", "restriction_votes")
START, LOW, HIGH = (1.0, -3.0, 3.0, 0.5), (0.01, -15.0, -15.0, -5.0), (10.0, 15.0, 15.0, 5.0)

#: How far weights may lie from nothing, the rate from one: so weak that it decides only where a fold's record
#: is silent.
AROUND = (1.0, 0.0, 0.0, 0.0)
SPREAD = (1.0, 10.0, 10.0, 10.0)

_LEAST = 1e-9


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

    concern: Floats  # (economy,)
    votes: Floats  # (economy,)
    salience: Floats  # (year, 1)

    def yearly(self, weights: Floats) -> Floats:
        """Chance to begin in a year (R1).  (year, economy)."""
        named = dict(zip(FITTED, weights.tolist(), strict=True))
        rate = named.pop("restriction_rate")
        ready = readiness(
            self.concern, self.votes, 0.0, _NOTHING, _NOTHING, restriction_alliance=0.0,
            restriction_dependence=0.0, **named,
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
    h, here = world.sponsors.index(CHINA), [world.countries.index(name) for name in names]
    passed = np.maximum(years - world.salience_until[h], 0)
    recorded = world.conditions.of("salience", years)[:, h]
    salience = salience_now(recorded, passed, Parameters().salience_fading)
    return Rule(world.concern[here, h], world.rival_votes[here, h], salience[:, None])


def chances(world: World, names: Sequence[str], years: Sequence[int], record: Dated) -> dict[int, Floats]:
    """Chance that each economy restricts by some years, by a rule that never saw it.  (economy,) by year.

    record  what may be learned from; economies in it are forecast from other parts of it, by
            :func:`.folds`, and others from all of it
    """
    found: dict[int, Floats] = {year: np.zeros(len(names)) for year in years}
    for repeat in range(REPEATS):
        part = np.where(np.isin(names, record.names), folds(names, repeat), -1)
        of_record = folds(record.names, repeat)
        for fold in np.unique(part):
            train = of_record != fold
            mine = Dated(
                tuple(np.array(record.names)[train].tolist()), record.since[train], record.until[train]
            )
            weights = fit(world, mine)
            asked = part == fold
            chosen = [name for name, yes in zip(names, asked, strict=True) if yes]
            for year in years:
                found[year][asked] += rule_of(world, chosen, year).by_the_end(weights) / REPEATS
    return found


def fit(world: World, record: Dated) -> Floats:
    """The weights that make dated stances most likely, year by year (R1).  (weight,)."""
    last = int(record.until.max())
    years, rule = np.arange(world.first_year + 1, last + 1), rule_of(world, record.names, last)
    begun = years[:, None] >= np.where(np.isnan(record.since), np.inf, record.since)
    happened = years[:, None] == record.since
    counts = (years[:, None] <= record.until) & (~begun | happened)

    def loss(weights: Floats) -> float:
        """Minus the log likelihood of the record, and what pulls weights towards their prior."""
        p = np.clip(rule.yearly(weights), _LEAST, 1 - _LEAST)
        terms = np.where(happened, xlogy(1.0, p), xlog1py(1.0, -p))
        away = (weights - np.array(AROUND)) / SPREAD
        return float(0.5 * away @ away - terms[counts].sum())

    found = minimize(loss, START, method="L-BFGS-B", bounds=list(zip(LOW, HIGH, strict=True)))
    weights: Floats = found.x
    return weights
