"""Sweeps whose answer is known: a function of the factors, a little chance, and no model."""

import numpy as np
import xarray as xr


def dataset(columns, y, *, runs=4, noise=0.05):
    """Points with a response, as ``ls.sweep`` returns them."""
    rng = np.random.default_rng(5)
    values = y[:, None, None] + rng.normal(0, noise, (len(y), runs, 1))
    about = {"long_name": "share of something", "units": "share"}
    return xr.Dataset(
        {"thing": (("point", "run", "year"), values, about)},
        coords={"point": np.arange(len(y)), "year": [2050], **{n: ("point", c) for n, c in columns.items()}},
    )


def unit(n, names, seed=1):
    """Columns of numbers from 0 to 1."""
    x = np.random.default_rng(seed).random((n, len(names)))
    return {name: x[:, k] for k, name in enumerate(names)}
