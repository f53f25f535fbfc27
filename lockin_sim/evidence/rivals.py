"""Forecasts of recorded facts: simple rivals of the model, and the model's rules fitted to other economies.

*Persistence*: the previous record.  *Climatology*: the record of others.  *UN votes alone*: a logit on
agreement with the United States in UN votes.  *Three-variable logit*: a logit on this agreement, income per
head and democracy.  *Model, refitted*: the rules of restrictions and of votes, fitted without the economy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.errors import InputError
from lockin_sim.common.indices import covered, crps
from lockin_sim.evidence import ballots as voting
from lockin_sim.evidence.ballots import TREATY, get_voter_income, is_contested, load_ballots
from lockin_sim.evidence.estimate import YES
from lockin_sim.evidence.restrictions import (
    DatedStances,
    build_hazard,
    build_restriction_loss,
    combine_years,
    fit_restriction_weights,
    select_dated_stances,
)
from lockin_sim.evidence.tolerance import ErrorEstimate
from lockin_sim.record import ECONOMY, FITTED, LEAST_LOAN, SPONSOR, Fact, Question
from lockin_sim.record import facts as of
from lockin_sim.record.tables import load_recorded_loans, mask_unasked_rows, sum_loans_by_economy
from lockin_sim.rules.choice import logistic
from lockin_sim.world import World, records
from lockin_sim.world.held_out import fitted_records, is_kept_aside
from lockin_sim.world.restrictions import stances
from lockin_sim.world.schema import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

#: Subjects that happened or did not.
CHANCES = (of.BY_2020, of.BY_2023, of.BORROWS, of.WATCHED, of.VOTES)

#: Amounts scored by order of magnitude: log10 of one plus USD m.
AMOUNTS = (of.LENT,)

#: Counts over time, without other economies or markets to learn from.
ALONE = (of.RESTRICTING, of.LAWS, of.GALILEO)

PERSISTENCE, CLIMATOLOGY, UN, THREE = (
    "persistence",
    "climatology",
    "UN votes alone",
    "three-variable logit",
)
REFITTED = "model, refitted"

#: Year of income for the rivals.
INCOME_YEAR = 2019

#: Number of folds of economies, each forecast from all others, and of repetitions to average over.
FOLDS, REPEATS = 10, 5

#: Ridge penalty of weights, per squared standard deviation of a covariate, which keeps weights finite.
PULL = 0.1


class Forecast(NamedTuple):
    """Forecasts of some facts by one forecaster, (fact,) each; NaN without a forecast.

    said     the chance, or the median of the ensemble
    score    CRPS of a number, Brier score of a chance: 0 is best
    covered  whether the 90 % interval contained the fact, 0 or 1
    """

    name: str
    said: Floats
    score: Floats
    covered: Floats

    def say(self, k: int, fact: Fact, value: float) -> None:
        """Enter and score a single number, or a chance, as the forecast of the fact at a position."""
        said, truth = (
            float(transform_to_scored_unit(fact, value)),
            float(transform_to_scored_unit(fact, fact.recorded)),
        )
        self.said[k] = said
        self.score[k] = (said - truth) ** 2 if fact.subject in CHANCES else abs(said - truth)

    def hold(self, k: int, fact: Fact, members: Floats, learnt: ErrorEstimate | None = None) -> None:
        """Enter and score an ensemble of at least two members; smaller ensembles are ignored.

        learnt  known error of the forecast: the spread is reduced and an error added; None = unknown
        """
        known, truth = (
            transform_to_scored_unit(fact, members[np.isfinite(members)]),
            transform_to_scored_unit(fact, fact.recorded),
        )
        if len(known) < 2:
            return
        if fact.subject in CHANCES:
            self.said[k] = known.mean()
            self.score[k] = (known.mean() - truth) ** 2
            return
        error = 0.0
        if learnt is not None:
            known, error = known.mean() + np.sqrt(learnt.left) * (known - known.mean()), np.sqrt(learnt.more)
        self.said[k] = np.median(known)
        self.score[k] = float(crps(known, truth, error=error))
        self.covered[k] = float(covered(known, truth, error=error))


def create_empty_forecast(name: str, facts: Sequence[Fact]) -> Forecast:
    """Create an empty forecast, NaN for every fact."""
    return Forecast(name, *np.full((3, len(facts)), np.nan))


def transform_to_scored_unit(fact: Fact, values: Floats | float) -> Floats:
    """Transform values to the unit in which a fact is scored: log10 of one plus USD m for amounts."""
    numbers = np.asarray(values, dtype=float)
    return np.log10(1.0 + numbers) if fact.subject in AMOUNTS else numbers


def climatology_forecast(facts: Sequence[Fact], record: Sequence[Fact]) -> Forecast:
    """Forecast each fact by the record of other clusters on the same subject.

    The record of the same vendor elsewhere and in other years if recorded twice, else of all vendors or
    economies; for ballots, of ballots on the same motion.
    record  facts to learn from: for chances the fitted facts, for numbers all facts, so that the rival may
            know more than the model
    """
    forecast = create_empty_forecast(CLIMATOLOGY, facts)
    by_subject: dict[str, list[Fact]] = {}
    for fact in record:
        by_subject.setdefault(fact.subject, []).append(fact)
    for k, fact in enumerate(facts):
        if fact.subject in ALONE:
            continue
        others = [f for f in by_subject.get(fact.subject, []) if f.cluster != fact.cluster]
        if fact.subject in CHANCES:
            others = [f for f in others if f.split == FITTED]
        if fact.subject == of.VOTES:
            others = [f for f in others if f.question.domain == fact.question.domain]
        same = [f for f in others if f.question.members == fact.question.members]
        forecast.hold(k, fact, np.array([f.recorded for f in (same if len(same) > 1 else others)]))
    return forecast


def persistence_forecast(facts: Sequence[Fact], record: Sequence[Fact]) -> Forecast:
    """Forecast each fact by its latest earlier record; NaN without an earlier record.

    Loans are forecast by those of 2000 to 2009.
    """
    forecast = create_empty_forecast(PERSISTENCE, facts)
    early = sum_loans_by_economy(load_recorded_loans(), 2000, 2009)
    earlier = [*record, *facts]
    for k, fact in enumerate(facts):
        if fact.subject in (of.LENT, of.BORROWS):
            amount = early.get(fact.question.place, 0.0)
            forecast.say(k, fact, amount if fact.subject == of.LENT else float(amount >= LEAST_LOAN))
            continue
        before = [f for f in earlier if _is_same_quantity(f, fact) and f.question.year < fact.question.year]
        if before:
            last = max(f.question.year for f in before)
            forecast.say(k, fact, float(np.mean([f.recorded for f in before if f.question.year == last])))
    return forecast


#: Subjects whose earlier figure belongs to another subject.
_BEFORE = {of.BY_2023: of.BY_2020, of.LATER: of.FIRST}


def _is_same_quantity(other: Fact, fact: Fact) -> bool:
    """Whether another fact is of the same quantity as a fact, perhaps in another year."""
    if fact.subject in (of.CHANGE, of.VOTES):
        return fact.subject == of.VOTES == other.subject and other.question.place == fact.question.place
    mine, theirs = (f.question._replace(year=0, since=0, among=()) for f in (fact, other))
    return other.subject == _BEFORE.get(fact.subject, fact.subject) and mine == theirs


# --- learned from other economies ----------------------------------------------------------------------


def assign_folds(names: Iterable[str], repeat: int = 0) -> Integers:
    """Assign each economy to one of :data:`FOLDS` folds.  (economy,)

    By a digest of its code, so that the fold is the same in every table.
    """
    digests = (hashlib.sha256(f"fold {repeat}:{name}".encode()).hexdigest() for name in names)
    return np.array([int(digest, 16) % FOLDS for digest in digests])


def predict_by_logit(x: Floats, happened: Bools, new: Floats) -> Floats:
    """Predict chances of new cases, by a logit fitted to known ones.  (other case,)

    x    (case, covariate), happened (case,), both known;  new  (other case, covariate)
    Covariates are standardised, a constant is added, and the other weights are penalised (:data:`PULL`), by
    Newton's steps.
    """
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    design, wanted = (np.column_stack([np.ones(len(of)), (of - mean) / spread]) for of in (x, new))
    pull = PULL * np.diag([0.0, *np.ones(x.shape[1])])
    weights = np.zeros(design.shape[1])
    for _ in range(60):
        chance = logistic(design @ weights)
        slope = design.T @ (happened - chance) - pull @ weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + pull
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), slope)
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    return logistic(wanted @ weights)


def cross_validate_logit(x: Floats, happened: Bools, names: Iterable[str], known: Bools) -> Floats:
    """Predict chances by logits that were fitted without the economy's fold.  (case,)

    x      (case, covariate), happened (case,), names of the economies
    known  (case,), the cases to learn from; other cases are forecast from all of them
    Mean over :data:`REPEATS` divisions into folds.
    """
    chance, codes = np.zeros(len(x)), list(names)
    for repeat in range(REPEATS):
        fold = np.where(known, assign_folds(codes, repeat), -1)
        for part in np.unique(fold):
            held_out, train = fold == part, known & (fold != part)
            chance[held_out] += predict_by_logit(x[train], happened[train], x[held_out]) / REPEATS
    return chance


def logit_forecasts(world: World, facts: Sequence[Fact], record: Sequence[Fact]) -> list[Forecast]:
    """Forecast events by logits fitted to other economies, on UN votes alone and on three variables.

    Economies without UN votes, and ballots, have no forecast.
    """
    forecasts = [create_empty_forecast(UN, facts), create_empty_forecast(THREE, facts)]
    for subject in CHANCES:
        here = [k for k, fact in enumerate(facts) if fact.subject == subject]
        if not here or subject == of.VOTES:
            continue
        names = {facts[k].question.place for k in here}
        both = [facts[k] for k in here]
        both += [f for f in record if f.subject == subject and f.question.place not in names]
        places = [fact.question.place for fact in both]
        happened, fitted = (
            np.array(of) for of in zip(*((f.recorded > 0, f.split == FITTED) for f in both), strict=True)
        )
        for forecast, columns in zip(forecasts, (1, 3), strict=True):
            x = build_economy_covariates(world, places)[:, :columns]
            chance = cross_validate_logit(x, happened, places, fitted & np.isfinite(x).all(axis=1))
            for k, value in zip(here, chance.tolist(), strict=False):
                forecast.say(k, facts[k], value)
    return forecasts


def build_economy_covariates(world: World, names: Sequence[str]) -> Floats:
    """Build the covariates of economies: votes with the United States, log income, democracy.

    Votes are NaN for economies without UN votes; income is per head.
    Returns (economy, 3).
    """
    here = [world.countries.index(name) for name in names]
    income = world.conditions.log_income[world.step(INCOME_YEAR)]
    voted = np.isin(world.countries, read_table("affinity").labels)
    votes = np.where(voted, world.rival_votes[:, world.sponsors.index(SPONSOR)], np.nan)
    return np.column_stack([votes[here], income[here], world.democracy[here]])


# --- rules of the model, fitted to others --------------------------------------------------------------


def refitted_forecast(world: World, facts: Sequence[Fact]) -> Forecast:
    """Forecast restrictions by the rule of the model, with weights fitted without the economy."""
    forecast = create_empty_forecast(REFITTED, facts)
    selected = [k for k, fact in enumerate(facts) if fact.subject in (of.BY_2020, of.BY_2023)]
    if not selected:
        return forecast
    table = stances(fitted_records("restrictions"), SPONSOR)
    record = select_dated_stances(table, ~mask_unasked_rows(world, table))
    questions = [facts[k].question for k in selected]
    names, years = sorted({q.place for q in questions}), sorted({q.year for q in questions})
    chance = cross_validate_hazard(world, names, years, record)
    for k, question in zip(selected, questions, strict=True):
        forecast.say(k, facts[k], float(chance[question.year][names.index(question.place)]))
    return forecast


def cross_validate_hazard(
    world: World, names: Sequence[str], years: Sequence[int], record: DatedStances
) -> dict[int, Floats]:
    """Predict the chance that each economy restricts by some years, by a rule fitted without its fold.

    record  to learn from; economies in it are forecast from other parts of it, by :func:`.assign_folds`, and
            other economies from all of it
    Returns (economy,) by year, mean over :data:`REPEATS` divisions into folds.
    """
    chances: dict[int, Floats] = {year: np.zeros(len(names)) for year in years}
    for repeat in range(REPEATS):
        part = np.where(np.isin(names, record.names), assign_folds(names, repeat), -1)
        of_record = assign_folds(record.names, repeat)
        for fold in np.unique(part):
            train, held_out = of_record != fold, part == fold
            known = tuple(np.array(record.names)[train].tolist())
            weights = fit_restriction_weights(
                build_restriction_loss(world, DatedStances(known, record.since[train], record.until[train]))
            )
            chosen = np.array(names)[held_out].tolist()
            for year in years:
                chances[year][held_out] += combine_years(build_hazard(world, chosen, year)(weights)) / REPEATS
    return chances


def load_contested_ballots(table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load contested ballots of challengers: the known ones, and those of a table on the same motions.

    The treaty of Dubai is left out of both.
    """
    known, new = (
        recorded[recorded["motion"] != TREATY] for recorded in (load_ballots(), load_ballots(votes=table))
    )
    known = known[is_contested(known)]
    return known, new[new["motion"].isin(known["motion"])]


