"""Fit emulators, which approximate simulated means at points that were not simulated.

A calibration has many facts and many inputs.  Each fact is fitted by ridge regression on linear and quadratic
terms; the penalty is the one with the smallest leave-one-out error.

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
    """Ridge regressions of the mean over runs of every fact, on points of the unit cube.

    coefficients  of the terms of :func:`compute_terms`.  (product, fact)
    error         leave-one-out standard error without the sampling error of the runs.  (fact,)
    off           leave-one-out standard error with the sampling error.  (fact,)
    explained     leave-one-out share of the variance between points that is explained.  (fact,)
    bend, penalty  weight of quadratic terms relative to linear ones, and the penalty; the penalty is infinite
                  where the emulator is a constant.  (fact,)
    """

    coefficients: Floats
    error: Floats
    off: Floats
    explained: Floats
    bend: Floats
    penalty: Floats

    def mean(self, places: Floats) -> Floats:
        """Predict all facts at points of the unit cube.  (point, parameter) -> (point, fact)."""
        return compute_terms(places) @ self.coefficients


def compute_terms(places: Floats) -> Floats:
    """Compute constant, linear and quadratic terms at points of the unit cube.  (point, product)."""
    first, second = np.triu_indices(places.shape[1])
    from_middle = places - 0.5
    both = from_middle[:, first] * from_middle[:, second]
    return np.concatenate([np.ones((len(places), 1)), from_middle, both], axis=1)


def fit_emulators(
    places: Floats, means: Floats, *, chance: Floats | float = 0.0, latest: int | None = None
) -> Emulators:
    """Fit a ridge regression of each fact on linear and quadratic terms of the inputs.

    The penalty and the weight of the quadratic terms minimise the leave-one-out error of the fact.  An
    emulator that predicts no better than the mean of all points becomes that mean.

    places  points of the unit cube.  (point, parameter)
    means   mean over runs of every fact at every point.  (point, fact)
    chance  sampling variance of the means.  (fact,)
    latest  number of points, counted from the last, at which errors are measured; None = all

    Raises InputError for too few points.
    """
    if len(places) < FEWEST_POINTS:
        raise unusable("points", found=len(places), allowed=f"at least {FEWEST_POINTS}, to fit emulators to")
    points, inputs = places.shape
    judged = slice(points - (latest or points), None)
    middle, scale = means.mean(axis=0), np.where(np.ptp(means, axis=0) > 0, means.std(axis=0), 0.0)
    outcome = (means - middle) / np.where(scale > 0, scale, 1.0)
    every = compute_terms(places)[:, 1:]
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
    """Emulator of one outcome that subtracts half of its prediction variance.

    A quadratic in many inputs is unreliable far from the points it was fitted to, and a search would move to
    where it is too high.  The variance is that of Bayesian ridge regression with the emulator's penalty.

    coefficients  of the terms of :func:`compute_terms`.  (product,)
    off     leave-one-out standard error
    centre, weight  of the terms without the constant.  (product,)
    known   orthonormal directions spanned by the points.  (product, direction)
    doubt   posterior variance along each direction, in units of ``off`` squared.  (direction,)
    penalty  reciprocal of the prior variance in all other directions
    """

    coefficients: Floats
    off: float
    centre: Floats
    weight: Floats
    known: Floats
    doubt: Floats
    penalty: float

    def __call__(self, terms: Floats) -> Floats:
        """Predict the outcome from the terms of :func:`compute_terms`, minus half the variance.  (point,)."""
        here = (terms[:, 1:] - self.centre) * self.weight
        along = here @ self.known
        outside = np.maximum(np.square(here).sum(axis=1) - np.square(along).sum(axis=1), 0.0)
        variance = np.square(along) @ self.doubt + outside / self.penalty
        predicted: Floats = terms @ self.coefficients - self.off**2 * variance / 2
        return predicted


def fit_cautious_emulator(places: Floats, values: Floats, *, latest: int | None = None) -> Cautious:
    """Fit a :class:`Cautious` emulator of one outcome to its values at points."""
    emulator = fit_emulators(places, values[:, None], latest=latest)
    bend, penalty = float(emulator.bend[0]), float(emulator.penalty[0])
    every, inputs = compute_terms(places)[:, 1:], places.shape[1]
    weight = np.concatenate([np.ones(inputs), np.full(every.shape[1] - inputs, bend)])
    centre = every.mean(axis=0)
    _, singular, known = _singular((every - centre) * weight)
    doubt = 1 / (singular**2 + penalty)
    return Cautious(
        emulator.coefficients[:, 0], float(emulator.off[0]), centre, weight, known, doubt, penalty
    )


def _singular(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """Compute the singular value decomposition without zero singular values.

    It uses the smaller of the matrix's two products with its transpose.
    """
    wide = matrix.shape[0] <= matrix.shape[1]
    squares, vectors = np.linalg.eigh(matrix @ matrix.T if wide else matrix.T @ matrix)
    some = squares > 1e-12 * squares[-1]
    values, vectors = np.sqrt(squares[some]), vectors[:, some]
    others = (matrix.T if wide else matrix) @ vectors / values
    return (vectors, values, others) if wide else (others, values, vectors)
