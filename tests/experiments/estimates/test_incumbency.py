"""The mixed logit of main suppliers: against enumeration by hand, and on operators with known parameters."""

import numpy as np
import pytest

from experiments.estimates import suppliers
from experiments.estimates.suppliers import (
    RESTRICTION,
    SIZE,
    SPREAD,
    STAYING,
    STEPS,
    VENDORS,
    choices,
    covariance,
    fitted,
)  # fmt: skip
from lockin_sim.world.suppliers import Mains, Spell

NOBODY = frozenset()


def network(operator, generation, *vendors, iso3="FIN", restricted=False):
    mains = Mains(frozenset(vendors), 0.0, recalled=False)
    return Spell(iso3, operator, generation, 2000, mains, mains, restricted, False, True, 0)


def values(staying=(0.0, 0.0), restriction=0.0, spread=0.0):
    at = np.zeros(SIZE)
    at[STAYING], at[RESTRICTION], at[SPREAD] = staying, restriction, spread
    return at


def height(at, networks, barred=NOBODY):
    """The log likelihood, the wide prior of appeals and restriction taken off."""
    return -suppliers._loss(at, choices(networks, barred))[0] + at[RESTRICTION] ** 2 / 32


def test_without_tastes_it_is_a_logit():
    stay = np.e**2 / (np.e**2 + 4)
    mine = [network("A", g, v) for g, v in ((1, "nokia"), (2, "nokia"), (3, "zte"))]
    expected = np.log(1 / 5) + np.log(stay) + np.log((1 - stay) / 4)
    assert height(values((2.0, 2.0)), mine) == pytest.approx(expected)


def test_the_first_network_and_one_after_a_gap_have_no_known_incumbent():
    mine = [network("A", 1, "nokia"), network("A", 3, "nokia")]
    assert height(values((2.0, 2.0)), mine) == pytest.approx(2 * np.log(1 / 5))


def test_two_main_suppliers_are_all_paths_between_them():
    stay = np.e**2 / (np.e**2 + 4)
    mine = [network("A", 1, "nokia", "ericsson"), network("A", 2, "nokia")]
    expected = np.log(1 / 5 * stay + 1 / 5 * (1 - stay) / 4)
    assert height(values((2.0, 0.0)), mine) == pytest.approx(expected)


def test_a_swap_between_makes_the_last_the_incumbent():
    stay = np.e**2 / (np.e**2 + 4)
    first = network("A", 1, "nokia")._replace(last=Mains(frozenset({"zte"}), 0.0, recalled=False))
    mine = [first, network("A", 2, "zte")]
    assert height(values((2.0, 0.0)), mine) == pytest.approx(np.log(1 / 5) + np.log(stay))


def test_restricted_and_barred_vendors():
    mine = [network("A", 2, "nokia"), network("A", 3, "nokia", restricted=True)]
    hit = 1 / (3 + 2 * np.exp(-3.0))
    assert height(values(restriction=-3.0), mine) == pytest.approx(np.log(1 / 5) + np.log(hit))
    assert height(values(), mine, frozenset({"FIN"})) == pytest.approx(2 * np.log(1 / 3))


def test_the_quadrature_agrees_with_draws_of_tastes():
    mine = [network("A", g, v) for g, v in ((1, "nokia"), (2, "nokia"), (3, "huawei"))]
    at = values((1.0, 2.0), spread=1.5)
    utility = 1.5 * np.random.default_rng(5).normal(size=(400_000, 1, len(VENDORS)))
    utility = np.repeat(utility, STEPS, axis=1)
    utility[:, 1, 1] += 1.0
    utility[:, 2, 1] += 2.0
    chance = np.exp(utility) / np.exp(utility).sum(axis=-1, keepdims=True)
    mean = (chance[:, 0, 1] * chance[:, 1, 1] * chance[:, 2, 2]).mean()
    assert height(at, mine) == pytest.approx(np.log(mean), abs=0.03)


def drawn(n, staying, spread, seed):
    """Networks of operators with known parameters and equal appeals."""
    random, rows = np.random.default_rng(seed), []
    for operator in range(n):
        taste, now = spread * random.normal(size=len(VENDORS)), -1
        for generation in range(1, 1 + STEPS):
            utility = taste + random.gumbel(size=len(VENDORS))
            if now >= 0:
                utility[now] += staying[generation - 2]
            now = int(utility.argmax())
            rows.append(network(f"{operator:04}", generation, VENDORS[now], iso3="FIN"))
    return rows


@pytest.mark.parametrize(
    ("n", "staying", "spread"),
    [
        (800, (2.0, 1.0), 1.2),
        pytest.param(600, (0.0, 0.0), 2.0, marks=pytest.mark.slow),
        pytest.param(600, (2.0, 2.0), 0.0, marks=pytest.mark.slow),
    ],
)
def test_known_parameters_are_recovered(n, staying, spread):
    data = choices(drawn(n, staying, spread, seed=6), NOBODY)
    fit = fitted(data)
    error = np.sqrt(np.diag(covariance(fit.values, data)))
    assert np.abs(fit.values[STAYING] - staying).max() < 3.5 * error[STAYING].max()
    assert abs(fit.values[SPREAD] - spread) < max(3.5 * error[SPREAD], 0.3)  # flat at no spread
    assert error[STAYING].max() < 0.2 * np.sqrt(1500 / n)


def test_tastes_shared_in_an_economy_are_told_from_own_ones():
    random, rows = np.random.default_rng(8), []
    for economy in range(60):
        taste = 2.5 * random.normal(size=len(VENDORS))
        for operator in range(4):
            for generation in range(1, 1 + STEPS):
                vendor = VENDORS[int((taste + random.gumbel(size=len(VENDORS))).argmax())]
                rows.append(network(f"{operator}", generation, vendor, iso3=f"E{economy:02}"))
    own, shared = (fitted(choices(rows, NOBODY, by_economy=which)) for which in (False, True))
    assert shared.loss < own.loss - 20
    assert shared.values[SPREAD] == pytest.approx(2.5, abs=0.4)
