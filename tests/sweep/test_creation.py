"""Before a store is there: nothing is left behind, and messages claim nothing that is not so."""

from __future__ import annotations

import errno
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sweep.conftest import same
from sweep.test_command import EXPERIMENT

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.store import Store
from lockin_sim.store.layout import Layout, Variable
from lockin_sim.store.lock import lock


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("retry", [False, True])
def test_resuming_nothing_is_a_new_sweep(small, tmp_path, retry):
    reference = ls.sweep(**small, out=tmp_path / "good.zarr")
    assert same(ls.sweep(**small, out=tmp_path / "deep" / "s.zarr", resume=True, retry=retry), reference)


def test_only_what_killed_processes_left_of_this_store_goes(small, tmp_path):
    theirs = {".s.zarr.backup12", ".s.zarr.holidays", ".t.zarr.abcd1234", ".s.zarr.running1"}
    for name in (".s.zarr.abcd1234", *theirs):
        (tmp_path / name / "new").mkdir(parents=True)
    for name in (".s.zarr.abcd1234", ".s.zarr.backup12"):
        (tmp_path / name / "units.lock").touch()
    (tmp_path / ".s.zarr.backup12" / "thesis").write_text("years of work")
    (tmp_path / ".s.zarr.holidays" / "new" / "picture.jpg").write_text("of a beach")
    (tmp_path / ".s.zarr.pictures").mkdir()
    with lock(tmp_path / ".s.zarr.running1" / "units.lock", tmp_path):  # another process makes it right now
        ls.sweep(**small, out=tmp_path / "s.zarr")
    left = {*theirs, ".s.zarr.pictures", "s.zarr"}
    assert {p.name for p in tmp_path.iterdir()} == left
    assert (tmp_path / ".s.zarr.holidays" / "new" / "picture.jpg").exists()
    ls.sweep(**small, out=tmp_path / "s.zarr", resume=True)
    assert {p.name for p in tmp_path.iterdir()} == left - {".s.zarr.running1"}


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.toml").write_text(EXPERIMENT)

    def run(out, *options):
        arguments = ["sweep", "e.toml", "--out", str(out), "--workers", "1", *options]
        return cli.main(arguments), capsys.readouterr().err.splitlines()

    return run


def test_interrupted_before_there_is_a_store(command, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lockin_sim.store.description.seal", interrupt)
    monkeypatch.setattr("lockin_sim.cli.options.signal.signal", lambda *_: None)
    status, said = command("s.zarr")
    assert status == 130
    assert "interrupted before s.zarr was made" in said[-1]
    assert "whole" not in said[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["e.toml"]


def test_a_full_disk_before_there_is_a_store(command, tmp_path, monkeypatch):
    monkeypatch.setattr("lockin_sim.store.description.seal", full_disk)
    status, said = command("s.zarr")
    assert status == 2
    assert "the disk is full" in said[-1]
    assert "kept" not in said[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["e.toml"]


def test_a_full_disk_before_the_first_unit(command, monkeypatch):
    monkeypatch.setattr("lockin_sim.store.journal.append", full_disk)
    status, said = command("s.zarr")
    assert status == 2
    assert "the disk is full" in said[-1]
    assert "kept" not in said[-1]


def test_resuming_nothing_is_said(command):
    status, said = command("s.zarr", "--resume")
    assert status == 0
    assert "nothing to resume in s.zarr yet" in said[0]


def test_a_file_in_the_way_and_a_place_that_cannot_be_written(command):
    status, said = command("e.toml/s.zarr")
    assert status == 2
    assert "e.toml/s.zarr: cannot be written: a part of this path is a file" in said[-1]
    assert "kept" not in said[-1]
    if sys.platform == "linux":
        status, said = command("/proc/s.zarr")
        assert status == 2
        assert "/proc/s.zarr: cannot be written" in said[-1]
        assert "kept" not in said[-1]


NAMES = ["a;b", "a#b", "a?b", "a\nb", "a b", "a::b", "memory:x", "%2F", "*", "é", "-x", "~x", "$HOME", "a\tb"]


@pytest.mark.skipif(os.name == "nt", reason="other names")
@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_folder_can_be_the_name_of_a_store(tmp_path, name):
    """And of a folder above it: made, gone on with, read, mended, a unit put in place of another."""
    layout = Layout(
        1, 1, 1, {"x": Variable((), (), "1", "")}, {"point": (("point",), np.arange(1), {})}, {"identity": {}}
    )
    block = {"x": np.ones((1, 1)), "status": np.ones((1, 1), dtype=np.int8)}
    block["error"] = np.full((1, 1), "", dtype=np.dtypes.StringDType())
    path = tmp_path / name / name
    with Store.create(path, layout) as store:
        store.write(0, block)
        store.write(0, block | {"x": np.full((1, 1), 2.0)})
    (path / "x" / "zarr.json").unlink()
    with Store.resume(path, layout) as store:
        assert store.missing == []
        assert store.read(0)["x"] == 2.0
    assert ls.open_sweep(str(path))["x"].values == 2.0
    assert [p.name for p in tmp_path.iterdir()] == [p.name for p in (tmp_path / name).iterdir()] == [name]


# what is ignored is so for all threads at once
@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
@pytest.mark.parametrize("round_", range(4))
def test_of_many_simultaneous_creators_one_makes_it_and_the_others_are_told_why(tmp_path, round_):
    layout = Layout(1, 1, 1, {"x": Variable((), (), "1", "")}, {}, {"identity": {}})
    together = threading.Barrier(8, timeout=20)

    def create(number: int) -> str:
        together.wait()
        make = Store.resume if number % 2 else Store.create
        try:
            store = make(tmp_path / "s.zarr", layout)
        except Exception as error:  # whatever it is, the others shall not wait for this one
            return f"{type(error).__name__}: {error}"
        together.wait()  # it is held until all others have had their answer
        store.close()
        return ""

    def told(number: int) -> str:
        said = create(number)
        if said:
            together.wait()
        return said

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(told, range(8)))
    assert said[0] == ""
    for message in said[1:]:
        assert re.search(
            "(InputError|Taken): .*(already a store|just made it|another process is writing to)", message
        )
    assert [p.name for p in tmp_path.iterdir()] == ["s.zarr"]
