"""What the fit of the history left over: facts beside what the model gives, domain by domain."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from functools import cache

import fit_history
import numpy as np
from odd_world import grid

from lockin_sim.engines import one_blas_thread

#: Other runs than the fit had.
RUNS, SEED = 64, 1


@cache
def distances() -> dict[tuple[str, str], list[float]]:
    """Distances of simulated from recorded shares, by domain and scope."""
    with one_blas_thread():
        fit = fit_history.Fit((), RUNS, SEED)
        simulated = fit.compared(fit.simulated(fit.world, fit_history.LAST))
    distance: dict[tuple[str, str], list[float]] = defaultdict(list)
    for fact, share in zip(fit.facts, simulated, strict=True):
        if fact.year > fit.world.first_year:  # nothing is sold in the initial state
            distance[fact.domain, fact.scope.replace(";", ", ")].append(abs(share - fact.share))
    return distance


def left_over() -> str:
    """How far shares are from the record, and how much of that is measured."""
    with fit_history.TARGETS.open(newline="", encoding="utf-8") as file:
        status = Counter(
            (r["domain"], r["scope"].replace(";", ", "), r["status"]) for r in csv.DictReader(file)
        )
    rows = []
    for (domain, scope), off in distances().items():
        counts = [str(status[domain, scope, s]) for s in ("measured", "estimated", "assumed")]
        mean, worst = 100 * np.mean(off), 100 * max(off)
        rows.append((domain, scope, f"{len(off)} ({', '.join(counts)})", f"{mean:.0f}", f"{worst:.0f}"))
    facts = "facts (measured, estimated, assumed)"
    heads = ("domain", "where", facts, "mean distance, points", "largest, points")
    return grid(heads, rows)
