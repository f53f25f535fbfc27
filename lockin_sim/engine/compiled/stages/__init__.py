"""Stages of a year: each gathers what that of numpy gathers, in one call for all runs of a batch."""

# what rules and tables mean to compiled code, before any of it is made
from lockin_sim.engine.compiled import indexing, stand_ins  # noqa: F401
