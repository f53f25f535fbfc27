"""The rule of restrictions, fitted anew without the economies that it is then asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lockin_sim.analysis.validation.learned import REPEATS, folds
from lockin_sim.conventions import Floats
from lockin_sim.estimation.restrictions import Dated, dated, fit, likelihood, rule_of
from lockin_sim.world import World

__all__ = ["Dated", "chances", "dated"]


def chances(world: World, names: Sequence[str], years: Sequence[int], record: Dated) -> dict[int, Floats]:
    """Chance that each economy restricts by some years, by a rule that never saw it.  (economy,) by year.

    record  what may be learned from; economies in it are forecast from other parts of it, by
            :func:`.folds`, and others from all of it
    """
    found: dict[int, Floats] = {year: np.zeros(len(names)) for year in years}
    for repeat in range(REPEATS):
        part = np.where(np.isin(names, record.names), folds(names, repeat), -1)
        of_record = folds(record.names, repeat)
        for fold in np.unique(part):
            train = of_record != fold
            mine = Dated(
                tuple(np.array(record.names)[train].tolist()), record.since[train], record.until[train]
            )
            weights = fit(likelihood(world, mine))
            asked = part == fold
            chosen = [name for name, yes in zip(names, asked, strict=True) if yes]
            for year in years:
                found[year][asked] += rule_of(world, chosen, year).by_the_end(weights) / REPEATS
    return found
