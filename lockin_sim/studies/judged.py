r"""What effects in many futures say: shares, maximin, regret, where the sign flips, and the origin of doubt.

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

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import rankdata

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.statistics import mean_over_runs, quantiles, spread
from lockin_sim.studies.contrast import Variables, meaning

#: The sign of an effect flips where at least this share of futures is clear in each direction.  Of futures
#: without any effect, one in forty is clear in each by chance.
FLIP = 0.05

#: Those who want an outcome higher, and those who want it lower.
SENSES = {"higher": 1.0, "lower": -1.0}


def judge(
    effect: Floats,
    low: Floats,
    high: Floats,
    values: Mapping[str, Floats],
    scenarios: Sequence[str],
) -> Variables:
    """Judgements of effects (scenario, outcome, future), the baseline first; values (future,) by parameter.

    * ``share_raises``, ``share_lowers``, ``share_unclear`` (scenario, outcome): futures in which the future's
      own 95 % interval is above zero, below zero, or neither; ``futures_used`` behind them.
    * ``worst`` (sense, scenario, outcome): the effect in the worst future for those who want the outcome
      higher or lower; ``maximin`` (sense, outcome): the scenario whose worst is best, doing nothing included.
    * ``regret_mean``, ``regret_max`` (sense, scenario, outcome): how much better the best scenario of each
      future would have been, over futures in which all are defined; ``minimax_regret`` (sense, outcome): the
      scenario with the smallest largest regret.  Ties go to the first, which is doing nothing.
    * ``flips`` (scenario, outcome): at least 5 % of futures are clear in each direction.
    * ``rank_correlation`` (scenario, outcome, parameter), Spearman's, of a parameter with the effect; and
      ``share_raises_in_third``, ``share_lowers_in_third`` (scenario, outcome, parameter, third): the clear
      shares where the parameter is in the lowest, middle or highest third of its values.
    """
    known, raises, lowers = np.isfinite(effect), low > 0, high < 0
    clear = {"raises": raises, "lowers": lowers}
    share = {name: _mean(flags, known) for name, flags in clear.items()}
    axes, text = ("scenario", "outcome"), "futures in which the scenario clearly {} it"
    data: Variables = {
        f"share_{name}": (axes, value, meaning("1", text.format(name))) for name, value in share.items()
    }
    unclear = meaning("1", "futures whose interval does not exclude zero")
    data["share_unclear"] = (axes, _mean(~raises & ~lowers, known), unclear)
    data["futures_used"] = (axes, known.sum(axis=-1), meaning("futures", "futures that define the effect"))
    flips = (share["raises"] >= FLIP) & (share["lowers"] >= FLIP)
    data["flips"] = (axes, flips, meaning("", "at least 5 % of futures are clear in each direction"))
    return data | _choices(effect, scenarios) | _with_parameters(effect, clear, known, values)


def _mean(flags: Bools, known: Bools) -> Floats:
    """Share of the known for which a flag holds, over the last axis; NaN where nothing is known."""
    count = known.sum(axis=-1)
    result: Floats = np.divide(
        (flags & known).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0
    )
    return result


def _choices(effect: Floats, scenarios: Sequence[str]) -> Variables:
    """Maximin and regret, for both senses."""
    # a future counts where every scenario is defined, so that all are judged by the same
    common = np.isfinite(effect).all(axis=0)
    none = ~common.any(axis=-1)
    names, rows = np.array(scenarios), []
    for sign in SENSES.values():
        gain = np.where(common, sign * effect, np.nan)
        worst = np.where(common, gain, np.inf).min(axis=-1)
        regret = np.where(common, gain, -np.inf).max(axis=0) - np.where(common, gain, 0.0)
        largest = np.where(common, regret, -np.inf).max(axis=-1)
        total = np.where(common, regret, 0.0).sum(axis=-1)
        mean = np.divide(total, common.sum(axis=-1), out=np.full(total.shape, np.nan), where=~none)
        maximin, least = (np.where(none, "", names[at]) for at in (worst.argmax(0), largest.argmin(0)))
        worst, largest = (np.where(none, np.nan, values) for values in (sign * worst, largest))
        rows.append((worst, mean, largest, maximin, least))
    axes, unit = ("sense", "scenario", "outcome"), "as outcome_unit"
    texts = {
        "worst": (axes, unit, "effect in the worst future"),
        "regret_mean": (axes, unit, "mean regret over futures"),
        "regret_max": (axes, unit, "largest regret of any future"),
        "maximin": (("sense", "outcome"), "", "scenario whose worst future is best"),
        "minimax_regret": (("sense", "outcome"), "", "scenario whose largest regret is smallest"),
    }
    return {
        name: (along, np.stack(values), meaning(units, text))
        for (name, (along, units, text)), values in zip(texts.items(), zip(*rows, strict=True), strict=True)
    }


def _with_parameters(
    effect: Floats, clear: Mapping[str, Bools], known: Bools, values: Mapping[str, Floats]
) -> Variables:
    """How effects go with the parameters."""
    points = np.stack(list(values.values()))  # (parameter, future)
    correlation = np.full((*effect.shape[:2], len(points)), np.nan)
    for at in np.ndindex(effect.shape[:2]):
        some = known[at]
        correlation[at] = [_rank_correlation(value[some], effect[at][some]) for value in points]
    thirds = np.stack([np.searchsorted(np.quantile(v, [1 / 3, 2 / 3]), v) for v in points])
    inside = known[:, :, None, None, :] & (thirds[:, None, :] == np.arange(3)[:, None])
    axes = ("scenario", "outcome", "parameter")
    data: Variables = {
        "parameter_value": (("parameter", "future"), points, meaning("as parameter_unit", "value drawn")),
        "rank_correlation": (axes, correlation, meaning("1", "Spearman's rank correlation with the effect")),
    }
    for name, flags in clear.items():
        share = _mean(np.broadcast_to(flags[:, :, None, None, :], inside.shape), inside)
        text = f"futures with the parameter in this third in which the scenario clearly {name} it"
        data[f"share_{name}_in_third"] = ((*axes, "third"), share, meaning("1", text))
    return data


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's; NaN for fewer than three values, or where one of them does not vary."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


# --- luck, parameters and structure ---

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
    rows = []
    for effect in differences:
        of_future, _ = mean_over_runs(effect)  # (outcome, future)
        low, high = quantiles(effect.transpose(0, 2, 1).reshape(-1, effect.shape[1]), *ENDS)
        under = [mean_over_runs(of_future[:, kinds == kind].T) for kind in range(alternatives)]
        means, counts = (np.stack(of, axis=-1) for of in zip(*under, strict=True))
        origins = np.array([variances(effect[:, k], kinds) for k in range(effect.shape[1])])
        rows.append((mean_over_runs(of_future.T)[0], low, high, origins, means, counts))
    mean, low, high, parts, means, counts = (np.stack(of) for of in zip(*rows, strict=True))
    # one run in a future cannot tell luck from parameters: then the rest is no whole
    total = parts[..., :2].sum(axis=-1, keepdims=True) + np.nan_to_num(parts[..., 2:])
    share = np.divide(parts, total, out=np.full(parts.shape, np.nan), where=total > 0)
    axes, unit = ("scenario", "outcome"), "as outcome_unit"
    of_origins, of_alternatives = (*axes, "origin"), (*axes, "alternative")
    return {
        "expected": (axes, mean, meaning(unit, "effect, mean over futures")),
        "expected_low": (axes, low, meaning(unit, "below it are 2.5 % of single runs")),
        "expected_high": (axes, high, meaning(unit, "above it are 2.5 % of single runs")),
        "variance": (of_origins, parts, meaning("as outcome_unit, squared", "variance of the effect")),
        "variance_share": (of_origins, share, meaning("1", "part of the variance of the effect")),
        "expected_under": (of_alternatives, means, meaning(unit, "effect, mean over futures")),
        "futures_under": (of_alternatives, counts, meaning("futures", "futures behind it")),
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
