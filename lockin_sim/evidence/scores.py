"""Scores of forecasts: means, verdicts on the model beside rivals, and targets set beforehand.

:func:`summarize_scores` and :func:`write_score_passages` put results in words and tables.  The scores over
all bundled facts and draws come with the package, in ``measured.json``, written by
``tools/make_validation.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.formats import listed, opening
from lockin_sim.common.indices import auc
from lockin_sim.evidence.rivals import CHANCES, CLIMATOLOGY, REFITTED, UN, Forecast, transform_to_scored_unit
from lockin_sim.record import ECONOMY, FITTED, MOBILE, SPLITS, YEAR, Fact
from lockin_sim.record import facts as of
from lockin_sim.world.names import format_place, format_vendors

MODEL = "model"

#: Forecasts by the model.
OWN = (MODEL, REFITTED)

#: The model's forecast with the same information as the rivals, where that is not :data:`MODEL`.
MAIN = {of.BY_2020: REFITTED, of.BY_2023: REFITTED, of.VOTES: REFITTED}

#: All splits together.
ALL = "all"

#: Bootstrap resamples of clusters, and the minimum number of clusters for an interval.
RESAMPLES, FEWEST = 2000, 5

BETTER, EQUAL, WORSE, FEW = "better", "equal", "worse", "too few"

#: Bundled scores.
MEASURED = "measured.json"

#: Rows that a table of largest misses has in the documentation.
ROWS = 6


class Score(NamedTuple):
    """Score of a forecaster on a subject, over facts of one split that both it and the model forecast.

    subject, split, forecast   names
    facts, clusters            numbers of facts, and of independent groups of them
    measure, score             CRPS or Brier, its mean; 0 is best
    model                      mean score of the model on the same facts
    covered                    share of facts in the 90 % interval, NaN for chances and single numbers
    auc, auc_error             of chances, and its standard error (DeLong); NaN for others
    low, high                  95 % interval of the model's score minus this score, by resampling clusters
    verdict                    whether the model is better, equal, worse, or there are too few facts; "" for
                               the model itself
    miss                       mean distance of medians, or chances, from the record, in the scored unit
    """

    subject: str
    split: str
    forecast: str
    facts: int
    clusters: int
    measure: str
    score: float
    model: float
    covered: float
    auc: float
    auc_error: float
    low: float
    high: float
    verdict: str
    miss: float = np.nan


def score_forecasts(facts: Sequence[Fact], forecasts: Sequence[Forecast], seed: int) -> tuple[Score, ...]:
    """Score every forecaster on every subject, over all splits together and each split alone.

    seed  of the bootstrap of clusters
    """
    scored = []
    subject, split = (np.array(column) for column in zip(*((f.subject, f.split) for f in facts), strict=True))
    by_name = {forecast.name: forecast for forecast in forecasts}
    for name in dict.fromkeys(subject.tolist()):
        of_subject = subject == name
        splits = [s for s in SPLITS if (of_subject & (split == s)).any()]
        for part in [ALL, *splits] if len(splits) > 1 else splits:
            mine = of_subject if part == ALL else of_subject & (split == part)
            main = by_name[MAIN.get(name, MODEL)]
            for forecast in forecasts:
                both = mine & np.isfinite(forecast.score) & np.isfinite(main.score)
                if both.any():
                    chosen = np.flatnonzero(both).tolist()
                    scored.append(
                        _score_forecast(name, part, forecast, main, [facts[k] for k in chosen], chosen, seed)
                    )
    return tuple(scored)


def _score_forecast(
    subject: str,
    split: str,
    forecast: Forecast,
    main: Forecast,
    facts: Sequence[Fact],
    chosen: list[int],
    seed: int,
) -> Score:
    """Score a forecast over facts that both it and the model forecast.

    main    the model's forecast;  facts  scored facts;  chosen  their positions
    """
    names, cluster = np.unique([fact.cluster for fact in facts], return_inverse=True)
    said, score, known = (a[chosen] for a in (forecast.said, forecast.score, forecast.covered))
    chances, (area, error) = subject in CHANCES, (np.nan, np.nan)
    # climatology ranks nothing: it says nearly the same of all cases
    if chances and np.ptp(said) > 0 and forecast.name != CLIMATOLOGY:
        area, error = auc(said, np.array([fact.recorded > 0 for fact in facts]))
    low, high, verdict = np.nan, np.nan, ""
    if forecast is not main:
        low, high, verdict = judge_difference(main.score[chosen] - score, cluster, seed)
    recorded = np.array([float(transform_to_scored_unit(fact, fact.recorded)) for fact in facts])
    return Score(
        subject,
        split,
        forecast.name,
        len(chosen),
        len(names),
        "Brier" if chances else "CRPS",
        float(score.mean()),
        float(main.score[chosen].mean()),
        float(np.nanmean(known)) if np.isfinite(known).any() else np.nan,
        area,
        error,
        low,
        high,
        verdict,
        float(np.abs(said - recorded).mean()),
    )


def judge_difference(difference: Floats, cluster: np.ndarray, seed: int) -> tuple[float, float, str]:
    """Compute the 95 % interval of a mean difference of scores, and the verdict on the model.

    difference  (fact,), the model's score minus the rival's: below 0 the model is better
    cluster     (fact,), number of the cluster, from 0
    Returns low, high and verdict; NaN and :data:`FEW` with fewer than :data:`FEWEST` clusters.
    """
    many = int(cluster.max()) + 1
    if many < FEWEST:
        return np.nan, np.nan, FEW
    total, count = np.bincount(cluster, difference, many), np.bincount(cluster, minlength=many)
    drawn = np.random.default_rng(seed).integers(many, size=(RESAMPLES, many))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return low, high, BETTER if high < 0 else WORSE if low > 0 else EQUAL


class Miss(NamedTuple):
    """Recorded share, and its forecast by runs without it.

    place, year, vendors  of the share;  source  of the record
    """

    subject: str
    place: str
    year: int
    vendors: str
    recorded: float
    said: float
    source: str


#: Subjects that are shares but those of networks of economies, and how many of the largest misses are named.
_SHARES = (*of.SALES.values(), of.PLACES, of.REGIONS_IN_USE, of.SUPPLIERS, of.GALILEO)
_NAMED = 12


def find_largest_misses(facts: Sequence[Fact], forecast: Forecast) -> tuple[Miss, ...]:
    """Find the shares that a forecast misses by most, the worst first, at most twelve."""
    worst = [
        Miss(fact.subject, q.place, q.year, "_".join(q.members), fact.recorded, said, fact.source)
        for fact, said in zip(facts, forecast.said.tolist(), strict=True)
        for q in (fact.question,)
        if fact.subject in _SHARES and np.isfinite(said)
    ]
    return tuple(sorted(worst, key=lambda miss: -abs(miss.said - miss.recorded))[:_NAMED])


class IntervalCoverage(NamedTuple):
    """Coverage of recorded numbers of one kind by 90 % intervals of runs that know the record.

    facts, clusters  numbers of facts, and of independent groups of them
    alone            share of facts that lie in the interval of the runs
    held             share in that interval widened by the model's error, as learnt from other clusters
    error            standard deviation of that error, mean over facts, in the unit of the fact
    """

    subject: str
    facts: int
    clusters: int
    alone: float
    held: float
    error: float

    @property
    def holds(self) -> bool:
        """Whether the coverage of the widened interval is within :data:`INTERVALS`."""
        low, high = INTERVALS
        return low <= self.held <= high


# --- targets ------------------------------------------------------------------------------------------

#: Maximum mean distance of medians of shares, in points, on facts of some splits; both were set for means.
MISSES = (
    (of.PLACES, (ECONOMY, YEAR), of.PLACES, 9.8),
    (of.SALES[MOBILE], (YEAR,), f"{of.SALES[MOBILE]} after {of.LAST_FITTED}", 4),
)
#: Maximum Brier score of who borrows, on economies kept aside.
BORROWERS = 0.207

#: Bounds of the share of facts in 90 % intervals.
HELD = (0.8, 0.97)

#: The same of intervals of runs that know the record, and the minimum number of facts of a kind.
INTERVALS, FEWEST_FACTS = (0.8, 0.95), 6

#: Half of a 95 % interval, in standard errors.
_ERRORS = 1.96


class TargetResult(NamedTuple):
    """Target on facts kept aside, fixed before the measurement, and its result.

    what    which facts, and how many
    value   the result; NaN without such a fact
    wanted  the target in words
    holds   whether it is reached; False without such a fact
    """

    what: str
    value: float
    wanted: str
    holds: bool

    @property
    def answer(self) -> str:
        """Result as "yes", "no" or "no such facts"."""
        return "no such facts" if np.isnan(self.value) else "yes" if self.holds else "no"


def evaluate_targets(rows: Sequence[Score]) -> list[TargetResult]:
    """Compare scores with the targets fixed in advance, for the subjects that were scored."""
    at = {(s.subject, s.split, s.forecast): s for s in rows}
    subjects = dict.fromkeys(s.subject for s in rows)

    def mine(subject: str, *splits: str) -> list[Score]:
        """Return the scores of the model with the same information as the rivals, on some splits."""
        keys = ((subject, split, MAIN.get(subject, MODEL)) for split in splits)
        return [at[key] for key in keys if key in at]

    def at_most(what: str, value: float, most: float) -> TargetResult:
        """Compare a value with an upper bound."""
        return TargetResult(what, value, f"<= {most:g}", value <= most)

    aims = []
    for subject, splits, what, most in MISSES:
        if subject in subjects:
            parts = mine(subject, *splits)
            text = f"{what}, {_format_fact_count(parts)}: distance of the median, points"
            aims.append(at_most(text, 100 * _average_splits(parts, [s.miss for s in parts]), most))
    for subject in (of.BY_2020, of.BY_2023):
        rival = at.get((subject, ECONOMY, UN))
        if rival is not None:  # the rule fitted to other economies should match UN votes alone
            error = (rival.high - rival.low) / (2 * _ERRORS)
            text = f"{subject}, {rival.facts} economies kept aside, {REFITTED}: Brier"
            wanted = f"<= {rival.score:.3f} + {error:.3f} (UN votes alone and a standard error)"
            aims.append(TargetResult(text, rival.model, wanted, rival.model <= rival.score + error))
    if of.BORROWS in subjects:
        parts = mine(of.BORROWS, ECONOMY)
        text = f"{of.BORROWS}, {_format_fact_count(parts)}: Brier"
        aims.append(at_most(text, _average_splits(parts, [s.score for s in parts]), BORROWERS))
    for subject in subjects:
        parts = mine(subject, ECONOMY, YEAR)
        if subject not in CHANCES and sum(s.clusters for s in parts) >= FEWEST:
            part, (low, high) = _average_splits(parts, [s.covered for s in parts]), HELD
            text = f"{subject}, {_format_fact_count(parts)}: part in the interval of 90 %"
            aims.append(TargetResult(text, part, f"{low} to {high}", low <= part <= high))
    return aims


def _format_fact_count(parts: Sequence[Score]) -> str:
    """Format the number of facts kept aside."""
    count = sum(s.facts for s in parts)
    return f"{count} fact{'s' if count != 1 else ''} kept aside"


def _average_splits(parts: Sequence[Score], values: Sequence[float]) -> float:
    """Average values of several splits, weighted by facts; NaN without a split."""
    return float(np.average(values, weights=[s.facts for s in parts])) if parts else np.nan


# --- in words ------------------------------------------------------------------------------------------

#: Subjects that are not nouns, as clauses.
NOUNS = {
    of.BY_2020: "who restricts by 2020",
    of.BY_2023: "who restricts by 2023",
    of.RESTRICTING: "how many restrict",
    of.BORROWS: "who borrows from China",
    of.WATCHED: "who has Chinese surveillance",
}


def describe_runs(about: Mapping[str, Any]) -> str:
    """Describe the runs behind the scores in a sentence."""
    return f"{about['runs']} runs from seed {about['seed']}; parameters: {about['parameters']}."


def read_bundled_rows[T](kind: Callable[..., T], name: str) -> tuple[T, ...]:
    """Read rows of one kind from the bundled file of scores.

    kind  class of the rows;  name  of the rows in the file
    """
    rows: list[dict[str, Any]] = _read_bundled()[name]
    return tuple(kind(**{k: np.nan if v is None else v for k, v in row.items()}) for row in rows)


def read_bundled_scores() -> tuple[Score, ...]:
    """Read the bundled scores: all bundled facts, over the bundled draws."""
    return read_bundled_rows(Score, "scores")


def read_model_error(subject: str) -> float:
    """Return the standard deviation of the model's error in one kind of number, from the bundled scores.

    The error is beyond the spread of runs that know the record; 0 for a kind without an interval.
    """
    errors = {row.subject: row.error for row in read_bundled_rows(IntervalCoverage, "intervals")}
    return errors.get(subject, 0.0)


@cache
def _read_bundled() -> dict[str, Any]:
    """Read the content of the bundled file of scores, once."""
    text = (files("lockin_sim.evidence") / MEASURED).read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def format_scores_json(about: Mapping[str, Any], kinds: Mapping[str, Iterable[Any]]) -> str:
    """Format rows of several kinds, by name, as JSON for :func:`read_bundled_rows`.

    about  their provenance;  kinds  rows by name
    NaN becomes null.
    """
    parts = [f'"about": {json.dumps(dict(about))}']
    for name, rows in kinds.items():
        cells = [
            {
                k: (None if np.isnan(v) else round(v, 6)) if isinstance(v, float) else v
                for k, v in row._asdict().items()
            }
            for row in rows
        ]
        lines = ",\n".join(map(json.dumps, cells))
        parts.append(f'"{name}": [\n{lines}\n]')
    return f"{{{',\n'.join(parts)}}}\n"


def summarize_scores(rows: Sequence[Score]) -> list[str]:
    """Summarise in sentences how forecasts compare with rivals on facts kept aside, and on fitted facts.

    Only facts kept aside test the model; where a fact was fitted, the words are of a fit.
    """
    fresh = select_kept_aside(rows)
    counts = count_verdicts(fresh)
    total = (
        "On facts kept aside, by economy or by year, the model is better than a rival in "
        f"{counts[BETTER]} of {len(fresh)} comparisons and worse in {counts[WORSE]}; {counts[EQUAL]} show no "
        f"difference, and {counts[FEW]} rest on too few facts."
    )
    return [
        *([total] if fresh else []),
        *_verdict_sentences(
            fresh,
            "There it",
            {
                BETTER: "is better than",
                EQUAL: "does not differ visibly from",
                WORSE: "is worse than",
            },
        ),
        *_verdict_sentences(
            select_fitted(rows),
            "To facts that were fitted the model",
            {
                BETTER: "fits better than",
                EQUAL: "fits about as well as",
                WORSE: "fits worse than",
            },
        ),
    ]


def _verdict_sentences(rows: Sequence[Score], start: str, words: Mapping[str, str]) -> list[str]:
    """Write a sentence for each verdict that occurs: which rivals, in which subjects.

    start  of each sentence;  words  of each verdict
    """
    texts = []
    for verdict, text in words.items():
        by_rival: dict[str, dict[str, None]] = {}
        for score in rows:
            if score.verdict == verdict:
                by_rival.setdefault(score.forecast, {})[NOUNS.get(score.subject, score.subject)] = None
        if by_rival:
            last = text.rpartition(" ")[2]
            parts = [f"{rival} in {listed(list(subjects))}" for rival, subjects in by_rival.items()]
            texts.append(f"{start} {text} {f'; {last} '.join(parts)}.")
    return texts


def select_kept_aside(rows: Iterable[Score]) -> list[Score]:
    """Select comparisons with rivals on facts kept aside, by economy or by year."""
    return [score for score in select_rival_scores(rows) if score.split not in (ALL, FITTED)]


def select_fitted(rows: Iterable[Score]) -> list[Score]:
    """Select comparisons with rivals on facts that a fit could use."""
    return [score for score in select_rival_scores(rows) if score.split == FITTED]


def count_verdicts(rows: Sequence[Score]) -> dict[str, int]:
    """Count the comparisons with each verdict."""
    return {v: sum(score.verdict == v for score in rows) for v in (BETTER, EQUAL, WORSE, FEW)}


def select_rival_scores(rows: Iterable[Score]) -> list[Score]:
    """Select the scores of rivals."""
    return [s for s in rows if s.forecast not in OWN]


def _format_intervals(rows: Sequence[IntervalCoverage]) -> str:
    """Format the coverage of intervals as a sentence and a Markdown table of kinds."""
    low, high = INTERVALS
    total = (
        f"Of {len(rows)} kinds with at least {FEWEST_FACTS} facts, intervals of 90 % hold {100 * low:.0f} to "
        f"{100 * high:.0f} % of the facts in {sum(low <= row.alone <= high for row in rows)} by the runs "
        f"alone, and in {sum(row.holds for row in rows)} with the model's error."
    )
    body = [
        (
            opening(row.subject),
            f"{row.facts} ({row.clusters})",
            *(format_fixed(value, 2) for value in (row.alone, row.held)),
            format_fixed(100 * row.error, 0 if row.error >= 0.1 else 1),
        )
        for row in rows
    ]
    heads = ("kind", "facts (independent)", "runs alone", "with the model's error", "that error, points")
    return f"{total}\n\n{format_markdown_table(heads, body)}"


def write_score_passages() -> dict[str, str]:
    """Write passages of the documentation on scores, by name, in Markdown."""
    rows = read_bundled_scores()
    aimed = [
        (a.what, format_fixed(a.value), a.wanted, "yes" if a.holds else f"**{a.answer}**")
        for a in evaluate_targets(rows)
        if np.isfinite(a.value)
    ]
    return {
        "made": describe_runs(_read_bundled()["about"]),
        "verdicts": "\n".join(f"- {sentence}" for sentence in summarize_scores(select_kept_aside(rows))),
        "intervals": _format_intervals(read_bundled_rows(IntervalCoverage, "intervals")),
        "aims": format_markdown_table(("target", "result", "required", "met"), aimed),
        "misses": format_markdown_table(
            ("place", "of", "year", "recorded, %", "simulated, %"),
            [
                (
                    opening(format_place(m.place)),
                    f"{format_vendors(m.vendors)} ({m.subject})",
                    str(m.year),
                    *(format_fixed(100 * share, 0) for share in (m.recorded, m.said)),
                )
                for m in read_bundled_rows(Miss, "misses")[:ROWS]
            ],
        ),
    }


def format_markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Format a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))


def format_fixed(value: float, digits: int = 3) -> str:
    """Format a number with fixed decimals, "" if undefined."""
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def format_auc(score: Score, error: str) -> str:
    """Format an area under the curve with its error in a given format, "" if undefined."""
    return format_fixed(score.auc, 2) + ("" if np.isnan(score.auc_error) else error.format(score.auc_error))
