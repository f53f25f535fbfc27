"""The machine and libraries of a measurement, without anything that names its owner."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from lockin_sim.runs.provenance import commit


def machine() -> dict[str, str]:
    """What the speed depends on, in words by name."""
    blas = {f"{b['internal_api']} {b['version']}" for b in threadpool_info() if b["user_api"] == "blas"}
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "BLAS": ", ".join(sorted(blas)),
        **{name: _version(name) for name in ("scipy", "mesa", "numba", "lockin-sim")},
        "commit": commit()[:7] or "unknown",
    }


def _processor() -> str:
    """Its model, as the system calls it."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    """The version of a library."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
