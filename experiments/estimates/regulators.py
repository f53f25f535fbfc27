r"""Which standard a state takes, and when: television, the one race with recorded decisions.

A state chooses among the families that exist in the year of its decision with

.. math:: u_{ij} = a_j + x_{ij}\beta

and Gumbel shocks.  Four families, of four sponsors: ATSC, DVB, ISDB, and DTMB from China.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import chdtri, softmax

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.errors import unusable
from lockin_sim.common.statistics import CONFIDENCE
from lockin_sim.evidence.estimate import (
    LEAST,
    Ends,
    EstimateRow,
    Fit,
    build_estimate_row,
    compute_jackknife_covariance,
    estimate_share,
)
from lockin_sim.world import load_world
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.markets import compute_great_circle
from lockin_sim.world.schema import read_table

from .votes import built

if TYPE_CHECKING:
    import pandas as pd


class Family(NamedTuple):
    """A family of standards: its members, sponsor and origin, and its first year."""

    standards: tuple[str, ...]
    sponsor: str
    homes: tuple[str, ...]
    since: int


#: Year of the first standard of each family, or of the first decision for a draft of it (recalled).
FAMILIES = {
    "ATSC": Family(("ATSC",), "USA", ("USA",), 1996),
    "DVB": Family(("DVB-T", "DVB-T2"), "EU", ("DEU", "FRA"), 1996),
    "ISDB": Family(("ISDB-T", "ISDB-Tb"), "JPN", ("JPN",), 1999),
    "DTMB": Family(("DTMB",), "CHN", ("CHN",), 2006),
}
_NAMES = tuple(FAMILIES)
_OF = {standard: k for k, family in enumerate(FAMILIES.values()) for standard in family.standards}

#: Economies that developed a family, and took their own.
MAKERS = ("USA", "JPN", "CHN", "HKG", "MAC")

#: Covariates, in the order of the weights after the three constants of families; DVB has none.
COVARIATES = (
    "treaty", "affinity with the sponsor", "nearness of the sponsor", "neighbours that took it",
    "channels of 6 MHz", "Chinese projects",
)  # fmt: skip
_CONSTANTS = tuple(k for k, name in enumerate(_NAMES) if name != "DVB")

#: Minimum distance, km, before logarithms.
_NEAREST = 200.0

#: Standard deviation of the normal prior of all weights, in log odds.
_WIDE = 10.0

#: Definition of many Chinese projects, counted by the year in which most had decided.
MANY, COUNTED_IN = 4, 2014

#: First and last year with recorded decisions.
FIRST, LAST = 1996, 2023

TABLES = "television, countries, affinity, chinese_projects"
METHOD = "conditional logit of decisions, wide normal prior, clustered by subregion"
CHOICE = "standard taken, "
REVERSED = "decisions reversed before broadcasts, a year"
_WHY = {
    "treaty": "why: the plan, the frequencies or the neighbours that it binds too; its area is by geography",
    "affinity with the sponsor": "votes are of 2010-19, decisions of 1998-2023",
    "nearness of the sponsor": "one capital a family, for DVB the nearer of two",
    "neighbours that took it": "neighbours kept aside are missing; regions take its place",
    "channels of 6 MHz": "channels or region: those of 6 MHz are nearly all American",
    "Chinese projects": "finance or friendship: projects after a decision weigh as much; DTMB was taken six "
    "times outside the treaty, which was known before this was fitted",
}  # fmt: skip
_AFTER = "finance that was promised with the decision and came later"
_COUNTED = "television, television_decisions"
_RECALLED = "a third of the standards and half of the years are recalled"


def decisions(folder: str | Path | None = None) -> pd.DataFrame:
    """Family and year of each recorded economy's decision.

    An economy without a year of decision decided when it first broadcast, and one without either in the
    median year of the others (assumed).
    Returns one row per economy with a standard: ``iso3``, ``year``, ``family``, its position in
    :data:`FAMILIES`, ``treaty`` and ``narrow``, channels of 6 MHz.
    Raises InputError for a decision before its family exists, or a family twice in a year.
    """
    import pandas as pd

    table, earlier = (fitted_records(name, folder) for name in ("television", "television_decisions"))
    known = np.isin(table["standard"], list(_OF))
    decided, broadcast = (table[name].astype(float) for name in ("decided", "broadcast"))
    year = np.where(np.isfinite(decided), decided, broadcast)
    given = pd.DataFrame({
        "iso3": table["iso3"], "year": year, "treaty": table["treaty"].astype(bool),
        "narrow": table["channel_mhz"] == "6",
    })[known]  # fmt: skip
    given["family"] = [_OF[standard] for standard in table["standard"][known]]
    for name, of in ((table.name, given), (earlier.name, _earlier(folder))):
        for iso3, when, k in of[["iso3", "year", "family"]].itertuples(index=False):
            if when < FAMILIES[_NAMES[k]].since:
                allowed = f"{FAMILIES[_NAMES[k]].since}, when {_NAMES[k]} began, or later"
                raise unusable(f"{name}, {iso3}, year of {_NAMES[k]}", found=int(when), allowed=allowed)
    given["year"] = given["year"].fillna(given["year"].median()).astype(int)
    return given.reset_index(drop=True)


def _earlier(folder: str | Path | None) -> pd.DataFrame:
    """Earlier choices, reversed or confirmed: ``iso3``, ``year``, ``family``, ``level``.

    Raises InputError for a family twice in a year.
    """
    import pandas as pd

    table = fitted_records("television_decisions", folder)
    found = pd.DataFrame({name: table[name] for name in ("iso3", "year", "level")})
    found["family"] = [_OF[standard] for standard in table["standard"]]
    choice = ["iso3", "year", "family"]
    twice = found.duplicated(choice) & found["year"].notna()
    for iso3, year, k in found[twice][choice].itertuples(index=False):
        raise unusable(f"{table.name}, {iso3}, {year:g}", found=f"{_NAMES[k]} twice", allowed="once a year")
    return found


class Fitted(NamedTuple):
    """A logit, and the positions of its weights in the design."""

    fit: Fit
    places: tuple[int, ...]


class Design(NamedTuple):
    """Decisions as input of the logit.

    x         (decision, family, covariate): three constants, then :data:`COVARIATES`
    open_to   (decision, family), whether it existed
    chosen    (decision,), position of the family
    inside    (decision,), whether the treaty binds
    cluster   (decision,), position of the subregion
    region    (decision,), position of the region
    after     (decision, family), Chinese projects after the decision, for DTMB
    """

    x: Floats
    open_to: Bools
    chosen: Integers
    inside: Bools
    cluster: Integers
    region: Integers
    after: Floats

    def fit(self, which: Bools | None = None, *more: Floats) -> Fitted:
        """The logit of some decisions, without covariates that do not vary among them.

        which  (decision,); None = all
        more   further covariates, (decision, family) each, whose weights follow
        """
        which = np.full(len(self.chosen), True) if which is None else which
        x = np.concatenate([self.x, *(one[..., None] for one in more)], axis=-1)[which]
        open_to = self.open_to[which]
        lowest, highest = (
            reduce(np.where(open_to[..., None], x, at), axis=1)
            for reduce, at in ((np.min, np.inf), (np.max, -np.inf))
        )
        varies = np.flatnonzero((highest - lowest > 0).any(axis=0))
        cluster = np.unique(self.cluster[which], return_inverse=True)[1]
        fit = conditional_logit(x[..., varies], open_to, self.chosen[which], cluster, _WIDE)
        return Fitted(fit, tuple(varies.tolist()))


def design(folder: str | Path | None = None) -> Design:
    """Decisions of economies that did not develop a family.

    Affinity and neighbours are those of the model: gravity weights, over the economies of the record.
    Raises InputError if nobody took a family, or a covariate is the same for all.
    """
    every, countries = decisions(folder), read_table("countries", folder)
    given, world = every[~every["iso3"].isin(MAKERS)], load_world(folder)
    place = {iso3: i for i, iso3 in enumerate(world.countries)}
    here = [place[iso3] for iso3 in given["iso3"]]
    distance = compute_great_circle(countries["capital_latitude"], countries["capital_longitude"])
    affinity = world.conditions.affinity[0][here]
    families, only = FAMILIES.values(), np.eye(len(FAMILIES))
    narrow = only[_NAMES.index("ATSC")] + only[_NAMES.index("ISDB")]
    dtmb = only[_NAMES.index("DTMB")]
    near = [distance[np.ix_(here, [place[home] for home in one.homes])].min(axis=1) for one in families]
    columns = [
        np.outer(given["treaty"], only[_NAMES.index("DVB")]),
        affinity[:, [world.sponsors.index(one.sponsor) for one in families]],
        -np.log(np.maximum(near, _NEAREST)).T,
        _neighbours(given, every, world.influence.neighbours(np.eye(len(place))), place),
        np.outer(given["narrow"], narrow),
        np.outer(built(given, folder, since=-100, domains=()), dtmb),
    ]  # fmt: skip
    constants = [np.broadcast_to(only[k], columns[0].shape) for k in _CONSTANTS]
    cluster, region = (
        np.unique(countries[name][here], return_inverse=True)[1] for name in ("subregion", "region")
    )
    found = Design(
        x=np.stack([*constants, *columns], axis=-1).astype(np.float64),
        open_to=given["year"].to_numpy()[:, None] >= [one.since for one in families],
        chosen=given["family"].to_numpy(), inside=given["treaty"].to_numpy(),
        cluster=cluster, region=region,
        after=np.outer(built(given, folder, since=1, until=100, domains=()), dtmb),
    )  # fmt: skip
    _check(found)
    return found


def _neighbours(
    given: pd.DataFrame, every: pd.DataFrame, weights: Floats, place: Mapping[str, int]
) -> Floats:
    """Share of an economy's recorded neighbours that took each family before it.  (decision, family)"""
    there = [place[iso3] for iso3 in every["iso3"]]
    of = weights[np.ix_([place[iso3] for iso3 in given["iso3"]], there)]
    before = every["year"].to_numpy() < given["year"].to_numpy()[:, None]
    shares: Floats = (of * before) @ np.eye(len(FAMILIES))[every["family"]] / of.sum(axis=1, keepdims=True)
    return shares


