r"""How far an effect may lie from its mean, and why: luck, parameters, and how the model is built.

Of a policy's effect :math:`d_{ri}` in run r of future i, whose structural alternative is a(i), the variance
over worlds is by the law of total variance

.. math:: \mathrm{Var}\,d = L + P + S,

L the mean over futures of the variance between runs; P that of the futures' true effects under one
alternative; S that of the alternatives' mean effects, each counted as often as futures have it.  With n
futures, :math:`n_a` of them under alternative a of K, and R runs in each,

.. math::
   L = \tfrac1n \sum_i s_i^2, \qquad
   P = W - \tfrac1n \sum_i s_i^2 / R, \qquad
   S = \sum_a \tfrac{n_a}{n} (\bar d_a - \bar d)^2 - \tfrac{K - 1}{n} W,

:math:`s_i^2` the variance between the runs of a future,
:math:`W = \sum_i (\bar d_i - \bar d_{a(i)})^2 / (n - K)` that between the means of futures under one
alternative.  What is taken off is what chance adds to the sums, so that each is right on average; a negative
one is shown as 0.  What a parameter does under one alternative alone counts as P.  One-way analysis of
variance with random effects: Searle, Casella and McCulloch (1992).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.statistics import mean_over_runs, quantiles, spread
from lockin_sim.studies.parts import Variables, meaning

#: Where the doubt about an effect comes from.
ORIGINS = ("luck", "parameters", "structure")

#: Ends of the range of single runs that is told, 95 % of them.
ENDS = (0.025, 0.975)


def split(differences: Sequence[Floats], kinds: Integers, alternatives: int) -> Variables:
    """Mean effects over all futures, the range of single runs, and the variance by origin.

    differences  effects by run, one array (run, outcome, future) a scenario
    kinds        alternative of every future, 0 to ``alternatives`` - 1.  (future,)
    Returns, over (scenario, outcome): ``expected``, the mean over futures; ``expected_low`` and
    ``expected_high``, between which 95 % of single runs of all futures lie; ``variance`` (..., origin) and
    its parts ``variance_share``; and ``expected_under`` (..., alternative), with ``futures_under`` behind it.
    NaN are structure with one alternative; luck and parameters, and all shares, with one run in a future.
    """
    axes = ("scenario", "outcome")
    mean, low, high, variance, under, behind = ([] for _ in range(6))
    for effect in differences:
        of_future, _ = mean_over_runs(effect)  # (outcome, future)
        mean.append(mean_over_runs(of_future.T)[0])
        ends = quantiles(effect.transpose(0, 2, 1).reshape(-1, effect.shape[1]), *ENDS)
        low.append(ends[0])
        high.append(ends[1])
        variance.append([variances(effect[:, k], kinds) for k in range(effect.shape[1])])
        found = [mean_over_runs(of_future[:, kinds == kind].T) for kind in range(alternatives)]
        under.append(np.stack([m for m, _ in found], axis=-1))
        behind.append(np.stack([count for _, count in found], axis=-1))
    parts = np.array(variance)
    # one run in a future cannot tell luck from parameters: then the rest is no whole
    total = parts[..., :2].sum(axis=-1, keepdims=True) + np.nan_to_num(parts[..., 2:])
    share = np.divide(parts, total, out=np.full(parts.shape, np.nan), where=total > 0)
    unit, one = "as outcome_unit", "1"
    return {
        "expected": (axes, np.stack(mean), meaning(unit, "effect, mean over futures")),
        "expected_low": (axes, np.stack(low), meaning(unit, "below it are 2.5 % of single runs")),
        "expected_high": (axes, np.stack(high), meaning(unit, "above it are 2.5 % of single runs")),
        "variance": ((*axes, "origin"), parts, meaning("as outcome_unit, squared", "variance of the effect")),
        "variance_share": ((*axes, "origin"), share, meaning(one, "part of the variance of the effect")),
        "expected_under": (
            (*axes, "alternative"),
            np.stack(under),
            meaning(unit, "effect, mean over futures"),
        ),
        "futures_under": ((*axes, "alternative"), np.stack(behind), meaning("futures", "futures behind it")),
    }


def variances(effect: Floats, kinds: Integers) -> Floats:
    """Variance by origin, in the order of ORIGINS; NaN where it was not asked or cannot be told.

    effect  of one policy on one outcome.  (run, future)
    kinds   alternative of every future.  (future,)
    """
    of_future, runs = mean_over_runs(effect)
    known = np.isfinite(of_future)
    inside = spread(effect)[known] ** 2
    within = np.isfinite(inside)  # at least two runs
    luck = float(inside[within].mean()) if within.any() else np.nan
    noise = float((inside[within] / runs[known][within]).mean()) if within.any() else np.nan
    mean, kind = of_future[known], kinds[known]
    groups = [mean[kind == k] for k in np.unique(kind)]
    left = len(mean) - len(groups)
    if left < 1:
        return np.array([luck, np.nan, np.nan])
    between = sum(float(((of - of.mean()) ** 2).sum()) for of in groups) / left
    parameters = max(between - noise, 0.0) if within.any() else np.nan
    apart = sum(len(of) * (of.mean() - mean.mean()) ** 2 for of in groups) / len(mean)
    structure = max(float(apart) - (len(groups) - 1) * between / len(mean), 0.0)
    return np.array([luck, parameters, structure if len(groups) > 1 else np.nan])
