"""Compute fingerprints of a user's own functions, so that a store never confuses two of them.

A fingerprint covers a function's compiled code, defaults, attributes, closure, and the globals it reads,
recursively.  Functions of packages count by name and version, and must depend on their arguments alone
(:mod:`lockin_sim.common.pure`).  A function that reads files, settings, random numbers or objects with
unreadable state is refused by name.
"""

from __future__ import annotations

import builtins
import dataclasses
import dis
import functools
import hashlib
import importlib
import itertools
import warnings
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.errors import InputError
from lockin_sim.common.pure import (
    CHANCE_NAMES,
    HIDING_NAMES,
    installed_name,
    is_chance,
    is_installed,
    is_known,
    is_pure,
    module_of,
    name_of,
)

#: Types whose ``repr`` is the whole content.
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), range)

#: Types of what has readable parts.
_CONTAINERS = (dict, frozenset, list, np.ndarray, set, tuple)

#: Instructions that load a name from outside of the code, and those that read or write an attribute.
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_FROM_DICT_OR_DEREF"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "STORE_ATTR", "DELETE_ATTR", "IMPORT_FROM"}

#: Names with two underscores at both ends that code may use as attributes.
_SPECIAL = {"__init__", "__post_init__"}

#: Stands for a name without a value.
_NOTHING = object()

#: Outcomes and variables of a user's own, by what they are: those of this package are not among them.
DECLARED: dict[str, FunctionType] = {}


class Refusal(NamedTuple):
    """Something that a function reads and that has no identifiable content.

    where   its name in a message
    found   its description
    chance  whether it also makes results differ from call to call
    """

    where: str
    found: str
    chance: bool = False

    @property
    def error(self) -> InputError:
        """Error that names what cannot be identified."""
        allowed = (
            "numbers, texts, arrays, lists and mappings of them, functions, and of packages what depends on"
        )
        return InputError(
            f"{self.where}: found {self.found}, so that its results cannot be told from those of another; "
            f"allowed in a function of one's own: {allowed} its arguments alone (docs/recipes.md)."
        )


def compute_fingerprint(function: Any) -> str:
    """Compute forty hexadecimal digits that identify everything a function's values depend on.

    Raises InputError for a function that holds or reads something without readable content.
    """
    content = hashlib.sha1(usedforsecurity=False)
    for part in _parts(function, name_of(function), ()):
        if isinstance(part, Refusal):
            raise part.error
        content.update(f"{len(part)}:".encode() + part)
    return content.hexdigest()


def check_repeatable(function: Any) -> None:
    """Refuse a function that draws at random or reads what differs from call to call."""
    for part in _parts(function, name_of(function), ()):
        if isinstance(part, Refusal) and part.chance:
            raise part.error


def is_own(function: Any) -> bool:
    """Whether a function is the user's own, and not of an installed package or of this one."""
    return isinstance(function, FunctionType) and not is_installed(module_of(function))


def declare(what: str, function: Any) -> None:
    """Register a user's own function, so that stores identify it.  Raises InputError for a random one."""
    if is_own(function):
        check_repeatable(function)
        DECLARED[what] = function


def list_own_modules(module: ModuleType) -> set[str]:
    """List the user's other modules that a module imports, or whose functions and classes it imports."""
    contents = (each for each in vars(module).values() if isinstance(each, ModuleType | FunctionType | type))
    names = {each.__name__ if isinstance(each, ModuleType) else each.__module__ for each in contents}
    return {name for name in names if not is_installed(name)} - {module.__name__}


