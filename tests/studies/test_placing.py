"""Folders of results: old or new whoever is killed when, and nothing of anybody else's is touched."""

import errno
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

import lockin_sim.runs.results
from lockin_sim.common.errors import InputError
from lockin_sim.runs.results import (
    MANIFEST,
    STAGED,
    check_folder,
    more_files,
    new_folder,
    others,
    placed,
    write_csv,
)

ONE_STEP = sys.platform in ("linux", "darwin")


def fill(folder, text, *names):
    """Results of ours: files that all hold the same text."""
    for name in ("a.csv", "data/numbers.nc", *names):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / MANIFEST).write_text(json.dumps({"made_by": "lockin_sim", "text": text}))


def make(out, text, *names):
    with new_folder(out) as folder:
        fill(folder, text, *names)


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


OLD, NEW = ("old", "stale/table.csv"), ("new", "figures/new.png")
THEIRS = {"notes.txt": "mine", "data/more.nc": "mine", "sweep.zarr/c/0": "mine", "empty": None}


@pytest.fixture
def results(tmp_path):
    make(tmp_path / "results", *OLD)
    return tmp_path / "results"


def add_theirs(out):
    for name, text in THEIRS.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).mkdir() if text is None else (out / name).write_text(text)


def check_theirs(out):
    for name, text in THEIRS.items():
        assert (out / name).is_dir() if text is None else (out / name).read_text() == text


def of_ours(out):
    """What a reader finds of the files that the manifest lists."""
    names = json.loads(placed(out, MANIFEST).read_text())["files"]
    return {name: placed(out, name).read_text() for name in [*names, MANIFEST]}


def test_a_new_folder_appears_when_complete_and_is_replaced_whole(tmp_path):
    out = tmp_path / "deep" / "results"
    with new_folder(out) as folder:
        fill(folder, *OLD)
        assert not out.exists()
    assert json.loads((out / MANIFEST).read_text())["files"] == [
        "a.csv",
        "data/numbers.nc",
        "stale/table.csv",
    ]
    make(out, *NEW)
    assert set(content(out)) == {"a.csv", "data/numbers.nc", "figures/new.png", MANIFEST}
    assert (out / "a.csv").read_text() == "new"
    assert [p.name for p in out.parent.iterdir()] == ["results"]


def test_what_others_put_there_stays_and_is_named(results):
    add_theirs(results)
    number = (results / "sweep.zarr/c/0").stat().st_ino
    with pytest.warns(UserWarning, match=r"left unchanged.*: data/more\.nc, empty, notes\.txt, sweep\.zarr$"):
        make(results, *NEW)
    check_theirs(results)
    assert (results / "sweep.zarr/c/0").stat().st_ino == number
    assert {p.name for p in results.iterdir()} == {
        *("a.csv", "data", "figures", MANIFEST, "empty", "notes.txt", "sweep.zarr")
    }
    assert set(of_ours(results).values()) == {"new", (results / MANIFEST).read_text()}


def test_what_stands_where_a_result_must_gets_another_name(results):
    (results / "figures").write_text("mine")
    (results / "other.csv").write_text("mine")
    with pytest.warns(UserWarning, match=r"renamed to|left unchanged") as said:
        make(results, "new", "figures/new.png", "other.csv")
    assert [str(w.message).rpartition(" ")[2] for w in said][:2] == ["figures.kept", "other.csv.kept"]
    assert (results / "figures.kept").read_text() == (results / "other.csv.kept").read_text() == "mine"
    assert (results / "figures/new.png").read_text() == (results / "other.csv").read_text() == "new"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_the_earlier_results(results, stop):
    before = content(results)
    for writing in (new_folder, more_files):
        with pytest.raises(stop), writing(results) as folder:  # noqa: PT012
            fill(folder, "new")
            raise stop
    assert content(results) == before
    assert [p.name for p in results.parent.iterdir()] == ["results"]


class Killed(BaseException):
    """Stands for a kill: nobody tidies up after it."""


def kill_at(patch, step):
    """End at the nth change of a name or removal of a file."""
    left = [step]

    def dying(original):
        def call(*arguments, **named):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return original(*arguments, **named)

        return call

    for name in ("rename", "replace", "unlink", "rmdir"):
        patch.setattr(Path, name, dying(getattr(Path, name)))
    patch.setattr(lockin_sim.runs.results, "exchange", dying(lockin_sim.runs.results.exchange))
    tidy = shutil.rmtree
    patch.setattr(shutil, "rmtree", lambda *a, **n: None if left[0] == 0 else tidy(*a, **n))


