"""Simulate batches of runs in numpy, following the order of a year."""

from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import Engine, Way, parties

__all__ = ["Batch", "Engine", "Way", "parties"]
