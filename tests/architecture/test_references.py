"""Names that docstrings and comments refer to are there."""

import builtins
import importlib
import pkgutil
import re
from itertools import accumulate

import pytest

import lockin_sim

NAMES = [
    module.name
    for module in pkgutil.walk_packages(lockin_sim.__path__, "lockin_sim.")
    if not module.name.endswith("__main__")
]
REFERENCE = re.compile(r":(?:mod|func|class|meth|data|attr):`~?([\w.]+)`")


def member(owner, name):
    """Member of a module or class; ``True`` for a field or attribute that only its annotation declares."""
    if hasattr(owner, name):
        return getattr(owner, name)
    classes = getattr(owner, "__mro__", [owner])
    return True if any(name in getattr(each, "__annotations__", {}) for each in classes) else None


def find(path):
    """Object with a dotted path: the longest part that is a module, and then its members."""
    *modules, whole = accumulate(path.split("."), "{}.{}".format)
    for name in [whole, *reversed(modules)]:
        if name in NAMES or name == "lockin_sim":
            owner = importlib.import_module(name)
            for part in path[len(name) + 1 :].split(".") if path != name else ():
                owner = None if owner is None else member(owner, part)
            return owner
    return None


def is_there(reference, module, text):
    """As Sphinx looks it up: anywhere if a dot is first, else whole, or in the module or its classes."""
    if reference.startswith("."):
        places, name = reference.rpartition(".")[::2]
        inside = [f"{each}.{name}" for each in NAMES if each.endswith(places)]
        paths = [*(f"{each}{reference}" for each in NAMES), *inside]
        return any(each.endswith(reference) for each in NAMES) or any(find(path) for path in paths)
    own = [module, *(f"{module}.{name}" for name in re.findall(r"^class (\w+)", text, re.MULTILINE))]
    return hasattr(builtins, reference) or any(
        find(path) is not None for path in [reference, *(f"{place}.{reference}" for place in own)]
    )


@pytest.mark.parametrize("module", NAMES)
def test_names_that_a_module_refers_to_are_there(module):
    spec = importlib.util.find_spec(module)
    with open(spec.origin, encoding="utf-8") as file:
        text = file.read()
    missing = [found for found in REFERENCE.findall(text) if not is_there(found, module, text)]
    assert missing == []
