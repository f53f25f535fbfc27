"""Validate the model: recorded facts, simulations of them, and forecasts by simple rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.common.conventions import RUNS, SEED, Bools, Floats
from lockin_sim.common.errors import check_whole_number, unusable
from lockin_sim.common.files import check_path
from lockin_sim.common.indices import covered
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.progress import Progress
from lockin_sim.common.values import check_listed
from lockin_sim.evidence import rivals, tolerance
from lockin_sim.evidence.hindcast import format_text_table
from lockin_sim.evidence.left_out import RUNS as RUNS_OF_EACH
from lockin_sim.evidence.rivals import CHANCES, Forecast, transform_to_scored_unit
from lockin_sim.evidence.scores import (
    FEWEST_FACTS,
    MODEL,
    IntervalCoverage,
    Miss,
    Score,
    TargetResult,
    describe_runs,
    evaluate_targets,
    find_largest_misses,
    format_auc,
    format_fixed,
    score_forecasts,
)
from lockin_sim.evidence.skill import LeftOutResults, score_left_out
from lockin_sim.evidence.skill_words import format_left_out_tables
from lockin_sim.evidence.tolerance import ALIKE, ErrorEstimate
from lockin_sim.record import FITTED, Fact, facts
from lockin_sim.record.histories import CONDITIONED, PRIOR, build_histories
from lockin_sim.record.questions import AT_ONCE, RECORD, AnswerReducer
from lockin_sim.record.tables import load_bundled_table, with_places
from lockin_sim.runs.context import running
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.runs.results import write_records
from lockin_sim.runs.simulation import check_progress
from lockin_sim.settings.ensemble import Source, draw_run_parameters
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World, load_world, records
from lockin_sim.world.schema import Table, records_of

#: Descriptions of the runs' parameters.
BUNDLED, DRAWN = (
    "one draw of the bundled posterior for each run",
    "one of the given draws for each run",
)
DECLARED, GIVEN_VALUES = "the declared values in all", "the caller's values in all"

#: Minimum number of runs for a 90 % interval.
FEWEST_RUNS = 8

#: Misses of facts kept aside relative to fitted ones (assumed: by generalised cross-validation, that of a fit
#: with half as many effective unknowns as facts).
FURTHER = 2.0

#: Runs that know the record, and kinds of number that they are told.
KNOWING, TOLD = "runs that know the record", (facts.RESTRICTING, facts.LENT)

#: Kinds of which no fact was fitted, with the kind of the same quantity whose error stands for theirs, and
#: the part of its variance: a change has the errors of two years of one economy, correlated by :data:`ALIKE`.
_STANDS_FOR = {facts.LATER: (facts.FIRST, 1.0), facts.CHANGE: (facts.FIRST, 2 * (1 - ALIKE))}

#: Readers of each table, and of a user's own file with its columns.
TABLES = {
    "observations": facts.build_market_facts,
    "networks_5g": facts.build_network_share_facts,
    "restrictions": facts.build_stance_facts,
    "surveillance": facts.build_surveillance_facts,
    "loans": facts.build_loan_facts,
    "cyber_votes": rivals.build_vote_facts,
}


@dataclass(frozen=True, repr=False)
class Validation:
    """Recorded facts beside forecasts of them.

    facts      recorded, with their splits and sources
    forecasts  of each forecaster, along the facts
    scores     mean scores by subject, split and forecaster, see :class:`.Score`
    about      provenance
    left_out   forecasts of contracts and loans by runs that do not know them, see :class:`.LeftOutResults`;
               None with facts of the caller's own
    intervals  how often intervals of runs that know the record hold it, see :class:`.IntervalCoverage`; empty
               with facts of the caller's own
    """

    facts: tuple[Fact, ...]
    forecasts: tuple[Forecast, ...]
    scores: tuple[Score, ...]
    about: Mapping[str, Any]
    left_out: LeftOutResults | None = None
    intervals: tuple[IntervalCoverage, ...] = ()

    @property
    def aims(self) -> list[TargetResult]:
        """Targets fixed in advance, and whether they are reached."""
        return evaluate_targets(self.scores)

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Shares that the model misses by most, in runs without the record."""
        return find_largest_misses(self.facts, self.forecasts[0])

    def __str__(self) -> str:
        rows = [
            (
                s.subject,
                s.split,
                s.forecast,
                str(s.facts),
                format_fixed(s.score),
                format_fixed(s.model),
                format_fixed(s.covered, 2),
                format_auc(s, " ({:.2f})"),
                s.verdict,
            )
            for s in self.scores
        ]
        heads = ("subject", "split", "forecast", "facts", "score", "model", "in 90 %", "AUC", "model is")
        parts = [
            describe_runs(self.about),
            *format_left_out_tables(self.left_out),
            format_text_table(heads, rows),
        ]
        if self.intervals:
            held = [
                (
                    i.subject,
                    str(i.facts),
                    format_fixed(i.alone, 2),
                    format_fixed(i.held, 2),
                    format_fixed(i.error),
                )
                for i in self.intervals
            ]
            parts.append(
                format_text_table(("in 90 % of", "facts", KNOWING, "with the model's error", "error"), held)
            )
        if wanted := [(a.what, format_fixed(a.value), a.wanted, a.answer) for a in self.aims]:
            parts.append(format_text_table(("target", "result", "required", "met"), wanted))
        return "\n\n".join(parts)

    __repr__ = __str__

    def write(self, folder: str | Path) -> Path:
        """Write scores, facts and intervals, and a file for each kind of row on what was left out, as CSV.

        Files are ``scores.csv``, ``facts.csv``, ``intervals.csv`` and those of :class:`.LeftOutResults`;
        undefined numbers are blank.  Returns the folder.
        """
        place = Path(folder)
        for name, rows in vars(self.left_out).items() if self.left_out else ():
            write_records(place / f"{name}.csv", [row._asdict() for row in rows])
        write_records(place / "scores.csv", [score._asdict() for score in self.scores])
        if self.intervals:
            write_records(place / "intervals.csv", [row._asdict() for row in self.intervals])
        rows = [
            {
                "subject": fact.subject,
                "domain": q.domain,
                "place": q.place,
                "year": q.year,
                "vendors": " ".join(q.members),
                "split": fact.split,
                "source": fact.source,
                "recorded": fact.recorded,
            }
            | {f"{f.name}: said": float(f.said[k]) for f in self.forecasts}
            | {f"{f.name}: score": float(f.score[k]) for f in self.forecasts}
            for k, fact in enumerate(self.facts)
            for q in (fact.question,)
        ]
        write_records(place / "facts.csv", rows)
        return place


