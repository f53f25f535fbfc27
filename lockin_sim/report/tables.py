"""Tables of results: what each policy changes, and what that means for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.findings import Finding
from lockin_sim.reader import read
from lockin_sim.report.evidence import (
    PRICE_FELT,
    USD_BN,
    UTILITY,
    Evidence,
    known,
    payer_name,
    unit_in,
)
from lockin_sim.report.parts import Cell, Rows, Table, table
from lockin_sim.report.record import implausible
from lockin_sim.studies.breakdown import ACTOR
from lockin_sim.titles import DEFINITION, OF_THOUGHT, in_words, label_of
from lockin_sim.wording import UNDEFINED, Unit, number, opening, percent
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Columns of a table by their heads: the cell for a row's label.
type Columns = dict[str, Callable[[str], Cell | Finding | str]]


def _table(name: str, rows: Mapping[str, str], columns: Columns, head: str = "policy", **facts: Any) -> Table:
    """A table from its columns.  rows: title of each row by its label"""
    cells: Rows = [(title, [column(label) for column in columns.values()]) for label, title in rows.items()]
    return table(f"tables.{name}", (head, *columns), cells, **facts)


def _by_policy(name: str, evidence: Evidence, policies: list[str], columns: Columns, **facts: Any) -> Table:
    """A table with a row for each policy."""
    rows = {policy: evidence.title(policy) for policy in policies}
    return _table(name, rows, columns, e=evidence, **facts)


def _column(study: xr.Dataset, unit: Unit, stem: str = "effect", **at: Any) -> Callable[[str], Finding]:
    """What a study says of each policy at some labels."""
    return lambda policy: read(study, unit, stem, scenario=policy, **at)


def effects_table(evidence: Evidence) -> Table:
    """Effects in the last year: the headlines, buyers, costs."""
    columns = _of_outcomes(evidence, {name: evidence.label(name) for name in evidence.headlines})
    if "surplus" in evidence.outcomes:
        columns[PRICE_FELT] = lambda p: evidence.price(evidence.finding(p, "surplus"))
    cost = evidence.study("public_cost")
    if cost is not None:
        whose = f"{evidence.actor.title} with its buyers"
        for payer in known([ACTOR, *evidence.sponsors], cost, "payer"):
            called = whose if payer == ACTOR else payer_name(payer)
            columns[f"Paid by {called}, bn USD"] = partial(evidence.bill, cost, payer=payer)
    return _by_policy("effects", evidence, evidence.ranked(evidence.headline), columns)


def _of_outcomes(evidence: Evidence, labels: Mapping[str, str]) -> Columns:
    """A column of effects for each outcome, under its label."""
    return {
        f"{opening(label)}, {evidence.unit(outcome).short}": partial(evidence.finding, outcome=outcome)
        for outcome, label in labels.items()
        if outcome in evidence.outcomes
    }


def world_table(evidence: Evidence) -> Table:
    """Effects on the world by market value: each sponsor's vendors, and the standard under study."""
    labels = {f"dependence_{s}": f"{word} vendors' share" for s, word in evidence.sponsors.items()}
    if (share := f"{evidence.case.family}_share") in evidence.outcomes:
        labels[share] = evidence.label(share)
    columns, levels = _of_outcomes(evidence, labels), evidence.levels(list(labels))
    return _by_policy("world", evidence, evidence.ranked(evidence.headline), columns, levels=levels)


def groups_table(evidence: Evidence, study: xr.Dataset, policy: str) -> Table:
    """Who gains and who loses under one policy: groups of countries by measure."""

    def effect(group: str, measure: str, unit: Unit) -> Finding:
        """Effect on a measure of a group; on buyers' surplus as a change of price."""
        change = read(study, unit, scenario=policy, measure=measure, group=group, year=evidence.last)
        return evidence.price(change) if measure == "surplus" else change

    columns: Columns = {}
    held = (f"dependence_{study.attrs['domain']}_{sponsor}" for sponsor in evidence.sponsors)
    for measure in known(["surplus", "price_paid", *held], study, "measure"):
        unit = unit_in(study, measure, "measure")
        head = f"{opening(str(study['measure_label'].sel(measure=measure).item()))}, {unit.short}"
        columns[PRICE_FELT if measure == "surplus" else head] = partial(effect, measure=measure, unit=unit)
    labels = [str(group) for group in study["group"].values]
    rows = {group: opening(str(study["group_label"].sel(group=group).item())) for group in labels}
    return _table("groups", rows, columns, "group", e=evidence, named=evidence.named(policy))


