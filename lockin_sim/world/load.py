"""From tables to a world: every derived number is computed here, by rules said in the docstrings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.world import derived
from lockin_sim.world.derived import FIRST_YEAR
from lockin_sim.world.influence import Influence, gravity
from lockin_sim.world.model import Body, Conditions, World
from lockin_sim.world.tables import Table, read_all

FACTS_UNTIL, LAST_YEAR = 2023, 2100


def load(folder: str | Path | None = None) -> World:
    """The world described by the tables in a folder; None = the bundled ones.

    Raises InputError that names file, row and column of what is wrong.
    """
    t = read_all(folder)
    index = {
        name: {label: i for i, label in enumerate(t[name].labels)}
        for name in ("countries", "domains", "vendors", "standards", "sponsors", "bodies")
    }
    slots = _slots(t, index)
    countries, domains, sponsors = t["countries"], t["domains"], t["sponsors"]
    economy = derived.economy(t, index, np.arange(FIRST_YEAR, FACTS_UNTIL + 1))
    home = _home(t)
    coverage = derived.coverage(economy.log_income[0], domains)
    lots = derived.lots(economy.gdp[0], domains["max_lots"])
    affinity = derived.affinity(t, index, home)
    conditions = _conditions(t, index, slots, economy, affinity)
    return World(
        name="bundled" if folder is None else str(folder),
        countries=countries.labels,
        domains=domains.labels,
        vendors=t["vendors"].labels,
        standards=t["standards"].labels,
        sponsors=sponsors.labels,
        bodies=_bodies(t, index),
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        facts_until=FACTS_UNTIL,
        slot_vendor=slots["vendor"],
        slot_sponsor=slots["sponsor"],
        slot_home=slots["home"],
        slot_entry=slots["entry_year"].astype(int),
        initial_cost=slots["relative_cost"],
        initial_volume=slots["volume_2010"],
        initial_compliance=_compliance(t, index, slots),
        lifetime=domains["lifetime"].astype(float),
        contract_years=domains["contract_years"].astype(int),
        learning_exponent=domains["learning_exponent"].astype(float),
        reference_volume=domains["reference_volume"].astype(float),
        sensitive=domains["sensitive"],
        financeable=domains["financeable"],
        platform=domains["layer"] == "business",
        stack=_matrix(t["stack"], index["domains"], "domain", index["domains"], "base_domain", "weight"),
        lots=lots,
        tranche=1.0 / lots,
        borrowing_rate=derived.borrowing_rate(economy.log_income[0]),
        lends=np.array([[g in r for r in sponsors["recipients"]] for g in countries["income_group"]]) & ~home,
        home=home,
        concern=derived.concern(t, index, affinity[-1], home),
        allies=derived.allies(t),
        influence=Influence(
            gravity(economy.gdp[0], countries["capital_latitude"], countries["capital_longitude"]), len(countries.labels)
        ),
        take_up=sponsors["take_up_2010"].astype(float),
        payments_per_year=sponsors["payments_per_year"].astype(float),
        family=np.array([*(index["standards"][s] for s in sponsors["home_standard"]), -1]),
        owners=_matrix(t["owners"], index["standards"], "standard", index["sponsors"], "sponsor", "share"),
        proposal_mix=_proposal_mix(t, index),
        standard_entry=t["standards"]["entry_year"].astype(int),
        conditions=conditions,
        groups=derived.groups(t, coverage),
        facts={
            "coverage": coverage,
            "base_share": slots["base_share_2010"],
            "sales_share": slots["sales_share_2010"],
            "quality_entry": slots["quality_entry"],
        },
    )


def _slots(t: dict[str, Table], index: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Offers laid out by (domain, vendor slot); empty slots have vendor -1 and are never entered."""
    offers, vendors = t["offers"], t["vendors"]
    by_domain = [np.flatnonzero(offers["domain"] == d) for d in t["domains"].labels]
    width = max(len(rows) for rows in by_domain)
    none = len(index["sponsors"])
    slots: dict[str, Any] = {
        name: np.full((len(by_domain), width), fill)
        for name, fill in (("vendor", -1), ("sponsor", none), ("home", -1), ("entry_year", 9999))
    }
    facts = ("base_share_2010", "sales_share_2010", "volume_2010", "quality_entry", "quality_growth", "growth_from")
    slots |= {name: np.zeros((len(by_domain), width)) for name in (*facts, "growth_until")}
    slots["relative_cost"] = np.ones((len(by_domain), width))
    for d, rows in enumerate(by_domain):
        for s, row in enumerate(rows):
            v = index["vendors"][offers["vendor"][row]]
            slots["vendor"][d, s] = v
            slots["sponsor"][d, s] = index["sponsors"].get(vendors["sponsor"][v], none)
            slots["home"][d, s] = index["countries"].get(vendors["home"][v], -1)
            for name in ("entry_year", "relative_cost", *facts, "growth_until"):
                slots[name][d, s] = offers[name][row]
    return slots


def _matrix(table: Table, rows: dict[str, int], row: str, columns: dict[str, int], column: str, value: str) -> Floats:
    """A long table as a matrix; what it does not name is 0."""
    matrix = np.zeros((len(rows), len(columns)))
    for r, c, v in zip(table[row], table[column], table[value], strict=True):
        matrix[rows[r], columns[c]] = v
    return matrix


