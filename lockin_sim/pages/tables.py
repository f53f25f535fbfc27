"""Build tables of results: what each policy changes, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from lockin_sim.common.findings import Finding
from lockin_sim.common.formats import UNDEFINED, Unit, number, opening
from lockin_sim.common.prose import render_sentence
from lockin_sim.comparisons.by_group import ACTOR, ADOPTERS, GOVERNMENTS
from lockin_sim.comparisons.effects_reader import read_study_finding
from lockin_sim.pages.evidence import PRICE_FELT, USD_BN, Evidence, known, payer_name
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, table
from lockin_sim.pages.record_parts import implausible
from lockin_sim.settings.titles import DEFINITION, OF_THOUGHT, format_definition, get_scenario_label
from lockin_sim.world.names import format_label

if TYPE_CHECKING:
    import xarray as xr

#: Number of policies in the table of who pays; the annex has the others.
PAYING = 6

#: Head of the assumption that decides what a policy does.
DECIDES = "what decides"

#: Columns of a table by their heads: the cell for a row's label.
type Columns = dict[str, Callable[[str], Cell | Finding | str]]


def _table(
    name: str, rows: Mapping[str, str], columns: Columns, head: str = "policy", **facts: Any
) -> PageTable:
    """Build a table from its columns; ``rows`` maps labels to titles."""
    cells: Rows = [(title, [column(label) for column in columns.values()]) for label, title in rows.items()]
    return table(f"tables.{name}", (head, *columns), cells, **facts)


def _by_policy(
    name: str, evidence: Evidence, policies: list[str], columns: Columns, **facts: Any
) -> PageTable:
    """Build a table with a row for each policy."""
    rows = {policy: evidence.title(policy) for policy in policies}
    return _table(name, rows, columns, e=evidence, **facts)


def _column(study: xr.Dataset, unit: Unit, stem: str = "effect", **at: Any) -> Callable[[str], Finding]:
    """Return a function that reads a study's finding on a policy."""
    return lambda policy: read_study_finding(study, unit, stem, scenario=policy, **at)


def standing_table(evidence: Evidence) -> PageTable:
    """Build the table of headlines without any policy: present and last level, and range."""
    rows: Rows = []
    for name in evidence.headlines:
        levels = filter(None, [evidence.today(name), evidence.standing(name)])
        cells = [Cell(render_sentence("tables.share_of", f=f), f.ends if f.ranged else "") for f in levels]
        rows.append((opening(evidence.label(name)), cells))
    years = [str(year) for year in (evidence.present, evidence.last) if year is not None]
    return table("tables.standing", (opening(evidence.base), *years), rows, e=evidence)


def pays_table(evidence: Evidence) -> PageTable | None:
    """Build the table of who pays for the largest policies that can be chosen, and who loses by them."""
    cost = evidence.study("public_cost")
    if cost is None:
        return None
    choices = [p for p in evidence.ranked(evidence.headline) if evidence.choosable(p)]
    payers = known([ACTOR, GOVERNMENTS, ADOPTERS], cost, "payer")
    columns: Columns = {
        f"{evidence.payer_head(payer)}, bn USD": partial(evidence.bill, cost, payer=payer) for payer in payers
    }
    columns["who loses"] = evidence.loses
    columns[DECIDES] = evidence.assumption
    left = len(choices) - PAYING
    return _by_policy("pays", evidence, choices[:PAYING], columns, left=left) if choices else None


def effects_table(evidence: Evidence) -> PageTable:
    """Build the table of effects in the last year: headlines, buyers, costs."""
    columns = _of_outcomes(evidence, {name: evidence.label(name) for name in evidence.headlines})
    if "surplus" in evidence.outcomes:
        columns[PRICE_FELT] = lambda p: evidence.price(evidence.finding(p, "surplus"))
    cost = evidence.study("public_cost")
    if cost is not None:
        whose = f"{evidence.payer} with its buyers"
        for payer in known([ACTOR, *evidence.sponsors], cost, "payer"):
            called = whose if payer == ACTOR else payer_name(payer)
            columns[f"Paid by {called}, bn USD"] = partial(evidence.bill, cost, payer=payer)
    return _by_policy("effects", evidence, evidence.ranked(evidence.headline), columns)


