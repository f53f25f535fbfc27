"""Freeze what is usual in the baseline: sponsors' shares of sales, and owners' shares of a country's base.

    python tools/freeze_baseline.py [--runs 512] [--seed 2010] [--histories] [--posterior] [--tastes]
                                    [--draws DIR]

Rewrites ``lockin_sim/data/sales_path.csv`` and ``lockin_sim/data/usual_base.csv``.  The agenda of the bodies
compares a sponsor's sales with the first, a member's vested interest its base with the second; both are
constants, the same in every run, scenario and engine.  To be run again when markets to 2020 are fitted again.
What it writes bears on the sales to 2020 only through the status of standards, which hardly moves them: one
pass is enough.

With ``--histories`` it freezes histories near the record instead, of the declared values, and with
``--posterior`` of the bundled draws, too: ``declared.nc`` in ``lockin_sim/data/posterior``, and there the
variable ``history`` of ``posterior.nc``.  To be run again when markets, restrictions or loans to 2023 are
fitted again; after a calibration its draws have histories already.

With ``--draws`` it ships the draws of the calibration in a folder, with a manifest of how they were made.

With ``--tastes`` it freezes the tastes of operators in all of these histories, ``tastes.nc``.  To be run
again when they or contracts change; until then tastes are computed when they are needed.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.common.netcdf import read_dataset, write_dataset
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.evidence.history_pools import add_histories, build_history_pools
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.facts import build_history_facts
from lockin_sim.record.histories import POOL
from lockin_sim.rules import voting
from lockin_sim.runs.provenance import compute_digest, source_digest
from lockin_sim.settings.ensemble import (
    BUNDLED,
    DATASET,
    DECLARED,
    HISTORY,
    STRUCTURES,
    TASTES,
    build_posterior_history,
    extract_parameter_values,
    find_recorded_operators,
    name_tastes_variable,
)
from lockin_sim.world.schema import DATA

#: Last year with records of sales in most domains: the path is held after.
RECORDED = 2020
#: Runs computed at once, and histories of the declared values.
AT_ONCE, ALTERNATIVES = 32, 256


class Usual(NamedTuple):
    """What is usual in some runs of the baseline."""

    sales: np.ndarray  # (run, year, domain, sponsor), shares of sales; of the first year those of the base
    base: np.ndarray  # (run, domain, standard), owners' share of a base in 2010, mean over countries


def usual(runs: int, seed: int) -> Usual:
    """Each of some runs of the baseline."""
    parts = [_some(range(first, min(first + AT_ONCE, runs)), seed) for first in range(0, runs, AT_ONCE)]
    return Usual(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _some(runs: Sequence[int], seed: int) -> Usual:
    """The same of some runs, as many as memory takes at once."""
    world, scenario, p = ls.load_world(), ls.load_scenario("baseline"), ls.Parameters()
    years = (world.first_year, RECORDED)
    batch = Batch(world, scenario, p, seed=seed, runs=runs, years=years, record=frozenset())
    built = batch.state.installed.sum(axis=-1) > 0  # (run, domain, country)
    share = voting.interest(batch.state.installed, world.owned_slots, np.zeros((1, len(world.standards))))
    base = share.sum(axis=-2) / np.maximum(built.sum(axis=-1), 1)[..., None]
    sales = [batch.state.sold[:, -1]]
    for year in range(years[0] + 1, years[1] + 1):
        simulate_year(batch, year)
        sales.append(batch.state.sold[:, -1])
    return Usual(np.stack(sales, axis=1), base)


def freeze_histories(*, posterior: bool) -> None:
    """Write files among the tables of the package, where nothing else may write."""
    world, how, made = ls.load_world(), {"progress": True}, {}
    with ls.running(engine="fast"), tempfile.TemporaryDirectory() as folder:
        found = build_history_pools(
            world,
            ls.Parameters(),
            build_history_facts(world),
            draws=1,
            pool=POOL,
            alternatives=ALTERNATIVES,
            **how,
        )
        about = {"world": world.name, "world_hash": compute_digest(world)}
        made[DECLARED] = xr.Dataset({HISTORY: found}, attrs=about)
        if posterior:
            draws = ls.open_results("bundled")
            made[DATASET] = add_histories(draws, world=world, parameters=ls.Parameters(), **how)
        for name, dataset in made.items():
            write_dataset(dataset, Path(folder) / name)
            shutil.copyfile(Path(folder) / name, BUNDLED / name)


def freeze_tastes() -> None:
    """Write the tastes of operators in all bundled histories, given their contracts."""
    world, draws, data = ls.load_world(), ls.open_results("bundled"), dict[str, xr.DataArray]()
    for posterior in (None, draws):
        source, name = (
            read_dataset(BUNDLED / DECLARED) if posterior is None else draws,
            name_tastes_variable(posterior),
        )
        history = source[HISTORY].transpose("draw", "which", "country")
        draw, which = np.indices(history.shape[:2]).reshape(2, -1)
        past = build_posterior_history(source, draw, which, world.countries)
        values = ls.Parameters(**({} if posterior is None else extract_parameter_values(draws, draw)))
        found = np.concatenate([
            ConditionedHistories.of(past, which, values, world).some(some).tastes()
            for some in np.array_split(np.arange(len(draw)), max(1, len(draw) // AT_ONCE))
        ])  # fmt: skip
        mine = found[:, find_recorded_operators(world)].astype(np.uint16)
        axes = (f"draw_{name}", f"which_{name}", "operator")
        data[name] = xr.DataArray(mine.reshape(*history.shape[:2], -1), dims=axes)
    about = {"contracts": compute_digest(world.contracts)}
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(xr.Dataset(data, attrs=about), Path(folder) / TASTES)
        shutil.copyfile(Path(folder) / TASTES, BUNDLED / TASTES)


def ship_draws(folder: Path) -> None:
    """Copy the draws of a calibration, and say how they were made."""
    draws, place = ls.open_results(folder), BUNDLED / "manifest.json"
    options = (f"--{name} {draws.attrs[name]}" for name in ("runs", "seed"))
    licence = json.loads(place.read_text(encoding="utf-8"))["licence"]
    about = {
        "made_by": "lockin_sim", "calibration": draws.attrs,
        "command": f"lockin calibrate --out posterior --engine fast {' '.join(options)}",
        "source": source_digest(), "licence": licence,
    }  # fmt: skip
    text = json.dumps(about, indent=2, default=lambda value: value.item())
    place.write_text(text + "\n", encoding="utf-8")
    for name in (DATASET, STRUCTURES):
        shutil.copyfile(folder / name, BUNDLED / name)


def main() -> None:
    """Write both tables, histories, tastes, or draws."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=512)
    parser.add_argument("--seed", type=int, default=2010)
    parser.add_argument("--histories", action="store_true")
    parser.add_argument("--posterior", action="store_true")
    parser.add_argument("--tastes", action="store_true")
    parser.add_argument("--draws", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.draws is not None:
        ship_draws(arguments.draws)
        return
    if arguments.histories or arguments.posterior:
        freeze_histories(posterior=arguments.posterior)
        return
    if arguments.tastes:
        freeze_tastes()
        return
    with limit_blas_threads():
        found = usual(arguments.runs, arguments.seed)
    world, sales, base = ls.load_world(), found.sales.mean(axis=0), found.base.mean(axis=0)
    sellers = [
        (d, h) for d in range(len(world.domains)) if world.buyer[d] != "adopters"
        for h in range(len(world.sponsors)) if world.sponsored[d, :, h].any()
    ]  # fmt: skip
    _write("sales_path", ("domain", "sponsor", "year", "share"), (
        (world.domains[d], world.sponsors[h], world.first_year + step, round(float(sales[step, d, h]), 5))
        for d, h in sellers for step in range(len(sales))
    ))  # fmt: skip
    _write("usual_base", ("domain", "standard", "share"), (
        (domain, standard, round(float(base[d, s]), 5))
        for d, domain in enumerate(world.domains)
        for s, standard in enumerate(world.standards) if (world.owners[s] > 0).any()
    ))  # fmt: skip


def _write(name: str, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write a table of the package."""
    with (DATA / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()
