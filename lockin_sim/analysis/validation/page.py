"""Where the model is better than a simple rival, equal or worse, in words and tables from the scores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.analysis.validation.aims import aims
from lockin_sim.analysis.validation.found import Validation
from lockin_sim.analysis.validation.scores import (
    ALL,
    BETTER,
    EQUAL,
    FEW,
    GIVEN,
    MODEL,
    REFITTED,
    WORSE,
    Score,
)
from lockin_sim.analysis.validation.subjects import (
    BORROWS,
    BY_2020,
    BY_2023,
    COUNTED,
    ECONOMY,
    FITTED,
    WATCHED,
)
from lockin_sim.wording import listed, opening

#: Where the scores over the bundled draws lie, written by ``tools/make_validation.py``.
MEASURED = "measured.json"

#: Forecasts that are the model.
OWN = (MODEL, REFITTED, GIVEN)


#: Subjects that are no nouns, as they stand in a sentence.
NOUNS = {
    BY_2020: "who restricts by 2020",
    BY_2023: "who restricts by 2023",
    COUNTED: "how many restrict",
    BORROWS: "who borrows from China",
    WATCHED: "who has Chinese surveillance",
}


class Measured(NamedTuple):
    """Scores, and how they were made."""

    scores: tuple[Score, ...]
    about: Mapping[str, Any]


def measured() -> Measured:
    """The scores that travel with the package: all bundled facts, over the bundled draws."""
    text = (files("lockin_sim.analysis.validation") / MEASURED).read_text(encoding="utf-8")
    held = json.loads(text)
    rows: list[dict[str, Any]] = [
        {k: np.nan if v is None else v for k, v in row.items()} for row in held["scores"]
    ]
    return Measured(tuple(Score(**row) for row in rows), held["about"])


def as_json(found: Validation) -> str:
    """Scores as :func:`measured` reads them."""
    rows = [
        {
            k: None if isinstance(v, float) and np.isnan(v) else round(v, 6) if isinstance(v, float) else v
            for k, v in score._asdict().items()
        }
        for score in found.scores
    ]
    lines = ",\n".join(json.dumps(row) for row in rows)
    return f'{{"about": {json.dumps(dict(found.about))}, "scores": [\n{lines}\n]}}\n'


def sentences(scores: Sequence[Score]) -> list[str]:
    """Where the model is better, equal and worse than rivals, and where facts are too few."""
    said = {
        BETTER: "The model is better than {}.",
        EQUAL: "No difference can be seen from {}.",
        WORSE: "The model is worse than {}.",
        FEW: "Too few facts to tell the model from {}.",
    }
    rows = claimed(scores)
    made = []
    for verdict, text in said.items():
        by_rival: dict[str, list[str]] = {}
        for score in rows:
            if score.verdict == verdict and score.forecast not in OWN:
                by_rival.setdefault(score.forecast, []).append(NOUNS.get(score.subject, score.subject))
        if by_rival:
            parts = [f"{rival} in {listed(subjects)}" for rival, subjects in by_rival.items()]
            word = "than" if verdict in (BETTER, WORSE) else "from"
            made.append(text.format(f"; {word} ".join(parts)))
    return [*made, aside(scores)]


def widest(scores: Sequence[Score]) -> list[Score]:
    """One row a subject and forecast: all splits together where there are several."""
    several = {score.subject for score in scores if score.split == ALL}
    return [s for s in scores if s.split == ALL or s.subject not in several]


def claimed(scores: Sequence[Score]) -> list[Score]:
    """One row a subject and forecast: of economies kept aside where these are enough, else the widest.

    What a rule shows on economies that it was chosen on is no skill where fresh ones do not show it.
    """
    fresh = {(s.subject, s.forecast): s for s in scores if s.split == ECONOMY and s.verdict not in ("", FEW)}
    return [fresh.get((s.subject, s.forecast), s) for s in widest(scores)]


def aside(scores: Sequence[Score]) -> str:
    """How facts that were kept aside are met, beside the fitted ones."""
    held = rivals_of(s for s in scores if s.split not in (ALL, FITTED))
    better, equal, worse = (sum(s.verdict == v for s in held) for v in (BETTER, EQUAL, WORSE))
    few = sum(s.verdict == FEW for s in held)
    return (
        f"On facts kept aside alone, by economy or by year, of {len(held)} comparisons with a "
        f"rival the model is better in {better} and worse in {worse}; {equal} show no difference, and {few} "
        "rest on too few facts."
    )


def rivals_of(scores: Iterable[Score]) -> list[Score]:
    """Those that are not of the model itself."""
    return [s for s in scores if s.forecast not in OWN]


def sections(found: Measured) -> dict[str, str]:
    """Passages of the page by name, in Markdown."""
    scores = found.scores
    return {
        "made": Validation((), (), scores, found.about).made,
        "verdicts": "\n".join(f"- {sentence}" for sentence in sentences(scores)),
        "off": _off(found.about.get("off", {})),
        "aims": _aims(scores),
        "scores": _table(widest(scores)),
        "splits": _table([s for s in scores if s.split != ALL and s.subject in _several(scores)]),
    }


def _several(scores: Sequence[Score]) -> set[str]:
    """Subjects that are scored over all facts together as well."""
    return {score.subject for score in scores if score.split == ALL}


def _aims(scores: Sequence[Score]) -> str:
    """What was to be shown, and whether it holds, as a table of Markdown."""
    rows = [
        f"| {a.what} | {_or_blank(a.found, 3)} | {a.wanted} | {'yes' if a.holds else f'**{a.answer}**'} |"
        for a in aims(scores)
    ]
    return "\n".join(["| to be shown | found | wanted | holds |", "| --- | --- | --- | --- |", *rows])


def _off(learnt: Mapping[str, Sequence[float]]) -> str:
    """What was learnt of how far the model is off, by kind, as a table of Markdown."""
    rows = [
        f"| {opening(subject)} | {ratio:.2f} | {np.sqrt(left):.2f} | {np.sqrt(aside):.2f} "
        f"| {np.sqrt(more):.3g} |"
        for subject, (ratio, left, more, aside) in learnt.items()
    ]
    heads = (
        "| subject | misses over spread, squared | spread drawn in to | of facts kept aside | error added |"
    )
    return "\n".join([heads, "| --- " * 5 + "|", *rows])


def _table(scores: Sequence[Score]) -> str:
    """All scores as a table of Markdown."""
    heads = "| subject | facts | split | forecast | score | of the model | in 90 % | AUC | the model is |"
    rows = [
        f"| {opening(s.subject)} | {s.facts} | {s.split} | {s.forecast} | {s.score:.3f} | {s.model:.3f} | "
        f"{_or_blank(s.covered)} | {_area(s)} | {s.verdict} |"
        for s in scores
    ]
    return "\n".join([heads, "| --- " * 9 + "|", *rows])


def _or_blank(value: float, digits: int = 2) -> str:
    """A number with so many decimals, empty where undefined."""
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def _area(score: Score) -> str:
    """An area under the curve with its error, empty where undefined."""
    if np.isnan(score.auc):
        return ""
    return f"{score.auc:.2f}" + ("" if np.isnan(score.auc_error) else f" ± {score.auc_error:.2f}")
