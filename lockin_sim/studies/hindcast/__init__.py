"""Hindcast: what is recorded beside what is simulated, in every domain."""

from __future__ import annotations

from collections.abc import Mapping

from lockin_sim.conventions import MOST_AT_ONCE, Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import whole_number
from lockin_sim.histories import Given
from lockin_sim.parameters import Parameters
from lockin_sim.studies.hindcast.cables import cables
from lockin_sim.studies.hindcast.later import drifts, largest
from lockin_sim.studies.hindcast.mobile import mobile
from lockin_sim.studies.hindcast.others import adopters, surveillance
from lockin_sim.studies.hindcast.politics import loans, restrictions
from lockin_sim.studies.hindcast.rows import Check, Drift, Share
from lockin_sim.studies.hindcast.sample import Sample, sample
from lockin_sim.studies.hindcast.scopes import check_recorded
from lockin_sim.studies.hindcast.shown import Hindcast, Score, scored
from lockin_sim.studies.hindcast.sight import CHECKS, at_sight
from lockin_sim.studies.hindcast.targets import TARGETS, Target
from lockin_sim.studies.hindcast.users import concentrated, users
from lockin_sim.world import World, world_of

__all__ = [
    "CHECKS", "TARGETS", "Check", "Drift", "Hindcast", "Sample", "Score", "Share", "Target",
    "hindcast", "judged", "sample",
]  # fmt: skip

#: Subjects, each a function from a sample to what it finds.
SUBJECTS = (mobile, restrictions, loans, users, cables, surveillance, adopters)

#: The last year of the record: simulations reach it.
RECORDED = 2024


def hindcast(
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    *,
    until: int = 2050,
    history: Given | None = None,
) -> Hindcast:
    """Simulate the baseline and set it beside everything that is recorded.

    world       the world; None = the bundled one, whose tables the record belongs to
    parameters  as in :func:`lockin_sim.simulate`
    runs        number of runs, at least 2
    until       last year simulated, RECORDED at least; what is asked of later years is left out
    history     as in :func:`lockin_sim.simulate`
    Returns tables of shares, scores, drifts and checks; printed, all of them plainly.
    """
    world = check_recorded(world_of(world))
    whole_number("runs", runs, least=2, most=MOST_AT_ONCE)
    whole_number("until", until, least=RECORDED, most=world.last_year)
    kept = sample(world, parameters=parameters, runs=runs, seed=seed, until=until, history=history)
    return judged(kept)


def judged(kept: Sample) -> Hindcast:
    """A sample beside the record."""
    found = [subject(kept) for subject in SUBJECTS]
    moved = drifts(kept)
    values: dict[str, float] = {}
    for one in found:
        values |= one.scores
    values |= concentrated(kept) | largest(moved)
    return Hindcast(
        shares=tuple(row for one in found for row in one.shares),
        scores=scored(values),
        drifts=tuple(moved),
        checks=tuple(at_sight(kept)),
    )
