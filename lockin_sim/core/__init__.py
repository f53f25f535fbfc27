"""The vectorised engine: batches of runs walk the order of a year in numpy."""

from lockin_sim.core.engine import Core

__all__ = ["Core"]
