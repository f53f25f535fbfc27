"""Processes killed on the way: the store holds whole units, and a resumed sweep is the uninterrupted one."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sweep.conftest import same
from waiting import patience

import lockin_sim as ls
from lockin_sim.runs import workers as pool
from lockin_sim.runs.store import is_store
from lockin_sim.runs.store_datasets import open_sweep
from lockin_sim.studies.points_job import PointsJob

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals"),
    # whoever edits the model while its tests run is not to be stopped here
    pytest.mark.filterwarnings("ignore:.*changed since the last session"),
]

#: What a process runs that will be killed; the arguments come from this file, so that all runs agree.
SWEEP = """
import json, sys
import lockin_sim as ls
out, workers, resume, varied, rest = sys.argv[1:]
ls.sweep(
    ls.design.sobol(json.loads(varied), n=24, seed=1), out=out,
    workers=int(workers), resume=resume == "resume",
    **json.loads(rest),
)
"""
#: The same, killed by itself when the store is almost made.
UNBORN = f"""
import os, signal
from lockin_sim.runs import store
store.rewrite = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{SWEEP}"""
VARIED = {"switching_cost": [0, 10], "turnover": [0, 0.5]}
OUTCOMES = ["switching_pull", "cn2035_share"]
REST = {"runs": 2, "seed": 1, "years": [2011, 2012], "outcomes": OUTCOMES, "unit": 1}


def run(out, workers, *, resume, code=SWEEP):
    arguments = [str(out), str(workers), "resume" if resume else "new", json.dumps(VARIED), json.dumps(REST)]
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(out, **how):
    return ls.sweep(ls.design.sobol(VARIED, n=24, seed=1), out=out, **REST, **how).load()


def wait_for(out, number, process):
    """Wait until so many units are there, or the process that makes them has ended."""
    journal = out / "units.journal"
    while process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b'"unit": ') >= number:
            return
        time.sleep(0.002)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    out = tmp_path_factory.mktemp("reference") / "s"
    return finish(out)


@pytest.mark.parametrize(("workers", "moments"), [pytest.param(1, (3,), marks=pytest.mark.slow), (2, (5,))])
def test_the_parent_is_killed_when_some_units_are_there(tmp_path, reference, workers, moments):
    out = tmp_path / "s"
    for position, units in enumerate(moments):
        began, process = time.monotonic(), run(out, workers, resume=position > 0)
        wait_for(out, units, process)
        process.kill()
        # returns once the workers are gone: nobody holds the error stream
        process.communicate(timeout=patience(began))
        held = ls.open_results(out)  # what is there can be read at any time
        there = held["status"].values == 1
        assert 0 < there.sum() < there.size
        for name in ("switching_pull", "cn2035_share"):
            assert held[name].values[there].tobytes() == reference[name].values[there].tobytes()
    assert same(finish(out, resume=True), reference)


#: What every process of a sweep does at some time: the moments at which it is ended.
MOMENTS = """
import json, os, random, signal, sys
from pathlib import Path
dice = random.Random(int(sys.argv[6]))
left = [dice.randrange(1, 60)]
def dying(original):
    def call(*arguments, **named):
        left[0] -= 1
        if left[0] < 0:
            if dice.random() < 0.5 and original is os.fsync:
                original(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **named)
    return call
os.fsync = dying(os.fsync)
for name in ("replace", "unlink", "rmdir", "mkdir"):
    setattr(Path, name, dying(getattr(Path, name)))
