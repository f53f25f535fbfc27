"""Ground that all tests share: the same examples every time, in any order, and modules that tests import."""

import os
import random
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

import lockin_sim as ls
from lockin_sim.common import engines
from lockin_sim.world import World

# `from properties.worlds import ...` works in every test file.
sys.path.append(str(Path(__file__).parent))

# Hypothesis also tries numbers and words that it reads in the source of those modules of the project that are
# loaded.  What is tried would then depend on which other tests are collected, and in which order they run.
NOTHING_READ = Constants()
providers._get_local_constants = lambda: NOTHING_READ

# The suite tries the same examples every time, so that a pass is a pass for ever.  Once a release, try
# fresh ones: HYPOTHESIS_PROFILE=fresh pytest
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "same", derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile("fresh", max_examples=1000, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_addoption(parser):
    """Let tests run in another order."""
    about = "run files in a random order, and the tests of each likewise"
    parser.addoption("--order", type=int, metavar="SEED", help=about)


def pytest_report_header(config):
    """Name the order, so that it can be asked for again."""
    seed = config.getoption("order")
    return None if seed is None else f"in the order of: --order {seed}"


@pytest.fixture(scope="session")
def real_world() -> World:
    """The bundled world."""
    return ls.load_world()


#: Tests of what is said of runs, in these folders, take the compiled engine for the bundled world where its
#: code is there: the engines agree to 1e-9, as tests/equivalence tests.
COMPILED = {"analysis", "app", "cli", "docs", "evidence", "experiments", "realism", "report", "studies"}


def pytest_sessionstart(session):
    """Hear interruptions; before the whole suite, compile once what its workers would all compile."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in the background:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # commands under test would be deaf, too
    whole = session.config.args_source is session.config.ArgsSource.TESTPATHS
    if whole and find_spec("numba") and not hasattr(session.config, "workerinput"):
        from lockin_sim.compiled.beforehand import compile_once

        compile_once(quiet=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Choose the engine of a test and of all that is made for it, however long it is kept.

    That its code must be loaded, once for all tests, is no reason against it.  Threads of a matrix product
    would wait for a processor that another worker has.
    """
    if item.path.relative_to(Path(__file__).parent).parts[0] not in COMPILED:
        return (yield)
    with (
        mock.patch.object(engines, "LOADED", 0),
        ls.running(engine=engines.AUTO),
        engines.limit_blas_threads(),
    ):
        return (yield)


def pytest_collection_modifyitems(config, items):
    """Let random scenarios have lines that take another's place; put tests in the order asked for.

    Those of a file stay together, for they share what they compute.
    """
    seed = config.getoption("order")
    if seed is not None:
        chance, files = random.Random(seed), dict[Path, list[pytest.Item]]()
        for item in items:
            files.setdefault(item.path, []).append(item)
        shuffled = chance.sample(list(files.values()), len(files))
        items[:] = [item for tests in shuffled for item in chance.sample(tests, len(tests))]
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.filterwarnings(r"ignore:scenario .*levers\[:UserWarning"))
