"""Designs: points where they should be, bounds from the declarations, one message for what is wrong."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import qmc

import lockin_sim as ls
from lockin_sim.settings.design import (
    column,
    configure_point,
    grid,
    latin_hypercube,
    one_at_a_time,
    read_csv,
    sobol,
    table,
)  # fmt: skip
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.studies.points import build_points_job

CHN = "export_finance[CHN].envelope"


def test_a_grid_has_every_combination_once():
    design = grid({"switching_cost": [1, 2, 3], "scenario": ["baseline", "open_ran"]})
    points = {tuple(design.row(p).values()) for p in range(len(design))}
    assert points == {(c, s) for c in (1.0, 2.0, 3.0) for s in ("baseline", "open_ran")}
    assert len(design) == 6


@pytest.mark.parametrize("method", [latin_hypercube, sobol])
def test_each_of_n_equal_parts_has_one_point(method):
    design = method({"switching_cost": (2, 10), CHN: (0, 60)}, n=16, seed=3)
    for name, (low, high) in {"switching_cost": (2, 10), CHN: (0, 60)}.items():
        parts = np.floor((design.values[name] - low) / (high - low) * 16)
        assert sorted(parts) == list(range(16))


def test_the_seed_decides_and_nothing_else():
    assert sobol(["turnover"], n=8, seed=1) == sobol(["turnover"], n=8, seed=1)
    assert sobol(["turnover"], n=8, seed=1).hash != sobol(["turnover"], n=8, seed=2).hash
    unit = qmc.LatinHypercube(2, rng=np.random.default_rng(1)).random(8)
    design = latin_hypercube({"turnover": (0, 1), "switching_cost": (0, 1)}, n=8, seed=1)
    np.testing.assert_array_equal(np.transpose(list(design.values.values())), unit)


def test_words_and_truths_are_levels_of_equal_chance():
    design = sobol(["restriction[EU].mode", "export_finance[EU].tied"], n=32)
    assert set(design.values["export_finance[EU].tied"]) == {0.0, 1.0}
    assert set(design.values["restriction[EU].mode"]) == {"coordinated", "national", "none"}


def test_one_at_a_time_moves_one_column_from_the_base():
    design = one_at_a_time(
        {"switching_cost": (0, 10), "turnover": [0.1, 0.2, 0.4]}, steps=3, base={"turnover": 0.3}
    )
    points = design.to_dataframe()
    assert np.isnan(points["switching_cost"][0])
    assert points["turnover"].tolist() == [0.3, 0.3, 0.3, 0.3, 0.1, 0.2, 0.4]
    assert points["switching_cost"].tolist()[1:4] == [0.0, 5.0, 10.0]


def test_ranges_and_units_are_those_declared():
    for name, declared in collect_declarations().items():
        found = column(name)
        assert (found.unit, found.range, found.low) == (declared.unit, declared.range, declared.valid.low)
    for name, lever in LEVERS.items():
        for setting, declared_setting in lever.settings.items():
            assert column(f"{name}[X].{setting}").unit == declared_setting.unit
    values = sobol(["switching_cost"], n=64).values["switching_cost"]
    low, high = collect_declarations()["switching_cost"].range
    assert low <= values.min() < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < values.max() <= high


def test_a_table_and_a_file_give_the_same_design(tmp_path):
    frame = pd.DataFrame({"switching_cost": [1.0, np.nan], CHN: [3.5, 4.0], "scenario": ["open_ran", ""]})
    (tmp_path / "d.csv").write_text(f"switching_cost,{CHN},scenario\n1,3.5,open_ran\n,4,\n")
    assert table(frame) == read_csv(tmp_path / "d.csv")


def test_a_missing_value_leaves_the_scenario_as_it_is():
    scenario = ls.load_scenario("digital_oda")
    design = table(
        {"export_finance[EU].envelope": [None], "switching_cost": [None], "restriction[EU].mode": [""]}
    )
    same, changed = configure_point(design, 0, {"": scenario}, 2050)
    assert (same.hash, changed) == (scenario.hash, {})


def levers_of(address, value, scenario="baseline", last=2050):
    changed, _ = configure_point(table({address: [value]}), 0, {"": ls.load_scenario(scenario)}, last)
    return [(u.targets, u.from_, u.to, u.settings) for u in changed.levers]


def test_when_a_lever_acts():
    assert levers_of(CHN, 3.0) == [(["CHN"], 2021, None, {"envelope": 3.0})]
    assert levers_of(f"{CHN}@2015-2030", 3.0) == [(["CHN"], 2015, 2030, {"envelope": 3.0})]
    (changed,) = levers_of("export_finance[EU].envelope", 9.0, "digital_oda")
    assert changed[:3] == (["EU"], 2026, None)
    assert changed[3] == {"envelope": 9.0, "rate": 0.011, "tenor": 28.0, "grace": 7.0, "tied": False}
    others, china = levers_of(CHN, 9.0, "no_state_finance")
    assert others == (["USA", "EU", "JPN", "KOR", "RUS", "IND"], 2011, None, {"envelope": 0.0})
    assert china == (["CHN"], 2011, None, {"envelope": 9.0})
    with pytest.raises(
        ls.InputError, match=r"a first year up to 2015, as in export_finance\[CHN\].envelope@2015"
    ):
        levers_of(CHN, 3.0, last=2015)


def test_columns_of_one_lever_make_one_lever():
    design = table({CHN: [3.0], "export_finance[CHN].tied": ["true"]})
    (use,) = configure_point(design, 0, {"": ls.load_scenario("baseline")}, 2050)[0].levers
    assert use.settings == {"envelope": 3.0, "tied": True}


REFUSED = {
    "unknown parameter": ({"swiching_cost": (0, 1)}, "Did you mean 'switching_cost'?"),
    "unknown lever": ({"export_finanse[CHN].envelope": (0, 1)}, "Did you mean 'export_finance'?"),
    "unknown setting": ({"export_finance[CHN].envelop": (0, 1)}, "Did you mean 'envelope'?"),
    "not an address": ({"export_finance.envelope": (0, 1)}, r"lever\[target\].setting"),
    "empty target": ({"export_finance[CHN,].envelope": (0, 1)}, "an empty target"),
    "beyond the bounds": ({CHN: (0, 900)}, "a number from 0 to 500"),
    "outside the valid domain": ({"turnover": (0, 2)}, "a number from 0 to 1"),
    "ends reversed": ({"switching_cost": (5, 1)}, "the lower first"),
    "word for a number": ({"switching_cost": ["dear", "cheap", "free"]}, "found 'dear'"),
    "no level": ({"scenario": []}, "at least one level"),
    "scenario without levels": (["scenario"], "a list of words"),
    "unknown key": ({"switching_cost": {"low": 0, "hi": 1}}, "Did you mean 'high'?"),
    "nothing": ({}, "a list of addresses"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_named(case):
    varied, message = REFUSED[case]
    with pytest.raises(ls.InputError, match=message):
        sobol(varied, n=4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found 0 lines"),
        ("turnover\n", "found 1 lines"),
        ("turnover,lifting_rate\n0.1\n", "line 2: allowed: 2 cells"),
        ("turnover,turnover\n0.1,0.2\n", "'turnover' and 'turnover' are one address"),
        ("turnover\n0.1\nmuch\n", "turnover, point 1: found 'much'"),
        (",turnover\n0,0.1\n", "column 1 of the first line without an address.*index=False"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, message):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(ls.InputError, match=message):
        read_csv(tmp_path / "d.csv")
    with pytest.raises(ls.InputError, match="design file"):
        read_csv(tmp_path / "nowhere.csv")


def test_what_stands_for_nothing_is_missing():
    nothing = [None, np.nan, "", pd.NA, pd.NaT]
    assert np.isnan(table({"switching_cost": nothing}).values["switching_cost"]).all()
    assert table({"outside_level": [-np.inf]}).values["outside_level"] == -np.inf  # its declaration has it


# --- addresses ---


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
    "the year from which it acts, said and not said": (
        {LOAN.format("CHN", ""): [1.0], LOAN.format("CHN", "@2021"): [2.0]},
        "are one address",
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


def planned(points, world):
    """The job of some points of the bundled world, before any run."""
    return build_points_job(table(points), runs=1, outcomes=["cn2035_cloud"], years=[2041], world=world)


@pytest.mark.parametrize("case", SHARED)
def test_columns_that_set_the_same_for_some_economies_and_years_are_refused(case, real_world):
    points, said = SHARED[case]
    with pytest.raises(ls.InputError, match=re.escape(said)):
        planned(points, real_world)


@pytest.mark.parametrize("case", APART)
def test_columns_that_are_apart_in_what_they_touch_stand_beside_each_other(case, real_world):
    planned(APART[case], real_world)
