"""A search as a folder: dataset, tables, figures, an answer in words, and a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.search.told import sentences, table
from lockin_sim.errors import unusable
from lockin_sim.netcdf import write_dataset
from lockin_sim.studies import results
from lockin_sim.studies.placing import MADE_BY, MANIFEST, write_json

if TYPE_CHECKING:
    import xarray as xr

DATASET, ANSWER = "search.nc", "answer.md"

#: Tables of a search.
FRONT, FRESH, DRAWS, PATHWAYS = "front.csv", "fresh.csv", "regret.csv", "pathways.csv"

#: Figures, by the function of :mod:`lockin_sim.plots` that draws them.
FIGURES = ("packages",)

#: Where in the folder the runs are kept.
RUNS = "runs"

_MINE = (DATASET, ANSWER, FRONT, FRESH, DRAWS, PATHWAYS, MANIFEST, RUNS, *(f"{name}.png" for name in FIGURES))


def check_folder(folder: Path) -> None:
    """Raises InputError unless the folder is new, empty, or one of a search and nothing else."""
    allowed = "a new folder, an empty one, or one of a search"
    if folder.exists() and not folder.is_dir():
        raise unusable("output folder", found=str(folder), allowed=f"{allowed}, not a file")
    other = sorted(p.name for p in folder.iterdir() if p.name not in _MINE) if folder.is_dir() else []
    if other:
        raise unusable("output folder", found=f"{folder}, which holds {other[0]}", allowed=allowed)


def write(found: xr.Dataset, folder: Path) -> None:
    """All files of a search; figures last, so that one that fails loses nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    write_dataset(found, folder / DATASET)
    write_json(folder / MANIFEST, {"made_by": MADE_BY, "search": found.attrs})
    write_tables(found, folder)


def write_tables(found: xr.Dataset, folder: Path) -> None:
    """Tables, the answer in words, and then figures."""
    goals = [str(goal) for goal in found["goal"].values]
    decisions = [str(name) for name in found["decision"].values]
    results.write_csv(folder / FRONT, ("package", *decisions, *goals), _front(found))
    judged = ("dominated_by", "firm", "satisfies", "regret_mean", "regret_max")
    ends = [f"{goal}_{end}" for goal in goals for end in ("effect", "low", "high", "worst", "meets")]
    results.write_csv(folder / FRESH, ("package", *judged, *ends), _fresh(found, judged))
    results.write_csv(folder / DRAWS, ("package", "draw", "regret", *goals), _draws(found))
    results.write_csv(folder / PATHWAYS, *_pathways(found, goals))
    (folder / ANSWER).write_text(_answer(found), encoding="utf-8")
    from lockin_sim import plots

    for name in FIGURES:
        plots.save(getattr(plots, name)(found), folder / f"{name}.png")


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
