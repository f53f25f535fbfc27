"""What float32 costs in accuracy: the same runs in both kinds of numbers, with the same luck."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

import lockin_sim as ls

#: What is compared in the last year, by name in the table.
OUTCOMES = {
    "standard_share of cn2035": "standard_share",
    "vendor_share": "vendor_share",
    "lock_in": "lock_in",
}


def errors(runs: int, years: tuple[int, int]) -> dict[str, Any]:
    """How far runs of the baseline in float32 are from themselves in float64, ready for JSON.

    outcomes      for each outcome in the last year, over runs and places (domains, and vendors where it has
                  them): the largest and the root mean square difference of a run; over places, the root mean
                  square difference of the mean over runs, the standard error of that mean, which is what
                  another seed would change, and the largest of all differences in standard errors
    other_winner  share of tenders that another vendor wins, in the first year and in the last
    other_way     share of runs in which that happens in any year
    """
    exact, single = (
        ls.simulate(runs=runs, seed=1, years=years, record="winner", dtype=kind)
        for kind in ("float64", "float32")
    )
    return {
        "runs": runs,
        "outcomes": {
            name: _difference(_places(exact, variable), _places(single, variable))
            for name, variable in OUTCOMES.items()
        },
        "other_winner": {
            str(year): other_winner(exact, single, year) for year in sorted({years[0] + 1, years[1]})
        },
        "other_way": float((exact["winner"] != single["winner"]).any(["year", "country", "domain"]).mean()),
    }


def other_winner(one: xr.Dataset, other: xr.Dataset, year: int) -> float:
    """Share of the tenders of a year, of either dataset, that another vendor wins in the other one."""
    a, b = (ds["winner"].sel(year=year).values for ds in (one, other))
    return float((a != b)[(a >= 0) | (b >= 0)].mean())


def _places(ds: xr.Dataset, variable: str) -> np.ndarray:
    """An outcome in the last year, in float64.  (run, place)."""
    values = ds[variable].isel(year=-1)
    if "standard" in values.dims:
        values = values.sel(standard="cn2035")
    flat = values.values.reshape(ds.sizes["run"], -1).astype(np.float64)
    return flat[:, np.isfinite(flat).all(axis=0)]


def _difference(exact: np.ndarray, single: np.ndarray) -> dict[str, float]:
    """Differences of runs, and of their means.  (run, place) each."""
    apart = single - exact
    mean, error = apart.mean(axis=0), exact.std(axis=0, ddof=1) / np.sqrt(len(exact))
    varies = error > 0
    return {
        "largest": float(np.abs(apart).max()),
        "rms": _rms(apart),
        "rms_of_mean": _rms(mean),
        "standard_error": _rms(error),
        "largest_in_standard_errors": float(np.abs(mean[varies] / error[varies]).max(initial=0.0)),
    }


def _rms(values: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))
