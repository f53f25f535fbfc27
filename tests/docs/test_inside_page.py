"""Does the page for whoever changes the code name functions that exist, in an order in which they are met?"""

import ast
import re
from pathlib import Path

import pytest

from lockin_sim.common.conventions import STAGES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "inside.md").read_text(encoding="utf-8")
PATH = re.findall(r"^\| `(\S+\.py)` `(\w+)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("file", "name"), PATH)
def test_every_step_of_the_number_is_a_function_or_class_there(file, name):
    tree = ast.parse((ROOT / "lockin_sim" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_the_rooms_show_every_stage_but_what_is_before_and_after():
    assert len(PATH) > 9
    rooms = PAGE.split("```text")[1].split("```")[0]
    shown = [word for word in re.findall(r"[a-z]+", rooms) if word in STAGES]
    assert set(shown) == set(STAGES) - {"policy", "measure"}


def test_every_folder_of_tests_is_explained():
    told = PAGE.split("## What the folders of tests are for")[1].lower()
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))}
    assert {name for name in folders if name.replace("_", " ") not in told} == set()
