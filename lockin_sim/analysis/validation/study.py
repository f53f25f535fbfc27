"""The record beside simulations and simple rivals: the call."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.analysis.validation import hazard, intervals, rivals, votes
from lockin_sim.analysis.validation import subjects as of
from lockin_sim.analysis.validation.asked import AT_ONCE, RECORDED, Asked, Question
from lockin_sim.analysis.validation.draws import parameters_by_run
from lockin_sim.analysis.validation.facts import TABLES, barred, facts_of
from lockin_sim.analysis.validation.found import Validation
from lockin_sim.analysis.validation.rivals import Forecast
from lockin_sim.analysis.validation.scores import GIVEN, MODEL, REFITTED, scores
from lockin_sim.analysis.validation.subjects import Fact
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.draws import History
from lockin_sim.ensemble import HISTORY, history_of
from lockin_sim.errors import unusable, whole_number
from lockin_sim.histories import POOL as POOL_OF_ALL
from lockin_sim.nearness import networks_of
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import Case, run_cases
from lockin_sim.runs.keeping import running
from lockin_sim.scenario import load_scenario
from lockin_sim.studies.hindcast.scopes import with_scopes
from lockin_sim.studies.pools import POOL, pools
from lockin_sim.world import World, load_world, records
from lockin_sim.world.schema import Table, records_of

#: What is said of the parameters of the runs.
BUNDLED, DRAWN = (
    "a draw each that fits the record, of those that come with the package",
    "a draw each of those given",
)
DECLARED, GIVEN_VALUES = "the declared values in all", "the values given in all"

#: Fewest runs of which an interval of 90 % can be read.
FEWEST_RUNS = 8


def validate(
    posterior: Any = None,
    *,
    observations: str | Path | Sequence[str | Path] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    workers: int | None = 1,
    store: str | Path | None = None,
    resume: bool = False,
    progress: bool | Progress = False,
) -> Validation:
    """Set simulations of the baseline beside the record, and simple rivals beside both.

    posterior     parameters of the runs: None = a draw each of those that come with the package;
                  ``Parameters()`` = the declared values; a table of draws with weights, or the folder of a
                  calibration, see :func:`.parameters_by_run`
    observations  None = all bundled facts; or CSV files with the columns of ``observations``,
                  ``networks_5g``, ``surveillance``, ``chinese_projects`` or ``cyber_votes``: then only facts
                  in these are scored, and rivals learn from the bundled ones of other economies
    runs          runs of each of two ensembles, at least 8: histories drawn around the records of 2010 alone,
                  and, where an economy's share of 4G is known, given that: its luck then is that of a
                  run, one of 48 with the same parameters, in which it is near this share.  Nothing else that
                  is recorded of it decides, so that no forecast has seen what it is scored against
    seed          of all shocks, folds excepted, which depend on the economy alone
    workers       processes; None = one for each processor.  No number depends on it
    store         folder in which runs are kept as they are done; resume goes on with what is in it
    progress      True shows a bar on a terminal; a function is called with the number of runs done

    Returns facts, forecasts and scores; printed, the scores plainly.
    Raises InputError for a file, name or number that cannot be used.
    """
    runs, seed = whole_number("runs", runs, least=FEWEST_RUNS), whole_number("seed", seed)
    given = parameters_by_run(posterior, runs, seed)
    own = _own(observations)
    world = load_world()
    record = facts_of(world)
    asked = facts_of(world, own) if own else record
    if not asked:
        raise unusable("observations", found="no row that can be compared", allowed=_COMPARABLE)
    made = [
        _refitted(world, asked),
        rivals.persistence(asked, record),
        rivals.climatology(asked, record),
        *rivals.learned(world, asked, record),
    ]
    for table in own or [records("cyber_votes")]:
        if table.name == "cyber_votes":
            _enter_votes(asked, made, table)  # what cannot be used of it is refused before anything is run
    with running(store=store, resume=resume) if store or resume else nullcontext():
        more = [f for f in record if f.split == of.FITTED and f.subject not in rivals.CHANCES] if own else []
        simulated, off = _simulated(world, asked, more, given, runs, seed, workers, progress)
    made = [*simulated, *made]
    told = {
        "runs": runs, "seed": seed, "parameters": _parameters(posterior), "off": off,
        "observations": ", ".join(table.name for table in own) or "bundled",
    }  # fmt: skip
    return Validation(tuple(asked), tuple(made), scores(asked, made, seed), told)


_COMPARABLE = (
    "whole years that are simulated, of sales or base, in a place and of a vendor that the model has; or the "
    "columns of another record table"
)


def _parameters(posterior: Any) -> str:
    """What the parameters of the runs are, in words."""
    if isinstance(posterior, Parameters):
        return DECLARED if posterior == Parameters() else GIVEN_VALUES
    return BUNDLED if posterior is None else DRAWN


def _own(given: str | Path | Sequence[str | Path] | None) -> list[Table]:
    """Tables of one's own.  Raises InputError for what cannot be read."""
    if given is None:
        return []
    paths = [given] if isinstance(given, str | Path) else list(given)
    places = [Path(path).resolve() for path in paths]
    for place, path in zip(places, paths, strict=True):
        if places.count(place) > 1:  # its facts would count twice
            raise unusable("observations", found=f"{path} twice", allowed="each file once")
    return [records_of(path, tuple(TABLES)) for path in paths]


