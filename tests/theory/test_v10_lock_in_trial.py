"""The trial of lock-in: what is left of a toss is what the chain of one buyer with a contract leaves."""

import numpy as np
import pytest
from theory import exact, regions

import lockin_sim as ls

AFTER = (1, 3, 8)


def toy(n, lifetime, **more):
    return ls.toy_world(n, 2, lifetime=lifetime, **more)


def tossed(world, seed, runs=4, engine="core", switching_cost=2.0, vendors=("vendor_0", "vendor_1"), **how):
    """A trial of all economies of a toy world; parameters beside the switching cost are neutral."""
    parameters = ls.Parameters.neutral(switching_cost=switching_cost, **how.pop("parameters", {}))
    usual = {
        "places": ["world"], "domain": "domain_0", "year": 2, "after": AFTER, "years": (0, 12),
        "workers": 1, "progress": False,
    }  # fmt: skip
    with ls.running(engine=engine):
        return ls.lock_in(
            world=world, parameters=parameters, seed=seed, runs=runs, vendors=vendors, **usual | how
        )


def decay(cost, lifetime, years):
    """What is left of a difference: each contract that ends keeps the second eigenvalue of the chain."""
    kept = exact.second_eigenvalue(exact.switching_chain([0.0, 0.0], cost))
    return (1 - (1 - kept) / lifetime) ** years


#: The compiled engine has code of its own for two vendors; that it gives the same is in tests/studies.
@pytest.mark.parametrize("engine", ["core", pytest.param("fast", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("cost", "lifetime"), [(2.0, 4.0), (0.7, 2.0)])
def test_v10_trial_leaves_what_the_chain_of_one_buyer_leaves(case, engine, cost, lifetime):
    """A contract ends with chance 1/L and then keeps tanh(s/2) of a difference; without the cost nothing."""
    n, runs = 1_500, 4
    how = {"engine": engine, "runs": runs, "switching_cost": cost}
    ds = tossed(toy(n, lifetime), case.seed(), without=("nothing", "switching_cost"), **how)
    for without, s in (("nothing", cost), ("switching_cost", 0.0)):
        for years in AFTER:
            expected = decay(s, lifetime, years)
            measured = ds.left.sel(without=without, place="world", after=years) / 100
            case.check(
                f"left after {years} years, s = {s}, L = {lifetime}",
                expected,
                measured,
                regions.binomial(expected, n * runs),
                n * runs,
            )
    half = np.log(0.5) / np.log(decay(cost, lifetime, 1))
    if half < AFTER[-1] - 1:
        assert ds.half_life.values[0, 0] == pytest.approx(half, abs=0.5)


def test_v10_trial_leaves_nothing_without_cost_tastes_pulls_and_contracts(case):
    """Contracts of one year and no other memory: both sides of the coin choose alike in the next year."""
    ds = tossed(toy(50, 1.0), case.seed(), switching_cost=0.0, parameters={"taste_operator": 0.0})
    assert np.all(ds.left == 0)
    causes = tossed(
        toy(50, 1.0), case.seed(), switching_cost=3.0, without=("nothing", "all"),
        parameters={"taste_operator": 1.0, "taste_country": 1.0, "network_weight": 1.0},
    )  # fmt: skip
    assert np.all(causes.left.sel(without="all") == 0)
    assert np.all(causes.left.sel(without="nothing", after=1) > 20)


def test_v10_trial_does_not_depend_on_which_vendor_is_named_first(case):
    """What is lost by one of two vendors is gained by the other, run by run."""
    pulls = {"network_weight": 0.8, "taste_operator": 1.0, "taste_country": 0.5, "quality_weight": 1.0}
    world = toy(30, 3.0, quality=np.array([0.6, 0.0]))
    how = {"places": ["C3", "world"], "parameters": pulls, "without": ("nothing", "tastes", "others")}
    one = tossed(world, case.seed(), **how)
    other = tossed(world, case.seed(), vendors=("vendor_1", "vendor_0"), **how)
    for name in ("left", "left_low", "left_high", "all_at_once", "half_life"):
        np.testing.assert_allclose(other[name], one[name], atol=1e-9)
    assert 0 < float(one.left.sel(without="nothing", place="world", after=8)) < 100


def test_v10_intervals_over_draws_hold_what_was_planted(case):
    """Costs differ between draws: 95 % intervals hold the mean over all draws, in nine of ten trials."""
    costs, lifetime, trials, runs = np.array([0.0, 1.0, 4.0]), 2.0, 24, 12
    truth = 100 * np.mean([decay(s, lifetime, 3) for s in costs])
    hits = []
    for trial in range(trials):
        planted = case.rng.choice(costs, runs)
        ds = tossed(
            toy(25, lifetime), case.seed(trial), runs=runs, switching_cost=planted, after=(3,),
            without="nothing",
        )  # fmt: skip
        low, high = (float(ds[name].squeeze()) for name in ("left_low", "left_high"))
        hits.append(low <= truth <= high)
    assert sum(hits) >= 0.85 * trials
