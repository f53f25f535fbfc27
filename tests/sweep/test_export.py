"""Exports: every row and number of the store, undefined ones left blank."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.store import export


@pytest.fixture
def store(small, tmp_path):
    small |= {"years": (0, 6), "record": ["vendor_share"]}
    ls.sweep(**small, out=tmp_path / "s.zarr")
    return tmp_path / "s.zarr"


def check(frame: pd.DataFrame, ds: xr.Dataset) -> None:
    assert len(frame) == 8 * 3 * 2
    assert list(frame)[:3] == ["point", "run", "year"]
    assert {"switching_cost", "noise_scale", "lock_in", "retention", "status", "error"} <= set(frame)
    frame = frame.set_index(["point", "run", "year"]).sort_index()
    assert np.array_equal(frame["lock_in"].to_numpy(), ds["lock_in"].values.ravel(), equal_nan=True)
    assert np.isnan(frame["lock_in"].xs(0, level="year")).all()
    assert np.array_equal(frame["switching_cost"].xs((0, 6), level=("run", "year")), ds["switching_cost"])


def test_csv_and_parquet(store, tmp_path):
    ds = ls.open_sweep(store)
    check(pd.read_csv(export(store, tmp_path / "deep" / "s.csv")), ds)
    pytest.importorskip("pyarrow")
    check(pd.read_parquet(export(store, tmp_path / "s.parquet")), ds)


def test_netcdf_has_everything(store, tmp_path):
    ds, read = ls.open_sweep(store), xr.load_dataset(export(store, tmp_path / "s.nc"))
    for name in ("lock_in", "vendor_share", "switching_cost"):
        assert np.array_equal(read[name].values, ds[name].values, equal_nan=True)
    assert read["lock_in"].attrs["units"] == "share"
    assert read.attrs["design_hash"] == ds.attrs["design_hash"]


def test_what_cannot_be_written_leaves_nothing(store, tmp_path, monkeypatch):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ls.InputError, match=r"\.csv, \.parquet, \.nc"):
        export(store, tmp_path / "s.xlsx")
    with pytest.raises(ls.InputError, match="a file that can be written"):
        export(store, store / "zarr.json" / "s.csv")
    with pytest.raises(ls.InputError, match="a store made by"):
        export(tmp_path, tmp_path / "s.csv")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ls.InputError, match=r"pip install lockin-sim\[analysis\]"):
        export(store, tmp_path / "s.parquet")
    assert sorted(tmp_path.iterdir()) == before
