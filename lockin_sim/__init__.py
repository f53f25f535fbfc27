"""Simulate where, how far and for how long first-mover lock-in spreads technical standards.

The public names are those in ``__init__.pyi``, which editors and type checkers also read; they load on first
use, so that importing the package loads neither mesa nor matplotlib, pandas or xarray.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from typing import Any


def _read_public_names() -> dict[str, str]:
    """Return the module of each public name, or ``module:name``, as declared in ``__init__.pyi``."""
    names = {}
    for line in ast.parse(pkgutil.get_data(__name__, "__init__.pyi") or b"").body:
        match line:
            case ast.ImportFrom(module=str(home), names=[ast.alias(name=name, asname=str())]):
                names[name] = f"{home}.{name}" if home == __name__ else f"{home}:{name}"
    return names


_PUBLIC = _read_public_names()

__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("lockin-sim")
    elif name in _PUBLIC:
        home, _, there = _PUBLIC[name].partition(":")
        value = importlib.import_module(home)
        if there:
            value = getattr(value, there, None) or importlib.import_module(f"{home}.{there}")
    else:
        from lockin_sim.common.errors import describe_successor

        raise AttributeError(describe_successor(name) or f"module 'lockin_sim' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
