"""Who influences whom: weights of neighbours, given as a matrix or as the uniform rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.numeric import array
from lockin_sim.world.cache import OfArrays, locked

#: Weights of a neighbour in which its base is still one beside a weight of utility.
WEIGHTS = (-1000.0, 1000.0)


class Influence(OfArrays):
    """Row weights w of countries on one another, used as given.

    weights  "uniform" (1/(n-1) on all others, never stored as a matrix), a dense (country, country)
             array, or a scipy sparse one; not renormalised, the diagonal is allowed
    n        number of countries
    Raises InputError for another shape or numbers that are not finite.
    """

    def __init__(self, weights: Any, n: int) -> None:
        self.n = n
        self.uniform = isinstance(weights, str)
        if self.uniform:
            if weights != "uniform":
                raise unusable("influence", found=weights, allowed="'uniform' or a matrix")
            return
        allowed = f"'uniform', or finite weights of shape ({n}, {n}), from {WEIGHTS[0]:g} to {WEIGHTS[1]:g}"
        thin = sparse.issparse(weights)
        held = array("influence", weights.tocsr().data if thin else weights, allowed=allowed)
        if not ((held >= WEIGHTS[0]) & (held <= WEIGHTS[1])).all():
            found = "a number that is not finite, or too large"
            raise unusable("influence", found=found, allowed=allowed)
        self.matrix = weights.tocsr(copy=True).astype(np.float64) if thin else held
        if self.matrix.shape != (n, n):
            raise unusable("influence", found=f"shape {self.matrix.shape}", allowed=f"shape ({n}, {n})")
        locked(self.matrix)

    def neighbours(self, base: Floats) -> Floats:
        """Weighted sum of the base of a country's neighbours.

        base  (..., country, column); each run is a product of its own, so that the numbers of a
              run do not depend on how many runs are computed together
        Returns the same shape.
        """
        if self.uniform:
            total = base.sum(axis=-2, keepdims=True)
            return (total - base) / max(self.n - 1, 1)
        if sparse.issparse(self.matrix):
            flat = base.reshape(-1, *base.shape[-2:])
            return np.stack([self.matrix @ one for one in flat]).reshape(base.shape)
        return self.matrix @ base

    def row(self, country: int, base: Floats) -> Floats:
        """What one country sees of its neighbours' base, base (country, column)."""
        result: Floats
        if self.uniform:
            result = (base.sum(axis=0) - base[country]) / max(self.n - 1, 1)
            return result
        if sparse.issparse(self.matrix):
            return self.matrix[[country]] @ base
        result = self.matrix[country] @ base
        return result


def gravity(gdp: Floats, latitude: Floats, longitude: Floats, *, shortest: float = 200.0) -> Floats:
    r"""Row-normalised gravity weights :math:`w_{ij} \propto GDP_j / \max(distance_{ij}, shortest)`.

    gdp                   (country,), any unit
    latitude, longitude   (country,), degrees, of the capitals
    shortest              km; keeps neighbouring capitals from dominating (assumed)
    Source: gravity models of trade (Tinbergen 1962).
    """
    distance = great_circle(latitude, longitude)
    weights = gdp / np.maximum(distance, shortest)
    np.fill_diagonal(weights, 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


def great_circle(latitude: Floats, longitude: Floats) -> Floats:
    """Distance over the globe between places given in degrees.  (place, place), km."""
    phi, theta = np.radians(latitude), np.radians(longitude)
    half = (
        np.sin((phi[:, None] - phi) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi) * np.sin((theta[:, None] - theta) / 2) ** 2
    )
    distance: Floats = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distance
