"""Addresses: however one is spelled it has one name, and no other of its meaning can stand beside it."""

import re

import numpy as np
import pandas as pd
import pytest

import lockin_sim as ls
from lockin_sim.design import column, grid, latin_hypercube, one_at_a_time, read_csv, sobol, table

#: Spellings of one address each, by its name.
SPELLED = {
    "export_finance[CHN].envelope": ["export_finance[ CHN ].envelope", " export_finance [CHN] . envelope "],
    "export_finance[CHN].envelope@2011": [
        "export_finance[CHN].envelope@02011",
        "export_finance[CHN].envelope @ 2011",
    ],
    "export_finance[CHN].envelope@2011-2020": ["export_finance[CHN,CHN].envelope@02011 - 002020"],
    "export_finance[EU,JPN].tied": ["export_finance[JPN,EU].tied", "export_finance[ JPN , EU ].tied"],
    "switching_cost": [" switching_cost", "switching_cost  "],
    "scenario": [" scenario "],
}
PAIRS = [(name, other) for name, others in SPELLED.items() for other in others]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_an_address_has_one_name(name, other):
    assert column(other).name == column(name).name == name
    assert column(other) == column(name)
    assert column(column(other).name).name == name


LEVELS = {"scenario": ["baseline", "open_ran"], "export_finance[EU,JPN].tied": [True, False]}
EXPERIMENT = 'name = "n"\nquestion = "q"\nexpectation = "e"\n[design]\nmethod = "grid"\n[design.columns]\n'


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_two_spellings_of_one_address_are_refused_wherever_it_is_given(name, other, tmp_path):
    levels = LEVELS.get(name, [1.0, 2.0])
    both = {name: levels, other: levels}
    said = re.escape(f"{name!r} and {other!r} are one address, {name}; allowed: each once.")
    for method, more in ((grid, {}), (sobol, {"n": 4}), (latin_hypercube, {"n": 4}), (one_at_a_time, {})):
        with pytest.raises(ls.InputError, match=said):
            method(both, **more)  # type: ignore[operator]
    for points in (both, pd.DataFrame(both)):
        with pytest.raises(ls.InputError, match=said):
            table(points)
        with pytest.raises(ls.InputError, match="points: " + said):
            ls.evaluate(points, runs=1)
    keys = "".join(f"{spelled!r} = {str(levels).lower()}\n" for spelled in both)
    (tmp_path / "experiment.toml").write_text(EXPERIMENT + keys)
    with pytest.raises(ls.InputError, match=said):
        ls.load_experiment(tmp_path / "experiment.toml")


def test_names_of_a_frame_or_a_list_or_a_file_that_come_twice_are_refused(tmp_path):
    frame = pd.DataFrame([[1.0, 2.0]], columns=["turnover", "turnover"])
    (tmp_path / "points.csv").write_text("turnover, turnover\n0.1,0.2\n")
    for make in (
        lambda: table(frame),
        lambda: sobol(["turnover", "turnover"], n=4),
        lambda: read_csv(tmp_path / "points.csv"),
    ):
        with pytest.raises(ls.InputError, match="'turnover' and 'turnover' are one address"):
            make()


def test_an_address_without_years_begins_in_2021_and_is_refused_beside_one_that_says_so():
    with pytest.raises(ls.InputError, match="one address"):
        table({"export_finance[CHN].envelope": [1.0], "export_finance[CHN].envelope@2021": [2.0]})


LOAN = "export_finance[{}].envelope{}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("CHN", ""), ("CHN,USA", "")),
        (("EU,JPN", "@2021-2030"), ("CHN,EU", "@2030")),
        (("CHN", ""), ("CHN,USA", "@2040")),
    ],
)
def test_two_columns_that_share_some_of_their_targets_are_refused(one, other):
    first, second = LOAN.format(*one), LOAN.format(*other)
    shared = "EU" if "EU" in first else "CHN"
    said = re.escape(f"{first} and {second} both set envelope on {shared}; allowed: each target in one")
    for names in ([first, second], ["turnover", first, second]):
        with pytest.raises(ls.InputError, match=said):
            table({name: [0.1] for name in names})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("export_finance[CHN].envelope", "export_finance[CHN,USA].rate"),
        ("export_finance[CHN].envelope", "export_finance[EU,USA].envelope"),
        ("export_finance[CHN].envelope@2021-2029", "export_finance[CHN,USA].envelope@2030"),
    ],
)
def test_columns_of_other_settings_targets_or_years_stand_beside_each_other(first, second):
    assert table({first: [0.02], second: [0.02]}).names == (first, second)


