"""Searches of the real model: what it judges by, and a whole one, small."""

import importlib
from importlib.util import find_spec

import numpy as np
import pytest
from search.analytic import DRAWS

import lockin_sim as ls
from lockin_sim.comparisons.by_group import WORK, public_cost

goals_module = importlib.import_module("experiments.12_robust_packages.goals")
goals_of, record = goals_module.goals_of, goals_module.record
search_module = importlib.import_module("experiments.12_robust_packages.search")
Judged = search_module.Reduce

#: Not imported to find out: that takes seconds, also for who only collects tests.
pytestmark = pytest.mark.skipif(find_spec("ema_workbench") is None, reason="comes with the extra workbench")

YEARS = (2010, 2016)


def test_goals_of_runs_are_the_numbers_of_a_comparison():
    """What a search judges by is what reports show: the same studies, the same runs; one domain at a time."""
    world = ls.load_world()
    goals = tuple(goals_of(world.case))
    how = {"years": YEARS, "runs": 2, "seed": 3}
    ds = ls.simulate("baseline", record=record(goals, world), **how)
    found = Judged(goals)(ds, world)["goals"].mean(axis=0)
    cost = public_cost("baseline", workers=1, **how)["level"].isel(scenario=0)
    levels = ls.compare("baseline", maps=False, workers=1, **how)["level"].isel(scenario=0)
    expected = [
        *(levels.sel(outcome=goal.outcome, year=2016, statistic="mean") for goal in goals[:2]),
        (cost.sel(item="total") - cost.sel(item=WORK)).sel(payer="governments", year=2016),  # work is free
    ]
    np.testing.assert_allclose(found, [float(value) for value in expected], rtol=1e-12)


def test_a_search_of_the_real_model():
    """Restrictions of the whole Union take its dependence, at no public cost; loans cost."""
    levers = ("restriction[EU].mode=national|coordinated", "export_finance[EU].envelope=2.5:32.5")
    ds = search_module.search(
        levers, budget=12, generation=12, draws=2, fresh=4, seed=2, workers=1,
        years=(2010, 2026), start=2021, review=2023, posterior=DRAWS,
    )  # fmt: skip
    restricts = (ds["setting"].sel(decision="restriction[EU].mode") == "coordinated").values
    spends = ds["at"].sel(decision="export_finance[EU].envelope").values
    assert (ds["effect"].sel(goal="eu_dependence").values[restricts] < -0.01).all()
    order = np.argsort(spends)
    cost = ds["effect"].sel(goal="public_cost").values
    assert cost[order[-1]] - cost[order[0]] > 1.0
