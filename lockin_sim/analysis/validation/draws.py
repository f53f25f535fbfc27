"""Weighted draws of parameters, one for each run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.ensemble import open_posterior, resampled
from lockin_sim.errors import InputError, unknown_name, unusable
from lockin_sim.files import rows_of
from lockin_sim.numeric import array, check_alike
from lockin_sim.parameters import Parameters, declarations

#: Column of weights, and columns of a table of draws that are no parameters.
WEIGHT, OTHERS = "weight", ("draw", "point", "wave", "log_probability")

#: File of draws in the folder of a calibration.
FILE = "draws.csv"


def parameters_by_run(posterior: Any, runs: int, seed: int) -> Parameters:
    """Parameters of each run: draws of the posterior as often as their weights say.

    posterior  None = the draws that come with the package; :class:`Parameters`, of all runs alike; a mapping
               or a DataFrame from parameters to values by draw, with a column ``weight`` or all alike; a
               dataset with ``parameter_value`` (draw, parameter) and ``weight`` (draw,); a CSV file of such a
               table, or a folder with one that is called draws.csv
    Raises InputError for names or numbers that cannot be used.
    """
    if isinstance(posterior, Parameters):
        return posterior
    columns = _columns(open_posterior() if posterior is None else posterior)
    weight = columns.pop(WEIGHT, np.ones(len(next(iter(columns.values())))))
    chosen = resampled(weight, runs, seed=seed)
    return Parameters(**{name: values[chosen] for name, values in columns.items()})


def _columns(posterior: Any) -> dict[str, Floats]:
    """Values by draw, of parameters and weights."""
    if isinstance(posterior, str | Path):
        posterior = _read(Path(posterior))
    if hasattr(posterior, "data_vars") and "parameter_value" in posterior:
        values, weights = posterior["parameter_value"].transpose("draw", "parameter"), posterior[WEIGHT]
        names = [str(name) for name in values["parameter"].values]
        posterior = dict(zip(names, values.values.T, strict=True)) | {WEIGHT: weights.values}
    if hasattr(posterior, "columns") and not isinstance(posterior, Mapping):
        posterior = {str(name): posterior[name] for name in posterior.columns}
    if not isinstance(posterior, Mapping) or not posterior:
        allowed = "draws by parameter, a DataFrame, a CSV file of them, or a folder with draws.csv"
        raise unusable("posterior", found=type(posterior).__name__, allowed=allowed)
    known, found = declarations(), {}
    for name, values in posterior.items():
        if name in OTHERS:
            continue
        if name not in known and name != WEIGHT:
            raise unknown_name("posterior: column", found=name, known=[*known, WEIGHT])
        where, allowed = f"posterior: {name}", "a number in every draw"
        numbers = np.atleast_1d(array(where, values, allowed=allowed))
        if not np.isfinite(numbers).all():
            raise unusable(where, found="a missing value", allowed=allowed)
        found[name] = numbers
    check_alike("posterior", posterior)
    lengths = {len(values) for values in found.values()}
    if len(lengths) != 1 or not set(found) - {WEIGHT}:
        raise InputError("posterior: found columns of several lengths, or no parameter; allowed: a table.")
    return found


def _read(path: Path) -> dict[str, list[float]]:
    """The columns of a CSV file of draws."""
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise unusable("posterior", found=str(path), allowed=f"a CSV file, or a folder with {FILE}")
    lines = [(line, cells) for line, cells in rows_of(file) if cells]
    if len(lines) < 2:
        raise unusable(str(file), found="no rows", allowed="at least one draw")
    (_, names), *rows = lines
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise unusable(f"{file}, line 1", found=f"{twice} twice", allowed="each column once")
    found: dict[str, list[float]] = {name: [] for name in names}
    for line, cells in rows:
        if len(cells) != len(names):
            raise unusable(f"{file}, line {line}", found=f"{len(cells)} cells", allowed=f"{len(names)}")
        for name, cell in zip(names, cells, strict=True):
            try:
                found[name].append(float(cell))
            except ValueError:
                raise unusable(
                    f"{file}, line {line}, column {name}", found=cell, allowed="a number"
                ) from None
    return found
