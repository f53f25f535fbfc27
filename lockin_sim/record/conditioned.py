"""Histories that meet the recorded contracts of operators: tastes and luck, drawn for each run and cached.

Tastes are drawn first: for each operator one of several candidates, weighted by the likelihood of its
contracts given the offers of the time.  Then the luck of its tenders is drawn given the recorded winners
(:mod:`lockin_sim.engine.guided`).  Tastes and luck belong to the world's own baseline at a run's parameters,
and are shared by every scenario, world and parameter of a study.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.common.draws import History, Luck
from lockin_sim.common.engines import AUTO, choose_engine, find_stages, limit_blas_threads
from lockin_sim.common.errors import unusable
from lockin_sim.common.files import cache_folder
from lockin_sim.common.replaced import find_replaced_code
from lockin_sim.common.values import select_runs
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World, resolve_world
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.digests import compute_digest, compute_digest_or_blank

if TYPE_CHECKING:
    from lockin_sim.engine.schedule import Stages

#: Runs guided together.
AT_ONCE = 16

#: Runs that are kept in this process, and on disk, where each takes some 50 kB.
_IN_MEMORY, _ON_DISK = 2048, 1024

#: What a run's history follows from beside tables and parameters, below the package: code, of a folder all
#: modules that are directly in it, and the scenario in which the record is met.
SOURCES = (
    "common/conventions.py",
    "common/draws.py",
    "compiled",
    "compiled/lanes",
    "compiled/stages",
    "data/policies/baseline.toml",
    "engine",
    "model",
    "model/decisions",
    "record/conditioned.py",
    "rules",
    "settings/declared.py",
    "settings/ensemble.py",
    "settings/levers",
    "settings/parameters.py",
    "settings/scenario.py",
    "world",
)


@dataclass(frozen=True, eq=False)
class ConditionedHistories:
    """Histories of runs near the record, whose recorded tenders end as recorded in the baseline.

    They are computed on demand by position, ``self[some]``, and cached.

    past        shocks of a pool, and tastes of operators if they are known already
    runs        run numbers
    parameters  of the baseline, one set for all or one for each run
    world       world of the baseline; None = the bundled world
    on_disk     whether to keep histories on disk, for other processes; those of a large design stay in memory
    """

    past: History
    runs: Integers
    parameters: Parameters
    world: World | None = None
    on_disk: bool = True

    @classmethod
    def of(cls, past: History, runs: Integers, parameters: Parameters, world: World) -> ConditionedHistories:
        """Build histories that extend to the present of a world.

        Raises InputError for a noise scale of 0 or below, which leaves no luck to draw.
        """
        if np.any(np.asarray(parameters.at(world.first_year).noise_scale) <= 0):
            allowed = "above 0 with history 'conditioned', which draws luck given the record"
            raise unusable("noise_scale", found=0, allowed=allowed)
        world = world.facts.get("recorded", world)
        last = max(past.last, world.present)
        return cls(
            replace(past, last=last), runs, parameters, None if world is resolve_world(None) else world
        )

    def __len__(self) -> int:
        return len(self.runs)

    def some(self, places: Any) -> ConditionedHistories:
        """Return the conditioned histories of runs selected by position, not yet computed."""
        return replace(
            self, past=self.past[places], runs=self.runs[places], parameters=self.parameters.select(places)
        )

    def __getitem__(self, places: Any) -> History:
        """Return the histories of runs selected by position: read from the cache, or computed and cached."""
        mine = self.some(places)
        world = resolve_world(mine.world)
        keys = mine._compute_cache_keys(world)
        rows = {place: row for place, key in enumerate(keys) if (row := _load_row(key)) is not None}
        missing = np.array([place for place in range(len(keys)) if place not in rows], dtype=int)
        for first in range(0, len(missing), AT_ONCE):
            part = missing[first : first + AT_ONCE]
            for place, row in zip(part.tolist(), mine.some(part)._computed(world), strict=True):
                rows[place] = row
                _store_row(keys[place], row, on_disk=self.on_disk)
        return mine._combine_rows(world, [rows[place] for place in range(len(keys))])

    def tastes(self) -> Integers:
        """Compute the tastes of operators alone, given their contracts.  (run, operator)."""
        from lockin_sim.engine.guided import simulate_guided  # lazy, so that agents run without it
        from lockin_sim.engine.tastes import draw_operator_tastes

        world = resolve_world(self.world)
        with limit_blas_threads():
            how: dict[str, Any] = {"stages": self._choose_stages(world), "evidence": True}
            said = simulate_guided(world, self.parameters, self.past, self.runs, **how).evidence
            assert said is not None
            return draw_operator_tastes(world, self.parameters, self.past, self.runs, said)

    def _choose_stages(self, world: World) -> Stages:
        """Return the implementation of each stage of a year: compiled or numpy."""
        years = len(self) * (world.present - world.first_year)
        how = {"bundled": self.world is None, "compiles": world.compiles, "agents": False}
        stages: Stages = find_stages(choose_engine(AUTO, years=years, **how))
        return stages

    def _compute_cache_keys(self, world: World) -> list[str]:
        """Compute the cache key of each run's history from all that determines the history.

        Keys are "" if the world cannot be identified or a user's own code, outside the package, decides.
        """
        tables = _compute_world_digest(world) if world.term is None else compute_digest_or_blank(world)
        if not tables or world.has_own_procedures or find_replaced_code():
            return [""] * len(self)
        common = [tables, compute_code_digest(), self.past.seed, self.past.last]
        past, tastes, values = self.past, self.past.tastes, self.parameters.as_dict()
        return [
            compute_digest(
                [
                    *common,
                    int(run),
                    {name: select_runs(value, place) for name, value in values.items()},
                    past.numbers[place],
                    int(past.world[place]),
                    None if tastes is None else tastes[place],
                ]
            )
            for place, run in enumerate(self.runs)
        ]

    def _computed(self, world: World) -> list[Row]:
        """Compute tastes and luck of each run, one row for each."""
        from lockin_sim.engine.guided import simulate_guided  # lazy, so that agents run without it

        past = self.past if self.past.tastes is not None else replace(self.past, tastes=self.tastes())
        with limit_blas_threads():
            how: dict[str, Any] = {"stages": self._choose_stages(world), "evidence": False}
            luck = simulate_guided(world, self.parameters, past, self.runs, **how).luck
        assert past.tastes is not None
        parts = [slice(*luck.first[run : run + 2]) for run in range(len(self))]
        return [
            {"tastes": tastes, "key": luck.key[part], "shock": luck.shock[part]}
            for tastes, part in zip(past.tastes, parts, strict=True)
        ]

    def _combine_rows(self, world: World, rows: list[Row]) -> History:
        """Combine the rows of single runs into one history."""
        first = np.concatenate([[0], np.cumsum([len(row["key"]) for row in rows], dtype=np.intp)])
        key, shock = (np.concatenate([row[name] for row in rows]) for name in ("key", "shock"))
        luck = Luck(first, key, shock, len(world.lots))
        return replace(self.past, tastes=np.stack([row["tastes"] for row in rows]), luck=luck)


@cache_per_world(most=1)
def _compute_world_digest(world: World) -> str:
    """Compute the digest of a world; cached, so only for a world without a user's own term."""
    return compute_digest_or_blank(world)


