"""The rule of restrictions from dated stances on record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.evidence.estimate import EstimateRow, build_estimate_row
from lockin_sim.evidence.restrictions import (
    FITTED,
    build_restriction_loss,
    fit_restriction_weights,
    select_dated_stances,
)
from lockin_sim.record import SPONSOR
from lockin_sim.record.tables import mask_unasked_rows
from lockin_sim.world import load_world
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.restrictions import stances

_STEP = 1e-3

#: Half of a 95 % interval, in standard errors.
_HALF = 1.96

_SILENT = (
    "why a state restricts: concern is read from alliances and disputes; on economies left out the rule is "
    "no better than votes in the UN alone"
)


def errors(loss: Callable[[Floats], float], weights: Floats) -> Floats:
    """Standard errors from the curvature of the loss, its mixed second differences.  (weight,)"""
    steps, signs = _STEP * np.eye(len(weights)), ((1, 1), (1, -1), (-1, 1), (-1, -1))
    curvature = [
        [sum(a * b * loss(weights + a * one + b * two) for a, b in signs) / (4 * _STEP**2) for two in steps]
        for one in steps
    ]
    return np.sqrt(np.diag(np.linalg.inv(curvature)))


def estimated(folder: str | Path | None = None) -> list[EstimateRow]:
    """The four weights, from economies available for fitting and the EU's count; and without the count."""
    world, table = load_world(folder), stances(fitted_records("restrictions", folder), SPONSOR)
    record = select_dated_stances(table, ~mask_unasked_rows(world, table))
    rows = []
    for members, role, words in ((True, "estimate", ""), (False, "check", ", without the EU's count")):
        given = build_restriction_loss(world, record, members=members)
        weights = fit_restriction_weights(given)
        halves = (_HALF * errors(given, weights)).tolist()
        for name, value, half in zip(FITTED, weights.tolist(), halves, strict=True):
            rows.append(build_estimate_row(
                name.replace("_", " ") + words, (value, value - half, value + half),
                len(record.names), parameter=name if members else "", role=role,
                tables="restrictions, affinity, disputes, countries, salience",
                method="survival likelihood of dated stances, weak priors; errors by its curvature",
                silent_on=_SILENT,
            ))  # fmt: skip
    return rows
