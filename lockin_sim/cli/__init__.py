"""The command line: `program` is ``lockin`` itself, the other modules are its commands by family."""

from lockin_sim.cli.program import app, main

__all__ = ["app", "main"]
