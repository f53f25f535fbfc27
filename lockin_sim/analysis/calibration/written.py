"""A calibration as a folder: dataset, tables of draws, parameters, facts and waves, figures, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.ensemble import DATASET
from lockin_sim.netcdf import write_dataset
from lockin_sim.studies import placing, results
from lockin_sim.studies.folder import write_table

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


#: Figures, by the function of :mod:`lockin_sim.plots` that draws them.
FIGURES = ("learnt", "recorded")

#: Where in the folder the runs are kept, and the key of the manifest.
RUNS, KIND = "runs", "calibration"


def check_folder(folder: Path) -> None:
    """Raises InputError unless the folder is new, empty, or one of an earlier calibration."""
    placing.check_folder(folder, (RUNS,), KIND)


def write(posterior: xr.Dataset, folder: Path) -> None:
    """All files of a calibration; figures last, so that one that fails loses nothing."""
    with placing.new_folder(folder, (RUNS,), KIND) as made:
        write_dataset(posterior, made / DATASET)
        names = posterior["parameter"].values.tolist()
        rows = np.column_stack([posterior["weight"].values, posterior["parameter_value"].values])
        results.write_csv(made / DRAWS, ("draw", WEIGHT, *names), ([k, *row] for k, row in enumerate(rows)))
        for file, variables in TABLES.items():
            write_table(posterior, variables, made / file)
        about = {"made_by": placing.MADE_BY, KIND: posterior.attrs}
        placing.write_json(made / placing.MANIFEST, about)
    from lockin_sim import plots

    with placing.more_files(folder) as made:
        for name in FIGURES:
            plots.save(getattr(plots, name)(posterior), made / f"{name}.png")
