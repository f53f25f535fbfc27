"""Implement the stages of a year in compiled code, from the same rules and decisions.

Each stage gathers the inputs of its numpy counterpart, in one call for all runs of a batch.  ``overrides``
is imported first, since it replaces functions that compiled code cannot take over.
"""

from lockin_sim.common.extras import check_installed

check_installed("numba", "compiled code")

from lockin_sim.compiled.stages import overrides  # noqa: E402, F401
