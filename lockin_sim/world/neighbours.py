"""Compute weights of nearby economies: common borders, regions, and owners of operators.

Trade and distance alone give an African economy hardly a neighbour in Africa, since most income lies
elsewhere; operators, however, compare themselves with networks next door and buy together with their group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.world.markets import Lots
from lockin_sim.world.table_arrays import Tables


def nearby(t: Tables, lots: Lots, trade: Floats, parts: Mapping[str, float]) -> Floats | None:
    """Compute weights of nearby economies by the parts that a case declares; rows sum to 1.

    Parameters
    ----------
    trade
        Weights by trade and distance.  (country, country)
    parts
        Part of each kind: ``region``, ``border`` and ``owner``; they sum to 1.

    Returns
    -------
    (country, country), or None for a case without parts.  Where an economy has no neighbour of a kind, its
    part goes to the region, and where it is alone in its region, to trade.
    """
    if not parts:
        return None
    subregion = t["countries"]["subregion"]
    region = _normalised(np.where(subregion[:, None] == subregion, trade, 0.0), trade)
    kinds = {
        "region": region,
        "border": _normalised(_borders(t), region),
        "owner": _normalised(_common_owners(t, lots), region),
    }
    return np.asarray(sum(part * kinds[name] for name, part in parts.items()))


def _normalised(weights: Floats, otherwise: Floats) -> Floats:
    """Normalise rows to sum to 1; rows without any weight take those of ``otherwise``."""
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), otherwise)


def _borders(t: Tables) -> Floats:
    """Return whether two economies share a land border.  (country, country)."""
    borders = np.zeros((t.size("countries"),) * 2)
    one, other = t.at("borders", "iso3"), t.at("borders", "other_iso3")
    borders[one, other] = borders[other, one] = 1.0
    return borders


def _common_owners(t: Tables, lots: Lots) -> Floats:
    """Sum, over owners, the products of their parts of two economies' capacity.  (country, country).

    An owner's part is the share of its operators times its share in each operator.  Where the owner of an
    owner stands in brackets, both are owners.
    """
    table, number = t["operators"], t.size("countries")
    places = {
        (int(d), int(i), lots.operators[k]): float(w)
        for d, i, k, w in zip(lots.domain, lots.country, lots.operator, _sizes(lots), strict=True)
    }
    owners = sorted({owner for named in table["parent"].tolist() for owner in _named(named)})
    held = np.zeros((number, len(owners)))
    where = zip(t.at("operators", "domain").tolist(), t.at("operators", "iso3").tolist(), strict=True)
    rows = table.rows("operator", "parent", "parent_share")
    for (d, i), (_, name, owner, share) in zip(where, rows, strict=True):
        part = places.get((d, i, name), 0.0) * (1.0 if np.isnan(share) else share)
        held[i, [owners.index(each) for each in _named(owner)]] += part
    common = held @ held.T
    np.fill_diagonal(common, 0.0)
    return common


def _named(parent: str) -> list[str]:
    """Split a cell into owners: an owner, and in brackets another one above it or below."""
    return [name for name in re.split(r" \(|\)", parent) if name]


def _sizes(lots: Lots) -> Floats:
    """Return the share of each lot's operator in its economy.  (lot,)."""
    return np.bincount(lots.operator, lots.weight)[lots.operator]