def _simulated(
    world: World, facts: Sequence[Fact], more: Sequence[Fact], given: Parameters, runs: int, seed: int,
    workers: int | None, progress: bool | Progress,
) -> tuple[list[Forecast], dict[str, list[float]]]:  # fmt: skip
    """What runs answer, drawn around 2010 alone and given shares of 4G; and how far they are off by kind.

    more  facts that only teach how far
    """
    plain = [k for k, fact in enumerate(facts) if fact.subject != of.VOTES]
    conditioned = [k for k in plain if facts[k].subject in (of.LATER, of.CHANGE)]
    history = {
        f.question.place: f.recorded for f in facts if f.subject == of.FIRST and f.question.year == 2020
    }
    every = [*facts, *more]
    if plain:
        plain += range(len(facts), len(every))
    scoped = _scoped(world, [every[k].question for k in plain])
    ensembles: tuple[tuple[str, list[int], str | dict[str, float], Parameters], ...] = (
        (MODEL, plain, "prior", given),
        (GIVEN, conditioned, history, given),
    )
    cases = {}
    for label, chosen, luck, values in ensembles:
        if chosen and luck:
            past = luck if isinstance(luck, str) else _given_4g(world, luck, values, runs, workers, progress)
            asked = Asked(tuple(dict.fromkeys(every[k].question for k in chosen)))
            case = Case(label, load_scenario("baseline"), asked, values, RECORDED, AT_ONCE, history=past)
            cases[label] = case, chosen, asked.questions
    last = max((q.year + (q.kind == "sales") for _, _, qs in cases.values() for q in qs), default=2011)
    found = {}
    if cases:
        found = run_cases(
            [case for case, _, _ in cases.values()], world=scoped, runs=runs, seed=seed,
            years=(world.first_year, min(last, world.last_year)), workers=workers, progress=progress,
        )  # fmt: skip
    made = [rivals.empty(name, every) for name in (MODEL, GIVEN)]
    off: dict[str, list[float]] = {}
    for forecast in made:
        if forecast.name not in cases:
            continue
        _, chosen, questions = cases[forecast.name]
        place = {question: n for n, question in enumerate(questions)}
        answered = found[forecast.name]["values"]
        answers = {k: answered[:, place[every[k].question]].astype(float) for k in chosen}
        off |= intervals.enter_model(forecast, every, answers)
    return [_first(forecast, len(facts)) for forecast in made], off


def _first(made: Forecast, facts: int) -> Forecast:
    """What was said of the first facts alone."""
    return Forecast(made.name, made.said[:facts], made.score[:facts], made.covered[:facts])


def _given_4g(
    world: World, shares: Mapping[str, float], given: Parameters, runs: int, workers: int | None,
    progress: bool | Progress,
) -> History:  # fmt: skip
    """Histories of runs near shares of 4G: each run's with its own parameters, if those differ."""
    import xarray as xr

    run, none, each = np.arange(runs), np.zeros(runs, dtype=np.int64), given.runs is not None
    found = pools(
        world, given, networks_of(shares), draws=runs if each else 1, pool=POOL if each else POOL_OF_ALL,
        alternatives=1 if each else runs, workers=workers, progress=progress,
    )  # fmt: skip
    posterior = xr.Dataset({HISTORY: found})
    luck = history_of(posterior, run if each else none, none if each else run, world.countries)
    assert luck is not None
    return luck


def _scoped(world: World, questions: Sequence[Question]) -> World:
    """The world with a group for every place whose sales are asked about; groups change nothing else."""
    world = with_scopes(world)
    alone = {q.place for q in questions if q.kind == "sales"} - {*world.group_names}
    shape = len(world.domains), len(world.countries)
    more = {c: np.broadcast_to(np.isin(world.countries, [c]), shape) for c in sorted(alone)}
    return dataclasses.replace(world, groups={**world.groups, **more})


def _refitted(world: World, facts: Sequence[Fact]) -> Forecast:
    """Restrictions by the rule of the model, its weights fitted without the economy."""
    made = rivals.empty(REFITTED, facts)
    asked = [k for k, fact in enumerate(facts) if fact.subject in (of.BY_2020, of.BY_2023)]
    if not asked:
        return made
    table = records("networks_5g")
    usable = np.array([c in world.countries and not barred(world, c) for c in table["iso3"].tolist()])
    record = hazard.dated(table, usable & (table["split"] == "fit"))
    names = sorted({facts[k].question.place for k in asked})
    years = sorted({facts[k].question.year for k in asked})
    chance = hazard.chances(world, names, years, record)
    for k in asked:
        question = facts[k].question
        rivals.enter(made, k, facts[k], float(chance[question.year][names.index(question.place)]))
    return made


def _enter_votes(facts: Sequence[Fact], made: Sequence[Forecast], table: Table) -> None:
    """Enter chances of ballots, which come in the order of their facts."""
    asked = [k for k, fact in enumerate(facts) if fact.subject == of.VOTES]
    by_name = {forecast.name: forecast for forecast in made}
    for name, chances in votes.forecasts(table).items():
        for k, chance in zip(asked, chances.tolist(), strict=True):
            rivals.enter(by_name[name], k, facts[k], chance)
