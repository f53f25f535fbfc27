"""Many futures: what does a policy do, and does it do the same, whatever is uncertain about the model?

A future has values of the uncertain parameters and one way to build the model.  Values are equally likely
draws of a calibration (method "posterior"), in which parameters that were not calibrated stay where they are;
or they lie evenly in ranges, by a scrambled Sobol sequence ("sobol"; best for powers of two) or a Latin
hypercube ("latin_hypercube").  Every second future is under the default alternative, the others take the rest
in turn; what an alternative sets holds whatever was drawn.  Each run has luck of its own, which policy and
baseline share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from lockin_sim import design
from lockin_sim.conventions import Floats, Integers
from lockin_sim.defaults import RUNS
from lockin_sim.ensemble import Source, digest, history_of, posterior_of, resampled, values_of
from lockin_sim.errors import InputError, chosen_of, unknown_name, unusable, whole_number
from lockin_sim.histories import CONDITIONED, Given, usual_history
from lockin_sim.parameters import Parameters, declarations, parameter_title, parameters_of
from lockin_sim.runs.workers import check_numbers
from lockin_sim.scenario import Named
from lockin_sim.studies.contrast import Arm, Options, Setup, Trial, estimate, setup
from lockin_sim.studies.goals import selected
from lockin_sim.studies.judged import ORIGINS, SENSES, judge, split
from lockin_sim.studies.pairing import Pairing, chosen_scenarios, scenario_labels
from lockin_sim.studies.registry import HEADLINES
from lockin_sim.studies.variants import DEFAULT, STRUCTURAL
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: What a comparison is about, and what it means for adopters.
OUTCOMES = (*HEADLINES, "surplus")

POSTERIOR = "posterior"
METHODS = (POSTERIOR, "sobol", "latin_hypercube")

#: How the source of a parameter begins that is no belief about the world but a choice of units.
NORMALISATION = "normalisation"

type Values = Parameters | Mapping[str, float | Floats] | None


def futures(
    scenarios: Sequence[Named] | Named,
    *,
    outcomes: Sequence[str] = OUTCOMES,
    varied: design.methods.Varied | None = None,
    n: int = 64,
    runs: int = RUNS.points,
    method: str | None = None,
    posterior: Source = None,
    alternatives: Sequence[str] | None = None,
    year: int | None = None,
    baseline: Named = "baseline",
    history: Given | None = None,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Effects of scenarios in many futures, see :mod:`lockin_sim.studies.futures`.

    Parameters
    ----------
    scenarios, baseline, options : as in :func:`lockin_sim.compare`; parameters that are given are not drawn,
        unless ``varied`` names them; of Parameters those that are at no default.
    outcomes : what is judged, in both directions; goals among them (:data:`lockin_sim.studies.goals.ASKED`).
    varied : parameters drawn from ranges, as in :mod:`lockin_sim.design`; None = all but normalisations.
    n, runs : number of futures, and of runs in each.
    method : "posterior", "sobol" or "latin_hypercube"; None = the first, with ``varied`` the second.
    posterior : None = the one that comes with the package; a folder of ``lockin calibrate``, or its dataset.
    alternatives : names of STRUCTURAL; None = all with a posterior, the default alone with ranges.
    year : in which outcomes are read; None = the last.
    history : as in :func:`lockin_sim.compare`; each draw of a posterior has its own, that fit its parameters.

    Returns
    -------
    Dataset
        ``effect``, ``effect_low``, ``effect_high`` and ``pairs_used`` over (scenario, outcome, future),
        paired within each future (95 %, Student's t), the baseline first; ``parameter_value`` (parameter,
        future); ``draw`` and ``future_alternative`` along future.  What follows from them: the effect over
        all futures and why it is in doubt, see :func:`lockin_sim.studies.judged.split`; shares, maximin,
        regret and flips, see :func:`lockin_sim.studies.judged.judge`.

    Raises
    ------
    InputError
        For anything that cannot be used.
    """
    how = setup(runs, **options)
    world, (first, last), at = how.world, how.years, _year(how.years, year)
    check_numbers(runs, how.seed, how.workers, how.chunk)
    chosen = chosen_scenarios(baseline, scenarios)
    n, fixed = whole_number("n", n, least=2), how.parameters.alone()
    drawn_futures = futures_of(
        varied, n, method=method, alternatives=alternatives, posterior=posterior,
        given=options.get("parameters"), seed=how.seed,
    )  # fmt: skip
    luck = drawn_futures.history(usual_history(world, (first, last), history), world, runs)
    pairing = Pairing.of(chosen, world, (first, at), luck)
    every = replace(how, parameters=drawn_futures.by_run(fixed, runs), runs=n * runs, years=(first, at))
    moved = _moved(pairing, every, outcomes, runs)
    about = {"baseline": chosen[0].name, "futures": n, "year": at}
    made = replace(how, parameters=fixed).attributes(**about)
    return _dataset(moved, drawn_futures).assign_coords(scenario_labels(pairing)).assign_attrs(made)


def _moved(pairing: Pairing, how: Setup, outcomes: Sequence[str], runs: int) -> xr.DataArray:
    """Effects of all scenarios, run by run: (run, scenario, outcome, future), the baseline first.

    how  of all runs, those of a future being neighbours;  runs  in each future
    """
    arms = {(label,): Arm(scenario, history=kind) for label, scenario, kind in pairing.runs()}
    values = Trial(("scenario",), arms, selected(how, outcomes), how).run()["values"]
    moved = pairing.effect(values.isel(year=-1, drop=True))
    by_future = moved.values.reshape(-1, runs, *moved.shape[1:]).transpose(1, 2, 3, 0)
    return moved.isel(run=slice(runs)).expand_dims(future=by_future.shape[-1], axis=-1).copy(data=by_future)


