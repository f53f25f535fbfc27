"""From tables to a world: every derived number is computed here, by rules said in the docstrings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.conventions import LAST_YEAR, Bools, Floats, Integers
from lockin_sim.world import derived
from lockin_sim.world.bodies import bodies
from lockin_sim.world.case import read_case, unchecked_case
from lockin_sim.world.checks import check
from lockin_sim.world.coverage import check_coverage
from lockin_sim.world.economy import Economy, building_pace, coverage, economy
from lockin_sim.world.generations import generations
from lockin_sim.world.groups import groups
from lockin_sim.world.influence import Influence, gravity
from lockin_sim.world.layout import Index, Slots, matrix, slots_of
from lockin_sim.world.lending import borrowing_rate, lenders
from lockin_sim.world.lots import lots
from lockin_sim.world.model import World
from lockin_sim.world.projects import routes
from lockin_sim.world.recorded import recorded
from lockin_sim.world.start import facts
from lockin_sim.world.tables import DATA, Table, read_all

#: Name of the world that the package brings along; any other is called by its folder.
BUNDLED = "bundled"

#: Tables whose labels have positions.
_LABELLED = ("countries", "domains", "vendors", "standards", "sponsors", "bodies", "lenders")


def load(folder: str | Path | None = None) -> World:
    """The world described by the tables in a folder; None = the bundled ones.

    Raises InputError that names file, row and column of what is wrong.
    """
    place = DATA if folder is None else Path(folder)
    t, case = read_all(folder), unchecked_case(place)
    span = case.years
    check_coverage(t, span)
    check(t)
    index = {name: {label: i for i, label in enumerate(t[name].labels)} for name in _LABELLED}
    slots, years = slots_of(t, index), np.arange(span.first, span.settled + 1)
    economies, home = economy(t, index, years), derived.home(t)
    law = derived.lawgivers(t, index, home, years)
    built = coverage(t, index, economies)
    affinity = derived.affinity(t, index, home, years)
    named, studied = groups(t, built), index["sponsors"].get(next(iter(case.sponsors), ""), -1)
    return World(
        name=BUNDLED if folder is None else str(folder),
        first_year=span.first,
        last_year=LAST_YEAR,
        facts_until=span.recorded,
        bodies=bodies(t, index),
        conditions=recorded(t, index, slots, economies, affinity, home, law, years, span.recorded, studied),
        groups=named,
        concern=derived.concern(t, index, affinity[-1], home, years),
        rival_votes=derived.rival_votes(t, index),
        home=home,
        law=law,
        lots=lots(t, index, slots, economies),
        routes=routes(t, index, economies),
        lenders=lenders(t, index, home, economies),
        facts=facts(t, index, slots, economies, home, law[0], built, span.first),
        case=read_case(
            place,
            standards=index["standards"],
            sponsors=index["sponsors"],
            groups=named,
        ),
        **_vendors(t, index, slots),
        **_domains(t, index),
        building_pace=building_pace(t, index, built, span.first),
        **generations(t, index, economies.log_income[0]),
        **_countries(t, index, economies, years),
        **_sponsors(t, index, span.first),
        sales_path=derived.sales_path(t, index, years),
    )


def _vendors(t: dict[str, Table], index: Index, slots: Slots) -> dict[str, Any]:
    """Facts of the vendors in their slots."""
    named, local = (t["domains"][name].astype(float)[:, None] for name in ("own_pull", "local_pull"))
    return {
        "vendors": t["vendors"].labels,
        "slot_vendor": slots.vendor,
        "slot_sponsor": slots.sponsor,
        "slot_home": slots.home,
        "slot_entry": slots.entry,
        "initial_cost": slots.cost,
        "initial_volume": slots.numbers["initial_volume"],
        "initial_compliance": _compliance(t, index, slots),
        "home_bonus": slots.numbers["home_bonus"],
        "length_slope": slots.numbers["length_slope"],
        "own_pull": np.where(slots.local, local, named) * (slots.vendor >= 0),
        "is_local": slots.local,
    }


def _domains(t: dict[str, Table], index: Index) -> dict[str, Any]:
    """Facts of the technology domains."""
    table, at = t["domains"], index["domains"]
    numbers = (
        *("relative_switching", "relative_taste", "relative_affinity", "expansion_share"),
        *("lifetime", "learning_exponent", "reference_volume"),
    )
    flags = ("backbone", "enacted", "sensitive", "financeable", "personal_data")
    return {
        "domains": table.labels,
        "buyer": tuple(table["buyer"].tolist()),
        "contract_years": table["contract_years"].astype(int),
        "platform": table["layer"] == "business",
        "stack": matrix(t["stack"], at, "domain", at, "base_domain", "weight"),
        **{name: table[name].astype(float) for name in numbers},
        **{name: table[name] for name in flags},
    }


def _countries(t: dict[str, Table], index: Index, economy: Economy, years: Integers) -> dict[str, Any]:
    """Facts of the countries: how they buy, borrow and look around."""
    table = t["countries"]
    weights = gravity(economy.gdp[0], table["capital_latitude"], table["capital_longitude"])
    return {
        "countries": table.labels,
        "called": dict(zip(table["name"].tolist(), table.labels, strict=True)),
        "borrowing_rate": borrowing_rate(table, economy.log_income[0]),
        "democracy": derived.democracy(table),
        "allies": derived.allies(t, index, years),
        "influence": Influence(weights, len(table.labels)),
    }


def _sponsors(t: dict[str, Table], index: Index, first: int) -> dict[str, Any]:
    """Facts of the sponsors and of the standard families they own.  Salience of which nothing is recorded is
    0 from the first year on."""
    table, standards, salience = t["sponsors"], t["standards"], t["salience"]
    anchors = [salience["year"][salience["sponsor"] == h] for h in table.labels]
    return {
        "sponsors": table.labels,
        "standards": standards.labels,
        "salience_until": np.array([years.max(initial=first) for years in anchors]),
        "family": np.array([*(index["standards"][s] for s in table["home_standard"]), -1]),
        "rivals": derived.rivals(t),
        "challenger": standards["challenger"].astype(float),
        "usual_base": matrix(
            t["usual_base"], index["domains"], "domain", index["standards"], "standard", "share"
        ),
        "rule_distance": derived.rule_distance(table),
        "owners": matrix(t["owners"], index["standards"], "standard", index["sponsors"], "sponsor", "share"),
        "proposal_mix": _proposal_mix(t, index),
        "standard_entry": standards["entry_year"].astype(int),
    }


def _compliance(t: dict[str, Table], index: Index, slots: Slots) -> Floats:
    """All comply with the first family at the start, but for the exceptions of the table."""
    start = np.zeros((*slots.vendor.shape, len(index["standards"])))
    start[..., 0] = 1.0
    table = t["initial_compliance"]
    for vendor in dict.fromkeys(table["vendor"]):
        here = slots.vendor == index["vendors"][vendor]
        start[here] = 0.0
        for row in np.flatnonzero(table["vendor"] == vendor):
            start[here, index["standards"][table["standard"][row]]] = table["share"][row]
    return start


def _proposal_mix(t: dict[str, Table], index: Index) -> Floats:
    """Families that a sponsor proposes: its own, and for owners of a family that is nobody's own
    (open interfaces) a tenth of theirs times their share in it (assumed).  (sponsor, standard)."""
    owners = matrix(t["owners"], index["standards"], "standard", index["sponsors"], "sponsor", "share")
    own = np.zeros((len(index["sponsors"]), len(index["standards"])))
    for h, standard in enumerate(t["sponsors"]["home_standard"]):
        own[h, index["standards"][standard]] = 1.0
    shared: Bools = ~own.any(axis=0)
    extra = 0.1 * owners[shared].T / owners[shared].T.max(axis=0, initial=1e-9)
    mix = own * (1.0 - extra.sum(axis=1, keepdims=True))
    mix[:, shared] = extra
    return mix
