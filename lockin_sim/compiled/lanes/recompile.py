"""Recompile a numpy function for rows, from its own code with other functions under numpy's names.

No rule is written twice.  The recompiled function has the code of the original; of the global names it reads,
numpy becomes :mod:`functions`, functions of the package are recompiled too, and the rest stays.  A few
functions are overridden instead, each a reduction or specific to arrays.
"""

from __future__ import annotations

import dis
import functools
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from lockin_sim.compiled.lanes import functions

#: Options of all compiled code: numbers behave as in numpy, and no lock is held meanwhile.
OPTIONS = {"nogil": True, "error_model": "numpy"}

#: Compiles a function that compiled code alone calls: to let Python call it took a quarter of the time.
inlined: Any = njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)

#: Compiled functions in the place of functions of the package, by the function.
OVERRIDES: dict[Any, Any] = {}


def overrides(original: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function to replace a function of the package."""

    def put(function: Callable[..., Any]) -> Any:
        """Compile the function and register it."""
        OVERRIDES[original] = inlined(function)
        return OVERRIDES[original]

    return put


_PACKAGE = "lockin_sim."


def _numpy() -> Any:
    """Build a module of row functions under numpy's names."""
    module: Any = types.ModuleType("numpy_of_rows")
    same = ("exp", "log", "log1p", "expm1", "where", "maximum", "minimum", "isnan", "count_nonzero")
    for name in same:
        setattr(module, name, getattr(functions, name))
    module.abs, module.any, module.all = functions.absolute, functions.anywhere, functions.everywhere
    module.asarray = inlined(lambda value: value)  # numbers and rows are what they are
    module.greater = operator.gt
    for name in ("inf", "nan"):
        setattr(module, name, getattr(np, name))
    return module


_NUMPY = _numpy()


class _Recompiled(types.ModuleType):
    """Module of the package whose functions are recompiled on first use."""

    def __init__(self, module: types.ModuleType) -> None:
        super().__init__(module.__name__)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = _replacement(getattr(self._module, name))
        setattr(self, name, value)
        return value


_module = functools.cache(_Recompiled)


def _replacement(value: Any) -> Any:
    """Return what a recompiled function finds under a global name of the original."""
    if value is np:
        return _NUMPY
    if isinstance(value, types.ModuleType) and value.__name__.startswith(_PACKAGE):
        return _module(value)
    if inspect.isfunction(value) and value.__module__.startswith(_PACKAGE):
        return recompiled(value)
    if isinstance(value, type) and getattr(value, "_field_defaults", None):
        return constructor(value)
    return value


@functools.cache
def recompiled(function: Callable[..., Any]) -> Any:
    """Recompile a function for calls from compiled code."""
    if function in OVERRIDES:
        return OVERRIDES[function]
    plain = inspect.unwrap(function)
    code = plain.__code__
    # compiled code knows no arguments that have to be named: here they only may
    code = code.replace(co_argcount=code.co_argcount + code.co_kwonlyargcount, co_kwonlyargcount=0)
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    around = {name: _replacement(plain.__globals__[name]) for name in names if name in plain.__globals__}
    again = types.FunctionType(code, around, plain.__name__, plain.__defaults__, plain.__closure__)
    again.__module__ = plain.__module__
    return inlined(again)


@functools.cache
def constructor(pattern: Any) -> Any:
    """Build the constructor of a named tuple for compiled code, which does not support default values."""
    fields, defaults = pattern._fields, pattern._field_defaults
    takes = ", ".join(f"{name}=_default_{name}" if name in defaults else name for name in fields)
    around = {f"_default_{name}": value for name, value in defaults.items()} | {"pattern": pattern}
    exec(f"def make({takes}):\n    return pattern({', '.join(fields)})", around)
    return inlined(around["make"])
