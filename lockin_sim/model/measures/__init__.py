"""Measurement: every variable of a dataset, declared beside the function that computes it."""

from lockin_sim.model.measures.recorder import Recorder
from lockin_sim.model.measures.registry import (
    AXES,
    LAST,
    VARIABLES,
    Alone,
    Reading,
    Record,
    Variable,
    measure,
    recorded,
    steps_read,
)
from lockin_sim.model.measures.variables import FLOWS, groups_measured

__all__ = [
    "AXES", "FLOWS", "LAST", "VARIABLES", "Alone", "Reading", "Record", "Recorder", "Variable",
    "groups_measured", "measure", "recorded", "steps_read",
]  # fmt: skip
