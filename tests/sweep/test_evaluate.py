"""Points in, outcomes out: the numbers of a sweep and of a simulation, the same luck at every point."""

import importlib

import numpy as np
import pandas as pd
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.measured_places import list_recorded_variables, outcomes
from lockin_sim.engine import schedule
from lockin_sim.model.measures import VARIABLES
from lockin_sim.studies.sweep import compute_mean_response

POINTS = {"switching_cost": [3.0, 5.0, 3.0, 0.5], "noise_scale": [1.0, 1.0, 1.0, 2.0]}


@pytest.fixture
def how(small):
    """Arguments of an evaluation in the toy world."""
    return {name: small[name] for name in small if name not in ("design", "unit")}


def test_the_numbers_of_a_sweep(how, tmp_path):
    found = ls.evaluate(POINTS, **how)
    assert dict(found.sizes) == {"point": 4, "run": 3, "outcome": 2, "year": 2}
    assert found["value"].dims == ("point", "run", "outcome", "year")
    assert found["outcome"].values.tolist() == list(how["outcomes"])
    assert found["switching_cost"].values.tolist() == POINTS["switching_cost"]
    swept = ls.sweep(ls.design.table(POINTS), out=tmp_path / "s", **how)
    for name in how["outcomes"]:
        assert np.array_equal(found["value"].sel(outcome=name).values, swept[name].values)
    assert (found["error"].values == "").all()


def test_every_point_meets_the_same_luck(how):
    """Equal points are equal, run by run, whatever stands beside them and whichever call they are in."""
    value = ls.evaluate(POINTS, **how)["value"].values
    assert np.array_equal(value[0], value[2])
    assert not np.array_equal(value[0], value[1])
    alone = ls.evaluate({name: values[:1] for name, values in POINTS.items()}, **how)["value"].values
    assert np.array_equal(value[:1], alone)
    more = ls.evaluate(POINTS, **how | {"runs": 5})["value"].values
    assert np.array_equal(value, more[:, :3])


def test_years_that_nobody_asks_for_change_no_year(real_world):
    """What is measured in chosen years is what whole runs have there, replacement so far included."""
    years, record = (2018, 2026), list_recorded_variables(outcomes(real_world).values())
    whole = ls.simulate(
        "open_ran",
        world=real_world,
        runs=1,
        seed=4,
        years=(2010, years[1]),
        record=record,
        history="conditioned",
    )
    so_far = whole["replacement"].sum("domain").cumsum("year")
    np.testing.assert_allclose(whole["replaced"][:, 1:], so_far[:, 1:], rtol=1e-12)
    assert float(so_far[:, -1].min()) > 0
    found = ls.evaluate({"scenario": ["open_ran"]}, runs=1, seed=4, years=years, world=real_world)
    for name, each in outcomes(real_world).items():
        expected = each.of(whole, real_world)[:, [year - 2010 for year in years]]
        np.testing.assert_allclose(found["value"].sel(outcome=name)[0], expected, rtol=1e-9, atol=1e-12)


def test_a_table_a_design_and_workers_give_the_same(how):
    reference = ls.evaluate(POINTS, **how)
    many = {name: values * 5 for name, values in POINTS.items()}
    for found in (
        ls.evaluate(pd.DataFrame(POINTS), **how),
        ls.evaluate(ls.design.table(POINTS), **how),
        ls.evaluate(many, **how, workers=2).isel(point=slice(16, None)).assign_coords(point=range(4)),
    ):
        assert found.equals(reference)


def test_plain_arrays_on_request(how):
    found, told = ls.evaluate(POINTS, **how, as_arrays=True), []
    assert list(found) == list(how["outcomes"])
    labelled = ls.evaluate(POINTS, **how, progress=told.append)
    for name, values in found.items():
        assert type(values) is np.ndarray
        assert np.array_equal(values, labelled["value"].sel(outcome=name).values)
    assert sum(told) == 4 * 3


