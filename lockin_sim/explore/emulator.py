"""Emulators: smooth approximations of runs at points that were not simulated.

Quadratic ridge regressions and Gaussian processes are fitted with settings optimised once; the one that
predicts held-out points better is used, with its error there.  Waves of a calibration have many facts, each
moved by few inputs, and part of the latest points is held out; where neither predicts these better than the
mean of all points, parameters move the fact less than chance does, and the mean is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.errors import unusable
from lockin_sim.explore.extras import needed

#: Number of inputs with products in an emulator of a fact; it is linear in the others.
STRONGEST = 8

#: Every so-manieth of the latest points is held out.
HELD_OUT = 5

#: Number of latest points for the scales of a Gaussian process, whose time grows with their cube.
POINTS_FOR_SCALES = 128

#: Minimum number of points for an emulator.
FEWEST_POINTS = 20

PROCESS, QUADRATIC, MEAN = "Gaussian process", "quadratic ridge", "the mean of all points"


class Emulators(NamedTuple):
    """Emulators of the mean over runs of every fact, at any point of the unit cube.

    quadratic  coefficients of :func:`products` for each fact, 0 of those with a process.  (product, fact)
    processes  a function (point, parameter) -> (point,) for each fact with one, by its place
    methods    :data:`QUADRATIC`, :data:`PROCESS` or :data:`MEAN`
    error      standard deviation of the errors at held-out points, chance included.  (fact,)
    explained  share of the variance between held-out points that is explained.  (fact,)
    """

    quadratic: Floats
    processes: Mapping[int, Callable[[Floats], Floats]]
    methods: tuple[str, ...]
    error: Floats
    explained: Floats

    def mean(self, places: Floats) -> Floats:
        """Predictions at points of the unit cube, (point, parameter) -> (point, fact)."""
        with threadpool_limits(limits=1):
            found: Floats = products(places) @ self.quadratic
            for fact, guess in self.processes.items():
                found[:, fact] = guess(places)
            return found


def products(places: Floats) -> Floats:
    """One, all inputs, and all products of two.  (point, product)"""
    first, second = np.triu_indices(places.shape[1])
    return np.concatenate([np.ones((len(places), 1)), places, places[:, first] * places[:, second]], axis=1)


def of_means(places: Floats, means: Floats, *, latest: int | None = None) -> Emulators:
    """Emulators of means over runs.

    places  points of the unit cube.  (point, parameter)
    means   of every fact at every point.  (point, fact)
    latest  number of points, the last ones, in the region of interest: some of them are held out; None = all
    Raises InputError for too few points.
    """
    if len(places) < FEWEST_POINTS:
        raise unusable("points", found=len(places), allowed=f"at least {FEWEST_POINTS}, to fit emulators to")
    count = np.arange(len(places))
    holdout = (count % HELD_OUT == HELD_OUT - 1) & (count >= len(places) - (latest or len(places)))
    with threadpool_limits(limits=1):
        models, methods, error, explained = zip(*(_of_mean(places, m, holdout) for m in means.T), strict=True)
    inputs = places.shape[1]
    quadratic = np.zeros((1 + inputs + inputs * (inputs + 1) // 2, len(methods)))
    processes = dict[int, Callable[[Floats], Floats]]()
    for fact, (method, model) in enumerate(zip(methods, models, strict=True)):
        if method == PROCESS:
            processes[fact] = _guess(model)
        elif method == QUADRATIC:
            quadratic[:, fact] = _coefficients(model, inputs)
        else:
            quadratic[0, fact] = means[:, fact].mean()
    return Emulators(quadratic, processes, methods, np.array(error), np.array(explained))


def _of_mean(places: Floats, mean: Floats, held: Bools) -> tuple[Any, str, float, float]:
    """The method that predicts held-out points best: its model, None of a constant, name, error and explained
    share."""
    known, at = mean[~held], places[~held]
    constant = float(np.sqrt(np.mean((float(known.mean()) - mean[held]) ** 2)))
    models = (
        {QUADRATIC: _quadratic(at, known), PROCESS: _of_strongest(at, known)} if np.ptp(known) > 0 else {}
    )
    errors = {MEAN: constant} | {k: _off(m, places, mean, [(~held, held)]) for k, m in models.items()}
    method = min(errors, key=errors.__getitem__)
    if method == MEAN:
        return None, method, constant, 0.0
    explained = 1 - (errors[method] / constant) ** 2
    return models[method].fit(places, mean), method, errors[method], explained


def _guess(model: Any) -> Callable[[Floats], Floats]:
    """The mean of a fitted process of the strongest inputs, without what only checks and errors need."""
    strongest, process = model.steps[0][1].transformers_[0][2], model.steps[1][1]
    smooth, known, alpha = process.kernel_.k1, process.X_train_, process.alpha_
    mean, scale = process._y_train_mean, process._y_train_std
    return lambda places: mean + scale * (smooth(places[:, strongest], known) @ alpha)


def _coefficients(model: Any, inputs: int) -> Floats:
    """Coefficients of a fitted quadratic ridge on :func:`products`.  (product,)"""
    chosen, scaler, ridge = (step for _, step in model.steps)
    slope = ridge.coef_ / scaler.scale_
    found = np.zeros(1 + inputs + inputs * (inputs + 1) // 2)
    found[0] = ridge.intercept_ - slope @ scaler.mean_
    (_, polynomial, strongest), (_, _, others) = chosen.transformers_[:2]
    place = {pair: k for k, pair in enumerate(zip(*np.triu_indices(inputs), strict=True))}
    terms = [np.repeat(strongest, powers) for powers in polynomial.powers_] + [[other] for other in others]
    for term, value in zip(terms, slope, strict=True):
        pair = tuple(sorted(term))
        found[1 + pair[0] if len(pair) == 1 else 1 + inputs + place[pair]] += value
    return found


def _strongest(places: Floats, mean: Floats) -> Integers:
    """Inputs that move a mean most, by rank correlation with it or with its distance from the middle."""
    ranks = rankdata(places, axis=0) / len(places) - 0.5
    outcome = rankdata(mean) / len(mean) - 0.5
    linear, bent = (
        np.abs(np.corrcoef(np.column_stack([of, outcome]), rowvar=False)[-1, :-1]) for of in (ranks, ranks**2)
    )
    return np.argsort(-np.maximum(linear, bent))[:STRONGEST]


def _quadratic(places: Floats, mean: Floats) -> Any:
    """Ridge regression on all inputs and on products of the strongest."""
    strongest, steps = _strongest(places, mean), needed("sklearn.preprocessing")
    others = np.setdiff1d(np.arange(places.shape[1]), strongest)
    products = steps.PolynomialFeatures(2, include_bias=False)
    chosen = needed("sklearn.compose").ColumnTransformer(
        [("strongest", products, strongest), ("others", "passthrough", others)]
    )
    ridge = needed("sklearn.linear_model").RidgeCV(np.logspace(-2, 4, 13))
    return needed("sklearn.pipeline").make_pipeline(chosen, steps.StandardScaler(), ridge)


def _of_strongest(places: Floats, mean: Floats) -> Any:
    """A Gaussian process of the strongest inputs, with scales optimised on some of the points."""
    strongest, kernels = _strongest(places, mean), needed("sklearn.gaussian_process.kernels")
    kernel = (
        kernels.ConstantKernel(1.0, (1e-3, 1e3)) * kernels.RBF(np.full(len(strongest), 1.0), (0.1, 30.0))
        + kernels.ConstantKernel(1.0, (1e-3, 1e3)) * kernels.DotProduct(1.0, "fixed")
        + kernels.WhiteKernel(0.1, (1e-4, 10.0))
    )
    some = slice(-POINTS_FOR_SCALES, None)
    process = _process(kernel, 0, places[some][:, strongest], mean[some])
    chosen = needed("sklearn.compose").ColumnTransformer([("strongest", "passthrough", strongest)])
    return needed("sklearn.pipeline").make_pipeline(chosen, _unfitted(process))


def _process(kernel: Any, seed: int, x: Floats, y: Floats) -> Any:
    """A Gaussian process fitted to points, whose scales are fitted there."""
    process = needed("sklearn.gaussian_process").GaussianProcessRegressor
    with warnings.catch_warnings():
        # a scale at its bound only means that an input hardly matters
        warnings.simplefilter("ignore", needed("sklearn.exceptions").ConvergenceWarning)
        return process(kernel, normalize_y=True, random_state=seed).fit(x, y)


def _unfitted(model: Any) -> Any:
    """The same, unfitted, with the fitted settings."""
    if not hasattr(model, "kernel_"):
        return needed("sklearn.base").clone(model)
    process = needed("sklearn.gaussian_process").GaussianProcessRegressor
    return process(model.kernel_, optimizer=None, normalize_y=True, random_state=0)


def _off(model: Any, x: Floats, y: Floats, parts: Iterable[tuple[Any, Bools]]) -> float:
    """Root mean squared error of held-out points, over pairs of known and held-out ones."""
    square, held = np.zeros(len(y)), np.zeros(len(y), dtype=bool)
    for known, asked in parts:
        square[asked] = (_unfitted(model).fit(x[known], y[known]).predict(x[asked]) - y[asked]) ** 2
        held |= asked
    return float(np.sqrt(square[held].mean()))
