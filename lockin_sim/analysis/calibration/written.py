"""A calibration as a folder: dataset, tables of draws, parameters, facts and waves, figures, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.ensemble import DATASET
from lockin_sim.netcdf import write_dataset
from lockin_sim.results.folder import check_folder as check_place
from lockin_sim.results.folder import more_files, new_folder, write_manifest
from lockin_sim.results.tables import write_csv, write_table

if TYPE_CHECKING:
    import xarray as xr

DRAWS, WEIGHT = "draws.csv", "weight"

#: Tables, and what each holds.
TABLES = {
    "parameters.csv": ("mean", "low", "high", "learnt"),
    "correlations.csv": ("correlation",),
    "facts.csv": (
        "recorded", "prior_mean", "prior_low", "prior_high",
        "posterior_mean", "posterior_low", "posterior_high", "model_off", "method", "explained",
    ),
    "waves.csv": ("part_left", "sales_off"),
}  # fmt: skip


#: Where in the folder the runs are kept, and the key of the manifest.
RUNS, KIND = "runs", "calibration"


def check_folder(folder: Path) -> None:
    """Raises InputError unless the folder is new, empty, or one of an earlier calibration."""
    check_place(folder, (RUNS,), KIND)


def write(posterior: xr.Dataset, folder: Path) -> None:
    """All files of a calibration; figures last, so that one that fails loses nothing."""
    with new_folder(folder, (RUNS,), KIND) as made:
        write_dataset(posterior, made / DATASET)
        names = posterior["parameter"].values.tolist()
        rows = np.column_stack([posterior["weight"].values, posterior["parameter_value"].values])
        write_csv(made / DRAWS, ("draw", WEIGHT, *names), ([k, *row] for k, row in enumerate(rows)))
        for file, variables in TABLES.items():
            write_table(posterior, variables, made / file)
        write_manifest(made, {KIND: posterior.attrs})
    from lockin_sim import plots

    with more_files(folder) as made:
        for save in plots.saving(KIND, posterior, made).values():
            save()
