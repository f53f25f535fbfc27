"""The tables of results: what each policy changes, side by side with what it means for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.reader import estimate
from lockin_sim.report.bills import PRICE_FELT, payer_name, payers_shown, price_felt
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.record import implausible
from lockin_sim.report.words import decimals, percent
from lockin_sim.statistics import Estimate
from lockin_sim.studies.breakdown import by_region
from lockin_sim.studies.pairing import histories_said
from lockin_sim.titles import DEFINITION, OF_THOUGHT, in_words, label_of
from lockin_sim.wording import UNDEFINED, effect_digits, number, opening, signed, unit_of
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import group_name, name_of

if TYPE_CHECKING:
    import xarray as xr

STAR = "*"
GROUP_MEASURES = ("surplus", "price_paid", *(f"dependence_{s}" for s in bundled_case().sponsors))
STARRED = (
    f"{STAR} the 95 % interval, in small print, excludes zero. {UNDEFINED} not defined in any pair of runs."
)


def effects_table(evidence: Evidence) -> Table:
    """Effects in the last year: the headline, dependence on all sponsors' vendors, adopters, replacement."""
    policies = evidence.ranked(evidence.headline)
    sponsors = {f"dependence_{s}": f"{word} vendors in all use" for s, word in evidence.sponsors.items()}
    wanted = {evidence.headline: evidence.label(evidence.headline), **sponsors}
    shown = {o: label for o, label in wanted.items() if o in evidence.outcomes}
    columns = [[evidence.effect(policy, outcome) for policy in policies] for outcome in shown]
    heads = [f"{opening(label)}, {evidence.unit(o).short}" for o, label in shown.items()]
    if "surplus" in evidence.outcomes:
        heads.append(PRICE_FELT)
        columns.append([price_felt(evidence, evidence.effect(policy, "surplus")) for policy in policies])
    cost = evidence.study("public_cost")
    if cost is not None:
        for payer in known(list(evidence.sponsors), cost, "payer"):
            heads.append(f"Paid by {payer_name(payer)}, bn USD")
            columns.append([_bill(cost, p, payer, evidence.last) for p in policies])
    names = [evidence.title(policy) for policy in policies]
    return Table(
        caption=f"Shares, buyers and cost side by side: differences from the {evidence.base} "
        f"in {evidence.last}",
        heads=("policy", *heads),
        rows=_rows(names, map(cells_of, columns)),
        note=f"Mean paired difference of {number(evidence.runs, 0)} runs. {STARRED} In all use: part of what "
        "is installed in the world. The change of price felt is what buyers gain (below zero) or lose at "
        "renewal, as if prices had changed so much. What states pay is summed from the first year on.",
    )


def _bill(cost: xr.Dataset, policy: str, payer: str, year: int) -> Estimate[float]:
    """What a policy costs a payer in all, until a year."""
    return estimate(cost, scenario=policy, item="total", payer=payer, year=year)


def _rows(names: Iterable[str], columns: Iterable[Sequence[Cell]]) -> list[tuple[str, Sequence[Cell]]]:
    """Rows of a table from its columns."""
    return [(name, cells) for name, *cells in zip(names, *columns, strict=True)]


def cells_of(values: Sequence[Estimate[float]]) -> list[Cell]:
    """Estimates of one unit."""
    return [_cell(value) for value in values]


def _cell(value: Estimate[float]) -> Cell:
    """An effect with its interval as a cell, starred where it is distinct from zero."""
    if not value.known:
        return Cell(UNDEFINED)
    digits = effect_digits(*value)
    text = signed(value.mean, digits) + (STAR if value.distinct else "")
    return Cell(text, f"{signed(value.low, digits)} to {signed(value.high, digits)}")


def groups_table(evidence: Evidence, study: xr.Dataset, policy: str) -> Table:
    """Who gains and who loses under one policy: groups of countries by measure."""
    measures = known(GROUP_MEASURES, study, "measure")
    groups = [str(g) for g in study["group"].values]
    units = {m: unit_of(str(study["measure_unit"].sel(measure=m).item())) for m in measures}
    columns = [
        [
            estimate(study, units[m].factor, scenario=policy, measure=m, group=g, year=evidence.last)
            for g in groups
        ]
        for m in measures
    ]
    heads = [
        f"{opening(str(study['measure_label'].sel(measure=m).item()))}, {units[m].short}" for m in measures
    ]
    if "surplus" in measures:
        place = measures.index("surplus")
        heads[place] = PRICE_FELT
        columns[place] = [price_felt(evidence, found) for found in columns[place]]
    names = [opening(str(study["group_label"].sel(group=g).item())) for g in groups]
    return Table(
        caption=f"Who gains and who loses under {evidence.named(policy)}, by group of countries, "
        f"{evidence.last}",
        heads=("group", *heads),
        rows=_rows(names, map(cells_of, columns)),
        note=f"Differences from the {evidence.base}; groups overlap. {STARRED}",
    )


