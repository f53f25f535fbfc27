"""Stages of a year compiled for the lanes of a processor, from the same rules and decisions.

Each stage gathers what that of numpy gathers, in one call for all runs of a batch; ``overrides`` says how
some functions do in compiled code what they leave to numpy, before any code is made of them.
"""

from lockin_sim.engine.compiled import overrides  # noqa: F401
