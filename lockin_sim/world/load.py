"""From tables to a world: every derived number is computed here, by rules said in the docstrings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.world import derived
from lockin_sim.world.derived import FIRST_YEAR
from lockin_sim.world.influence import Influence, gravity
from lockin_sim.world.layout import Index, matrix, slots_of
from lockin_sim.world.model import Body, World
from lockin_sim.world.recorded import FACTS_UNTIL, recorded
from lockin_sim.world.tables import Table, read_all

#: Conditions after the recorded facts are held, at most until this year.
LAST_YEAR = 2100


def load(folder: str | Path | None = None) -> World:
    """The world described by the tables in a folder; None = the bundled ones.

    Raises InputError that names file, row and column of what is wrong.
    """
    t = read_all(folder)
    index = {
        name: {label: i for i, label in enumerate(t[name].labels)}
        for name in ("countries", "domains", "vendors", "standards", "sponsors", "bodies")
    }
    slots = slots_of(t, index)
    economy = derived.economy(t, index, np.arange(FIRST_YEAR, FACTS_UNTIL + 1))
    home = _home(t)
    coverage = derived.coverage(economy.log_income[0], t["domains"])
    affinity = derived.affinity(t, index, home)
    return World(
        name="bundled" if folder is None else str(folder),
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        facts_until=FACTS_UNTIL,
        bodies=_bodies(t, index),
        conditions=recorded(t, index, slots, economy, affinity),
        groups=derived.groups(t, coverage),
        concern=derived.concern(t, index, affinity[-1], home),
        home=home,
        facts={
            "coverage": coverage,
            "base_share": slots["base_share_2010"],
            "sales_share": slots["sales_share_2010"],
            "quality_entry": slots["quality_entry"],
        },
        **_vendors(t, index, slots),
        **_domains(t, index),
        **_countries(t, economy, home),
        **_sponsors(t, index),
    )


def _vendors(t: dict[str, Table], index: Index, slots: dict[str, Any]) -> dict[str, Any]:
    """Facts of the vendors in their slots."""
    return {
        "vendors": t["vendors"].labels,
        "slot_vendor": slots["vendor"],
        "slot_sponsor": slots["sponsor"],
        "slot_home": slots["home"],
        "slot_entry": slots["entry_year"].astype(int),
        "initial_cost": slots["relative_cost"],
        "initial_volume": slots["volume_2010"],
        "initial_compliance": _compliance(t, index, slots),
    }


def _domains(t: dict[str, Table], index: Index) -> dict[str, Any]:
    """Facts of the technology domains."""
    table, at = t["domains"], index["domains"]
    return {
        "domains": table.labels,
        "lifetime": table["lifetime"].astype(float),
        "contract_years": table["contract_years"].astype(int),
        "learning_exponent": table["learning_exponent"].astype(float),
        "reference_volume": table["reference_volume"].astype(float),
        "sensitive": table["sensitive"],
        "financeable": table["financeable"],
        "platform": table["layer"] == "business",
        "personal_data": table["personal_data"],
        "stack": matrix(t["stack"], at, "domain", at, "base_domain", "weight"),
    }


def _countries(t: dict[str, Table], economy: derived.Economy, home: Bools) -> dict[str, Any]:
    """Facts of the countries: how they buy, borrow and look around."""
    table = t["countries"]
    lots = derived.lots(economy.gdp[0], t["domains"]["max_lots"])
    weights = gravity(economy.gdp[0], table["capital_latitude"], table["capital_longitude"])
    lends = [[group in groups for groups in t["sponsors"]["recipients"]] for group in table["income_group"]]
    return {
        "countries": table.labels,
        "called": dict(zip(table["name"].tolist(), table.labels, strict=True)),
        "lots": lots,
        "tranche": 1.0 / lots,
        "borrowing_rate": derived.borrowing_rate(economy.log_income[0]),
        "lends": np.array(lends) & ~home,
        "allies": derived.allies(t),
        "influence": Influence(weights, len(table.labels)),
    }


def _sponsors(t: dict[str, Table], index: Index) -> dict[str, Any]:
    """Facts of the sponsors and of the standard families they own."""
    table, standards = t["sponsors"], t["standards"]
    return {
        "sponsors": table.labels,
        "standards": standards.labels,
        "take_up": table["take_up_2010"].astype(float),
        "payments_per_year": table["payments_per_year"].astype(float),
        "family": np.array([*(index["standards"][s] for s in table["home_standard"]), -1]),
        "rule_distance": derived.rule_distance(table),
        "owners": matrix(t["owners"], index["standards"], "standard", index["sponsors"], "sponsor", "share"),
        "proposal_mix": _proposal_mix(t, index),
        "standard_entry": standards["entry_year"].astype(int),
    }


def _home(t: dict[str, Table]) -> Bools:
    """Home states of each sponsor; ``EU`` stands for its member states.  (country, sponsor)."""
    codes, member = np.array(t["countries"].labels), t["countries"]["eu_member"]
    return np.stack(
        [np.isin(codes, list(h)) | (member if "EU" in h else False) for h in t["sponsors"]["home"]], axis=-1
    )


def _compliance(t: dict[str, Table], index: Index, slots: dict[str, Any]) -> Floats:
    """All comply with the first family in 2010, but for the exceptions of the table."""
    start = np.zeros((*slots["vendor"].shape, len(index["standards"])))
    start[..., 0] = 1.0
    table = t["initial_compliance"]
    for vendor in dict.fromkeys(table["vendor"]):
        here = slots["vendor"] == index["vendors"][vendor]
        start[here] = 0.0
        for standard, share in zip(
            table["standard"][table["vendor"] == vendor],
            table["share"][table["vendor"] == vendor],
            strict=True,
        ):
            start[here, index["standards"][standard]] = share
    return start


def _proposal_mix(t: dict[str, Table], index: Index) -> Floats:
    """Families that a sponsor proposes: its own, and for owners of a family that is nobody's own
    (open interfaces) a tenth of theirs times their share in it (assumed).  (sponsor, standard)."""
    owners = matrix(t["owners"], index["standards"], "standard", index["sponsors"], "sponsor", "share")
    own = np.zeros((len(index["sponsors"]), len(index["standards"])))
    for h, standard in enumerate(t["sponsors"]["home_standard"]):
        own[h, index["standards"][standard]] = 1.0
    shared = ~own.any(axis=0)
    extra = 0.1 * owners[shared].T / owners[shared].T.max(axis=0, initial=1e-9)
    mix = own * (1.0 - extra.sum(axis=1, keepdims=True))
    mix[:, shared] = extra
    return mix


def _bodies(t: dict[str, Table], index: Index) -> tuple[Body, ...]:
    members, table = t["members"], t["bodies"]
    weight = matrix(members, index["bodies"], "body", index["countries"], "iso3", "weight")
    firms = matrix(members, index["bodies"], "body", index["countries"], "iso3", "firm_weight")
    status = matrix(t["initial_status"], index["bodies"], "body", index["standards"], "standard", "share")
    return tuple(
        Body(
            label=label,
            procedure=table["procedure"][b],
            weight=weight[b],
            firm_weight=firms[b],
            quota=float(table["quota"][b]),
            blocking=float(np.nan_to_num(table["blocking_share"][b], nan=1.0)),
            cycle_years=int(table["cycle_years"][b]),
            first_cycle_year=int(table["first_cycle_year"][b]),
            initial_status=status[b],
        )
        for b, label in enumerate(table.labels)
    )
