"""The batch script and the container file of docs/cluster.md do here what they do elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.test_shared_options import EXPERIMENT
from sweep.conftest import ON_A_CLUSTER, same

import lockin_sim as ls

pytestmark = ON_A_CLUSTER

ROOT = Path(__file__).parents[2]
FILES = ROOT / "tools" / "cluster"

#: It starts what SLURM's starts, on this machine.
SRUN = """#!/bin/bash
for word; do case $word in --ntasks=*) n=${word#*=};; --*) ;; *) break;; esac; shift; done
for ((k = 0; k < n; k++)); do "$@" & done
wait
"""


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A folder with an experiment, and the environment of a job of three tasks."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "srun").write_text(SRUN)
    (tmp_path / "bin" / "srun").chmod(0o755)
    (tmp_path / "e.toml").write_text(EXPERIMENT)
    path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    of_job = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "3", "SLURM_MEM_PER_CPU": "2000"}
    for name, value in (of_job | {"PATH": path, "LOCKIN_CPU": ""}).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def submit(folder, *words):
    """Run the batch script as a job does."""
    script = ["bash", str(FILES / "lockin.sbatch"), *words]
    return subprocess.run(script, cwd=folder, capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.slow
def test_a_batch_job_gives_what_this_machine_gives_and_leaves_only_its_store(job):
    done = submit(job, "sweep", "e.toml", "--out", "sweep")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in job.iterdir()) == ["bin", "e.toml", "sweep"]
    with ls.running(engine="fast"):
        alone = ls.load_experiment(job / "e.toml").sweep(job / "alone", workers=1)
    assert same(ls.open_results(job / "sweep"), alone)
    again = submit(job, "sweep", "e.toml", "--out", "sweep", "--resume")
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
def test_a_batch_job_that_is_refused_ends_all_that_it_started(job):
    done = submit(job, "sweep", "none.toml", "--out", "sweep")
    assert done.returncode == 2
    assert "none.toml" in done.stderr
    assert sorted(path.name for path in job.iterdir()) == ["bin", "e.toml"]


def test_the_container_file_takes_what_the_package_is_built_of():
    text = (FILES / "Containerfile").read_text(encoding="utf-8")
    taken = [word for line in re.findall(r"^COPY (.*)", text, re.M) for word in line.split()[:-1]]
    assert [name for name in taken if not (ROOT / name).exists()] == []
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = {"pyproject.toml", "lockin_sim", re.search(r'^readme = "(.*?)"', project, re.M)[1]}
    assert needed | set(re.findall(r"^license-files = \[\"(.*?)\"", project, re.M)) <= {*taken}
