"""What was left out of the record and how it was forecast, in sentences and tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from lockin_sim.common.wording import listed, number, opening, span
from lockin_sim.evidence.hindcast import table
from lockin_sim.evidence.left_out import ECONOMIES, GENERATION, LENT, LENT_BEFORE, TIME
from lockin_sim.evidence.scores import BETTER, EQUAL, MODEL, WORSE, bundled_rows, fixed, grid
from lockin_sim.evidence.skill import MEMORY, SPARED, KnownError, LeftOut, Lent, Placed, Skill
from lockin_sim.world.names import name_of

#: What runs do without, in words of a sentence.
_WITHOUT = {
    ECONOMIES: "Runs that do not know an economy's contracts",
    GENERATION: f"Runs that know all but {GENERATION}",
    TIME: f"Runs that know {TIME.replace('everything', 'nothing')}",
    SPARED: f"Where no order came, runs that know {TIME.replace('everything', 'nothing')}",
}

#: How the model compares with a rival.
_COMPARED = {
    BETTER: "better than", EQUAL: "not visibly different from", WORSE: "worse than",
}  # fmt: skip


def measured() -> LeftOut:
    """The bundled scores of what was left out."""
    kinds = {"skills": Skill, "placed": Placed, "lent": Lent, "errors": KnownError}
    return LeftOut(**{name: bundled_rows(kind, name) for name, kind in kinds.items()})


def sentences(results: LeftOut) -> list[str]:
    """How well what was left out is forecast, beside simple rules and beside memory."""
    said = []
    for left, year in dict.fromkeys((row.left, row.year) for row in results.skills):
        rows = {row.forecast: row for row in results.skills if (row.left, row.year) == (left, year)}
        model, known = rows[MODEL], rows[MEMORY]
        by_verdict = dict[str, list[str]]()
        for row in rows.values():
            if row.verdict:
                by_verdict.setdefault(_COMPARED.get(row.verdict, row.verdict), []).append(row.forecast)
        compared = " and ".join(f"{words} {listed(names, 'or')}" for words, names in by_verdict.items())
        said.append(
            f"{_WITHOUT[left]} miss the Chinese part of networks in {year} by {number(model.points, 0)} "
            f"points on average over {model.economies} economies; runs that know all, by "
            f"{number(known.points, 0)}. As a forecast this is {compared}."
        )
    scored = "Operators that an order known to runs binds are not scored: everybody knows what they do."
    return [*said, scored, _of_loans(results.placed)]


def _of_loans(placed: Sequence[Placed]) -> str:
    """How well loans are placed."""
    rule, *rivals = placed
    beside = [
        f"{_COMPARED.get(row.verdict, row.verdict)} {row.forecast} ({number(row.misplaced, 0)} %)"
        for row in rivals
    ]
    years = f"{LENT[0]} to {LENT[1]}"
    return (
        f"The rule of state loans sends {number(rule.misplaced, 0)} % of the money of {years} to other "
        f"economies than on record; it is {listed(beside)}."
    )


#: Heads of the tables.
_SKILL = (
    "left out", "year", "operators (economies)", "forecast", "mean squared error", "model less this, 95 %",
    "the model is", "economies missed by, points", "inside nine runs in ten (width, points)",
)  # fmt: skip
_SUMMARY = ("left out", "year", "economies", "model")
_ERRORS = ("known error", "recorded", "simulated", "nine runs in ten")
_LENT = (
    "state loans, USD bn", f"recorded, {LENT[0]} to {LENT[1]}", "by the rule",
    f"recorded, {LENT_BEFORE[0]} to {LENT_BEFORE[1]}",
)  # fmt: skip


def passages(results: LeftOut) -> dict[str, str]:
    """Passages of the documentation by name, in Markdown."""
    return {
        "left_out": f"{_summary(results.skills)}\n\n{_of_loans(results.placed)}",
        "errors": grid(_ERRORS, _errors(results.errors)),
    }


def tables(results: LeftOut | None) -> list[str]:
    """The tables as text."""
    if results is None:
        return []
    return [
        table(_SKILL, _skill(results.skills)), table(_ERRORS, _errors(results.errors)),
        table(_LENT, _lent(results.lent)),
    ]  # fmt: skip


def _skill(rows: Iterable[Skill]) -> list[tuple[str, ...]]:
    """Scores beside rivals."""
    body, before = list[tuple[str, ...]](), None
    for row in rows:
        first, before = (row.left, row.year) != before, (row.left, row.year)
        whose = (opening(row.left), str(row.year), f"{row.operators} ({row.economies})")
        beside = "" if np.isnan(row.low) else span(row.low, row.high, 2)
        inside = "" if np.isnan(row.covered) else f"{100 * row.covered:.0f} % ({row.width:.0f})"
        body.append((
            *(whose if first else ("", "", "")), row.forecast, fixed(row.score), beside, row.verdict,
            number(row.points, 0), inside,
        ))  # fmt: skip
    return body


def _summary(rows: Sequence[Skill]) -> str:
    """How far forecasts are off, a row for what was left out, a column for a rival."""
    rivals = list(dict.fromkeys(row.forecast for row in rows if row.forecast not in (MODEL, MEMORY)))
    body = []
    for left, year in dict.fromkeys((row.left, row.year) for row in rows):
        mine = {row.forecast: row for row in rows if (row.left, row.year) == (left, year)}
        beside = [
            f"{number(mine[rival].points, 0)} ({mine[rival].verdict})" if rival in mine else ""
            for rival in rivals
        ]
        model = mine[MODEL]
        body.append((opening(left), str(year), str(model.economies), number(model.points, 0), *beside))
    return grid((*_SUMMARY, *(rival.removeprefix("the ") for rival in rivals)), body)


def _errors(rows: Iterable[KnownError]) -> list[tuple[str, ...]]:
    """Known errors."""
    return [
        (opening(row.what), *(number(value, 0) for value in (row.recorded, row.said)),
         span(row.low, row.high, 0))
        for row in rows
    ]  # fmt: skip


def _lent(rows: Iterable[Lent]) -> list[tuple[str, ...]]:
    """Loans on record and by the rule."""
    return [
        (opening(name_of("group" if ":" in row.place else "country", row.place)),
         *(number(value) for value in row[1:]))
        for row in rows
    ]  # fmt: skip
