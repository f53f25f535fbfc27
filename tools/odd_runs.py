"""What the documents say of runs: the baseline beside the record, what it misses, where its paths lead, one
tender, and what the fit of the history left over."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from functools import cache
from itertools import groupby
from textwrap import fill

import fit_history
import numpy as np
from odd_model import grid

import lockin_sim as ls
from lockin_sim.common.conventions import Floats
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.common.formats import opening
from lockin_sim.engine.guided import simulate_guided
from lockin_sim.evidence.hindcast import HORIZON, Hindcast, Share, compare_with_record, simulate_answers
from lockin_sim.record import Question
from lockin_sim.record.facts import Target
from lockin_sim.record.histories import build_histories
from lockin_sim.record.tables import with_places
from lockin_sim.world.names import format_label

#: Runs of the baseline, other than a fit has.
RUNS, SEED = 64, 1

#: Runs of the baseline that are guided by the record.
FEW = 32

#: Domains and vendors whose later paths are shown.
SHOWN = {
    "mobile_network": ("huawei", "zte", "ericsson", "nokia", "samsung"),
    "smartphone": ("apple", "samsung", "huawei", "bbk", "xiaomi"),
    "e_commerce": ("alibaba", "amazon"),
    "digital_payments": ("visa", "unionpay", "ant"),
    "cloud": ("amazon", "microsoft", "alibaba", "tencent", "huawei"),
    "smart_city": ("hikvision", "dahua", "huawei"),
}
LATER = (2012, 2016, 2020, 2030, 2040, 2049)


#: Shares of the world's sales in later years.
PATHS = tuple(
    Question("sales", domain, "world", year, (vendor,))
    for domain, vendors in SHOWN.items() for vendor in vendors for year in LATER
)  # fmt: skip


@cache
def simulated() -> tuple[Hindcast, Floats]:
    """History by the baseline beside the record, and what it answers to PATHS.  (run, question)."""
    world, paths = with_places(ls.load_world()), list[Floats]()

    def answer(questions: tuple[Question, ...]) -> Floats:
        """All answers; those to PATHS are set aside."""
        said = simulate_answers((*questions, *PATHS), world=world, runs=RUNS, seed=SEED)
        paths.append(said[:, len(questions) :])
        return said[:, : len(questions)]

    return compare_with_record(world, HORIZON, answer), *paths


def unmet() -> str:
    """Tenders that cannot end as recorded in a tenth of the baseline's runs or more, by operator and year."""
    world, runs = ls.load_world(), np.arange(FEW)
    past = build_histories("conditioned", world=world, runs=runs)[:]
    with limit_blas_threads():
        found = simulate_guided(world, ls.Parameters(), past, runs, evidence=False).unmet
    rows, lots = defaultdict[tuple[str, ...], set[int]](set), world.lots
    for run, year, lot, restricted in zip(*found, strict=True):
        slot, operator = (
            world.on_record.holder[year - world.first_year, lot],
            lots.operators[lots.operator[lot]],
        )
        vendor = world.vendors[world.slot_vendor[lots.domain[lot], slot]]
        why = "its state restricts the supplier" if restricted else "the supplier is not on sale there"
        rows[
            world.countries[lots.country[lot]], operator, str(year), format_label("vendor", vendor), why
        ].add(run)
    often = [(*row, f"{100 * len(of) / FEW:.0f}") for row, of in sorted(rows.items()) if len(of) >= FEW / 10]
    return grid(("economy", "operator", "year", "supplier on record", "why it cannot be", "% of runs"), often)


def found() -> Hindcast:
    """History by the baseline beside the record."""
    return simulated()[0]


def comparisons() -> list[Share]:
    """Recorded shares beside simulated ones: the latest of each vendor, domain, scope, measure and count."""
    latest: dict[tuple[str, ...], Share] = {}
    for row in sorted(found().shares, key=lambda row: row.year):
        latest[row.domain, row.scope, row.measure, row.segment, row.vendor] = row
    return sorted(latest.values(), key=lambda row: (row.domain, row.scope, row.measure))


