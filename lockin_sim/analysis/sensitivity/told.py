"""What a sensitivity analysis found, as rows, a file and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.cells import write_records
from lockin_sim.design import factor_title
from lockin_sim.wording import opening

if TYPE_CHECKING:
    import xarray as xr


def table(found: xr.Dataset) -> list[dict[str, Any]]:
    """One row a factor, and one for each pair of them with second order: numbers by name, NaN undefined."""
    single = [n for n, v in found.data_vars.items() if v.dims == ("factor",)]
    rows: list[dict[str, Any]] = []
    for k, name in enumerate(found["factor"].values.tolist()):
        called = {"factor": name, "title": factor_title(name), "other": ""}
        rows.append(called | {str(n): float(found[n][k]) for n in single})
    if "second" in found:
        pairs = ("second", "second_low", "second_high")
        for j, one in enumerate(found["factor"].values.tolist()):
            for k, other in enumerate(found["factor"].values.tolist()[:j]):
                called = {"factor": other, "title": factor_title(other), "other": one}
                rows.append(called | {n: float(found[n][k, j]) for n in pairs})
    return rows


def write(found: xr.Dataset, path: str | Path) -> Path:
    """Write :func:`table` as CSV; undefined numbers are blank.  Returns the path."""
    rows = table(found)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return write_records(path, names, rows)


def sentences(found: xr.Dataset) -> list[str]:
    """What moves the outcome most, and what was done to find out, one sentence each."""
    said = []
    name, year = found.attrs["label"], found.attrs["year"]
    if "total" in found and np.isfinite(found["total"].values).any():
        order = np.argsort(-found["total"].values)
        parts = [
            f"{factor_title(found['factor'].values[k])} {found['total'].values[k]:.2f} "
            f"({found['total_low'].values[k]:.2f} to {found['total_high'].values[k]:.2f})"
            for k in order[:3]
        ]
        said.append(f"{opening(name)} in {year}: total effects {'; '.join(parts)}.")
    elif "total" in found:
        said.append(f"{opening(name)} in {year} is the same at all points: there is nothing to explain.")
    if found.attrs["emulator"] != "none":
        explained = f"{100 * found.attrs['held_out_explained']:.0f} %"
        said.append(
            f"By an emulator ({found.attrs['emulator']}) that explains {explained} of the variance of "
            "held-out points; its error is in the intervals."
        )
    if found.attrs["points_dropped"]:
        said.append(f"{found.attrs['points_dropped']} points that are not defined were left out.")
    if found.attrs["encoded"]:
        said.append(f"Numbered: {found.attrs['encoded']}.")
    if found.attrs["constant"]:
        said.append(f"Never differs, and is left out: {found.attrs['constant']}.")
    return said
