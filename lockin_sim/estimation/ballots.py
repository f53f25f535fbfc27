"""Ballots as arrays: who answered what to which motion, and what is known of the voter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.estimation.likelihood import ABSTAIN, NO, NOT_YES, YES
from lockin_sim.world import World, load_world, records
from lockin_sim.world.schema import Table, read_table

#: The treaty of Dubai: signed or not, nobody could abstain.
TREATY = "WCIT-12"

#: A challenger's motion is contested if at least this share of the votes cast is against it.
CONTESTED = 0.1

#: Years before a vote in which what was built may still stand: the lifetime of a mobile network.
STANDING = 10

_ANSWERS = {"no": NO, "abstain": ABSTAIN, "yes": YES}


class Ballots(NamedTuple):
    """One ballot an entry.

    iso3, motion, year  (ballot,)
    answer              (ballot,), see likelihood.YES
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
        return Ballots(
            self.iso3[chosen], self.motion[chosen], self.year[chosen], self.answer[chosen],
            self.challenger[chosen], self.gap[chosen], self.democracy[chosen],
        )  # fmt: skip

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
    iso3 = np.concatenate([votes["iso3"], treaty["iso3"]])
    motion = np.concatenate([votes["resolution"], np.full(len(treaty["iso3"]), TREATY)])
    years = [int(date[:4]) for date in votes["date"]]
    year = np.array([*years, *[2012] * len(treaty["iso3"])])
    answer = np.array(
        [_ANSWERS[vote] for vote in votes["vote"]] + [YES if s else NOT_YES for s in treaty["signed"]]
    )
    challenger = np.concatenate([votes["sponsor"] != "USA", np.ones(len(treaty["iso3"]), dtype=bool)])
    towards_us, towards = (_affinity(world, iso3, year, sponsor) for sponsor in ("USA", side))
    towards_china = _affinity(world, iso3, year, "CHN")
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
    country = {code: i for i, code in enumerate(world.countries)}
    when = np.searchsorted(world.conditions.years, given.year)
    return world.conditions.log_income[when, [country[code] for code in given.iso3]]


def _affinity(world: World, iso3: np.ndarray, year: Integers, sponsor: str) -> Floats:
    """Affinity of each voter with a sponsor in the year of the vote.  (ballot,)."""
    country = {code: i for i, code in enumerate(world.countries)}
    when = np.searchsorted(world.conditions.years, year)
    return world.conditions.affinity[when, [country[code] for code in iso3], world.sponsors.index(sponsor)]
