"""Read the evidence behind the model: reported shares, limits, sources of tables, parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from lockin_sim.common.formats import UNDEFINED, located, number, opening, percent, signed, spoken
from lockin_sim.common.prose import render_sentence
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, table
from lockin_sim.settings.declared import Declaration
from lockin_sim.settings.parameters import collect_declarations, format_parameter_value, parameter_title
from lockin_sim.world.names import format_label, format_place, format_vendors
from lockin_sim.world.schema import STATUSES, status_counts

DESCRIPTION = "ODD.md"
_LIMITS = re.compile(r"<!-- limits -->\n(.*?)<!-- end of limits -->", re.DOTALL)
_COMMENT = re.compile(r"<!-- [^>]* -->\n")
_SHARE = re.compile(r"(\w+) (\d+) \((\d+)\)")
_TABLE = r"<!-- generated: {} -->\n\|[^\n]*\n\|[^\n]*\n(.*?)\n(?:\n|<!--)"

#: Distance in points between reported and simulated from which a row is shown.
FAR = 8.0

#: Words for what a share is a share of.
COUNTED = {
    "base": "share of the installed base",
    "sales": "share of sales",
    "revenue": "share of its revenue",
    "cables": "share of cables built",
    "km": "share of cable length",
    "landings": "share of landings",
}

#: Words for what publishers count but the model, which counts by value, does not.
OTHERWISE = {"card_transactions": "counted by transactions"}


@cache
def _description() -> str:
    """Read the model description, the only source of limits and record."""
    return (files("lockin_sim") / DESCRIPTION).read_text(encoding="utf-8")


def limits() -> str:
    """Render the marked passages of the model description as HTML; raw HTML in them is escaped."""
    from markdown_it import MarkdownIt

    passages = _COMMENT.sub("", "\n\n".join(_LIMITS.findall(_description())))
    return str(MarkdownIt("commonmark", {"html": False}).render(passages))


# --- the record ---


class ReportedShare(NamedTuple):
    """Reported share beside the baseline's mean, per cent.

    otherwise  how it was counted, if not as in the model; a miss is then uninformative
    """

    domain: str
    where: str
    measure: str
    year: str
    vendor: str
    reported: float
    simulated: float
    otherwise: str = ""

    @property
    def off(self) -> float:
        """Simulated minus reported share, percentage points."""
        return self.simulated - self.reported

    @property
    def title(self) -> str:
        """Description of the share: 'Huawei, share of the installed base in Africa, 2019'."""
        counted = COUNTED.get(self.measure, spoken(self.measure))
        said = f"{format_vendors(self.vendor)}, {counted} {located(format_place(self.where))}, {self.year}"
        return f"{said}, {self.otherwise}" if self.otherwise else said


@cache
def recorded() -> tuple[ReportedShare, ...]:
    """Return every reported share that the description compares with the model's."""
    return tuple(
        ReportedShare(
            domain,
            where,
            measure,
            year,
            vendor,
            float(reported),
            float(simulated),
            OTHERWISE.get(counted.partition(",")[0], ""),
        )
        for domain, where, measure, year, counted, shares in _rows("fit")
        for vendor, reported, simulated in _SHARE.findall(shares)
    )


def _rows(name: str) -> list[list[str]]:
    """Read the cells of a generated table of the description."""
    match = re.search(_TABLE.format(name), _description(), re.DOTALL)
    if match is None:
        raise LookupError(f"{DESCRIPTION} has no generated table {name}")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in match[1].splitlines()]


def missed() -> tuple[int, int]:
    """Count the required patterns of history that the baseline fails to show, and all of them."""
    shown = [row[-1] for row in _rows("must_show")]
    return sum("no" in cell for cell in shown), len(shown)


def fit() -> str:
    """Describe how far the model is from all reported shares, in a sentence."""
    rows, (few, many) = recorded(), missed()
    far = sum(abs(row.off) for row in rows) / len(rows)
    return render_sentence(
        "record.fit", shown=many - few, patterns=many, far=number(far, 0), shares=len(rows)
    )


