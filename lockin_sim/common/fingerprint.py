"""What a user's own function consists of, so that results are never taken for those of another one.

A function is its compiled code, defaults, attributes, what its closure holds, and the globals that it reads:
its helpers among them, all the way down.  Installed packages count by name and version.  What is left has a
state that cannot be read (an open file, an object of a class of one's own), and is refused with its name.
"""

from __future__ import annotations

import builtins
import dataclasses
import dis
import functools
import hashlib
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

import numpy as np

from lockin_sim.common.errors import InputError

#: Content that ``repr`` says in full.
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), range)

#: Built-in functions through which a function may read what its code does not name.
_HIDDEN = {
    *("__import__", "breakpoint", "compile", "delattr", "eval", "exec", "getattr"),
    *("globals", "input", "locals", "open", "setattr", "vars"),
}

#: Outcomes and variables of a user's own, by what they are: those of this package are not among them.
DECLARED: dict[str, FunctionType] = {}

#: Folders of the standard library and of installed packages.
_INSTALLED = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def fingerprint(function: FunctionType) -> str:
    """Forty hex digits that change with whatever a function's values can depend on.

    Raises InputError for a function that holds or reads what has no readable content.
    """
    content = hashlib.sha1(usedforsecurity=False)
    for part in _parts(function, function.__qualname__, ()):
        content.update(f"{len(part)}:".encode() + part)
    return content.hexdigest()


def is_own(function: Any) -> bool:
    """Whether a function is the user's own, and not of an installed package or of this one."""
    return isinstance(function, FunctionType) and not _is_installed(function.__module__)


def declare(what: str, function: Any) -> None:
    """Note a function of a user's own, so that stores know it."""
    if is_own(function):
        DECLARED[what] = function


def own_modules(module: ModuleType) -> set[str]:
    """Names of other modules of the user's own that one holds, or whose functions and classes it holds."""
    contents = (each for each in vars(module).values() if isinstance(each, ModuleType | FunctionType | type))
    names = {each.__name__ if isinstance(each, ModuleType) else each.__module__ for each in contents}
    return {name for name in names if not _is_installed(name)} - {module.__name__}


def _parts(thing: Any, where: str, within: tuple[Any, ...]) -> Iterator[bytes]:
    """The content of anything that a function holds or reads, part by part.

    where   what it is called in a refusal
    within  what it is part of, from the outside in: a function may call itself
    """
    if isinstance(thing, _PLAIN):
        yield f"{type(thing).__name__} {thing!r}".encode()
        return
    for depth, outer in enumerate(within):
        if outer is thing:
            yield f"part of {depth}".encode()
            return
    here = (*within, thing)
    yield type(thing).__qualname__.encode()
    if (name := _installed_name(thing)) is not None:
        yield name.encode()
    elif isinstance(thing, FunctionType):
        yield from _function(thing, where, here)
    elif isinstance(thing, CodeType):
        yield from _code(thing, where, here)
    elif isinstance(thing, functools.partial):
        yield from _parts((thing.func, thing.args, thing.keywords), where, here)
    elif isinstance(thing, np.ndarray | np.generic) and not thing.dtype.hasobject:
        yield f"{thing.dtype.str} {thing.shape}".encode()
        yield thing.tobytes()
    elif isinstance(thing, set | frozenset):
        yield from sorted(b"".join(_parts(each, where, here)) for each in thing)
    elif isinstance(thing, dict | MappingProxyType):
        for key, value in thing.items():
            yield from _parts(key, where, here)
            yield from _parts(value, f"{where}[{key!r}]", here)
        yield b"end"
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _parts(value, where, here)
        yield b"end"
    elif dataclasses.is_dataclass(thing) and _installed_name(type(thing)) is not None:
        for field in dataclasses.fields(thing):
            yield from _parts(getattr(thing, field.name), f"{where}.{field.name}", here)
    else:
        what = "a class" if isinstance(thing, type) else f"an object of {type(thing).__name__}"
        raise _refusal(where, what)


