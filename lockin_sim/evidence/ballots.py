"""Ballots on contested motions: who answered what, and what moved it.

Weights are those of an ordered logit with a constant for each motion, see :func:`.estimate.ordered_logit`:
:func:`votes` estimates the vote rule, :func:`interest` whether economies that built Chinese networks before a
vote voted for challengers, and :func:`foresight` how well the rule foretells economies it was not fitted to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import chdtri

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.evidence.estimate import (
    ABSTAIN,
    NO,
    NOT_YES,
    YES,
    Ends,
    Estimate,
    Fit,
    around,
    ordered_logit,
    row,
    slope,
)
from lockin_sim.rules.choice import logistic
from lockin_sim.statistics import CONFIDENCE
from lockin_sim.world import World, load_world, records
from lockin_sim.world.schema import Table, read_table

#: The treaty of Dubai: signed or not, nobody could abstain.
TREATY = "WCIT-12"

#: A challenger's motion is contested if at least this share of the votes cast is against it.
CONTESTED = 0.1

#: Years before a vote in which what was built may still stand: the lifetime of a mobile network.
STANDING = 10

TABLES = "cyber_votes, wcit_2012, affinity, countries"
METHOD = "ordered logit, a constant for each motion, clustered by economy"

_ANSWERS = {"no": NO, "abstain": ABSTAIN, "yes": YES}


class Ballots(NamedTuple):
    """One ballot an entry.

    iso3, motion, year  (ballot,)
    answer              (ballot,), see :data:`.estimate.YES`
    challenger          (ballot,), whether the motion is one of the challengers of the order as it is
    gap                 (ballot,), affinity with the side of the motion less that with its rival
    democracy           (ballot,), -1 autocracy to 1 democracy
    """

    iso3: np.ndarray
    motion: np.ndarray
    year: Integers
    answer: Integers
    challenger: Bools
    gap: Floats
    democracy: Floats

    def of(self, chosen: Bools | Integers) -> Ballots:
        """Some of them.  chosen  a mask (ballot,), or their positions."""
        columns: Iterable[Any] = (column[chosen] for column in self)
        return Ballots(*columns)

    @property
    def motions(self) -> np.ndarray:
        """Names of the motions, in the order of their dummies."""
        return np.unique(self.motion)

    @property
    def dummies(self) -> Floats:
        """One column a motion.  (ballot, motion)."""
        result: Floats = (self.motion[:, None] == self.motions).astype(np.float64)
        return result

    @property
    def cluster(self) -> Integers:
        """Number of the economy, from 0.  (ballot,)."""
        return np.unique(self.iso3, return_inverse=True)[1]


def ballots(folder: str | Path | None = None, *, side: str = "CHN", votes: Table | None = None) -> Ballots:
    """Every recorded ballot of an economy with a Polity score.

    Affinity is that of the model, in the year of the vote.  Motions of Russia and the treaty stand for the
    challengers, those of the United States for the incumbents.

    folder  folder of an edited copy of all tables; None for the bundled ones
    side    the sponsor with which a challenger's motion is identified: China, the owner in the model's
            question, or Russia, which moved it; the rival is the United States
    votes   a table of ballots in the UN with the columns of the bundled one, instead of that of the folder
    """
    world, treaty = load_world(folder), records("wcit_2012", folder)
    votes = records("cyber_votes", folder) if votes is None else votes
    signed = len(treaty["iso3"])
    iso3 = np.concatenate([votes["iso3"], treaty["iso3"]])
    motion = np.concatenate([votes["resolution"], np.full(signed, TREATY)])
    year = np.array([*(int(date[:4]) for date in votes["date"]), *[2012] * signed])
    answer = np.array([
        *(_ANSWERS[vote] for vote in votes["vote"]), *(YES if s else NOT_YES for s in treaty["signed"])
    ])  # fmt: skip
    challenger = np.concatenate([votes["sponsor"] != "USA", np.ones(signed, dtype=bool)])
    towards_us, towards, towards_china = (
        _of_voters(world, iso3, year, world.conditions.affinity[..., world.sponsors.index(sponsor)])
        for sponsor in ("USA", side, "CHN")
    )
    gap = np.where(challenger, towards - towards_us, towards_us - towards_china)
    countries = read_table("countries", folder)
    polity = dict(zip(countries["iso3"], countries["polity_score"], strict=True))
    democracy = np.array([polity[code] for code in iso3]) / 10
    return Ballots(iso3, motion, year, answer, challenger, gap, democracy).of(np.isfinite(democracy))


def contested(given: Ballots) -> Bools:
    """Ballots of contested motions of challengers; signing a treaty or not counts as for and against."""
    against = {
        motion: np.isin(given.answer[given.motion == motion], (NO, NOT_YES)).sum()
        / (given.answer[given.motion == motion] != ABSTAIN).sum()
        for motion in given.motions
    }
    result: Bools = given.challenger & np.array([against[motion] >= CONTESTED for motion in given.motion])
    return result


def built(
    given: Ballots,
    folder: str | Path | None = None,
    *,
    years: Callable[[int], Iterable[int]],
    domains: tuple[str, ...] = ("telecom_network",),
) -> Floats:
    """Logarithm of one plus the recorded Chinese projects of each voter.  (ballot,).

    years    from the year of the vote to the years that count
    domains  those of ``chinese_projects``; none = all
    """
    table = records("chinese_projects", folder)
    of_domain = np.isin(table["domain"], domains) if domains else np.ones(len(table["iso3"]), dtype=bool)
    counts = [
        np.sum(of_domain & (table["iso3"] == code) & np.isin(table["year"], list(years(int(year)))))
        for code, year in zip(given.iso3, given.year, strict=True)
    ]
    return np.log1p(np.array(counts, dtype=np.float64))


def log_income(given: Ballots, folder: str | Path | None = None) -> Floats:
    """Logarithm of income per head of each voter in the year of the vote, as in the model.  (ballot,)."""
    world = load_world(folder)
    return _of_voters(world, given.iso3, given.year, world.conditions.log_income)


def _of_voters(world: World, iso3: np.ndarray, year: Integers, values: Floats) -> Floats:
    """Values (year, country) of each voter in the year of the vote.  (ballot,)."""
    country = {code: i for i, code in enumerate(world.countries)}
    when = np.searchsorted(world.conditions.years, year)
    return values[when, [country[code] for code in iso3]]


def covariates(given: Ballots, *more: Floats) -> Floats:
    """Motions, gap, democracy with the sign of the model, and what else is given.  (ballot, covariate)."""
    democracy = np.where(given.challenger, -given.democracy, given.democracy)
    return np.column_stack([given.dummies, given.gap, democracy, *more])


def fit(given: Ballots, *more: Floats) -> Fit:
    """The ordered logit of some ballots.  more  further covariates, (ballot,) each."""
    return ordered_logit(covariates(given, *more), given.answer, given.cluster)


def weight(found: Fit, given: Ballots, position: int) -> Ends:
    """A weight and its interval; position 0 = gap, 1 = democracy, 2 = the next."""
    return found.interval(np.eye(len(found.values))[len(given.motions) + position])


def _row(quantity: str, ends: Ends, found: Fit, **about: str | int) -> Estimate:
    """A weight of votes as a row."""
    method = METHOD if found.banded else METHOD.removeprefix("ordered ")
    said: dict[str, Any] = {"n": found.n, "clusters": found.clusters, "tables": TABLES, "method": method}
    return row(quantity, ends, **said | about)


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


def votes(folder: str | Path | None = None) -> list[Estimate]:
    """Estimates of everything in the vote rule but vested interest, and their checks."""
    every = ballots(folder)
    challenger, incumbent = every.of(contested(every)), every.of(~every.challenger)
    found, other = fit(challenger), fit(incumbent)
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
        *_motions(found, other, len(challenger.motions), len(incumbent.motions)),
    ]  # fmt: skip
    russian = ballots(folder, side="RUS")
    cast = challenger.of(challenger.answer != ABSTAIN)
    variants = {
        "side of Russia, which moved them": russian.of(contested(russian)),
        "UN alone, without the treaty": challenger.of(challenger.motion != TREATY),
        "with the uncontested motion 74/29": every.of(every.challenger),
        "logit of yes against all else": challenger._replace(
            answer=np.where(challenger.answer == YES, YES, NOT_YES)
        ),
        "logit of yes against no, abstentions left out": cast._replace(
            answer=np.where(cast.answer == NO, NOT_YES, cast.answer)
        ),
        "both kinds in one": every.of(contested(every) | ~every.challenger),
    }
    for words, given in variants.items():
        varied = fit(given)
        for position, name in enumerate(("affinity", "democracy")):
            ends = weight(varied, given, position)
            rows.append(_row(f"{name}: {words}", ends, varied, parameter=f"vote_{name}"))
    by_incumbents = weight(other, incumbent, 1)
    about = {"parameter": "vote_democracy", "silent_on": _TWO}
    return [*rows, _row("democracy for incumbents", by_incumbents, other, **about)]


def _motions(found: Fit, other: Fit, challengers: int, incumbents: int) -> list[Estimate]:
    """Means of the motions' constants, and the deviation between motions of one kind, both kinds pooled."""
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
        rows.append(_row(
            f"readiness, {kind}", around(float(mean @ one.values), error, free), one, role="estimate",
            parameter=parameter, method=_MEAN, clusters=m, silent_on=_FEW.format(m),
        ))  # fmt: skip
    tail = (1 - CONFIDENCE) / 2
    low, high = (float(np.sqrt(squares / chdtri(free, p))) for p in (tail, 1 - tail))
    ends = (max(squares - sampling, 0.0) / free) ** 0.5, low, high
    shock = _row(
        "deviation of motions", ends, found, role="estimate", parameter="cycle_shock_scale",
        method=_DEVIATION, n=found.n + other.n, clusters=challengers + incumbents, silent_on=_SIX,
    )  # fmt: skip
    return [*rows, shock]