def _check(sample: Design) -> None:
    """Raise InputError if the record cannot identify the covariates' weights."""
    taken = np.bincount(sample.chosen, minlength=len(FAMILIES))
    for name in np.array(_NAMES)[taken == 0]:
        allowed = "at least one economy with each of " + ", ".join(_NAMES)
        raise unusable("records/television, standard", found=f"no economy that took {name}", allowed=allowed)
    for k, name in enumerate(COVARIATES):
        if not np.ptp(sample.x[..., len(_CONSTANTS) + k], axis=0).any():
            allowed = "economies that differ"
            raise unusable(f"{CHOICE}{name}", found="the same for all economies", allowed=allowed)


# --- estimates ---------------------------------------------------------------------------------------

#: Parameters of the rule of regulators, by covariate.
INFORMS = {
    "treaty": "regulation_treaty", "neighbours that took it": "regulation_neighbours",
    "Chinese projects": "regulation_loans",
}  # fmt: skip

#: Covariates with robustness checks.
TRIED = ("treaty", "neighbours that took it", "channels of 6 MHz", "Chinese projects")


def weights(folder: str | Path | None = None) -> list[EstimateRow]:
    """Weights of the covariates, with region terms, a placebo, and subregions left out."""
    known = design(folder)
    place = {name: len(_CONSTANTS) + k for k, name in enumerate(COVARIATES)}
    projects, more = place["Chinese projects"], known.x.shape[-1]
    regions = [
        np.outer(known.region == r, np.eye(len(FAMILIES))[k])
        for r in range(1, known.region.max() + 1) for k in _CONSTANTS
    ]  # fmt: skip
    without = known._replace(x=np.delete(known.x, projects, axis=-1))
    everywhere, outside, by_region = known.fit(), known.fit(~known.inside), known.fit(None, *regions)
    beside, alone = known.fit(None, known.after), without.fit(None, known.after)
    placebo = partial(_weight, role="placebo", silent_on=_AFTER)
    left = [known.fit(known.cluster != k).fit for k in range(known.cluster.max() + 1)]
    main = partial(_weight, role="estimate")
    rows = [
        main(name, everywhere, k, silent_on=_WHY[name], parameter=INFORMS.get(name, ""))
        for name, k in place.items()
    ]
    for name in TRIED:
        if name != "treaty":
            rows.append(_weight(f"{name}: outside the treaty", outside, place[name]))
        rows.append(_weight(f"{name}: terms of regions", by_region, place[name]))
        values = [fit.values[place[name]] for fit in left]
        rows.append(build_estimate_row(
            f"{CHOICE}{name}: a subregion left out", (float(np.median(values)), min(values), max(values)),
            everywhere.fit.n, len(left), tables=TABLES, method="median and range over subregions left out",
        ))  # fmt: skip
    return [
        *rows,
        _weight("Chinese projects: given those after", beside, projects),
        placebo("Chinese projects: those after instead", alone, more - 1),
        placebo("Chinese projects: those after, given those before", beside, more),
    ]


