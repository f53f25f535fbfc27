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
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim import design
from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.ensemble import Source
from lockin_sim.errors import unusable, whole_number
from lockin_sim.histories import Given, usual_history
from lockin_sim.parameters import Parameters, declarations, parameter_title, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.runs.workers import check_numbers
from lockin_sim.scenario import Named
from lockin_sim.statistics import difference, interval
from lockin_sim.studies.futures.drawn import Futures, futures_of
from lockin_sim.studies.futures.judged import SENSES, judge
from lockin_sim.studies.futures.split import ORIGINS, split
from lockin_sim.studies.goals import asked
from lockin_sim.studies.options import provenance
from lockin_sim.studies.outcomes import RECORD, Outcome
from lockin_sim.studies.pairing import Pairing, chosen_scenarios, scenario_labels
from lockin_sim.studies.parts import Variables, effects
from lockin_sim.studies.registry import HEADLINES
from lockin_sim.studies.selected import Selected, outcome_labels
from lockin_sim.studies.variants import STRUCTURAL
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: What a comparison is about, and what it means for adopters.
OUTCOMES = (*HEADLINES, "surplus")


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
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
    history: Given | None = None,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Effects of scenarios in many futures, see :mod:`lockin_sim.studies.futures`.

    outcomes  what is judged, in both directions; goals among them (:data:`lockin_sim.studies.goals.ASKED`)
    varied    parameters drawn from ranges, as in :mod:`lockin_sim.design`; None = all but normalisations
    n, runs, year  number of futures, and of runs in each; when outcomes are read, None = in the last year
    method    "posterior", "sobol" or "latin_hypercube"; None = the first, with ``varied`` the second
    posterior  None = the one that comes with the package; a folder of ``lockin calibrate``, or its dataset
    alternatives  names of STRUCTURAL; None = all with a posterior, the default alone with ranges
    parameters  what is given is not drawn, unless ``varied`` names it; of Parameters what is at no default
    history   as in :func:`lockin_sim.compare`; each draw of a posterior has its own, that fit its parameters
    Other arguments as in :func:`lockin_sim.compare`.
    Returns ``effect``, ``effect_low``, ``effect_high`` and ``pairs_used`` over (scenario, outcome,
    future), paired within each future (95 %, Student's t), the baseline first; ``parameter_value``
    (parameter, future); ``draw`` and ``future_alternative`` along future.  What follows from them: the effect
    over all futures and why it is in doubt, see :func:`lockin_sim.studies.futures.split.split`; shares,
    maximin, regret and flips, see :func:`lockin_sim.studies.futures.judged.judge`.
    Raises InputError for anything that cannot be used.
    """
    world = world_of(world)
    span, last = _span(world, years, year), world.horizon(years)[1]
    check_numbers(runs, seed, workers, chunk)
    chosen, known = chosen_scenarios(baseline, scenarios), asked(world, outcomes)
    n, fixed = whole_number("n", n, least=2), parameters_of(parameters).alone()
    found = futures_of(
        varied, n, method=method, alternatives=alternatives, posterior=posterior, given=parameters, seed=seed
    )  # fmt: skip
    past = usual_history(world, (span[0], last), history)
    given, luck = found.by_run(fixed, runs), found.history(past, world, runs)
    pairing = Pairing.of(chosen, world, span, luck)
    arrays = run_cases(
        _cases(pairing, known, given),
        world=world, runs=n * runs, seed=seed, years=span, workers=workers, chunk=chunk, progress=progress,
    )  # fmt: skip
    made = provenance(world, parameters=fixed, runs=runs, seed=seed, years=(span[0], last))
    made |= {"baseline": chosen[0].name, "futures": n, "year": span[1], "method": found.method}
    made["posterior"] = found.posterior
    ds = _dataset(_differences(arrays, pairing, n), found)
    return ds.assign_coords(scenario_labels(pairing) | outcome_labels(known)).assign_attrs(made)


def _differences(arrays: Mapping[str, Mapping[str, Floats]], pairing: Pairing, n: int) -> dict[str, Floats]:
    """Effects by scenario, (run, outcome, future); runs of a future are neighbours."""
    last = {label: of["values"][..., -1] for label, of in arrays.items()}
    read = {label: v.reshape(n, -1, v.shape[-1]).transpose(1, 2, 0) for label, v in last.items()}
    return {name: difference(read[name], read[base]) for name, base in pairing.pairs().items()}


def _cases(pairing: Pairing, known: Mapping[str, Outcome], parameters: Parameters) -> list[Case]:
    """What is run in all futures."""
    reduce, record = Selected(tuple(known)), _record(known)
    return [Case(label, s, reduce, parameters, record, history=kind) for label, s, kind in pairing.runs()]


def _record(known: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Variables that outcomes need beyond those always there."""
    return tuple(dict.fromkeys([*RECORD, *(name for one in known.values() for name in one.record)]))


def _span(world: World, years: tuple[int, int] | None, year: int | None) -> tuple[int, int]:
    """First year, and that in which outcomes are read.  Raises InputError for one that is not simulated."""
    first, last = world.horizon(years)
    at = last if year is None else whole_number("year", year)
    if not first < at <= last:
        raise unusable("year", found=year, allowed=f"a year after {first}, up to {last}")
    return int(first), int(at)


def _dataset(differences: Mapping[str, Floats], futures: Futures) -> xr.Dataset:
    """Effects and what follows from them.  differences: (run, outcome, future) by scenario, the baseline
    first."""
    import xarray as xr

    found = [interval(of) for of in differences.values()]
    data: Variables = effects(found, ("scenario", "outcome", "future"), "as outcome_unit")
    effect, low, high, _ = (np.stack(part) for part in zip(*found, strict=True))
    titles = [STRUCTURAL[name].title for name in futures.alternatives]
    labels: dict[str, Any] = {
        "parameter": list(futures.values),
        "parameter_label": ("parameter", [parameter_title(name) for name in futures.values]),
        "parameter_unit": ("parameter", [declarations()[name].unit for name in futures.values]),
        "future": np.arange(effect.shape[-1]),
        "draw": ("future", futures.draws, {"long_name": "draw of the posterior, -1 if none"}),
        "future_alternative": ("future", [futures.alternatives[kind] for kind in futures.kinds]),
        "alternative": list(futures.alternatives),
        "alternative_label": ("alternative", titles),
        "origin": list(ORIGINS),
        "sense": list(SENSES),
        "third": ["lowest", "middle", "highest"],
    }
    data |= split(list(differences.values()), futures.kinds, len(futures.alternatives))
    return xr.Dataset(data | judge(effect, low, high, futures.values, list(differences)), coords=labels)