def regions_table(evidence: Evidence, study: xr.Dataset, year: int) -> Table:
    """What every policy changes for the vendors under study, region by region, in one year."""
    found = by_region(study)
    alike, by_size, *_ = map(str, found["measure"].values)
    policies = known(evidence.ranked(evidence.headline), study, "scenario")
    groups = [str(g) for g in found["group"].values]
    columns = []
    for group in groups:
        at = found.sel(group=group, year=year)
        both = [[estimate(at, 100.0, scenario=p, measure=m) for m in (alike, by_size)] for p in policies]
        columns.append([_of_two(*two) for two in both])
    label = str(found["measure_label"].sel(measure=by_size).item())
    return Table(
        caption=f"{opening(label)}, region by region, {year}",
        heads=("policy", *(opening(group_name(g)) for g in groups)),
        rows=_rows(map(evidence.title, policies), columns),
        note=f"Differences from the {evidence.base}, percentage points: the mean over economies, large and "
        "small alike; in small print beneath its interval the same by market size. Regions overlap. "
        f"{STARRED}",
    )


def _of_two(alike: Estimate[float], by_size: Estimate[float]) -> Cell:
    """A mean over economies as a cell, and in its small print that by market size."""
    first, second = _cell(alike), _cell(by_size)
    return Cell(first.text, f"{first.small}\nby size {second.text}\n{second.small}" if first.small else "")


def cost_table(evidence: Evidence, study: xr.Dataset) -> Table:
    """Who pays what, and what a point of share costs."""
    policies = known(evidence.ranked(evidence.headline), study, "scenario")
    payers = payers_shown(evidence, study, policies)
    columns = [[_bill(study, p, payer, evidence.last) for p in policies] for payer in payers]
    heads = [f"{opening(payer_name(payer))}, bn USD" for payer in payers]
    outcome = evidence.outcome_in(study)
    at = {"outcome": outcome, "payer": "governments", "year": evidence.last}
    columns.append([estimate(study, 1.0, "cost_per_point", scenario=p, **at) for p in policies])
    heads.append("Governments' cost per point moved, bn USD")
    return Table(
        caption=f"Who pays from {evidence.first} to {evidence.last}, beyond the {evidence.base}",
        heads=("policy", *heads),
        rows=_rows(map(evidence.title, policies), map(cells_of, columns)),
        note=f"{STARRED} Research support, diplomacy and work in bodies have no price in the "
        f"model. A cost per point of the {evidence.label(outcome)} is given only where the "
        "effect itself is more than chance could do; below zero, the policy saves that much.",
    )


def window_table(evidence: Evidence, study: xr.Dataset) -> Table:
    """How much of an effect is lost between the first and the last start, with lock-in and without."""
    outcome = evidence.outcome_in(study)
    unit = unit_of(str(study["outcome_unit"].sel(outcome=outcome).item()))
    policies = known(evidence.ranked(evidence.headline), study, "scenario")
    readings = {
        "after": f"{study.attrs['after']} years after the start",
        "horizon": f"in {study.attrs['horizon']}",
    }
    mechanisms = {"with_lock_in": "with lock-in", "without_lock_in": "without lock-in"}
    columns, heads = [], []
    for reading, when in readings.items():
        for mechanism, how in mechanisms.items():
            at = {"outcome": outcome, "reading": reading, "mechanism": mechanism}
            columns.append([estimate(study, unit.factor, "closing", scenario=p, **at) for p in policies])
            heads.append(f"{opening(when)}, {how}, {unit.change}")
        at = {"outcome": outcome, "reading": reading}
        columns.append(
            [estimate(study, unit.factor, "closing_by_lock_in", scenario=p, **at) for p in policies]
        )
        heads.append(f"{opening(when)}, with lock-in less without, {unit.change}")
    first, last = (int(start) for start in study["start"].values[[0, -1]])
    return Table(
        caption=f"How the effect on the {evidence.label(outcome)} differs if a policy starts in {last} "
        f"instead of {first}",
        heads=("policy", *heads),
        rows=_rows(map(evidence.title, policies), map(cells_of, columns)),
        note=f"{STARRED} With lock-in less without: paired run by run. In a fixed year a later "
        "start has had less time, with and without lock-in; after a fixed number of years it has not.",
    )


