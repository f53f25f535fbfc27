"""What the fit of qualities left over: targets beside what the model gives, domain by domain."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from functools import cache

import fit_quality
import numpy as np
from odd_world import grid

from lockin_sim.threads import one_blas_thread
from lockin_sim.world import load_world
from lockin_sim.world.case import bundled_case

RUNS, SEED, LAST = 32, 1, 2021


@cache
def distances() -> dict[tuple[str, str], list[float]]:
    """Distances of simulated from recorded shares, by domain and scope; other runs than the fit had."""
    known = sorted({domain for domain, _, _ in fit_quality.targets()})
    with one_blas_thread():
        fit = fit_quality.Fit(load_world(), known, RUNS, SEED)
        years = fit.simulated(LAST)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (domain, scope, year), shares in fit.targets.items():
        if year == bundled_case().years.first:  # nothing is sold in the initial state
            continue
        d = fit.world.domains.index(domain)
        kind, whole, among = fit.kind(domain, scope), 1.0, 1.0
        now = years[year - bundled_case().years.first][kind][d]
        simulated = {v: float(now[fit.slot(domain, v)]) for v in shares}
        if kind != "adoption" and scope not in fit.points:  # shares among the vendors listed, as in the fit
            whole, among = sum(shares.values()), sum(simulated.values())
        found[domain, scope] += [abs(simulated[v] / among - s / whole) for v, s in shares.items()]
    return found


def left_over() -> str:
    """How far shares are from their targets, and how many of these are measured."""
    with fit_quality.TARGETS.open(newline="", encoding="utf-8") as file:
        later = (r for r in csv.DictReader(file) if int(r["year"]) > bundled_case().years.first)
        status = Counter((r["domain"], r["scope"], r["status"]) for r in later)
    rows = []
    for (domain, scope), off in distances().items():
        counts = (status[domain, scope, s] for s in ("measured", "estimated", "assumed"))
        mean, worst = 100 * np.mean(off), 100 * max(off)
        rows.append((domain, scope, len(off), *counts, f"{mean:.0f}", f"{worst:.0f}"))
    heads = (
        "domain", "where", "targets", "measured", "estimated", "assumed", "mean distance, points",
        "largest, points",
    )  # fmt: skip
    return grid(heads, rows)
