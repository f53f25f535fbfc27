"""The app without a browser: a desk whose units are computed here, one after the other, and short runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lockin_sim.app.limits import LIMITS
from lockin_sim.app.session import Desk, Session
from lockin_sim.app.turns import Turns
from lockin_sim.world import World

# `from chromium import ...`: the browser of the report's tests
sys.path.append(str(Path(__file__).parents[1] / "report"))

#: Last year of all runs: enough for levers to act.
LAST = 2026


class ShortDesk(Desk):
    """A desk whose runs end early."""

    @property
    def years(self) -> tuple[int, int]:
        return (2010, LAST)


@pytest.fixture
def desk(real_world: World) -> Desk:
    limits = LIMITS._replace(runs=16, chain_runs=8)
    return ShortDesk(Turns(limits.waiting), world=real_world, limits=limits)


@pytest.fixture
def session(desk: Desk) -> Session:
    return Session(desk)


def compute(desk: Desk, most: int = 1000) -> int:
    """Compute what waits, as the processes would; how many units that were."""
    done = 0
    while desk.turns._waiting and done < most:
        taken = desk.turns.take()
        assert taken is not None
        _, unit = taken
        try:
            result = unit.work.done(None)
        except Exception as error:
            result = error
        unit.inbox.put((unit.key, result))
        done += 1
    return done


def until(session: Session, ready: Callable[[], bool]) -> set[str]:
    """Compute and collect until something holds; all that was new on the way."""
    new: set[str] = set()
    for _ in range(200):
        new |= session.collect()
        if ready():
            return new
        assert compute(session.desk, 1) or session.inbox.qsize(), "nothing waits, and it does not hold"
    raise AssertionError("it does not come to hold")


__all__ = ["LAST", "compute", "until"]
