"""A store on a disk that cuts, changes, refuses or runs out: a clear message or an identical result."""

import errno
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sweep.conftest import DAMAGE, VARIED, layout, same, unit_files, written
from sweep.test_command import EXPERIMENT
from sweep.test_failures import BROKEN, breaking, raises

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.engine import schedule
from lockin_sim.runs import provenance
from lockin_sim.runs import store as stores
from lockin_sim.runs.store import DESCRIPTION, Store
from lockin_sim.runs.store_datasets import open_sweep
from lockin_sim.runs.store_files import JOURNAL, LOCK, lock


def content(store):
    """The files of a store but those that tell of its sessions."""
    return {p.name: p.read_bytes() for p in store.iterdir() if not p.name.startswith("units.")}


# --- damage ---


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_unit_is_seen_and_computed_again(small, finished, damage):
    reference, store = finished
    damage(unit_files(store)[1])
    with pytest.raises(ls.InputError, match="1 of 4 units are damaged"):
        ls.open_results(store)
    counted = []
    again = ls.sweep(**small, out=store, resume=True, progress=counted.append)
    assert counted == [6]
    assert same(again, reference)
    assert same(ls.open_results(store), reference)


@pytest.mark.parametrize("size", [0, 1, 40, 150, 400])
def test_a_journal_that_was_cut_off_loses_units_and_nothing_else(small, finished, size):
    reference, store = finished
    path = store / JOURNAL
    path.write_bytes(path.read_bytes()[:-size] if size else b"")
    half = ls.open_results(store)
    unknown = half["status"].values == 0
    assert unknown.any()
    assert np.isnan(half["switching_pull"].values[unknown]).all()
    assert np.array_equal(
        half["switching_pull"].values[~unknown], reference["switching_pull"].values[~unknown]
    )
    assert half.attrs["runs_missing"] == unknown.sum()
    assert same(ls.sweep(**small, out=store, resume=True), reference)


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_damage_at_random_never_gives_other_numbers(small, good, finished, rounds):
    """Files of any kind cut, changed, emptied or lost: a reader is told or reads what is right, and resuming
    makes it whole."""
    reference, store = finished
    dice = random.Random(rounds)
    told, refused = 0, list[str]()
    for _ in range(rounds):
        shutil.rmtree(store)
        shutil.copytree(good[1], store)
        files = sorted(p for p in store.rglob("*") if p.is_file() and p.name != LOCK)
        for path in dice.sample(files, dice.randrange(1, 4)):
            dice.choice(DAMAGE)(path)
        try:
            held = ls.open_results(store).load()
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
    assert all("cannot be read" in text for text in refused)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_description_is_refused_and_mended(small, finished, damage):
    reference, store = finished
    good = content(store)
    damage(store / DESCRIPTION)
    for verify in (True, False):
        with pytest.raises(ls.InputError, match=rf"cannot be read.*{DESCRIPTION}.*`--resume` mends it"):
            open_sweep(store, verify=verify)
    counted = []
    again = ls.sweep(**small, out=store, resume=True, progress=counted.append)
    assert counted == []  # the units were whole
    assert again.identical(reference)
    assert content(store) == good


def test_another_design_does_not_mend(small, finished):
    _, store = finished
    (store / DESCRIPTION).unlink()
    with pytest.raises(ls.InputError, match="different settings"):
        ls.sweep(**(small | {"seed": 2}), out=store, resume=True)
    assert not (store / DESCRIPTION).exists()


def test_a_missing_journal_is_said_and_begun_anew(small, finished):
    reference, store = finished
    (store / JOURNAL).unlink()
    with pytest.raises(ls.InputError, match=r"units\.journal is missing.*`--resume`"):
        ls.open_results(store)
    assert same(ls.sweep(**small, out=store, resume=True), reference)


# --- made otherwise, by others, or before ---

OTHER = {
    "seed": ({"seed": 2}, "seed: 1, now 2"),
    "runs": ({"runs": 4}, "runs: 3, now 4"),
    "years": ({"years": (3, 5)}, r"years: \[3, 6\], now \[3, 5\]"),
    "outcomes": ({"outcomes": ("switching_pull",)}, "outcomes: "),
    "design": ({"design": ls.design.sobol(VARIED, n=8, seed=3)}, "design: '"),
    "points": ({"design": ls.design.sobol(VARIED, n=4, seed=2)}, "points: 8, now 4"),
    "parameters": ({"parameters": None}, "parameters: '"),
    "parameters by year": ({"parameters": {"network_weight": {0: 0.0, 3: 1.0}}}, "parameters: '"),
    "scenario": (
        {"scenario": ls.Scenario.none().model_copy(update={"name": "x"})},
        "scenario: none .*, now x ",
    ),
    "world": ({"world": ls.toy_world(n_countries=19, n_vendors=3, lifetime=2)}, "world: .*name toy"),
}


