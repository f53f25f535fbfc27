"""Do experiments, tools, notebooks and pages import what the package has?

Much of it runs in slow tests alone, or in none: a module that moves must take its readers along.
"""

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("lockin_sim", "experiments", "tools", "benchmarks", "tests")


def sources():
    """Where Python code is written, by path: modules, notebooks and examples of pages."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            yield path, path.read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield path, "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        yield path, "\n".join(re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S))


def missing(code):
    """Modules of the package, and names in them, that code imports and that are not there."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            wanted = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            wanted = [(str(node.module), alias.name) for alias in node.names]
        else:
            continue
        for module, name in wanted:
            if module.partition(".")[0] == "lockin_sim" and not is_there(module, name):
                yield f"{node.lineno}: {module} {name}".rstrip()


def is_there(module, name):
    """Whether a module exists, and has a name, which may be a module."""
    try:
        found = importlib.import_module(module)
        if name not in ("", "*") and not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True


def test_whatever_is_imported_from_the_package_is_there():
    wrong = [f"{path.relative_to(ROOT)}:{each}" for path, code in sources() for each in missing(code)]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("import lockin_sim.no_such_module", ["1: lockin_sim.no_such_module"]),
        (
            "from lockin_sim.comparisons import compare, no_such_name",
            ["1: lockin_sim.comparisons no_such_name"],
        ),
        ("import lockin_sim as ls\nfrom lockin_sim import plots\nfrom numpy import no_such_name", []),
    ],
)
def test_the_finder_sees_modules_and_names(code, wrong):
    assert list(missing(code)) == wrong
