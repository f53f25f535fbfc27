"""Optional packages, with what to install where one is missing."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lockin_sim.common.errors import not_installed

#: Package of the extra ``search``; all others are of ``analysis``.
WORKBENCH = "ema_workbench"


def needed(module: str) -> Any:
    """An optional module.

    Raises InputError with what to install if it is missing.
    """
    try:
        with warnings.catch_warnings(), _without_altair():
            warnings.simplefilter("ignore")  # the EMA Workbench lists missing optional packages
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package itself is broken
        raise not_installed(package, "search" if package == WORKBENCH else "analysis") from error


@contextmanager
def _without_altair() -> Iterator[None]:
    """Hide a package that the EMA Workbench does not need and that fails without docstrings (``-OO``)."""
    hidden = sys.flags.optimize > 1 and "altair" not in sys.modules
    if hidden:
        sys.modules["altair"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["altair"]
