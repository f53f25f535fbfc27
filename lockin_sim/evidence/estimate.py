"""Rows of the shipped table of estimates from the record, and the statistics behind them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, stdtrit

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.errors import InputError
from lockin_sim.common.statistics import CONFIDENCE
from lockin_sim.rules.choice import logistic

#: Purpose of a row: the value of a parameter, a fact to compare runs with, a variation of one choice, or a
#: placebo that should be zero.
ROLES = ("estimate", "fact", "check", "placebo")

#: A value, and the ends of its interval.
type Ends = tuple[float, float, float]

#: The table of all estimates: with source tables, interval, and what the record cannot tell.  Made by
#: ``python -m experiments.estimates``.
TABLE = Path(__file__).with_name("estimates.csv")

#: Answers: no, abstain, yes; and not yes where nobody could abstain, such as signing or not signing.
NO, ABSTAIN, YES, NOT_YES = 0, 1, 2, 3

#: Step of the finite differences of slopes.
_STEP = 1e-5

#: Weights beyond this are not estimates: a covariate separates all answers.
_LARGEST = 50.0

#: Lower bound of probabilities before logarithms.
LEAST = 1e-300


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """Row of the table of estimates.

    quantity     what is estimated, in words
    parameter    name of the parameter of the model that it informs; "" = none
    role         one of ROLES; each parameter has one row with "estimate"
    value        the estimate
    low, high    ends of its 95 % interval; NaN where the record gives none
    n, clusters  observations, and independent groups of them
    method       in words
    tables       source tables
    silent_on    what the record cannot tell
    """

    quantity: str
    parameter: str = ""
    role: str = "check"
    value: float
    low: float = np.nan
    high: float = np.nan
    n: int
    clusters: int
    method: str
    tables: str
    silent_on: str = ""


def build_estimate_row(
    quantity: str, ends: Ends, n: int, clusters: int | None = None, **about: Any
) -> EstimateRow:
    """Build a row of estimates from a value and its interval.

    clusters  None = each observation is its own cluster;  about  other fields of :class:`EstimateRow`
    """
    value, low, high = ends
    clusters = n if clusters is None else clusters
    return EstimateRow(quantity=quantity, value=value, low=low, high=high, n=n, clusters=clusters, **about)


def estimate_share(hits: int, n: int) -> Ends:
    """Compute a share with its exact 95 % interval.  Source: Clopper and Pearson (1934)."""
    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return hits / n, low, high


def build_t_interval(value: float, error: float, free: float) -> Ends:
    """Compute the 95 % interval of a value with a standard error, by Student's t.

    free  degrees of freedom
    Returns value, lower and upper end.
    """
    half = float(stdtrit(free, 0.5 + CONFIDENCE / 2)) * error
    return value, value - half, value + half


def fit_least_squares(x: Floats, y: Floats, cluster: Integers) -> Fit:
    """Fit least squares, with errors by leaving out one cluster at a time.

    x  (observation, covariate);  y  (observation,);  cluster  (observation,), from 0
    Raises InputError where covariates depend on each other, also without any one cluster.
    """
    groups, size = int(cluster.max()) + 1, x.shape[1]
    curvature, slope = np.zeros((groups, size, size)), np.zeros((groups, size))
    np.add.at(curvature, cluster, x[:, :, None] * x[:, None, :])
    whole = curvature.sum(axis=0)
    if min(np.linalg.matrix_rank(whole - each) for each in curvature) < size:
        raise InputError(f"least squares: {len(y)} observations do not determine {size} covariates")
    beta = np.linalg.solve(whole, x.T @ y)
    np.add.at(slope, cluster, x * (y - x @ beta)[:, None])
    return Fit(beta, compute_jackknife_covariance(slope, curvature, whole), False, len(y), groups)


# --- ordered answers ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Fit:
    """Estimates of a regression, by maximum likelihood or least squares.

    values       (parameter,): the weights of the covariates, then the band if somebody could abstain
    covariance   (parameter, parameter), clustered
    banded       whether there is a band
    n, clusters  answers, and independent groups of them
    """

    values: Floats
    covariance: Floats
    banded: bool
    n: int
    clusters: int

    def interval(self, weights: Floats) -> Ends:
        """Compute a weighted sum of the parameters and its 95 % interval, by Student's t over clusters."""
        error = float(np.sqrt(weights @ self.covariance @ weights))
        return build_t_interval(float(weights @ self.values), error, self.clusters - 1)


