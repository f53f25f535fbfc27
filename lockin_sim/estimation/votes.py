"""Votes: what moved the ballots on contested motions, by an ordered logit with a constant for each motion."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from scipy.special import chdtri

from lockin_sim.conventions import Floats
from lockin_sim.estimation.ballots import TREATY, Ballots, ballots, contested
from lockin_sim.estimation.estimate import Estimate, around
from lockin_sim.estimation.likelihood import ABSTAIN, NO, NOT_YES, YES, Fit, ordered_logit
from lockin_sim.statistics import CONFIDENCE

TABLES = "cyber_votes, wcit_2012, affinity, countries"
METHOD = "ordered logit, a constant for each motion, clustered by economy"
_MEAN = "mean of the motions' constants, Student's t over motions of both kinds"
_DEVIATION = "of the motions' constants, sampling error taken off; chi-squared"
_UN = "what holds in the UN need not hold where engineers decide: no ballot of a standards body is recorded"
_TWO = "two motions that nearly all states supported; so few votes against say little"
_CIRCULAR = (
    "affinity is read from UN votes of 2010-19, these among them: it says who sides with whom, not why"
)


def covariates(given: Ballots, *more: Floats) -> Floats:
    """Motions, gap, democracy with the sign of the model, and what else is given.  (ballot, covariate)."""
    democracy = np.where(given.challenger, -given.democracy, given.democracy)
    return np.column_stack([given.dummies, given.gap, democracy, *more])


def fit(given: Ballots, *more: Floats) -> Fit:
    """The ordered logit of some ballots.  more  further covariates, (ballot,) each."""
    return ordered_logit(covariates(given, *more), given.answer, given.cluster)


def weight(found: Fit, given: Ballots, position: int) -> tuple[float, float, float]:
    """A weight and its interval; position 0 = gap, 1 = democracy, 2 = the next."""
    return found.interval(np.eye(len(found.values))[len(given.motions) + position])


def method_of(found: Fit) -> str:
    """How a fit was made, in words."""
    return METHOD if found.banded else METHOD.removeprefix("ordered ")


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """Estimates of everything in the vote rule but vested interest, and their checks."""
    everything = ballots(folder)
    challenger, incumbent = everything.of(contested(everything)), everything.of(~everything.challenger)
    return [
        *_weights(challenger, incumbent),
        *_motions(challenger, incumbent),
        *_checks(everything, challenger, incumbent, folder),
    ]


def _weights(challenger: Ballots, incumbent: Ballots) -> list[Estimate]:
    """Weights in votes and the band of abstention."""
    found, other = fit(challenger), fit(incumbent)
    band = np.eye(len(found.values))[-1]
    return [
        _row("affinity, challengers", "vote_affinity", weight(found, challenger, 0), found, _CIRCULAR),
        _row("affinity, incumbents", "vote_affinity_incumbent", weight(other, incumbent, 0), other, _TWO),
        _row("democracy against challengers", "vote_democracy", weight(found, challenger, 1), found, _UN),
        _row(
            "band of abstention",
            "abstention_band",
            found.interval(band),
            found,
            "whether absence means the same",
        ),
    ]


def _motions(challenger: Ballots, incumbent: Ballots) -> list[Estimate]:
    """Means of the motions' constants, and the deviation between motions of one kind, both kinds pooled."""
    fits = fit(challenger), fit(incumbent)
    counts = len(challenger.motions), len(incumbent.motions)
    free = sum(counts) - len(counts)
    squares = sampling = 0.0
    for found, m in zip(fits, counts, strict=True):
        constants, centre = found.values[:m], np.eye(m) - 1 / m
        squares += float(constants @ centre @ constants)
        sampling += float(np.trace(centre @ found.covariance[:m, :m]))
    variance = max(squares - sampling, 0.0) / free
    tail = (1 - CONFIDENCE) / 2
    low, high = (float(np.sqrt(squares / chdtri(free, p))) for p in (tail, 1 - tail))
    rows = []
    names = ("challengers", "tolerance"), ("incumbents", "tolerance_incumbent")
    for (kind, parameter), found, m in zip(names, fits, counts, strict=True):
        mean = np.r_[np.full(m, 1 / m), np.zeros(len(found.values) - m)]
        error = float(np.sqrt(squares / free / m + mean @ found.covariance @ mean))
        few = f"mean of {m} motions chosen because they were voted on; others may be liked more or less"
        around_it = around(float(mean @ found.values), error, free)
        row = _row(f"readiness, {kind}", parameter, around_it, found, few)
        rows.append(dataclasses.replace(row, method=_MEAN, clusters=m))
    silent = "six motions of two kinds; a consensus body may show less, as drafts are changed until they pass"
    shock = _row("deviation of motions", "cycle_shock_scale", (variance**0.5, low, high), fits[0], silent)
    n = sum(found.n for found in fits)
    return [*rows, dataclasses.replace(shock, method=_DEVIATION, n=n, clusters=sum(counts))]


def _checks(
    everything: Ballots, challenger: Ballots, incumbent: Ballots, folder: str | Path | None
) -> list[Estimate]:
    """The weights of affinity and democracy under other choices."""
    russian = ballots(folder, side="RUS")
    cast = challenger.of(challenger.answer != ABSTAIN)
    cast = cast._replace(answer=np.where(cast.answer == NO, NOT_YES, cast.answer))
    yes = challenger._replace(answer=np.where(challenger.answer == YES, YES, NOT_YES))
    both = everything.of(contested(everything) | ~everything.challenger)
    unanimous = everything.of(everything.challenger)
    variants = {
        "side of Russia, which moved them": russian.of(contested(russian)),
        "UN alone, without the treaty": challenger.of(challenger.motion != TREATY),
        "with the uncontested motion 74/29": unanimous,
        "logit of yes against all else": yes,
        "logit of yes against no, abstentions left out": cast,
        "both kinds in one": both,
    }
    rows = []
    for words, given in variants.items():
        found = fit(given)
        for name, position in (("affinity", 0), ("democracy", 1)):
            parameter = f"vote_{name}"
            rows.append(
                _row(f"{name}: {words}", parameter, weight(found, given, position), found, "", "check")
            )
    found = fit(incumbent)
    by_incumbents = weight(found, incumbent, 1)
    return [*rows, _row("democracy for incumbents", "vote_democracy", by_incumbents, found, _TWO, "check")]


def _row(
    quantity: str,
    parameter: str,
    interval: tuple[float, float, float],
    found: Fit,
    silent_on: str,
    role: str = "estimate",
) -> Estimate:
    """A weight of votes as an estimate."""
    value, low, high = interval
    return Estimate(
        quantity=quantity, parameter=parameter, role=role, value=value, low=low, high=high,
        n=found.n, clusters=found.clusters, method=method_of(found), tables=TABLES, silent_on=silent_on,
    )  # fmt: skip
