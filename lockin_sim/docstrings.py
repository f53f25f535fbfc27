"""What a function says of itself, for datasets, tables and help."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def meaning_of(function: Callable[..., Any]) -> str:
    """The docstring of a function; read from its source where Python keeps none, as with ``-OO``.

    Nothing where there is no source either.
    """
    if function.__doc__ is not None:
        return inspect.cleandoc(function.__doc__)
    try:
        [found] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, SyntaxError):
        return ""
    return (ast.get_docstring(found) or "") if isinstance(found, ast.FunctionDef) else ""