def _home(t: dict[str, Table]) -> Bools:
    """Home states of each sponsor; ``EU`` stands for its member states.  (country, sponsor)."""
    codes, member = np.array(t["countries"].labels), t["countries"]["eu_member"]
    return np.stack(
        [np.isin(codes, list(h)) | (member if "EU" in h else False) for h in t["sponsors"]["home"]], axis=-1
    )


def _compliance(t: dict[str, Table], index: dict[str, dict[str, int]], slots: dict[str, Any]) -> Floats:
    """All comply with the first family in 2010, but for the exceptions of the table."""
    start = np.zeros((*slots["vendor"].shape, len(index["standards"])))
    start[..., 0] = 1.0
    table = t["initial_compliance"]
    for vendor in dict.fromkeys(table["vendor"]):
        here = slots["vendor"] == index["vendors"][vendor]
        start[here] = 0.0
        for standard, share in zip(
            table["standard"][table["vendor"] == vendor], table["share"][table["vendor"] == vendor], strict=True
        ):
            start[here, index["standards"][standard]] = share
    return start


def _proposal_mix(t: dict[str, Table], index: dict[str, dict[str, int]]) -> Floats:
    """Families that a sponsor proposes: its own, and for owners of a family that is nobody's own
    (open interfaces) a tenth of theirs times their share in it (assumed).  (sponsor, standard)."""
    owners = _matrix(t["owners"], index["standards"], "standard", index["sponsors"], "sponsor", "share")
    own = np.zeros((len(index["sponsors"]), len(index["standards"])))
    for h, standard in enumerate(t["sponsors"]["home_standard"]):
        own[h, index["standards"][standard]] = 1.0
    shared = ~own.any(axis=0)
    extra = 0.1 * owners[shared].T / owners[shared].T.max(axis=0, initial=1e-9)
    mix = own * (1.0 - extra.sum(axis=1, keepdims=True))
    mix[:, shared] = extra
    return mix


def _bodies(t: dict[str, Table], index: dict[str, dict[str, int]]) -> tuple[Body, ...]:
    members, table = t["members"], t["bodies"]
    weight = _matrix(members, index["bodies"], "body", index["countries"], "iso3", "weight")
    firms = _matrix(members, index["bodies"], "body", index["countries"], "iso3", "firm_weight")
    status = _matrix(t["initial_status"], index["bodies"], "body", index["standards"], "standard", "share")
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


def _conditions(
    t: dict[str, Table],
    index: dict[str, dict[str, int]],
    slots: dict[str, Any],
    economy: derived.Economy,
    affinity: Floats,
) -> Conditions:
    """The recorded conditions of each year; anchors are joined by straight lines (or held, where said) and held outside."""
    years = np.arange(FIRST_YEAR, FACTS_UNTIL + 1)
    n, (country, domain) = len(years), (len(index["countries"]), len(index["domains"]))
    sponsors, sponsor, body = t["sponsors"], len(index["sponsors"]), len(index["bodies"])
    path = derived.anchored
    by_sponsor = {
        "envelope": path(years, t["envelopes"], index["sponsors"], "sponsor", "envelope"),
        "salience": path(years, t["salience"], index["sponsors"], "sponsor", "salience"),
        "standard_push": path(years, t["standard_push"], index["sponsors"], "sponsor", "push", stepwise=True),
    }
    effort = _matrix(t["efforts"], index["sponsors"], "sponsor", index["bodies"], "body", "effort")
    contribution = np.zeros((n, sponsor, body))
    for b, label in enumerate(t["bodies"].labels):
        rows = t["contributions"]["body"] == label
        contribution[:, :, b] = path(years, t["contributions"], index["sponsors"], "sponsor", "share", rows=rows)
    mandate = np.zeros((body, domain), dtype=bool)
    for b, d in zip(t["mandates"]["body"], t["mandates"]["domain"], strict=True):
        mandate[index["bodies"][b], index["domains"][d]] = True
    barrier = np.zeros((country, domain, sponsor), dtype=bool)
    table = t["market_barriers"]
    for i, h, d in zip(table["iso3"], table["sponsor"], table["domain"], strict=True):
        barrier[index["countries"][i], index["domains"][d], index["sponsors"][h]] = True
    passed = np.minimum(years[:, None, None], slots["growth_until"]) - slots["growth_from"]

    def held(values: Any) -> Any:
        return np.broadcast_to(values, (n, *np.shape(values)))

    return Conditions(
        years=years,
        market_size=derived.market_size(t["domains"], economy, np.array(t["countries"].labels) == "CHN"),
        gdp=economy.gdp,
        log_income=economy.log_income,
        affinity=affinity,
        quality_path=slots["quality_growth"] * np.maximum(0.0, passed),
        cost_factor=np.ones((n, *slots["vendor"].shape)),
        subsidy=np.zeros((n, *slots["vendor"].shape)),
        openness=held(t["domains"]["openness"].astype(float)),
        loan_rate=held(sponsors["loan_rate"].astype(float)),
        tenor=held(sponsors["tenor"].astype(float)),
        grace=held(sponsors["grace"].astype(float)),
        tied=held(sponsors["tied"]),
        effort=held(effort),
        contribution=contribution,
        mandate=held(mandate),
        pressure=np.zeros((n, country, sponsor)),
        restriction_order=np.zeros((n, country, sponsor), dtype=int),
        phase_out_years=np.zeros((n, country)),
        barrier=held(barrier),
        share_cap=np.ones((n, country, domain)),
        **by_sponsor,
    )