def europe(evidence: Evidence) -> Table | None:
    """EU members' networks, the largest effects first, and effects on EU vendors and buyers."""
    study = evidence.study("by_group")
    if study is None or not known(["EU"], study, "group") or "EU" not in evidence.sponsors:
        return None
    domain = study.attrs["domain"]
    measures = {f"dependence_{domain}_{s}": word for s, word in evidence.sponsors.items()}
    measures = {m: measures[m] for m in known(list(measures), study, "measure")}

    def effect(policy: str, measure: str, group: str = "EU") -> Finding:
        """Effect of a policy on a measure of a group in the last year."""
        unit = UTILITY if measure == "surplus" else unit_in(study, "coverage", "measure")
        return read(study, unit, scenario=policy, measure=measure, group=group, year=evidence.last)

    columns: Columns = {
        f"{word} vendors in EU members' {name_of('domain', domain)}, points": partial(effect, measure=measure)
        for measure, word in measures.items()
    }
    sold = f"EU vendors in the world's sales of {name_of('domain', domain)}, points"
    columns[sold] = lambda p: effect(p, f"sales_{domain}_EU", "world")
    columns["change of price felt by EU buyers, %"] = lambda p: evidence.price(effect(p, "surplus"))
    first = next(iter(measures))
    policies = sorted(evidence.policies, key=lambda p: -np.nan_to_num(abs(effect(p, first).size)))
    base = study["level"].sel(scenario=evidence.baseline, group="EU", year=evidence.last)
    levels = {word: float(base.sel(measure=m).item()) for m, word in measures.items()}
    stands = [f"{word} vendors {percent(100 * level)}" for word, level in levels.items()]
    return _by_policy("europe", evidence, policies, columns, stands=stands, layer=name_of("domain", domain))


def cost_table(evidence: Evidence, study: xr.Dataset) -> Table:
    """Who pays what, and the cost of a percentage point."""
    outcome = evidence.outcome_in(study)
    at: dict[str, Any] = {"outcome": outcome, "payer": "governments", "year": evidence.last}
    columns: Columns = {
        f"{evidence.payer_head(payer)}, bn USD": partial(evidence.bill, study, payer=payer)
        for payer in evidence.payers_shown(study)
    }
    columns["Governments' cost per point moved, bn USD"] = _column(study, USD_BN, "cost_per_point", **at)
    return _by_policy("cost", evidence, evidence.ranked_in(study), columns, label=evidence.label(outcome))


def scenarios_table(evidence: Evidence) -> Table:
    """What was compared: the settings of each scenario, and the source of their sizes."""
    data = evidence.effects
    rows: Rows = []
    for name in evidence.scenarios:
        definition = label_of(data, DEFINITION, name)
        sets = "; ".join(in_words(definition)) or "no lever and no parameter" if definition else UNDEFINED
        question, source = (label_of(data, f"scenario_{key}", name) for key in ("question", "source"))
        rows.append((evidence.marked(name, OF_THOUGHT), [question, sets, source]))
    heads = ("scenario", "the question it asks", "what it sets", "why these sizes")
    return table("tables.scenarios", heads, rows, words=True)


def technologies_table(evidence: Evidence, study: xr.Dataset) -> Table:
    """Vendors by technology and year in the baseline, with warnings where that is far off the record."""
    measures = known([f"dependence_{s}" for s in evidence.sponsors], study, "measure")
    until = int(evidence.effects.attrs.get("facts_until", evidence.first))
    years = sorted({y for y in (evidence.first, until, *evidence.years) if y in study["year"].values})
    level = 100 * study["level"].sel(scenario=evidence.baseline, measure=measures)
    warnings = {domain: f"Caution: {text}" for domain, text in implausible().items()}

    def shares(domain: str, year: int) -> str:
        """Shares of all sponsors' vendors."""
        return " / ".join(number(float(share), 0) for share in level.sel(domain=domain, year=year).values)

    columns: Columns = {str(year): partial(shares, year=year) for year in years}
    if warnings:
        columns["compared with the record"] = lambda d: warnings.get(d, UNDEFINED)
    domains = {domain: opening(name_of("domain", domain)) for domain in map(str, study["domain"].values)}
    whose = [evidence.sponsors[m.removeprefix("dependence_")] for m in measures]
    return _table("technologies", domains, columns, "technology", e=evidence, whose=" / ".join(whose))
