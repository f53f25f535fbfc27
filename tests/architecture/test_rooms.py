"""Rooms that nothing below them needs: the simulator works in a copy of the package without each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lockin_sim"
#: Simulate, by both engines, and compare; the last line says from which folder.
SIMULATE = """
import lockin_sim as ls

toy = {"scenario": ls.Scenario.none(), "world": ls.toy_world(4), "runs": 2, "years": (0, 2)}
run = ls.simulate(**toy)
agents = ls.LockInModel(**{name: toy[name] for name in ("scenario", "world", "years")})
agents.step()
effects = ls.compare("no_dsr", runs=2, years=(2010, 2012), workers=1, progress=False)
assert run.sizes["run"] == 2
assert "no_dsr" in effects.coords["scenario"]
print(ls.__file__)
"""


@pytest.mark.parametrize("room", ["app", "compiled", "evidence", "pages"])
def test_the_simulator_works_without_a_room(tmp_path, room):
    copy = tmp_path / "lockin_sim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(copy / room)

    command, surroundings = [sys.executable, "-c", SIMULATE], os.environ | {"PYTHONPATH": str(tmp_path)}
    outcome = subprocess.run(
        command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
    )

    assert outcome.returncode == 0, outcome.stderr
    assert Path(outcome.stdout.strip()).is_relative_to(copy)
