"""Markdown tables, and tables of the world: who and what there is."""

from __future__ import annotations

import dataclasses
import inspect
import io
import re
import tokenize
from collections.abc import Iterable
from typing import Any

import numpy as np
from rich.table import Table as RichTable

from lockin_sim.model.state import Flows, State
from lockin_sim.world import Conditions, load_world
from lockin_sim.world.schema import Table, provenance, read_all


def grid(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table."""
    columns = list(heads)
    lines = [columns, ["---"] * len(columns), *([_cell(v) for v in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    """A value as a cell of a table of Markdown."""
    if isinstance(value, float | np.floating):
        value = "" if np.isnan(value) else f"{value:g}"
    if isinstance(value, bool | np.bool_):
        value = "yes" if value else "no"
    return " ".join(str(value).split()).replace("|", "\\|")


def of_rich(table: RichTable) -> str:
    """A table of ``lockin describe`` in Markdown; a row below a name has its own name alone, and no title."""
    rows = zip(*(list(column.cells) for column in table.columns), strict=True)
    cells = ((_name(name), title if name else "", *rest) for name, title, *rest in rows)
    body = grid([str(c.header) for c in table.columns], cells)
    return f"**{table.title}**\n\n{body}"


def _name(text: Any) -> str:
    """A name as code, nothing where there is none."""
    return f"`{text}`" if text else ""


def fields(cls: type, every: str) -> str:
    """Fields of a class of the code, with their axes and the comment that stands beside each.

    every  the axis that all begin with, which is not repeated
    """
    source = inspect.getsource(cls)
    declared = ((field.name, field.metadata.get("axes", ())) for field in dataclasses.fields(cls))
    axes = {name: ", ".join(names) + "," * (len(names) == 1) for name, names in declared if names}
    lines: dict[str, str] = {}
    name = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = re.match(r"    (\w+): ", token.line)
        name = found[1] if found else name
        if token.type == tokenize.COMMENT and token.line.startswith("    ") and name:
            lines.setdefault(name, token.string.lstrip("# "))
    if axes:
        lines = {name: ", ".join(filter(None, (f"({of})", lines.get(name)))) for name, of in axes.items()}
    texts = ((f"`{n}`", text.replace(f"({every}, ", "(", 1)) for n, text in lines.items())
    return grid(("name", f"axes after {every}, and meaning"), texts)


def scale() -> str:
    """How much there is of everything."""
    w = load_world()
    offers = int((w.slot_vendor >= 0).sum())
    sizes = {
        "economies": len(w.countries), "domains": len(w.domains), "vendors": len(w.vendors),
        "offers (a vendor in a domain)": offers, "sponsors": len(w.sponsors),
        "standards bodies": len(w.bodies), "standard families": len(w.standards),
        "markets (an economy in a domain)": len(w.countries) * len(w.domains),
        "operators and agencies": len(w.lots.operators), "lots": len(w.lots),
        "lots with a recorded supplier of 2010": int((w.lots.recorded >= 0).sum()),
        "projects a year": w.routes.yearly if w.routes else 0, "lenders": len(w.lenders.names),
    }  # fmt: skip
    years = [("first year, the initial state", w.first_year), ("last year of recorded facts", w.facts_until)]
    return grid(
        ("what", "number"), [*sizes.items(), *years, ("last year that can be simulated", w.last_year)]
    )


def state() -> str:
    """What the engines change."""
    return f"State:\n\n{fields(State, 'run')}\n\nFlows of one year:\n\n{fields(Flows, 'run')}"


def conditions() -> str:
    """What is given from outside in each year, and what levers act on."""
    return fields(Conditions, "year")


def domains() -> str:
    """Technology domains."""
    d = read_all()["domains"]
    shown = {
        "who decides": "buyer", "market, USD bn a year": "market_size", "of": "market_size_year",
        "lifetime, years": "lifetime",
        "contract, years": "contract_years", "openness": "openness",
        "deployed 2010 at the reference income": "initial_coverage", "can be restricted": "sensitive",
        "can be financed": "financeable",
    }  # fmt: skip
    heads = ("domain", "name", "layer", *shown, "source of the market size")
    rows = (
        (f"`{label}`", d["label"][i], d["layer"][i], *(d[c][i] for c in shown.values()), _origin(d, label))
        for i, label in enumerate(d.labels)
    )
    return grid(heads, rows)


def buyers() -> str:
    """What differs between domains for those who decide in them."""
    d = read_all()["domains"]
    shown = {
        "switching cost, times": "relative_switching", "taste, times": "relative_taste",
        "affinity, times": "relative_affinity", "pull of own users, times": "own_pull",
        "of local vendors, times": "local_pull", "loans pay the backbone": "backbone",
        "laws, not shares": "enacted",
    }  # fmt: skip
    heads = ("domain", *shown, "spending that follows the base")
    follows = {0.0: "none", 1.0: "all of it"}
    rows = (
        (
            f"`{label}`", *(d[c][i] for c in shown.values()),
            follows.get(float(d["expansion_share"][i]), "`expansion_share`"),
        )
        for i, label in enumerate(d.labels)
    )  # fmt: skip
    return grid(heads, rows)


def generations() -> str:
    """Arrivals of generations; those after the last recorded year are assumed."""
    t = read_all()["generations"]
    shown = ("domain", "generation", "year", "carry_over")
    rows = (
        (*(t[c][i] for c in shown), "assumed" if t["year"][i] > 2023 else "recorded")
        for i in range(len(t.labels))
    )
    return grid(("domain", "generation", "arrives", "leaves of the switching cost", "arrival"), rows)


def _origin(table: Table, label: str) -> str:
    """Where a figure comes from, and how sure it is."""
    source, status = provenance(table.name, label, "market_size", tables=read_all())
    return status if source == status else f"{source}, {status}"


def sponsors() -> str:
    """States that lend and lobby."""
    t = read_all()
    s, money = t["sponsors"], t["envelopes"]

    def anchors(name: str) -> str:
        """What a sponsor lends in the years that are known."""
        mine = np.flatnonzero(money["sponsor"] == name)
        return ", ".join(f"{money['envelope'][i]:g} ({money['year'][i]})" for i in mine)

    shown = ("rival", "home_standard")
    rows = (
        (f"`{n}`", s["label"][i], "; ".join(s["home"][i]), *(s[c][i] for c in shown), anchors(n))
        for i, n in enumerate(s.labels)
    )
    return grid(("sponsor", "name", "home", *shown, "envelope, USD bn a year (from)"), rows)


def lenders() -> str:
    """Who lends, on which terms."""
    table = read_all()["lenders"]
    shown = (
        "sponsor", "loan_rate", "tenor", "grace", "tied", "envelope_share", "initial_take_up",
        "highest_discount_rate", "size_exponent", "grant_exponent", "agreement_weight",
    )  # fmt: skip
    rows = (
        (f"`{n}`", table["label"][i], *(table[c][i] for c in shown), ", ".join(table["recipients"][i]))
        for i, n in enumerate(table.labels)
    )
    return grid(("lender", "name", *shown, "lends to income groups"), rows)


def bodies() -> str:
    """Standards bodies."""
    t = read_all()
    b, mandates = t["bodies"], t["mandates"]
    shown = (
        *("quota", "blocking_share", "cycle_years", "first_cycle_year", "relative_contested", "bindingness"),
    )
    world = {body.label: int(body.members.sum()) for body in load_world().bodies}
    rows = (
        (
            f"`{n}`", b["label"][i], f"`{b['procedure'][i]}`", *(b[c][i] for c in shown), world[n],
            ", ".join(mandates["domain"][mandates["body"] == n]),
        )
        for i, n in enumerate(b.labels)
    )  # fmt: skip
    return grid(("body", "name", "procedure", *shown, "members", "mandate"), rows)


def standards() -> str:
    """Standard families and their owners."""
    t = read_all()
    s, owners = t["standards"], t["owners"]

    def mix(name: str) -> str:
        """Who owns a standard, in what parts."""
        mine = np.flatnonzero(owners["standard"] == name)
        return ", ".join(f"{owners['sponsor'][i]} {owners['share'][i]:g}" for i in mine)

    rows = (
        (f"`{n}`", s["label"][i], s["entry_year"][i], "yes" if s["challenger"][i] else "no", mix(n))
        for i, n in enumerate(s.labels)
    )
    return grid(("family", "name", "first year", "challenger", "owners"), rows)


def groups() -> str:
    """Groups of markets that results and levers know."""
    rows = ((f"`{n}`", int(m.any(axis=0).sum()), int(m.sum())) for n, m in load_world().groups.items())
    return grid(("group", "economies", "markets"), rows)
