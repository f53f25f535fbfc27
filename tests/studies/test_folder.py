"""A comparison's folder: everything that was written can be read again, and what is damaged is refused."""

import csv
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from conventions import check_conventions

import lockin_sim as ls
from lockin_sim.common.netcdf import read_dataset, write_dataset
from lockin_sim.comparisons.by_group import breakdown, public_cost
from lockin_sim.pages.report import Comparison
from lockin_sim.runs.results import write_table

SMALL = {"runs": 2, "seed": 1, "years": (2010, 2013), "workers": 1}


@pytest.fixture(scope="module")
def datasets():
    two = ls.load_scenario("digital_oda").with_lever("state_support", "ericsson", from_=2012, share=0.2)
    two = two.model_copy(update={"name": "two levers/in one"})
    return Comparison.run([two], **SMALL).datasets


@pytest.fixture(scope="module")
def folder(datasets, tmp_path_factory):
    made = Comparison(datasets)
    made.figures = dict  # they take long
    return made.write(tmp_path_factory.mktemp("comparison")).parent


def test_everything_is_read_as_it_was_written(folder, datasets):
    again = ls.open_results(folder)
    assert list(again) == list(datasets)
    for name, ds in datasets.items():
        xr.testing.assert_identical(again[name], ds)
        for variable, values in ds.variables.items():
            assert again[name].variables[variable].dtype == values.dtype


def test_parts_from_shared_runs_are_those_of_their_own_call(datasets):
    scenario = datasets["effects"].scenario.values[1]
    two = ls.load_scenario("digital_oda").with_lever("state_support", "ericsson", from_=2012, share=0.2)
    two = two.model_copy(update={"name": scenario})
    for name, study in {
        "effects": ls.compare, **{f"by_{by}": partial(breakdown, by=by) for by in ("group", "domain")},
        "public_cost": public_cost,
    }.items():  # fmt: skip
        # what else is recorded decides in which order flows are added up: last digits differ
        xr.testing.assert_allclose(study([two], **SMALL), datasets[name], rtol=1e-9, atol=1e-12)


def test_every_table_says_of_which_year_and_in_which_unit_it_is(folder):
    plain = ("levels", "effects", "countries", "public_cost", "cost_per_point")
    units = dict.fromkeys(plain, "unit")
    units |= dict.fromkeys(("by_group", "by_domain", "by_country"), "measure_unit")
    for table, unit in units.items():
        with (folder / f"{table}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert "2013" in {row["year"] for row in rows}, table
        assert all(row[unit] for row in rows), table
    with (folder / "by_region.csv").open(newline="") as file:
        assert {row["group"] for row in csv.DictReader(file)} == set(ls.load_world().case.groups)


def test_a_table_has_one_row_for_each_combination(tmp_path):
    ds = xr.Dataset(
        {"effect": (("a", "b"), [[0.1 + 0.2, np.nan]]), "pairs_used": (("a", "b"), [[3, 0]])},
        coords={"a": ["x"], "b": [1, 2], "a_label": ("a", ["the x"])},
    )
    write_table(ds, ["effect"], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == (
        "a,a_label,b,effect,pairs_used\nx,the x,1,0.30000000000000004,3\nx,the x,2,,0\n"
    )


def test_datasets_are_as_the_conventions_have_them(folder):
    for path in (folder / "data").glob("*.nc"):
        check_conventions(path)


def test_flags_survive_by_their_names(tmp_path):
    about = {"units": "index of vendor, -1 if none", "long_name": "who"}
    ds = xr.Dataset(
        {"incumbent": ("x", [-1, 1], about)}, {"vendor": ["a", "b c"], "x": [1, 2]}, {"seed": 2**40}
    )
    write_dataset(ds, tmp_path / "x.nc")
    check_conventions(tmp_path / "x.nc")
    written = xr.load_dataset(tmp_path / "x.nc")["incumbent"].attrs
    assert written["flag_meanings"] == "none a b_c"
    assert written["flag_values"].tolist() == [-1, 0, 1]
    again = read_dataset(tmp_path / "x.nc")
    xr.testing.assert_identical(again["incumbent"], ds["incumbent"])
    assert int(again.attrs["seed"]) == 2**40


def test_all_kinds_of_values_survive(tmp_path):
    kinds = {"flag": [True, False], "word": ["ä", ""], "whole": [1, 2]}
    ds = xr.Dataset(
        {name: ("x", values) for name, values in kinds.items()},
        attrs={"seed": 3, "world": "bundled", "history": "prior"},
    )
    ds["number"] = "x", [np.nan, 0.1], {"units": "", "long_name": "€"}
    write_dataset(ds, tmp_path / "x.nc")
    again = read_dataset(tmp_path / "x.nc")
    xr.testing.assert_identical(again, ds)
    assert type(again.attrs["seed"]) is int


@pytest.mark.parametrize("manifest", [None, "{}", "[]", "not json", '{"made_by": "lockin_sim"}'])
def test_what_is_no_comparison_is_refused(tmp_path, manifest):
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(ls.InputError, match="a folder made by `lockin compare`"):
        ls.open_results(tmp_path)


@pytest.fixture
def copied(folder, tmp_path):
    """A comparison to damage."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_a_damaged_dataset_and_a_missing_one_are_refused(copied):
    file = copied / "data" / "effects.nc"
    whole = file.read_bytes()
    for kept in (0, 4, 20, 100, 2000, -10):
        file.write_bytes(whole[:kept])
        with pytest.raises(ls.InputError, match=r"effects\.nc: a damaged file"):
            ls.open_results(copied)
    file.unlink()
    with pytest.raises(ls.InputError, match=r"effects\.nc: this file is missing"):
        ls.open_results(copied)
