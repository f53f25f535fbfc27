"""Runs of some cases that arrive block by block, all on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lockin_sim.app.limits import BLOCK
from lockin_sim.app.works import Block
from lockin_sim.conventions import Floats
from lockin_sim.runs.cases import Case


class Stream:
    """What has arrived of some cases, and what is to be asked for next.

    most   runs of each case at which it ends
    ahead  units that are asked for at once
    before what was followed until now: blocks of the same keys are not asked for again
    """

    def __init__(
        self,
        cases: Sequence[Case],
        *,
        seed: int,
        years: tuple[int, int],
        most: int,
        ahead: int,
        before: Stream | None = None,
    ) -> None:
        self.cases, self.ahead = list(cases), ahead
        self.pieces = [range(start, min(start + BLOCK, most)) for start in range(0, most, BLOCK)]
        blocks = [[Block(case, piece, seed, years) for case in cases] for piece in self.pieces]
        #: by piece, and in it by case; cases that are the same have the same key
        self.keys = [[block.key for block in row] for row in blocks]
        self._blocks = {
            k: b for keys, row in zip(self.keys, blocks, strict=True) for k, b in zip(keys, row, strict=True)
        }
        self.arrived: dict[str, Mapping[str, Floats]] = {}
        self._asked: set[str] = set()
        if before is not None:
            self.arrived = {k: v for k, v in before.arrived.items() if k in self._blocks}
            self._asked = {key for key in before._asked if key in self._blocks}

    @property
    def whole(self) -> int:
        """Blocks that have arrived of every case, without a gap."""
        missing = (n for n, row in enumerate(self.keys) if not all(key in self.arrived for key in row))
        return next(missing, len(self.keys))

    @property
    def runs(self) -> int:
        """Runs that have arrived of every case."""
        return sum(map(len, self.pieces[: self.whole]))

    @property
    def ended(self) -> bool:
        """Whether all runs have arrived."""
        return self.whole == len(self.pieces)

    def wants(self, key: str) -> bool:
        """Whether it is waiting for a block."""
        return key in self._blocks and key not in self.arrived

    def ask(self, put: Callable[[str, Block], None]) -> None:
        """Ask for the next blocks, the first runs of all cases first, as far ahead as wanted."""
        for key, block in self._blocks.items():
            if len(self._asked) >= self.ahead:
                return
            if key not in self.arrived and key not in self._asked:
                put(key, block)
                self._asked.add(key)

    def take(self, key: str, arrays: Mapping[str, Floats]) -> bool:
        """Keep a block; whether with it there are more runs of all cases than before."""
        self._asked.discard(key)
        if not self.wants(key):
            return False
        before = self.whole
        self.arrived[key] = arrays
        return self.whole > before

    def arrays(self) -> dict[str, dict[str, Floats]]:
        """Arrays (run, ...) by name, by label of the case, of the runs that have arrived of all."""
        joined = {}
        for position, case in enumerate(self.cases):
            parts = [self.arrived[row[position]] for row in self.keys[: self.whole]]
            joined[case.label] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return joined
