"""A store on a disk that cuts, changes, refuses or runs out: a clear message or an identical result."""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sweep.conftest import DAMAGE, VARIED, same

import lockin_sim as ls
from lockin_sim.runs import source
from lockin_sim.runs.provenance import processor
from lockin_sim.store import Store, journal
from lockin_sim.store.lock import lock
from lockin_sim.store.writing import LOCK


def chunks(store: Path, name: str = "*") -> list[Path]:
    return sorted(p for p in store.glob(f"{name}/c.*") if p.name.count(".") > 1)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_chunk_is_seen_and_computed_again(small, finished, damage):
    reference, store = finished
    damage(chunks(store, "lock_in")[1])
    with pytest.raises(ls.InputError, match="1 of 4 units are damaged"):
        ls.open_sweep(store)
    counted: list[int] = []
    again = ls.sweep(**small, out=store, resume=True, progress=counted.append)
    assert counted == [6]
    assert same(again, reference)
    assert same(ls.open_sweep(store), reference)


@pytest.mark.parametrize("size", [0, 1, 40, 150, 400])
def test_a_journal_that_was_cut_off_loses_units_and_nothing_else(small, finished, size):
    reference, store = finished
    path = store / "units.journal"
    path.write_bytes(path.read_bytes()[:-size] if size else b"")
    half = ls.open_sweep(store)
    unknown = half["status"].values == 0
    assert unknown.any()
    assert np.isnan(half["lock_in"].values[unknown]).all()
    assert np.array_equal(half["lock_in"].values[~unknown], reference["lock_in"].values[~unknown])
    assert half.attrs["runs_missing"] == unknown.sum()
    assert same(ls.sweep(**small, out=store, resume=True), reference)


def test_a_changed_line_of_the_journal_does_not_count(small, finished):
    reference, store = finished
    path = store / "units.journal"
    path.write_bytes(path.read_bytes().replace(b'"unit": 2', b'"unit": 1'))
    assert same(ls.sweep(**small, out=store, resume=True), reference)


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_damage_at_random_never_gives_other_numbers(small, finished, tmp_path, rounds):
    """Files of any kind cut, changed, emptied or lost: a reader is told or reads what is right, and resuming
    makes it whole."""
    reference, store = finished
    dice = random.Random(rounds)
    told, refused = 0, list[str]()
    for _ in range(rounds):
        shutil.rmtree(store)
        shutil.copytree(tmp_path / "good.zarr", store)
        files = sorted(p for p in store.rglob("*") if p.is_file() and p.name != "units.lock")
        for path in dice.sample(files, dice.randrange(1, 4)):
            dice.choice(DAMAGE)(path)
        try:
            held = ls.open_sweep(store).load()
        except ls.InputError:
            told += 1
        else:
            there = held["status"].values == 1
            for name in small["outcomes"]:
                assert held[name].values[there].tobytes() == reference[name].values[there].tobytes()
                assert np.isnan(held[name].values[~there]).all()
        try:
            found = ls.sweep(**small, out=store, resume=True)
        except ls.InputError as error:  # both copies of the description are lost: nothing is guessed
            refused.append(str(error))
        else:
            assert same(found, reference)
    assert told > rounds / 2
    assert len(refused) < rounds / 4
    assert all("cannot be read" in text or "store to resume" in text for text in refused)


OTHER = {
    "seed": ({"seed": 2}, "seed: 1, now 2"),
    "runs": ({"runs": 4}, "runs: 3, now 4"),
    "years": ({"years": (3, 5)}, r"years: \[3, 6\], now \[3, 5\]"),
    "outcomes": ({"outcomes": ("lock_in",)}, "outcomes: "),
    "design": ({"design": ls.design.sobol(VARIED, n=8, seed=3)}, "design: '"),
    "points": ({"design": ls.design.sobol(VARIED, n=4, seed=2)}, "points: 8, now 4"),
    "parameters": ({"parameters": None}, "parameters: '"),
    "scenario": (
        {"scenario": ls.Scenario.none().model_copy(update={"name": "x"})},
        "scenario: none .*, now x ",
    ),
    "world": ({"world": ls.toy_world(n_countries=19, n_vendors=3, lifetime=2)}, "world: name toy"),
}


@pytest.mark.parametrize("case", OTHER)
def test_a_store_made_otherwise_is_refused_with_the_difference(small, finished, case):
    reference, store = finished
    changed, message = OTHER[case]
    with pytest.raises(ls.InputError, match=f"cannot be resumed, it was made otherwise.*{message}"):
        ls.sweep(**(small | changed), out=store, resume=True)
    assert same(ls.open_sweep(store), reference)


def test_another_version_is_refused(small, finished, monkeypatch):
    _, store = finished
    monkeypatch.setattr(source.importlib.metadata, "version", lambda name: "9.9")
    with pytest.raises(ls.InputError, match=r"version: '.*', now '9.9'"):
        ls.sweep(**small, out=store, resume=True)