@checks_keywords()
def validate(
    posterior: Source | Parameters = None,
    *,
    observations: str | Path | Sequence[str | Path] | None = None,
    runs: int = RUNS.pool,
    seed: int = SEED,
    workers: int | None = 1,
    store: str | Path | None = None,
    resume: bool = False,
    progress: bool | Progress | None = None,
) -> Validation:
    """Score simulations of the baseline and simple rivals against the record.

    Forecasts of contracts and loans by runs that do not know them are scored as well.

    posterior     parameters of the runs: None = one bundled draw each; ``Parameters()`` = the declared
                  values; the folder of a calibration, or its dataset
    observations  None = all bundled facts; or CSV files with the columns of ``observations``,
                  ``networks_5g``, ``restrictions``, ``surveillance``, ``loans`` or ``cyber_votes``: then only
                  their facts are scored, and rivals learn from the bundled ones of other economies
    runs          number of runs that know nothing recorded after 2010, at least 8; runs that lack only some
                  contracts or loans are at most 32
    seed          seed of all shocks; folds depend on the economy only
    workers       number of processes; None = one per processor.  Results do not depend on it
    store         folder that saves each run as it finishes; resume continues from it
    progress      None shows a bar on a terminal or in a notebook; a function is called with runs done

    Returns facts, forecasts and scores, which it prints as text.
    Raises InputError for a file, name or number that cannot be used.
    """
    runs, seed = check_whole_number("runs", runs, least=FEWEST_RUNS), check_whole_number("seed", seed)
    progress = check_progress(progress)
    values = draw_run_parameters(posterior, runs, seed)
    own = _read_own_tables(observations)
    world = with_places(load_world())
    record = list_facts(world)
    scored = list_facts(world, own) if own else record
    if not scored:
        raise unusable("observations", words="no row that can be compared", allowed=_COMPARABLE)
    forecasts = _forecast_by_rivals(world, scored, record, own)
    stored = store is not None or resume is not False
    with running(store=store, resume=resume) if stored else nullcontext():
        more = [f for f in record if f.split == FITTED and f.subject not in CHANCES] if own else []
        simulated, off = _simulate_forecast(world, scored, more, values, runs, seed, workers, progress)
        lacking, held = None, tuple[IntervalCoverage, ...]()
        if not own:
            known = _simulate_facts(world, scored, values, runs, seed, workers, progress, known=True)
            held = measure_interval_coverage(scored, known)
            few = min(runs, RUNS_OF_EACH)
            lacking = score_left_out(
                load_world(),
                values.select(np.arange(few)),
                runs=few,
                seed=seed,
                workers=workers,
                progress=progress,
            )
    forecasts = [simulated, *forecasts]
    about = {
        "runs": runs,
        "seed": seed,
        "parameters": _describe_parameters(posterior),
        "off": off,
        "observations": ", ".join(each.name for each in own) or "bundled",
    }
    return Validation(
        tuple(scored), tuple(forecasts), score_forecasts(scored, forecasts, seed), about, lacking, held
    )


