"""Which luck the scenarios of a comparison have: all the same, whether they change the past or not."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.compare import tabulate_effects
from lockin_sim.comparisons.trial import has_prior_history
from lockin_sim.evidence.history_pools import build_history_pools
from lockin_sim.record import histories
from lockin_sim.record.facts import WIDTHS, build_given_share_facts
from lockin_sim.record.questions import RunView, answer_questions
from lockin_sim.runs import jobs
from lockin_sim.settings.parameters import Parameters

TOGETHER = {"runs": 2, "seed": 3, "years": (2010, 2027), "workers": 1, "maps": False}


@pytest.fixture(scope="module")
def compared(real_world):
    names = ["open_ran", "no_dsr"]
    return {kind: ls.compare(names, world=real_world, history=kind, **TOGETHER) for kind in histories.KINDS}


def test_a_policy_does_nothing_before_it_begins_whatever_is_compared_beside_it(compared):
    for found in compared.values():
        effect = found.effect.sel(scenario="open_ran")
        assert (effect.sel(year=slice(None, 2025)).fillna(0.0) == 0).all()
        assert (effect.sel(year=slice(2026, None)) != 0).any()


def test_datasets_tables_and_words_say_which(compared, tmp_path):
    mixed, prior = compared["conditioned"], compared["prior"]
    assert mixed.history.values.tolist() == ["conditioned"] * 3
    assert prior.history.values.tolist() == ["prior"] * 3
    assert mixed.scenario_thought_experiment.values.tolist() == [False, False, True]
    assert mixed.scenario_yardstick.values.tolist() == [False, False, True]
    said = tabulate_effects(mixed).set_index("scenario")["history"].to_dict()
    assert said == {"open_ran": "conditioned", "no_dsr": "conditioned"}
    assert "No Digital Silk Road (thought experiment)" in str(ls.summary(mixed))
    assert has_prior_history(prior)
    assert not has_prior_history(mixed)


# --- histories of draws ---


FACTS = build_given_share_facts(ls.load_world(), {"DEU": 0.9, "HUN": 0.1})
ASKED = tuple(fact.question for fact in FACTS)


def test_each_draw_has_histories_from_a_pool_of_its_own():
    """Of the economies asked about the nearest runs; all others have the luck of the run of that number."""
    world, values = ls.load_world(), Parameters(switching_cost=np.array([0.5, 6.0]))
    found = build_history_pools(world, values, FACTS, draws=2, pool=6, alternatives=3, workers=1)
    assert (found.dims, found.shape) == (("draw", "which", "country"), (2, 3, 199))
    assert (found.attrs["pool"], found.attrs["last_year"]) == (6, world.case.years.present)
    kenya = found.sel(country="KEN").values
    np.testing.assert_array_equal(kenya, [[0, 1, 2]] * 2)
    scoped = histories.group_recorded_economies(world, FACTS)
    for draw in (0, 1):
        ds = ls.simulate(
            world=scoped, runs=range(draw * 6, draw * 6 + 6), seed=histories.SEED, years=(2010, 2020),
            parameters={"switching_cost": np.repeat([0.5, 6.0], 6)}, record=histories.RECORD,
        )  # fmt: skip
        share = answer_questions(RunView(ds, scoped), ASKED)
        for column, fact in enumerate(FACTS):
            off = np.square((share[:, column] - fact.recorded) / WIDTHS["networks"])
            weight = np.exp(-0.5 * (off - off.min()))
            assert (weight[found[draw].sel(country=fact.question.place).values] > 1e-3 / 6).all()


def test_histories_of_draws_do_not_depend_on_the_order_of_facts():
    world, values = ls.load_world(), Parameters(switching_cost=np.array([0.5, 6.0]))
    one, other = (
        build_history_pools(world, values, facts, draws=2, pool=6, alternatives=3, workers=1)
        for facts in (FACTS, FACTS[::-1])
    )
    np.testing.assert_array_equal(one, other)


def test_pools_are_resumed(tmp_path, monkeypatch):
    world = ls.load_world()

    def made():
        with ls.running(store=tmp_path / "kept", resume=True):
            return build_history_pools(
                world, Parameters(), FACTS, draws=1, pool=4, alternatives=2, workers=1
            ).values

    first = made()
    monkeypatch.setattr(jobs.CaseJob, "compute", None)  # nothing is left to compute
    np.testing.assert_array_equal(made(), first)


def test_shares_of_ones_own_are_met_from_a_pool(monkeypatch):
    monkeypatch.setattr(histories, "POOL", 64)
    world = histories.group_recorded_economies(ls.load_world(), FACTS)
    ds = ls.simulate(
        world=world, runs=6, seed=3, years=(2010, 2020), record=histories.RECORD,
        history={"DEU": 0.9, "HUN": 0.1},
    )  # fmt: skip
    german, hungarian = answer_questions(RunView(ds, world), ASKED).mean(axis=0)
    assert german > 0.75
    assert hungarian < 0.25
