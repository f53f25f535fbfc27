"""What the source itself must look like: sizes, docstrings, and one home for the equations."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lockin_sim"
MODULES = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}

MODULE_LINES = 600
FUNCTION_LINES = 60

#: The economics live in `rules`.  Elsewhere an exponential or a logarithm is probably a second copy of
#: the model; these modules need one for the reason given.
MAY_USE_EXP_AND_LOG = {
    "rules": "the home of the equations",
    "common/draws": "turns uniform numbers into shocks of a given distribution",
    "model": "fits the constants of the first year to recorded shares, on the log scale",
    "world": "derives facts from tables: log income, number of lots, market size by income",
    "record/histories": "weighs runs by how near they are to the record, and loans by their logarithm",
    "evidence": "likelihoods of records, elasticities, and loans by order of size",
}
EXP_AND_LOG = {
    *(
        f"{library}.{function}"
        for library in ("numpy", "math", "cmath")
        for function in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2")
    ),
    *(
        f"scipy.special.{function}"
        for function in (
            *("exp2", "exp10", "expm1", "log1p", "xlogy", "xlog1py", "entr", "rel_entr", "kl_div"),
            *("expit", "log_expit", "logit", "softmax", "log_softmax", "logsumexp"),
        )
    ),
}


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(module):
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imported_names(module):
    """What each imported name stands for: ``{"np": "numpy", "e": "math.exp"}``."""
    names = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node):
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{dotted(node.value)}.{node.attr}"
    return ""


def uses_of_exp_and_log(module):
    """Line and full name of each use, under whatever name it was imported."""
    names = imported_names(module)
    uses = []
    for node in ast.walk(module):
        if isinstance(node, ast.Name | ast.Attribute):
            first, _, rest = dotted(node).partition(".")
            full = ".".join(filter(None, (names.get(first, ""), rest)))
            if full in EXP_AND_LOG:
                uses.append((node.lineno, full))
    return uses


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {
        str(name): len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def docstring_lines(node):
    return 0 if ast.get_docstring(node) is None else node.body[0].end_lineno - node.body[0].lineno + 1


def test_every_function_fits_a_screen():
    lengths = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1 - docstring_lines(node)
        for name, path in MODULES.items()
        for node in functions(tree(path))
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_every_function_and_class_says_what_it_is():
    """But for what Python calls by itself, ``__init__`` and its kind, of which the class speaks."""
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, path in MODULES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("__")
        and not ast.get_docstring(node)
        and "overload" not in map(dotted, node.decorator_list)
    ]
    assert silent == []


def test_every_class_has_a_name_of_its_own():
    homes = defaultdict(list)
    for name, path in MODULES.items():
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(str(name))
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_what_is_decided_is_written_without_an_index():
    """Stages read ``seen.quality``: where it lies in a table is said once, in ``model/seen.py``."""
    stages = tree(PACKAGE / "model/stages.py")
    bodies = (node for function in functions(stages) for step in function.body for node in ast.walk(step))
    assert [node.lineno for node in bodies if isinstance(node, ast.Subscript)] == []
    verbs = {f"lockin_sim.model.verbs.{node.name}" for node in functions(tree(PACKAGE / "model/verbs.py"))}
    readers = {
        str(name) for name, path in MODULES.items() if verbs & set(imported_names(tree(path)).values())
    }
    assert readers == {"model/own_terms.py", "model/seen.py"}  # what users' terms see, and all others


def declared():
    """Names that code gives to functions, classes, arguments, attributes, variables and keys."""
    for module in MODULES.values():
        for node in ast.walk(tree(module)):
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=name):
                    yield name
                case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    yield name
                case ast.Constant(value=str(name)):
                    yield name


def test_what_templates_read_is_there():
    """Whoever removes an attribute that a page alone reads breaks the page, and no type checker says so."""
    known, missing = {*declared(), *dir(str), *dir(dict), "index0"}, set()
    for path in PACKAGE.rglob("*.jinja"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for code in re.findall(r"\{[{%](.*?)[%}]\}", text, re.DOTALL):
            read = re.findall(r"[\w\])]\.([a-z_]\w*)", re.sub(r'"[^"]*"', "", code))
            missing |= {f"{path.name}: {name}" for name in read if name not in known}
    assert missing == set()


def lies_in(name, home):
    """Whether a module is one that may use them, or in such a folder."""
    return name.with_suffix("").is_relative_to(home)


def test_no_exemption_stands_without_a_use():
    users = [name for name, path in MODULES.items() if uses_of_exp_and_log(tree(path))]
    assert [home for home in MAY_USE_EXP_AND_LOG if not any(lies_in(name, home) for name in users)] == []


def test_equations_have_one_home():
    strays = [
        f"{name}:{line} {function}"
        for name, path in MODULES.items()
        if not any(lies_in(name, home) for home in MAY_USE_EXP_AND_LOG)
        for line, function in uses_of_exp_and_log(tree(path))
    ]
    assert strays == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy as np\nnp.exp(1)", [(2, "numpy.exp")]),
        ("from math import log as ln\nln(2)", [(2, "math.log")]),
        ("from scipy import special\nspecial.expit(0)", [(2, "scipy.special.expit")]),
        ("import scipy.special\nscipy.special.softmax(0)", [(2, "scipy.special.softmax")]),
        ("import logging\nlogging.log(1, 'x')\nexp = 3\nexp", []),
    ],
)
def test_the_finder_sees_through_aliases(source, expected):
    assert uses_of_exp_and_log(ast.parse(source)) == expected
