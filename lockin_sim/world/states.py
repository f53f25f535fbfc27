"""Compute attributes of states that no table has, and groups of countries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.world.table_arrays import Tables, cache_rule

#: From this year on affinity is that of the later votes.
_LATE = 2015

#: Economies without votes that stand with treaty allies of the USA, and whose ally ``us_treaty_ally`` says.
ALIGNED, ALLIED = frozenset({"TWN", "XKX"}), "USA"

#: Income per head, USD, at which coverage and the outside option are stated.
REFERENCE_INCOME = 10_000.0

#: GDP, USD bn, at which coverage is stated.
REFERENCE_GDP = 100.0

#: Least pace of first building, over the median of economies on record.
LEAST_PACE = 0.05

#: Below this share of capacity deployed in the first year a market counts as greenfield.
GREENFIELD = 1 / 3

#: Rate of a state without risk, per year: about the yield of ten-year bonds of the USA from 2010 to 2023,
#: and half a point for the cost of borrowing (assumed).
BASE_RATE = 0.03


@cache_rule
def home(t: Tables) -> Bools:
    """Return the home states of each sponsor; ``EU`` stands for its member states.  (country, sponsor)."""
    codes, member = np.array(t["countries"].labels), t["countries"]["eu_member"]
    return np.stack(
        [np.isin(codes, list(h)) | (member if "EU" in h else False) for h in t["sponsors"]["home"]], axis=-1
    )


@cache_rule
def lawgivers(t: Tables) -> Bools:
    """Return whose rules are law in a state.  (year, country, sponsor).

    Those of its own sponsor, and those of the EU in its members and in the European Economic Area, by year
    where memberships are on record.
    """
    within = members(t, "EU", "EEA")
    law = np.repeat(home(t)[None], len(t.years), axis=0)
    if within is not None:
        union = np.array(["EU" in h for h in t["sponsors"]["home"]])
        law[..., union] = within[..., None]
    return law


def treaty(t: Tables) -> Floats:
    """Compute how far blocs bind a state to each family, 0 to 1: the maximum over blocs.

    (year, country, standard).
    """
    table = t["blocs"]
    bound = np.zeros((len(t.years), t.size("countries"), t.size("standards")))
    for row, (family, name) in enumerate(
        zip(t.at("blocs", "standard"), table["scope"].tolist(), strict=True)
    ):
        binds = np.outer(t.years >= table["from"][row], scope(t, name)) * table["binding"][row]
        bound[..., family] = np.maximum(bound[..., family], binds)
    return bound


def members(t: Tables, *clubs: str) -> Bools | None:
    """Return the members of any of some clubs, by year; None where no membership is on record.

    (year, country).
    """
    rows = np.flatnonzero(np.isin(t["memberships"]["club"], clubs))
    inside = np.zeros((len(t.years), t.size("countries")), dtype=bool)
    country, lasting = t.at("memberships", "iso3"), t.lasting("memberships")
    for row in rows:
        inside[lasting[row], country[row]] = True
    return inside if len(rows) else None


def _in_club(t: Tables, club: str) -> Bools:
    """Return the members of a club by year, or those of 2020 in all years.  (year or 1, country)."""
    by_year = members(t, club)
    return t["countries"][f"{club.lower()}_member"][None] if by_year is None else by_year


def votes(t: Tables, period: str = "") -> Floats:
    """Compute the share of UN votes cast as each sponsor did; NaN without votes.  (country, sponsor).

    The table of sponsors names whose votes are theirs, the mean of several; NaN if it names nobody.

    period  "", or "_early" or "_late", for votes of these years where the table has them
    """
    table, shares = t["affinity"], np.full((t.size("countries"), t.size("sponsors")), np.nan)
    for h, voters in enumerate(t["sponsors"]["votes_of"]):
        for voter in filter(None, voters):
            if voter not in table:
                where = f"sponsors.csv ({t['sponsors'].labels[h]}), column votes_of"
                raise unknown_name(where, found=voter, known=[name for name in table if name != "iso3"])
        columns = [table[voter + period if voter + period in table else voter] for voter in voters if voter]
        if columns:
            shares[t.at("affinity", "iso3"), h] = sum(columns) / len(columns)
    return shares


def standardised(shares: Floats, among: Bools | None = None) -> Floats:
    """Convert to standard deviations over (some) countries; NaN where unknown.  (country, sponsor)."""
    result = np.full_like(shares, np.nan)
    counted = shares if among is None else shares[among]
    known = ~np.isnan(counted).all(axis=0)
    part = np.ascontiguousarray(counted[:, known])
    result[:, known] = (shares[:, known] - np.nanmean(part, axis=0)) / np.nanstd(part, axis=0)
    return result


@cache_rule
def affinity(t: Tables) -> Floats:
    """Compute affinity with each sponsor, -1 to 1.  (year, country, sponsor).

    Agreement in UN votes, standardised over countries, halved and clipped.  Where early and late votes are
    distinguished, the former hold until 2014.  A sponsor's own states: 1.  Economies without votes: Taiwan
    and Kosovo take the mean of US treaty allies; Palestine, the Holy See and, except for China, of which they
    are part, Hong Kong and Macao have 0, about the mean of the world.
    """
    country, ally, periods = t.index["countries"], t["countries"]["us_treaty_ally"], []
    for shares in (votes(t, "_early"), votes(t, "_late")):
        full = np.nan_to_num(np.clip(standardised(shares) / 2, -1, 1))
        for code in country.keys() & ALIGNED:
            full[country[code]] = full[ally & ~np.isnan(shares).all(axis=1)].mean(axis=0)
        periods.append(np.where(home(t), 1.0, full))
    return np.where((t.years < _LATE)[:, None, None], *periods)


def _borrowers(t: Tables, sponsors: list[str]) -> set[str]:
    """Return the economies with a recorded loan by a lender of some sponsors."""
    lenders, loans = t["lenders"], t["loans"]
    whose = dict(zip(lenders.labels, lenders["sponsor"].tolist(), strict=True))
    signed = (~np.isnan(loans["year"])).tolist()
    rows = zip(signed, loans["iso3"].tolist(), loans["lender"].tolist(), strict=True)
    return {iso3 for known, iso3, lender in rows if known and whose[lender] in sponsors}


def rival_votes(t: Tables) -> Floats:
    """Compute agreement with each sponsor's rival in UN votes, in standard deviations.  (country, sponsor).

    The rival's own states are excluded from mean and deviation; economies without votes have 0.
    """
    shares = votes(t)
    result = np.zeros_like(shares)
    for h, rival in enumerate(t["sponsors"]["rival"]):
        agreement = shares[:, [t.index["sponsors"][rival]]]
        own = home(t)[:, t.index["sponsors"][rival]] & ~np.isnan(agreement[:, 0])
        result[:, h] = np.nan_to_num(standardised(agreement, ~own))[:, 0]
    return result


def democracy(t: Tables) -> Floats:
    """Return democracy, -1 (autocracy) to 1: the polity score over ten.  (country,).

    Economies without a score, mostly small states, take the mean of the others, so that it moves no vote of
    theirs; 0 where nobody has one.
    """
    score = t["countries"]["polity_score"] / 10.0
    known = score[~np.isnan(score)]
    return np.where(np.isnan(score), known.mean() if len(known) else 0.0, score)


def rivals(t: Tables) -> Floats:
    """Return 1 where the second sponsor is the rival of the first.  (sponsor, sponsor)."""
    result: Floats = (t["sponsors"]["rival"][:, None] == np.array(t["sponsors"].labels)).astype(float)
    return result


def concern(t: Tables) -> Floats:
    """Compute concern about each sponsor, 0 to 1.  (year, country, sponsor).

    Disputes and rivalry as listed; besides, at least what the table of sponsors states for treaty allies of
    the USA, members of NATO and their partners in the EU, by year where these are on record, and for members
    of the Five Eyes, and 0.25 times the distance in votes (assumed).
    """
    countries = t["countries"]
    result = np.repeat(0.25 * np.maximum(0.0, -affinity(t)[-1])[None], len(t.years), axis=0)
    treaty = countries["us_treaty_ally"] & ~countries["nato_member"]
    allied = treaty | _in_club(t, "NATO") | _in_club(t, "EU")
    for column, club in (("concern_of_allies", allied), ("concern_of_five_eyes", countries["five_eyes"])):
        result = np.maximum(result, club[..., None] * np.nan_to_num(t["sponsors"][column]))
    result = np.maximum(result, t.matrix("disputes", "iso3", "sponsor", value="concern"))
    return np.where(home(t), 0.0, result)


def rule_distance(t: Tables) -> Floats:
    """Compute how far apart the data rules of two jurisdictions are, 0 to 1.  (sponsor + 1, sponsor).

    The mean distance in individual rights and in state control.  Rules of vendors without a sponsor are not
    recorded; they count as the mean of all sponsors (assumed).
    """
    place = np.stack([t["sponsors"][column] for column in ("individual_rights", "state_control")])
    distance = np.abs(place[:, :, None] - place[:, None, :]).mean(axis=0)
    return np.concatenate([distance, distance.mean(axis=0, keepdims=True)])


def allies(t: Tables) -> Floats:
    """Compute the weight of each ally.  (country, country), rows sum to 1 or 0.

    Allies share membership in NATO, the Five Eyes or the EU in the last year, or a treaty with the USA; each
    counts equally.
    """
    countries = t["countries"]
    usa, pact = np.array(countries.labels) == ALLIED, countries["us_treaty_ally"]
    together = np.outer(pact, usa) | np.outer(usa, pact)
    for club in (_in_club(t, "NATO")[-1], _in_club(t, "EU")[-1], countries["five_eyes"]):
        together |= np.outer(club, club)
    np.fill_diagonal(together, False)
    return together / np.maximum(together.sum(axis=1, keepdims=True), 1)


class Economy(NamedTuple):
    """Macroeconomic series of all countries."""

    gdp: Floats  # (year, country), USD bn
    log_income: Floats  # (year, country), log of income per head over the reference
    population: Floats  # (year, country), millions


@cache_rule
def economy(t: Tables) -> Economy:
    """Compute GDP, income and population by year.

    A missing year takes the nearest known one of the country; an economy without any GDP takes the
    median income per head of the least developed countries times its population.
    """
    table, shape = t["economy"], (len(t.years), t.size("countries"))
    country, step = t.at("economy", "iso3"), table["year"] - t.span.first
    inside = (step >= 0) & (step < len(t.years))
    series = np.full((2, *shape), np.nan)
    for values, column in zip(series, ("gdp", "population"), strict=True):
        values[step[inside], country[inside]] = table[column][inside]
    gdp, population = map(_nearest, series)
    income = gdp * 1e3 / population
    poor = np.nanmedian(income[:, t["countries"]["least_developed"]], axis=1, keepdims=True)
    income = np.where(np.isnan(income), poor, income)
    gdp = np.where(np.isnan(gdp), income * population / 1e3, gdp)
    return Economy(gdp, np.log(income / REFERENCE_INCOME), population)


def _nearest(series: Floats) -> Floats:
    """Fill missing years with the nearest known year of the column."""
    filled, years = series.copy(), np.arange(len(series))
    for column in range(series.shape[1]):
        known = np.flatnonzero(~np.isnan(series[:, column]))
        if len(known):
            closest = known[np.abs(years[:, None] - known).argmin(axis=1)]
            filled[:, column] = series[closest, column]
    return filled


def market_size(t: Tables) -> Floats:
    """Compute yearly spending at full coverage, USD bn.  (year, domain, country).

    Spending follows GDP, times income to an exponent of the domain, times the recorded or assumed weight
    of the economy; its level makes the world total of the stated year that of the table.  In other years the
    total moves with the weights of all economies to the power of the domain's market growth.
    """
    domains, exponent = t["domains"], t["domains"]["market_size_income_exponent"][:, None]
    weight = economy(t).gdp[:, None] * np.exp(economy(t).log_income[:, None] * exponent)
    table, domain = t["market_weights"], t.at("market_weights", "domain")
    country = t.at("market_weights", "iso3")
    for d, i in set(zip(domain.tolist(), country.tolist(), strict=True)):
        rows = (domain == d) & (country == i)
        weight[:, d, i] *= np.interp(t.years, table["year"][rows], table["factor"][rows])
    total = weight.sum(axis=-1)
    step = domains["market_size_year"].astype(int) - t.span.first
    reference = total[step, np.arange(len(step))]
    growth = np.where(np.isnan(domains["market_growth"]), 1.0, domains["market_growth"])
    level = (domains["market_size"] / reference) * (reference / total) ** (1.0 - growth)
    result: Floats = weight * level[..., None]
    return result


@cache_rule
def coverage(t: Tables) -> Floats:
    """Compute the share of capacity deployed in the first year.  (domain, country).

    A logistic curve in log income and, where size matters, log GDP, and at most a later one on record.
    """
    domains, size = t["domains"], np.log(economy(t).gdp[0] / REFERENCE_GDP)
    level = logit(domains["initial_coverage"].astype(float))[:, None]
    slope, by_size = (domains[f"coverage_{of}_slope"][:, None] for of in ("income", "size"))
    result: Floats = expit(level + slope * economy(t).log_income[0] + by_size * size)
    np.minimum.at(result, (t.at("coverage", "domain"), t.at("coverage", "iso3")), t["coverage"]["share"])
    return result


def building_pace(t: Tables) -> Floats:
    """Compute the pace of first building over the recorded median; 1 for others.  (domain, country).

    The yearly chance that takes an economy from its deployment in the first year to its share on record, of
    which the last hundredth is left out, and at least LEAST_PACE of the median.
    """
    table, pace = t["coverage"], np.ones_like(coverage(t))
    domain, country = t.at("coverage", "domain"), t.at("coverage", "iso3")
    left = (1.0 - np.minimum(table["share"], 0.99)) / (1.0 - coverage(t)[domain, country])
    chance = 1.0 - left ** (1.0 / np.maximum(table["year"] - t.span.first, 1))
    for d in np.unique(domain):
        rows = domain == d
        pace[d, country[rows]] = np.maximum(chance[rows] / np.median(chance[rows]), LEAST_PACE)
    return pace


def borrowing_rate(t: Tables) -> Floats:
    """Compute the rate at which a country borrows by itself, per year.  (country,).

    A base rate and the spread for its risk of default, where it is rated; else by income: 6 % at the
    reference income, 2.5 points more for each halving twice over, from 2.5 to 14 % (assumed).
    """
    by_income = np.clip(0.06 - 0.018 * economy(t).log_income[0], 0.025, 0.14)
    spread = t["countries"]["default_spread"]
    return np.where(np.isnan(spread), by_income, BASE_RATE + spread)


@cache_rule
def groups(t: Tables) -> dict[str, Bools]:
    """Return the groups of markets for which results are shown.  (domain, country) each."""
    table, built, result = t["groups"], coverage(t) >= GREENFIELD, {}
    for row, (name, column, values) in enumerate(table.rows("column", "values")):
        inside = _economies(t, row)
        if column == "coverage":
            result[name] = inside & (built if values == ("above",) else ~built)
        else:
            result[name] = np.broadcast_to(inside, built.shape).copy()
    return result


def scope(t: Tables, name: str) -> Bools:
    """Return the countries of a scope: all, none, an economy, a market region or a group.  (country,)."""
    countries, groups = t["countries"], t["groups"]
    if name in ("world", "nowhere"):
        return np.full(len(countries.labels), name == "world")
    for labels in (np.array(countries.labels), countries["market_region"]):
        if name in labels:
            result: Bools = labels == name
            return result
    if name not in groups.labels:
        raise unknown_name("scope", found=name, known=groups.labels)
    row = groups.labels.index(name)
    if groups["column"][row] == "coverage":
        raise unusable(f"scope {name}", words="a group of markets", allowed="a group of countries")
    return _economies(t, row)


def _economies(t: Tables, row: int) -> Bools:
    """Return the countries of a group: with a value of its column, or all, without those it excludes.

    (country,).
    """
    groups, countries = t["groups"], t["countries"]
    column, values = str(groups["column"][row]), list(groups["values"][row])
    inside: Bools = ~np.isin(countries.labels, list(groups["excluding"][row]))
    if column in ("", "coverage"):
        return inside
    if column == "loans":
        return inside & np.isin(countries.labels, list(_borrowers(t, values)))
    if column not in countries:
        raise unknown_name(f"column of group {groups.labels[row]}", found=column, known=countries)
    cells = countries[column]
    words = cells.dtype.kind == "U"
    if values == ["any"]:
        return inside & (cells != "" if words else ~np.isnan(cells))
    return inside & (
        np.isin(cells, values) if words else np.isin(cells.astype(float), np.array(values, float))
    )
