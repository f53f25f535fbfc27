"""Before a store is there: nothing is left behind, and messages claim nothing that is not so."""

from __future__ import annotations

import errno
import os
import sys

import pytest
from sweep.conftest import same
from sweep.test_command import EXPERIMENT

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.store.lock import lock


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("retry", [False, True])
def test_resuming_nothing_is_a_new_sweep(small, tmp_path, retry):
    reference = ls.sweep(**small, out=tmp_path / "good.zarr")
    assert same(ls.sweep(**small, out=tmp_path / "deep" / "s.zarr", resume=True, retry=retry), reference)


def test_only_what_killed_processes_left_of_this_store_goes(small, tmp_path):
    for name in (".s.zarr.abcd1234", ".s.zarr.backup12", ".t.zarr.abcd1234", ".s.zarr.running1"):
        (tmp_path / name / "new").mkdir(parents=True)
    (tmp_path / ".s.zarr.backup12" / "thesis").write_text("years of work")
    with lock(tmp_path / ".s.zarr.running1" / "units.lock", tmp_path):  # another process makes it right now
        ls.sweep(**small, out=tmp_path / "s.zarr")
    left = {".s.zarr.backup12", ".t.zarr.abcd1234", ".s.zarr.running1", "s.zarr"}
    assert {p.name for p in tmp_path.iterdir()} == left
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
    monkeypatch.setattr("lockin_sim.cli.sweeps.signal.signal", lambda *_: None)
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
