"""Draws of a calibration as equally likely parameters.

The draws of one calibration of the bundled world are part of the package, in ``data/posterior``, with a
manifest of their provenance.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import MOST_DRAWS, Floats, Integers
from lockin_sim.common.draws import History
from lockin_sim.common.errors import InputError, check_known, check_whole_number, unknown_name, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.common.versions import read_versions, warn_of_difference
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.world import World
from lockin_sim.world.digests import compute_digest as digest_of
from lockin_sim.world.schema import DATA

if TYPE_CHECKING:
    import xarray as xr

#: File name of the dataset in the folder of a calibration.
DATASET = "posterior.nc"

_FOLDER = "a folder made by `lockin calibrate`"

#: The bundled folder, and its file with histories for the declared values.
BUNDLED = DATA / "posterior"
DECLARED = "declared.nc"

#: And that with the tastes of operators in all of these histories.
TASTES = "tastes.nc"

#: File of a calibration with draws given structures, see :func:`open_structure_draws`.
STRUCTURES = "structures.nc"

#: Name of the bundled draws, instead of a folder.
BUNDLED_NAME = "bundled"

#: Step from one run to the next through the draws, laid out by weight: the golden ratio minus one.
STEP = (math.sqrt(5.0) - 1.0) / 2.0

#: Variable of histories, see :mod:`lockin_sim.record.histories`: several for each draw.
HISTORY = "history"

#: Required variables, and their axes.
_NEEDED = {"parameter": {"parameter"}, "parameter_value": {"draw", "parameter"}, "weight": {"draw"}}

type Source = str | Path | xr.Dataset | None


def open_posterior(path: str | Path | None = None) -> xr.Dataset:
    """Open the dataset of a calibration in its folder, as :func:`lockin_sim.calibrate` returned it.

    path  None = the bundled calibration
    Raises InputError for a folder without the dataset, and for a damaged dataset or one of other parameters.
    """
    if path is None:
        return _read_bundled_dataset(DATASET).copy(deep=True)
    if not isinstance(path, str | Path) or not (Path(path) / DATASET).is_file():
        raise unusable("posterior", found=str(path), allowed=_FOLDER)
    dataset = _check_posterior(read_dataset(Path(path) / DATASET), f"posterior {path}")
    warn_of_difference(path, dataset.attrs | read_versions(Path(path)))
    return dataset


@lru_cache(maxsize=3)
def _read_bundled_dataset(file: str) -> xr.Dataset:
    """Read a dataset of the bundled folder; the result is cached."""
    return read_dataset(BUNDLED / file)


@checks_keywords()
def posterior_draws(n: int, *, seed: int, source: Source = None) -> dict[str, Floats]:
    """Draw equally likely values of all calibrated parameters; return arrays (draw,) by name.

    n       number of draws: fewer than in the posterior omit some, more repeat some
    seed    seed of the selection and the order
    source  None or "bundled" = the bundled posterior; a folder made by ``lockin calibrate``, or a dataset as
            :func:`open_posterior` returns it
    Each draw is taken as often as its weight implies, up to rounding (systematic resampling, Kitagawa 1996),
    in random order.
    Raises InputError for an unusable number, seed or source.
    """
    return extract_parameter_values(resolve_posterior(source), select_draws(n, seed=seed, source=source))


def open_structure_draws(name: str, folder: str | Path | None = None) -> xr.Dataset:
    """Open the equally weighted draws of a calibration under another structure of the model.

    Each draw has the histories of one of the main draws.

    Parameters
    ----------
    name
        Structure, such as "drifting_tastes" or "all_rows".
    folder
        Folder of a calibration; None = the bundled one.

    Returns
    -------
    Dataset
        ``parameter_value`` and ``weight``, as :func:`open_posterior`, and ``history`` if the main posterior
        has histories.

    Raises
    ------
    InputError
        For an unknown name, and for a folder without draws of structures.
    """
    place = BUNDLED if folder is None else Path(folder)
    if not (place / STRUCTURES).is_file():
        raise unusable("structures", words=f"no {STRUCTURES} in {place.name}", allowed=_FOLDER)
    stored = _read_bundled_dataset(STRUCTURES) if folder is None else read_dataset(place / STRUCTURES)
    check_known("structure", name, stored["structure"].values.tolist())
    values = stored["parameter_value"].sel(structure=name, drop=True).astype(float)
    main = open_posterior(folder).isel(draw=slice(values.sizes["draw"]))
    kept = main[[variable for variable in (HISTORY, "weight") if variable in main]]
    values = values.isel(draw=slice(main.sizes["draw"])).assign_coords(draw=main["draw"])
    return kept.assign(parameter_value=values, weight=kept["weight"] * 0 + 1 / main.sizes["draw"])


def select_draws(n: int, *, seed: int, source: Source = None) -> Integers:
    """Return the positions of the draws that :func:`posterior_draws` takes with equal arguments, (n,)."""
    return resample_draws(resolve_posterior(source)["weight"].values, n, seed=seed)


def resolve_posterior(source: Source = None) -> xr.Dataset:
    """Resolve a source of draws to its dataset, see :func:`posterior_draws`.

    Raises InputError for an invalid source.
    """
    source = None if isinstance(source, str) and source == BUNDLED_NAME else source
    if source is None or isinstance(source, str | Path):
        return open_posterior(source)
    return _check_posterior(source, "posterior")


def _check_posterior(dataset: Any, where: str) -> xr.Dataset:
    """Check that draws can be taken from a dataset, and return the dataset.

    Raises InputError that begins with ``where`` for a missing variable, an unknown parameter or a value that
    is not finite.
    """
    allowed = f"{_FOLDER}, or its dataset with parameter_value and weight"
    if not hasattr(dataset, "data_vars"):
        raise unusable(where, found=type(dataset).__name__, allowed=allowed)
    values: xr.Dataset = dataset
    for name, axes in _NEEDED.items():
        if name not in values.variables or set(values[name].dims) != axes:
            spoken = f"{name} over ({', '.join(sorted(axes))})"
            raise unusable(where, words=f"no {spoken}", allowed=allowed)
    known = collect_declarations()
    for name in values["parameter"].values.tolist():
        if name not in known:  # of another version
            raise unknown_name(f"{where}: parameter", found=name, known=known)
    unknown = ~np.isfinite(values["parameter_value"].transpose("draw", "parameter").values)
    if unknown.any():
        draw, parameter = np.argwhere(unknown)[0]
        name = values["parameter"].values[parameter]
        raise InputError(f"{where}: {name}: found no number in draw {draw}; allowed: a number in every draw.")
    return values


def extract_parameter_values(posterior: xr.Dataset, draws: Integers) -> dict[str, Floats]:
    """Return the values of some draws, in their order, as arrays (draw,) by parameter."""
    values = posterior["parameter_value"].transpose("parameter", "draw").values[:, draws]
    names = posterior["parameter"].values
    return {str(name): np.array(row) for name, row in zip(names, values, strict=True)}


def build_posterior_history(
    posterior: xr.Dataset, draws: Integers, alternatives: Integers, countries: Sequence[str]
) -> History | None:
    """Build the histories of runs from their draws; None if the posterior has no histories.

    draws         position of each run's draw.  (run,)
    alternatives  which history of the draw, cyclically.  (run,)
    countries     labels of the world; countries unknown to the posterior have the shocks of the world
    """
    if HISTORY not in posterior:
        return None
    stored = posterior[HISTORY].transpose("draw", "which", "country")
    which = np.asarray(alternatives) % stored.sizes["which"]
    chosen = stored.values[draws, which].astype(np.int64)
    known = {code: place for place, code in enumerate(stored["country"].values.tolist())}
    columns = [chosen[:, known[code]] if code in known else which for code in countries]
    first = np.asarray(draws) * int(stored.attrs["pool"])  # pools of draws are consecutive
    numbers = np.stack(columns, axis=1) + first[:, None]
    seed, last = (int(stored.attrs[name]) for name in ("pool_seed", "last_year"))
    return History(numbers, which + first, seed, last, facts=True)


def build_declared_history(runs: Integers, world: World) -> History:
    """Build the bundled histories for the declared parameter values, one for each run.

    Run numbers beyond the number of histories repeat them.
    """
    none = np.zeros(len(runs), dtype=np.int64)
    stored = build_posterior_history(_read_bundled_dataset(DECLARED), none, runs, world.countries)
    assert stored is not None
    return add_recorded_tastes(stored, world, none, runs)


def add_recorded_tastes(
    past: History, world: World, draws: Integers, alternatives: Integers, posterior: xr.Dataset | None = None
) -> History:
    """Add the bundled lasting tastes of operators on record to histories.

    Returns the histories unchanged where the bundled tastes are of other draws, or of other contracts.

    posterior  None = the declared values;  other arguments as of :func:`build_posterior_history`
    """
    stored, of = _read_bundled_dataset(TASTES), name_tastes_variable(posterior)
    if of not in stored or stored.attrs["contracts"] != digest_of(world.contracts):
        return past
    which = np.asarray(alternatives) % stored[of].sizes[f"which_{of}"]
    chosen = stored[of].values[draws, which].astype(np.int32)
    country = world.lots.country[np.unique(world.lots.operator, return_index=True)[1]]
    tastes = past.numbers[:, country].astype(np.int32)
    tastes[:, find_recorded_operators(world)] = chosen
    return replace(past, tastes=tastes)


def name_tastes_variable(posterior: xr.Dataset | None) -> str:
    """Return the name of the variable with the tastes for a posterior, or for the declared values (None)."""
    return "declared" if posterior is None else f"draws_{compute_posterior_digest(posterior)}"


def find_recorded_operators(world: World) -> Integers:
    """Return the positions of operators with a contract on record, (operator on record,)."""
    return np.unique(world.lots.operator[world.contracts.held[:, 1]])


def resample_draws(weight: Floats, n: int, *, seed: int) -> Integers:
    """Resample draws systematically; return positions (n,) in random order.

    Each draw is taken n times its share of the weight, up to rounding.
    weight  not negative, with any positive sum.  (draw,)
    Raises InputError for an unusable number, seed or weight.
    """
    n, seed = check_whole_number("n", n, least=1, most=MOST_DRAWS), check_whole_number("seed", seed)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise unusable("posterior: weight", found=weight.tolist()[:3], allowed="numbers of at least 0")
    rng = np.random.default_rng(seed)
    # evenly spaced, then shuffled
    at = (np.arange(n) + rng.random()) / n * weight.sum()
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), at, side="right"), len(weight) - 1)
    return rng.permutation(chosen)


def assign_draws(weight: Floats, runs: int, *, seed: int) -> Integers:
    """Assign a draw to each run; return positions (run,).  A smaller number of runs has the first of these.

    Draws are laid out on a line by weight, and each run is a golden ratio further than the one before, so
    that any number of runs has each draw about as often as its weight implies.
    weight  not negative, with any positive sum.  (draw,)
    seed    of the starting point
    Source: Kuipers and Niederreiter (1974), Uniform distribution of sequences, section 2.3.
    """
    runs, seed = check_whole_number("runs", runs, least=1, most=MOST_DRAWS), check_whole_number("seed", seed)
    at = (np.random.default_rng(seed).random() + np.arange(runs) * STEP) % 1.0 * weight.sum()
    return np.minimum(np.searchsorted(np.cumsum(weight), at, side="right"), len(weight) - 1)


def compute_effective_sample_size(posterior: xr.Dataset) -> float:
    """Return the effective number of independent draws of a posterior.

    A calibration records the number, which accounts for the correlation of its walkers' steps; for other
    draws the number is the effective sample size of the weights (Kish 1965).
    """
    weight = posterior["weight"].values
    return float(posterior.attrs.get("effective_draws", weight.sum() ** 2 / (weight**2).sum()))


def compute_posterior_digest(posterior: xr.Dataset) -> str:
    """Compute a hash of twelve hex digits of the draws and their weights."""
    content = hashlib.sha256(repr(posterior["parameter"].values.tolist()).encode())
    for name in ("parameter_value", "weight"):
        content.update(np.ascontiguousarray(posterior[name].values, dtype="<f8").tobytes())
    return content.hexdigest()[:12]


# --- draws as parameters of runs ------------------------------------------------------------------------


def draw_run_parameters(posterior: Source | Parameters, runs: int, seed: int) -> Parameters:
    """Return the parameters of each run, drawn in proportion to the weights of a posterior.

    See :func:`posterior_draws`.  :class:`Parameters` are returned unchanged.
    """
    if isinstance(posterior, Parameters):
        return posterior
    return Parameters(**posterior_draws(runs, seed=seed, source=posterior))