@cache
def misfit() -> str:
    """Describe the model's worst miss of recorded networks, as a clause."""
    worst = max((row for row in recorded() if row.domain == "mobile_network"), key=lambda row: abs(row.off))
    counted = {"base": "installed", "sales": "sold"}.get(worst.measure, COUNTED[worst.measure])
    return render_sentence(
        "record.misfit",
        vendor=format_vendors(worst.vendor),
        where=f"{counted} {located(format_place(worst.where))} in {worst.year}",
        simulated=percent(worst.simulated),
        reported=percent(worst.reported),
    )


def implausible() -> dict[str, str]:
    """Return the domains in which the baseline is far from the reported shares, and by how much."""
    warnings = {}
    for domain in dict.fromkeys(row.domain for row in recorded()):
        offs = [abs(row.off) for row in recorded() if row.domain == domain and not row.otherwise]
        mean = sum(offs) / len(offs) if offs else 0.0
        if mean >= FAR:
            warnings[domain] = f"{number(mean, 0)} points off on average over {len(offs)} reported shares"
    return warnings


def record_table() -> PageTable:
    """Build the table of reported shares far from the model's, farthest first."""
    far = sorted((row for row in recorded() if abs(row.off) >= FAR), key=lambda row: -abs(row.off))
    rows: Rows = []
    for row in far:
        shares = [percent(row.reported), percent(row.simulated)]
        rows.append((row.title, [opening(format_label("domain", row.domain)), *shares, signed(row.off, 0)]))
    heads = ("what", "technology", "reported", "simulated", "off, points")
    of = len(recorded())
    return table("record.far", heads, rows, least=number(FAR, 0), near=of - len(far), all=of)


# --- assumptions ---


def facts() -> PageTable:
    """Build the table of the number of values by table and status, with the assumed columns."""
    rows: Rows = []
    whole = Counter[str]()
    for name, columns in status_counts().items():
        total = sum(columns.values(), Counter[str]())
        assumed = ", ".join(spoken(column) for column, count in columns.items() if count["assumed"])
        counts = [number(total[status], 0) for status in STATUSES]
        rows.append((spoken(name), [*counts, assumed or UNDEFINED]))
        whole += total
    rows.append(("all", [*(number(whole[status], 0) for status in STATUSES), ""]))
    parts = [f"{100 * whole[status] / whole.total():.0f} % {status}" for status in STATUSES]
    heads = ("table", *STATUSES, "columns with assumed values")
    return table("record.facts", heads, rows, words=True, total=number(whole.total(), 0), parts=parts)


def parameter_status(declared: Declaration) -> str:
    """Return the status of a parameter by its source: estimated, assumed, off or normalisation.

    The last two need no evidence.
    """
    start = declared.source.split(":")[0].strip()
    return start if start in ("normalisation", "off", "estimated") else "assumed"


def parameters(changed: Mapping[str, Any]) -> PageTable:
    """Build the table of all parameters with value, range and status; ``changed`` are not at defaults."""
    declared = collect_declarations().values()
    statuses = Counter(map(parameter_status, declared))
    rows: Rows = []
    for d in declared:
        value, (low, high) = changed.get(d.name, d.default), d.range
        first = Cell(format_parameter_value(value), d.unit if d.unit != "1" else "")
        tried = f"{format_parameter_value(low)} to {format_parameter_value(high)}"
        rows.append((d.title, [first, tried, parameter_status(d), Cell(d.doc, d.source)]))
    return table(
        "record.parameters",
        ("parameter", "value", "range tried", "status", "meaning, and why this value"),
        rows,
        words=True,
        many=len(rows),
        statuses=[f"{count} {status}" for status, count in statuses.most_common()],
        changed=[parameter_title(name) for name in changed],
    )
