"""A real cluster of two worker processes gives the same bits, also when one is killed on the way."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from sweep.conftest import ON_A_CLUSTER, VARIED, same
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.common import engines
from lockin_sim.runs import workers as dask
from lockin_sim.studies.points import build_points_job

distributed = pytest.importorskip("distributed")

pytestmark = ON_A_CLUSTER


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    # Dask leaves variables of its workers in the environment of whoever starts them
    with (
        mock.patch.dict(os.environ),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
            local_directory=str(tmp_path_factory.mktemp("dask")),
        ) as running,
    ):
        yield running


def test_the_same_bits_with_a_worker_killed_on_the_way(larger, tmp_path, cluster):
    reference = ls.sweep(**larger, out=tmp_path / "good")
    killed = []

    def kill_once(done):
        if not killed:
            pids = list(cluster.workers.values())
            killed.append(pids[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    with distributed.Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        ds = ls.sweep(**larger, out=tmp_path / "s", scheduler=client, progress=kill_once)
        client.wait_for_workers(2, timeout=30)
        after = set(client.run(os.getpid).values())
    assert killed[0] in before
    assert killed[0] not in after
    assert ds.attrs["runs_failed"] == 0
    assert same(ds, reference)


def test_by_address_and_resumed_in_process(larger, tmp_path, cluster):
    reference = ls.sweep(**larger, out=tmp_path / "good")

    class Stop(Exception):
        pass

    def stop(done):
        raise Stop

    with pytest.raises(Stop):
        ls.sweep(**larger, out=tmp_path / "s", scheduler=cluster.scheduler_address, progress=stop)
    assert 0 < ls.open_results(tmp_path / "s").attrs["runs_done"] < 96
    assert same(ls.sweep(**larger, out=tmp_path / "s", resume=True), reference)


def test_a_comparison_on_a_cluster_kept_in_a_store(tmp_path, cluster):
    """Studies use the same executor: the same numbers, and a store that processes go on with."""
    how = {"runs": 4, "seed": 1, "years": (2010, 2012), "chunk": 2, "maps": False}
    reference = ls.compare("open_ran", **how, workers=1)
    with ls.running(scheduler=cluster.scheduler_address, store=tmp_path / "s"):
        assert ls.compare("open_ran", **how).identical(reference)
    told = []
    with ls.running(store=tmp_path / "s", resume=True):
        assert ls.compare("open_ran", **how, workers=1, progress=told.append).identical(reference)
    assert told == []


@pytest.mark.slow
def test_the_compiled_engine_on_every_worker(small, tmp_path, cluster):
    """In a small world with the sizes of the bundled one, whose compiled code serves it."""
    pytest.importorskip("numba", reason="the extra fast is not installed")
    small["world"], small["years"] = rich_world(3, vendors=11, sponsors=7), (2011, 2014)
    core = ls.sweep(**small, out=tmp_path / "core")
    with ls.running(engine="fast"):
        here = ls.sweep(**small, out=tmp_path / "here")
        with distributed.Client(cluster) as client:
            there = ls.sweep(**small, out=tmp_path / "there", scheduler=client)
    assert same(there, here)
    np.testing.assert_allclose(there["switching_pull"], core["switching_pull"], rtol=1e-9, atol=1e-9)
    assert (there["switching_pull"] != core["switching_pull"]).any()  # last bits tell which engine it was


def test_a_worker_without_the_compiler_blames_no_run(small, tmp_path, monkeypatch):
    asked = {k: v for k, v in small.items() if k != "unit"}
    job = replace(build_points_job(**asked, record=()), engine="fast")
    monkeypatch.setattr(engines, "has_compiler", lambda: False)
    with pytest.raises(ls.InputError, match=r"engine 'fast': numba is not installed"):
        job.compute(small["design"], range(3))


@pytest.mark.slow
def test_the_example_of_the_documents_runs_as_it_stands(tmp_path):
    """As a file of its own, which workers import; slow where nothing is compiled yet."""
    pytest.importorskip("numba", reason="the extra fast is not installed")
    text = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- a cluster on this machine -->\n```python\n")[2].partition("```")[0]
    (tmp_path / "example.py").write_text(shown, encoding="utf-8")
    place = os.environ | {"PYTHONPATH": str(Path(ls.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "example.py"], cwd=tmp_path, env=place, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[-1] == "switching_pull"
    assert lines[-1].startswith("[64 rows")


@pytest.mark.slow
def test_six_late_workers_are_all_given_units(small, tmp_path, monkeypatch):
    """A scheduler without workers is waited for; six that come late work at the same time, on a unit each."""
    small["design"], small["unit"] = ls.design.sobol(VARIED, n=16, seed=2), 1
    reference = ls.sweep(**small, out=tmp_path / "good")
    together, met, answer = threading.Barrier(6), set[str](), dask.answer

    def meeting(job, arguments):
        """As a worker of this process answers; the first unit of each waits for those of the others."""
        name = distributed.get_worker().address
        if name not in met:
            met.add(name)
            together.wait(timeout=30)
        return answer(job, arguments)

    monkeypatch.setattr(dask, "answer", meeting)
    with (
        mock.patch.dict(os.environ),
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0", silence_logs=50
        ) as growing,
        distributed.Client(growing) as client,
    ):
        timer = threading.Timer(0.3, growing.scale, (6,))
        timer.start()
        found = ls.sweep(**small, out=tmp_path / "s", scheduler=client)
        timer.join()
    assert len(met) == 6
    assert same(found, reference)
