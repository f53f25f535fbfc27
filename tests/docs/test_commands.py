"""Can a reader copy the commands of the pages, and is each block whole?"""

import ast
import re
import shlex
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from pages import PAGES, ROOT, blocks, with_blocks

from lockin_sim.cli.program import app
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.settings.policies import scenarios

LOCKIN = typer.main.get_command(app)
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

#: Arguments of commands that name something of the world, with the kinds that it may be of.
NAMED = {
    "country": ("country",), "places": ("country", "group"), "domain": ("domain",), "vendor": ("vendor",),
    "leaving": ("vendor", "sponsor"),
}  # fmt: skip

#: Arguments that name a scenario.
SCENARIOS = ("scenario", "scenarios", "baseline", "policy")

#: Where commands write what they make.
MADE = ("results/", "build/")


def lines_of(page):
    """Commands of a page's blocks, one by one, as words."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&", line):
                words = shlex.split(part, comments=True)
                if words:
                    yield words


def parsed(words):
    """What the command line makes of the words after ``lockin``: the command's context."""
    program = LOCKIN.make_context("lockin", list(words))
    name, command, rest = LOCKIN.resolve_command(program, [*program._protected_args, *program.args])
    return command.make_context(name, rest, parent=program)


def check_lockin(page, words, world):
    """Its options are there, and so is what they name."""
    if words == ["--help"]:
        return
    given = parsed(words).params
    for name, kinds in NAMED.items():
        value = given.get(name) or ()
        for each in (value,) if isinstance(value, str) else value:
            world.code_of(name, each, *kinds)
    for name in SCENARIOS:
        value = given.get(name) or ()
        for each in (value,) if isinstance(value, str) else value:
            assert each in scenarios() or each.endswith(".toml"), each
    if given.get("outcome"):
        assert given["outcome"] in outcomes(world)
    for word in map(str, [*words, given.get("world") or ""]):
        check_file(page, word)


def check_file(page, word):
    """A path is one of the checkout, or of what is made; a TOML file of the reader's is on the page."""
    if "/" in word and "://" not in word and "=" not in word and not word.startswith(MADE):
        assert (ROOT / word).exists(), word
    elif word.endswith(".toml") and "/" not in word:
        assert blocks(page, "toml"), f"{word} is not shown on {page}"


def check_python(words):
    """A module or a file of the checkout, with options that it knows."""
    first, *rest = words
    if first == "-m":
        module, *rest = rest
        found = find_spec(module)
        assert found is not None, module
        origin = found.origin or ""
        if origin.endswith("__init__.py"):
            origin = find_spec(f"{module}.__main__").origin
    else:
        origin = ROOT / first
    if "site-packages" not in str(origin):
        text = Path(origin).read_text(encoding="utf-8")
        assert [word for word in rest if word.startswith("--") and f'"{word}"' not in text] == []


def check(page, words, world):
    """One command of a page can be typed as it stands."""
    program, *rest = words
    match program:
        case "lockin":
            check_lockin(page, rest, world)
        case "python" | ".venv/bin/python":
            check_python(rest)
        case "make":
            assert [word for word in rest if "=" not in word and word not in TARGETS] == []
        case "pip":
            assert rest[0] == "install"
            extras = re.findall(r"\[(.*?)\]", rest[1])
            assert [name for each in extras for name in each.split(",") if name not in EXTRAS] == []
        case "solara":
            assert rest[0] == "run"
            assert find_spec(rest[1]) is not None
        case _:
            assert program in ("git", "cd", "dask"), f"no command: {' '.join(words)}"


@pytest.mark.parametrize("page", with_blocks("sh"))
def test_commands_can_be_typed_as_they_stand(page, real_world):
    for words in lines_of(page):
        check(page, words, real_world)


def spoken_commands():
    """Commands named in running text of pages and docstrings: where, and their words after ``lockin``."""
    texts = {**PAGES, "lockin_sim/ODD.md": (ROOT / "lockin_sim" / "ODD.md").read_text(encoding="utf-8")}
    for module in sorted((ROOT / "lockin_sim").rglob("*.py")):
        texts[module.relative_to(ROOT).as_posix()] = "\n".join(docstrings(module))
    for where, text in texts.items():
        for command in re.findall(r"`lockin ([a-z][^`]*)`", text):
            yield where, command.split()


def docstrings(module):
    """Docstrings of a module and of all that it defines."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""


def test_commands_in_running_text_have_the_options_that_it_names():
    unknown, seen = [], 0
    for where, (name, *words) in spoken_commands():
        command = LOCKIN.commands.get(name)
        params = () if command is None else command.params
        has = [option for each in params for option in (*each.opts, *each.secondary_opts)]
        options = [word.partition("=")[0] for word in words if word.startswith("--")]
        if command is None or not {*options} <= {*has, "--help"}:
            unknown.append((where, name, options))
        seen += 1
    assert unknown == []
    assert seen > 20
