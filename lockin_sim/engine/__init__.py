"""Simulate batches of runs in numpy, following the order of a year."""

from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import Branch, Engine, group_branches

__all__ = ["Batch", "Engine", "Branch", "group_branches"]
