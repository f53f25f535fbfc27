"""When each economy moves to a new generation of a technology, and over how many years."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import NEVER, Floats, Integers
from lockin_sim.rules.contracts import ROLL_OUT_YEARS
from lockin_sim.world.economy import REFERENCE_INCOME
from lockin_sim.world.layout import Index
from lockin_sim.world.tables import Table

#: A launch in this month or later counts from the next year: hardly anything is built before (assumed).
LATE_MONTH = 10

#: Income per head, USD, from which an economy follows at once, and below which it follows last (assumed).
FIRST_INCOME, LAST_INCOME = 40_000.0, 1_000.0

#: Years by which the poorest economies follow where nothing is on record (assumed).
LONGEST_DELAY = 5

#: The same after a year up to which there was no launch (assumed).
LONGEST_WAIT = 3

#: Most years by which an economy follows with a generation to come, however late it was so far (assumed).
LATEST = 6


def generations(t: dict[str, Table], index: Index, log_income: Floats) -> dict[str, Any]:
    """Launch, roll-out and what is left of the switching cost, by generation.

    log_income  of the first year, over the reference, (country,)

    Returns the fields of the world: ``launch_year`` and ``roll_out_years`` (domain, country, generation),
    ``generation_carry_over`` (domain, generation).  A domain with fewer generations than another has NEVER
    for a launch.
    """
    table, shape = t["generations"], (len(index["domains"]), len(index["countries"]))
    listed: list[list[tuple[int, str, float]]] = [[] for _ in range(shape[0])]
    rows = zip(
        *(table[name].tolist() for name in ("domain", "year", "generation", "carry_over")), strict=True
    )
    for domain, year, generation, left in rows:
        listed[index["domains"][domain]].append((year, generation, left))
    most = max(1, *map(len, listed))
    launch, roll_out = np.full((*shape, most), NEVER), np.full((*shape, most), ROLL_OUT_YEARS)
    carry_over = np.ones((shape[0], most))
    for domain, d in index["domains"].items():
        names = [generation for _, generation, _ in sorted(listed[d])]
        arrival = np.array([year for year, _, _ in sorted(listed[d])], dtype=int)
        launch[d, :, : len(names)] = _launches(t["launches"], index, domain, names, arrival, log_income)
        _spread(roll_out[d], t, index, domain, names)
        carry_over[d, : len(names)] = [left for _, _, left in sorted(listed[d])]
    return {"launch_year": launch, "roll_out_years": roll_out, "generation_carry_over": carry_over}


def launch_delay(log_income: Floats, longest: int = LONGEST_DELAY) -> Integers:
    """Years by which an economy follows where nothing is on record.  (country,).

    None from an income of 40 000 USD per head, the longest at 1 000 and below, and in between in step with
    the logarithm of income (assumed).
    """
    rich, poor = np.log(FIRST_INCOME / REFERENCE_INCOME), np.log(LAST_INCOME / REFERENCE_INCOME)
    delay: Integers = np.round(longest * np.clip((rich - log_income) / (rich - poor), 0.0, 1.0)).astype(int)
    return delay


def _launches(
    table: Table, index: Index, domain: str, names: list[str], arrival: Integers, log_income: Floats
) -> Integers:
    """Year from which the lots of each economy are due for the generations of a domain.

    As recorded, not before the generation arrives in the world; by income after a year up to which there was
    none; a generation to come follows as late as those on record did on average; by income where nothing is
    recorded.  (country, generation).
    """
    recorded = np.full((len(log_income), len(names)), np.nan)
    waits = launch_delay(log_income, LONGEST_WAIT)
    for row in np.flatnonzero((table["domain"] == domain) & np.isin(table["generation"], names)):
        country, g = index["countries"][table["iso3"][row]], names.index(table["generation"][row])
        year, month, none_until = (table[name][row] for name in ("year", "month", "none_until"))
        late = month >= LATE_MONTH
        recorded[country, g] = none_until + 1 + waits[country] if np.isnan(year) else year + late
    behind = np.where(np.isnan(recorded), np.nan, np.maximum(recorded - arrival, 0))
    known = ~np.isnan(behind)
    usual = np.where(known, behind, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    usual = np.where(known.any(axis=1), np.minimum(np.round(usual), LATEST), launch_delay(log_income))
    launch: Integers = (arrival + np.where(known, behind, usual[:, None])).astype(int)
    return launch


def _spread(years: Integers, t: dict[str, Table], index: Index, domain: str, names: list[str]) -> None:
    """Enter the years of a roll-out, (country, generation): rows of income groups first, then of economies,
    and of each kind those of all generations first."""
    table, group = t["roll_outs"], t["countries"]["income_group"]
    mine = np.flatnonzero(table["domain"] == domain)
    specific = [(table["scope"][row] in index["countries"], table["generation"][row] != "") for row in mine]
    for row in mine[sorted(range(len(mine)), key=specific.__getitem__)]:
        scope, generation = table["scope"][row], table["generation"][row]
        where = [index["countries"][scope]] if scope in index["countries"] else np.flatnonzero(group == scope)
        columns = (
            range(len(names)) if not generation else [g for g, name in enumerate(names) if name == generation]
        )
        years[np.ix_(where, list(columns))] = table["years"][row]
