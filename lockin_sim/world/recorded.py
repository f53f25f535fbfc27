"""Count how much is on record of the suppliers of each economy's networks, and name it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from lockin_sim.common.conventions import Bools
from lockin_sim.common.formats import count
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.contracts import Contracts
from lockin_sim.world.model import World

#: What an economy's networks are: of all operators a contract is on record, of some, or of none.
RECORDED, PARTLY, NOT_RECORDED = "recorded", "partly recorded", "not recorded"

#: Coordinate of datasets along their economies that says what is on record of each.
COUNTRY_RECORD = "country_record"

#: Attribute of that coordinate: names of the layers that it is about.
LAYERS = "layers"


class Recorded(NamedTuple):
    """Extent of the record of an economy's networks.

    operators  number with a contract on record
    of         number of all operators
    part       part of capacity in these operators' recorded lots, 0 to 1
    until      last year for which the record names a supplier; None if there is none
    """

    operators: int
    of: int
    part: float
    until: int | None

    @property
    def word(self) -> str:
        """:data:`RECORDED`, :data:`PARTLY` or :data:`NOT_RECORDED`."""
        if not self.operators:
            return NOT_RECORDED
        return RECORDED if self.operators == self.of else PARTLY

    def __str__(self) -> str:
        """Return the word, with the number of operators and the last year."""
        counted = f" ({self.operators} of {self.of} operators, to {self.until})"
        return self.word + (counted if self.operators else "")


def contracts_of(world: World) -> Contracts:
    """Return the recorded contracts of a world before anything was changed."""
    recorded: World = world.facts.get("recorded", world)
    return recorded.contracts


def recorded_layers(world: World) -> list[int]:
    """List the domains in which a contract of any operator is on record."""
    result: list[int] = np.unique(world.lots.domain[contracts_of(world).held[:, 1]]).tolist()
    return result


@cache_per_world(most=1)
def recorded_networks(world: World) -> tuple[Recorded, ...]:
    """Count the record of each economy's networks, in the order of a world's economies.

    Networks are the layers of :func:`recorded_layers`.
    """
    lots, states = world.lots, contracts_of(world).held
    until = np.zeros(len(lots), dtype=int)
    np.maximum.at(until, states[:, 1], states[:, 0])
    layers = np.isin(lots.domain, recorded_layers(world))
    networks = []
    for country in range(len(world.countries)):
        mine = layers & (lots.country == country)
        known = mine & (until > 0)
        operators, every = (len(np.unique(lots.operator[some])) for some in (known, mine))
        last = int(until[known].max()) if operators else None
        whole = float(lots.weight[mine].sum())
        part = float(lots.weight[known].sum()) / whole if operators else 0.0
        networks.append(Recorded(operators, every, part, last))
    return tuple(networks)


def describe_record(world: World, domain: int, place: str, members: Bools) -> str:
    """Describe what is on record of a place's networks in a domain.

    Parameters
    ----------
    place : an economy, whose operators are counted, or a group, whose economies are.
    members : economies of the group.  (country,)

    Returns
    -------
    str
        "partly recorded (2 of 3 operators, to 2025)", or "40 of 54 economies recorded, 3 partly".
    """
    if domain not in recorded_layers(world):
        return NOT_RECORDED
    record = recorded_networks(world)
    if place in world.countries:
        return str(record[world.countries.index(place)])
    words = [record[c].word for c in np.flatnonzero(members)]
    of = count(len(words), "economy", "economies")
    return f"{words.count(RECORDED)} of {of} recorded, {words.count(PARTLY)} partly"


def country_labels(world: World) -> dict[str, Any]:
    """Build the coordinates of the axis of economies: codes, and the record as :data:`COUNTRY_RECORD`.

    A world without any contract on record has codes alone.
    """
    layers = " ".join(world.domains[d] for d in recorded_layers(world))
    said = [str(each) for each in recorded_networks(world)]
    record = {COUNTRY_RECORD: ("country", said, {LAYERS: layers})} if layers else {}
    return {"country": list(world.countries)} | record


def record_shown(values: xr.DataArray | xr.Dataset) -> xr.DataArray:
    """Return the record of the economies and domains that data show.  (country,) or (country, domain).

    Domains without contracts on record, such as phones, shops and payments, have no record by economy.
    """
    said = values.coords[COUNTRY_RECORD]
    if LAYERS not in said.attrs or "domain" not in values.coords:
        return said
    return said.where(values.coords["domain"].isin(said.attrs[LAYERS].split()), NOT_RECORDED)


def unrecorded(values: xr.DataArray | xr.Dataset) -> Bools:
    """Return the economies without any record, for data of one domain.  (country,)."""
    missing: Bools = record_shown(values).values == NOT_RECORDED
    return missing
