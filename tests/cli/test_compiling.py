"""Is the fast engine compiled before a command needs it, with a count, and only where its code is missing?"""

import os
import subprocess
import sys

import pytest

from lockin_sim.cli import main

beforehand = pytest.importorskip("lockin_sim.engine.beforehand", reason="the extra fast is not installed")
pytest.importorskip("numba")

REFUSED = ["compare", "no_such_scenario"]  # after the engine is known, and before anything is simulated
FAST = [*REFUSED, "--engine", "fast"]


@pytest.fixture
def said(capsys, monkeypatch):
    """What a refused command writes before its message, with and without compiled code in the cache."""
    monkeypatch.setattr(beforehand, "compile_parts", lambda progress: progress(17, 17))

    def write(command, there):
        monkeypatch.setattr(beforehand, "compiled_before", lambda: there)
        assert main(command) == 2
        before, _, _ = capsys.readouterr().err.partition("lockin: ")
        return before

    return write


def test_the_first_use_compiles_with_a_count(said):
    assert said(FAST, there=False) == "Compiling the fast engine, once: 17 of 17 parts\n"
    assert said(FAST, there=True) == ""
    assert said(REFUSED, there=False) == ""


def test_without_a_compiler_the_set_up_says_what_that_costs(monkeypatch, capsys):
    monkeypatch.setattr(beforehand, "compiler", lambda: False)
    beforehand.compile_once()
    assert "numba" in capsys.readouterr().err


@pytest.mark.slow
def test_parts_compiled_on_two_processes_are_all_that_a_run_needs(tmp_path):
    """No part is compiled anew for arrays of another kind than those that numpy gave it."""
    found = []
    for code in (
        "from lockin_sim.engine.beforehand import compile_once as do",
        "do = lambda: ls.simulate(runs=2, engine='fast')",
    ):
        text = f"import lockin_sim as ls\n{code}\nif __name__ == '__main__': do()"
        (tmp_path / "do.py").write_text(text)
        environment = os.environ | {"LOCKIN_CACHE": str(tmp_path / "cache")}
        subprocess.run([sys.executable, tmp_path / "do.py"], check=True, env=environment)
        found.append(sorted(path.name for path in (tmp_path / "cache").rglob("*.nbc")))
    assert found[0] == found[1]
    assert len(found[0]) > 15
