"""How a mistake is declared and made: a small change of one rule of the package, in memory."""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple


class Mutant(NamedTuple):
    """A mistake, what it would be in words, and which tests are asked to notice."""

    mistake: str
    tests: str  # expression of pytest's -k
    plant: Callable[[], None]


MUTANTS: dict[str, Mutant] = {}


def mutant(mistake, tests):
    """Declare a mistake.  tests: expression of pytest's -k for those that are asked to notice"""

    def keep(plant):
        MUTANTS[plant.__name__] = Mutant(mistake, tests, plant)
        return plant

    return keep


def change(module, name, changed):
    """Put ``changed(original, *arguments)`` in the place of a function or method of the package."""
    holder: Any = importlib.import_module(f"lockin_sim.{module}")
    *path, last = name.split(".")
    for part in path:
        holder = getattr(holder, part)
    original = getattr(holder, last)
    replacement = lambda *a, **k: changed(original, *a, **k)  # noqa: E731
    setattr(holder, last, staticmethod(replacement) if path and last == "gumbel" else replacement)
