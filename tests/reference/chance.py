"""Shocks of one run, one number at a time."""

import numpy as np

from lockin_sim.draws import Draws, History, Stream, label_keys

NONE = np.uint64(0)


class Chance:
    """Named shocks of a run; those of a country up to a year from the run whose luck the country has."""

    def __init__(self, seed: int, run: int, history: History | None) -> None:
        self.draws = Draws(seed, [run], history)

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
