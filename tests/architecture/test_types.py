"""Do the types reach who uses the package, in an editor as in a type checker?"""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import lockin_sim as ls
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.settings.policies import ScenarioName
from lockin_sim.studies.printing import TOPICS, Topic

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: Our own settings, as strict as anybody's: what the type checker has found of the package serves here too.
SETTINGS = (
    (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("# --- Layers")[0]
    + """
[[tool.mypy.overrides]]
module = ["optuna.*"]
follow_imports = "skip"
ignore_missing_imports = true
"""
)


#: Misspelt arguments and words of functions that people call most.
MISTYPED = (
    'ls.simulate("baseline", sed=1)', 'ls.simulate("baseline", engine="fats")',
    'ls.sweep({"switching_cost": [1.0]}, out="x", sed=1)', 'ls.compare("open_ran", sead=1)',
    'ls.contrast({"a": ls.Arm(), "b": ls.Arm("open_ran")}, outcomes="retention", sed=1)',
    'ls.lead(seeds=1)', 'ls.lock_in("KEN", yaer=2025)', 'ls.country("KEN", vendor="huawei")',
    'ls.evaluate({"switching_cost": [1.0]}, sed=1)', 'ls.exit_plan("KEN", seeed=1)',
    'ls.running(engine="fats")',
)  # fmt: skip


def examples(document):
    """The Python blocks of a document, in order."""
    text = document.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def checked(folder):
    """What mypy says of the files of a folder that sees the package as an installed one."""
    (folder / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    files = sorted(path.name for path in folder.glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *files]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    outcome = subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )
    return outcome.stdout + outcome.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What mypy says of all examples, every public name, and some mistakes."""
    folder = tmp_path_factory.mktemp("user")
    for document in DOCUMENTS:
        if code := examples(document):
            (folder / f"example_{document.stem.lower().replace('-', '_')}.py").write_text(code, "utf-8")
    names = "".join(f"reveal_type(ls.{name})\n" for name in ls.__all__)
    (folder / "names.py").write_text(f"import lockin_sim as ls\n{names}", "utf-8")
    (folder / "mistakes.py").write_text(
        "import lockin_sim as ls\nls.no_such_name\nls.simulate(runs='many')\nls.rules.adoption.shares('x')\n"
        "ls.Parameters(switching_cots=3)\n" + "\n".join(MISTYPED),
        encoding="utf-8",
    )
    return checked(folder)


def test_examples_of_the_documents_are_clean_under_strict(said):
    assert [line for line in said.splitlines() if line.startswith("example_")] == []


def test_every_public_name_has_a_type(said):
    revealed = re.findall(r'^names\.py:(\d+): note: Revealed type is "(.*)"$', said, re.MULTILINE)
    assert [int(line) - 2 for line, _ in revealed] == list(range(len(ls.__all__)))
    assert [ls.__all__[int(line) - 2] for line, kind in revealed if kind == "Any"] == []


def test_mistakes_are_seen_where_they_are_written(said):
    found = re.findall(r"^mistakes\.py:(\d+): error: .*\[([\w-]+)\]$", said, re.MULTILINE)
    assert found[:4] == [("2", "attr-defined"), ("3", "arg-type"), ("4", "arg-type"), ("5", "call-arg")]
    lines = {int(line) - 6 for line, _ in found[4:]}
    assert [call for place, call in enumerate(MISTYPED) if place not in lines] == []


def test_every_name_of_the_stub_is_there():
    assert {name for name in ls.__all__ if getattr(ls, name, None) is None} == set()
    assert dir(ls) == sorted(ls.__all__)


def test_editors_complete_the_parameters():
    """What they read: the signature, of the class as it is and of its text."""
    takes = inspect.signature(ls.Parameters).parameters
    assert list(takes) == list(collect_declarations())
    assert {each.kind for each in takes.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert takes["switching_cost"].default == collect_declarations()["switching_cost"].default


def test_editors_complete_the_scenarios_and_topics_that_there_are():
    """The names stand in ``ScenarioName`` of ``lockin_sim/settings/policies.py``, and in ``Topic``."""
    assert list(get_args(ScenarioName.__value__)) == ls.scenarios()
    assert list(get_args(Topic.__value__)) == list(TOPICS)
