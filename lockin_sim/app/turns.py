"""Whose turn it is: units of several visitors, one of each in turn, and a bound for each of them."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from lockin_sim.errors import InputError


@dataclass(frozen=True)
class Unit:
    """Something to compute for a visitor.

    key    names what is computed: equal keys, equal results
    work   what computes it, in another process: ``work.done(world)``
    inbox  takes (key, result or exception)
    """

    key: str
    work: Any
    inbox: SimpleQueue[tuple[str, Any]]


class Turns:
    """Units that wait.  Visitors take turns, so that one who asks for much delays nobody for longer than a
    unit takes; the units of one visitor come in the order in which they were asked for.

    most  units of one visitor that wait at most
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._waiting: OrderedDict[int, deque[Unit]] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, visitor: int, unit: Unit) -> None:
        """Let a unit wait.  Raises InputError where too many of the visitor's wait already."""
        with self._changed:
            mine = self._waiting.setdefault(visitor, deque())
            if len(mine) >= self.most:
                raise InputError(
                    f"queue: found {len(mine)} units of this page waiting; allowed: {self.most}. "
                    "Wait a moment and try again."
                )
            mine.append(unit)
            self._changed.notify()

    def take(self) -> tuple[int, Unit] | None:
        """The next unit and whose it is, as soon as there is one; None once there will be none."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            visitor, mine = next(iter(self._waiting.items()))
            unit = mine.popleft()
            del self._waiting[visitor]
            if mine:  # behind everybody else
                self._waiting[visitor] = mine
            return visitor, unit

    def drop(self, visitor: int, unless: Callable[[Unit], bool] = lambda unit: False) -> list[Unit]:
        """Take a visitor's units away, but for some, and return those taken."""
        with self._changed:
            mine = self._waiting.pop(visitor, deque())
            kept = deque(unit for unit in mine if unless(unit))
            if kept:
                self._waiting[visitor] = kept
            return [unit for unit in mine if not unless(unit)]

    def waiting(self, visitor: int) -> int:
        """How many units of a visitor wait."""
        with self._changed:
            return len(self._waiting.get(visitor, ()))

    def close(self) -> None:
        """No unit is taken from now on."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
