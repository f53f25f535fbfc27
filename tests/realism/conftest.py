"""One simulated history that all questions about the past are asked of."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools"))

from history_runs import simulated

from lockin_sim.runs.context import now

RUNS, SEED = 24, 77


@pytest.fixture(scope="session")
def history():
    """Runs of the baseline with all that rows ask about, from a seed that nothing is fitted with."""
    engine = now().engine_for(years=1, bundled=True)  # of the bundled world, with more groups
    return simulated(RUNS, SEED, engine=engine, until=2050, facts=True)
