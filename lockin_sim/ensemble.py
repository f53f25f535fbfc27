"""Parameters as the record leaves them: a calibration's weighted draws as ones that are equally likely.

The draws of one calibration of the bundled world come with the package, in ``data/posterior``; the manifest
beside them says how they were made.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.errors import unusable, whole_number
from lockin_sim.netcdf import read_dataset

if TYPE_CHECKING:
    import xarray as xr

#: The dataset in the folder of a calibration.
DATASET = "posterior.nc"

#: The folder that comes with the package.
BUNDLED = Path(__file__).parent / "data" / "posterior"

type Source = str | Path | xr.Dataset | None


def open_posterior(path: str | Path | None = None) -> xr.Dataset:
    """The dataset of a calibration in its folder, as :func:`lockin_sim.calibrate` returned it.

    path  None = the one that comes with the package
    Raises InputError for a folder that holds none, or a damaged one.
    """
    folder = BUNDLED if path is None else Path(path)
    if not (folder / DATASET).is_file():
        raise unusable("posterior", found=str(path), allowed="a folder made by `lockin calibrate`")
    return _bundled().copy(deep=True) if path is None else read_dataset(folder / DATASET)


@lru_cache(maxsize=1)
def _bundled() -> xr.Dataset:
    """The bundled draws, read once."""
    return read_dataset(BUNDLED / DATASET)


def posterior_draws(n: int, *, seed: int, source: Source = None) -> dict[str, Floats]:
    """Equally likely draws of all parameters that were calibrated, by name, (draw,).

    n       number of draws: with fewer than the posterior has, some are left out; with more, some come again
    seed    of which are taken, and of their order
    source  None = the posterior that comes with the package, a folder made by ``lockin calibrate``, or a
            dataset as :func:`open_posterior` returns it
    A weighted draw is taken as often as its weight says, to the next whole number (systematic resampling,
    Kitagawa 1996), and the order has nothing to do with that of the posterior.
    Raises InputError for anything that cannot be used.
    """
    posterior = posterior_of(source)
    chosen = resampled(posterior["weight"].values, n, seed=seed)
    return values_of(posterior, chosen)


def posterior_of(source: Source = None) -> xr.Dataset:
    """The dataset that is meant, see :func:`posterior_draws`.  Raises InputError for one that is none."""
    if source is None or isinstance(source, str | Path):
        return open_posterior(source)
    if not hasattr(source, "data_vars") or not {"parameter_value", "weight"} <= set(source.data_vars):
        allowed = "a folder made by `lockin calibrate`, or its dataset with parameter_value and weight"
        raise unusable("posterior", found=type(source).__name__, allowed=allowed)
    return source


def values_of(posterior: xr.Dataset, draws: Integers) -> dict[str, Floats]:
    """Values of some draws by parameter, in the order asked for."""
    values = posterior["parameter_value"].transpose("parameter", "draw").values[:, draws]
    names = posterior["parameter"].values
    return {str(name): np.array(row) for name, row in zip(names, values, strict=True)}


def resampled(weight: Floats, n: int, *, seed: int) -> Integers:
    """Positions of draws, each taken n times its weight, to the next whole number, in any order.  (n,).

    weight  not negative, of any sum.  (draw,)
    """
    whole_number("n", n, least=1)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise unusable("posterior: weight", found=weight.tolist()[:3], allowed="numbers of at least 0")
    rng = np.random.default_rng(seed)
    # as evenly as their number allows, then in an order that has nothing to do with the draws'
    at = (np.arange(n) + rng.random()) / n * weight.sum()
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), at, side="right"), len(weight) - 1)
    return rng.permutation(chosen)


def digest(posterior: xr.Dataset) -> str:
    """Twelve hex digits over the draws and their weights."""
    content = hashlib.sha256(repr(posterior["parameter"].values.tolist()).encode())
    for name in ("parameter_value", "weight"):
        content.update(np.ascontiguousarray(posterior[name].values, dtype="<f8").tobytes())
    return content.hexdigest()[:12]
