"""Calibration: what the record leaves of the parameters, by history matching and then by sampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lockin_sim.analysis.calibration import waves as matching
from lockin_sim.analysis.calibration.emulator import FEWEST_POINTS
from lockin_sim.analysis.calibration.facts import YEARS
from lockin_sim.analysis.calibration.posterior import posterior_of
from lockin_sim.analysis.calibration.priors import Prior, prior
from lockin_sim.analysis.calibration.record import scoped
from lockin_sim.analysis.calibration.sampling import sampled, weights
from lockin_sim.analysis.calibration.written import RUNS as STORE
from lockin_sim.analysis.calibration.written import check_folder, write
from lockin_sim.analysis.needs import needed
from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import LARGEST, whole_number
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.keeping import running
from lockin_sim.studies.hindcast.scopes import check_recorded
from lockin_sim.studies.options import provenance
from lockin_sim.studies.pools import with_histories
from lockin_sim.studies.sweep.fit import path_of
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr


def calibrate(
    out: str | Path | None = None,
    *,
    only: Sequence[str] | None = None,
    waves: int = 3,
    points: int = 256,
    runs: int = RUNS.calibration,
    draws: int = 256,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | Progress = False,
    resume: bool = False,
) -> xr.Dataset:
    """Weighted draws of the parameters that agree with the record, and what the record says of each.

    Waves of runs are compared with recorded facts, see :mod:`lockin_sim.analysis.calibration.record`: the
    first lies all over the prior, each further one nearer to where emulators find the record likely.  Walkers
    then draw from the emulator of the last wave, real runs weigh each draw, and others give it histories.
    out     folder for tables, figures and the runs, which resume; None = nothing is kept
    only    names of parameters to calibrate; None = all that are assumed or estimated and not given
    waves, draws   number of waves, and of weighted draws
    points, runs   points of a wave, and runs of each, as of each draw
    resume  go on with the runs in ``out``
    parameters  what is held, and so not calibrated, where it is not at its default
    Other arguments as in :func:`lockin_sim.compare`.
    Returns a dataset, see :func:`lockin_sim.analysis.calibration.posterior.posterior_of`.
    Raises InputError for anything that cannot be used, without scikit-learn or emcee, and where the record
    rules out everything.
    """
    for module in ("sklearn", "emcee"):
        needed(module)  # before anything is simulated
    least = {"waves": (waves, 1), "points": (points, FEWEST_POINTS), "runs": (runs, 2), "draws": (draws, 2)}
    for name, (value, fewest) in least.items():
        whole_number(name, value, least=fewest)
    seed = whole_number("seed", seed, most=LARGEST - waves)  # each wave has its own
    world, facts = scoped(check_recorded(world_of(world)))
    fixed = parameters_of(parameters)
    given = parameters if isinstance(parameters, Mapping) else fixed.given()
    place = None if out is None else path_of("out", out, "the path of a folder")
    known, told = prior(only, given), progress is True
    if place is not None:
        check_folder(place)
    simulate = partial(
        matching.simulated, prior=known, world=world, parameters=fixed, runs=runs, workers=workers,
        progress=progress,
    )  # fmt: skip
    with running(store=None if place is None else place / STORE, resume=resume and place is not None):
        number = {"waves": waves, "points": points, "seed": seed}
        done, parts = matching.matched(facts, known, simulate, told=told, **number)
        start, _ = matching.left(done, known, seed + waves)
        drawn = sampled(done[-1], start, draws, seed, told=told)
        real = simulate("draws", drawn.places, seed=seed + waves)
        found = posterior_of(known, done, parts, drawn, weights(done[-1], drawn, real), real)
        found = with_histories(found, world=world, parameters=fixed, workers=workers, progress=progress)
    found = found.assign_attrs(provenance(world, parameters=fixed, runs=runs, seed=seed, years=YEARS))
    if place is not None:
        write(found, place)
    return found


__all__ = ["Prior", "calibrate", "prior"]
