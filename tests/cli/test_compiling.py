"""Is the fast engine compiled before a command needs it, with a count, and only where its code is missing?"""

import os
import subprocess
import sys

import pytest

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.runs.context import now
from lockin_sim.world import model

cache = pytest.importorskip("lockin_sim.compiled.lanes.cache", reason="the extra fast is not installed")
beforehand = pytest.importorskip("lockin_sim.compiled.beforehand", reason="the extra fast is not installed")
FAST = ["--engine", "fast", "--runs", "1", "--years", "2010-2011"]


@pytest.fixture
def compiled(monkeypatch):
    """Numbers of parts, each time that they would be compiled; nothing lies in the cache."""
    calls = []

    def compile_parts(progress):
        calls.append(17)
        progress(17, 17)

    monkeypatch.setattr(beforehand, "compile_parts", compile_parts)
    monkeypatch.setattr(beforehand, "is_compiled", lambda: False)
    monkeypatch.setattr(model, "find_replaced_code", dict)  # what is compiled is as ever
    return calls


@pytest.mark.parametrize(("quiet", "said"), [([], True), (["--quiet"], False)])
def test_the_first_use_compiles_with_a_count(compiled, capsys, quiet, said):
    assert main(["run", "open_ran", *FAST, *quiet]) == 0
    assert compiled == [17]
    assert ("Compiling the fast engine, once: 17 of 17 parts\n" in capsys.readouterr().err) == said


def test_nobody_waits_for_a_command_that_is_refused_or_takes_another_engine(compiled):
    assert main(["run", "no_such_scenario", *FAST]) == 2
    with ls.running(engine="core"):
        now().before_fast = beforehand.compile_once
        now().engine_for(years=10, bundled=True)
    with ls.running(engine="fast"):  # the code of the bundled world is of no use to another one
        now().before_fast = beforehand.compile_once
        now().engine_for(years=10, bundled=False)
    assert compiled == []


def test_a_store_changes_nothing_of_it_and_it_is_done_once(compiled, tmp_path):
    with ls.running(engine="fast"):
        now().before_fast = beforehand.compile_once
        with ls.running(store=tmp_path / "runs"):
            for _ in range(2):
                now().engine_for(years=10, bundled=True)
    assert compiled == [17]


def test_what_is_there_is_not_compiled_again(compiled, monkeypatch):
    monkeypatch.setattr(beforehand, "is_compiled", lambda: True)
    beforehand.compile_once()
    assert compiled == []


def test_where_nothing_can_be_kept_no_process_compiles_for_another(compiled, monkeypatch, capsys):
    monkeypatch.setattr(cache, "folder", lambda: None)
    beforehand.compile_once()
    assert compiled == []
    assert "cannot be kept here" in capsys.readouterr().err


@pytest.mark.slow
def test_parts_compiled_on_two_processes_are_all_that_a_run_needs(tmp_path):
    """No part is compiled anew for arrays of another kind than those that numpy gave it."""
    found = []
    for code in (
        "from lockin_sim.compiled.beforehand import compile_once as do",
        "do = lambda: ls.simulate(runs=2, engine='fast')",
    ):
        text = f"import lockin_sim as ls\n{code}\nif __name__ == '__main__': do()"
        (tmp_path / "do.py").write_text(text)
        environment = os.environ | {"LOCKIN_CACHE": str(tmp_path / "cache")}
        subprocess.run([sys.executable, tmp_path / "do.py"], check=True, env=environment)
        found.append(sorted(path.name for path in (tmp_path / "cache").rglob("*.nbc")))
    assert found[0] == found[1]
    assert len(found[0]) > 15
