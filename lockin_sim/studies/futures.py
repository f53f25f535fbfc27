"""Many futures: what a policy does, and whether it does the same whatever is uncertain about the model.

A future has values of the uncertain parameters and one model structure.  Values are equally likely draws of a
calibration (method "posterior"), while parameters that were not calibrated keep their values; or they cover
ranges evenly, by a scrambled Sobol sequence ("sobol"; best for powers of two) or a Latin hypercube
("latin_hypercube").  Every second future has the default structure, the others take the alternatives in turn;
settings of an alternative override draws.  Means of effects are those of the default structure, and every
alternative has its own: a mechanism is never averaged on and off.  Policy and baseline share the shocks of
each run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from lockin_sim.common.conventions import MOST_DRAWS, RUNS, Bools, Floats, Integers
from lockin_sim.common.errors import InputError, chosen_of, known_name, unknown_name, unusable, whole_number
from lockin_sim.common.statistics import mean_over_runs, quantiles, spread
from lockin_sim.record.histories import CONDITIONED, Given, on_record, usual_history
from lockin_sim.runs.workers import check_numbers
from lockin_sim.settings import design
from lockin_sim.settings.design.table import Varied
from lockin_sim.settings.ensemble import Source, digest, history_of, posterior_of, resampled, values_of
from lockin_sim.settings.parameters import ByName, Parameters, declarations, parameter_title, parameters_of
from lockin_sim.settings.scenario import Named
from lockin_sim.studies.contrast import (
    Arm,
    Options,
    Pairing,
    Setup,
    Trial,
    Variables,
    chosen_scenarios,
    estimate,
    meaning,
    scenario_labels,
    setup,
)
from lockin_sim.studies.goals import read_in, selected
from lockin_sim.studies.variants import DEFAULT, STRUCTURAL

if TYPE_CHECKING:
    import xarray as xr


#: An effect flips if at least this share of futures is clear in each direction.  Without any effect, one
#: future in forty is clear in each by chance.
FLIP = 0.05

#: Directions that somebody may want.
SENSES = {"higher": 1.0, "lower": -1.0}


def judge(
    effect: Floats,
    low: Floats,
    high: Floats,
    values: Mapping[str, Floats],
    scenarios: Sequence[str],
) -> Variables:
    """Judgements of effects (scenario, outcome, future), the baseline first; values (future,) by parameter.

    * ``share_raises``, ``share_lowers``, ``share_unclear`` (scenario, outcome): shares of futures whose own
      95 % interval is above zero, below zero, or includes it; ``futures_used`` behind them.
    * ``worst`` (sense, scenario, outcome): the effect in the worst future for those who want the outcome
      higher or lower; ``maximin`` (sense, outcome): the scenario with the best worst future, doing nothing
      included.
    * ``regret_mean``, ``regret_max`` (sense, scenario, outcome): how much better the best scenario of each
      future would have been, over futures in which all are defined; ``minimax_regret`` (sense, outcome): the
      scenario with the smallest maximum regret.  Ties go to the first, which is doing nothing.
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
    """Share of known values for which a flag holds, over the last axis; NaN if none is known."""
    count = known.sum(axis=-1)
    result: Floats = np.divide(
        (flags & known).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0
    )
    return result


