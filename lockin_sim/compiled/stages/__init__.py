"""Stages of a year for the lanes of a processor, compiled from the same rules and decisions.

Each stage gathers what that of numpy gathers, in one call for all runs of a batch; ``overrides`` says how
some functions do in compiled code what they leave to numpy, before any code is made of them.
"""

from lockin_sim.common.extras import check_installed

check_installed("numba", "compiled code")

from lockin_sim.compiled.stages import overrides  # noqa: E402, F401