def killed_everywhere(monkeypatch, results, check):
    """Put new results in the place of old ones, killed at every step; how many steps there are."""
    good = results.with_name("good")
    shutil.copytree(results, good)
    for step in range(200):
        shutil.rmtree(results)
        shutil.copytree(good, results)
        with monkeypatch.context() as patch:
            kill_at(patch, step)
            try:
                make(results, *NEW)
            except Killed:
                check(results)
            else:
                return step
        make(results, "third")  # and whoever comes next finds everything in order
        assert set(of_ours(results).values()) - {(results / MANIFEST).read_text()} == {"third"}
        assert not (results / STAGED).exists()
        assert sorted(p.name for p in results.parent.iterdir()) == ["good", "results"]
    raise AssertionError("it never ended")


@pytest.mark.skipif(not ONE_STEP, reason="two folders cannot change names in one step here")
def test_killed_at_every_step_there_are_old_results_or_new_ones(monkeypatch, results):
    old = content(results)
    make(results.with_name("new"), *NEW)
    new = content(results.with_name("new"))
    shutil.rmtree(results.with_name("new"))
    seen = []

    def check(out):
        seen.append(content(out))
        assert content(out) in (old, new)

    assert killed_everywhere(monkeypatch, results, check) >= 2
    assert old in seen


@pytest.mark.filterwarnings("ignore:.*left unchanged")
@pytest.mark.parametrize("theirs", [True, False])
def test_killed_at_every_step_a_reader_finds_old_or_new(monkeypatch, results, theirs):
    """Where others keep something in the folder, or names cannot be exchanged, files move one by one."""
    if theirs:
        add_theirs(results)
    else:
        monkeypatch.setattr(lockin_sim.runs.results, "exchange", lambda *_: False)
    texts = set()

    def check(out):
        held = of_ours(out)
        text = json.loads(held.pop(MANIFEST))["text"]
        assert set(held.values()) == {text}
        texts.add(text)
        if theirs:
            check_theirs(out)

    assert killed_everywhere(monkeypatch, results, check) > 6
    assert texts == {"old", "new"}


def test_more_files_join_and_are_listed(results):
    (results / "figures").mkdir()
    (results / "figures/theirs.png").write_text("mine")
    with more_files(results) as folder:
        (folder / "figures").mkdir()
        (folder / "figures/chart.png").write_text("drawn")
    assert (results / "figures/chart.png").read_text() == "drawn"
    assert others(results) == ["figures/theirs.png"]
    with pytest.warns(UserWarning, match=r": figures$"):
        make(results, "new")
    assert not (results / "figures/chart.png").exists()
    assert (results / "figures/theirs.png").exists()


# --- links ---


def beside(results, *names):
    """Move files or folders of results elsewhere, links in their place; that folder."""
    elsewhere = results.with_name("elsewhere")
    for name in names:
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).rename(elsewhere / name)
        (results / name).symlink_to(elsewhere / name, target_is_directory=(elsewhere / name).is_dir())
    return elsewhere


@pytest.mark.filterwarnings("ignore:.*renamed to")
@pytest.mark.parametrize("writing", [new_folder, more_files])
@pytest.mark.parametrize("names", [("data",), ("a.csv",), ("data/numbers.nc",), ("data", "a.csv", "stale")])
def test_nothing_behind_a_link_is_overwritten_or_removed(results, names, writing):
    elsewhere = beside(results, *names)
    before = content(elsewhere)
    with pytest.warns(UserWarning, match=r"left unchanged|renamed to"), writing(results) as folder:
        fill(folder, "new")
    assert content(elsewhere) == before
    assert not (results / "data").is_symlink()
    assert of_ours(results)["data/numbers.nc"] == of_ours(results)["a.csv"] == "new"


