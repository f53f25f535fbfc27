"""Systems and families of rules, each adopted apart from the others (E1)."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit
from theory.runs import played, sponsored, with_now

import lockin_sim as ls

ENGINES = ("core", "mesa")
U = np.array([0.4, -0.7, 1.5])


def adopters_world(n, adopted, *, quality=U, **world):
    start = np.broadcast_to(np.asarray(adopted, dtype=float), (n, 1, 3)).copy()
    toy = ls.toy_world(n, 3, buyer="adopters", quality=np.asarray(quality), **world)
    return dataclasses.replace(toy, facts={"adoption": start.swapaxes(0, 1)})


def of_laws(n, rate, *, quality=U):
    """A world of laws: three families of rules, adopted at a rate each."""
    world = dataclasses.replace(adopters_world(n, 0.0, quality=quality), enacted=np.ones(1, dtype=bool))
    return with_now(world, adoption_rate=np.full((1, 3), rate))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("lifetime", "start"), [(4.0, (0.1, 0.9, 0.5)), (1.0, (0.0, 0.3, 1.0))])
def test_e1_adoption_goes_to_its_logistic_a_lifetime_th_a_year(case, engine, lifetime, start):
    """a(t) = Lambda + (a(0) - Lambda) (1 - 1/L)^t for each system: they do not share a market."""
    years = 12
    world = adopters_world(2, start, lifetime=lifetime)
    ds = case.played(world, years, engine=engine, record=("adoption", "installed"))
    left = (1 - 1 / lifetime) ** np.arange(years + 1)[:, None]
    expected = expit(U) + (np.array(start) - expit(U)) * left
    found = ds.adoption.values[0, :, 0, 0]
    case.exactly(f"adoption of system 1 in year {years}", expected[-1, 0], found[-1, 0], absolute=1e-12)
    case.exactly("largest error of any", 0.0, np.abs(found - expected).max(), absolute=1e-12)
    parts = expected / expected.sum(axis=-1, keepdims=True)
    gap = float(np.abs(ds.installed.values[0, :, 0, 0] - parts).max())
    case.exactly("largest error of a part of all adoptions", 0.0, gap, absolute=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("laws", [False, True])
def test_e1_one_adoption_does_not_know_of_another(case, engine, laws):
    """With a better third system, the first two are adopted as before, to the bit."""
    n, other, seed = 40, U + np.array([0.0, 0.0, 2.0]), case.seed()
    one, two = (
        played(
            of_laws(n, 0.3, quality=u) if laws else adopters_world(n, 0.2, quality=u, lifetime=3.0),
            6, seed, engine=engine, record="adoption", taste_country=0.6,
        ).adoption.values[0, :, :, 0]
        for u in (U, other)
    )  # fmt: skip
    case.exactly("numbers of systems 1 and 2 that differ", 0.0, (one[..., :2] != two[..., :2]).sum())
    more = (two[..., 2] >= one[..., 2]).all() and (two[..., 2] > one[..., 2]).any()
    case.exactly("the third is adopted more", 1.0, more)


@pytest.mark.parametrize(
    ("engine", "n", "rate"), [("core", 10_000, 0.1), ("core", 10_000, 0.4), ("mesa", 80, 0.4)]
)
def test_e1_laws_are_passed_at_their_hazard_and_stay(case, engine, n, rate):
    """P(in force by year t) = 1 - exp(-2 h Lambda(u) t); none is repealed."""
    years = 4
    ds = case.played(of_laws(n, rate), years, engine=engine, record="adoption")
    law = ds.adoption.values[0, :, :, 0]
    for family in range(3):
        for t in (1, years):
            chance = 1 - np.exp(-2 * rate * t * expit(U[family]))
            case.proportion(f"family {family + 1} by year {t}, h = {rate}", chance, law[t, :, family] > 0)
    case.exactly("laws repealed", 0.0, (np.diff(law, axis=0) < 0).sum())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("laws", [False, True])
def test_e1_an_own_jurisdiction_is_never_left(case, engine, laws):
    """However bad and however distrusted, a sponsor's system is whole at home, from the first year on."""
    n, worst = 6, np.array([-30.0, 0.0, 0.0])
    world = of_laws(n, 0.2, quality=worst) if laws else adopters_world(n, 0.0, quality=worst, lifetime=2.0)
    world = sponsored(world, [0, 1, 1])
    home = np.zeros((n, 1), dtype=bool)
    home[:2] = True
    ordered = np.ones((n, 1), dtype=int)
    world = with_now(
        dataclasses.replace(world, home=home, sensitive=np.ones(1, dtype=bool)), restriction_order=ordered
    )
    ds = case.played(world, 8, engine=engine, record="adoption")
    own = ds.adoption.values[0, :, :, 0, 0]
    case.exactly("least adoption at home", 1.0, own[:, :2].min())
    case.exactly("most adoption abroad", 0.0, own[:, 2:].max())
