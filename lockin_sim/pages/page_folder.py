"""Write a page with its numbers into a folder, and compose the command that makes them again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.common.netcdf import write_dataset
from lockin_sim.pages.figures import attempted
from lockin_sim.runs.results import more_files, new_folder, write_frame, write_manifest
from lockin_sim.settings.ensemble import BUNDLED_NAME
from lockin_sim.world import BUNDLED
from lockin_sim.world.own_facts import given_facts

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def write_page(
    out: str | Path,
    name: str,
    html: str,
    datasets: Mapping[str, xr.Dataset],
    tables: Mapping[str, pd.DataFrame],
    *,
    figures: bool = True,
) -> Path:
    """Write page, datasets, tables, figures and manifest into a folder, all or none; return the page.

    name       of the page and of its dataset, which has the provenance
    datasets, tables  by file name
    figures    whether to draw the figures declared for datasets of this name

    Raises InputError for a folder that cannot be written to.
    """
    place = Path(out)
    with new_folder(place) as folder:
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
        for file, ds in datasets.items():
            write_dataset(ds, folder / f"{file}.nc")
        for file, table in tables.items():
            write_frame(folder / f"{file}.csv", table)
        write_manifest(folder, datasets[name].attrs)
    if figures:
        from lockin_sim.pages.plots.kit.figures import saving  # loads matplotlib

        with more_files(place) as folder:  # the numbers are safe even if a figure fails
            attempted(saving(name, datasets[name], folder, svg=True))
    return place / f"{name}.html"


def typed(*words: object) -> str:
    """Quote the words of a command for a shell."""
    return shlex.join(map(str, words))


def each(option: str, values: Iterable[object]) -> list[object]:
    """Repeat an option for each of some values."""
    return [word for value in values for word in (f"--{option}", value)]


def of_parameters(values: Mapping[str, Any]) -> list[object]:
    """Return options for parameters, by name as the attributes of a dataset have them."""
    return each("parameter", (f"{name}={_number(value)}" for name, value in values.items()))


def _number(value: Any) -> str:
    """Format a number, or numbers by year, as an option; one number per run has no such form."""
    if isinstance(value, dict):
        return ",".join(f"{year}:{_number(number)}" for year, number in value.items())
    return "BY_RUN" if isinstance(value, list) else repr(float(value)).removesuffix(".0")


def of_draws(about: Mapping[str, Any]) -> list[object]:
    """Return options for the world and the source of draws in a dataset's attributes; none for defaults."""
    source, bundled = about.get("posterior"), about["world"] == BUNDLED
    world = [] if bundled else ["--world", about["world"]]
    if source is None:
        return world + (["--declared"] if bundled else [])
    return world + ([] if source == BUNDLED_NAME else ["--posterior", source])


def of_runs(about: Mapping[str, Any]) -> list[object]:
    """Return options for parameters, own facts, world, draws, their number and the seed.

    about  attributes of a dataset of draws
    """
    changed = of_parameters(json.loads(about.get("parameters", "{}")))
    facts = each("supplier", given_facts(about))
    return [*changed, *facts, *of_draws(about), "--runs", about["draws"], "--seed", about["seed"]]
