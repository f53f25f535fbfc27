"""Shocks of one run, one number at a time."""

import numpy as np

from lockin_sim.common.draws import Draws, History, Stream, label_keys

NONE = np.uint64(0)


class Chance:
    """Named shocks of a run; those of a country up to a year from the run whose luck the country has."""

    def __init__(self, seed: int, run: int, history: History | None) -> None:
        self.draws, self.history = Draws(seed, [run], history), history

    @property
    def knows_the_record(self) -> bool:
        """Whether contracts are signed as recorded."""
        return self.history is not None and self.history.luck is not None

    def of_tender(self, year: int, lot: int) -> list[float] | None:
        """Shocks to each offer to a lot, and last to leaving it unbuilt, where its record decides them."""
        if not self.knows_the_record:
            return None
        luck = self.history.luck
        for key, shocks in zip(luck.key.tolist(), luck.shock.tolist(), strict=True):
            if divmod(key, luck.lots) == (year, lot):
                return shocks
        return None

    def taste_of_operator(self, name: str, operator: int, *labels: np.uint64, country: int) -> float:
        """A standard normal number: that of the pool run whose taste an operator has, or of its country's."""
        if self.history is None or self.history.tastes is None:
            return self.normal(name, *labels, country=country)
        pool = Chance(self.history.seed, int(self.history.tastes[0, operator]), None)
        return pool.normal(name, *labels)

    def _of(self, name: str, year: int, country: int | None) -> Stream:
        if country is None:
            return self.draws.stream(name, year)[0]
        luck = self.draws.of_country(name, year)[0]
        return luck[country] if luck.shape[0] > 1 else luck[0]

    def uniform(self, name: str, *labels: np.uint64, year: int = 0, country: int | None = None) -> float:
        """A number between 0 and 1."""
        return float(Draws.uniform(self._key(name, labels, year, country), NONE))

    def gumbel(self, name: str, *labels: np.uint64, year: int = 0, country: int | None = None) -> float:
        """A standard Gumbel number."""
        return float(Draws.gumbel(self._key(name, labels, year, country), NONE))

    def normal(self, name: str, *labels: np.uint64, year: int = 0, country: int | None = None) -> float:
        """A standard normal number."""
        return float(Draws.normal(self._key(name, labels, year, country), NONE))

    def _key(self, name: str, labels: tuple[np.uint64, ...], year: int, country: int | None) -> Stream:
        key = self._of(name, year, country)
        for label in labels:
            key = key ^ label
        return key

    def of_project(self, number: int, year: int, steps: int) -> tuple[Stream, list[float]]:
        """Key of a project, and a number between 0 and 1 for each step of drawing its route."""
        key = self._of("project", year, None) ^ label_keys([f"project {number}"])[0]
        names = label_keys([f"landing {k}" for k in range(steps)])
        return key, [float(u) for u in Draws.uniform(key[None], names)]

    @staticmethod
    def gumbel_of(key: Stream, label: np.uint64) -> float:
        """A standard Gumbel number of a key that is known."""
        return float(Draws.gumbel(key, label))


def of_generation(number: int) -> np.uint64:
    """Label of a generation."""
    return label_keys([f"generation {number}"])[0]
