"""Command line: ``lockin`` itself is in `program`, its commands by family in the other modules."""

from lockin_sim.cli.program import app, main

__all__ = ["app", "main"]
