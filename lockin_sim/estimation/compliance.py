"""Compliance of rivals: how fast they took up standards of Chinese origin, and whether also abroad."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import chdtri

from lockin_sim.conventions import Bools, Floats
from lockin_sim.estimation.estimate import Estimate, share
from lockin_sim.statistics import CONFIDENCE
from lockin_sim.world import records
from lockin_sim.world.schema import Table

_TABLE = "compliance_cases"
_SPEED = (
    "those that never complied: a case is recorded because somebody did, so that the rate is one of firms "
    "that come round; whether sales, orders of a state or status moved them"
)
_TRAVEL = "how far abroad, and how much a home market that demands a standard has to do with it"

#: Whoever is named here complied without competing: the table says so in words.
_NO_RIVALS = "not rivals"


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """Yearly rate of compliance, and the share of families that rivals also spoke outside China."""
    table = records(_TABLE, folder)
    family, years = waits(table)
    abroad = np.array([travelled(table)[name] for name in family], dtype=bool)
    later = years > 0
    middle = float(np.median(years))
    rows = [
        _rate("rivals' compliance", "estimate", family, years),
        _rate("rivals' compliance, those at once left out", "check", family[later], years[later]),
        _rate("rivals' compliance, families that went abroad", "check", family[abroad], years[abroad]),
        Estimate(
            quantity="rate of rivals' compliance: median wait", parameter="compliance_rate", role="check",
            value=1 - 0.5 ** (1 / middle), n=len(years), clusters=len(np.unique(family)),
            method=f"half of the cases within {middle:g} years", tables=_TABLE, silent_on=_SPEED,
        ),
    ]  # fmt: skip
    went = list(travelled(table).values())
    value, low, high = share(sum(went), len(went))
    return [*rows, Estimate(
        quantity="share of families that rivals took up abroad too", parameter="compliance_travel",
        value=value, low=low, high=high, n=len(went), clusters=len(went),
        method="share of families, exact interval", tables=_TABLE, silent_on=_TRAVEL,
    )]  # fmt: skip


def waits(table: Table) -> tuple[np.ndarray, Floats]:
    """Family, and years from its start until rivals took it up, the middle of the record.  (case,) each."""
    years = np.where(
        np.isfinite(table["years_after_first"]),
        (table["years_after_first"] + table["years_after_last"]) / 2,
        table["years_after_last"],
    )
    cases = _of_rivals(table) & np.isfinite(years)
    return table["family"][cases], years[cases]


def travelled(table: Table) -> dict[str, bool]:
    """Whether rivals took up each family outside China too; families that none took up are left out."""
    taken = _of_rivals(table) & np.isfinite(table["years_after_last"])
    return {
        str(name): bool((table["beyond_china"][taken & (table["family"] == name)] == 1).any())
        for name in np.unique(table["family"][taken])
    }


def rate(family: np.ndarray, years: Floats) -> tuple[float, float, float]:
    r"""Share of the way gone in a year, :math:`1 - e^{-\lambda}`, and the ends of its interval.

    Waits of families are taken as exponential, one for each family: the mean of its cases, as those of one
    family are not independent.  Then :math:`2\lambda T` is chi-squared for the sum of waits T.
    Source: Epstein and Sobel (1953).
    """
    names = np.unique(family)
    total = sum(years[family == name].mean() for name in names)
    tail, free = (1 - CONFIDENCE) / 2, 2 * len(names)
    hazards = np.array([len(names), chdtri(free, 1 - tail) / 2, chdtri(free, tail) / 2]) / total
    value, low, high = -np.expm1(-hazards)
    return float(value), float(low), float(high)


def _rate(words: str, role: str, family: np.ndarray, years: Floats) -> Estimate:
    """A rate a year as an estimate."""
    value, low, high = rate(family, years)
    return Estimate(
        quantity=f"rate of {words}", parameter="compliance_rate", role=role, value=value, low=low, high=high,
        n=len(years), clusters=len(np.unique(family)),
        method="exponential waits, one a family, exact interval",
        tables=_TABLE, silent_on=_SPEED,
    )  # fmt: skip


def _of_rivals(table: Table) -> Bools:
    """Cases of firms that compete with the owners of the standard."""
    return np.array([bool(rivals) and _NO_RIVALS not in rivals for rivals in table["rivals"]])
