"""A scheduler that is encrypted, wrongly named, without workers, away or gone: done, or one message."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from unittest import mock

import pytest
from sweep.conftest import ON_A_CLUSTER, same
from sweep.test_command import EXPERIMENT

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.runs import workers as dask
from lockin_sim.runs.workers import Scheduler

distributed = pytest.importorskip("distributed")

pytestmark = ON_A_CLUSTER

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

#: A process whose scheduler is killed after the first unit.
DYING = """
import os, pickle, signal, socket, sys
from pathlib import Path
import lockin_sim as ls
from lockin_sim.runs import workers as dask
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
    ls.sweep(**arguments, out=folder / "s", scheduler=address, progress=kill)
except ls.InputError as error:
    print(error)
"""


def test_a_scheduler_without_workers_is_waited_for_so_long_and_no_longer(small, tmp_path, capsys):
    with (
        mock.patch.dict(os.environ),
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=":0", protocol="tcp://"
        ) as empty,
    ):
        address = empty.scheduler_address
        with pytest.raises(ls.InputError, match=r"scheduler: found no workers for 0.3 seconds.*--patience"):
            ls.sweep(**small, out=tmp_path / "s", scheduler=Scheduler(address, patience=0.3))
        command = ["compare", "no_dsr", "--runs", "1", "--years", "2010-2011", "--out", str(tmp_path / "c")]
        assert cli.main([*command, "--scheduler", address, "--patience", "0.2"]) == 2
    assert "no workers for 0.2 seconds" in capsys.readouterr().err
    assert ls.open_results(tmp_path / "s").attrs["runs_done"] == 0


@pytest.fixture
def certificates(tmp_path):
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
    command = ["sweep", str(tmp_path / "e.toml"), "--out", str(tmp_path / "s")]
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
    assert ls.open_results(tmp_path / "s").attrs["runs_missing"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tls-cert", "x.pem"], "--tls-cert: found no scheduler"),
        (["--patience", "3"], "--patience: found no scheduler"),
        (["--scheduler", "tcp://x:1", "--tls-cert", "x.pem"], "only with an address tls://host:port"),
        (["--scheduler", "tls://x:1", "--tls-key", "x.pem"], "found 'x.pem'; allowed: an existing file"),
        (
            ["--scheduler", "tcp://x:1", "--patience", "0"],
            "patience: found 0.0; allowed: seconds, more than 0",
        ),
        (["--scheduler", "tcp://x:1", "--patience", "nan"], "patience: found nan"),
    ],
)
def test_what_is_said_of_a_scheduler_is_checked(tmp_path, capsys, options, message):
    (tmp_path / "e.toml").write_text(EXPERIMENT)
    assert cli.main(["sweep", str(tmp_path / "e.toml"), "--out", str(tmp_path / "s"), *options]) == 2
    assert message in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["e.toml"]


def test_nobody_at_the_address(small, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "ANSWER_SECONDS", 1)
    for scheduler in ("tcp://127.0.0.1:9", "nonsense", 7):
        with pytest.raises(ls.InputError, match="scheduler: found"):
            ls.sweep(**small, out=tmp_path / "s", scheduler=scheduler)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_scheduler_that_dies_is_one_message_and_can_be_resumed(larger, tmp_path):
    reference = ls.sweep(**larger, out=tmp_path / "good")
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
        mine = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for program in programs:
            program.kill()
            program.wait()
    assert mine.stdout == "scheduler: the connection was lost; resume when it is back.\n", mine.stderr
    assert mine.stderr == ""
    assert 0 < ls.open_results(tmp_path / "s").attrs["runs_done"] < 96
    assert same(ls.sweep(**larger, out=tmp_path / "s", resume=True), reference)


@pytest.mark.parametrize("address", ["nonsense", "foo://here:1", "tcp://here", "tcp://here:port", ""])
def test_no_client_is_made_for_what_is_no_address(address, monkeypatch):
    """One that fails on its address waits for forty seconds at the end of the program, and says so."""

    class Client:
        def __init__(self, *_, **__):
            raise AssertionError(address)

    monkeypatch.setattr(distributed, "Client", Client)
    with pytest.raises(ls.InputError, match="scheduler: found"), dask.connected(address):
        pass


def test_without_the_library_there_is_a_message(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ls.InputError, match="not installed; to install it: make install"):
        ls.sweep(**small, out=tmp_path / "s", scheduler="tcp://127.0.0.1:8786")
