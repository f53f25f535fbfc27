"""A smooth stand-in for a sweep: what it says at points that were not simulated, and how far it errs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from lockin_sim.analysis.needs import needed
from lockin_sim.analysis.points import Points
from lockin_sim.conventions import Floats, Integers

PROCESS, RIDGE = "Gaussian process", "ridge quadratic"

#: Most points that a Gaussian process is given; more cost much time, and ridge has them all.
MOST = 400

#: Parts into which points are divided, each predicted from the others.
FOLDS = 5

#: Strengths of the pull of a ridge among which held-out points choose.
PULLS = (1e-4, 1e-2, 1.0, 100.0)

#: Waves of which a random function of the emulator's error is made, and its length in ranges of a factor.
WAVES, LENGTH = 64, 0.5


@dataclass(frozen=True, eq=False)
class Emulator:
    """A fitted stand-in.

    kind       :data:`PROCESS` or :data:`RIDGE`, whichever errs less on held-out points
    errors     root mean squared error on held-out points by kind, in the unit of the outcome
    explained  part of the variance of held-out points that it explains, chance among the rest
    error      what is left when chance is taken off: root mean square
    """

    kind: str
    errors: dict[str, float]
    explained: float
    error: float
    model: Any
    points: Points

    def predict(self, x: Floats) -> Floats:
        """Responses at points, (point,)."""
        found: Floats = self.model.predict(features(self.points, x))
        return found

    def again(self, rng: np.random.Generator) -> Emulator:
        """The same kind with the same settings, fitted to points drawn with repetition."""
        n = len(self.points.y)
        chosen = rng.integers(n, size=n)
        if self.kind == PROCESS:  # a process that is given a point twice is surer than it may be
            chosen = rng.choice(n, size=min(n, MOST), replace=False)[: max(int(0.63 * min(n, MOST)), 8)]
        model = _fixed(self.model, self.kind)
        model.fit(features(self.points, self.points.x[chosen]), self.points.y[chosen])
        return Emulator(self.kind, self.errors, self.explained, self.error, model, self.points)

    def astray(self, rng: np.random.Generator, x: Floats) -> Floats:
        """A random smooth function as large as the emulator's error, at points, (point,).

        The sum of waves of random directions, of a Gaussian process with lengths of :data:`LENGTH` (random
        Fourier features, Rahimi and Recht 2007).
        """
        unit = features(self.points, x)
        directions = rng.normal(0, 1 / LENGTH, size=(unit.shape[1], WAVES))
        phase = rng.uniform(0, 2 * np.pi, WAVES)
        heights = rng.normal(0, 1, WAVES)
        wave: Floats = np.sqrt(2 / WAVES) * np.cos(unit @ directions + phase) @ heights
        return self.error * wave


def features(points: Points, x: Floats) -> Floats:
    """Factors from 0 to 1, a column of 0 and 1 for each word after the first.  (point, feature)."""
    columns = []
    for k, factor in enumerate(points.factors):
        if len(factor.levels) > 2:
            columns += [(x[:, k] == level).astype(float) for level in range(1, len(factor.levels))]
        else:
            columns.append((x[:, k] - factor.low) / (factor.high - factor.low))
    return np.column_stack(columns)


def fitted(points: Points, seed: int) -> Emulator:
    """The better of a Gaussian process and a ridge on all squares and products, by held-out points."""
    rng = np.random.default_rng(seed)
    z, y = features(points, points.x), points.y
    part = rng.permutation(len(y)) % FOLDS
    some = rng.permutation(len(y))[:MOST]
    process = _process(z.shape[1], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of lengths at the ends of what is tried: an unimportant factor's
        process.fit(z[some], y[some])
    made = {PROCESS: process, RIDGE: _ridge().fit(z, y)}
    errors = {kind: _held_out(model, kind, z, y, part, some) for kind, model in made.items()}
    kind = min(errors, key=errors.__getitem__)
    square, variance = errors[kind] ** 2, float(y.var())
    return Emulator(
        kind, errors, 1 - square / variance if variance > 0 else np.nan,
        float(np.sqrt(max(square - points.noise, 0.0))), made[kind], points,
    )  # fmt: skip


def _held_out(model: Any, kind: str, z: Floats, y: Floats, part: Integers, some: Integers) -> float:
    """Root mean squared error of points predicted from other parts, with settings fitted once."""
    square = np.zeros(len(y))
    for fold in range(FOLDS):
        asked = part == fold
        train = np.flatnonzero(~asked)
        if kind == PROCESS:
            train = np.intersect1d(train, some)
        again = _fixed(model, kind).fit(z[train], y[train])
        square[asked] = (again.predict(z[asked]) - y[asked]) ** 2
    return float(np.sqrt(square.mean()))


def _process(features: int, seed: int) -> Any:
    """A Gaussian process with a length for each feature, and noise."""
    gaussian, kernels = needed("sklearn.gaussian_process"), needed("sklearn.gaussian_process.kernels")
    kernel = kernels.ConstantKernel(1.0, (1e-3, 1e3)) * kernels.RBF(
        np.ones(features), (0.05, 50.0)
    ) + kernels.WhiteKernel(0.1, (1e-6, 10.0))
    return gaussian.GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)


def _ridge() -> Any:
    """A ridge on features, their squares and products; its pull by leaving points out."""
    linear, steps = needed("sklearn.linear_model"), needed("sklearn.preprocessing")
    make = needed("sklearn.pipeline").make_pipeline
    return make(
        steps.PolynomialFeatures(2, include_bias=False), steps.StandardScaler(), linear.RidgeCV(PULLS)
    )


def _fixed(model: Any, kind: str) -> Any:
    """The same, unfitted, with the settings that were found."""
    if kind == RIDGE:
        return needed("sklearn.base").clone(model)
    again = needed("sklearn.gaussian_process").GaussianProcessRegressor
    return again(model.kernel_, optimizer=None, normalize_y=True)
