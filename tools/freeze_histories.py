"""Freeze histories near the record: of the declared values, and with --posterior of the bundled draws, too.

    python tools/freeze_histories.py [--posterior]

Rewrites ``declared.nc`` in ``lockin_sim/data/posterior``, and there the variable ``history`` of
``posterior.nc``.  To be run again when markets, restrictions or loans to 2023 are fitted anew; after a
calibration its draws have histories already.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import xarray as xr

import lockin_sim as ls
from lockin_sim.ensemble import BUNDLED, DATASET, DECLARED, HISTORY
from lockin_sim.histories import POOL
from lockin_sim.netcdf import write_dataset
from lockin_sim.record.facts import history_facts
from lockin_sim.runs.provenance import digest
from lockin_sim.studies.pools import pools, with_histories

#: Histories of the declared values.
ALTERNATIVES = 256


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posterior", action="store_true")
    arguments = parser.parse_args()
    world, how = ls.load_world(), {"progress": True}
    facts = history_facts(world)
    with ls.running(engine="fast"):
        found = pools(world, ls.Parameters(), facts, draws=1, pool=POOL, alternatives=ALTERNATIVES, **how)
        about = {"world": world.name, "world_hash": digest(world)}
        _write(xr.Dataset({HISTORY: found}, attrs=about), DECLARED)
        if arguments.posterior:
            made = with_histories(ls.open_results("bundled"), world=world, parameters=ls.Parameters(), **how)
            _write(made, DATASET)


def _write(made: xr.Dataset, name: str) -> None:
    """Write a file among the tables of the package, where nothing else may write."""
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(made, Path(folder) / name)
        shutil.copyfile(Path(folder) / name, BUNDLED / name)


if __name__ == "__main__":
    main()
