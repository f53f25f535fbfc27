"""Priors of parameters, the dataset of posterior draws, and the files of a calibration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import stats

from lockin_sim.common.conventions import Floats
from lockin_sim.common.emulator import compute_terms
from lockin_sim.common.errors import check_known, unusable
from lockin_sim.common.netcdf import write_dataset
from lockin_sim.common.values import check_listed
from lockin_sim.comparisons.trial import Variables
from lockin_sim.evidence.likelihood import INFORMED, READ, combine_log_likelihoods, estimate_likelihood_noise
from lockin_sim.evidence.tolerance import estimate_run_covariance, list_recorded_values
from lockin_sim.record import Fact
from lockin_sim.runs.results import check_folder as check_place
from lockin_sim.runs.results import more_files, new_folder, write_csv, write_manifest, write_table
from lockin_sim.settings.ensemble import DATASET, STRUCTURES
from lockin_sim.settings.parameters import collect_declarations, parameter_title

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.evidence.calibrate import WalkerDraws, Wave

#: Probability between the bounds of an estimate.
INTERVAL = 0.95


class Prior(NamedTuple):
    """Independent priors of parameters.

    names   of the parameters
    low, high, centre, deviation   (parameter,); uniform from low to high with NaN for centre and deviation,
            else normal, truncated there
    """

    names: tuple[str, ...]
    low: Floats
    high: Floats
    centre: Floats
    deviation: Floats

    def values(self, places: Floats) -> Floats:
        """Compute parameter values at quantiles between 0 and 1, (..., parameter)."""
        flat = self.low + places * (self.high - self.low)
        scale = np.where(np.isnan(self.deviation), 1.0, self.deviation)
        centre = np.where(np.isnan(self.centre), 0.0, self.centre)
        law = stats.truncnorm((self.low - centre) / scale, (self.high - centre) / scale, centre, scale)
        return np.where(np.isnan(self.centre), flat, law.ppf(places))

    def spread(self) -> Floats:
        """Compute the standard deviations of the priors, (parameter,)."""
        middle = (np.arange(2000) + 0.5) / 2000
        return self.values(np.repeat(middle[:, None], len(self.names), axis=1)).std(axis=0)


def build_prior(only: Sequence[str] | None = None, fixed: Collection[str] = ()) -> Prior:
    """Build the priors of all parameters with an assumed or estimated value, or of some of them.

    An assumed parameter is uniform in its range, as is one of :data:`.likelihood.INFORMED`; the range of
    another estimate is its 95 % interval, truncated half an interval beyond it or at its valid values.
    only   names of some parameters, at least one; None = all
    fixed  names of parameters with a fixed value, which have no prior
    Raises InputError for an unknown name, for one that is neither assumed nor estimated, and for one that is
    named twice, or also fixed.
    """
    declared = collect_declarations()
    open_ones = [name for name, one in declared.items() if one.source.startswith(("assumed", "estimated"))]
    if only is not None:
        check_listed("calibrated parameters", only, allowed="a list of names, at least one")
    if only is not None and len(only) == 0:
        raise unusable("calibrated parameters", found=only, allowed="a list of names, at least one")
    names = tuple([name for name in open_ones if name not in fixed] if only is None else only)
    for name in names:
        check_known("parameter", name, declared)
        if names.count(name) > 1:
            raise unusable("calibrated parameters", words=f"{name} twice", allowed="each once")
        if name in fixed:
            raise unusable(
                "calibrated parameters", words=f"{name}, which is fixed", allowed="one that is not"
            )
        if name not in open_ones:
            raise unusable("calibrated parameters", found=name, allowed="one that is assumed or estimated")
    rows = []
    for name in names:
        one = declared[name]
        low, high = one.range
        centre = deviation = np.nan
        if one.source.startswith("estimated") and name not in INFORMED:
            centre, half = float(one.default), (high - low) / 2
            deviation = half / stats.norm.ppf((1 + INTERVAL) / 2)
            low, high = max(one.valid.low, low - half), min(one.valid.high, high + half)
        rows.append((low, high, centre, deviation))
    columns = np.array(rows, dtype=float).T
    return Prior(names, *columns)


# --- posterior ----------------------------------------------------------------------------------------

#: Quantiles of reported intervals.
LOW, HIGH = 0.05, 0.95


def build_posterior_dataset(
    prior: Prior,
    waves: list[Wave],
    parts_left: list[float],
    drawn: WalkerDraws,
    real: Floats,
    contracts: Floats,
    every: WalkerDraws,
) -> xr.Dataset:
    """Build the dataset of posterior draws and of statistics derived from them.

    prior, waves, drawn  priors, waves of the calibration, and draws of the emulators of the last wave
    parts_left  share of the prior that was not ruled out before each wave.  (wave,)
    real        every fact in runs at every draw.  (draw, run, fact)
    contracts   log likelihood of contracts at every draw, run by run.  (draw, run, country)
    every       draws of the emulators if all rows of contracts count, recalled ones among them
    Returns a dataset over draw, parameter, fact and wave: ``parameter_value`` (draw, parameter), ``weight``
    (draw); for facts, the recorded value, and means and 90 % intervals of single runs over the prior and over
    the posterior; ``model_off``, the model's error learnt in the first wave; ``explained`` of the last
    emulator; ``learnt``, standard deviation of the posterior over that of the prior; ``mean``,
    ``low`` and ``high``, and these statistics of ``every``: ``mean_all``, ``low_all`` and
    ``high_all``; ``correlation`` (parameter, other); ``contracts`` (draw,), their log likelihood; and the
    terms of the likelihood of another record, see :func:`build_likelihood_terms`.
    """
    import xarray as xr

    facts, last = waves[-1].facts, waves[-1]
    values, emulated = prior.values(drawn.places), last.emulator.mean(drawn.places)
    weight = np.full(len(values), 1 / len(values))
    before, after = compute_run_spread(waves[0].runs, None), compute_run_spread(real, weight)
    off = np.array([compute_sales_error(facts, wave.means).mean() for wave in waves])
    one = {"units": "1"}
    data: dict[str, Any] = {
        "parameter_value": (("draw", "parameter"), values, {"units": "as parameter_unit"}),
        "weight": ("draw", weight, one | {"long_name": "weight of the draw; all sum to 1"}),
        "recorded": ("fact", list_recorded_values(facts)),
        "model_off": ("fact", last.off, {"long_name": "standard deviation of the model's own error"}),
        "prior_mean": ("fact", before[0]),
        "prior_low": ("fact", before[1]),
        "prior_high": ("fact", before[2]),
        "posterior_mean": ("fact", after[0]),
        "posterior_low": ("fact", after[1]),
        "posterior_high": ("fact", after[2]),
        "explained": (
            "fact",
            last.emulator.explained,
            one | {"long_name": "part of variance the emulator explains"},
        ),
        "sales_off": ("wave", off, {"units": "points", "long_name": "mean error of mobile networks sold"}),
        "part_left": ("wave", np.array(parts_left), one | {"long_name": "part of the prior left before"}),
    }
    data |= build_parameter_variables(values, weight, prior.spread()) | build_likelihood_terms(
        facts, last, emulated
    )
    data |= build_contract_variables(prior, every, contracts)
    labels = {"draw": np.arange(len(weight)), "wave": np.arange(1, len(waves) + 1)}
    about = {
        "points": len(waves[0].places),
        "effective_draws": compute_effective_draws(weight, drawn.independent),
        "independent_steps": drawn.independent,
        "steps_alike": drawn.steps_alike,
        "accepted": drawn.accepted,
        "draws_sales_off": float(weight @ compute_sales_error(facts, emulated)),
        "contracts_noise": estimate_likelihood_noise(contracts),
    }
    about |= measure_emulator_errors(last, drawn, real, contracts)
    return xr.Dataset(data, coords=_build_posterior_labels(prior, facts) | labels, attrs=about)


def _build_posterior_labels(prior: Prior, facts: Sequence[Fact]) -> dict[str, Any]:
    """Build the labels of parameters and of facts, with their titles and units."""
    return {
        "parameter": list(prior.names),
        "other": list(prior.names),
        "parameter_label": ("parameter", [parameter_title(name) for name in prior.names]),
        "parameter_unit": ("parameter", [collect_declarations()[name].unit for name in prior.names]),
        "fact": [fact.name for fact in facts],
        "other_fact": [fact.name for fact in facts],
        "fact_label": ("fact", [fact.title for fact in facts]),
        "subject": ("fact", [fact.subject for fact in facts]),
    }


def compute_effective_draws(weight: Floats, independent: float) -> float:
    """Compute the number of independent, unweighted draws whose mean is as exact as that of the draws.

    The variance of the mean is that of weights (Kish 1965) and, since steps are alike, that of the walkers'.
    weight       of draws that were chosen at random from all steps, sum 1.  (draw,)
    independent  number of independent draws that all steps are worth
    """
    return float(1 / (np.sum(weight**2) + 1 / independent))


def measure_emulator_errors(
    wave: Wave, drawn: WalkerDraws, real: Floats, contracts: Floats
) -> dict[str, float]:
    """Measure how far real runs at draws are from the emulators that the draws were sampled from.

    Arguments as of :func:`build_posterior_dataset`.
    Returns ``emulated_off``, the standard deviation of differences of the log likelihood of contracts, real
    less emulated, between draws; and ``facts_off``, mean squared difference of facts' means over that which
    the chance of runs alone would bring about, 1 where emulators have no error.
    """
    apart = combine_log_likelihoods(contracts) - wave.likely_contracts[READ](compute_terms(drawn.places))
    chance = np.diag(estimate_run_covariance(real)) / real.shape[1]
    moved = chance > 0
    square = np.square(real.mean(axis=1) - wave.emulator.mean(drawn.places)).mean(axis=0)
    return {"emulated_off": float(apart.std()), "facts_off": float((square[moved] / chance[moved]).mean())}


def build_contract_variables(prior: Prior, every: WalkerDraws, contracts: Floats) -> Variables:
    """Build variables of the contracts, see :func:`build_posterior_dataset`.

    Returns ``contracts``, their log likelihood, and ``mean_all``, ``low_all`` and ``high_all`` of parameters.
    """
    even = np.full(len(every.places), 1 / len(every.places))
    others = build_parameter_variables(prior.values(every.places), even, 1.0)
    learnt: dict[str, Any] = {f"{name}_all": others[name] for name in ("mean", "low", "high")}
    text = {"units": "1", "long_name": "log likelihood of contracts"}
    return learnt | {"contracts": ("draw", combine_log_likelihoods(contracts), text)}


def build_parameter_variables(values: Floats, weight: Floats, prior_spread: Floats | float) -> Variables:
    """Compute statistics of each parameter over draws, see :func:`build_posterior_dataset`.

    values        of draws.  (draw, parameter)
    weight        of draws, sum 1.  (draw,)
    prior_spread  prior standard deviation.  (parameter,)
    Returns ``mean``, ``low``, ``high``, ``learnt`` and ``correlation``.
    """
    mean = weight @ values
    inside = values - mean
    covariance = (inside * weight[:, None]).T @ inside
    deviation = np.sqrt(np.diag(covariance))
    correlation = covariance / np.maximum(np.outer(deviation, deviation), np.finfo(float).tiny)
    low, high = (compute_weighted_quantile(values, weight, q) for q in (LOW, HIGH))
    one, end, axis = {"units": "1"}, {"long_name": "end of the interval of 90 %"}, ("parameter",)
    learnt = one | {"long_name": "standard deviation of the posterior over that of the prior"}
    return {
        "mean": (axis, mean, {}),
        "low": (axis, low, end),
        "high": (axis, high, end),
        "learnt": (axis, deviation / prior_spread, learnt),
        "correlation": (("parameter", "other"), correlation, one),
    }


def build_likelihood_terms(facts: Sequence[Fact], wave: Wave, means: Floats) -> Variables:
    """Build the terms of the likelihood of any record at the draws, in single precision.

    ``fact_mean`` (draw, fact), the emulated mean; ``emulator_error`` (fact), its error; ``published`` (fact),
    the publisher's error; ``luck`` and ``off`` (fact, other_fact), covariances of single runs and of errors,
    see :class:`.Tolerance`.  Single precision halves the file.
    means  of every fact at every draw, emulated.  (draw, fact)
    """
    both, error = ("fact", "other_fact"), np.array([fact.error for fact in facts])
    rows = (
        ("fact_mean", ("draw", "fact"), means, "mean over runs, emulated at the draw"),
        ("emulator_error", ("fact",), wave.emulator.error, "standard deviation of the emulated mean's error"),
        ("published", ("fact",), error, "standard deviation of the publisher's error"),
        ("luck", both, wave.tolerance.luck, "covariance of single runs"),
        ("off", both, wave.tolerance.other, "covariance of publishers' and the model's errors"),
    )
    return {name: (axes, value.astype(np.float32), {"long_name": text}) for name, axes, value, text in rows}


def compute_weighted_quantile(values: Floats, weight: Floats, part: float) -> Floats:
    """Compute the weighted quantile of every column.  (column,)

    values  (draw, column);  weight  (draw,);  part  probability of the quantile
    """
    order = np.argsort(values, axis=0)
    below = np.cumsum(weight[order], axis=0) - weight[order] / 2
    ordered = np.take_along_axis(values, order, axis=0)
    return np.array([np.interp(part, b, v) for b, v in zip(below.T, ordered.T, strict=True)])


def compute_run_spread(runs: Floats, weight: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Compute the mean and the ends of the 90 % interval of single runs over all points.

    runs    (point, run, fact)
    weight  of points, None = equal.  (point,)
    Returns mean, low and high, (fact,) each.
    """
    points, each, _ = runs.shape
    some = np.full(points, 1 / points) if weight is None else weight
    flat, share = runs.reshape(points * each, -1), np.repeat(some / each, each)
    low, high = (compute_weighted_quantile(flat, share, part) for part in (LOW, HIGH))
    return share @ flat, low, high


