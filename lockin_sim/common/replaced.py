"""Detect code of the package that was replaced in memory, by a patch or by an edit after the import.

Caches and stores are named by the package's files.  Results of replaced code must not be stored under the
same name, so studies check here first.
"""

from __future__ import annotations

import functools
import hashlib
import operator
import os
import sys
from collections.abc import Iterator
from dis import opname
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from lockin_sim.common.errors import InputError
from lockin_sim.common.fingerprint import compute_fingerprint
from lockin_sim.common.pure import is_installed, module_of

#: Modules whose code decides the numbers of a run, with the modules inside of them.
SIMULATOR = (
    *("agents", "common.conventions", "common.draws", "compiled", "engine", "model", "record", "rules"),
    *("settings", "comparisons.outcomes", "world"),
)


class Source(NamedTuple):
    """Definitions in the file of a module.

    codes     compiled code of functions and classes, by qualified name
    literals  numbers and texts assigned exactly once to a module-level name
    """

    codes: dict[str, list[CodeType]]
    literals: dict[str, Any]


class ModuleState(NamedTuple):
    """State of a module when it was compared with its file, and the differences found.

    holders    the module and its classes, each with its values
    functions  functions of the module and its classes, each with its code
    """

    holders: list[tuple[Any, list[Any]]]
    functions: list[tuple[FunctionType, CodeType]]
    found: dict[str, Any]

    @property
    def holds(self) -> bool:
        """Whether the module is unchanged since."""
        for holder, values in self.holders:
            now = vars(holder).values()
            if len(now) != len(values) or not all(map(operator.is_, now, values)):
                return False
        return all(function.__code__ is code for function, code in self.functions)


_PREFIXES = tuple(f"{name}." for name in SIMULATOR)

#: Modules whose caches hold what is in files, and the compiler's.
_KEPT = ("lockin_sim.compiled.lanes", "lockin_sim.settings", "lockin_sim.world")

#: Modules that were compared, by name.
_CHECKED: dict[str, ModuleState] = {}

#: What was replaced when it was last looked at.
_LAST: dict[str, Any] = {}

#: Code that was found in its file, by its place in memory.
_KNOWN: dict[int, CodeType] = {}

#: The type of functions with a cache.
_CACHED = type(functools.cache(len))

_PACKAGE = __name__.partition(".")[0]
_FOLDER = str(Path(__file__).parents[1])


def find_replaced_code() -> dict[str, Any]:
    """Find functions, classes and constants of the simulator's loaded modules that differ from their files.

    Returns them by name.  Other values of modules, such as arrays and mappings, are not compared.
    """
    found = dict[str, Any]()
    for name, module in list(sys.modules.items()):
        if module is not None and _is_of_simulator(name):
            checked = _CHECKED.get(name)
            if checked is None or not checked.holds:
                checked = _CHECKED[name] = _check(module)
            found |= checked.found
    if found.keys() != _LAST.keys() or not all(found[name] is _LAST[name] for name in found):
        _forget()
        _LAST.clear()
        _LAST.update(found)
    return found


def compute_replaced_digest() -> str:
    """Compute twelve hexadecimal digits of the replaced code; "" if nothing was replaced.

    Code that cannot be identified gets a new digest with each call, so that nothing is mistaken for it.
    """
    found, content = find_replaced_code(), hashlib.sha256()
    for name, thing in sorted(found.items()):
        content.update(name.encode())
        try:
            content.update(compute_fingerprint(thing).encode())
        except InputError:
            content.update(os.urandom(16))
    return content.hexdigest()[:12] if found else ""


def _forget() -> None:
    """Clear the caches of the simulator's functions, which were filled by other code."""
    for name, module in list(sys.modules.items()):
        if module is not None and _is_of_simulator(name) and not name.startswith(_KEPT):
            for thing in list(vars(module).values()):
                if isinstance(thing, _CACHED):
                    thing.cache_clear()
                elif isinstance(thing, FunctionType):
                    vars(thing).get("cache_clear", lambda: None)()


