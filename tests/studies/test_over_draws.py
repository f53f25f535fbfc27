"""Comparisons in which each run draws its parameters: as often as weights say, the same for all arms."""

import numpy as np
import pytest
import xarray as xr
from studies.toys import HOW, SUBSIDY

import lockin_sim as ls
from lockin_sim.common.errors import InputError
from lockin_sim.common.findings import FEWEST, FUTURES, RUNS, Verdict
from lockin_sim.common.statistics import estimate_interval
from lockin_sim.comparisons.effects_reader import EffectsReader, mark_clear_effects
from lockin_sim.comparisons.trial import build_setup
from lockin_sim.settings.ensemble import assign_draws, compute_effective_sample_size, open_posterior

WORLD = ls.toy_world(n_countries=6, n_vendors=2, lifetime=2)
NAMES = ("price_weight", "switching_cost")


def posterior(values, weights):
    return xr.Dataset(
        {"parameter_value": (("draw", "parameter"), np.asarray(values, float)), "weight": ("draw", weights)},
        coords={"parameter": list(NAMES)},
    )


TWO = posterior([[3.0, 0.0], [1.0, 4.0]], [0.75, 0.25])
MANY = posterior(np.random.default_rng(1).uniform((2.0, 0.0), (4.0, 2.0), (60, 2)), np.linspace(1, 3, 60))
SET = HOW | {"world": WORLD, "maps": False, "parameters": ls.Parameters.neutral().as_dict()}
GIVEN = {n: v for n, v in SET["parameters"].items() if n not in NAMES}


def compared(runs=FEWEST, **more):
    return ls.compare(SUBSIDY, **SET | {"parameters": GIVEN, "posterior": TWO, "runs": runs} | more)


def test_draws_come_as_often_as_their_weights_say_in_any_first_runs():
    weights = open_posterior()["weight"].values
    draws = assign_draws(weights, 2_000, seed=3)
    for runs in (64, 200, 2_000):
        assert np.array_equal(assign_draws(weights, runs, seed=3), draws[:runs])
        wanted = runs * np.cumsum(weights) / weights.sum()
        counted = np.cumsum(np.bincount(draws[:runs], minlength=len(weights)))
        assert np.abs(counted - wanted).max() < 4.0  # of independent draws it would be about runs ** 0.5
    assert compute_effective_sample_size(TWO) == pytest.approx(1 / (0.75**2 + 0.25**2))


def test_nothing_is_drawn_unless_a_posterior_is_named():
    how = build_setup(8, world=WORLD)
    assert how.drawn is None
    assert how.parameters.runs is None
    drawn = build_setup(8, world=WORLD, posterior="bundled", parameters={"switching_cost": 2.0})
    assert drawn.parameters.runs == 8
    assert drawn.parameters.switching_cost == 2.0  # what is given is not drawn
    with pytest.raises(InputError, match="posterior"):
        build_setup(8, world=WORLD, posterior="nowhere")
    with pytest.raises(InputError, match="values for some"):
        build_setup(8, world=WORLD, posterior=TWO, parameters=dict.fromkeys(NAMES, 1.0))


def test_arms_share_draws_so_that_a_run_is_that_of_its_draw_alone():
    found, draws = compared(runs=12), assign_draws(TWO["weight"].values, 12, seed=HOW["seed"])
    assert found.attrs["posterior"] == "given"
    assert found.attrs["parameters_drawn"] == 2
    values = GIVEN | dict(zip(NAMES, TWO["parameter_value"].values[draws].T, strict=True))
    how = {"world": WORLD, "runs": 12, "seed": HOW["seed"], "years": HOW["years"], "parameters": values}
    without, with_it = (ls.simulate(scenario, **how)["surplus"] for scenario in (HOW["baseline"], SUBSIDY))
    moved = (with_it - without).isel(domain=0, year=-1).values
    assert moved.std() > 0
    at = found.sel(scenario="subsidy", outcome="surplus").isel(year=-1)
    assert float(at["effect"]) == pytest.approx(moved.mean())
    assert float(at["effect_q95"]) == pytest.approx(moved.max())  # two draws tell no more
    assert float(at["effect_above"]) == (moved > 0).mean()
    for end, value in zip(("low", "high"), estimate_interval(moved, draws)[1:3], strict=True):
        assert float(at[f"effect_{end}"]) == pytest.approx(value)
    assert float(at["effect_draws"]) == pytest.approx(
        1 / ((draws == 0).mean() ** 2 + (draws == 1).mean() ** 2)
    )


def test_a_finding_says_what_single_runs_do():
    found = compared(posterior=MANY)
    effect = EffectsReader(found).finding("subsidy", "surplus")
    at = found.sel(scenario="subsidy", outcome="surplus").isel(year=-1)
    assert (effect.doubt, effect.runs) == (FUTURES, FEWEST)
    assert effect.low <= effect.size <= effect.high
    assert effect.high - effect.low > float(
        at.effect_high - at.effect_low
    )  # a future differs more than a mean
    assert effect.sign_share == float(at.effect_above if effect.size > 0 else at.effect_below)
    assert effect.zero_share == pytest.approx(1.0 - float(at.effect_above + at.effect_below))
    assert EffectsReader(ls.compare(SUBSIDY, **SET | {"runs": 4})).finding("subsidy", "surplus").doubt == RUNS


def test_tables_of_effects_and_single_findings_agree_on_what_is_clear():
    found, seen = compared(posterior=MANY), set()
    for outcome in map(str, found["outcome"].values):
        reader = EffectsReader(found)
        sure = mark_clear_effects(found.sel(outcome=outcome), reader.unit(outcome))
        for year in map(int, found["year"].values):
            one = reader.finding("subsidy", outcome, year)
            assert bool(sure.sel(scenario="subsidy", year=year)) is one.clear
            seen.add(one.clear)
    assert seen == {True, False}


def test_what_does_nothing_is_too_small_and_below_64_runs_nothing_is_clear():
    same = ls.compare(ls.Scenario.none().model_copy(update={"name": "same"}), **SET | {"runs": FEWEST})
    few = compared(runs=FEWEST - 1)
    for outcome in map(str, same["outcome"].values):
        assert EffectsReader(same).finding("same", outcome).verdict in (Verdict.SMALL, Verdict.UNDEFINED)
        assert EffectsReader(few).finding("subsidy", outcome).verdict in (Verdict.FEW, Verdict.UNDEFINED)
