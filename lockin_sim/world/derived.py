"""Relations between states that no table states: each computed from the tables by one documented rule."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.errors import unknown_name
from lockin_sim.world.layout import Index, anchored, lasting
from lockin_sim.world.tables import Table

#: From this year on affinity is that of the later votes.
_LATE = 2015


def home(t: dict[str, Table]) -> Bools:
    """Home states of each sponsor; ``EU`` stands for its member states.  (country, sponsor)."""
    codes, member = np.array(t["countries"].labels), t["countries"]["eu_member"]
    return np.stack(
        [np.isin(codes, list(h)) | (member if "EU" in h else False) for h in t["sponsors"]["home"]], axis=-1
    )


def lawgivers(t: dict[str, Table], index: Index, home: Bools, years: Integers) -> Bools:
    """Whose rules are law in a state: its own sponsor's, and those of the EU in its members and in the
    European Economic Area, by year where memberships are on record.  (year, country, sponsor)."""
    within = members(t, index, years, "EU", "EEA")
    law = np.repeat(home[None], len(years), axis=0)
    if within is not None:
        union = np.array(["EU" in h for h in t["sponsors"]["home"]])
        law[..., union] = within[..., None]
    return law


def members(t: dict[str, Table], index: Index, years: Integers, *clubs: str) -> Bools | None:
    """Who is in any of some clubs, by year; None where no membership in them is on record.
    (year, country)."""
    table = t["memberships"]
    found = np.zeros((len(years), len(index["countries"])), dtype=bool)
    rows = np.flatnonzero(np.isin(table["club"], clubs))
    for row in rows.tolist():
        found[lasting(years, table, row), index["countries"][table["iso3"][row]]] = True
    return found if len(rows) else None


def votes(t: dict[str, Table], index: Index, period: str = "") -> Floats:
    """Share of UN votes cast as each sponsor did, NaN for economies without votes.  (country, sponsor).

    The table of sponsors says whose votes are theirs, the mean of several; NaN where it names nobody.
    period: "", or "_early" or "_late", in which votes are those of these years where the table tells them
    apart.
    """
    table = t["affinity"]
    rows = np.array([index["countries"][i] for i in table["iso3"]], dtype=int)
    shares = np.full((len(index["countries"]), len(index["sponsors"])), np.nan)
    for h, voters in enumerate(t["sponsors"]["votes_of"]):
        for voter in filter(None, voters):
            if voter not in table:
                where = f"sponsors.csv ({t['sponsors'].labels[h]}), column votes_of"
                raise unknown_name(where, found=voter, known=[name for name in table if name != "iso3"])
        columns = [table[voter + period if voter + period in table else voter] for voter in voters if voter]
        if columns:
            shares[rows, h] = sum(columns) / len(columns)
    return shares


def standardised(shares: Floats, among: Bools | None = None) -> Floats:
    """In standard deviations over (some) countries, NaN where nothing is known.  (country, sponsor)."""
    result = np.full_like(shares, np.nan)
    counted = shares if among is None else shares[among]
    known = ~np.isnan(counted).all(axis=0)
    part = np.ascontiguousarray(counted[:, known])
    result[:, known] = (shares[:, known] - np.nanmean(part, axis=0)) / np.nanstd(part, axis=0)
    return result


def affinity(t: dict[str, Table], index: Index, home: Bools, years: Integers) -> Floats:
    """Affinity with each sponsor, -1 to 1.  (year, country, sponsor).

    Agreement in UN votes, standardised over countries, halved and clipped.  Where early and late votes are
    told apart, the former hold until 2014.  A sponsor's own states: 1.  Economies
    without votes: Taiwan and Kosovo take the mean of US treaty allies; Palestine, the Holy See and,
    towards all but China, whose own they are, Hong Kong and Macao have 0, about the mean of the world.
    """
    early, late = (_scaled(t, index, votes(t, index, period), home) for period in ("_early", "_late"))
    return np.where((years < _LATE)[:, None, None], early, late)


def _scaled(t: dict[str, Table], index: Index, shares: Floats, home: Bools) -> Floats:
    """Shares of votes as affinity.  (country, sponsor)."""
    scaled = np.clip(standardised(shares) / 2, -1, 1)
    full = np.nan_to_num(scaled)
    allied = t["countries"]["us_treaty_ally"] & ~np.isnan(shares).all(axis=1)
    for code in ("TWN", "XKX"):
        if code in index["countries"]:
            full[index["countries"][code]] = full[allied].mean(axis=0)
    return np.where(home, 1.0, full)


def rival_votes(t: dict[str, Table], index: Index) -> Floats:
    """Agreement with each sponsor's rival in UN votes, in standard deviations over countries; the rival
    itself does not count in them, and economies without votes have 0.  (country, sponsor)."""
    shares = votes(t, index)
    result = np.zeros_like(shares)
    for h, rival in enumerate(t["sponsors"]["rival"]):
        mine = shares[:, [index["sponsors"][rival]]]
        result[:, h] = np.nan_to_num(standardised(mine, np.array(t["countries"].labels) != rival))[:, 0]
    return result


def democracy(countries: Table) -> Floats:
    """Democracy, -1 (autocracy) to 1: the polity score over ten; economies without one, mostly small states,
    count as the mean of the others, so that they move no vote by it; 0 where nobody has one.  (country,)."""
    score = countries["polity_score"] / 10.0
    known = score[~np.isnan(score)]
    return np.where(np.isnan(score), known.mean() if len(known) else 0.0, score)


def rivals(t: dict[str, Table]) -> Floats:
    """1 where the second sponsor is the rival of the first.  (sponsor, sponsor)."""
    result: Floats = (t["sponsors"]["rival"][:, None] == np.array(t["sponsors"].labels)).astype(float)
    return result


def sales_path(t: dict[str, Table], index: Index, years: Integers) -> Floats:
    """Each sponsor's share of a domain's sales in the baseline, held outside the years of the table; NaN for
    sponsors without a row.  (year, domain, sponsor)."""
    table = t["sales_path"]
    path = np.full((len(years), len(index["domains"]), len(index["sponsors"])), np.nan)
    for domain, d in index["domains"].items():
        mine = table["domain"] == domain
        there = [h for label, h in index["sponsors"].items() if label in table["sponsor"][mine]]
        path[:, d, there] = anchored(years, table, index["sponsors"], "sponsor", "share", rows=mine)[:, there]
    return path


def concern(t: dict[str, Table], index: Index, affinity: Floats, home: Bools, years: Integers) -> Floats:
    """Concern about each sponsor, 0 to 1.  (year, country, sponsor).

    Disputes and rivalry as listed; besides, at least what the table of sponsors says of treaty allies of the
    USA, members of NATO and their partners in the EU, by year where these are on record, and of members of
    the Five Eyes, and 0.25 times the distance in votes (assumed).
    """
    table, countries = t["disputes"], t["countries"]
    result = np.repeat(0.25 * np.maximum(0.0, -affinity)[None], len(years), axis=0)
    treaty = countries["us_treaty_ally"] & ~countries["nato_member"]
    allied = treaty | _in_club(t, index, years, "NATO") | _in_club(t, index, years, "EU")
    for column, club in (("concern_of_allies", allied), ("concern_of_five_eyes", countries["five_eyes"])):
        result = np.maximum(result, club[..., None] * np.nan_to_num(t["sponsors"][column]))
    for i, h, value in zip(table["iso3"], table["sponsor"], table["concern"], strict=True):
        cell = slice(None), index["countries"][i], index["sponsors"][h]
        result[cell] = np.maximum(result[cell], value)
    return np.where(home, 0.0, result)


def _in_club(t: dict[str, Table], index: Index, years: Integers, club: str) -> Bools:
    """Members of a club by year, or those of 2020 in all years.  (year or 1, country)."""
    found = members(t, index, years, club)
    return t["countries"][f"{club.lower()}_member"][None] if found is None else found


def rule_distance(sponsors: Table) -> Floats:
    """How far apart the data rules of two jurisdictions are, 0 to 1.  (sponsor + 1, sponsor).

    The mean of how far apart they are in individual rights and in state control.  Rules of vendors without
    a sponsor are not recorded; they count as the mean of all sponsors (assumed).
    """
    place = np.stack([sponsors["individual_rights"], sponsors["state_control"]]).astype(float)
    distance = np.abs(place[:, :, None] - place[:, None, :]).mean(axis=0)
    return np.concatenate([distance, distance.mean(axis=0, keepdims=True)])


def allies(t: dict[str, Table], index: Index, years: Integers) -> Floats:
    """Who is whose ally: common membership in NATO, the Five Eyes or the EU in the last year, or a treaty
    with the USA; each ally counts alike.  (country, country), rows sum to 1 or 0."""
    countries = t["countries"]
    usa = np.array(countries.labels) == "USA"
    pact = countries["us_treaty_ally"]
    together = np.outer(pact, usa) | np.outer(usa, pact)
    now = [_in_club(t, index, years[-1:], club)[0] for club in ("NATO", "EU")]
    for club in (*now, countries["five_eyes"]):
        together |= np.outer(club, club)
    np.fill_diagonal(together, False)
    return together / np.maximum(together.sum(axis=1, keepdims=True), 1)
