"""A calibration as a folder: dataset, tables of draws, parameters, facts and waves, figures, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.ensemble import DATASET
from lockin_sim.errors import unusable
from lockin_sim.netcdf import write_dataset
from lockin_sim.studies import results
from lockin_sim.studies.folder import write_table
from lockin_sim.studies.placing import MADE_BY, MANIFEST, write_json

if TYPE_CHECKING:
    import xarray as xr

DRAWS, WEIGHT = "draws.csv", "weight"

#: Tables, and what each holds.
TABLES = {
    "parameters.csv": ("mean", "low", "high", "learnt"),
    "correlations.csv": ("correlation",),
    "facts.csv": (
        "recorded", "prior_mean", "prior_low", "prior_high",
        "posterior_mean", "posterior_low", "posterior_high", "method", "explained",
    ),
    "waves.csv": ("part_left", "sales_off"),
}  # fmt: skip


#: Figures, by the function of :mod:`lockin_sim.plots` that draws them.
FIGURES = ("learnt", "recorded")

#: Where in the folder the runs are kept.
RUNS = "runs"


def check_folder(folder: Path) -> None:
    """Raises InputError unless the folder is new, empty, or one of a calibration and nothing else."""
    allowed = "a new folder, an empty one, or one of a calibration"
    if folder.exists() and not folder.is_dir():
        raise unusable("output folder", found=str(folder), allowed=f"{allowed}, not a file")
    mine = {DATASET, DRAWS, *TABLES, MANIFEST, RUNS, *(f"{name}.png" for name in FIGURES)}
    other = sorted(path.name for path in folder.iterdir() if path.name not in mine) if folder.is_dir() else []
    if other:
        raise unusable("output folder", found=f"{folder}, which holds {other[0]}", allowed=allowed)


def write(posterior: xr.Dataset, folder: Path) -> None:
    """All files of a calibration; figures last, so that one that fails loses nothing."""
    write_dataset(posterior, folder / DATASET)
    names = posterior["parameter"].values.tolist()
    rows = np.column_stack([posterior["weight"].values, posterior["parameter_value"].values])
    results.write_csv(folder / DRAWS, ("draw", WEIGHT, *names), ([k, *row] for k, row in enumerate(rows)))
    for file, variables in TABLES.items():
        write_table(posterior, variables, folder / file)
    write_json(folder / MANIFEST, {"made_by": MADE_BY, "calibration": posterior.attrs})
    from lockin_sim import plots

    for name in FIGURES:
        plots.save(getattr(plots, name)(posterior), folder / f"{name}.png")