#: Tastes of one run, and key and shock of its luck, as of ``History``.
type Row = dict[str, np.ndarray]

#: Rows of this process, the last used last; one thread at a time changes them.
_ROWS: OrderedDict[str, Row] = OrderedDict()
_LOCK = threading.Lock()


@functools.cache
def compute_code_digest() -> str:
    """Compute the digest of the files in :data:`SOURCES` and of the numpy version; cached."""
    package = Path(__file__).parents[1]
    content = hashlib.sha256(importlib.metadata.version("numpy").encode())
    for name in SOURCES:
        place = package / name
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place]:
            content.update(path.read_bytes())
    return content.hexdigest()[:12]


def _load_row(key: str) -> Row | None:
    """Load a run's history from the cache in memory or on disk; None if the cache lacks it."""
    if not key:
        return None
    with _LOCK:
        if key in _ROWS:
            _ROWS.move_to_end(key)
            return _ROWS[key]
    folder = cache_folder("histories")
    if folder is None:
        return None
    path = folder / f"{key}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            row = {name: stored[name] for name in ("tastes", "key", "shock")}
        os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # none, or one that was not written whole
        return None
    _store_row_in_memory(key, row)
    return row


def _store_row(key: str, row: Row, *, on_disk: bool) -> None:
    """Store a run's history in the cache in memory, and on disk if wanted and the folder is writable."""
    if not key:
        return
    _store_row_in_memory(key, row)
    folder = cache_folder("histories") if on_disk else None
    if folder is None:
        return
    unfinished = folder / f".{key}.{os.getpid()}.{threading.get_ident()}.npz"
    with contextlib.suppress(OSError):
        np.savez(unfinished, tastes=row["tastes"], key=row["key"], shock=row["shock"])
        unfinished.replace(folder / f"{key}.npz")
        _delete_old_rows(folder)


def _store_row_in_memory(key: str, row: Row) -> None:
    """Store a row in memory; drop the row least recently used beyond the limit."""
    with _LOCK:
        _ROWS[key] = row
        if len(_ROWS) > _IN_MEMORY:
            _ROWS.popitem(last=False)


def _delete_old_rows(folder: Path) -> None:
    """Delete the least recently used files, down to three quarters of the limit, if there are too many."""
    rows = [entry for entry in os.scandir(folder) if entry.name.endswith(".npz")]
    if len(rows) > _ON_DISK:
        old = sorted(rows, key=lambda each: each.stat().st_mtime)
        for entry in old[: len(rows) - 3 * _ON_DISK // 4]:
            Path(entry.path).unlink(missing_ok=True)
