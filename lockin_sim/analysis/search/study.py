"""Packages that serve several goals in most worlds that fit the record: the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.needs import needed
from lockin_sim.analysis.search import judged
from lockin_sim.analysis.search.asked import Asked, asked
from lockin_sim.analysis.search.dataset import dataset
from lockin_sim.analysis.search.decisions import NOTHING, active, applied, at_rest, package
from lockin_sim.analysis.search.optimiser import Found, optimised
from lockin_sim.analysis.search.pathways import Pathway, pathway
from lockin_sim.analysis.search.sample import Judged, Sample, effects, sample
from lockin_sim.analysis.search.signs import signposts
from lockin_sim.analysis.search.written import RUNS as STORE
from lockin_sim.analysis.search.written import check_folder, write
from lockin_sim.conventions import Floats
from lockin_sim.defaults import SEED
from lockin_sim.errors import InputError
from lockin_sim.files import path_of
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress, reporting
from lockin_sim.runs.context import running
from lockin_sim.scenario import Named, Scenario
from lockin_sim.simulation import check_progress
from lockin_sim.statistics import means
from lockin_sim.studies.contrast import provenance
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.ensemble import Source

type Levels = tuple[int, ...]


def search(
    levers: Sequence[str] | None = None,
    *,
    out: str | Path | None = None,
    wanted: Mapping[str, float] | None = None,
    budget: int = 480,
    generation: int = 40,
    draws: int = 24,
    fresh: int = 128,
    start: int = 2026,
    review: int = 2032,
    posterior: Source = None,
    scenario: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    resume: bool = False,
) -> xr.Dataset:
    """Search packages of levers that no other beats in every goal, and see how they hold in draws not used.

    The EMA Workbench's optimiser looks for packages by mean effects on :mod:`lockin_sim.studies.goals` in a
    fixed sample of draws, on the luck of doing nothing; those it keeps meet a fresh sample, which judges.
    levers      decisions, as ``export_finance[EU].envelope=2.5:30`` or ``restriction[EU].mode``, an address
                alone as in :data:`lockin_sim.analysis.search.decisions.DEFAULT`; None = all of those
    out         folder for tables, figures, the dataset and the runs, which resume; None = nothing is kept
    wanted      effects that satisfy, by goal, in the unit shown: -1 is a point less, 100 is 100 bn USD more
    budget      packages to look at, in whole generations;  generation  packages of one, at least 12
    draws       of the sample that is searched;  fresh  of the one that judges, and of a third for pathways
    start       first year of packages;  review  year in which signposts are read; levers that wait begin in
                the next one
    posterior   as in :func:`lockin_sim.posterior_draws`
    scenario    what packages are added to;  resume  go on with the runs in ``out``
    Other arguments as in :func:`lockin_sim.compare`; parameters given are the same in all draws.

    Returns a dataset over ``package`` (doing nothing and what was found, the one that satisfies in most
    draws first), ``goal``, ``decision``, ``draw``, ``generation`` and ``lever`` (those of the first package,
    with what is said of waiting for a signpost), see :mod:`lockin_sim.analysis.search.dataset`.
    Raises InputError for anything that cannot be used, and for a missing package.
    """
    needed("ema_workbench")  # before anything is simulated
    world, _ = world_of(world), check_progress(progress)
    want = asked(
        levers, wanted, scenario=scenario, world=world, years=years, start=start, review=review,
        budget=budget, generation=generation, draws=draws, fresh=fresh, seed=seed,
    )  # fmt: skip
    if (place := None if out is None else path_of("out", out, "the path of a folder")) is not None:
        check_folder(place)
    samples = [
        sample(n, want.seed + step, posterior, parameters=parameters, world=world, years=want.years,
               workers=workers)
        for step, n in enumerate((want.draws, want.fresh, want.fresh))
    ]  # fmt: skip
    with nullcontext() if place is None else running(store=place / STORE, resume=resume):
        found = _made(want, samples, world, progress)
    if place is not None:
        write(found, place)
    return found


def _made(want: Asked, samples: Sequence[Sample], world: World, progress: bool | Progress) -> xr.Dataset:
    """Search in the first sample, judge in the second, and look at waiting in the third."""
    found, known = _searched(want, samples[0], progress)
    packages = _kept(want, found)
    by_draw = _on_fresh(want, packages, samples[1], progress)
    order = _ordered(by_draw * want.sense, want)
    packages, by_draw = [packages[k] for k in order], by_draw[order]
    scale, posts = judged.scale_of(by_draw * want.sense), signposts(world, want.goals)
    ways = _pathways(want, packages[0], scale, tuple(posts), samples[2], progress)
    looked = np.array([known.get(levels, np.zeros(len(want.goals))) for levels in packages])
    made = provenance(
        world, parameters=samples[0].parameters, runs=want.fresh, seed=want.seed, years=want.years
    )
    ds = dataset(want, packages, looked, by_draw, ways, found, posts)
    return ds.assign_attrs(made | {"packages_looked_at": len(known)})


def _searched(want: Asked, chosen: Sample, progress: bool | Progress) -> tuple[Found, dict[Levels, Floats]]:
    """What the optimiser found, and mean effects of every package that it looked at, (goal,) by package."""
    judging, known = Judged(want.goals, want.start), dict[Levels, Floats]()
    said = f"search: about {want.budget} packages, each in {chosen.size} draws"
    with reporting(progress, (want.budget + 1) * chosen.size, said) as report:
        nothing = chosen.run({NOTHING: want.base}, judging, report)[NOTHING]

        def evaluate(units: Floats) -> Floats:
            """Minus what packages at points of the unit cube reach; none is run twice."""
            packages = [package(want.decisions, unit) for unit in units]
            new = {f"package {len(known) + n}": levels for n, levels in enumerate(dict.fromkeys(packages))
                   if levels not in known}  # fmt: skip
            if new:
                runs = chosen.run(_scenarios(want, new), judging, report)
                found = means(effects({NOTHING: nothing, **runs}, list(new), NOTHING).swapaxes(0, 1))
                known.update(zip(new.values(), found, strict=True))
            costs: Floats = -np.stack([known[levels] for levels in packages]) * want.sense
            _check_defined(costs, want)
            return costs

        found = optimised(
            evaluate, decisions=len(want.decisions), epsilons=want.alike.tolist(), budget=want.budget,
            generation=want.generation, seed=want.seed,
        )  # fmt: skip
    return found, known


def _scenarios(want: Asked, packages: Mapping[str, Levels]) -> dict[str, Scenario]:
    """The scenario of each package."""
    return {label: applied(want.base, want.decisions, levels) for label, levels in packages.items()}


def _kept(want: Asked, found: Found) -> list[Levels]:
    """Doing nothing, and the packages that the search kept."""
    places = [package(want.decisions, unit) for unit in found.places]
    return list(dict.fromkeys([at_rest(want.decisions), *places]))


def _on_fresh(want: Asked, packages: Sequence[Levels], chosen: Sample, progress: bool | Progress) -> Floats:
    """Effects in draws that the search has not used.  (package, draw, goal)."""
    labelled = {f"package {k}": levels for k, levels in enumerate(packages)}
    said = f"fresh draws: {len(packages)} packages, each in {chosen.size} draws"
    with reporting(progress, (len(packages) + 1) * chosen.size, said) as report:
        found = chosen.run(
            {NOTHING: want.base} | _scenarios(want, labelled), Judged(want.goals, want.start), report
        )
    by_draw = effects(found, list(labelled), NOTHING)
    _check_defined(by_draw, want)
    return by_draw


def _check_defined(by_draw: Floats, want: Asked) -> None:
    """Raises InputError for a goal that is not defined somewhere.  (package, ..., goal)."""
    if not np.isfinite(by_draw).all():
        bad = want.goals[int(np.argwhere(~np.isfinite(by_draw))[0, -1])]
        raise InputError(
            f"search: {bad.title}: found a goal that a run does not define; allowed: other years."
        )


def _ordered(gains: Floats, want: Asked) -> list[int]:
    """Packages, the one first that satisfies in most draws; of equal ones that with the smallest regret."""
    share = judged.satisfied(gains, want.wanted * want.sense).mean(axis=1)
    regret = judged.regret(gains, judged.scale_of(gains)).max(axis=1)
    return sorted(range(len(gains)), key=lambda k: (-share[k], regret[k]))


def _pathways(
    want: Asked, whole: Levels, scale: Floats, posts: tuple[str, ...], chosen: Sample,
    progress: bool | Progress,
) -> list[Pathway]:  # fmt: skip
    """What is said of every lever of a package, in draws that neither the search nor the choice has used."""
    levers, rest = active(want.decisions, whole), at_rest(want.decisions)
    scenarios = {NOTHING: want.base, "whole": applied(want.base, want.decisions, whole)}
    for k in levers:
        without = tuple(rest[n] if n == k else at for n, at in enumerate(whole))
        scenarios[f"without {k}"] = applied(want.base, want.decisions, without)
        scenarios[f"later {k}"] = applied(want.base, want.decisions, whole, {k: want.review + 1})
    judging = Judged(want.goals, want.start, posts, want.review)
    with reporting(progress, len(scenarios) * chosen.size, "pathways: levers that wait") as report:
        found = chosen.run(scenarios, judging, report)
    labels = list(scenarios)[1:]
    gains = dict(zip(labels, effects(found, labels, NOTHING) * want.sense, strict=True))
    ways = [
        pathway(
            k, {"whole": gains["whole"], "without": gains[f"without {k}"], "later": gains[f"later {k}"]},
            found[f"without {k}"]["signs"], want.wanted * want.sense, scale,
        )
        for k in levers
    ]  # fmt: skip
    return sorted(ways, key=lambda way: -way.loss)
