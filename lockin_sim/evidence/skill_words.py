"""Sentences and Markdown tables on what was left out of the record and how it was forecast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from lockin_sim.common.formats import listed, number, opening, span
from lockin_sim.evidence.hindcast import format_text_table
from lockin_sim.evidence.left_out import ECONOMIES, GENERATION, LENT, LENT_BEFORE, TIME
from lockin_sim.evidence.scores import (
    BETTER,
    EQUAL,
    MODEL,
    WORSE,
    format_fixed,
    format_markdown_table,
    read_bundled_rows,
)
from lockin_sim.evidence.skill import (
    MEMORY,
    SPARED,
    KnownError,
    LeftOutResults,
    LoanTotals,
    PlacementScore,
    SkillScore,
)
from lockin_sim.world.names import format_label

#: What runs do without, in words of a sentence.
_WITHOUT = {
    ECONOMIES: "Runs that do not know an economy's contracts",
    GENERATION: f"Runs that know all but {GENERATION}",
    TIME: f"Runs that know {TIME.replace('everything', 'nothing')}",
    SPARED: f"Where no order came, runs that know {TIME.replace('everything', 'nothing')}",
}

#: How the model compares with a rival.
COMPARED = {
    BETTER: "better than",
    EQUAL: "not visibly different from",
    WORSE: "worse than",
}


def read_bundled_skills() -> LeftOutResults:
    """Read the bundled scores of what was left out."""
    kinds = {"skills": SkillScore, "placed": PlacementScore, "lent": LoanTotals, "errors": KnownError}
    return LeftOutResults(**{name: read_bundled_rows(kind, name) for name, kind in kinds.items()})


def summarize_left_out(results: LeftOutResults) -> list[str]:
    """Summarise in sentences how well what was left out is forecast, beside simple rules and memory."""
    said = []
    for rows in _group_by_question(results.skills):
        model, known = rows[MODEL], rows[MEMORY]
        said.append(
            f"{_WITHOUT[model.left]} forecast the Chinese part of {model.operators} operators' networks in "
            f"{model.year} with a mean squared error of {format_fixed(model.score)}, "
            f"{_describe_comparison(rows.values(), 'verdict')}. Over {model.economies} economies their "
            f"CRPS is "
            f"{format_fixed(model.crps)}, {_describe_comparison(rows.values(), 'crps_verdict')}, and "
            f"their median is off by "
            f"{number(model.points, 0)} points (runs that know all: {number(known.points, 0)})."
        )
    scored = (
        "Only contracts that were read in a source are scored, and no operator that an order known to runs "
        "binds: everybody knows what it does."
    )
    return [*said, scored, _loan_sentence(results.placed)]


def _group_by_question(rows: Iterable[SkillScore]) -> list[dict[str, SkillScore]]:
    """Group scores by what was left out and year; each group maps forecasters to scores."""
    asked = dict[tuple[str, int], dict[str, SkillScore]]()
    for row in rows:
        asked.setdefault((row.left, row.year), {})[row.forecast] = row
    return list(asked.values())


def _describe_comparison(rows: Iterable[SkillScore], verdict: str) -> str:
    """Describe how the model compares with rivals by one of its scores.

    verdict  name of the score's verdict
    """
    by_verdict = dict[str, list[str]]()
    for row in rows:
        if word := getattr(row, verdict):
            by_verdict.setdefault(COMPARED.get(word, word), []).append(f"“{row.forecast}”")
    return " and ".join(f"{words} {listed(names, 'or')}" for words, names in by_verdict.items())


def _loan_sentence(placed: Sequence[PlacementScore]) -> str:
    """Describe how well the rule places loans, beside rivals."""
    rule, *rivals = placed
    beside = [
        f"{COMPARED.get(row.verdict, row.verdict)} {row.forecast} ({number(row.misplaced, 0)} %)"
        for row in rivals
    ]
    years = f"{LENT[0]} to {LENT[1]}"
    return (
        f"The rule of state loans sends {number(rule.misplaced, 0)} % of the money of {years} to other "
        f"economies than on record; it is {listed(beside)}."
    )


#: Heads of the tables.
_SKILL = (
    "left out",
    "year",
    "operators (economies)",
    "forecast",
    "squared error",
    "model less this, 95 %",
    "the model is",
    "CRPS",
    "model less this, 95 %",
    "the model is",
    "median off by, points",
    "inside nine runs in ten (width, points)",
)
_SUMMARY = (
    "left out",
    "year",
    "operators (economies)",
    "forecast",
    "squared error",
    "CRPS",
    "median off by, points",
)
_ERRORS = ("known error", "recorded", "simulated", "nine runs in ten")
_LENT = (
    "state loans, USD bn",
    f"recorded, {LENT[0]} to {LENT[1]}",
    "by the rule",
    f"recorded, {LENT_BEFORE[0]} to {LENT_BEFORE[1]}",
)


def write_left_out_passages(results: LeftOutResults) -> dict[str, str]:
    """Write passages of the documentation on what was left out, by name, in Markdown."""
    return {
        "left_out": f"{_format_summary(results.skills)}\n\n{_loan_sentence(results.placed)}",
        "errors": format_markdown_table(_ERRORS, _build_error_rows(results.errors)),
    }


def format_left_out_tables(results: LeftOutResults | None) -> list[str]:
    """Format the tables of scores, known errors and loans as text; none without results."""
    if results is None:
        return []
    return [
        format_text_table(_SKILL, _build_skill_rows(results.skills)),
        format_text_table(_ERRORS, _build_error_rows(results.errors)),
        format_text_table(_LENT, _build_loan_rows(results.lent)),
    ]


def _build_skill_rows(rows: Iterable[SkillScore]) -> list[tuple[str, ...]]:
    """Build the table rows of scores beside rivals."""
    body = list[tuple[str, ...]]()
    for asked in _group_by_question(rows):
        for row in asked.values():
            inside = "" if np.isnan(row.covered) else f"{100 * row.covered:.0f} % ({row.width:.0f})"
            body.append(
                (
                    *_build_question_cells(row),
                    format_fixed(row.score),
                    _format_difference(row.low, row.high),
                    row.verdict,
                    format_fixed(row.crps),
                    _format_difference(row.crps_low, row.crps_high),
                    row.crps_verdict,
                    number(row.points, 0),
                    inside,
                )
            )
    return body


def _build_question_cells(row: SkillScore) -> tuple[str, str, str, str]:
    """Build the first cells of a row: what was left out, shown beside the model alone, and the forecaster."""
    whose = (opening(row.left), str(row.year), f"{row.operators} ({row.economies})")
    return (*(whose if row.forecast == MODEL else ("", "", "")), row.forecast)


def _format_difference(low: float, high: float) -> str:
    """Format the interval of a difference of scores, "" if undefined."""
    return "" if np.isnan(low) else span(low, high, 3)


def _format_summary(rows: Iterable[SkillScore]) -> str:
    """Format a Markdown table of scores of the model and rivals, with the verdicts on the model."""
    return format_markdown_table(
        _SUMMARY,
        [
            (
                *_build_question_cells(row),
                *(
                    format_fixed(value) + (f" ({verdict})" if verdict else "")
                    for value, verdict in ((row.score, row.verdict), (row.crps, row.crps_verdict))
                ),
                number(row.points, 0),
            )
            for asked in _group_by_question(rows)
            for row in asked.values()
            if row.forecast != MEMORY
        ],
    )


def _build_error_rows(rows: Iterable[KnownError]) -> list[tuple[str, ...]]:
    """Build the table rows of known errors."""
    return [
        (
            opening(row.what),
            *(number(value, 0) for value in (row.recorded, row.said)),
            span(row.low, row.high, 0),
        )
        for row in rows
    ]


def _build_loan_rows(rows: Iterable[LoanTotals]) -> list[tuple[str, ...]]:
    """Build the table rows of loans on record and by the rule."""
    return [
        (
            opening(format_label("group" if ":" in row.place else "country", row.place)),
            *(number(value) for value in row[1:]),
        )
        for row in rows
    ]