sys.argv[6:] = []
""" + SWEEP.replace("import json, sys", "")


@pytest.mark.parametrize("times", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_at_any_change_of_a_file_again_and_again(tmp_path, reference, times):
    """A process that ends itself before or after a change of names or a write to the disk, any of them."""
    done, number = 0, 0
    while done < times:
        out = tmp_path / f"{number}"
        for resume in range(20):
            arguments = [str(out), "1", "resume", json.dumps(VARIED), json.dumps(REST)]
            arguments.append(str(1000 * number + resume))
            command = [sys.executable, "-c", MOMENTS, *arguments]
            process = subprocess.run(command, capture_output=True, text=True, check=False)
            done += process.returncode == -signal.SIGKILL
            assert process.returncode in (0, -signal.SIGKILL), process.stderr
            if is_store(out):
                held = ls.open_results(out)
                there = held["status"].values == 1
                for name in ("switching_pull", "cn2035_share"):
                    assert held[name].values[there].tobytes() == reference[name].values[there].tobytes()
            if process.returncode == 0 or done >= times:
                break
        assert same(finish(out, resume=True), reference)
        assert len(list(out.iterdir())) == 24 + 3  # units, description, journal and lock
        number += 1


def test_a_point_is_computed_in_parts(small, tmp_path):
    """One point of many runs: an interruption keeps what was done, and the whole is the same in the end."""
    small |= {"design": ls.design.table({"switching_cost": [1.0]}), "runs": 500, "unit": None}
    small["years"] = (1, 2)
    told = []

    def stop(done):
        told.append(done)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ls.sweep(**small, out=tmp_path / "s", progress=stop)
    held = ls.open_results(tmp_path / "s")
    assert held.attrs["runs_done"] == 250
    assert held["status"].values[0, :250].all()
    found = ls.sweep(**small, out=tmp_path / "s", resume=True, progress=told.append)
    assert told == [125] * 4
    whole = ls.sweep(**small | {"unit": 1}, out=tmp_path / "whole")
    assert same(found, whole)
    values = ls.evaluate(
        {"switching_cost": [1.0]}, **{k: v for k, v in small.items() if k not in ("design", "unit")}
    )
    pull = values["value"].sel(outcome="switching_pull").values
    assert np.array_equal(pull, whole["switching_pull"].values, equal_nan=True)


def test_killed_before_there_is_a_store(tmp_path, reference):
    out = tmp_path / "s"
    process = run(out, 1, resume=True, code=UNBORN)  # as a queue does that repeats a command
    _, err = process.communicate()
    assert process.returncode == -signal.SIGKILL, err
    assert not is_store(out)
    with pytest.raises(ls.InputError, match="a store made by"):
        open_sweep(out)
    assert same(finish(out, resume=True), reference)


@pytest.mark.slow
def test_ctrl_c_twice(tmp_path, reference):
    experiment = tmp_path / "e.toml"
    experiment.write_text(
        'name = "e"\nquestion = "?"\nexpectation = "none"\nruns = 2\nseed = 1\nyears = [2011, 2012]\n'
        'outcomes = ["switching_pull", "cn2035_share"]\n[design]\nmethod = "sobol"\nn = 24\nseed = 1\n'
        "[design.columns]\nswitching_cost = [0, 10]\nturnover = [0, 0.5]\n"
    )
    lockin, out = Path(sys.executable).with_name("lockin"), tmp_path / "s"
    command = [str(lockin), "sweep", str(experiment), "--out", str(out), "--workers", "2"]
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(out, 1, process)
    for _ in range(2):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
        time.sleep(0.01)  # between two strokes of a key: nothing to be waited for
    printed, err = process.communicate(timeout=patience(began))
    assert process.returncode == 130, err
    assert printed == ""
    assert "Traceback" not in err
    assert "--resume" in err
    held = ls.open_results(out)
    assert 0 < held.attrs["runs_done"] < 48
    assert same(finish(out, resume=True), reference)


# --- workers that die ---


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


def test_a_killed_worker_costs_nothing(small, good, tmp_path, monkeypatch):
    reference, _ = good
    killer = Killer(monkeypatch, unit=2, times=1)
    assert same(ls.sweep(**small, workers=2, out=tmp_path / "s"), reference)
    assert killer.left == 0


def test_jobs_of_a_block_share_processes_that_end_with_it(small, good, tmp_path):
    reference, _ = good
    with pool.shared_processes():
        assert same(ls.sweep(**small, workers=2, out=tmp_path / "one"), reference)
        dies, stays = multiprocessing.active_children()
        dies.kill()
        dies.join()
        assert same(ls.sweep(**small, workers=2, out=tmp_path / "two"), reference)
        assert stays in multiprocessing.active_children()
    assert not multiprocessing.active_children()


def test_a_unit_that_kills_its_workers_is_rows_with_that_error(small, good, tmp_path, monkeypatch):
    reference, _ = good
    with monkeypatch.context() as patch:
        Killer(patch, unit=2, times=99)
        ds = ls.sweep(**small, workers=2, out=tmp_path / "s")
    assert (ds["status"].values == 2).sum() == 6
    assert "ended abruptly 3 times" in str(ds["error"].values[4, 0])
    again = ls.sweep(**small, out=tmp_path / "s", resume=True, retry=True)
    assert same(again, reference)


def test_a_retry_that_kills_its_workers_leaves_good_runs_alone(small, good, tmp_path, monkeypatch, capsys):
    out = tmp_path / "s"
    reference, _ = good
    with monkeypatch.context() as patch:
        patch.setattr(PointsJob, "compute", failing(small["design"].row(4)))
        ls.sweep(**small, out=out)
    with monkeypatch.context() as patch:
        Killer(patch, unit=2, times=99)
        ds = ls.sweep(**small, workers=2, out=out, resume=True, retry=True, progress=True)
    failed = ds["status"].values == 2
    assert np.argwhere(failed).tolist() == [[4, 1]]
    assert "ended abruptly 3 times" in str(ds["error"].values[4, 1])
    for name in small["outcomes"]:
        assert np.array_equal(ds[name].values[~failed], reference[name].values[~failed], equal_nan=True)
    assert "24 of 24 runs; 23 done before; 1 failed" in capsys.readouterr().err
    again = ls.sweep(**small, out=out, resume=True, retry=True)
    assert same(again, reference)


def failing(point):
    """A computation of units in which run 1 of a point fails."""

    original = PointsJob.compute

    def compute(job, design, runs, skip):
        block = original(job, design, runs, skip)
        if design.row(0) == point:
            planted = [[[0], [1], [0]], [[0]] * 3]
            block |= {name: np.where(planted, np.nan, block[name]) for name in job.outcomes}
            block["status"][0, 1], block["error"][0, 1] = 2, "planted"
        return block

    return compute


def test_workers_that_never_work_are_given_up(small, tmp_path, monkeypatch):
    for unit in range(4):
        Killer(monkeypatch, unit=unit, times=99)
    with pytest.raises(ls.InputError, match="every process ends abruptly"):
        ls.sweep(**small, workers=2, out=tmp_path / "s")
