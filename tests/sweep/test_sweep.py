"""A sweep is simulate() at every point, bit for bit, however it is cut, stacked and spread over processes."""

import re

import numpy as np
import pytest
from sweep.conftest import VARIED, same

import lockin_sim as ls
from lockin_sim.comparisons.measured_places import list_recorded_variables, outcomes
from lockin_sim.runs.store import Layout, units_of
from lockin_sim.studies.points import choose_unit_size
from lockin_sim.studies.sweep import average_over_runs


def test_every_point_is_that_point_simulated_alone(small, tmp_path, toy):
    ds = ls.sweep(**small, out=tmp_path / "s")
    design = small["design"]
    for point in range(len(design)):
        alone = ls.simulate(
            small["scenario"], world=toy, runs=3, seed=1, years=(0, 6),
            parameters=small["parameters"].replace(design.row(point)),
        )  # fmt: skip
        for name in small["outcomes"]:
            expected = outcomes(toy)[name].of(alone, toy)[:, [3, 6]]
            assert np.array_equal(ds[name].values[point], expected, equal_nan=True)
    assert np.isfinite(ds["switching_pull"].values).any()


def test_levers_and_scenarios_too(tmp_path, real_world):
    design = ls.design.table(
        {"scenario": ["", "no_state_finance", ""], "export_finance[CHN].envelope@2011": [None, None, 60.0]}
    )
    ds = ls.sweep(
        design, out=tmp_path / "s", runs=2, seed=3, years=[2020], outcomes=["lending_CHN"],
        parameters={"price_weight": np.array([3.0, 4.0])},
    )  # fmt: skip
    rich = ls.load_scenario("baseline").with_lever("export_finance", "CHN", from_=2011, envelope=60.0)
    for point, scenario in enumerate(("baseline", "no_state_finance", rich)):
        alone = ls.simulate(
            scenario, runs=2, seed=3, years=(2010, 2020), parameters={"price_weight": np.array([3.0, 4.0])}
        )
        expected = outcomes(real_world)["lending_CHN"].of(alone, real_world)[:, 10:]
        assert np.array_equal(ds["lending_CHN"].values[point], expected)
    assert ds["lending_CHN"].values.mean(axis=(1, 2)).argsort().tolist() == [1, 0, 2]
    assert ds["scenario"].values.tolist() == ["", "no_state_finance", ""]


@pytest.mark.parametrize(("unit", "workers"), [(1, 1), (8, 1), (3, 2)])
def test_units_and_processes_change_nothing(small, tmp_path, unit, workers):
    reference = ls.sweep(**small, out=tmp_path / "a")
    small["unit"] = unit
    assert same(reference, ls.sweep(**small, workers=workers, out=tmp_path / "b"))


def test_the_store_says_what_it_holds(small, tmp_path):
    ls.sweep(**small, out=tmp_path / "s")
    ds = ls.open_results(tmp_path / "s")
    assert ds["switching_pull"].dims == ("point", "run", "year")
    assert set(ds.coords) == {"point", "run", "seed", "year", "switching_cost", "noise_scale"}
    assert set(ds.data_vars) == {"switching_pull", "retention", "status", "error"}
    assert ds["status"].attrs["flag_meanings"] == "not_computed done failed"
    assert (ds["switching_pull"].attrs["units"], ds["switching_cost"].attrs["units"]) == ("share", "utility")
    assert np.array_equal(ds["switching_cost"].values, small["design"].values["switching_cost"])
    assert ds["year"].values.tolist() == [3, 6]
    assert ds.attrs["runs_done"] == 24


def test_an_outcome_and_a_variable_of_one_name_are_both_kept(small, tmp_path, toy):
    names = ["switching_pull", "retention", "surplus", "price_paid", "replacement"]
    small |= {"outcomes": None, "record": [*names, "winner"], "years": range(7)}
    ds = ls.sweep(**small, out=tmp_path / "s")
    how = {"parameters": small["parameters"].replace(small["design"].row(5)), "runs": 3, "seed": 1}
    record = [*list_recorded_variables(outcomes(toy).values()), "winner"]
    alone = ls.simulate(small["scenario"], world=toy, years=(0, 6), record=record, **how)
    assert np.array_equal(ds["winner"].values[5], alone["winner"].values)
    for name, outcome in outcomes(toy).items():
        assert np.array_equal(ds[name].values[5], outcome.of(alone, toy), equal_nan=True)
    for name in names:
        assert np.array_equal(ds[f"{name}_by_domain"].values[5], alone[name].values, equal_nan=True)


def test_the_state_of_runs_is_not_that_of_standards(tmp_path):
    design = ls.design.table({"switching_cost": [5.0]})
    ds = ls.sweep(design, out=tmp_path / "s", runs=1, years=[2011], outcomes=[], record=["status"])
    assert ds["status"].dims == ("point", "run")
    alone = ls.simulate("baseline", runs=1, years=(2010, 2011), parameters={"switching_cost": 5.0})
    kept = ds["status_by_body_domain_standard"].values[0]
    assert np.array_equal(kept, alone["status"].values[:, 1:], equal_nan=True)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("state_support[huawei/mobile_network].share@2011", "dependence_CHN"),
        ("export_finance[CHN,KOR].envelope@2011", "debt_CHN"),
    ],
)
def test_an_address_with_a_slash_or_comma_is_a_coordinate(tmp_path, name, outcome):
    design = ls.design.table({name: [0.0, 0.5]})
    ds = ls.sweep(design, out=tmp_path / "s", runs=1, years=[2014], outcomes=[outcome])
    assert ds.coords[name].values.tolist() == [0.0, 0.5]
    assert ds[outcome].values[1] > ds[outcome].values[0]
    assert len(ds.coords) == 5


