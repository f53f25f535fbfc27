"""Decide which functions of packages a user's own function may call: those that depend on arguments alone.

Others could read a file, a setting or a clock, or draw at random, and results would then depend on more than
the inputs that a store records.
"""

from __future__ import annotations

import functools
import sys
import sysconfig
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

#: Modules of which everything may be used, with the modules inside of them.
_MODULES = (
    *("bisect", "cmath", "collections.abc", "fractions", "itertools", "math", "numbers", "operator"),
    *("scipy.special", "statistics", "typing"),
    *("lockin_sim.common.conventions", "lockin_sim.common.draws", "lockin_sim.common.indices"),
    *("lockin_sim.common.statistics", "lockin_sim.model", "lockin_sim.rules", "lockin_sim.settings.levers"),
    *("lockin_sim.settings.parameters", "lockin_sim.comparisons.outcomes"),
)

#: What may not be used of them and of numpy: names in texts, random draws, and content that nobody has set.
_EXCEPTIONS = frozenset(
    {
        *("attrgetter", "methodcaller", "get_type_hints", "NormalDist", "kde_random", "empty", "empty_like"),
    }
)

#: What may be used of other modules; of numpy also its universal functions, scalar types, and all functions
#: of arrays that other packages may override.
_NAMES = {
    "builtins": """
        abs all any ascii bin bool bytes callable chr classmethod complex dict divmod enumerate filter
        float format frozenset hex int isinstance issubclass iter len list map max min next oct ord pow
        print property range repr reversed round set slice sorted staticmethod str sum tuple zip
    """,
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "copy": "copy deepcopy",
    "dataclasses": "asdict astuple replace",
    "functools": "cmp_to_key partial reduce wraps",
    "numpy": """
        arange array asanyarray asarray ascontiguousarray broadcast broadcast_shapes diag_indices dtype
        errstate eye finfo frombuffer fromfunction fromiter frompyfunc full identity iinfo indices isscalar
        issubdtype ndarray ndenumerate ndindex ones promote_types tri tril_indices triu_indices vectorize
        zeros
    """,
    "pandas": "Categorical DataFrame Index MultiIndex Series concat cut merge qcut to_numeric unique",
    "types": "MappingProxyType SimpleNamespace",
    "xarray": """
        DataArray Dataset align apply_ufunc broadcast concat cov corr dot full_like merge ones_like polyval
        where zeros_like
    """,
}

#: Modules whose values differ from call to call.
_CHANCE = ("datetime", "numpy.random", "random", "secrets", "time", "uuid")

#: Attributes and built-in functions that do: methods that draw, and what differs from process to process.
CHANCE_NAMES = frozenset({"rvs", "sample", "samples"})
_CHANCE_BUILTINS = {"hash", "id"}

#: Attributes through which code can read what it does not name.
HIDING_NAMES = frozenset(
    {
        *("base", "ctypes", "flags", "format", "format_map", "ag_frame", "cr_frame", "gi_frame", "tb_frame"),
        *("f_back", "f_builtins", "f_globals", "f_locals", "tb_next"),
    }
)

#: The type of numpy's functions of arrays that other packages may override.
_OF_ARRAYS = type(np.mean)

#: Folders of the standard library and of installed packages; an environment may see those of the system too.
_INSTALLED = tuple(
    Path(place).resolve()
    for place in (
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(place for place in sys.path if place.endswith(("site-packages", "dist-packages"))),
    )
)

#: This package, and those with a line above.
_KNOWN = {name.partition(".")[0] for name in (*_MODULES, *_NAMES)} | sys.stdlib_module_names


def is_pure(thing: Any) -> bool:
    """Whether a function or class of a package depends on its arguments alone."""
    home, name = module_of(thing), name_of(thing)
    root = home.partition(".")[0].lstrip("_")
    if name in _EXCEPTIONS:
        return False
    if isinstance(thing, np.ufunc | _OF_ARRAYS):
        return True
    if isinstance(thing, type) and issubclass(thing, np.generic | BaseException):
        return root in ("builtins", "numpy")
    inside = any(f"{home.lstrip('_')}.".startswith(f"{module}.") for module in _MODULES)
    return inside or name in _NAMES.get(root, "").split()


def is_chance(thing: Any) -> bool:
    """Whether a module, function, class or object draws at random or differs from call to call."""
    home = module_of(thing)
    if home == "builtins":
        return name_of(thing) in _CHANCE_BUILTINS
    return any(home == module or home.startswith((f"{module}.", f"_{module}")) for module in _CHANCE)


def module_of(thing: Any) -> str:
    """Return the name of the module that defines a thing, or that defines its type."""
    if isinstance(thing, ModuleType):
        return thing.__name__
    if isinstance(thing, FunctionType):
        return str(thing.__globals__.get("__name__", ""))
    if isinstance(thing, np.ufunc):
        return getattr(thing, "__module__", None) or "scipy.special"
    bound = getattr(thing, "__self__", None)
    if bound is not None and not isinstance(bound, ModuleType | type):
        return type(bound).__module__
    home = thing.__module__ if isinstance(getattr(thing, "__module__", None), str) else type(thing).__module__
    return str(home)


def name_of(thing: Any) -> str:
    """Return the qualified name of a thing; "" for an object."""
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    return name if isinstance(name, str) else ""


def installed_name(thing: Any) -> str | None:
    """Return name and version of a function or class of an installed module; None for anything else."""
    home, name = module_of(thing), name_of(thing)
    if isinstance(thing, ModuleType) or not name or not is_installed(home):
        return None
    named: Any = sys.modules.get(home)
    for part in name.split("."):
        named = getattr(named, part, None)
    package = sys.modules[home.partition(".")[0]]
    return f"{home}.{name} {getattr(package, '__version__', '')}" if named is thing else None


def is_known(module: str) -> bool:
    """Whether a module belongs to this package, the standard library or a package that own functions may use.

    Functions of other installed packages are read like the user's own.
    """
    return module.partition(".")[0] in _KNOWN


@functools.cache
def is_installed(module: str) -> bool:
    """Whether a module belongs to the standard library, an installed package or this one, by its file."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names or root == __name__.partition(".")[0]:
        return True
    file = getattr(sys.modules.get(root), "__file__", None)
    return file is not None and any(Path(file).resolve().is_relative_to(place) for place in _INSTALLED)
