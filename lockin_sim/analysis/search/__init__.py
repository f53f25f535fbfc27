"""Search: packages of levers that serve several goals at once in most worlds that fit the record."""

from lockin_sim.analysis.search.study import search
from lockin_sim.analysis.search.told import sentences, table
from lockin_sim.analysis.search.written import write, write_tables

__all__ = ["search", "sentences", "table", "write", "write_tables"]
