"""Retention: how often operators stay with their main supplier from one generation to the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from lockin_sim.evidence.estimate import Ends, Estimate, row, share
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
    every, read = (
        [c for c in changes(some) if c.after.generation >= SINCE]
        for some in (known, spells(folder, recalled=False))
    )
    table = read_table("countries", folder)
    region = dict(zip(table.labels, table["region"].tolist(), strict=True))
    by_region = {
        f": all rows, {name}": [c for c in every if region[c.after.iso3] == name]
        for name in sorted({region[c.after.iso3] for c in every})
    }
    pairs = {
        ": pairs with both ends read": [c for c in every if not c.recalled],
        ": pairs with a recalled end": [c for c in every if c.recalled],
    }
    return [
        *_by_generation("", [c for c in every if c.after.complete], "fact"),
        *_by_generation(": all rows", every),
        *_by_generation(": rows that were read", read),
        *(_retention(words, some) for words, some in pairs.items()),
        *(one for words, some in by_region.items() for one in _by_generation(words, some)),
        *_restrictions(every),
        *_over_three(known),
    ]


def interval(some: Sequence[Change]) -> Ends:
    """Part that stayed, and the ends of its interval, with what wrong rows add to its deviation."""
    value, low, high = share(sum(c.stayed for c in some), len(some))
    deviation = np.sqrt(sum(c.error * (1 - c.error) for c in some))
    wrong = float(ndtri(0.5 + CONFIDENCE / 2) * deviation) / len(some)
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
    quantity = f"main supplier stays{words}"
    return _row(quantity, interval(some), some, role=role, method=_METHOD, silent_on=_SILENT)


def _row(quantity: str, ends: Ends, some: Sequence[Change], **about: str) -> Estimate:
    """A share of changes as a row."""
    economies = len({c.after.iso3 for c in some})
    said = {"method": "share of operators, exact interval"} | about
    return row(quantity, ends, len(some), economies, tables=TABLE, **said)


def _restrictions(every: Sequence[Change]) -> list[Estimate]:
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
        rows.append(_row(quantity, share(stayed, len(mine)), mine, silent_on=_PRESSED))
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
    counts = (
        ("after a change of supplier the new one stays", [second.stayed for _, second in left], left),
        ("who leaves the new one too goes back to the old", back, again),
    )
    rows = [
        _row(words, share(sum(hits), len(hits)), [second for _, second in pairs], silent_on=_FEW)
        for words, hits, pairs in counts
    ]
    swapped, economies = sum(s.swaps > 0 for s in known), len({s.iso3 for s in known})
    return [*rows, row(
        "main supplier swapped within a generation", share(swapped, len(known)), len(known), economies,
        method="share of networks, exact interval", tables=TABLE, silent_on=_FEW,
    )]  # fmt: skip