def test_other_code_of_the_same_version_is_said(small, finished, monkeypatch):
    reference, store = finished
    monkeypatch.setattr("lockin_sim.runs.provenance.source_digest", lambda: "0" * 12)
    with pytest.warns(UserWarning, match="changed since the last session"):
        assert same(ls.sweep(**small, out=store, resume=True), reference)


def test_another_kind_of_processor_is_said_and_differs_in_the_last_digits(small, tmp_path):
    """The same process that makes use of less: numpy without what it found here, other matrix products."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    if not found:
        pytest.skip("numpy makes use of nothing here that could be left out")
    store = tmp_path / "s.zarr"
    reference = ls.sweep(**small, out=tmp_path / "good.zarr").load()
    whole = ls.sweep(**small, out=store)
    assert whole.attrs["processor"] == processor()
    assert whole.attrs["generator"] == "squares32"
    path = store / "units.journal"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))  # two units are gone
    (tmp_path / "arguments").write_bytes(pickle.dumps(small))
    code = (
        "import pickle, sys, lockin_sim as ls\n"
        "ls.sweep(**pickle.load(open(sys.argv[1], 'rb')), out=sys.argv[2], resume=True)"
    )
    other = {"NPY_DISABLE_CPU_FEATURES": " ".join(found), "OPENBLAS_CORETYPE": "Nehalem"}
    command = [sys.executable, "-c", code, str(tmp_path / "arguments"), str(store)]
    done = subprocess.run(command, env=os.environ | other, capture_output=True, text=True, check=True)
    assert "the kind of processor changed since the last session" in done.stderr
    assert "1e-12" in done.stderr
    mixed = ls.open_sweep(store).load()
    assert mixed.attrs["runs_missing"] == 0
    for name in small["outcomes"]:
        np.testing.assert_allclose(mixed[name].values, reference[name].values, rtol=1e-12, atol=1e-12)
    with pytest.warns(UserWarning, match="the kind of processor changed"):
        ls.sweep(**small, out=store, resume=True)


def test_another_generator_is_refused(small, finished, monkeypatch):
    _, store = finished
    monkeypatch.setattr("lockin_sim.studies.sweep.layout.GENERATOR", "xor")
    with pytest.raises(ls.InputError, match="generator: 'squares32', now 'xor'"):
        ls.sweep(**small, out=store, resume=True)


def test_what_is_there_is_not_overwritten(small, finished, tmp_path):
    _, store = finished
    with pytest.raises(ls.InputError, match="--resume"):
        ls.sweep(**small, out=store)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "text").write_text("years of work")
    for resume in (False, True):
        with pytest.raises(ls.InputError, match=r"something else|store to resume"):
            ls.sweep(**small, out=tmp_path / "thesis", resume=resume)
    assert os.listdir(tmp_path / "thesis") == ["text"]


def test_one_writer_a_store(small, finished):
    reference, store = finished
    with (
        lock(store / LOCK, store),
        pytest.raises(ls.InputError, match=f"another process .*process {os.getpid()}"),
    ):
        ls.sweep(**small, out=store, resume=True)
    assert same(ls.sweep(**small, out=store, resume=True), reference)


def test_two_processes_on_one_store(small, finished):
    reference, store = finished
    holder = (
        "import sys, pathlib\nfrom lockin_sim.store.lock import lock\n"
        "held = lock(pathlib.Path(sys.argv[1]) / 'units.lock', pathlib.Path(sys.argv[1]))\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ls.InputError, match=f"process {other.pid} on"):
            ls.sweep(**small, out=store, resume=True)
        assert same(ls.open_sweep(store), reference)  # readers need no lock
        other.kill()  # the lock goes with its process
        other.wait()
    assert same(ls.sweep(**small, out=store, resume=True), reference)


def test_a_unit_half_written_is_not_there(small, tmp_path, monkeypatch):
    """Power loss at every write: before, between and after the chunks of a unit, and in the journal."""
    reference = ls.sweep(**small, out=tmp_path / "good.zarr")
    for stop in range(5):
        left = [stop]

        def sync(path, left=left):
            left[0] -= path.name.startswith("c.") and path.parent.name in {
                *small["outcomes"],
                "error",
                "status",
            }
            if left[0] < 0:
                raise KeyboardInterrupt

        store = tmp_path / f"{stop}.zarr"
        with monkeypatch.context() as patch:
            patch.setattr("lockin_sim.store.journal.sync_file", sync)
            with pytest.raises(KeyboardInterrupt):
                ls.sweep(**small, out=store)
        assert ls.open_sweep(store).attrs["runs_done"] % 6 == 0  # whole units only
        assert same(ls.sweep(**small, out=store, resume=True), reference)


# --- what is another's ---


@pytest.mark.parametrize(
    "name", ["units.journal", "units.lock", "units.staged", "store.mended", "lock_in", "status", "extra"]
)
def test_a_link_in_a_store_is_refused_and_nothing_behind_it_changes(small, finished, tmp_path, name):
    reference, store = finished
    theirs = tmp_path / "theirs"
    if (store / name).exists():
        (store / name).rename(theirs)
    else:
        theirs.mkdir()
        (theirs / "movie.partial").write_text("half of it")
    (store / name).symlink_to(theirs, target_is_directory=theirs.is_dir())

    def held() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in (theirs, *theirs.rglob("*")) if p.is_file()}

    before = held()
    with pytest.raises(ls.InputError, match=rf"found 'a link, {name}'; allowed: a folder without links"):
        ls.sweep(**small, out=store, resume=True)
    assert held() == before
    assert same(ls.open_sweep(store), reference)


def test_files_of_others_that_are_not_complete_stay(small, finished):
    """Of chunks that a killed process had begun, only those go that have a name as Zarr gives it."""
    reference, store = finished
    theirs, ours = store / "status" / "movie.partial", store / "status" / f"c.0.{'0a' * 16}.partial"
    for path in (theirs, ours):
        path.write_text("half of it")
    assert same(ls.sweep(**small, out=store, resume=True), reference)
    assert theirs.exists()
    assert not ours.exists()


def test_no_store_in_a_store(small, finished):
    _, store = finished
    with pytest.raises(ls.InputError, match=r"a place elsewhere; .* is a store"):
        ls.sweep(**small, out=store / "inner.zarr")


# --- disks that refuse ---


@pytest.fixture
def mounted(tmp_path):
    """Mounts a small file system, and can remount it; skipped where that is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(place)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            pytest.skip(f"no mount command: {error}")
        if done.returncode:
            pytest.skip(f"mounting is not permitted: {done.stderr.strip()}")
        return place

    yield mount
    while os.path.ismount(place):
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_read_only_store_can_be_read_and_says_so(small, mounted, tmp_path):
    disk = mounted("size=4m")
    reference = ls.sweep(**small, out=disk / "s.zarr").load()
    mounted("remount", "ro")
    assert same(ls.open_sweep(disk / "s.zarr"), reference)
    for resume in (True, False):
        out = disk / ("s.zarr" if resume else "t.zarr")
        with pytest.raises(ls.InputError, match="cannot be written to"):
            ls.sweep(**small, out=out, resume=resume)


