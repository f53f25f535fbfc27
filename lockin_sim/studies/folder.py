"""The folder of a comparison: datasets as NetCDF that can be read back, and the same numbers as tables.

Every dataset is written whole; tables of the larger ones show the years that reports show.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import InputError, unusable
from lockin_sim.files import json_of
from lockin_sim.netcdf import read_dataset, write_dataset
from lockin_sim.studies import results
from lockin_sim.studies.breakdown import by_region
from lockin_sim.studies.placing import MADE_BY, MANIFEST, placed

if TYPE_CHECKING:
    import xarray as xr

DATA = "data"

#: Tables beside the datasets, by dataset or its family: which variables share one.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "by_group": {"by_group": ("level", "runs_used", "effect")},
    "by_domain": {"by_domain": ("level", "runs_used", "effect")},
    "by_country": {"by_country": ("level", "runs_used", "effect")},
    "public_cost": {"public_cost": ("level", "runs_used", "effect"), "cost_per_point": ("cost_per_point",)},
    "chain": {"chain": ("effect",), "chain_through": ("through",), "chain_links": ("per_unit",)},
    "channels": {"channels": ("effect",)},
    "window": {
        "window": ("effect",),
        "window_closing": ("closing", "lost"),
        "window_closing_by_lock_in": ("closing_by_lock_in",),
    },
    "futures": {
        "futures": ("effect",),
        "futures_shares": ("share_raises", "share_lowers", "share_unclear", "futures_used", "flips"),
        "futures_regret": ("worst", "regret_mean", "regret_max"),
        "futures_choice": ("maximin", "minimax_regret"),
        "futures_parameters": ("rank_correlation",),
        "futures_expected": ("expected",),
        "futures_split": ("variance", "variance_share"),
        "futures_under": ("expected_under", "futures_under"),
    },
    "otherwise_effects": {"otherwise": ("effect",)},
    "synergy": {
        "levers": ("alone", "last"),
        "interaction": ("package", "sum_of_singles", "interaction"),
    },
}


def write_comparison(datasets: Mapping[str, xr.Dataset], folder: Path) -> None:
    """All datasets, their tables and the manifest, into a folder; ``effects`` must be among them."""
    (folder / DATA).mkdir()
    places: dict[str, str] = {}
    for name, ds in datasets.items():
        file = _file_name(name, places.values())
        places[name] = file
        write_dataset(ds, folder / file)
        family = "synergy" if name.startswith("synergy_") else name
        for table, variables in TABLES.get(family, {}).items():
            stem = f"{Path(file).stem}_{table}" if family == "synergy" else table
            write_table(ds, variables, folder / f"{stem}.csv")
    if "by_group" in datasets:
        write_table(by_region(datasets["by_group"]), ("level", "effect"), folder / "by_region.csv")
    effects = datasets["effects"]
    results.write_levels(effects, folder / "levels.csv")
    results.write_effects(effects, folder / "effects.csv")
    results.write_countries(effects, folder / "countries.csv")
    results.write_manifest(effects, folder, datasets=places)


def _file_name(dataset: str, taken: Any) -> str:
    """A file of the folder for a dataset, whatever signs its name has."""
    stem = re.sub(r"[^\w.-]+", "_", dataset)
    names = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    return next(place for name in names if (place := f"{DATA}/{name}.nc") not in taken)


def open_comparison(path: str | Path) -> dict[str, xr.Dataset]:
    """The datasets in a folder of ``lockin compare``, by name.

    Always there: ``effects`` (as :func:`lockin_sim.compare` returns it), ``by_group``, ``by_domain``,
    ``by_country`` and ``public_cost``; where they were asked for ``chain``, ``channels``, ``window``,
    ``futures``, and ``synergy_<scenario>`` for each package.
    Raises InputError for a folder that holds no comparison, or one that is damaged.
    """
    folder = Path(path)
    allowed = "a folder made by `lockin compare`"
    try:
        manifest = json_of(placed(folder, MANIFEST))
    except InputError as error:
        raise unusable("comparison", found=str(path), allowed=allowed) from error
    places = manifest.get("datasets") if isinstance(manifest, dict) else None
    if not isinstance(places, dict) or manifest.get("made_by") != MADE_BY:
        raise unusable("comparison", found=f"{path}, which lists no datasets", allowed=allowed)
    for name, place in places.items():
        inside = isinstance(place, str) and re.fullmatch(rf"{DATA}/[\w.-]+", place)
        if not inside or len(place) > 250:
            where = f"{folder / MANIFEST}: datasets.{name}"
            raise unusable(where, found=place, allowed=f"a file in {DATA}/ of the folder")
    return {name: read_dataset(placed(folder, place)) for name, place in places.items()}


def write_table(ds: xr.Dataset, variables: Sequence[str], path: Path) -> None:
    """Variables over the same axes as one table, with ends of intervals and pairs where there are any.

    One row for each combination of labels, with what labels stand for.  Of years, those that reports show;
    the year too where there is but one.  The unit, unless labels have units of their own.
    """
    columns = [n for v in variables for n in (v, f"{v}_low", f"{v}_high", _pairs(v)) if n in ds]
    part = ds[columns]
    if "year" in part.dims:
        part = part.sel(year=results.shown_years(ds))
    elif "year" in part.coords:
        part = part.expand_dims("year", axis=-1)
    axes = [str(axis) for axis in part[columns[0]].dims]
    about = {a: [n for n in (f"{a}_label", f"{a}_unit") if n in ds.coords] for a in axes}
    head = [name for a in axes for name in (a, *about[a])]
    named = any(name.endswith("_unit") for name in head)
    unit = {} if named or "units" not in ds[columns[0]].attrs else {"unit": ds[columns[0]].attrs["units"]}
    rows = _rows(part, axes, about, columns, [*unit.values()])
    results.write_csv(path, (*head, *unit, *columns), rows)


def _pairs(variable: str) -> str:
    """The variable that counts the pairs of another."""
    return "pairs_used" if variable == "effect" else f"{variable}_pairs_used"


def _rows(
    part: xr.Dataset,
    axes: Sequence[str],
    about: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    unit: Sequence[str],
) -> Iterator[list[Any]]:
    """The rows of a table: labels, unit, values."""
    labels = [list(zip(*(part[name].values for name in (axis, *about[axis])), strict=True)) for axis in axes]
    values = [part[name].transpose(*axes).values for name in columns]
    for at in np.ndindex(values[0].shape):
        named = [label for axis, position in zip(labels, at, strict=True) for label in axis[position]]
        yield [*named, *unit, *(v[at] for v in values)]