def fit() -> str:
    """Recorded shares and in brackets simulated ones, a row a source, and their mean distance."""
    latest = comparisons()
    rows = [
        (*place, ", ".join(f"{s.vendor} {100 * s.recorded:.0f} ({100 * s.simulated:.0f})" for s in of))
        for place, of in groupby(
            latest, lambda s: (s.domain, s.scope, s.measure, str(s.year), f"{s.segment}, {s.source}")
        )
    ]
    heads = ("domain", "where", "share of", "year", "counted, source", "reported (simulated), %")
    distance = 100 * sum(abs(row.error) for row in latest) / len(latest)
    text = f"Mean absolute distance over these {len(latest)} shares: {distance:.0f} points."
    return f"{grid(heads, rows)}\n\n{text}"


def shown() -> str:
    """What a hindcast must show, and whether it does."""
    rows = [
        (
            f"`{score.name}`", score.what, f"{score.value:.3g}", _bound(score.low),
            _bound(score.high), "yes" if score.holds else "**no**",
        )
        for score in found().scores
        if score.wanted
    ]  # fmt: skip
    return grid(("score", "what", "simulated", "least", "most", "holds"), rows)


def sight() -> str:
    """What is believable at sight."""
    rows = [(c.what, f"{c.value:.3g}", "yes" if c.holds else "**no**") for c in found().checks]
    return grid(("what", "number in the last year, or as said", "believable"), rows)


def _bound(value: float) -> str:
    """A number in three digits, empty where there is no bound."""
    return f"{value:.3g}" if math.isfinite(value) else ""


def paths() -> str:
    """Shares of the world's sales in later years, each with the two years around it."""
    rows: dict[tuple[str, str], list[str]] = {}
    for question, share in zip(PATHS, simulated()[1].mean(axis=0).tolist(), strict=True):
        rows.setdefault((question.domain, *question.members), []).append(f"{100 * share:.0f}")
    return grid(("domain", "vendor", *map(str, LATER)), [(*key, *shares) for key, shares in rows.items()])


def misses() -> str:
    """Where the baseline leaves the record, as a list: what does not hold, and what is not believable."""
    scores = [_missed(score) for score in found().scores if score.wanted and not score.holds]
    checks = [f"{check.what}: {check.value:.3g}." for check in found().checks if not check.holds]
    bullets = [*scores, *checks] or ["Nothing that it is asked to show."]
    return "\n".join(
        fill(text, 118, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
        for text in bullets
    )


def _missed(target: Target) -> str:
    """A missed target in a line."""
    above = target.value > target.high
    bound = f"at most {target.high:.3g}" if above else f"at least {target.low:.3g}"
    points = target.what.startswith("points; ")
    number = f"{target.value:.3g}{' points' if points else ''}"
    title = opening(format_label("domain", target.domain))
    return f"**{title}**, {target.what.removeprefix('points; ')}: {number}, to be {bound}."


def left_over() -> str:
    """How far shares are from the record in other runs than the fit had, and how much of that is measured."""
    with limit_blas_threads():
        fit = fit_history.Fit((), RUNS, SEED)
        simulated = fit.compared(fit.simulated(fit.world, fit_history.LAST))
    distances: dict[tuple[str, str], list[float]] = defaultdict(list)
    for fact, share in zip(fit.facts, simulated, strict=True):
        if fact.year > fit.world.first_year:  # nothing is sold in the initial state
            distances[fact.domain, fact.scope.replace(";", ", ")].append(abs(share - fact.share))
    with fit_history.TARGETS.open(newline="", encoding="utf-8") as file:
        status = Counter(
            (r["domain"], r["scope"].replace(";", ", "), r["status"]) for r in csv.DictReader(file)
        )
    rows = []
    for (domain, scope), off in distances.items():
        counts = [str(status[domain, scope, s]) for s in ("measured", "estimated", "assumed")]
        mean, worst = 100 * np.mean(off), 100 * max(off)
        rows.append((domain, scope, f"{len(off)} ({', '.join(counts)})", f"{mean:.0f}", f"{worst:.0f}"))
    facts = "facts (measured, estimated, assumed)"
    heads = ("domain", "where", facts, "mean distance, points", "largest, points")
    return grid(heads, rows)
