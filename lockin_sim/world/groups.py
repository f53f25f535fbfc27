"""Groups of countries and markets: from columns of the table of countries, or from lists."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world.tables import Table

#: Below this share of capacity deployed in the first year a market counts as greenfield.
GREENFIELD = 1 / 3


def groups(t: dict[str, Table], coverage: Floats) -> dict[str, Bools]:
    """Groups of markets that results are shown for.  Each (domain, country).

    coverage  (domain, country), share of capacity deployed in the first year
    """
    table, built = t["groups"], coverage >= GREENFIELD
    result = {}
    for row, name in enumerate(table.labels):
        members = np.broadcast_to(_kept(t, row), coverage.shape)
        if table["column"][row] == "coverage":
            members = members & (built if table["values"][row] == ("above",) else ~built)
        else:
            members = members & _by_column(t, row)
        result[name] = members
    return result


def scope(t: dict[str, Table], name: str) -> Bools:
    """Countries that a scope means: all, none, an economy, a market region or a group.  (country,)."""
    countries = t["countries"]
    codes = np.array(countries.labels)
    if name in ("world", "nowhere"):
        return np.full(len(codes), name == "world")
    if name in countries.labels:
        result: Bools = codes == name
        return result
    if name in countries["market_region"]:
        mask: Bools = countries["market_region"] == name
        return mask
    if name not in t["groups"].labels:
        raise unknown_name("scope", found=name, known=t["groups"].labels)
    row = t["groups"].labels.index(name)
    if t["groups"]["column"][row] == "coverage":
        raise unusable(f"scope {name}", found="a group of markets", allowed="a group of countries")
    return _kept(t, row) & _by_column(t, row)


def _kept(t: dict[str, Table], row: int) -> Bools:
    """Countries that a group does not exclude.  (country,)."""
    return ~np.isin(t["countries"].labels, list(t["groups"]["excluding"][row]))


def _by_column(t: dict[str, Table], row: int) -> Bools:
    """Countries with one of the values of a group's column; all where it has no column.  (country,)."""
    column, values = str(t["groups"]["column"][row]), list(t["groups"]["values"][row])
    if not column:
        return np.ones(len(t["countries"].labels), dtype=bool)
    if column not in t["countries"]:
        raise unknown_name(f"column of group {t['groups'].labels[row]}", found=column, known=t["countries"])
    cells = t["countries"][column]
    if values == ["any"]:
        return cells != "" if cells.dtype.kind == "U" else ~np.isnan(cells)
    if cells.dtype.kind == "U":
        return np.isin(cells, values)
    return np.isin(cells.astype(float), [float(value) for value in values])
