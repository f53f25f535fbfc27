"""Ballots on contested motions in the UN: by the rule of the model, fitted to other economies' ballots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.analysis.validation.asked import Question
from lockin_sim.analysis.validation.learned import folds, logit
from lockin_sim.analysis.validation.subjects import ECONOMY, FITTED, VOTES, Fact
from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import InputError
from lockin_sim.estimation.ballots import TREATY, Ballots, ballots, contested, log_income
from lockin_sim.estimation.likelihood import YES
from lockin_sim.estimation.votes import covariates, fit
from lockin_sim.rules.choice import logistic
from lockin_sim.studies.hindcast.recorded import held_out
from lockin_sim.world import records
from lockin_sim.world.schema import Table


class Record(NamedTuple):
    """Ballots of the bundled record, and which of the ballots asked about."""

    known: Ballots
    asked: Ballots
    own: bool  # the asked ones come from a table of one's own


def _of(table: Table | None) -> Ballots:
    """All ballots but those on a treaty, of a table or of the records."""
    found = ballots(votes=table)
    return found.of(found.motion != TREATY)


def record(table: Table) -> Record:
    """Contested ballots of challengers: those known, and those of a table."""
    known = _of(None)
    mine = known.of(contested(known))
    if table is records("cyber_votes"):
        return Record(mine, mine, own=False)
    asked = _of(table)
    return Record(mine, asked.of(np.isin(asked.motion, mine.motions)), own=True)


def vote_facts(table: Table) -> list[Fact]:
    """A fact for each ballot: 1 for yes."""
    asked = record(table).asked
    return [
        Fact(
            VOTES, Question("vote", str(asked.motion[k]), iso3, int(asked.year[k])),
            float(asked.answer[k] == YES), ECONOMY if held_out(iso3) else FITTED, iso3, "cyber_votes",
        )
        for k, iso3 in enumerate(asked.iso3.tolist())
    ]  # fmt: skip


def forecasts(table: Table) -> dict[str, Floats]:
    """Chances of yes by forecast, (ballot,), each from the ballots of other economies alone."""
    found = record(table)
    return {
        "model, refitted": _each(found, _model),
        "climatology": _each(found, _usual),
        "UN votes alone": _each(found, _logit(_ideal)),
        "three-variable logit": _each(found, _logit(lambda g: [*_ideal(g), log_income(g), g.democracy])),
    }


type Forecast = Callable[[Ballots, Ballots], Floats]


def _each(found: Record, forecast: Forecast) -> Floats:
    """A forecast of every ballot asked about.  Own ballots: from all known ones of other economies."""
    chance = np.full(len(found.asked.iso3), np.nan)
    for asked, train in _parts(found):
        chance[asked] = forecast(found.known.of(train), found.asked.of(asked))
    return chance


def _parts(found: Record) -> Sequence[tuple[Bools, Bools]]:
    """Which ballots are asked about with which ones known, (ballot,) each."""
    if found.own:
        train = ~np.isin(found.known.iso3, found.asked.iso3)
        return [(np.ones(len(found.asked.iso3), dtype=bool), train)]
    fold = folds(found.known.iso3)
    return [(fold == k, fold != k) for k in np.unique(fold)]


def _model(known: Ballots, asked: Ballots) -> Floats:
    """By the rule of the model: affinity and democracy, a constant for each motion."""
    both = _stacked(known, asked)
    weights = fit(known).values
    x = covariates(both)[len(known.iso3) :]
    if x.shape[1] != len(weights) - 1:
        raise InputError("votes: found motions without a ballot to fit to; allowed: those of the record.")
    chance: Floats = logistic(x @ weights[:-1])
    return chance


def _usual(known: Ballots, asked: Ballots) -> Floats:
    """How others voted on the motion."""
    return np.array([(known.answer[known.motion == m] == YES).mean() for m in asked.motion])


def _logit(covariates: Callable[[Ballots], Sequence[Floats]]) -> Forecast:
    """The forecast of a logistic regression on the bodies and these covariates."""

    def forecast(known: Ballots, asked: Ballots) -> Floats:
        """Chance of a yes in the ballots asked for, learnt from those known; NaN without a covariate."""
        both = _stacked(known, asked)
        x = np.column_stack([both.dummies[:, 1:], *covariates(both)])
        n = len(known.iso3)
        said = np.isfinite(x[:n]).all(axis=1)
        return logit(x[:n][said], known.answer[said] == YES, x[n:])

    return forecast


def _ideal(given: Ballots) -> list[Floats]:
    """Ideal point of each voter in the UN in the year before the vote; NaN where none is recorded."""
    table = records("ideal_points")
    known = {
        (iso3, int(year)): float(point)
        for iso3, year, point in zip(table["iso3"], table["year"], table["all_votes"], strict=True)
    }
    points = [known.get((c, int(y) - 1), np.nan) for c, y in zip(given.iso3, given.year, strict=True)]
    return [np.array(points)]


def _stacked(one: Ballots, other: Ballots) -> Ballots:
    """Ballots of two kinds, one after the other."""
    return Ballots(*(np.concatenate(pair) for pair in zip(one, other, strict=True)))
