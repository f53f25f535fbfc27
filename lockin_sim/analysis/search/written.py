"""A search as a folder: dataset, tables, figures, an answer in words, and a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.search.told import sentences, table
from lockin_sim.files import whole_file
from lockin_sim.netcdf import write_dataset
from lockin_sim.results.folder import check_folder as check_place
from lockin_sim.results.folder import more_files, new_folder, write_manifest
from lockin_sim.results.tables import write_csv

if TYPE_CHECKING:
    import xarray as xr

DATASET, ANSWER = "search.nc", "answer.md"

#: Tables of a search.
FRONT, FRESH, DRAWS, PATHWAYS = "front.csv", "fresh.csv", "regret.csv", "pathways.csv"

#: Where in the folder the runs are kept, and the key of the manifest.
RUNS, KIND = "runs", "search"


def check_folder(folder: Path) -> None:
    """Raises InputError unless the folder is new, empty, or one of an earlier search."""
    check_place(folder, (RUNS,), KIND)


def write(found: xr.Dataset, folder: Path) -> None:
    """All files of a search; figures last, so that one that fails loses nothing."""
    with new_folder(folder, (RUNS,), KIND) as made:
        write_dataset(found, made / DATASET)
        _write_tables(found, made)
        write_manifest(made, {KIND: found.attrs})
    with more_files(folder) as made:
        _write_figures(found, made)


def write_tables(found: xr.Dataset, folder: Path) -> None:
    """Tables, the answer in words, and then figures."""
    _write_tables(found, folder)
    _write_figures(found, folder)


def _write_figures(found: xr.Dataset, folder: Path) -> None:
    """All figures."""
    from lockin_sim import plots

    for save in plots.saving(KIND, found, folder).values():
        save()


def _write_tables(found: xr.Dataset, folder: Path) -> None:
    """Tables, and the answer in words."""
    goals = [str(goal) for goal in found["goal"].values]
    decisions = [str(name) for name in found["decision"].values]
    write_csv(folder / FRONT, ("package", *decisions, *goals), _front(found))
    judged = ("dominated_by", "firm", "satisfies", "regret_mean", "regret_max")
    ends = [f"{goal}_{end}" for goal in goals for end in ("effect", "low", "high", "worst", "meets")]
    write_csv(folder / FRESH, ("package", *judged, *ends), _fresh(found, judged))
    write_csv(folder / DRAWS, ("package", "draw", "regret", *goals), _draws(found))
    write_csv(folder / PATHWAYS, *_pathways(found, goals))
    with whole_file(folder / ANSWER) as unfinished:
        unfinished.write_text(_answer(found), encoding="utf-8")


def _front(found: xr.Dataset) -> Iterator[Sequence[Any]]:
    """Settings and mean effects in the draws that were searched."""
    for number, settings, means in zip(
        found["package"].values, found["setting"].values, found["searched"].values, strict=True
    ):
        yield [number, *settings, *means]


def _fresh(found: xr.Dataset, judged: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Rows of packages on fresh draws."""
    names = ("effect", "effect_low", "effect_high", "worst", "meets")
    by_goal = np.stack([found[name].transpose("package", "goal").values for name in names], axis=-1)
    for k, number in enumerate(found["package"].values):
        yield [number, *(found[name].values[k] for name in judged), *by_goal[k].ravel()]


def _draws(found: xr.Dataset) -> Iterator[Sequence[Any]]:
    """Rows of packages by draw."""
    effects = found["effect_by_draw"].transpose("package", "draw", "goal").values
    for k, number in enumerate(found["package"].values):
        for draw in range(found.sizes["draw"]):
            yield [number, draw, found["regret"].values[k, draw], *effects[k, draw]]


def _pathways(found: xr.Dataset, goals: Sequence[str]) -> tuple[Sequence[str], Iterator[Sequence[Any]]]:
    """Head and rows of the pathways."""
    words = ("lever", "lever_title", "verdict", "signpost")
    numbers = ("loss", "at_once", "pays", "threshold", "above", "area", "area_error", "right", "always")
    several = ("waiting", "waiting_low", "waiting_high", "adding", "adding_low", "adding_high")
    head = (*words, *numbers, *(f"{name}_{goal}" for goal in goals for name in several))

    def rows() -> Iterator[Sequence[Any]]:
        """A row for every lever."""
        for k in range(found.sizes["lever"]):
            by_goal = [found[name].values[k, g] for g in range(len(goals)) for name in several]
            yield [*(found[name].values[k] for name in (*words, *numbers)), *by_goal]

    return head, rows()


def _answer(found: xr.Dataset) -> str:
    """Sentences, and the table of packages in Markdown."""
    rows = table(found)
    lines = ["\n\n".join(sentences(found)), ""]
    if rows:
        lines += ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
        lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"
