"""Sweeps of growing size: cost of a run, memory of each process, and size of the store.

``python -m benchmarks.scale`` sweeps a toy world of three countries, whose runs cost next to nothing, so
that what is measured is the sweep itself.  ``python -m benchmarks.scale EXPERIMENT`` measures the sweep of
an experiment file.  Results go to ``results/benchmarks/``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lockin_sim as ls
from benchmarks.measuring import OUT, about, high_water, machine, of_children, say, table, write

if TYPE_CHECKING:
    import xarray as xr

#: Points of the toy sweeps, with 8 runs each.
POINTS = (125, 1_250, 12_500)

#: How often progress is said, seconds.
PAUSE = 30

type Sweep = Callable[..., xr.Dataset]


def toy(points: int, **how: Any) -> xr.Dataset:
    """A sweep of a world of three countries, with all outcomes it has."""
    return ls.sweep(
        ls.design.sobol({"switching_cost": (0, 5), "noise_scale": (0.5, 1.5)}, n=points, seed=1),
        scenario=ls.Scenario.none(),
        world=ls.toy_world(n_countries=3, n_vendors=2, lifetime=2),
        parameters=ls.Parameters.neutral(),
        years=(3, 6),
        seed=1,
        **how,
    )


def of_experiment(path: Path, points: int, **how: Any) -> xr.Dataset:
    """The sweep of the first points of an experiment file; 0 = all."""
    loaded = ls.load_experiment(path)
    part = loaded.design.rows(range(points or len(loaded.design)))
    return replace(loaded, design=part).sweep(**how)


def swept(sweep: Sweep, out: Path, workers: int) -> dict[str, Any]:
    """Sweep into a store and measure; in a process that does nothing else."""
    peak, done, said = 0.0, 0, time.monotonic()

    def look(more: int) -> None:
        """Note the memory, and now and then say how far it is."""
        nonlocal peak, done, said
        peak, done = max(peak, of_children()), done + more
        if time.monotonic() > said + PAUSE:
            said = time.monotonic()
            say(f"{done:,} runs, {done / (said - wall_began):.3g} a second")

    wall_began, cpu_began = time.monotonic(), _cpu()
    ds = sweep(out=out, workers=workers, progress=look)
    wall, cpu = time.monotonic() - wall_began, _cpu() - cpu_began
    runs = ds.sizes["point"] * ds.sizes["run"]
    numbers = sum(v.nbytes for v in ds.variables.values() if v.dtype.kind == "f")
    content = list(out.rglob("*"))
    return {
        "runs": runs,
        "failed": int(ds.attrs["runs_failed"]),
        "runs_per_second": runs / wall,
        "wall_ms_per_run": 1e3 * wall / runs,
        "cpu_ms_per_run": 1e3 * cpu / runs,
        "peak_memory_MB": high_water(),
        "peak_memory_of_workers_MB": peak,
        "numbers_MB": numbers / 1e6,
        "store_over_numbers": sum(p.stat().st_size for p in content if p.is_file()) / numbers,
        "on_disk_over_numbers": sum(p.stat().st_blocks * 512 for p in [out, *content]) / numbers,
    }


def _cpu() -> float:
    """CPU seconds of this process and of those it started and saw end."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(s.ru_utime + s.ru_stime for s in spent)


def markdown(result: dict[str, Any]) -> str:
    """The whole result as a page."""
    rows = result["sweeps"]
    return "\n".join(
        [
            "# Sweeps of growing size",
            "",
            f"Made by `python -m benchmarks.scale`: {result['what']}, {result['workers']} process(es).",
            "The size of a store, that of its files and the room they take on disk, is given in that of the",
            "numbers in it. The smallest sweep also bears what each costs once.",
            "",
            *table([name.replace("_", " ") for name in rows[0]], [list(row.values()) for row in rows]),
            "",
            f"Machine: {about(result['machine'])}",
            "",
        ]
    )


def scale(sweeps: Sequence[Sweep], what: str, workers: int, folder: Path) -> dict[str, Any]:
    """Measure each sweep in a new process; their stores are made in the folder."""
    found = []
    for number, sweep in enumerate(sweeps):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            found.append(pool.submit(swept, sweep, folder / f"{number}.zarr", workers).result())
    return {"machine": machine(), "what": what, "workers": workers, "sweeps": found}


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("experiment", nargs="?", type=Path, help="an experiment file; none = toy worlds")
    parser.add_argument("--points", nargs="+", type=int, help="points of each sweep; none = all")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--store", type=Path, help="folder to keep the stores in; none = a temporary one")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    chosen = parser.parse_args(arguments)
    path = chosen.experiment
    sizes = chosen.points or ((0,) if path else POINTS)
    sweeps = [partial(of_experiment, path, n) if path else partial(toy, n) for n in sizes]
    what = f"the experiment {ls.load_experiment(path).name}" if path else "a toy world of three countries"
    with tempfile.TemporaryDirectory(dir=chosen.out.parent) as scratch:
        result = scale(sweeps, what, chosen.workers, chosen.store or Path(scratch))
    name = f"scale_{ls.load_experiment(path).name}" if path else "scale"
    write(chosen.out, name, result, markdown(result))


if __name__ == "__main__":
    main()
