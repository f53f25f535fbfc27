"""Comparisons that run until intervals are narrow: the same numbers, a limit, a store, and what it costs."""

import json

import numpy as np
import pytest
import xarray as xr
from studies.toys import HOW, SUBSIDY

import lockin_sim as ls
from lockin_sim.common.statistics import count_runs_needed, estimate_interval
from lockin_sim.comparisons.stopping import (
    ABOVE,
    BLOCK,
    GROWTH,
    LEAST,
    IntervalCheck,
    TargetWidths,
    compute_next_runs,
    describe_stopping,
)

WORLD = ls.toy_world(n_countries=6, n_vendors=2, lifetime=2)
PARAMETERS = ls.Parameters.neutral(price_weight=3.0, switching_cost=1.0)
SET = HOW | {"world": WORLD, "maps": False, "parameters": PARAMETERS}
FIRST = 16
NARROW = {"retention": 12.0, "surplus": 0.06}  # points, and utility units


def compared(**more):
    return ls.compare(SUBSIDY, **SET | {"runs": FIRST} | more)


def widths(effects, outcome, factor):
    """Widths of the intervals of one outcome in the last year, in the unit shown."""
    found = effects.sel(outcome=outcome, scenario="subsidy").isel(year=-1)
    return factor * float(found.effect_high - found.effect_low)


@pytest.fixture(scope="module")
def narrow():
    return compared(until=NARROW)


def test_it_stops_when_each_interval_is_narrow_and_not_before(narrow):
    runs = narrow.attrs["runs"]
    assert FIRST < runs < 5_000
    assert runs % BLOCK == 0
    assert widths(narrow, "surplus", 1) <= NARROW["surplus"]
    assert widths(narrow, "retention", 100) <= NARROW["retention"]
    assert widths(compared(), "retention", 100) > NARROW["retention"]
    how = json.loads(narrow.attrs["until"])
    assert how["reached"] is True
    assert how["widths"] == NARROW
    assert how["widest"]["outcome"] == "retention"
    assert how["widest"]["width"] == pytest.approx(widths(narrow, "retention", 100))
    assert f"After {runs}" in describe_stopping(narrow)


def test_the_numbers_are_those_of_a_comparison_with_so_many_runs(narrow):
    again = compared(runs=narrow.attrs["runs"])
    assert describe_stopping(again) == ""
    xr.testing.assert_identical(narrow.drop_attrs(deep=False), again.drop_attrs(deep=False))
    assert {k: v for k, v in narrow.attrs.items() if k != "until"} == again.attrs


def test_a_limit_ends_it_and_says_what_would_be_needed():
    found = compared(until={"surplus": 0.001}, most=40)
    assert found.attrs["runs"] == 40
    how = json.loads(found.attrs["until"])
    assert not how["reached"]
    assert how["needed"] > 40
    assert how["widest"]["year"] == 12
    assert describe_stopping(found).startswith("At the limit of 40 runs, not every")


def test_rounds_are_kept_and_gone_on_with(tmp_path, narrow):
    calls = []

    def stop(done):
        calls.append(done)
        if sum(calls) > 2 * FIRST + 16:  # in the second round, of two scenarios
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ls.running(store=tmp_path / "s"):
        compared(until=NARROW, progress=stop)
    later = []
    with ls.running(store=tmp_path / "s", resume=True):
        found = compared(until=NARROW, progress=later.append)
    assert found.identical(narrow)
    assert sum(later) == 2 * narrow.attrs["runs"] - sum(calls)


def test_one_number_is_about_headlines_in_points():
    world = ls.load_world()
    goal = TargetWidths.of(0.2, world, (2010, 2050))
    assert goal.widths == dict.fromkeys(world.case.outcomes, 0.2)
    shares = np.zeros((4, 41))
    effect = shares + np.array([0.0, 0.001, 0.002, 0.003])[:, None]
    _, low, high, _ = estimate_interval(effect[:, -1], None)
    arrays = {
        name: dict.fromkeys(goal.widths, values) for name, values in (("baseline", shares), ("p", effect))
    }
    look = goal.look(arrays)
    assert not look.narrow
    assert look.widest == pytest.approx(100 * (high - low) / 0.2)
    assert look.needed == count_runs_needed(effect[:, -1], np.asarray(0.002), None)
    assert look.where == ("p", world.case.outcomes[0], 2035)