def _of_outcomes(evidence: Evidence, labels: Mapping[str, str]) -> Columns:
    """Build a column of effects for each outcome, under its label."""
    return {
        f"{opening(label)}, {evidence.unit(outcome).short}": partial(evidence.finding, outcome=outcome)
        for outcome, label in labels.items()
        if outcome in evidence.outcomes
    }


def world_table(evidence: Evidence) -> PageTable:
    """Build the table of effects on the world by value: each sponsor's vendors, and the standard."""
    labels = {f"dependence_{s}": f"{word} vendors' share" for s, word in evidence.sponsors.items()}
    if (share := f"{evidence.case.family}_share") in evidence.outcomes:
        labels[share] = evidence.label(share)
    columns, levels = _of_outcomes(evidence, labels), evidence.levels(list(labels))
    return _by_policy("world", evidence, evidence.ranked(evidence.headline), columns, levels=levels)


def cost_table(evidence: Evidence, study: xr.Dataset) -> PageTable:
    """Build the table of payers, and of the cost of a percentage point."""
    outcome = evidence.outcome_in(study)
    at: dict[str, Any] = {"outcome": outcome, "payer": "governments", "year": evidence.last}
    columns: Columns = {
        f"{evidence.payer_head(payer)}, bn USD": partial(evidence.bill, study, payer=payer)
        for payer in evidence.payers_shown(study)
    }
    columns["Governments' cost per point moved, bn USD"] = _column(study, USD_BN, "cost_per_point", **at)
    return _by_policy("cost", evidence, evidence.ranked_in(study), columns, label=evidence.label(outcome))


def scenarios_table(evidence: Evidence) -> PageTable:
    """Build the table of scenarios: their settings, and the source of their sizes."""
    data = evidence.effects
    rows: Rows = []
    for name in evidence.scenarios:
        definition = get_scenario_label(data, DEFINITION, name)
        sets = (
            "; ".join(format_definition(definition)) or "no lever and no parameter"
            if definition
            else UNDEFINED
        )
        of_file = ("question", "assumption", "source")
        question, assumption, source = (get_scenario_label(data, f"scenario_{key}", name) for key in of_file)
        rows.append((evidence.marked(name, OF_THOUGHT), [question, sets, assumption or UNDEFINED, source]))
    heads = ("scenario", "the question it asks", "what it sets", DECIDES, "why these sizes")
    return table("tables.scenarios", heads, rows, words=True)


def technologies_table(evidence: Evidence, study: xr.Dataset) -> PageTable:
    """Build the table of vendors by technology and year, with warnings where the record is missed."""
    measures = known([f"dependence_{s}" for s in evidence.sponsors], study, "measure")
    until = int(evidence.effects.attrs.get("facts_until", evidence.first))
    years = sorted({y for y in (evidence.first, until, *evidence.years) if y in study["year"].values})
    level = 100 * study["level"].sel(scenario=evidence.baseline, measure=measures)
    warnings = {domain: f"Caution: {text}" for domain, text in implausible().items()}

    def shares(domain: str, year: int) -> str:
        """Format the shares of all sponsors' vendors."""
        return " / ".join(number(float(share), 0) for share in level.sel(domain=domain, year=year).values)

    columns: Columns = {str(year): partial(shares, year=year) for year in years}
    if warnings:
        columns["compared with the record"] = lambda d: warnings.get(d, UNDEFINED)
    domains = {domain: opening(format_label("domain", domain)) for domain in map(str, study["domain"].values)}
    whose = [evidence.sponsors[m.removeprefix("dependence_")] for m in measures]
    return _table("technologies", domains, columns, "technology", e=evidence, whose=" / ".join(whose))
