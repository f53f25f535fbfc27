"""Freed memory is kept for the next year, also under the variable that Dask leaves behind."""

import os
import subprocess
import sys

import pytest

CHURN = """
import resource, sys
import numpy as np
from lockin_sim.engine.schedule import keep_memory
if sys.argv[1] == "kept":
    keep_memory()
np.ones(1_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones(1_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux alone has this variable")
def test_large_blocks_are_not_asked_for_again_and_again():
    def pages(how):
        """Pages that twenty arrays of 8 MB, each freed at once, ask the system for."""
        command = [sys.executable, "-c", CHURN, how]
        environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
        return int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)

    assert pages("kept") < pages("as it is") / 5
