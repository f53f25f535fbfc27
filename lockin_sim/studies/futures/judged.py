"""What effects in many futures say: shares, maximin, regret, and where the sign flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from lockin_sim.conventions import Bools, Floats
from lockin_sim.studies.parts import Variables, meaning

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
    known = np.isfinite(effect)
    raises, lowers = low > 0, high < 0
    used = known.sum(axis=-1)
    share = {
        "raises": _mean(raises, known),
        "lowers": _mean(lowers, known),
        "unclear": _mean(~raises & ~lowers, known),
    }
    axes = ("scenario", "outcome")
    data: Variables = {
        f"share_{name}": (axes, value, meaning("1", f"futures in which the scenario clearly {name} it"))
        for name, value in share.items()
    }
    data["share_unclear"] = (
        axes,
        share["unclear"],
        meaning("1", "futures whose interval does not exclude zero"),
    )
    data["futures_used"] = (axes, used, meaning("futures", "futures that define the effect"))
    flips = (share["raises"] >= FLIP) & (share["lowers"] >= FLIP)
    data["flips"] = (axes, flips, meaning("", "at least 5 % of futures are clear in each direction"))
    data |= _choices(effect, scenarios)
    data |= _with_parameters(effect, raises, lowers, known, values)
    return data


def _mean(flags: Bools, known: Bools) -> Floats:
    """Share of the known for which a flag holds, over the last axis; NaN where nothing is known."""
    count = known.sum(axis=-1)
    result: Floats = np.divide(
        (flags & known).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0
    )
    return result


def _choices(effect: Floats, scenarios: Sequence[str]) -> Variables:
    """Maximin and regret, for both senses."""
    names = np.array(scenarios)
    # a future counts where every scenario is defined, so that all are judged by the same
    common = np.isfinite(effect).all(axis=0)
    none = ~common.any(axis=-1)
    found: dict[str, list[Floats]] = {"worst": [], "regret_mean": [], "regret_max": []}
    best: dict[str, list[NDArray[np.str_]]] = {"maximin": [], "minimax_regret": []}
    for sign in SENSES.values():
        gain = np.where(common, sign * effect, np.nan)
        worst = np.where(common, gain, np.inf).min(axis=-1)
        regret = np.where(common, gain, -np.inf).max(axis=0) - np.where(common, gain, 0.0)
        regret = np.where(common, regret, np.nan)
        largest = np.where(common, regret, -np.inf).max(axis=-1)
        total = np.where(common, regret, 0.0).sum(axis=-1)
        mean = np.divide(total, common.sum(axis=-1), out=np.full(total.shape, np.nan), where=~none)
        found["worst"].append(np.where(none, np.nan, sign * worst))
        found["regret_max"].append(np.where(none, np.nan, largest))
        found["regret_mean"].append(mean)
        best["maximin"].append(np.where(none, "", names[worst.argmax(axis=0)]))
        best["minimax_regret"].append(np.where(none, "", names[largest.argmin(axis=0)]))
    texts = {
        "worst": "effect in the worst future",
        "regret_mean": "mean regret over futures",
        "regret_max": "largest regret of any future",
        "maximin": "scenario whose worst future is best",
        "minimax_regret": "scenario whose largest regret is smallest",
    }
    axes = ("sense", "scenario", "outcome")
    data: Variables = {n: (axes, np.stack(v), meaning("as outcome_unit", texts[n])) for n, v in found.items()}
    return data | {n: (("sense", "outcome"), np.stack(v), meaning("", texts[n])) for n, v in best.items()}


def _with_parameters(
    effect: Floats, raises: Bools, lowers: Bools, known: Bools, values: Mapping[str, Floats]
) -> Variables:
    """How effects go with the parameters."""
    points = np.stack(list(values.values()))  # (parameter, future)
    shape = (*effect.shape[:2], len(points))
    correlation = np.full(shape, np.nan)
    for at in np.ndindex(effect.shape[:2]):
        some = known[at]
        for p, value in enumerate(points):
            correlation[*at, p] = _rank_correlation(value[some], effect[at][some])
    thirds = np.stack([np.searchsorted(np.quantile(v, [1 / 3, 2 / 3]), v) for v in points])
    inside = known[:, :, None, None, :] & (thirds[:, None, :] == np.arange(3)[:, None])
    axes = ("scenario", "outcome", "parameter")
    data: Variables = {
        "parameter_value": (("parameter", "future"), points, meaning("as parameter_unit", "value drawn")),
        "rank_correlation": (axes, correlation, meaning("1", "Spearman's rank correlation with the effect")),
    }
    for name, flags in (("raises", raises), ("lowers", lowers)):
        share = _mean(np.broadcast_to(flags[:, :, None, None, :], inside.shape), inside)
        text = f"futures with the parameter in this third in which the scenario clearly {name} it"
        data[f"share_{name}_in_third"] = ((*axes, "third"), share, meaning("1", text))
    return data


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's; NaN for fewer than three values, or where one of them does not vary."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
