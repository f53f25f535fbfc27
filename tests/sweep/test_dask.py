"""A real cluster of two worker processes gives the same bits, also when one is killed on the way."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from sweep.conftest import VARIED, same
from sweep.test_command import EXPERIMENT

import lockin_sim as ls
from lockin_sim import cli, engines
from lockin_sim.runs import dask, source
from lockin_sim.studies.sweep_job import job_of

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


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

#: A process whose scheduler is killed after the first unit.
DYING = """
import os, pickle, signal, socket, sys
from pathlib import Path
import lockin_sim as ls
from lockin_sim.runs import dask
dask.ANSWER_SECONDS = 2
folder, address, victim = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
def kill(done):
    if not killed:
        killed.append(os.kill(victim, signal.SIGKILL))
        host, port = address.removeprefix("tcp://").split(":")
        while True:  # until the loss is known, and units are waited for that never come
            try:
                socket.create_connection((host, int(port))).close()
            except OSError:
                return
killed = []
try:
    arguments = pickle.loads((folder / "arguments").read_bytes())
    ls.sweep(**arguments, out=folder / "s.zarr", scheduler=address, progress=kill)
except ls.InputError as error:
    print(error)
"""


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


def test_a_comparison_on_a_cluster_kept_in_a_store(tmp_path, cluster):
    """Studies use the same executor: the same numbers, and a store that processes go on with."""
    how = {"runs": 4, "seed": 1, "years": (2010, 2012), "chunk": 2, "maps": False}
    reference = ls.compare("open_ran", **how, workers=1)
    with ls.running(scheduler=cluster.scheduler_address, store=tmp_path / "s"):
        assert ls.compare("open_ran", **how).identical(reference)
    told: list[int] = []
    with ls.running(store=tmp_path / "s", resume=True):
        assert ls.compare("open_ran", **how, workers=1, progress=told.append).identical(reference)
    assert told == []


def test_the_compiled_engine_on_every_worker(small, tmp_path, cluster):
    pytest.importorskip("numba", reason="the extra fast is not installed")
    core = ls.sweep(**small, out=tmp_path / "core.zarr")
    with ls.running(engine="fast"):
        here = ls.sweep(**small, out=tmp_path / "here.zarr")
        with distributed.Client(cluster) as client:
            there = ls.sweep(**small, out=tmp_path / "there.zarr", scheduler=client)
    assert same(there, here)
    np.testing.assert_allclose(there["lock_in"], core["lock_in"], rtol=1e-9, atol=1e-9)
    assert (there["lock_in"] != core["lock_in"]).any()  # last bits tell that it was the other engine


def test_a_worker_without_the_compiler_blames_no_run(small, tmp_path, monkeypatch):
    job = replace(
        job_of(
            **{k: v for k, v in small.items() if k != "unit"}, record=()
        ),
        engine="fast",
    )  # fmt: skip
    monkeypatch.setattr(engines, "compiler", lambda: False)
    with pytest.raises(ls.InputError, match=r"engine: found 'fast', and numba is not installed"):
        job.compute(small["design"], range(3))


@pytest.mark.slow
def test_the_example_of_the_documents_runs_as_it_stands(tmp_path):
    """As a file of its own, which workers import; slow where nothing is compiled yet."""
    pytest.importorskip("numba", reason="the extra fast is not installed")
    text = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- a cluster on this machine -->\n```\n")[2].partition("```")[0]
    (tmp_path / "example.py").write_text(shown, encoding="utf-8")
    place = os.environ | {"PYTHONPATH": str(Path(ls.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "example.py"], cwd=tmp_path, env=place, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[-1] == "lock_in"
    assert lines[-1].startswith("[64 rows")


def test_workers_that_join_later_are_used(larger, tmp_path):
    """One worker begins; two more come after the first unit and are given units of their own."""
    with (
        mock.patch.dict(os.environ),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0", silence_logs=50
        ) as growing,
        distributed.Client(growing) as client,
    ):
        told: list[int] = []

        def grow(done: int) -> None:
            if not told:
                growing.scale(3)
                client.wait_for_workers(3, timeout=30)
            told.append(sum(map(len, client.processing().values())))

        ls.sweep(**larger, out=tmp_path / "s.zarr", scheduler=client, progress=grow)
    assert max(told) > dask.AHEAD


def test_six_late_workers_are_all_given_units(small, tmp_path, monkeypatch):
    """A scheduler without workers is waited for; six that come late work at the same time, on a unit each."""
    small["design"], small["unit"] = ls.design.sobol(VARIED, n=16, seed=2), 1
    reference = ls.sweep(**small, out=tmp_path / "good.zarr")
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
        found = ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=client)
        timer.join()
    assert len(met) == 6
    assert same(found, reference)


def test_a_scheduler_without_workers_is_waited_for_so_long_and_no_longer(small, tmp_path, capsys):
    with (
        mock.patch.dict(os.environ),
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=":0", protocol="tcp://"
        ) as empty,
    ):
        address = empty.scheduler_address
        with pytest.raises(ls.InputError, match=r"scheduler: found 'no workers for 0.3 seconds'.*--patience"):
            ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=ls.Scheduler(address, patience=0.3))
        command = ["claims", "--runs", "1", "--years", "2010-2011", "--out", str(tmp_path / "c.csv")]
        assert cli.main([*command, "--scheduler", address, "--patience", "0.2"]) == 2
    assert "no workers for 0.2 seconds" in capsys.readouterr().err
    assert ls.open_sweep(tmp_path / "s.zarr").attrs["runs_done"] == 0


@pytest.fixture
def certificates(tmp_path) -> dict[str, str]:
    """A certificate that signs itself, with its key; and one that nobody trusts."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl here to make certificates with")
    for name in ("ours", "other"):
        files = ["-keyout", str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem")]
        kind = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        subprocess.run([program, "req", "-x509", *kind, *files], check=True, capture_output=True)
    return {f"{n}.{end}": str(tmp_path / f"{n}.{end}") for n in ("ours", "other") for end in ("pem", "key")}


def test_an_encrypted_cluster_from_the_command_line(tmp_path, certificates, monkeypatch, capsys):
    """Both sides show certificates; who has none that the scheduler trusts is turned away."""
    monkeypatch.setattr(dask, "ANSWER_SECONDS", 2)
    (tmp_path / "e.toml").write_text(EXPERIMENT)
    pem, key = certificates["ours.pem"], certificates["ours.key"]
    roles = ("scheduler", "worker", "client")
    shown = {f"tls_{r}_cert": pem for r in roles} | {f"tls_{r}_key": key for r in roles}
    security = distributed.Security(tls_ca_file=pem, require_encryption=True, **shown)
    command = ["sweep", str(tmp_path / "e.toml"), "--out", str(tmp_path / "s.zarr")]
    trusted = ["--tls-ca-file", pem]
    with (
        mock.patch.dict(os.environ),
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            dashboard_address=":0",
            silence_logs=50,
            security=security,
            protocol="tls://",
        ) as cluster,
    ):
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        other = ["--tls-cert", certificates["other.pem"], "--tls-key", certificates["other.key"]]
        for options in ([], [*trusted, *other]):
            assert cli.main([*command, "--scheduler", address, *options]) == 2
            assert "certificates that it and this side trust" in capsys.readouterr().err
        ours = [*trusted, "--tls-cert", pem, "--tls-key", key]
        assert cli.main([*command, "--scheduler", address, *ours]) == 0, capsys.readouterr().err
    assert ls.open_sweep(tmp_path / "s.zarr").attrs["runs_missing"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tls-cert", "x.pem"], "--tls-cert: found 'no scheduler'"),
        (["--patience", "3"], "--patience: found 'no scheduler'"),
        (["--scheduler", "tcp://x:1", "--tls-cert", "x.pem"], "only with an address tls://host:port"),
        (["--scheduler", "tls://x:1", "--tls-key", "x.pem"], "tls key: found 'x.pem'; allowed: a file"),
        (
            ["--scheduler", "tcp://x:1", "--patience", "0"],
            "patience: found 0.0; allowed: seconds, more than 0",
        ),
        (["--scheduler", "tcp://x:1", "--patience", "nan"], "patience: found nan"),
    ],
)
def test_what_is_said_of_a_scheduler_is_checked(tmp_path, capsys, options, message):
    (tmp_path / "e.toml").write_text(EXPERIMENT)
    assert cli.main(["sweep", str(tmp_path / "e.toml"), "--out", str(tmp_path / "s.zarr"), *options]) == 2
    assert message in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["e.toml"]


