"""Studies that keep their units in a store: interrupted anywhere and resumed, the same to the last byte."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from waiting import patience

import lockin_sim as ls
from lockin_sim.comparisons.by_group import public_cost
from lockin_sim.runs.store import Store
from lockin_sim.runs.store_files import JOURNAL, read_journal

HOW = {"runs": 5, "seed": 2, "years": (2010, 2012), "workers": 1, "chunk": 2, "maps": False}
CASE = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma"
COMMANDS = {
    "compare": [
        "compare", str(CASE / "no_common_push.toml"), "--world", str(CASE / "world"), "--runs", "20",
    ],
    "lock-in": [
        "lock-in", "KEN", "--year", "2011", "--after", "1", "--without", "nothing", "--years", "2010-2014",
        "--runs", "40",
    ],
    "validate": ["validate", "--declared", "--runs", "16"],
    "calibrate": [
        "calibrate", "--only", "switching_cost", "--only", "restriction_rate", "--waves", "1",
        "--points", "20", "--runs", "2", "--draws", "4", "--quiet",
    ],
}  # fmt: skip


class Stop(Exception):
    """Stands for any interruption between two units."""


def stopping(after):
    """A progress function that interrupts after so many units."""
    calls = []

    def told(done):
        calls.append(done)
        if len(calls) == after:
            raise Stop

    return told


def units(folder):
    """Units that are marked in all studies of a store."""
    return sum("unit" in entry for path in folder.glob(f"*/{JOURNAL}") for entry in read_journal(path))


def compared(**more):
    return ls.compare(["open_ran", "digital_oda"], **HOW | more)


@pytest.fixture(scope="module")
def reference():
    return compared()


def test_interrupted_again_and_again_and_the_same_in_the_end(tmp_path, reference):
    """Nine units, three scenarios by three chunks; none is computed twice."""
    for done, after in ((2, 2), (3, 1), (7, 4)):
        with pytest.raises(Stop), ls.running(store=tmp_path / "s", resume=True):
            compared(progress=stopping(after))
        assert units(tmp_path / "s") == done
    told = []
    with ls.running(store=tmp_path / "s", resume=True):
        found = compared(progress=told.append)
    assert found.identical(reference)
    assert len(told) == 2
    with ls.running(store=tmp_path / "s", resume=True):
        assert compared(progress=told.append).identical(reference)
    assert len(told) == 2


def test_processes_go_on_with_what_one_began(tmp_path, reference):
    with pytest.raises(Stop), ls.running(store=tmp_path / "s"):
        compared(progress=stopping(4))
    with ls.running(store=tmp_path / "s", resume=True):
        assert compared(workers=2).identical(reference)


@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:-9])])
def test_a_damaged_unit_is_computed_again(tmp_path, reference, damage):
    with ls.running(store=tmp_path / "s"):
        compared()
    damage(next((tmp_path / "s" / "study_1").glob("000003-*.npz")))
    told = []
    with ls.running(store=tmp_path / "s", resume=True):
        assert compared(progress=told.append).identical(reference)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 3}, "seed: 2, now 3"),
        ({"runs": 6}, "runs: 5, now 6"),
        ({"years": (2010, 2011)}, r"years: \[2010, 2012\], now \[2010, 2011\]"),
        ({"parameters": {"switching_cost": 1.0}}, "cases: baseline .*, now baseline "),
        ({"parameters": {"switching_cost": {2010: 3.0}}}, "cases: baseline .*, now baseline "),
        ({"baseline": "no_dsr"}, "cases: baseline .*, now no_dsr "),
        ({"chunk": 4}, "runs of a unit"),
    ],
)
def test_a_store_of_another_comparison_is_refused(tmp_path, change, message):
    with pytest.raises(Stop), ls.running(store=tmp_path / "s"):
        compared(progress=stopping(1))
    with ls.running(store=tmp_path / "s", resume=True), pytest.raises(ls.InputError, match=message):
        compared(**change)
    assert units(tmp_path / "s") == 1


def test_another_kind_of_processor_is_said_and_another_generator_refused(tmp_path, reference, monkeypatch):
    with pytest.raises(Stop), ls.running(store=tmp_path / "s"):
        compared(progress=stopping(1))
    with monkeypatch.context() as patch, ls.running(store=tmp_path / "s", resume=True):
        patch.setattr("lockin_sim.runs.provenance.processor", lambda: "another")
        with pytest.warns(UserWarning, match=r"the kind of processor changed .* 1e-12"):
            compared(progress=lambda done: None)
    said = pytest.warns(UserWarning, match="the kind of processor changed")  # parts of it are
    with said, ls.running(store=tmp_path / "s", resume=True):
        assert compared().identical(reference)
    monkeypatch.setattr("lockin_sim.runs.jobs.GENERATOR", "xor")
    with ls.running(store=tmp_path / "s", resume=True), pytest.raises(ls.InputError, match="generator"):
        compared()


def test_what_cannot_be_used_is_refused(tmp_path):
    with ls.running(store=tmp_path / "s"):
        compared(runs=1)
    refused = pytest.raises(ls.InputError, match="already runs; continue with --resume")
    with refused, ls.running(store=tmp_path / "s"):
        raise AssertionError("the block began")
    (tmp_path / "o" / "study_1").mkdir(parents=True)
    (tmp_path / "o" / "study_1" / "notes.txt").write_text("mine")
    refused = pytest.raises(ls.InputError, match=r"which holds notes\.txt")
    with refused, ls.running(store=tmp_path / "o", resume=True):
        raise AssertionError("the block began")
    with pytest.raises(ls.InputError, match="resume: found no store"), ls.running(resume=True):
        pass
    with pytest.raises(ls.InputError, match="store: found 3"), ls.running(store=3):
        pass


@pytest.mark.parametrize(
    "name", ["study_1", "study_1/units.lock", "study_1/units.journal", "study_1/000000-*.npz"]
)
def test_nothing_behind_a_link_in_a_store_is_written_over(name, tmp_path):
    with ls.running(store=tmp_path / "s"):
        compared(runs=1)
    link, theirs = next((tmp_path / "s").glob(name)), tmp_path / "theirs"
    link.rename(theirs)
    link.symlink_to(theirs, target_is_directory=theirs.is_dir())
    before = {p: p.read_bytes() for p in (theirs, *theirs.rglob("*")) if p.is_file()}
    refused = pytest.raises(ls.InputError, match=f"found a link, {link.name}")
    with ls.running(store=tmp_path / "s", resume=True), refused:
        compared(runs=1)
    assert {p: p.read_bytes() for p in (theirs, *theirs.rglob("*")) if p.is_file()} == before


def test_every_study_has_a_place_of_its_own(tmp_path):
    def both():
        one = compared(runs=1)
        return one, public_cost("digital_oda", runs=1, years=(2010, 2013), workers=1)

    plain = both()
    for resume in (False, True):
        with ls.running(store=tmp_path / "s", resume=resume):
            assert all(a.identical(b) for a, b in zip(both(), plain, strict=True))
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == ["study_1", "study_2"]


# --- the commands, killed ---


def command(name, folder, *more):
    lockin = str(Path(sys.executable).with_name("lockin"))
    return [lockin, *COMMANDS[name], "--seed", "4", "--out", str(folder / "out"), *more]


def kept_in(name, folder):
    """Where a command keeps its units, and the options that say so and go on with them."""
    if name == "calibrate":
        return folder / "out" / "runs", ["--resume"]
    return folder / "runs", ["--store", str(folder / "runs"), "--resume"]


def files(folder):
    """All files but what says in which order units came."""
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("units."))
    return {str(p.relative_to(folder)): p.read_bytes() for p in found}


def killed(name, folder, signs, usual):
    """The files of a command that was ended by some signals, one after the other, and then left alone.

    usual  seconds that it takes undisturbed
    """
    dice, (store, options) = random.Random(len(signs)), kept_in(name, folder)
    for sign in signs:
        before = units(store)
        began = time.monotonic()
        process = subprocess.Popen(
            command(name, folder, "--workers", "1", *options),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            wanted, deadline = before + dice.randrange(1, 4), time.monotonic() + usual * dice.random()
            while units(store) < wanted and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.002)
        finally:
            os.killpg(process.pid, sign) if process.poll() is None else None
            _, said = process.communicate(timeout=patience(began))
        assert process.returncode in (0, 130, -signal.SIGKILL), said
        assert process.returncode != 130 or "--resume" in said or "no half-written file" in said
    subprocess.run(command(name, folder, "--workers", "1", *options), check=True, capture_output=True)
    return files(folder / "out")


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("name", "signs"),
    [
        pytest.param("lock-in", ["SIGKILL", "SIGINT"], marks=pytest.mark.slow),
        pytest.param("compare", 20 * ["SIGKILL"], marks=pytest.mark.slow),
        pytest.param("validate", 3 * ["SIGINT"], marks=pytest.mark.slow),
        pytest.param("calibrate", 3 * ["SIGKILL"], marks=pytest.mark.slow),
    ],
)
def test_a_command_killed_at_random_leaves_the_same_files(tmp_path, name, signs):
    (whole := tmp_path / "undisturbed").mkdir()
    began = time.monotonic()
    subprocess.run(command(name, whole, "--workers", "2"), check=True, capture_output=True)
    usual, reference = time.monotonic() - began, files(whole / "out")
    found = killed(name, tmp_path / "killed", [getattr(signal, sign) for sign in signs], usual)
    assert found.keys() == reference.keys()
    assert [file for file in reference if found[file] != reference[file]] == []


def test_units_keep_names_and_numbers_of_any_kind(tmp_path):
    block = {"part:a/b": np.array([1.5, np.nan]), "file": np.arange(3), "names": np.zeros((2, 0))}
    with Store(tmp_path / "s", {"seed": 1}, resume=False) as kept:
        kept.write(7, block)
    with Store(tmp_path / "s", {"seed": 1}, resume=True) as kept:
        assert kept.done.keys() == {7}
        again = kept.read(7)
    assert list(again) == list(block)
    for name, values in block.items():
        assert again[name].dtype == values.dtype
        assert np.array_equal(again[name], values, equal_nan=values.dtype.kind == "f")
