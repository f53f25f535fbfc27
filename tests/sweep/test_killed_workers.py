"""Workers that die: a unit is computed again, or its rows say why not, and nothing else is lost."""

import os
import signal

import numpy as np
import pytest
from sweep.conftest import same

import lockin_sim as ls
from lockin_sim.runs import workers as pool
from lockin_sim.runs.jobs import DesignJob


class Killer:
    """Kills a worker when it has been given a certain unit."""

    def __init__(self, monkeypatch, unit, times):
        self.left = times
        give = pool.Worker.give

        def killing(worker, task):
            give(worker, task)
            if task[0] == unit and self.left:
                self.left -= 1
                os.kill(worker.process.pid, signal.SIGKILL)

        monkeypatch.setattr(pool.Worker, "give", killing)


def test_a_killed_worker_costs_nothing(small, tmp_path, monkeypatch):
    reference = ls.sweep(**small, out=tmp_path / "good")
    killer = Killer(monkeypatch, unit=2, times=1)
    assert same(ls.sweep(**small, workers=2, out=tmp_path / "s"), reference)
    assert killer.left == 0


def test_a_unit_that_kills_its_workers_is_rows_with_that_error(small, tmp_path, monkeypatch):
    reference = ls.sweep(**small, out=tmp_path / "good")
    with monkeypatch.context() as patch:
        Killer(patch, unit=2, times=99)
        ds = ls.sweep(**small, workers=2, out=tmp_path / "s")
    assert (ds["status"].values == 2).sum() == 6
    assert "ended abruptly 3 times" in str(ds["error"].values[4, 0])
    again = ls.sweep(**small, workers=2, out=tmp_path / "s", resume=True, retry=True)
    assert same(again, reference)


def test_a_retry_that_kills_its_workers_leaves_good_runs_alone(small, tmp_path, monkeypatch, capsys):
    out = tmp_path / "s"
    reference = ls.sweep(**small, out=tmp_path / "good")
    with monkeypatch.context() as patch:
        patch.setattr(DesignJob, "compute", failing(small["design"].row(4)))
        ls.sweep(**small, out=out)
    with monkeypatch.context() as patch:
        Killer(patch, unit=2, times=99)
        ds = ls.sweep(**small, workers=2, out=out, resume=True, retry=True, progress=True)
    failed = ds["status"].values == 2
    assert np.argwhere(failed).tolist() == [[4, 1]]
    assert "ended abruptly 3 times" in str(ds["error"].values[4, 1])
    for name in small["outcomes"]:
        assert np.array_equal(ds[name].values[~failed], reference[name].values[~failed], equal_nan=True)
    assert "24 of 24 runs; 23 were there; 1 failed" in capsys.readouterr().err
    again = ls.sweep(**small, out=out, resume=True, retry=True)
    assert same(again, reference)


def failing(point):
    """A computation of units in which run 1 of a point fails."""

    original = DesignJob.compute

    def compute(job, design, runs, skip):
        block = original(job, design, runs, skip)
        if design.row(0) == point:
            planted = [[[0], [1], [0]], [[0]] * 3]
            block |= {name: np.where(planted, np.nan, block[name]) for name in job.keep.outcomes}
            block["status"][0, 1], block["error"][0, 1] = 2, "planted"
        return block

    return compute


def test_workers_that_never_work_are_given_up(small, tmp_path, monkeypatch):
    for unit in range(4):
        Killer(monkeypatch, unit=unit, times=99)
    with pytest.raises(ls.InputError, match="every process ends abruptly"):
        ls.sweep(**small, workers=2, out=tmp_path / "s")
