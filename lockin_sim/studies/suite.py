"""All that one comparison is asked for, from one call: the datasets of a folder of ``lockin compare``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lockin_sim.errors import InputError, unusable, whole_number
from lockin_sim.runs.keeping import rehearsed
from lockin_sim.scenario import Named, Scenario
from lockin_sim.studies.breakdown import BY_DOMAIN, BY_GROUP
from lockin_sim.studies.by_country import BY_COUNTRY
from lockin_sim.studies.chain import chain
from lockin_sim.studies.comparison import MAPS, effects_of, effects_part
from lockin_sim.studies.definition import files_of
from lockin_sim.studies.futures import futures
from lockin_sim.studies.goals import goals_asked
from lockin_sim.studies.otherwise import OTHERWISE, otherwise
from lockin_sim.studies.pairing import chosen_scenarios
from lockin_sim.studies.parts import compare_parts
from lockin_sim.studies.policies import STARTS, added, channels, names_of, synergy, window
from lockin_sim.studies.public_cost import cost_part
from lockin_sim.studies.registry import headlines, outcomes
from lockin_sim.studies.until import MOST, Wanted
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Years after the start at which the window is read.
AFTER = 15


def comparison_suite(
    scenarios: Sequence[Named],
    *,
    baseline: Named = "baseline",
    with_chain: bool = False,
    with_channels: bool = False,
    with_otherwise: bool = False,
    with_packages: bool = False,
    with_window: bool = False,
    n_futures: int | None = None,
    seed: int,
    runs: int,
    years: tuple[int, int] | None = None,
    world: World | None = None,
    until: Wanted | None = None,
    most: int = MOST,
    **how: Any,
) -> dict[str, xr.Dataset]:
    """Effects, groups, domains, countries and costs from the same runs, and studies asked for, by name.

    with_chain  the chain from first mover to standard in the baseline, see :func:`lockin_sim.chain`
    with_otherwise  each policy once more, the assumption that it leans on made otherwise, of those whose
                files say how: ``otherwise_effects``, ``otherwise_by_group`` and ``otherwise_public_cost``
    with_channels, with_packages, with_window  see :func:`lockin_sim.channels`, :func:`lockin_sim.synergy` (of
                each scenario with several levers), :func:`lockin_sim.window` (of each that has levers)
    n_futures   number of futures, see :func:`lockin_sim.futures`; None = none
    until, most  of the comparison; the other studies have as many runs as that takes
    Other arguments as in :func:`lockin_sim.compare`; chain and window change the past and are unconditioned.
    Raises InputError for anything that cannot be used, before anything is computed.
    """
    base, *others = chosen_scenarios(baseline, scenarios)
    files, world = files_of([baseline, *scenarios]), world_of(world)
    years, known = world.horizon(years), outcomes(world)
    first = [name for name in headlines(world.case) if name in known]
    given = {"baseline": base, "seed": seed, "years": years, "world": world, **how}
    unconditioned = {key: value for key, value in given.items() if key != "history"}
    extra: dict[str, Callable[..., Any]] = {}  # functions of runs
    parts = [effects_part(), BY_GROUP, cost_part(first)]
    if with_otherwise:
        extra[OTHERWISE] = partial(otherwise, list(parts), others, **given)
    if with_chain:
        extra["chain"] = partial(chain, **unconditioned)
    if with_channels:
        extra["channels"] = partial(channels, others, **given)
    if with_packages:
        extra |= {f"synergy_{s.name}": partial(synergy, s, **given) for s in _packages(others, base)}
    if with_window:
        when = {"starts": _starts(years[1]), "after": AFTER, "outcomes": first}
        extra["window"] = partial(window, _movable(others, base), **(unconditioned | when))
    if n_futures is not None:
        extra["futures"] = _futures(others, first, n_futures, given)
    rehearsed((partial(compute, runs=runs) for compute in extra.values()), before=1, kept=until is None)
    parts[1:2] = [MAPS, BY_GROUP, BY_DOMAIN, BY_COUNTRY]
    found = compare_parts(parts, others, runs=runs, until=until, most=most, **given)
    found |= {"effects": effects_of(found, files)}
    del found["maps"]
    used = int(found["effects"].attrs["runs"])
    for name, compute in extra.items():
        found |= compute(runs=used) if name == OTHERWISE else {name: compute(runs=used)}
    return found


def _futures(
    others: Sequence[Scenario], first: list[str], n_futures: int, given: Mapping[str, Any]
) -> Callable[..., xr.Dataset]:
    """Futures of headlines, welfare and goals, a function of runs.  Raises InputError for fewer than two."""
    n, judged = whole_number("futures", n_futures, least=2), [*first, "surplus", *goals_asked(given["world"])]
    return partial(futures, others, outcomes=judged, n=n, **given)


def _packages(scenarios: Sequence[Scenario], base: Scenario) -> list[Scenario]:
    """Scenarios with at least two levers of their own.  Raises InputError if there is none."""
    changing = [s for s in scenarios if s.hash != base.hash]
    found = [s for s in changing if len(names_of(added(s, base))) > 1]
    if not found:
        raise InputError("packages: found none; allowed: at least one scenario with two levers or more.")
    return found


def _movable(scenarios: Sequence[Scenario], base: Scenario) -> list[Scenario]:
    """Scenarios that have levers.  Raises InputError if there is none."""
    found = [s for s in scenarios if s.levers != base.levers]
    if not found:
        raise InputError(
            "window: found no scenario that can start in another year; allowed: one with levers."
        )
    return found


def _starts(last: int) -> list[int]:
    """Start years that leave enough time.  Raises InputError for fewer than two."""
    found = [start for start in STARTS if start + AFTER <= last]
    if len(found) < 2:
        allowed = f"{STARTS[1] + AFTER} or later, {AFTER} years after two starts"
        raise unusable("window: last year", found=last, allowed=allowed)
    return found