def _choices(effect: Floats, scenarios: Sequence[str]) -> Variables:
    """Maximin and regret, for both senses."""
    # futures in which every scenario is defined, so that all are judged by the same ones
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
    """Relations of effects to parameters."""
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
    """Spearman's correlation; NaN for fewer than three values, or if either does not vary."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    from scipy.stats import rankdata  # lazy: it loads slowly, and parts of this module serve other studies

    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


# --- chance, parameters and structure ---

#: Origins of the uncertainty of an effect.
ORIGINS = ("luck", "parameters", "structure")

#: Ends of the range of 95 % of single runs.
ENDS = (0.025, 0.975)


def split(differences: Sequence[Floats], kinds: Integers, alternatives: int, draws: Integers) -> Variables:
    """Mean effects of the default structure and of each other, the range of single runs, and the variance by
    origin.

    differences  effects by run, one array (run, outcome, future) per scenario
    kinds        alternative of every future, 0 to ``alternatives`` - 1; 0 is the default.  (future,)
    draws        of every future, as in :func:`lockin_sim.common.statistics.interval`.  (future,)
    Returns, over (scenario, outcome): ``expected``, the mean over futures of the default structure;
    ``expected_low`` and ``expected_high``, between which 95 % of their single runs lie; ``variance``
    (..., origin) over all futures and its parts ``variance_share``; and ``expected_under``
    (..., alternative), with ``futures_under`` behind it.
    Structure is NaN with one alternative; chance and parameters, and all shares, with one run per future.
    """
    rows, usual = [], kinds == 0
    for effect in differences:
        of_future, _ = mean_over_runs(effect)  # (outcome, future)
        runs = effect[..., usual].transpose(0, 2, 1).reshape(-1, effect.shape[1])
        low, high = quantiles(runs, *ENDS, draws=np.tile(draws[usual], len(effect)))
        under = [mean_over_runs(of_future[:, kinds == kind].T) for kind in range(alternatives)]
        means, counts = (np.stack(of, axis=-1) for of in zip(*under, strict=True))
        origins = np.array([variances(effect[:, k], kinds) for k in range(effect.shape[1])])
        rows.append((means[:, 0], low, high, origins, means, counts))
    mean, low, high, parts, means, counts = (np.stack(of) for of in zip(*rows, strict=True))
    # one run per future cannot separate chance from parameters
    total = parts[..., :2].sum(axis=-1, keepdims=True) + np.nan_to_num(parts[..., 2:])
    share = np.divide(parts, total, out=np.full(parts.shape, np.nan), where=total > 0)
    axes, unit = ("scenario", "outcome"), "as outcome_unit"
    of_origins, of_alternatives = (*axes, "origin"), (*axes, "alternative")
    return {
        "expected": (axes, mean, meaning(unit, "effect, mean over futures of the default structure")),
        "expected_low": (axes, low, meaning(unit, "below it are 2.5 % of single runs")),
        "expected_high": (axes, high, meaning(unit, "above it are 2.5 % of single runs")),
        "variance": (of_origins, parts, meaning("as outcome_unit, squared", "variance of the effect")),
        "variance_share": (of_origins, share, meaning("1", "part of the variance of the effect")),
        "expected_under": (of_alternatives, means, meaning(unit, "effect, mean over futures")),
        "futures_under": (of_alternatives, counts, meaning("futures", "futures behind it")),
    }


def variances(effect: Floats, kinds: Integers) -> Floats:
    """Variance by origin, in the order of ORIGINS; NaN where it cannot be separated.

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


POSTERIOR = "posterior"
METHODS = (POSTERIOR, "sobol", "latin_hypercube")

#: Prefix of the source of a parameter that is a choice of units.
NORMALISATION = "normalisation"

type Values = Parameters | ByName | None