def _check(module: ModuleType) -> ModuleState:
    """Compare a module with its file."""
    source, names = _source_of(module), dict(vars(module))
    own = {n: k for n, k in names.items() if isinstance(k, type) and k.__module__ == module.__name__}
    classes = {name: kind for name, kind in own.items() if kind.__qualname__ == name}
    members = {f"{name}.{key}": each for name, kind in classes.items() for key, each in vars(kind).items()}
    pieces = {name: thing for name, thing in (names | members).items() if name not in classes}

    found = {}
    for name, thing in pieces.items():
        if name in source.literals:
            wanted = source.literals[name]
            same = thing is wanted or (type(thing) is type(wanted) and thing == wanted)
        else:
            same = _is_original(thing, name, source)
        if not same:
            found[f"{module.__name__}.{name}"] = thing
    functions = [function for thing in pieces.values() for function in _functions(thing)]
    return ModuleState(
        [(holder, list(vars(holder).values())) for holder in (module, *classes.values())],
        [(function, function.__code__) for function in functions],
        found,
    )


def _is_original(thing: Any, name: str, source: Source) -> bool:
    """Whether a thing calls only code from files, and the code of its own name if the file defines it.

    name  qualified name in the module of ``source``
    """
    functions = list(_functions(thing))
    if not all(map(_is_from_file, functions)):
        return False
    if not functions or name not in source.codes:
        kind = thing if isinstance(thing, type) else type(thing)
        return is_installed(kind.__module__) and not kind.__module__.startswith("unittest.")
    inside = functions[-1].__code__.co_qualname
    return "<locals>" in inside or inside == name


def _functions(thing: Any) -> Iterator[FunctionType]:
    """Yield the functions that a thing calls, outermost first."""
    while thing is not None:
        if isinstance(thing, FunctionType):
            yield thing
            thing = vars(thing).get("__wrapped__")
        elif isinstance(thing, staticmethod | classmethod):
            thing = thing.__func__
        elif isinstance(thing, functools.cached_property | functools.partial):
            thing = thing.func
        elif isinstance(thing, property):
            thing = thing.fget
        elif isinstance(thing, _CACHED):
            thing = thing.__wrapped__
        else:
            thing = getattr(thing, "py_func", None) if type(thing).__module__.startswith("numba.") else None


def _is_from_file(function: FunctionType) -> bool:
    """Whether the code of a function is that in its module's file, or belongs to another package."""
    code, home = function.__code__, module_of(function)
    if _KNOWN.get(id(code)) is code:
        return True
    if not home:  # made of a rule for the compiler
        known = code.co_filename.startswith(_FOLDER)
    elif code.co_filename.startswith("<"):  # written by a decorator
        known = _is_of_simulator(home) or home.startswith("namedtuple_")
    elif _is_of_simulator(home):
        known = code in _source_of(sys.modules[home]).codes.get(code.co_qualname, [])
    else:
        return is_installed(home)
    if known:
        _KNOWN[id(code)] = code
    return known


@functools.cache
def _is_of_simulator(name: str) -> bool:
    """Whether a module influences the numbers of a run."""
    inside = name.removeprefix(f"{_PACKAGE}.")
    return inside != name and f"{inside}.".startswith(_PREFIXES)


@functools.cache
def _source_of(module: ModuleType) -> Source:
    """Read the definitions in the file of a module, as of the first call; empty without a file."""
    loader: Any = getattr(module.__spec__, "loader", None)
    code = loader.get_code(module.__name__) if hasattr(loader, "get_code") else None
    if code is None:
        return Source({}, {})
    codes: dict[str, list[CodeType]] = {}
    for each in _codes(code):
        codes.setdefault(each.co_qualname, []).append(each)
    return Source(codes, _literals(code))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code defined in other code, recursively."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _literals(code: CodeType) -> dict[str, Any]:
    """Collect the constants that a module assigns exactly once, by name."""
    found, times, extended, loaded = dict[str, Any](), dict[str, int](), 0, None
    for number, low in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        step, argument = opname[number], extended | low
        extended = argument << 8 if step == "EXTENDED_ARG" else 0
        if step == "STORE_NAME":
            name = code.co_names[argument]
            times[name] = times.get(name, 0) + 1
            if loaded is not None:
                found[name] = loaded[0]
        if step == "LOAD_CONST":
            loaded = (code.co_consts[argument],)
        elif step == "LOAD_SMALL_INT":
            loaded = (argument,)
        elif step not in ("CACHE", "EXTENDED_ARG"):
            loaded = None
    return {name: value for name, value in found.items() if times[name] == 1 and not name.startswith("__")}
