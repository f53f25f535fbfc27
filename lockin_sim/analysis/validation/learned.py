"""Chances learned from other economies: a logit, and the folds in which economies are left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.rules.choice import logistic

#: Parts into which economies are divided; each is forecast from all others.
FOLDS = 10

#: So often they are divided anew, and forecasts averaged: which economies share a part matters little.
REPEATS = 5

#: Pull of weights towards nothing, per squared standard deviation of a covariate: a covariate that tells all
#: cases apart has a finite weight.
PULL = 0.1


def folds(names: Iterable[str], repeat: int = 0) -> Integers:
    """The part of each economy, by a digest of its code: the same in every table, whatever else is in it."""
    return np.array([_digest(f"fold {repeat}:{name}") % FOLDS for name in names])


def _digest(text: str) -> int:
    """A number that stands for a text, the same on every machine."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def logit(x: Floats, happened: Bools, asked: Floats) -> Floats:
    """Chances of cases that are asked about, by a logit of known ones.

    x         (case, covariate), happened (case,), both known;  asked (other case, covariate)
    Covariates are standardised, a constant is added, and weights but the constant's are pulled towards
    nothing (:data:`PULL`), by Newton's steps.
    """
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    design = _with_one((x - mean) / spread)
    pull = PULL * np.diag([0.0, *np.ones(x.shape[1])])
    weights = np.zeros(design.shape[1])
    for _ in range(60):
        chance = logistic(design @ weights)
        slope = design.T @ (happened - chance) - pull @ weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + pull
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), slope)
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    found: Floats = logistic(_with_one((asked - mean) / spread) @ weights)
    return found


def _with_one(x: Floats) -> Floats:
    """Covariates with a column of ones before them."""
    return np.column_stack([np.ones(len(x)), x])


def left_out(x: Floats, happened: Bools, names: Iterable[str], known: Bools) -> Floats:
    """Chances by a logit that never saw the economy.  (case,).

    x      (case, covariate), happened (case,), names of the economies
    known  (case,), which cases may be learned from; others are forecast from all of them
    """
    chance, codes = np.zeros(len(x)), list(names)
    for repeat in range(REPEATS):
        fold = np.where(known, folds(codes, repeat), -1)
        for part in np.unique(fold):
            asked, train = fold == part, known & (fold != part)
            chance[asked] += logit(x[train], happened[train], x[asked]) / REPEATS
    return chance
