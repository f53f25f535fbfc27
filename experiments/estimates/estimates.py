"""Parameters estimated from the record tables: refitted on demand, with intervals and what they cannot tell.

A subject is a function from a folder of tables to rows; the table combines all of them.  Economies kept aside
have no rows in these tables and so are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import chdtri

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import resolve_names
from lockin_sim.common.statistics import CONFIDENCE
from lockin_sim.evidence.ballots import CONTESTED
from lockin_sim.evidence.estimate import (
    Ends,
    EstimateRow,
    build_estimate_row,
    build_t_interval,
    estimate_share,
)
from lockin_sim.record import MOBILE
from lockin_sim.world import records
from lockin_sim.world.schema import Table

from . import qualities, regulators, restrictions, suppliers, votes
from .votes import slope


def refitted(subject: str | None = None, folder: str | Path | None = None) -> list[EstimateRow]:
    """Estimates, checks and placebos, refitted from the record tables in some seconds.

    subject  one of :data:`SUBJECTS`, such as "votes" or "regulators"; None for all
    folder   folder of an edited copy of all tables; None for the bundled ones
    """
    chosen = SUBJECTS if subject is None else resolve_names("subject of estimates", subject, SUBJECTS)
    return [one for name in chosen for part in SUBJECTS[name] for one in part(folder)]


# --- contested motions ---------------------------------------------------------------------------------

_CHALLENGERS = ("CHN", "RUS")
_CHOSEN = (
    "what never came to a vote, was withdrawn, or was changed until nobody objected: most work of a body"
)
_CONSENSUS = (
    "why a draft failed: contest or quality. It is a least value, reached if nothing contested passes, from "
    "two undated pages; no other body's share is recorded"
)


def motions(folder: str | Path | None = None) -> list[EstimateRow]:
    """Votes for challengers' contested motions, what passes at which hurdle, and the contested share of the
    IETF's work: one minus Chinese RFCs over draft authors, if nothing contested passes."""
    table = records("contested_motions", folder)
    voted = contested_votes(table)
    shares = table["share_for"][voted]
    of_motions = partial(
        build_estimate_row,
        method="motions as they are, exact or by Student's t",
        tables=table.name,
        silent_on=_CHOSEN,
    )
    error = float(shares.std(ddof=1) / np.sqrt(len(shares)))
    result = table["result"][voted]
    passed, decided = (int(np.isin(result, some).sum()) for some in (("passed",), ("passed", "failed")))
    counted = {
        "challengers' contested motions that passed": (passed, decided),
        "the same with at least a half of the votes": (int((shares >= 1 / 2).sum()), len(shares)),
        "the same with at least two thirds of the votes": (int((shares >= 2 / 3).sum()), len(shares)),
    }
    mean = build_t_interval(float(shares.mean()), error, len(shares) - 1)
    ratio = (table["body"] == "IETF") & (table["sponsor"] == "CHN")
    contested = 1 - float(str(table["result"][ratio][0]).removeprefix("ratio "))
    return [
        of_motions("share of votes for challengers' contested motions", mean, len(shares)),
        *(of_motions(words, estimate_share(hits, n), n) for words, (hits, n) in counted.items()),
        build_estimate_row("contested share of the IETF's work, at least", (contested, contested, 1.0), 1,
            parameter="contested_share", method="one less the share in RFCs over that in drafts",
            tables=table.name, silent_on=_CONSENSUS),
    ]  # fmt: skip


def contested_votes(table: Table) -> Bools:
    """Motions of challengers on which votes were counted, a tenth or more against.  (motion,)"""
    votes = table["votes_for"] + table["votes_against"]
    with np.errstate(invalid="ignore"):
        against = table["votes_against"] / votes >= CONTESTED
    # the treaty of Dubai, without a sponsor in the table, counts as the challengers', as in the ballots
    theirs = np.isin(table["sponsor"], _CHALLENGERS) | (table["rule"] == "signature")
    result: Bools = against & theirs
    return result


# --- agenda: how a firm's part in a standard grows with its earlier sales ----------------------------

_SEGMENTS = ("ran", "mobile_infrastructure")

#: Years of sales that count towards a figure.
LAG = 3

#: Error of cumulated parts reported as "nearly" or "over".
ROUNDED = 0.01

#: Vendors of the sponsors, by the home economies of IETF authors.
_HOMES = {"CHN": ("huawei", "zte"), "EU27": ("ericsson", "nokia"), "KOR": ("samsung",)}
_CONTRIBUTIONS = (
    "three firms at two dates: which came first (who leads a standard may sell more for it), the size of a "
    "firm's research, and what a contribution is worth, as they are counted and not weighed"
)
_PATENTS = "declared patents are not checked for being needed, and firms without networks declare many"
_IETF = "one undated count of authors by economy, and sales of firms that are not their only employers"


