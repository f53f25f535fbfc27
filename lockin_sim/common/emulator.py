"""Emulators: smooth approximations of runs at points that were not simulated.

Waves of a calibration have many facts and many inputs: a ridge regression each, between the mean of all
points, a linear and a quadratic one, as predicts points best that are left out one at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import unusable

#: Weights of squares and products beside the inputs themselves, and ridge penalties, to choose from.
BENDS, PENALTIES = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6), np.logspace(-3, 4, 22)

#: Minimum number of points for an emulator.
FEWEST_POINTS = 20


class Emulators(NamedTuple):
    """Emulators of the mean over runs of every fact, at any point of the unit cube.

    coefficients  of :func:`products`.  (product, fact)
    error         standard deviation of the errors at points that are left out, without the chance of runs.
                  (fact,)
    off           the same with this chance.  (fact,)
    explained     share of the variance between points that is explained where they are left out.  (fact,)
    bend, penalty  weight of products beside inputs and penalty, infinite where it is the mean.  (fact,)
    """

    coefficients: Floats
    error: Floats
    off: Floats
    explained: Floats
    bend: Floats
    penalty: Floats

    def mean(self, places: Floats) -> Floats:
        """Predictions at points of the unit cube, (point, parameter) -> (point, fact)."""
        return products(places) @ self.coefficients


def products(places: Floats) -> Floats:
    """One, all inputs, and all products of two, measured from the middle of the cube.  (point, product)"""
    first, second = np.triu_indices(places.shape[1])
    from_middle = places - 0.5
    both = from_middle[:, first] * from_middle[:, second]
    return np.concatenate([np.ones((len(places), 1)), from_middle, both], axis=1)


def of_means(
    places: Floats, means: Floats, *, chance: Floats | float = 0.0, latest: int | None = None
) -> Emulators:
    """Emulators of means over runs: ridge regressions on all inputs and their products.

    Each fact has the penalty, and the weight of products beside inputs, that predict points best which are
    left out one at a time; where none predicts them better than the mean of all points, it is the mean.
    places  points of the unit cube.  (point, parameter)
    means   of every fact at every point.  (point, fact)
    chance  variance of the means by the chance of runs.  (fact,)
    latest  number of points, the last ones, in the region of interest, which are left out; None = all
    Raises InputError for too few points.
    """
    if len(places) < FEWEST_POINTS:
        raise unusable("points", found=len(places), allowed=f"at least {FEWEST_POINTS}, to fit emulators to")
    points, inputs = places.shape
    judged = slice(points - (latest or points), None)
    middle, scale = means.mean(axis=0), np.where(np.ptp(means, axis=0) > 0, means.std(axis=0), 0.0)
    outcome = (means - middle) / np.where(scale > 0, scale, 1.0)
    every = products(places)[:, 1:]
    centre = every.mean(axis=0)
    constant = np.square(outcome[judged]).mean(axis=0) * (points / (points - 1)) ** 2
    square, slopes = constant.copy(), np.zeros((every.shape[1], means.shape[1]))
    chosen = np.array([np.zeros(means.shape[1]), np.full(means.shape[1], np.inf)])
    for bend in BENDS:
        weight = np.concatenate([np.ones(inputs), np.full(every.shape[1] - inputs, bend)])
        weighted = (every - centre) * weight
        of_points, values, of_products = _singular(weighted)
        turned = of_points.T @ outcome
        for penalty in PENALTIES:
            shrunk = values**2 / (values**2 + penalty)
            off = outcome[judged] - of_points[judged] @ (shrunk[:, None] * turned)
            own = of_points[judged] ** 2 @ shrunk + 1 / points
            without = np.square(off / (1 - own)[:, None]).mean(axis=0)
            better = without < square
            square[better], chosen[:, better] = without[better], np.array([[bend], [penalty]])
            slope = (values / (values**2 + penalty))[:, None] * turned[:, better]
            slopes[:, better] = weight[:, None] * (of_products @ slope)
    slopes *= scale
    off = np.sqrt(square) * scale
    explained = 1 - square / np.where(constant > 0, constant, 1.0)
    error = np.sqrt(np.maximum(off**2 - chance, 0.0))
    coefficients = np.concatenate([(middle - centre @ slopes)[None], slopes])
    return Emulators(coefficients, error, off, np.where(constant > 0, explained, 0.0), *chosen)


class Cautious(NamedTuple):
    """An emulator of one outcome that lowers what it says by half the variance of its own error there.

    A quadratic in many inputs is wildly wrong away from the points that it knows: walkers would find where it
    is too high.  The variance is that of Bayesian ridge regression with the penalty of the emulator.
    coefficients  of :func:`products`.  (product,)
    off     standard deviation of its errors at known points that are left out
    centre, weight  of products without the constant.  (product,)
    known   directions that points span, (product, direction);  doubt  variance left in each, (direction,)
    penalty  one over the variance in all others; variances are in units of the square of ``off``
    """

    coefficients: Floats
    off: float
    centre: Floats
    weight: Floats
    known: Floats
    doubt: Floats
    penalty: float

    def __call__(self, terms: Floats) -> Floats:
        """Predictions at :func:`products`.  (point,)"""
        here = (terms[:, 1:] - self.centre) * self.weight
        along = here @ self.known
        outside = np.maximum(np.square(here).sum(axis=1) - np.square(along).sum(axis=1), 0.0)
        variance = np.square(along) @ self.doubt + outside / self.penalty
        predicted: Floats = terms @ self.coefficients - self.off**2 * variance / 2
        return predicted


def cautious(places: Floats, values: Floats, *, latest: int | None = None) -> Cautious:
    """The emulator of :func:`of_means` of one outcome, (point,), with its caution."""
    emulator = of_means(places, values[:, None], latest=latest)
    bend, penalty = float(emulator.bend[0]), float(emulator.penalty[0])
    every, inputs = products(places)[:, 1:], places.shape[1]
    weight = np.concatenate([np.ones(inputs), np.full(every.shape[1] - inputs, bend)])
    centre = every.mean(axis=0)
    _, singular, known = _singular((every - centre) * weight)
    doubt = 1 / (singular**2 + penalty)
    return Cautious(
        emulator.coefficients[:, 0], float(emulator.off[0]), centre, weight, known, doubt, penalty
    )


def _singular(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """Left singular vectors, singular values and right singular vectors, without what is zero, by the smaller
    of both products of the matrix with itself."""
    wide = matrix.shape[0] <= matrix.shape[1]
    squares, vectors = np.linalg.eigh(matrix @ matrix.T if wide else matrix.T @ matrix)
    some = squares > 1e-12 * squares[-1]
    values, vectors = np.sqrt(squares[some]), vectors[:, some]
    others = (matrix.T if wide else matrix) @ vectors / values
    return (vectors, values, others) if wide else (others, values, vectors)
