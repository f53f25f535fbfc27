"""Operators and agencies, and the lots in which they buy."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from lockin_sim.world.economy import Economy
from lockin_sim.world.layout import Index, Slots
from lockin_sim.world.markets import Lots
from lockin_sim.world.tables import Table


class _Operator(NamedTuple):
    """One operator of the record."""

    name: str
    share: float  # of the capacity of its country
    suppliers: tuple[str, ...]  # of its lots; one stands for all, none: not recorded


def lots(t: dict[str, Table], index: Index, slots: Slots, economy: Economy) -> Lots:
    """Lots of all domains that operators buy, sorted by domain, country and operator.

    Where no operators are listed, their number goes with the size of the economy in the first year, at least
    one, and each is smaller than the one before; operators of large economies have several lots (assumed).
    """
    rules, listed = t["operator_rules"], defaultdict[tuple[str, str], list[int]](list)
    for row, market in enumerate(
        zip(t["operators"]["domain"].tolist(), t["operators"]["iso3"].tolist(), strict=True)
    ):
        listed[market].append(row)
    columns: dict[str, list[float]] = {
        name: [] for name in ("domain", "country", "operator", "weight", "sibling", "recorded")
    }
    names: list[str] = []
    for domain, d in index["domains"].items():
        if domain not in rules.labels:
            continue
        rule = rules.labels.index(domain)
        sizes = getattr(economy, str(rules["size"][rule]))[0]
        for code, i in index["countries"].items():
            parts = _parts(float(sizes[i]), float(rules["second_lot_from"][rule]))
            for operator in _operators(t, listed[domain, code], rule, float(sizes[i])):
                first = len(columns["domain"])
                for k in range(parts):
                    supplier = operator.suppliers[k * len(operator.suppliers) // parts]
                    lot = {
                        "domain": d,
                        "country": i,
                        "operator": len(names),
                        "weight": operator.share / parts,
                        "sibling": first + (k ^ 1) if parts > 1 else -1,
                        "recorded": slots.at[domain, supplier][1] if supplier else -1,
                    }
                    for name, value in lot.items():
                        columns[name].append(value)
                names.append(operator.name)
    return Lots(
        weight=np.array(columns.pop("weight"), dtype=float),
        operators=tuple(names),
        **{name: np.array(values, dtype=int) for name, values in columns.items()},
    )


def _parts(size: float, second_from: float) -> int:
    """Lots of each operator: one, two from some size, and twice as many with each ten times as much."""
    if not size > second_from:  # also where it is blank
        return 1
    result: int = 2 ** (1 + int(np.log10(size / second_from)))
    return result


def _operators(t: dict[str, Table], rows: list[int], rule: int, size: float) -> list[_Operator]:
    """Operators of a country: those of its rows, or as many as its size lets expect; shares sum to 1."""
    table, rules = t["operators"], t["operator_rules"]
    if rows:
        names = [str(table["operator"][row]) for row in rows]
        suppliers = [table["initial_suppliers"][row] for row in rows]
        shares = table["size_share"][rows]
    else:
        called = rules["called"][rule]
        expected = rules["intercept"][rule] + rules["slope"][rule] * np.log10(size)
        n = int(np.clip(np.round(expected), 1, rules["most"][rule]))
        names, suppliers = [f"{called} {k + 1}" for k in range(n)], [("",)] * n
        shares = np.full(n, np.nan)
    if np.isnan(shares).any():
        shares = rules["fall"][rule] ** np.arange(len(names))
    return [_Operator(*one) for one in zip(names, shares / shares.sum(), suppliers, strict=True)]