def _function(function: FunctionType, where: str, within: tuple[Any, ...]) -> Iterator[bytes]:
    """The content of a function, and of all that it reads."""
    code = function.__code__
    yield from _parts(code, where, within)
    yield from _parts(function.__defaults__, f"a default of {where}", within)
    yield from _parts(function.__kwdefaults__, f"a default of {where}", within)
    yield from _parts(vars(function), f"an attribute of {where}", within)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        yield from _parts(cell.cell_contents, f"{name} in {where}", within)
    for name in sorted(_globals_read(code, where)):
        yield name.encode()
        if name in function.__globals__:
            yield from _named(function.__globals__[name], code, f"{name} in {where}", within)
        elif not hasattr(builtins, name):
            raise _refusal(f"{name} in {where}", "nothing of that name")
    for name in sorted(_steps(code, "IMPORT_NAME")):
        yield from _named(sys.modules.get(name), code, f"{name} in {where}", within)


def _code(code: CodeType, where: str, within: tuple[Any, ...]) -> Iterator[bytes]:
    """What compiled code does, wherever its source lies."""
    yield code.co_code
    yield code.co_exceptiontable
    names = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars
    counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    yield repr((names, counts)).encode()
    for constant in code.co_consts:
        yield from _parts(constant, where, within)


def _named(thing: Any, code: CodeType, where: str, within: tuple[Any, ...]) -> Iterator[bytes]:
    """What code reads under a name; of a module of one's own, all that it may take from it."""
    if not isinstance(thing, ModuleType) or _is_installed(thing.__name__):
        yield from _parts(thing, where, within)
        return
    names = {name for each in _codes(code) for name in each.co_names}
    for name in sorted(names & vars(thing).keys()) if thing not in within else ():
        yield name.encode()
        yield from _named(vars(thing)[name], code, f"{where}.{name}", (*within, thing))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Compiled code, and that of the functions defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _steps(code: CodeType, *kinds: str) -> set[Any]:
    """Arguments of all instructions of some kinds."""
    steps = (step for each in _codes(code) for step in dis.get_instructions(each))
    return {step.argval for step in steps if step.opname in kinds}


def _globals_read(code: CodeType, where: str) -> set[str]:
    """Names of globals that compiled code reads.

    Raises InputError for code that keeps something from call to call, or reads what it does not name.
    """
    stored = _steps(code, "STORE_GLOBAL", "DELETE_GLOBAL") | (
        _steps(code, "STORE_DEREF") & {*code.co_freevars}
    )
    if stored:
        raise _refusal(f"{min(stored)} in {where}", "a value that it changes from call to call")
    names = _steps(code, "LOAD_GLOBAL", "LOAD_NAME")
    if hidden := names & _HIDDEN:
        raise _refusal(f"{min(hidden)} in {where}", "a call that may read anything")
    return names


@functools.cache
def _is_installed(module: str) -> bool:
    """Whether a module is of the standard library, of an installed package or of this one, by its file."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names or root == __name__.partition(".")[0]:
        return True
    file = getattr(sys.modules.get(root), "__file__", None)
    return file is not None and any(Path(file).resolve().is_relative_to(place) for place in _INSTALLED)


def _installed_name(thing: Any) -> str | None:
    """Name and version of what an installed module has under its own name; None for anything else."""
    if isinstance(thing, ModuleType):
        return _versioned(thing.__name__) if _is_installed(thing.__name__) else None
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    home = getattr(thing, "__module__", None) or ("scipy.special" if isinstance(thing, np.ufunc) else None)
    if not isinstance(name, str) or not isinstance(home, str) or not _is_installed(home):
        return None
    named: Any = sys.modules.get(home)
    for part in name.split("."):
        named = getattr(named, part, None)
    return _versioned(f"{home}.{name}") if named is thing else None


def _versioned(name: str) -> str:
    """A name with the version of its package."""
    return f"{name} {getattr(sys.modules.get(name.partition('.')[0]), '__version__', '')}"


def _refusal(where: str, found: str) -> InputError:
    """The error for what cannot be identified."""
    allowed = "numbers, texts, arrays, lists and mappings of them, functions and installed packages"
    return InputError(
        f"{where}: found {found}, so that its results cannot be told from those of another; "
        f"allowed in a function of one's own: {allowed}."
    )