def test_ranges_and_the_base_point_follow_the_name():
    other = "export_finance[JPN, EU].envelope"
    name = "export_finance[EU,JPN].envelope"
    assert sobol({other: (1, 2)}, n=2).ranges == {name: (1.0, 2.0)}
    assert one_at_a_time({name: [3.0]}, base={other: 1.0}).values[name].tolist() == [1.0, 3.0]
    with pytest.raises(ls.InputError, match="one address"):
        one_at_a_time({name: [3.0]}, base={other: 1.0, name: 2.0})


def test_results_are_labelled_with_the_name_and_do_not_depend_on_the_spelling(small):
    how = {key: small[key] for key in small if key not in ("design", "unit")}
    name = "state_support[vendor_0,vendor_1].share@2"
    one, other = (
        ls.evaluate({spelled: [0.0, 0.5]}, **how)
        for spelled in (name, "state_support[ vendor_1,vendor_0 ].share @02")
    )
    assert other[name].dims == ("point",)
    assert one.identical(other)
    assert np.isfinite(one["value"].values).any()
    assert table({name: [0.5]}) == table({"state_support[vendor_1, vendor_0].share@2": [0.5]})


EU, EUROPE = "restriction[EU].mode@2011", "restriction[Europe].mode@2011"
BY_VENDOR = ("presence[sponsor:CHN].{}@2011", "presence[huawei].{}@2011")
UTILITY = {name.format("utility"): [0.1] for name in BY_VENDOR}
SHARED = {
    "groups": (
        {EU: ["", "none"], EUROPE: ["none", "coordinated"]},
        f"point 1: {EU} and {EUROPE} both set mode on AUT, BEL, BGR, CZE and 22 more from 2011; allowed:",
    ),
    "a member, from another year on": (
        {EU: ["none"], "restriction[DEU].mode@2012-2020": ["none"]},
        "restriction[DEU].mode@2012-2020 both set mode on DEU from 2012 to 2020;",
    ),
    "a member of the world": (
        {"restriction[world].mode": ["none"], "restriction[DEU].mode": ["none"]},
        "both set mode on DEU from 2021;",
    ),
    "the same targets, without end": (
        {LOAN.format("CHN", "@2011"): [1.0], LOAN.format("CHN", "@2030"): [2.0]},
        "both set envelope on CHN from 2030;",
    ),
    "the sponsor under study, named in one": (
        {EU: ["none"], "restriction[EU].on@2011": ["CHN"], EUROPE: ["none"]},
        "both set mode on AUT",
    ),
    "vendors of a sponsor, where places meet": (
        UTILITY | {BY_VENDOR[0].format("where"): ["Europe"], BY_VENDOR[1].format("where"): ["DEU"]},
        "both set utility on huawei from 2011;",
    ),
    "the years of a line of the scenario": (
        {
            "scenario": ["", "training"],
            "training[CHN].drift": [None, 0.1],
            "training[CHN].drift@2034": [0, 0],
        },
        "point 1: training[CHN].drift and training[CHN].drift@2034 both set drift on CHN from 2034 to 2040;",
    ),
}
APART = {
    "groups": {EU: ["none"], "restriction[Africa].mode@2011": ["none"]},
    "years": {EU + "-2011": ["none"], "restriction[world].mode@2012": ["none"]},
    "points": {EU: ["", "none"], EUROPE: ["none", ""]},
    "sponsors": {EU: ["none"], "restriction[EU].on@2011": ["USA"], EUROPE: ["none"]},
    "places": UTILITY
    | {BY_VENDOR[0].format("where"): ["Africa"], BY_VENDOR[1].format("where"): ["DEU"]},
    "the years of a line of the scenario": {
        "scenario": ["training"], "training[CHN].drift": [0.1], "training[CHN].drift@2041": [0.0],
    },
}  # fmt: skip


def _evaluated(points, real_world):
    """Points of the bundled world."""
    how = {"outcomes": ["cn2035_cloud"], "years": [2041], "runs": 1}
    return ls.evaluate(table(points), world=real_world, **how)["value"].values


@pytest.mark.parametrize("case", SHARED)
def test_columns_that_set_the_same_for_some_economies_and_years_are_refused(case, real_world):
    points, said = SHARED[case]
    with pytest.raises(ls.InputError, match=re.escape(said)):
        _evaluated(points, real_world)


@pytest.mark.parametrize("case", APART)
def test_columns_that_are_apart_in_what_they_touch_stand_beside_each_other(case, real_world):
    assert np.isfinite(_evaluated(APART[case], real_world)).all()
