"""A sweep small enough to repeat: a toy world of twenty countries, a few milliseconds a run."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.runs.store import DONE, Layout, StoredVariable

VARIED = {"switching_cost": (0, 5), "noise_scale": (0.5, 1.5)}

#: Marks of tests with a real cluster.
ON_A_CLUSTER = [
    pytest.mark.skipif(os.name == "nt", reason="signals"),
    # what Dask and its web server leave open when a process of theirs is killed is not ours to close
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="session")
def toy():
    return ls.toy_world(n_countries=20, n_vendors=3, lifetime=2)


def few(toy):
    """Arguments of a sweep of 8 points with 3 runs."""
    return {
        "design": ls.design.sobol(VARIED, n=8, seed=2),
        "scenario": ls.Scenario.none(),
        "outcomes": ("switching_pull", "retention"),
        "years": (3, 6),
        "runs": 3,
        "seed": 1,
        "world": toy,
        "parameters": ls.Parameters.neutral(quality_weight=1.0),
        "unit": 2,
    }


@pytest.fixture
def small(toy):
    """Those arguments, which a test may change."""
    return few(toy)


@pytest.fixture
def larger(small):
    """A sweep long enough to kill a worker in it."""
    return small | {"design": ls.design.sobol(VARIED, n=32, seed=2), "unit": 1}


@pytest.fixture(scope="session")
def good(toy, tmp_path_factory):
    """What the small sweep gives, and its store, which no test changes."""
    store = tmp_path_factory.mktemp("good") / "s"
    return ls.sweep(**few(toy), out=store).load(), store


@pytest.fixture
def finished(good, tmp_path):
    """The same, with a copy of the store to damage."""
    reference, store = good
    return reference, shutil.copytree(store, tmp_path / "s")


def unit_files(store):
    """The files of units, in their order."""
    return sorted(store.glob("0*.npz"))


def layout(points, runs, unit_points, unit_runs, *, names=("x",), years=1):
    """A store's description with some arrays over years."""
    labels = {"point": points, "run": runs, "year": years}
    coordinates = {name: ((name,), np.arange(n), {}) for name, n in labels.items()}
    variables = {name: StoredVariable(("year",), (years,), "1", "") for name in names}
    return Layout(points, runs, unit_points, unit_runs, variables, coordinates, {"identity": {}})


def written(store, number, value, error=""):
    """Write a unit that holds one value, or one array, in all its variables."""
    shape, about = store.layout.units[number].shape, store.layout.variables
    block = {name: np.full((*shape, *of.shape), value) for name, of in about.items()}
    block |= {"error": np.full(shape, error, dtype=np.dtypes.StringDType())}
    store.write(number, block | {"status": np.full(shape, DONE, dtype=np.int8)})


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def change(path):
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)


def empty(path):
    path.write_bytes(b"")


DAMAGE = [cut, change, empty, Path.unlink]


def same(one, other):
    """Whether two sweeps hold the same, bit for bit; errors without the place in the code."""
    assert set(one.data_vars) == set(other.data_vars)
    numbers = [n for n in one.data_vars if n != "error"]
    alike = all(one[n].values.tobytes() == other[n].values.tobytes() for n in numbers)
    return alike and np.array_equal(one["error"].values != "", other["error"].values != "")
