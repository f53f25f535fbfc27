"""What the documents say of runs: the baseline beside the record, where its paths lead, one tender."""

from __future__ import annotations

import math
from functools import cache
from itertools import groupby

from odd_world import grid

import lockin_sim as ls
from lockin_sim.conventions import Floats
from lockin_sim.evidence.hindcast import HORIZON, Hindcast, Share, answered, beside_record
from lockin_sim.record import Question
from lockin_sim.record.tables import with_places

RUNS, SEED = 64, 1

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
        said = answered((*questions, *PATHS), world=world, runs=RUNS, seed=SEED)
        paths.append(said[:, len(questions) :])
        return said[:, : len(questions)]

    return beside_record(world, HORIZON, answer), *paths


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
            f"`{score.name}`", score.target.what, f"{score.value:.3g}", _bound(score.target.low),
            _bound(score.target.high), "yes" if score.holds else "**no**",
        )
        for score in found().scores
        if score.target.wanted
    ]  # fmt: skip
    return grid(("score", "what", "simulated", "least", "most", "holds"), rows)


def sight() -> str:
    """What is believable at sight."""
    rows = [(c.what, f"{c.number:.3g}", "yes" if c.holds else "**no**") for c in found().checks]
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


def explanation() -> str:
    """The tender that the README explains."""
    why = ls.explain("baseline", country="KEN", domain="mobile_network", year=2017, run=0, seed=SEED)
    return f"```\n{why}\n```"