# --- vested interest -----------------------------------------------------------------------------------

#: Regions whose share of 2010 does not go with projects: at home, where a rule of Taiwan's decides, and small
#: islands with few ballots.
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


def interest(folder: str | Path | None = None) -> list[Estimate]:
    """Vested interest per unit of own base, its checks, and the placebo of networks built after the vote.

    No table records the base of each voter.  Recorded projects stand for it, on the scale that the shares of
    whole regions give: so much base goes with one unit of the logarithm of projects.
    """
    given = ballots(folder)
    given = given.of(contested(given))
    count = partial(built, given, folder)
    before = count(years=lambda year: range(year - STANDING, year))
    after = count(years=lambda year: range(year + 1, year + STANDING))
    ever = count(years=lambda year: range(year - 100, year))
    digital = count(years=lambda year: range(year - STANDING, year), domains=())
    scale = base_per_project(given, folder)
    un = given.motion != TREATY
    designs: list[tuple[str, str, Ballots, tuple[Floats, ...]]] = [
        (f"networks of {STANDING} years before the vote", "estimate", given, (before,)),
        ("all networks before the vote", "check", given, (ever,)),
        (f"digital projects of {STANDING} years before", "check", given, (digital,)),
        ("networks before, given income", "check", given, (before, log_income(given, folder))),
        ("networks after the vote", "placebo", given, (after,)),
        ("networks before, given those after", "check", given, (before, after)),
        ("networks after, given those before", "placebo", given, (after, before)),
    ]
    for words, chosen in (("UN alone", un), ("treaty alone", ~un)):
        part = given.of(chosen)
        designs += [
            (f"{words}, networks before", "check", part, (before[chosen],)),
            (f"{words}, networks after", "placebo", part, (after[chosen],)),
        ]
    silent = {"estimate": _SIGN, "placebo": _PLACEBO, "check": ""}
    shares, region = _regional(folder)
    known = given.of(np.array([region[code] in shares for code in given.iso3]))
    table = records("surveillance", folder)
    seen = set(table["iso3"][(table["edition"] == 2020) & table["chinese_vendor"]])
    return [
        *(
            _interest(f"vested interest: {words}", part, columns, f"{TABLES}, chinese_projects, anchors",
                      scale, role=role, silent_on=silent[role])
            for words, role, part, columns in designs
        ),
        _interest(
            "vested interest: share of the region's base in 2010", known,
            (np.array([shares[region[code]] for code in known.iso3]),), f"{TABLES}, anchors",
        ),
        _interest(
            "Chinese surveillance systems present by 2020", given.of(un),
            (np.array([float(code in seen) for code in given.of(un).iso3]),), f"{TABLES}, surveillance",
            parameter="",
        ),
    ]  # fmt: skip