def build_vote_facts(world: World, table: Table) -> list[Fact]:
    """Build a fact for each ballot of a table on contested motions: 1 for yes.  Runs do not answer them."""
    return [
        Fact(
            of.VOTES,
            Question("vote", ballot.motion, ballot.iso3, ballot.year),
            float(ballot.answer == YES),
            ECONOMY if is_kept_aside(ballot.iso3) else FITTED,
            ballot.iso3,
            "cyber_votes",
        )
        for ballot in load_contested_ballots(table)[1].itertuples()
    ]


def forecast_votes(table: Table) -> dict[str, Floats]:
    """Forecast the chance of yes in ballots of a table, by forecaster.  (ballot,)

    Each ballot is forecast from the ballots of other economies only: bundled ballots fold by fold, bundled
    ballots that no fit has used from all others, and ballots of the caller's table from those of all
    economies outside the table.
    """
    known, wanted = load_contested_ballots(table)
    forecasts: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Floats]] = {
        REFITTED: _predict_votes_by_rule,
        CLIMATOLOGY: lambda known, new: (
            new["motion"].map((known["answer"] == YES).groupby(known["motion"]).mean()).to_numpy()
        ),
        UN: lambda known, new: _predict_votes_by_logit(known, new, look_up_ideal_points),
        THREE: lambda known, new: _predict_votes_by_logit(
            known, new, look_up_ideal_points, get_voter_income, lambda g: g["democracy"]
        ),
    }
    if table is records("cyber_votes"):
        inside = wanted["iso3"].isin(known["iso3"]).to_numpy()
        of_asked, of_known = assign_folds(wanted["iso3"]), assign_folds(known["iso3"])
        parts = [(inside & (of_asked == k), of_known != k) for k in np.unique(of_known)]
        parts.append((~inside, np.full(len(known), True)))
    else:
        parts = [(np.full(len(wanted), True), ~known["iso3"].isin(wanted["iso3"]).to_numpy())]
    chances = {name: np.full(len(wanted), np.nan) for name in forecasts}
    for name, forecast in forecasts.items():
        for here, train in parts:
            chances[name][here] = forecast(known[train], wanted[here])
    return chances


