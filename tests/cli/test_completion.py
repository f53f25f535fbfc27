"""Does the Tab key complete commands, options, scenarios and parameters, and can that be installed?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockin_sim.settings.parameters import collect_declarations
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
        ("lockin compare open_ran eu_", [name for name in scenarios() if name.startswith("eu_")]),
        (
            "lockin run --parameter switching_",
            [f"{n}=" for n in collect_declarations() if n.startswith("switching_")],
        ),
    ],
)
def test_tab_offers_names(line, offered):
    assert offered
    assert completed(line) == offered