@pytest.mark.parametrize("case", OTHER)
def test_a_store_made_otherwise_is_refused_with_the_difference(small, finished, case):
    reference, store = finished
    changed, message = OTHER[case]
    with pytest.raises(ls.InputError, match=f"cannot be resumed.*{message}"):
        ls.sweep(**(small | changed), out=store, resume=True)
    assert same(ls.open_results(store), reference)


@pytest.mark.filterwarnings("ignore:.*made by lockin_sim:UserWarning")
def test_another_version_and_another_generator_are_refused(small, finished, monkeypatch):
    _, store = finished
    with monkeypatch.context() as patch:
        patch.setattr(provenance.importlib.metadata, "version", lambda name: "9.9")
        with pytest.raises(ls.InputError, match=r"version: '.*', now '9.9'"):
            ls.sweep(**small, out=store, resume=True)
    monkeypatch.setattr("lockin_sim.studies.points.GENERATOR", "xor")
    with pytest.raises(ls.InputError, match="generator: 'squares32', now 'xor'"):
        ls.sweep(**small, out=store, resume=True)


def test_what_is_there_is_not_overwritten(small, finished, tmp_path):
    _, store = finished
    with pytest.raises(ls.InputError, match="--resume"):
        ls.sweep(**small, out=store)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "text").write_text("years of work")
    for resume in (False, True):
        with pytest.raises(ls.InputError, match="which holds text"):
            ls.sweep(**small, out=tmp_path / "thesis", resume=resume)
    assert os.listdir(tmp_path / "thesis") == ["text"]
    with pytest.raises(ls.InputError, match=r"a place elsewhere; .* is a store"):
        ls.sweep(**small, out=store / "inner")