def _parts(thing: Any, where: str, within: tuple[Any, ...]) -> Iterator[bytes | Refusal]:
    """Yield the content of a value that a function holds or reads, as bytes, or a refusal.

    where   name of the value in a refusal
    within  enclosing values, outermost first, since a function may call itself
    """
    if type(thing) in _PLAIN:
        yield f"{type(thing).__name__} {thing!r}".encode()
        return
    for depth, outer in enumerate(within):
        if outer is thing:
            yield f"part of {depth}".encode()
            return
    here = (*within, thing)
    yield type(thing).__qualname__.encode()
    if (name := installed_name(thing)) is not None and (is_pure(thing) or is_known(module_of(thing))):
        yield name.encode() if is_pure(thing) else _refused(thing, where)
        for key, value in sorted(getattr(thing, "__dict__", {}).items()):  # somebody may have put one there
            if not key.startswith("__") and (type(value) in _PLAIN or is_own(value)):
                yield from _parts(value, f"{key} in {where}", here)
    elif isinstance(thing, FunctionType):
        yield from _function(thing, where, here)
    elif type(thing) is CodeType:
        yield from _code(thing, where, here)
    elif type(thing) is functools.partial:
        yield from _parts((thing.func, thing.args, thing.keywords, vars(thing)), where, here)
    elif type(thing) is np.ndarray or isinstance(thing, np.generic):
        yield from _array(thing, where)
    elif type(thing) in (set, frozenset):
        each = [list(_parts(value, where, here)) for value in thing]
        yield from (part for parts in each for part in parts if isinstance(part, Refusal))
        yield from sorted(b"".join(part for part in parts if isinstance(part, bytes)) for parts in each)
    elif type(thing) in (dict, MappingProxyType):
        for key, value in thing.items():
            yield from _parts(key, where, here)
            yield from _parts(value, f"{where}[{key!r}]", here)
        yield b"end"
    elif type(thing) in (list, tuple) or _is_record(thing):
        for value in thing:
            yield from _parts(value, where, here)
        yield b"end"
    elif dataclasses.is_dataclass(thing) and installed_name(type(thing)) is not None:
        for field in dataclasses.fields(thing):
            yield from _parts(getattr(thing, field.name), f"{where}.{field.name}", here)
    else:
        yield _refused(thing, where)


def _is_record(thing: Any) -> bool:
    """Whether a value is a named tuple of a package, which holds nothing beside its fields."""
    return (
        isinstance(thing, tuple)
        and installed_name(type(thing)) is not None
        and not hasattr(thing, "__dict__")
    )


def _refused(thing: Any, where: str) -> Refusal:
    """Build the refusal of a value without readable content."""
    chance, kind = is_chance(thing), type(thing)
    bases = [base.__name__ for base in kind.__mro__[1:] if base in _CONTAINERS or base in _PLAIN]
    why = ", which differs from call to call" if chance else ""
    if isinstance(thing, ModuleType):
        found = f"the module {thing.__name__} as a value, instead of a name in it"
    elif installed_name(thing) is not None:
        found, why = f"{module_of(thing)}.{name_of(thing)}", why or ", which may read anything"
    elif isinstance(thing, type):
        found = "a class"
    else:
        found = f"an object of {kind.__name__}"
        why = why or (f", a kind of {bases[0]} that may have attributes" if bases else "")
    return Refusal(where, found + why, chance)


def _array(array: Any, where: str) -> Iterator[bytes | Refusal]:
    """Yield the content of a numpy array or scalar."""
    kind = array.dtype
    if kind.hasobject or kind.metadata is not None or kind.fields is not None:
        yield Refusal(where, f"an array of {kind}")
        return
    yield f"{kind.str} {array.shape}".encode()
    yield array.tobytes()


def _function(function: FunctionType, where: str, within: tuple[Any, ...]) -> Iterator[bytes | Refusal]:
    """Yield the content of a function and of everything it reads."""
    code = function.__code__
    yield from _parts(code, where, within)
    yield from _parts(function.__defaults__, f"a default of {where}", within)
    yield from _parts(function.__kwdefaults__, f"a default of {where}", within)
    yield from _parts(vars(function), f"an attribute of {where}", within)

    known = {**vars(builtins), **function.__globals__}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        known[name] = cell.cell_contents
        if not isinstance(known[name], ModuleType):  # of a module code can only read names
            yield from _parts(known[name], f"{name} in {where}", within)
    for name, *attributes in sorted(set(_names_read(code))):
        yield name.encode()
        yield from _named(known.get(name, _NOTHING), attributes, f"{name} in {where}", within)
    for name, *attributes in sorted(set(_names_imported(code))):
        yield name.encode()
        try:
            module = importlib.import_module(name)
        except ImportError:
            yield Refusal(f"{name} in {where}", "no such module")
            continue
        yield from _named(module, attributes, f"{name} in {where}", within)