def futures(
    scenarios: Sequence[Named] | Named,
    *,
    outcomes: Sequence[str] | None = None,
    varied: Varied | None = None,
    n: int = 64,
    runs: int = RUNS.points,
    method: str | None = None,
    alternatives: Sequence[str] | None = None,
    year: int | None = None,
    baseline: Named = "baseline",
    history: Given | None = None,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Effects of scenarios in many futures, see :mod:`lockin_sim.studies.futures`.

    Parameters
    ----------
    scenarios, baseline, options : as in :func:`lockin_sim.compare`; ``parameters`` (of a Parameters object,
        those that differ from their defaults) are not drawn, unless ``varied`` names them.  Without a
        ``posterior``, draws are the bundled ones.
    outcomes : what is judged, in both directions, goals among them; None = headlines and adopters' surplus.
    varied : parameters drawn from ranges, as in :mod:`lockin_sim.design`; None = all but normalisations.
    n, runs : number of futures, and of runs in each.
    method : "posterior", "sobol" or "latin_hypercube"; None = the first, with ``varied`` the second.
    alternatives : names of STRUCTURAL; None = all with a posterior, the default only with ranges.
    year : of the outcomes; None = the last.
    history : as in :func:`lockin_sim.compare`; each draw of a posterior has its own.

    Returns
    -------
    Dataset
        ``effect``, ``effect_low``, ``effect_high`` and ``pairs_used`` over (scenario, outcome, future),
        paired within each future (95 %, Student's t), the baseline first; ``parameter_value`` (parameter,
        future); ``draw`` and ``future_alternative`` along future.  Derived from them: effects over all
        futures and the origins of their uncertainty (:func:`lockin_sim.studies.futures.split`); shares,
        maximin, regret and flips (:func:`lockin_sim.studies.futures.judge`).

    Raises
    ------
    InputError : for anything that cannot be used.
    """
    judged, options["world"] = read_in(options.get("world"), outcomes, "surplus")
    posterior = options.pop("posterior", None)
    how = setup(runs, **options)
    world, (first, last) = how.world, how.years
    at = whole_number("year", last if year is None else year, least=first + 1, most=last)
    check_numbers(runs, how.seed, how.workers, how.chunk)
    chosen = chosen_scenarios(baseline, scenarios)
    n, fixed = whole_number("n", n, least=2, most=MOST_DRAWS), how.parameters.alone()
    drawn_futures = futures_of(
        varied, n, method=method, alternatives=alternatives, posterior=posterior,
        parameters=options.get("parameters"), seed=how.seed,
    )  # fmt: skip
    every = replace(how, parameters=drawn_futures.by_run(fixed, runs), runs=n * runs, years=(first, at))
    luck = drawn_futures.history(usual_history(world, (first, last), history), every, runs)
    pairing = Pairing.of(chosen, world, (first, at), luck)
    moved = _moved(pairing, every, judged, runs)
    attributes = replace(how, parameters=fixed).attributes(baseline=chosen[0].name, futures=n, year=at)
    return _dataset(moved, drawn_futures).assign_coords(scenario_labels(pairing)).assign_attrs(attributes)


def _moved(pairing: Pairing, how: Setup, outcomes: Sequence[str], runs: int) -> xr.DataArray:
    """Effects of all scenarios, run by run: (run, scenario, outcome, future), the baseline first.

    how  set-up of all runs, those of a future being neighbours;  runs  per future
    """
    arms = {(label,): Arm(scenario, history=kind) for label, scenario, kind in pairing.runs()}
    values = Trial(("scenario",), arms, selected(how, outcomes), how).run()["values"]
    moved = pairing.effect(values.isel(year=-1, drop=True))
    by_future = moved.values.reshape(-1, runs, *moved.shape[1:]).transpose(1, 2, 3, 0)
    return moved.isel(run=slice(runs)).expand_dims(future=by_future.shape[-1], axis=-1).copy(data=by_future)


def _dataset(moved: xr.DataArray, futures: Futures) -> xr.Dataset:
    """Effects and statistics derived from them.  moved: (run, scenario, outcome, future), the baseline
    first"""
    names = [str(name) for name in moved["scenario"].values]
    effects = estimate("as outcome_unit", effect=moved)
    labels: dict[str, Any] = {
        "parameter": list(futures.values),
        "parameter_label": ("parameter", [parameter_title(name) for name in futures.values]),
        "parameter_unit": ("parameter", [declarations()[name].unit for name in futures.values]),
        "future": np.arange(moved.sizes["future"]),
        "draw": ("future", futures.draws, {"long_name": "draw of the posterior, -1 if none"}),
        "future_alternative": ("future", [futures.alternatives[kind] for kind in futures.kinds]),
        "alternative": list(futures.alternatives),
        "alternative_label": ("alternative", [STRUCTURAL[name].title for name in futures.alternatives]),
        "origin": list(ORIGINS),
        "sense": list(SENSES),
        "third": ["lowest", "middle", "highest"],
    }
    by_scenario = [moved.values[:, position] for position in range(len(names))]
    effect, low, high = (effects[name].values for name in ("effect", "effect_low", "effect_high"))
    apart = np.arange(len(futures.draws)) if futures.source is None else futures.draws
    judgements = split(by_scenario, futures.kinds, len(futures.alternatives), apart)
    judgements |= judge(effect, low, high, futures.values, names)
    about = {"method": futures.method, "posterior": futures.posterior}
    return effects.assign(judgements).assign_coords(labels).assign_attrs(about)


# --- differences between futures ---


class Futures(NamedTuple):
    """Draws and alternatives by future.

    method        how values were drawn
    values        of uncertain parameters by name, with those that alternatives set.  (future,)
    imposed       values that alternatives set in any future, by name.  (future,)
    posterior     digest of it; "" without one
    draws         position of the draw in the posterior; -1 if drawn from ranges.  (future,)
    source        the posterior; None without one
    alternatives  names, the default first
    kinds         position of each future's alternative.  (future,)
    """

    method: str
    values: dict[str, Floats]
    imposed: dict[str, Floats]
    posterior: str
    draws: Integers
    alternatives: tuple[str, ...]
    kinds: Integers
    source: xr.Dataset | None = None

    def by_run(self, fixed: Parameters, runs: int) -> Parameters:
        """Parameters of every run, those of a future being neighbours."""
        varied = self.values | self.imposed
        return fixed.replace({name: np.repeat(value, runs) for name, value in varied.items()})

    def history(self, history: Given, every: Setup, runs: int) -> Given:
        """The history of every run: if conditioned, that of its draw, or the declared one if the posterior
        has none.  every: set-up of all runs, those of a future being neighbours; runs: per future"""
        if history != CONDITIONED or self.source is None:
            return every.history(history)
        run, world = np.arange(len(self.draws) * runs), every.world
        own = history_of(self.source, np.repeat(self.draws, runs), run % runs, world.countries)
        if own is None:
            return every.history(CONDITIONED)
        return on_record(own, world=world, runs=run, parameters=every.parameters)


def futures_of(
    varied: Varied | None,
    n: int,
    *,
    method: str | None,
    alternatives: Sequence[str] | None,
    posterior: Source,
    parameters: Values,
    seed: int,
) -> Futures:
    """Cross draws with alternatives, see :func:`lockin_sim.futures`.

    alternatives  None = with a posterior, all that set no parameter that ``parameters`` has by year
    parameters  not drawn, unless ``varied`` names them; of a Parameters object, those off their defaults
    Raises InputError for anything that cannot be used.
    """
    method = (POSTERIOR if varied is None else METHODS[1]) if method is None else method
    method = known_name("method", found=method, known=METHODS)
    fixed = parameters_of(parameters)
    if fixed.runs is not None:
        raise unusable(
            "parameters: run axis", found=fixed.runs, allowed="one number each, equal in all futures"
        )
    undrawn = parameters if isinstance(parameters, Mapping) else fixed.given()
    draws, drawn_from, source = np.full(n, -1), "", None
    if method == POSTERIOR:
        if varied is not None:
            allowed = f"none with a posterior; with ranges {METHODS[1]} or {METHODS[2]}"
            raise unusable("method", found=method, allowed=allowed)
        source = posterior_of(posterior)
        drawn_from = digest(source)
        draws = resampled(source["weight"].values, n, seed=seed)
        values = values_of(source, draws)
        fitting = [name for name in STRUCTURAL if not fixed.changing & STRUCTURAL[name].settings.keys()]
        names = fitting if alternatives is None else alternatives
    else:
        if posterior is not None:
            raise unusable("posterior", found=f"one with method {method}", allowed="none with ranges")
        values = values_in_ranges(varied, n, method, seed)
        names = [DEFAULT] if alternatives is None else alternatives
    chosen = tuple(dict.fromkeys([DEFAULT, *chosen_of("alternatives", names, STRUCTURAL)]))
    values = {name: value for name, value in values.items() if varied is not None or name not in undrawn}
    if not values:
        raise unusable("parameters", found="a value for all", allowed="fewer, so that some are drawn")
    number, others = np.arange(n), len(chosen) - 1
    # every second future has the default, the others each alternative in turn
    kinds = np.where((number % 2 == 0) | (others == 0), 0, 1 + number // 2 % max(others, 1))
    imposed: dict[str, Floats] = {}  # set by alternatives, elsewhere fixed or drawn
    for kind, name in enumerate(chosen):
        for parameter, value in STRUCTURAL[name].settings.items():
            usual = values.get(parameter, fixed.constant(parameter, f"alternative {name} sets it"))
            before = imposed.get(parameter, usual)
            imposed[parameter] = np.where(kinds == kind, value, before)
    values = {name: imposed.get(name, value) for name, value in values.items()}
    return Futures(method, values, imposed, drawn_from, draws, chosen, kinds, source)


def values_in_ranges(varied: Varied | None, n: int, method: str, seed: int) -> dict[str, Floats]:
    """Values of the uncertain parameters from their ranges, (future,), by name.

    Raises InputError for anything varied that is not a parameter.
    """
    if varied is None:
        varied = [d.name for d in declarations().values() if not d.source.startswith(NORMALISATION)]
    points = getattr(design, method)(varied, n, seed=seed)
    for name in points.names:
        if name not in declarations():
            raise unknown_name("varied", found=name, known=declarations())
    values = {name: np.asarray(points.values[name], dtype=np.float64) for name in points.names}
    if any(np.isnan(v).any() for v in values.values()):
        raise InputError("varied: found a missing value; allowed: a number for every future.")
    return values
