"""Freed memory is kept for the next year, also under the variable that Dask leaves behind; what is done is
let go."""

import os
import subprocess
import sys
import warnings
import weakref

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.model.measures.recorder import compute_record_size
from lockin_sim.runs import jobs, simulation

CHURN = """
import resource, sys
import numpy as np
from lockin_sim.engine.batch import keep_memory
if sys.argv[1] == "kept":
    keep_memory()
np.ones(1_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones(1_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux alone has this variable")
def test_large_blocks_are_not_asked_for_again_and_again():
    def pages(how):
        """Pages that twenty arrays of 8 MB, each freed at once, ask the system for."""
        command = [sys.executable, "-c", CHURN, how]
        environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
        return int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)

    assert pages("kept") < pages("as it is") / 5


RECORD = ("installed", "lent", "group_reach")


def test_the_size_of_a_large_dataset_is_said_before_the_first_run(monkeypatch):
    how = {"runs": 2, "years": (2010, 2012), "record": RECORD}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ds = ls.simulate(**how)
    names = frozenset(ds.data_vars) - {"market_size"}
    size = compute_record_size(names, ls.load_world(), 2, 3)
    assert size == 8 * sum(ds[name].size for name in names)
    monkeypatch.setattr(simulation, "LARGE", size)
    ls.simulate(**how)
    monkeypatch.setattr(simulation, "LARGE", size - 1)

    def begins(*_):
        """What computes the first run."""
        raise KeyboardInterrupt

    monkeypatch.setattr(simulation, "_in_batches", begins)
    said = pytest.warns(UserWarning, match=r"the dataset of 2 runs will take 0\.0 GB of memory")
    with said, pytest.raises(KeyboardInterrupt):
        ls.simulate(**how)


def test_units_are_let_go_case_by_case(monkeypatch):
    arrays, alive, joined = [], [], jobs.joined

    def computed(_, units, *__, **___):
        """Every unit, of which this test keeps nothing."""
        blocks = [{f"{case}:share": np.ones(len(runs)) for case in cases} for cases, runs in units]
        arrays.extend(weakref.ref(array) for block in blocks for array in block.values())
        return blocks

    def looked_at(blocks):
        """Join them, and count what there is."""
        alive.append(sum(array() is not None for array in arrays))
        return joined(blocks)

    monkeypatch.setattr(jobs, "all_units", computed)
    monkeypatch.setattr(jobs, "joined", looked_at)
    cases = [jobs.RunCase(name, ls.load_scenario(name), len) for name in ("baseline", "no_dsr", "open_ran")]
    how = {"world": ls.load_world(), "runs": 2, "seed": 1, "years": (2010, 2011), "chunk": 1, "workers": 1}
    assert list(jobs.run_cases(cases, **how)) == ["baseline", "no_dsr", "open_ran"]
    assert alive == [6, 4, 2]
