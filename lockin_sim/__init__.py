"""lockin_sim: where, how far and for how long first-mover lock-in spreads technical standards.

The public names are those in ``__all__``; they load on first use, so that importing the package
loads neither mesa nor matplotlib, pandas or xarray.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "Experiment": "lockin_sim.studies.sweep_experiment",
    "InputError": "lockin_sim.errors",
    "LockInModel": "lockin_sim.agents",
    "Parameters": "lockin_sim.parameters",
    "Scenario": "lockin_sim.scenario",
    "audit": "lockin_sim.studies.audit",
    "by_country": "lockin_sim.studies.by_country",
    "by_domain": "lockin_sim.studies.breakdown",
    "by_group": "lockin_sim.studies.breakdown",
    "chain": "lockin_sim.studies.chain",
    "calibrate": "lockin_sim.calibration",
    "channels": "lockin_sim.studies.channels",
    "coalitions": "lockin_sim.studies.coalitions",
    "compare": "lockin_sim.studies.comparison",
    "discover": "lockin_sim.analysis.discovery",
    "estimates": "lockin_sim.estimation",
    "evaluate": "lockin_sim.studies.evaluate",
    "explain": "lockin_sim.explanation",
    "first_movers": "lockin_sim.studies.first_movers",
    "futures": "lockin_sim.studies.futures",
    "hindcast": "lockin_sim.studies.hindcast",
    "ledger": "lockin_sim.studies.chain",
    "load_experiment": "lockin_sim.studies.sweep_experiment",
    "load_scenario": "lockin_sim.scenario",
    "load_world": "lockin_sim.world",
    "open_comparison": "lockin_sim.studies.folder",
    "open_posterior": "lockin_sim.calibration.written",
    "open_sweep": "lockin_sim.store",
    "public_cost": "lockin_sim.studies.public_cost",
    "records": "lockin_sim.world",
    "response": "lockin_sim.studies.response",
    "running": "lockin_sim.runs.keeping",
    "scenarios": "lockin_sim.scenario",
    "sensitivity": "lockin_sim.analysis.sensitivity",
    "simulate": "lockin_sim.simulation",
    "sweep": "lockin_sim.studies.sweep",
    "synergy": "lockin_sim.studies.synergy",
    "toy_world": "lockin_sim.world",
    "validate": "lockin_sim.analysis.validation",
    "window": "lockin_sim.studies.window",
}
#: Public modules and where they live; measures of concentration and power are ``metrics`` to users.
_MODULES = {
    "design": "lockin_sim.design",
    "metrics": "lockin_sim.indices",
    "plots": "lockin_sim.plots",
    "report": "lockin_sim.report",
    "rules": "lockin_sim.rules",
}

__all__ = [*_HOME, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("lockin-sim")
    elif name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'lockin_sim' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
