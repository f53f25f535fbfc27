"""Packages: do the levers of a scenario help or hinder each other?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable
from lockin_sim.histories import Given, called
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import difference
from lockin_sim.studies.outcomes import RECORD, select
from lockin_sim.studies.pairing import Pairing
from lockin_sim.studies.parts import Variables, contrast, levers_alone, provenance
from lockin_sim.studies.selected import Selected, outcome_labels
from lockin_sim.uses import LeverUse
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

NONE, ALL = "none", "all"


def synergy(
    scenario: Named,
    *,
    outcomes: Sequence[str] | None = None,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    history: Given | None = None,
    runs: int = RUNS.comparison,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Each lever of a scenario alone, all but one, and all: the interaction with its interval.

    scenario  a package; all uses of one lever on the same targets are one lever here
    outcomes  names; None = all
    Other arguments as in :func:`lockin_sim.compare`.
    Returns a dataset: ``alone`` (lever, outcome, year), effect of one lever by itself; ``last``, what it adds
    to all others; ``package`` (outcome, year), effect of all; ``sum_of_singles``; ``interaction``, package
    less the sum of singles: what the levers do together that none does alone.  Each with ``_low``, ``_high``
    (95 %, Student's t over pairs) and ``_pairs_used``.  The interaction has the sign of the outcome's change:
    whether that is synergy or conflict depends on the direction that is wanted.
    Raises InputError for anything that cannot be used, and a scenario that adds nothing to the baseline.
    """
    world = world_of(world)
    years = world.horizon(years)
    base, package = levers_alone(baseline), levers_alone(scenario)
    pieces, given = added(package, base), parameters_of(parameters)
    names, known = names_of(pieces), select(world, outcomes)
    variants: dict[str, tuple[str, ...]] = {NONE: ()}
    variants |= {f"alone {n}": (n,) for n in names}
    variants |= {f"without {n}": tuple(m for m in names if m != n) for n in names} | {ALL: tuple(names)}
    distinct = {kept: label for label, kept in reversed(variants.items())}  # of two levers, each is run once
    reduce = Selected(tuple(known))
    kind = Pairing.of([base, package], world, years, history).histories[1]
    cases = [
        Case(label, _with(base, pieces, kept), reduce, given, RECORD, history=kind)
        for kept, label in distinct.items()
    ]
    arrays = run_cases(
        cases, world=world, runs=runs, seed=seed, years=years, workers=workers, chunk=chunk, progress=progress
    )
    values = {label: arrays[distinct[kept]]["values"] for label, kept in variants.items()}
    import xarray as xr

    labels = {
        "lever": names,
        **outcome_labels(known),
        "year": np.arange(years[0], years[1] + 1),
    }
    made = provenance(world, parameters=given, runs=runs, seed=seed, years=years)
    about = {"scenario": package.name, "scenario_hash": package.hash, "baseline": base.name}
    about["histories"] = called(kind)
    return xr.Dataset(_contrasts(values, names), coords=labels, attrs=made | about)


def added(package: Scenario, base: Scenario) -> list[tuple[str, LeverUse]]:
    """What a package adds to its baseline: uses of levers in their order, each with the name of its lever.

    Raises InputError for a package without the baseline's own levers, or one that adds nothing.
    """
    uses = list(package.levers)
    for use in base.levers:
        if use not in uses:
            allowed = f"a scenario with the levers of {base.name}, {use.lever} among them"
            raise unusable(f"scenario {package.name}", found="a scenario without them", allowed=allowed)
        uses.remove(use)
    if not uses:
        allowed = "a scenario with at least one lever of its own"
        raise unusable(f"scenario {package.name}", found=f"nothing beyond {base.name}", allowed=allowed)
    return [(f"{use.lever}[{','.join(use.targets)}]", use) for use in uses]


def names_of(pieces: Sequence[tuple[str, LeverUse]]) -> list[str]:
    """Names of the levers, each once."""
    return list(dict.fromkeys(name for name, _ in pieces))


def _with(base: Scenario, pieces: Sequence[tuple[str, LeverUse]], kept: Sequence[str]) -> Scenario:
    """The baseline with some of the levers, in the order of the package."""
    own = (use for name, use in pieces if name in kept)
    return base.model_copy(update={"levers": (*base.levers, *own)})


def _contrasts(values: Mapping[str, Floats], names: Sequence[str]) -> Variables:
    """All differences by run, with means and intervals.  values: (run, outcome, year) by variant."""
    nothing, everything = values[NONE], values[ALL]
    alone = np.stack([difference(values[f"alone {n}"], nothing) for n in names], axis=1)
    last = np.stack([difference(everything, values[f"without {n}"]) for n in names], axis=1)
    package, singles = difference(everything, nothing), alone.sum(axis=1)  # undefined if any single is
    found: Variables = {}
    for name, by_run in {
        "alone": alone, "last": last, "package": package,
        "sum_of_singles": singles, "interaction": difference(package, singles),
    }.items():  # fmt: skip
        axes = ("lever", "outcome", "year")[4 - by_run.ndim :]
        found |= contrast(by_run, axes, "as outcome_unit", name)
    return found
