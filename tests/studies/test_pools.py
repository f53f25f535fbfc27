"""Histories of draws: chosen from the pool of each draw, resumed, and taken by futures."""

import numpy as np

import lockin_sim as ls
from lockin_sim import histories
from lockin_sim.ensemble import history_of
from lockin_sim.histories import CONDITIONED, PRIOR, called
from lockin_sim.parameters import Parameters
from lockin_sim.record.facts import WIDTHS, networks_of
from lockin_sim.record.questions import View, answers
from lockin_sim.runs import jobs
from lockin_sim.studies.futures import futures_of
from lockin_sim.studies.pools import pools, with_histories

FACTS = networks_of(ls.load_world(), {"DEU": 0.9, "HUN": 0.1})
ASKED = tuple(fact.question for fact in FACTS)


def test_each_draw_has_histories_from_a_pool_of_its_own():
    """Of the economies asked about the nearest runs; all others have the luck of the run of that number."""
    world, values = ls.load_world(), Parameters(switching_cost=np.array([0.5, 6.0]))
    found = pools(world, values, FACTS, draws=2, pool=6, alternatives=3, workers=1)
    assert (found.dims, found.shape) == (("draw", "which", "country"), (2, 3, 199))
    assert (found.attrs["pool"], found.attrs["last_year"]) == (6, world.case.years.present)
    kenya = found.sel(country="KEN").values
    np.testing.assert_array_equal(kenya, [[0, 1, 2]] * 2)
    scoped = histories.grouped(world, FACTS)
    for draw in (0, 1):
        ds = ls.simulate(
            world=scoped, runs=range(draw * 6, draw * 6 + 6), seed=histories.SEED, years=(2010, 2020),
            parameters={"switching_cost": np.repeat([0.5, 6.0], 6)}, record=histories.RECORD,
        )  # fmt: skip
        share = answers(View(ds, scoped), ASKED)
        for column, fact in enumerate(FACTS):
            off = np.square((share[:, column] - fact.recorded) / WIDTHS["networks"])
            weight = np.exp(-0.5 * (off - off.min()))
            assert (weight[found[draw].sel(country=fact.question.place).values] > 1e-3 / 6).all()


def test_pools_are_resumed(tmp_path, monkeypatch):
    world = ls.load_world()

    def made():
        with ls.running(store=tmp_path / "kept", resume=True):
            return pools(world, Parameters(), FACTS, draws=1, pool=4, alternatives=2, workers=1).values

    first = made()
    monkeypatch.setattr(jobs.CaseJob, "compute", None)  # nothing is left to compute
    np.testing.assert_array_equal(made(), first)


def test_a_world_without_a_record_leaves_a_posterior_as_it_is():
    posterior = ls.open_results("bundled")
    assert with_histories(posterior, world=ls.toy_world(4, 3), parameters=Parameters()) is posterior


def test_a_future_has_the_histories_of_its_draw():
    world, posterior = ls.load_world(), ls.open_results("bundled")
    found = futures_of(
        None, 3, method=None, alternatives=None, posterior=posterior, given=None, seed=1
    )  # fmt: skip
    luck = found.history(CONDITIONED, world, 2)
    draws = np.repeat(found.draws, 2)
    expected = history_of(posterior, draws, np.array([0, 1] * 3), world.countries)
    assert expected is not None
    np.testing.assert_array_equal(luck.numbers, expected.numbers)
    assert found.history(PRIOR, world, 2) == PRIOR
    bare = futures_of(
        None, 3, method=None, alternatives=None, posterior=posterior.drop_vars("history"), given=None, seed=1
    )
    assert bare.history(CONDITIONED, world, 2) == CONDITIONED
    ds = ls.futures("open_ran", n=2, runs=1, year=2027, workers=1)
    assert set(ds["history"].values) == {called(expected)}  # a row for each run


def test_shares_of_ones_own_are_met_from_a_pool(monkeypatch):
    monkeypatch.setattr(histories, "POOL", 64)
    world = histories.grouped(ls.load_world(), FACTS)
    ds = ls.simulate(
        world=world, runs=6, seed=3, years=(2010, 2020), record=histories.RECORD,
        history={"DEU": 0.9, "HUN": 0.1},
    )  # fmt: skip
    german, hungarian = answers(View(ds, world), ASKED).mean(axis=0)
    assert german > 0.75
    assert hungarian < 0.25
