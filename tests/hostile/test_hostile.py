"""Whatever is given to the command line: done, or exit status 2 and a line a defect; no traceback or flood.

The whole suite, some 3,800 inputs, is slow; a sample of it, other ones of each kind, is always run.
"""

import itertools
import os
import re
import shutil

import pytest
from hostile.cases import MEMORY, WORLD, Hangs, patience, peak, prepare
from hostile.inputs import KINDS, declarations

import lockin_sim as ls
from lockin_sim.cli.program import main
from lockin_sim.common.errors import MOST_TOLD
from lockin_sim.runs.provenance import compute_digest

#: Signs of a message, which is one line.
LONGEST = 6000


def listing(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def fault_of(case, folder, capsys):
    """What is wrong with how the command line took a case; "" for nothing."""
    prepare(case, folder)
    before, memory = listing(folder), peak()
    capsys.readouterr()
    try:
        with patience():
            status = main(case.command)
    except (Hangs, Exception) as error:
        return f"{case.name}: {type(error).__name__} {error}"
    out, err = capsys.readouterr()
    if peak() - memory > MEMORY:
        return f"{case.name}: {peak() - memory:.0f} MB"
    if status not in ((2,) if case.refused else (0, 2)):
        return f"{case.name}: status {status}: {out[:300]}{err[:300]}"
    if status == 0:
        return "" if out + err else f"{case.name}: nothing is said"
    lines = err.splitlines()
    told = all(line.isprintable() and line.startswith("lockin: ") and len(line) <= LONGEST for line in lines)
    if out or not lines or not told or len(lines) > MOST_TOLD + 1 or "Traceback" in err:
        return f"{case.name}: not a line for each defect: {out[:300]}{err[:600]!r}"
    left = listing(folder) - before
    return f"{case.name}: left {sorted(left)}" if left else ""


@pytest.fixture
def faults(tmp_path, monkeypatch, capsys):
    def found(cases):
        told = []
        for number, case in enumerate(cases):
            folder = tmp_path / str(number)
            folder.mkdir()
            monkeypatch.chdir(folder)
            told.append(fault_of(case, folder, capsys))
            monkeypatch.chdir(tmp_path)
            shutil.rmtree(folder)
        return [text for text in told if text]

    return found


needs_signals = pytest.mark.skipif(os.name == "nt", reason="pipes, devices and alarms")

#: How many inputs of each kind are passed over between two of the sample.
STEPS = {
    "values": 67,
    "no_files": 23,
    "designs": 9,
    "declarations": 29,
    "tables": 61,
    "mutations": 43,
    "arguments": 37,
    "stores": 17,
}


@needs_signals
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_sample_of_hostile_input(kind, faults):
    cases = [case for case in kind() if len(case.files) < 1000]
    assert faults(cases[3 :: STEPS.get(kind.__name__, 1)]) == []


@needs_signals
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_all_hostile_input(kind, faults):
    assert faults(kind()) == []


def test_there_are_a_thousand_and_none_comes_twice():
    names = [case.name for kind in KINDS for case in kind()]
    assert len(names) == len(set(names)) > 2000


def test_what_changes_in_the_declarations_changes_no_number(tmp_path, monkeypatch):
    """A column of columns.csv zeroed, blank or swapped is refused, or is one that says nothing of numbers."""
    monkeypatch.chdir(WORLD.parent)
    same = compute_digest(ls.load_world(WORLD.name))
    refusals = []
    for number, case in enumerate(itertools.islice(declarations(), 0, None, 3)):
        folder = tmp_path / str(number)
        prepare(case, folder)
        (folder / "w").rename(folder / WORLD.name)
        monkeypatch.chdir(folder)  # a world is called what its folder is
        try:
            world = ls.load_world(WORLD.name)
        except ls.InputError as error:
            refusals.append(str(error))
        else:
            assert compute_digest(world) == same, case.name
    assert len(refusals) > 20
    assert all(re.search(r"\w+\.csv", said) for said in refusals)