def _weight(words: str, fitted: Fitted, place: int, **about: str) -> EstimateRow:
    """A weight of the logit as a row."""
    fit = fitted.fit
    ends = fit.interval(np.eye(len(fit.values))[fitted.places.index(place)])
    return build_estimate_row(
        f"{CHOICE}{words}", ends, fit.n, fit.clusters, **{"tables": TABLES, "method": METHOD} | about
    )


def pace(folder: str | Path | None = None) -> list[EstimateRow]:
    """How often states decide, reverse a decision and change a standard; and who took which.

    A decision is reversed if a decree or plan names a different family from the one that was taken.  Nobody
    changed the family of a national service.
    """
    every, table, earlier = decisions(folder), fitted_records("television", folder), _earlier(folder)
    given = every[~every["iso3"].isin(MAKERS)]
    year, waiting = given["year"], int((table["standard"] == "undecided").sum())
    began = given["iso3"].map(dict(zip(table["iso3"], table["broadcast"], strict=True)))
    left = earlier[earlier["level"].isin(("decree", "plan"))].merge(given, on="iso3", suffixes=("", "_then"))
    left = left[left["family"] != left["family_then"]]
    before = (began - year).clip(lower=0).sum() + (left["year_then"] - left["year"]).sum()
    events: dict[str, tuple[int, float]] = {
        "states that decide, a year": (len(given), (year - FIRST).sum() + waiting * (LAST - FIRST)),
        REVERSED: (len(left), before),
        "families changed once broadcast, a year": (0, (LAST - began).sum()),
    }
    fact = partial(build_estimate_row, role="fact", silent_on=_RECALLED)
    yearly = partial(fact, tables=_COUNTED, method="events over economy-years, exact Poisson interval")
    counted = partial(fact, tables=TABLES, method="share of economies, exact interval")
    informs = {REVERSED: {"role": "estimate", "parameter": "withdrawal_rate"}}
    rows = [
        yearly(words, per_year(*one), len(given), **informs.get(words, {})) for words, one in events.items()
    ]
    many = built(given.assign(year=COUNTED_IN + 1), folder, since=-100, domains=()) >= np.log1p(MANY)
    inside = given["treaty"].to_numpy()
    for name, which, words in (("DVB", inside | True, ""), ("DTMB", many, f" with {MANY} Chinese projects")):
        for where, some in (("in the treaty", inside), ("outside it", ~inside)):
            hit = (given["family"] == _NAMES.index(name)).to_numpy()[some & which]
            ends = estimate_share(int(hit.sum()), len(hit))
            rows.append(counted(f"states{words} {where} that took {name}", ends, len(hit)))
    return rows


