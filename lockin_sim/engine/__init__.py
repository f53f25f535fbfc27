"""The vectorised engine: batches of runs walk the order of a year in numpy."""

from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import Engine, Way, parties

__all__ = ["Batch", "Engine", "Way", "parties"]
