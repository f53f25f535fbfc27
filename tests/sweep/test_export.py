"""Exports: every row and number of the store, undefined ones left blank."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from conventions import check_conventions

import lockin_sim as ls
from lockin_sim.common.files import read_rows
from lockin_sim.runs.store_datasets import export


@pytest.fixture
def store(small, tmp_path):
    small |= {"years": (0, 6), "record": ["vendor_share"]}
    ls.sweep(**small, out=tmp_path / "s")
    return tmp_path / "s"


def check(frame, ds):
    assert len(frame) == 8 * 3 * 2
    assert list(frame)[:3] == ["point", "run", "year"]
    assert {"switching_cost", "noise_scale", "switching_pull", "retention", "status", "error"} <= set(frame)
    frame = frame.set_index(["point", "run", "year"]).sort_index()
    assert np.array_equal(
        frame["switching_pull"].to_numpy(), ds["switching_pull"].values.ravel(), equal_nan=True
    )
    assert np.isnan(frame["switching_pull"].xs(0, level="year")).all()
    assert np.array_equal(frame["switching_cost"].xs((0, 6), level=("run", "year")), ds["switching_cost"])


def test_netcdf_has_everything(store, tmp_path):
    path = export(store, tmp_path / "s.nc")
    check_conventions(path)
    ds, read = ls.open_results(store), xr.load_dataset(path)
    for name in ("switching_pull", "vendor_share", "switching_cost"):
        assert np.array_equal(read[name].values, ds[name].values, equal_nan=True)
    assert read["switching_pull"].attrs["units"] == "1"
    assert read["switching_pull"].attrs["unit_in_words"] == "share"
    assert read.attrs["design_hash"] == ds.attrs["design_hash"]


def test_zarr_has_everything_and_any_reader_knows_it(store, tmp_path):
    ds = ls.open_results(store)
    read = xr.open_zarr(export(store, tmp_path / "s.zarr"), chunks=None)
    for name in ("switching_pull", "vendor_share", "switching_cost", "status", "error"):
        assert np.array_equal(read[name].values, ds[name].values, equal_nan=name != "error")
    assert read["switching_pull"].attrs["unit_in_words"] == "share"
    assert read.attrs["design_hash"] == ds.attrs["design_hash"]
    with pytest.raises(ls.InputError, match="a new folder"):
        export(store, tmp_path / "s.zarr")


def test_an_opened_sweep_is_written_by_xarray_too(store, tmp_path):
    ds = ls.open_results(store)
    ds.to_netcdf(tmp_path / "s.nc")
    read = xr.load_dataset(tmp_path / "s.nc")
    for name in ("switching_pull", "vendor_share", "switching_cost", "status"):
        assert np.array_equal(read[name].values, ds[name].values, equal_nan=True)
    assert (read["error"].values == "").all()
    assert json.loads(read.attrs["identity"])["seed"] == 1


READERS = {
    "pandas": lambda module, path, kind: getattr(module, f"read_{kind}")(path),
    "polars": lambda module, path, kind: getattr(module, f"read_{kind}")(path).to_pandas(),
    "duckdb": lambda module, path, kind: module.sql(f"select * from read_{kind}('{path}')").df(),
}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("reader", READERS)
def test_readers_find_the_same_numbers(store, tmp_path, reader, kind):
    module = pytest.importorskip(reader, reason="in the extra analysis")
    pytest.importorskip("pyarrow", reason="in the extra analysis")
    path = export(store, tmp_path / "deep" / f"s.{kind}")
    check(READERS[reader](module, path, kind), ls.open_results(store))


def test_a_word_that_is_a_formula_cannot_run(small, tmp_path, monkeypatch):
    """Written behind an apostrophe; what is a number stays one."""
    monkeypatch.chdir(tmp_path)
    text = 'name = "f"\nquestion = "q"\nsource = "s"\n'
    Path("=1+1.toml").write_text(text, encoding="utf-8")
    small["design"] = ls.design.table({"scenario": ["=1+1.toml"], "outside_level": [-5.5]})
    ls.sweep(**small, out="s")
    with export("s", "s.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert row["scenario"] == "'=1+1.toml"
    assert row["outside_level"] == "-5.5"
    assert next(read_rows("s.csv"))[1] == list(row)
    assert "=1+1.toml" in [cell for _, cells in read_rows("s.csv") for cell in cells]


def test_what_cannot_be_written_leaves_nothing(store, tmp_path, monkeypatch):
    (file := tmp_path / "file").touch()
    before = [sorted(place.rglob("*")) for place in (tmp_path, store)]
    with pytest.raises(ls.InputError, match=r"\.csv, \.parquet, \.nc"):
        export(store, tmp_path / "s.xlsx")
    with pytest.raises(ls.InputError, match="a file that can be written"):
        export(store, file / "s.csv")
    for place in (store / "s.csv", store / "new" / "s.parquet", store / "s.zarr"):
        with pytest.raises(ls.InputError, match=r"a place elsewhere; .*s\ is a store"):
            export(store, place)
    with pytest.raises(ls.InputError, match="a store made by"):
        export(tmp_path, tmp_path / "s.csv")
    for package, name in (("pyarrow", "s.parquet"), ("zarr", "s.zarr")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ls.InputError, match=f"{package} is not installed; to install it: make install"):
            export(store, tmp_path / name)
    assert [sorted(place.rglob("*")) for place in (tmp_path, store)] == before
