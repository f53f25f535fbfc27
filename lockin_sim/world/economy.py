"""Incomes, markets and what was built at the start: numbers that go with the size of an economy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from lockin_sim.conventions import Floats, Integers
from lockin_sim.world.layout import Index
from lockin_sim.world.tables import Table

#: Income per head, USD, at which coverage and the outside option are stated.
REFERENCE_INCOME = 10_000.0

#: GDP, USD bn, at which coverage is stated.
REFERENCE_GDP = 100.0


#: Least pace of first building, over the median of economies on record.
LEAST_PACE = 0.05


class Economy(NamedTuple):
    """Macro series."""

    gdp: Floats  # (year, country), USD bn
    log_income: Floats  # (year, country), log of income per head over the reference
    population: Floats  # (year, country), millions


def economy(t: dict[str, Table], index: Index, years: Integers) -> Economy:
    """GDP, income and people by year.

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
    return Economy(gdp, np.log(income / REFERENCE_INCOME), population)


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


def market_size(t: dict[str, Table], index: Index, economy: Economy, years: Integers) -> Floats:
    """Yearly spending at full coverage, USD bn.  (year, domain, country).

    Spending follows GDP, times income to an exponent of the domain, times the recorded or assumed weight
    of the economy; its level makes the world total of the stated year that of the table.  In other years the
    total moves with the weights of all economies to the power of the domain's market growth.
    """
    domains = t["domains"]
    exponent = domains["market_size_income_exponent"][:, None]
    weight = economy.gdp[:, None] * np.exp(economy.log_income[:, None] * exponent)
    weight = weight * _factors(t["market_weights"], index, years)
    total = weight.sum(axis=-1)
    step = domains["market_size_year"].astype(int) - years[0]
    reference = total[step, np.arange(len(step))]
    growth = np.where(np.isnan(domains["market_growth"]), 1.0, domains["market_growth"])
    level = (domains["market_size"] / reference) * (reference / total) ** (1.0 - growth)
    result: Floats = weight * level[..., None]
    return result


def _factors(table: Table, index: Index, years: Integers) -> Floats:
    """Weights of economies beside GDP and income, 1 where none is listed.  (year, domain, country)."""
    factor = np.ones((len(years), len(index["domains"]), len(index["countries"])))
    pairs = zip(table["domain"].tolist(), table["iso3"].tolist(), strict=True)
    for domain, country in dict.fromkeys(pairs):
        mine = (table["domain"] == domain) & (table["iso3"] == country)
        path = np.interp(years, table["year"][mine], table["factor"][mine])
        factor[:, index["domains"][domain], index["countries"][country]] = path
    return factor


def coverage(t: dict[str, Table], index: Index, economy: Economy) -> Floats:
    """Share of capacity deployed in the first year: a logistic curve in log income and, where size
    matters, log GDP, and no more than a later one on record.  (domain, country)."""
    domains, later = t["domains"], t["coverage"]
    level = logit(domains["initial_coverage"].astype(float))
    slope, by_size = domains["coverage_income_slope"], domains["coverage_size_slope"]
    size = np.log(economy.gdp[0] / REFERENCE_GDP)
    result: Floats = expit(level[:, None] + slope[:, None] * economy.log_income[0] + by_size[:, None] * size)
    np.minimum.at(result, _cells(later, index), later["share"])
    return result


def building_pace(t: dict[str, Table], index: Index, built: Floats, first: int) -> Floats:
    """How fast first building goes, over the median of economies on record; 1 for others.  (domain, country).

    The yearly chance that takes an economy from what is built in the first year to its share on record, of
    which the last hundredth is left out, and at least LEAST_PACE of the median.
    """
    table, pace = t["coverage"], np.ones_like(built)
    cells = _cells(table, index)
    left = (1.0 - np.minimum(table["share"], 0.99)) / (1.0 - built[cells])
    chance = 1.0 - left ** (1.0 / np.maximum(table["year"] - first, 1))
    for d in np.unique(cells[0]):
        mine = cells[0] == d
        pace[d, cells[1][mine]] = np.maximum(chance[mine] / np.median(chance[mine]), LEAST_PACE)
    return pace


def _cells(table: Table, index: Index) -> tuple[Integers, Integers]:
    """Domain and country of each row.  (row,) each."""
    return (
        np.array([index["domains"][d] for d in table["domain"]], dtype=int),
        np.array([index["countries"][c] for c in table["iso3"]], dtype=int),
    )