def test_a_store_without_write_permission_says_so(small, finished, monkeypatch):
    reference, store = finished
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ls.InputError, match="cannot be written to"):
        ls.sweep(**small, out=store, resume=True)
    assert same(ls.open_sweep(store), reference)


def test_a_full_disk_keeps_what_is_there(small, mounted, tmp_path):
    small["unit"] = 1
    reference = ls.sweep(**small, out=tmp_path / "good.zarr")
    disk = mounted("size=400k")
    (disk / "ballast").write_bytes(bytes(250_000))
    with pytest.raises(ls.InputError, match="the disk is full; units written so far are kept"):
        ls.sweep(**small, out=disk / "s.zarr")
    held = ls.open_sweep(disk / "s.zarr")
    assert 0 < held.attrs["runs_done"] < 24
    assert held.attrs["runs_failed"] == 0
    (disk / "ballast").unlink()
    assert same(ls.sweep(**small, out=disk / "s.zarr", resume=True), reference)


def test_more_than_the_disk_holds_is_refused_at_once(small, mounted):
    disk = mounted("size=400k")
    small |= {"record": ["installed"], "years": range(50), "runs": 20}
    with pytest.raises(ls.InputError, match="MB of results"):
        ls.sweep(**small, out=disk / "s.zarr")
    assert list(disk.iterdir()) == []


# --- size ---


def test_the_store_is_hardly_larger_than_the_numbers_in_it(tmp_path):
    from lockin_sim.store.layout import DONE, Layout, Variable

    points, runs = 12_500, 8  # a hundred thousand runs
    variables = {f"x{i}": Variable(("year",), (2,), "1", "") for i in range(3)}
    design = np.random.default_rng(1).random(points)
    coordinates = {"switching_cost": (("point",), design, {})}
    layout = Layout(points, runs, 98, variables, coordinates, {"identity": {}})
    rng = np.random.default_rng(2)
    with Store.create(tmp_path / "s.zarr", layout) as store:
        for unit, cut in enumerate(store.units):
            shape = cut.shape
            block = {name: rng.random((*shape, 2)) for name in variables}
            block |= {"status": np.full(shape, DONE, dtype=np.int8)}
            block |= {"error": np.full(shape, "", dtype=np.dtypes.StringDType())}
            store.write(unit, block)
    content = list((tmp_path / "s.zarr").rglob("*"))
    numbers = layout.bytes + design.nbytes
    assert sum(p.stat().st_size for p in content if p.is_file()) < 1.1 * numbers
    assert sum(p.stat().st_blocks * 512 for p in content) < 1.75 * numbers  # whole blocks, folders too


def test_the_journal_is_text_that_can_be_checked(tmp_path):
    path = tmp_path / "j"
    for number in range(3):
        journal.append(path, {"unit": number})
    assert [e["unit"] for e in journal.read(path)] == [0, 1, 2]
    assert json.loads(path.read_text().splitlines()[1].partition(" ")[2]) == {"unit": 1}
