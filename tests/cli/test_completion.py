"""Does the Tab key complete commands, options, scenarios and parameters, and can that be installed?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockin_sim.settings.parameters import declarations
from lockin_sim.settings.policies import scenarios

LOCKIN = Path(sys.executable).with_name("lockin")


def completed(line):
    """What bash is offered after a line; the last word is the one that is not yet whole."""
    words = line.split(" ")
    asked = {"_LOCKIN_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run([LOCKIN], env=os.environ | asked, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("lockin expl", ["explain"]),
        ("lockin compare --par", ["--parameter"]),
        ("lockin compare open_ran eu_", [name for name in scenarios() if name.startswith("eu_")]),
        (
            "lockin run --parameter switching_",
            [f"{n}=" for n in declarations() if n.startswith("switching_")],
        ),
    ],
)
def test_tab_offers_names(line, offered):
    assert offered
    assert completed(line) == offered


def test_it_can_be_installed(tmp_path):
    env = os.environ | {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run([LOCKIN, "--install-completion", "bash"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (script,) = tmp_path.rglob("lockin.sh")
    assert "complete_bash" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()