def test_a_store_of_an_earlier_version_is_refused_in_one_line(small, tmp_path, capsys):
    (tmp_path / "s").mkdir()
    for name in ("zarr.json", "store.checksums", "units.journal"):
        (tmp_path / "s" / name).write_text("{}")
    for resume in (False, True):
        with pytest.raises(ls.InputError, match="earlier version"):
            ls.sweep(**small, out=tmp_path / "s", resume=resume)
    assert cli.main(["export", str(tmp_path / "s"), str(tmp_path / "s.csv")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_one_writer_a_store(small, finished):
    """In this process and in others; the lock goes with its process, and readers need none."""
    reference, store = finished
    with (
        lock(store / LOCK, store),
        pytest.raises(ls.InputError, match=f"another process .*process {os.getpid()}"),
    ):
        ls.sweep(**small, out=store, resume=True)
    holder = (
        "import sys, pathlib\nfrom lockin_sim.runs.store_files import lock\n"
        "held = lock(pathlib.Path(sys.argv[1]) / 'units.lock', pathlib.Path(sys.argv[1]))\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with pytest.raises(ls.InputError, match=f"process {other.pid} on"):
                ls.sweep(**small, out=store, resume=True)
            assert same(ls.open_results(store), reference)
        finally:
            other.kill()
            other.wait()
    assert same(ls.sweep(**small, out=store, resume=True), reference)


@pytest.mark.parametrize("name", [JOURNAL, LOCK, DESCRIPTION, f"{JOURNAL}.new", "extra"])
def test_a_link_in_a_store_is_refused_and_nothing_behind_it_changes(small, finished, tmp_path, name):
    reference, store = finished
    theirs = tmp_path / "theirs"
    if (store / name).exists():
        (store / name).rename(theirs)
    else:
        theirs.mkdir()
        (theirs / "movie.partial").write_text("half of it")
    (store / name).symlink_to(theirs, target_is_directory=theirs.is_dir())

    def held():
        return {p: p.read_bytes() for p in (theirs, *theirs.rglob("*")) if p.is_file()}

    before = held()
    with pytest.raises(ls.InputError, match=rf"found a link, {name}; allowed: a folder without links"):
        ls.sweep(**small, out=store, resume=True)
    assert held() == before
    assert same(ls.open_results(store), reference)


def test_files_of_others_stay_and_units_without_a_mark_go(small, finished):
    reference, store = finished
    theirs, ours = store / "movie.npz", store / f"000001-{'0a' * 8}.npz"
    for path in (theirs, ours):
        path.write_text("half of it")
    assert same(ls.sweep(**small, out=store, resume=True), reference)
    assert theirs.exists()
    assert not ours.exists()


# --- before there is a store ---


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupt(*_, **__):
    raise KeyboardInterrupt


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lockin_sim.cli.options.signal.signal", lambda *_: None)
    (tmp_path / "e.toml").write_text(EXPERIMENT)

    def run(out, *options):
        arguments = ["sweep", "e.toml", "--out", str(out), "--workers", "1", *options]
        return cli.main(arguments), capsys.readouterr().err.splitlines()

    return run


@pytest.mark.parametrize(
    ("fails", "status", "said"),
    [(interrupt, 130, "interrupted before s was created"), (full_disk, 2, "the disk is full")],
)
@pytest.mark.parametrize("moment", ["write_synced", "rewrite"])
def test_stopped_before_there_is_a_store_nothing_is_left(
    command, tmp_path, monkeypatch, fails, status, said, moment
):
    monkeypatch.setattr(stores, moment, fails)
    found, lines = command("s")
    assert found == status
    assert said in lines[-1]
    assert "kept" not in lines[-1]
    assert "whole" not in lines[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["e.toml"]


def test_a_full_disk_before_the_first_unit_and_resuming_nothing(command, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(stores, "append", full_disk)
        status, said = command("s")
    assert (status, "kept" in said[-1]) == (2, False)
    assert "the disk is full" in said[-1]
    status, said = command("t", "--resume", "--retry")
    assert status == 0
    assert "nothing to resume in t" in said[0]


def test_a_file_in_the_way_and_a_place_that_cannot_be_written(command):
    for out in ("e.toml/s", "/proc/s") if sys.platform == "linux" else ("e.toml/s",):
        status, said = command(out)
        assert status == 2
        assert f"{out}: cannot be written" in said[-1]
        assert "kept" not in said[-1]


NAMES = ["a;b", "a#b", "a?b", "a\nb", "a b", "a::b", "memory:x", "%2F", "*", "é", "-x", "~x", "$HOME", "a\tb"]


@pytest.mark.skipif(os.name == "nt", reason="other names")
@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_folder_can_be_the_name_of_a_store(tmp_path, name):
    """And of a folder above it: made, gone on with, read, mended, a unit put in place of another."""
    path, about = tmp_path / name / name, layout(1, 1, 1, 1, names=("x",))
    with Store(path, {}, resume=False, layout=about) as store:
        for value in (1.0, 2.0):
            written(store, 0, value)
    (path / DESCRIPTION).unlink()
    with Store(path, {}, resume=True, layout=about) as store:
        assert store.read(0)["x"] == 2.0
    assert ls.open_results(str(path))["x"].values == 2.0
    assert [p.name for p in tmp_path.iterdir()] == [p.name for p in (tmp_path / name).iterdir()] == [name]


@pytest.mark.parametrize("round_", range(4))
def test_of_many_simultaneous_creators_one_makes_it_and_the_others_are_told_why(tmp_path, round_):
    about, together = layout(1, 1, 1, 1, names=("x",)), threading.Barrier(8, timeout=20)

    def create(number):
        together.wait()
        try:
            store = Store(tmp_path / "s", {}, resume=bool(number % 2), layout=about)
        except Exception as error:  # whatever it is, the others shall not wait for this one
            together.wait()
            return f"{type(error).__name__}: {error}"
        together.wait()  # it is held until all others have had their answer
        store.__exit__()
        return ""

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(create, range(8)))
    assert said[0] == ""
    for message in said[1:]:
        assert re.search("InputError: .*(already runs|another process is writing to)", message)
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


# --- at no moment is a number lost ---


def stop_at(patch, owner, name, number, error, only=lambda *_: True):
    """Let a function raise when it is called for the nth time, counted from 0."""
    left, original = [number], getattr(owner, name)

    def stopping(*arguments, **named):
        left[0] -= only(*arguments)
        if left[0] < 0:
            raise error
        return original(*arguments, **named)

    patch.setattr(owner, name, stopping)


@pytest.mark.parametrize("stop", range(12))
def test_a_unit_half_written_is_not_there(small, good, tmp_path, monkeypatch, stop):
    """Power loss at every write to the disk: of a unit, of the names in the folder, of the journal."""
    with monkeypatch.context() as patch:
        stop_at(patch, os, "fsync", stop, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            ls.sweep(**small, out=tmp_path / "s")
    if stores.is_store(tmp_path / "s"):
        assert ls.open_results(tmp_path / "s").attrs["runs_done"] % 6 == 0  # whole units only
    assert same(ls.sweep(**small, out=tmp_path / "s", resume=True), good[0])


@pytest.fixture
def failed(small, tmp_path, monkeypatch):
    """The sweep as it should be, a store where one run of its second unit failed, and what it holds."""
    small["design"] = ls.design.table({"switching_cost": [1.0, 2.0, BROKEN, 4.0]})
    good = ls.sweep(**small, out=tmp_path / "good").load()
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "post", breaking(schedule.post, raises))
        bad = ls.sweep(**small, out=tmp_path / "s").load()
    assert bad.attrs["runs_failed"] == 1
    return good, bad, tmp_path / "s"


MOMENTS = {  # of what writes a unit again, and whether it is marked by then
    "nothing": (stores, "write_synced", 1, False),  # after the journal was written anew
    "no mark": (stores, "append", 1, False),  # after the session
    "the old file": (Path, "unlink", 0, True),
}


#: For a store made with code that a test replaced, which says so when it is opened and resumed.
of_replaced_code = pytest.mark.filterwarnings(
    "ignore:.*made by other rules:UserWarning", "ignore:.*the code or data of the model changed:UserWarning"
)


@of_replaced_code
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_unit_that_is_computed_again_is_the_old_or_the_new(small, failed, monkeypatch, moment):
    good, bad, store = failed
    owner, name, number, marked = MOMENTS[moment]
    with monkeypatch.context() as patch:
        stop_at(patch, owner, name, number - (name == "write_synced"), KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            ls.sweep(**small, out=store, resume=True, retry=True)
    assert same(ls.open_results(store), good if marked else bad)
    assert same(ls.sweep(**small, out=store, resume=True), good if marked else bad)
    assert same(ls.sweep(**small, out=store, resume=True, retry=True), good)
    assert content(store).keys() == content(store.parent / "good").keys()


@of_replaced_code
def test_a_full_disk_takes_nothing_away(small, failed, monkeypatch):
    good, bad, store = failed
    for place in ((stores, "write_synced", 0), (stores, "append", 1)):  # the first entry is the session
        with monkeypatch.context() as patch:
            stop_at(patch, *place, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
            with pytest.raises(ls.InputError, match="the disk is full; finished units are saved"):
                ls.sweep(**small, out=store, resume=True, retry=True)
        assert same(ls.open_results(store), bad)
    assert same(ls.sweep(**small, out=store, resume=True, retry=True), good)


@of_replaced_code
def test_a_reader_during_a_retry_sees_the_old_or_the_new(small, failed, monkeypatch):
    good, bad, store = failed
    seen, before = [], ls.open_results(store)
    append = stores.append
    monkeypatch.setattr(stores, "append", lambda *a: (seen.append(ls.open_results(store).load()), append(*a)))
    ls.sweep(**small, out=store, resume=True, retry=True)
    assert [same(ds, bad) for ds in seen] == [True] * 2  # at the session, and before the mark
    assert same(ls.open_results(store), good)
    with pytest.raises(ls.InputError, match="replaced since"):
        before.load()


# --- disks that refuse ---


@pytest.fixture
def mounted(tmp_path):
    """Mounts a small file system, and can remount it; skipped where that is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options):
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


def test_a_store_without_write_permission_says_so(small, finished, monkeypatch):
    reference, store = finished
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ls.InputError, match="cannot be written to"):
        ls.sweep(**small, out=store, resume=True)
    assert same(ls.open_results(store), reference)


def test_a_full_disk_keeps_what_is_there(small, mounted, tmp_path):
    small["unit"] = 1
    reference = ls.sweep(**small, out=tmp_path / "good")
    place = mounted("size=100k")
    (place / "ballast").write_bytes(bytes(70_000))
    with pytest.raises(ls.InputError, match="the disk is full; finished units are saved"):
        ls.sweep(**small, out=place / "s")
    held = ls.open_results(place / "s")
    assert 0 < held.attrs["runs_done"] < 24
    assert held.attrs["runs_failed"] == 0
    (place / "ballast").unlink()
    assert same(ls.sweep(**small, out=place / "s", resume=True), reference)


def test_more_than_the_disk_holds_is_refused_at_once(small, mounted):
    place = mounted("size=400k")
    small |= {"record": ["installed"], "years": range(50), "runs": 20}
    with pytest.raises(ls.InputError, match="MB of results"):
        ls.sweep(**small, out=place / "s")
    assert list(place.iterdir()) == []


# --- size ---


def test_the_store_is_hardly_larger_than_the_numbers_in_it(tmp_path):
    points = 12_500  # with eight runs each, a hundred thousand
    about, rng = layout(points, 8, 98, 8, names=("x", "y", "z"), years=2), np.random.default_rng(2)
    with Store(tmp_path / "s", {}, resume=False, layout=about) as store:
        for unit, cut in enumerate(about.units):
            written(store, unit, rng.random((*cut.shape, 2)))
    files = list((tmp_path / "s").iterdir())
    numbers = about.size + 8 * points
    assert sum(p.stat().st_size for p in files) < 1.1 * numbers
    assert sum(p.stat().st_blocks * 512 for p in files) < 1.2 * numbers  # whole blocks