def per_year(events: int, years: float) -> Ends:
    """Events a year and their exact interval.  Source: Garwood (1936)."""
    tail = (1 - CONFIDENCE) / 2
    low = float(chdtri(2 * events, 1 - tail)) / 2 if events else 0.0
    return events / years, low / years, float(chdtri(2 * events + 2, tail)) / 2 / years


# --- choice among alternatives -------------------------------------------------------------------------


def conditional_logit(x: Floats, open_to: Bools, chosen: Integers, cluster: Integers, spread: float) -> Fit:
    r"""Weights of the attributes of alternatives, from choices of one each.

    .. math:: P(j) = e^{x_j\beta} / \sum_k e^{x_k\beta}

    x        (choice, alternative, covariate)
    open_to  (choice, alternative), whether it is available
    chosen   (choice,), position of the chosen alternative
    cluster  (choice,), whose choice it is, from 0
    spread   deviation of a normal prior about zero, which bounds weights that separate all choices
    Source: McFadden (1974); errors as in :func:`lockin_sim.evidence.estimate.fit_ordered_logit`.
    """
    taken = np.arange(len(chosen)), chosen

    def chances(beta: Floats) -> Floats:
        """Of each alternative.  (choice, alternative)."""
        shares: Floats = softmax(np.where(open_to, x @ beta, -np.inf), axis=1)
        return shares

    def slopes(beta: Floats) -> Floats:
        """Of the log likelihood.  (choice, covariate)."""
        steepness: Floats = x[taken] - np.einsum("ij,ijk->ik", chances(beta), x)
        return steepness

    def loss(beta: Floats) -> tuple[float, Floats]:
        """Minus the log of likelihood and prior, and its slope."""
        height = beta @ beta / 2 / spread**2 - np.log(np.maximum(chances(beta)[taken], LEAST)).sum()
        return float(height), beta / spread**2 - slopes(beta).sum(axis=0)

    size = x.shape[-1]
    beta = minimize(loss, np.zeros(size), jac=True, method="BFGS", options={"gtol": 1e-6}).x
    share, groups = chances(beta), int(cluster.max()) + 1
    mean = np.einsum("ij,ijk->ik", share, x)
    slope, curvature = np.zeros((groups, size)), np.zeros((groups, size, size))
    np.add.at(slope, cluster, slopes(beta))
    square = np.einsum("ij,ijk,ijl->ikl", share, x, x) - mean[:, :, None] * mean[:, None, :]
    np.add.at(curvature, cluster, square)
    whole = curvature.sum(axis=0) + np.eye(size) / spread**2
    return Fit(beta, compute_jackknife_covariance(slope, curvature, whole), False, len(chosen), groups)