def fit_ordered_logit(x: Floats, answer: Integers, cluster: Integers) -> Fit:
    r"""Fit the weights and band of an ordered logit of yes, no, and abstaining between the two.

    .. math:: P(yes) = \Lambda(u),\quad P(no) = \Lambda(-(u + b)),\quad u = x\beta

    Without :data:`NO` and :data:`ABSTAIN` among the answers there is no band and this is the usual logit.

    x        (answer, covariate), with a column of ones or one dummy per motion
    answer   (answer,), see :data:`YES`
    cluster  (answer,), whose answer it is, from 0
    Raises InputError where the answers do not determine the weights.
    Source: McCullagh (1980); errors by leaving out one cluster at a time, to first order (Bell and McCaffrey
    2002), as the plain sandwich of Liang and Zeger (1986) is too small with a hundred clusters.
    """
    banded = bool(np.isin(answer, (NO, ABSTAIN)).any())
    size = x.shape[1] + banded

    def loss(theta: Floats) -> tuple[float, Floats]:
        """Compute the negative log likelihood and its gradient."""
        logs, slopes = _compute_answer_terms(theta, x, answer, banded)
        return -float(logs.sum()), -slopes.sum(axis=0)

    start = np.zeros(size)
    start[x.shape[1] :] = 1.0
    theta = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 1000}).x
    groups = int(cluster.max()) + 1
    slope, curvature = np.zeros((groups, size)), np.zeros((groups, size, size))
    np.add.at(slope, cluster, _compute_answer_terms(theta, x, answer, banded)[1])
    for column, step in enumerate(_STEP * np.eye(size)):
        up, down = (_compute_answer_terms(theta + sign * step, x, answer, banded)[1] for sign in (1, -1))
        np.add.at(curvature[:, :, column], cluster, (down - up) / (2 * _STEP))
    whole = curvature.sum(axis=0)
    if np.abs(theta).max() > _LARGEST or np.linalg.matrix_rank(whole) < size:
        raise InputError(
            f"ordered logit: {len(answer)} answers do not determine {size} parameters; allowed: covariates "
            "that neither depend on each other nor separate all answers"
        )
    return Fit(theta, compute_jackknife_covariance(slope, curvature, whole), banded, len(answer), groups)


def compute_jackknife_covariance(slope: Floats, curvature: Floats, whole: Floats) -> Floats:
    """Compute the jackknife covariance over clusters, to first order.  (parameter, parameter)

    slope      (cluster, parameter), of the log likelihood
    curvature  (cluster, parameter, parameter), of its negative
    whole      (parameter, parameter), curvature of all, with that of a prior
    """
    groups = len(slope)
    moved = np.linalg.solve(whole - curvature, slope[..., None])[..., 0]
    return (groups - 1) / groups * moved.T @ moved


def _compute_answer_terms(theta: Floats, x: Floats, answer: Integers, banded: bool) -> tuple[Floats, Floats]:
    """Compute log probabilities of answers, (answer,), and their gradients, (answer, parameter)."""
    u, band = x @ theta[: x.shape[1]], theta[-1] if banded else 0.0
    # each answer means that u plus a logistic shock lies between two bounds
    low = np.select([answer == YES, answer == ABSTAIN], [0.0, -band], -np.inf)
    high = np.select([answer == YES, answer == NO], [np.inf, -band], 0.0)
    below, above = logistic(low - u), logistic(high - u)
    probability = np.maximum(above - below, LEAST)
    at_low, at_high = below * (1 - below), above * (1 - above)
    by_u = (at_low - at_high) / probability
    by_band = (np.where(answer == ABSTAIN, at_low, 0.0) - np.where(answer == NO, at_high, 0.0)) / probability
    slopes = x * by_u[:, None]
    return np.log(probability), np.column_stack([slopes, by_band]) if banded else slopes
