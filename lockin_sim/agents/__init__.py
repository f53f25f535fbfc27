"""The Mesa engine: countries, vendors and standards bodies as agents that own their state."""

from lockin_sim.agents.body import StandardsBody
from lockin_sim.agents.country import Country
from lockin_sim.agents.model import LockInModel
from lockin_sim.agents.vendor import Vendor

__all__ = ["Country", "LockInModel", "StandardsBody", "Vendor"]
