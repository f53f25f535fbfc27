"""How well the vote rule foretells ballots of economies that it was not fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.estimation import votes
from lockin_sim.estimation.ballots import Ballots, ballots, contested
from lockin_sim.estimation.estimate import Estimate
from lockin_sim.estimation.likelihood import ABSTAIN, NO, NOT_YES, YES
from lockin_sim.rules.choice import logistic

#: Parts into which economies are dealt in the order of their codes; each is foretold from the others.
PARTS = 10

_SILENT = (
    "how ballots fall in another body, or after 2019; the kept-aside economies of the tables are not used"
)


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """Brier scores on contested motions of challengers, economies left out.

    Known: the motion's constant comes from how the other economies voted on it.  Unknown: the motion is left
    out too, and has the mean constant of the others.
    """
    given = ballots(folder)
    given = given.of(contested(given))
    rules = {
        "rule, constant of the motion known": left_out(given),
        "rule, constant of the motion unknown": left_out(given, motion_known=False),
        "share of the motion alone": left_out(given, affinity_and_democracy=False),
    }
    cast = given.answer != ABSTAIN
    rows = []
    for words, (yes, no) in rules.items():
        among_cast = np.where(given.answer == NOT_YES, yes, yes / (yes + no))
        for whose, chance, which in (
            ("yes among all ballots", yes, np.full(len(cast), True)),
            ("yes among votes cast", among_cast, cast),
        ):
            rows.append(_row(f"Brier score, {whose}: {words}", given.of(which), chance[which]))
    return rows


def left_out(
    given: Ballots, *, motion_known: bool = True, affinity_and_democracy: bool = True
) -> tuple[Floats, Floats]:
    """Chances of yes and of no by rules fitted without the voter's part of the economies.  (ballot,) each."""
    yes, no = np.empty((2, len(given.iso3)))
    part = given.cluster % PARTS
    for now in range(PARTS):
        for motion in given.motions:
            asked = (part == now) & (given.motion == motion)
            told = (part != now) & (motion_known | (given.motion != motion))
            if affinity_and_democracy:
                yes[asked], no[asked] = _by_rule(given, told, asked, str(motion))
            else:
                answers = given.answer[told & (given.motion == motion)]
                yes[asked], no[asked] = (answers == YES).mean(), np.isin(answers, (NO, NOT_YES)).mean()
    return yes, no


def brier(answer: Integers, chance: Floats) -> float:
    """Mean squared error of the chance of yes.  (ballot,) each."""
    return float(np.mean((chance - (answer == YES)) ** 2))


def _by_rule(given: Ballots, told: Bools, asked: Bools, motion: str) -> tuple[Floats, Floats]:
    """Chances of yes and of no in the ballots ``asked``, by the rule fitted to those ``told``."""
    known = given.of(told)
    found, m = votes.fit(known), len(known.motions)
    same = known.motions == motion
    constant = found.values[:m][same][0] if same.any() else found.values[:m].mean()
    u = constant + votes.covariates(given.of(asked))[:, -2:] @ found.values[m : m + 2]
    return logistic(u), logistic(-(u + found.values[-1]))


def _row(quantity: str, given: Ballots, chance: Floats) -> Estimate:
    """How far chances are off the ballots, as a check."""
    return Estimate(
        quantity=quantity, role="check", value=brier(given.answer, chance), n=len(given.iso3),
        clusters=len(np.unique(given.iso3)), tables=votes.TABLES, silent_on=_SILENT,
        method=f"mean squared error; economies left out in {PARTS} parts",
    )  # fmt: skip
