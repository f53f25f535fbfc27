"""What figures know of the bundled world beyond their data: capitals, owners of vendors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name
from lockin_sim.plots.kit.lettering import brief
from lockin_sim.wording import spoken
from lockin_sim.world.names import column_of, name_of
from lockin_sim.world.schema import read_table


def capitals_of(countries: Sequence[str]) -> Floats:
    """Latitude and longitude of the capitals in degrees, (country, 2); NaN where the table has none."""
    columns = [column_of("countries", f"capital_{part}") for part in ("latitude", "longitude")]
    return np.array([[column.get(iso3, np.nan) for column in columns] for iso3 in countries], dtype=float)


def largest_markets(countries: Sequence[str], most: int = 3) -> list[str]:
    """Of some economies those with the largest product, the largest first, as in the bundled table."""
    table = read_table("economy")
    product: dict[str, float] = {}
    for code, gdp in zip(table["iso3"], table["gdp"].tolist(), strict=True):
        product[str(code)] = max(product.get(str(code), 0.0), gdp)
    return sorted(countries, key=lambda code: -product.get(code, 0.0))[:most]


def called(axis: str, label: object) -> str:
    """A label of an axis in running text; one that no bundled table has is no longer than there is room."""
    name = name_of(axis, label)
    return brief(name) if name == spoken(label) else name


def owner_of(vendor: str, owners: Mapping[str, str] | None = None) -> str:
    """Code of the sponsor that owns a vendor, '' for none: as given, or else as in the bundled table.

    Raises InputError for a vendor of which neither says it.
    """
    known = {**column_of("vendors", "sponsor"), **(owners or {})}
    if vendor not in known:
        raise unknown_name("vendor whose owner is not known", found=vendor, known=known)
    return str(known[vendor] or "")