def test_an_outcome_without_runs_is_not_waited_for_and_one_run_is_no_interval():
    goal = TargetWidths.of({"switching_pull": 1.0, "surplus": 1.0}, WORLD, (0, 12))
    nothing = {"switching_pull": np.full((3, 13), np.nan), "surplus": np.zeros((3, 13))}
    assert goal.look({"none": nothing, "p": nothing}).narrow
    single = {name: values[:1] for name, values in nothing.items()}
    look = goal.look({"none": single, "p": single})
    assert not look.narrow
    assert look.widest == look.needed == np.inf


@pytest.mark.parametrize("needed", [10.0, 130.0, 250.0, 1e6, np.inf])
def test_a_round_aims_at_what_is_needed_within_bounds(needed):
    wanted = compute_next_runs(
        100, IntervalCheck(False, False, 2.0, ("p", "switching_pull", 12), needed, 0.0), 5_000
    )
    assert wanted % BLOCK == 0
    assert LEAST * 100 <= wanted < GROWTH * 100 + BLOCK
    if LEAST * 100 <= needed <= GROWTH * 100:
        assert needed <= wanted < needed + BLOCK
    assert (
        compute_next_runs(
            100, IntervalCheck(False, False, 2.0, ("p", "switching_pull", 12), needed, 0.0), 110
        )
        == 110
    )


def test_intervals_of_normal_differences_hold_the_truth_as_often_as_they_say():
    """Stopped where they are narrow: 600 times; 0.95 has a standard error of 0.009."""
    rng, held = np.random.default_rng(3), 0
    goal = TargetWidths.of({"surplus": 0.4}, WORLD, (0, 1))  # about 96 runs
    for _ in range(600):
        values = rng.normal(size=(5_000, 1)).repeat(2, axis=1)
        done, arrays = 64, {"none": {"surplus": np.zeros((5_000, 2))}, "p": {"surplus": values}}
        while not (look := goal.look(_first(arrays, done))).narrow:
            done = compute_next_runs(done, look, 5_000)
        _, low, high, _ = estimate_interval(values[:done, 0], None)
        held += bool(low < 0 < high)
    assert 0.92 < held / 600 < 0.98


def test_it_ends_where_the_draws_allow_no_narrower_interval_and_says_so():
    rng = np.random.default_rng(2)
    of_draw = np.array([[3.0, 0.0]]) + rng.uniform((-1, 0), (1, 2), (40, 2))
    draws = xr.Dataset(
        {"parameter_value": (("draw", "parameter"), of_draw), "weight": ("draw", np.ones(40))},
        coords={"parameter": ["price_weight", "switching_cost"]},
    )
    given = {n: v for n, v in ls.Parameters.neutral().as_dict().items() if n not in draws["parameter"]}
    how = {"parameters": given, "posterior": draws, "until": {"surplus": 1e-6}, "most": 4_000}
    found = compared(**how)
    end, runs = json.loads(found.attrs["until"]), found.attrs["runs"]
    assert 40 < runs < 4_000
    assert (end["reached"], end["ended"]) == (False, True)
    assert end["widest"]["floor"] < end["widest"]["width"] <= ABOVE * end["widest"]["floor"] + 1e-12
    said = describe_stopping(found).replace("\u202f", "")
    assert said.startswith(
        f"After {runs} runs more would hardly help, but not every interval meets its target"
    )
    assert "with 40 effective draws no number of runs makes it less than" in said
    cut = compared(**how | {"most": 32})
    assert describe_stopping(cut).startswith("At the limit of 32 runs, not every interval")
    twice = compared(**{k: v for k, v in how.items() if k not in ("until", "most")}, runs=2 * runs)
    assert widths(twice, "surplus", 1) > 0.8 * widths(found, "surplus", 1)


def _first(arrays, runs):
    return {case: {name: values[:runs] for name, values in of.items()} for case, of in arrays.items()}
