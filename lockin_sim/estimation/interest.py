"""Vested interest: whether economies that built Chinese networks before a vote voted for challengers.

No table records the base of each voter.  Recorded projects stand for it, on the scale that the shares of
whole regions give: so much base goes with one unit of the logarithm of projects.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.estimation import votes
from lockin_sim.estimation.ballots import STANDING, TREATY, Ballots, ballots, built, contested, log_income
from lockin_sim.estimation.estimate import Estimate, slope
from lockin_sim.estimation.likelihood import Fit
from lockin_sim.world import records
from lockin_sim.world.schema import read_table

#: Regions whose share of 2010 does not go with projects: at home, where a rule of Taiwan's decides, and small
#: islands with few ballots.
_APART = ("china", "other_east_asia", "pacific_islands")
_TABLES = f"{votes.TABLES}, chinese_projects, anchors"
_SILENT = (
    "the sign: no effect and a large one are both in the interval; projects are state money, not market "
    "share, and the shares of regions that give their scale are assumed"
)
_PLACEBO = (
    "what was built after a vote cannot have moved it; few networks were, so that the placebo is weak too"
)
#: Year of the regional shares of the installed base.
_ANCHORED = 2010


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """Vested interest per unit of own base, its checks, and the placebo of networks built after the vote."""
    given = ballots(folder)
    given = given.of(contested(given))
    before = built(given, folder, years=lambda year: range(year - STANDING, year))
    after = built(given, folder, years=lambda year: range(year + 1, year + STANDING))
    ever = built(given, folder, years=lambda year: range(year - 100, year))
    digital = built(given, folder, years=lambda year: range(year - STANDING, year), domains=())
    scale, error = base_per_project(given, folder)
    income = log_income(given, folder)
    words = f"networks of {STANDING} years before the vote"
    rows = [
        _per_base(words, "estimate", given, before, scale, error),
        _per_base("all networks before the vote", "check", given, ever, scale, error),
        _per_base(f"digital projects of {STANDING} years before", "check", given, digital, scale, error),
        _per_base("networks before, given income", "check", given, before, scale, error, income),
        _per_base("networks after the vote", "placebo", given, after, scale, error),
        _per_base("networks before, given those after", "check", given, before, scale, error, after),
        _per_base("networks after, given those before", "placebo", given, after, scale, error, before),
    ]
    treaty = given.motion == TREATY
    for words, chosen in {"UN alone": ~treaty, "treaty alone": treaty}.items():
        part = given.of(chosen)
        rows.append(_per_base(f"{words}, networks before", "check", part, before[chosen], scale, error))
        rows.append(_per_base(f"{words}, networks after", "placebo", part, after[chosen], scale, error))
    return [*rows, _regions(given, folder), _cameras(given, folder)]


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


def _per_base(
    words: str, role: str, given: Ballots, projects: Floats, scale: float, error: float, *more: Floats
) -> Estimate:
    """The weight of projects over the base that goes with them; errors of both by the delta method."""
    found = votes.fit(given, projects, *more)
    middle, low, _ = votes.weight(found, given, 2)
    half = np.hypot((middle - low) / scale, 2 * middle * error / scale**2)
    return _row(f"vested interest: {words}", role, middle / scale, half, found, _TABLES)


def _regions(given: Ballots, folder: str | Path | None) -> Estimate:
    """The share of the voter's region in 2010 itself, instead of projects."""
    shares, region = _regional(folder)
    known = np.array([region[code] in shares for code in given.iso3])
    part = given.of(known)
    found = votes.fit(part, np.array([shares[region[code]] for code in part.iso3]))
    middle, low, _ = votes.weight(found, part, 2)
    words = "vested interest: share of the region's base in 2010"
    return _row(words, "check", middle, middle - low, found, f"{votes.TABLES}, anchors")


def _cameras(given: Ballots, folder: str | Path | None) -> Estimate:
    """Chinese surveillance systems by 2020, per presence and not per share; UN votes alone."""
    table = records("surveillance", folder)
    seen = set(table["iso3"][(table["edition"] == 2020) & table["chinese_vendor"]])
    part = given.of(given.motion != TREATY)
    found = votes.fit(part, np.array([float(code in seen) for code in part.iso3]))
    middle, low, _ = votes.weight(found, part, 2)
    tables = f"{votes.TABLES}, surveillance"
    words = "Chinese surveillance systems present by 2020"
    return _row(words, "check", middle, middle - low, found, tables, parameter="")


def _row(
    words: str, role: str, value: float, half: float, found: Fit, tables: str,
    parameter: str = "vested_interest",
) -> Estimate:  # fmt: skip
    """A weight of vested interest as an estimate."""
    return Estimate(
        quantity=words, parameter=parameter, role=role, value=value, low=value - half, high=value + half,
        n=found.n, clusters=found.clusters, method=votes.method_of(found), tables=tables,
        silent_on=_PLACEBO if role == "placebo" else _SILENT if role == "estimate" else "",
    )  # fmt: skip


def _regional(folder: str | Path | None) -> tuple[dict[str, float], dict[str, str]]:
    """Chinese share of the base of 2010 by market region, and the region of each economy."""
    anchors, countries = read_table("anchors", folder), read_table("countries", folder)
    rows = (
        (anchors["domain"] == "mobile_network")
        & (anchors["sponsor"] == "CHN")
        & ~np.isin(anchors["market_region"], _APART)
    )
    shares = dict(zip(anchors["market_region"][rows], anchors["share"][rows], strict=True))
    return shares, dict(zip(countries["iso3"], countries["market_region"], strict=True))
