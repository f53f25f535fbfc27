"""Numbers that no table states: each computed from the tables by one documented rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world.tables import Table

#: Income per head, USD, at which coverage and the outside option are stated.
REFERENCE_INCOME = 10_000.0

#: The year of the initial state.
FIRST_YEAR = 2010

#: Below this share of capacity deployed in 2010 a market counts as greenfield.
GREENFIELD = 1 / 3


class Economy(NamedTuple):
    """Macro series."""

    gdp: Floats  # (year, country), USD bn
    log_income: Floats  # (year, country), log of income per head over the reference


def economy(t: dict[str, Table], index: dict[str, dict[str, int]], years: Integers) -> Economy:
    """GDP and income by year.

    A missing year takes the nearest known one of the country; an economy without any GDP takes the
    median income per head of the least developed countries times its population.
    """
    table = t["economy"]
    shape = (len(years), len(index["countries"]))
    gdp, population = np.full(shape, np.nan), np.full(shape, np.nan)
    row = np.array([index["countries"][i] for i in table["iso3"]])
    step = table["year"] - years[0]
    inside = (step >= 0) & (step < len(years))
    gdp[step[inside], row[inside]] = table["gdp"][inside]
    population[step[inside], row[inside]] = table["population"][inside]
    gdp, population = _nearest(gdp), _nearest(population)
    income = gdp * 1e3 / population
    poor = np.nanmedian(income[:, t["countries"]["least_developed"]], axis=1, keepdims=True)
    income = np.where(np.isnan(income), poor, income)
    gdp = np.where(np.isnan(gdp), income * population / 1e3, gdp)
    return Economy(gdp, np.log(income / REFERENCE_INCOME))


def _nearest(series: Floats) -> Floats:
    """Missing years filled with the nearest known year of the column."""
    filled = series.copy()
    years = np.arange(len(series))
    for column in range(series.shape[1]):
        known = np.flatnonzero(~np.isnan(series[:, column]))
        if len(known):
            closest = known[np.abs(years[:, None] - known).argmin(axis=1)]
            filled[:, column] = series[closest, column]
    return filled


def anchored(
    years: Integers,
    table: Table,
    labels: dict[str, int],
    label: str,
    value: str,
    *,
    rows: Bools | None = None,
    stepwise: bool = False,
) -> Floats:
    """Paths through the anchors of a table, held outside.  (year, label).

    Between two anchors a straight line, or stepwise the value of the earlier one.
    """
    path = np.zeros((len(years), len(labels)))
    for name, column in labels.items():
        mine = (table[label] == name) & (True if rows is None else rows)
        if mine.any():
            anchors, values = table["year"][mine], table[value][mine].astype(float)
            step = np.maximum(np.searchsorted(anchors, years, side="right") - 1, 0)
            path[:, column] = values[step] if stepwise else np.interp(years, anchors, values)
    return path


def market_size(domains: Table, economy: Economy, china: Bools) -> Floats:
    """Yearly spending at full coverage, USD bn.  (year, country, domain).

    Spending follows GDP, times income to an exponent of the domain, times the correction for China's
    own market; its level makes the world total of the stated year that of the table.
    """
    exponent = domains["market_size_income_exponent"]
    weight = economy.gdp[..., None] * np.exp(economy.log_income[..., None] * exponent)
    weight = weight * np.where(china[:, None], domains["china_market_correction"], 1.0)
    step = domains["market_size_year"].astype(int) - FIRST_YEAR
    total = weight.sum(axis=1)[step, np.arange(len(step))]
    return weight * domains["market_size"] / total


def lots(gdp: Floats, most: Integers) -> Floats:
    """Independent buyers of a country in a domain.  (country, domain).

    One up to 25 USD bn of GDP, one more with each doubling, at most the domain's number (assumed).
    """
    buyers = 1.0 + np.maximum(0.0, np.log2(gdp / 25.0))
    return np.clip(np.round(buyers)[:, None], 1.0, most.astype(float))


def borrowing_rate(log_income: Floats) -> Floats:
    """Rate at which a country borrows by itself, per year.  (country,).  Assumed: 6 % at the
    reference income, 2.5 points more for each halving twice over, from 2.5 to 14 %."""
    return np.clip(0.06 - 0.018 * log_income, 0.025, 0.14)


def coverage(log_income: Floats, domains: Table) -> Floats:
    """Share of capacity deployed in 2010: a logistic curve in log income.  (country, domain)."""
    level = logit(domains["coverage_2010"].astype(float))
    return expit(level + domains["coverage_income_slope"] * log_income[:, None])


def affinity(t: dict[str, Table], index: dict[str, dict[str, int]], home: Bools) -> Floats:
    """Affinity with each sponsor, -1 to 1, for 2010 to 2023.  (year, country, sponsor).

    Agreement in UN votes, standardised over countries, halved and clipped.  For the USA and China the
    votes of 2010-14 hold until 2014 and those of 2015-19 after; the EU is the mean of Germany and
    France.  A sponsor's own states: 1.  Economies without votes: Taiwan and Kosovo take the mean of
    US treaty allies; Palestine, the Holy See and, towards all but China, whose own they are, Hong Kong and
    Macao have 0, about the mean of the world.
    """
    table, countries = t["affinity"], t["countries"]
    rows = np.array([index["countries"][i] for i in table["iso3"]])
    eu = (table["deu"] + table["fra"]) / 2
    columns = {"JPN": table["jpn"], "KOR": table["kor"], "RUS": table["rus"], "IND": table["ind"], "EU": eu}
    result = np.zeros((14, len(countries.labels), len(index["sponsors"])))
    for period, years in (("early", slice(0, 5)), ("late", slice(5, None))):
        votes = columns | {"USA": table[f"usa_{period}"], "CHN": table[f"chn_{period}"]}
        for sponsor, h in index["sponsors"].items():
            known = votes[sponsor]
            scaled = np.clip((known - np.nanmean(known)) / np.nanstd(known) / 2, -1, 1)
            full = np.zeros(len(countries.labels))
            full[rows] = np.nan_to_num(scaled)
            allied = countries["us_treaty_ally"] & np.isin(np.arange(len(full)), rows)
            for code in ("TWN", "XKX"):
                if code in index["countries"]:
                    full[index["countries"][code]] = full[allied].mean()
            result[years, :, h] = np.where(home[:, h], 1.0, full)
    return result


def concern(t: dict[str, Table], index: dict[str, dict[str, int]], affinity: Floats, home: Bools) -> Floats:
    """Concern about each sponsor, 0 to 1.  (country, sponsor).

    Disputes and rivalry as listed; besides, treaty allies of the USA have 0.35 towards China and Russia,
    members of the Five Eyes 0.7, and allies of neither 0.25 times their distance in votes (assumed).
    """
    table, countries = t["disputes"], t["countries"]
    result = 0.25 * np.maximum(0.0, -affinity)
    for sponsor in ("CHN", "RUS"):
        h = index["sponsors"][sponsor]
        result[:, h] = np.maximum(
            result[:, h], 0.35 * (countries["us_treaty_ally"] | countries["nato_member"])
        )
        result[:, h] = np.maximum(result[:, h], 0.7 * countries["five_eyes"])
    for i, h, value in zip(table["iso3"], table["sponsor"], table["concern"], strict=True):
        cell = index["countries"][i], index["sponsors"][h]
        result[cell] = max(result[cell], value)
    return np.where(home, 0.0, result)


def rule_distance(sponsors: Table) -> Floats:
    """How far apart the data rules of two jurisdictions are, 0 to 1.  (sponsor + 1, sponsor).

    The mean of how far apart they are in individual rights and in state control.  Rules of vendors without
    a sponsor are not recorded; they count as the mean of all sponsors (assumed).
    """
    place = np.stack([sponsors["individual_rights"], sponsors["state_control"]]).astype(float)
    distance = np.abs(place[:, :, None] - place[:, None, :]).mean(axis=0)
    return np.concatenate([distance, distance.mean(axis=0, keepdims=True)])


def allies(t: dict[str, Table]) -> Floats:
    """Who is whose ally: common membership in NATO, the Five Eyes or the EU, or a treaty with the USA;
    each ally counts alike.  (country, country), rows sum to 1 or 0."""
    countries = t["countries"]
    usa = np.array(countries.labels) == "USA"
    pact = countries["us_treaty_ally"]
    together = np.outer(pact, usa) | np.outer(usa, pact)
    for club in ("nato_member", "five_eyes", "eu_member"):
        together |= np.outer(countries[club], countries[club])
    np.fill_diagonal(together, False)
    return together / np.maximum(together.sum(axis=1, keepdims=True), 1)


def groups(t: dict[str, Table], coverage: Floats) -> dict[str, Bools]:
    """Groups of markets that results are split by.  Each (country, domain).

    Greenfield markets had less than a third of their capacity deployed in 2010, in that domain.
    """
    countries, n = t["countries"], len(t["domains"].labels)
    codes = np.array(countries.labels)

    def every(mask: Bools) -> Bools:
        return np.repeat(np.asarray(mask)[:, None], n, axis=1)

    named = {
        "excluding_CHN": ~np.isin(codes, ["CHN"]),
        "CHN": codes == "CHN",
        "EU": countries["eu_member"],
        "BRI": countries["bri_year"] > 0,
        "ASEAN5": np.isin(codes, ["IDN", "MYS", "PHL", "SGP", "THA"]),
    }
    named |= {r: countries["region"] == r for r in ("Africa", "Americas", "Asia", "Europe", "Oceania")}
    named |= {
        f"income:{g}": countries["income_group"] == g for g in ("low", "lower_middle", "upper_middle", "high")
    }
    return {
        **{name: every(mask) for name, mask in named.items()},
        "greenfield": coverage < GREENFIELD,
        "built_2010": coverage >= GREENFIELD,
    }
