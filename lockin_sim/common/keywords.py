"""Refuse unknown keywords of public functions and classes, with a list of the known ones."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any

from lockin_sim.common.errors import InputError, unknown_name

#: What :func:`lockin_sim.running` sets for all studies of a block.
_OF_A_BLOCK = ("store", "resume", "scheduler", "engine", "plugins")


def checks_keywords[Public: Callable[..., Any]](*options: str) -> Callable[[Public], Public]:
    """Make a public function or class refuse an unknown keyword by its name.

    options  keywords that a function with ``**options`` takes beyond its signature
    """

    def decorate(public: Public) -> Public:
        """Wrap the function in the check; of a class, its ``__init__``."""
        if isinstance(public, type):
            public.__init__ = decorate(public.__init__)  # type: ignore[misc]
            return public
        own = inspect.signature(public).parameters.values()
        known = {each.name for each in own if each.kind is not each.VAR_KEYWORD} - {"self"} | {*options}
        name = public.__qualname__.removesuffix(".__init__")

        @functools.wraps(public)
        def checked(*values: Any, **named: Any) -> Any:
            """Check the keywords and call the function."""
            for keyword in named:
                if keyword not in known:
                    raise _unknown(name, keyword, known)
            return public(*values, **named)

        return checked  # type: ignore[return-value]

    return decorate


def _unknown(name: str, keyword: str, known: Collection[str]) -> InputError:
    """Build the error for an unknown keyword, which may be an option of ``running``."""
    error = unknown_name(f"{name}, keyword", found=keyword, known=known)
    if keyword not in _OF_A_BLOCK:
        return error
    return InputError(f"{error} For all studies of a block: ls.running({keyword}=...).")
