"""Does what is no number stay out of every place that takes numbers, and does what is one come in?"""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from unit.refusals import TOY, refused, simulated

import lockin_sim as ls
from lockin_sim.common.values import copy_array
from lockin_sim.comparisons.compare import compare_parts
from lockin_sim.settings.parameters import collect_declarations

#: What numpy, or a careless loop, would make numbers of.
NO_NUMBERS = {
    "truths": [True, False],
    "a truth among numbers": [True, 2.0],
    "truths of numpy": np.array([True, False]),
    "words": ["1", "2"],
    "words of numpy": np.array(["1", "2"]),
    "bytes": b"12",
    "bytes in a list": [b"1", b"2"],
    "an array of bytes": bytearray(b"12"),
    "complex numbers": np.array([1 + 0j, 2 + 0j]),
    "spans of time": np.array([1, 2], dtype="m8[ns]"),
    "a Series of spans": pd.Series(np.array([1, 2], dtype="m8[ns]")),
    "dates": np.array([1, 2], dtype="M8[ns]"),
    "masked values": np.ma.array([1.0, 2.0], mask=[False, True]),
    "masked values in a list": [np.ma.array([1.0, 2.0], mask=[False, True])],
    "a missing value of pandas": pd.array([1, None], dtype="Int64"),
    "a mapping of rows": {0: 1.0, 1: 2.0},
    "a set": {1.0, 2.0},
    "nothing": None,
    "too large": [10**400, 1],
}
NUMBERS = {
    "a list": [1, 2],
    "a tuple": (1.0, np.float32(2)),
    "a range": range(1, 3),
    "fractions": [Fraction(1), Fraction(2)],
    "single precision": np.array([1, 2], dtype=np.float32),
    "whole numbers": np.array([1, 2], dtype=np.int8),
    "nothing masked": np.ma.array([1.0, 2.0]),
    "a Series": pd.Series([1, 2]),
    "a Series that may miss values": pd.Series([1, 2], dtype="Int64"),
    "a DataArray": xr.DataArray([1.0, 2.0]),
}
ROOM = {
    "parameters": lambda value: ls.Parameters(switching_cost=value),
    "simulate": lambda value: simulated(parameters={"switching_cost": value}),
    "points": lambda value: ls.evaluate({"switching_cost": value}, world=TOY, years=(2,), runs=1),
    "a design": lambda value: ls.design.table({"switching_cost": value}),
    "levels": lambda value: ls.design.grid({"switching_cost": value}),
    "a posterior": lambda value: ls.validate({"switching_cost": value}, runs=8),
    "quality": lambda value: ls.toy_world(3, 2, quality=value),
}
#: A mapping gives a parameter by year, None stands for a default, and a set of levels has no order to lose.
TAKEN = {
    ("parameters", "a mapping of rows"),
    ("simulate", "a mapping of rows"),
    ("levels", "a set"),
    ("a design", "a missing value of pandas"),
    ("quality", "nothing"),
    ("levels", "nothing"),
}


@pytest.mark.parametrize("name", NO_NUMBERS)
@pytest.mark.parametrize("place", ROOM)
def test_what_is_no_number_is_refused_everywhere(place, name):
    if (place, name) in TAKEN:
        ROOM[place](NO_NUMBERS[name])
        return
    refused(lambda: ROOM[place](NO_NUMBERS[name]), "found", "allowed")


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_any_kind_come_in_as_copies(name):
    found = copy_array("x", NUMBERS[name], allowed="numbers")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1.0, 2.0])
    given = ls.Parameters(switching_cost=NUMBERS[name])
    np.testing.assert_array_equal(given.switching_cost, [1.0, 2.0])
    assert ls.evaluate({"switching_cost": NUMBERS[name]}, world=TOY, years=(2,), runs=1).sizes["point"] == 2


def test_rows_of_a_frame_are_points_and_its_dict_of_rows_is_refused():
    frame = pd.DataFrame({"switching_cost": [0.0, 5.0, 8.0]})
    whole = ls.evaluate(frame, world=TOY, years=(2,), runs=1)
    assert ls.evaluate(frame.to_dict("list"), world=TOY, years=(2,), runs=1).equals(whole)
    refused(lambda: ls.evaluate(frame.to_dict(), world=TOY, years=(2,), runs=1), "df.to_dict('list')")


@pytest.mark.parametrize(
    "runs",
    [
        np.ma.array([0, 1], mask=[False, True]), [True, 1], np.array([0, 1], dtype="m8[s]"), {0, 1}, "01",
        b"\x00\x01", [[0, 1]], [0.0], [-1], [2**24], [], 0, True,
    ],
)  # fmt: skip
def test_run_numbers_are_whole_numbers_in_order(runs):
    refused(lambda: simulated(runs=runs), "runs: found")


def test_series_are_not_paired_by_position_against_their_labels():
    one, other = pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=[1, 0])
    points = {"switching_cost": one, "noise_scale": other}
    refused(lambda: ls.evaluate(points, world=TOY, years=(2,), runs=1), "noise_scale", "switching_cost")
    refused(lambda: ls.Parameters(noise_scale=other), "reset_index")
    frame = pd.DataFrame(points | {"noise_scale": one.to_numpy()}).iloc[::-1]
    assert ls.evaluate(dict(frame), world=TOY, years=(2,), runs=1)["switching_cost"].values.tolist() == [2, 1]


LABELLED = {
    "run": xr.DataArray([0.0, 8.0], dims="run", coords={"run": [1, 0]}),
    "names": xr.DataArray([0.0, 8.0], dims="vendor", coords={"vendor": ["b", "a"]}),
    "a Series": pd.Series([0.0, 8.0], index=[1, 0]),
}