def _describe_parameters(posterior: Source | Parameters) -> str:
    """Describe in words which parameters the runs have."""
    if isinstance(posterior, Parameters):
        return DECLARED if posterior == Parameters() else GIVEN_VALUES
    return BUNDLED if posterior is None else DRAWN


def _forecast_by_rivals(
    world: World, scored: Sequence[Fact], record: Sequence[Fact], own: Sequence[Table]
) -> list[Forecast]:
    """Compute forecasts by simple rules, and by rules of the model that are fitted to other economies."""
    simple = (rival(scored, record) for rival in (rivals.persistence_forecast, rivals.climatology_forecast))
    forecasts = [
        rivals.refitted_forecast(world, scored),
        *simple,
        *rivals.logit_forecasts(world, scored, record),
    ]
    of_votes = [k for k, fact in enumerate(scored) if fact.subject == facts.VOTES]
    by_name = {forecast.name: forecast for forecast in forecasts}
    for one in own or [records("cyber_votes")]:
        if one.name == "cyber_votes":  # fail before anything is run
            for name, chances in rivals.forecast_votes(one).items():
                for k, chance in zip(of_votes, chances.tolist(), strict=True):
                    by_name[name].say(k, scored[k], chance)
    return forecasts


_COMPARABLE = (
    "whole years that are simulated, of sales or base, in a place and of a vendor that the model has; or the "
    "columns of another record table"
)


def list_facts(world: World, own: Sequence[Table] = ()) -> list[Fact]:
    """List all facts that the world can answer: the bundled ones, or those of the caller's tables."""
    if own:
        return [fact for each in own for fact in TABLES[each.name](world, each)]
    bundled = facts.build_worldwide_facts(world)
    tables = (load_bundled_table(name) for name in TABLES)
    return [*(fact for table in tables for fact in TABLES[table.name](world, table)), *bundled]


def _read_own_tables(files: str | Path | Sequence[str | Path] | None) -> list[Table]:
    """Read the caller's tables; none for None.

    Raises InputError for a file that cannot be read or is named twice.
    """
    if files is None:
        return []
    allowed = "paths of CSV files, or None"
    several = (files,) if isinstance(files, str | Path) else files
    check_listed("observations", several, allowed=allowed)
    paths = [check_path("observations", path, allowed) for path in several]
    places = [path.resolve() for path in paths]
    for place, path in zip(places, paths, strict=True):
        if places.count(place) > 1:  # its facts would count twice
            raise unusable("observations", words=f"{path} twice", allowed="each file once")
    return [records_of(path, tuple(TABLES)) for path in paths]


# --- simulations ---------------------------------------------------------------------------------------


def _simulate_forecast(
    world: World,
    scored: Sequence[Fact],
    more: Sequence[Fact],
    values: Parameters,
    runs: int,
    seed: int,
    workers: int | None,
    progress: bool | Progress,
) -> tuple[Forecast, dict[str, list[float]]]:
    """Simulate the model's forecasts by runs that know nothing that is recorded after 2010.

    more  facts used only to learn the errors
    Returns forecasts of the scored facts, and errors by kind, see :func:`enter_model_forecasts`.
    """
    forecast = rivals.create_empty_forecast(MODEL, every := [*scored, *more])
    answers = _simulate_facts(world, every, values, runs, seed, workers, progress)
    off = enter_model_forecasts(forecast, every, answers)
    name, *values_of = forecast
    return Forecast(name, *(of[: len(scored)] for of in values_of)), off


def _simulate_facts(
    world: World,
    asked: Sequence[Fact],
    values: Parameters,
    runs: int,
    seed: int,
    workers: int | None,
    progress: bool | Progress,
    *,
    known: bool = False,
) -> dict[int, Floats]:
    """Simulate answers of runs to facts, (run,) by position among the facts.

    known  whether the runs' past meets the record
    Ballots are left out, since runs do not answer them.
    """
    mine = [k for k, fact in enumerate(asked) if fact.subject != facts.VOTES]
    if not mine:
        return {}
    questions = tuple(dict.fromkeys(asked[k].question for k in mine))
    last = max(q.year + (q.kind == "sales") for q in questions)
    sold = {q.place for q in questions if q.kind == "sales"}
    placed = with_places(world, sorted(sold & {*world.countries}))
    past = build_histories(
        CONDITIONED if known else PRIOR, world=placed, runs=np.arange(runs), parameters=values
    )
    label, reduce = (KNOWING, AnswerReducer(questions, past)) if known else (MODEL, AnswerReducer(questions))
    case = RunCase(
        label,
        load_scenario("baseline"),
        reduce,
        values,
        RECORD,
        AT_ONCE,
        history=PRIOR if past is None else past,
    )
    said = run_cases(
        [case],
        world=placed,
        runs=runs,
        seed=seed,
        years=(world.first_year, min(last, world.last_year)),
        workers=workers,
        progress=progress,
    )[label]["values"].astype(float)
    answers = dict(zip(questions, said.T, strict=True))
    return {k: answers[asked[k].question] for k in mine}


