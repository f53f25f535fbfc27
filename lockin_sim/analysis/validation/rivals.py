"""Simple rivals of the model: what anybody could say of a fact from other facts.

*Persistence*: what was recorded before.  *Climatology*: what is recorded of others.  *UN votes alone*: a
logit on agreement with the United States in UN votes.  *Three-variable logit*: that, income per head and
democracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.analysis.discrepancy import Learnt
from lockin_sim.analysis.validation import subjects as of
from lockin_sim.analysis.validation.asked import LEAST_LOAN
from lockin_sim.analysis.validation.facts import lent_by
from lockin_sim.analysis.validation.learned import left_out
from lockin_sim.analysis.validation.subjects import FITTED, Fact
from lockin_sim.conventions import Bools, Floats
from lockin_sim.indices import covered, crps
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.world import World, records
from lockin_sim.world.schema import read_table

#: What happened or did not.
CHANCES = (of.BY_2020, of.BY_2023, of.BORROWS, of.WATCHED, of.VOTES)

#: Amounts of which the order of size is scored: log10 of one and USD m.
AMOUNTS = (of.LOANS,)

PERSISTENCE, CLIMATOLOGY, UN, THREE = (
    "persistence", "climatology", "UN votes alone", "three-variable logit",
)  # fmt: skip

#: Year in which income is read by the rivals.
INCOME_YEAR = 2019


class Forecast(NamedTuple):
    """What one forecaster said of some facts, (fact,) each; NaN where it said nothing.

    said     its chance, or the mean of what it held possible
    score    CRPS of a number, Brier of a chance: 0 is best
    covered  whether the interval of 90 % held the fact, 0 or 1
    """

    name: str
    said: Floats
    score: Floats
    covered: Floats


def transformed(fact: Fact, values: Floats | float) -> Floats:
    """Numbers in the unit in which a fact is scored."""
    given = np.asarray(values, dtype=float)
    return np.log10(1.0 + given) if fact.subject in AMOUNTS else given


def empty(name: str, facts: Sequence[Fact]) -> Forecast:
    """A forecaster that said nothing yet."""
    return Forecast(name, *(np.full(len(facts), np.nan) for _ in range(3)))


def enter_ensemble(made: Forecast, k: int, fact: Fact, members: Floats, learnt: Learnt | None = None) -> None:
    """Enter what a forecaster holds possible; at least two members.

    learnt  what is known of how far it is off: its spread is drawn in and an error added; None = nothing
    """
    known = transformed(fact, members[np.isfinite(members)])
    if len(known) < 2:
        return
    truth = transformed(fact, fact.recorded)
    made.said[k] = known.mean()
    if fact.subject in CHANCES:
        made.score[k] = (known.mean() - truth) ** 2
        return
    error = 0.0
    if learnt is not None:
        known, error = known.mean() + np.sqrt(learnt.left) * (known - known.mean()), np.sqrt(learnt.more)
    made.score[k] = float(crps(known, truth, error=error))
    made.covered[k] = float(covered(known, truth, error=error))


def enter(made: Forecast, k: int, fact: Fact, value: float) -> None:
    """Enter one number, or a chance."""
    said, truth = float(transformed(fact, value)), float(transformed(fact, fact.recorded))
    made.said[k] = said
    made.score[k] = (said - truth) ** 2 if fact.subject in CHANCES else abs(said - truth)


def climatology(facts: Sequence[Fact], record: Sequence[Fact]) -> Forecast:
    """What is recorded of others on the same subject: of the same vendor elsewhere and in other years where
    that is recorded twice, else of all vendors or economies; of ballots, those on the same motion.

    record  facts that may be looked at: of chances the fitted ones, of numbers all, so that the rival may
            know more than the model
    """
    made = empty(CLIMATOLOGY, facts)
    by_subject: dict[str, list[Fact]] = {}
    for fact in record:
        by_subject.setdefault(fact.subject, []).append(fact)
    for k, fact in enumerate(facts):
        others = [f for f in by_subject.get(fact.subject, []) if f.cluster != fact.cluster]
        if fact.subject in CHANCES:
            others = [f for f in others if f.split == FITTED]
        if fact.subject == of.VOTES:
            others = [f for f in others if f.question.domain == fact.question.domain]
        same = [f for f in others if f.question.vendors == fact.question.vendors]
        chosen = same if len(same) > 1 else others
        if fact.subject in _WITHOUT_OTHERS:
            continue
        enter_ensemble(made, k, fact, np.array([f.recorded for f in chosen]))
    return made


#: Counts over time, of which no other economy or market could tell.
_WITHOUT_OTHERS = (of.COUNTED, of.LAWS, of.GALILEO)


def persistence(facts: Sequence[Fact], record: Sequence[Fact]) -> Forecast:
    """The last figure recorded before, of the same; NaN without one."""
    made = empty(PERSISTENCE, facts)
    early = lent_by(records("chinese_projects"), 2000, 2009)
    known = [*record, *facts]
    for k, fact in enumerate(facts):
        if fact.subject in (of.LOANS, of.BORROWS):
            if fact.split == FITTED:  # of economies kept aside no early loans are bundled
                amount = early.get(fact.question.place, 0.0)
                happened = float(amount >= LEAST_LOAN)
                enter(made, k, fact, amount if fact.subject == of.LOANS else happened)
            continue
        before = [f for f in known if _same(f, fact) and f.question.year < fact.question.year]
        if before:
            last = max(f.question.year for f in before)
            enter(made, k, fact, float(np.mean([f.recorded for f in before if f.question.year == last])))
    return made


#: Subjects whose earlier figure stands under another one.
_BEFORE = {of.BY_2023: of.BY_2020, of.LATER: of.FIRST}


def _same(other: Fact, fact: Fact) -> bool:
    """Whether a fact is of the same thing, perhaps in another year."""
    if fact.subject in (of.CHANGE, of.VOTES):
        return fact.subject == of.VOTES == other.subject and other.question.place == fact.question.place
    mine, theirs = fact.question, other.question
    return other.subject == _BEFORE.get(fact.subject, fact.subject) and mine._replace(
        year=0, since=0, among=()
    ) == theirs._replace(year=0, since=0, among=())


def learned(world: World, facts: Sequence[Fact], record: Sequence[Fact]) -> list[Forecast]:
    """Logits of what happened in other economies, on UN votes alone and on three variables.

    Of economies that cast no votes in the UN they say nothing, and learn nothing.
    """
    made = []
    for name, columns in ((UN, 1), (THREE, 3)):
        forecast = empty(name, facts)
        for subject in CHANCES:
            here = [k for k, fact in enumerate(facts) if fact.subject == subject]
            if not here or subject == of.VOTES:
                continue
            chance = _logit(world, [facts[k] for k in here], record, columns)
            for k, value in zip(here, chance.tolist(), strict=True):
                enter(forecast, k, facts[k], value)
        made.append(forecast)
    return made


def _logit(world: World, asked: Sequence[Fact], record: Sequence[Fact], columns: int) -> Floats:
    """Chances of some facts of one subject, from the fitted ones of other economies."""
    names = {fact.question.place for fact in asked}
    more = [f for f in record if f.subject == asked[0].subject and f.question.place not in names]
    both = [*asked, *more]
    x = covariates(world, [fact.question.place for fact in both])[:, :columns]
    happened = np.array([fact.recorded > 0 for fact in both])
    fitted: Bools = np.array([fact.split == FITTED for fact in both])
    known = fitted & np.isfinite(x).all(axis=1)
    return left_out(x, happened, [f.question.place for f in both], known)[: len(asked)]


def covariates(world: World, names: Sequence[str]) -> Floats:
    """Votes with the United States, NaN without votes, log income per head and democracy.  (economy, 3)."""
    here = [world.countries.index(name) for name in names]
    income = world.conditions.log_income[world.step(INCOME_YEAR)]
    voted = np.isin(world.countries, read_table("affinity").labels)
    votes = np.where(voted, world.rival_votes[:, world.sponsors.index(CHINA)], np.nan)
    return np.column_stack([votes[here], income[here], world.democracy[here]])
