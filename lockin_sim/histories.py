"""Histories that agree with the record: whose luck each economy has up to the present.

Chance is a function of name, year, run and economy.  So what is recorded of an economy is met by choosing,
for that economy alone, a run of a pool in which it is met, see :mod:`lockin_sim.nearness`: lasting tastes and
shocks up to the present are that run's, those after it are the luck of the run itself.  Economies without a
record, and what is no economy's luck, have that of one run of the pool.

Economies are chosen one by one, though each was simulated among neighbours with other luck: an approximation.
The histories of the declared values come with the package, and those of draws with their posterior; they are
used, too, where some parameters or tables have been changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim import nearness
from lockin_sim.conventions import Floats, Integers
from lockin_sim.dataset import labelled
from lockin_sim.draws import Draws, History, combine, label_keys
from lockin_sim.ensemble import declared_history
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.nearness import Recorded
from lockin_sim.numeric import number
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import load_scenario
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import BUNDLED, World, load_world

#: Runs of a pool, its seed, and how many of them are simulated at once.
POOL, SEED, AT_ONCE = 512, 2010, 64

#: Kinds of history: from the initial state alone, or near the record where there is one.
PRIOR, CONDITIONED = KINDS = ("prior", "conditioned")

type Given = str | Mapping[str, float] | History


def usual_history(world: World, years: tuple[int, int], given: Given | None = None) -> Given:
    """The history of a comparison: the one that is given; else "conditioned" in the bundled world, where the
    years begin with it and reach beyond the present, so that policies meet what is recorded; else "prior"."""
    if given is not None:
        return _checked_kind(given)
    reaches = years[0] == world.first_year and years[1] > world.case.years.present
    return CONDITIONED if reaches and _is_bundled(world) else PRIOR


def called(history: Given) -> str:
    """What datasets call a history: one of KINDS, or that shares were given by economy."""
    return (
        history if isinstance(history, str) else CONDITIONED if isinstance(history, History) else "by economy"
    )


def histories(history: Given, *, world: World, runs: Integers) -> History | None:
    """Whose luck each economy has in each run; None where all luck is the run's own.

    history  "prior": the run's own; "conditioned": near the record; shares of Chinese vendors in the mobile
             networks of 2020 by ISO3 code, 0 to 1; or a :class:`~lockin_sim.draws.History` with a row for
             each run number
    runs     run numbers; no history depends on the seed of a study, and run r has the same with any
    Of another world than the bundled one, and for shares, the first call simulates a pool of 512 runs at the
    declared values, which takes some seconds.
    Raises InputError for another word, an unknown economy, a share outside 0 to 1, or a world or rows that do
    not fit.
    """
    if _checked_kind(history) == PRIOR:
        return None
    if isinstance(history, History):
        return _of_runs(history, world, runs)
    if not (nearness.NETWORKS in world.domains and nearness.SPONSOR in world.sponsors):
        what = f"{nearness.NETWORKS} with vendors of {nearness.SPONSOR}"
        allowed = f"prior: this world has no {what} to be near a record"
        raise unusable("history", found=history, allowed=allowed)
    if isinstance(history, str) and _is_bundled(world):
        return declared_history(runs, world.countries)
    base = world.facts.get("recorded", world)  # an imposed lead is not to be undone by luck
    facts = nearness.facts_of(base) if isinstance(history, str) else _checked(history, world)
    return _from_pool(base, facts, runs)


def _checked_kind(history: Given) -> Given:
    """The same.  Raises InputError for another word or type."""
    if not isinstance(history, str | Mapping | History):
        raise unusable("history", found=history, allowed='"prior", "conditioned", or shares by ISO3 code')
    if isinstance(history, str) and history not in KINDS:
        raise unknown_name("history", found=history, known=KINDS)
    return history


def _is_bundled(world: World) -> bool:
    """Whether a world is the bundled one, or a copy of it with changes, as an imposed lead."""
    return world.name == BUNDLED and world.countries == load_world().countries


def _of_runs(given: History, world: World, runs: Integers) -> History:
    """Rows of some run numbers."""
    shape, least, columns = given.numbers.shape, int(np.max(runs)) + 1, len(world.countries)
    if len(shape) != 2 or shape[1] != columns or min(shape[0], len(given)) < least:
        allowed = f"at least {least} rows, one a run, and a column for each of {columns} economies"
        raise unusable("history", found=f"an array of {shape}", allowed=allowed)
    return given[np.asarray(runs)]


def _from_pool(world: World, facts: tuple[Recorded, ...], runs: Integers) -> History:
    """Runs of a pool that is simulated here."""
    whole = np.asarray(runs) % POOL
    numbers = np.repeat(whole[:, None], len(world.countries), axis=1)
    shock, label = Draws(SEED, runs), label_keys(["history"])
    stream = shock.stream("history")
    for code, distance in nearness.distances(_pool(world, facts), facts).items() if facts else ():
        keys = combine(label, label_keys([code]))
        numbers[:, world.countries.index(code)] = nearness.taken(distance, shock.uniform(stream, keys))
    return History(numbers, whole, SEED, world.case.years.present)


@lru_cache(maxsize=4)
def _pool(world: World, facts: tuple[Recorded, ...]) -> Floats:
    """What runs at the declared values have for recorded facts.  (pool run, fact)."""
    from lockin_sim.engine import Engine  # here, so that agents run without it

    scenario, values, found = load_scenario("baseline"), Parameters(), []
    world = nearness.scoped(world, facts)
    years = world.first_year, max(fact.year for fact in facts)
    with one_blas_thread():
        for first in range(0, POOL, AT_ONCE):
            some = np.arange(first, first + AT_ONCE)
            engine = Engine(
                world, scenario, values, seed=SEED, runs=some.tolist(), years=years,
                record=frozenset(nearness.RECORD),
            )  # fmt: skip
            ds = labelled(engine.series(), world, scenario, values, SEED, some, years)
            found.append(nearness.simulated(ds, world, facts))
    return np.concatenate(found)


def _checked(given: Mapping[str, Any], world: World) -> tuple[Recorded, ...]:
    """Shares of economies that there are, from 0 to 1."""
    for code in given:
        if code not in world.countries:
            raise unknown_name("history", found=code, known=world.countries, called=world.called)
    return nearness.networks_of({
        code: number(f"history {code}", share, allowed="a share from 0 to 1", low=0.0, high=1.0)
        for code, share in given.items()
    })  # fmt: skip
