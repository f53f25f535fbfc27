"""Write the generated sections of ODD.md, README.md and docs/ from the code and the tables.

    python tools/make_odd.py            rewrite the tables, equations and lists
    python tools/make_odd.py --check    exit with 1 if any of them is stale
    python tools/make_odd.py --measure  also run the baseline and rewrite what is measured from runs

A section stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; all other text is written by hand.
"""

from __future__ import annotations

import inspect
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import odd_fit
import odd_rules
from rich.table import Table as RichTable

from lockin_sim.agents import LockInModel
from lockin_sim.conventions import STAGES
from lockin_sim.core.engine import STAGE
from lockin_sim.levers import LEVERS
from lockin_sim.parameters import declarations
from lockin_sim.scenario import load_scenario, scenarios
from lockin_sim.state import Flows, State
from lockin_sim.studies import describe
from lockin_sim.world import Conditions, derived, gravity, load_world
from lockin_sim.world.tables import Table, provenance, read_all

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "lockin_sim" / "ODD.md", ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STATUSES = ("measured", "estimated", "assumed")
#: Columns that say how a value is shown or where it is from.
_NO_FACTS = {"source", "status", "color", "note", "label", "name"}
_SECTION = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def grid(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table."""
    columns = list(heads)
    lines = [columns, ["---"] * len(columns), *([_cell(v) for v in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        value = "" if np.isnan(value) else f"{value:g}"
    if isinstance(value, bool | np.bool_):
        value = "yes" if value else "no"
    return " ".join(str(value).split()).replace("|", "\\|")


def _code(names: Iterable[Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def of_rich(table: RichTable) -> str:
    """A table of ``lockin describe`` in Markdown."""
    rows = zip(*(list(column.cells) for column in table.columns), strict=True)
    body = grid([str(c.header) for c in table.columns], ((_name(first), *rest) for first, *rest in rows))
    return f"**{table.title}**\n\n{body}"


def _name(text: Any) -> str:
    return f"`{text}`" if text else ""


def fields(cls: type) -> str:
    """Fields of a class of the code, with the comment that stands beside each."""
    source = inspect.getsource(cls)
    lines: dict[str, str] = {}
    name = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = re.match(r"    (\w+): ", token.line)
        name = found[1] if found else name
        if token.type == tokenize.COMMENT and token.line.startswith("    ") and name:
            lines.setdefault(name, token.string.lstrip("# "))
    return grid(("name", "axes and meaning"), ((f"`{n}`", text) for n, text in lines.items()))


# --- the sections, each named by its function ---


def scale() -> str:
    """How much there is of everything."""
    w = load_world()
    offers = int((w.slot_vendor >= 0).sum())
    sizes = {
        "economies": len(w.countries), "domains": len(w.domains), "vendors": len(w.vendors),
        "offers (a vendor in a domain)": offers, "sponsors": len(w.sponsors),
        "standards bodies": len(w.bodies), "standard families": len(w.standards),
        "markets (an economy in a domain)": len(w.countries) * len(w.domains),
    }  # fmt: skip
    years = [("first year, the initial state", w.first_year), ("last year of recorded facts", w.facts_until)]
    return grid(
        ("what", "number"), [*sizes.items(), *years, ("last year that can be simulated", w.last_year)]
    )


def state() -> str:
    """What the engines change."""
    return f"State:\n\n{fields(State)}\n\nFlows of one year:\n\n{fields(Flows)}"


def conditions() -> str:
    """What is given from outside in each year, and what levers act on."""
    return fields(Conditions)


def domains() -> str:
    """Technology domains."""
    d = read_all()["domains"]
    shown = {
        "market, USD bn a year": "market_size", "of": "market_size_year", "lifetime, years": "lifetime",
        "contract, years": "contract_years", "most lots": "max_lots", "openness": "openness",
        "deployed 2010 at the reference income": "coverage_2010", "can be restricted": "sensitive",
        "can be financed": "financeable",
    }  # fmt: skip
    heads = ("domain", "name", "layer", *shown, "source of the market size")
    rows = (
        (f"`{label}`", d["label"][i], d["layer"][i], *(d[c][i] for c in shown.values()), _origin(d, label))
        for i, label in enumerate(d.labels)
    )
    return grid(heads, rows)


def _origin(table: Table, label: str) -> str:
    source, status = provenance(table.name, label, "market_size", tables=read_all())
    return status if source == status else f"{source}, {status}"


def vendors() -> str:
    """Vendors and where they offer."""
    t = read_all()
    v, offers = t["vendors"], t["offers"]

    def sold(name: str) -> str:
        mine = np.flatnonzero(offers["vendor"] == name)
        years = offers["entry_year"]
        return ", ".join(f"{offers['domain'][i]}{f' ({years[i]})' if years[i] > 2010 else ''}" for i in mine)

    rows = (
        (f"`{n}`", v["label"][i], v["home"][i], v["sponsor"][i], v["kind"][i], sold(n))
        for i, n in enumerate(v.labels)
    )
    return grid(("vendor", "name", "home", "sponsor", "kind", "domains (entry, if after 2010)"), rows)


def sponsors() -> str:
    """States that lend and lobby."""
    t = read_all()
    s, money = t["sponsors"], t["envelopes"]

    def anchors(name: str) -> str:
        mine = np.flatnonzero(money["sponsor"] == name)
        return ", ".join(f"{money['envelope'][i]:g} ({money['year'][i]})" for i in mine)

    shown = ("loan_rate", "tenor", "grace", "tied", "take_up_2010", "home_standard")
    rows = (
        (
            f"`{n}`", s["label"][i], "; ".join(s["home"][i]), *(s[c][i] for c in shown),
            ", ".join(s["recipients"][i]), anchors(n),
        )
        for i, n in enumerate(s.labels)
    )  # fmt: skip
    heads = ("sponsor", "name", "home", *shown, "lends to income groups", "envelope, USD bn a year (from)")
    return grid(heads, rows)


def bodies() -> str:
    """Standards bodies."""
    t = read_all()
    b, mandates = t["bodies"], t["mandates"]
    shown = ("quota", "blocking_share", "cycle_years", "first_cycle_year")
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
        mine = np.flatnonzero(owners["standard"] == name)
        return ", ".join(f"{owners['sponsor'][i]} {owners['share'][i]:g}" for i in mine)

    rows = ((f"`{n}`", s["label"][i], s["entry_year"][i], mix(n)) for i, n in enumerate(s.labels))
    return grid(("family", "name", "first year", "owners"), rows)


def groups() -> str:
    """Groups of markets that results and levers know."""
    rows = ((f"`{n}`", int(m.any(axis=1).sum()), int(m.sum())) for n, m in load_world().groups.items())
    return grid(("group", "economies", "markets"), rows)


def schedule() -> str:
    """The stages of a year, in the words of both engines."""
    rows = []
    for number, stage in enumerate(STAGES, start=1):
        core = STAGE[stage].__doc__ if stage in STAGE else "The recorded variables are measured."
        agents = getattr(LockInModel, stage).__doc__
        rows.append((number, f"`{stage}`", _first(core), _first(agents)))
    return grid(("", "stage", "in the vectorised engine", "in the Mesa engine"), rows)


def _first(doc: str | None) -> str:
    return odd_rules.text_of([inspect.cleandoc(doc or "").split("\n\n")[0]])


def facts() -> str:
    """How many values are measured, estimated and assumed, table by table; keys do not count."""
    t = read_all()
    declared = t["columns"]
    rows, total = [], Counter[str]()
    for name, table in t.items():
        values = [
            column
            for column in table
            if not declared["key"][declared.labels.index(f"{name}/{column}")] and column not in _NO_FACTS
        ]
        if name in ("columns", "exceptions") or not values:
            continue
        count = Counter(provenance(name, key, c, tables=t)[1] for key in table.labels for c in values)
        rows.append((f"`{name}`", len(table.labels), *(count[s] for s in STATUSES)))
        total += count
    return grid(("table", "rows", *STATUSES), [*rows, ("all", "", *(total[s] for s in STATUSES))])


def columns() -> str:
    """Every column of every table."""
    c = read_all()["columns"]
    parts = []
    for table in dict.fromkeys(c["table"].tolist()):
        mine = np.flatnonzero(c["table"] == table)
        rows = (
            (
                f"`{c['column'][i]}`{' (key)' if c['key'][i] else ''}", c["unit"][i], _bounds(c, i),
                c["status"][i], c["source"][i], c["meaning"][i],
            )
            for i in mine
        )  # fmt: skip
        heads = ("column", "unit", "allowed", "status", "source", "meaning")
        parts.append(f"**`{table}.csv`**\n\n{grid(heads, rows)}")
    return "\n\n".join(parts)


def _bounds(c: Table, i: int) -> str:
    low, high = c["minimum"][i], c["maximum"][i]
    if np.isfinite(low) or np.isfinite(high):
        return f"{low:g} to {high:g}"
    if c["refers_to"][i]:
        return (
            "names of " + c["refers_to"][i]
            if "." in c["refers_to"][i]
            else c["refers_to"][i].replace("|", ", ")
        )
    return {"flag": "0 or 1", "text": "text"}.get(c["type"][i], c["type"][i])


def parameters() -> str:
    """Every parameter."""
    rows = (
        (
            f"`{d.name}`", f"${d.symbol}$", f"{d.default:g}", f"{d.neutral:g}", d.unit, d.valid.text,
            f"{d.range[0]:g} to {d.range[1]:g}", d.doc, d.source,
        )
        for d in declarations().values()
    )  # fmt: skip
    heads = ("name", "symbol", "default", "neutral", "unit", "allowed", "range", "meaning", "source")
    return grid(heads, rows)


def levers() -> str:
    """Every lever with its settings."""
    return "\n\n".join(map(of_rich, describe.levers()))


def policies() -> str:
    """Built-in scenarios."""
    rows = []
    for name in scenarios():
        s = load_scenario(name)
        uses = "; ".join(
            f"{u.lever}[{', '.join(u.targets)}] {u.from_} to {u.to or 'the end'}: "
            + ", ".join(f"{k} = {v}" for k, v in u.settings.items())
            for u in s.levers
        )
        changed = "; ".join(f"{k} = {v:g}" for k, v in s.parameters.items())
        rows.append((f"`{name}`", s.question, "; ".join(filter(None, (uses, changed))), s.source))
    return grid(("scenario", "question", "levers and parameters", "why these sizes"), rows)


def derived_numbers() -> str:
    """Numbers that no table states."""
    made = [
        f
        for name, f in inspect.getmembers(derived, inspect.isfunction)
        if f.__module__ == derived.__name__ and not name.startswith("_")
    ]
    ordered = sorted(made, key=lambda f: f.__code__.co_firstlineno)
    return odd_rules.docstrings([*ordered, gravity])


def equations() -> str:
    """Every rule with its equation."""
    return "\n\n".join(map(odd_rules.section, odd_rules.MODULES))


def outcomes() -> str:
    """Variables and outcomes."""
    return "\n\n".join(map(of_rich, describe.metrics()))


SECTIONS: dict[str, Callable[[], str]] = {
    f.__name__: f
    for f in (
        scale, state, conditions, domains, vendors, sponsors, bodies, standards, groups, schedule, facts,
        columns, parameters, levers, policies, derived_numbers, equations, outcomes,
    )
}  # fmt: skip


#: Sections that need runs, made on request only.
MEASURED: dict[str, Callable[[], str]] = {
    "fit": odd_fit.fit,
    "paths": odd_fit.paths,
    "explanation": odd_fit.explanation,
}


def renewed(text: str, *, measure: bool = False) -> str:
    """The text with its generated sections made anew; those that need runs only if asked."""
    made = SECTIONS | (MEASURED if measure else {})

    def replace(match: re.Match[str]) -> str:
        if match[2] not in SECTIONS | MEASURED:
            raise SystemExit(f"there is no section {match[2]!r}; known are {', '.join(SECTIONS | MEASURED)}")
        return f"{match[1]}{made[match[2]]()}\n{match[3]}" if match[2] in made else match[0]

    return _SECTION.sub(replace, text)


def stale(*, measure: bool = False) -> dict[Path, str]:
    """Documents that differ from the code, and what they should say."""
    texts = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
    new = {path: renewed(text, measure=measure) for path, text in texts.items()}
    return {path: text for path, text in new.items() if text != texts[path]}


def main(arguments: list[str]) -> int:
    """Renew or check the documents."""
    if not set(arguments) <= {"--check", "--measure"}:
        print(__doc__, file=sys.stderr)
        return 2
    found = stale(measure="--measure" in arguments)
    for path, text in found.items():
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is stale: run python tools/make_odd.py", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return int("--check" in arguments and bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
