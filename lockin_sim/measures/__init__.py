"""What is measured: every variable of a dataset, declared beside the function that computes it."""

from lockin_sim.measures.markets import FLOWS, groups_measured
from lockin_sim.measures.recorder import Recorder
from lockin_sim.measures.registry import AXES, VARIABLES, Variable, measure, recorded

__all__ = ["AXES", "FLOWS", "VARIABLES", "Recorder", "Variable", "groups_measured", "measure", "recorded"]
