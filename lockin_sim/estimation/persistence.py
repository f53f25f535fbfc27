"""Persistence: what of staying with a supplier is the incumbent's advantage, and what lasting taste."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.estimation import incumbency
from lockin_sim.estimation.estimate import Estimate, around
from lockin_sim.estimation.incumbency import RESTRICTION, SPREAD, STAYING, Choices, choices, fitted
from lockin_sim.statistics import CONFIDENCE
from lockin_sim.world.schema import read_table
from lockin_sim.world.suppliers import Spell, spells

_TABLES = "suppliers, supplier_economies, market_barriers"
_LOGIT = "mixed conditional logit of main suppliers, tastes by quadrature, interval by curvature"
_SPLIT = "part of retention above chance, mean of both orders of adding the two; interval by 400 draws"
_TEST = "twice what it loses of the log likelihood"
_STAYING = (
    "why: cost of leaving, contracts, or habit; who chose before 3G; press over-reports swaps, which lowers "
    "it, memory fills in continuity, which raises it"
)
_TASTE = (
    "tastes that change; whether they are an operator's, a group's or an economy's; prices that only some "
    "were offered"
)
_RESTRICTION = "which restriction: hardly anybody was kept by a formal one, so that its size has no upper end"
_PART = f"{_STAYING}; at other prices and qualities the part is another"

#: Draws of the parameters by which the interval of a part is made, and their seed.
_DRAWS, _SEED = 400, 1


class Set(NamedTuple):
    """Networks that are looked at together: in words, blank for the least biased set; what for; which."""

    words: str
    role: str
    networks: Sequence[Spell]


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """The logit over the least biased economies, over all rows, and over those that were read."""
    every, barred = spells(folder), barred_in(folder)
    complete = [s for s in every if s.complete]
    sets = [
        Set("", "estimate", complete),
        Set(": all rows", "check", every),
        Set(": rows that were read", "check", spells(folder, recalled=False)),
    ]
    return [row for one in sets for row in _rows(one, barred)]


def barred_in(folder: str | Path | None = None) -> frozenset[str]:
    """Economies whose networks Chinese vendors never could supply."""
    table = read_table("market_barriers", folder)
    mine = (table["domain"] == "mobile_network") & (table["sponsor"] == "CHN")
    return frozenset(table["iso3"][mine].tolist())


def part_of_staying(values: Floats, data: Choices) -> float:
    """Part of retention above chance that the incumbent's advantage makes, mean of both orders."""
    both, advantage, taste, neither = (
        incumbency.retention(values, data, staying=staying, tastes=tastes)
        for staying in (True, False) for tastes in (True, False)
    )  # fmt: skip
    return (both - taste + advantage - neither) / (2 * (both - neither))


def _rows(one: Set, barred: frozenset[str]) -> list[Estimate]:
    """All rows of one set."""
    data = choices(one.networks, barred)
    fit = fitted(data)
    values, spread = fit.values, incumbency.covariance(fit.values, data)
    operators = len(data.owner)

    def row(words: str, ends: tuple[float, float, float], method: str, silent_on: str, role: str) -> Estimate:
        """A number of this set."""
        value, low, high = ends
        return Estimate(
            quantity=f"{words}{one.words}", role=role, value=value, low=low, high=high, n=data.n,
            clusters=operators, method=method, tables=_TABLES, silent_on=silent_on,
        )  # fmt: skip

    def fitted_row(words: str, place: int, silent_on: str, least: float = -np.inf) -> Estimate:
        """A parameter of the logit."""
        value, low, high = around(values[place], float(np.sqrt(spread[place, place])), operators - 1)
        return row(words, (value, max(low, least), high), _LOGIT, silent_on, one.role)

    first = STAYING.start
    draws = np.random.default_rng(_SEED).multivariate_normal(values, spread, _DRAWS)
    draws[:, SPREAD] = np.maximum(draws[:, SPREAD], 0.0)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile([part_of_staying(drawn, data) for drawn in draws], (tail, 1 - tail))
    alone = {
        "lasting tastes alone": fitted(data, dict.fromkeys(range(first, STAYING.stop), 0.0), values),
        "the incumbent's advantage alone": fitted(data, {SPREAD: 0.0}, values),
        "tastes of economies, not of operators": fitted(choices(one.networks, barred, by_economy=True)),
    }
    part = part_of_staying(values, data), float(low), float(high)
    return [
        fitted_row("log odds of staying, 3G to 4G", first, _STAYING),
        fitted_row("log odds of staying, 4G to 5G", first + 1, _STAYING),
        fitted_row("spread of operators' lasting tastes", SPREAD, _TASTE, 0.0),
        fitted_row("log odds of a restricted vendor at 5G", RESTRICTION, _RESTRICTION),
        row("part of persistence by the incumbent's advantage", part, _SPLIT, _PART, one.role),
        *(
            row(f"loss by {words}", (2 * (other.loss - fit.loss), np.nan, np.nan), _TEST, "", "check")
            for words, other in alone.items()
        ),
    ]