def agenda(folder: str | Path | None = None) -> list[EstimateRow]:
    """The elasticity of contributions with respect to lagged sales: pooled, differenced, and elsewhere.

    For the standard of the fourth generation the table has cumulated parts of the largest firms and their
    order, not each firm's own.  Order and sums allow a small set of splits; every estimate is repeated for
    each of them, and its interval covers them all.  Nokia's sales before 2011 exclude Alcatel-Lucent's, which
    contributed separately.
    """
    then, own = _parts("5g_contribution_share", folder), {"nokia": "nokia_siemens"}
    sold = {
        firm: (lagged_sales(own.get(firm, firm), 2011, folder), lagged_sales(firm, 2021, folder))
        for firm in then
    }
    pooled, differenced = [], []
    for first in splits(folder):
        y, x = (
            np.log(np.array(of)).T
            for of in (
                [(first[firm], then[firm]) for firm in then],
                [*sold.values()],
            )
        )  # fmt: skip  (date, firm) each
        pooled.append(build_t_interval(*slope(y.ravel(), x.ravel(), np.repeat([0.0, 1.0], len(then)))))
        differenced.append(build_t_interval(*slope(y[1] - y[0], x[1] - x[0])))
    three = "log shares of three firms, {}; interval over all splits that order and sums allow"
    about: dict[str, Any] = {"parameter": "agenda_elasticity", "tables": "standards_facts, observations"}
    patents = _parts("patent_application_share", folder)
    at_one_date: list[tuple[str, list[float], list[tuple[str, ...]], str, str]] = [
        ("declared 5G patents", [*patents.values()], [(firm,) for firm in patents], "firms", _PATENTS)
    ]
    for quantity in ("draft_author_share", "rfc_author_share"):
        authors = _parts(quantity, folder)
        authors.setdefault("EU27", authors.get("EU", np.nan))
        words, parts = f"IETF {quantity.replace('_', ' ')}", [authors[home] for home in _HOMES]
        at_one_date.append((words, parts, [*_HOMES.values()], "three homes of vendors", _IETF))
    rows = [
        build_estimate_row("elasticity of 3GPP contributions, pooled", _over(pooled), 6, 3, role="estimate",
            method=three.format("a constant for each date"), silent_on=_CONTRIBUTIONS, **about),
        build_estimate_row("elasticity of 3GPP contributions, first differences", _over(differenced), 3, 3,
            method=three.format("change from 2011 to 2021"), **about),
    ]  # fmt: skip
    for words, parts, sellers, over, silent_on in at_one_date:
        sales = [sum(lagged_sales(firm, 2021, folder) for firm in firms) for firms in sellers]
        ends, method = (
            build_t_interval(*slope(np.log(parts), np.log(sales))),
            f"log shares over {over} at one date",
        )
        rows.append(
            build_estimate_row(
                f"elasticity of {words}", ends, len(parts), method=method, silent_on=silent_on, **about
            )
        )
    return rows


def splits(folder: str | Path | None = None) -> Iterator[Mapping[str, float]]:
    """Approved LTE papers of Ericsson, Nokia and Huawei, first to third, in all splits that the sums allow.

    The third and fourth together have the difference between the first four and the first two, and neither
    has less than the fifth or sixth.  Three values of each part: minimum, middle, maximum.
    """
    top = _parts("lte_approved_share", folder)
    first_two, third_and_fourth = top["top_2"], top["top_4"] - top["top_2"]
    fifth_and_sixth = top["top_6"] - top["top_4"]
    least = third_and_fourth / 2
    most = max(least, third_and_fourth + 2 * ROUNDED - fifth_and_sixth / 2)
    for third, between in product(np.linspace(least, most, 3), (0.0, 0.5, 1.0)):
        second = third + between * (first_two / 2 - third)
        yield {"huawei": third, "ericsson": first_two - second, "nokia": second}


def lagged_sales(firm: str, year: int, folder: str | Path | None = None) -> float:
    """A firm's mean world share of mobile networks over the years before, with one mean figure per year."""
    table = records("observations", folder)
    wanted = (table["domain"] == MOBILE) & (table["scope"] == "world") & (table["measure"] == "sales")
    wanted &= np.isin(table["segment"], _SEGMENTS) & (table["vendor"] == firm) & (table["split"] == "fit")
    of_years = [table["share"][wanted & (table["year"] == y)] for y in range(year - LAG, year)]
    return float(np.mean([shares.mean() for shares in of_years if len(shares)]))