class ModelErrors:
    """Model's errors in fitted facts that are numbers, by subject and cluster.

    A fitted fact is judged by what its other markets, years or economies teach; a fact that was kept aside is
    judged by all fitted facts, whose misses are too small for it: they are multiplied by :data:`FURTHER`
    before the spread of runs is reduced.

    facts    that runs answered
    answers  of runs to some, (run,) by position among the facts
    """

    def __init__(self, facts: Sequence[Fact], answers: Mapping[int, Floats]) -> None:
        rows = []
        for k, values in answers.items():
            fact, known = facts[k], transform_to_scored_unit(facts[k], values[np.isfinite(values)])
            if fact.split == FITTED and fact.subject not in CHANCES and len(known) > 1:
                miss = float(transform_to_scored_unit(fact, fact.recorded)) - known.mean()
                rows.append((fact.subject, fact.cluster, miss**2, known.var(ddof=1)))
        self._subject, self._cluster = (np.array([row[n] for row in rows], dtype=str) for n in (0, 1))
        self._square, self._variance = (np.array([row[n] for row in rows], dtype=float) for n in (2, 3))
        every = np.ones(len(rows), dtype=bool)
        self.all, self.aside = self._estimate(every), self._estimate(every, FURTHER)

    def without(self, fact: Fact) -> ErrorEstimate | None:
        """Return the error of a fact's kind learnt from other clusters; None without such facts."""
        own = (self._subject == fact.subject) & (self._cluster == fact.cluster)
        kinds = (self._estimate(~own) if own.any() else self.all).get(fact.subject)
        if kinds is None or fact.split == FITTED:
            return kinds
        return kinds._replace(left=self.aside[fact.subject].left)

    def excess(self, fact: Fact) -> float:
        """Compute the variance of the model's error beyond the spread of runs, learnt from other clusters.

        NaN without facts of the fact's kind, or of the kind that stands for it.
        """
        kind, part = _STANDS_FOR.get(fact.subject, (fact.subject, 1.0))
        learnt = self.without(fact._replace(subject=kind))
        return np.nan if learnt is None else part * learnt.excess

    def _estimate(self, chosen: Bools, further: float = 1.0) -> dict[str, ErrorEstimate]:
        """Estimate errors from some of the facts, by subject, with misses multiplied by a factor."""
        return tolerance.estimate_errors(
            self._subject[chosen].tolist(),
            self._cluster[chosen].tolist(),
            further**2 * self._square[chosen],
            self._variance[chosen],
        )


def enter_model_forecasts(
    forecast: Forecast, facts: Sequence[Fact], answers: Mapping[int, Floats]
) -> dict[str, list[float]]:
    """Enter the model's forecasts, with errors beyond the spread of runs learnt from fitted facts.

    Returns what is learnt about each kind, see :class:`.ErrorEstimate`, with the share left of facts kept
    aside.
    """
    misses = ModelErrors(facts, answers)
    for k, values in answers.items():
        forecast.hold(k, facts[k], values, misses.without(facts[k]))
    return {subject: [*pairs, misses.aside[subject].left] for subject, pairs in misses.all.items()}


def measure_interval_coverage(
    asked: Sequence[Fact], answers: Mapping[int, Floats]
) -> tuple[IntervalCoverage, ...]:
    """Measure how often 90 % intervals hold facts that runs were not given, with and without model error.

    The error of each fact is learnt from facts of other clusters; intervals are widened, never narrowed.
    answers  of runs, (run,) by position among the facts
    Returns the coverage of each kind with at least :data:`FEWEST_FACTS` facts.
    """
    misses_of, held = ModelErrors(asked, answers), dict[str, list[tuple[str, float, float, float]]]()
    for k, values in answers.items():
        fact, members = asked[k], transform_to_scored_unit(asked[k], values[np.isfinite(values)])
        error = np.sqrt(misses_of.excess(fact))
        if fact.subject in (*CHANCES, *TOLD) or len(members) < 2 or np.isnan(error):
            continue
        truth = transform_to_scored_unit(fact, fact.recorded)
        alone, widened = (float(covered(members, truth, error=each)) for each in (0.0, float(error)))
        held.setdefault(fact.subject, []).append((fact.cluster, alone, widened, float(error)))
    return tuple(
        IntervalCoverage(
            subject,
            len(rows),
            len({cluster for cluster, *_ in rows}),
            *np.mean([numbers for _, *numbers in rows], axis=0).tolist(),
        )
        for subject, rows in held.items()
        if len(rows) >= FEWEST_FACTS
    )