def _interest(
    words: str,
    given: Ballots,
    columns: tuple[Floats, ...],
    tables: str,
    scale: tuple[float, float] = (1.0, 0.0),
    **about: str,
) -> Estimate:
    """The weight of the first column over the base that goes with one unit of it.

    scale  that base and its error; the errors of both come together by the delta method
    """
    found = fit(given, *columns)
    middle, low, _ = weight(found, given, 2)
    base, error = scale
    half = np.hypot((middle - low) / base, 2 * middle * error / base**2)
    ends = middle / base, middle / base - half, middle / base + half
    return _row(words, ends, found, **{"parameter": "vested_interest", "tables": tables} | about)


def base_per_project(given: Ballots, folder: str | Path | None = None) -> tuple[float, float]:
    """Share of the base of a region in 2010 that goes with its mean logarithm of projects, and its error.

    Over market regions without China; economies are those with ballots, as the others have no projects.
    """
    shares, region = _regional(folder)
    voters = np.unique(given.iso3, return_index=True)[1]
    once = given.of(voters)._replace(year=np.full(len(voters), _ANCHORED + 1))
    projects = built(once, folder, years=lambda year: range(year - 100, year))
    of = np.array([region[code] for code in once.iso3])
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


# --- how well the rule foretells -----------------------------------------------------------------------