def _parts(quantity: str, folder: str | Path | None) -> dict[str, float]:
    """Recorded shares of a quantity by actor."""
    table = records("standards_facts", folder)
    mine = table["quantity"] == quantity
    return {str(a): float(v) for a, v in zip(table["actor"][mine], table["value"][mine], strict=True)}


def _over(ends: Sequence[Ends]) -> Ends:
    """The middle of the estimates at all splits, with the outermost ends."""
    values, low, high = np.array(ends).T
    return float((values.min() + values.max()) / 2), float(low.min()), float(high.max())


# --- compliance: how fast rivals adopted standards of Chinese origin, and whether also abroad -----------

_SPEED = (
    "those that never complied: a case is recorded because somebody did, so that the rate is one of firms "
    "that come round; whether sales, orders of a state or status moved them"
)
_TRAVEL = "how far abroad, and how much a home market that demands a standard has to do with it"

#: Actors that complied without competing, as the table says in words.
_NO_RIVALS = "not rivals"


def compliance(folder: str | Path | None = None) -> list[EstimateRow]:
    """Yearly rate of compliance, and the share of families that rivals also supported outside China.

    A wait lasts from the start of a family until rivals adopted it, the middle of the record.  Families that
    none adopted are left out.
    """
    table = records("compliance_cases", folder)
    rivals = np.array([bool(names) and _NO_RIVALS not in names for names in table["rivals"]])
    first, last = table["years_after_first"], table["years_after_last"]
    wait = np.where(np.isfinite(first), (first + last) / 2, last)
    cases, taken = rivals & np.isfinite(wait), rivals & np.isfinite(last)
    family, years = table["family"][cases], wait[cases]
    went = {
        str(name): bool((table["beyond_china"][taken & (table["family"] == name)] == 1).any())
        for name in np.unique(table["family"][taken])
    }
    abroad, middle = np.array([went[name] for name in family], dtype=bool), float(np.median(years))
    about: dict[str, Any] = {"parameter": "compliance_rate", "tables": table.name, "silent_on": _SPEED}
    sets = {
        "": np.full(len(years), True),
        ", those at once left out": years > 0,
        ", families that went abroad": abroad,
    }
    rows = [
        build_estimate_row(
            f"rate of rivals' compliance{words}",
            rate(family[some], years[some]),
            int(some.sum()),
            len(np.unique(family[some])),
            role="check" if words else "estimate",
            method="exponential waits, one a family, exact interval",
            **about,
        )
        for words, some in sets.items()
    ]
    return [
        *rows,
        build_estimate_row(
            "rate of rivals' compliance: median wait",
            (1 - 0.5 ** (1 / middle), np.nan, np.nan),
            len(years),
            len(np.unique(family)),
            method=f"half of the cases within {middle:g} years",
            **about,
        ),
        build_estimate_row(
            "share of families that rivals took up abroad too",
            estimate_share(sum(went.values()), len(went)),
            len(went),
            role="estimate",
            method="share of families, exact interval",
            **about | {"parameter": "compliance_travel", "silent_on": _TRAVEL},
        ),
    ]


def rate(family: np.ndarray, years: Floats) -> Ends:
    r"""Share of the remaining way covered in a year, :math:`1 - e^{-\lambda}`, and its 95 % interval.

    Waits are exponential, one for each family, the mean of its cases, since cases of one family are not
    independent.  Then :math:`2\lambda T` is chi-squared for the sum of waits T.
    Source: Epstein and Sobel (1953).
    """
    names = np.unique(family)
    total = sum(years[family == name].mean() for name in names)
    tail, free = (1 - CONFIDENCE) / 2, 2 * len(names)
    hazards = np.array([len(names), chdtri(free, 1 - tail) / 2, chdtri(free, tail) / 2]) / total
    value, low, high = -np.expm1(-hazards)
    return float(value), float(low), float(high)


# --- all of them ---------------------------------------------------------------------------------------

#: Subjects of estimates: functions of a folder of tables.
SUBJECTS: Mapping[str, tuple[Callable[[str | Path | None], list[EstimateRow]], ...]] = {
    "votes": (votes.votes, votes.interest, votes.foresight),
    "motions": (motions,),
    "agenda": (agenda,),
    "compliance": (compliance,),
    "restrictions": (restrictions.estimated,),
    "suppliers": (suppliers.retained, suppliers.advantage),
    "qualities": (qualities.drifts,),
    "regulators": (regulators.weights, regulators.pace),
}