def _code(code: CodeType, where: str, within: tuple[Any, ...]) -> Iterator[bytes | Refusal]:
    """Yield the content of compiled code, independent of where its source lies."""
    yield code.co_code
    yield code.co_exceptiontable
    names = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars
    counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    yield repr((names, counts)).encode()
    for constant in code.co_consts:
        yield from _parts(constant, where, within)

    # what it keeps from call to call, and attributes that lead anywhere
    steps = list(dis.get_instructions(code))
    kept = {step.argval for step in steps if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL")}
    kept |= {step.argval for step in steps if step.opname == "STORE_DEREF"} & {*code.co_freevars}
    for name in sorted(kept - _cells_around(within)):
        yield Refusal(f"{name} in {where}", "a value that it changes from call to call", chance=True)
    attributes = {step.argval for step in steps if step.opname in _ATTRIBUTES}
    if any(step.opname == "MATCH_CLASS" for step in steps):
        attributes |= {name for names in code.co_consts if type(names) is tuple for name in names}
    for name in sorted(filter(_is_hiding, attributes)):
        chance = name in CHANCE_NAMES
        how = "that differs from call to call" if chance else "through which code can read anything"
        yield Refusal(f"{name} in {where}", f"an attribute {how}", chance)


def _cells_around(within: tuple[Any, ...]) -> set[str]:
    """Collect the local variables of the enclosing functions, which start afresh with each call."""
    return {name for code in within[:-1] if isinstance(code, CodeType) for name in code.co_cellvars}


def _is_hiding(name: Any) -> bool:
    """Whether an attribute gives code access to things that it does not name."""
    special = isinstance(name, str) and name.startswith("__") and name.endswith("__")
    return name in HIDING_NAMES or name in CHANCE_NAMES or (special and name not in _SPECIAL)


def _named(
    thing: Any, attributes: Sequence[str], where: str, within: tuple[Any, ...]
) -> Iterator[bytes | Refusal]:
    """Yield the content of a global name that code reads.

    attributes  read from the value one after the other; followed while the value is a module
    """
    rest = list(attributes)
    while isinstance(thing, ModuleType) and rest:
        name, _, place = where.partition(" in ")
        where = f"{name}.{rest[0]} in {place}"
        yield rest[0].encode()
        with warnings.catch_warnings(action="ignore"):  # of names that are going to be removed
            thing = getattr(thing, rest.pop(0), _NOTHING)
    if thing is _NOTHING:
        yield Refusal(where, "nothing of that name")
        return
    yield from _parts(thing, where, within)


def _names_read(code: CodeType) -> Iterator[tuple[str, ...]]:
    """Yield the global names that code reads, each with the attributes read from it directly."""
    inside = set(code.co_freevars)
    for each in _codes(code):
        steps = list(dis.get_instructions(each))
        own = {step.argval for step in steps if step.opname == "STORE_NAME"}
        for place, step in enumerate(steps):
            cell = step.opname.endswith("DEREF")
            if step.opname in _LOADS and (step.argval in inside if cell else step.argval not in own):
                after = itertools.takewhile(
                    lambda s: s.opname in ("LOAD_ATTR", "LOAD_METHOD"), steps[place + 1 :]
                )
                yield (step.argval, *(attribute.argval for attribute in after))


def _names_imported(code: CodeType) -> Iterator[tuple[str, ...]]:
    """Yield the modules that code imports while it runs, each with the imported name if there is one."""
    for each in _codes(code):
        module, steps = "", list(dis.get_instructions(each))
        for step, after in itertools.pairwise(steps):
            if step.opname == "IMPORT_NAME":
                module = step.argval
                if after.opname != "IMPORT_FROM":
                    yield (module,)
            elif step.opname == "IMPORT_FROM":
                yield module, step.argval


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield compiled code and the code of all functions defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