@pytest.mark.parametrize("name", LABELLED)
def test_numbers_are_not_taken_by_position_against_their_labels(name):
    value = LABELLED[name]
    refused(lambda: ls.Parameters(switching_cost=value), "labelled", "labels that count from 0")
    refused(lambda: simulated(parameters={"switching_cost": value}), "labelled")
    refused(lambda: ls.toy_world(3, 2, quality=value), "toy_world quality", "labelled")
    other = xr.DataArray([1.0, 1.0], dims="run", coords={"run": [0, 1]})
    points = {"switching_cost": value, "noise_scale": other}
    refused(lambda: ls.evaluate(points, world=TOY, years=(2,), runs=1), "one index for all columns")
    in_order = xr.DataArray([0.0, 8.0], dims="run", coords={"run": [0, 1]})
    np.testing.assert_array_equal(ls.Parameters(switching_cost=in_order).switching_cost, [0.0, 8.0])


def test_categories_are_labels_and_not_numbers():
    categories = pd.Categorical([1.0, 2.0])
    for given in (categories, pd.Series(categories)):
        refused(lambda given=given: ls.Parameters(switching_cost=given), "found categories", "astype(float)")
        refused(lambda given=given: ls.design.table({"switching_cost": given}), "found categories")
        refused(lambda given=given: ls.evaluate({"switching_cost": given}), "found categories")
        refused(lambda given=given: ls.toy_world(2, quality=given), "found categories")
    named = ls.design.table(pd.DataFrame({"scenario": pd.Categorical(["no_dsr", "baseline"])}))
    assert named.values["scenario"].tolist() == ["no_dsr", "baseline"]


#: Keywords that a function does not have, some of them words of another or of 0.1.0; what is said.
KEYWORDS = [
    (lambda: ls.compare("open_ran", engine="fast"), "compare, keyword: found 'engine'", "ls.running(engine="),
    (lambda: ls.evaluate({"noise_scale": [1.0]}, store="x"), "found 'store'", "ls.running(store="),
    (lambda: ls.evaluate({"noise_scale": [1.0]}, record=["winner"]), "evaluate, keyword: found 'record'"),
    (lambda: ls.chain(sede=1), "found 'sede'", "Did you mean 'seed'?"),
    (lambda: ls.exit_plan("KEN", draws=64), "found 'draws'", "progress, runs, seed", "mean 'runs'?"),
    (lambda: ls.exit_plan(economy="KEN"), "found 'economy'", "mean 'country'?"),
    (lambda: ls.country(country="KEN"), "found 'country'", "mean 'economy'?"),
    (lambda: ls.lock_in(country="KEN"), "found 'country'", "mean 'places'?"),
    (lambda: ls.compare(policies="open_ran"), "found 'policies'", "mean 'scenarios'?"),
    (lambda: ls.simulate(runz=1), "simulate, keyword: found 'runz'", "mean 'runs'?"),
    (lambda: ls.calibrate(wave=1), "calibrate, keyword: found 'wave'", "mean 'waves'?"),
    (lambda: ls.Arm(policy="no_dsr"), "Arm, keyword: found 'policy'", "mean 'scenario'?"),
    (lambda: ls.plots.fan(1, tittle="x"), "fan, keyword: found 'tittle'"),
    (lambda: ls.LockInModel(sed=1), "LockInModel, keyword: found 'sed'", "mean 'seed'?"),
    (lambda: ls.LockInModel(switching_costs=1), "mean 'switching_cost'?"),
    (lambda: ls.Scenario(name="a", question="q", source="s", decides="x"), "mean 'assumption'?"),
]


@pytest.mark.parametrize(("call", "said"), [(call, said) for call, *said in KEYWORDS])
def test_a_keyword_that_there_is_not_is_answered_with_the_one_that_is_meant(call, said):
    refused(call, *said)


def test_an_array_has_one_number_for_each_run_of_a_study():
    given, five = (
        {"world": TOY, "years": (0, 3), "runs": 2, "workers": 1},
        {"switching_cost": [0, 8, 8, 8, 8]},
    )
    said = ("parameters: run axis: found 5", "allowed: the number of runs, 2")
    refused(
        lambda: compare_parts([], ls.Scenario.none(), baseline=ls.Scenario.none(), **given, parameters=five),
        *said,
    )
    for study in (
        lambda: ls.hindcast(parameters=five, runs=2),
        lambda: ls.compare("no_dsr", parameters=five, runs=2),
        lambda: ls.exit_plan("KEN", parameters=five, runs=2),
        lambda: ls.chain(parameters=five, runs=2),
    ):
        refused(study, *said)


def test_a_run_has_the_number_in_its_place_and_comes_once():
    values = {"switching_cost": [0, 5, 8]}
    refused(lambda: simulated(runs=[0, 0, 0], parameters=values), "each once", "ls.evaluate")
    refused(lambda: simulated(runs=[3, 0], parameters=values), "element r belongs to run r")
    whole = simulated(runs=3, parameters=values)
    assert simulated(runs=[2, 0], parameters=values).switching_pull.equals(
        whole.switching_pull.isel(run=[2, 0])
    )


# --- bounds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize("end", ["low", "high"])
def test_all_ends_together_give_finite_numbers(end, engine):
    values = {name: getattr(declared.valid, end) for name, declared in collect_declarations().items()}
    ls.simulate(parameters=values, runs=1, years=(2010, 2012), engine=engine)  # a warning would be an error


@pytest.mark.parametrize("name", ["dual_cost", "royalty_rate"])
def test_per_cent_for_a_share_of_a_price_is_refused(name):
    refused(lambda: ls.Parameters(**{name: 5.0}), name, "a share of the price from 0 to 1, where 5 % is 0.05")
    refused(lambda: ls.design.table({name: [5.0]}), name, "a share of the price")
