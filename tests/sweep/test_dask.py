"""A real cluster of two worker processes gives the same bits, also when one is killed on the way."""

from __future__ import annotations

import os
import signal
import sys
from unittest import mock

import pytest
from sweep.conftest import VARIED, same

import lockin_sim as ls
from lockin_sim.studies import sweep_dask

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals"),
    # what Dask and its web server leave open when a process of theirs is killed is not ours to close
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


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


@pytest.fixture
def larger(small):
    """A sweep long enough to kill a worker in it."""
    return small | {"design": ls.design.sobol(VARIED, n=32, seed=2), "unit": 1}


def test_the_same_bits_with_a_worker_killed_on_the_way(larger, tmp_path, cluster):
    reference = ls.sweep(**larger, out=tmp_path / "good.zarr")
    killed: list[int] = []

    def kill_once(done: int) -> None:
        if not killed:
            pids = list(cluster.workers.values())
            killed.append(pids[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    with distributed.Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        ds = ls.sweep(**larger, out=tmp_path / "s.zarr", scheduler=client, progress=kill_once)
        client.wait_for_workers(2, timeout=30)
        after = set(client.run(os.getpid).values())
    assert killed[0] in before
    assert killed[0] not in after
    assert ds.attrs["runs_failed"] == 0
    assert same(ds, reference)


def test_by_address_and_resumed_in_process(larger, tmp_path, cluster):
    reference = ls.sweep(**larger, out=tmp_path / "good.zarr")

    class Stop(Exception):
        pass

    def stop(done: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        ls.sweep(**larger, out=tmp_path / "s.zarr", scheduler=cluster.scheduler_address, progress=stop)
    assert 0 < ls.open_sweep(tmp_path / "s.zarr").attrs["runs_done"] < 96
    assert same(ls.sweep(**larger, out=tmp_path / "s.zarr", resume=True), reference)


def test_another_version_on_a_worker_is_refused(small, tmp_path, cluster, monkeypatch):
    from lockin_sim.studies import sweep_unit

    monkeypatch.setattr(sweep_unit.importlib.metadata, "version", lambda name: "9.9")
    with (
        distributed.Client(cluster) as client,
        pytest.raises(ls.InputError, match=r"worker: .* allowed: 9.9"),
    ):
        ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=client)


def test_nobody_at_the_address(small, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_dask, "PATIENCE_SECONDS", 1)
    for scheduler in ("tcp://127.0.0.1:9", "nonsense", 7):
        with pytest.raises(ls.InputError, match="scheduler: found"):
            ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=scheduler)
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_there_is_a_message(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ls.InputError, match=r"pip install lockin-sim\[cluster\]"):
        ls.sweep(**small, out=tmp_path / "s.zarr", scheduler="tcp://127.0.0.1:8786")
