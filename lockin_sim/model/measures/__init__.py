"""Measurement: declarations of the variables of a dataset, each with the function that computes it."""

from lockin_sim.model.measures.recorder import Recorder
from lockin_sim.model.measures.registry import (
    AXES,
    LAST,
    VARIABLES,
    Alone,
    Reading,
    Record,
    Recorded,
    Variable,
    in_order,
    measure,
    names_of,
    recorded,
)
from lockin_sim.model.measures.variables import FLOWS, groups_measured

__all__ = [
    "AXES",
    "FLOWS",
    "LAST",
    "VARIABLES",
    "Alone",
    "Reading",
    "Record",
    "Recorded",
    "Recorder",
    "Variable",
    "groups_measured",
    "in_order",
    "measure",
    "names_of",
    "recorded",
]
