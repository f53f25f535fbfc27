"""Sweeps for the EMA Workbench (extra ``analysis``): its experiments and outcomes from a store."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.design import Design
from lockin_sim.errors import unusable
from lockin_sim.studies.sweep_means import response

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def results(ds: xr.Dataset, outcomes: list[str] | None = None) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """Experiments and outcomes as its analyses take them (PRIM, feature scoring, ``save_results``).

    Experiments: one row a point, a column each of the design.  Outcomes by name: means over runs, (point,
    year), or (point,) if one year was kept.
    Raises InputError if any run is undefined, or a number of the design is missing.
    """
    import pandas as pd

    order = ds.attrs["identity"]["columns"]
    experiments = pd.DataFrame({name: ds[name].values for name in order})
    for column in order:  # a blank word is a category of its own: as the scenario has it
        points = np.flatnonzero(experiments[column].isna())
        if points.size:
            text = f"{points.size} missing, at points {points[:8].tolist()}"
            raise unusable(column, found=text, allowed="a number at every point")
    names = outcomes or [str(n) for n, v in ds.data_vars.items() if v.dims == ("point", "run", "year")]
    years = [int(y) for y in ds["year"].values]
    found = {name: np.stack([response(ds, name, year) for year in years], axis=1) for name in names}
    return experiments, {name: v[:, 0] if len(years) == 1 else v for name, v in found.items()}


def uncertainties(design: Design) -> list[Any]:
    """The columns of a design as parameters of the Workbench: real between their ends, else categorical.

    Raises InputError without the Workbench.
    """
    try:
        ema = importlib.import_module("ema_workbench")
    except ImportError as error:
        needed = "ema_workbench, which `pip install lockin-sim[analysis]` brings"
        raise unusable("uncertainties", found="no library for it", allowed=needed) from error
    found = []
    for name in design.names:
        if name in design.ranges:
            found.append(ema.RealParameter(name, *design.ranges[name]))
        else:
            found.append(ema.CategoricalParameter(name, np.unique(design.values[name]).tolist()))
    return found
