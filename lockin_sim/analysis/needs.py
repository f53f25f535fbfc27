"""Packages of the extras ``analysis`` and ``search``, loaded where they are used."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lockin_sim.errors import not_installed

#: What the extra ``search`` brings.
WORKBENCH = "ema_workbench"


def needed(module: str) -> Any:
    """A module of another package.

    Raises InputError that says what to install where the package is missing.
    """
    try:
        with warnings.catch_warnings(), _without_altair():
            warnings.simplefilter("ignore")  # the EMA Workbench says which optional packages it does without
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # something in the package is broken, which installing it anew would not mend
        raise not_installed(package, "search" if package == WORKBENCH else "analysis") from error


@contextmanager
def _without_altair() -> Iterator[None]:
    """Hide a package that the EMA Workbench can do without, and that fails without docstrings (``-OO``)."""
    hidden = sys.flags.optimize > 1 and "altair" not in sys.modules
    if hidden:
        sys.modules["altair"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["altair"]