def _year(years: tuple[int, int], year: int | None) -> int:
    """The year in which outcomes are read.  Raises InputError for one that is not simulated."""
    first, last = years
    at = last if year is None else whole_number("year", year)
    if not first < at <= last:
        raise unusable("year", found=year, allowed=f"a year after {first}, up to {last}")
    return at


def _dataset(moved: xr.DataArray, futures: Futures) -> xr.Dataset:
    """Effects and what follows from them.  moved: (run, scenario, outcome, future), the baseline first."""
    names = [str(name) for name in moved["scenario"].values]
    found = estimate("as outcome_unit", effect=moved)
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
    effect, low, high = (found[name].values for name in ("effect", "effect_low", "effect_high"))
    judgements = split(by_scenario, futures.kinds, len(futures.alternatives))
    judgements |= judge(effect, low, high, futures.values, names)
    about = {"method": futures.method, "posterior": futures.posterior}
    return found.assign(judgements).assign_coords(labels).assign_attrs(about)


# --- what differs between futures ---


class Futures(NamedTuple):
    """What is drawn for each future.

    method        how values were drawn
    values        of uncertain parameters, by name, where an alternative sets one its value.  (future,)
    imposed       what alternatives set, by name, of all futures.  (future,)
    posterior     digest of it; "" without one
    draws         which draw of the posterior; -1 for what is drawn from ranges.  (future,)
    source        the posterior; None without one
    alternatives  names, the default first
    kinds         which of them.  (future,)
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

    def history(self, given: Given, world: World, runs: int) -> Given:
        """The history of every run: near the record that of its draw, or where there is none the declared."""
        if given != CONDITIONED or self.source is None:
            return given
        run = np.arange(len(self.draws) * runs)
        own = history_of(self.source, np.repeat(self.draws, runs), run % runs, world.countries)
        return CONDITIONED if own is None else own


def futures_of(
    varied: design.methods.Varied | None,
    n: int,
    *,
    method: str | None,
    alternatives: Sequence[str] | None,
    posterior: Source,
    given: Values,
    seed: int,
) -> Futures:
    """Draws crossed with alternatives, see :func:`lockin_sim.futures`.

    given  what is not drawn, but for what ``varied`` names: names of a mapping; of Parameters, which do not
           say what was given, those that are not at their defaults
    Raises InputError for anything that cannot be used.
    """
    method = (POSTERIOR if varied is None else METHODS[1]) if method is None else method
    if method not in METHODS:
        raise unknown_name("method", found=method, known=METHODS)
    fixed = parameters_of(given)
    if fixed.runs is not None:
        raise unusable("parameters: run axis", found=fixed.runs, allowed="one number each; futures differ")
    held = given if isinstance(given, Mapping) else fixed.given()
    draws, drawn_from, source = np.full(n, -1), "", None
    if method == POSTERIOR:
        if varied is not None:
            allowed = f"a posterior has values of its own; with ranges {METHODS[1]} or {METHODS[2]}"
            raise unusable("method", found=method, allowed=allowed)
        source = posterior_of(posterior)
        drawn_from = digest(source)
        draws = resampled(source["weight"].values, n, seed=seed)
        values = values_of(source, draws)
        names = list(STRUCTURAL) if alternatives is None else alternatives
    else:
        if posterior is not None:
            raise unusable("posterior", found=f"one with method {method}", allowed="none with ranges")
        values = values_in_ranges(varied, n, method, seed)
        names = [DEFAULT] if alternatives is None else alternatives
    chosen = tuple(dict.fromkeys([DEFAULT, *chosen_of("alternatives", names, STRUCTURAL)]))
    values = {name: value for name, value in values.items() if varied is not None or name not in held}
    if not values:
        raise unusable("parameters", found="a value for all", allowed="some that are left to be drawn")
    kinds = _kinds(n, len(chosen))
    imposed = _imposed(chosen, kinds, fixed.as_dict() | values)
    values = {name: imposed.get(name, value) for name, value in values.items()}
    return Futures(method, values, imposed, drawn_from, draws, chosen, kinds, source)


def _kinds(n: int, alternatives: int) -> Integers:
    """Every second future as declared, the others under each alternative in turn.  (future,)."""
    number = np.arange(n)
    turn = 1 + number // 2 % max(alternatives - 1, 1)
    return np.where((number % 2 == 0) | (alternatives == 1), 0, turn)


def _imposed(
    alternatives: Sequence[str], kinds: Integers, elsewhere: Mapping[str, float | Floats]
) -> dict[str, Floats]:
    """What alternatives set, by parameter; in other futures its value ``elsewhere``.  (future,)."""
    found: dict[str, Floats] = {}
    for kind, name in enumerate(alternatives):
        for parameter, value in STRUCTURAL[name].settings.items():
            before = found.get(parameter, elsewhere[parameter])
            found[parameter] = np.where(kinds == kind, value, before)
    return found


def values_in_ranges(
    varied: design.methods.Varied | None, n: int, method: str, seed: int
) -> dict[str, Floats]:
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