def compute_sales_error(facts: Sequence[Fact], means: Floats) -> Floats:
    """Compute the mean error of mobile networks sold, percentage points.  (point,)

    means  of facts.  (point, fact)
    """
    mine = np.array([fact.subject == "mobile networks sold" for fact in facts])
    return 100 * np.abs(means - list_recorded_values(facts))[:, mine].mean(axis=1)


# --- files ---------------------------------------------------------------------------------------------

#: Tables, and the variables of each.
TABLES = {
    "parameters.csv": ("mean", "low", "high", "learnt", "mean_all", "low_all", "high_all"),
    "correlations.csv": ("correlation",),
    "facts.csv": (
        "recorded",
        "prior_mean",
        "prior_low",
        "prior_high",
        "posterior_mean",
        "posterior_low",
        "posterior_high",
        "model_off",
        "explained",
    ),
    "waves.csv": ("part_left", "sales_off"),
    "structures.csv": ("log_marginal",),
}


#: Folder of the runs, and the key of the manifest.
STORE, KIND = "runs", "calibration"


def check_calibration_folder(folder: Path) -> None:
    """Raise InputError unless the folder is new, empty, or that of an earlier calibration."""
    check_place(folder, (STORE,), KIND)


def write_calibration(posterior: xr.Dataset, folder: Path) -> None:
    """Write all files of a calibration, figures last, so that a failing figure loses no data."""
    import xarray as xr

    with new_folder(folder, (STORE,), KIND) as new:
        value = posterior["structure_value"].rename(structure_draw="draw")
        posterior = posterior.drop_dims("structure_draw")
        write_dataset(xr.Dataset({"parameter_value": value.astype(np.float32)}), new / STRUCTURES)
        write_dataset(posterior, new / DATASET)
        names = posterior["parameter"].values.tolist()
        rows = np.column_stack([posterior["weight"].values, posterior["parameter_value"].values])
        write_csv(new / "draws.csv", ("draw", "weight", *names), ([k, *row] for k, row in enumerate(rows)))
        for file, variables in TABLES.items():
            write_table(posterior, variables, new / file)
        write_manifest(new, {KIND: posterior.attrs})
    from lockin_sim.pages import plots

    with more_files(folder) as new:
        for save in plots.saving(KIND, posterior, new).values():
            save()