def test_another_version_on_a_worker_is_refused(small, tmp_path, cluster, monkeypatch):
    monkeypatch.setattr(source.importlib.metadata, "version", lambda name: "9.9")
    with (
        distributed.Client(cluster) as client,
        pytest.raises(ls.InputError, match=r"worker: .* allowed: 9.9"),
    ):
        ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=client)


def test_another_commit_on_a_worker_is_refused(small, tmp_path, cluster, monkeypatch):
    def another(*design, **arguments):
        job = job_of(*design, **arguments)
        return replace(job, code=job.code._replace(source="another"))

    monkeypatch.setattr(sys.modules["lockin_sim.studies.sweep"], "job_of", another)
    with (
        distributed.Client(cluster) as client,
        pytest.raises(
            ls.InputError, match=r"worker: found other code .* the commit of the sweep \(another\)"
        ),
    ):
        ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=client)


def test_nobody_at_the_address(small, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "ANSWER_SECONDS", 1)
    for scheduler in ("tcp://127.0.0.1:9", "nonsense", 7):
        with pytest.raises(ls.InputError, match="scheduler: found"):
            ls.sweep(**small, out=tmp_path / "s.zarr", scheduler=scheduler)
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_that_dies_is_one_message_and_can_be_resumed(larger, tmp_path):
    reference = ls.sweep(**larger, out=tmp_path / "good.zarr")
    (tmp_path / "arguments").write_bytes(pickle.dumps(larger))
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    place = tmp_path / "scheduler.json"
    programs = [subprocess.Popen([*dask, "--scheduler-file", str(place)], **QUIET)]
    try:
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(place)]
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "30"]
        programs.append(subprocess.Popen([*worker, *options], **QUIET, cwd=tmp_path))
        while not place.exists():
            time.sleep(0.05)
        address = json.loads(place.read_text())["address"]
        command = [sys.executable, "-c", DYING, str(tmp_path), address, str(programs[0].pid)]
        mine = subprocess.run(command, capture_output=True, text=True, timeout=60)
    finally:
        for program in programs:
            program.kill()
            program.wait()
    assert mine.stdout == "scheduler: the connection was lost; resume when it is back.\n", mine.stderr
    assert mine.stderr == ""
    assert 0 < ls.open_sweep(tmp_path / "s.zarr").attrs["runs_done"] < 96
    assert same(ls.sweep(**larger, out=tmp_path / "s.zarr", resume=True), reference)


def test_without_the_library_there_is_a_message(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ls.InputError, match=r"pip install \"lockin-sim\[cluster\]\""):
        ls.sweep(**small, out=tmp_path / "s.zarr", scheduler="tcp://127.0.0.1:8786")
