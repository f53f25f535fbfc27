"""Shocks of one run, one number at a time."""

from __future__ import annotations

import numpy as np

from lockin_sim.draws import Draws, combine, label_keys

NONE = np.uint64(0)


class Chance:
    """Named shocks of a run; those of a country come from the run whose luck the country has."""

    def __init__(self, seed: int, run: int, histories: np.ndarray | None) -> None:
        self.draws = Draws(seed, [run], histories)

    def _of(self, name: str, year: int, country: int | None) -> np.uint64:
        if country is None:
            return self.draws.stream(name, year)[0]
        luck = self.draws.of_country(name, year)[0]
        return luck[country] if len(luck) > 1 else luck[0]

    def uniform(self, name: str, *labels: np.uint64, year: int = 0, country: int | None = None) -> float:
        """A number between 0 and 1."""
        return float(Draws.uniform(np.array([self._key(name, labels, year, country)]), NONE)[0])

    def gumbel(self, name: str, *labels: np.uint64, year: int = 0, country: int | None = None) -> float:
        """A standard Gumbel number."""
        return float(Draws.gumbel(np.array([self._key(name, labels, year, country)]), NONE)[0])

    def normal(self, name: str, *labels: np.uint64, year: int = 0, country: int | None = None) -> float:
        """A standard normal number."""
        return float(Draws.normal(np.array([self._key(name, labels, year, country)]), NONE)[0])

    def _key(self, name: str, labels: tuple[np.uint64, ...], year: int, country: int | None) -> np.uint64:
        key = self._of(name, year, country)
        for label in labels:
            key = key ^ label
        return key

    def of_project(self, number: int, year: int, steps: int) -> tuple[np.uint64, list[float]]:
        """Key of a project, and a number between 0 and 1 for each step of drawing its route."""
        key = self._of("project", year, None) ^ label_keys([f"project {number}"])[0]
        names = label_keys([f"landing {k}" for k in range(steps)])
        return key, [float(u) for u in Draws.uniform(combine(np.array([key])), names)]

    @staticmethod
    def gumbel_of(key: np.uint64, label: np.uint64) -> float:
        """A standard Gumbel number of a key that is known."""
        return float(Draws.gumbel(np.array([key]), np.array([label]))[0])


def of_generation(number: int) -> np.uint64:
    """Label of a generation."""
    return np.uint64((number + 1) * 0x9E3779B97F4A7C15 % 2**64)
