"""Measurement: every variable of a dataset, declared beside the function that computes it."""

from lockin_sim.measures.recorder import Recorder
from lockin_sim.measures.registry import AXES, VARIABLES, Variable, measure, recorded
from lockin_sim.measures.variables import FLOWS, groups_measured

__all__ = ["AXES", "FLOWS", "VARIABLES", "Recorder", "Variable", "groups_measured", "measure", "recorded"]