#: Parts into which economies are dealt in the order of their codes; each is foretold from the others.
PARTS = 10

_ELSEWHERE = (
    "how ballots fall in another body, or after 2019; the kept-aside economies of the tables are not used"
)


def foresight(folder: str | Path | None = None) -> list[Estimate]:
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
            some = given.of(which)
            score = float(np.mean((chance[which] - (some.answer == YES)) ** 2))
            rows.append(row(
                f"Brier score, {whose}: {words}", (score, np.nan, np.nan), len(some.iso3),
                len(np.unique(some.iso3)), tables=TABLES, silent_on=_ELSEWHERE,
                method=f"mean squared error; economies left out in {PARTS} parts",
            ))  # fmt: skip
    return rows


def left_out(
    given: Ballots, *, motion_known: bool = True, affinity_and_democracy: bool = True
) -> tuple[Floats, Floats]:
    """Chances of yes and of no by rules fitted without the voter's part of the economies.  (ballot,) each."""
    yes, no = np.empty((2, len(given.iso3)))
    part = given.cluster % PARTS
    for now in range(PARTS):
        for motion in given.motions:
            asked, same = (part == now) & (given.motion == motion), given.motion == motion
            train = (part != now) & (motion_known | ~same)
            if affinity_and_democracy:
                yes[asked], no[asked] = _by_rule(given.of(train), given.of(asked), str(motion))
            else:
                answers = given.answer[train & same]
                yes[asked], no[asked] = (answers == YES).mean(), np.isin(answers, (NO, NOT_YES)).mean()
    return yes, no


def _by_rule(known: Ballots, asked: Ballots, motion: str) -> tuple[Floats, Floats]:
    """Chances of yes and of no in some ballots, by the rule fitted to those known."""
    found, m = fit(known), len(known.motions)
    same = known.motions == motion
    constant = found.values[:m][same][0] if same.any() else found.values[:m].mean()
    u = constant + covariates(asked)[:, -2:] @ found.values[m : m + 2]
    return logistic(u), logistic(-(u + found.values[-1]))
