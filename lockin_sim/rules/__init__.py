"""The economics of the model: pure array functions, and nothing else.

A rule knows nothing of runs, files, classes or random generators.  It takes arrays whose last axes
are named in its docstring, broadcasts over everything to the left, and reduces only over those last
axes.  Equation numbers are those of the model description (``ODD.md``).
"""

from lockin_sim.rules import (
    adoption,
    choice,
    contracts,
    diffusion,
    finance,
    pricing,
    regulation,
    restriction,
    users,
    utility,
    voting,
)

__all__ = [
    "adoption",
    "choice",
    "contracts",
    "diffusion",
    "finance",
    "pricing",
    "regulation",
    "restriction",
    "users",
    "utility",
    "voting",
]
