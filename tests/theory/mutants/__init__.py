"""The classic mistakes, to be planted one at a time: ``MUTANT=name pytest tests/theory`` must fail.

``tools/mutation_check.py`` plants all.
"""

from theory.mutants import choosing, deciding, standards  # noqa: F401  (each declares its mistakes)
from theory.mutants.planting import MUTANTS


def plant(name):
    """Make one mistake; an error if the code has changed so that it no longer fits."""
    try:
        MUTANTS[name].plant()
    except Exception as problem:
        problem.add_note(f"the mistake {name!r} cannot be planted any more: mend tests/theory/mutants")
        raise
