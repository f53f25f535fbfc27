"""Are files of equal runs equal bytes, whatever order a process happens to keep names in?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Everything that writes: both engines, points, a comparison's folder, a sweep and its export.
SCRIPT = """
import sys
from pathlib import Path
import lockin_sim as ls
from lockin_sim import report
from lockin_sim.cli import main
from lockin_sim.runs.store_datasets import export

out, none, world = Path(sys.argv[1]), ls.Scenario.none(), ls.toy_world(6, 2)
how = {"scenario": none, "world": world}
for engine in ("core", "mesa"):
    record = ["installed", "landings", "adoption"]
    found = ls.simulate(**how, runs=1, years=(0, 3), engine=engine, record=record)
    found.to_netcdf(out / f"{engine}.nc", engine="scipy")
points = ls.evaluate({"switching_cost": [1.0, 2.0]}, **how, years=(2, 3), runs=2)
points.to_netcdf(out / "points.nc", engine="scipy")
report.Comparison.figures = lambda self: {}  # tests/plots asks it of a figure, and all of them take long
case = "experiments/gsm_and_cdma/"
asked = [case + "no_common_push.toml", "--world", case + "world", "--runs", "2", "--workers", "1"]
assert main(["compare", *asked, "--out", str(out / "compared")]) == 0
design = ls.design.sobol(["switching_cost"], n=4)
ls.sweep(design, **how, out=out / "s.zarr", years=(2, 3), runs=2, record=["installed"])
export(out / "s.zarr", out / "s.csv")
"""

#: Files of a store that say when it was made and by whom.
SESSIONS = (".journal", ".lock")


def written(hash_seed, folder):
    folder.mkdir()
    surroundings = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in SESSIONS)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.slow
def test_files_of_equal_runs_are_equal_bytes(tmp_path):
    one, other = (written(seed, tmp_path / seed) for seed in ("1", "2"))
    assert one.keys() == other.keys()
    assert len(one) > 20
    assert [name for name in one if one[name] != other[name]] == []
