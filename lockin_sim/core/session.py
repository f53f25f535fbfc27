"""A session: all ballots of the bodies that decide in one year, side by side.

A *motion* is a body and a domain of its mandate; every member has one ballot on it for each standard family.
Arrays are shown as (run, ballot, ...) and stored with the ballots contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Integers
from lockin_sim.draws import Keys
from lockin_sim.world import World

type Part = Callable[[NDArray], NDArray]


class Session:
    """Who votes on what.

    world     the world
    deciding  positions of the bodies that decide
    mandate   (body, domain), bool
    """

    members: dict[int, Integers]  # countries that take part, of each body
    country: Integers  # (ballot,)
    domain: Integers  # (ballot,)
    motion: Integers  # (ballot,), position of the motion
    keys: Keys  # (standard, ballot)
    proposal_keys: Keys  # (standard, motion)

    def __init__(self, world: World, deciding: Sequence[int], mandate: Bools) -> None:
        self.members = {b: np.flatnonzero(world.bodies[b].members) for b in deciding}
        self._mandate = {b: np.flatnonzero(mandate[b]) for b in deciding}
        motions = [(b, d) for b in deciding for d in self._mandate[b]]
        sizes = [len(self.members[b]) for b, _ in motions]
        self.size = sum(sizes)
        if not self.size:
            return
        body, domain = np.array(motions).T
        self.motion = np.repeat(np.arange(len(motions)), sizes)
        self.domain = domain[self.motion]
        self.country = np.concatenate([self.members[b] for b, _ in motions])
        keys = world.ballot_keys[body[self.motion], self.country, self.domain]
        self.keys = np.ascontiguousarray(keys.T)
        self.proposal_keys = np.ascontiguousarray(world.proposal_keys[body, domain].T)
        self._cell = self.domain * len(world.countries) + self.country

    def of_cells(self, table: NDArray) -> NDArray:
        """Ballots of a table (run, domain, country, ...).  (run, ballot, ...)."""
        by_column = np.moveaxis(table, 2, -1)  # (run, domain, ..., country)
        runs, _, *columns, countries = by_column.shape
        width = int(np.prod(columns, dtype=int))
        first = self.domain * (width * countries) + self.country
        place = first + countries * np.arange(width)[:, None]
        taken = by_column.reshape(runs, -1).take(place, axis=1)
        return np.moveaxis(taken.reshape(runs, *columns, -1), -1, 1)

    def of_countries(self, table: NDArray) -> NDArray:
        """Ballots of a table (run, country, standard).  (run, ballot, standard)."""
        return table.swapaxes(-1, -2).take(self.country, axis=-1).swapaxes(-1, -2)

    def of_motions(self, table: NDArray) -> NDArray:
        """Ballots of a table (run, motion, standard).  (run, ballot, standard)."""
        return table.swapaxes(-1, -2).take(self.motion, axis=-1).swapaxes(-1, -2)

    def parts(self) -> Iterator[tuple[int, Integers, Part]]:
        """Each body that decides anything, its domains, and a function that shows its ballots, (run, ballot,
        ...), as (run, domain, member, ...)."""
        first = 0
        for b, domains in self._mandate.items():
            shape = len(domains), len(self.members[b])
            if not all(shape):
                continue
            ballots = slice(first, first + shape[0] * shape[1])
            first = ballots.stop
            yield b, domains, _shown(ballots, shape)


def _shown(ballots: slice, shape: tuple[int, int]) -> Part:
    """A function that takes some ballots out of (run, ballot, ...) and shows them as (run, *shape, ...)."""

    def part(values: NDArray) -> NDArray:
        stored = np.moveaxis(values[:, ballots], 1, -1)
        return np.moveaxis(stored.reshape(*stored.shape[:-1], *shape), (-2, -1), (1, 2))

    return part