def test_a_link_to_the_manifest_of_other_results_is_no_mark(results, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.csv").write_text("years of work")
    (other / MANIFEST).symlink_to(results / MANIFEST)
    with pytest.raises(InputError, match="which holds "):
        check_folder(other)


@pytest.mark.parametrize("link", [True, False])
def test_a_folder_of_the_name_in_which_results_wait_stays(results, link):
    (results.with_name("theirs") / "empty").mkdir(parents=True)
    (results.with_name("theirs") / "notes.txt").write_text("mine")
    if link:
        (results / STAGED).symlink_to(results.with_name("theirs"), target_is_directory=True)
    else:
        results.with_name("theirs").rename(results / STAGED)
    with pytest.warns(UserWarning, match=r"renamed to|left unchanged"):
        make(results, "new")
    assert (results / f"{STAGED}.kept" / "notes.txt").read_text() == "mine"
    assert (results / "a.csv").read_text() == "new"


# --- places and disks that refuse ---


def test_a_full_disk_names_the_place_that_was_asked_for(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")

    def rows():
        yield [1]
        raise full

    for writing in (new_folder, more_files):
        with pytest.raises(InputError) as said, writing(tmp_path / "results") as folder:
            write_csv(folder / "levels.csv", ["a"], rows())
        allowed = "a writable place (No space left on device)"
        assert str(said.value) == f"output folder: found '{tmp_path / 'results'}'; allowed: {allowed}."
        with pytest.raises(InputError, match="writable place"), writing(tmp_path / "results") as folder:
            raise OSError(errno.ENOSPC, "No space left on device", str(folder / "chart.png"))
    assert list(tmp_path.iterdir()) == []


def test_a_store_and_a_world_are_no_place_for_results(tmp_path):
    for name in ("s.zarr/units.journal", "w/columns.csv", "w/case.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ("s.zarr", "s.zarr/results", "w/results"):
        with pytest.raises(InputError, match=r"a place elsewhere; .* is (a store|the tables of a world)"):
            check_folder(tmp_path / name)


def test_folders_written_otherwise_stay_and_are_not_warned_of(tmp_path):
    out = tmp_path / "results"
    (out / "runs/study_1").mkdir(parents=True)
    (out / "runs/study_1/000000.npz").write_text("kept")
    for text in ("old", "new"):
        with new_folder(out, ("runs",)) as folder:
            fill(folder, text)
    assert content(out)["runs/study_1/000000.npz"] == "kept"
    assert content(out)["a.csv"] == "new"
    (out / "runs").rename(tmp_path / "runs")
    (out / "runs").symlink_to(tmp_path / "runs", target_is_directory=True)
    with pytest.raises(InputError, match="whose runs is a link"):
        check_folder(out, ("runs",))


def test_only_results_of_the_same_kind_take_the_place_of_what_took_hours(tmp_path):
    def save(text, kind):
        with new_folder(tmp_path / "results", ("runs",), kind) as folder:
            fill(folder, text)
            content = {"made_by": "lockin_sim", "text": text, **({kind: {}} if kind else {})}
            (folder / MANIFEST).write_text(json.dumps(content))

    save("old", "calibration")
    with pytest.raises(InputError, match="which holds a calibration"):
        save("new", "")
    assert of_ours(tmp_path / "results")["a.csv"] == "old"
    save("new", "calibration")
    assert of_ours(tmp_path / "results")["a.csv"] == "new"
    make(tmp_path / "compared", "old")
    with pytest.raises(InputError, match="which holds other results"):
        check_folder(tmp_path / "compared", ("runs",), "calibration")


# --- folders of others ---


@pytest.mark.parametrize("manifest", [None, "{}", "not json", '["made_by"]'])
def test_a_folder_of_somebody_else_is_refused(tmp_path, manifest):
    (tmp_path / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match="which holds "):
        check_folder(tmp_path)


def test_a_manifest_that_lists_no_files_or_files_elsewhere_gives_nothing_away(tmp_path):
    out, outside = tmp_path / "results", tmp_path / "thesis.txt"
    out.mkdir()
    outside.write_text("years of work")
    (out / MANIFEST).write_text('{"made_by": "lockin_sim"}')
    with pytest.raises(InputError, match=r"does not say which files are results"):
        check_folder(out)
    files = json.dumps(["../thesis.txt", str(outside), "a.csv"])
    (out / MANIFEST).write_text(f'{{"made_by": "lockin_sim", "files": {files}}}')
    (out / "notes").write_text("mine")
    with pytest.warns(UserWarning, match="notes$"):
        make(out, "new")
    assert outside.read_text() == "years of work"


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_a_place_that_cannot_be_written_to_is_refused(results, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="a writable place"):
        check_folder(results)
