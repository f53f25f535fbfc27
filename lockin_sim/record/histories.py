"""Histories that match the record: past chance events of each economy, up to the present.

A shock is a function of name, year, run and economy.  So an economy's record is matched by choosing, for that
economy alone, a run of a pool that matches it: permanent tastes and shocks up to the present are those of
the pool run, later shocks those of the run itself.  Economies without a record, and shocks that belong to no
economy, have those of one pool run.

A pool run is chosen with weight exp(-d**2 / 2), where d**2 sums, over subjects of
:data:`.record.facts.WIDTHS`, the mean square over its facts.  Facts kept aside for tests are never used.

Economies are chosen one by one, although each was simulated with other neighbours: an approximation.  The
histories for the declared values come with the package, and those of draws with their posterior; they are
also used with changed parameters or tables.

Contracts of operators on record are met exactly, by tastes and luck drawn given them: see
:mod:`lockin_sim.record.conditioned`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.draws import Draws, History, combine, label_keys
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.values import number
from lockin_sim.model.measures.recorder import build_run_dataset
from lockin_sim.record import LEAST_LOAN, MOBILE, SPONSOR, Fact
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.facts import WIDTHS, build_given_share_facts, build_history_facts
from lockin_sim.record.questions import RunView, answer_questions
from lockin_sim.record.tables import with_places
from lockin_sim.settings.ensemble import build_declared_history
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World, load_world
from lockin_sim.world.cache import cache_per_world, get_field_values, has_equal_content

#: Number of runs in a pool, its seed, and the number simulated at once.
POOL, SEED, AT_ONCE = 512, 2010, 64

#: Variables to record in a pool.
RECORD = ("group_sales", "group_vendor_share", "lent", "restricted")

#: Squared distance of a run without a value, which is chosen last.
FAR = 1e6

#: Kinds of history: from the initial state only, or conditioned on the record where there is one.
PRIOR, CONDITIONED = KINDS = ("prior", "conditioned")

type Given = str | Mapping[str, float] | History | ConditionedHistories


def choose_history(world: World, years: tuple[int, int], history: Given | None = None) -> Given:
    """Return the given history of a comparison, or the default history if None is given.

    The default is "conditioned" in the bundled world if the years begin with the world and extend beyond the
    present, so that policies meet the recorded world; else "prior".
    """
    if history is not None:
        if isinstance(history, Mapping):
            _check_condition(history, world)
            _build_given_facts(history, world)
        return _check_history_kind(history, world)
    reaches = years[0] == world.first_year and years[1] > world.case.years.present
    return _check_history_kind(CONDITIONED if reaches and _has_bundled_record(world) else PRIOR, world)


def name_history(history: Given) -> str:
    """Return the name of a history in datasets: one of KINDS, or 'by economy' for given shares."""
    return (
        history
        if isinstance(history, str)
        else CONDITIONED
        if isinstance(history, History | ConditionedHistories)
        else "by economy"
    )


def build_histories(
    history: Given, *, world: World, runs: Integers, parameters: Parameters | None = None
) -> History | ConditionedHistories | None:
    """Build the past shocks of each economy in each run; None if all shocks are the run's own.

    history  "prior": the run's own; "conditioned": close to the record; shares of Chinese vendors in the
             mobile networks of 2020 by ISO3 code, 0 to 1; or histories with a row for each run number
    runs     run numbers; no history depends on the seed of a study, and run r has the same with any seed
    parameters  of the baseline in which the record is met, one set for all or one for each of the runs;
             None = the declared parameters
    ``result[some]`` are the histories of some runs, by position.
    For a world other than the bundled one, and for shares, the first call simulates a pool of 512 runs at the
    declared values, which takes some seconds.
    Raises InputError for another word, an unknown economy, a share outside 0 to 1, or a world or rows that do
    not fit.
    """
    if _check_history_kind(history, world) == PRIOR:
        return None
    if isinstance(history, History | ConditionedHistories):
        return _select_history_rows(history, world, runs)
    _check_condition(history, world)
    if isinstance(history, Mapping):
        base = world.facts.get("recorded", world)
        return _draw_from_pool(base, _build_given_facts(history, world), runs, as_recorded=False)
    values = Parameters() if parameters is None else parameters
    if _has_bundled_record(world):
        past = build_declared_history(runs, world)
        past = replace(past, tastes=None) if values.changed() else past
    else:
        base = world.facts.get("recorded", world)  # so that conditioning does not undo an imposed lead
        past = _draw_from_pool(base, build_history_facts(base), runs, as_recorded=True)
    return condition_on_contracts(past, world=world, runs=runs, parameters=values)


def compute_histories(
    history: Given, *, world: World, runs: Integers, parameters: Parameters
) -> History | None:
    """Compute the past shocks of all runs, with tastes and luck; None if all shocks are the run's own.

    parameters  one set for all, or one for each run number
    """
    past = build_histories(history, world=world, runs=runs, parameters=parameters.select(runs))
    return None if past is None else past[:]


def condition_on_contracts(
    past: History, *, world: World, runs: Integers, parameters: Parameters
) -> History | ConditionedHistories:
    """Condition past shocks on the recorded contracts; return them unchanged for a world without contracts.

    Arguments as of :func:`build_histories`.
    """
    if not len(world.contracts.held):
        return past
    return ConditionedHistories.of(past, np.asarray(runs), parameters, world)


def _check_history_kind(history: Given, world: World) -> Given:
    """Return the history if it is valid.

    Raises InputError for another word or type, and for "prior" in a world with own facts.
    """
    if not isinstance(history, str | Mapping | History | ConditionedHistories):
        raise unusable("history", found=history, allowed='"prior", "conditioned", or shares by ISO3 code')
    if isinstance(history, str) and history not in KINDS:
        raise unknown_name("history", found=history, known=KINDS)
    if isinstance(history, str) and history == PRIOR and "own_facts" in world.facts:
        allowed = "conditioned with own facts, in years from the first of the world to beyond the present"
        raise unusable("history", found=PRIOR, allowed=allowed)
    return history


def _check_condition(history: Given, world: World) -> None:
    """Refuse to condition a world without the vendors that the record is about."""
    if not (MOBILE in world.domains and SPONSOR in world.sponsors):
        what = f"{MOBILE} with vendors of {SPONSOR}"
        allowed = f"prior: this world has no {what} to condition on"
        raise unusable("history", found=history, allowed=allowed)


@cache_per_world(most=1)
def _has_bundled_record(world: World) -> bool:
    """Whether a world has the record of the bundled world: its economies, buyers, vendors and markets.

    Name, titles, groups and case are not compared, except the years of the case; groups change no choice.
    A world with an imposed lead is judged as it was before.  A user's own term is accepted, as changed
    parameters are, and so are own facts about suppliers, which leave the record as it is.
    """
    base, bundled = world.facts.get("recorded", world), load_world()
    shown = ("name", "titles", "groups", "case", "facts")
    own, recorded = ({**get_field_values(each), **each.facts} for each in (base, bundled))
    own["contracts"] = base.facts.get("contracts_before", base.contracts)
    same = all(
        has_equal_content(own.get(name), value) for name, value in recorded.items() if name not in shown
    )
    return same and base.case.years == bundled.case.years


def _select_history_rows(
    history: History | ConditionedHistories, world: World, runs: Integers
) -> History | ConditionedHistories:
    """Select the rows of some run numbers.

    Raises InputError for too few rows, or columns that do not match the economies.
    """
    past = history.past if isinstance(history, ConditionedHistories) else history
    shape, least, columns = past.numbers.shape, int(np.max(runs)) + 1, len(world.countries)
    if len(shape) != 2 or shape[1] != columns or min(shape[0], len(past)) < least:
        allowed = f"at least {least} rows, one a run, and a column for each of {columns} economies"
        raise unusable("history", words=f"an array of {shape}", allowed=allowed)
    if isinstance(history, ConditionedHistories):
        return history.some(np.asarray(runs))
    return history[np.asarray(runs)]


def _draw_from_pool(world: World, facts: tuple[Fact, ...], runs: Integers, *, as_recorded: bool) -> History:
    """Draw, for each economy with facts, runs of a pool that is simulated here."""
    whole = np.asarray(runs) % POOL
    numbers = np.repeat(whole[:, None], len(world.countries), axis=1)
    shock, label = Draws(SEED, runs), label_keys(["history"])
    stream = shock.stream("history")
    for code, distance in (
        compute_record_distances(_simulate_pool(world, facts), facts).items() if facts else ()
    ):
        keys = combine(label, label_keys([code]))
        numbers[:, world.countries.index(code)] = draw_pool_runs(distance, shock.uniform(stream, keys))
    return History(numbers, whole, SEED, world.case.years.present, facts=as_recorded)


@lru_cache(maxsize=4)
def _simulate_pool(world: World, facts: tuple[Fact, ...]) -> Floats:
    """Simulate a pool at the declared values and compute its answers to the questions of facts.

    Returns (pool run, fact).
    """
    from lockin_sim.engine import Batch, Engine  # lazy, so that agents run without it

    scenario, values, answers_of = load_scenario("baseline"), Parameters(), []
    world, questions = group_recorded_economies(world, facts), tuple(fact.question for fact in facts)
    years = world.first_year, max(question.year for question in questions)
    with limit_blas_threads():
        for first in range(0, POOL, AT_ONCE):
            some = np.arange(first, first + AT_ONCE)
            batch = Batch(
                world, scenario, values, seed=SEED, runs=some.tolist(), years=years, record=frozenset(RECORD)
            )
            ds = build_run_dataset(Engine(batch).series(), world, scenario, values, SEED, some, years)
            answers_of.append(answer_questions(RunView(ds, world), questions))
    return np.concatenate(answers_of)


def group_recorded_economies(world: World, facts: tuple[Fact, ...]) -> World:
    """Return the world with the recorded economies as its only groups, which changes no result."""
    places = dict.fromkeys(f.question.place for f in facts if f.subject in ("networks", "phones"))
    return with_places(world, places, only=places)


def compute_record_errors(numbers: Floats, facts: tuple[Fact, ...]) -> Floats:
    """Compute the signed distance of answers from the record, in the unit of their subject.  (run, fact).

    Loans are compared in the log of 1 + USD m / 15.
    """
    value, loan = np.array([f.recorded for f in facts]), np.array([f.subject == "loans" for f in facts])
    with np.errstate(invalid="ignore"):
        distance: Floats = np.where(
            loan,
            np.log1p(np.where(loan, numbers, 0) / LEAST_LOAN) - np.log1p(value * loan / LEAST_LOAN),
            numbers - value,
        )
    return distance


def compute_record_distances(numbers: Floats, facts: tuple[Fact, ...]) -> dict[str, Floats]:
    """Compute the squared distance of runs from the record, for each economy with facts.

    Returns arrays (run,) by ISO3 code.
    """
    squares = np.nan_to_num(np.square(compute_record_errors(numbers, facts)), nan=FAR)
    columns: dict[tuple[str, str], list[int]] = {}
    for n, fact in enumerate(facts):
        columns.setdefault((fact.question.place, fact.subject), []).append(n)
    by_code: dict[str, Floats] = {}
    for (code, subject), some in columns.items():
        mean = squares[:, some].mean(axis=1) / WIDTHS[subject] ** 2
        by_code[code] = by_code.get(code, 0.0) + mean
    return by_code


def draw_pool_runs(distance: Floats, shock: Floats) -> Integers:
    """Draw pool runs with weights that decrease with their distance.

    distance  squared, of each run of a pool.  (run,)
    shock     uniform between 0 and 1, one for each draw
    Returns numbers in the pool, in the shape of ``shock``.
    """
    weight = np.exp(-0.5 * (distance - distance.min()))
    runs = np.searchsorted(np.cumsum(weight) / weight.sum(), shock)
    return np.minimum(runs, len(distance) - 1)


def _build_given_facts(shares_by_code: Mapping[str, Any], world: World) -> tuple[Fact, ...]:
    """Build facts from shares by economy.

    Raises InputError for an unknown economy, or a share outside 0 to 1.
    """
    return build_given_share_facts(
        world,
        {
            world.code_of("history", name, "country"): number(
                f"history {name}", share, allowed="a share from 0 to 1", low=0.0, high=1.0
            )
            for name, share in shares_by_code.items()
        },
    )