def _predict_votes_by_rule(known: pd.DataFrame, new: pd.DataFrame) -> Floats:
    """Predict chances of yes by the model's rule: affinity and democracy, a constant for each motion.

    Raises InputError for a motion without a known ballot.
    """
    if not set(new["motion"]) <= set(known["motion"]):
        raise InputError("votes: found motions without a ballot to fit to; allowed: those of the record.")
    x = voting.build_ballot_covariates(_stack_ballots(known, new))[len(known) :]
    return logistic(x @ voting.fit_ballots(known).values[:-1])


def _predict_votes_by_logit(
    recorded: pd.DataFrame, new: pd.DataFrame, *covariates: Callable[[pd.DataFrame], Floats]
) -> Floats:
    """Predict chances of yes by a logistic regression on the motions and some covariates.  (ballot,)

    recorded    ballots to fit to;  new  ballots to predict
    covariates  functions of ballots; NaN where a covariate is unknown
    """
    both, n = _stack_ballots(recorded, new), len(recorded)
    dummies = both["motion"].to_numpy()[:, None] == voting.list_motions(both)[1:]
    x = np.column_stack([dummies, *(covariate(both) for covariate in covariates)])
    known = np.isfinite(x[:n]).all(axis=1)
    return predict_by_logit(x[:n][known], (recorded["answer"] == YES).to_numpy()[known], x[n:])


def look_up_ideal_points(votes: pd.DataFrame) -> Floats:
    """Look up the ideal point of each voter in the UN in the year before the vote; NaN if not recorded."""
    points = {
        (iso3, year): at for _, iso3, year, at in records("ideal_points").rows("iso3", "year", "all_votes")
    }
    return np.array([points.get((v.iso3, v.year - 1), np.nan) for v in votes.itertuples()])


def _stack_ballots(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Concatenate two tables of ballots with a new index."""
    import pandas as pd

    return pd.concat([one, other], ignore_index=True)