def test_a_run_that_fails_is_told(how, monkeypatch):
    def breaking(batch, number):
        if (np.broadcast_to(batch.parameters.switching_cost, len(batch.runs)) == 5.0).any():
            raise ZeroDivisionError("my rule divides by nothing")
        return post(batch, number)

    good, post = ls.evaluate(POINTS, **how), schedule.post
    monkeypatch.setattr(schedule, "post", breaking)
    with pytest.warns(UserWarning, match="3 of 12 runs failed and are NaN, first at point 1, run 0: ZeroDiv"):
        found = ls.evaluate(POINTS, **how)
    assert np.isnan(found["value"].values[1]).all()
    assert (found["error"].values != "").sum() == 3
    assert found.drop_sel(point=1).equals(good.drop_sel(point=1))


def test_points_do_not_set_what_is_by_year():
    by_year = {"switching_cost": {2010: 5.0, 2012: 2.0}}
    how = {"years": (2013,), "runs": 1, "outcomes": ("switching_pull",)}
    with pytest.raises(ls.InputError, match=r"switching_cost: found .2010: 5.*points set it"):
        ls.evaluate({"switching_cost": [1.0]}, parameters=by_year, **how)
    found = ls.evaluate({"noise_scale": [1.0, 1.5]}, parameters=by_year, **how)["value"]
    alone = ls.evaluate({"noise_scale": [1.5]}, parameters=by_year, **how)["value"]
    plain = ls.evaluate({"noise_scale": [1.5]}, **how)["value"]
    assert found[1].equals(alone[0].assign_coords(point=1))
    assert not np.array_equal(alone, plain)


def test_outcomes_declare_what_they_are_computed_from(real_world):
    """Each from the variables always there and those of its declaration alone."""
    found = outcomes(real_world).values()
    ds = ls.simulate(
        "baseline", world=real_world, runs=1, years=(2010, 2011), record=list_recorded_variables(found)
    )
    always = {name for name, variable in VARIABLES.items() if variable.always} | {"market_size"}
    for outcome in found:
        assert outcome.of(ds[sorted(always.union(outcome.record))], real_world).shape == (1, 2), outcome.name


# --- tools from elsewhere ---


VARIED = {"switching_cost": (0.0, 5.0), "noise_scale": (0.5, 1.5)}


def tool(name):
    """A package of the extra ``analysis``; ``make install`` brings them all."""
    return pytest.importorskip(name, reason=f"{name} is not installed: make install brings it")


@pytest.fixture
def problem():
    tool("SALib")
    return importlib.import_module("SALib").ProblemSpec(
        {"names": list(VARIED), "bounds": [list(ends) for ends in VARIED.values()]}
    )


def test_salib_analyses_a_store(problem, small, tmp_path):
    problem.sample_morris(5, seed=1)
    small["design"] = ls.design.table(dict(zip(VARIED, problem.samples.T, strict=True)))
    ds = ls.sweep(**small, out=tmp_path / "s")
    found = (
        problem.set_results(compute_mean_response(ds, "switching_pull", 6)).analyze_morris(seed=1).analysis
    )
    assert found["mu_star"][0] > found["mu_star"][1]


def test_the_workbench_runs_a_model_with_levers():
    """Policies are levers' settings, scenarios are parameters; each experiment is that point alone.

    More is asked for than 3 USD bn, so that the larger of two envelopes below that lends more.
    """
    ema, lever = tool("ema_workbench"), "export_finance[CHN].envelope@2011"
    how = {"outcomes": ["lending_CHN"], "years": [2012], "runs": 1, "seed": 3, "as_arrays": True}

    def one_point(**values):
        found = ls.evaluate({name: [value] for name, value in values.items()}, **how)
        return {name: array.mean() for name, array in found.items()}

    model = ema.Model("lockin", function=one_point)
    model.uncertainties = [ema.RealParameter("switching_cost", 0, 10)]
    model.levers = [ema.RealParameter("envelope", 0, 3, variable_name=lever)]
    model.outcomes = [ema.ScalarOutcome("lending_CHN")]
    experiments, outcomes = ema.perform_experiments(model, scenarios=2, policies=2)
    points = experiments.rename(columns={"envelope": lever})[["switching_cost", lever]]
    together = ls.evaluate(points, **how)
    assert np.array_equal(outcomes["lending_CHN"], together["lending_CHN"][:, 0, 0])
    order = np.argsort(points[lever].to_numpy(), kind="stable")
    assert outcomes["lending_CHN"][order[:2]].mean() < outcomes["lending_CHN"][order[2:]].mean()
