"""The model's hazard of restricting Chinese network vendors, fitted to dated stances of states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import xlog1py, xlogy

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.rules.restriction import readiness, restriction_probability
from lockin_sim.rules.utility import salience_now
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World
from lockin_sim.world.schema import Table

#: Fitted weights of the rule, their starting values and bounds; all others are off.
FITTED = ("restriction_rate", "restriction_intercept", "restriction_concern", "restriction_votes")
START, LOW, HIGH = (1.0, -3.0, 3.0, 0.5), (0.01, -15.0, -15.0, -5.0), (10.0, 15.0, 15.0, 5.0)

#: Weak prior deviations of weights from zero, and of the rate from one, that matter only where the record is
#: silent.
AROUND = (1.0, 0.0, 0.0, 0.0)
SPREAD = (1.0, 10.0, 10.0, 10.0)

#: EU members that restricted in mid-2023 by the Commission's count, and its error.
MEMBERS, MEMBERS_ERROR, COUNTED_IN = 10.0, 1.5, 2023

_LEAST = 1e-9


class DatedStances(NamedTuple):
    """Dated stances of economies on restricting.

    names   (economy,), ISO3 codes
    since   (economy,), first year in which it restricts, NaN if not by the last year known
    until   (economy,), last year of which its stance is known
    """

    names: tuple[str, ...]
    since: Floats
    until: Floats


def select_dated_stances(table: Table, chosen: Bools) -> DatedStances:
    """Select the stances that are known of some economies.

    table   as :func:`.stances` gives it;  chosen  which rows.  (row,)
    """
    until = np.where(table["kind_2023"] != "", 2023, 2020)
    known = chosen & ((table["kind_2020"] != "") | (table["kind_2023"] != ""))
    return DatedStances(tuple(table["iso3"][known].tolist()), table["restricted_since"][known], until[known])


def build_hazard(world: World, names: Sequence[str], last: int) -> Callable[[Floats], Floats]:
    """Build the function that computes the yearly chance to start restricting (R1).  (year, economy)

    names  of the economies;  last  last year, the first is that after the world's first
    The function takes the weights of the rule, in the order of :data:`FITTED`.
    """
    years = np.arange(world.first_year + 1, last + 1)
    h, here = world.sponsors.index(world.case.sponsors[0]), [world.countries.index(name) for name in names]
    passed = np.maximum(years - world.salience_until[h], 0)
    recorded = world.conditions.of("salience", years)[:, h]
    salience = salience_now(recorded, passed, Parameters().salience_fading)[:, None]
    concern = np.stack([world.concern_in(int(year))[here, h] for year in years])
    votes, nothing = world.rival_votes[here, h], np.zeros(1)

    def yearly(weights: Floats) -> Floats:
        """Compute the chance of a start in each year at given weights, (year, economy)."""
        rate, intercept, of_concern, of_votes = weights.tolist()
        ready = readiness(
            concern,
            votes,
            0.0,
            nothing,
            nothing,
            restriction_intercept=intercept,
            restriction_concern=of_concern,
            restriction_votes=of_votes,
            restriction_alliance=0.0,
            restriction_dependence=0.0,
        )
        return restriction_probability(ready, salience, rate)

    return yearly


def combine_years(yearly: Floats) -> Floats:
    """Compute the chance of a start in any of the years.  (year, economy) to (economy,)."""
    return 1.0 - np.prod(1.0 - yearly, axis=0)


def build_restriction_loss(
    world: World, record: DatedStances, *, members: bool = False
) -> Callable[[Floats], float]:
    """Build the negative log likelihood of dated stances, year by year (R1), with the prior of weights.

    members  whether to match the count of restricting EU members
    Returns a function of the weights.
    """
    last = int(record.until.max())
    years, rule = np.arange(world.first_year + 1, last + 1), build_hazard(world, record.names, last)
    begun = years[:, None] >= np.where(np.isnan(record.since), np.inf, record.since)
    happened = years[:, None] == record.since
    # known years in which an economy might have begun
    counts = (years[:, None] <= record.until) & (~begun | happened)
    union = [c for c, there in zip(world.countries, world.groups["EU"].any(axis=0), strict=True) if there]
    counted = [build_hazard(world, union, year) for year in (COUNTED_IN, COUNTED_IN - 1) if members]

    def at(weights: Floats) -> float:
        """Compute the loss at given weights."""
        p = np.clip(rule(weights), _LEAST, 1 - _LEAST)
        terms = np.where(happened, xlogy(1.0, p), xlog1py(1.0, -p))
        away = (weights - np.array(AROUND)) / SPREAD
        height = 0.5 * away @ away - terms[counts].sum()
        if members:  # mid-year
            restricting = np.mean([combine_years(one(weights)).sum() for one in counted])
            height += 0.5 * ((restricting - MEMBERS) / MEMBERS_ERROR) ** 2
        return float(height)

    return at


def fit_restriction_weights(loss: Callable[[Floats], float]) -> Floats:
    """Fit the most probable weights, by minimising the loss within bounds, (weight,)."""
    result: Floats = minimize(loss, START, method="L-BFGS-B", bounds=list(zip(LOW, HIGH, strict=True))).x
    return result
