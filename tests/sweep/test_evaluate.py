"""Points in, outcomes out: the numbers of a sweep and of a simulation, the same luck at every point."""

import numpy as np
import pandas as pd
import pytest

import lockin_sim as ls
from lockin_sim.engine import schedule
from lockin_sim.measures import VARIABLES
from lockin_sim.studies.outcomes import RECORD, outcomes

POINTS = {"switching_cost": [3.0, 5.0, 3.0, 0.5], "noise_scale": [1.0, 1.0, 1.0, 2.0]}
LEVER = "export_finance[CHN].envelope@2011"


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


def test_the_numbers_of_a_simulation_levers_included():
    """Of the bundled world: two parameters and a lever, each point as its own scenario."""
    points = {"switching_cost": [3.0, 5.0], LEVER: [0.0, 80.0]}
    found = ls.evaluate(points, outcomes=("lending_CHN",), years=(2012,), runs=2, seed=4)["value"]
    for point in range(2):
        scenario = ls.load_scenario("baseline").with_lever(
            "export_finance", ["CHN"], from_=2011, envelope=points[LEVER][point]
        )
        cost = {"switching_cost": points["switching_cost"][point]}
        ds = ls.simulate(scenario, parameters=cost, runs=2, seed=4, years=(2010, 2012))
        lent = ds["lending"].sel(sponsor="CHN", year=2012).values
        assert np.array_equal(found[point, :, 0, 0].values, lent)
    assert found[1].mean() > found[0].mean()  # an envelope of 80 is more than one of none


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


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"switching_costs": [1.0]}, "Did you mean 'switching_cost'"),
        ({"switching_cost": [1.0, 2.0], "noise_scale": [1.0]}, "columns of one length"),
        ({"switching_cost": [1.0, np.nan]}, "points: switching_cost, point 1: found nan; allowed: a"),
        ({"noise_scale": [-1.0]}, "points: noise_scale, point 0: found -1.0"),
        ({"export_finance[CHN,USA].envelope": [1], "export_finance[USA, CHN].envelope": [2]}, "one address"),
        ([1.0, 2.0], "points: found 'list'"),
    ],
)  # fmt: skip
def test_points_that_cannot_be_used_are_refused(points, message):
    with pytest.raises(ls.InputError, match=message):
        ls.evaluate(points, years=(2011,), runs=1)


def test_outcomes_declare_what_they_are_computed_from(real_world):
    """Each from the variables always there and those of its declaration alone."""
    ds = ls.simulate("baseline", world=real_world, runs=1, years=(2010, 2011), record=RECORD)
    always = {name for name, variable in VARIABLES.items() if variable.always} | {"market_size"}
    found = outcomes(real_world).values()
    for outcome in found:
        assert outcome.of(ds[sorted(always.union(outcome.record))], real_world).shape == (1, 2), outcome.name
    assert {name for outcome in found for name in outcome.record} == set(RECORD) - {"unsound"}
