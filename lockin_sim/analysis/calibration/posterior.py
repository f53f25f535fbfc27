"""What the record leaves: weighted draws of the parameters, and how much was learnt of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.calibration import likelihood
from lockin_sim.analysis.calibration.facts import Fact
from lockin_sim.analysis.calibration.likelihood import Tolerance
from lockin_sim.analysis.calibration.priors import Prior
from lockin_sim.analysis.calibration.sampling import Sampled
from lockin_sim.analysis.calibration.waves import Wave
from lockin_sim.conventions import Floats
from lockin_sim.parameters import declarations, parameter_title
from lockin_sim.studies.parts import Variables

if TYPE_CHECKING:
    import xarray as xr

#: Ends of the intervals that are reported.
LOW, HIGH = 0.05, 0.95


def posterior_of(
    prior: Prior, waves: list[Wave], parts_left: list[float], drawn: Sampled, weight: Floats, runs: Floats
) -> xr.Dataset:
    """Draws and what follows from them.

    parts_left  part of the prior that was not ruled out when each wave was made.  (wave,)
    weight      of draws, sum 1.  (draw,)
    runs        of every fact at every draw.  (draw, run, fact)
    Returns a dataset over draw, parameter, fact and wave: ``parameter_value`` (draw, parameter), ``weight``
    (draw); of facts, what is recorded, and means and intervals of 90 % of single runs over the prior and over
    the posterior; ``model_off``, what the model is off, learnt in the first wave; ``method`` and
    ``explained`` of the last emulator; ``learnt``, standard deviation of the posterior over that of the
    prior; ``correlation`` (parameter, other); and what the likelihood of another record is computed from,
    see :func:`what_weighs`.
    """
    import xarray as xr

    facts, last = waves[-1].facts, waves[-1]
    values = prior.values(drawn.places)
    before, after = spread_of(waves[0].runs, None), spread_of(runs, weight)
    off = np.array([sales_off(facts, wave.means).mean() for wave in waves])
    one = {"units": "1"}
    data: dict[str, Any] = {
        "parameter_value": (("draw", "parameter"), values, {"units": "as parameter_unit"}),
        "weight": ("draw", weight, one | {"long_name": "weight of the draw; all sum to 1"}),
        "recorded": ("fact", likelihood.record(facts)),
        "model_off": ("fact", last.off, {"long_name": "standard deviation of the model's own error"}),
        "prior_mean": ("fact", before[0]),
        "prior_low": ("fact", before[1]), "prior_high": ("fact", before[2]),
        "posterior_mean": ("fact", after[0]),
        "posterior_low": ("fact", after[1]), "posterior_high": ("fact", after[2]),
        "method": ("fact", list(last.emulator.methods)),
        "explained": (
            "fact", last.emulator.explained, one | {"long_name": "part of variance the emulator explains"}
        ),
        "sales_off": ("wave", off, {"units": "points", "long_name": "mean error of mobile networks sold"}),
        "part_left": ("wave", np.array(parts_left), one | {"long_name": "part of the prior left before"}),
    }  # fmt: skip
    data |= of_parameters(values, weight, prior.spread()) | what_weighs(facts, last.tolerance, runs)
    labels: dict[str, Any] = {
        "parameter": list(prior.names),
        "other": list(prior.names),
        "parameter_label": ("parameter", [parameter_title(name) for name in prior.names]),
        "parameter_unit": ("parameter", [declarations()[name].unit for name in prior.names]),
        "fact": [fact.name for fact in facts],
        "other_fact": [fact.name for fact in facts],
        "fact_label": ("fact", [fact.title for fact in facts]),
        "subject": ("fact", [fact.subject for fact in facts]),
        "draw": np.arange(len(weight)),
        "wave": np.arange(1, len(waves) + 1),
    }
    about = {"points": len(waves[0].places), "effective_draws": float(1 / np.sum(weight**2))}
    about["draws_sales_off"] = float(weight @ sales_off(facts, runs.mean(axis=1)))
    about |= {"accepted": drawn.accepted, "steps_alike": drawn.steps_alike}
    return xr.Dataset(data, coords=labels, attrs=about)


def of_parameters(values: Floats, weight: Floats, prior_spread: Floats) -> Variables:
    """What is known of each parameter, see :func:`posterior_of`.

    values        of draws.  (draw, parameter)
    weight        of draws, sum 1.  (draw,)
    prior_spread  standard deviation before the record was looked at.  (parameter,)
    """
    mean, deviation, correlation = moments(values, weight)
    low, high = (weighted_quantile(values, weight, q) for q in (LOW, HIGH))
    one, end = {"units": "1"}, {"long_name": "end of the interval of 90 %"}
    return {
        "mean": (("parameter",), mean, {}),
        "low": (("parameter",), low, end),
        "high": (("parameter",), high, end),
        "learnt": (
            ("parameter",), deviation / prior_spread,
            one | {"long_name": "standard deviation of the posterior over that of the prior"},
        ),
        "correlation": (("parameter", "other"), correlation, one),
    }  # fmt: skip


def what_weighs(facts: Sequence[Fact], tolerance: Tolerance, runs: Floats) -> Variables:
    """What the likelihood of any record at the draws needs, in single precision, which halves the file.

    ``fact_mean`` (draw, fact), the mean over runs; ``published`` (fact), the publisher's error; ``luck`` and
    ``off`` (fact, other_fact), covariances of single runs and of errors, see :class:`.Tolerance`.
    runs  of every fact at every draw.  (draw, run, fact)
    """
    both = ("fact", "other_fact")
    found: Variables = {
        "fact_mean": (("draw", "fact"), runs.mean(axis=1), {"long_name": "mean over the runs of the draw"}),
        "published": (
            ("fact",), np.array([fact.observation for fact in facts]),
            {"long_name": "standard deviation of the publisher's error"},
        ),
        "luck": (both, tolerance.luck, {"long_name": "covariance of single runs"}),
        "off": (both, tolerance.other, {"long_name": "covariance of publishers' and the model's errors"}),
    }  # fmt: skip
    return {name: (axes, value.astype(np.float32), about) for name, (axes, value, about) in found.items()}


def moments(values: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Weighted mean, standard deviation and correlation.  values: (draw, parameter)."""
    mean = weight @ values
    inside = values - mean
    covariance = (inside * weight[:, None]).T @ inside
    deviation = np.sqrt(np.diag(covariance))
    return mean, deviation, covariance / np.maximum(np.outer(deviation, deviation), np.finfo(float).tiny)


def weighted_quantile(values: Floats, weight: Floats, part: float) -> Floats:
    """The value below which a part of the weight lies, of every column.  values: (draw, column)."""
    order = np.argsort(values, axis=0)
    below = np.cumsum(weight[order], axis=0) - weight[order] / 2
    ordered = np.take_along_axis(values, order, axis=0)
    return np.array([np.interp(part, b, v) for b, v in zip(below.T, ordered.T, strict=True)])


def spread_of(runs: Floats, weight: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Mean and interval of 90 % of single runs over all points.  runs: (point, run, fact)."""
    points, each, _ = runs.shape
    some = np.full(points, 1 / points) if weight is None else weight
    flat, share = runs.reshape(points * each, -1), np.repeat(some / each, each)
    low, high = (weighted_quantile(flat, share, part) for part in (LOW, HIGH))
    return share @ flat, low, high


def sales_off(facts: Sequence[Fact], means: Floats) -> Floats:
    """Mean error of mobile networks sold, in points of share.  means: (point, fact); returns (point,)."""
    mine = np.array([fact.subject == "mobile networks sold" for fact in facts])
    found: Floats = 100 * np.abs(means - likelihood.record(facts))[:, mine].mean(axis=1)
    return found