def packages_table(evidence: Evidence, packages: Mapping[str, xr.Dataset]) -> Table:
    """What the levers of each package do together that none does alone."""
    outcome = evidence.headline
    columns: dict[str, list[Estimate[float]]] = {"package": [], "sum_of_singles": [], "interaction": []}
    unit = evidence.unit(outcome)
    for study in packages.values():
        for stem, column in columns.items():
            column.append(estimate(study, unit.factor, stem, outcome=outcome, year=evidence.last))
    heads = ("all its levers", "sum of each lever alone", "difference: what they do together")
    return Table(
        caption=f"Levers of packages together and alone: the {evidence.label(outcome)}, {evidence.last}",
        heads=("package", *(f"{head}, {unit.change}" for head in heads)),
        rows=list(
            zip(
                map(evidence.title, packages), zip(*map(cells_of, columns.values()), strict=True), strict=True
            )
        ),
        note=f"{STARRED} Whether that is synergy or conflict depends on the direction that is wanted.",
    )


def futures_table(evidence: Evidence, study: xr.Dataset) -> Table:
    """In how many futures each policy does what, and what one who wants either direction may regret."""
    outcome = evidence.outcome_in(study)
    unit = unit_of(str(study["outcome_unit"].sel(outcome=outcome).item()))
    at = study.sel(outcome=outcome)
    policies = known(evidence.ranked(evidence.headline), study, "scenario")
    at = at.sel(scenario=policies)
    columns = [
        [percent(100 * float(share), 0) for share in at[f"share_{verb}"].values]
        for verb in ("raises", "lowers", "unclear")
    ]
    columns.append(["yes" if flips else "no" for flips in at["flips"].values])
    for name, write in (("worst", signed), ("regret_max", number)):
        for sense in ("lower", "higher"):
            values = unit.factor * at[name].sel(sense=sense).values
            columns.append([write(v, decimals(float(np.nanmax(np.abs(values))) / 10)) for v in values])
    rows = [
        (evidence.title(p), [Cell(text) for text in row]) for p, *row in zip(policies, *columns, strict=True)
    ]
    ends = ("for those who want less of it", "for those who want more")
    return Table(
        caption=f"The {evidence.label(outcome)} in {study.sizes['future']} futures",
        heads=(
            "policy", "clearly raises it", "clearly lowers it", "unclear", "goes either way",
            *(f"worst effect {end}, {unit.change}" for end in ends),
            *(f"largest regret {end}, {unit.change}" for end in ends),
        ),
        rows=rows,
        note="Clear: the future's own 95 % interval excludes zero. Regret: how much further the best policy "
        "of that future, doing nothing included, would have gone.",
    )  # fmt: skip


def scenarios_table(evidence: Evidence) -> Table:
    """What was compared: what each scenario sets, and why with these sizes."""
    data = evidence.effects
    rows = []
    for name in evidence.scenarios:
        question, source, definition = (
            label_of(data, key, name) for key in ("scenario_question", "scenario_source", DEFINITION)
        )
        sets = "; ".join(in_words(definition)) if definition else UNDEFINED
        cells = [Cell(question), Cell(sets or "no lever and no parameter"), Cell(source)]
        rows.append((evidence.marked(name, OF_THOUGHT), cells))
    return Table(
        caption="What was compared",
        heads=("scenario", "the question it asks", "what it sets", "why these sizes"),
        rows=rows,
        note=histories_said(data),
        words=True,
    )


def technologies_table(evidence: Evidence, study: xr.Dataset) -> Table:
    """Whose vendors run each technology over the years in the baseline, and where that is far off."""
    measures = known([f"dependence_{s}" for s in evidence.sponsors], study, "measure")
    until = int(evidence.effects.attrs.get("facts_until", evidence.first))
    years = sorted({y for y in (evidence.first, until, *evidence.years) if y in study["year"].values})
    level = 100 * study["level"].sel(scenario=evidence.baseline, measure=measures)
    warned, rows = implausible(), []
    for domain in map(str, study["domain"].values):
        of = level.sel(domain=domain)
        cells = [
            Cell(" / ".join(number(float(value), 0) for value in of.sel(year=year).values)) for year in years
        ]
        warning = f"Beware: {warned[domain]}" if domain in warned else UNDEFINED
        rows.append((opening(name_of("domain", domain)), [*cells, Cell(warning)]))
    words = " / ".join(evidence.sponsors[m.removeprefix("dependence_")] for m in measures)
    return Table(
        caption=f"Vendors by technology in the {evidence.base}: {words}, per cent of what is installed",
        heads=("technology", *map(str, years), "against the record"),
        rows=rows,
        note="What is missing to 100 is in other hands.",
    )
