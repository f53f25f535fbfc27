"""Discovery: in which worlds of a sweep a policy fails."""

from lockin_sim.analysis.discovery.study import discover
from lockin_sim.analysis.discovery.told import sentences, table, write

__all__ = ["discover", "sentences", "table", "write"]
