"""What the tables on record say of an economy: its suppliers by layer, and Chinese loans for its projects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.common.formats import UNDEFINED, listed, number, opening, percent, spoken
from lockin_sim.common.prose import render_sentence
from lockin_sim.pages.page_parts import PageTable, Rows, Values, table
from lockin_sim.world import records
from lockin_sim.world.held_out import is_kept_aside
from lockin_sim.world.names import format_label, read_label_column
from lockin_sim.world.schema import read_table

#: Columns of the record of surveillance that name a vendor.
_WATCHERS = ("huawei", "zte", "hikvision", "dahua", "nec", "ibm", "cisco", "palantir")

#: Who lends, as the record of Chinese projects has it.
_LENDERS = {
    "china_eximbank": "Export-Import Bank of China",
    "cdb": "China Development Bank",
    "icbc": "Industrial and Commercial Bank of China",
    "boc": "Bank of China",
    "government": "government bodies",
    "other": "others",
}


#: What a state had decided, in print.
_STATES = {
    "ban": "banned from 5G",
    "law": "restricted by law",
    "practice": "restricted in effect",
    "conditional": "allowed on conditions",
    "undecided": "no decision",
    "allowed": "allowed in 5G",
}


def describe_recorded_suppliers(country: str, networks: str = "") -> dict[str, str]:
    """Describe what record tables hold of an economy's suppliers, by layer; layers without a row are absent.

    networks  description of the contracts of its operators of mobile networks
    """
    said: dict[str, str] = {}
    facts, rows = _read_country_rows("networks_5g", country)
    shares = facts["share_4g_2020"][rows]
    parts = [f"{percent(100 * part)} of 4G, 2020" for part in shares[np.isfinite(shares)].tolist()]
    orders = read_table("restrictions").rows("iso3", "year", "kind")
    decided = [(year, _STATES[kind]) for _, iso3, year, kind in orders if iso3 == country]
    if decided:
        year, state = max(decided)
        parts.insert(0, f"{state}, {year}")
    chinese = [f"Chinese vendors: {'; '.join(parts)}"] if parts else []
    if parts := [*([f"contracts {networks}"] if networks else []), *chinese]:
        said["mobile_network"] = "; ".join(parts)
    facts, rows = _read_country_rows("cable_suppliers", country)
    built = Counter[str]()
    for row in rows:
        built[str(facts["supplier"][row])] += float(facts["cables"][row])  # type: ignore[assignment]
    if built:
        parts = [
            f"{lookup_vendor_name(v)} {number(n, 0 if n == int(n) else 1)}" for v, n in built.most_common()
        ]
        said["submarine_cable"] = f"cables built 1989 to 2020: {listed(parts)}"
    facts, rows = _read_country_rows("cloud_regions", country)
    rows = rows[facts["regions"][rows] > 0]
    if rows.size:
        last = int(facts["year"][rows].max())
        providers = sorted(
            lookup_vendor_name(str(facts["provider"][row])) for row in rows if facts["year"][row] == last
        )
        said["cloud"] = f"data centre regions, {last}: {listed(providers)}"
    facts, rows = _read_country_rows("surveillance", country)
    if rows.size:
        row = rows[np.argmax(facts["edition"][rows])]
        vendors = [lookup_vendor_name(v) for v in _WATCHERS if facts[v][row]]
        edition = f"of surveillance named in {int(facts['edition'][row])}"
        named = f"vendors {edition}: {listed(vendors)}" if vendors else f"no vendor {edition}"
        said["smart_city"] = named
    return said


def _read_country_rows(name: str, country: str) -> tuple[Mapping[str, Any], Integers]:
    """Return a record table, and the positions of its rows of an economy."""
    facts = records(name)
    return facts, np.flatnonzero(facts["iso3"] == country)


def describe_held_out(country: str) -> str:
    """Return the reason why an economy has no record, if its records are held out for tests; else ""."""
    return (
        render_sentence("exit.kept_aside", country=format_label("country", country))
        if is_kept_aside(country)
        else ""
    )


def lookup_vendor_name(label: str) -> str:
    """Return the name of a vendor from its label in the records."""
    special = {
        "unknown": "not known",
        "other": "others",
        "alcatel_shanghai_bell": "Alcatel Shanghai Bell",
        "alcatel_lucent": "Alcatel-Lucent",
    }
    return str(read_label_column("vendors", "label").get(label, special.get(label, opening(spoken(label)))))


def build_recorded_loans_table(country: str) -> PageTable | None:
    """Build the table of recorded Chinese loans for digital projects of an economy; None without any."""
    facts, projects = _read_country_rows("chinese_projects", country)
    rows: Rows = []
    for row in sorted(projects[facts["kind"][projects] == "loan"], key=lambda r: int(facts["year"][r])):
        year, amount, tenor = (float(facts[c][row]) for c in ("year", "amount", "maturity"))
        vendors = [lookup_vendor_name(v) for v in ("huawei", "zte", "alcatel_shanghai_bell") if facts[v][row]]
        cells: Values = [
            opening(spoken(facts["domain"][row])).replace("e government", "and e-government"),
            _LENDERS.get(str(facts["lender"][row]), spoken(facts["lender"][row])),
            f"{number(amount, 0)}\N{NO-BREAK SPACE}m USD" if np.isfinite(amount) else UNDEFINED,
            f"{year + tenor:.0f}" if np.isfinite(tenor) else UNDEFINED,
            listed(vendors) if vendors else UNDEFINED,
        ]
        rows.append((f"{int(year)}", cells))
    heads = ("year", "for", "lender", "amount", "last payment due", "vendors named")
    about = {"country": format_label("country", country)}
    return table("exit.record_table", heads, rows, words=True, **about) if rows else None
