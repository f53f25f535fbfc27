"""Who may import whom, and what a bare `import lockin_sim` costs."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("mesa", "matplotlib", "pandas", "xarray")
SECONDS = 0.5

MEASURE = f"""
import json, sys, time
start = time.perf_counter()
import lockin_sim
seconds = time.perf_counter() - start
print(json.dumps([seconds, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


def test_import_contracts_hold():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    command = [lint_imports, "--no-logo", "--no-cache"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_the_page_of_the_package_shows_the_layers_that_hold():
    text = (ROOT / "lockin_sim" / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^\| room \|.*\n.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert shown is not None
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [set(re.findall(r"`(\w+)`", row.split("|")[1])) for row in shown[1].splitlines()] == [
        set(layer.split(" | ")) for layer in layers
    ]


def test_a_bare_import_is_light_and_quick(tmp_path):
    measured = []
    for _ in range(3):
        command = [sys.executable, "-c", MEASURE]
        outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        seconds, loaded = json.loads(outcome.stdout)
        assert loaded == []
        measured.append(seconds)
    assert min(measured) < SECONDS, f"best of three: {min(measured):.2f} s"
