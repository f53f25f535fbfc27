"""Emulators: what many runs would say on average at a point, and how far that guess is off.

For each fact a ridge regression, quadratic in the inputs that move it most, and a Gaussian process in the
same inputs are fitted to all but a fifth of the latest points; the one that foretells that fifth better is
kept, and the mean of all points where neither does better than that: parameters then move the fact less than
luck does.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.errors import unusable

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

#: Inputs of which an emulator knows products; it is linear in the others.
STRONGEST = 8

#: One of so many of the latest points is held out.
HELD_OUT = 5

#: Points, the latest, on which the scales of a Gaussian process are found, whose time grows with their cube.
POINTS_FOR_SCALES = 128

#: Fewer points than this are not worth an emulator.
FEWEST_POINTS = 20

RIDGE, PROCESS, MEAN = "quadratic ridge", "Gaussian process", "the mean of all points"


class Emulator(NamedTuple):
    """A guess of the mean over runs of every fact, at any point of the unit cube.

    guesses    a function (point, parameter) -> (point,) for each fact
    methods    which of the three it is
    error      standard deviation of guess less mean at held-out points, which is luck too.  (fact,)
    explained  part of the variance between held-out points that the guess explains.  (fact,)
    """

    guesses: tuple[Callable[[Floats], Floats], ...]
    methods: tuple[str, ...]
    error: Floats
    explained: Floats

    def mean(self, places: Floats) -> Floats:
        """Guesses at points of the unit cube, (point, parameter) -> (point, fact)."""
        with threadpool_limits(limits=1):
            return np.stack([guess(places) for guess in self.guesses], axis=1)


def fitted(places: Floats, means: Floats, *, latest: int | None = None) -> Emulator:
    """Emulators of means over runs.

    places  points of the unit cube.  (point, parameter)
    means   of every fact at every point.  (point, fact)
    latest  how many points, the last ones, lie where guesses are wanted: some of them judge; None = all
    Raises InputError for too few points.
    """
    if len(places) < FEWEST_POINTS:
        raise unusable("points", found=len(places), allowed=f"at least {FEWEST_POINTS}, to fit emulators to")
    count = np.arange(len(places))
    held = (count % HELD_OUT == HELD_OUT - 1) & (count >= len(places) - (latest or len(places)))
    with threadpool_limits(limits=1):
        found = [_fitted(places, mean, held) for mean in means.T]
    guesses, methods, error, explained = zip(*found, strict=True)
    return Emulator(guesses, methods, np.array(error), np.array(explained))


def _fitted(
    places: Floats, mean: Floats, held: Bools
) -> tuple[Callable[[Floats], Floats], str, float, float]:
    """Whichever predicts points held out best: its prediction, name, error and part explained."""
    known = mean[~held]
    tried: dict[str, tuple[float, Any]] = {MEAN: (_off(float(known.mean()), mean[held]), None)}
    for method, made in ((RIDGE, _ridge), (PROCESS, _process)) if np.ptp(known) > 0 else ():
        model = made(_strongest(places[~held], known), places[~held], known).fit(places[~held], known)
        tried[method] = _off(model.predict(places[held]), mean[held]), model
    method = min(tried, key=lambda name: tried[name][0])
    error, model = tried[method]
    if model is None:
        return _Constant(float(mean.mean())), method, error, 0.0
    return model.fit(places, mean).predict, method, error, 1 - (error / tried[MEAN][0]) ** 2


def _off(guess: Floats | float, mean: Floats) -> float:
    """Root mean square of what a guess is off."""
    return float(np.sqrt(np.mean((guess - mean) ** 2)))


class _Constant:
    """What is foretold best by its mean."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, places: Floats) -> Floats:
        return np.full(len(places), self.value)


def _strongest(places: Floats, mean: Floats) -> Integers:
    """Inputs that move a mean most, by rank correlation with it or with its distance from the middle."""
    from scipy.stats import rankdata

    ranks = rankdata(places, axis=0) / len(places) - 0.5
    outcome = rankdata(mean) / len(mean) - 0.5
    linear = np.abs(np.corrcoef(np.column_stack([ranks, outcome]), rowvar=False)[-1, :-1])
    bent = np.abs(np.corrcoef(np.column_stack([ranks**2, outcome]), rowvar=False)[-1, :-1])
    return np.argsort(-np.maximum(linear, bent))[:STRONGEST]


def _ridge(strongest: Integers, places: Floats, mean: Floats) -> Pipeline:
    """Ridge regression on all inputs and on products of the strongest."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    others = np.setdiff1d(np.arange(places.shape[1]), strongest)
    products = PolynomialFeatures(2, include_bias=False)
    features = ColumnTransformer([("strongest", products, strongest), ("others", "passthrough", others)])
    return make_pipeline(features, StandardScaler(), RidgeCV(np.logspace(-2, 4, 13)))


def _process(strongest: Integers, places: Floats, mean: Floats) -> Pipeline:
    """A Gaussian process whose scales are found on some of the points and kept when it is fitted."""
    from sklearn.compose import ColumnTransformer
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
    from sklearn.pipeline import make_pipeline

    kernel = (
        ConstantKernel(1.0, (1e-3, 1e3)) * RBF(np.full(len(strongest), 1.0), (0.1, 30.0))
        + ConstantKernel(1.0, (1e-3, 1e3)) * DotProduct(1.0, "fixed")
        + WhiteKernel(0.1, (1e-4, 10.0))
    )
    some = slice(-POINTS_FOR_SCALES, None)
    with warnings.catch_warnings():
        # a scale at its bound says that an input hardly matters, which is no defect of the fit
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
        found.fit(places[some][:, strongest], mean[some])
    chosen = ColumnTransformer([("strongest", "passthrough", strongest)])
    return make_pipeline(
        chosen, GaussianProcessRegressor(found.kernel_, optimizer=None, normalize_y=True, random_state=0)
    )