def test_progress_counts_runs(small, tmp_path, capsys):
    counted = []
    ls.sweep(**small, out=tmp_path / "s", progress=counted.append)
    assert sum(counted) == 24
    ls.sweep(**small, out=tmp_path / "t", progress=True)
    said = capsys.readouterr()
    assert said.out == ""
    before, after = said.err.splitlines()  # how much there is to do, and what was done
    assert before.endswith("8 points x 3 runs = 24 runs; 2 outcomes in 2 years, 0.8 kB")
    assert "24 of 24 runs" in after
    with pytest.raises(ls.InputError, match="already runs"):
        ls.sweep(**small, out=tmp_path / "t", progress=True)
    assert capsys.readouterr().err == ""  # nothing is promised of a store that is refused


def test_means_say_what_they_left_out(small, tmp_path):
    small["years"] = (0, 6)
    ds = ls.sweep(**small, out=tmp_path / "s")
    means = average_over_runs(ds)
    assert (
        means["switching_pull_left_out"].sel(year=0).values.tolist() == [3] * 8
    )  # flows have no initial year
    assert np.isnan(means["switching_pull"].sel(year=0).values).all()
    assert np.allclose(means["switching_pull"].sel(year=6), ds["switching_pull"].sel(year=6).mean("run"))


@pytest.mark.parametrize(
    ("points", "runs", "expected"),
    [
        *((12_500, 8, (98, 8)), (1024, 8, (32, 8)), (32, 8, (4, 8)), (3, 8, (1, 8)), (100_000, 1, (782, 1))),
        *((10, 1000, (1, 125)), (1, 20_000, (1, 157)), (1, 200, (1, 200)), (10**6, 1000, (2, 1000))),
    ],
)
def test_units_are_seconds_of_work_and_enough_for_all(points, runs, expected):
    assert choose_unit_size(points, runs, 16) == expected
    assert choose_unit_size(points, runs, 10**9) == (1, 1)
    for workers in (2, 100):
        sizes = choose_unit_size(points, runs, 16, workers=workers)
        assert len(units_of(points, runs, *sizes)) >= min(4 * workers, points * runs)
        assert np.less_equal(sizes, expected).all()
    assert choose_unit_size(points, runs, 16, chosen=2) == (2 if points > 1 else 1, runs)


def test_a_store_keeps_its_units_whatever_the_number_of_workers(small, tmp_path):
    """Three workers have smaller units than one; whoever goes on computes those that the store began with."""
    small |= {"design": ls.design.sobol(VARIED, n=64, seed=2), "runs": 1, "unit": None}
    stores = {workers: tmp_path / str(workers) for workers in (1, 3)}

    class Stop(Exception):
        pass

    def stop(done):
        raise Stop

    def sizes():
        return [len(Layout.read((store / "sweep.npz").read_bytes()).units) for store in stores.values()]

    for workers, store in stores.items():
        with pytest.raises(Stop):
            ls.sweep(**small, out=store, workers=workers, progress=stop)
    assert sizes() == [8, 13]
    one, other = (ls.sweep(**small, out=stores[k], resume=True, workers=4 - k) for k in stores)
    assert same(one, other)
    assert sizes() == [8, 13]


REFUSED = {
    "design": ({"design": [1]}, "a Design"),
    "nothing to keep": ({"outcomes": []}, "outcomes: found []; allowed: at least one name"),
    "an axis without labels": ({"record": ["status"]}, "without any body"),
    "out without a name": ({"out": "a\0b"}, "out: found 'a\\x00b'; allowed: the path"),
    "retry": ({"retry": True}, "only with resume"),
    "parameters": ({"parameters": {"turnover": np.array([0.1, 0.2])}}, "run axis"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_leaves_nothing(small, tmp_path, case):
    changed, message = REFUSED[case]
    with pytest.raises(ls.InputError, match=re.escape(message)):
        ls.sweep(**({"out": tmp_path / "s"} | small | changed))
    assert list(tmp_path.iterdir()) == []


BODY = "standards_effort[CHN].body@2011"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({BODY: ["", "ITU", "ITU", "ITUx"]}, "body@2011, point 3: found 'ITUx'.*Did you mean 'ITU'"),
        ({"scenario": ["", "open_ran", "open_rn"]}, "design: scenario, point 2: .*Did you mean 'open_ran'"),
        ({"export_finance[CHN].envelope@2005": [1.0]}, "envelope@2005, point 0: years: found '2005-2100'"),
        ({"export_finance[CHN].envelope@2030-2020": [1.0]}, "point 0: years: found '2030-2020'"),
    ],
)
def test_every_word_meets_the_world_before_the_first_run(tmp_path, columns, message):
    with pytest.raises(ls.InputError, match=message):
        ls.sweep(ls.design.table(columns), out=tmp_path / "s", runs=1, years=[2012])
    assert list(tmp_path.iterdir()) == []
