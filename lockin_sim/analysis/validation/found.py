"""What a validation found, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.analysis.cells import write_rows
from lockin_sim.analysis.validation.aims import Aim, aims
from lockin_sim.analysis.validation.rivals import Forecast
from lockin_sim.analysis.validation.scores import Score
from lockin_sim.analysis.validation.subjects import Fact
from lockin_sim.studies.hindcast.shown import table


@dataclass(frozen=True)
class Validation:
    """Recorded facts beside forecasts of them.

    facts      what is recorded, with its split and source
    forecasts  what each forecaster said, along the facts
    scores     mean scores by subject, split and forecaster, see :class:`.Score`
    about      how it was made
    """

    facts: tuple[Fact, ...]
    forecasts: tuple[Forecast, ...]
    scores: tuple[Score, ...]
    about: Mapping[str, Any]

    @property
    def made(self) -> str:
        """How it was made, in a sentence."""
        told = self.about
        return f"{told['runs']} runs from seed {told['seed']}; parameters: {told['parameters']}."

    @property
    def aims(self) -> list[Aim]:
        """What was to be shown, and whether it is."""
        return aims(self.scores)

    def __str__(self) -> str:
        rows = [
            (
                s.subject, s.split, s.forecast, str(s.facts), _number(s.score), _number(s.model),
                _number(s.covered, 2), _with_error(s), s.verdict,
            )
            for s in self.scores
        ]  # fmt: skip
        heads = ("subject", "split", "forecast", "facts", "score", "model", "in 90 %", "AUC", "model is")
        wanted = [(a.what, _number(a.found), a.wanted, a.answer) for a in self.aims]
        told = f"{self.made}\n\n{table(heads, rows)}"
        aimed = table(("to be shown", "found", "wanted", "holds"), wanted)
        return f"{told}\n\n{aimed}" if wanted else told

    def write(self, folder: str | Path) -> Path:
        """Write scores.csv and facts.csv into a folder; undefined numbers are blank.  Returns the folder."""
        place = Path(folder)
        write_rows(place / "scores.csv", Score._fields, self.scores)
        names = [f.name for f in self.forecasts]
        heads = [
            "subject", "domain", "place", "year", "vendors", "split", "source", "recorded",
            *(f"{n}: said" for n in names), *(f"{n}: score" for n in names),
        ]  # fmt: skip
        write_rows(place / "facts.csv", heads, (self._row(k) for k in range(len(self.facts))))
        return place

    def _row(self, k: int) -> list[Any]:
        """A fact with all that was said of it, as a row."""
        fact = self.facts[k]
        q = fact.question
        told = [fact.subject, q.domain, q.place, q.year, " ".join(q.vendors), fact.split, fact.source]
        said = [float(f.said[k]) for f in self.forecasts]
        return [*told, fact.recorded, *said, *(float(f.score[k]) for f in self.forecasts)]


def _number(value: float, digits: int = 3) -> str:
    """A number with so many decimals, empty where undefined."""
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def _with_error(score: Score) -> str:
    """An area under the curve, its error in brackets where known."""
    if np.isnan(score.auc):
        return ""
    error = "" if np.isnan(score.auc_error) else f" ({score.auc_error:.2f})"
    return f"{score.auc:.2f}{error}"
