"""A calibration as a folder: dataset, tables of draws, parameters, facts and waves, figures, manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable, whole_number
from lockin_sim.studies import results
from lockin_sim.studies.folder import read_dataset, write_dataset, write_table
from lockin_sim.studies.placing import MADE_BY, MANIFEST

if TYPE_CHECKING:
    import xarray as xr

DATASET, DRAWS, WEIGHT = "posterior.nc", "draws.csv", "weight"

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

#: The draws that come with the package.
BUNDLED = Path(__file__).with_name(DRAWS)


def write(posterior: xr.Dataset, folder: Path) -> None:
    """All files of a calibration; figures last, so that one that fails loses nothing."""
    write_dataset(posterior, folder / DATASET)
    names = posterior["parameter"].values.tolist()
    rows = np.column_stack([posterior["weight"].values, posterior["parameter_value"].values])
    results.write_csv(folder / DRAWS, ("draw", WEIGHT, *names), ([k, *row] for k, row in enumerate(rows)))
    for file, variables in TABLES.items():
        write_table(posterior, variables, folder / file)
    about = {"made_by": MADE_BY, "calibration": {k: _plain(v) for k, v in posterior.attrs.items()}}
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    from lockin_sim import plots

    plots.save(plots.learnt(posterior), folder / "learnt.png")
    plots.save(plots.recorded(posterior), folder / "recorded.png")


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def open_posterior(path: str | Path) -> xr.Dataset:
    """The dataset of a calibration in its folder, as :func:`lockin_sim.calibrate` returned it.

    Raises InputError for a folder that holds none, or a damaged one.
    """
    folder = Path(path)
    if not (folder / DATASET).is_file():
        raise unusable("posterior", found=str(path), allowed="a folder made by `lockin calibrate`")
    return read_dataset(folder / DATASET)


def draws(posterior: xr.Dataset | str | Path | None = None) -> tuple[dict[str, Floats], Floats]:
    """Values of the parameters by name, (draw,), and the weights of the draws, (draw,), which sum to 1.

    posterior  of :func:`lockin_sim.calibrate`, or its folder; None = the draws that come with the package
    """
    if posterior is None:
        return _read(BUNDLED)
    found = open_posterior(posterior) if isinstance(posterior, str | Path) else posterior
    values = found["parameter_value"].transpose("parameter", "draw").values
    return dict(zip(found["parameter"].values.tolist(), values, strict=True)), found["weight"].values


def _read(path: Path) -> tuple[dict[str, Floats], Floats]:
    names = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
    columns = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2).T
    values = dict(zip(names, columns, strict=True))
    del values["draw"]
    return values, values.pop(WEIGHT)


def resampled(found: tuple[Mapping[str, Floats], Floats], n: int, seed: int = 0) -> dict[str, Floats]:
    """As many draws as are asked for, each as often as its weight says: systematic resampling.  (n,) by name.

    found  values and weights, of :func:`draws`
    """
    values, weight = found
    whole_number("n", n, least=1)
    start = np.random.default_rng(whole_number("seed", seed)).random()
    chosen = np.searchsorted(np.cumsum(weight), (np.arange(n) + start) / n).clip(max=len(weight) - 1)
    return {name: of[chosen] for name, of in values.items()}
