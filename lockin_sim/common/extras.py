"""Import optional packages, and say which extra installs a missing one."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from lockin_sim.common.errors import InputError

#: The checkout, where this is one; else the folder of an installation.
CHECKOUT = Path(__file__).resolve().parents[2]

#: A requirement of an extra in the metadata of a package: name, further extras in brackets, the extra.
_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^]]*)\])?[^;]*;.*\bextra\s*==\s*['\"]([\w.-]+)['\"]")


class NotInstalledError(InputError, ModuleNotFoundError):
    """An optional package is missing; the message gives the command that installs it."""


def check_installed(package: str, where: str) -> None:
    """Require an optional package without importing it.

    where  the argument, command or module that needs the package, at the start of the message
    Raises NotInstalledError with the command that installs the package.
    """
    if importlib.util.find_spec(package) is None:
        raise not_installed(package, where)


def import_optional(module: str, where: str) -> Any:
    """Import a module of an optional package, with the errors of :func:`check_installed`."""
    try:
        with warnings.catch_warnings(), _without_altair():
            warnings.simplefilter("ignore")  # the EMA Workbench lists missing optional packages
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0]
        if package in sys.modules and sys.modules[package] is not None:
            raise  # the package is there and has no such module
        raise not_installed(package, where) from error


def not_installed(package: str, where: str) -> NotInstalledError:
    """Build the error for a missing package, with the command for a checkout or for a wheel."""
    extra = next((extra for extra, modules in packages_by_extra().items() if _module(package) in modules), "")
    wanted = f'"lockin-sim[{extra}]"' if extra else package
    in_checkout = (CHECKOUT / "Makefile").is_file()
    command = f"make install, in {CHECKOUT}" if in_checkout else f"pip install {wanted}"
    return NotInstalledError(f"{where}: {package} is not installed; to install it: {command}.")


@cache
def packages_by_extra() -> dict[str, frozenset[str]]:
    """Read from the metadata of the installation which modules each extra installs."""
    brought: dict[str, set[str]] = {}
    for name, further, extra in _requirements("lockin-sim"):
        parts = [part.strip() for part in further.split(",")] if further else []
        # such as solara, by mesa[viz]; of a project that is missing only the name of the part is known
        behind = [each for each, _, part in _requirements(name) if part in parts]
        brought.setdefault(extra, set()).update(map(_module, [name, *parts, *behind]))
    return {extra: frozenset(modules) for extra, modules in brought.items()}


def _requirements(project: str) -> list[tuple[str, str, str]]:
    """Read name, bracketed parts and extra of each requirement of a project; [] for a missing project."""
    try:
        lines = importlib.metadata.requires(project) or ()
    except importlib.metadata.PackageNotFoundError:
        return []
    found = [match.groups(default="") for match in map(_REQUIREMENT.match, lines) if match is not None]
    return [(name, parts, extra) for name, parts, extra in found]


def _module(name: str) -> str:
    """Convert the name of a project to that of its module."""
    return re.sub(r"[-.]+", "_", name).lower()


@contextmanager
def _without_altair() -> Iterator[None]:
    """Hide altair, which the EMA Workbench does not need and which fails without docstrings (``-OO``)."""
    hidden = sys.flags.optimize > 1 and "altair" not in sys.modules
    if hidden:
        sys.modules["altair"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["altair"]
