"""Construction of a world from tables: every derived number is computed by a rule stated in its docstring."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.common.conventions import LAST_YEAR, Bools, Floats
from lockin_sim.world import demand, states, vendors
from lockin_sim.world.additions import Origin
from lockin_sim.world.case import Case, check_case, read_case
from lockin_sim.world.checks import check, check_coverage
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.contracts import READ, RECALLED, build_contracts
from lockin_sim.world.loans import build_recorded_loans, compute_recorded_instalments
from lockin_sim.world.markets import Influence, Lots, compute_gravity_weights
from lockin_sim.world.model import World
from lockin_sim.world.names import TITLES
from lockin_sim.world.neighbours import nearby
from lockin_sim.world.own_facts import own_facts_of
from lockin_sim.world.restrictions import recorded_orders
from lockin_sim.world.schema import DATA, Added, Folder, Table, read_all
from lockin_sim.world.table_arrays import Tables

#: Name of the world that the package brings along; any other is called by its folder.
BUNDLED = "bundled"


def build_world(folder: str | Path | None = None, added: Added | None = None, name: str = "") -> World:
    """Build the world described by the tables in a folder; None = the bundled tables.

    added  rows appended to the tables;  name  of the world, "" = name of the folder
    Raises InputError that names file, row and column of each defect.
    """
    read = Folder.of(folder).content()
    tables, case = read_all(folder, added), read_case(DATA if folder is None else Path(folder))
    tables["standards"] = _move_oldest_first(tables["standards"])
    check_coverage(tables, case.years)
    check(tables)
    t = Tables(tables, case.years, next(iter(case.sponsors), ""))
    groups, conditions, lots = states.groups(t), _build_conditions(t), demand.build_lots(t)
    check_case(
        case,
        standards=t.index["standards"],
        sponsors=t.index["sponsors"],
        groups=groups,
        domains=t.index["domains"],
    )
    world = World(
        name=name or (BUNDLED if folder is None else str(folder)),
        first_year=case.years.first,
        last_year=LAST_YEAR,
        facts_until=case.years.recorded,
        bodies=demand.build_bodies(t),
        conditions=conditions,
        groups=groups,
        lots=lots,
        contracts=build_contracts(t, lots),
        recorded_orders=recorded_orders(t),
        recorded_loans=build_recorded_loans(t),
        recorded_instalments=compute_recorded_instalments(t),
        routes=demand.build_routes(t),
        lenders=demand.build_lenders(t),
        facts=vendors.initial_base(t) | _build_contract_facts(t, lots),
        case=case,
        building_pace=states.building_pace(t),
        titles=_build_titles(tables),
        **demand.build_generation_fields(t),
        **_build_vendor_fields(t),
        **_build_domain_fields(t),
        **_build_country_fields(t, lots, case),
        **_build_sponsor_fields(t),
    )
    vars(world)["origin"] = Origin(None if folder is None else Path(folder), added or {}, read)
    return world


def _build_contract_facts(t: Tables, lots: Lots) -> dict[str, Any]:
    """Build the facts of a world about its contracts, by status of the rows.

    ``contracts_read`` holds contracts read in a source.  Where the user states own facts, ``own_facts`` holds
    them and ``contracts_before`` the contracts without them.
    """
    facts: dict[str, Any] = {"contracts_read": build_contracts(t, lots, (READ,))}
    if own := own_facts_of(t):
        facts |= {"own_facts": own, "contracts_before": build_contracts(t, lots, (READ, RECALLED))}
    return facts


def _move_oldest_first(standards: Table) -> Table:
    """Move the oldest standard family to the first row; the other families keep their order."""
    oldest = int(standards["entry_year"].argmin())
    return standards.take([oldest, *(row for row in range(len(standards.labels)) if row != oldest)])


def _build_titles(tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
    """Build the code of each title, by kind of label."""
    columns = TITLES | {"group": ("groups", "title")}
    return {
        kind: dict(zip(tables[table][column].tolist(), tables[table].labels, strict=True))
        for kind, (table, column) in columns.items()
        if table in tables
    }


def _build_vendor_fields(t: Tables) -> dict[str, Any]:
    """Build the fields of a world that describe vendors in their slots."""
    named, local = (t["domains"][name].astype(float)[:, None] for name in ("own_pull", "local_pull"))
    return {
        "vendors": t["vendors"].labels,
        "slot_vendor": t.slot_vendor,
        "slot_sponsor": t.slot_sponsor,
        "slot_home": t.slot_home,
        "slot_entry": t.slot_entry,
        "initial_cost": t.by_slot(t["offers"]["relative_cost"], 1.0),
        "initial_volume": t.offered("initial_volume"),
        "initial_compliance": vendors.initial_compliance(t),
        "home_bonus": t.offered("home_bonus"),
        "length_slope": t.offered("length_slope"),
        "own_pull": np.where(t.is_local, local, named) * (t.slot_vendor >= 0),
        "is_local": t.is_local,
    }


def _build_domain_fields(t: Tables) -> dict[str, Any]:
    """Build the fields of a world that describe technology domains."""
    table = t["domains"]
    numbers = (
        *("relative_switching", "relative_taste", "relative_affinity", "expansion_share"),
        *("lifetime", "learning_exponent", "reference_volume"),
    )
    flags = ("backbone", "enacted", "hosted", "sensitive", "financeable", "personal_data")
    return {
        "domains": table.labels,
        "buyer": tuple(table["buyer"].tolist()),
        "contract_years": table["contract_years"].astype(int),
        "platform": table["layer"] == "business",
        "stack": t.matrix("stack", "domain", "base_domain", value="weight"),
        **{name: table[name].astype(float) for name in numbers},
        **{name: table[name] for name in flags},
    }


def _build_country_fields(t: Tables, lots: Lots, case: Case) -> dict[str, Any]:
    """Build the fields of a world that describe countries: borrowing, politics, influence and law."""
    table, gdp = t["countries"], states.economy(t).gdp
    weights = compute_gravity_weights(gdp[0], table["capital_latitude"], table["capital_longitude"])
    near = nearby(t, lots, weights, dict(case.neighbours))
    return {
        "countries": table.labels,
        "borrowing_rate": states.borrowing_rate(t),
        "democracy": states.democracy(t),
        "allies": states.allies(t),
        "influence": Influence(weights, len(table.labels), near),
        "concern": states.concern(t),
        "rival_votes": states.rival_votes(t),
        "home": states.home(t),
        "law": states.lawgivers(t),
    }


def _build_sponsor_fields(t: Tables) -> dict[str, Any]:
    """Build the fields of a world that describe sponsors and the standard families they own.

    Salience without a record is 0 from the first year on.
    """
    table, standards, salience = t["sponsors"], t["standards"], t["salience"]
    anchors = [salience["year"][salience["sponsor"] == h] for h in table.labels]
    rows = [t.at("sales_path", "domain") == d for d in range(t.size("domains"))]
    sales = [t.path("sales_path", "sponsor", "share", rows=of, none=np.nan) for of in rows]
    return {
        "sponsors": table.labels,
        "standards": standards.labels,
        "salience_until": np.array([years.max(initial=t.span.first) for years in anchors]),
        "family": np.append(t.at("sponsors", "home_standard"), -1),
        "rivals": states.rivals(t),
        "challenger": standards["challenger"].astype(float),
        "usual_base": t.matrix("usual_base", "domain", "standard", value="share"),
        "sales_path": np.stack(sales, axis=1),  # NaN for sponsors without a row
        "rule_distance": states.rule_distance(t),
        "owners": t.matrix("owners", "standard", "sponsor", value="share"),
        "proposal_mix": _compute_proposal_mix(t),
        "standard_entry": standards["entry_year"].astype(int),
    }


def _compute_proposal_mix(t: Tables) -> Floats:
    """Compute the share of each standard family in a sponsor's proposals.  (sponsor, standard).

    A sponsor proposes its own family; owners of a family that is no sponsor's own (open interfaces) also
    propose that family, with a tenth of their proposals times their share in it, relative to the largest
    (assumed).
    """
    owners = t.matrix("owners", "standard", "sponsor", value="share")
    own = t.matrix("sponsors", "sponsor", "home_standard").astype(float)
    shared: Bools = ~own.any(axis=0)
    extra = 0.1 * owners[shared].T / owners[shared].T.max(axis=0, initial=1e-9)
    mix: Floats = own * (1.0 - extra.sum(axis=1, keepdims=True))
    mix[:, shared] = extra
    return mix


def _build_conditions(t: Tables) -> Conditions:
    """Build the recorded conditions of each year; conditions without a record are neutral.

    Anchors are joined by straight lines or steps, as each table says, and constant outside.
    """
    path, trend = vendors.quality(t)
    studied, decades = vendors.of_studied(t)
    economy, lenders = states.economy(t), t["lenders"]
    bodies = [t["contributions"]["body"] == body for body in t["bodies"].labels]
    contributions = [t.path("contributions", "sponsor", "share", rows=rows) for rows in bodies]
    every_year = {
        "openness": t["domains"]["openness"].astype(float),
        **{name: lenders[name].astype(float) for name in ("loan_rate", "tenor", "grace")},
        "tied": lenders["tied"],
        "effort": t.matrix("efforts", "sponsor", "body", value="effort"),
        "mandate": t.matrix("mandates", "body", "domain"),
    }
    domain, vendor = t.slot_vendor.shape
    sizes = {
        **{"year": len(t.years), "domain": domain, "vendor": vendor, "country": t.size("countries")},
        **{"sponsor": t.size("sponsors"), "vendor_sponsor": t.size("sponsors") + 1},
        **{"standard": t.size("standards"), "lender": t.size("lenders")},
    }
    return Conditions.with_neutral(
        sizes,
        years=t.years,
        market_size=states.market_size(t),
        gdp=economy.gdp,
        log_income=economy.log_income,
        affinity=states.affinity(t),
        quality_path=path,
        quality_trend=trend,
        quality_half=vendors.drifted(t, "half"),
        quality_twice=vendors.drifted(t, "twice"),
        quality_uncertain=vendors.uncertain(t),
        quality_sponsor=studied,
        quality_sponsor_trend=decades,
        served=vendors.served(t),
        barrier=vendors.barriers(t),
        home_part=vendors.home_part(t),
        place_utility=vendors.place_utility(t),
        state_support=vendors.state_support(t),
        envelope=demand.compute_lender_envelopes(t),
        salience=t.path("salience", "sponsor", "salience"),
        standard_push=t.path("standard_push", "sponsor", "push", stepwise=True),
        contribution=np.moveaxis(np.reshape(contributions, (-1, len(t.years), t.size("sponsors"))), 0, -1),
        demanded=_compute_demanded_families(t),
        treaty=states.treaty(t),
        adoption_rate=vendors.adoption_rate(t),
        **{name: np.broadcast_to(fact, (len(t.years), *fact.shape)) for name, fact in every_year.items()},
    ).compact()


def _compute_demanded_families(t: Tables) -> Bools:
    """Compute which markets demand which standard family.  (year, country, standard).

    The home states of the sponsors named in ``demanded_by`` demand a family from its first year on.
    """
    table, home, demanded = t["standards"], states.home(t), []
    for sponsors, first in zip(table["demanded_by"], table["entry_year"], strict=True):
        markets = home[:, [t.index["sponsors"][sponsor] for sponsor in sponsors if sponsor]].any(axis=1)
        demanded.append(markets & (t.years >= first)[:, None])
    return np.stack(demanded, axis=-1)
