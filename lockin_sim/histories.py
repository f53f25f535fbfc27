"""Histories that agree with the record: whose luck each economy has up to the present.

Chance is a function of name, year, run and economy.  So what is recorded of an economy is met by choosing,
for that economy alone, a run of a pool in which it is met: lasting tastes and shocks up to the present are
that run's, those after it are the luck of the run itself.  Economies without a record, and what is no
economy's luck, have that of one run of the pool.

A run is taken with weight exp(-d**2 / 2), d**2 the sum over subjects of :data:`.record.facts.WIDTHS` of the
mean square over its facts of a subject.  Facts that are kept aside for tests are never used.

Economies are chosen one by one, though each was simulated among neighbours with other luck: an approximation.
The histories of the declared values come with the package, and those of draws with their posterior; they are
used, too, where some parameters or tables have been changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.draws import Draws, History, combine, label_keys
from lockin_sim.engines import one_blas_thread
from lockin_sim.ensemble import declared_history
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.measures.recorder import labelled
from lockin_sim.parameters import Parameters
from lockin_sim.record import LEAST_LOAN, MOBILE, SPONSOR, Fact
from lockin_sim.record.facts import WIDTHS, history_facts, networks_of
from lockin_sim.record.questions import View, answers
from lockin_sim.record.tables import with_places
from lockin_sim.scenario import load_scenario
from lockin_sim.values import number
from lockin_sim.world import BUNDLED, World, load_world

#: Runs of a pool, its seed, and how many of them are simulated at once.
POOL, SEED, AT_ONCE = 512, 2010, 64

#: What must be recorded of the runs of a pool.
RECORD = ("group_sales", "group_vendor_share", "lent", "restricted")

#: A square so large that a run without a number is the last to be taken.
FAR = 1e6

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
    if not (MOBILE in world.domains and SPONSOR in world.sponsors):
        what = f"{MOBILE} with vendors of {SPONSOR}"
        allowed = f"prior: this world has no {what} to be near a record"
        raise unusable("history", found=history, allowed=allowed)
    if isinstance(history, str) and _is_bundled(world):
        return declared_history(runs, world.countries)
    base = world.facts.get("recorded", world)  # an imposed lead is not to be undone by luck
    facts = history_facts(base) if isinstance(history, str) else _checked(history, world)
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


def _from_pool(world: World, facts: tuple[Fact, ...], runs: Integers) -> History:
    """Runs of a pool that is simulated here."""
    whole = np.asarray(runs) % POOL
    numbers = np.repeat(whole[:, None], len(world.countries), axis=1)
    shock, label = Draws(SEED, runs), label_keys(["history"])
    stream = shock.stream("history")
    for code, distance in distances(_pool(world, facts), facts).items() if facts else ():
        keys = combine(label, label_keys([code]))
        numbers[:, world.countries.index(code)] = taken(distance, shock.uniform(stream, keys))
    return History(numbers, whole, SEED, world.case.years.present)


@lru_cache(maxsize=4)
def _pool(world: World, facts: tuple[Fact, ...]) -> Floats:
    """What runs at the declared values answer to the questions of facts.  (pool run, fact)."""
    from lockin_sim.engine import Engine  # here, so that agents run without it

    scenario, values, found = load_scenario("baseline"), Parameters(), []
    world, questions = grouped(world, facts), tuple(fact.question for fact in facts)
    years = world.first_year, max(question.year for question in questions)
    with one_blas_thread():
        for first in range(0, POOL, AT_ONCE):
            some = np.arange(first, first + AT_ONCE)
            engine = Engine(
                world, scenario, values, seed=SEED, runs=some.tolist(), years=years, record=frozenset(RECORD)
            )
            ds = labelled(engine.series(), world, scenario, values, SEED, some, years)
            found.append(answers(View(ds, world), questions))
    return np.concatenate(found)


def grouped(world: World, facts: tuple[Fact, ...]) -> World:
    """The world with the economies whose markets are recorded as its only groups, which change nothing."""
    places = dict.fromkeys(f.question.place for f in facts if f.subject in ("networks", "phones"))
    return with_places(world, places, only=places)


def errors(numbers: Floats, facts: tuple[Fact, ...]) -> Floats:
    """How far answers are from the record, on the scale of a subject, with sign.  (run, fact)."""
    value, loan = np.array([f.recorded for f in facts]), np.array([f.subject == "loans" for f in facts])
    with np.errstate(invalid="ignore"):
        found: Floats = np.where(
            loan, np.log1p(np.where(loan, numbers, 0) / LEAST_LOAN) - np.log1p(value * loan / LEAST_LOAN),
            numbers - value,
        )  # fmt: skip
    return found


def distances(numbers: Floats, facts: tuple[Fact, ...]) -> dict[str, Floats]:
    """Squares of the distance of runs to the record, for each economy with any.  (run,) by country."""
    squares = np.nan_to_num(np.square(errors(numbers, facts)), nan=FAR)
    columns: dict[tuple[str, str], list[int]] = {}
    for n, fact in enumerate(facts):
        columns.setdefault((fact.question.place, fact.subject), []).append(n)
    found: dict[str, Floats] = {}
    for (code, subject), some in columns.items():
        mean = squares[:, some].mean(axis=1) / WIDTHS[subject] ** 2
        found[code] = found.get(code, 0.0) + mean
    return found


def taken(distance: Floats, shock: Floats) -> Integers:
    """Runs drawn with weights that fall with their distance.

    distance  squares, of each run of a pool.  (run,)
    shock     even between 0 and 1, one for each run that is wanted
    Returns numbers in the pool, of the shape of ``shock``.
    """
    weight = np.exp(-0.5 * (distance - distance.min()))
    found = np.searchsorted(np.cumsum(weight) / weight.sum(), shock)
    return np.minimum(found, len(distance) - 1)


def _checked(given: Mapping[str, Any], world: World) -> tuple[Fact, ...]:
    """Shares of economies that there are, from 0 to 1."""
    for code in given:
        if code not in world.countries:
            raise unknown_name("history", found=code, known=world.countries, called=world.called)
    return networks_of(world, {
        code: number(f"history {code}", share, allowed="a share from 0 to 1", low=0.0, high=1.0)
        for code, share in given.items()
    })  # fmt: skip
