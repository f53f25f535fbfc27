"""Simulated histories that all questions about the past are asked of."""

import sys
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2] / "tools")]

from history_runs import simulated

from lockin_sim.runs.context import now

RUNS, SEED = 24, 77

#: Runs near the record, and their last year.
KNOWN, UNTIL = 24, 2026


@pytest.fixture(scope="session")
def history():
    """Runs of the baseline with all that rows ask about, from a seed that nothing is fitted with."""
    engine = now().engine_for(years=1, bundled=True)  # of the bundled world, with more groups
    return simulated(RUNS, SEED, engine=engine, until=2050, facts=True)


@pytest.fixture(scope="session")
def known():
    """The same as users get it: orders, loans, contracts and shares on record are met up to the present."""
    engine = now().engine_for(years=1, bundled=True)
    return simulated(KNOWN, SEED, engine=engine, until=UNTIL, history="conditioned")
