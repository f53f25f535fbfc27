"""Tastes against state dependence: retention alone does not tell them apart, responses do (E4)."""

import numpy as np
import pytest
from scipy.special import expit, ndtr
from scipy.special import logit as log_odds
from theory import exact
from theory.runs import on, played

import lockin_sim as ls
from lockin_sim.common.draws import Draws
from lockin_sim.model.start import operator_taste


def choices(case, n, years, start, *, gap=0.0, key="", engine="core", **weights):
    """Vendor of each country by year.  (year, country)."""
    world = ls.toy_world(n, 2, installed=on(start, n, 2), quality=np.array([gap, 0.0]))
    ds = played(world, years, case.seed(key), engine=engine, record="incumbent", **weights)
    return ds.incumbent.values[0]


def code(who):
    """Number of the pattern of choices from year 1 on, first year first, 1 for the first vendor."""
    digits = (who[1:] == 0).astype(int)
    return digits.T @ (1 << np.arange(len(digits))[::-1])


CASES = [
    ("core", 10_000, 0.8, 0.0, 0.0, "taste_country"),
    ("core", 10_000, 1.3, 0.0, 0.4, "taste_operator"),
    ("core", 10_000, 0.9, 1.6, 0.3, "taste_country"),
    ("mesa", 100, 1.3, 1.0, 0.0, "taste_operator"),
]


@pytest.mark.parametrize(("engine", "n", "sd", "s", "gap", "whose"), CASES)
def test_e4_choices_of_those_who_have_tastes(case, engine, n, sd, s, gap, whose):
    """Three years of choices with a lasting taste of sd sigma for each vendor: a law by quadrature."""
    years = 3
    weights = {whose: sd, "switching_cost": s}
    who = choices(case, n, years, 1, gap=gap, engine=engine, **weights)
    law = exact.patterns_of_choices(gap, s, sd, years)
    case.counts(
        f"patterns of {years} choices, sigma = {sd}, s = {s}", law, np.bincount(code(who), minlength=2**years)
    )


@pytest.mark.parametrize("sd", [0.8, 1.6])
def test_e4_retention_does_not_identify_switching_costs(case, sd):
    """Tastes of sd sigma retain as many as a switching cost s* does; what they answer to an imposed
    incumbent tells them apart: nothing is left of it after one renewal, or lambda_2."""
    n = 10_000

    def loyalty(taste):
        p = float(expit(taste))
        return np.array([p**2 + (1 - p) ** 2, p**3 + (1 - p) ** 3])

    twice, thrice = exact.expected(loyalty, np.sqrt(2) * sd)
    cost = float(log_odds(twice))
    tastes = choices(case, n, 4, np.arange(n) % 2, key="tastes", taste_country=sd)
    costs = choices(case, n, 4, np.arange(n) % 2, key="costs", switching_cost=cost)
    for name, who in (("tastes", tastes), ("switching costs", costs)):
        case.proportion(f"retention by {name}, sigma = {sd} or s* = {cost:.3f}", twice, who[3] == who[2])
    # among those who stayed once, tastes have the loyal, state dependence has no memory
    for name, who, again in (("tastes", tastes, thrice / twice), ("switching costs", costs, twice)):
        stayed = who[3] == who[2]
        case.proportion(f"stay again by {name}, sigma = {sd}", again, (who[4] == who[3])[stayed])
    for name, who, stay in (("tastes", tastes, 0.5), ("switching costs", costs, float(twice))):
        case.proportion(f"keep what was imposed, by {name}, sigma = {sd}", stay, who[1] == who[0])


@pytest.mark.parametrize(("country", "operator"), [(1.0, 0.0), (0.0, 1.4), (1.2, 0.9)])
def test_e4_lots_of_a_country_share_its_taste_and_have_operators_of_their_own(case, country, operator):
    """Two operators of one country agree by what they share: a quadrature within a quadrature."""
    n = 10_000
    ds = case.played(
        ls.toy_world(n, 2, lots=2),
        1,
        record="incumbent",
        taste_country=country,
        taste_operator=operator,
    )
    who = ds.incumbent.values[0, 1].reshape(n, 2)

    def of_country(taste):
        p = exact.expected(lambda own: np.array(expit(taste + own)), np.sqrt(2) * operator, 60)
        return np.array(p**2 + (1 - p) ** 2)

    agree = float(exact.expected(of_country, np.sqrt(2) * country, 60))
    case.proportion(f"agree, sigma = {country} and {operator}", agree, who[:, 0] == who[:, 1])
    case.proportion("lots on vendor 1", 0.5, who[:, 0] == 0)


@pytest.mark.parametrize("persistence", [0.0, 0.4, 0.7, 1.0])
def test_e4_tastes_drift_from_one_generation_to_the_next(case, persistence):
    """Tastes are as spread as before, and correlated by rho a generation: of two standard normal numbers
    1/2 + asin(rho) / pi have one sign."""
    n, sd = 10_000, 1.3
    world = ls.toy_world(n, 1, buyer="operator")
    p = ls.Parameters.neutral(taste_operator=sd, taste_persistence=persistence)
    draws = Draws(case.seed(), [0])
    tastes = [operator_taste(world, draws, p, np.full((1, n), g))[0, :, 0] for g in (-1, 0, 1)]
    for g, taste in enumerate(tastes):
        after, alike = f"after {g} generations, rho = {persistence}", 0.5 + np.arcsin(persistence**g) / np.pi
        case.proportion(f"below 1 sd {after}", ndtr(1.0), taste < sd)
        case.proportion(f"of one sign {after}", alike, tastes[0] * taste > 0)
    np.testing.assert_array_equal(tastes[0], operator_taste(world, draws, p)[0, :, 0])
    if persistence == 1:
        np.testing.assert_array_equal(tastes[0], tastes[2])
