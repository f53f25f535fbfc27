"""What figures know of the bundled world beyond their data: names, colours, capitals, owners of vendors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name
from lockin_sim.plots.lettering import brief
from lockin_sim.world.names import group_name
from lockin_sim.world.tables import read_table

#: Table and column that hold the written form of the labels of an axis.
TABLES = {
    "country": ("countries", "name"),
    "group": ("countries", "name"),
    "domain": ("domains", "label"),
    "sponsor": ("sponsors", "label"),
    "vendor": ("vendors", "label"),
}


@cache
def column_of(table: str, column: str) -> dict[str, object]:
    """A column of a bundled table by label, read once."""
    read = read_table(table)
    return dict(zip(read.labels, read[column].tolist(), strict=True))


def capitals_of(countries: Sequence[str]) -> Floats:
    """Latitude and longitude of the capitals in degrees, (country, 2); NaN where the table has none."""
    columns = [column_of("countries", f"capital_{part}") for part in ("latitude", "longitude")]
    return np.array([[column.get(iso3, np.nan) for column in columns] for iso3 in countries], dtype=float)


def name_of(axis: str, label: object) -> str:
    """A label of an axis as it is written in running text: 'mobile networks', 'Kenya', 'outside China'."""
    if axis == "group" and label not in column_of("countries", "name"):  # one country is a group too
        return group_name(str(label))
    table = TABLES.get(axis)
    name = str(column_of(*table).get(str(label), brief(label))) if table else brief(label)
    common = axis == "domain" and name[1:2].islower()
    return name[:1].lower() + name[1:] if common else name


def owner_of(vendor: str, owners: Mapping[str, str] | None = None) -> str:
    """Code of the sponsor that owns a vendor, '' for none: as given, or else as in the bundled table.

    Raises InputError for a vendor of which neither says it.
    """
    known = {**column_of("vendors", "sponsor"), **(owners or {})}
    if vendor not in known:
        raise unknown_name("vendor whose owner is not known", found=vendor, known=known)
    return str(known[vendor] or "")
