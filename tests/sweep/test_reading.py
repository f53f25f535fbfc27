"""Stores as datasets: what is not done is hidden, and memory does not grow with the store."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from sweep.conftest import layout, unit_files, written

import lockin_sim as ls
from lockin_sim.runs.store import Store
from lockin_sim.runs.store_files import JOURNAL, read_journal, rewrite

POINTS, RUNS, YEARS, UNIT = 4000, 10, 60, 100  # 19 MB an array


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory):
    """A store whose last unit is written and not marked."""
    path = tmp_path_factory.mktemp("unfinished") / "s"
    about = layout(POINTS, RUNS, UNIT, RUNS, names=("x0", "x1", "x2", "x3"), years=YEARS)
    with Store(path, {}, resume=False, layout=about) as store:
        for unit in range(len(about.units)):
            written(store, unit, float(unit), error="e")
    journal = path / JOURNAL
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    return path


@pytest.mark.parametrize(
    "key",
    [
        {}, {"point": 0}, {"point": -1}, {"point": 3899, "run": 3}, {"point": slice(3890, 3910)},
        {"point": [3950, 5, 3899], "year": [3, 1]}, {"run": 2, "year": slice(None, None, 7)},
        {"point": slice(None, None, -800)}, {"point": []}, {"point": np.arange(4000) % 977 == 0},
    ],
)  # fmt: skip
def test_whatever_is_asked_for_what_is_not_marked_is_hidden(unfinished, key):
    ds = ls.open_results(unfinished)
    known = np.broadcast_to((np.arange(POINTS) < POINTS - UNIT)[:, None, None], ds["x1"].shape)
    numbers = np.where(known, np.arange(POINTS)[:, None, None] // UNIT, np.nan)
    expected = ds["x1"].copy(data=numbers).isel(key)
    found = ds["x1"].isel(key)
    assert found.dtype == np.float64
    assert np.array_equal(found.values, expected.values, equal_nan=True)
    there = {k: v for k, v in key.items() if k != "year"}
    done = ds["status"].copy(data=known[..., 0].astype(np.int8)).isel(there)
    assert ds["status"].dtype == np.int8
    assert np.array_equal(ds["status"].isel(there).values, done.values)
    assert np.array_equal(ds["error"].isel(there).values != "", done.values == 1)


MEASURED = """
import sys, tracemalloc
import lockin_sim as ls
from lockin_sim.runs.store_datasets import tables
next(tables(ls.open_results(sys.argv[1])))  # what is loaded once
tracemalloc.start()
ds = ls.open_results(sys.argv[1])
opened = tracemalloc.get_traced_memory()[1]
rows = sum(1 for _ in tables(ds))
print(opened, tracemalloc.get_traced_memory()[1], rows)
"""


def test_memory_does_not_grow_with_the_store(unfinished):
    command = [sys.executable, "-c", MEASURED, str(unfinished)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    opened, exported, units = map(int, done.stdout.split())
    array = 8 * POINTS * RUNS * YEARS
    assert units == POINTS // UNIT
    assert opened < array / 20  # of four such arrays
    assert exported < array


KEYS = [
    {},
    {"run": 5},
    {"run": slice(3, 9)},
    {"point": [2, 0], "run": [9, 4, 0]},
    {"point": 1, "run": 6},
    {"run": []},
]


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Three points of ten runs in units of four; two of the units have no mark: 4 and 8."""
    path = tmp_path_factory.mktemp("parts") / "s"
    about = layout(3, 10, 1, 4, years=2)
    assert [unit.shape for unit in about.units] == 3 * [(1, 4), (1, 4), (1, 2)]
    with Store(path, {}, resume=False, layout=about) as store:
        for number in range(9):
            written(store, number, float(number))
    rewrite(path / JOURNAL, [e for e in read_journal(path / JOURNAL) if e.get("unit") not in (4, 8)])
    return path


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("key", KEYS)
def test_a_unit_of_some_runs_is_there_or_hidden_and_what_is_hidden_is_not_read(parts, tmp_path, key, damaged):
    numbers = np.repeat(np.arange(9.0).reshape(3, 3), [4, 4, 2], axis=1)
    numbers[1, 4:8] = numbers[2, 8:] = np.nan
    path = tmp_path / "s"
    shutil.copytree(parts, path)
    if damaged:
        unit_files(path)[4].write_bytes(b"no arrays at all")
    ds = ls.open_results(path)
    assert ds.attrs["runs_missing"] == 6
    expected = ds["x"].copy(data=np.repeat(numbers[:, :, None], 2, axis=2)).isel(key)
    assert np.array_equal(ds["x"].isel(key).values, expected.values, equal_nan=True)
    status = ds["status"].copy(data=np.where(np.isnan(numbers), 0, 1)).isel(key)
    assert np.array_equal(ds["status"].isel(key).values, status.values)
