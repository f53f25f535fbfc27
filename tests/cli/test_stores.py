"""Every command with a store, and studies in one block: a new folder, an interruption, the same numbers."""

import pytest
from cli.called import lockin
from cli.test_shared_options import SIMULATE, commands, options
from hostile.test_arguments import CALLS, function_called

import lockin_sim as ls
from lockin_sim.comparisons.by_group import public_cost
from lockin_sim.pages.report import Comparison
from lockin_sim.runs.store import Store
from lockin_sim.runs.store_files import JOURNAL, append
from lockin_sim.world.schema import DATA

#: Commands with a store, as typer found them, and what each needs at least for two units of runs.
STORED = sorted(name for name in commands() if "--store" in options(name))
SMALL = SIMULATE | {
    "exit": [*SIMULATE["exit"], "--runs", "17", "--year", "2012", "--policy", "no_dsr"],
    "validate": ["--observations", "mine.csv", "--runs", "17", "--workers", "1"],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, but for the rows of the record of one region, to be scored."""
    monkeypatch.chdir(tmp_path)
    head, *rows = (DATA / "records" / "observations.csv").read_text(encoding="utf-8").splitlines()
    region = [row for row in rows if ",Latin_America," in row]
    (tmp_path / "mine.csv").write_text("\n".join([head, *region]), encoding="utf-8")
    return tmp_path


def files(folder):
    """Contents of all files of a folder, by name."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def interrupt(patch, units):
    """Interrupt when so many units have been written."""
    left, write = [units], Store.write

    def written(store, number, block):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        write(store, number, block)

    patch.setattr(Store, "write", written)


def forbid_runs(patch):
    """Let whatever simulates fail, once it keeps what it has simulated."""

    def kept(*_, **__):
        raise AssertionError("a run began")

    patch.setattr(Store, "write", kept)


#: Those that simulate forty years many times even so, or fit rivals each time; "exit" stands for them.
LONG = {"compare", "lead", "country", "validate", "lock-in"}


@pytest.mark.parametrize(
    "command", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in STORED]
)
def test_a_command_with_a_new_store_and_interrupted_in_it_writes_what_it_writes_without(
    command, here, monkeypatch, capsys
):
    words = [command, *SMALL[command], "--out", "out"]
    assert lockin(capsys, *words)[0] == 0
    written = files(here / "out")

    status, _, said = lockin(capsys, *words, "--store", "whole")
    assert (status, files(here / "out") == written) == (0, True), said

    units, status, resumed = 1, 130, []
    while status == 130:
        with monkeypatch.context() as patch:
            interrupt(patch, units)
            status, _, said = lockin(capsys, *words, "--store", "cut", *resumed)
        assert status == 0 or "the runs in cut are complete: continue with --resume" in said, said
        units, resumed = 2 * units, ["--resume"]
    assert (status, units > 2) == (0, True), said
    assert files(here / "out") == written

    forbid_runs(monkeypatch)
    status, _, said = lockin(capsys, *words, "--store", "cut")
    assert (status, "there are already runs; continue with --resume" in said) == (2, True)


@pytest.mark.parametrize("command", STORED)
def test_a_store_of_something_else_is_refused_before_the_first_run(command, here, monkeypatch, capsys):
    forbid_runs(monkeypatch)
    (here / "other" / "study_1").mkdir(parents=True)
    entry = {"identity": {"cases": {}}, "attributes": "", "description": ""}
    append(here / "other" / "study_1" / JOURNAL, entry)
    for folder, file in (("mixed/study_2", "notes.txt"), ("sweep", JOURNAL)):
        (here / folder).mkdir(parents=True)
        (here / folder / file).write_text("mine", encoding="utf-8")

    for folder, wanted in {
        "other": "study_1: cannot be resumed, since it belongs to different settings",
        "mixed": "which holds notes.txt",
        "sweep": "store: found 'sweep'; allowed: a place elsewhere",
        "sweep/within": "store: found 'sweep/within'; allowed: a place elsewhere",
        "mine.csv": "not a folder",
    }.items():
        status, _, said = lockin(
            capsys, command, *SMALL[command], "--out", "out", "--store", folder, "--resume"
        )
        assert (status, wanted in said) == (2, True), said
    assert not (here / "out").exists()


# --- studies in one block ---

#: Studies that keep their units in a block's store, small.
SHORTENED = {
    "lock_in": {"year": 2011, "after": [1], "without": "nothing", "years": (2010, 2013)},
    "exit_plan": {"leaving": "huawei", "year": 2012, "policies": []},
}
IN_ONE_BLOCK = ("lock_in", "exit_plan", "compare", "public_cost", "breakdown", "contrast", "hindcast")


def test_studies_of_one_block_each_have_a_place_also_twice_and_resumed(tmp_path, monkeypatch):
    def all_twice():
        return [
            function_called(name)(**CALLS[name] | SHORTENED.get(name, {}))
            for name in IN_ONE_BLOCK
            for _ in "12"
        ]

    with ls.running(store=tmp_path / "kept"):
        found = all_twice()
    assert len(list((tmp_path / "kept").glob("study_*"))) == len(found)
    with ls.running(store=tmp_path / "kept", resume=True):
        forbid_runs(monkeypatch)
        again = all_twice()
    for one, other, resumed in zip(found[::2], found[1::2], again[::2], strict=True):
        for another in (other, resumed):
            assert one.identical(another) if hasattr(one, "identical") else repr(one) == repr(another)


def test_a_comparison_with_a_chain_looks_at_the_place_of_its_own_chain(tmp_path, monkeypatch):
    how = {"chain": True, "runs": 1, "seed": 1, "workers": 1, "years": (2010, 2011)}
    with ls.running(store=tmp_path / "kept"):
        for _ in "12":
            public_cost(**CALLS["public_cost"])
        forbid_runs(monkeypatch)
        with pytest.raises(AssertionError, match="a run began"):  # all was checked, its chain as study_4
            Comparison.run(["no_dsr"], **how)


def test_a_block_inside_another_keeps_its_studies_in_the_same_store(tmp_path):
    def study():
        public_cost(**CALLS["public_cost"])

    def names(folder):
        return sorted(path.name for path in (tmp_path / folder).glob("study_*"))

    with ls.running(store=tmp_path / "outer"):
        study()
        with ls.running(engine="core"):
            study()
        with ls.running(store=tmp_path / "inner"):
            study()
        study()
    assert names("outer") == ["study_1", "study_2", "study_3"]
    assert names("inner") == ["study_1"]
