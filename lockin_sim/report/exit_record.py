"""What is on record of an economy's suppliers and loans, beside what a plan simulates."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from lockin_sim.record.tables import held_out
from lockin_sim.report.parts import Cell, Table
from lockin_sim.wording import UNDEFINED, listed, number, opening, spoken
from lockin_sim.world import records
from lockin_sim.world.names import column_of, name_of

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


def on_record(country: str) -> dict[str, str]:
    """What record tables say of an economy's suppliers, by layer; layers without a row are not in it."""
    found = {
        "mobile_network": _networks(country),
        "submarine_cable": _cables(country),
        "cloud": _clouds(country),
        "smart_city": _surveillance(country),
    }
    return {domain: text for domain, text in found.items() if text}


def kept_aside(country: str) -> str:
    """Why nothing is on record of an economy, where its records were kept aside; else nothing."""
    if not held_out(country):
        return ""
    return (
        f"{opening(name_of('country', country))} is one of the economies whose records were kept aside to "
        "score the model by: they do not come with the package."
    )


def _networks(country: str) -> str:
    """What is recorded of vendors in an economy's mobile networks."""
    table = records("networks_5g")
    for row in np.flatnonzero(table["iso3"] == country):
        state = spoken(str(table["status_2023"][row]))
        state = state.replace("dejure", "by law").replace("defacto", "in effect")
        text = f"Chinese vendors in 5G, 2023: {state}"
        share = float(table["share_4g_2020"][row])
        return f"{text}; {number(100 * share, 0)} % of 4G, 2020" if np.isfinite(share) else text
    return ""


def _cables(country: str) -> str:
    """What is recorded of those who built an economy's cables."""
    table = records("cable_suppliers")
    built: dict[str, float] = defaultdict(float)
    for row in np.flatnonzero(table["iso3"] == country):
        built[str(table["supplier"][row])] += float(table["cables"][row])
    most_first = sorted(built.items(), key=lambda one: -one[1])
    parts = [f"{_vendor(v)} {number(n, 0 if n == int(n) else 1)}" for v, n in most_first]
    return f"cables built 1989 to 2020: {listed(parts)}" if parts else ""


def _clouds(country: str) -> str:
    """What is recorded of data centre regions in an economy."""
    table = records("cloud_regions")
    rows = np.flatnonzero((table["iso3"] == country) & (table["regions"] > 0))
    latest = {str(table["provider"][row]): int(table["year"][row]) for row in rows}
    if not latest:
        return ""
    last = max(latest.values())
    there = sorted(_vendor(p) for p, year in latest.items() if year == last)
    return f"data centre regions, {last}: {listed(there)}"


def _surveillance(country: str) -> str:
    """What is recorded of vendors of surveillance in an economy."""
    table = records("surveillance")
    rows = np.flatnonzero(table["iso3"] == country)
    if not rows.size:
        return ""
    row = rows[np.argmax(table["edition"][rows])]
    named = [_vendor(v) for v in _WATCHERS if table[v][row]]
    edition = f"of surveillance named in {int(table['edition'][row])}"
    return f"vendors {edition}: {listed(named)}" if named else f"no vendor {edition}"


def _vendor(label: str) -> str:
    """The name of a vendor in the records."""
    known = column_of("vendors", "label")
    special = {"unknown": "not known", "other": "others", "alcatel_shanghai_bell": "Alcatel Shanghai Bell"}
    return str(known.get(label, special.get(label, opening(label))))


def recorded_loans(country: str) -> Table | None:
    """Chinese loans for digital projects of an economy on record; None without any."""
    table = records("chinese_projects")
    rows = np.flatnonzero((table["iso3"] == country) & (table["kind"] == "loan"))
    if not rows.size:
        return None
    made = []
    for row in sorted(rows.tolist(), key=lambda r: int(table["year"][r])):
        year, amount, tenor = (float(table[c][row]) for c in ("year", "amount", "maturity"))
        money = f"{number(amount, 0)}\N{NO-BREAK SPACE}m USD" if np.isfinite(amount) else UNDEFINED
        until = f"{year + tenor:.0f}" if np.isfinite(tenor) else UNDEFINED
        named = [_vendor(v) for v in ("huawei", "zte", "alcatel_shanghai_bell") if table[v][row]]
        lender = _LENDERS.get(str(table["lender"][row]), spoken(table["lender"][row]))
        what = opening(spoken(table["domain"][row])).replace("e government", "and e-government")
        texts = (what, lender, money, until, listed(named) if named else UNDEFINED)
        made.append((f"{int(year)}", [Cell(text) for text in texts]))
    return Table(
        caption=f"Recorded Chinese loans for digital projects in {name_of('country', country)}",
        heads=("year", "for", "lender", "amount", "last payment due", "vendors named"),
        rows=made,
        words=True,
        note="AidData, until 2021; read from titles and descriptions. A dash is what the record does not "
        "say. No record by project of other lenders comes with the package, which says nothing about "
        "what they lent.",
    )
