"""Simulate countries, operators, vendors and standards bodies as Mesa agents that own their state."""

import warnings

with warnings.catch_warnings():
    # Mesa loads progress bars for notebooks, which warn where ipywidgets is missing.  We show none of them.
    warnings.filterwarnings("ignore", message="IProgress not found")
    import mesa  # noqa: F401

from lockin_sim.agents.country import Country
from lockin_sim.agents.model import LockInModel
from lockin_sim.agents.operator import Operator
from lockin_sim.agents.vendor import StandardsBody, Vendor

__all__ = ["Country", "LockInModel", "Operator", "StandardsBody", "Vendor"]
