"""Without an extra: every command and public function works or says in one line what to install."""

import ast
import functools
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cli.test_shared_options import EXPERIMENT, SIMULATE, commands, options
from packaging.requirements import Requirement

import lockin_sim as ls
from lockin_sim.common.extras import packages_by_extra
from lockin_sim.pages.report import Comparison
from lockin_sim.world.schema import DATA

PACKAGE = Path(ls.__file__).parent

#: Extras for users, as the package declares them.
EXTRAS = sorted(packages_by_extra().keys() - {"dev", "docs"})

#: What cannot be called without an extra; and options of commands that need one.
ONLY_WITH = {
    "analysis": {"calibrate --out posterior", "export store x.parquet", "export store x.zarr"},
    "app": {"app --port 0"},
}
FUNCTIONS = {"calibrate": "analysis"}
OPTIONS = {"fast": ["--engine", "fast"], "cluster": ["--scheduler", "tcp://127.0.0.1:1"]}


@functools.cache
def closure(name, extra=""):
    """Names of all packages that a package requires, and those that they require."""
    found, waiting = set(), [(name, extra)]
    while waiting:
        each = waiting.pop()
        if each in found:
            continue
        try:
            lines = importlib.metadata.requires(each[0]) or ()
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(each)
        for wanted in map(Requirement, lines):
            if wanted.marker is None or wanted.marker.evaluate({"extra": each[1]}):
                waiting += [(canonical(wanted.name), part) for part in ("", *wanted.extras)]
    return {name for name, _ in found}


def canonical(name):
    """A project's name as indices spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def modules():
    """Modules by the project that installs them."""
    found = {}
    for module, projects in importlib.metadata.packages_distributions().items():
        for project in projects:
            found.setdefault(canonical(project), set()).add(module)
    return found


def brought_by(*extras):
    """Modules that only these extras bring."""
    projects = {each for extra in extras for each in closure("lockin-sim", extra)} - closure("lockin-sim")
    return {module for project in projects for module in modules().get(project, ())}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with an experiment, a finished store and a comparison, all of few runs."""
    folder = tmp_path_factory.mktemp("without")
    (folder / "e.toml").write_text(EXPERIMENT)
    design = ls.design.table({"switching_cost": [1.0]})
    few = {"runs": 1, "workers": 1, "progress": False}
    ls.sweep(design, scenario=ls.Scenario.none(), world=ls.toy_world(3), years=(0, 1),
             outcomes=["switching_pull"], out=folder / "store", **few)  # fmt: skip
    compared = Comparison({"effects": ls.compare("no_dsr", years=(2010, 2011), **few)})
    compared.drawn = lambda names: {}  # no figures
    compared.write(folder / "compared")
    return folder


def outcomes(place, blocked, calls):
    """What comes of commands, and of all public functions, where some packages are missing."""
    words = [
        sys.executable,
        str(Path(__file__).with_name("without.py")),
        ",".join(blocked),
        json.dumps(calls),
    ]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(place, folder, dirs_exist_ok=True)
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def usual():
    """A call of every command, as far as its first run."""
    further = {"scenarios": [], "describe": ["levers"], "validate": [], "check": [str(DATA)],
               "report": ["compared"], "export": ["store", "s.csv"]}  # fmt: skip
    assert (SIMULATE | further).keys() == commands()
    return [[name, *words] for name, words in (SIMULATE | further).items()]


def without_workers(words):
    """Words of a command without a number of processes, which a cluster excludes."""
    return " ".join(words).replace("--workers 1", "").split()


def needing(extra):
    """Calls of commands that cannot work without an extra."""
    calls = [words.split() for words in sorted(ONLY_WITH.get(extra, ()))]
    if extra in OPTIONS:
        option, value = OPTIONS[extra]
        able = [words for words in usual() if option in options(words[0])]
        calls += [[*without_workers(words), option, value] for words in able]
    return calls


#: The line, from a command or a function, with the extra that it names.
LINE = re.compile(
    r"(?:lockin|NotInstalledError): [^:]+: \w+ is not installed; "
    r'to install it: pip install "lockin-sim\[([\w-]+)\]"\.'
)
ALL = pytest.param(EXTRAS, id="all")
EACH = [pytest.param([extra], id=extra, marks=pytest.mark.slow) for extra in EXTRAS]


@pytest.mark.parametrize("extras", [ALL, *EACH])
def test_without_extras_there_is_one_line_that_says_what_to_install(place, extras):
    calls = [words for extra in extras for words in needing(extra)]
    blocked = brought_by(*extras)
    if len(extras) == 1:  # others may need what it brings along
        blocked &= packages_by_extra()[extras[0]]
    found = outcomes(place, blocked, [*usual(), *calls])
    refused = {name: match[1] for name, text in found.items() if (match := LINE.fullmatch(text))}
    others = {name: text for name, text in found.items() if name not in refused}
    assert {*others.values()} == {"taken", "done"}, others
    assert {*refused.values()} <= {*extras}
    wanted = {" ".join(words): extra for extra in extras for words in needing(extra)}
    wanted |= {name: extra for name, extra in FUNCTIONS.items() if extra in extras}
    assert refused.items() >= wanted.items()


def imported(code):
    """Packages that code imports where it runs, with the line of each."""
    waiting = [ast.parse(code)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
        yield from ((node.lineno, name.partition(".")[0]) for name in names)


def asked(path):
    """Packages that the folders around a module ask for when they are imported."""
    for folder in path.relative_to(PACKAGE).parents:
        yield from re.findall(
            r'^check_installed\("(\w+)"', (PACKAGE / folder / "__init__.py").read_text(), re.M
        )


def test_a_module_imports_an_optional_package_only_where_its_folder_asks_for_it_first():
    """Elsewhere ``import_optional`` says what to install, so no module can forget it."""
    there = {module for project in closure("lockin-sim") for module in modules().get(project, ())}
    extra_of = {module: extra for extra in EXTRAS for module in packages_by_extra()[extra]}
    found, asking = [], set()
    for path in PACKAGE.rglob("*.py"):
        brought = {module for each in asked(path) for module in brought_by(extra_of[each])}
        asking |= {*asked(path)}
        for line, name in imported(path.read_text(encoding="utf-8")):
            if name not in sys.stdlib_module_names | there | brought | {"lockin_sim"}:
                found.append(f"{path.relative_to(PACKAGE)}:{line}: {name}")
    assert found == []
    assert asking == {"panel", "numba"}


def test_the_page_of_mesa_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['solara'] = None; import lockin_sim.agents.page"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "page: solara is not installed; to install it: " in done.stderr.splitlines()[-1]
