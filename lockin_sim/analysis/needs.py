"""Packages of the extra ``analysis``, loaded where they are used."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from lockin_sim.errors import not_installed


def needed(module: str) -> Any:
    """A module of another package.

    Raises InputError that says what to install where the package is missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the EMA Workbench says which optional packages it does without
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # something in the package is broken, which installing it anew would not mend
        raise not_installed(package, "analysis") from error
