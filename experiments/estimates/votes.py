"""The vote rule from ballots on contested motions.

Weights are those of an ordered logit with a constant for each motion, see
:func:`lockin_sim.evidence.estimate.fit_ordered_logit`: :func:`votes` estimates the vote rule,
:func:`interest` whether economies that built Chinese networks before a vote voted for challengers, and
:func:`foresight` how
well the rule predicts economies that it was not fitted to.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtri

from lockin_sim.common.conventions import Floats
from lockin_sim.common.statistics import CONFIDENCE
from lockin_sim.evidence.ballots import (
    TREATY,
    build_ballot_covariates,
    fit_ballots,
    get_voter_income,
    is_contested,
    list_motions,
    load_ballots,
)
from lockin_sim.evidence.estimate import (
    ABSTAIN,
    NO,
    NOT_YES,
    YES,
    Ends,
    EstimateRow,
    Fit,
    build_estimate_row,
    build_t_interval,
)
from lockin_sim.rules.choice import logistic
from lockin_sim.world import records
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.schema import read_table

if TYPE_CHECKING:
    import pandas as pd

#: Lifetime of a mobile network, years: what was built so long before a vote may still be in use.
STANDING = 10

TABLES = "cyber_votes, wcit_2012, affinity, countries"
METHOD = "ordered logit, a constant for each motion, clustered by economy"


def built(
    votes: pd.DataFrame,
    folder: str | Path | None = None,
    *,
    since: int = -STANDING,
    until: int = 0,
    domains: tuple[str, ...] = ("telecom_network",),
) -> Floats:
    """Logarithm of one plus the recorded Chinese projects of each voter.  (ballot,)

    since, until  years after the vote, negative before it, from which and before which projects count
    domains       those of ``chinese_projects``; none = all
    """
    table = records("chinese_projects", folder)
    after = table["year"] - votes["year"].to_numpy()[:, None]
    mine = (table["iso3"] == votes["iso3"].to_numpy(dtype=str)[:, None]) & (after >= since) & (after < until)
    if domains:
        mine &= np.isin(table["domain"], domains)
    counts: Floats = np.log1p(mine.sum(axis=1))
    return counts


def weight(logit: Fit, votes: pd.DataFrame, position: int) -> Ends:
    """A weight and its interval; position 0 = gap, 1 = democracy, 2 = the next."""
    return logit.interval(np.eye(len(logit.values))[votes["motion"].nunique() + position])


def _row(quantity: str, ends: Ends, logit: Fit, **about: str | int) -> EstimateRow:
    """A weight of votes as a row."""
    method = METHOD if logit.banded else METHOD.removeprefix("ordered ")
    said: dict[str, Any] = {"n": logit.n, "clusters": logit.clusters, "tables": TABLES, "method": method}
    return build_estimate_row(quantity, ends, **said | about)


# --- the vote rule -------------------------------------------------------------------------------------

_MEAN = "mean of the motions' constants, Student's t over motions of both kinds"
_DEVIATION = "of the motions' constants, sampling error taken off; chi-squared"
_UN = "what holds in the UN need not hold where engineers decide: no ballot of a standards body is recorded"
_TWO = "two motions that nearly all states supported; so few votes against say little"
_CIRCULAR = (
    "affinity is read from UN votes of 2010-19, these among them: it says who sides with whom, not why"
)
_FEW = "mean of {} motions chosen because they were voted on; others may be liked more or less"
_SIX = "six motions of two kinds; a consensus body may show less, as drafts are changed until they pass"


def votes(folder: str | Path | None = None) -> list[EstimateRow]:
    """Estimates of the vote rule, except vested interest, and their checks."""
    every, russian = load_ballots(folder), load_ballots(folder, side="RUS")
    challenger, incumbent = every[is_contested(every)], every[~every["challenger"]]
    found, other = fit_ballots(challenger), fit_ballots(incumbent)
    band = found.interval(np.eye(len(found.values))[-1])
    main = partial(_row, role="estimate")
    rows = [
        main("affinity, challengers", weight(found, challenger, 0), found, parameter="vote_affinity",
             silent_on=_CIRCULAR),
        main("affinity, incumbents", weight(other, incumbent, 0), other, parameter="vote_affinity_incumbent",
             silent_on=_TWO),
        main("democracy against challengers", weight(found, challenger, 1), found, parameter="vote_democracy",
             silent_on=_UN),
        main("band of abstention", band, found, parameter="abstention_band",
             silent_on="whether absence means the same"),
        *_motions(found, other, challenger["motion"].nunique(), incumbent["motion"].nunique()),
    ]  # fmt: skip
    cast, yes = challenger[challenger["answer"] != ABSTAIN], challenger["answer"] == YES
    variants = {
        "side of Russia, which moved them": russian[is_contested(russian)],
        "UN alone, without the treaty": challenger[challenger["motion"] != TREATY],
        "with the uncontested motion 74/29": every[every["challenger"]],
        "logit of yes against all else": challenger.assign(answer=np.where(yes, YES, NOT_YES)),
        "logit of yes against no, abstentions left out": cast.replace({"answer": {NO: NOT_YES}}),
        "both kinds in one": every[is_contested(every) | ~every["challenger"]],
    }
    for words, given in variants.items():
        varied = fit_ballots(given)
        for position, name in enumerate(("affinity", "democracy")):
            ends = weight(varied, given, position)
            rows.append(_row(f"{name}: {words}", ends, varied, parameter=f"vote_{name}"))
    by_incumbents = weight(other, incumbent, 1)
    about = {"parameter": "vote_democracy", "silent_on": _TWO}
    return [*rows, _row("democracy for incumbents", by_incumbents, other, **about)]


def _motions(found: Fit, other: Fit, challengers: int, incumbents: int) -> list[EstimateRow]:
    """Means of the motions' constants, and the deviation between motions of one kind, pooled over both
    kinds."""
    kinds = (
        ("challengers", "tolerance", found, challengers),
        ("incumbents", "tolerance_incumbent", other, incumbents),
    )
    free = challengers + incumbents - len(kinds)
    squares = sampling = 0.0
    for *_, one, m in kinds:
        constants, centre = one.values[:m], np.eye(m) - 1 / m
        squares += float(constants @ centre @ constants)
        sampling += float(np.trace(centre @ one.covariance[:m, :m]))
    rows = []
    for kind, parameter, one, m in kinds:
        mean = np.r_[np.full(m, 1 / m), np.zeros(len(one.values) - m)]
        error = float(np.sqrt(squares / free / m + mean @ one.covariance @ mean))
        rows.append(
            _row(
                f"readiness, {kind}",
                build_t_interval(float(mean @ one.values), error, free),
                one,
                role="estimate",
                parameter=parameter,
                method=_MEAN,
                clusters=m,
                silent_on=_FEW.format(m),
            )
        )
    tail = (1 - CONFIDENCE) / 2
    low, high = (float(np.sqrt(squares / chdtri(free, p))) for p in (tail, 1 - tail))
    ends = (max(squares - sampling, 0.0) / free) ** 0.5, low, high
    shock = _row(
        "deviation of motions", ends, found, role="estimate", parameter="cycle_shock_scale",
        method=_DEVIATION, n=found.n + other.n, clusters=challengers + incumbents, silent_on=_SIX,
    )  # fmt: skip
    return [*rows, shock]


# --- vested interest -----------------------------------------------------------------------------------

#: Regions whose share of 2010 is not related to projects: China, Taiwan with its own rule, and small islands
#: with few ballots.
_APART = ("china", "other_east_asia", "pacific_islands")

#: Year of the regional shares of the installed base.
_ANCHORED = 2010

_SIGN = (
    "the sign: no effect and a large one are both in the interval; projects are state money, not market "
    "share, and the shares of regions that give their scale are assumed"
)
_PLACEBO = (
    "what was built after a vote cannot have moved it; few networks were, so that the placebo is weak too"
)


def interest(folder: str | Path | None = None) -> list[EstimateRow]:
    """Vested interest per unit of own base, its checks, and the placebo of networks built after the vote.

    No table records the base of each voter.  Recorded projects are its proxy, on a scale from the shares of
    whole regions: the base that corresponds to one unit of the logarithm of projects.
    """
    given = load_ballots(folder)
    given = given[is_contested(given)]
    before, after = built(given, folder), built(given, folder, since=1, until=STANDING)
    ever, digital = built(given, folder, since=-100), built(given, folder, domains=())
    scale, un = base_per_project(given, folder), given["motion"] != TREATY
    designs: list[tuple[str, str, pd.DataFrame, tuple[Floats, ...]]] = [
        (f"networks of {STANDING} years before the vote", "estimate", given, (before,)),
        ("all networks before the vote", "check", given, (ever,)),
        (f"digital projects of {STANDING} years before", "check", given, (digital,)),
        ("networks before, given income", "check", given, (before, get_voter_income(given, folder))),
        ("networks after the vote", "placebo", given, (after,)),
        ("networks before, given those after", "check", given, (before, after)),
        ("networks after, given those before", "placebo", given, (after, before)),
    ]
    for words, chosen in (("UN alone", un), ("treaty alone", ~un)):
        designs += [
            (f"{words}, networks before", "check", given[chosen], (before[chosen],)),
            (f"{words}, networks after", "placebo", given[chosen], (after[chosen],)),
        ]
    silent = {"estimate": _SIGN, "placebo": _PLACEBO, "check": ""}
    shares, region = _regional(folder)
    base = given["iso3"].map(region).map(shares)
    table = fitted_records("surveillance", folder)
    seen = table["iso3"][(table["edition"] == 2020) & table["chinese_vendor"]]
    return [
        *(
            _interest(f"vested interest: {words}", part, columns, f"{TABLES}, chinese_projects, anchors",
                      scale, role=role, silent_on=silent[role])
            for words, role, part, columns in designs
        ),
        _interest(
            "vested interest: share of the region's base in 2010", given[base.notna()],
            (base.dropna().to_numpy(),), f"{TABLES}, anchors",
        ),
        _interest(
            "Chinese surveillance systems present by 2020", given[un],
            (given["iso3"][un].isin(seen).to_numpy(dtype=float),), f"{TABLES}, surveillance", parameter="",
        ),
    ]  # fmt: skip


def _interest(
    words: str,
    given: pd.DataFrame,
    columns: tuple[Floats, ...],
    tables: str,
    scale: tuple[float, float] = (1.0, 0.0),
    **about: str,
) -> EstimateRow:
    """The weight of the first column divided by the base that corresponds to one unit of it.

    scale  that base and its error; the errors of both are combined by the delta method
    """
    logit = fit_ballots(given, *columns)
    middle, low, _ = weight(logit, given, 2)
    base, error = scale
    half = np.hypot((middle - low) / base, 2 * middle * error / base**2)
    ends = middle / base, middle / base - half, middle / base + half
    return _row(words, ends, logit, **{"parameter": "vested_interest", "tables": tables} | about)


def base_per_project(votes: pd.DataFrame, folder: str | Path | None = None) -> tuple[float, float]:
    """Share of the base of a region in 2010 per unit of its mean logarithm of projects, and its error.

    Over market regions without China, and economies with ballots, since the others have no projects.
    """
    shares, region = _regional(folder)
    once = votes.drop_duplicates("iso3").sort_values("iso3").assign(year=_ANCHORED + 1)
    projects, of = built(once, folder, since=-100), once["iso3"].map(region).to_numpy()
    names = [name for name in shares if name in of]
    mean = np.array([projects[of == name].mean() for name in names])
    return slope(np.array([shares[name] for name in names]), mean)[:2]


def _regional(folder: str | Path | None) -> tuple[Mapping[str, float], Mapping[str, str]]:
    """Chinese share of the base of 2010 by market region, and the region of each economy."""
    anchors, countries = read_table("anchors", folder), read_table("countries", folder)
    mine = (anchors["domain"] == "mobile_network") & (anchors["sponsor"] == "CHN")
    mine &= ~np.isin(anchors["market_region"], _APART)
    shares = dict(zip(anchors["market_region"][mine], anchors["share"][mine], strict=True))
    return shares, dict(zip(countries["iso3"], countries["market_region"], strict=True))


# --- how well the rule predicts -------------------------------------------------------------------------

#: Folds of economies, in the order of their codes; each is predicted from the others.
PARTS = 10

_ELSEWHERE = (
    "how ballots fall in another body, or after 2019; the kept-aside economies of the tables are not used"
)


def foresight(folder: str | Path | None = None) -> list[EstimateRow]:
    """Brier scores on contested motions of challengers, with economies left out.

    Known: the motion's constant comes from how the other economies voted on it.  Unknown: the motion is left
    out too, and has the mean constant of the others.
    """
    given = load_ballots(folder)
    given = given[is_contested(given)]
    rules = {
        "rule, constant of the motion known": left_out(given),
        "rule, constant of the motion unknown": left_out(given, motion_known=False),
        "share of the motion alone": left_out(given, affinity_and_democracy=False),
    }
    answer, economies, rows = given["answer"].to_numpy(), given["iso3"].to_numpy(), []
    for words, (yes, no) in rules.items():
        among_cast = np.where(answer == NOT_YES, yes, yes / (yes + no))
        for whose, chance, which in (
            ("yes among all ballots", yes, np.full(len(answer), True)),
            ("yes among votes cast", among_cast, answer != ABSTAIN),
        ):
            score = float(np.mean((chance - (answer == YES))[which] ** 2))
            rows.append(build_estimate_row(
                f"Brier score, {whose}: {words}", (score, np.nan, np.nan), int(which.sum()),
                len(np.unique(economies[which])), tables=TABLES, silent_on=_ELSEWHERE,
                method=f"mean squared error; economies left out in {PARTS} parts",
            ))  # fmt: skip
    return rows


def left_out(
    given: pd.DataFrame, *, motion_known: bool = True, affinity_and_democracy: bool = True
) -> tuple[Floats, Floats]:
    """Chances of yes and of no by rules fitted without the voter's fold.  (ballot,) each"""
    yes, no = np.empty((2, len(given)))
    part, motion = np.unique(given["iso3"], return_inverse=True)[1] % PARTS, given["motion"].to_numpy()
    for now in range(PARTS):
        for name in list_motions(given):
            held_out, same = (part == now) & (motion == name), motion == name
            train = (part != now) & (motion_known | ~same)
            if not affinity_and_democracy:
                answers = given["answer"][train & same]
                yes[held_out], no[held_out] = (answers == YES).mean(), answers.isin((NO, NOT_YES)).mean()
                continue
            known = given[train]
            logit, m = fit_ballots(known).values, known["motion"].nunique()
            constant = logit[list_motions(known).index(name)] if motion_known else logit[:m].mean()
            u = constant + build_ballot_covariates(given[held_out])[:, -2:] @ logit[m : m + 2]
            yes[held_out], no[held_out] = logistic(u), logistic(-(u + logit[-1]))
    return yes, no


def slope(y: Floats, x: Floats, group: Floats | None = None) -> tuple[float, float, int]:
    """Least squares of y on x with a constant for each group: slope, standard error, degrees of freedom.

    y, x, group  (observation,); None = one group
    """
    group = np.zeros(len(y)) if group is None else group
    of = np.unique(group, return_inverse=True)[1]
    centred = [values - (np.bincount(of, values) / np.bincount(of))[of] for values in (y, x)]
    square = float(centred[1] @ centred[1])
    weight = float(centred[0] @ centred[1]) / square
    free = len(y) - len(np.unique(group)) - 1
    rest = centred[0] - weight * centred[1]
    return weight, float(np.sqrt(rest @ rest / free / square)), free
