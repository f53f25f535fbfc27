"""Sensitivity: which factors of a sweep move an outcome, alone and together."""

from lockin_sim.analysis.sensitivity.study import METHODS, sensitivity
from lockin_sim.analysis.sensitivity.told import sentences, table, write

__all__ = ["METHODS", "sensitivity", "sentences", "table", "write"]
