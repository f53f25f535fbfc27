"""Suppliers: how often operators stay with their main supplier from one generation to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from lockin_sim.estimation.estimate import Estimate, share
from lockin_sim.statistics import CONFIDENCE
from lockin_sim.world.schema import read_table
from lockin_sim.world.suppliers import GENERATIONS, RESTRICTED, Change, Spell, changes, spells

TABLE = "suppliers, supplier_economies"
#: First generation into which changes count: of earlier ones little is recorded.
SINCE = GENERATIONS.index("4G")
_METHOD = "share of operators that keep a main supplier, exact interval widened by doubt about rows"
_SILENT = (
    "operators that made no news; press over-reports swaps and memory fills in continuity, by about a tenth "
    "each way"
)
_PRESSED = "what was formal is a judgement; whoever foresaw a restriction left before it"
_FEW = "few operators; a swap within a generation is recorded where the press wrote of it"


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """Retention by generation, set, region and restriction, and what operators do over three generations."""
    known = spells(folder)
    every = [c for c in changes(known) if c.after.generation >= SINCE]
    read = [c for c in changes(spells(folder, recalled=False)) if c.after.generation >= SINCE]
    complete = [c for c in every if c.after.complete]
    region = dict(
        zip((table := read_table("countries", folder)).labels, table["region"].tolist(), strict=True)
    )
    regions = [
        row
        for name in sorted({region[c.after.iso3] for c in every})
        for row in _by_generation(f": all rows, {name}", [c for c in every if region[c.after.iso3] == name])
    ]
    return [
        *_by_generation("", complete, "fact"),
        *_by_generation(": all rows", every),
        *_by_generation(": rows that were read", read),
        _retention(": pairs with both ends read", [c for c in every if not c.recalled]),
        _retention(": pairs with a recalled end", [c for c in every if c.recalled]),
        *regions,
        *_restrictions(every),
        *_over_three(known),
    ]


def interval(some: Sequence[Change]) -> tuple[float, float, float]:
    """Part that stayed, and the ends of its interval."""
    value, low, high = share(sum(c.stayed for c in some), len(some))
    # what wrong rows add to the deviation of the mean
    wrong = float(ndtri(0.5 + CONFIDENCE / 2) * np.sqrt(sum(c.error * (1 - c.error) for c in some))) / len(
        some
    )
    return (
        value,
        max(value - np.hypot(value - low, wrong), 0.0),
        min(value + np.hypot(high - value, wrong), 1.0),
    )


def _by_generation(words: str, some: Sequence[Change], role: str = "check") -> list[Estimate]:
    """Retention into each generation, and without incumbents that were restricted where some were."""
    rows = []
    for generation in range(SINCE, len(GENERATIONS)):
        mine = [c for c in some if c.after.generation == generation]
        free = [c for c in mine if not c.hit]
        names = f"{GENERATIONS[generation - 1]} to {GENERATIONS[generation]}"
        if mine:
            rows.append(_retention(f", {names}{words}", mine, role))
        if len(free) < len(mine) and free:
            rows.append(_retention(f", {names}, without restricted incumbents{words}", free, role))
    return rows


def _retention(words: str, some: Sequence[Change], role: str = "check") -> Estimate:
    """A retention as a row."""
    return _row(f"main supplier stays{words}", interval(some), some, role, _SILENT)


def _restrictions(every: Iterable[Change]) -> list[Estimate]:
    """Retention of Chinese incumbents at 5G, by what the economy did about them."""
    last = [c for c in every if c.exposed and c.after.generation == len(GENERATIONS) - 1]
    parts = {
        "no restriction": [c for c in last if not c.after.restricted],
        "restricted in fact": [c for c in last if c.after.restricted and not c.after.formal],
        "restricted formally": [c for c in last if c.after.formal],
    }
    rows = []
    for words, mine in parts.items():
        stayed = sum(bool(c.before.last.vendors & c.after.first.vendors & RESTRICTED) for c in mine)
        quantity = f"Chinese main supplier stays, 4G to 5G: {words}"
        rows.append(_row(quantity, share(stayed, len(mine)), mine, "check", _PRESSED))
    return rows


def _over_three(known: Sequence[Spell]) -> list[Estimate]:
    """What operators do that left their supplier and meet another change of generation; swaps between."""
    by_network = {(c.after.iso3, c.after.operator, c.after.generation): c for c in changes(known)}
    left = [
        (first, second)
        for (iso3, operator, generation), first in by_network.items()
        if not first.stayed and (second := by_network.get((iso3, operator, generation + 1)))
    ]
    again = [(first, second) for first, second in left if not second.stayed]
    back = [bool(first.before.last.vendors & second.after.first.vendors) for first, second in again]
    swapped, n = sum(s.swaps > 0 for s in known), len(known)
    counts = {
        "after a change of supplier the new one stays": ([second.stayed for _, second in left], left),
        "who leaves the new one too goes back to the old": (back, again),
    }
    rows = [
        _row(words, share(sum(hits), len(hits)), [second for _, second in pairs], "check", _FEW)
        for words, (hits, pairs) in counts.items()
    ]
    value, low, high = share(swapped, n)
    return [*rows, Estimate(
        quantity="main supplier swapped within a generation", role="check", value=value, low=low, high=high,
        n=n, clusters=len({s.iso3 for s in known}), method="share of networks, exact interval",
        tables=TABLE, silent_on=_FEW,
    )]  # fmt: skip


def _row(
    quantity: str, ends: tuple[float, float, float], some: Sequence[Change], role: str, silent_on: str
) -> Estimate:
    """A share of changes as an estimate."""
    value, low, high = ends
    return Estimate(
        quantity=quantity, role=role, value=value, low=low, high=high, n=len(some),
        clusters=len({c.after.iso3 for c in some}),
        method=_METHOD if silent_on == _SILENT else "share of operators, exact interval",
        tables=TABLE, silent_on=silent_on,
    )  # fmt: skip
