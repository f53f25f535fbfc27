"""A unit that is computed again takes the place of the old one at once: at no moment is a number lost."""

from __future__ import annotations

import errno
import os
import warnings
from pathlib import Path

import pytest
import zarr
from sweep.conftest import same
from sweep.test_failures import BROKEN, breaking, raises

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.engine import schedule
from lockin_sim.store import journal
from lockin_sim.store.staging import STAGED


@pytest.fixture
def failed(small, tmp_path, monkeypatch):
    """The sweep as it should be, a store where one run of its second unit failed, and what it holds."""
    small["design"] = ls.design.table({"switching_cost": [1.0, 2.0, BROKEN, 4.0]})
    good = ls.sweep(**small, out=tmp_path / "good.zarr").load()
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "post", breaking(schedule.post, raises))
        bad = ls.sweep(**small, out=tmp_path / "s.zarr").load()
    assert bad.attrs["runs_failed"] == 1
    return good, bad, tmp_path / "s.zarr"


def stop_at(patch, owner, name: str, number: int, error: BaseException, only=lambda *_: True) -> None:
    """Let a function raise when it is called for the nth time."""
    left, original = [number], getattr(owner, name)

    def stopping(*arguments, **named):
        left[0] -= only(*arguments)
        if left[0] < 0:
            raise error
        return original(*arguments, **named)

    patch.setattr(owner, name, stopping)


def staged(path: Path, *_: object) -> bool:
    """A chunk to be moved; not what Zarr itself moves or tries to remove there."""
    return STAGED in path.parts and path.suffix != ".partial" and path.exists()


UNMARKED = {
    "no chunk": (zarr, "open_array", 0),
    "some chunks": (zarr, "open_array", 2),
    "not on disk": (journal, "sync_files", 0),
}


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("moment", UNMARKED)
def test_stopped_before_the_mark_the_old_unit_is_there(small, failed, monkeypatch, moment, killed):
    good, bad, store = failed
    with monkeypatch.context() as patch:
        stop_at(patch, *UNMARKED[moment], KeyboardInterrupt())
        if killed:  # nobody tidies up
            patch.setattr("lockin_sim.store.staging.shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            ls.sweep(**small, out=store, resume=True, retry=True)
    assert (store / STAGED).exists() == killed
    assert same(ls.open_sweep(store), bad)
    assert same(ls.sweep(**small, out=store, resume=True), bad)
    assert not (store / STAGED).exists()
    assert same(ls.sweep(**small, out=store, resume=True, retry=True), good)


@pytest.mark.parametrize("moved", range(4))
def test_stopped_after_the_mark_the_new_unit_is_completed(small, failed, monkeypatch, capsys, moved):
    """The chunk of errors has nothing in it any more: it is removed, the others are replaced."""
    good, _, store = failed
    with monkeypatch.context() as patch:
        function, number = ("replace", moved) if moved < 3 else ("unlink", 0)
        stop_at(patch, Path, function, number, KeyboardInterrupt(), only=staged)
        with pytest.raises(KeyboardInterrupt):
            ls.sweep(**small, out=store, resume=True, retry=True)
    if moved == 0:  # nothing is in its place yet
        assert list((store / STAGED).glob("*/c.*"))
    with pytest.warns(UserWarning, match="unit 1 was being replaced .* `--resume` completes it"):
        held = ls.open_sweep(store)
    assert held["status"].values.tolist() == [[1] * 3] * 2 + [[0] * 3] * 2
    assert same(held.isel(point=slice(2)), good.isel(point=slice(2)))
    assert cli.main(["export", str(store), str(store.with_suffix(".csv"))]) == 0
    replaced, missing = capsys.readouterr().err.splitlines()
    assert replaced.startswith("lockin: ")
    assert "unit 1 was being replaced" in replaced
    assert "of 12 runs 6 are not computed" in missing
    counted: list[int] = []
    assert same(ls.sweep(**small, out=store, resume=True, progress=counted.append), good)
    assert counted == []
    assert not (store / STAGED).exists()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same(ls.open_sweep(store), good)


def test_a_full_disk_takes_nothing_away(small, failed, monkeypatch):
    good, bad, store = failed
    for place in ((zarr, "open_array", 1), (journal, "append", 1)):  # the first entry is the session
        with monkeypatch.context() as patch:
            stop_at(patch, *place, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
            with pytest.raises(ls.InputError, match="the disk is full; units written so far are kept"):
                ls.sweep(**small, out=store, resume=True, retry=True)
        assert same(ls.open_sweep(store), bad)
    assert same(ls.sweep(**small, out=store, resume=True, retry=True), good)


def test_a_reader_during_a_retry_sees_the_old_or_the_new(small, failed, monkeypatch):
    good, bad, store = failed
    seen = []
    sync = journal.sync_files
    monkeypatch.setattr(
        journal, "sync_files", lambda paths: (seen.append(ls.open_sweep(store).load()), sync(paths))
    )
    ls.sweep(**small, out=store, resume=True, retry=True)
    assert [same(ds, bad) for ds in seen] == [True]
    assert same(ls.open_sweep(store), good)


def test_a_retried_store_has_the_files_of_one_that_never_failed(small, failed, tmp_path):
    _, _, store = failed
    ls.sweep(**small, out=store, resume=True, retry=True)
    for name in (*small["outcomes"], "status", "error"):
        files, expected = (
            {p.name: p.read_bytes() for p in (folder / name).iterdir()}
            for folder in (store, tmp_path / "good.zarr")
        )
        assert files == expected
