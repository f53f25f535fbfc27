"""The app without a browser: a desk whose units are computed here, one after the other, and short runs."""

import asyncio
import inspect
import sys
from pathlib import Path

import pytest

from lockin_sim.app.session import BLOCK, LIMITS, Session, SharedContext
from lockin_sim.app.workers import RoundRobinQueue
from lockin_sim.runs.context import now

# `from computing import ...`, and `from chromium import ...`: the browser of the report's tests
sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "report")]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Tests that speak with a server are coroutines."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


class ShortDesk(SharedContext):
    """A desk whose runs end early."""

    @property
    def years(self):
        return (2010, 2030)


@pytest.fixture
def desk(real_world):
    limits = LIMITS._replace(runs=BLOCK, chain_runs=BLOCK)
    engine = now().engine_for(years=1, bundled=True)
    return ShortDesk(RoundRobinQueue(limits.waiting), world=real_world, limits=limits, engine=engine)


@pytest.fixture
def session(desk):
    return Session(desk)
