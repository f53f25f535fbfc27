"""Measurement: every variable of a dataset, declared beside the function that computes it."""

from lockin_sim.model.measures.recorder import Recorder, extracts
from lockin_sim.model.measures.registry import (
    AXES,
    LAST,
    VARIABLES,
    Alone,
    Extract,
    Reading,
    Record,
    Variable,
    measure,
    recorded,
)
from lockin_sim.model.measures.variables import FLOWS, groups_measured

__all__ = [
    "AXES", "FLOWS", "LAST", "VARIABLES", "Alone", "Extract", "Reading", "Record", "Recorder", "Variable",
    "extracts", "groups_measured", "measure", "recorded",
]  # fmt: skip
