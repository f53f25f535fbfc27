"""Three kinds of first mover, each with its own question and its own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import LEAD, RUNS, SEED
from lockin_sim.errors import unusable, whole_number
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, run_cases
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import difference
from lockin_sim.studies.held import (
    MECHANISMS,
    Arms,
    cases_of,
    chosen_of,
    held_of,
    labelled,
    mechanism_labels,
    part,
    under_study,
)
from lockin_sim.studies.leads import advantage_ends, entering_late, with_lead
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.studies.parts import contrast
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Ways of being first.
MOVERS = {
    "first_lots": "given part of what was built abroad by the first year",
    "window": "with its price advantage during one generation alone, against never",
    "late_entry": "abroad only some years later",
}

#: What each is compared with.
AGAINST = {"first_lots": "as is", "window": "never", "late_entry": "as is"}


def first_movers(
    sponsor: str | None = None,
    *,
    share: float = LEAD,
    until: int = 2018,
    delay: int = 10,
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    mechanisms: Sequence[str] = ("full", "no_lock_in"),
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Three ways of being first, which differ: first lots, the window of a generation, entry in time.

    share   first lots: part of what was built abroad that the sponsor's vendors are given; against the record
    until   window: year in which their price advantage ends, as a rule that of the next generation; against
            the world in which it ended in the year after the first
    delay   late entry: years for which they stay away from markets abroad; against the record
    Other arguments as in :func:`response`.

    Returns a dataset over (mover, mechanism, group, domain, year): ``effect``, mean paired difference in the
    share of the sponsor's vendors, with ``effect_low``, ``effect_high`` (95 %, Student's t) and
    ``pairs_used``; and ``left``, it as a part of the effect at ``mover_year``: the first year, the last one
    of the window, or the last one of their absence; with ``left_low``, ``left_high`` (Fieller) and
    ``left_pairs_used``.
    Raises InputError for anything that cannot be used.
    """
    world, base, parameters = world_of(world), levers_alone(baseline), parameters_of(parameters)
    (first, last), sponsor = world.horizon(years), sponsor or under_study(world)
    if not first + 1 < whole_number("until", until) <= last:
        raise unusable("until", found=until, allowed=f"a year from {first + 2} to {last}")
    if first + whole_number("delay", delay, least=1) > last:
        raise unusable("delay", found=delay, allowed=f"at most {last - first} years")
    chosen = chosen_of("mechanisms", mechanisms, MECHANISMS)
    reduce = held_of(world, sponsor, groups, domains)
    arms = _arms(world, base, sponsor, share=share, until=until, delay=delay)
    cases = cases_of(chosen, arms, world, parameters, reduce)
    arrays = run_cases(
        cases, world=world, runs=runs, seed=seed, years=years, workers=workers, chunk=chunk, progress=progress
    )
    by_mover = [np.stack([_moved(arrays, name, mover) for name in chosen], axis=1) for mover in MOVERS]
    at = [first, until - 1, first + delay - 1]
    whole = np.stack([e[..., [year - first]] for e, year in zip(by_mover, at, strict=True)], axis=1)
    effect, axes = np.stack(by_mover, axis=1), ("mover", "mechanism", "group", "domain", "year")
    data = contrast(effect, axes, "share", "effect") | part("left", effect, whole, axes)
    labels = _labels(at) | mechanism_labels(chosen)
    about: dict[str, Any] = {"sponsor": sponsor, "given": float(share), "baseline": base.name}
    about |= {"until": int(until), "delay": int(delay)}
    return labelled(data, labels, reduce, world, parameters, (first, last), runs, seed, about)


def _labels(years: list[int]) -> dict[str, Any]:
    """Ways of being first, what each means, and the year from which what is left is counted."""
    said = {"mover_label": ("mover", list(MOVERS.values())), "mover_year": ("mover", years)}
    return {"mover": list(MOVERS)} | said


def _arms(world: World, base: Scenario, sponsor: str, *, share: float, until: int, delay: int) -> Arms:
    """Everything to run but for the mechanisms: a scenario, and a world of its own where it has one."""
    return {
        "as is": (base, None),
        "never": (advantage_ends(world, base, sponsor, world.first_year + 1), None),
        "first_lots": (base, with_lead(world, sponsor, share)),
        "window": (advantage_ends(world, base, sponsor, until), None),
        "late_entry": (base, entering_late(world, sponsor, delay)),
    }


def _moved(arrays: Mapping[str, Mapping[str, Floats]], mechanism: str, mover: str) -> Floats:
    """What a way of being first moves, run by run.  (run, group, domain, year)."""
    reference = arrays[f"{mechanism} {AGAINST[mover]}"]["share"]
    return difference(arrays[f"{mechanism} {mover}"]["share"], reference)
